"""Warm worker processes that run solvers and can be killed.

A solver may hang past its own time limit or crash. So each call runs in a child process under a
hard limit; a dead or late child is replaced and its call answered "unknown" with the reason.
"""

from __future__ import annotations

import collections
import contextlib
import multiprocessing
import multiprocessing.connection
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

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


Then = Callable[[Answer], Iterable["Job"]]


@dataclass(frozen=True, slots=True)
class Job:
    """A question, and what to ask next once it is answered."""

    question: Question
    then: Then


def _serve(connection: Any) -> None:
    """A worker's life: questions in, answers out, until the pipe closes."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides on Ctrl-C
    while True:
        try:
            solver, text, timeout, options = connection.recv()
        except EOFError:
            return
        try:
            connection.send(solve(solver, text, timeout, options))
        except Exception as error:  # a solver's error is an answer: it could not decide
            connection.send(f"{type(error).__name__}: {error}"[:500])


class _Worker:
    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, child = context.Pipe()
        self.process = context.Process(target=_serve, args=(child,), daemon=True)
        self.process.start()
        child.close()
        self.job: Job | None = None
        self.started = 0.0

    def give(self, job: Job) -> None:
        self.job, self.started = job, time.monotonic()
        question = job.question
        self.connection.send(
            (question.solver, question.text, question.timeout, dict(question.options))
        )

    def kill(self) -> None:
        self.process.kill()
        self.process.join()
        self.connection.close()


class Pool:
    """Runs jobs over `jobs` processes. Use as a context manager."""

    def __init__(self, jobs: int, cache: Cache) -> None:
        self.jobs = max(1, jobs)
        self.cache = cache
        self.workers: list[_Worker] = []
        self.asked = 0

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *exception: object) -> None:
        for worker in self.workers:
            worker.kill()
        self.workers = []

    def run(self, jobs: Iterable[Job], progress: Callable[[], None] = lambda: None) -> None:
        """Answer every job and those that follow from it; `progress` is called after each."""
        waiting = collections.deque(jobs)
        while waiting or any(w.job for w in self.workers):
            while waiting:
                job = waiting[0]
                known = self.cache.get(job.question.key())
                if known is not None:
                    waiting.popleft()
                    waiting.extendleft(list(job.then(known))[::-1])
                    progress()
                    continue
                worker = self._idle()
                if worker is None:
                    break
                waiting.popleft()
                self.asked += 1
                with contextlib.suppress(BrokenPipeError):  # a dead worker is noticed below
                    worker.give(job)
            for answered, following in self._collect():
                waiting.extendleft(list(following)[::-1])
                progress()
                del answered

    def _idle(self) -> _Worker | None:
        for worker in self.workers:
            if worker.job is None:
                return worker
        if len(self.workers) < self.jobs:
            self.workers.append(_Worker())
            return self.workers[-1]
        return None

    def _collect(self) -> list[tuple[Answer, Iterable[Job]]]:
        busy = [w for w in self.workers if w.job is not None]
        if not busy:
            return []
        ready = multiprocessing.connection.wait([w.connection for w in busy], timeout=0.2)
        found = []
        for worker in busy:
            job = worker.job
            assert job is not None
            late = time.monotonic() - worker.started > job.question.timeout + GRACE
            if worker.connection in ready:
                answer = self._received(worker, job)
            elif late:
                answer = self._lost(worker, job, "killed: hard time limit")
            else:
                continue
            found.append((answer, job.then(answer)))
        return found

    def _received(self, worker: _Worker, job: Job) -> Answer:
        try:
            message = worker.connection.recv()
        except (EOFError, ConnectionResetError):
            worker.process.join()
            return self._lost(worker, job, f"crashed: exit code {worker.process.exitcode}")
        worker.job = None
        if isinstance(message, Answer):
            self.cache.put(job.question.key(), message)
            return message
        return self._unknown(job, str(message), time.monotonic() - worker.started)

    def _lost(self, worker: _Worker, job: Job, reason: str) -> Answer:
        seconds = time.monotonic() - worker.started
        worker.kill()
        self.workers.remove(worker)
        return self._unknown(job, reason, seconds)

    def _unknown(self, job: Job, reason: str, seconds: float) -> Answer:
        question = job.question
        text_hash = digest(question.text)
        solver = question.solver
        return Answer(solver, version(solver), "unknown", text_hash, round(seconds, 4), reason)
