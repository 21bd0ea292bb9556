"""The commands of this package, as the command line finds them by its entry point."""

from __future__ import annotations

import typer

from veriquant_outline.command import claims
from veriquant_outline.figures.command import figures


def register(app: typer.Typer) -> None:
    """Add `claims` and `figures` to the application."""
    app.command("claims")(claims)
    app.command("figures")(figures)
