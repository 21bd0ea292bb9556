"""The run-time form of each check: the kind, place and text of the verification condition."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import pytest
import z3
from random_programs import HEADER, load

from veriquant.kernels import packing, stream
from veriquant_proofs.vcgen import generate
from veriquant_proofs.vcgen.engine import generate_function
from veriquant_proofs.vcgen.runtime import CheckFailed, NotAdmissibleError, checked
from veriquant_proofs.vcgen.source import read
from veriquant_proofs.vcgen.vc import Kind

#: Text, arguments, kind, goal; "^" in the text stands before the place of the check.
CASES: dict[str, tuple[str, tuple[Any, ...], Kind, str]] = {
    "overflow": (
        """
        @kernel("VQ-RND-001", word=W8)
        def f(x: U4) -> S6:
            y = ^x * x - 100
            return y
        """,
        (15,),
        Kind.OVERFLOW,
        "x * x in -128..127",
    ),
    "negation": (
        """
        @kernel("VQ-RND-001", word=W8)
        def f(x: U4) -> S6:
            y = -128 + x
            return min(^-y, 31)
        """,
        (0,),
        Kind.OVERFLOW,
        "-y in -128..127",
    ),
    "literal": (
        """
        @kernel("VQ-RND-001")
        def f(x: U4) -> U4:
            return min(x, ^2**63 - 0)
        """,
        (1,),
        Kind.OVERFLOW,
        "2 ** 63 - 0 in -2**63..2**63-1",
    ),
    "named number": (
        """
        @kernel("VQ-RND-001", word=W16)
        def f(x: U4) -> U4:
            return min(x, ^LARGE)
        """,
        (1,),
        Kind.OVERFLOW,
        "LARGE in -32768..32767",
    ),
    "range of a variable": (
        """
        @kernel("VQ-RND-001")
        def f(x: U4) -> S6:
            y: U4 = ^x + 1
            return y
        """,
        (15,),
        Kind.RANGE,
        "y in 0..15",
    ),
    "range after another assignment": (
        """
        @kernel("VQ-RND-001")
        def f(x: U4) -> S6:
            y: U4 = 0
            if x > 7:
                y += ^x
                y ^+= x
            return y
        """.replace("y += ^x", "y += x").replace("y ^+= x", "^y += x"),
        (8,),
        Kind.RANGE,
        "y in 0..15",
    ),
    "range of an exchange": (
        """
        @kernel("VQ-RND-001")
        def f(x: U4) -> S6:
            y: Neg = -1
            z = 2
            z, y = y, ^z
            return z
        """,
        (8,),
        Kind.RANGE,
        "y in -9..-1",
    ),
    "range of an element": (
        """
        @kernel("VQ-RND-001")
        def f(x: U4) -> U4:
            ys: list[S4] = [0] * 3
            ys[1] = ^x
            return 0
        """,
        (8,),
        Kind.RANGE,
        "ys[1] in -8..7",
    ),
    "range of a list": (
        """
        @kernel("VQ-RND-001")
        def f(x: U4) -> list[S4]:
            ys: list[U4] = [x, 1]
            return ^ys
        """,
        (9,),
        Kind.RANGE,
        "every element of result in -8..7",
    ),
    "range of a result's part": (
        """
        @kernel("VQ-RND-001")
        def f(x: U4) -> tuple[U4, S4]:
            return ^x, x
        """,
        (8,),
        Kind.RANGE,
        "result[1] in -8..7",
    ),
    "index": (
        """
        @kernel("VQ-RND-001")
        def f(xs: Sequence[U4], i: S4) -> U4:
            return ^xs[i]
        """,
        ([1, 2], -1),
        Kind.INDEX,
        "xs[i]: index in range",
    ),
    "index of a store": (
        """
        @kernel("VQ-RND-001")
        def f(i: U4) -> U4:
            rows: list[list[U4]] = [[0] * 2 for _ in range(2)]
            ^rows[0][i] = 1
            return 0
        """,
        (2,),
        Kind.INDEX,
        "rows[0][i]: index in range",
    ),
    "index in a contract": (
        """
        @kernel("VQ-RND-001")
        @ensure(lambda xs, result: all(^xs[i] <= 15 for i in range(len(xs) + 1)))
        def f(xs: Sequence[U4]) -> U4:
            return 0
        """,
        ([],),
        Kind.INDEX,
        "xs[i]: index in range",
    ),
    "division": (
        """
        @kernel("VQ-RND-001")
        def f(x: U4, y: S4) -> S6:
            return x if y == 2 else ^x // y
        """,
        (3, 0),
        Kind.DIVISION,
        "y != 0",
    ),
    "shift": (
        """
        @kernel("VQ-RND-001")
        def f(x: U4, y: S4) -> U4:
            return ^x >> y
        """,
        (3, -1),
        Kind.SHIFT,
        "0 <= y <= 63",
    ),
    "argument": (
        """
        @kernel("VQ-RND-001")
        def g(x: U4) -> U4:
            return x


        @kernel("VQ-RND-001")
        def f(x: S4) -> U4:
            return ^g(x)
        """,
        (-1,),
        Kind.RANGE,
        "argument x of g in 0..15",
    ),
    "precondition": (
        """
        @kernel("VQ-RND-001")
        @require(lambda x: x % 2 == 0)
        def g(x: U4) -> U4:
            return x // 2


        @kernel("VQ-RND-001")
        def f(x: U4) -> U4:
            return ^g(x)
        """,
        (3,),
        Kind.PRECONDITION,
        "g requires x % 2 == 0",
    ),
    "postcondition": (
        """
        @kernel("VQ-RND-001")
        @ensure(lambda x, result: result > 0 or x == 0)
        @ensure(lambda x, result: ^near(result, x))
        def f(x: U4) -> U4:
            return min(x, 13)
        """,
        (15,),
        Kind.POSTCONDITION,
        "near(result, x)",
    ),
    "invariant at entry": (
        """
        @kernel("VQ-RND-001")
        def f(x: U4) -> U4:
            for i in range(x):
                assert invariant(i >= 0, ^x > 0)
                pass
            return x
        """,
        (0,),
        Kind.INVARIANT_INIT,
        "x > 0",
    ),
    "invariant at exit": (
        """
        @kernel("VQ-RND-001")
        def f(x: U4) -> U4:
            for i in range(1, x):
                assert invariant(^i < x or x < 2)
                pass
            return x
        """,
        (4,),
        Kind.INVARIANT_PRESERVED,
        "i < x or x < 2",
    ),
    "variant below zero": (
        """
        @kernel("VQ-RND-001")
        def f(x: U4) -> U4:
            k = x
            while k > 0:
                assert variant(^k - 2)
                k = k - 1
            return x
        """,
        (3,),
        Kind.VARIANT,
        "k - 2 >= 0",
    ),
    "variant that stays": (
        """
        @kernel("VQ-RND-001")
        def f(x: U4) -> U4:
            k = x
            while k > 0:
                assert variant(^k)
                k = k - k // 2
            return x
        """,
        (3,),
        Kind.VARIANT,
        "k decreases",
    ),
    "assertion": (
        """
        @kernel("VQ-RND-001")
        def f(x: U4) -> U4:
            assert ^x < 15
            return x
        """,
        (15,),
        Kind.ASSERTION,
        "x < 15",
    ),
}


def made(text: str, folder: Path) -> tuple[Any, int, int]:
    """The function `f` of the text, and the line and column that it marks."""
    text = HEADER + textwrap.dedent(text).lstrip()
    before, mark, after = text.partition("^")
    assert mark
    line = before.count("\n") + 1
    return load(before + after, folder).f, line, len(before.rpartition("\n")[2]) + 1


@pytest.mark.parametrize("name", CASES)
def test_check_fails_as_its_verification_condition(name: str, tmp_path: Path) -> None:
    text, arguments, kind, goal = CASES[name]
    function, line, column = made(text, tmp_path)
    with pytest.raises(CheckFailed) as found:
        checked(function)(*arguments)
    failure = found.value
    assert (failure.kind, failure.line, failure.column, failure.goal) == (kind, line, column, goal)
    assert failure.kernel.endswith(".f")
    assert list(failure.values.values()) == list(arguments)
    assert goal in str(failure) and f"{line}:{column}: {kind.value}" in str(failure)
    vcs = [
        vc
        for vc in generate_function(read(function)).vcs
        if (vc.kind, vc.line, vc.column, vc.goal) == (kind, line, column, goal)
    ]
    answers = []
    for vc in vcs:
        solver = z3.Solver()
        solver.from_string(vc.smt2)
        answers.append(solver.check())
    assert z3.sat in answers


def test_a_wrong_callee_fails_as_itself(tmp_path: Path) -> None:
    text = """
    @kernel("VQ-RND-001")
    @ensure(lambda x, result: ^result == x)
    def g(x: U4) -> U4:
        return max(x, 1)


    @kernel("VQ-RND-001")
    @ensure(lambda x, result: result == x)
    def f(x: U4) -> U4:
        return g(x)
    """
    function, line, column = made(text, tmp_path)
    assert checked(function)(1) == 1
    with pytest.raises(CheckFailed) as found:
        checked(function)(0)
    assert found.value.kernel.endswith(".g")
    assert (found.value.line, found.value.column) == (line, column)


def test_a_failure_inside_a_specification_function_stands_at_its_call(tmp_path: Path) -> None:
    text = """
    @logic
    def part(xs: Sequence[int], i: int) -> int:
        return xs[i] // 2


    @kernel("VQ-RND-001")
    @ensure(lambda xs, result: ^part(xs, result) >= 0)
    def f(xs: Sequence[U4]) -> U4:
        return 1
    """
    function, line, column = made(text, tmp_path)
    with pytest.raises(CheckFailed) as found:
        checked(function)([3])
    failure = found.value
    assert (failure.kind, failure.line, failure.column) == (Kind.INDEX, line, column)
    assert "in part(xs = [3], i = 1)" in failure.message
    places = {(vc.kind, vc.line, vc.column) for vc in generate_function(read(function)).vcs}
    assert (failure.kind, line, column) in places


def test_inadmissible_arguments_are_not_run() -> None:
    with pytest.raises(NotAdmissibleError, match=r"argument wide of pack_pair in 0\.\.15, got 16"):
        checked(packing.pack_pair)(16, 0)
    with pytest.raises(NotAdmissibleError, match=r"stream_byte requires t < size\(len\(pairs\)\)"):
        checked(stream.stream_byte)([], 0)
    with pytest.raises(TypeError):
        checked(packing.pack_pair)(1)
    assert checked(packing.pack_pair)(narrow=2, wide=1) == 33


def test_every_check_of_the_product_can_be_made_at_run_time() -> None:
    """Each VC of a kernel, lemma or specification has a run-time check at its line and column."""
    missing = []
    for result in generate():
        function = vars(__import__(result.module, fromlist=["_"]))[result.function]
        sites = {(site.line, site.column) for site in checked(function).sites}  # type: ignore[attr-defined]
        missing += [vc.id for vc in result.vcs if (vc.line, vc.column) not in sites]
    assert missing == []
