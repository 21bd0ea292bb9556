"""Documents inside files: JSON trees that can be edited field by field, and written back."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from veriquant_proofs.fuzz.kinds import DELETE, EXTRA, KINDS, RAW, TWICE

Place = tuple[str | int, ...]
LENGTH = struct.Struct("<Q")


@dataclass(frozen=True, slots=True)
class Document:
    """A JSON tree in the file at `path`, and how it lies in the file's bytes.

    read   the tree of the file's bytes
    write  the file's bytes with another JSON text in the tree's place
    """

    name: str
    path: Path
    read: Callable[[bytes], Any]
    write: Callable[[bytes, str], bytes]

    def places(self, pristine: bytes) -> list[Place]:
        """Every field of the tree, the tree itself among them."""
        return list(_places(self.read(pristine), ()))

    def edited(self, pristine: bytes, edits: list[tuple[Place, str]]) -> bytes:
        """The file's bytes after some edits; an edit of a field that is gone does nothing."""
        tree = self.read(pristine)
        doubled: list[tuple[str, str]] = []
        for place, edit in edits:
            tree = _edit(tree, place, edit, doubled)
        text = json.dumps(tree, allow_nan=True)
        # Marked texts lose their quotes, and become JSON that Python has no object for.
        for mark in _marks(tree):
            text = text.replace(json.dumps(mark), mark.removeprefix(RAW))
        for key, value in doubled:
            first = json.dumps(key) + ": "
            text = text.replace(first, f"{first}{value}, {first}", 1)
        return self.write(pristine, text)


def _places(tree: Any, at: Place) -> Iterator[Place]:
    yield at
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(
        tree, list
    ) else ()  # fmt: skip
    for key, value in items:
        yield from _places(value, (*at, key))


def _edit(tree: Any, place: Place, edit: str, doubled: list[tuple[str, str]]) -> Any:
    if not place:
        return KINDS.get(edit, {} if edit == DELETE else tree)
    holder = tree
    for key in place[:-1]:
        if not _has(holder, key):
            return tree
        holder = holder[key]
    key = place[-1]
    if not _has(holder, key):
        return tree
    if edit == DELETE:
        del holder[key]
    elif edit == TWICE:
        if isinstance(key, str):
            doubled.append((key, json.dumps(holder[key])))
        else:
            holder.insert(int(key), holder[key])
    elif edit == EXTRA:
        if isinstance(holder[key], dict):
            holder[key]["unknown"] = 1
        elif isinstance(holder[key], list):
            holder[key].append(1)
    else:
        holder[key] = KINDS[edit]
    return tree


def _has(holder: Any, key: str | int) -> bool:
    if isinstance(holder, dict):
        return key in holder
    return isinstance(holder, list) and isinstance(key, int) and key < len(holder)


def _marks(tree: Any) -> set[str]:
    if isinstance(tree, str):
        return {tree} if tree.startswith(RAW) else set()
    items = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ()
    return {mark for item in items for mark in _marks(item)}


def json_file(name: str, path: Path) -> Document:
    """A file that is one JSON tree."""
    return Document(name, path, json.loads, lambda data, text: text.encode("utf-8"))


def header(name: str, path: Path) -> Document:
    """The header of a safetensors file."""

    def write(data: bytes, text: str) -> bytes:
        encoded = text.encode("utf-8")
        return LENGTH.pack(len(encoded)) + encoded + data[8 + LENGTH.unpack_from(data)[0] :]

    return Document(name, path, _read_header, write)


def metadata(name: str, path: Path, key: str) -> Document:
    """JSON inside the text `key` of a safetensors file's metadata."""

    def write(data: bytes, text: str) -> bytes:
        tree = _read_header(data)
        tree["__metadata__"][key] = text
        return header(name, path).write(data, json.dumps(tree))

    return Document(
        name, path, lambda data: json.loads(_read_header(data)["__metadata__"][key]), write
    )


def _read_header(data: bytes) -> Any:
    return json.loads(data[8 : 8 + LENGTH.unpack_from(data)[0]])
