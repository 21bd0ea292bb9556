"""Compiles the verified kernels themselves, and the array loops that drive them, with Numba.

A kernel is compiled from the source that is proved: its module's text with assertions off
(`optimize=1`, what `python -O` does, so loop invariants vanish), and of it the function body alone,
without the contract decorators. A kernel may name other kernels, built-ins and integer constants;
anything else is an error here.

Machine code is cached on disk under a digest of every source file that it may contain, because
Numba's own cache looks only at the file of the outermost function and would keep a stale inlined
kernel. The cache lies in `$NUMBA_CACHE_DIR`, else in the user's cache folder.
"""

from __future__ import annotations

import builtins
import importlib
import logging
import os
import time
import types
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numba
from llvmlite import ir
from numba.core.caching import CompileResultCacheImpl, FunctionCache, _CacheLocator
from numba.extending import intrinsic

from veriquant.digest import compiled_digest
from veriquant_spec.markers import mark_of

KERNELS = "veriquant.kernels"
_log = logging.getLogger("veriquant")
_compile_seconds: dict[str, float] = {}


@cache
def kernel(module: str, name: str) -> Any:
    """Compiled kernel `name` of `veriquant.kernels.<module>`, callable from Python and drivers."""
    home = importlib.import_module(f"{KERNELS}.{module}")
    path = str(home.__file__)
    program = compile(Path(path).read_text(encoding="utf-8"), path, "exec", optimize=1)
    code = next(
        (c for c in program.co_consts if isinstance(c, types.CodeType) and c.co_name == name), None
    )
    mark = mark_of(getattr(home, name, kernel))
    if code is None or mark is None or mark.role != "kernel":
        raise LookupError(f"{home.__name__} has no kernel {name!r}")
    names: dict[str, Any] = {"__name__": home.__name__}
    for used in code.co_names:
        if hasattr(builtins, used) and not hasattr(home, used):
            continue
        names[used] = _compiled_global(home, name, used)
    return _jit(types.FunctionType(code, names, name))


def driver(function: Callable[..., Any]) -> Any:
    """Compile an array loop around kernels (lazily, cached on disk, without the GIL)."""
    return _jit(function)


def finite_driver(function: Callable[..., Any]) -> Any:
    """A driver over floats without NaN that does not tell -0 from 0: lets minima vectorise."""
    return _jit(function, fastmath={"nnan", "nsz"})


def search_driver(function: Callable[..., Any]) -> Any:
    """A driver that may reorder float sums so that they vectorise.

    For searches only: what it computes ranks candidates, it never becomes a stored value.
    """
    return _jit(function, fastmath={"nnan", "nsz", "reassoc", "contract"})


@intrinsic  # type: ignore[untyped-decorator]
def keep_scalar(typing: Any) -> Any:
    """In a loop body: forbids LLVM to vectorise the loop (gathering words costs twice a load)."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        builder.asm(ir.FunctionType(ir.VoidType(), []), "", "", [], True)
        return context.get_dummy_value()

    return numba.types.void(), generate


def compile_seconds() -> dict[str, float]:
    """Seconds spent compiling in this process, by function; empty when the cache held them all."""
    return dict(_compile_seconds)


def cache_folder() -> Path:
    """Where machine code is kept between processes."""
    if numba.config.CACHE_DIR:
        root = Path(numba.config.CACHE_DIR)
    else:
        base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
        root = Path(base) if base else Path.home() / ".cache"
    return root / "veriquant"


def _compiled_global(home: types.ModuleType, name: str, used: str) -> Any:
    value = getattr(home, used, None)
    if isinstance(value, int):
        return value
    mark = mark_of(value) if callable(value) else None
    if mark is not None and mark.role == "kernel":
        return kernel(value.__module__.removeprefix(KERNELS + "."), used)
    raise TypeError(f"kernel {home.__name__}.{name} uses {used!r}: not a kernel or an integer")


def _jit(function: Callable[..., Any], **options: Any) -> Any:
    compiled = numba.njit(nogil=True, **options)(function)
    # The public switch (cache=True) would install FunctionCache, whose stamp misses inlined files.
    compiled._cache = _Cache(function)
    return compiled


class _Locator(_CacheLocator):  # type: ignore[misc]
    """Places a function's machine code in the cache folder, stamped with the source digest."""

    def __init__(self, function: Callable[..., Any], path: str) -> None:
        self._py_file = path
        self._line = function.__code__.co_firstlineno

    def get_cache_path(self) -> str:
        return str(cache_folder())

    def get_source_stamp(self) -> str:
        return compiled_digest()

    def get_disambiguator(self) -> str:
        # Two installations of the package share the folder: the digest keeps them apart.
        return f"{self._line}-{compiled_digest()[:16]}"

    @classmethod
    def from_function(cls, function: Callable[..., Any], path: str) -> _Locator:
        return cls(function, path)


class _CacheFiles(CompileResultCacheImpl):  # type: ignore[misc]
    _locator_classes = (_Locator,)


class _Cache(FunctionCache):  # type: ignore[misc]
    """Numba's disk cache with our stamp; an unwritable folder costs time, never an error."""

    _impl_class = _CacheFiles

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        try:
            found = super().load_overload(sig, target_context)
        except OSError:
            found = None
        self._missed = None if found is not None else time.perf_counter()
        return found

    def save_overload(self, sig: Any, data: Any) -> None:
        if self._missed is not None:
            name, seconds = self._py_func.__name__, time.perf_counter() - self._missed
            _compile_seconds[name] = _compile_seconds.get(name, 0.0) + seconds
            _log.info("compiled %s in %.1f s", name, seconds)
        try:
            super().save_overload(sig, data)
        except OSError as error:
            _log.info("compiled code not cached: %s", error)
