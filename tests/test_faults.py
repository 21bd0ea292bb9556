"""Every single change on disk of a run fails in every way, and the run is killed at each of them.

The file layer (`veriquant.files`) is wrapped: the calls of one run are counted, then the run is
repeated once for each call and fault. Whatever happens, an output is there whole or not at all, the
source is untouched, only the work folder is left behind, and the same command then ends well with
the very bytes of an undisturbed run.
"""

from __future__ import annotations

import ast
import errno
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

import veriquant
from veriquant import files
from veriquant.checker import check
from veriquant.convert.dequantize import dequantize_checkpoint
from veriquant.convert.quantize import Settings, quantize_checkpoint
from veriquant.formats.work import StorageError

#: Calls by which the layer changes the disk.
CHANGES = ("open", "write", "pwrite", "ftruncate", "fsync", "replace", "mkdir", "unlink", "rmdir",
           "fchmod")  # fmt: skip
#: Those that a full disk refuses.
NEED_ROOM = ("open", "write", "pwrite", "ftruncate", "fsync", "replace", "mkdir")
WRITES = ("write", "pwrite")
KILLED = 9


class Disk:
    """Stands for the module `os` in the file layer; `fault(name, number, call, arguments)` acts."""

    def __init__(
        self, fault: Callable[[str, int, Callable[..., Any], tuple[Any, ...]], Any]
    ) -> None:
        self.calls: list[str] = []
        self._fault = fault

    def __getattr__(self, name: str) -> Any:
        real = getattr(os, name)
        if name not in CHANGES:
            return real
        if name == "fsync":  # no power is cut here, and waiting for the disk takes most of the time
            real = os.fstat

        def call(*arguments: Any) -> Any:
            self.calls.append(name)
            return self._fault(name, len(self.calls) - 1, real, arguments)

        return call


@contextmanager
def disk(fault: Callable[..., Any]) -> Iterator[Disk]:
    """The file layer on a disk with faults."""
    wrapped = Disk(fault)
    files.os = wrapped  # type: ignore[attr-defined, assignment]
    try:
        yield wrapped
    finally:
        files.os = os  # type: ignore[attr-defined]


