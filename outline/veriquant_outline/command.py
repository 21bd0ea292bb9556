"""`veriquant claims`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from veriquant.files import write_text

if TYPE_CHECKING:
    from veriquant_outline.model import Entry, Ledger

EXIT_BROKEN = 1
EXIT_BAD_INPUT = 2


def claims(
    verdict: Annotated[
        str | None, typer.Option(help="Only claims with this verdict, e.g. refuted.")
    ] = None,
    section: Annotated[
        str | None, typer.Option(help="Only this section and those below it, e.g. 3 or 7.2.")
    ] = None,
    id: Annotated[str | None, typer.Option("--id", help="One claim, in full.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON to standard output.")] = False,
    build: Annotated[
        Path, typer.Option(help="Where the evidence is read and claims.md is written.")
    ] = Path("build"),
) -> None:
    """Judge every claim of the paper outline; write `build/claims.md`.

    Each verdict is computed now, from the claim's own inputs and from the proofs and measurements
    below `build`. Exit code 1 when a check cannot run or a proof that a claim rests on fails.

    Examples:

        veriquant claims

        veriquant claims --verdict refuted --section 4

        veriquant claims --id 4.1.theorem-1-own
    """
    from veriquant_outline import Ledger, Verdict, ledger
    from veriquant_outline.render import counts_line, detail, markdown

    if verdict is not None and verdict not in set(Verdict):
        _usage(f"no verdict {verdict!r}; there are: {', '.join(Verdict)}")
    try:
        full = ledger(build)
    except (ValueError, OSError) as error:
        _usage(str(error))
    shown = full.select(verdict, section)
    if section is not None and not full.select(None, section).entries:
        _usage(f"no section {section!r}; there are: {', '.join(full.sections)}")
    if id is not None:
        shown = Ledger(tuple(entry for entry in shown.entries if entry.id == id))
        if not shown.entries:
            _usage(f"no claim {id!r} among {len(full.entries)}; `veriquant claims` lists them")
    if id is None:
        try:
            write_text(build / "claims.md", markdown(full))
        except OSError as error:
            _usage(f"{build / 'claims.md'}: cannot write ({error.strerror}); choose --build DIR")
    if as_json:
        typer.echo(json.dumps(shown.as_json(), ensure_ascii=False, indent=1))
    elif id is not None:
        typer.echo(detail(shown.entries[0]))
    else:
        _table(shown)
        typer.echo(counts_line(shown))
        if shown is not full and len(shown.entries) != len(full.entries):
            typer.echo(f"of {counts_line(full)}")
        typer.echo(f"wrote {build / 'claims.md'}")
    if full.failed:
        names = ", ".join(entry.id for entry in full.failed)
        typer.echo(f"veriquant claims: check or proof broken: {names}", err=True)
        raise typer.Exit(EXIT_BROKEN)


def _table(ledger: Ledger) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    if not console.is_terminal:
        for entry in ledger.entries:
            typer.echo(_line(entry))
        return
    table = Table("id", "verdict", "claim", "claimed, or one place", "ours, or the other")
    for entry in ledger.entries:
        table.add_row(
            entry.id, str(entry.verdict), entry.claim, entry.claimed or "", entry.ours or ""
        )
    console.print(table)


def _line(entry: Entry) -> str:
    one, other = entry.headings
    beside = f" [{one} {entry.claimed}; {other} {entry.ours}]" if entry.ours else ""
    return f"{entry.verdict:22} {entry.id:38} {entry.claim}{beside}"


def _usage(message: str) -> NoReturn:
    typer.echo(f"veriquant: {message}", err=True)
    raise typer.Exit(EXIT_BAD_INPUT)
