"""The inner loop of the packed product, for processors with AVX-512 VBMI and VNNI.

64 pairs (56 stream bytes, 128 weights) a step, about a dozen instructions: spread the seven-byte
blocks to eight bytes each, cut all 64 wide (narrow) codes out of them, multiply with 64 int8
activations into 16 int32 sums of four, `d = sum a q`, and add `k d - k z sum a`. Written in LLVM's
intermediate language because no loop over Numba arrays becomes these instructions.

It is the one place where pairs are not cut by a verified kernel. What it computes is tested equal
to the kernels: every pair value at each of the 64 places, and whole products bit for bit.
"""

from __future__ import annotations

from typing import Any

import llvmlite.binding as llvm
import numba
import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

CHUNK_PAIRS = 64
CHUNK_BYTES = 56
#: int32 lanes of a vector, each with the sum of four products of a chunk.
LANES = 16
#: Chunks added in int32 lanes before they go to int64. A lane takes 4 products of a chunk, each
#: at most 128 * 15 in magnitude, times k <= 255: 64 * 4 * 1920 * 255 = 125,337,600 < 2**31.
LANE_CHUNKS = 64
_FEATURES = ("avx512f", "avx512bw", "avx512vbmi", "avx512vnni")

_byte, _half, _int, _long = (ir.IntType(bits) for bits in (8, 16, 32, 64))
_bytes64, _halves32, _ints16 = (
    ir.VectorType(t, n) for t, n in ((_byte, 64), (_half, 32), (_int, 16))
)
_mask64 = ir.VectorType(ir.IntType(1), 64)


def is_supported() -> bool:
    """Whether Numba compiles for a processor that has the instructions."""
    if numba.config.CPU_NAME or numba.config.CPU_FEATURES:  # code for another machine
        return False
    features = llvm.get_host_cpu_features()
    return all(features.get(name, False) for name in _FEATURES)


def pair_steps(
    factors: npt.NDArray[np.uint8], zeros: npt.NDArray[np.uint8]
) -> npt.NDArray[np.int32]:
    """`k` and `-k z` of each group as the two int16 of an int32 (`k z <= 3825`).

    factors uint8 `[N, G, 2]`, zeros uint8 `[N, G, 2]` -> int32 `[N, G, 2]`.
    """
    k = factors.astype(np.int32)
    return k - ((k * zeros) << 16)


def _constant(kind: ir.VectorType, values: list[int]) -> ir.Constant:
    return ir.Constant(kind, [ir.Constant(kind.element, v) for v in values])


