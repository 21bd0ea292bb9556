"""An independent check of a quantized checkpoint and its certificate against the source.

This module shares no code with the quantizer: it imports the executable specification, the
safetensors library and NumPy/Numba, and derives every claim again from the stored bits. It never
rounds a comparison: codes, factors and zero points are tested by exact inequalities in float64
(each says why it is exact), maxima are compared as fractions.
"""

from __future__ import annotations

import hashlib
import json
import math
import struct
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import ml_dtypes
import numba
import numpy as np
import numpy.typing as npt
from safetensors import safe_open

from veriquant_spec import grid as spec_grid
from veriquant_spec.rounding import rne

SCHEMA = "veriquant-certificate-1"
FORMAT_VERSION = 1
SECTIONS = ("code", "verification", "settings", "quantization_config", "totals", "tensors",
            "copied", "files")  # fmt: skip
PARTS = ("packed", "scales", "group_scales", "zeros", "perm")
GRID_PARTS = PARTS[1:]
LEVELS = (16, 8)
HALF_NAMES = ("wide", "narrow")
#: Least positive scale of each dtype.
LEAST_SCALE = {
    "float16": float(np.finfo(np.float16).smallest_subnormal),
    "bfloat16": float(ml_dtypes.finfo(ml_dtypes.bfloat16).smallest_subnormal),
}
#: Without a forced dtype, float16 scales are normal numbers (design section 3).
LEAST_NORMAL = float(np.finfo(np.float16).smallest_normal)
#: A stated upper bound may exceed the derived one by this share, and never falls below it.
TIGHT = 1e-9
PIECE = 1 << 22
BLOCK_WEIGHTS = 1 << 20

#: What the arrays of a quantized tensor and its source may hold.
DTYPES: Mapping[str, Any] = {
    "F32": np.dtype(np.float32), "F16": np.dtype(np.float16), "U8": np.dtype(np.uint8),
    "BF16": np.dtype(ml_dtypes.bfloat16), "U16": np.dtype(np.uint16), "U32": np.dtype(np.uint32),
}  # fmt: skip

#: Kinds of claims a row may break; Python finds which weight, and says so.
FLAG_FINITE, FLAG_PADDING, FLAG_FACTOR, FLAG_ZERO, FLAG_SCALE, FLAG_CODE = range(1, 7)

F64 = npt.NDArray[np.float64]
Array = npt.NDArray[Any]


class UnreadableError(Exception):
    """A file that cannot be checked at all: missing, damaged, or not a certificate."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A claim that does not hold: the first one of a tensor (or of a file)."""

    claim: str
    detail: str
    tensor: str | None = None
    channel: int | None = None
    weight: int | None = None

    def __str__(self) -> str:
        place = [] if self.tensor is None else [f"tensor {self.tensor!r}"]
        if self.channel is not None:
            place.append(f"channel {self.channel}")
        if self.weight is not None:
            place.append(f"weight {self.weight}")
        return f"{', '.join(place) or 'checkpoint'}: {self.claim}: {self.detail}"


@dataclass(slots=True)
class CheckResult:
    """What was checked and what does not hold (`findings` empty: every claim holds)."""

    quantized: int = 0
    copied: int = 0
    files: int = 0
    source_bytes: int = 0
    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class _Broken(Exception):
    """Carries the first finding of a tensor out of its check."""

    def __init__(self, claim: str, detail: str, channel: Any = None, weight: Any = None) -> None:
        self.claim, self.detail = claim, detail
        self.channel = None if channel is None else int(channel)
        self.weight = None if weight is None else int(weight)


@numba.njit(cache=True, nogil=True, fastmath={"reassoc", "nnan", "nsz"})  # type: ignore[untyped-decorator]
def _sum_squares(values: npt.NDArray[Any]) -> float:
    """Sum of squares, in any order: the error bound of `_sum_up` does not depend on it."""
    total = 0.0
    for i in range(len(values)):
        total += np.float64(values[i]) * np.float64(values[i])
    return total


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _is_more(a: float, b: float, c: float, d: float) -> bool:
    """`a * b > c * d` exactly (Dekker's products), for magnitudes far from overflow."""
    p, e = _product(a, b)
    q, f = _product(c, d)
    return bool(p > q or (p == q and e > f))


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _product(a: float, b: float) -> tuple[float, float]:
    """`a * b` as an exact sum of two floats."""
    splitter = 134217729.0  # 2**27 + 1 halves a 53-bit significand (Veltkamp)
    p = a * b
    t = splitter * a
    a_high = t - (t - a)
    t = splitter * b
    b_high = t - (t - b)
    a_low, b_low = a - a_high, b - b_high
    return p, ((a_high * b_high - p) + a_high * b_low + a_low * b_high) + a_low * b_low


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _rest(a: float, b: float, total: float) -> float:
    """What `total = a + b` lost to rounding (TwoSum)."""
    part = total - a
    return (a - (total - part)) + (b - part)


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _unpack(stream: npt.NDArray[np.uint8], pairs: int, codes: npt.NDArray[np.uint8]) -> bool:
    """Codes of a pair stream (eight pairs in seven bytes, little-endian); False: padding set."""
    blocks = pairs // 8
    for b in range(blocks):
        word = np.uint64(0)
        for j in range(7):
            word |= np.uint64(stream[7 * b + j]) << np.uint64(8 * j)
        for j in range(8):
            p = np.uint8((word >> np.uint64(7 * j)) & np.uint64(127))
            codes[0, 8 * b + j] = p & np.uint8(15)
            codes[1, 8 * b + j] = p >> np.uint8(4)
    word = np.uint64(0)
    for j in range(len(stream) - 7 * blocks):
        word |= np.uint64(stream[7 * blocks + j]) << np.uint64(8 * j)
    for i in range(8 * blocks, pairs):
        p = np.uint8(word & np.uint64(127))
        word >>= np.uint64(7)
        codes[0, i] = p & np.uint8(15)
        codes[1, i] = p >> np.uint8(4)
    return bool(word == 0)


