"""Warm worker processes that run solvers.

A solver may hang past its own time limit, or crash. So each runs in a child process under a hard
limit; a dead or late child is replaced and its question answered with the reason, never dropped.
"""

from __future__ import annotations

import collections
import multiprocessing.connection
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from veriquant_proofs.processes import SHOWN, Failure, Worker
from veriquant_proofs.solvers.answers import Answer, digest
from veriquant_proofs.solvers.backends import solve, version
from veriquant_proofs.solvers.cache import Cache

#: Seconds past a solver's own limit before its process is killed.
GRACE = 5.0


@dataclass(frozen=True, slots=True)
class Question:
    """One text for one solver. `options` as in `backends.solve`."""

    solver: str
    text: str
    timeout: float
    options: tuple[tuple[str, Any], ...] = ()

    def key(self) -> dict[str, Any]:
        """What an answer depends on (the time limit only decides whether there is one)."""
        return {
            "solver": self.solver,
            "version": version(self.solver),
            "sha256": digest(self.text),
            "options": [list(o) for o in self.options],
        }


Then = Callable[[Answer], "Job | None"]


@dataclass(frozen=True, slots=True)
class Job:
    """A question, and what to ask next once it is answered."""

    question: Question
    then: Then


class Pool:
    """Runs jobs over `jobs` processes, which stay warm. Use as a context manager.

    `ask=False`: only what the cache knows is answered; other jobs end without an answer.
    """

    def __init__(self, jobs: int, cache: Cache, *, ask: bool = True) -> None:
        self.ask = ask
        self.jobs = max(1, jobs)
        self.cache = cache
        self.busy: dict[Worker, Job] = {}
        self.idle: list[Worker] = []
        self.asked = 0

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *exception: object) -> None:
        for worker in [*self.busy, *self.idle]:
            worker.kill()
        self.busy, self.idle = {}, []

    def run(self, jobs: Iterable[Job], finished: Callable[[], None] = lambda: None) -> None:
        """Answer every job and those that follow; `finished` is called when none follows."""
        waiting = collections.deque(jobs)

        def answered(job: Job, answer: Answer) -> None:
            following = job.then(answer)
            if following is None:
                finished()
            else:
                waiting.appendleft(following)

        while waiting or self.busy:
            while waiting:
                known = self.cache.get(waiting[0].question.key())
                if known is not None:
                    answered(waiting.popleft(), known)
                elif not self.ask:
                    waiting.popleft()
                elif len(self.busy) < self.jobs:
                    self._ask(waiting.popleft())
                else:
                    break
            for job, answer in self._collect():
                answered(job, answer)

    def _ask(self, job: Job) -> None:
        worker = self.idle.pop() if self.idle else Worker()
        self.busy[worker] = job
        self.asked += 1
        question = job.question
        worker.give(solve, question.solver, question.text, question.timeout, dict(question.options))

    def _collect(self) -> list[tuple[Job, Answer]]:
        """Answers that have come in, or that will not come any more."""
        by_connection = {w.connection: w for w in self.busy}
        ready = multiprocessing.connection.wait(list(by_connection), timeout=0.2)
        found = []
        for connection, worker in by_connection.items():
            job = self.busy[worker]
            if connection in ready:
                result = worker.take()
            elif time.monotonic() - worker.started > job.question.timeout + GRACE:
                result = Failure("killed: hard time limit")
                worker.kill()
            else:
                continue
            del self.busy[worker]
            if worker.alive:
                self.idle.append(worker)
            found.append((job, self._answer(job, result, time.monotonic() - worker.started)))
        return found

    def _answer(self, job: Job, result: Any, seconds: float) -> Answer:
        question = job.question
        if isinstance(result, Answer):
            self.cache.put(question.key(), result)
            return result
        return Answer(
            question.solver,
            version(question.solver),
            "unknown",
            digest(question.text),
            round(seconds, 4),
            result.reason if isinstance(result, Failure) else f"no answer: {result!r}"[:SHOWN],
        )
