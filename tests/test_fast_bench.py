"""The speed measures run, count right and report missed goals; no assertion on time itself."""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("gguf")
pytest.importorskip("matplotlib")

from veriquant_proofs.bench import __main__ as command
from veriquant_proofs.bench import speed


def test_contenders_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speed, "_calls_in_a_turn", lambda work: 3)
    order: list[str] = []
    times = speed.take_turns({n: lambda n=n: order.append(n) for n in "ab"}, 2)  # type: ignore[misc]
    assert order == (["a"] * 3 + ["b"] * 3) * 2
    assert {n: len(t) for n, t in times.items()} == {"a": 2, "b": 2}
    assert all(second > 0 for t in times.values() for second in t)


def test_short_calls_are_repeated_within_a_turn() -> None:
    assert speed._calls_in_a_turn(lambda: None) > 100
    assert speed._calls_in_a_turn(lambda: time.sleep(speed.TURN_SECONDS)) == 1


def test_ratio_is_the_median_within_rounds() -> None:
    assert speed.ratio({"slow": [2, 9, 40], "fast": [1, 3, 10]}, "slow", "fast") == 3


def test_processor_time_is_kept_apart() -> None:
    processor: speed.Times = {}
    speed.take_turns({"a": lambda: sum(range(20000))}, 2, processor)
    assert len(processor["a"]) == 2 and min(processor["a"]) > 0


def test_copy_is_a_copy() -> None:
    source = np.arange(12.0).reshape(4, 3)
    target = np.zeros_like(source)
    speed.copy_rows(target, source)
    np.testing.assert_array_equal(target, source)


def test_peak_memory_counts_arrays() -> None:
    found = speed.memory(256)
    assert found["matrix_bytes"] == 4 * 256 * 256
    stored = found["stored_bytes"] / found["matrix_bytes"]
    assert stored < found["peak_over_matrix"]["quantize"] < 2
    assert 1 <= found["peak_over_matrix"]["dequantize"] < 1.2


def test_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speed, "PRODUCT_SIZES", ((8, 256),))
    monkeypatch.setattr(speed, "first_call", lambda: dict.fromkeys(
        ("compiling_seconds", "cached_seconds"), 1.0))  # fmt: skip
    monkeypatch.setattr(speed, "scaling", lambda sizes, rounds: SCALING([32, 64], rounds))
    monkeypatch.setattr(speed, "whole_tensor", lambda size, rounds: WHOLE(64, rounds))
    monkeypatch.setattr(speed, "memory", lambda size: MEMORY(64))
    monkeypatch.setattr(
        speed, "GOALS",
        {"dequantize, share of the copy rate": 1e9, "packed GEMV 8x256, times float32 BLAS": 0.0,
         "packed GEMV 1x1, times float32 BLAS": 0.0},
    )  # fmt: skip
    assert command.main(["speed", "--quick", "--out", str(tmp_path)]) == 0
    result = json.loads((tmp_path / "speed.json").read_text())
    assert [goal["met"] for goal in result["goals"]] == [False, True]  # the third was not measured
    assert result["environment"]["threads"] >= 1
    text = (tmp_path / "speed.md").read_text()
    assert "| dequantize, share of the copy rate | 1e+09 |" in text and "**missed**" in text
    assert ("Other programs were running" in text) == (result["load"] > speed.QUIET_LOAD)
    assert (tmp_path / "speed.png").stat().st_size > 10_000
    assert (tmp_path / "speed.svg").read_text().startswith("<?xml")


def test_unknown_measure(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["sped"]) == 2
    assert "unknown measure 'sped'; one of speed" in capsys.readouterr().err


SCALING, WHOLE, MEMORY = speed.scaling, speed.whole_tensor, speed.memory
