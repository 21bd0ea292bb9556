"""Every kernel computes what the specification says, and its contracts guard it at run time.

What is finite is enumerated; the rest is sampled by Hypothesis. The kernels run as imported, with
their contracts on.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Any

import icontract
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from veriquant.kernels import block, bound, grid, matmul, packing, rounding, stream
from veriquant_proofs.core.interpreter import Machine, NotAdmissibleError
from veriquant_proofs.core.syntax import Function, Role
from veriquant_proofs.core.types import IntType, MatrixType, SequenceType, Type
from veriquant_proofs.frontend import read_product
from veriquant_proofs.places import REPOSITORY
from veriquant_proofs.runtime.real import real_function
from veriquant_spec import grid as spec_grid
from veriquant_spec import matmul as spec_matmul
from veriquant_spec import packing as spec_packing
from veriquant_spec.markers import range_of
from veriquant_spec.rounding import rne
from veriquant_spec.types import (
    FIX_FLOAT,
    I8,
    U3,
    U4,
    U7,
    U56,
    Factor,
    FixUnit,
    FixWeight,
    Significand,
)

PRODUCT = read_product()
KERNELS = {
    f.label: f
    for f in PRODUCT.verified()
    if f.role is Role.KERNEL and f.id.module.startswith("veriquant.kernels")
}

examples = settings(deadline=None, max_examples=60, derandomize=True)


def ints(kind: object) -> st.SearchStrategy[int]:
    """Integers of a ranged type."""
    bounds = range_of(kind)
    assert bounds is not None
    return st.integers(bounds.low, bounds.high)


#: Weights as they come: small integers, and any exact float32 in units of 2**-149.
weights = st.one_of(
    st.integers(-300, 300),
    st.builds(lambda m, e: m << e, st.integers(-(2**24) + 1, 2**24 - 1), st.integers(0, 253)),
)
levels = st.sampled_from([8, 16])
pair_lists = st.lists(ints(U7), max_size=20)

covered: set[str] = set()


def covers(*names: str) -> Callable[[Any], Any]:
    """Names the kernels that a test compares with the specification."""
    covered.update(names)
    return lambda test: test


# ------------------------------------------------------------------ rounding and packing


@covers("rounding.rne_div")
@examples
@given(st.one_of(st.integers(-40, 40), st.integers(-(2**300), 2**300)), st.data())
def test_rne_div(a: int, data: st.DataObject) -> None:
    b = data.draw(st.one_of(st.integers(1, 12), st.integers(1, 2**300)))
    assert rounding.rne_div(a, b) == rne(Fraction(a, b))


def test_rne_div_near_zero_exhaustively() -> None:
    for b in range(1, 13):
        for a in range(-5 * b, 5 * b + 1):
            assert rounding.rne_div(a, b) == rne(Fraction(a, b))


@covers(
    "packing.pack_pair",
    "packing.unpack_wide",
    "packing.unpack_narrow",
    "packing.unpack_pair",
    "packing.repack_pair",
)
def test_every_pair() -> None:
    seen = set()
    for wide in range(16):
        for narrow in range(8):
            packed = packing.pack_pair(wide, narrow)
            assert packed == spec_packing.pack(wide, narrow)
            assert packing.unpack_pair(packed) == spec_packing.unpack(packed) == (wide, narrow)
            assert (packing.unpack_wide(packed), packing.unpack_narrow(packed)) == (wide, narrow)
            assert packing.repack_pair(wide, narrow) == (wide, narrow)
            seen.add(packed)
    assert seen == set(range(128))


@covers("stream.stream_size")
@examples
@given(st.one_of(st.integers(0, 40), st.integers(0, 2**48)))
def test_stream_size(pairs: int) -> None:
    assert stream.stream_size(pairs) == spec_packing.size(pairs) == -(-7 * pairs // 8)


@covers("stream.pack_stream", "stream.unpack_stream", "stream.stream_byte", "stream.pair_at")
@examples
@given(pair_lists)
def test_streams(pairs: list[int]) -> None:
    data = stream.pack_stream(pairs)
    assert bytes(data) == spec_packing.stream(pairs)
    assert stream.unpack_stream(data, len(pairs)) == pairs
    for t, byte in enumerate(data):
        assert stream.stream_byte(pairs, t) == byte
    for i, pair in enumerate(pairs):
        assert stream.pair_at(data, i) == pair


@examples
@given(st.lists(st.integers(0, 255), max_size=20), st.data())
def test_any_bytes_are_read_as_the_definition_says(data: list[int], draw: st.DataObject) -> None:
    count = draw.draw(st.integers(0, 8 * len(data) // 7))
    assert stream.unpack_stream(data, count) == spec_packing.unstream(bytes(data), count)


def test_every_stream_of_one_and_two_pairs() -> None:
    for first in range(128):
        assert bytes(stream.pack_stream([first])) == spec_packing.stream([first])
        for second in range(128):
            pairs = [first, second]
            data = [stream.stream_byte(pairs, 0), stream.stream_byte(pairs, 1)]
            assert bytes(data) == spec_packing.stream(pairs)
            assert stream.pair_at(data, 1) == second


@covers("block.spread_block", "block.gather_block")
@examples
@given(ints(U56))
def test_blocks(word: int) -> None:
    pairs = spec_packing.unstream(word.to_bytes(7, "little"), 8)
    lanes = int.from_bytes(bytes(pairs), "little")
    assert block.spread_block(word) == lanes
    assert block.gather_block(lanes) == word


def test_blocks_of_one_pair() -> None:
    for i in range(8):
        for pair in range(128):
            assert block.spread_block(pair << 7 * i) == pair << 8 * i
            assert block.gather_block(pair << 8 * i) == pair << 7 * i


# ------------------------------------------------------------------ the grid


@covers("grid.weight_range")
@examples
@given(st.lists(weights, max_size=9))
def test_weight_range(w: list[int]) -> None:
    assert grid.weight_range(w) == spec_grid.weight_range([Fraction(x) for x in w])


@covers("grid.group_scale")
@examples
@given(ints(FixUnit), levels, st.data())
def test_group_scale(unit: int, count: int, data: st.DataObject) -> None:
    top = (count - 1) * unit
    span = data.draw(
        st.one_of(
            st.integers(0, min(255 * top, 2 * FIX_FLOAT)),
            st.builds(
                lambda k, d: min(max(k * top + d, 0), 255 * top, 2 * FIX_FLOAT),
                st.integers(0, 255),
                st.integers(-1, 1),
            ),
        )
    )
    expected = spec_grid.least_factor(Fraction(span), Fraction(unit), count)
    assert grid.group_scale(span, unit, count) == expected


@covers("grid.zero_point")
@examples
@given(st.integers(1, 2**285), levels, st.data())
def test_zero_point(scale: int, count: int, data: st.DataObject) -> None:
    lo = -data.draw(st.integers(0, min((count - 1) * scale, FIX_FLOAT)))
    assert grid.zero_point(lo, scale, count) == rne(Fraction(-lo, scale))


@covers("grid.quantize_code")
@examples
@given(weights, st.one_of(st.integers(1, 99), st.integers(1, 2**285)), levels, st.data())
def test_quantize_code(w: int, scale: int, count: int, data: st.DataObject) -> None:
    zero = data.draw(st.integers(0, count - 1))
    expected = spec_grid.quantize(Fraction(w), spec_grid.Grid(Fraction(scale), 1, zero, count))
    assert grid.quantize_code(w, scale, zero, count) == expected


@covers("grid.dequantize_steps")
def test_every_step() -> None:
    for q in range(16):
        for zero in range(16):
            for k in range(1, 256):
                assert grid.dequantize_steps(q, zero, k) == (q - zero) * k


@covers("grid.dequantize_significand", "grid.dequantize")
@examples
@given(ints(U4), ints(U4), ints(Factor), ints(Significand), ints(FixUnit))
def test_dequantize(q: int, zero: int, k: int, significand: int, unit: int) -> None:
    value = spec_grid.dequantize(q, spec_grid.Grid(Fraction(unit), k, zero, 16))
    assert grid.dequantize(q, zero, k, unit) == value
    assert grid.dequantize_significand(q, zero, k, significand) == (q - zero) * k * significand


@covers("grid.quantize_group")
@examples
@given(st.lists(weights, min_size=1, max_size=6), ints(FixUnit), levels)
def test_quantize_group(w: list[int], unit: int, count: int) -> None:
    exact = [Fraction(x) for x in w]
    lo, hi = grid.weight_range(w)
    try:
        expected = spec_grid.fit_group(exact, Fraction(unit), count)
    except ValueError:
        with pytest.raises(icontract.ViolationError):  # no factor covers the group
            grid.group_scale(hi - lo, unit, count)
        return
    k = grid.group_scale(hi - lo, unit, count)
    assert k == expected.k
    zero, codes = grid.quantize_group(w, lo, hi, k * unit, count)
    assert zero == expected.zero
    assert codes == [spec_grid.quantize(x, expected) for x in exact]
    for x, q in zip(exact, codes, strict=True):
        assert 2 * abs(spec_grid.dequantize(q, expected) - x) <= expected.scale


# ------------------------------------------------------------------ products


@covers("matmul.dot_wide", "matmul.dot_narrow", "bound.column_bound")
@examples
@given(st.lists(st.tuples(ints(I8), ints(U4), ints(U3)), max_size=30), ints(U4), ints(U3))
def test_dots(rows: list[tuple[int, int, int]], zero: int, zero_narrow: int) -> None:
    a, wide, narrow = ([r[i] for r in rows] for i in range(3))
    expected = sum(x * (q - zero) for x, q in zip(a, wide, strict=True))
    assert matmul.dot_wide(a, wide, zero) == expected
    assert bound.column_bound(wide, zero) == 128 * sum(abs(q - zero) for q in wide)
    assert abs(expected) <= bound.column_bound(wide, zero)
    expected = sum(x * (q - zero_narrow) for x, q in zip(a, narrow, strict=True))
    assert matmul.dot_narrow(a, narrow, zero_narrow) == expected
    worst = [-128 if q > zero else 127 for q in wide]  # the bound is nearly attained
    assert 128 * abs(matmul.dot_wide(worst, wide, zero)) >= 127 * bound.column_bound(wide, zero)


@covers("matmul.dot_grouped", "bound.grouped_bound")
@examples
@given(st.lists(st.tuples(ints(I8), ints(U4)), max_size=30), st.integers(1, 9), st.data())
def test_dots_with_a_zero_point_for_each_group(
    rows: list[tuple[int, int]], group: int, data: st.DataObject
) -> None:
    a, q = ([r[i] for r in rows] for i in range(2))
    groups = -(-len(a) // group)
    zeros = data.draw(st.lists(ints(U4), min_size=groups, max_size=groups + 1))
    own = [zeros[i // group] for i in range(len(a))]
    expected = sum(x * (y - z) for x, y, z in zip(a, q, own, strict=True))
    assert matmul.dot_grouped(a, q, zeros, group) == expected
    reach = 128 * sum(abs(y - z) for y, z in zip(q, own, strict=True))
    assert bound.grouped_bound(q, zeros, group) == reach >= abs(expected)
    if len(set(own)) == 1:  # one zero point: the kernels of a whole column
        assert matmul.dot_wide(a, q, own[0]) == expected
        assert bound.column_bound(q, own[0]) == reach


def test_specifications_recurse_deeper_than_the_stack() -> None:
    count = sys.getrecursionlimit() + 50
    assert matmul.dot_wide([-128] * count, [15] * count, 0) == -count * 1920


@covers("matmul.matmul_3p5bit", "matmul.column_dot")
@examples
@given(st.integers(0, 3), st.integers(0, 3), st.integers(0, 3), st.data())
def test_matmul(m: int, n: int, half: int, data: st.DataObject) -> None:
    def matrix(kind: object, rows: int, columns: int) -> list[list[int]]:
        row = st.lists(ints(kind), min_size=columns, max_size=columns)
        return data.draw(st.lists(row, min_size=rows, max_size=rows))

    a, w = matrix(I8, m, 2 * half), matrix(U7, half, n)
    (zeros_wide,), (zeros_narrow,) = matrix(U4, 1, n), matrix(U3, 1, n)
    result = matmul.matmul_3p5bit(a, w, zeros_wide, zeros_narrow, m, n, 2 * half)
    assert result == spec_matmul.matmul(a, w, zeros_wide, zeros_narrow)
    for i in range(m):
        for j in range(n):
            halves = matmul.column_dot(a[i], w, j, zeros_wide[j], zeros_narrow[j])
            assert halves == (result[0][i][j], result[1][i][j])


def test_every_kernel_is_compared_with_the_specification() -> None:
    assert covered == set(KERNELS)


# ------------------------------------------------------------------ contracts at run time


class Long(Sequence[int]):
    """A sequence of 2**48 + 1 elements that nobody could store; it shows none of them."""

    def __len__(self) -> int:
        return 2**48 + 1

    def __getitem__(self, index: Any) -> Any:
        return 0

    def __iter__(self) -> Iterator[int]:
        return iter(())

    def __repr__(self) -> str:
        return "Long()"


#: For each written precondition, in the order of the text, arguments that break it and none before.
VIOLATIONS: dict[str, list[tuple[Any, ...]]] = {
    "block.gather_block": [(0x80,)],
    "bound.column_bound": [(Long(), 0)],
    "bound.grouped_bound": [(Long(), [], 1), ([0, 0], [0], 1)],
    "grid.weight_range": [(Long(),)],
    "grid.group_scale": [(0, 1, 12), (15 * 255 * 3 + 1, 3, 16)],
    "grid.zero_point": [(0, 1, 15), (1, 1, 16), (-8, 1, 8)],
    "grid.quantize_code": [(0, 1, 0, 9), (0, 1, 8, 8)],
    "grid.quantize_group": [
        (Long(), 0, 0, 1, 16),
        ([], 0, 0, 1, 10),
        ([], 1, 1, 1, 16),
        ([], -8, 8, 1, 16),
        ([0, 5], 0, 4, 1, 16),
    ],
    "matmul.dot_wide": [([0] * 4097, [0] * 4097, 0), ([0], [], 0)],
    "matmul.dot_narrow": [([0] * 4097, [0] * 4097, 0), ([], [0], 0)],
    "matmul.dot_grouped": [
        ([0] * 4097, [0] * 4097, [0], 4096),
        ([0], [], [0], 1),
        ([0, 0, 0], [0, 0, 0], [0], 2),
    ],
    "matmul.column_dot": [
        ([0] * 8194, [[0]] * 4097, 0, 0, 0),
        ([0], [[0]], 0, 0, 0),
        ([0, 0], [[0]], 1, 0, 0),
    ],
    "matmul.matmul_3p5bit": [
        ([], [], [], [], 0, 0, 1),
        ([[]], [], [], [], 0, 0, 0),
        ([[0]], [], [], [], 1, 0, 0),
        ([], [[]], [], [], 0, 0, 0),
        ([[0, 0]], [[0]], [], [], 1, 0, 2),
        ([], [], [1], [], 0, 0, 0),
        ([], [], [], [1], 0, 0, 0),
    ],
    "stream.stream_byte": [(Long(), 0), ([1, 2], 2)],
    "stream.pair_at": [(Long(), 0), ([1], 1)],
    "stream.pack_stream": [(Long(),)],
    "stream.unpack_stream": [(Long(), 0), ([1], 2)],
}


def test_every_precondition_has_a_violation() -> None:
    assert {k: len(f.requires) for k, f in KERNELS.items() if f.requires} == {
        k: len(v) for k, v in VIOLATIONS.items()
    }


@pytest.mark.parametrize(
    ("name", "number"), [(k, i) for k, v in VIOLATIONS.items() for i in range(len(v))]
)
def test_a_broken_precondition_is_refused(name: str, number: int) -> None:
    kernel, arguments = KERNELS[name], VIOLATIONS[name][number]
    with pytest.raises(icontract.ViolationError):
        real_function(kernel)(*arguments)
    if any(isinstance(argument, Long) for argument in arguments):
        return  # the interpreter runs on lists, and none is so long
    text = kernel.requires[number].place.text
    with pytest.raises(NotAdmissibleError) as refused:
        Machine(PRODUCT.program).call(kernel.id, list(arguments))
    assert f"{kernel.id.name} requires {text}, got" in str(refused.value)


def _outside(kind: Type) -> list[Any]:
    """Values of the type's shape, one of their numbers just outside the range."""
    match kind:
        case SequenceType(element=element):
            return [[value] for value in _outside(element)]
        case MatrixType(element=element):
            return [[[value]] for value in _outside(element)]
    assert isinstance(kind, IntType) and kind.range is not None
    return [kind.range.low - 1, kind.range.high + 1]


