"""How commands end: exit codes, and errors as one line on stderr."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from veriquant.terminal import end_unread, say

EXIT_BROKEN = 1
EXIT_BAD_INPUT = 2
#: What shells report for a process ended by Ctrl-C: 128 + SIGINT.
EXIT_INTERRUPTED = 130


@contextmanager
def bad_input() -> Iterator[None]:
    """Turn bad input into a message on stderr and exit code 2; also for commands of plug-ins."""
    from veriquant.errors import QuantizationError

    try:
        yield
    except QuantizationError as error:
        problem = str(error)
    except BrokenPipeError:
        end_unread()
    except OSError as error:
        name = f"{error.filename}: " if error.filename else ""
        remedy = "check the path and its permissions"
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            remedy = "free some space, or choose a path on another disk"
        problem = f"{name}{error.strerror or error}. Remedy: {remedy}"
    except KeyboardInterrupt:
        say("veriquant: interrupted; the same command goes on where it stopped", to_stderr=True)
        raise typer.Exit(EXIT_INTERRUPTED) from None
    except MemoryError:
        problem = "not enough memory. Remedy: use a machine with more memory, or smaller shards"
    else:
        return
    say(f"veriquant: error: {problem}", to_stderr=True)
    raise typer.Exit(EXIT_BAD_INPUT)
