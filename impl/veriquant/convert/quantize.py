"""Quantizes a checkpoint tensor by tensor: memory is bounded by the largest tensor.

Quantizing the dequantized output again is not the identity in general, and this is exactly when it
is. With the same channel order, grids and codes stay the same if and only if (1) every group has
`k = 1` or `(L - 1 - t) * k < L - 1` for its largest code `t` (taken as at least its zero point), so
that `k` is still the least one, and (2) some group of each half that is not zero needs more than
255 steps of the next smaller `S`. Otherwise the refitted grid is finer there and its codes change.
The channel order itself is ranked afresh from the dequantized rows, whose norms differ a little.
`tests/test_formats.py` checks both directions.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import safe_open

from veriquant import files
from veriquant.certificate.measure import measure
from veriquant.certificate.record import (
    certificate,
    certificate_path,
    certificate_text,
    check_certificate,
    digest_of,
    tensor_record,
)
from veriquant.convert.plan import Plan, TensorPlan
from veriquant.convert.select import Decision, Selection, decide, notes
from veriquant.digest import source_digest
from veriquant.errors import QuantizationError
from veriquant.formats.checkpoint import (
    CONFIG,
    Checkpoint,
    open_checkpoint,
    read_json,
    read_pieces,
)
from veriquant.formats.entries import (
    HEADER_SLACK,
    METADATA_KEY,
    Record,
    is_quantized,
    record_of,
    write_metadata,
)
from veriquant.formats.errors import BadInputError
from veriquant.formats.header import Entry, Header, read_header, storage_bytes
from veriquant.formats.work import WorkFolder, check_output
from veriquant.formats.writer import SafetensorsWriter, Spec
from veriquant.layout import (
    FORMAT_VERSION,
    MAX_GROUP_SIZE,
    PARTS,
    ScaleChoice,
    arrays_of,
    raw_bytes,
)
from veriquant.methods.registry import METHODS, MethodName
from veriquant.tensor import QuantizedTensor
from veriquant.text import brief, json_text, printable

#: Bytes above which a thread of its own hashes a source tensor: handing over takes 0.1 ms.
HASH_APART = 1 << 17

Advance = Callable[[int], None]
#: Makes the codes of `w [N, K]` (float32) of the tensor `name`.
Quantizer = Callable[[str, npt.NDArray[np.float32]], QuantizedTensor]


@dataclass(frozen=True, slots=True)
class Settings:
    """What `veriquant quantize` was asked for.

    group_size   pairs per group; 0: one group per output channel
    scale_dtype  `auto`, `float16` or `bfloat16`
    """

    method: MethodName = "rtn"
    group_size: int = 64
    scale_dtype: ScaleChoice = "auto"
    selection: Selection = field(default_factory=Selection)
    calibration: Path | None = None

    def check(self) -> None:
        """Raise BadInputError for a value that is not allowed."""
        if self.method not in METHODS:
            raise BadInputError(
                "unknown method", value=repr(self.method), remedy=f"use one of {', '.join(METHODS)}"
            )
        if not 0 <= self.group_size <= MAX_GROUP_SIZE:
            raise BadInputError(
                f"group size must be 0 (whole channel) or a number of pairs up to {MAX_GROUP_SIZE}",
                value=self.group_size, remedy="use --group-size 64",
            )  # fmt: skip
        if self.scale_dtype not in ("auto", "float16", "bfloat16"):
            raise BadInputError(
                "unknown scale dtype", value=repr(self.scale_dtype),
                remedy="use auto, float16 or bfloat16",
            )  # fmt: skip
        if self.calibration is not None and not self.calibration.is_file():
            raise BadInputError(
                "no such calibration file", file=self.calibration, remedy="check --calibration"
            )

    def as_json(self) -> dict[str, Any]:
        """The settings as the certificate states them."""
        calibration = None
        if self.calibration is not None:
            calibration = {
                "name": self.calibration.name,
                "sha256": digest_of(files.pieces_of(self.calibration)),
            }
        return {
            "method": self.method,
            "group_size": self.group_size,
            "scale_dtype": self.scale_dtype,
            "include": list(self.selection.include),
            "exclude": list(self.selection.exclude),
            "calibration": calibration,
        }

    def config(self) -> dict[str, Any]:
        """The `quantization_config` of config.json."""
        return {
            "quant_method": "veriquant",
            "format_version": FORMAT_VERSION,
            "bits": 3.5,
            "method": self.method,
            "group_size": self.group_size,
        }


@dataclass(frozen=True, slots=True)
class _Task:
    """A quantization whose every condition was checked; nothing has been written."""

    checkpoint: Checkpoint
    manifest: list[list[Any]]
    decisions: Mapping[str, Decision]
    names: frozenset[str]
    config: dict[str, Any] | None
    quantizer: Quantizer


def _prepare(source: Path, out: Path, settings: Settings, force: bool) -> _Task:
    settings.check()
    checkpoint = open_checkpoint(source)
    manifest = checkpoint.manifest()
    check_output(source, out, force)
    check_certificate(certificate_path(out), force)
    for header in checkpoint.shards.values():
        if is_quantized(header):
            raise BadInputError(
                "already quantized by veriquant", file=header.path,
                remedy="quantize the original, or run `veriquant dequantize` first",
            )  # fmt: skip
    decisions = decide(checkpoint, settings.selection)
    names = frozenset(name for name, decision in decisions.items() if decision.quantize)
    config = _check_source(checkpoint, out, names)
    quantizer = make_quantizer(settings, names)
    return _Task(checkpoint, manifest, decisions, names, config, quantizer)


def plan_quantization(source: Path, out: Path, settings: Settings, force: bool = False) -> Plan:
    """What `quantize_checkpoint` would do, all its checks but that of free space made."""
    task = _prepare(source, out, settings, force)
    tensors = []
    for shard, entry in task.checkpoint.tensors():
        decision = task.decisions[entry.name]
        stored = entry.nbytes
        if decision.quantize:
            specs = _placeholder(entry, settings).specs(entry.name).values()
            stored = sum(storage_bytes(*spec) for spec in specs)
        tensors.append(
            TensorPlan(
                entry.name, shard, entry.dtype, entry.shape,
                "quantize" if decision.quantize else "copy", decision.reason, stored,
            )
        )  # fmt: skip
    remarks = tuple(notes(task.checkpoint, task.decisions))
    return Plan(tuple(tensors), task.checkpoint.others, remarks)


def quantize_checkpoint(
    source: Path,
    out: Path,
    settings: Settings,
    on_start: Callable[[Checkpoint], Advance] = lambda checkpoint: lambda count: None,
    on_note: Callable[[str], None] = lambda note: None,
    *,
    on_tensor: Callable[[str], None] = lambda line: None,
    force: bool = False,
) -> dict[str, Any]:
    """Quantize `source` (file, index or folder) into `out`; returns the certificate written.

    on_start   is given the checkpoint and returns what hears of source bytes done
    on_note    hears, before the work, what a user may not expect of it
    on_tensor  hears a line about each tensor that is done
    force      replaces an output that exists, and its certificate

    Raises BadInputError (nothing is left under a final name) and StorageError (a new run goes on).
    """
    task = _prepare(source, out, settings, force)
    checkpoint, names = task.checkpoint, task.names
    stated = settings.as_json()
    identity = {
        "settings": stated, "code": source_digest(), "source": task.manifest,
        "names": digest_of(f"{name!r}\n".encode() for name in sorted(names)),
    }  # fmt: skip
    for note in notes(checkpoint, task.decisions):
        on_note(note)
    with WorkFolder(out, identity, force) as work, ThreadPoolExecutor(1) as hasher:
        sizes = {name: size for name, size, *_ in task.manifest}
        work.check_space({**sizes, **shard_sizes(checkpoint, names, settings)})
        advance = on_start(checkpoint)
        shards = {}
        for shard, header in checkpoint.shards.items():
            if shard in work.done:
                advance(header.nbytes)
                on_tensor(f"{printable(shard)}: complete since an earlier run")

            def write(path: Path, header: Header = header) -> dict[str, Any]:
                return _write_shard(
                    path, header, names, settings, task.quantizer, hasher, advance, on_tensor
                )

            shards[shard] = work.make(shard, write)
        digests = _copy_others(work, checkpoint, task.config, settings)
        tensors, copied, weight_map, stored = _collect(work, shards)
        if checkpoint.index is not None:
            write_index(work, checkpoint, weight_map, stored)
        result = certificate(
            settings=stated, quantization_config=settings.config(), tensors=tensors,
            copied=copied, files=digests, source_bytes=checkpoint.nbytes, stored_bytes=stored,
        )  # fmt: skip
        checkpoint.check_unchanged(task.manifest)
        # The certificate first: killed between the two, a new run finds all shards done.
        work.place(certificate_path(out), certificate_text(result))
        work.publish(next(iter(checkpoint.shards)) if checkpoint.kind == "file" else None)
    return result


def make_quantizer(settings: Settings, names: frozenset[str]) -> Quantizer:
    """The function that quantizes one tensor of `names` as `settings` say.

    Raises BadInputError for a calibration file that is damaged, or is of another model.
    """
    from veriquant.methods import quantize_tensor
    from veriquant.methods.calibration import CalibrationFile

    statistics = None
    if settings.calibration is not None:
        statistics = CalibrationFile(settings.calibration)
        if not any(statistics.covers(name) for name in names):
            raise BadInputError(
                "calibration of none of the tensors to quantize", file=settings.calibration,
                tensor=min(names), remedy="give the calibration of this model",
            )  # fmt: skip
    return lambda name, w: quantize_tensor(
        w, method=settings.method, group_size=settings.group_size,
        scale_dtype=settings.scale_dtype,
        calibration=None if statistics is None else statistics.get(name), name=name,
    )  # fmt: skip


def shard_sizes(
    checkpoint: Checkpoint, names: frozenset[str], settings: Settings
) -> dict[str, int]:
    """Bytes of the output's shards by name, which the shapes of their tensors alone decide."""
    return {
        shard: _shard_writer(header.path, header, names, settings)[0].size
        for shard, header in checkpoint.shards.items()
    }


