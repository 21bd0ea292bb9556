"""The header of a GGUF file walked once, before the `gguf` library reads it.

The library stays the authority. It trusts every count in the header, though: it loops as often as
an array says that it has elements, and slices beyond the end give it empty pieces, so that a
damaged count keeps it busy for years. Here every count and length must fit into the file.
"""

from __future__ import annotations

import math
import mmap
import struct
from pathlib import Path

from veriquant.formats.errors import BadInputError
from veriquant.text import brief

MAGIC = b"GGUF"
VERSIONS = (2, 3)
#: Bytes of a scalar by its type number; 8 is a string, 9 an array.
SCALAR_BYTES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
STRING, ARRAY = 8, 9
#: Axes of a tensor (the format's GGML_MAX_DIMS).
MAX_AXES = 4

REMEDY = "download it again"


def check_header(path: Path) -> None:
    """Raise BadInputError, which names the key or tensor, unless the header fits its file."""
    with path.open("rb") as file:
        if not file.read(1):
            raise BadInputError("not a readable GGUF file: empty", file=path, remedy=REMEDY)
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            HeaderWalk(path, data).run()


class HeaderWalk:
    """A place in the header that moves on; `where` says what is being read."""

    def __init__(self, path: Path, data: mmap.mmap | bytes) -> None:
        self.path, self.data, self.at, self.where = path, data, 0, "header"

    def bad(self, problem: str, value: object = None) -> BadInputError:
        return BadInputError(
            f"not a readable GGUF file: {problem}", file=self.path, position=self.where,
            value=value, remedy=REMEDY,
        )  # fmt: skip

    def skip(self, count: int) -> int:
        """Pass `count` bytes; where they began."""
        begin, self.at = self.at, self.at + count
        if self.at > len(self.data):
            raise self.bad(f"{brief(count)} bytes at {begin} reach beyond its end: truncated, or "
                           "a damaged length")  # fmt: skip
        return begin

    def number(self, form: str) -> int:
        begin = self.skip(struct.calcsize(form))
        return int(struct.unpack_from(form, self.data, begin)[0])

    def text(self) -> str:
        length = self.number("<Q")
        begin = self.skip(length)
        try:
            return self.data[begin : self.at].decode("utf-8")
        except UnicodeDecodeError as error:
            raise self.bad(f"the name at byte {begin} is not UTF-8") from error

    def value(self, kind: int) -> None:
        if kind in SCALAR_BYTES:
            self.skip(SCALAR_BYTES[kind])
        elif kind == STRING:
            self.skip(self.number("<Q"))
        elif kind == ARRAY:
            inner, count = self.number("<I"), self.number("<Q")
            if inner in SCALAR_BYTES:
                self.skip(count * SCALAR_BYTES[inner])
                return
            if inner != STRING:
                raise self.bad("arrays of this type are not read", f"type {inner}")
            for _ in range(count):  # each takes eight bytes or more: ends with the file
                self.skip(self.number("<Q"))
        else:
            raise self.bad("unknown type of a value", f"type {kind}")

    def run(self) -> None:
        if self.data[:4] != MAGIC:
            raise self.bad("it does not begin with 'GGUF'")
        self.skip(4)
        version = self.number("<I")
        if version not in VERSIONS:
            raise self.bad("unknown version, or the byte order of another machine", version)
        tensors, keys = self.number("<Q"), self.number("<Q")
        for _ in range(keys):
            self.where = f"metadata at byte {self.at}"
            self.where = f"metadata key {self.text()!r}"
            self.value(self.number("<I"))
        for _ in range(tensors):
            self.where = f"tensor at byte {self.at}"
            self.where = f"tensor {self.text()!r}"
            axes = self.number("<I")
            if axes > MAX_AXES:
                raise self.bad(f"a tensor has at most {MAX_AXES} axes", axes)
            shape = [self.number("<Q") for _ in range(axes)]
            self.number("<I")
            offset = self.number("<Q")
            if offset > len(self.data) or math.prod(shape) >= 1 << 48:
                raise self.bad("data beyond its end", f"shape {shape}, offset {offset}")
