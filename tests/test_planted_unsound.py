"""Wrong kernels built to deceive the generator: each must be refused or fail an obligation.

Every case comes with a call on which the kernel really breaks its contract (or raises), so none
of them is a false alarm. Cases that once were "proved" are regression tests of the generator.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from veriquant_proofs.mutation.copies import load, obligations
from veriquant_proofs.mutation.decide import decide
from veriquant_proofs.vcgen import source
from veriquant_proofs.vcgen.vc import Kind, VerificationSubsetError

HEADER = """
from __future__ import annotations
from collections.abc import Sequence
from fractions import Fraction
from typing import Annotated
from icontract import ensure, require
from veriquant_spec.markers import invariant, kernel, lemma, logic, variant
from veriquant_spec.types import FIX512, I8, I32, I64, U3, U4, U7, U8, Fix, Range
"""


@dataclass(frozen=True)
class Case:
    """`expect`: part of the subset error's text, or the kind of an obligation that must fail."""

    name: str
    code: str
    witness: Callable[[Any], Any] | None
    expect: str | Kind
    function: str = "f"


CASES: list[Case] = []


def case(
    name: str,
    code: str,
    witness: Callable[[Any], Any] | None,
    expect: str | Kind,
    function: str = "f",
) -> None:
    CASES.append(Case(name, code, witness, expect, function))


# ------------------------------------------------------------------ lists and aliases

case(
    "a list given a new length inside a loop",
    """
@kernel()
@ensure(lambda result: result == 3)
def f(n: U8) -> U8:
    x: list[U8] = [0] * 3
    for i in range(n):
        x = [0] * 5
    return len(x)
""",
    lambda m: m.f(1),
    Kind.POSTCONDITION,
)
case(
    "an alias through a tuple assignment",
    """
@kernel()
@ensure(lambda result: result == 0)
def f(n: U8) -> U8:
    x: list[U8] = [0] * 3
    a, b = x, n
    a[0] = 7
    return x[0]
""",
    lambda m: m.f(1),
    "alias",
)
case(
    "an alias held by a tuple variable",
    """
@kernel()
@ensure(lambda result: result == 0)
def f(n: U8) -> U8:
    x: list[U8] = [0] * 3
    t = (x, n)
    x[0] = 7
    return t[0][0]
""",
    lambda m: m.f(1),
    "alias",
)
case(
    "one list twice in a nested result",
    """
@kernel()
@ensure(lambda n, result: result == n)
def g(n: U8) -> U8:
    t = h(n)
    return t[1][0][0]

@kernel()
@ensure(lambda result: len(result[0]) == 1 and len(result[1][0]) == 1)
def f(n: U8) -> tuple[list[U8], tuple[list[U8], U8]]:
    x: list[U8] = [n]
    return x, (x, n)
""",
    None,
    "twice",
)
case(
    "parameters returned as new lists",
    """
@kernel()
@ensure(lambda x, result: len(result) == len(x))
def f(x: list[U8]) -> list[U8]:
    return x
""",
    None,
    "aliases parameter",
)
case(
    "a parameter changed in place",
    """
@kernel()
@require(lambda x: len(x) == 1)
@ensure(lambda result: result == 0)
def f(x: list[U8]) -> U8:
    x[0] = 1
    return 0
""",
    None,
    "mutated",
)
case(
    "rows shared by multiplication",
    """
@kernel()
@ensure(lambda result: result == 0)
def f(n: U8) -> U8:
    x: list[list[U8]] = [[0] * 2] * 2
    x[0][0] = 1
    return x[1][0]
""",
    lambda m: m.f(1),
    "",
)
case(
    "a row taken out and changed",
    """
@kernel()
@ensure(lambda result: result == 0)
def f(n: U8) -> U8:
    x: list[list[U8]] = [[0] * 2 for _ in range(2)]
    r = x[0]
    r[0] = 1
    return x[0][0]
""",
    lambda m: m.f(1),
    "alias",
)
case(
    "a range that holds only of an empty list",
    """
@kernel()
@require(lambda n: n <= 1)
@ensure(lambda n, result: all(result[i] == 1 for i in range(len(result))))
def f(n: U8) -> list[U8]:
    x: list[int] = [300] * n
    if n > 0:
        x[0] = 5
    return x
""",
    lambda m: m.f(1),
    Kind.POSTCONDITION,
)
case(
    "narrow elements in a list of plain integers",
    """
@kernel()
@ensure(lambda n, result: len(result) == 1)
def g(n: U3) -> list[U3]:
    return [n]

@kernel()
@ensure(lambda result: result <= 7)
def f(n: U3) -> I64:
    x: list[int] = g(n)
    x[0] = 300
    return x[0]
""",
    lambda m: m.f(1),
    Kind.POSTCONDITION,
)
case(
    "a list literal with an element out of range",
    """
@kernel()
@ensure(lambda result: len(result) == 2)
def f(n: U8) -> list[U3]:
    return [n, 0]
""",
    lambda m: m.f(8),
    Kind.RANGE,
)
case(
    "[x] * n with negative n",
    """
@kernel()
@ensure(lambda n, result: len(result) == n)
def f(n: I8) -> list[U8]:
    return [0] * n
""",
    lambda m: m.f(-1),
    Kind.POSTCONDITION,
)
case(
    "rows of negative count",
    """
@kernel()
@ensure(lambda n, result: len(result) == n)
def f(n: I8) -> list[list[U8]]:
    return [[0] * 2 for _ in range(n)]
""",
    lambda m: m.f(-1),
    Kind.POSTCONDITION,
)
case(
    "the comprehension's variable read inside it",
    """
@kernel()
@ensure(lambda result: result == 0)
def f(n: U8) -> U8:
    _ = 0
    x: list[list[U8]] = [[_] * 2 for _ in range(2)]
    return x[1][0]
""",
    lambda m: m.f(1),
    "",
)
case(
    "a global called _ read inside a comprehension",
    """
_ = 0

@kernel()
@ensure(lambda result: result == 0)
def f(n: U8) -> U8:
    x: list[list[U8]] = [[_] * 2 for _ in range(2)]
    return x[1][0]
""",
    lambda m: m.f(1),
    "",
)
case(
    "negative index",
    """
@kernel()
@require(lambda x: len(x) == 2)
@ensure(lambda x, result: result == x[0] or result == x[1])
def f(x: Sequence[U8], i: I8) -> U8:
    return x[i]
""",
    lambda m: m.f([1, 2], 5),
    Kind.INDEX,
)
case(
    "a set is no sequence",
    """
@kernel()
@require(lambda x: len(x) == 2)
@ensure(lambda x, result: result == x[0])
def f(x: set[U8]) -> U8:
    return x[0]
""",
    lambda m: m.f({1, 2}),
    "type",
)

