"""Bugs planted in copies of the kernels: the verifier names the right check on the right line.

The counterexample is then run: on the copy the very check that was refuted fails, on the real
kernel nothing does. Bugs of the proof alone (an invariant too weak) have no such run.
"""

from __future__ import annotations

import importlib
import inspect
from dataclasses import asdict, dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import icontract
import pytest
from veriquant_proofs.mutation.copies import load, obligations, source_of

from veriquant_proofs.replay import Replay, arguments, replay
from veriquant_proofs.solvers.backends import solve
from veriquant_proofs.vcgen.runtime import CheckFailed, checked
from veriquant_proofs.vcgen.vc import VC, KernelVCs, Kind, VerificationSubsetError

#: Seconds for one obligation; the slowest of these needs about a tenth of one.
TIMEOUT = 20.0


@dataclass(frozen=True)
class Bug:
    """`old` becomes `new` inside `kernel`; the check `kind` on the line that holds `at` fails.

    `at` is looked for in the changed text, from the kernel's first line on. `code`: the code is
    wrong, so the counterexample breaks the contract when it is run; otherwise the proof alone is.
    """

    name: str
    kernel: str
    old: str
    new: str
    kind: Kind
    at: str
    code: bool = True


BUGS = [
    Bug(
        "wrong mask",
        "packing.unpack_wide",
        "packed & 15",
        "packed & 14",
        Kind.POSTCONDITION,
        "result == packed % 16",
    ),
    Bug(
        "shift by three",
        "packing.unpack_narrow",
        "packed >> 4",
        "packed >> 3",
        Kind.POSTCONDITION,
        "result == packed // 16",
    ),
    Bug(
        "shift by five",
        "packing.pack_pair",
        "((narrow & 7) << 4)",
        "((narrow & 7) << 5)",
        Kind.RANGE,
        "return",
    ),
    Bug(
        "codes swapped",
        "packing.unpack_pair",
        "unpack_wide(packed), unpack_narrow(packed)",
        "unpack_narrow(packed), unpack_wide(packed)",
        Kind.RANGE,
        "return",
    ),
    Bug(
        "wrong mask in a bit-vector kernel",
        "block.spread_block",
        "0x00FFFFFFF0000000",
        "0x00FFFFFFE0000000",
        Kind.POSTCONDITION,
        "word >> 7 * i & 127",
    ),
    Bug(
        "ties away from even",
        "rounding.rne_div",
        "twice > b or",
        "twice >= b or",
        Kind.POSTCONDITION,
        "is_rne(result, a, b)",
    ),
    Bug(
        "truncation instead of rounding",
        "rounding.rne_div",
        "q = q + 1",
        "q = q",
        Kind.POSTCONDITION,
        "is_nearest(result, a, b)",
    ),
    Bug(
        "no clamp above",
        "grid.quantize_code",
        "    q = min(q, levels - 1)\n",
        "",
        Kind.RANGE,
        "return q",
    ),
    Bug(
        "no clamp below",
        "grid.quantize_code",
        "    q = max(q, 0)\n",
        "",
        Kind.RANGE,
        "return q",
    ),
    Bug(
        "clamp at the number of levels",
        "grid.quantize_code",
        "min(q, levels - 1)",
        "min(q, levels)",
        Kind.POSTCONDITION,
        "result <= levels - 1",
    ),
    Bug(
        "scale rounded down",
        "grid.group_scale",
        "(span + top - 1) // top",
        "span // top",
        Kind.POSTCONDITION,
        "span <= (levels - 1) * unit * result)",
    ),
    Bug(
        "scale of an empty span",
        "grid.group_scale",
        "    k = max(k, 1)\n",
        "",
        Kind.RANGE,
        "return k",
    ),
    Bug(
        "sign of the zero point",
        "grid.zero_point",
        "return rne_div(-lo, scale)",
        "return rne_div(lo, scale)",
        Kind.RANGE,
        "return rne_div(lo",
    ),
    Bug(
        "least and greatest exchanged",
        "grid.weight_range",
        "lo = min(lo, w[i])",
        "lo = max(lo, w[i])",
        Kind.INVARIANT_PRESERVED,
        "lo <= 0 and hi >= 0,",
    ),
    Bug(
        "first weight left out",
        "grid.quantize_group",
        "for i in range(len(w)):\n        assert",
        "for i in range(1, len(w)):\n        assert",
        Kind.INVARIANT_INIT,
        "codes[j] == quantize_code",
    ),
    Bug(
        "index off by one",
        "matmul.dot_wide",
        "acc = acc + a[i] * (q[i] - zero)",
        "acc = acc + a[i] * (q[i + 1] - zero)",
        Kind.INDEX,
        "q[i + 1]",
    ),
    Bug(
        "halves swapped",
        "matmul.column_dot",
        "wide + a[p] *",
        "wide + a[half + p] *",
        Kind.INVARIANT_PRESERVED,
        "wide == column_wide(a, w, zero_wide, j, p),",
    ),
    Bug(
        "invariant too weak",
        "matmul.dot_narrow",
        "acc == dot(a, q, zero, i), abs",
        "abs",
        Kind.POSTCONDITION,
        "result == dot(a, q, zero, len(a))",
        code=False,
    ),
    Bug(
        "invariant without the bound of the accumulator",
        "matmul.dot_narrow",
        ", abs(acc) <= 896 * i",
        "",
        Kind.RANGE,
        "acc = acc +",
        code=False,
    ),
    Bug(
        "distance without its absolute value",
        "bound.column_bound",
        "total + abs(q[i] - zero)",
        "total + (q[i] - zero)",
        Kind.INVARIANT_PRESERVED,
        "total == distance(q, zero, i)",
    ),
    Bug(
        "size rounded down",
        "stream.stream_size",
        "(7 * pairs + 7) >> 3",
        "(7 * pairs) >> 3",
        Kind.POSTCONDITION,
        "result == size(pairs)",
    ),
    Bug(
        "no zero padding",
        "stream.stream_byte",
        "    high = 0\n",
        "    high = 1\n",
        Kind.POSTCONDITION,
        "result == byte_bits",
    ),
    Bug(
        "reads past the last pair",
        "stream.stream_byte",
        "if first + 1 < len(pairs):",
        "if first < len(pairs):",
        Kind.INDEX,
        "high = pairs[first + 1]",
    ),
    Bug(
        "a byte too far for a pair that fits",
        "stream.pair_at",
        "if shift > 1:",
        "if shift >= 1:",
        Kind.INDEX,
        "high = data[first + 1]",
    ),
    Bug(
        "seven bits taken for eight",
        "stream.pair_at",
        "& 127",
        "& 255",
        Kind.RANGE,
        "return",
    ),
    Bug(
        "elements of a list out of range",
        "stream.pack_stream",
        "[0] * count",
        "[256] * count",
        Kind.RANGE,
        "[256] * count",
    ),
    Bug(
        "precondition of the callee dropped",
        "stream.unpack_stream",
        "@require(lambda data, count: size(count) <= len(data))\n",
        "",
        Kind.PRECONDITION,
        "pairs[i] = pair_at(data, i)",
    ),
    Bug(
        "argument beyond the callee's range",
        "stream.pack_stream",
        "@require(lambda pairs: len(pairs) <= 2**48)\n",
        "",
        Kind.RANGE,
        "stream_size(len(pairs))",
        code=False,  # no list of 2**48 pairs can be built
    ),
]