def _placeholder(entry: Entry, settings: Settings) -> Record:
    """The record of a tensor to be quantized: its sizes are final, its scale dtype may not be."""
    n, k = entry.shape
    return Record(
        (n, k), settings.group_size, "bfloat16", (k + 1) // 2, settings.method, entry.dtype
    )


def _check_source(
    checkpoint: Checkpoint, out: Path, names: frozenset[str]
) -> dict[str, Any] | None:
    """Check what can be checked before the first byte is written; the parsed config.json."""
    if checkpoint.kind != "file" and out.name.endswith((".json", ".safetensors")):
        raise BadInputError(
            "a sharded checkpoint or model folder is written as a folder", file=out,
            remedy="give a folder name to -o",
        )  # fmt: skip
    existing = {entry.name for _, entry in checkpoint.tensors()}
    for name in sorted(names):
        for part in PARTS:
            if f"{name}.{part}" in existing:
                raise BadInputError(
                    f"its entry {name}.{part} would collide with a tensor of the source",
                    file=checkpoint.path, tensor=name, remedy="leave it out with --exclude",
                )  # fmt: skip
    if CONFIG not in checkpoint.others:
        return None
    config = read_json(checkpoint.root / CONFIG)
    if config.get("quantization_config") is not None:  # null says that it is not
        raise BadInputError(
            "config.json says that the model is quantized already", file=checkpoint.root / CONFIG,
            value=brief(config["quantization_config"]), remedy="start from the original model",
        )  # fmt: skip
    return config