# ------------------------------------------------------------------ ranges and machine words

case(
    "an unbounded parameter taken for a machine integer",
    """
@kernel()
def f(a: int) -> I64:
    return a
""",
    lambda m: m.f(2**70),
    "",
)
case(
    "a wide element taken for a machine integer",
    """
@kernel()
@require(lambda x: len(x) == 1)
def f(x: Sequence[Fix]) -> I64:
    return x[0]
""",
    lambda m: m.f([2**70]),
    "",
)
case(
    "a wider word's result taken for a machine integer",
    """
@kernel(word=FIX512)
@ensure(lambda n, result: result == 2**100 + n)
def g(n: U8) -> Fix:
    return 2**100 + n

@kernel()
@ensure(lambda n, result: result == 2**100 + n)
def f(n: U8) -> I64:
    return g(n)
""",
    lambda m: m.f(1),
    Kind.RANGE,
)
case(
    "a wider word's plain result",
    """
@kernel(word=FIX512)
@ensure(lambda n, result: result == 2**100 + n)
def g(n: U8) -> int:
    return 2**100 + n

@kernel()
@ensure(lambda n, result: result == 2**100 + n)
def f(n: U8) -> I64:
    x = g(n)
    return x
""",
    lambda m: m.f(1),
    Kind.RANGE,
)
case(
    "a literal beyond the word",
    """
@kernel()
@ensure(lambda result: result == 2**100)
def f(n: U8) -> I64:
    x = 2**100
    return x
""",
    lambda m: m.f(1),
    Kind.OVERFLOW,
)
case(
    "a plain literal result beyond the word",
    """
@kernel()
@ensure(lambda result: result == 2**100)
def f(n: U8) -> int:
    return 2**100
""",
    None,
    Kind.OVERFLOW,
)
case(
    "a list of literals beyond the word",
    """
@kernel()
@ensure(lambda result: len(result) == 1)
def f(n: U8) -> list[I64]:
    x = [2**100]
    return x
""",
    lambda m: m.f(1),
    Kind.OVERFLOW,
)
case(
    "the least integer has no negative",
    """
@kernel()
@ensure(lambda a, result: result == -a)
def f(a: I64) -> I64:
    return -a
""",
    lambda m: m.f(-(2**63)),
    Kind.OVERFLOW,
)
case(
    "a product beyond the word that is divided again",
    """
@kernel()
@ensure(lambda a, result: result == a)
def f(a: I64) -> I64:
    return a * 4 // 4
""",
    None,
    Kind.OVERFLOW,
)
case(
    "shift by a negative amount",
    """
@kernel()
def f(a: U8, n: I8) -> I64:
    return a >> n
""",
    lambda m: m.f(1, -1),
    Kind.SHIFT,
)
case(
    "shift beyond the word",
    """
@kernel()
@ensure(lambda result: result >= 0)
def f(a: U8, n: U8) -> I64:
    return a >> n
""",
    None,
    Kind.SHIFT,
)
case(
    "bit-vector literal that wraps",
    """
@kernel(theory="bv")
@ensure(lambda result: result > 2**127)
def f(a: U8) -> U8:
    return a
""",
    lambda m: m.f(1),
    "",
)
case(
    "bit-vector kernel of a wider word",
    """
Wide = Annotated[int, Range(0, 2**200)]

@kernel(theory="bv", word=FIX512)
@ensure(lambda result: result == 0)
def f(a: Wide) -> U8:
    return a & 1
""",
    lambda m: m.f(1),
    "",
)
case(
    "bit-vector kernel calling a wider kernel",
    """
@kernel(word=FIX512)
@ensure(lambda n, result: result == 2**200)
def g(n: U8) -> Fix:
    return 2**200

@kernel(theory="bv")
@ensure(lambda result: result == 0)
def f(n: U8) -> I64:
    return g(n) & 1 | 1
""",
    lambda m: m.f(1),
    "",
)
case(
    "minimum of an integer and a rational",
    """
@lemma("T1")
@require(lambda x: x > 0)
@ensure(lambda x: 2 * (min(1, x) // 2) == min(1, x))
def f(x: Fraction) -> bool:
    return True
""",
    None,
    "",
)

# ------------------------------------------------------------------ names

