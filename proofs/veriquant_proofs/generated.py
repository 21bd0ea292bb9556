"""Obligations of unchanged sources, without generating them again.

Generating is deterministic, so the obligations are kept under a hash of everything they depend on:
every source of the specification, the product and the generator, Python and Z3 (which prints them).
"""

from __future__ import annotations

import hashlib
import importlib
import inspect
import pkgutil
import platform
from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from veriquant_proofs.solvers.backends import version
from veriquant_proofs.solvers.cache import Cache
from veriquant_proofs.vcgen import source
from veriquant_proofs.vcgen.vc import (
    VC,
    Input,
    KernelVCs,
    Kind,
    Vacuity,
    VerificationSubsetError,
)
from veriquant_spec.markers import mark_of

#: Folders of everything that a generated obligation depends on.
#: A test keeps the kernels from importing anything else of the product.
SOURCES = ("spec/veriquant_spec", "impl/veriquant/kernels", "proofs/veriquant_proofs/vcgen")


def generated(names: Sequence[str], cache: Cache) -> list[KernelVCs]:
    """What `vcgen.generate` gives, from the cache where the sources are unchanged.

    Raises VerificationSubsetError (also for a kernel without contract), and KeyError for an
    unknown name.
    """
    if names:
        return _generate(names)
    key = {"generated": sources_sha256(), "z3": version("z3"), "python": platform.python_version()}
    kept = cache.read(key)
    if kept is not None:
        try:
            return [_kernel(entry) for entry in kept]
        except (KeyError, TypeError, ValueError):
            cache.damaged += 1
    kernels = _generate([])
    cache.write(key, [_plain(kernel) for kernel in kernels])
    return kernels


def _generate(names: Sequence[str]) -> list[KernelVCs]:
    """Generate anew, where every function says what it must do."""
    from veriquant_proofs.vcgen import generate, selected

    for function in selected(names):
        if function.mark.role != "logic" and not function.ensures:
            raise function.error(
                function.node,
                f"`{function.name}` has no contract: add @ensure, or nothing is proved",
            )
    for module in kernel_modules():
        for value in vars(module).values():
            if isinstance(value, FunctionType) and value.__module__ == module.__name__:
                _must_be_marked(value)
    return generate(names)


def kernel_modules() -> Iterator[ModuleType]:
    """The modules that hold the kernels."""
    package = importlib.import_module(source.KERNEL_PACKAGE)
    for module in pkgutil.iter_modules(package.__path__, source.KERNEL_PACKAGE + "."):
        yield importlib.import_module(module.name)


def _must_be_marked(function: FunctionType) -> None:
    plain = inspect.unwrap(function)
    if mark_of(plain) is None:
        file, line = Path(plain.__code__.co_filename), plain.__code__.co_firstlineno
        construct = f"`{plain.__name__}` is no kernel: mark it with @kernel and state its contract"
        raise VerificationSubsetError(source.shown(file), line, 0, construct)


def sources_sha256(*folders: str) -> str:
    """Hash of every Python source and data file below `folders`, by default `SOURCES`."""
    total = hashlib.sha256()
    for folder in folders or SOURCES:
        root = source.REPOSITORY / folder
        for path in sorted(p for p in root.rglob("*") if p.suffix in (".py", ".toml")):
            content = path.read_bytes()
            name = path.relative_to(source.REPOSITORY).as_posix()
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
    return tuple(Input(**entry) for entry in entries)
