"""A safetensors file written tensor by tensor, so that no model is ever held in memory.

The library can only serialize a dictionary of all tensors at once, which makes peak memory grow
with the shard. The format is eight bytes of length, a JSON header and the data, so streaming it is
one page; `finish` has the library open and list the result before anything may rely on it, and a
test compares the bytes with those of the library's own writer.
"""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from safetensors import safe_open

from veriquant import files
from veriquant.formats.header import DTYPE_BITS, LENGTH_BYTES, storage_bytes

#: Size and layout of a tensor: dtype name of the format, and shape.
Spec = tuple[str, tuple[int, ...]]

#: The library pads headers to this, so that tensors can be mapped aligned.
ALIGNMENT = 8


_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class SafetensorsWriter:
    """Write the tensors of `specs` in any order, each in any number of pieces.

    Tensors lie in the file as the library lays them out (widest dtype first, then by name), which
    keeps them aligned. `metadata_bytes` bounds the JSON text of the metadata given to `finish`;
    unused room is filled with spaces, as the format allows. Use as a context manager: the file is
    made on entering; `size`, its bytes, is known before.
    """

    def __init__(self, path: Path, specs: Mapping[str, Spec], metadata_bytes: int) -> None:
        order = sorted(specs, key=lambda name: (-DTYPE_BITS[specs[name][0]], name))
        self.path = path
        self._specs = dict(specs)
        self._ranges: dict[str, tuple[int, int]] = {}
        self._filled = dict.fromkeys(specs, 0)
        offset = 0
        for name in order:
            stop = offset + storage_bytes(*specs[name])
            self._ranges[name] = (offset, stop)
            offset = stop
        # `retype` may turn F16 into BF16: one character more; the metadata has a name and a comma.
        room = len(self._header({})) + len(specs) + metadata_bytes + len('"__metadata__":,')
        self._header_room = -(-room // ALIGNMENT) * ALIGNMENT
        self._data_start = LENGTH_BYTES + self._header_room
        self.size = self._data_start + offset
        self._file = -1

    def _header(self, metadata: Mapping[str, str]) -> bytes:
        # Written out: making thousands of small dictionaries takes longer than encoding them.
        fields = [f'"__metadata__":{_json(dict(metadata))}'] if metadata else []
        for name, (start, stop) in self._ranges.items():
            dtype, shape = self._specs[name]
            sizes = ",".join(map(str, shape))
            fields.append(
                f'{_json(name)}:{{"dtype":"{dtype}","shape":[{sizes}],"data_offsets":[{start},{stop}]}}'
            )
        return f"{{{','.join(fields)}}}".encode()

    def retype(self, name: str, dtype: str) -> None:
        """Change the dtype of a tensor to another of the same width, known only now."""
        old, shape = self._specs[name]
        if DTYPE_BITS[old] != DTYPE_BITS[dtype]:
            raise ValueError(f"{name}: {dtype} is not as wide as {old}")
        self._specs[name] = (dtype, shape)

    def write(self, name: str, data: bytes | memoryview) -> None:
        """Append `data` to the tensor `name`; raises ValueError beyond its end."""
        start, stop = self._ranges[name]
        at = start + self._filled[name]
        view = memoryview(data).cast("B")
        if at + len(view) > stop:
            raise ValueError(f"{name}: more data than its shape holds")
        self._filled[name] += len(view)
        files.write(self._file, view, self._data_start + at)

    def write_all(self, name: str, pieces: Iterable[bytes]) -> None:
        """Append every piece to the tensor `name`."""
        for piece in pieces:
            self.write(name, piece)

    def finish(self, metadata: Mapping[str, str]) -> None:
        """Write the header, flush to the disk, and have the library read the file back.

        Raises ValueError if a tensor is not complete or the metadata exceeds its room.
        """
        for name, (start, stop) in self._ranges.items():
            if start + self._filled[name] != stop:
                raise ValueError(f"{name}: {self._filled[name]} of {stop - start} bytes written")
        header = self._header(metadata)
        if len(header) > self._header_room:
            raise ValueError(f"{self.path}: header exceeds the room reserved for it")
        text = struct.pack("<Q", self._header_room) + header.ljust(self._header_room)
        files.write(self._file, text, 0)
        files.flush(self._file)
        self._close()
        with safe_open(self.path, framework="np") as file:
            if set(file.keys()) != set(self._specs):
                raise ValueError(f"{self.path}: the library reads other names than were written")

    def __enter__(self) -> Self:
        self._file = files.create(self.path)
        try:
            files.resize(self._file, self.size)
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close()

    def _close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