case(
    "a parameter named like another one's length",
    """
@kernel()
@ensure(lambda a, result: result == len(a))
def f(a: Sequence[U8], a_len: U4) -> U8:
    return a_len
""",
    lambda m: m.f([], 3),
    Kind.POSTCONDITION,
)
case(
    "a local read before its assignment, with a global of that name",
    """
N = 5

@kernel()
@ensure(lambda result: result == 5)
def f(n: U8) -> U8:
    x = N
    N = 3
    return x
""",
    lambda m: m.f(1),
    "",
)
case(
    "a local assigned on one path, with a global of that name",
    """
N = 5

@kernel()
@ensure(lambda result: result >= 3)
def f(n: U8) -> U8:
    if n > 3:
        N = 3
    return N
""",
    lambda m: m.f(1),
    "",
)
case(
    "the loop variable after its loop",
    """
@kernel()
@ensure(lambda result: result == 0)
def f(n: U8) -> U8:
    for i in range(n):
        x = 0
    return i
""",
    lambda m: m.f(0),
    "after its loop",
)
case(
    "the loop variable after its loop, with a global of that name",
    """
i = 5

@kernel()
@ensure(lambda result: result == 5)
def f(n: U8) -> U8:
    for i in range(n):
        x = 0
    return i
""",
    lambda m: m.f(1),
    "",
)
case(
    "a local called len",
    """
@kernel()
@ensure(lambda x, result: result == len(x))
def f(x: Sequence[U8]) -> I64:
    len = 3
    return len(x)
""",
    lambda m: m.f([1]),
    "",
)
case(
    "a parameter called abs",
    """
@kernel()
@ensure(lambda result: result >= 0)
def f(abs: I8) -> U8:
    return abs(abs)
""",
    lambda m: m.f(1),
    "",
)
case(
    "a local called like a kernel",
    """
@kernel()
@ensure(lambda n, result: result == n)
def g(n: U8) -> U8:
    return n

@kernel()
@ensure(lambda n, result: result == n)
def f(n: U8) -> U8:
    g = 3
    return g(n)
""",
    lambda m: m.f(1),
    "",
)
case(
    "a contract's own parameter called len",
    """
@kernel()
@ensure(lambda len, result: all(len(x) == 1 for x in range(result)))
def f(len: U8) -> U8:
    return 1
""",
    lambda m: m.f(4),
    "",
)
case(
    "a quantified variable called like a kernel",
    """
@kernel()
@ensure(lambda n, result: result == n)
def g(n: U8) -> U8:
    return n

@kernel()
@ensure(lambda n, result: all(g(g) == g for g in range(result)))
def f(n: U8) -> U8:
    return n
""",
    lambda m: m.f(1),
    "",
)
case(
    "a module's own range",
    """
def range(n):
    return [0]

@kernel()
@ensure(lambda n, result: result == n)
def f(n: U8) -> U8:
    x: U8 = 0
    for i in range(n):
        assert invariant(x == i)
        x = x + 1
    return x
""",
    lambda m: m.f(3),
    "",
)
case(
    "a local called range",
    """
@kernel()
@ensure(lambda n, result: result == n)
def f(n: U8) -> U8:
    range = 1
    x: U8 = 0
    for i in range(n):
        assert invariant(x == i)
        x = x + 1
    return x
""",
    lambda m: m.f(3),
    "",
)
case(
    "a function bound twice",
    """
@kernel()
@ensure(lambda n, result: result == n)
def g(n: U8) -> U8:
    return n

if True:
    def g(n):
        return 0

@kernel()
@ensure(lambda n, result: result == n)
def f(n: U8) -> U8:
    return g(n)
""",
    lambda m: m.f(1),
    "",
)
case(
    "a function replaced by a wrapper",
    """
import functools

@kernel()
@ensure(lambda n, result: result == n)
def g(n: U8) -> U8:
    return n

g = functools.wraps(g)(lambda n: 0)

@kernel()
@ensure(lambda n, result: result == n)
def f(n: U8) -> U8:
    return g(n)
""",
    lambda m: m.f(1),
    "",
)
case(
    "a global constant that another function changes",
    """
N = 5

def change():
    global N
    N = 4

@kernel()
@ensure(lambda result: result == 5)
def f(n: U8) -> U8:
    return N
""",
    lambda m: (m.change(), m.f(1)),
    "",
)
case(
    "a contract that reads a global of a parameter's name",
    """
K = 8

@kernel()
@ensure(lambda result: result == K)
def g(K: U8) -> U8:
    return 8

@kernel()
@ensure(lambda n, result: result == n)
def f(n: U8) -> U8:
    return g(n)
""",
    lambda m: m.f(1),
    Kind.POSTCONDITION,
)
case(
    "a contract whose result has a wrong name",
    """
@kernel()
@ensure(lambda n, res: res == n + 1)
def f(n: U7) -> U8:
    return n
""",
    lambda m: m.f(1),
    "contract names `res`",
)
case(
    "an own decorator called kernel",
    """
real = kernel

def kernel():
    def decorate(g):
        real()(g)
        return lambda n: g(n) + 1
    return decorate

@kernel()
@ensure(lambda n, result: result == n)
def f(n: U8) -> U8:
    return n
""",
    None,
    "",
)

# ------------------------------------------------------------------ facts that must not leak

