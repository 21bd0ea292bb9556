"""The command line itself: help, version, plug-ins, tables, JSON, exit codes, progress."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from importlib.metadata import EntryPoint, version
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer
from rich.console import Console

from checkpoints import QUANTIZED, bad, good, mixed_tensors, patch, run, weights, write_file
from veriquant import cli
from veriquant.convert import progress
from veriquant.fast import threads

COMMANDS = ("quantize", "dequantize", "inspect", "diff", "check")


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    source, out = write_file(tmp_path / "m.safetensors"), tmp_path / "q.safetensors"
    good("quantize", source, "-o", out)
    return source, out


def test_version_and_help() -> None:
    assert good("--version") == f"veriquant {version('veriquant')}\n"
    text = good("--help")
    for command in COMMANDS:
        assert command in text
        assert f"veriquant {command} " in good(command, "--help"), "help has an example"
    assert run("nonsense").exit_code == 2


#: A command, and the modules that it must do without: each costs a tenth of a second or more.
LIGHT = {
    "--help": ("numpy", "numba", "safetensors", "ml_dtypes"),
    "inspect": ("numba", "llvmlite", "veriquant.fast.grid"),
}


@pytest.mark.parametrize("command", LIGHT)
def test_commands_do_not_import_what_is_slow(tmp_path: Path, command: str) -> None:
    arguments = [command]
    if command == "inspect":
        out = tmp_path / "q.safetensors"
        good("quantize", write_file(tmp_path / "m.safetensors"), "-o", out)
        arguments.append(str(out))
    script = (
        f"import sys\nsys.argv = ['veriquant', *{arguments!r}]\nfrom veriquant import cli\n"
        "try:\n    cli.main()\nexcept SystemExit:\n    pass\n"
        f"print([m for m in {LIGHT[command]!r} if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_own_commands_start_without_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    assert cli._own_commands() == {*COMMANDS, "calibrate", "import-gguf", "perplexity"}
    asked: list[str] = []
    monkeypatch.setattr(cli, "entry_points", lambda group: asked.append(group) or [])
    monkeypatch.setattr(cli, "app", lambda: None)
    monkeypatch.setattr(cli, "_own_commands", lambda: {"inspect"})
    for arguments, finds in ((["inspect", "x"], False), (["verify"], True), ([], True)):
        asked.clear()
        monkeypatch.setattr(sys, "argv", ["veriquant", *arguments])
        cli.main()
        assert bool(asked) == finds, arguments


def test_a_cold_cache_is_told(tmp_path: Path) -> None:
    source, out = write_file(tmp_path / "m.safetensors"), tmp_path / "q.safetensors"
    good("quantize", source, "-o", out)
    told = "veriquant: compiling the kernels for this machine"

    def stderr(number: int, *options: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "veriquant.cli", "dequantize", str(out), "-o",
             str(tmp_path / f"{number}.safetensors"), *options],
            capture_output=True, text=True, check=True,
            env={**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "cache")},
        )  # fmt: skip
        return done.stderr

    assert stderr(0).count(told) == 1, "a cold cache"
    assert told not in stderr(1), "a warm one"
    shutil.rmtree(tmp_path / "cache")
    assert stderr(2, "--quiet") == ""


def test_plugins_join_and_broken_ones_do_not_break(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def register(app: typer.Typer) -> None:
        @app.command()
        def extra() -> None:
            typer.echo("extra")

    class Good(EntryPoint):
        def load(self) -> Any:
            return register

    points = [
        Good("a", "x:y", cli.PLUGIN_GROUP),
        EntryPoint("broken", "no_such_module_anywhere:register", cli.PLUGIN_GROUP),
    ]
    monkeypatch.setattr(cli, "entry_points", lambda group: points)
    target = typer.Typer()
    assert cli.load_plugins(target) == ["a"]
    assert "plug-in 'broken' not loaded" in capsys.readouterr().err
    assert len(target.registered_commands) == 1


def test_the_default_output_stands_beside_the_input(tmp_path: Path) -> None:
    source = write_file(tmp_path / "m.safetensors")
    text = good("quantize", source)
    assert (tmp_path / "m.veriquant.safetensors").exists()
    assert "m.veriquant.safetensors: 4 tensors at " in text
    assert "m.veriquant.safetensors.certificate.json: certificate" in text
    good("dequantize", tmp_path / "m.veriquant.safetensors")
    assert (tmp_path / "m.veriquant.float.safetensors").exists()


def test_inspect_counts_every_stored_bit(files: tuple[Path, Path]) -> None:
    _, out = files
    value = json.loads(good("inspect", out, "--json"))
    tensors = {t["name"]: t for t in value["tensors"]}
    assert set(tensors) == set(mixed_tensors())
    quantized = [t for t in value["tensors"] if t["method"]]
    assert [t["name"] for t in quantized] == list(QUANTIZED)
    n, k = tensors["layers.0.down.weight"]["shape"]
    pairs = 39
    bits = 8 * (n * 35 + 2 * 2 * n + 2 * n + n + 2 * 2 * pairs)  # packed, S, k, z, perm
    assert tensors["layers.0.down.weight"]["bits_per_weight"] == bits / (n * k)
    assert tensors["layers.0.down.weight"]["stored_bytes"] == bits // 8
    assert tensors["steps"]["bits_per_weight"] == 64
    weights_total = sum(t["shape"][0] * t["shape"][1] for t in quantized)
    stored = sum(t["stored_bytes"] for t in quantized)
    assert value["total"]["bits_per_weight"] == 8 * stored / weights_total
    header = out.stat().st_size - value["total"]["stored_bytes"]
    assert 0 < header < 4096, "what is not counted is the header alone"


def test_inspect_measures_what_the_certificate_says(files: tuple[Path, Path]) -> None:
    source, out = files
    stated = json.loads(good("inspect", out, "--json"))
    measured = json.loads(good("inspect", out, "--against", source, "--json"))
    assert stated == measured
    tensor = next(t for t in stated["tensors"] if t["name"] == QUANTIZED[1])
    w, restored = mixed_tensors()[QUANTIZED[1]], _restored(out, QUANTIZED[1])
    error = restored.astype(np.float64) - w
    assert tensor["relative_error"] == pytest.approx(np.linalg.norm(error) / np.linalg.norm(w))
    rows = np.linalg.norm(error, axis=1)
    assert tensor["worst_channel"] == int(rows.argmax())
    assert tensor["worst_channel_error"] == pytest.approx(rows.max())
    (out.parent / "q.safetensors.certificate.json").unlink()
    alone = json.loads(good("inspect", out, "--json"))
    assert all(t["relative_error"] is None for t in alone["tensors"])


def _restored(out: Path, name: str) -> Any:
    import veriquant

    return veriquant.load(out)[name].dequantize()


def test_inspect_prints_a_table(files: tuple[Path, Path]) -> None:
    text = good("inspect", files[1])
    for name in mixed_tensors():
        assert name in text
    row = next(line for line in text.splitlines() if "layers.0.down.weight" in line)
    assert "17x77" in row and "rtn g64" in row and "0.49" in row


def test_diff(files: tuple[Path, Path], tmp_path: Path) -> None:
    source, out = files
    assert good("diff", out, out) == "no tensor differs\n"
    copy = tmp_path / "c.safetensors"
    copy.write_bytes(out.read_bytes())
    patch(copy, "layers.0.up.weight.packed", 0, lambda byte: byte ^ 1)
    result = run("diff", out, copy)
    assert result.exit_code == 1
    assert "layers.0.up.weight: rtn, group size 64: 1 of 2304 weights differ" in result.stdout
    assert "(channel 0)" in result.stdout and "1 tensors differ" in result.stdout
    result = run("diff", source, out)
    assert result.exit_code == 1
    assert result.stdout.count("weights differ") == len(QUANTIZED)
    tensors = mixed_tensors()
    tensors["steps"] = np.arange(1, 6)
    tensors["new"] = tensors.pop("lm_head.weight")
    tensors["layers.0.bias"] = tensors["layers.0.bias"][:-1]
    result = run("diff", source, write_file(tmp_path / "d.safetensors", tensors))
    assert result.exit_code == 1
    assert "steps: I64: bytes differ" in result.stdout
    assert f"lm_head.weight: only in {source}" in result.stdout
    assert f"new: only in {tmp_path / 'd.safetensors'}" in result.stdout
    assert "layers.0.bias: shape [24] and [23]" in result.stdout


def test_diff_sees_changes_that_floats_hide(tmp_path: Path) -> None:
    """NaN equals NaN, -0 equals 0 as a weight, but the bytes differ: zero weights are counted."""
    w = weights(0, 2, 3)
    w[0, 0] = np.nan
    other = w.copy()
    a = write_file(tmp_path / "a.safetensors", {"a": w})
    assert run("diff", a, write_file(tmp_path / "b.safetensors", {"a": other})).exit_code == 0
    w[1, 1], other[1, 1] = 0.0, -0.0
    a = write_file(tmp_path / "a.safetensors", {"a": w})
    result = run("diff", a, write_file(tmp_path / "b.safetensors", {"a": other}))
    assert result.exit_code == 1 and "a: F32: stored differently, but no weight" in result.stdout


@pytest.mark.parametrize("command", ["diff", "check", "inspect", "quantize"])
def test_a_reader_that_has_gone_is_neither_bad_input_nor_a_verdict(
    files: tuple[Path, Path], command: str
) -> None:
    """`veriquant diff A B | head`: the end of the pipe is closed while we write."""
    source, out = map(str, files)
    arguments = {"diff": [source, out], "check": [out, "--against", source], "inspect": [source],
                 "quantize": [source, "--dry-run"]}[command]  # fmt: skip
    command_line = [sys.executable, "-m", "veriquant.cli", command, *arguments]
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        command_line, stdout=writer, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writer)
    assert (done.returncode, "Traceback" in done.stderr) == (141, False), done.stderr
    assert "error" not in done.stderr.lower()


@pytest.mark.parametrize(
    ("environment", "option", "expected"),
    [("1", (), 1), ("3", (), 3), ("3", ("--jobs", "2"), 2), ("", ("--jobs", "2"), 2)],
)
def test_the_environment_limits_threads_unless_jobs_says_otherwise(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    environment: str,
    option: tuple[str, ...],
    expected: int,
) -> None:
    monkeypatch.setenv(threads.VARIABLE, environment)
    source, out = write_file(tmp_path / "m.safetensors"), tmp_path / "q.safetensors"
    for command in (
        ("quantize", source, "-o", out), ("dequantize", out, "-o", tmp_path / "f.safetensors"),
        ("check", out, "--against", source),
    ):  # fmt: skip
        threads.reset()
        good(*command, *option)
        assert threads.in_use() == expected, command
    threads.reset()


@pytest.mark.parametrize("value", ["0", "-1", "two", "1.5", "\u00b2", "1025", "9" * 5000])
def test_a_wrong_number_of_threads_is_bad_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    source = write_file(tmp_path / "m.safetensors")
    monkeypatch.setenv(threads.VARIABLE, value)
    assert f"${threads.VARIABLE} must be a number of threads, 1 to 1024" in bad("quantize", source)
    assert [p.name for p in tmp_path.iterdir()] == ["m.safetensors"]
    good("quantize", source, "--jobs", 1)
    threads.reset()


def test_check_says_what_it_checked(files: tuple[Path, Path]) -> None:
    source, out = files
    text = good("check", out, "--against", source, "--jobs", 1)
    assert "every claim holds (4 tensors quantized, 6 copied, 0 other files)" in text


def test_progress_in_a_log_and_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    with progress.ByteProgress("work", 40_000_000) as log:
        now[0] = 1.0
        log.advance(10_000_000)
        now[0] = 6.0
        log.advance(10_000_000)
        now[0] = 10.0
        log.advance(20_000_000)
    assert capsys.readouterr().err.splitlines() == [
        "work: 50 % of 40.0 MB, 3.3 MB/s, 6 s left",
        "work: 100 % of 40.0 MB, 4.0 MB/s, 0 s left",
    ]
    monkeypatch.undo()
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(
        progress, "Console", lambda stderr: Console(stderr=True, force_terminal=True, width=100)
    )
    with progress.ByteProgress("work", 40_000_000) as bar:
        bar.advance(40_000_000)
    text = capsys.readouterr().err
    assert "work" in text and "40.0/40.0 MB" in text and "0:00:00" in text
