"""Writes the weights of a quantized checkpoint back as floats, tensor by tensor."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from veriquant import files
from veriquant.certificate.measure import row_blocks
from veriquant.convert.plan import Plan, TensorPlan
from veriquant.convert.quantize import Advance, write_index
from veriquant.digest import source_digest
from veriquant.errors import QuantizationError
from veriquant.fast.dequant import dequantize
from veriquant.formats.checkpoint import CONFIG, Checkpoint, open_checkpoint, read_json, read_pieces
from veriquant.formats.entries import (
    HEADER_SLACK,
    METADATA_KEY,
    Record,
    is_quantized,
    read_records,
)
from veriquant.formats.errors import BadInputError
from veriquant.formats.header import Header, storage_bytes
from veriquant.formats.reader import TensorReader
from veriquant.formats.work import WorkFolder, check_output
from veriquant.formats.writer import SafetensorsWriter, Spec
from veriquant.layout import PARTS, raw_bytes
from veriquant.narrowing import Narrowing, narrow
from veriquant.tensor import QuantizedTensor
from veriquant.text import json_text, printable

#: The format's names of what `narrow` can give.
FLOATS: Mapping[str, str] = {"F32": "float32", "F16": "float16", "BF16": "bfloat16"}
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
    saturate: bool = False,
) -> dict[str, Narrowing]:
    """Write `source`'s tensors as floats into `out`, same layout; all else is copied bit for bit.

    dtype      `float32` (every value exact, T5), `float16` or `bfloat16` (rounded to nearest), or
               `source`: what each tensor had before it was quantized
    on_start   is given the checkpoint and returns what hears of source bytes done
    on_tensor  hears a line about each tensor that is done
    force      replaces an output that exists
    saturate   a weight beyond the range of its dtype becomes the largest finite number

    Returns what narrowing added to each tensor that was quantized. Raises BadInputError (nothing is
    left under a final name), also where a weight would become infinite, and StorageError.
    """
    task = _prepare(source, out, dtype, force)
    checkpoint = task.checkpoint
    identity = {
        "dtype": dtype,
        "saturate": saturate,
        "code": source_digest(),
        "source": task.manifest,
    }
    with WorkFolder(out, identity, force) as work:
        sizes = {name: size for name, size, *_ in task.manifest}
        for shard, header in checkpoint.shards.items():
            sizes[shard] = _writer(header.path, header, task.specs[shard]).size
        work.check_space(sizes)
        advance = on_start(checkpoint)
        narrowed: dict[str, Narrowing] = {}
        weight_map: dict[str, str] = {}
        stored = 0
        for shard, header in checkpoint.shards.items():
            if shard in work.done:
                advance(header.nbytes)
                on_tensor(f"{printable(shard)}: complete since an earlier run")

            def write(path: Path, shard: str = shard, header: Header = header) -> dict[str, Any]:
                return _write_shard(
                    path, header, task.records[shard], task.specs[shard], advance, saturate,
                    on_tensor,
                )  # fmt: skip

            for name, fields in work.make(shard, write).items():
                narrowed[name] = Narrowing(**{**fields, "at": fields["at"] and tuple(fields["at"])})
            weight_map.update(dict.fromkeys(task.specs[shard], shard))
            stored += sum(storage_bytes(*spec) for spec in task.specs[shard].values())
        for name in checkpoint.others:
            _copy_other(work, checkpoint.root / name, name)
        if checkpoint.index is not None:
            write_index(work, checkpoint, weight_map, stored)
        checkpoint.check_unchanged(task.manifest)
        work.publish(next(iter(checkpoint.shards)) if checkpoint.kind == "file" else None)
    return narrowed


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
        if specs[name][0] not in FLOATS:
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
    saturate: bool,
    on_tensor: Callable[[str], None],
) -> dict[str, Any]:
    """Write one shard to `path`; what narrowing added to each of its quantized tensors."""
    narrowed: dict[str, Narrowing] = {}
    reader = TensorReader()
    with _writer(path, header, specs) as writer:
        for name, spec in specs.items():
            if name not in records:
                writer.write_all(name, read_pieces(header.entries[name], header.path))
                advance(header.entries[name].nbytes)
                on_tensor(f"{printable(name)}: copied")
                continue
            tensor = reader.quantized(header.path, name, records[name])
            try:
                narrowed[name] = _write_floats(writer, name, tensor, spec[0], saturate)
            except QuantizationError as error:
                raise BadInputError.of(error, header.path, name) from error
            advance(sum(header.entries[f"{name}.{part}"].nbytes for part in PARTS))
            on_tensor(f"{printable(name)}: {narrowed[name]}")
        writer.finish(_metadata(header))
    return {name: asdict(added) for name, added in narrowed.items()}


def _write_floats(
    writer: SafetensorsWriter, name: str, tensor: QuantizedTensor, dtype: str, saturate: bool
) -> Narrowing:
    """Write a tensor's weights as `dtype`; what rounding them to it added."""
    kind = FLOATS[dtype]
    added = Narrowing(kind)
    for rows in row_blocks(tensor.shape):
        values = dequantize(tensor, rows=rows)
        rounded, more = narrow(values, kind, saturate=saturate, tensor=name, first=rows.start)
        writer.write(name, raw_bytes(rounded))
        added += more
    return added


def _copy_other(work: WorkFolder, source: Path, name: str) -> None:
    def write(path: Path) -> None:
        if name != CONFIG:
            files.copy(source, path)
            return
        config: dict[str, Any] = read_json(source)
        config.pop("quantization_config", None)
        files.put(path, json_text(config).encode())

    work.make(name, write)


def summary(narrowed: Mapping[str, Narrowing]) -> Iterator[str]:
    """Lines that state the error that each dtype added, and where it is worst."""
    for dtype in sorted({added.dtype for added in narrowed.values()}):
        own = {name: added for name, added in narrowed.items() if added.dtype == dtype}
        if dtype == "float32":
            yield f"{len(own)} tensors as float32: every weight exact"
            continue
        name = max(own, key=lambda name: own[name].largest)
        worst, relative = own[name], max(added.relative for added in own.values())
        line = f"{len(own)} tensors as {dtype}: added error at most {worst.largest:.3g}"
        if worst.at is not None:
            line += f" ({printable(name)}, channel {worst.at[0]}, weight {worst.at[1]})"
        saturated = sum(added.saturated for added in own.values())
        yield f"{line}, relative {relative:.3g}; {saturated} weights saturated"
