"""Marks that the VC generator reads: `@kernel`, `@lemma`, `@logic`, `invariant`, `variant`.

They cost nothing under `python -O`: then no condition is attached, and loop invariants, which
stand in `assert` statements, are not even compiled.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar, cast, get_args, get_origin, get_type_hints

import icontract

from veriquant_spec.types import INT64, Range

F = TypeVar("F", bound=Callable[..., Any])
Theory = Literal["int", "bv"]

MARK = "__veriquant__"

#: Where a function keeps what its annotations meant when its conditions were made of them.
TYPES = "__veriquant_types__"


@dataclass(frozen=True, slots=True)
class Mark:
    """What a decorated function is to the verifier."""

    role: Literal["kernel", "lemma", "logic"]
    requirements: tuple[str, ...] = ()
    theorem: str | None = None
    word: Range | None = INT64
    theory: Theory = "int"


def kernel(*requirements: str, word: Range = INT64, theory: Theory = "int") -> Callable[[F], F]:
    """Mark an executable kernel that implements `requirements` (ids of `requirements.toml`).

    `word` is the machine integer every intermediate result must fit; `theory` is the arithmetic
    the solvers use (`bv` for bit tricks). The ranges in the annotations become icontract
    conditions, checked before every other one.
    """
    return _attach(Mark("kernel", requirements, None, word, theory))


def lemma(theorem: str, *requirements: str, theory: Theory = "int") -> Callable[[F], F]:
    """Mark a lemma: a function without effect, proved by the same engine as the kernels.

    Its preconditions are the hypotheses, its postconditions the statement, its body the proof
    (a loop is an induction, an `assert` a step, a call of another lemma its use); it returns True.
    Arithmetic is unbounded: a lemma is mathematics, not machine code. Only a bit-vector lemma
    keeps to 64 bits, so that its vectors cannot wrap.
    """
    word = INT64 if theory == "bv" else None
    return _attach(Mark("lemma", requirements, theorem, word, theory))


def logic(function: F) -> F:
    """Mark a specification function that contracts may call.

    A non-recursive one is replaced by its body; a recursive one becomes an uninterpreted function
    with its defining equation, and must recurse on its last parameter minus one, guarded by
    a test that this parameter is positive. When run, such a recursion is unrolled from zero
    upwards, so that its depth is not bounded by the interpreter's stack. Preconditions (icontract's
    `require`) are checked where a contract is proved, not at run time.
    """
    plain = inspect.unwrap(function)
    setattr(plain, MARK, Mark("logic", word=None))
    recursive = plain.__name__ in plain.__code__.co_names
    return cast(F, unrolled(plain) if recursive else plain)


def unrolled(plain: Callable[..., Any]) -> Any:
    """`plain(..., n)` evaluated for 0, 1, .. n; inner calls get the value before.

    Where `n` is not positive, there is no inner call.
    """
    previous: list[tuple[list[Any], int, Any]] = []

    signature = inspect.signature(plain)

    @functools.wraps(plain)
    def evaluate(*arguments: Any, **named: Any) -> Any:
        if named:
            arguments = signature.bind(*arguments, **named).args
        *others, last = arguments
        if previous:
            known, n, value = previous[-1]
            if n == last and all(a is b for a, b in zip(others, known, strict=True)):
                return value
        value = plain(*others, min(last, 0))
        for n in range(1, last + 1):
            previous.append((others, n - 1, value))
            try:
                value = plain(*others, n)
            finally:
                previous.pop()
        return value

    return evaluate


def invariant(*conditions: bool) -> bool:
    """Loop invariant: `assert invariant(...)` as the first statements of a loop body."""
    return all(conditions)


def variant(value: int) -> bool:
    """Loop variant of a `while` loop: non-negative, and smaller at the end of each iteration."""
    return value >= 0


def mark_of(function: Callable[..., Any]) -> Mark | None:
    """The mark of a function, None where it has none."""
    return getattr(inspect.unwrap(function), MARK, None)


def range_of(hint: object) -> Range | None:
    """The range in an `Annotated` integer type, None where there is none."""
    if get_origin(hint) is Annotated:
        return next((m for m in get_args(hint)[1:] if isinstance(m, Range)), None)
    return None


def _attach(mark: Mark) -> Callable[[F], F]:
    def decorate(function: F) -> F:
        setattr(inspect.unwrap(function), MARK, mark)
        if not __debug__:
            return function
        return _with_range_conditions(function)

    return decorate


def _with_range_conditions(function: F) -> F:
    plain = inspect.unwrap(function)
    hints = get_type_hints(plain, include_extras=True)
    setattr(plain, TYPES, hints)
    checked: Any = function
    added_pre = added_post = 0
    for name in inspect.signature(plain).parameters:
        for text, test in range_tests(name, hints[name]):
            checked = icontract.require(condition(name, test), error=_violation(plain, name, text))(
                checked
            )
            added_pre += 1
    for text, test in range_tests("result", hints.get("return", None)):
        checked = icontract.ensure(
            condition("result", test), error=_violation(plain, "result", text)
        )(checked)
        added_post += 1
    # icontract evaluates the innermost decorator first. Ours come first (the others rely on
    # them), then the written ones from top to bottom, the order in which the generator reads.
    if checked is not function or hasattr(checked, "__preconditions__"):
        pre, post = checked.__preconditions__, checked.__postconditions__
        for group in pre:
            group[:] = _own_first(group, added_pre)
        post[:] = _own_first(post, added_post)
    return checked  # type: ignore[no-any-return]


def _own_first(contracts: list[Any], own: int) -> list[Any]:
    own_contracts = [c for c in contracts if getattr(c.condition, "_of_type", False)]
    written = [c for c in contracts if not getattr(c.condition, "_of_type", False)]
    assert len(own_contracts) == own
    return own_contracts + written[::-1]


def range_tests(name: str, hint: object) -> list[tuple[str, str]]:
    """Readable text and Python test of each range that an annotation carries."""
    bounds = range_of(hint)
    if bounds is not None:
        return [(f"{name} in {bounds}", _test(name, bounds))]
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is tuple:
        return [
            found for i, part in enumerate(arguments) for found in range_tests(f"{name}[{i}]", part)
        ]
    if origin is not None and len(arguments) == 1:
        bounds = range_of(arguments[0])
        if bounds is not None:
            return [(f"{name}[i] in {bounds}", f"all({_test('e', bounds)} for e in {name})")]
        inner = get_args(arguments[0])
        bounds = range_of(inner[0]) if len(inner) == 1 else None
        if bounds is not None:
            test = f"all({_test('e', bounds)} for row in {name} for e in row)"
            return [(f"{name}[i][j] in {bounds}", test)]
    return []


def _test(name: str, bounds: Range) -> str:
    return f"{bounds.low} <= {name} <= {bounds.high}"


def condition(name: str, test: str) -> Callable[..., bool]:
    """`lambda name: test` as a named function, so that icontract need not read its source."""
    namespace: dict[str, Any] = {}
    exec(f"def condition({name}):\n    return {test}\n", namespace)
    condition: Callable[..., bool] = namespace["condition"]
    condition._of_type = True  # type: ignore[attr-defined]
    return condition


def _violation(function: Callable[..., Any], name: str, text: str) -> Callable[..., Exception]:
    """Builds the error of a broken range; icontract passes the argument by its name."""
    where = f"{function.__module__}.{function.__qualname__}"

    def build(value: object) -> Exception:
        return icontract.ViolationError(f"{where}: expected {text}, got {name} = {value!r}")

    namespace: dict[str, Any] = {"build": build}
    exec(f"def error({name}):\n    return build({name})\n", namespace)
    error: Callable[..., Exception] = namespace["error"]
    return error