@numba.njit(cache=True, nogil=True, fastmath={"nnan", "nsz"})  # type: ignore[untyped-decorator]
def _range_of(x: npt.NDArray[np.float32]) -> tuple[np.float32, np.float32]:
    """`min(0, min x)` and `max(0, max x)`; finite values only."""
    lo = np.float32(0)
    hi = np.float32(0)
    for i in range(len(x)):
        lo = min(lo, x[i])
        hi = max(hi, x[i])
    return lo, hi


@numba.njit(cache=True, nogil=True, fastmath={"nnan", "nsz"})  # type: ignore[untyped-decorator]
def _differences(
    x: npt.NDArray[np.float32], codes: npt.NDArray[np.uint8], zero: np.int32, s: float, d: F64
) -> float:
    """`d = w - (q - z) * s` and the largest `|d|`.

    The product is exact (4 + 19 bits). So is the difference wherever `|d| <= s / 2`: then either
    `q = z`, or `|w| >= s / 2` and both terms are multiples of `ulp(w) >= 2**-25 * s`.
    """
    biggest = 0.0
    for i in range(len(x)):
        e = np.float64(x[i]) - np.float64(np.int32(codes[i]) - zero) * s
        d[i] = e
        biggest = max(biggest, abs(e))
    return biggest


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _distances(codes: npt.NDArray[np.uint8], zero: np.int32) -> tuple[Any, Any]:
    """Sum and maximum of `|q - z|`; a group of 2**27 pairs would be needed to overflow the sum."""
    total = np.int32(0)
    largest = np.int32(0)
    for i in range(len(codes)):
        steps = np.int32(abs(np.int32(codes[i]) - zero))
        total += steps
        largest = max(largest, steps)
    return np.int64(total), np.int64(largest)


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _scan(
    x: npt.NDArray[np.float32],
    codes: npt.NDArray[np.uint8],
    zero: np.int32,
    s: float,
    levels: int,
    fitted: bool,
    d: F64,
) -> tuple[int, bool]:
    """Flag of the codes of a group with some `|d| >= s / 2`, and whether every `d` is exact."""
    flag, exact = 0, True
    for i in range(len(x)):
        q = np.int64(codes[i])
        step = q - zero
        e = d[i]
        if _rest(np.float64(x[i]), -(step * s), e) != 0.0:
            exact = False
        if fitted and flag == 0:
            # At a tie the even step is right, unless that code lies beyond the grid.
            wrong = step % 2 != 0 and ((e > 0 and q < levels - 1) or (e < 0 and q > 0))
            if 2 * abs(e) > s or (2 * abs(e) == s and wrong):
                flag = FLAG_CODE
    return flag, exact


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _grid_flag(
    lo: float, hi: float, unit: float, smaller: float, k: int, zero: int, levels: int
) -> tuple[int, bool]:
    """Flag of a group's `k` and `z`, and whether the next smaller `S` would not do for it.

    `hi - lo = span + rest` exactly (TwoSum); a float compared with the rounded sum decides, except
    at equality, where the rest does. Products with the scale have at most 4 + 19 bits.
    """
    span = hi - lo
    rest = _rest(hi, -lo, span)
    top = (levels - 1) * unit * k
    under = (levels - 1) * unit * (k - 1)
    below = (levels - 1) * smaller * 255
    needed = below < span or (below == span and rest > 0)
    if k == 0 or top < span or (top == span and rest > 0):
        return FLAG_FACTOR, needed
    if k > 1 and (under > span or (under == span and rest <= 0)):
        return FLAG_FACTOR, needed
    s = unit * k
    off = abs(-lo - zero * s)  # exact wherever it is near s / 2, as in `_differences`
    if 2 * off > s or (2 * off == s and zero % 2 == 1):
        return FLAG_ZERO, needed
    return 0, needed


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _check_rows(
    w: npt.NDArray[np.uint32],
    packed: npt.NDArray[np.uint8],
    scales: F64,
    smaller: F64,
    factors: npt.NDArray[np.uint8],
    zeros: npt.NDArray[np.uint8],
    perm: npt.NDArray[np.int32],
    zero_at: int,
    size: int,
    fitted: bool,
    found: F64,
    flags: npt.NDArray[np.int64],
) -> None:
    """Check output channels `w [R, K]` (the bits of float32).

    `smaller` holds the next smaller scale, 0 where the scale is the least one; `zero_at` is the
    position in `perm` of the zero channel of an odd K, else -1. `flags[r]` is 0 or names the kind
    of claim that row `r` breaks, which Python then explains. `found[r]` becomes: the largest
    `|w' - w| / s` as numerator and denominator, `sum d**2`, `sum s**2`, `sum |q - z|` wide and
    narrow, the largest `|q - z|` wide and narrow, 1 if some `d` is not exact, `sum w**2`.
    """
    pairs = len(perm) // 2
    groups = factors.shape[1]
    bits = np.zeros(2 * pairs, dtype=np.uint32)
    x = bits.view(np.float32)
    codes = np.zeros((2, pairs), dtype=np.uint8)
    d = np.zeros(2 * pairs)
    for r in range(w.shape[0]):
        row = w[r]
        exponent = np.uint32(0x7F800000)
        infinite = False
        for i in range(2 * pairs):
            bits[i] = row[perm[i]]
        if zero_at >= 0:
            bits[zero_at] = 0
        for i in range(2 * pairs):
            infinite |= (bits[i] & exponent) == exponent
        if infinite:
            flags[r] = FLAG_FINITE
            continue
        flag = 0 if _unpack(packed[r], pairs, codes) else FLAG_PADDING
        ratio, best_d, best_s = -1.0, 0.0, 1.0
        steps_squared = 0.0
        all_exact = True
        for half in range(2):
            levels = 16 >> half
            unit = scales[r, half]
            total, largest = 0, 0
            empty, needed = True, smaller[r, half] == 0.0
            for g in range(groups):
                start, stop = g * size, min((g + 1) * size, pairs)
                here = slice(half * pairs + start, half * pairs + stop)
                own = codes[half, start:stop]
                pair = zeros[r, g]
                zero = np.int32(pair & 15) if half == 0 else np.int32(pair >> 4)
                k = np.int64(factors[r, g, half])
                s = unit * k
                if fitted:
                    lo, hi = _range_of(x[here])
                    new, more = _grid_flag(
                        np.float64(lo), np.float64(hi), unit, smaller[r, half], k, zero, levels
                    )
                    empty = empty and lo == hi
                    needed = needed or more
                    flag = flag if flag else new
                elif k == 0 or zero >= levels:
                    flag = flag if flag else FLAG_FACTOR
                biggest = _differences(x[here], own, zero, s, d[here])
                if 2 * biggest >= s:
                    new, exact = _scan(x[here], own, zero, s, levels, fitted, d[here])
                    flag = flag if flag else new
                    all_exact = all_exact and exact
                distance, most = _distances(own, zero)
                total += distance
                largest = max(largest, most)
                count = stop - start
                if here.start <= zero_at < here.stop:
                    count -= 1
                    if own[zero_at - here.start] != zero:
                        flag = flag if flag else FLAG_CODE
                steps_squared += count * s * s
                if s > 0 and (
                    biggest / s > ratio
                    or (biggest / s == ratio and _is_more(biggest, best_s, best_d, s))
                ):
                    ratio, best_d, best_s = biggest / s, biggest, s
            if fitted and ((empty and unit != 1.0) or not (empty or needed)):
                flag = flag if flag else FLAG_SCALE
            found[r, 4 + half] = total
            found[r, 6 + half] = largest
        found[r, 0] = best_d
        found[r, 1] = best_s
        found[r, 2] = _sum_squares(d)
        found[r, 3] = steps_squared
        found[r, 8] = 0.0 if all_exact else 1.0
        found[r, 9] = _sum_squares(x)
        flags[r] = flag


