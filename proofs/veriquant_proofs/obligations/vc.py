"""What a verification condition (VC) is. Everything after the generator speaks in these terms."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from veriquant_proofs.core.checks import Kind


@dataclass(frozen=True, slots=True)
class Input:
    """One parameter of a kernel, and where its value stands in a model of the SMT-LIB text.

    `sort` is "int", "bool", "real", "int[]" (symbol = array constant, `length` = its length
    constant), "int[][]" (`length` = row-count constant, `width` = column-count constant) or "tuple"
    (`items`).
    """

    name: str
    sort: str
    symbol: str = ""
    length: str | None = None
    width: str | None = None
    items: tuple[Input, ...] = ()


@dataclass(frozen=True, slots=True)
class VC:
    """One verification condition: `smt2` is unsatisfiable exactly if the check can never fail.

    `id` is stable across runs and unrelated edits: module.function, kind, running number.
    `path` and `hypotheses` are Python text for people; the solver reads `smt2` alone.
    `smt2` declares everything it uses, asserts hypotheses and the negated goal, and ends with
    (check-sat); no (get-model), no set-option.
    """

    id: str
    kernel: str  # e.g. "packing.pack_pair" or "lemma:accumulator.dot_bound"
    module: str  # module that holds the function
    function: str
    file: Path  # relative to the repository root where it lies inside
    line: int
    column: int
    kind: Kind
    goal: str  # the checked condition, in Python terms
    path: tuple[str, ...]
    hypotheses: tuple[str, ...]
    requirements: tuple[str, ...]
    smt2: str
    inputs: tuple[Input, ...] = ()
    justification: str | None = None
    #: preferred second solver: cvc5, or bitwuzla for pure bit-vector conditions
    second: str = "cvc5"
    sha256: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sha256", hashlib.sha256(self.smt2.encode()).hexdigest())


@dataclass(frozen=True, slots=True)
class Vacuity:
    """A satisfiability obligation: `smt2` must be *satisfiable* (design section 6, not vacuous).

    `what` is "precondition" (a model is turned into a call of the real function with its
    contracts on) or "invariant" (some state at the loop head satisfies the invariant after at
    least one iteration).
    """

    id: str
    kernel: str
    module: str
    function: str
    file: Path
    line: int
    what: str
    smt2: str
    inputs: tuple[Input, ...] = ()


@dataclass(frozen=True, slots=True)
class KernelVCs:
    """Everything generated for one function."""

    kernel: str
    module: str
    function: str
    file: Path
    line: int
    source: str  # the function's text, contracts included
    source_sha256: str
    requirements: tuple[str, ...]
    is_lemma: bool
    theorem: str | None  # theorem id (T1 .. T5) a lemma or kernel belongs to
    vcs: tuple[VC, ...]
    vacuity: tuple[Vacuity, ...]
