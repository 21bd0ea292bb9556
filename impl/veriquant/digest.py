"""Digests of the sources: of everything that can change an output, and of what is compiled."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import veriquant_spec

_PACKAGE = Path(__file__).parent
_SPEC = Path(str(veriquant_spec.__file__)).parent

#: What a compiled function may hold: kernels, array loops, and constants that they name.
COMPILED = ("kernels", "fast", "methods", "layout.py")


@cache
def source_digest() -> str:
    """SHA-256 of every module of the quantizer and its specification.

    Certificates name it, and a conversion goes on only where it is the same. Modules that change
    no output, such as messages, are in it too: a list of those that do could miss one.
    """
    return digest_of_sources((_SPEC, _PACKAGE))


@cache
def compiled_digest() -> str:
    """SHA-256 of the modules whose code or constants can be inside a compiled function."""
    return digest_of_sources((_SPEC, *(_PACKAGE / name for name in COMPILED)))


def digest_of_sources(places: Iterable[Path]) -> str:
    """SHA-256 of names and contents of modules: files, and folders with all below."""
    digest = hashlib.sha256()
    for place in places:
        files = sorted(place.rglob("*.py")) if place.is_dir() else [place]
        for path in files:
            name, data = path.relative_to(place.parent).as_posix(), path.read_bytes()
            digest.update(f"{name} {len(data)}\n".encode())
            digest.update(data)
    return digest.hexdigest()
