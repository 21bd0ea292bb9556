"""The check of a whole checkpoint: tensors, copies, files, settings, totals."""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from veriquant.checker.claims import compare
from veriquant.checker.files import (
    FORMAT_VERSION,
    PARTS,
    Checkpoint,
    Entry,
    file_sha256,
    read_index,
    read_json,
)
from veriquant.checker.findings import Broken, CheckResult, Finding, UnreadableError
from veriquant.checker.statements import SECTIONS, check_statements
from veriquant.checker.tensors import check_tensor

SCHEMA = "veriquant-certificate-1"


def check(
    out: str | os.PathLike[str],
    against: str | os.PathLike[str],
    certificate: str | os.PathLike[str] | None = None,
    *,
    code: tuple[str, Path | None] | None = None,
    jobs: int = 2,
    on_bytes: Callable[[int], None] = lambda count: None,
) -> CheckResult:
    """Derive every claim of `out` and its certificate again from `out` and its source `against`.

    certificate  default: `out` with `.certificate.json` appended
    code         digest of the quantizer's source and its VC report, to check what the certificate
                 says of them; where the certificate names another source, that is only noted
    jobs         threads, at least 1
    on_bytes     hears of source bytes done

    Findings name the first broken claim of each tensor. Raises UnreadableError when a file is
    missing, damaged or cannot be read, so that nothing can be said; ValueError for `jobs`.
    """
    if jobs < 1:
        raise ValueError(f"jobs must be at least 1, got {jobs}")
    stating = _beside(Path(out)) if certificate is None else Path(certificate)
    try:
        return _check(Path(out), Path(against), stating, code, jobs, on_bytes)
    except OSError as error:
        raise UnreadableError(f"{error.filename or out}: {error.strerror or error}") from error


def _check(
    out: Path,
    against: Path,
    certificate: Path,
    code: tuple[str, Path | None] | None,
    jobs: int,
    on_bytes: Callable[[int], None],
) -> CheckResult:
    stated = read_certificate(certificate)
    source, packed = Checkpoint(against), Checkpoint(out)
    result = CheckResult()
    _check_code(stated, code, result)
    records = packed.records()
    result.findings += check_statements(stated, records)
    result.findings += _check_names(source, packed, records, stated)
    automatic = stated["settings"].get("scale_dtype") == "auto"
    with ThreadPoolExecutor(max_workers=jobs) as pool:
        for name, entry in source.entries.items():
            try:
                if name in records:
                    own = {p: packed.entries[f"{name}.{p}"] for p in PARTS
                           if f"{name}.{p}" in packed.entries}  # fmt: skip
                    derived = check_tensor(
                        entry, own, records[name], pool, jobs, automatic, on_bytes
                    )
                    compare(stated["tensors"].get(name), derived)
                    result.quantized += 1
                elif name in packed.entries:
                    derived = _check_copy(entry, packed.entries[name])
                    compare(stated["copied"].get(name), derived)
                    on_bytes(entry.stop - entry.start)
                    result.copied += 1
            except Broken as broken:
                result.findings.append(
                    Finding(broken.claim, broken.detail, name, broken.channel, broken.weight)
                )
            result.source_bytes += entry.stop - entry.start
    result.findings += _check_metadata(source, packed)
    result.findings += _check_files(source, packed, records, stated, result)
    return result


def _beside(out: Path) -> Path:
    """The certificate of `out`; of `.` and `..`, beside the folder that they mean."""
    named = out if out.name not in ("", "..") else Path(os.path.abspath(out))  # noqa: PTH100
    return named.with_name(named.name + ".certificate.json")


def _check_names(
    source: Checkpoint, packed: Checkpoint, records: Mapping[str, Any], stated: Mapping[str, Any]
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


def _check_metadata(source: Checkpoint, packed: Checkpoint) -> Iterator[Finding]:
    """Same shards; what their headers say besides `veriquant` is copied."""
    if len(source.shards) != len(packed.shards):
        yield Finding("files", f"{len(packed.shards)} shards, source {len(source.shards)}")
        return
    for old, new in zip(source.shards, packed.shards, strict=True):
        own = {key: text for key, text in packed.metadata[new].items() if key != "veriquant"}
        if own != source.metadata[old]:
            yield Finding("metadata", f"{new!r}: {own}, source {source.metadata[old]}")


def _compared(stated: Any, derived: Any, what: str) -> Iterator[Finding]:
    """The finding that a statement about the whole certificate is not what was derived, if so."""
    try:
        compare(stated, derived, what)
    except Broken as broken:
        yield Finding(broken.claim, broken.detail)


def _check_copy(entry: Entry, copy: Entry) -> dict[str, Any]:
    """A copied tensor is identical; its description as the certificate has it."""
    if (entry.dtype, entry.shape) != (copy.dtype, copy.shape):
        raise Broken(
            "copied bit for bit",
            f"{copy.dtype} {list(copy.shape)}, source {entry.dtype} {list(entry.shape)}",
        )
    width = max(1, (entry.stop - entry.start) // max(1, math.prod(entry.shape)))
    digest, done = hashlib.sha256(), 0
    for left, right in zip(entry.pieces(), copy.pieces(), strict=True):
        if left != right:
            differs = np.frombuffer(left, np.uint8) != np.frombuffer(right, np.uint8)
            at = (done + int(np.argmax(differs))) // width
            raise Broken("copied bit for bit", "differs from the source", weight=at)
        digest.update(left)
        done += len(left)
    return {"dtype": entry.dtype, "shape": list(entry.shape), "sha256": digest.hexdigest()}


def _check_files(
    source: Checkpoint,
    packed: Checkpoint,
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
        digests = [file_sha256(path) for path in (left, right)]
        if stated["files"].get(name) != digests[0]:
            yield Finding("files", f"{name!r}: the certificate's SHA-256 is not the source's")
        if name == "config.json":
            config, own = read_json(left), read_json(right)
            if config.get("quantization_config") is None:  # null says the same as no entry
                config.pop("quantization_config", None)
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
        old, new = read_index(source.index), read_index(packed.index)
        if new.pop("weight_map") != packed.shard_of:
            yield Finding("index", "weight_map does not list the tensors of the shards")
        total = sum(e.stop - e.start for e in packed.entries.values())
        if new["metadata"].pop("total_size", None) != total:
            yield Finding("index", f"total_size is not {total}")
        old.pop("weight_map")
        old["metadata"].pop("total_size", None)
        if old != new:
            yield Finding("index", "differs beyond weight_map and total_size")
    settings = stated["settings"]
    expected = {
        "quant_method": "veriquant", "format_version": FORMAT_VERSION, "bits": 3.5,
        "method": settings.get("method"), "group_size": settings.get("group_size"),
    }  # fmt: skip
    yield from _compared(stated["quantization_config"], expected, "quantization_config")
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
    yield from _compared(stated["totals"], totals, "totals")


def read_certificate(path: Path) -> dict[str, Any]:
    stated = read_json(path)
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
    result.findings += _compared(stated.get("format_version"), FORMAT_VERSION, "format_version")
    if code is None:
        result.notes.append("code and VC report not compared: none given")
        return
    digest, report = code
    named = stated["verification"].get("report_sha256")
    if stated["code"].get("source_sha256") != digest:
        result.notes.append("made by another version of the quantizer: its VC report not compared")
        return
    if stated["code"].get("version") != (own := version("veriquant")):
        result.findings.append(
            Finding("certificate", f"code.version is stated as {stated['code'].get('version')!r}, "
                    f"this source is {own!r}")
        )  # fmt: skip
    if report is None or not report.is_file():
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

    text = json.dumps(timeless(read_json(path)), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
