"""Writes the weights of a quantized checkpoint back as floats, tensor by tensor."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import numpy.typing as npt

from veriquant import files
from veriquant.certificate.measure import row_blocks
from veriquant.convert.plan import Plan, TensorPlan
from veriquant.convert.quantize import Advance, write_index
from veriquant.fast.compiled import source_digest
from veriquant.fast.dequant import dequantize
from veriquant.formats.checkpoint import CONFIG, Checkpoint, open_checkpoint, read_json, read_pieces
from veriquant.formats.entries import (
    HEADER_SLACK,
    METADATA_KEY,
    PARTS,
    Record,
    is_quantized,
    raw_bytes,
    read_records,
)
from veriquant.formats.errors import BadInputError
from veriquant.formats.header import Header, storage_bytes
from veriquant.formats.reader import TensorReader
from veriquant.formats.work import WorkFolder, check_output
from veriquant.formats.writer import SafetensorsWriter, Spec
from veriquant.text import json_text, printable

DTYPES: Mapping[str, npt.DTypeLike] = {
    "F32": np.float32,
    "F16": np.float16,
    "BF16": ml_dtypes.bfloat16,
}
DTYPE_NAMES = {"float32": "F32", "float16": "F16", "bfloat16": "BF16", "source": None}


@dataclass(frozen=True, slots=True)
class _Task:
    """A dequantization whose every condition was checked; nothing has been written."""

    checkpoint: Checkpoint
    manifest: list[list[Any]]
    records: Mapping[str, Mapping[str, Record]]
    specs: Mapping[str, Mapping[str, Spec]]


def _prepare(source: Path, out: Path, dtype: str, force: bool) -> _Task:
    if dtype not in DTYPE_NAMES:
        raise BadInputError(
            "unknown dtype", value=repr(dtype), remedy=f"use one of {', '.join(DTYPE_NAMES)}"
        )
    checkpoint = open_checkpoint(source)
    manifest = checkpoint.manifest()
    check_output(source, out, force)
    if not any(is_quantized(header) for header in checkpoint.shards.values()):
        raise BadInputError(
            "holds no tensor quantized by veriquant", file=source,
            remedy="give the output of `veriquant quantize`",
        )  # fmt: skip
    records = {shard: read_records(header) for shard, header in checkpoint.shards.items()}
    specs = {
        shard: _specs(header, records[shard], dtype) for shard, header in checkpoint.shards.items()
    }
    return _Task(checkpoint, manifest, records, specs)


def plan_dequantization(
    source: Path, out: Path, dtype: str = "float32", force: bool = False
) -> Plan:
    """What `dequantize_checkpoint` would do, all its checks but that of free space made."""
    task = _prepare(source, out, dtype, force)
    tensors = [
        TensorPlan(
            name, shard, stored, shape, *(
                ("dequantize", f"{records[name].method}, {records[name].scale_dtype} scales")
                if (records := task.records[shard]).get(name) is not None
                else ("copy", "not quantized")
            ),
            storage_bytes(stored, shape),
        )
        for shard, specs in task.specs.items()
        for name, (stored, shape) in specs.items()
    ]  # fmt: skip
    return Plan(tuple(tensors), task.checkpoint.others)


def dequantize_checkpoint(
    source: Path,
    out: Path,
    dtype: str = "float32",
    on_start: Callable[[Checkpoint], Advance] = lambda checkpoint: lambda count: None,
    *,
    on_tensor: Callable[[str], None] = lambda line: None,
    force: bool = False,
) -> None:
    """Write `source`'s tensors as floats into `out`, same layout; all else is copied bit for bit.

    dtype      `float32` (every value exact, T5), `float16` or `bfloat16` (rounded to nearest), or
               `source`: what each tensor had before it was quantized
    on_start   is given the checkpoint and returns what hears of source bytes done
    on_tensor  hears a line about each tensor that is done
    force      replaces an output that exists

    Raises BadInputError (nothing is left under a final name) and StorageError.
    """
    task = _prepare(source, out, dtype, force)
    checkpoint = task.checkpoint
    identity = {"dtype": dtype, "code": source_digest(), "source": task.manifest}
    with WorkFolder(out, identity, force) as work:
        sizes = {name: size for name, size, *_ in task.manifest}
        for shard, header in checkpoint.shards.items():
            sizes[shard] = _writer(header.path, header, task.specs[shard]).size
        work.check_space(sizes)
        advance = on_start(checkpoint)
        weight_map: dict[str, str] = {}
        stored = 0
        for shard, header in checkpoint.shards.items():
            if shard in work.done:
                advance(header.nbytes)
                on_tensor(f"{printable(shard)}: complete since an earlier run")

            def write(path: Path, shard: str = shard, header: Header = header) -> None:
                _write_shard(
                    path, header, task.records[shard], task.specs[shard], advance, on_tensor
                )

            work.make(shard, write)
            weight_map.update(dict.fromkeys(task.specs[shard], shard))
            stored += sum(storage_bytes(*spec) for spec in task.specs[shard].values())
        for name in checkpoint.others:
            _copy_other(work, checkpoint.root / name, name)
        if checkpoint.index is not None:
            write_index(work, checkpoint, weight_map, stored)
        checkpoint.check_unchanged(task.manifest)
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


def _writer(path: Path, header: Header, specs: Mapping[str, Spec]) -> SafetensorsWriter:
    return SafetensorsWriter(path, specs, len(json.dumps(_metadata(header))) + HEADER_SLACK)


def _metadata(header: Header) -> dict[str, str]:
    return {key: text for key, text in header.metadata.items() if key != METADATA_KEY}


def _write_shard(
    path: Path,
    header: Header,
    records: Mapping[str, Record],
    specs: Mapping[str, Spec],
    advance: Advance,
    on_tensor: Callable[[str], None],
) -> None:
    reader = TensorReader()
    with _writer(path, header, specs) as writer:
        for name, spec in specs.items():
            if name not in records:
                writer.write_all(name, read_pieces(header.entries[name], header.path))
                advance(header.entries[name].nbytes)
                on_tensor(f"{printable(name)}: copied")
                continue
            tensor = reader.quantized(header.path, name, records[name])
            for rows in row_blocks(tensor.shape):
                writer.write(name, raw_bytes(dequantize(tensor, DTYPES[spec[0]], rows)))
            advance(sum(header.entries[f"{name}.{part}"].nbytes for part in PARTS))
            on_tensor(f"{printable(name)}: dequantized to {spec[0]}")
        writer.finish(_metadata(header))


def _copy_other(work: WorkFolder, source: Path, name: str) -> None:
    def write(path: Path) -> None:
        if name != CONFIG:
            files.copy(source, path)
            return
        config: dict[str, Any] = read_json(source)
        config.pop("quantization_config", None)
        files.put(path, json_text(config).encode())

    work.make(name, write)