def no_fault(name: str, number: int, call: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    return call(*arguments)


def failing(at: int, code: int, stays: bool) -> Callable[..., Any]:
    """Call `at` fails; with `stays` every later one that needs room does as well."""

    def fault(name: str, number: int, call: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        if number == at or (stays and number > at and name in NEED_ROOM):
            raise OSError(code, os.strerror(code))
        return call(*arguments)

    return fault


def half(name: str, call: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    """A write of half of its data, at least a byte."""
    descriptor, data, *rest = arguments
    return call(descriptor, data[: max(1, len(data) // 2)], *rest)


def short(at: int) -> Callable[..., Any]:
    """Write `at` writes half of what it was given, and says so."""

    def fault(name: str, number: int, call: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        return half(name, call, arguments) if number == at else call(*arguments)

    return fault


def killing(at: int) -> Callable[..., Any]:
    """The process ends at call `at`; a write has written half by then."""

    def fault(name: str, number: int, call: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        if number == at:
            if name in WRITES:
                half(name, call, arguments)
            os._exit(KILLED)
        return call(*arguments)

    return fault


def contents(folder: Path) -> dict[str, bytes]:
    """Every file at or below a path."""
    found = [folder] if folder.is_file() else folder.rglob("*")
    return {str(p.relative_to(folder)): p.read_bytes() for p in found if p.is_file()}


@dataclass
class Scene:
    """A command that makes `out` (and what stands beside it) of `source`, in a folder `home`."""

    home: Path
    command: Callable[[], object]
    source: Path
    out: Path
    beside: tuple[Path, ...] = ()
    #: What stood at `out` before, where the command replaces it.
    before: Path | None = None

    def reset(self) -> None:
        """As before the first run."""
        for path in self.home.iterdir():
            if path not in (self.source, self.before):
                files.remove(path)
        if self.before is not None:
            target = self.out
            (shutil.copytree if self.before.is_dir() else shutil.copy)(self.before, target)

    def outputs(self) -> list[dict[str, bytes]]:
        return [contents(path) for path in (self.out, *self.beside)]


def folder_source(path: Path) -> Path:
    """A model folder with every kind of file: shards, index, configuration, others, a subfolder."""
    (path / "deep").mkdir(parents=True)
    w = np.random.default_rng(0).standard_normal((3, 10)).astype(np.float32)
    shards = {
        "a.safetensors": {"l.0.weight": w, "l.0.bias": w[0]},
        "b.safetensors": {"l.1.weight": -w},
    }
    for shard, tensors in shards.items():
        save_file(tensors, path / shard)
    names = {name: shard for shard, tensors in shards.items() for name in tensors}
    index = str({"metadata": {"total_size": 252}, "weight_map": names}).replace("'", '"')
    (path / "model.safetensors.index.json").write_text(index)
    (path / "config.json").write_text('{"a": 1}')
    (path / "deep" / "notes.txt").write_text("notes")
    return path


def scenes(base: Path) -> Iterator[tuple[str, Scene]]:
    """Every command that writes through a work folder, and `save`."""
    for name in ("quantize", "quantize a file", "replace", "dequantize", "save"):
        home = base / name
        home.mkdir(parents=True)
        source = folder_source(home / "m")
        out, command = home / "q", None
        beside: tuple[Path, ...] = (home / "q.certificate.json",)
        before = None
        if name == "quantize a file":
            shutil.copy(source / "a.safetensors", home / "m.safetensors")
            shutil.rmtree(source)
            source, out = home / "m.safetensors", home / "q.safetensors"
            beside = (home / "q.safetensors.certificate.json",)
        if name == "replace":
            before = home / "old"
            quantize_checkpoint(source, before, Settings(group_size=1))
            (home / "old.certificate.json").unlink()
        if name == "dequantize":
            quantize_checkpoint(source, home / "codes", Settings())
            shutil.rmtree(source)
            (home / "codes").rename(source)
            beside = ()
            command = lambda s=source, o=out: dequantize_checkpoint(s, o, "bfloat16")  # noqa: E731
        elif name == "save":
            tensors = veriquant.load(source)
            out, beside = home / "x.safetensors", ()
            before = home / "y.safetensors"
            veriquant.save(before, {"a": np.ones(3)})
            command = lambda o=out, t=tensors: veriquant.save(o, t)  # noqa: E731
        else:
            force = name == "replace"
            command = lambda s=source, o=out, f=force: quantize_checkpoint(  # noqa: E731
                s, o, Settings(), force=f
            )
        yield name, Scene(home, command, source, out, beside, before)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Scene, list[str], Any]]:
    """Each scene, the calls of its undisturbed run, and what that makes."""
    made = {}
    for name, scene in scenes(tmp_path_factory.mktemp("faults")):
        scene.reset()
        with disk(no_fault) as wrapped:
            scene.command()
        made[name] = (scene, wrapped.calls, scene.outputs())
    return made


def inspect(scene: Scene, wanted: list[dict[str, bytes]], source: dict[str, bytes]) -> bool:
    """What holds after any fault; whether the output is there."""
    assert contents(scene.source) == source
    old = contents(scene.before) if scene.before is not None else {}
    out = contents(scene.out)
    work = scene.out.with_name(f".{scene.out.name}.partial")
    if not out and scene.before is not None:  # the moment between two renames
        assert contents(work / "replaced") == old
    assert out in ({}, old, wanted[0]), "a part of an output under its final name"
    for path, whole in zip(scene.beside, wanted[1:], strict=True):
        assert contents(path) in ({}, whole), "a part of a certificate"
    known = {scene.source, scene.before, scene.out, *scene.beside, work}
    strangers = [p for p in scene.home.iterdir() if p not in known]
    assert all(p.name.endswith(".tmp") and p.name.startswith(".") for p in strangers), strangers
    return out == wanted[0]


def finish(scene: Scene, wanted: list[dict[str, bytes]], there: bool) -> None:
    """The same command ends well, with the very bytes, and leaves nothing else."""
    if there and scene.before is None:
        files.remove(scene.out)  # without --force it would be refused
    scene.command()
    assert scene.outputs() == wanted
    known = {scene.source, scene.before, scene.out, *scene.beside}
    left = {p for p in scene.home.iterdir() if p not in known and not p.name.endswith(".tmp")}
    assert not left, left


NAMES = ("quantize", "quantize a file", "replace", "dequantize", "save")


@pytest.mark.parametrize("name", NAMES)
def test_the_undisturbed_run_is_right(
    prepared: dict[str, tuple[Scene, list[str], Any]], name: str
) -> None:
    scene, calls, wanted = prepared[name]
    assert {"open", "pwrite", "fsync", "replace"} <= set(calls)
    assert all(wanted), "something was made"
    if scene.beside:
        scene.reset()
        scene.command()
        assert check(scene.out, scene.source).findings == []


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("code", "stays"), [(errno.ENOSPC, True), (errno.EIO, False)])
def test_every_call_fails(
    prepared: dict[str, tuple[Scene, list[str], Any]], name: str, code: int, stays: bool
) -> None:
    scene, calls, wanted = prepared[name]
    source = contents(scene.source)
    for at in range(len(calls)):
        scene.reset()
        error: OSError | StorageError | None = None
        with disk(failing(at, code, stays)) as wrapped:
            try:
                scene.command()
            except StorageError as caught:
                error = caught
                assert os.strerror(code) in str(error) and "Remedy: " in str(error)
            except files.WriteError as caught:
                error = caught
                assert name == "save" and caught.errno == code
        assert len(wrapped.calls) > at, "the fault was met"
        there = inspect(scene, wanted, source)
        # Only what is cleaned up once the output has its name may fail unheard.
        unheard = there and calls[at] in ("unlink", "rmdir")
        assert unheard or error is not None, f"call {at} ({calls[at]}) failed, nothing was said"
        if name == "save":
            assert not list(scene.home.glob(".*.tmp")) or calls[at] == "unlink"
        finish(scene, wanted, there)


@pytest.mark.parametrize("name", NAMES)
def test_every_write_is_short(prepared: dict[str, tuple[Scene, list[str], Any]], name: str) -> None:
    scene, calls, wanted = prepared[name]
    writes = [at for at, call in enumerate(calls) if call in WRITES]
    assert writes
    for at in writes:
        scene.reset()
        with disk(short(at)) as wrapped:
            scene.command()
        assert len(wrapped.calls) == len(calls) + (wrapped.calls[at] in WRITES)
        assert scene.outputs() == wanted


@pytest.mark.parametrize("name", NAMES)
def test_the_run_is_killed_at_every_call(
    prepared: dict[str, tuple[Scene, list[str], Any]], name: str
) -> None:
    scene, calls, wanted = prepared[name]
    source = contents(scene.source)
    for at in range(len(calls)):
        scene.reset()
        child = os.fork()
        if child == 0:
            try:
                with disk(killing(at)):
                    scene.command()
            finally:
                os._exit(1)  # not reached, unless the call was not
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == KILLED, (at, calls[at])
        finish(scene, wanted, inspect(scene, wanted, source))


#: Names by which modules change the disk past the layer.
FORBIDDEN_METHODS = frozenset(
    {"write_text", "write_bytes", "unlink", "rename", "rmdir", "mkdir", "touch", "symlink_to",
     "hardlink_to", "chmod"}
)  # fmt: skip
FORBIDDEN_CALLS = frozenset(
    f"os.{name}" for name in (*CHANGES, "rename", "makedirs", "truncate", "remove", "link",
                              "symlink", "fdopen", "chmod")
)  # fmt: skip


def test_nothing_changes_the_disk_past_the_layer() -> None:
    root = Path(veriquant.__file__).parent
    found = []
    for path in sorted(root.rglob("*.py")):
        if path == root / "files.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            called = ast.unparse(node.func)
            texts = [a.value for a in (*node.args, *(k.value for k in node.keywords))
                     if isinstance(a, ast.Constant) and isinstance(a.value, str)]  # fmt: skip
            opens = called.split(".")[-1] == "open" and any(
                set(text) <= set("rwaxbt+") and set(text) & set("wax+") for text in texts
            )
            if (
                opens
                or called in FORBIDDEN_CALLS
                or called.startswith(("shutil.copy", "shutil.move", "shutil.rm", "tempfile."))
                or (isinstance(node.func, ast.Attribute) and node.func.attr in FORBIDDEN_METHODS
                    and not called.startswith("files."))
            ):  # fmt: skip
                found.append(f"{path.relative_to(root)}:{node.lineno}: {called}")
    assert found == [], found


def test_one_module_alone_flushes_files() -> None:
    """Files that appear whole are written by `veriquant.files`, in the proofs' packages too."""
    root = Path(__file__).parents[1]
    own = [*(root / "impl").rglob("*.py"), *(root / "proofs").rglob("*.py"),
           *(root / "outline").rglob("*.py"), *(root / "spec").rglob("*.py")]  # fmt: skip
    flushing = [p for p in own if "fsync(" in p.read_text(encoding="utf-8")]
    assert [p.relative_to(root).as_posix() for p in flushing] == ["impl/veriquant/files.py"]
