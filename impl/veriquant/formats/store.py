"""`veriquant.load` and `veriquant.save`: quantized tensors in Python and in files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open

from veriquant.arrays import as_array
from veriquant.formats.checkpoint import open_checkpoint
from veriquant.formats.entries import (
    HEADER_SLACK,
    METADATA_KEY,
    PARTS,
    Record,
    arrays_of,
    raw_bytes,
    read_records,
    read_tensor,
    record_of,
    write_metadata,
)
from veriquant.formats.errors import BadInputError
from veriquant.formats.work import sync
from veriquant.formats.writer import SafetensorsWriter, Spec
from veriquant.tensor import QuantizedTensor

_DTYPE_NAMES = {
    "bool": "BOOL", "uint8": "U8", "int8": "I8", "int16": "I16", "uint16": "U16", "float16": "F16",
    "bfloat16": "BF16", "int32": "I32", "uint32": "U32", "float32": "F32", "int64": "I64",
    "uint64": "U64", "float64": "F64", "complex64": "C64",
}  # fmt: skip

Tensor = QuantizedTensor | npt.NDArray[Any]


def load(path: str | os.PathLike[str]) -> dict[str, Tensor]:
    """Every tensor of a checkpoint (file, index or folder) by name.

    Quantized ones come as QuantizedTensor, others as arrays. Raises BadInputError, OSError.
    """
    checkpoint = open_checkpoint(Path(path))
    tensors: dict[str, Tensor] = {}
    for header in checkpoint.shards.values():
        records = read_records(header)
        parts = {f"{name}.{part}" for name in records for part in PARTS}
        for name, record in records.items():
            tensors[name] = read_tensor(header.path, name, record)
        with safe_open(header.path, framework="np") as file:
            for entry in header.entries.values():
                if entry.name in parts:
                    continue
                try:
                    tensors[entry.name] = file.get_tensor(entry.name)
                except (SafetensorError, AttributeError, KeyError) as error:
                    raise BadInputError(
                        "NumPy has no such dtype", file=header.path, tensor=entry.name,
                        value=entry.dtype, remedy="open the file with safetensors.safe_open",
                    ) from error  # fmt: skip
    return tensors


def save(
    path: str | os.PathLike[str],
    tensors: Mapping[str, Any],
    metadata: Mapping[str, str] | None = None,
) -> None:
    """Write tensors, quantized or not, into one safetensors file; it appears whole or not at all.

    An existing file is replaced. QuantizedTensors, arrays of any memory layout and PyTorch tensors
    are taken. Raises BadInputError for names that collide and dtypes the format lacks, OSError
    where the disk refuses.
    """
    path = Path(path)
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
    texts = dict(metadata or {})
    if records:
        texts[METADATA_KEY] = write_metadata(records)
    room = sum(6 * (len(key.encode()) + len(text.encode())) + 8 for key, text in texts.items())
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        with SafetensorsWriter(temporary, specs, room + HEADER_SLACK) as writer:
            for name, tensor in tensors.items():
                if isinstance(tensor, QuantizedTensor):
                    for part, array in arrays_of(tensor).items():
                        writer.write(f"{name}.{part}", raw_bytes(array))
                else:
                    writer.write(name, raw_bytes(np.ascontiguousarray(tensor)))
            writer.finish(texts)
        temporary.replace(path)
        sync(path.parent)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