def planted(bug: Bug, directory: Path) -> tuple[Any, KernelVCs, int]:
    """The wrong kernel, its obligations, and the line on which one must fail."""
    stem, _, name = bug.kernel.partition(".")
    module = importlib.import_module(f"veriquant.kernels.{stem}")
    text = source_of(module)
    first = text.index(inspect.getsource(inspect.unwrap(getattr(module, name))))
    last = first + len(inspect.getsource(inspect.unwrap(getattr(module, name))))
    assert text[first:last].count(bug.old) == 1, "the planted bug's place"
    changed = text[:first] + text[first:last].replace(bug.old, bug.new) + text[last:]
    lines = changed.splitlines()
    start = changed[:first].count("\n")
    line = next(i for i in range(start, len(lines)) if bug.at in lines[i]) + 1
    function = getattr(load(changed, module.__name__, directory), name)
    return function, obligations(function), line


def refuted(vc: VC) -> bool:
    return solve("z3", vc.smt2, TIMEOUT, {}).answer == "sat"


def counterexample(vc: VC, function: Any) -> tuple[dict[str, Any] | None, Replay]:
    """Z3's model as arguments, and what the function does on them."""
    answer = solve("z3", vc.smt2, TIMEOUT, {"inputs": [asdict(i) for i in vc.inputs]})
    assert answer.answer == "sat"
    return answer.model, replay(vc, answer.model, function=function)


