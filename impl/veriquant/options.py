"""Options that every command that writes has, and how much such a command says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from veriquant.terminal import say

Force = Annotated[
    bool, typer.Option("--force", help="replace an output that exists, and its certificate")
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="check the input, say what would be done, write nothing")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="say nothing but errors")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="say what is done to each tensor")]


@dataclass(frozen=True, slots=True)
class Voice:
    """How much a command says; results go to stdout, what happens on the way to stderr."""

    quiet: bool = False
    verbose: bool = False

    def __post_init__(self) -> None:
        if self.quiet and self.verbose:
            raise typer.BadParameter("--quiet and --verbose exclude each other")

    def say(self, text: str) -> None:
        """A line of the result."""
        if not self.quiet:
            say(text)

    def tell_of_compiling(self) -> None:
        """From now on say so when kernels are compiled; the next command has to ask anew."""
        from veriquant.waiting import tell_of_compiling

        tell_of_compiling(
            lambda line: None if self.quiet else say(f"veriquant: {line}", to_stderr=True)
        )

    def detail(self, text: str) -> None:
        """A line for those who asked to hear more."""
        if self.verbose:
            say(text, to_stderr=True)
