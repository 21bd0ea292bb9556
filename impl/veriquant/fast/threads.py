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

#: Below this estimate (ns) one thread is faster: waking another takes about 30 microseconds.
SERIAL_NANOSECONDS = 80_000
#: Pieces a job is cut into for each thread, so that one that is held up does not hold up the rest.
PIECES = 4

_pools: list[ThreadPoolExecutor] = []


def thread_count() -> int:
    """`$VERIQUANT_NUM_THREADS`, else the processors this process may use."""
    given = os.environ.get("VERIQUANT_NUM_THREADS", "")
    if given.isdigit() and int(given) > 0:
        return int(given)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def run_rows(rows: int, nanoseconds: float, work: Callable[[int, int], object]) -> None:
    """Call `work(start, stop)` on consecutive ranges that cover `0..rows`.

    `nanoseconds`, a rough estimate of the whole job (about one a weight, but for products),
    decides whether threads pay. Threads, the calling one among them, take the next range as they
    get free. An exception in any range is raised here once all have ended.
    """
    count = min(_count(), rows)
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


def _count() -> int:
    if not _counts:
        _counts.append(thread_count())
    return _counts[0]


def _pool() -> ThreadPoolExecutor:
    if not _pools:
        _pools.append(ThreadPoolExecutor(_count(), thread_name_prefix="veriquant"))
    return _pools[0]


def reset() -> None:
    """Forget the pool (its threads do not survive a fork) and read the thread count anew."""
    _pools.clear()
    _counts.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=reset)