def _shard_writer(
    path: Path, header: Header, names: frozenset[str], settings: Settings
) -> tuple[SafetensorsWriter, dict[str, Record]]:
    """The writer of a shard to `path`, and the records of its tensors as far as they are known."""
    specs: dict[str, Spec] = {}
    records: dict[str, Record] = {}
    for entry in header.entries.values():
        if entry.name in names:
            records[entry.name] = _placeholder(entry, settings)
            specs.update(records[entry.name].specs(entry.name))
        else:
            specs[entry.name] = (entry.dtype, entry.shape)
    room = json.dumps({**header.metadata, METADATA_KEY: write_metadata(records)})
    return SafetensorsWriter(path, specs, len(room) + HEADER_SLACK), records


def _write_shard(
    path: Path,
    header: Header,
    names: frozenset[str],
    settings: Settings,
    quantizer: Quantizer,
    hasher: ThreadPoolExecutor,
    advance: Advance,
    on_tensor: Callable[[str], None],
) -> dict[str, Any]:
    """Write one shard to `path`; what the certificate says of its tensors."""
    made, records = _shard_writer(path, header, names, settings)
    metadata = dict(header.metadata)
    tensors: dict[str, Any] = {}
    copied: dict[str, Any] = {}
    with made as writer, safe_open(header.path, framework="np", backend="pread") as source:
        for entry in header.entries.values():
            if entry.name not in names:
                copied[entry.name] = _copy(writer, header.path, entry)
                on_tensor(f"{printable(entry.name)}: copied")
            else:
                # The source's array lives in this call alone: the next tensor is read without it.
                tensor, tensors[entry.name] = _quantize(
                    header.path, entry, source, quantizer, hasher
                )
                records[entry.name] = record_of(tensor, entry.dtype)
                for name, (dtype, _) in records[entry.name].specs(entry.name).items():
                    writer.retype(name, dtype)
                for part, array in arrays_of(tensor).items():
                    writer.write(f"{entry.name}.{part}", raw_bytes(array))
                # The record counts what is stored: fewer bits than the arrays in memory take.
                record = tensors[entry.name]
                on_tensor(
                    f"{printable(entry.name)}: {tensor.method}, {record['bits_per_weight']:.3f} "
                    f"bits per weight, relative error {record['frobenius']['relative']:.4f}"
                )
                del tensor, array
            advance(entry.nbytes)
        if records:
            metadata[METADATA_KEY] = write_metadata(records)
        writer.finish(metadata)
    return {"tensors": tensors, "copied": copied}