def _plain(kernel: Function) -> list[Any]:
    """Least arguments of the types; the preconditions may not hold."""
    return [
        p.type.range.low if isinstance(p.type, IntType) and p.type.range else []
        for p in kernel.parameters
    ]


@pytest.mark.parametrize("name", sorted(KERNELS))
def test_arguments_outside_their_ranges_are_refused(name: str) -> None:
    kernel = KERNELS[name]
    for position, parameter in enumerate(kernel.parameters):
        for wrong in _outside(parameter.type):
            arguments = _plain(kernel)
            arguments[position] = wrong
            with pytest.raises(icontract.ViolationError) as refused:
                real_function(kernel)(*arguments)
            assert f"got {parameter.name} = {wrong!r}" in str(refused.value)


def test_ranges_of_results_are_checked() -> None:
    with pytest.raises(icontract.ViolationError, match=r"result in -1073741823\.\.1073741823"):
        _broken_result("matmul", "return acc", "return acc + 2**40", "dot_wide", ([1], [2], 0))
    with pytest.raises(icontract.ViolationError, match=r"result == wide \+ 16 \* narrow"):
        _broken_result("packing", "(wide & 15) |", "(wide & 7) |", "pack_pair", (15, 0))


def _broken_result(
    module: str, old: str, new: str, function: str, arguments: tuple[Any, ...]
) -> None:
    """Call a kernel of a module whose text was changed (icontract reads it from a real file)."""
    import importlib.util
    import tempfile
    from pathlib import Path

    file = REPOSITORY / KERNELS[f"{module}.{function}"].file
    text = file.read_text(encoding="utf-8")
    assert old in text
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "broken_kernel.py"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        spec = importlib.util.spec_from_file_location("broken_kernel", path)
        assert spec is not None and spec.loader is not None
        broken = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(broken)
        getattr(broken, function)(*arguments)