@pytest.mark.parametrize("bug", BUGS, ids=lambda b: b.name)
def test_the_right_check_fails_on_the_right_line(bug: Bug, tmp_path: Path) -> None:
    function, generated, line = planted(bug, tmp_path)
    candidates = [vc for vc in generated.vcs if (vc.kind, vc.line) == (bug.kind, line)]
    wrong = [vc for vc in candidates if refuted(vc)]
    assert wrong, f"{len(candidates)} {bug.kind} on line {line}, none refuted"
    runs = [counterexample(vc, function) for vc in wrong]
    if not bug.code:
        assert not any(run.exact for _, run in runs)
        return
    exact = [(model, run) for model, run in runs if run.exact]
    assert exact, "; ".join(run.message for _, run in runs)
    model, run = exact[0]
    assert run.confirmed
    assert model is not None
    real = getattr(importlib.import_module(generated.module), generated.function)
    inputs = arguments(model, wrong[0])
    if bug.old.startswith("@require"):  # the counterexample is what the precondition excluded
        with pytest.raises(icontract.ViolationError):
            real(**inputs)
    else:
        checked(real)(**inputs)


def test_accumulator_overflows_without_the_bound_on_k(tmp_path: Path) -> None:
    """2**22 channels instead of 2**13: too long for a printed counterexample, so it is built."""
    bug = Bug(
        "K bound 2**22",
        "matmul.dot_wide",
        "len(a) <= MAX_K // 2",
        "len(a) <= 2**22",
        Kind.RANGE,
        "acc = acc +",
    )
    function, generated, line = planted(bug, tmp_path)
    (wrong,) = [vc for vc in generated.vcs if (vc.kind, vc.line) == (bug.kind, line)]
    assert refuted(wrong)
    count = 2**31 // 1920 + 1  # the first partial sum beyond int32
    assert count <= 2**22
    file = inspect.getfile(inspect.unwrap(function))
    namespace: dict[str, Any] = {"__name__": "planted"}  # compiled as the fast path does it
    exec(compile(Path(file).read_text("utf-8"), file, "exec", optimize=1), namespace)
    plain = inspect.unwrap(namespace["dot_wide"])
    assert plain([-128] * count, [0] * count, 15) > 2**31 - 1
    assert plain([-128] * (count - 1), [0] * (count - 1), 15) <= 2**31 - 1


# ------------------------------------------------------------------ kernels made for the purpose

HEADER = """
from __future__ import annotations
from collections.abc import Sequence
from icontract import ensure, require
from veriquant_spec.markers import invariant, kernel, variant
from veriquant_spec.types import I64, U3, U4, U8

"""

COUNT = (
    HEADER
    + """
@kernel()
@ensure(lambda n, result: result == n)
def count_down(n: U8) -> U8:
    left: U8 = n
    steps: U8 = 0
    while left > 0:
        assert invariant(steps + left == n)
        assert variant(left)
        left = left - 1
        steps = steps + 1
    return steps
"""
)


def small(text: str, directory: Path) -> ModuleType:
    return load(text, "planted", directory)


def test_variant_that_does_not_decrease(tmp_path: Path) -> None:
    assert not any(refuted(vc) for vc in obligations(small(COUNT, tmp_path).count_down).vcs)
    text = COUNT.replace("left - 1", "left").replace("steps + 1", "steps")
    function = small(text, tmp_path).count_down
    failing = [vc for vc in obligations(function).vcs if refuted(vc)]
    assert [(vc.kind, vc.goal) for vc in failing] == [(Kind.VARIANT, "left decreases")]
    assert text.splitlines()[failing[0].line - 1].strip() == "assert variant(left)"
    with pytest.raises(CheckFailed) as caught:  # the function itself would run for ever
        checked(function)(n=1)
    assert (caught.value.kind, caught.value.line) == (Kind.VARIANT, failing[0].line)


def test_variant_below_zero(tmp_path: Path) -> None:
    text = COUNT.replace("variant(left)", "variant(left - 3)")
    function = small(text, tmp_path).count_down
    failing = [vc for vc in obligations(function).vcs if refuted(vc)]
    assert [(vc.kind, vc.goal) for vc in failing] == [(Kind.VARIANT, "left - 3 >= 0")]
    _, run = counterexample(failing[0], function)
    assert run.exact, run.message