def _quantize(
    path: Path,
    entry: Entry,
    source: Any,
    quantizer: Quantizer,
    hasher: ThreadPoolExecutor,
) -> tuple[QuantizedTensor, dict[str, Any]]:
    raw = source.get_tensor(entry.name)
    if raw.nbytes < HASH_APART:
        source_sha256: Future[str] = Future()
        source_sha256.set_result(digest_of([raw_bytes(raw)]))
    else:
        # The task takes the bytes out of the list: a worker keeps its last arguments for a while.
        source_sha256 = hasher.submit(lambda held: digest_of([held.pop()]), [raw_bytes(raw)])
    w = raw.astype(np.float32, copy=False)
    try:
        tensor = quantizer(entry.name, w)
    except BadInputError:
        raise  # names its own file: the calibration's
    except QuantizationError as error:
        raise BadInputError.of(error, path, entry.name) from error
    measures = measure(w, tensor)
    if METHODS[tensor.method].proved and 2 * measures.max_ratio > 1:
        raise AssertionError(  # T1c is proved: reaching this is a defect of the product
            f"{entry.name}: |w' - w| / s = {measures.max_ratio} at {measures.at} breaks T1c"
        )
    parts = arrays_of(tensor)
    return tensor, tensor_record(tensor, parts, measures, entry.dtype, source_sha256.result())


def _copy(writer: SafetensorsWriter, path: Path, entry: Entry) -> dict[str, Any]:
    digest = hashlib.sha256()
    for piece in read_pieces(entry, path):
        digest.update(piece)
        writer.write(entry.name, piece)
    return {"dtype": entry.dtype, "shape": list(entry.shape), "sha256": digest.hexdigest()}


def _copy_others(
    work: WorkFolder,
    checkpoint: Checkpoint,
    config: dict[str, Any] | None,
    settings: Settings,
) -> dict[str, str]:
    """Every further file of a folder; config.json gets `quantization_config`. Their SHA-256."""
    digests = {}
    for name in checkpoint.others:

        def write(path: Path, name: str = name) -> str:
            source = checkpoint.root / name
            if name == CONFIG and config is not None:
                changed = {**config, "quantization_config": settings.config()}
                files.put(path, json_text(changed).encode())
                return digest_of(files.pieces_of(source))
            return files.copy(source, path)

        digests[name] = work.make(name, write)
    return digests


def _collect(
    work: WorkFolder, shards: Mapping[str, Mapping[str, Any]]
) -> tuple[dict[str, Any], dict[str, Any], dict[str, str], int]:
    """Tensors, copies, weight map and stored bytes of all finished shards."""
    tensors: dict[str, Any] = {}
    copied: dict[str, Any] = {}
    weight_map: dict[str, str] = {}
    stored = 0
    for shard, result in shards.items():
        tensors.update(result["tensors"])
        copied.update(result["copied"])
        made = read_header(work.made / shard)
        weight_map.update(dict.fromkeys(made.entries, shard))
        stored += made.nbytes
    return tensors, copied, weight_map, stored


def write_index(
    work: WorkFolder, checkpoint: Checkpoint, weight_map: Mapping[str, str], stored: int
) -> None:
    """The index of the new shards; whatever else the old one says stays."""
    assert checkpoint.index is not None
    index = read_json(checkpoint.root / checkpoint.index)
    metadata = index.get("metadata")
    index["metadata"] = {**(metadata if isinstance(metadata, dict) else {}), "total_size": stored}
    index["weight_map"] = dict(sorted(weight_map.items()))
    work.make(checkpoint.index, lambda path: files.put(path, json_text(index).encode()))