case(
    "a fact of a conjunction's right side",
    """
@kernel()
@ensure(lambda a, b, result: result == a // b)
def f(a: U8, b: U8) -> U8:
    c = b > 0 and a // b >= 0
    return a // b
""",
    lambda m: m.f(1, 0),
    Kind.DIVISION,
)
case(
    "a fact of a disjunction's right side",
    """
@kernel()
@ensure(lambda a, b, result: result == a // b)
def f(a: U8, b: U8) -> U8:
    c = b == 0 or a // b >= 0
    return a // b
""",
    lambda m: m.f(1, 0),
    Kind.DIVISION,
)
case(
    "a fact of a conditional's branch",
    """
@kernel()
@ensure(lambda a, b, result: result == a // b)
def f(a: U8, b: U8) -> U8:
    c = a // b if b > 0 else 0
    return a // b
""",
    lambda m: m.f(1, 0),
    Kind.DIVISION,
)
case(
    "a chained comparison's later link",
    """
@kernel()
@ensure(lambda a, b, result: result == a // b)
def f(a: U8, b: U8) -> U8:
    c = 0 < b <= a // b
    return a // b
""",
    lambda m: m.f(1, 0),
    Kind.DIVISION,
)
case(
    "a chained comparison's middle operand is not guarded by itself",
    """
@kernel()
@ensure(lambda result: result <= 1)
def f(a: U8, b: U8) -> U8:
    return 1 if 0 < a // b < 5 else 0
""",
    lambda m: m.f(1, 0),
    Kind.DIVISION,
)
case(
    "a fact under a quantifier",
    """
@kernel()
@require(lambda x: all(x[i] > 5 for i in range(len(x))))
@require(lambda x, n: any(x[i] > n for i in range(len(x))))
@ensure(lambda n, result: result == n)
def f(x: Sequence[U8], n: U8) -> U3:
    return n
""",
    lambda m: m.f([255], 100),
    Kind.RANGE,
)
case(
    "a callee's promise under a guard",
    """
@kernel()
@require(lambda n: n > 0)
@ensure(lambda n, result: result < n)
def g(n: U8) -> U8:
    return n - 1

@kernel()
@ensure(lambda n, result: n > 0)
def f(n: U8) -> U8:
    return g(n) if n > 0 else 0
""",
    lambda m: m.f(0),
    Kind.POSTCONDITION,
)
case(
    "a loop without an iteration",
    """
@kernel()
@ensure(lambda result: result == 1)
def f(n: U8) -> U8:
    x: U8 = 0
    for i in range(n):
        assert invariant(i == 0 or x == 1)
        x = 1
    return x
""",
    lambda m: m.f(0),
    Kind.POSTCONDITION,
)
case(
    "a range with start above stop",
    """
@kernel()
@ensure(lambda n, m, result: result == m - n)
def f(n: U8, m: U8) -> I64:
    x: I64 = 0
    for i in range(n, m):
        assert invariant(x == i - n)
        x = x + 1
    return x
""",
    lambda m: m.f(3, 1),
    Kind.POSTCONDITION,
)
case(
    "a quantifier with start above stop",
    """
@kernel()
@require(lambda n: all(n == 5 for i in range(n, 3)))
@ensure(lambda result: result == 5)
def f(n: U8) -> U8:
    return n
""",
    lambda m: m.f(4),
    Kind.POSTCONDITION,
)
case(
    "a literal quantifier with start above stop",
    """
@kernel()
@require(lambda n: all(n == 5 for i in range(5, 3)))
@ensure(lambda result: result == 5)
def f(n: U8) -> U8:
    return n
""",
    lambda m: m.f(4),
    Kind.POSTCONDITION,
)
case(
    "an existential over nothing",
    """
@kernel()
@ensure(lambda n, result: any(n == n for i in range(result)))
def f(n: U8) -> U8:
    return 0
""",
    lambda m: m.f(4),
    Kind.POSTCONDITION,
)
case(
    "a bound variable of the same name as a local",
    """
@kernel()
@ensure(lambda n, result: result == 3)
def f(n: U8) -> U8:
    x: U8 = 0
    for i in range(n):
        assert invariant(all(i == 3 for i in range(3, 4)))
        x = i
    return x
""",
    lambda m: m.f(0),
    Kind.POSTCONDITION,
)
case(
    "a loop changes what its bound was computed from",
    """
@kernel()
@ensure(lambda n, result: result == 1)
def f(n: U4) -> U8:
    stop: U8 = n
    x: U8 = 0
    for i in range(stop):
        assert invariant(x == i)
        stop = 1
        x = x + 1
    return x
""",
    lambda m: m.f(4),
    Kind.POSTCONDITION,
)
case(
    "an unused dead store at a false path",
    """
@kernel()
@ensure(lambda n, result: result == n)
def f(n: U8) -> U8:
    x: U8 = n
    while x > 0:
        assert invariant(x <= n)
        assert variant(x)
        x = x - 1
    return x
""",
    lambda m: m.f(4),
    Kind.POSTCONDITION,
)

# ------------------------------------------------------------------ calls and recursion

