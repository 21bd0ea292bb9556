"""`checker.check` with any field of any file of a wrong kind: findings, or its one error."""

from __future__ import annotations

import copy
import json
import shutil
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from checkpoints import good, header_of, weights, write_file
from veriquant.checker import UnreadableError, check

ABSENT = object()
#: A value of every kind of JSON, and some that are out of range.
KINDS: tuple[Any, ...] = (
    ABSENT, None, True, 0, -1, 2**70, 0.5, "", "x", [], [1], [[]], {}, {"a": {}}, [None, {}],
)  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where something stands in a JSON value, the whole among it."""
    yield path
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield from places(value[key], (*path, key))


def changed(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """`value` with `new` at `path`, or without it."""
    if not path:
        return None if new is ABSENT else new
    result = copy.deepcopy(value)
    holder = result
    for key in path[:-1]:
        holder = holder[key]
    if new is ABSENT:
        del holder[path[-1]]
    else:
        holder[path[-1]] = new
    return result


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A source folder with an index and a configuration, and its quantization."""
    base = tmp_path_factory.mktemp("check")
    source, out = base / "m", base / "q"
    source.mkdir()
    write_file(source / "a.safetensors", {"l.weight": weights(0, 3, 9), "l.bias": weights(1, 1, 3)})
    index = {"metadata": {"total_size": 120}, "weight_map": {
        "l.weight": "a.safetensors", "l.bias": "a.safetensors"}}  # fmt: skip
    (source / "model.safetensors.index.json").write_text(json.dumps(index))
    (source / "config.json").write_text(json.dumps({"model_type": "x"}))
    good("quantize", source, "-o", out, "--include", "l.weight")
    assert check(out, source).findings == []
    return source, out


def verdict(out: Path, source: Path, certificate: Path | None = None) -> str:
    """What `check` says; anything but a result or its own error fails the test."""
    try:
        result = check(out, source, certificate, jobs=1)
    except UnreadableError as error:
        assert str(error)
        return "unreadable"
    assert all(str(finding) for finding in result.findings)
    return "broken" if result.findings else "holds"


def test_certificates(folders: tuple[Path, Path], tmp_path: Path) -> None:
    source, out = folders
    original = json.loads(out.with_name("q.certificate.json").read_text())
    path = tmp_path / "c.json"
    passed = []
    for place in places(original):
        for new in KINDS:
            value = changed(original, place, new)
            if value == original:
                continue
            path.write_text(json.dumps(value))
            if verdict(out, source, path) == "holds":
                passed.append((place, new))
    # What no file can contradict, and is of the right form.
    free = {("code", "version"), ("verification", "reason"), ("settings", "include"),
            ("settings", "exclude")}  # fmt: skip
    assert {place[:2] for place, _ in passed} <= free, passed


@pytest.mark.parametrize("side", ["source", "out"])
@pytest.mark.parametrize("name", ["model.safetensors.index.json", "config.json"])
def test_indexes_and_configurations(
    folders: tuple[Path, Path], tmp_path: Path, side: str, name: str
) -> None:
    source, out = (Path(shutil.copytree(f, tmp_path / f.name)) for f in folders)
    shutil.copy(folders[1].with_name("q.certificate.json"), tmp_path)
    path = (source if side == "source" else out) / name
    original = json.loads(path.read_text())
    for place in places(original):
        for new in KINDS:
            value = changed(original, place, new)
            if value != original:
                path.write_text(json.dumps(value))
                verdict(out, source)


def test_metadata_of_tensors(folders: tuple[Path, Path], tmp_path: Path) -> None:
    source, out = (Path(shutil.copytree(f, tmp_path / f.name)) for f in folders)
    shutil.copy(folders[1].with_name("q.certificate.json"), tmp_path)
    path = out / "a.safetensors"
    header, start = header_of(path)
    data = path.read_bytes()[start:]
    original = json.loads(header["__metadata__"]["veriquant"])
    for place in places(original):
        for new in KINDS:
            value = changed(original, place, new)
            if value == original:
                continue
            header["__metadata__"]["veriquant"] = json.dumps(value)
            text = json.dumps(header).encode()
            path.write_bytes(struct.pack("<Q", len(text)) + text + data)
            assert verdict(out, source) != "holds", (place, new)


def test_paths_of_any_kind_and_files_that_cannot_be_read(
    folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    source, out = folders
    certificate = f"{out}.certificate.json"
    assert check(str(out), str(source), certificate).findings == []
    with pytest.raises(ValueError, match="jobs must be at least 1, got 0"):
        check(out, source, jobs=0)
    for arguments in ((out, source / "none"), (out / "none", source), (out, source, out)):
        with pytest.raises(UnreadableError):
            check(*arguments)

    def refuse(path: Path) -> str:
        raise PermissionError(13, "Permission denied", str(path))

    # By the module's name: the package's attribute `check` is the function.
    monkeypatch.setattr(sys.modules["veriquant.checker.check"], "file_sha256", refuse)
    with pytest.raises(UnreadableError, match=r"config\.json: Permission denied"):
        check(out, source)
