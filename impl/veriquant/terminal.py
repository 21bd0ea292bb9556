"""What the commands print: names and values from files cannot act on the terminal."""

from __future__ import annotations

import sys
from typing import NoReturn

import typer

from veriquant.text import printable

#: What shells report for a process that wrote to a pipe whose reader has gone (`| head`):
#: 128 + SIGPIPE. The commands' own 1 would be a verdict.
EXIT_NOT_READ = 141


def say(line: str, *, to_stderr: bool = False) -> None:
    """Print one line; what is not printable in it is escaped. Ends the command if nobody reads."""
    try:
        typer.echo(printable(line), err=to_stderr)
    except BrokenPipeError:
        end_unread()


def end_unread() -> NoReturn:
    """Leave with EXIT_NOT_READ, and drop what is still buffered. Raises typer.Exit."""
    from veriquant.files import nowhere  # not needed to start

    sys.stdout = nowhere()
    raise typer.Exit(EXIT_NOT_READ) from None


def make_output_safe() -> None:
    """Let characters that the output's encoding lacks be escaped, instead of ending the program."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # not where a caller has replaced them
            stream.reconfigure(errors="backslashreplace")
