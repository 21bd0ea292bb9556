"""Obligations of unchanged sources, without generating them again.

Generating is deterministic, so the obligations are kept under a hash of everything they depend on:
every file that the front end read, the generator's own sources, and Python, whose parser reads.
"""

from __future__ import annotations

import errno
import hashlib
import platform
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from veriquant_proofs.core.checks import Kind
from veriquant_proofs.core.syntax import Function
from veriquant_proofs.frontend.errors import VerificationSubsetError
from veriquant_proofs.frontend.program import Source
from veriquant_proofs.obligations import UnsupportedError, generate
from veriquant_proofs.obligations.vc import VC, Input, KernelVCs, Vacuity
from veriquant_proofs.places import REPOSITORY
from veriquant_proofs.solvers.cache import Cache

#: Folders of the program that turns files into obligations.
GENERATOR = tuple(f"proofs/veriquant_proofs/{name}" for name in ("frontend", "core", "obligations"))

#: Everything that a run of the product is about.
SOURCES = ("spec/veriquant_spec", "impl/veriquant/kernels", *GENERATOR)


def generated(source: Source, functions: Sequence[Function], cache: Cache) -> list[KernelVCs]:
    """The obligations of functions, from the cache where nothing that they depend on has changed.

    Raises VerificationSubsetError.
    """
    key = {"generated": reading_key(source), "functions": [str(f.id) for f in functions]}
    kept = cache.read(key)
    if kept is not None:
        try:
            return [_kernel(entry) for entry in kept]
        except (KeyError, TypeError, ValueError):
            cache.damaged += 1
    kernels = [_generate(source, function) for function in functions]
    cache.write(key, [_plain(kernel) for kernel in kernels])
    return kernels


def reading_key(source: Source) -> dict[str, Any]:
    """What everything derived from a source's text depends on."""
    return {
        "files": [(file.as_posix(), digest) for file, digest in source.files],
        "generator": sources_sha256(*GENERATOR),
        "python": platform.python_version(),
    }


def _generate(source: Source, function: Function) -> KernelVCs:
    try:
        return generate(source.program, function)
    except UnsupportedError as error:
        place = error.place
        raise VerificationSubsetError(
            function.file, place.line, place.column - 1, str(error)
        ) from error
    except RecursionError as error:
        message = f"`{function.id.name}` is nested too deeply"
        raise VerificationSubsetError(function.file, function.place.line, 0, message) from error


def sources_sha256(*folders: str) -> str:
    """Hash of every Python source and data file below `folders`, by default `SOURCES`."""
    total = hashlib.sha256()
    for folder in folders or SOURCES:
        root = REPOSITORY / folder
        if not root.is_dir():  # else a cache would outlive what its entries depend on
            raise FileNotFoundError(errno.ENOENT, "no sources to hash", str(root))
        for path in sorted(p for p in root.rglob("*") if p.suffix in (".py", ".toml")):
            content = path.read_bytes()
            name = path.relative_to(REPOSITORY).as_posix()
            total.update(f"{name}\0{len(content)}\0".encode() + content)
    return total.hexdigest()


def _plain(value: Any) -> Any:
    """A record as JSON holds it."""
    if isinstance(value, KernelVCs | VC | Vacuity | Input):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value) if f.init}
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return value.as_posix() if isinstance(value, Path) else value


def _kernel(entry: dict[str, Any]) -> KernelVCs:
    return KernelVCs(
        **{
            **entry,
            "file": Path(entry["file"]),
            "requirements": tuple(entry["requirements"]),
            "vcs": tuple(_vc(vc) for vc in entry["vcs"]),
            "vacuity": tuple(
                Vacuity(**{**v, "file": Path(v["file"]), "inputs": _inputs(v["inputs"])})
                for v in entry["vacuity"]
            ),
        }
    )


def _vc(entry: dict[str, Any]) -> VC:
    texts = {name: tuple(entry[name]) for name in ("path", "hypotheses", "requirements")}
    known = {"file": Path(entry["file"]), "kind": Kind(entry["kind"])}
    return VC(**{**entry, **texts, **known, "inputs": _inputs(entry["inputs"])})


def _inputs(entries: list[dict[str, Any]]) -> tuple[Input, ...]:
    return tuple(Input(**{**entry, "items": _inputs(entry["items"])}) for entry in entries)