case(
    "kernels that call each other",
    """
@kernel()
@ensure(lambda n, result: result == 42)
def f(n: U8) -> U8:
    return g(n)

@kernel()
@ensure(lambda n, result: result == 42)
def g(n: U8) -> U8:
    return f(n)
""",
    lambda m: m.f(4),
    "",
)
case(
    "a kernel that calls itself",
    """
@kernel()
@ensure(lambda n, result: result == 42)
def f(n: U8) -> U8:
    return f(n)
""",
    lambda m: m.f(4),
    "recursion",
)
case(
    "lemmas that prove each other",
    """
@lemma("T1")
@ensure(lambda n: n == 42)
def f(n: int) -> bool:
    assert g(n)
    return True

@lemma("T1")
@ensure(lambda n: n == 42)
def g(n: int) -> bool:
    assert f(n)
    return True
""",
    lambda m: m.f(4),
    "",
)
case(
    "contracts that define each other",
    """
@kernel()
@ensure(lambda n, result: result == g(n))
def f(n: U8) -> U8:
    return g(n)

@kernel()
@ensure(lambda n, result: result == f(n))
def g(n: U8) -> U8:
    return 3
""",
    None,
    "",
)
case(
    "a specification function through another",
    """
@logic
def p(n: int) -> int:
    return p(n - 1) + q(n) if n > 0 else 0

@logic
def q(n: int) -> int:
    return p(n) + 1

@kernel()
@require(lambda n: p(0) == p(0) and p(1) == p(1))
@ensure(lambda n, result: result == 7)
def f(n: U8) -> U8:
    return n
""",
    lambda m: m.f(4),
    "",
)
case(
    "a specification function that captures its counter",
    """
@logic
def p(n: int) -> bool:
    return not all(p(n - 1) for n in range(5, 6)) if n > 0 else False

@kernel()
@require(lambda n: p(4) or not p(4))
@ensure(lambda n, result: result == 7)
def f(n: U8) -> U8:
    return n
""",
    lambda m: m.f(4),
    "",
)
case(
    "a specification function through an alias",
    """
@logic
def p(n: int) -> int:
    return p(n - 1) + 1 + q(n) if n > 0 else 0

q = p

@kernel()
@require(lambda n: p(0) == p(0) and p(1) == p(1))
@ensure(lambda n, result: result == 7)
def f(n: U8) -> U8:
    return n
""",
    lambda m: m.f(4),
    "",
)
case(
    "a recursive specification function of rationals",
    """
@logic
def power(x: Fraction, n: int) -> Fraction:
    return power(x, n - 1) * x if n > 0 else Fraction(1)

@lemma("T1")
@require(lambda x: 2 * x == 1)
@require(lambda x: power(x, 1) >= 0)
@ensure(lambda x: x > 5)
def f(x: Fraction) -> bool:
    return True
""",
    None,
    "",
)
case(
    "a partial kernel inside a recursive specification function",
    """
@kernel()
@require(lambda n: n > 0)
@ensure(lambda n, result: result < n)
def g(n: U8) -> U8:
    return n - 1

@logic
def p(n: int) -> int:
    return p(n - 1) + g(0) if n > 0 else 0

@kernel()
@require(lambda n: p(n) == p(n))
@ensure(lambda n, result: n == 0)
def f(n: U8) -> U8:
    return n
""",
    lambda m: m.f(4),
    Kind.PRECONDITION,
    "p",
)
case(
    "a precondition of the callee dropped",
    """
@kernel()
@require(lambda n: n > 0)
@ensure(lambda n, result: result < n)
def g(n: U8) -> U8:
    return n - 1

@kernel()
@ensure(lambda n, result: result < n)
def f(n: U8) -> U8:
    return g(n)
""",
    lambda m: m.f(0),
    Kind.PRECONDITION,
)
case(
    "an argument out of the parameter's range",
    """
@kernel()
@ensure(lambda n, result: result == n)
def g(n: U3) -> U3:
    return n

@kernel()
@ensure(lambda n, result: result == n)
def f(n: U8) -> U8:
    return g(n)
""",
    lambda m: m.f(9),
    Kind.RANGE,
)
case(
    "two functions of one name in modules of one last name",
    """
@logic
def dot(a: Sequence[int], q: Sequence[int], zero: int, n: int) -> int:
    return dot(a, q, zero, n - 1) + 1 if n > 0 else 0

@kernel()
@require(lambda a: len(a) == 1)
@require(lambda a: spec_dot(a, a, 0, 1) == spec_dot(a, a, 0, 1))
@require(lambda a: dot(a, a, 0, 1) == dot(a, a, 0, 1))
@ensure(lambda a, result: a[0] == 1)
def f(a: Sequence[U8]) -> U8:
    return 0

from veriquant_spec.matmul import dot as spec_dot
""",
    lambda m: m.f([5]),
    Kind.POSTCONDITION,
)
case(
    "a while loop whose variant is a rational",
    """
@lemma("T1")
@require(lambda x: x > 0 and x < 1)
@ensure(lambda x: x > 5)
def f(x: Fraction) -> bool:
    y: Fraction = x * 1
    while y > 0:
        assert invariant(y > 0 and y < 1)
        assert variant(y)
        y = y * x
    return True
""",
    None,
    "",
)
case(
    "a while loop that does not end",
    """
@kernel()
@ensure(lambda n, result: result == 42)
def f(n: U8) -> U8:
    x: U8 = n
    while x == n:
        assert variant(x)
        x = n
    return 0
""",
    None,
    Kind.VARIANT,
)
case(
    "a variant below zero",
    """
@kernel()
@ensure(lambda n, result: result == 42)
def f(n: U8) -> U8:
    x: I64 = n
    while x < 300:
        assert variant(x)
        x = x - 1
    return 0
""",
    None,
    Kind.VARIANT,
)
case(
    "a tuple's parts swapped",
    """
@kernel()
@ensure(lambda a, b, result: result[0] == a and result[1] == b)
def f(a: U8, b: U8) -> tuple[U8, U8]:
    return b, a
""",
    lambda m: m.f(1, 2),
    Kind.POSTCONDITION,
)
case(
    "ties of min and max",
    """
@kernel()
@ensure(lambda a, b, result: result < max(a, b) or result < min(a, b))
def f(a: U8, b: U8) -> U8:
    return min(a, b)
""",
    lambda m: m.f(2, 2),
    Kind.POSTCONDITION,
)
case(
    "remainder of a negative number",
    """
@kernel()
@ensure(lambda a, b, result: result >= 0)
def f(a: I8, b: I8) -> I64:
    return a % b if b != 0 else 0
""",
    lambda m: m.f(1, -2),
    Kind.POSTCONDITION,
)
case(
    "floor division is no truncation",
    """
@kernel()
@ensure(lambda a, b, result: result * b == a - a % b and abs(result) <= abs(a) // abs(b))
def f(a: I8, b: I8) -> I64:
    return a // b if b != 0 else 0
""",
    lambda m: m.f(-3, 2),
    Kind.POSTCONDITION,
)
case(
    "mask of a negative number",
    """
@kernel()
@ensure(lambda a, result: result == a)
def f(a: I8) -> I64:
    return a & 255
""",
    lambda m: m.f(-1),
    Kind.POSTCONDITION,
)
case(
    "joined bits that overlap",
    """
@kernel()
@ensure(lambda a, b, result: result == a + 8 * b)
def f(a: U4, b: U4) -> U8:
    return a | b << 3
""",
    lambda m: m.f(15, 15),
    Kind.POSTCONDITION,
)
case(
    "a contract of the parameter's default",
    """
@kernel()
@ensure(lambda n, result: result == 5)
def f(n: U8 = 5) -> U8:
    return n
""",
    lambda m: m.f(4),
    Kind.POSTCONDITION,
)
case(
    "a truth value used as a number",
    """
@kernel()
@ensure(lambda result: result == 2)
def f(n: U8) -> U8:
    return True + 1
""",
    None,
    "not a number",
)
case(
    "statements after a loop that always returns",
    """
@kernel()
@ensure(lambda n, result: result == 1)
def f(n: U8) -> U8:
    for i in range(n):
        return 1
    return 0
""",
    lambda m: m.f(0),
    Kind.POSTCONDITION,
)


