"""What is tried, in which order: every field alone, then whatever Hypothesis combines."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from hypothesis.errors import Flaky

from veriquant_proofs.fuzz.actions import Readers
from veriquant_proofs.fuzz.arguments import calls, try_call
from veriquant_proofs.fuzz.corpus import Corpus, overwritten
from veriquant_proofs.fuzz.documents import Document, Place
from veriquant_proofs.fuzz.kinds import EDITS
from veriquant_proofs.fuzz.oracle import Fault, described, signature, watch_no_more

#: Of the time, how much goes to fields one by one; the rest to combinations.
SHARE = 0.6
#: Examples of one round of Hypothesis: between two rounds the clock is read.
ROUND = 50
#: Seconds beyond the time that shrinking a fault may take.
SHRINKING = 60.0
#: Numbers that a count, a length, an offset or a type of a binary header is replaced by.
NUMBERS = (0, 1, 2, 7, 8, 9, 255, 2**31, 2**32 - 1, 2**40, 2**60, 2**63, 2**64 - 1)


@dataclass(frozen=True, slots=True)
class Edited:
    """Some fields of a document replaced."""

    document: Document
    edits: tuple[tuple[Place, str], ...]

    @property
    def path(self) -> Path:
        """The damaged file."""
        return self.document.path

    def apply(self, corpus: Corpus) -> str:
        """Damage the file; the name of what was damaged."""
        data = self.document.edited(corpus.pristine[self.path], list(self.edits))
        self.path.write_bytes(data)
        return self.document.name

    def __str__(self) -> str:
        fields = ", ".join(f"{'/'.join(map(str, p)) or 'all'}: {kind}" for p, kind in self.edits)
        return f"{self.document.name}: {fields}"


@dataclass(frozen=True, slots=True)
class Overwritten:
    """Bytes of a file replaced (offset, count, value), then the file cut to `size` if given."""

    name: str
    path: Path
    changes: tuple[tuple[int, int, int], ...]
    size: int | None = None

    def apply(self, corpus: Corpus) -> str:
        """Damage the file; the name of what was damaged."""
        data = corpus.pristine[self.path]
        for at, count, value in self.changes:
            data = overwritten(data, at, count, value)
        self.path.write_bytes(data if self.size is None else data[: self.size])
        return self.name

    def __str__(self) -> str:
        return f"{self.name}: {self.path.name}: {self.changes}, size {self.size}"


Case = Edited | Overwritten


@dataclass
class Campaign:
    """Tries cases until `deadline` (`time.monotonic`).

    faults  by signature: each distinct one once, with the case that showed it first
    """

    corpus: Corpus
    seed: int
    deadline: float
    tried: int = 0
    fields: int = 0
    all_fields: int = 0
    faults: dict[str, str] = field(default_factory=dict)
    readers: Readers = field(init=False)

    def __post_init__(self) -> None:
        self.readers = Readers(self.corpus)

    def run(self) -> None:
        """The corpus as it is, then every field alone, then combinations."""
        for document in self.corpus.documents:
            undamaged = Edited(document, ())
            self.note(undamaged, partial(self.attempt, undamaged))
        single = list(self.single())
        random.Random(self.seed).shuffle(single)
        self.all_fields = len(single)
        until = time.monotonic() + SHARE * max(0.0, self.deadline - time.monotonic())
        for case in single:
            if time.monotonic() > until:
                break
            self.note(case, partial(self.attempt, case))
            self.fields += 1
        number = self.seed
        while time.monotonic() < self.deadline:
            number += 1
            self.round(number)
        watch_no_more()

    def attempt(self, case: Case) -> None:
        """Run all that reads what `case` damages. Raises Fault."""
        self.tried += 1
        try:
            self.readers.run(case.apply(self.corpus))
        finally:
            self.corpus.restore(case.path)

    def note(self, case: Any, run: Callable[[], None]) -> None:
        """Run a case, and remember the fault that it shows, if any."""
        try:
            run()
        except Fault as fault:
            self.faults.setdefault(signature(fault), described(fault, case))

    def single(self) -> Iterator[Case]:
        """Every field of every document with every edit; every spot with every number."""
        for document in self.corpus.documents:
            for place in document.places(self.corpus.pristine[document.path]):
                for edit in EDITS:
                    yield Edited(document, ((place, edit),))
        if self.corpus.gguf is not None:
            for at, count in self.corpus.spots:
                for number in NUMBERS:
                    yield Overwritten("gguf", self.corpus.gguf, ((at, count, number),))

    def round(self, number: int) -> None:
        """One round of Hypothesis, shrunk where it fails."""

        @seeded(number)
        @settings(
            max_examples=ROUND, deadline=None, database=None, print_blob=False,
            suppress_health_check=list(HealthCheck), phases=(Phase.generate, Phase.shrink),
        )  # fmt: skip
        @given(self.cases() | calls())
        def example(case: Any) -> None:
            if time.monotonic() > self.deadline + SHRINKING:
                return
            try:
                if isinstance(case, Edited | Overwritten):
                    self.attempt(case)
                else:
                    self.tried += 1
                    try_call(case)
            except Fault as fault:
                if signature(fault) in self.faults:  # known: look for another one
                    return
                found[signature(fault)] = described(fault, case)  # the last one is the shortest
                raise

        found: dict[str, str] = {}
        with suppress(Fault, ExceptionGroup, Flaky):
            example()
        self.faults.update(found)

    def cases(self) -> st.SearchStrategy[Case]:
        """Several fields at once, or bytes of any file anywhere."""
        return self.edited() | self.overwritten()

    def edited(self) -> st.SearchStrategy[Case]:
        def of(document: Document) -> st.SearchStrategy[Case]:
            places = document.places(self.corpus.pristine[document.path])
            edit = st.tuples(st.sampled_from(places), st.sampled_from(EDITS))
            edits = st.lists(edit, min_size=1, max_size=3).map(tuple)
            return edits.map(lambda chosen: Edited(document, chosen))

        return st.sampled_from(self.corpus.documents).flatmap(of)

    def overwritten(self) -> st.SearchStrategy[Case]:
        files = {document.path: document.name for document in self.corpus.documents}
        for folder, name in ((self.corpus.source, "source"), (self.corpus.packed, "packed")):
            files |= dict.fromkeys(folder.glob("*.safetensors"), name)
        if self.corpus.gguf is not None:
            files[self.corpus.gguf] = "gguf"

        def of(path: Path) -> st.SearchStrategy[Case]:
            size = len(self.corpus.pristine[path])
            change = st.tuples(
                st.integers(0, size - 1), st.sampled_from([1, 1, 1, 4, 8, 16]),
                st.sampled_from(NUMBERS) | st.integers(0, 255),
            )  # fmt: skip
            inside = change.map(lambda c: (c[0], min(c[1], size - c[0]), c[2]))
            changes = st.lists(inside, min_size=1, max_size=3).map(tuple)
            cut = st.none() | st.none() | st.integers(0, size)
            return st.builds(Overwritten, st.just(files[path]), st.just(path), changes, cut)

        return st.sampled_from(sorted(files)).flatmap(of)

    def summary(self) -> str:
        """What was tried."""
        share = 100 * self.fields // max(1, self.all_fields)
        fields = f"{self.fields:,} of {self.all_fields:,} single fields ({share} %)"
        return f"{self.tried:,} cases; {fields}"
