"""Work on a checkpoint grows with the number of its tensors, not with its square."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors
from safetensors.numpy import save_file

import veriquant
from veriquant.checker import check
from veriquant.convert.dequantize import dequantize_checkpoint
from veriquant.convert.diff import diff_checkpoints
from veriquant.convert.inspect import inspect_checkpoint
from veriquant.convert.quantize import Settings, quantize_checkpoint

COUNTS = (150, 300)


def commands(folder: Path) -> dict[str, Callable[[], object]]:
    """What can be done with `m.safetensors` of a folder, in an order that works."""
    source, out = folder / "m.safetensors", folder / "q.safetensors"
    return {
        "quantize": lambda: quantize_checkpoint(source, out, Settings()),
        "check": lambda: check(out, source, jobs=1),
        "load": lambda: veriquant.load(out),
        "inspect": lambda: inspect_checkpoint(out),
        "inspect against": lambda: inspect_checkpoint(out, source),
        "dequantize": lambda: dequantize_checkpoint(out, folder / "f.safetensors"),
        "diff": lambda: list(diff_checkpoints(source, out)),
        "diff of equals": lambda: list(diff_checkpoints(out, out)),
    }


def calls_of(work: Callable[[], object]) -> int:
    """Calls that Python makes, resumed generators among them."""
    count = 0

    def note(frame: Any, event: str, argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def test_calls_and_openings_grow_with_the_number_of_tensors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Path] = []

    def noting(path: Path, *arguments: Any, **options: Any) -> Any:
        opened.append(path)
        return safetensors.safe_open(path, *arguments, **options)

    for name, module in list(sys.modules.items()):
        if name.startswith("veriquant.") and hasattr(module, "safe_open"):
            monkeypatch.setattr(module, "safe_open", noting)
    calls: dict[str, list[int]] = {}
    openings: dict[str, list[int]] = {}
    for count in (2, *COUNTS):  # the first pass compiles
        folder = tmp_path / str(count)
        folder.mkdir()
        w = np.random.default_rng(0).standard_normal((2, 6)).astype(np.float32)
        save_file({f"l.{i}.weight": w + i for i in range(count)}, folder / "m.safetensors")
        for name, work in commands(folder).items():
            opened.clear()
            made = calls_of(work)
            if count in COUNTS:
                calls.setdefault(name, []).append(made)
                openings.setdefault(name, []).append(len(opened))
    for name, (few, many) in calls.items():
        assert few > COUNTS[0], name
        assert many / few < 2.1, f"{name}: {few} and {many} calls for {COUNTS} tensors"
    for name, (few, many) in openings.items():
        assert 0 < few == many < 12, f"{name}: files opened {few} and {many} times"


def test_more_shards_than_are_held_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("veriquant.formats.reader.MAX_OPEN", 2)
    source, out = tmp_path / "m", tmp_path / "q"
    source.mkdir()
    for i in range(5):
        w = np.random.default_rng(i).standard_normal((3, 8)).astype(np.float32)
        names = (f"b{i}.weight", f"a{4 - i}.weight")  # sorted by name, the shards take turns
        save_file(dict.fromkeys(names, w), source / f"{i}.safetensors")
    quantize_checkpoint(source, out, Settings())
    quantize_checkpoint(source, tmp_path / "again", Settings(group_size=1))
    assert len(inspect_checkpoint(out, source)) == 10
    assert {d.name for d in diff_checkpoints(source, out)} == set(veriquant.load(source))
    found = [d.name for d in diff_checkpoints(tmp_path / "again", out)]
    assert found == sorted(veriquant.load(source))


def test_the_bench_compares_two_numbers_of_tensors(tmp_path: Path) -> None:
    from veriquant_proofs.bench import files

    w = np.random.default_rng(0).standard_normal((8, 8)).astype(np.float32)
    save_file({"a.weight": w}, tmp_path / "warm.safetensors")
    many = files._many(tmp_path, [3, 30], 1)
    assert set(many["commands"]) == {"quantize", "check", "load", "inspect", "dequantize", "diff"}
    for part in many["commands"].values():
        assert part["ratio"] == pytest.approx(part["seconds"][1] / part["seconds"][0])
        assert part["milliseconds_per_tensor"] == pytest.approx(1000 * part["seconds"][1] / 30)
    many["commands"]["load"] |= {"ratio": 12.5, "met": False}
    table = files._many_table(many)
    assert "3 tensors, s | 30 tensors, s" in table
    assert [line.endswith("| **no** |") for line in table.splitlines() if "| load |" in line]


def test_a_difference_of_infinity_is_told_as_infinite(tmp_path: Path) -> None:
    finite, other = (np.ones((2, 4), np.float32) for _ in range(2))
    other[1, 2] = np.inf
    save_file({"w": finite}, tmp_path / "a.safetensors")
    save_file({"w": other}, tmp_path / "b.safetensors")
    (found,) = diff_checkpoints(tmp_path / "a.safetensors", tmp_path / "b.safetensors")
    assert (found.weights, found.largest, found.channel) == (1, np.inf, 1)
    assert "by up to inf" in str(found)