# ------------------------------------------------------------------ types, theories and modules

case(
    "elements of an empty range",
    """
Empty = Annotated[int, Range(1, 0)]

@kernel()
@ensure(lambda result: result == 5)
def f(a: Sequence[Empty]) -> U8:
    assert all(a[i] == a[i] for i in range(len(a)))
    return 0
""",
    lambda m: m.f([]),
    "range",
)
case(
    "a type that changes after the contract was attached",
    """
U = Annotated[int, Range(0, 255)]

@kernel()
@ensure(lambda result: result <= 7)
def f(a: U) -> U8:
    return a

U = Annotated[int, Range(0, 7)]
""",
    lambda m: m.f(9),
    "may change",
)
case(
    "a built-in type that changes",
    """
@kernel()
@ensure(lambda a, result: result <= 7)
def f(a: int) -> U8:
    return a

int = Annotated[int, Range(0, 7)]
""",
    lambda m: m.f(9),
    "has changed",
)
case(
    "a type that changes without an assignment",
    """
U = Annotated[int, Range(0, 255)]

@kernel()
@ensure(lambda a, result: result <= 7)
def f(a: U) -> U8:
    return a

match Annotated[int, Range(0, 7)]:
    case U:
        pass
""",
    lambda m: m.f(9),
    "has changed",
)
case(
    "a local's type that changes",
    """
U = Annotated[int, Range(0, 255)]

@kernel()
@ensure(lambda a, result: result == a)
def f(a: U8) -> U8:
    x: U = a
    return x

U = Annotated[int, Range(0, 7)]
""",
    None,
    "may change",
)
case(
    "a function replaced by a wrapper behind the module's back",
    """
import functools

@kernel()
@ensure(lambda n, result: result == n)
def g(n: U8) -> U8:
    return n

globals()["g"] = functools.wraps(g)(lambda n: 0)

@kernel()
@ensure(lambda n, result: result == n)
def f(n: U8) -> U8:
    return g(n)
""",
    lambda m: m.f(1),
    "wrapped",
)
case(
    "a bit-vector lemma about integers wider than its vectors",
    """
@lemma("T4", theory="bv")
@require(lambda x: x == 2**64)
@ensure(lambda x: x * x == 0)
def f(x: int) -> bool:
    return True
""",
    lambda m: m.f(2**64),
    "range",
)
case(
    "a bit-vector kernel that uses a lemma about unbounded integers",
    """
@lemma("T4")
@require(lambda x: x >= 0)
@ensure(lambda x: x * x * x >= 0)
def cube(x: int) -> bool:
    return True

@kernel(theory="bv")
@require(lambda x: x == 6000000000000)
@ensure(lambda result: result == 5)
def f(x: I64) -> U8:
    assert cube(x)
    return 0
""",
    lambda m: m.f(6000000000000),
    "bit-vector",
)
case(
    "division of integers in a contract",
    """
@kernel()
@require(lambda b: b > 0)
@ensure(lambda a, b, result: all((a + i) / b == (a + i) >> b for i in range(result)))
def f(a: U8, b: U8) -> U8:
    return b
""",
    lambda m: m.f(7, 1),
    "",
)
case(
    "an integer passed for a rational",
    """
@lemma("T1")
@require(lambda x: x == 1)
@ensure(lambda x: 2 * (x / 2) == 1)
def half(x: Fraction) -> bool:
    return True

@lemma("T1")
@require(lambda n: n == 1)
@ensure(lambda n: n // 2 == 1)
def f(n: int) -> bool:
    assert half(n)
    return True
""",
    lambda m: m.f(1),
    "expected real",
)
case(
    "an element stored beyond its type",
    """
@kernel()
@ensure(lambda result: len(result) == 1)
def f(n: U8) -> list[U8]:
    x: list[U8] = [255]
    x[0] += n
    return x
""",
    lambda m: m.f(1),
    Kind.RANGE,
)
case(
    "a column beyond its row",
    """
@kernel()
@require(lambda w: len(w) == 2)
@require(lambda w: len(w[0]) == 3)
@ensure(lambda w, result: result == w[1][2])
def f(w: Sequence[Sequence[U8]]) -> U8:
    return w[1][2]
""",
    lambda m: m.f([[1, 2, 3], []]),
    Kind.INDEX,
)
case(
    "a store into one row seen in another",
    """
@kernel()
@ensure(lambda result: result == 1)
def f(n: U8) -> U8:
    x: list[list[U8]] = [[0] * 2 for _ in range(2)]
    x[0][0] = 1
    return x[1][0]
""",
    lambda m: m.f(1),
    Kind.POSTCONDITION,
)
case(
    "a list changed between two equal calls",
    """
@kernel()
@require(lambda x: len(x) == 1)
@ensure(lambda x, result: result == x[0])
def g(x: Sequence[U8]) -> U8:
    return x[0]

@kernel()
@ensure(lambda result: result == 0)
def f(n: U8) -> I64:
    x: list[U8] = [0]
    a = g(x)
    x[0] = 1
    return g(x) - a
""",
    lambda m: m.f(1),
    Kind.POSTCONDITION,
)
case(
    "a returned list changed afterwards",
    """
@kernel()
@ensure(lambda result: len(result) == 1 and result[0] == 3)
def g(n: U8) -> list[U8]:
    return [3]

@kernel()
@ensure(lambda result: result == 3)
def f(n: U8) -> U8:
    x = g(n)
    x[0] = 4
    return x[0]
""",
    lambda m: m.f(1),
    Kind.POSTCONDITION,
)
case(
    "a loop around a store at one index",
    """
@kernel()
@ensure(lambda n, result: all(result[i] == 1 for i in range(n)))
def f(n: U8) -> list[U8]:
    x: list[U8] = [0] * n
    for i in range(n):
        assert invariant(all(x[j] == 1 for j in range(0, i - 1)))
        x[i] = 1
    return x
""",
    None,
    Kind.POSTCONDITION,
)
case(
    "an invariant that holds only before the loop",
    """
@kernel()
@ensure(lambda result: result == 0)
def f(n: U8) -> U8:
    x: U8 = 0
    for i in range(n):
        assert invariant(x == 0)
        x = 1
    return x
""",
    lambda m: m.f(1),
    Kind.INVARIANT_PRESERVED,
)
case(
    "a return inside a loop trusts the next iteration's invariant",
    """
@kernel()
@ensure(lambda n, result: result == 1)
def f(n: U8) -> U8:
    x: U8 = 0
    for i in range(n):
        assert invariant(x == 0)
        if i == 3:
            return x
    return 1
""",
    lambda m: m.f(5),
    Kind.POSTCONDITION,
)


