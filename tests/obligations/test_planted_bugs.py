"""Bugs planted in copies of the kernels: the verifier names the right check on the right line.

The counterexample is then run: on the copy the very check that was refuted fails, on the real
kernel nothing does. Bugs of the proof alone (an invariant too weak) have no such run.
"""

from __future__ import annotations

import importlib
import inspect
import random
from copy import deepcopy
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import icontract
import pytest

from copies import source_of
from programs.inputs import arguments
from veriquant_proofs.core.checks import Kind
from veriquant_proofs.core.interpreter import CheckFailed, Machine, NotAdmissibleError
from veriquant_proofs.core.syntax import Function, Program
from veriquant_proofs.frontend import read_files
from veriquant_proofs.obligations import generate
from veriquant_proofs.obligations.vc import VC, KernelVCs
from veriquant_proofs.solvers.backends import solve

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


def written(text: str, stem: str, directory: Path) -> Program:
    """The program of a file of that text."""
    path = directory / f"{stem}.py"
    path.write_text(text, encoding="utf-8")
    return read_files([path]).program


def named(program: Program, name: str) -> Function:
    return next(f for f in program.functions.values() if f.id.name == name)


def planted(bug: Bug, directory: Path) -> tuple[Program, Function, int]:
    """The program with the wrong kernel, the kernel, and the line on which a check must fail."""
    stem, _, name = bug.kernel.partition(".")
    module = importlib.import_module(f"veriquant.kernels.{stem}")
    text = source_of(module)
    source = inspect.getsource(inspect.unwrap(getattr(module, name)))
    first = text.index(source)
    last = first + len(source)
    assert text[first:last].count(bug.old) == 1, "the planted bug's place"
    changed = text[:first] + text[first:last].replace(bug.old, bug.new) + text[last:]
    lines = changed.splitlines()
    start = changed[:first].count("\n")
    line = next(i for i in range(start, len(lines)) if bug.at in lines[i]) + 1
    program = written(changed, stem, directory)
    return program, named(program, name), line


def refuted(vc: VC) -> bool:
    return solve("z3", vc.smt2, TIMEOUT, {}).answer == "sat"


def counterexample(vc: VC) -> dict[str, Any] | None:
    """Z3's model as arguments."""
    answer = solve("z3", vc.smt2, TIMEOUT, {"inputs": [asdict(i) for i in vc.inputs]})
    assert answer.answer == "sat"
    return answer.model


def failure(program: Program, function: Function, values: dict[str, Any] | None) -> tuple[Any, ...]:
    """The check that fails on a run: its kind and line; nothing where it passes or is not run."""
    if values is None:
        return ()
    try:
        Machine(program).call(function.id, deepcopy(values))
    except CheckFailed as error:
        return error.kind, error.place.line
    except NotAdmissibleError:
        pass
    return ()


@pytest.mark.parametrize("bug", BUGS, ids=lambda b: b.name)
def test_the_right_check_fails_on_the_right_line(bug: Bug, tmp_path: Path) -> None:
    program, function, line = planted(bug, tmp_path)
    generated = generate(program, function)
    candidates = [vc for vc in generated.vcs if (vc.kind, vc.line) == (bug.kind, line)]
    wrong = [vc for vc in candidates if refuted(vc)]
    assert wrong, f"{len(candidates)} {bug.kind} on line {line}, none refuted"
    chosen = random.Random(bug.name)
    tried = [counterexample(vc) for vc in wrong]
    if bug.code:  # a model may start inside a loop: then some other run must show the bug
        tried += [arguments(function, chosen) for _ in range(2000)]
    exact = (m for m in tried if failure(program, function, m) == (bug.kind, line))
    found = next(exact, None)
    if not bug.code:
        assert found is None
        return
    assert found is not None, tried[: len(wrong)]
    stem, _, name = bug.kernel.partition(".")
    real = getattr(importlib.import_module(f"veriquant.kernels.{stem}"), name)
    if bug.old.startswith("@require"):  # the counterexample is what the precondition excluded
        with pytest.raises(icontract.ViolationError):
            real(**found)
    else:
        real(**found)


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


def small(text: str, name: str, directory: Path) -> tuple[Program, Function, KernelVCs]:
    program = written(text, "planted", directory)
    function = named(program, name)
    return program, function, generate(program, function)


def test_variant_that_does_not_decrease(tmp_path: Path) -> None:
    (tmp_path / "right").mkdir()
    _, _, right = small(COUNT, "count_down", tmp_path / "right")
    assert not any(refuted(vc) for vc in right.vcs)
    text = COUNT.replace("left - 1", "left").replace("steps + 1", "steps")
    program, function, generated = small(text, "count_down", tmp_path)
    failing = [vc for vc in generated.vcs if refuted(vc)]
    assert [(vc.kind, vc.goal) for vc in failing] == [(Kind.VARIANT, "left decreases")]
    assert text.splitlines()[failing[0].line - 1].strip() == "assert variant(left)"
    # The function itself would run for ever.
    assert failure(program, function, {"n": 1}) == (Kind.VARIANT, failing[0].line)


def test_variant_below_zero(tmp_path: Path) -> None:
    text = COUNT.replace("variant(left)", "variant(left - 3)")
    program, function, generated = small(text, "count_down", tmp_path)
    failing = [vc for vc in generated.vcs if refuted(vc)]
    assert [(vc.kind, vc.goal) for vc in failing] == [(Kind.VARIANT, "left - 3 >= 0")]
    assert failure(program, function, {"n": 2}) == (Kind.VARIANT, failing[0].line)


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
    _, _, generated = small(text, "never", tmp_path)
    (vacuity,) = [v for v in generated.vacuity if v.what == "invariant"]
    # The state of the first iteration satisfies it; the second iteration's does not follow.
    assert solve("z3", vacuity.smt2, TIMEOUT, {}).answer == "sat"
    assert Kind.INVARIANT_PRESERVED in {vc.kind for vc in generated.vcs if refuted(vc)}
