"""Writes the weights of a quantized checkpoint back as floats, tensor by tensor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import numpy.typing as npt

from veriquant.certificate.measure import row_blocks
from veriquant.convert.quantize import Advance, copy_file, write_index
from veriquant.fast.dequant import dequantize
from veriquant.formats.checkpoint import CONFIG, Checkpoint, open_checkpoint, read_json, read_pieces
from veriquant.formats.entries import (
    METADATA_KEY,
    PARTS,
    Record,
    is_quantized,
    raw_bytes,
    read_records,
    read_tensor,
)
from veriquant.formats.errors import BadInputError
from veriquant.formats.header import Header, storage_bytes
from veriquant.formats.work import WorkFolder, check_output, check_space
from veriquant.formats.writer import SafetensorsWriter, Spec
from veriquant.text import json_text

DTYPES: Mapping[str, npt.DTypeLike] = {
    "F32": np.float32,
    "F16": np.float16,
    "BF16": ml_dtypes.bfloat16,
}
DTYPE_NAMES = {"float32": "F32", "float16": "F16", "bfloat16": "BF16", "source": None}


def dequantize_checkpoint(
    source: Path,
    out: Path,
    dtype: str = "float32",
    on_start: Callable[[Checkpoint], Advance] = lambda checkpoint: lambda count: None,
) -> None:
    """Write `source`'s tensors as floats into `out`, same layout; all else is copied bit for bit.

    dtype  `float32` (every value exact, T5), `float16` or `bfloat16` (rounded to nearest), or
           `source`: what each tensor had before it was quantized

    Raises BadInputError (nothing is left under a final name) and StorageError.
    """
    if dtype not in DTYPE_NAMES:
        raise BadInputError(
            "unknown dtype", value=repr(dtype), remedy=f"use one of {', '.join(DTYPE_NAMES)}"
        )
    checkpoint = open_checkpoint(source)
    check_output(source, out)
    if not any(is_quantized(header) for header in checkpoint.shards.values()):
        raise BadInputError(
            "holds no tensor quantized by veriquant", file=source,
            remedy="give the output of `veriquant quantize`",
        )  # fmt: skip
    records = {shard: read_records(header) for shard, header in checkpoint.shards.items()}
    plans = {
        shard: _specs(header, records[shard], dtype) for shard, header in checkpoint.shards.items()
    }
    identity = {
        "dtype": dtype,
        "source": [
            [shard, (s := header.path.stat()).st_size, s.st_mtime_ns]
            for shard, header in checkpoint.shards.items()
        ],
    }
    check_space(out, sum(storage_bytes(*s) for plan in plans.values() for s in plan.values()))
    advance = on_start(checkpoint)
    with WorkFolder(out, identity) as work:
        weight_map: dict[str, str] = {}
        stored = 0
        for shard, header in checkpoint.shards.items():
            specs = plans[shard]
            if shard in work.done:
                advance(header.nbytes)
            else:
                work.make(
                    shard,
                    lambda path, header=header, specs=specs, shard=shard: _write_shard(  # type: ignore[misc]
                        path, header, records[shard], specs, advance
                    ),
                )
                work.record(shard, {})
            weight_map.update(dict.fromkeys(specs, shard))
            stored += sum(storage_bytes(*spec) for spec in specs.values())
        for name in checkpoint.others:
            _copy_other(work, checkpoint.root / name, name)
        if checkpoint.index is not None:
            write_index(work, checkpoint, weight_map, stored)
        work.publish(next(iter(checkpoint.shards)) if checkpoint.kind == "file" else None)


def _specs(header: Header, records: Mapping[str, Record], dtype: str) -> dict[str, Spec]:
    """Names, dtypes and shapes of the float checkpoint's tensors of one shard."""
    parts = {f"{name}.{part}" for name in records for part in PARTS}
    specs: dict[str, Spec] = {
        entry.name: (entry.dtype, entry.shape)
        for entry in header.entries.values()
        if entry.name not in parts
    }
    for name, record in records.items():
        if name in specs:
            raise BadInputError(
                "stored both quantized and as it is", file=header.path, tensor=name,
                remedy="quantize the source again",
            )  # fmt: skip
        specs[name] = (DTYPE_NAMES[dtype] or record.source_dtype, record.shape)
        if specs[name][0] not in DTYPES:
            raise BadInputError(
                "unknown source dtype", file=header.path, tensor=name, value=specs[name][0],
                remedy="choose --dtype float32",
            )  # fmt: skip
    return specs


def _write_shard(
    path: Path,
    header: Header,
    records: Mapping[str, Record],
    specs: Mapping[str, Spec],
    advance: Advance,
) -> None:
    metadata = {key: text for key, text in header.metadata.items() if key != METADATA_KEY}
    room = sum(len(key.encode()) + len(text.encode()) for key, text in metadata.items())
    with SafetensorsWriter(path, specs, 6 * room + 64 * len(metadata) + 64) as writer:
        for name, spec in specs.items():
            if name not in records:
                writer.write_all(name, read_pieces(header.entries[name], header.path))
                advance(header.entries[name].nbytes)
                continue
            tensor = read_tensor(header.path, name, records[name])
            for rows in row_blocks(tensor.shape):
                writer.write(name, raw_bytes(dequantize(tensor, DTYPES[spec[0]], rows)))
            advance(sum(header.entries[f"{name}.{part}"].nbytes for part in PARTS))
        writer.finish(metadata)


def _copy_other(work: WorkFolder, source: Path, name: str) -> None:
    if name != CONFIG:
        work.make(name, lambda path: copy_file(source, path))
        return
    config: dict[str, Any] = read_json(source)
    config.pop("quantization_config", None)
    work.make(name, lambda path: _write_config(path, config))


def _write_config(path: Path, config: Mapping[str, Any]) -> None:
    path.write_text(json_text(config), encoding="utf-8")
