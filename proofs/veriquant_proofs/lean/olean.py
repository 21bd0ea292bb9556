"""Read the constants of a compiled module (`.olean`): their exact types and values.

What Lean prints of a term passes through notation and options; what stands in this file is the
term that the kernel accepted. The format is Lean's own memory image: a header, then objects that
refer to each other by address.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from veriquant_proofs.lean.build import LeanCheckError

_HEADER = struct.Struct("<5sBB33s40sQQ")
_OBJECT = struct.Struct("<iHBB")
_STRING, _BIG, _ARRAY = 249, 250, 246
_FORMAT = 2

KINDS = ("axiom", "def", "theorem", "opaque", "quot", "inductive", "constructor", "recursor")
"""Kinds of constants, in the order of the constructors of Lean's `ConstantInfo`."""

Level = tuple[Any, ...]
"""("zero",), ("succ", l), ("max", l, m), ("imax", l, m) or ("param", name)."""
Term = tuple[Any, ...]
"""("bvar", i), ("sort", l), ("const", name, levels), ("app", f, a), ("lit", n or text),
("lam" | "pi", name, type, body, binder), ("let", name, type, value, body),
("proj", structure, i, term)."""

_BINDERS = ("()", "{}", "⦃⦄", "[]")


@dataclass(frozen=True)
class Constant:
    """One constant. `value` is None where there is none; `constructors` are an inductive type's."""

    name: str
    kind: str
    unsafe: bool
    levels: tuple[str, ...]
    type: Term
    value: Term | None
    constructors: tuple[str, ...]


class Image:
    """The objects of one file."""

    def __init__(self, path: Path) -> None:
        """Read the header; raise LeanCheckError unless this is the known format."""
        self.path, self.data = path, path.read_bytes()
        try:
            marker, version, flags, _, githash, self.base, root = _HEADER.unpack_from(self.data)
        except struct.error:
            marker, version, flags, githash = b"", 0, 0, b""
        if marker != b"olean" or version != _FORMAT or flags != 1:
            raise LeanCheckError(f"{path}: not a compiled module in the known format")
        self.githash = githash.decode("ascii")
        self.root = root
        self._memo: dict[int, Any] = {}

    def parts(self, at: int) -> tuple[int, tuple[int, ...], int]:
        """Return the tag, the pointers and the offset of the scalars of a constructor object."""
        if at & 1:
            return at >> 1, (), 0
        start = at - self.base
        _, _, count, tag = _OBJECT.unpack_from(self.data, start)
        return tag, struct.unpack_from(f"<{count}Q", self.data, start + 8), start + 8 + 8 * count

    def array(self, at: int) -> tuple[int, ...]:
        """Return the pointers of an array object."""
        start = at - self.base
        _, _, _, tag = _OBJECT.unpack_from(self.data, start)
        size: int = struct.unpack_from("<Q", self.data, start + 8)[0]
        if tag != _ARRAY:
            raise LeanCheckError(f"{self.path}: an array was expected at {start}")
        return struct.unpack_from(f"<{size}Q", self.data, start + 24)

    def list(self, at: int) -> list[int]:
        """Return the pointers of a `List`."""
        found: list[int] = []
        while not at & 1:
            _, (head, at), _ = self.parts(at)
            found.append(head)
        return found

    def string(self, at: int) -> str:
        """Return a string object."""
        start = at - self.base
        size: int = struct.unpack_from("<Q", self.data, start + 8)[0]
        return self.data[start + 32 : start + 31 + size].decode("utf-8")

    def natural(self, at: int) -> int:
        """Return a natural number, boxed or big."""
        if at & 1:
            return at >> 1
        start = at - self.base
        limbs, where = struct.unpack_from("<4xiQ", self.data, start + 8)
        first = where - self.base
        return int.from_bytes(self.data[first : first + 8 * limbs], "little")

    def name(self, at: int) -> str:
        """Return a `Name` with dots; a part that is a number is written as such."""
        parts: list[str] = []
        while not at & 1:
            tag, (at, last), _ = self.parts(at)
            parts.append(self.string(last) if tag == 1 else str(self.natural(last)))
        return ".".join(reversed(parts))

    def level(self, at: int) -> Level:
        """Return a universe level."""
        tag, fields, _ = self.parts(at)
        if tag == 0:
            return ("zero",)
        if tag == 1:
            return ("succ", self.level(fields[0]))
        if tag in (2, 3):
            return ("max" if tag == 2 else "imax", self.level(fields[0]), self.level(fields[1]))
        if tag == 4:
            return ("param", self.name(fields[0]))
        raise LeanCheckError(f"{self.path}: an unknown level")

    def term(self, at: int) -> Term:
        """Return a term; parts that are shared in the file are shared in the result."""
        memo, stack = self._memo, [at]
        while stack:
            top = stack[-1]
            if top in memo:
                stack.pop()
                continue
            tag, fields, scalars = self.parts(top)
            wanted = [fields[i] for i in _CHILDREN.get(tag, ()) if fields[i] not in memo]
            if wanted:
                stack += wanted
                continue
            memo[top] = self._term(tag, fields, scalars)
            stack.pop()
        result: Term = memo[at]
        return result

    def _term(self, tag: int, fields: tuple[int, ...], scalars: int) -> Term:
        memo = self._memo
        if tag == 0:
            return ("bvar", self.natural(fields[0]))
        if tag == 3:
            return ("sort", self.level(fields[0]))
        if tag == 4:
            levels = tuple(self.level(item) for item in self.list(fields[1]))
            return ("const", self.name(fields[0]), levels)
        if tag == 5:
            return ("app", memo[fields[0]], memo[fields[1]])
        if tag in (6, 7):
            kind, binder = "lam" if tag == 6 else "pi", _BINDERS[self.data[scalars + 8]]
            return (kind, self.name(fields[0]), memo[fields[1]], memo[fields[2]], binder)
        if tag == 8:
            return ("let", self.name(fields[0]), *(memo[item] for item in fields[1:4]))
        if tag == 9:
            literal, (value,), _ = self.parts(fields[0])
            return ("lit", self.string(value) if literal == 1 else self.natural(value))
        if tag == 10:
            inner: Term = memo[fields[1]]
            return inner
        if tag == 11:
            return ("proj", self.name(fields[0]), self.natural(fields[1]), memo[fields[2]])
        raise LeanCheckError(f"{self.path}: a term with a hole")


