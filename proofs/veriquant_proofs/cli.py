"""`veriquant verify` and `veriquant explain`."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from veriquant_proofs.progress import shown

if TYPE_CHECKING:
    from veriquant_proofs.frontend import Source
    from veriquant_proofs.solvers.decide import Options

EXIT_BROKEN = 1
EXIT_BAD_INPUT = 2
EXIT_INTERRUPTED = 130

Kernels = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[KERNEL|FILE.py]...",
        help="packing.pack_pair, packing, lemma:lemmas.dot_bound …, or files; all without",
    ),
]
Jobs = Annotated[int, typer.Option(min=1, help="Solver processes.")]
Timeout = Annotated[float, typer.Option(min=0.1, help="Seconds per obligation and solver.")]
NoCache = Annotated[bool, typer.Option("--no-cache", help="Solve everything anew.")]


def register(app: typer.Typer) -> None:
    """Add the proof commands to the application."""
    app.command("verify")(verify)
    app.command("explain")(explain)


def verify(
    kernels: Kernels = None,
    jobs: Jobs = 2,
    timeout: Timeout = 20.0,
    no_cache: NoCache = False,
    solver: Annotated[
        str, typer.Option(help="both, or z3 or cvc5 alone (then nothing is proved twice).")
    ] = "both",
    no_lean: Annotated[bool, typer.Option("--no-lean", help="Leave the Lean check out.")] = False,
    no_claims: Annotated[
        bool, typer.Option("--no-claims", help="Leave the claims ledger out.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the report; default build/verify.")
    ] = None,
    list_subset: Annotated[
        bool, typer.Option("--list-subset", help="Print the Python that can be verified.")
    ] = False,
) -> None:
    """Prove every obligation of the kernels and lemmas twice, and write the VC report.

    A file is any Python file with functions marked @kernel, @lemma or @logic. A run on less than
    the product says which callees it relied on without proving them.

    Exit code 0: all proved twice, nothing vacuous or disputed, Lean and claims good. 1: something
    is not. 2: usage, or a source the generator cannot read.

    Examples:

        veriquant verify

        veriquant verify packing grid.quantize_code --no-cache

        veriquant verify my_kernels.py

        veriquant verify --list-subset

        veriquant verify --solver z3 --timeout 60
    """
    if list_subset:
        from veriquant_proofs.frontend.subset import listing

        typer.echo(listing(), nl=False)
        return
    from veriquant.files import write_text
    from veriquant_proofs.driver import Steps, default_output
    from veriquant_proofs.driver import verify as run_all
    from veriquant_proofs.frontend import read_files, read_product
    from veriquant_proofs.report.build import complete
    from veriquant_proofs.report.text import summary
    from veriquant_proofs.report.write import other_content, write_report

    options = _options(jobs, timeout, no_cache, solver)
    files = [Path(name) for name in kernels or () if name.endswith(".py")]
    names = [name for name in kernels or () if not name.endswith(".py")]
    if files and names:
        _fail(f"{names[0]} is a kernel of the product, {files[0]} a file: one kind at a time")
    target = out or default_output(bool(kernels))
    steps = Steps(lean=not no_lean, claims=not no_claims)
    if target.exists() and not target.is_dir():
        _fail(f"{target} is a file: give --out a folder")
    others = other_content(target)
    if others:
        _fail(f"{target} holds {others[0]}, which no report has: give --out a folder of its own")
    try:
        source = read_files(files) if files else read_product()
        _check_names(source, names)
        with shown() as progress:
            asked = ", ".join(kernels or ())
            run = run_all(source, names, options, steps, asked, progress)
        data = complete(run, steps)
        try:
            write_report(run, data, target)
        except OSError as error:
            _fail(
                f"cannot write the report to {target}: {error.strerror or error}; nothing written"
            )
        if run.claims is not None and out is None:
            beside = target.parent / "claims.md"
            try:
                write_text(beside, run.claims["markdown"])
            except OSError as error:
                _fail(
                    f"cannot write {beside}: {error.strerror or error}; the report is in {target}"
                )
    except KeyboardInterrupt:
        typer.echo("interrupted: no report written", err=True)
        raise typer.Exit(EXIT_INTERRUPTED) from None
    except Exception as error:
        _known(error)
    typer.echo(summary(data, run.claims), nl=False)
    typer.echo(f"report: {target / 'report.html'}")
    if not data["ok"]:
        raise typer.Exit(EXIT_BROKEN)


def explain(
    vc_id: Annotated[str, typer.Argument(metavar="VC-ID", help="as the report shows it")],
    timeout: Timeout = 20.0,
    smt2: Annotated[bool, typer.Option("--smt2", help="Print the SMT-LIB text too.")] = False,
) -> None:
    """Show one obligation: code, path, hypotheses, goal, verdict, counterexample.

    Examples:

        veriquant explain packing.pack_pair/postcondition/1

        veriquant explain grid.group_scale/range-check/1 --smt2
    """
    from veriquant_proofs.report.explain import explanation

    try:
        text = explanation(vc_id, _options(1, timeout, False, "both"), smt2)
    except KeyboardInterrupt:
        raise typer.Exit(EXIT_INTERRUPTED) from None
    except Exception as error:
        _known(error)
    typer.echo(text, nl=False)


def _options(jobs: int, timeout: float, no_cache: bool, solver: str) -> Options:
    from veriquant_proofs.places import BUILD
    from veriquant_proofs.solvers.decide import Options

    choices = {"both": ("z3", "cvc5"), "z3": ("z3",), "cvc5": ("cvc5",)}
    if solver not in choices:
        _fail(f"no solver choice {solver!r}: both, z3 or cvc5")
    return Options(jobs, timeout, None if no_cache else BUILD / "cache", choices[solver])


def _known(error: Exception) -> NoReturn:
    """Errors that have a remedy end with exit code 2; others are defects and show their trace."""
    from veriquant_proofs.frontend import VerificationSubsetError
    from veriquant_proofs.frontend.link import LinkError
    from veriquant_proofs.report.explain import UnknownObligationError
    from veriquant_proofs.solvers.backends import SolverMissing

    if isinstance(error, VerificationSubsetError):
        linked = isinstance(error, LinkError) or error.construct.startswith("cannot ")
        reason = "" if linked else " (outside the verified subset)"
        _fail(f"{error}{reason}; nothing was proved, no report written")
    if isinstance(error, SolverMissing):
        _fail(str(error))
    if isinstance(error, SyntaxError):
        _fail(f"{error.filename}:{error.lineno}: cannot parse: {error.msg}; nothing was proved")
    if isinstance(error, OSError):
        _fail(f"{error.filename or 'system'}: {error.strerror or error}")
    if isinstance(error, UnknownObligationError):
        _fail(_unknown("obligation", str(error), error.known))
    raise error


def _check_names(source: Source, names: list[str]) -> None:
    """Every name picks something, or the command ends with exit code 2."""
    for name in names:
        try:
            source.selected([name])
        except KeyError:
            kernels = [f.label for f in source.verified()]
            modules = list(dict.fromkeys(kernel.partition(".")[0] for kernel in kernels))
            _fail(_unknown("kernel or module", name, kernels + modules))


def _unknown(what: str, name: str, known: list[str]) -> str:
    """What to say of a name that is none, with those that may be meant."""
    near = get_close_matches(name, known, 4, 0.4) or known[:4]
    return f"no {what} {name!r}; for example {', '.join(near)}"


def _fail(message: str) -> NoReturn:
    typer.echo(f"error: {message}", err=True)
    raise typer.Exit(EXIT_BAD_INPUT)
