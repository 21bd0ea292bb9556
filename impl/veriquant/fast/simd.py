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
    typing: Any, packed: Any, factors: Any, zeros: Any, r: Any, wide: Any, narrow: Any, sums: Any,
    m: Any, first: Any, count: Any, per_group: Any,
) -> Any:  # fmt: skip
    """`sum k a (q - z)` of both halves over chunks `first .. first + count - 1`, as int64.

    Row `r` of the tensor, whose bytes alone are read:
    packed     uint8 `[N, ceil(7 P / 8)]`, pair streams
    factors    uint8 `[N, G, 2]`: `k`; a group is `per_group` chunks
    zeros      uint8 `[N, G]`: zero points as pairs
    Row `m` of the activations:
    wide, narrow  int8 `[M, 64 C]`, `C = ceil(P / 64)`, zero from `P` on
    sums       int64 `[M, 2, C]`: sums of the activations of each chunk, wide and narrow
    count      at most LANE_CHUNKS

    All arrays are C-contiguous. Whole arrays and row numbers, not views of rows, because a view
    costs two atomic updates of a reference count.
    """
    long = types.int64
    signature = types.containers.UniTuple(long, 2)(
        packed, factors, zeros, long, wide, narrow, sums, long, long, long, long
    )

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        r, (m, first, count, per_group) = args[3], args[7:]

        def row_of(position: int, row: Any) -> tuple[Any, list[Any]]:
            """Pointer to a row of a C-contiguous array argument, and the array's shape."""
            array = context.make_array(signature.args[position])(context, builder, args[position])
            shape = cgutils.unpack_tuple(builder, array.shape)
            offset = row
            for extent in shape[1:]:
                offset = builder.mul(offset, extent)
            return builder.gep(array.data, [offset]), shape

        stream, (_, size) = row_of(0, r)
        factors, _ = row_of(1, r)
        zeros, _ = row_of(2, r)
        wide, _ = row_of(4, m)
        narrow, _ = row_of(5, m)
        sums, (_, _, chunks) = row_of(6, m)

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
            (wide, 0, 15),  # lowest bit of the code in its pair, mask
            (narrow, 4, 7),
        )
        none = ir.Constant(_ints16, None)
        products = [cgutils.alloca_once_value(builder, none) for _ in halves]
        corrections = [cgutils.alloca_once_value(builder, number(0)) for _ in halves]
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
            zero_pair = builder.zext(builder.load(builder.gep(zeros, [this_group])), _long)
            for half, (activations, low, mask) in enumerate(halves):
                codes = builder.and_(
                    call(
                        "llvm.x86.avx512.pmultishift.qb.512", _bytes64,
                        _constant(_bytes64, [7 * (j % 8) + low for j in range(64)]), block,
                    ),
                    _constant(_bytes64, [mask] * 64),
                )  # fmt: skip
                place = builder.mul(chunk, number(CHUNK_PAIRS))
                a = builder.load(vector_at(activations, place), align=1)
                dots = call("llvm.x86.avx512.vpdpbusd.512", _ints16, none, codes, a)
                place = builder.add(builder.mul(this_group, number(2)), number(half))
                factor = builder.load(builder.gep(factors, [place]))
                k = builder.insert_element(none, builder.zext(factor, _int), ir.Constant(_int, 0))
                k = builder.shuffle_vector(k, none, none)  # k in all lanes
                # Four products fit the low int16 of their lane, k the low one of its own, whose
                # high one is zero: the pairwise int16 product is the int32 product.
                total = call(
                    "llvm.x86.avx512.vpdpwssd.512", _ints16, builder.load(products[half]),
                    builder.bitcast(dots, _halves32), builder.bitcast(k, _halves32),
                )  # fmt: skip
                builder.store(total, products[half])
                zero = builder.and_(builder.lshr(zero_pair, number(low)), number(mask))
                place = builder.add(builder.mul(chunks, number(half)), chunk)
                term = builder.mul(
                    builder.mul(zero, builder.zext(factor, _long)),
                    builder.load(builder.gep(sums, [place])),
                )
                builder.store(builder.add(builder.load(corrections[half]), term), corrections[half])
            following = builder.add(builder.load(within), number(1))
            full = builder.icmp_unsigned("==", following, per_group)
            builder.store(builder.select(full, number(0), following), within)
            builder.store(builder.add(this_group, builder.zext(full, _long)), group)
        totals = [
            builder.sub(
                builder.sext(call("llvm.vector.reduce.add.v16i32", _int, builder.load(p)), _long),
                builder.load(c),
            )
            for p, c in zip(products, corrections, strict=True)
        ]
        return context.make_tuple(builder, signature.return_type, totals)

    return signature, generate
