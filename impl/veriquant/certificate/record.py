"""The certificate file: its schema, and how measured numbers become its text.

`schema-1.json` beside this module is the JSON Schema of what is written here.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from veriquant.errors import QuantizationError
from veriquant.files import build_folder
from veriquant.formats.errors import BadInputError
from veriquant.layout import FORMAT_VERSION, StoredTensor, arrays_of, raw_bytes
from veriquant.methods.registry import METHODS

if TYPE_CHECKING:
    from veriquant.certificate.measure import Measures

SCHEMA_FAMILY = "veriquant-certificate-"
SCHEMA = f"{SCHEMA_FAMILY}1"
SCHEMA_FILE = Path(__file__).with_name("schema-1.json")
SUFFIX = ".certificate.json"

#: The VC report (`veriquant verify` writes it).
REPORT = build_folder() / "verify" / "report.json"
#: Keys of the VC report that hold times or dates: two runs on the same source differ only there.
TIME_KEYS = frozenset({"seconds", "time", "times", "date", "generated"})
TIME_ENDINGS = ("_seconds", "_time")


def certificate_path(out: Path) -> Path:
    """Where the certificate of `out` stands: beside it."""
    if out.name in ("", ".."):  # `.` has a name only once its place is known
        out = Path(os.path.abspath(out))  # noqa: PTH100 (links stay as they are)
    return out.with_name(out.name + SUFFIX)


def check_certificate(path: Path, force: bool) -> None:
    """Refuse to replace a file that no quantization wrote; raises BadInputError, OSError.

    A certificate of an output that is gone may be replaced; with `force` any file may.
    """
    if path.is_dir():
        raise BadInputError(
            "a folder stands where the certificate is to be written", file=path,
            remedy="move it away, or choose another -o path",
        )  # fmt: skip
    if force or not (path.exists() or path.is_symlink()):
        return
    try:
        schema = str(json.loads(path.read_text(encoding="utf-8"))["schema"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        schema = ""
    if not schema.startswith(SCHEMA_FAMILY):
        raise BadInputError(
            "exists already and is not a certificate: quantizing would replace it", file=path,
            remedy="move it away, choose another -o path, or replace it with --force",
        )  # fmt: skip


def claims(tensor: StoredTensor, source: Any = None) -> dict[str, Any]:
    """One tensor's claims; with `source` (`[N, K]`, float32, float16, bfloat16) all of them."""
    from veriquant.arrays import as_array, as_weights
    from veriquant.certificate.measure import measure
    from veriquant.fast.dequant import dequantize

    parts = arrays_of(tensor)
    if source is None:
        record = tensor_record(tensor, parts, measure(dequantize(tensor), tensor), "", "")
        for key in ("source_dtype", "source_sha256", "pointwise", "frobenius"):
            del record[key]
        return record
    raw = np.ascontiguousarray(as_array(source))
    if raw.shape != tensor.shape:
        raise QuantizationError(
            f"source is {list(raw.shape)}, the quantized tensor {list(tensor.shape)}",
            remedy="give the weights that were quantized",
        )
    dtype = {"float32": "F32", "float16": "F16", "bfloat16": "BF16"}.get(raw.dtype.name, "F32")
    measures = measure(as_weights(raw), tensor)
    if METHODS[tensor.method].proved and 2 * measures.max_ratio > 1:
        channel, weight = measures.at
        raise QuantizationError(
            "source is not what was quantized: a weight is more than half a step away",
            position=f"output channel {channel}, input channel {weight}",
            value=raw[channel, weight], remedy="give the weights that were quantized",
        )  # fmt: skip
    return tensor_record(tensor, parts, measures, dtype, digest_of([raw_bytes(raw)]))