@dataclass(frozen=True, slots=True)
class _Entry:
    """One stored tensor, as the header describes it."""

    path: Path
    name: str
    dtype: str
    shape: tuple[int, ...]
    start: int
    stop: int

    def pieces(self) -> Iterator[bytes]:
        """Its raw bytes."""
        with self.path.open("rb") as file:
            file.seek(self.start)
            left = self.stop - self.start
            while left:
                piece = file.read(min(PIECE, left))
                if not piece:
                    raise UnreadableError(f"{self.path}: truncated in tensor {self.name!r}")
                left -= len(piece)
                yield piece

    def array(self) -> Array:
        """Its values, mapped from the file without a copy, read-only."""
        raw = np.memmap(self.path, np.uint8, "r", self.start, (self.stop - self.start,))
        values = np.asarray(raw).view(DTYPES[self.dtype]).reshape(self.shape)
        if not values.flags.aligned:  # only files of other writers than ours
            values = values.copy()
            values.flags.writeable = False
        return np.asarray(values)

    def sha256(self) -> str:
        """Its digest."""
        digest = hashlib.sha256()
        for piece in self.pieces():
            digest.update(piece)
        return digest.hexdigest()


class _Checkpoint:
    """Tensors and other files of a checkpoint (file, index or folder), found afresh."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.index: Path | None = None
        self.others: dict[str, Path] = {}
        if path.is_dir():
            files = {f.relative_to(path).as_posix(): f for f in path.rglob("*") if f.is_file()}
            indexes = [n for n in files if "/" not in n and n.endswith(".safetensors.index.json")]
            if indexes:
                self.index = files.pop(indexes[0])
                shards = _index_shards(self.index)
            else:
                shards = sorted(n for n in files if "/" not in n and n.endswith(".safetensors"))
            self.shards = {n: files.pop(n, path / n) for n in shards}
            self.others = files
        elif path.name.endswith(".index.json"):
            self.index = path
            self.shards = {n: path.parent / n for n in _index_shards(path)}
        else:
            self.shards = {path.name: path}
        self.entries: dict[str, _Entry] = {}
        self.metadata: dict[str, dict[str, str]] = {}
        self.shard_of: dict[str, str] = {}
        for shard, file in self.shards.items():
            self._read(shard, file)

    def _read(self, shard: str, file: Path) -> None:
        try:
            with safe_open(file, framework="np") as opened:  # the library validates the header
                self.metadata[shard] = dict(opened.metadata() or {})
            with file.open("rb") as raw:
                (length,) = struct.unpack("<Q", raw.read(8))
                header = json.loads(raw.read(length))
        except Exception as error:
            raise UnreadableError(f"{file}: {error}") from error
        header.pop("__metadata__", None)
        for name, fields in header.items():
            if name in self.entries:
                raise UnreadableError(f"{file}: tensor {name!r} is in two files")
            begin, end = (8 + length + offset for offset in fields["data_offsets"])
            self.entries[name] = _Entry(
                file, name, fields["dtype"], tuple(fields["shape"]), begin, end
            )
            self.shard_of[name] = shard

    def records(self) -> dict[str, Any]:
        """What the files say of their quantized tensors."""
        records: dict[str, Any] = {}
        for shard, metadata in self.metadata.items():
            if "veriquant" not in metadata:
                continue
            try:
                value = json.loads(metadata["veriquant"])
                version, tensors = value["format_version"], dict(value["tensors"])
            except (ValueError, KeyError, TypeError) as error:
                raise UnreadableError(f"{self.shards[shard]}: metadata: {error!r}") from error
            if version != FORMAT_VERSION:
                raise UnreadableError(f"{self.shards[shard]}: unknown format version {version!r}")
            records.update(tensors)
        return records


def _read_certificate(path: Path) -> dict[str, Any]:
    stated = _json(path)
    if stated.get("schema") != SCHEMA:
        raise UnreadableError(
            f"{path}: unknown certificate schema {stated.get('schema')!r}; this checker knows "
            f"{SCHEMA!r}"
        )
    for key in SECTIONS:
        if not isinstance(stated.get(key), dict):
            raise UnreadableError(f"{path}: section {key!r} is missing or not an object")
    return stated


def _check_code(
    stated: Mapping[str, Any], code: tuple[str, Path | None] | None, result: CheckResult
) -> None:
    """The program and the VC report that the certificate names, where they are at hand."""
    if stated.get("format_version") != FORMAT_VERSION:
        result.findings.append(
            Finding("certificate", f"format_version {stated.get('format_version')!r}")
        )
    if code is None:
        result.notes.append("code and VC report not compared: none given")
        return
    digest, report = code
    named = stated["verification"].get("report_sha256")
    if stated["code"].get("source_sha256") != digest:
        result.notes.append("made by another version of the quantizer: its VC report not compared")
    elif report is None or not report.is_file():
        result.notes.append("VC report not compared: there is none here")
    elif named is None:
        result.notes.append("made before its quantizer was verified: it names no VC report")
    elif named != (derived := _report_sha256(report)):
        result.findings.append(
            Finding("verification", f"report_sha256 is stated as {named!r}, derived {derived!r}")
        )


def _report_sha256(path: Path) -> str:
    """SHA-256 of a VC report as canonical JSON, without the keys that hold times."""

    def timeless(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                key: timeless(item)
                for key, item in value.items()
                if key not in ("seconds", "time", "times", "date", "generated")
                and not key.endswith(("_seconds", "_time"))
            }
        return [timeless(item) for item in value] if isinstance(value, list) else value

    text = json.dumps(timeless(_json(path)), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _index_shards(index: Path) -> list[str]:
    return sorted(set(_json(index).get("weight_map", {}).values()))


def _json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UnreadableError(f"{path}: {error}") from error
    if not isinstance(value, dict):
        raise UnreadableError(f"{path}: not a JSON object")
    return value


def check(
    out: Path,
    against: Path,
    certificate: Path | None = None,
    *,
    code: tuple[str, Path | None] | None = None,
    jobs: int = 2,
    on_bytes: Callable[[int], None] = lambda count: None,
) -> CheckResult:
    """Derive every claim of `out` and its certificate again from `out` and its source `against`.

    certificate  default: `out` with `.certificate.json` appended
    code         digest of the quantizer's source and its VC report, to check what the certificate
                 says of them; where the certificate names another source, that is only noted
    on_bytes     hears of source bytes done

    Findings name the first broken claim of each tensor. Raises UnreadableError when a file is
    missing or damaged, so that nothing can be said.
    """
    stated = _read_certificate(certificate or out.with_name(out.name + ".certificate.json"))
    source, packed = _Checkpoint(against), _Checkpoint(out)
    result = CheckResult()
    _check_code(stated, code, result)
    records = packed.records()
    result.findings += _check_names(source, packed, records, stated)
    automatic = stated["settings"].get("scale_dtype") == "auto"
    with ThreadPoolExecutor(max_workers=jobs) as pool:
        for name, entry in source.entries.items():
            try:
                if name in records:
                    own = {p: packed.entries[f"{name}.{p}"] for p in PARTS
                           if f"{name}.{p}" in packed.entries}  # fmt: skip
                    derived = _check_tensor(
                        entry, own, records[name], pool, jobs, automatic, on_bytes
                    )
                    _compare(stated["tensors"].get(name), derived)
                    result.quantized += 1
                elif name in packed.entries:
                    derived = _check_copy(entry, packed.entries[name])
                    _compare(stated["copied"].get(name), derived)
                    on_bytes(entry.stop - entry.start)
                    result.copied += 1
            except _Broken as broken:
                result.findings.append(
                    Finding(broken.claim, broken.detail, name, broken.channel, broken.weight)
                )
            except (KeyError, TypeError, ValueError) as error:  # a field of the metadata
                result.findings.append(Finding("metadata", repr(error), name))
            result.source_bytes += entry.stop - entry.start
    result.findings += _check_files(source, packed, records, stated, result)
    return result


def _check_names(
    source: _Checkpoint, packed: _Checkpoint, records: Mapping[str, Any], stated: Mapping[str, Any]
) -> Iterator[Finding]:
    """Every source tensor is there once, as codes or as a copy, and nothing else is."""
    parts = {f"{name}.{part}" for name in records for part in PARTS}
    for name in source.entries:
        if name not in records and name not in packed.entries:
            yield Finding("complete", "neither quantized nor copied", name)
        if name in records and name in packed.entries:
            yield Finding("complete", "both quantized and copied", name)
    for name in packed.entries:
        if name not in parts and name not in source.entries:
            yield Finding("complete", "not in the source", name)
    for name in records:
        if name not in source.entries:
            yield Finding("complete", "quantized, but not in the source", name)
    quantized, copied = set(stated["tensors"]), set(stated["copied"])
    for name in sorted(quantized ^ set(records)):
        yield Finding("certificate", "in the certificate or in the file only", name)
    for name in sorted(copied ^ (set(source.entries) - set(records))):
        yield Finding("certificate", "copied tensor in the certificate or the file only", name)


def _check_copy(entry: _Entry, copy: _Entry) -> dict[str, Any]:
    """A copied tensor is identical; its description as the certificate has it."""
    if (entry.dtype, entry.shape) != (copy.dtype, copy.shape):
        raise _Broken(
            "copied bit for bit",
            f"{copy.dtype} {list(copy.shape)}, source {entry.dtype} {list(entry.shape)}",
        )
    width = max(1, (entry.stop - entry.start) // max(1, math.prod(entry.shape)))
    digest, done = hashlib.sha256(), 0
    for left, right in zip(entry.pieces(), copy.pieces(), strict=True):
        if left != right:
            differs = np.frombuffer(left, np.uint8) != np.frombuffer(right, np.uint8)
            at = (done + int(np.argmax(differs))) // width
            raise _Broken("copied bit for bit", "differs from the source", weight=at)
        digest.update(left)
        done += len(left)
    return {"dtype": entry.dtype, "shape": list(entry.shape), "sha256": digest.hexdigest()}


def _check_tensor(
    entry: _Entry,
    parts: Mapping[str, _Entry],
    record: Mapping[str, Any],
    pool: ThreadPoolExecutor,
    jobs: int,
    automatic: bool,
    on_bytes: Callable[[int], None],
) -> dict[str, Any]:
    """Check a quantized tensor's arrays against its source; its derived certificate."""
    n, k = _check_record(entry, parts, record)
    pairs, size = (k + 1) // 2, record["group_size"] or (k + 1) // 2
    arrays = {part: parts[part].array() for part in PARTS}
    perm = arrays["perm"].astype(np.int64)
    if not np.array_equal(np.sort(perm), np.arange(2 * pairs)):
        bad = next((i for i, p in enumerate(perm) if p >= 2 * pairs or (perm[:i] == p).any()), 0)
        raise _Broken("perm is a permutation", f"perm[{bad}] = {perm[bad]}", weight=perm[bad])
    scales = arrays["scales"].astype(np.float64)
    bad_scales = ~(np.isfinite(scales) & (scales > 0))
    if bad_scales.any():
        channel, half = np.argwhere(bad_scales)[0]
        raise _Broken(
            "scales are finite and positive", f"{HALF_NAMES[half]} scale {scales[channel, half]}",
            channel,
        )  # fmt: skip
    least = LEAST_SCALE[record["scale_dtype"]]
    before = (arrays["scales"].view(np.uint16) - np.uint16(1)).view(arrays["scales"].dtype)
    smaller = np.where(scales > least, before.astype(np.float64), 0.0)
    if automatic and record["scale_dtype"] == "float16" and (scales < LEAST_NORMAL).any():
        channel = np.argwhere(scales < LEAST_NORMAL)[0][0]
        raise _Broken("float16 scales are normal", f"scale {scales[channel].min()}", channel)
    if (arrays["zeros"] > 127).any():
        channel, group = np.argwhere(arrays["zeros"] > 127)[0]
        byte = arrays["zeros"][channel, group]
        raise _Broken("zero points lie on the grid", f"group {group}: byte {byte}", channel)
    zero_at = int(np.flatnonzero(perm == k)[0]) if k % 2 else -1
    found, flags = np.empty((n, 10)), np.zeros(n, dtype=np.int64)
    fitted = record["method"] == "rtn"
    digest, packed_digest = hashlib.sha256(), hashlib.sha256()
    rows_per_block = max(1, BLOCK_WEIGHTS // k)
    gather = np.where(perm == k, 0, perm).astype(np.int32)  # the zero channel: any index

    def work(rows: slice) -> None:
        _check_rows(
            _float_bits(source[rows]), packed[rows], scales[rows], smaller[rows],
            arrays["group_scales"][rows], arrays["zeros"][rows], gather, zero_at, size, fitted,
            found[rows], flags[rows],
        )  # fmt: skip

    source, packed = entry.array(), arrays["packed"]
    waiting: list[Any] = []
    for start in range(0, n, rows_per_block):
        rows = slice(start, min(start + rows_per_block, n))
        waiting.append(pool.submit(work, rows))
        digest.update(source[rows].view(np.uint8).data)
        packed_digest.update(packed[rows].data)
        on_bytes(source[rows].nbytes)
        if len(waiting) > jobs:  # bounds the memory of blocks in flight
            waiting.pop(0).result()
    for future in waiting:
        future.result()
    if flags.any():
        r = int(np.flatnonzero(flags)[0])
        _explain(
            _floats(source[r : r + 1])[0], packed[r], scales[r], smaller[r],
            arrays["group_scales"][r], arrays["zeros"][r], perm, size, fitted, r,
        )  # fmt: skip
    best = _maximum(
        found,
        lambda r: _row_ratios(
            _floats(source[r : r + 1])[0], packed[r], scales[r], arrays["group_scales"][r],
            arrays["zeros"][r], perm, size,
        ),
    )  # fmt: skip
    ratio, channel, weight = best
    if fitted and ratio > Fraction(1, 2):
        raise _Broken("T1c", f"|w' - w| / s = {ratio} > 1/2", channel, weight)
    return _derive(entry, parts, record, found, best, digest.hexdigest(),
                   packed_digest.hexdigest(), k)  # fmt: skip


def _check_record(
    entry: _Entry, parts: Mapping[str, _Entry], record: Mapping[str, Any]
) -> tuple[int, int]:
    """The file's metadata of a tensor agrees with the source and with the stored arrays."""
    for part in PARTS:
        if part not in parts:
            raise _Broken("complete", f"entry {entry.name}.{part} is missing")
    if len(entry.shape) != 2 or list(entry.shape) != list(record["shape"]):
        raise _Broken("metadata", f"shape {record['shape']}, source {list(entry.shape)}")
    if entry.dtype not in ("F32", "F16", "BF16") or record["source_dtype"] != entry.dtype:
        raise _Broken("metadata", f"dtype {record['source_dtype']}, source {entry.dtype}")
    n, k = entry.shape
    pairs, size = (k + 1) // 2, record["group_size"]
    if record["pairs"] != pairs or type(size) is not int or size < 0:
        raise _Broken("metadata", f"{record['pairs']} pairs, group size {size!r}")
    groups = -(-pairs // size) if size else 1
    expected = {
        "packed": ("U8", (n, -(-7 * pairs // 8))),
        "scales": ({"float16": "F16", "bfloat16": "BF16"}.get(record["scale_dtype"]), (n, 2)),
        "group_scales": ("U8", (n, groups, 2)),
        "zeros": ("U8", (n, groups)),
        "perm": ("U16" if 2 * pairs <= 1 << 16 else "U32", (2 * pairs,)),
    }
    for part, spec in expected.items():
        if (parts[part].dtype, parts[part].shape) != spec:
            raise _Broken(
                "metadata", f"{part} is {parts[part].dtype} {parts[part].shape}, must be {spec}"
            )
    return n, k


def _floats(w: Array) -> npt.NDArray[np.float32]:
    return _float_bits(w).view(np.float32)


def _float_bits(w: Array) -> npt.NDArray[np.uint32]:
    """The bits of `w` as float32 (exact: bfloat16 is its upper half), read-only."""
    if w.dtype == np.float32:
        return w.view(np.uint32)
    if w.dtype == np.float16:
        bits = w.astype(np.float32).view(np.uint32)
    else:
        bits = w.view(np.uint16).astype(np.uint32) << np.uint32(16)
    bits.flags.writeable = False  # one compiled kernel for all dtypes
    return bits


def _codes(packed: npt.NDArray[np.uint8], pairs: int) -> tuple[npt.NDArray[np.uint8], bool]:
    codes = np.zeros((2, pairs), dtype=np.uint8)
    clean = bool(_unpack(packed, pairs, codes))
    return codes, clean


def _maximum(
    found: F64, row_ratios: Callable[[int], list[Fraction | None]]
) -> tuple[Fraction, int, int]:
    """Exact maximum of `|w' - w| / s`, and the first channel and weight that attain it.

    Division rounds monotonically, so only rows that reach the largest quotient can hold the
    maximum, and those of them with equal numerator and denominator are ties.
    """
    inexact = found[:, 8] != 0
    quotient = found[:, 0] / found[:, 1]
    rows = np.flatnonzero(inexact | (quotient == quotient[~inexact].max(initial=-1.0)))
    best, channel = Fraction(-1), 0
    weights: list[Fraction | None] = []
    for r in rows:
        if inexact[r]:
            ratio = max(x for x in row_ratios(int(r)) if x is not None)
        else:
            ratio = Fraction(found[r, 0]) / Fraction(found[r, 1])
        if ratio > best:
            best, channel = ratio, int(r)
    weights = row_ratios(channel)
    return best, channel, weights.index(best)


def _row_ratios(
    w: npt.NDArray[np.float32],
    packed: npt.NDArray[np.uint8],
    scales: F64,
    factors: npt.NDArray[np.uint8],
    zeros: npt.NDArray[np.uint8],
    perm: npt.NDArray[np.int64],
    size: int,
) -> list[Fraction | None]:
    """Exact `|w' - w| / s` of the weights of one channel that may be its largest, else None."""
    pairs = len(perm) // 2
    codes, _ = _codes(packed, pairs)
    group = np.arange(pairs) // size
    zero = np.stack([zeros & 15, zeros >> 4])[:, group].astype(np.int64)
    steps = codes - zero
    s = scales[:, None] * factors.T[:, group].astype(np.float64)
    value = np.zeros(2 * pairs)
    step = np.zeros(2 * pairs)
    value[perm], step[perm] = (steps * s).ravel(), s.ravel()
    count = len(w)
    rough = np.abs(w.astype(np.float64) - value[:count]) / step[:count]
    exact: list[Fraction | None] = [None] * count
    for k in np.flatnonzero(rough >= rough.max() * (1 - 2.0**-40)):
        exact[k] = abs(Fraction(float(w[k])) - Fraction(value[k])) / Fraction(step[k])
    return exact


def _explain(
    w: npt.NDArray[np.float32],
    packed: npt.NDArray[np.uint8],
    scales: F64,
    smaller: F64,
    factors: npt.NDArray[np.uint8],
    zeros: npt.NDArray[np.uint8],
    perm: npt.NDArray[np.int64],
    size: int,
    fitted: bool,
    channel: int,
) -> None:
    """Raise _Broken with the first claim a flagged channel breaks, derived by the specification."""
    pairs = len(perm) // 2
    codes, clean = _codes(packed, pairs)
    if not np.isfinite(w).all():
        k = int(np.flatnonzero(~np.isfinite(w))[0])
        raise _Broken("finite source", f"w = {w[k]}", channel, k)
    if not clean:
        raise _Broken("padding bits are zero", f"last byte {packed[-1]}", channel)
    weights = [Fraction(float(x)) for x in w] + [Fraction(0)] * (2 * pairs - len(w))
    wrong: list[tuple[int, str, str]] = []
    for half, levels in enumerate(LEVELS):
        unit = Fraction(scales[half])
        spans = []
        for g in range(len(factors)):
            inputs = perm[half * pairs + g * size : half * pairs + min((g + 1) * size, pairs)]
            group = [weights[int(i)] for i in inputs]
            lo, hi = spec_grid.weight_range(group)
            spans.append(hi - lo)
            k, zero = int(factors[g, half]), int(zeros[g] >> 4 if half else zeros[g] & 15)
            where = f"{HALF_NAMES[half]} group {g}"
            if k == 0 or zero >= levels:
                raise _Broken("group factors and zero points lie in range",
                              f"{where}: k = {k}, z = {zero}", channel)  # fmt: skip
            if fitted:
                least = spec_grid.least_factor(hi - lo, unit, levels)
                if k != least:
                    raise _Broken("k is the least that covers its group",
                                  f"{where}: k = {k}, least {least}", channel)  # fmt: skip
                expected = rne(-lo / (unit * k))
                if zero != expected:
                    raise _Broken("z = rne(-lo / s)", f"{where}: z = {zero}, must be {expected}",
                                  channel)  # fmt: skip
            grid = spec_grid.Grid(unit, k, zero, levels)
            own = codes[half, g * size : (g + 1) * size]
            for i, code in zip(inputs, own, strict=True):
                value = weights[int(i)]
                nearest = spec_grid.quantize(value, grid)
                if int(i) == len(w) and code != zero:
                    wrong.append((int(i), "the zero channel is zero", f"{where}: code {code}"))
                elif fitted and code != nearest:
                    wrong.append((
                        int(i), "q = clamp(rne(w / s) + z)",
                        f"{where}: code {code}, must be {nearest} for w = {float(value)!r}",
                    ))  # fmt: skip
                elif fitted and 2 * abs(spec_grid.dequantize(int(code), grid) - value) > grid.scale:
                    wrong.append((int(i), "T1c", f"{where}: |w' - w| > s / 2"))
        if fitted and not any(spans) and unit != 1:
            raise _Broken("S = 1 for a half of zeros", f"{HALF_NAMES[half]} scale {unit}", channel)
        previous = Fraction(smaller[half])
        top = (levels - 1) * previous * spec_grid.MAX_FACTOR
        if fitted and any(spans) and previous and top >= max(spans):
            raise _Broken(
                    "S is the least scale", f"{HALF_NAMES[half]}: {float(previous)!r} covers the "
                    f"channel as well as {float(unit)!r}", channel,
                )  # fmt: skip
    if wrong:
        k, claim, detail = min(wrong)
        raise _Broken(claim, detail, channel, k)
    raise AssertionError(f"channel {channel} was flagged, but the specification accepts it")


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
        return type(stated) in (int, float) and abs(stated - self.value) <= TIGHT * abs(self.value)


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


def _derive(
    entry: _Entry,
    parts: Mapping[str, _Entry],
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


def _compare(stated: Any, derived: Any, path: str = "") -> None:
    """Raise _Broken at the first number of the certificate that is not the derived one."""
    if isinstance(derived, dict):
        if not isinstance(stated, dict) or set(stated) != set(derived):
            keys = sorted(stated) if isinstance(stated, dict) else stated
            raise _Broken("certificate", f"{path or 'entry'}: {keys}, expected {sorted(derived)}")
        for key, value in derived.items():
            _compare(stated[key], value, f"{path}.{key}" if path else key)
        return
    if isinstance(derived, _Upper | _Near | _Largest):
        agrees, value = derived.agrees(stated), derived.value
    else:
        agrees, value = type(stated) is type(derived) and stated == derived, derived
    if not agrees:
        raise _Broken("certificate", f"{path} is stated as {stated!r}, derived {value!r}")


def _check_files(
    source: _Checkpoint,
    packed: _Checkpoint,
    records: Mapping[str, Any],
    stated: Mapping[str, Any],
    result: CheckResult,
) -> Iterator[Finding]:
    """Everything beside the tensors: other files, configuration, index, settings, totals."""
    for name in sorted(set(source.others) | set(packed.others) | set(stated["files"])):
        left, right = source.others.get(name), packed.others.get(name)
        if left is None or right is None:
            which = "source" if left is None else "quantized checkpoint"
            yield Finding("files", f"{name!r} is missing in the {which}")
            continue
        digests = [_file_sha256(path) for path in (left, right)]
        if stated["files"].get(name) != digests[0]:
            yield Finding("files", f"{name!r}: the certificate's SHA-256 is not the source's")
        if name == "config.json":
            config, own = _json(left), _json(right)
            quantization = own.pop("quantization_config", {})
            if own != config:
                yield Finding("files", "config.json: differs beyond quantization_config")
            if quantization != stated.get("quantization_config"):
                yield Finding("files", "config.json: quantization_config is not the certificate's")
        elif digests[0] != digests[1]:
            yield Finding("files", f"{name!r} is not copied bit for bit")
        result.files += 1
    if (source.index is None) != (packed.index is None):
        yield Finding("index", "one of the checkpoints has no index")
    elif source.index is not None and packed.index is not None:
        old, new = _json(source.index), _json(packed.index)
        if new.pop("weight_map", None) != packed.shard_of:
            yield Finding("index", "weight_map does not list the tensors of the shards")
        total = sum(e.stop - e.start for e in packed.entries.values())
        if new.get("metadata", {}).get("total_size") != total:
            yield Finding("index", f"total_size is not {total}")
        for value in (old, new):
            value.pop("weight_map", None)
            value.setdefault("metadata", {}).pop("total_size", None)
        if old != new:
            yield Finding("index", "differs beyond weight_map and total_size")
    settings = stated["settings"]
    expected = {
        "quant_method": "veriquant", "format_version": FORMAT_VERSION, "bits": 3.5,
        "method": settings.get("method"), "group_size": settings.get("group_size"),
    }  # fmt: skip
    if stated["quantization_config"] != expected:
        yield Finding("settings", f"quantization_config is not {expected}")
    for name, record in records.items():
        for key in ("method", "group_size"):
            if record[key] != settings.get(key):
                yield Finding("settings", f"{key} {record[key]!r}, stated {settings.get(key)!r}",
                              name)  # fmt: skip
    weights = sum(math.prod(record["shape"]) for record in records.values())
    parts = {f"{name}.{part}" for name in records for part in PARTS}
    stored = sum(e.stop - e.start for e in packed.entries.values() if e.name in parts)
    totals = {
        "quantized_tensors": len(records),
        "copied_tensors": len(source.entries) - len(set(records) & set(source.entries)),
        "quantized_weights": weights,
        "bits_per_weight": 8 * stored / weights if weights else 0.0,
        "source_bytes": sum(e.stop - e.start for e in source.entries.values()),
        "stored_bytes": sum(e.stop - e.start for e in packed.entries.values()),
    }
    try:
        _compare(stated["totals"], totals, "totals")
    except _Broken as broken:
        yield Finding(broken.claim, broken.detail)


def _file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
