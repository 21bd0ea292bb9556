"""`veriquant figures`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

EXIT_BAD_INPUT = 2


def figures(
    out: Annotated[
        Path, typer.Option("-o", "--out", help="Folder for the tables and figures.")
    ] = Path("build/figures"),
    build: Annotated[Path, typer.Option(help="Where proofs and measurements are read.")] = Path(
        "build"
    ),
) -> None:
    """Write Tables 1-5 and Figures 1-6 of the outline, recomputed or measured.

    Tables as CSV, Markdown and LaTeX; figures as PNG and SVG. The same evidence gives the same
    bytes.

    Examples:

        veriquant figures

        veriquant figures -o paper/
    """
    from veriquant_outline.figures import write_all

    try:
        for path in write_all(out, build):
            typer.echo(str(path))
    except (ValueError, OSError) as error:
        typer.echo(f"veriquant: {error}", err=True)
        raise typer.Exit(EXIT_BAD_INPUT) from None