_CHILDREN = {5: (0, 1), 6: (1, 2), 7: (1, 2), 8: (1, 2, 3), 10: (1,), 11: (2,)}
"""Which fields of a term are terms, by the constructor of Lean's `Expr`."""


def _constant(image: Image, at: int) -> Constant:
    kind, (value,), _ = image.parts(at)
    _, fields, scalars = image.parts(value)
    _, (name, levels, type_), _ = image.parts(fields[0])
    word = KINDS[kind]
    unsafe = {
        "axiom": lambda: image.data[scalars] != 0,
        "def": lambda: image.data[scalars] == 0,  # safety: unsafe, safe, partial
        "opaque": lambda: image.data[scalars] != 0,
        "inductive": lambda: image.data[scalars + 1] != 0,
    }.get(word, lambda: False)()
    return Constant(
        image.name(name),
        word,
        unsafe,
        tuple(image.name(item) for item in image.list(levels)),
        image.term(type_),
        image.term(fields[1]) if word in ("def", "theorem", "opaque") else None,
        tuple(image.name(item) for item in image.list(fields[4])) if word == "inductive" else (),
    )


class Environment:
    """All constants of the compiled package, each read when it is asked for."""

    def __init__(self, files: dict[str, Path], githash: str) -> None:
        """`files` maps a module to its `.olean`, written by the Lean of commit `githash`.

        Raises LeanCheckError for a file of another Lean or format.
        """
        self.module: dict[str, str] = {}
        self._read: dict[str, Callable[[], Constant]] = {}
        self._known: dict[str, Constant] = {}
        for module, path in files.items():
            image = Image(path)
            if image.githash != githash:
                raise LeanCheckError(f"{path}: compiled by Lean {image.githash}, not {githash}")
            _, (_, names, constants, *_), _ = image.parts(image.root)
            pairs = zip(image.array(names), image.array(constants), strict=True)
            for name, at in pairs:
                text = image.name(name)
                self.module[text] = module
                self._read[text] = lambda image=image, at=at: _constant(image, at)  # type: ignore[misc]

    def __getitem__(self, name: str) -> Constant:
        """Return a constant; raise LeanCheckError if there is none of this name."""
        if name not in self._known:
            if name not in self._read:
                raise LeanCheckError(f"the compiled package has no constant {name}")
            self._known[name] = self._read[name]()
        return self._known[name]

    def __contains__(self, name: str) -> bool:
        """Say whether there is such a constant."""
        return name in self._read


def constants(term: Term) -> list[str]:
    """Return the names in a term, each once, in the order in which they stand."""
    found: dict[str, None] = {}
    seen: set[int] = set()
    stack = [term]
    while stack:
        top = stack.pop()
        if id(top) in seen:
            continue
        seen.add(id(top))
        if top[0] in ("const", "proj"):
            found.setdefault(top[1])
        stack += [part for part in reversed(top[1:]) if isinstance(part, tuple) and _is_term(part)]
    return list(found)


def _is_term(part: tuple[Any, ...]) -> bool:
    return bool(part) and part[0] in _TERMS


_TERMS = frozenset(["bvar", "sort", "const", "app", "lam", "pi", "let", "lit", "proj"])
