"""The `veriquant` command line: file commands here, proof commands as plug-ins.

Exit codes: 0 all good, 1 a claim or obligation does not hold, 2 usage or bad input. Modules that
cost time to import (NumPy, Numba) are imported inside the commands, so that `--help` starts fast.
"""

from __future__ import annotations

import sys
from importlib.metadata import entry_points
from typing import Annotated

import typer

PLUGIN_GROUP = "veriquant.commands"
EXIT_BROKEN = 1
EXIT_BAD_INPUT = 2

app = typer.Typer(
    name="veriquant",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    help="Quantize language-model weights to 3.5 bits each, and prove what that does.",
)


def _show_version(value: bool) -> None:
    if value:
        from importlib.metadata import version

        typer.echo(f"veriquant {version('veriquant')}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Quantize language-model weights to 3.5 bits each, and prove what that does."""


def load_plugins(target: typer.Typer) -> list[str]:
    """Let every installed plug-in (`veriquant.commands`) add its commands; return their names.

    A plug-in that cannot be imported is named on stderr and left out: the file commands work
    without the proof tools.
    """
    loaded = []
    for point in sorted(entry_points(group=PLUGIN_GROUP), key=lambda p: p.name):
        try:
            register = point.load()
        except ImportError as error:
            print(f"veriquant: plug-in {point.name!r} not loaded: {error}", file=sys.stderr)
            continue
        register(target)
        loaded.append(point.name)
    return loaded


def main() -> None:
    """Entry point of the `veriquant` command."""
    load_plugins(app)
    app()


if __name__ == "__main__":
    main()
