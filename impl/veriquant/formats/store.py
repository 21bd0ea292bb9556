"""`veriquant.load` and `veriquant.save`: quantized tensors in Python and in files."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import numpy.typing as npt

from veriquant import files
from veriquant.arrays import as_array
from veriquant.formats.checkpoint import open_checkpoint, read_pieces
from veriquant.formats.entries import (
    HEADER_SLACK,
    METADATA_KEY,
    Record,
    read_records,
    record_of,
    write_metadata,
)
from veriquant.formats.errors import BadInputError, SkippedTensorWarning
from veriquant.formats.header import DTYPE_BITS
from veriquant.formats.reader import TensorReader
from veriquant.formats.writer import SafetensorsWriter, Spec
from veriquant.layout import PARTS, arrays_of, raw_bytes
from veriquant.tensor import QuantizedTensor
from veriquant.text import brief, printable

_DTYPE_NAMES = {
    "bool": "BOOL", "uint8": "U8", "int8": "I8", "int16": "I16", "uint16": "U16", "float16": "F16",
    "bfloat16": "BF16", "int32": "I32", "uint32": "U32", "float32": "F32", "int64": "I64",
    "uint64": "U64", "float64": "F64", "complex64": "C64",
}  # fmt: skip

#: 8-bit floats: the library does not give them as arrays.
_ML_DTYPES: Mapping[str, npt.DTypeLike] = {
    "F8_E5M2": ml_dtypes.float8_e5m2, "F8_E4M3": ml_dtypes.float8_e4m3fn,
    "F8_E8M0": ml_dtypes.float8_e8m0fnu, "F8_E4M3FNUZ": ml_dtypes.float8_e4m3fnuz,
    "F8_E5M2FNUZ": ml_dtypes.float8_e5m2fnuz,
}  # fmt: skip
#: Several of these share a byte; no array library of ours has such an array.
_NO_DTYPE = frozenset(name for name, bits in DTYPE_BITS.items() if bits < 8)

Tensor = QuantizedTensor | npt.NDArray[Any]


def load(path: str | os.PathLike[str]) -> dict[str, Tensor]:
    """Every tensor of a checkpoint (file, index or folder) by name.

    Quantized ones come as QuantizedTensor, others as arrays; 8-bit floats have the dtypes of
    `ml_dtypes`. A tensor whose dtype neither NumPy nor `ml_dtypes` has (floats of 4 and 6 bits) is
    left out, and a SkippedTensorWarning names it. Raises BadInputError, OSError.
    """
    checkpoint = open_checkpoint(_as_path(path))
    tensors: dict[str, Tensor] = {}
    for header in checkpoint.shards.values():
        records = read_records(header)
        parts = {f"{name}.{part}" for name in records for part in PARTS}
        reader = TensorReader()
        for name, record in records.items():
            tensors[name] = reader.quantized(header.path, name, record)
        for entry in header.entries.values():
            if entry.name in parts:
                continue
            if entry.dtype in _ML_DTYPES:
                data = bytearray().join(read_pieces(entry, header.path))
                raw = np.frombuffer(data, np.uint8)
                tensors[entry.name] = raw.view(_ML_DTYPES[entry.dtype]).reshape(entry.shape)
            elif entry.dtype in _NO_DTYPE:
                warnings.warn(
                    f"{printable(str(header.path))}: tensor {entry.name!r} is left out: NumPy "
                    f"has no dtype {entry.dtype}; open the file with safetensors.safe_open",
                    SkippedTensorWarning, stacklevel=2,
                )  # fmt: skip
            else:
                tensors[entry.name] = reader.array(header.path, entry.name)
    return tensors


def _as_path(path: str | os.PathLike[str]) -> Path:
    try:
        return Path(path)
    except TypeError as error:
        raise BadInputError(
            "not a path", value=brief(path), remedy="give a str or a pathlib.Path"
        ) from error


def _check_texts(tensors: Mapping[str, Any], metadata: Mapping[str, str]) -> None:
    """Names and metadata must be texts that UTF-8 can hold."""
    for what, mapping in (("tensors", tensors), ("metadata", metadata)):
        if not isinstance(mapping, Mapping):
            raise BadInputError(
                f"{what} must be a mapping from names", value=brief(mapping), remedy="give a dict"
            )
    for what, text in (
        *(("a tensor's name", name) for name in tensors),
        *(("metadata", text) for item in metadata.items() for text in item),
    ):
        if not isinstance(text, str) or any("\ud800" <= c <= "\udfff" for c in text):
            raise BadInputError(
                f"{what} must be a text without lone surrogates", value=brief(text),
                remedy="give another one",
            )  # fmt: skip


def save(
    path: str | os.PathLike[str],
    tensors: Mapping[str, Any],
    metadata: Mapping[str, str] | None = None,
) -> None:
    """Write tensors, quantized or not, into one safetensors file; it appears whole or not at all.

    An existing file is replaced. QuantizedTensors, arrays of any memory layout and PyTorch tensors
    are taken. Raises BadInputError for names that collide, dtypes the format lacks and a path
    without a file's name, OSError where the disk refuses.
    """
    path = _as_path(path)
    if not path.name:
        raise BadInputError("not the name of a file", value=brief(path), remedy="give one")
    metadata = {} if metadata is None else metadata
    _check_texts(tensors, metadata)
    tensors = {
        name: tensor if isinstance(tensor, QuantizedTensor) else as_array(tensor, name)
        for name, tensor in tensors.items()
    }
    specs: dict[str, Spec] = {}
    records: dict[str, Record] = {}
    for name, tensor in tensors.items():
        if isinstance(tensor, QuantizedTensor):
            records[name] = record_of(tensor, "F32")
            own = records[name].specs(name)
        else:
            dtype = _DTYPE_NAMES.get(tensor.dtype.name)
            if dtype is None:
                raise BadInputError(
                    "safetensors has no such dtype", tensor=name, value=tensor.dtype.name,
                    remedy="convert the array first",
                )  # fmt: skip
            own = {name: (dtype, tensor.shape)}
        for entry in own:
            if entry in specs or (entry == "__metadata__"):
                raise BadInputError(
                    f"two tensors would be stored as {entry!r}", tensor=name,
                    remedy="rename one of them",
                )  # fmt: skip
        specs.update(own)
    texts = dict(metadata)
    if records:
        texts[METADATA_KEY] = write_metadata(records)
    room = sum(6 * (len(key.encode()) + len(text.encode())) + 8 for key, text in texts.items())
    with (
        files.replacing(path) as temporary,
        SafetensorsWriter(temporary, specs, room + HEADER_SLACK) as writer,
    ):
        for name, tensor in tensors.items():
            if isinstance(tensor, QuantizedTensor):
                for part, array in arrays_of(tensor).items():
                    writer.write(f"{name}.{part}", raw_bytes(array))
            else:
                writer.write(name, raw_bytes(np.ascontiguousarray(tensor)))
        writer.finish(texts)
