"""Fixed-width integer types of the kernels, as ranges in `Annotated` (design section 6).

A range is the one source of truth for a parameter or result: `@kernel` turns it into an icontract
condition, the VC generator into assumptions and range checks, and the SPARK contracts in
`spec/spark` repeat it under the same name (a test compares the two).
"""

from __future__ import annotations

from typing import Annotated, NamedTuple

# The verified matrix product covers reductions of up to 8192 input channels (T2, paper 4.2).
MAX_K = 8192

# Accumulators stay below this magnitude (T2, paper 4.2); int32 holds twice as much.
ACC_LIMIT = 2**30

# Every finite float32, float16 and bfloat16 is an integer multiple of 2**-149, the least positive
# float32 (bfloat16's is 2**-133, float16's 2**-24). The grid kernels count in this unit.
FIX_EXPONENT = -149

# Finite float32 and bfloat16 values are below 2**128 in magnitude, hence below 2**277 units.
FIX_FLOAT = 2 ** (128 - FIX_EXPONENT)

# A step k*S is below 255 * 2**277 < 2**285; a grid of 16 levels spans below 2**289.
FIX_STEP = 2**285


class Range(NamedTuple):
    """All integers from `low` to `high`, both included."""

    low: int
    high: int

    def __contains__(self, value: object) -> bool:
        return isinstance(value, int) and self.low <= value <= self.high

    def __str__(self) -> str:
        return f"{_power_text(self.low)}..{_power_text(self.high)}"


def _power_text(value: int) -> str:
    """A bound in decimal, or as a power of two where decimal would be unreadable."""
    magnitude = abs(value)
    if magnitude < 2**31:
        return str(value)
    sign = "-" if value < 0 else ""
    for offset, suffix in ((0, ""), (1, "-1")):
        if (magnitude + offset).bit_count() == 1:
            return f"{sign}2**{(magnitude + offset).bit_length() - 1}{suffix}"
    return str(value)


#: Machine words: every intermediate result of a kernel is proved to lie in its word. `INT64` is
#: what the compiled kernels compute in; `FIX512` is the fixed-point word of the exact grid.
INT64 = Range(-(2**63), 2**63 - 1)
FIX512 = Range(-(2**511), 2**511 - 1)

Bit = Annotated[int, Range(0, 1)]
U3 = Annotated[int, Range(0, 7)]
U4 = Annotated[int, Range(0, 15)]
U7 = Annotated[int, Range(0, 127)]
U8 = Annotated[int, Range(0, 255)]
I8 = Annotated[int, Range(-128, 127)]
I32 = Annotated[int, Range(-(2**31), 2**31 - 1)]
I64 = Annotated[int, Range(-(2**63), 2**63 - 1)]
U56 = Annotated[int, Range(0, 2**56 - 1)]
#: Eight bytes of seven bits each in one word: the top bit of every byte is clear.
Lanes = Annotated[int, Range(0, 0x7F7F7F7F7F7F7F7F)]

#: Accumulator that T2 keeps inside the outline's bound.
Acc = Annotated[int, Range(-(2**30) + 1, 2**30 - 1)]
#: Number of input channels a verified reduction covers.
Channels = Annotated[int, Range(0, MAX_K)]
#: Number of pairs a verified reduction covers.
Pairs = Annotated[int, Range(0, MAX_K // 2)]
#: Pairs of a group, which share a grid (design section 3).
GroupSize = Annotated[int, Range(1, MAX_K // 2)]
#: Rows or columns of a matrix.
Dimension = Annotated[int, Range(0, 2**31 - 1)]
#: Length of a stream: far above any tensor, far below overflow of `7 * pairs + 7`.
Length = Annotated[int, Range(0, 2**48)]

#: Group scale factor `k` of design section 3.
Factor = Annotated[int, Range(1, 255)]
#: Levels of a grid: 8 (narrow) or 16 (wide); the preconditions say which.
Levels = Annotated[int, Range(8, 16)]
#: `(q - z) * k`: at most 15 * 255 = 3825 < 2**12 in magnitude (T5).
Steps = Annotated[int, Range(-3825, 3825)]
#: Significand of a float16 scale (11 bits; bfloat16 has 8).
Significand = Annotated[int, Range(0, 2**11 - 1)]

#: A weight in units of 2**-149.
FixWeight = Annotated[int, Range(-FIX_FLOAT, FIX_FLOAT)]
#: A difference of two weights.
FixSpan = Annotated[int, Range(0, 2 * FIX_FLOAT)]
#: A 16-bit float scale `S` in units of 2**-149, positive.
FixUnit = Annotated[int, Range(1, FIX_FLOAT)]
#: A step `k * S` in units of 2**-149, positive.
FixStep = Annotated[int, Range(1, FIX_STEP)]
#: Any fixed-point value of the grid.
Fix = Annotated[int, Range(-(2**290), 2**290)]
