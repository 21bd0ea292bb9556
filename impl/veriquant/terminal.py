"""What the commands print: names and values from files cannot act on the terminal."""

from __future__ import annotations

import sys

import typer

from veriquant.text import printable


def say(line: str, *, to_stderr: bool = False) -> None:
    """Print one line; what is not printable in it is escaped."""
    typer.echo(printable(line), err=to_stderr)


def make_output_safe() -> None:
    """Let characters that the output's encoding lacks be escaped, instead of ending the program."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # not where a caller has replaced them
            stream.reconfigure(errors="backslashreplace")
