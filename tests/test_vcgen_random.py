"""The generator against CPython on random programs and inputs.

VERIQUANT_RANDOM_PROGRAMS multiplies the number of programs (nightly runs: 50 or more), and
VERIQUANT_RANDOM_SEED moves to other ones.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import z3

from differential import Tally, compare, explore
from random_programs import HEADER, load
from veriquant_proofs.vcgen import engine as vcengine
from veriquant_proofs.vcgen.engine import Engine, Evaluator, generate_function
from veriquant_proofs.vcgen.source import read
from veriquant_proofs.vcgen.values import BvTheory, IntTheory, SInt, Value, conjunction
from veriquant_proofs.vcgen.vc import Kind

FACTOR = int(os.environ.get("VERIQUANT_RANDOM_PROGRAMS", "1"))
SEED = int(os.environ.get("VERIQUANT_RANDOM_SEED", "20240501"))

#: Programs per test, and what at least must have been seen in them for the test to mean something.
PROGRAMS = 45
LEAST = {
    "straight": {"failed runs": 60, "passed runs": 150, "values compared": 20,
                 "passed runs compared": 100, "failed runs compared": 30,
                 "counterexamples run": 8},
    "loops": {"failed runs": 60, "passed runs": 150, "values": 25},
    "bits": {"failed runs": 60, "passed runs": 150, "values compared": 20,
             "passed runs compared": 100, "failed runs compared": 30, "counterexamples run": 8},
    "wild": {"failed runs": 60, "passed runs": 150, "values": 25},
    "lemma": {"failed runs": 100, "passed runs": 60, "failed runs compared": 80},
}  # fmt: skip


@pytest.mark.parametrize("part", range(2))
@pytest.mark.parametrize("flavour", sorted(LEAST))
def test_generator_agrees_with_cpython(flavour: str, part: int, tmp_path: Path) -> None:
    tally = Tally()
    count = PROGRAMS * FACTOR
    explore(flavour, SEED, range(part * count, (part + 1) * count), tmp_path, tally)
    assert tally.problems == []
    for what, least in LEAST[flavour].items():
        assert tally.counts[what] >= least, (what, tally.counts)
    assert tally.counts["outside the subset"] <= tally.counts["programs"] // 3


_value = Evaluator.value


def _with_spans(self: Evaluator, node: ast.expr) -> Value:
    """Evaluates, and claims as one more VC what the generator takes for known without a solver."""
    value = _value(self, node)
    if isinstance(value, SInt) and not self.engine.bound and not value.real:
        theory, span = self.engine.theory, value.span
        parts = []
        if span.low is not None:
            parts.append(theory.compare("<=", theory.constant(span.low), value))
        if span.high is not None:
            parts.append(theory.compare("<=", value, theory.constant(span.high)))
        if span.align:
            remainder = theory.binary("&", value, theory.constant(2**span.align - 1), True)
            parts.append(theory.compare("==", remainder, theory.constant(0)))
        if parts and self.checked:
            claim = conjunction(parts)
            self.engine.check(Kind.ASSERTION, claim, node, f"known of {ast.unparse(node)}")
    return value


@pytest.mark.parametrize("flavour", ["straight", "bits", "wild"])
def test_what_is_known_without_a_solver_is_true(
    flavour: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Evaluator, "value", _with_spans)
    tally = Tally()
    explore(flavour, SEED + 1, range(15 * FACTOR), tmp_path, tally)
    assert tally.problems == []
    assert tally.counts["passed runs compared"] >= 20


# Each of these bugs, put into the generator, must be noticed: the comparison has teeth.


def _truncating(self: Any, op: str, a: SInt, b: SInt, divisor: Any, ground: bool) -> SInt:
    quotient = z3.If((a.term < 0) == (b.term < 0), a.term / b.term, -((-a.term) / b.term))
    return SInt(quotient if op == "//" else a.term - quotient * b.term)


@contextmanager
def _unguarded(self: Engine, term: Any, text: str) -> Iterator[None]:
    yield


def _logical_shift(self: BvTheory, op: str, a: SInt, b: SInt, ground: bool) -> SInt:
    if op == ">>":
        return SInt(z3.LShR(a.term, b.term))
    return _vectors(self, op, a, b, ground)


_vectors = BvTheory.binary
_assume = Engine.assume
_check = Engine.check


def _forgetful(self: Engine, term: Any, text: str, path: bool = False) -> None:
    if not text.startswith("not ("):
        _assume(self, term, text, path)


def _no_variant(self: Engine, kind: Any, term: Any, node: Any, text: str) -> None:
    if not text.endswith("decreases"):
        _check(self, kind, term, node, text)


# What the generator must not get wrong: flavour of the programs, owner, name, wrong version, and
# the number of the first program that shows it, lest every run search for it.
BUGS = {
    "division rounds to zero": ("straight", IntTheory, "_divide", _truncating, 9),
    "guards are dropped": ("straight", Engine, "guarded", _unguarded, 13),
    "the else branch does not know": ("straight", Engine, "assume", _forgetful, 43),
    "overflow is not checked": ("straight", Evaluator, "_result", lambda self, v, node: v, 24),
    "loops change nothing": ("loops", Engine, "_havoc", lambda self, node: None, 7),
    "indices are not checked": ("loops", Engine, "check_index", lambda self, *rest: None, 5),
    "variants are not checked": ("loops", Engine, "check", _no_variant, 20),
    "shift right fills with zeros": ("bits", BvTheory, "binary", _logical_shift, 5),
    "absolute values are the values": ("straight", vcengine, "_abs_span", lambda span: span, 0),
    "joined ranges are the first": ("straight", vcengine, "_hull", lambda a, b: a, 1),
    "lengths may be negative": ("wild", vcengine, "_at_least_zero", lambda count: count, 65),
}


@pytest.mark.parametrize("bug", BUGS)
def test_a_bug_in_the_generator_is_noticed(
    bug: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flavour, owner, name, replacement, first = BUGS[bug]
    monkeypatch.setattr(Evaluator, "value", _with_spans)
    monkeypatch.setattr(owner, name, replacement)
    tally = Tally()
    for number in range(first, first + 150):
        explore(flavour, 5, range(number, number + 1), tmp_path, tally)
        if tally.problems:
            break
    assert tally.problems


def test_names_of_the_printer_capture_no_constant(tmp_path: Path) -> None:
    """Z3 prints shared parts as `(let ((a!2 ...`: no constant of a variable `a` is called so."""
    text = """
@kernel("VQ-RND-001", word=W16)
@ensure(lambda lo, result: -5 <= result <= 12)
def main(lo: One) -> Odd:
    p = [20] * min((-7), 5)
    r: Neg = min(max((abs((-3)) & 5), -9), -1)
    a = (lo & 7)
    for b in range(-1, len(p)):
        assert invariant(-99 <= a, a <= 106)
        a = a + ((8 if (lo == b) else lo) + (a ^ 1))
    return min(max(min((lo + r), (a * r)), -5), 12)
"""
    function = load(HEADER + text, tmp_path).main
    tally = Tally()
    compare(read(function), function, [{"lo": 1}], tally)
    assert tally.counts["passed runs"] == 1
    assert tally.problems == []
    for vc in generate_function(read(function)).vcs:
        assert not set(re.findall(r"declare-fun (\S+)", vc.smt2)) & set(
            re.findall(r"\(\((\S+!\d+) ", vc.smt2)
        )
