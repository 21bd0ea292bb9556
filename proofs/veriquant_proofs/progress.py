"""Progress of a run: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

#: Share of the work between two plain lines.
STEP = 0.25


@contextmanager
def shown() -> Iterator[Callable[[int, int, str], None]]:
    """Yields the function to call with (done, total, what)."""
    if sys.stderr.isatty():
        with _bar() as progress:
            yield progress
    else:
        yield _lines()


@contextmanager
def _bar() -> Iterator[Callable[[int, int, str], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True)) as bar:
        task = bar.add_task("obligations", total=None)

        def progress(done: int, total: int, what: str) -> None:
            bar.update(task, completed=done, total=total or None, description=what)

        yield progress


def _lines() -> Callable[[int, int, str], None]:
    reported = 0.0

    def progress(done: int, total: int, what: str) -> None:
        nonlocal reported
        share = done / total if total else 1.0
        if share >= reported + STEP or what != "obligations":
            reported = share - share % STEP
            count = f"{done} of {total} decided" if total else "waiting"
            print(f"{what}: {count}", file=sys.stderr, flush=True)

    return progress
