"""What a certificate must state, from what was derived, and the comparison of the two."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from veriquant.checker.files import GRID_PARTS, PARTS, Entry
from veriquant.checker.findings import Broken

F64 = npt.NDArray[np.float64]
#: A stated upper bound may exceed the derived one by this share, and never falls below it.
TIGHT = 1e-9


@dataclass(frozen=True, slots=True)
class _Upper:
    """A stated upper bound: at least `value` (itself rounded up), and tight."""

    value: float

    def agrees(self, stated: Any) -> bool:
        return type(stated) in (int, float) and self.value <= stated <= self.value * (1 + TIGHT)


@dataclass(frozen=True, slots=True)
class _Near:
    """A stated rounded number."""

    value: float

    def agrees(self, stated: Any) -> bool:
        room = TIGHT * abs(self.value)
        return type(stated) in (int, float) and self.value - room <= stated <= self.value + room


@dataclass(frozen=True, slots=True)
class _Largest:
    """A stated index of a largest value, up to rounding."""

    values: F64

    def agrees(self, stated: Any) -> bool:
        return (
            type(stated) is int
            and 0 <= stated < len(self.values)
            and self.values[stated] >= self.values.max() * (1 - TIGHT)
        )

    @property
    def value(self) -> int:
        return int(np.argmax(self.values))


def _sum_up(terms: F64, count: int) -> float:
    """Upper bound of a sum of rounded sums of up to `count` non-negative terms each."""
    return math.fsum(terms) * (1 + (count + 4) * 2.0**-52)


def _root_up(square: float) -> float:
    return math.nextafter(math.sqrt(square), math.inf) if square else 0.0


def derive(
    entry: Entry,
    parts: Mapping[str, Entry],
    record: Mapping[str, Any],
    found: F64,
    best: tuple[Fraction, int, int],
    source_sha256: str,
    packed_sha256: str,
    k: int,
) -> dict[str, Any]:
    """The tensor's part of the certificate, from what the rows gave."""
    ratio, channel, weight = best
    fitted = record["method"] == "rtn"
    stored = sum(part.stop - part.start for part in parts.values())
    grid = hashlib.sha256()
    for part in GRID_PARTS:
        for piece in parts[part].pieces():
            grid.update(piece)
    error = _root_up(_sum_up(found[:, 2], k))
    factor = max(ratio, Fraction(1, 2))
    steps = found[:, 6].max(), found[:, 7].max()
    lengths = [(2**31 - 1) // (128 * int(step)) for step in steps if step]
    wide, narrow = (128 * int(found[:, c].max()) for c in (4, 5))
    norm = math.sqrt(math.fsum(found[:, 9]))
    return {
        "shape": list(entry.shape),
        "source_dtype": entry.dtype,
        "method": record["method"],
        "group_size": record["group_size"],
        "scale_dtype": record["scale_dtype"],
        "pairs": record["pairs"],
        "stored_bytes": stored,
        "bits_per_weight": 8 * stored / math.prod(entry.shape),
        "source_sha256": source_sha256,
        "packed_sha256": {
            part: packed_sha256 if part == "packed" else parts[part].sha256() for part in PARTS
        },
        "grid_sha256": grid.hexdigest(),
        "pointwise": {
            "claim": "T1c" if fitted else "measured",
            "bound": "1/2" if fitted else str(ratio),
            "maximum": str(ratio),
            "approximately": float(ratio),
            "channel": channel,
            "weight": weight,
        },
        "frobenius": {
            "claim": "T1n" if fitted else "measured",
            "bound": _Upper(_root_up(_sum_up(found[:, 3], k)) * float(factor) * (1 + 2.0**-51)),
            "error": _Upper(error),
            "relative": _Near(error / norm if norm else 0.0),
            "worst_channel": _Largest(found[:, 2]),
            "worst_channel_error": _Upper(_root_up(_sum_up(found[:, 2].max(keepdims=True), k))),
        },
        "accumulators": {
            "claim": "T2c",
            "wide": wide,
            "narrow": narrow,
            "largest_step": [int(step) for step in steps],
            "int32_safe": max(wide, narrow) < 2**31,
            "safe_length": 2 * min(lengths, default=(2**31 - 1) // 2),
        },
    }


def compare(stated: Any, derived: Any, path: str = "") -> None:
    """Raise Broken at the first number of the certificate that is not the derived one."""
    if isinstance(derived, dict):
        if not isinstance(stated, dict) or set(stated) != set(derived):
            keys = sorted(stated) if isinstance(stated, dict) else stated
            raise Broken("certificate", f"{path or 'entry'}: {keys}, expected {sorted(derived)}")
        for key, value in derived.items():
            compare(stated[key], value, f"{path}.{key}" if path else key)
        return
    if isinstance(derived, list) and isinstance(stated, list) and len(stated) == len(derived):
        for i, value in enumerate(derived):
            compare(stated[i], value, f"{path}[{i}]")
        return
    if isinstance(derived, _Upper | _Near | _Largest):
        agrees, value = derived.agrees(stated), derived.value
    else:
        agrees, value = type(stated) is type(derived) and stated == derived, derived
    if not agrees:
        raise Broken("certificate", f"{path} is stated as {stated!r}, derived {value!r}")
