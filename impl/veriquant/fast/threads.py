"""Runs a loop over rows on several threads.

A plain thread pool and drivers that release the GIL, not Numba's `prange`: Numba's always-present
threading layer aborts the process when two Python threads enter it at once. Results do not depend
on the number of threads: a row is computed by one thread alone.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from veriquant.errors import QuantizationError

#: Environment variable that limits the threads; the command line's --jobs replaces it.
VARIABLE = "VERIQUANT_NUM_THREADS"
#: Far above any machine that runs this, far below what exhausts one.
MAX_THREADS = 1024
#: Below this estimate (ns) one thread is faster: waking another takes about 30 microseconds.
SERIAL_NANOSECONDS = 80_000
#: Pieces a job is cut into for each thread, so that one that is held up does not hold up the rest.
PIECES = 4

_pools: list[ThreadPoolExecutor] = []


def thread_count() -> int:
    """`$VERIQUANT_NUM_THREADS`, else the processors this process may use.

    Raises QuantizationError where the variable is neither empty nor 1..MAX_THREADS.
    """
    given = os.environ.get(VARIABLE, "").strip()
    if given:
        count = int(given) if given.isascii() and given.isdigit() and len(given) < 10 else 0
        if not 1 <= count <= MAX_THREADS:
            raise QuantizationError(
                f"${VARIABLE} must be a number of threads, 1 to {MAX_THREADS}",
                value=repr(given[:80]), remedy="unset it to use all processors",
            )  # fmt: skip
        return count
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def run_rows(rows: int, nanoseconds: float, work: Callable[[int, int], object]) -> None:
    """Call `work(start, stop)` on consecutive ranges that cover `0..rows`.

    `nanoseconds`, a rough estimate of the whole job (about one a weight, but for products),
    decides whether threads pay. Threads, the calling one among them, take the next range as they
    get free. An exception in any range is raised here once all have ended.
    """
    count = min(in_use(), rows)
    if count < 2 or nanoseconds < SERIAL_NANOSECONDS:
        work(0, rows)
        return
    pieces = min(rows, PIECES * count)
    cuts = [rows * i // pieces for i in range(pieces + 1)]
    tickets = itertools.count()  # `next` on it is atomic

    def share() -> None:
        while (i := next(tickets)) < pieces:
            work(cuts[i], cuts[i + 1])

    others = [_pool().submit(share) for _ in range(count - 1)]
    try:
        share()
    finally:
        # Those that have not begun by now find nothing left to do.
        failures = [other.exception() for other in others if not other.cancel()]
    for failure in failures:
        if failure is not None:
            raise failure


_counts: list[int] = []


def in_use() -> int:
    """Threads that `run_rows` uses; raises QuantizationError as `thread_count` does."""
    if not _counts:
        _counts.append(thread_count())
    return _counts[0]


def _pool() -> ThreadPoolExecutor:
    if not _pools:
        _pools.append(ThreadPoolExecutor(in_use(), thread_name_prefix="veriquant"))
    return _pools[0]


def reset(count: int | None = None) -> None:
    """From now on use `count` threads; None: read the thread count anew when it is needed."""
    _pools.clear()
    _counts[:] = [] if count is None else [count]


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pools.clear)  # threads do not survive a fork