def tensor_record(
    tensor: StoredTensor,
    parts: Mapping[str, npt.NDArray[Any]],
    measures: Measures,
    source_dtype: str,
    source_sha256: str,
) -> dict[str, Any]:
    """The claims T1c, T1n, T2c of a tensor, and the hashes that tie them to its stored `parts`."""
    proved = METHODS[tensor.method].proved  # T1c; other methods are stated as measured
    ratio = str(measures.max_ratio)
    wide, narrow = measures.column_wide, measures.column_narrow
    stored = sum(array.nbytes for array in parts.values())
    return {
        "shape": list(tensor.shape),
        "source_dtype": source_dtype,
        "method": tensor.method,
        "group_size": tensor.group_size,
        "scale_dtype": tensor.scale_dtype,
        "pairs": tensor.pairs,
        "stored_bytes": stored,
        "bits_per_weight": 8 * stored / (tensor.shape[0] * tensor.shape[1]),
        "source_sha256": source_sha256,
        "packed_sha256": {part: digest_of([raw_bytes(array)]) for part, array in parts.items()},
        "grid_sha256": digest_of(raw_bytes(a) for part, a in parts.items() if part != "packed"),
        "pointwise": {
            "claim": "T1c" if proved else "measured",
            "bound": "1/2" if proved else ratio,
            "maximum": ratio,
            "approximately": float(measures.max_ratio),
            "channel": measures.at[0],
            "weight": measures.at[1],
        },
        "frobenius": {
            "claim": "T1n" if proved else "measured",
            "bound": measures.bound,
            "error": measures.error,
            "relative": measures.error / measures.norm if measures.norm else 0.0,
            "worst_channel": measures.worst_channel,
            "worst_channel_error": measures.worst_error,
        },
        "accumulators": {
            "claim": "T2c",
            "wide": wide,
            "narrow": narrow,
            "largest_step": [measures.step_wide, measures.step_narrow],
            "int32_safe": measures.int32_safe,
            "safe_length": measures.safe_length,
        },
    }


def certificate(
    *,
    settings: Mapping[str, Any],
    quantization_config: Mapping[str, Any],
    tensors: Mapping[str, Any],
    copied: Mapping[str, Any],
    files: Mapping[str, str],
    source_bytes: int,
    stored_bytes: int,
) -> dict[str, Any]:
    """The whole certificate of a checkpoint."""
    from importlib.metadata import version

    from veriquant.digest import source_digest

    weights = sum(int(np.prod(t["shape"])) for t in tensors.values())
    quantized = sum(t["stored_bytes"] for t in tensors.values())
    report, reason = verification_hash()
    return {
        "schema": SCHEMA,
        "format_version": FORMAT_VERSION,
        "code": {"version": version("veriquant"), "source_sha256": source_digest()},
        "verification": {"report_sha256": report, "reason": reason},
        "settings": dict(settings),
        "quantization_config": dict(quantization_config),
        "totals": {
            "quantized_tensors": len(tensors),
            "copied_tensors": len(copied),
            "quantized_weights": weights,
            "bits_per_weight": 8 * quantized / weights if weights else 0.0,
            "source_bytes": source_bytes,
            "stored_bytes": stored_bytes,
        },
        "tensors": dict(tensors),
        "copied": dict(copied),
        "files": dict(files),
    }


@cache
def verification_hash() -> tuple[str | None, str | None]:
    """Hash of the VC report of this installation, or None and the reason."""
    try:
        report = json.loads(REPORT.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None, f"no VC report: there is no {REPORT.name} of `veriquant verify` here"
    except (OSError, ValueError) as error:
        return None, f"VC report not readable: {type(error).__name__}"
    return report_hash(report), None


def report_hash(report: Any) -> str:
    """SHA-256 of a VC report as canonical JSON, times left out."""
    text = json.dumps(_without_times(report), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _without_times(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: _without_times(item)
            for key, item in value.items()
            if key not in TIME_KEYS and not key.endswith(TIME_ENDINGS)
        }
    if isinstance(value, list):
        return [_without_times(item) for item in value]
    return value


def certificate_text(value: Mapping[str, Any]) -> str:
    """The certificate as the file holds it; floats round-trip."""
    return json.dumps(value, indent=1, allow_nan=False) + "\n"


def digest_of(pieces: Iterable[bytes | memoryview]) -> str:
    """SHA-256 of some bytes."""
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()
