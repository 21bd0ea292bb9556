"""Child processes for what may hang or crash: solvers, and functions run on strange arguments."""

from __future__ import annotations

import contextlib
import multiprocessing
import multiprocessing.connection
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

#: Address space of one worker; the product's obligations need a few hundred MiB.
MEMORY = 8 * 2**30

#: Longest error text that is kept.
SHOWN = 500


@dataclass(frozen=True, slots=True)
class Failure:
    """A call that gave no result, and why."""

    reason: str


def _serve(connection: Any) -> None:
    """A worker's life: calls in, results out, until the pipe closes."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides on Ctrl-C
    with contextlib.suppress(ImportError, ValueError, OSError):  # no such limit on this system
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, most))
    while True:
        try:
            function, arguments = connection.recv()
        except EOFError:
            return
        try:
            result = function(*arguments)
        except BaseException as error:  # whatever happened is the answer
            result = Failure(f"{type(error).__name__}: {error}"[:SHOWN])
        connection.send(result)


class Worker:
    """One child process; gives results of calls of importable functions."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, child = context.Pipe()
        self.process = context.Process(target=_serve, args=(child,), daemon=True)
        self.process.start()
        child.close()
        self.started = 0.0

    def give(self, function: Callable[..., Any], *arguments: Any) -> None:
        """Start a call. A child that died meanwhile is noticed by `take`."""
        self.started = time.monotonic()
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.connection.send((function, arguments))

    def take(self) -> Any:
        """The result of the call: a Failure where it raised or its process died."""
        try:
            return self.connection.recv()
        except (EOFError, ConnectionResetError):
            self.process.join()
            return Failure(f"crashed: exit code {self.process.exitcode}")

    @property
    def alive(self) -> bool:
        """Whether another call can be given."""
        return self.process.is_alive()

    def kill(self) -> None:
        """End the process at once."""
        self.process.kill()
        self.process.join()
        self.connection.close()


def call_apart(
    calls: Sequence[tuple[Callable[..., Any], tuple[Any, ...]]],
    limit: float,
    jobs: int = 1,
    finished: Callable[[], None] = lambda: None,
) -> list[Any]:
    """Results of calls in child processes, `jobs` at a time, each within `limit` seconds.

    A call that raises, crashes or takes too long gives a Failure. `finished` is called after each.
    """
    results: list[Any] = [None] * len(calls)
    numbers = iter(range(len(calls)))  # shared by the threads: each takes the next one
    with ThreadPoolExecutor(max(1, min(jobs, len(calls)))) as threads:
        shares = [
            threads.submit(_share, calls, numbers, results, limit, finished)
            for _ in range(max(1, jobs))
        ]
        for share in shares:
            share.result()
    return results


def _share(
    calls: Sequence[tuple[Callable[..., Any], tuple[Any, ...]]],
    numbers: Iterator[int],
    results: list[Any],
    limit: float,
    finished: Callable[[], None],
) -> None:
    worker: Worker | None = None
    try:
        for number in numbers:
            if worker is None:
                worker = Worker()
                worker.give(len, ())
                worker.take()  # starting the process is not part of the call
            function, arguments = calls[number]
            worker.give(function, *arguments)
            if worker.connection.poll(limit):
                results[number] = worker.take()
            else:
                results[number] = Failure(f"did not return within {limit:g} s")
                worker.kill()
                worker = None
            if worker is not None and not worker.alive:
                worker.kill()
                worker = None
            finished()
    finally:
        if worker is not None:
            worker.kill()