def test_contracts_are_off_under_optimisation() -> None:
    program = """
import sys
from veriquant.kernels.packing import pack_pair
from veriquant.kernels.matmul import dot_wide
if hasattr(pack_pair, "__preconditions__") or hasattr(dot_wide, "__wrapped__"):
    sys.exit("contracts are attached")
print(pack_pair(99, 99), dot_wide([1000], [3], 99), dot_wide([-128] * 4096, [15] * 4096, 0))
"""
    runs = [
        subprocess.run(
            [sys.executable, *flags, "-c", program], capture_output=True, text=True, check=False
        )
        for flags in (["-O"], [])
    ]
    assert runs[0].returncode == 0, runs[0].stderr
    assert runs[0].stdout.split() == ["51", "-96000", "-7864320"]
    assert runs[1].returncode == 1
    assert "contracts are attached" in runs[1].stderr


@given(ints(FixWeight))
@examples
def test_running_with_every_check_gives_the_same_value(w: int) -> None:
    machine = Machine(PRODUCT.program)
    divide, code = KERNELS["rounding.rne_div"].id, KERNELS["grid.quantize_code"].id
    assert machine.call(divide, [w, 7]) == rounding.rne_div(w, 7)
    assert machine.call(code, [w, 3, 2, 8]) == grid.quantize_code(w, 3, 2, 8)