# ------------------------------------------------------------------ contracts that say otherwise

case(
    "a condition's parameter that takes a keyword alone, with a global of that name",
    """
n = 5

@kernel()
@ensure(lambda *, n, result: result == n)
def f(n: U8) -> U8:
    return 5
""",
    lambda m: m.f(3),
    "plain parameters",
)
case(
    "a condition that reads a global called result",
    """
result = 3

@kernel()
@ensure(lambda n: result == n)
def f(n: U8) -> U8:
    return n
""",
    lambda m: m.f(5),
    Kind.POSTCONDITION,
)
case(
    "a parameter called result",
    """
@kernel()
@ensure(lambda result: result == 0)
def f(result: U8) -> U8:
    return 0
""",
    lambda m: m.f(5),
    "called `result`",
)
case(
    "a parameter called OLD",
    """
@kernel()
@ensure(lambda OLD, result: result == OLD)
def f(OLD: U8) -> U8:
    return OLD
""",
    lambda m: m.f(5),
    "called `OLD`",
)
case(
    "a postcondition called require",
    """
from icontract import ensure as require

@kernel()
@require(lambda n: n == 5)
@ensure(lambda result: result == 5)
def f(n: U8) -> U8:
    return n
""",
    lambda m: m.f(3),
    "another `require`",
)
case(
    "a precondition that attaches nothing",
    """
real = require
require = lambda condition: lambda function: function

@kernel()
@require(lambda n: n == 5)
@ensure(lambda result: result == 5)
def f(n: U8) -> U8:
    return n

require = real
""",
    lambda m: m.f(3),
    "`require` may change",
)
case(
    "a module's own Fraction",
    """
from fractions import Fraction as Rational

@kernel()
@ensure(lambda n, result: result == n + 1)
def successor(n: U7) -> U8:
    return n + 1

globals()["Fraction"] = successor

@kernel()
@ensure(lambda n, result: result == Fraction(n))
def f(n: U7) -> U8:
    return n
""",
    lambda m: m.f(3),
    Kind.POSTCONDITION,
)
case(
    "a range of rationals",
    """
@lemma("T1")
@ensure(lambda x: x == 0 or x == 1)
def f(x: Annotated[Fraction, Range(0, 1)]) -> bool:
    return True
""",
    lambda m: m.f(Fraction(1, 2)),
    "no integers",
)
case(
    "a constant with arithmetic of its own",
    """
class Odd(int):
    def __add__(self, other):
        return 0

N = Odd(5)

@kernel()
@ensure(lambda n, result: result >= 5)
def f(n: U7) -> U8:
    return N + n
""",
    lambda m: m.f(1),
    "`N`",
)
case(
    "a local called like a lemma",
    """
@lemma("T1")
@ensure(lambda n: n * n >= 0)
def square(n: int) -> bool:
    return True

@kernel()
@ensure(lambda n, result: result == n)
def f(n: U8, square: U8) -> U8:
    assert square(n)
    return n
""",
    lambda m: m.f(5, 5),
    "local variable `square`",
)
case(
    "an integer held as a rational and divided",
    """
@lemma("T1")
@require(lambda n: n == 1)
@ensure(lambda n: n == 1)
def f(n: int) -> bool:
    y: Fraction = n
    assert y / 49 * 49 == y
    return True
""",
    lambda m: m.f(1),
    "expected real",
)
case(
    "a rational promised as an integer",
    """
@logic
def p(x: Fraction, n: int) -> int:
    return p(x, n - 1) + x if n > 0 else Fraction(0)

@lemma("T1")
@require(lambda x: 2 * x == 1)
@require(lambda x: p(x, 1) == p(x, 1))
@ensure(lambda x: x > 5)
def f(x: Fraction) -> bool:
    return True
""",
    lambda m: m.f(Fraction(1, 2)),
    "gives no int",
)
case(
    "an argument out of a specification function's range",
    """
@kernel()
@require(lambda a: a <= 7)
@ensure(lambda a, result: a <= 7)
def g(a: U8) -> U8:
    return 0

@logic
def p(a: U3, n: int) -> int:
    return p(a, n - 1) + g(a) if n > 0 else 0

@kernel()
@require(lambda n: p(n, 1) == p(n, 1))
@ensure(lambda n: n <= 7)
def f(n: U8) -> U8:
    return 0
""",
    lambda m: m.f(100),
    Kind.RANGE,
)
case(
    "recursion on a rational",
    """
@logic
def p(x: Fraction) -> int:
    return p(x - 1) + 1 if x > 0 else 0

@lemma("T1")
@require(lambda x: x > 0)
@ensure(lambda x: p(x) == p(x))
def f(x: Fraction) -> bool:
    return True
""",
    lambda m: m.f(Fraction(1, 2)),
    "anything but an integer",
)
case(
    "a specification function without a counter",
    """
@logic
def p() -> int:
    return p() + 1

@kernel()
@ensure(lambda n, result: p() == p())
def f(n: U8) -> U8:
    return n
""",
    lambda m: m.f(1),
    "anything but an integer",
)
for name in ("true", "false"):
    case(
        f"a parameter called {name}, a solver's word",
        f"""
@kernel()
@ensure(lambda result: result == 0)
def f({name}: bool) -> U8:
    return 0 if {name} else 1
""",
        lambda m: m.f(False),
        Kind.POSTCONDITION,
    )

