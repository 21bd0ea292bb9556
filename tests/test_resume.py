"""A run that goes on publishes the source as it is now; options of the commands that write."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import veriquant
from checkpoints import bad, good, run, weights, write_file, write_folder
from veriquant import files
from veriquant.convert.dequantize import dequantize_checkpoint
from veriquant.convert.quantize import Settings, quantize_checkpoint
from veriquant.formats.errors import BadInputError
from veriquant.formats.work import StorageError, WorkFolder


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def interrupt(monkeypatch: pytest.MonkeyPatch, name: str, start: Callable[[], Any]) -> None:
    """Run `start` and end it while the file `name` is being copied, half of it written."""

    def dying(source: Path, target: Path) -> str:
        if source.name != name:
            return real(source, target)
        target.write_bytes(source.read_bytes()[: source.stat().st_size // 2])
        raise KeyboardInterrupt

    real = files.copy
    monkeypatch.setattr(files, "copy", dying)
    with pytest.raises(KeyboardInterrupt):
        start()
    monkeypatch.setattr(files, "copy", real)


def model(tmp_path: Path) -> Path:
    """A model folder with files before and after the one that a run is ended in."""
    source = write_folder(tmp_path / "m")
    (source / "a-first.txt").write_text("first")
    (source / "large.bin").write_bytes(bytes(range(256)) * 4096)
    (source / "z-last.txt").write_text("last")
    return source


@pytest.mark.parametrize("command", ["quantize", "dequantize"])
def test_what_left_the_source_after_a_kill_is_not_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    source, out = model(tmp_path), tmp_path / "q"

    def start() -> None:
        if command == "quantize":
            quantize_checkpoint(source, out, Settings())
        else:
            dequantize_checkpoint(source, out)

    if command == "dequantize":
        good("quantize", source, "-o", tmp_path / "codes")
        shutil.rmtree(source)
        shutil.move(tmp_path / "codes", source)
    interrupt(monkeypatch, "large.bin", start)
    assert (tmp_path / ".q.partial" / "made" / "a-first.txt").exists()
    (source / "a-first.txt").unlink()
    (source / "large.bin").unlink()
    good(command, source, "-o", out)
    assert set(contents(out)) == set(contents(source))
    if command == "quantize":
        good("check", out, "--against", source)


@pytest.mark.parametrize("change", ["new", "edited", "same size and time", "renamed"])
def test_any_change_of_the_source_starts_afresh(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    source, out = model(tmp_path), tmp_path / "q"
    interrupt(monkeypatch, "large.bin", lambda: quantize_checkpoint(source, out, Settings()))
    path = source / "a-first.txt"
    stat = path.stat()
    if change == "new":
        (source / "new.txt").write_text("new")
    elif change == "edited":
        path.write_text("other text")
    elif change == "same size and time":
        path.write_text("FIRST")
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    else:
        path.rename(source / "b-first.txt")
    good("quantize", source, "-o", out)
    copied = {name: data for name, data in contents(source).items() if name.endswith(".txt")}
    assert {name: data for name, data in contents(out).items() if name in copied} == copied
    good("check", out, "--against", source)


def test_an_unchanged_source_goes_on_and_repeats_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, out = model(tmp_path), tmp_path / "q"
    interrupt(monkeypatch, "large.bin", lambda: quantize_checkpoint(source, out, Settings()))
    made: list[str] = []
    real = WorkFolder.make

    def noting(self: WorkFolder, name: str, write: Callable[[Path], Any]) -> Any:
        return real(self, name, lambda path: (made.append(name), write(path))[1])

    monkeypatch.setattr(WorkFolder, "make", noting)
    good("quantize", source, "-o", out)
    assert made == [
        "large.bin", "tokenizer.json", "z-last.txt",
        "model.safetensors.index.json",
    ]  # fmt: skip
    good("quantize", source, "-o", tmp_path / "fresh")
    assert contents(out) == contents(tmp_path / "fresh")
    good("check", out, "--against", source)


def test_strangers_in_the_work_folder_are_not_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, out = model(tmp_path), tmp_path / "q"
    interrupt(monkeypatch, "large.bin", lambda: quantize_checkpoint(source, out, Settings()))
    made = tmp_path / ".q.partial" / "made"
    (made / "deep").mkdir()
    (made / "deep" / "config.json.tmp").write_text("x")
    (made / "large.bin.tmp").write_text("x")
    good("quantize", source, "-o", out)
    assert set(contents(out)) == set(contents(source)) and not (out / "deep").exists()


@pytest.mark.parametrize("how", ["deleted", "edited", "added"])
def test_a_source_that_changes_during_the_run_is_refused(tmp_path: Path, how: str) -> None:
    source, out = model(tmp_path), tmp_path / "q"

    def change(count: int) -> None:
        if how == "deleted":
            (source / "a-first.txt").unlink(missing_ok=True)
        elif how == "edited":
            (source / "model-00001-of-00002.safetensors").touch()
        else:
            (source / "added.txt").write_text("x")

    # A deleted file is missed when it is to be copied, any other change at the end.
    with pytest.raises((BadInputError, FileNotFoundError), match=r"changed during|a-first\.txt"):
        quantize_checkpoint(source, out, Settings(), lambda checkpoint: change)
    assert sorted(p.name for p in tmp_path.iterdir() if p.name != ".q.partial") == ["m"]
    good("quantize", source, "-o", out)
    assert set(contents(out)) == set(contents(source))


@pytest.mark.parametrize("damage", [b"", b"[]\n", b"{}\n{", b"\xff\n", b'{"identity": 1}\n', None])
def test_a_damaged_journal_starts_afresh(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: bytes | None
) -> None:
    source, out = model(tmp_path), tmp_path / "q"
    interrupt(monkeypatch, "large.bin", lambda: quantize_checkpoint(source, out, Settings()))
    journal = tmp_path / ".q.partial" / "journal"
    journal.write_bytes(journal.read_bytes()[:-7] if damage is None else damage)
    good("quantize", source, "-o", out)
    good("check", out, "--against", source)
    assert set(contents(out)) == set(contents(source))


@pytest.mark.parametrize("share", [0.02, 0.3, 0.5, 0.7, 0.95])
@pytest.mark.parametrize("flip", [1, 0x20])
def test_no_changed_byte_of_a_journal_reaches_the_certificate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, share: float, flip: int
) -> None:
    """Digits, names and braces alike: what a line said before it was damaged is not used."""
    source, out = model(tmp_path), tmp_path / "q"
    interrupt(monkeypatch, "large.bin", lambda: quantize_checkpoint(source, out, Settings()))
    journal = tmp_path / ".q.partial" / "journal"
    data = bytearray(journal.read_bytes())
    data[int(share * len(data))] ^= flip
    journal.write_bytes(bytes(data))
    good("quantize", source, "-o", out)
    assert "every claim holds" in good("check", out, "--against", source)


def test_space_is_asked_for_what_is_left_and_for_every_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, out = model(tmp_path), tmp_path / "q"
    good("quantize", source, "-o", tmp_path / "fresh")
    sizes = {name: len(data) for name, data in contents(tmp_path / "fresh").items()}
    shards = sum(size for name, size in sizes.items() if name.endswith(".safetensors"))

    def disk(free: int) -> None:
        monkeypatch.setattr(
            "veriquant.formats.work.shutil.disk_usage", lambda path: type("U", (), {"free": free})
        )

    disk(shards + len((source / "large.bin").read_bytes()))  # the small files have no room
    with pytest.raises(StorageError, match=r"the output needs [\d,]+ bytes, the disk has"):
        quantize_checkpoint(source, out, Settings())
    assert not (tmp_path / ".q.partial").exists()
    monkeypatch.undo()
    interrupt(monkeypatch, "large.bin", lambda: quantize_checkpoint(source, out, Settings()))
    disk(sum(sizes.values()) - shards)
    good("quantize", source, "-o", out)
    assert contents(out) == contents(tmp_path / "fresh")


def test_a_foreign_certificate_is_not_replaced(tmp_path: Path) -> None:
    source, out = write_file(tmp_path / "m.safetensors"), tmp_path / "q.safetensors"
    certificate = tmp_path / "q.safetensors.certificate.json"
    for text in ("my own notes", '{"schema": "mine"}', "[]", '{"schema": null}', "[" * 10**5):
        certificate.write_text(text)
        message = bad("quantize", source, "-o", out)
        assert "q.safetensors.certificate.json" in message and "--force" in message
        assert certificate.read_text() == text and not out.exists()
        assert not (tmp_path / ".q.safetensors.partial").exists()
    good("quantize", source, "-o", out, "--force")
    good("check", out, "--against", source)
    out.unlink()  # the certificate of an output that is gone is ours to replace
    good("quantize", source, "-o", out, "--group-size", 8)
    good("check", out, "--against", source)
    out.unlink()
    certificate.unlink()
    certificate.mkdir()
    assert "a folder stands" in bad("quantize", source, "-o", out, "--force")


def test_force_replaces_a_checkpoint_and_nothing_else(tmp_path: Path) -> None:
    source, out = write_folder(tmp_path / "m"), tmp_path / "q"
    good("quantize", source, "-o", out, "--group-size", 8)
    (out / "stale.txt").write_text("of the old output")
    assert "--force" in bad("quantize", source, "-o", out)
    good("quantize", source, "-o", out, "--force")
    good("check", out, "--against", source)
    assert set(contents(out)) == set(contents(source))
    good("dequantize", out, "-o", tmp_path / "f")
    good("dequantize", out, "-o", tmp_path / "f", "--force", "--dtype", "source")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["f", "m", "q", "q.certificate.json"]
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "letter.txt").write_text("x")
    assert "replaces checkpoints alone" in bad("quantize", source, "-o", mine, "--force")
    shard = source / "model-00001-of-00002.safetensors"
    for target in (source, tmp_path, source / "inside"):
        bad("quantize", source, "-o", target, "--force")
    bad("quantize", shard, "-o", shard, "--force")
    bad("quantize", source / "model.safetensors.index.json", "-o", source, "--force")
    assert contents(mine) == {"letter.txt": b"x"} and shard.exists()


def test_an_output_that_could_not_be_replaced_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, out = write_folder(tmp_path / "m"), tmp_path / "q"
    good("quantize", source, "-o", out, "--group-size", 8)
    before, real = contents(out), files.rename

    def failing(old: Path, new: Path) -> None:
        if new == out and old.name == "made":
            raise files.WriteError(5, "Input/output error", str(new))
        real(old, new)

    monkeypatch.setattr(files, "rename", failing)
    with pytest.raises(StorageError, match="Input/output error"):
        quantize_checkpoint(source, out, Settings(), force=True)
    assert contents(out) == before
    monkeypatch.undo()
    good("quantize", source, "-o", out, "--force")
    good("check", out, "--against", source)


def test_a_dry_run_checks_and_writes_nothing(tmp_path: Path) -> None:
    source, out = write_folder(tmp_path / "m"), tmp_path / "q"
    before = sorted(tmp_path.rglob("*"))
    text = good("quantize", source, "-o", out, "--dry-run")
    assert "layers.0.up.weight" in text and "copy 6, quantize 4" in text, text
    assert sorted(tmp_path.rglob("*")) == before
    good("quantize", source, "-o", out)
    stored = json.loads((tmp_path / "q.certificate.json").read_text())["totals"]["stored_bytes"]
    assert f"{stored:,} bytes of tensors" in text
    assert "exists already" in bad("quantize", source, "-o", out, "--dry-run")
    before = sorted(tmp_path.rglob("*"))
    text = good("dequantize", out, "-o", tmp_path / "f", "--dry-run")
    assert "copy 6, dequantize 4" in text, text
    assert sorted(tmp_path.rglob("*")) == before


def test_quiet_and_verbose(tmp_path: Path) -> None:
    source, out = write_file(tmp_path / "m.safetensors"), tmp_path / "q.safetensors"
    result = run("quantize", source, "-o", out, "--quiet")
    assert (result.exit_code, result.output) == (0, "")
    result = run("dequantize", out, "-o", tmp_path / "f.safetensors", "-q")
    assert (result.exit_code, result.output) == (0, "")
    result = run("quantize", source, "-o", out, "-v", "--force")
    assert result.exit_code == 0
    for name in veriquant.load(source):
        assert name in result.stderr and name not in result.stdout
    stated = json.loads(Path(f"{out}.certificate.json").read_text())["tensors"]
    for name, record in stated.items():  # the bits that are stored
        line = next(x for x in result.stderr.split("\n") if x.startswith(f"{name}:"))
        assert f"{record['bits_per_weight']:.3f} bits per weight" in line
    result = run("quantize", source, "-o", out, "-v", "--quiet")
    assert result.exit_code == 2 and "exclude each other" in result.stderr


def test_layer_folders_and_removal(tmp_path: Path) -> None:
    files.make_folder(tmp_path / "a" / "b")
    files.make_folder(tmp_path / "a" / "b")
    files.write_text(tmp_path / "a" / "b" / "c" / "t", "text")
    (tmp_path / "a" / "link").symlink_to(tmp_path / "kept")
    (tmp_path / "kept").mkdir()
    with pytest.raises(files.WriteError, match="a file stands"):
        files.make_folder(tmp_path / "a" / "b" / "c" / "t" / "u")
    files.remove(tmp_path / "a")
    files.remove(tmp_path / "a")
    assert [p.name for p in tmp_path.iterdir()] == ["kept"]


def test_save_replaces_whole_and_leaves_no_temporary(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.safetensors"
    veriquant.save(path, {"a": weights(0, 3, 4)})
    before = path.read_bytes()

    def full(*_: Any) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("veriquant.files.os.pwrite", full)
    with pytest.raises(OSError, match="No space left"):
        veriquant.save(path, {"a": weights(1, 3, 4)})
    assert path.read_bytes() == before and [p.name for p in tmp_path.iterdir()] == [path.name]