def test_contradictory_precondition_is_vacuous(tmp_path: Path) -> None:
    text = (
        HEADER
        + """
@kernel()
@require(lambda a: a > 5)
@require(lambda a, b: a * b < 0)
@ensure(lambda result: result == 1000)
def impossible(a: U4, b: U4) -> U8:
    return a
"""
    )
    generated = obligations(small(text, tmp_path).impossible)
    assert not any(refuted(vc) for vc in generated.vcs), "everything follows from a contradiction"
    (precondition,) = [v for v in generated.vacuity if v.what == "precondition"]
    assert solve("z3", precondition.smt2, TIMEOUT, {}).answer == "unsat"
    sound = text.replace("a * b < 0", "a * b > 0")
    (precondition,) = [
        v
        for v in obligations(small(sound, tmp_path).impossible).vacuity
        if v.what == "precondition"
    ]
    assert solve("z3", precondition.smt2, TIMEOUT, {}).answer == "sat"


def test_contradictory_invariant_is_unreachable(tmp_path: Path) -> None:
    text = (
        HEADER
        + """
@kernel()
@ensure(lambda result: result == 7)
def never(n: U8) -> U8:
    x: U8 = 0
    for i in range(n):
        assert invariant(x == 0, i == 0 or x == 1)
        x = 0
    return x
"""
    )
    generated = obligations(small(text, tmp_path).never)
    (vacuity,) = [v for v in generated.vacuity if v.what == "invariant"]
    # The state of the first iteration satisfies it; the second iteration's does not follow.
    assert solve("z3", vacuity.smt2, TIMEOUT, {}).answer == "sat"
    assert Kind.INVARIANT_PRESERVED in {vc.kind for vc in generated.vcs if refuted(vc)}


@pytest.mark.parametrize(
    ("body", "line", "construct"),
    [
        ("    a[0] = 1\n    return 0\n", 1, "parameter `a` is mutated"),
        ("    n = 1\n    return n\n", 1, "parameter `n` is mutated"),
        ("    x: list[U8] = [0]\n    y = x\n    return y[0]\n", 2, "`y` would alias `x`"),
        ("    for i in range(n):\n        x = i\n    return i\n", 3, "`i` may be read before"),
        ("    if n > 1:\n        x = 1\n    return x\n", 3, "`x` may be read before"),
        ("    while n > 1:\n        x = 1\n    return 0\n", 1, "exactly one `assert variant"),
        ("    for x in a:\n        y = x\n    return 0\n", 1, "anything but range"),
        ("    x = n / 2\n    return 0\n", 1, "operator `Div`"),
        ("    x = n ** 2\n    return 0\n", 1, "power of anything but literals"),
        ("    x = n in a\n    return 0\n", 1, "comparison `n in a`"),
        ("    print(n)\n    return 0\n", 1, "statement `print(n)`"),
        ("    x = sorted(a)\n    return 0\n", 1, "call of `sorted`"),
        ("    x = a[1:]\n    return 0\n", 1, "slice"),
        (
            "    try:\n        x = 1\n    finally:\n        y = 1\n    return 0\n",
            1,
            "statement `try:`",
        ),
        ("    x = 1.5\n    return 0\n", 1, "expression `1.5`"),
        ("    return [n]\n", 1, "`result` is int[], expected int"),
        ("    x = 1\n", 1, "may end without a return"),
        ("    for i in range(n):\n        break\n    return 0\n", 2, "statement `break`"),
        ("    x = lambda: 1\n    return 0\n", 1, "expression `lambda: 1`"),
        ("    global n\n    return 0\n", 1, "statement `global n`"),
    ],
)
def test_constructs_outside_the_subset(
    tmp_path: Path, body: str, line: int, construct: str
) -> None:
    text = (
        HEADER
        + """
@kernel()
@require(lambda a: len(a) > 0)
@ensure(lambda result: result <= 255)
def outside(a: list[U8], n: U8) -> U8:
"""
    )
    first = text.count("\n")
    if "global" in body:  # Python refuses a parameter that is declared global
        body = body.replace("global n", "global m")
        construct = construct.replace("global n", "global m")
    function = small(text + body, tmp_path).outside
    with pytest.raises(VerificationSubsetError) as caught:
        obligations(function)
    assert construct in caught.value.construct
    assert (caught.value.file, caught.value.line) == (
        Path(inspect.getfile(inspect.unwrap(function))),
        first + line,
    )