# ------------------------------------------------------------------ text that runs otherwise

case(
    "a generator through a statement that nothing reaches",
    """
@kernel()
@ensure(lambda n, result: result == n)
def f(n: U8) -> U8:
    return n
    yield
""",
    lambda m: m.f(3),
    "generator",
)
case(
    "a generator through the message of an assertion",
    """
@kernel()
@ensure(lambda n, result: result == n)
def f(n: U8) -> U8:
    assert n >= 0, (yield)
    return n
""",
    lambda m: m.f(3),
    "generator",
)
case(
    "a keyword of an invariant",
    """
@kernel()
@ensure(lambda n, result: result == n)
def f(n: U8) -> U8:
    for i in range(n):
        assert invariant(n >= 0, key=1)
        x = 0
    return n
""",
    lambda m: m.f(3),
    "`invariant`",
)
for statement in ("import N", "del N"):
    case(
        f"a name made local by `{statement}` that nothing reaches",
        f"""
N = 5

@kernel()
@ensure(lambda n, result: result == 5)
def f(n: U8) -> U8:
    return N
    {statement}
""",
        lambda m: m.f(3),
        "nothing reaches",
    )
case(
    "a line that only the file's encoding shows",
    """
# coding: utf-7
@kernel()
@ensure(lambda n, result: result == n)
def f(n: U8) -> U8:
    x: U8 = n
    # +AAo-    x = 7
    return x
""",
    lambda m: m.f(1),
    Kind.POSTCONDITION,
)

# ------------------------------------------------------------------ sequences under a condition

case(
    "a sequence narrowed under a condition",
    """
@kernel()
@require(lambda a: all(a[i] >= 0 for i in range(len(a))))
@ensure(lambda result: result == 0)
def g(a: Sequence[U3]) -> U8:
    return 0

@kernel()
@require(lambda x, c: c == 0 or all(x[i] <= 7 for i in range(len(x))))
@require(lambda x: len(x) == 1)
@ensure(lambda x, result: x[0] <= 7)
def f(x: Sequence[U8], c: U3) -> U8:
    return g(x) if c != 0 else 0
""",
    lambda m: m.f([9], 0),
    Kind.POSTCONDITION,
)
case(
    "a list made under a condition",
    """
@kernel()
@require(lambda a, k: all(i >= len(a) or a[i] >= 0 for i in range(k)))
@ensure(lambda result: result == 0)
def g(a: Sequence[I64], k: U8) -> U8:
    return 0

@kernel()
@ensure(lambda n, result: n <= 1)
def f(n: U8) -> U8:
    return g([n * 2**62], n) if n <= 1 else 0
""",
    lambda m: m.f(9),
    Kind.POSTCONDITION,
)
case(
    "a row of a narrowed matrix that has none",
    """
@kernel()
@require(lambda a: len(a) == 0 or all(a[0][j] <= 9 for j in range(len(a[0]))))
@ensure(lambda result: result == 0)
def g(a: Sequence[Sequence[U8]]) -> U8:
    return 0

@kernel()
@ensure(lambda n, result: result == 5)
def f(n: U8) -> U8:
    m: list[list[int]] = [[300] * 2 for _ in range(n)]
    if n == 0:
        return g(m)
    return 5
""",
    lambda m: m.f(0),
    Kind.POSTCONDITION,
)


def load_case(case: Case, directory: Path) -> Any:
    """The case's module; an encoding stands in its first line."""
    encoding = "# coding: utf-7" if "coding: utf-7" in case.code else ""
    return load(encoding + HEADER + case.code, "deceptive", directory)


def verdict(module: Any, name: str) -> tuple[set[Kind], str]:
    """Kinds of the obligations that are not proved, or the subset error's text."""
    try:
        generated = obligations(getattr(module, name))
    except VerificationSubsetError as error:
        return set(), str(error)
    return {vc.kind for vc in generated.vcs if decide(vc).verdict != "proved"}, ""


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_wrong_kernel_is_not_proved(case: Case, tmp_path: Path) -> None:
    module = load_case(case, tmp_path)
    kinds, refused = verdict(module, case.function)
    if isinstance(case.expect, Kind):
        assert case.expect in kinds, f"failing: {kinds or 'none'}; refused: {refused or 'no'}"
    else:
        assert refused, f"not refused; failing: {kinds or 'none'}"
        assert case.expect in refused


@pytest.mark.parametrize("case", [c for c in CASES if c.witness], ids=lambda c: c.name)
def test_the_kernel_is_really_wrong(case: Case, tmp_path: Path) -> None:
    module = load_case(case, tmp_path)
    assert case.witness is not None
    with pytest.raises(Exception):  # noqa: B017 - a broken contract, or any error of the code
        case.witness(module)


def test_a_recursive_specification_function_beside_kernels_is_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (case,) = [c for c in CASES if c.name.startswith("a partial kernel inside a recursive")]
    package = tmp_path / "planted"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "beside.py").write_text(HEADER + case.code)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(source, "KERNEL_PACKAGE", "planted")
    assert "spec:beside.p" in [f.kernel for f in source.product_functions()]