@intrinsic  # type: ignore[untyped-decorator]
def chunk_dots(
    typing: Any, packed: Any, steps: Any, r: Any, wide: Any, narrow: Any, sums: Any, m: Any,
    first: Any, count: Any, per_group: Any,
) -> Any:  # fmt: skip
    """`sum k a (q - z)` of both halves over chunks `first .. first + count - 1`, as int64.

    Row `r` of the tensor:
    packed     uint8 `[N, ceil(7 P / 8)]`, pair streams; nothing beyond the array is read
    steps      int32 `[N, G, 2]`, `pair_steps`; a group is `per_group` chunks
    Row `m` of the activations:
    wide, narrow  int8 `[M, 64 C]`, `C = ceil(P / 64)`, zero from `P` on
    sums       int32 `[M, 2, 16 C]`: sums of four activations (wide, narrow), times 2**16
    count      at most LANE_CHUNKS

    All arrays are C-contiguous. Whole arrays and row numbers, not views of rows, because a view
    costs two atomic updates of a reference count.
    """
    long = types.int64
    signature = types.containers.UniTuple(long, 2)(
        packed, steps, long, wide, narrow, sums, long, long, long, long
    )

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        r, (m, first, count, per_group) = args[2], args[6:]

        def row_of(position: int, row: Any) -> tuple[Any, list[Any]]:
            """Pointer to a row of a C-contiguous array argument, and the array's shape."""
            array = context.make_array(signature.args[position])(context, builder, args[position])
            shape = cgutils.unpack_tuple(builder, array.shape)
            offset = row
            for extent in shape[1:]:
                offset = builder.mul(offset, extent)
            return builder.gep(array.data, [offset]), shape

        stream, (rows, size) = row_of(0, r)
        steps, _ = row_of(1, r)
        wide, _ = row_of(3, m)
        narrow, _ = row_of(4, m)
        sums, (_, _, lanes) = row_of(5, m)

        def call(name: str, kind: Any, *operands: Any) -> Any:
            shape = ir.FunctionType(kind, [operand.type for operand in operands])
            return builder.call(
                cgutils.get_or_insert_function(builder.module, shape, name), operands
            )

        def number(value: int) -> ir.Constant:
            return ir.Constant(_long, value)

        def vector_at(base: Any, offset: Any, kind: Any) -> Any:
            place = builder.bitcast(builder.gep(base, [offset]), kind.as_pointer())
            return builder.load(place, align=1)

        def times(value: Any, factor: int) -> Any:
            return builder.mul(value, number(factor))

        def block_at(start: Any) -> Any:
            """64 stream bytes, of which 56 matter; fewer where the array ends before."""
            left = builder.sub(builder.mul(builder.sub(rows, r), size), start)
            block = cgutils.alloca_once(builder, _bytes64)
            with builder.if_else(builder.icmp_signed(">=", left, number(64)), likely=True) as (
                inside,
                at_end,
            ):
                with inside:
                    builder.store(vector_at(stream, start, _bytes64), block)
                with at_end:
                    bits = builder.sub(builder.shl(number(1), left), number(1))
                    place = builder.bitcast(builder.gep(stream, [start]), _bytes64.as_pointer())
                    loaded = call(
                        "llvm.masked.load.v64i8.p0", _bytes64, place, ir.Constant(_int, 1),
                        builder.bitcast(bits, _mask64), ir.Constant(_bytes64, None),
                    )  # fmt: skip
                    builder.store(loaded, block)
            return builder.load(block)

        # Byte j of the spread block b = j // 8 is stream byte 7 b + j % 8 (the eighth is unused).
        spread = _constant(_bytes64, [7 * (j // 8) + min(j % 8, 6) for j in range(64)])
        halves = (
            (wide, 0, 15),  # lowest bit of the code in its pair, mask
            (narrow, 4, 7),
        )
        none = ir.Constant(_ints16, None)
        low = _constant(_ints16, [0xFFFF] * LANES)
        totals = [cgutils.alloca_once_value(builder, none) for _ in halves]
        group = cgutils.alloca_once_value(builder, builder.udiv(first, per_group))
        within = cgutils.alloca_once_value(builder, builder.urem(first, per_group))
        with cgutils.for_range(builder, count) as loop:
            chunk = builder.add(first, loop.index)
            block = block_at(times(chunk, CHUNK_BYTES))
            block = call("llvm.x86.avx512.permvar.qi.512", _bytes64, block, spread)
            this_group = builder.load(group)
            for half, (activations, bit, mask) in enumerate(halves):
                codes = builder.and_(
                    call(
                        "llvm.x86.avx512.pmultishift.qb.512", _bytes64,
                        _constant(_bytes64, [7 * (j % 8) + bit for j in range(64)]), block,
                    ),
                    _constant(_bytes64, [mask] * 64),
                )  # fmt: skip
                a = vector_at(activations, times(chunk, CHUNK_PAIRS), _bytes64)
                dots = call("llvm.x86.avx512.vpdpbusd.512", _ints16, none, codes, a)
                # A lane's dot is at most 4 * 1920 = 7680: its low int16 says it all, and its high
                # one makes room for the lane's sum of activations. Then one instruction adds the
                # products with the int16 of the step, k * dot - k z * sum.
                place = builder.add(builder.mul(lanes, number(half)), times(chunk, LANES))
                dots = builder.or_(builder.and_(dots, low), vector_at(sums, place, _ints16))
                place = builder.add(times(this_group, 2), number(half))
                step = builder.load(builder.gep(steps, [place]))
                step = builder.insert_element(none, step, ir.Constant(_int, 0))
                step = builder.shuffle_vector(step, none, none)  # in all lanes
                total = call(
                    "llvm.x86.avx512.vpdpwssd.512", _ints16, builder.load(totals[half]),
                    builder.bitcast(dots, _halves32), builder.bitcast(step, _halves32),
                )  # fmt: skip
                builder.store(total, totals[half])
            following = builder.add(builder.load(within), number(1))
            full = builder.icmp_unsigned("==", following, per_group)
            builder.store(builder.select(full, number(0), following), within)
            builder.store(builder.add(this_group, builder.zext(full, _long)), group)
        results = [
            builder.sext(call("llvm.vector.reduce.add.v16i32", _int, builder.load(t)), _long)
            for t in totals
        ]
        return context.make_tuple(builder, signature.return_type, results)

    return signature, generate
