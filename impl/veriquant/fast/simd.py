"""The inner loop of the packed product, for processors with AVX-512 VBMI and VNNI.

64 pairs (56 stream bytes, 128 weights) a step, about a dozen instructions: spread the seven-byte
blocks to eight bytes each, cut all 64 wide (narrow) codes out of them, multiply with 64 int8
activations into 16 int32 sums of four, and add those sums times `k`. Written in LLVM's
intermediate language because no loop over Numba arrays becomes these instructions.

It is the one place where pairs are not cut by a verified kernel. What it computes is tested equal
to the kernels: every pair value at each of the 64 places, and whole products bit for bit.
"""

from __future__ import annotations

from typing import Any

import llvmlite.binding as llvm
import numba
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

CHUNK_PAIRS = 64
CHUNK_BYTES = 56
#: Chunks added in int32 lanes before they go to int64. A lane takes 4 products of a chunk, each
#: at most 128 * 15, times k <= 255: 64 * 4 * 1920 * 255 = 125,337,600 < 2**31. Four products are
#: at most 7680 in magnitude, so that they also fit the int16 operand of the multiplication by k.
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


def _constant(kind: ir.VectorType, values: list[int]) -> ir.Constant:
    return ir.Constant(kind, [ir.Constant(kind.element, v) for v in values])


@intrinsic  # type: ignore[untyped-decorator]
def chunk_dots(
    typing: Any, packed: Any, wide: Any, narrow: Any, factors: Any, first: Any, count: Any,
    per_group: Any,
) -> Any:  # fmt: skip
    """`(sum k a q, sum k a q)` of both halves over chunks `first .. first + count - 1`, as int64.

    packed     uint8 `[ceil(7 P / 8)]`, one pair stream; bytes past its end are not read
    wide, narrow  int8 `[64 C]`, `C = ceil(P / 64)`: activations, zero from `P` on
    factors    uint8 `[G, 2]`: `k`; a group is `per_group` chunks
    count      at most LANE_CHUNKS
    """
    signature = types.UniTuple(types.int64, 2)(
        packed, wide, narrow, factors, types.int64, types.int64, types.int64
    )

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        arrays = [
            context.make_array(kind)(context, builder, value)
            for kind, value in zip(signature.args[:4], args[:4], strict=True)
        ]
        stream, wide, narrow, factors = (
            builder.bitcast(array.data, _byte.as_pointer()) for array in arrays
        )
        size = cgutils.unpack_tuple(builder, arrays[0].shape)[0]
        first, count, per_group = args[4:]

        def call(name: str, kind: Any, *operands: Any) -> Any:
            shape = ir.FunctionType(kind, [operand.type for operand in operands])
            return builder.call(
                cgutils.get_or_insert_function(builder.module, shape, name), operands
            )

        def number(value: int) -> ir.Constant:
            return ir.Constant(_long, value)

        def vector_at(base: Any, offset: Any) -> Any:
            return builder.bitcast(builder.gep(base, [offset]), _bytes64.as_pointer())

        # Byte j of the spread block b = j // 8 is stream byte 7 b + j % 8 (the eighth is unused).
        spread = _constant(_bytes64, [7 * (j // 8) + min(j % 8, 6) for j in range(64)])
        halves = (
            (wide, [7 * (j % 8) for j in range(64)], 15),  # bit of each wide code in its block
            (narrow, [7 * (j % 8) + 4 for j in range(64)], 7),
        )
        none = ir.Constant(_ints16, None)
        sums = [cgutils.alloca_once_value(builder, none) for _ in halves]
        group = cgutils.alloca_once_value(builder, builder.udiv(first, per_group))
        within = cgutils.alloca_once_value(builder, builder.urem(first, per_group))
        with cgutils.for_range(builder, count) as loop:
            chunk = builder.add(first, loop.index)
            start = builder.mul(chunk, number(CHUNK_BYTES))
            left = builder.sub(size, start)
            readable = builder.select(
                builder.icmp_signed("<", left, number(CHUNK_BYTES)), left, number(CHUNK_BYTES)
            )
            bits = builder.sub(builder.shl(number(1), readable), number(1))
            block = call(
                "llvm.masked.load.v64i8.p0", _bytes64, vector_at(stream, start),
                ir.Constant(_int, 1), builder.bitcast(bits, _mask64), ir.Constant(_bytes64, None),
            )  # fmt: skip
            block = call("llvm.x86.avx512.permvar.qi.512", _bytes64, block, spread)
            this_group = builder.load(group)
            for half, (activations, shifts, mask) in enumerate(halves):
                codes = builder.and_(
                    call(
                        "llvm.x86.avx512.pmultishift.qb.512", _bytes64,
                        _constant(_bytes64, shifts), block,
                    ),
                    _constant(_bytes64, [mask] * 64),
                )  # fmt: skip
                place = builder.mul(chunk, number(CHUNK_PAIRS))
                a = builder.load(vector_at(activations, place), align=1)
                dots = call("llvm.x86.avx512.vpdpbusd.512", _ints16, none, codes, a)
                place = builder.add(builder.mul(this_group, number(2)), number(half))
                k = builder.zext(builder.load(builder.gep(factors, [place])), _int)
                k = builder.insert_element(none, k, ir.Constant(_int, 0))
                k = builder.shuffle_vector(k, none, none)  # k in all lanes
                # Four products fit the low int16 of their lane, k the low one of its own, whose
                # high one is zero: the pairwise int16 product is the int32 product.
                total = call(
                    "llvm.x86.avx512.vpdpwssd.512", _ints16, builder.load(sums[half]),
                    builder.bitcast(dots, _halves32), builder.bitcast(k, _halves32),
                )  # fmt: skip
                builder.store(total, sums[half])
            following = builder.add(builder.load(within), number(1))
            full = builder.icmp_unsigned("==", following, per_group)
            builder.store(builder.select(full, number(0), following), within)
            builder.store(builder.add(this_group, builder.zext(full, _long)), group)
        totals = [
            builder.sext(call("llvm.vector.reduce.add.v16i32", _int, builder.load(total)), _long)
            for total in sums
        ]
        return context.make_tuple(builder, signature.return_type, totals)

    return signature, generate
