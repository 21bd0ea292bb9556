"""What a checkpoint holds, tensor by tensor."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from veriquant.arrays import as_weights
from veriquant.certificate.record import certificate_path
from veriquant.errors import QuantizationError
from veriquant.formats.checkpoint import open_checkpoint, read_json
from veriquant.formats.entries import Record, read_records
from veriquant.formats.errors import BadInputError
from veriquant.formats.header import Entry, Header
from veriquant.formats.reader import TensorReader
from veriquant.layout import PARTS
from veriquant.tensor import QuantizedTensor
from veriquant.text import brief, collector_paused


@dataclass(frozen=True, slots=True)
class TensorInfo:
    """One tensor of a checkpoint; what is not known is None.

    bits_per_weight   stored bits, every array of the tensor counted
    relative_error    Frobenius norm of the error over that of the source
    max_step_error    largest `|w' - w| / s`
    scale_least/most  least and largest grid step `s = k * S`
    worst_channel     output channel with the largest error norm
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    bits_per_weight: float | None
    stored_bytes: int
    method: str | None = None
    group_size: int | None = None
    scale_dtype: str | None = None
    scale_least: float | None = None
    scale_most: float | None = None
    relative_error: float | None = None
    max_step_error: float | None = None
    worst_channel: int | None = None
    worst_channel_error: float | None = None


#: Section and key of a tensor's certificate, and the field of TensorInfo that shows it.
STATED = (
    ("frobenius", "relative", "relative_error"),
    ("pointwise", "approximately", "max_step_error"),
    ("frobenius", "worst_channel", "worst_channel"),
    ("frobenius", "worst_channel_error", "worst_channel_error"),
)


#: Above every error and index; floats and integers of this size can be shown.
LARGEST = 1e300


def inspect_checkpoint(path: Path, against: Path | None = None) -> list[TensorInfo]:
    """Every tensor of `path`; errors come from its certificate, or are measured `against` IN."""
    checkpoint = open_checkpoint(path)
    stated = {} if against is not None else _stated(path)
    reader = TensorReader()
    weights = None
    if against is not None:
        headers = open_checkpoint(against).shards.values()
        source = {entry.name: (h.path, entry) for h in headers for entry in h.entries.values()}
        weights = partial(_source_weights, source, against, reader)
    infos = []
    for header in checkpoint.shards.values():
        records = read_records(header)
        parts = {f"{name}.{part}" for name in records for part in PARTS}
        for name, record in records.items():
            infos.append(_quantized_info(header, name, record, stated.get(name), weights, reader))
        infos += [
            TensorInfo(
                entry.name, entry.shape, entry.dtype, _bits(entry.nbytes, entry.shape), entry.nbytes
            )
            for entry in header.entries.values()
            if entry.name not in parts
        ]
    return sorted(infos, key=lambda info: info.name)


def infos_as_json(infos: list[TensorInfo]) -> str:
    """The tensors and the sum over the quantized ones, for other programs."""
    quantized = [info for info in infos if info.method is not None]
    weights = sum(math.prod(info.shape) for info in quantized)
    total = {
        "tensors": len(infos),
        "quantized": len(quantized),
        "stored_bytes": sum(info.stored_bytes for info in infos),
        "quantized_weights": weights,
        "bits_per_weight": _bits(sum(info.stored_bytes for info in quantized), (weights,)),
    }
    return json.dumps({"total": total, "tensors": [asdict(info) for info in infos]}, indent=1)


def _bits(nbytes: int, shape: tuple[int, ...]) -> float | None:
    weights = math.prod(shape)
    return 8 * nbytes / weights if weights else None


@collector_paused()
def _stated(path: Path) -> dict[str, dict[str, Any]]:
    """What the certificate beside a checkpoint says of its tensors; nothing if there is none."""
    certificate, remedy = certificate_path(path), "remove it, or quantize again"
    try:
        tensors = read_json(certificate, remedy).get("tensors")
    except FileNotFoundError:
        return {}
    if not isinstance(tensors, dict):
        raise BadInputError(
            "not a certificate: it must hold tensors", file=certificate, value=brief(tensors),
            remedy=remedy,
        )  # fmt: skip
    known: dict[str, dict[str, Any]] = {}
    for name, stated in tensors.items():
        known[name] = {}
        for section, key, field in STATED:
            part = stated.get(section) if isinstance(stated, dict) else None
            value: Any = part.get(key) if isinstance(part, dict) else None
            whole = field == "worst_channel"
            kinds = (int,) if whole else (int, float)
            if type(value) not in kinds or not -LARGEST < value < LARGEST:  # NaN neither
                raise BadInputError(
                    f"not a certificate: {section}.{key} must be a number", file=certificate,
                    tensor=name, value=brief(value), remedy=remedy,
                )  # fmt: skip
            known[name][field] = value
    return known


def _quantized_info(
    header: Header,
    name: str,
    record: Record,
    stated: Mapping[str, Any] | None,
    source_weights: Callable[[str, QuantizedTensor], npt.NDArray[np.float32]] | None,
    reader: TensorReader,
) -> TensorInfo:
    stored = sum(header.entries[f"{name}.{part}"].nbytes for part in PARTS)
    tensor = reader.quantized(header.path, name, record)
    steps = tensor.scales.astype(np.float64)[:, None, :] * tensor.group_scales
    known: dict[str, Any] = {}
    if source_weights is not None:
        from veriquant.certificate.measure import measure

        found = measure(source_weights(name, tensor), tensor)
        known = {
            "relative_error": found.error / found.norm if found.norm else 0.0,
            "max_step_error": float(found.max_ratio),
            "worst_channel": found.worst_channel,
            "worst_channel_error": found.worst_error,
        }
    elif stated is not None:
        known = dict(stated)
    return TensorInfo(
        name, record.shape, record.source_dtype, _bits(stored, record.shape), stored,
        record.method, record.group_size, record.scale_dtype, float(steps.min()),
        float(steps.max()), **known,
    )  # fmt: skip


def _source_weights(
    source: Mapping[str, tuple[Path, Entry]],
    path: Path,
    reader: TensorReader,
    name: str,
    tensor: QuantizedTensor,
) -> npt.NDArray[np.float32]:
    if name not in source:
        raise BadInputError(
            "not in the source", file=path, tensor=name,
            remedy="give the checkpoint that was quantized",
        )  # fmt: skip
    file, entry = source[name]
    if entry.shape != tensor.shape or entry.dtype not in ("F32", "F16", "BF16"):
        raise BadInputError(
            f"the source holds {entry.dtype} {list(entry.shape)}, the quantized tensor is "
            f"{list(tensor.shape)}",
            file=path, tensor=name, remedy="give the checkpoint that was quantized",
        )  # fmt: skip
    try:
        return as_weights(reader.array(file, name), name)
    except QuantizationError as error:
        raise BadInputError.of(error, file, name) from error
