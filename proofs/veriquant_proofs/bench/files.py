"""Cost of whole files: quantize, dequantize and check, as the checkpoint grows 1x, 4x, 16x, and of
every command on many tiny tensors, as a mixture-of-experts model has them.

Every command runs in a process of its own, on a file that was read once before (so that the page
cache, not the disk, is measured); its compiled code comes from the cache on disk. Memory is the
peak of resident memory above what was resident before the command began.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file

#: One Linear weight of a model with 2048 channels: 16 MiB of float32.
SIDE = 2048
GROWTH = (1, 4, 16)
#: Numbers of tiny tensors, `TINY`, whose times are compared; time grows by at most RATIO, and a
#: tensor takes at most MILLISECONDS.
MANY = (1_000, 10_000)
TINY = (8, 32)
RATIO, MILLISECONDS = 11.0, 1.0

PROGRAM = """
import json, re, sys, time
from pathlib import Path
def status(field):
    text = Path("/proc/self/status").read_text()
    return 1024 * int(re.search(field + r":\\s*(\\d+) kB", text)[1])
from veriquant.checker import check
from veriquant.convert.dequantize import dequantize_checkpoint
from veriquant.convert.quantize import Settings, quantize_checkpoint
folder, name = Path(sys.argv[1]), sys.argv[2]
def once(name):
    source, out = folder / f"{name}.safetensors", folder / f"{name}.out.safetensors"
    back = folder / f"{name}.back.safetensors"
    for path in (out, back):
        path.unlink(missing_ok=True)
    result = {}
    def timed(what, work):
        Path("/proc/self/clear_refs").write_text("5")
        before = status("VmRSS")
        wall, cpu = time.perf_counter(), time.process_time()
        value = work()
        result[what] = {
            "seconds": time.perf_counter() - wall, "cpu": time.process_time() - cpu,
            "peak": status("VmHWM") - before,
        }
        return value
    timed("quantize", lambda: quantize_checkpoint(source, out, Settings()))
    found = timed("check", lambda: check(out, source, jobs=2))
    assert found.findings == [], found.findings
    timed("dequantize", lambda: dequantize_checkpoint(out, back))
    return result
once("warm")
print(json.dumps(once(name)))
"""

PROGRAM_MANY = """
import json, sys, time
from pathlib import Path
import veriquant
from veriquant.checker import check
from veriquant.convert.dequantize import dequantize_checkpoint
from veriquant.convert.diff import diff_checkpoints
from veriquant.convert.inspect import inspect_checkpoint
from veriquant.convert.quantize import Settings, quantize_checkpoint
folder = Path(sys.argv[1])
def once(name):
    source, out = folder / f"{name}.safetensors", folder / f"{name}.out.safetensors"
    back = folder / f"{name}.back.safetensors"
    for path in (out, back):
        path.unlink(missing_ok=True)
    result = {}
    def timed(what, work):
        wall, cpu = time.perf_counter(), time.process_time()
        value = work()
        result[what] = time.perf_counter() - wall, time.process_time() - cpu
        return value
    timed("quantize", lambda: quantize_checkpoint(source, out, Settings()))
    found = timed("check", lambda: check(out, source, jobs=2))
    assert found.findings == [], found.findings
    timed("load", lambda: veriquant.load(out))
    timed("inspect", lambda: inspect_checkpoint(out))
    timed("dequantize", lambda: dequantize_checkpoint(out, back))
    timed("diff", lambda: list(diff_checkpoints(source, out)))
    return result
once("warm")
print(json.dumps([once(name) for name in sys.argv[2:]]))
"""


def run(out: Path, quick: bool) -> dict[str, Any]:
    """Median times, speeds in GB/s of float32, peak memory in units of the largest tensor."""
    rows = []
    with tempfile.TemporaryDirectory(dir=out) as name:
        folder = Path(name)
        rng = np.random.default_rng(0)
        warm = rng.standard_normal((64, 64), dtype=np.float32)
        save_file({"a.weight": warm}, folder / "warm.safetensors")
        for growth in GROWTH[:2] if quick else GROWTH:
            tensors = {
                f"layers.{i}.weight": rng.standard_normal((SIDE, SIDE), dtype=np.float32) * 0.02
                for i in range(growth)
            }
            save_file(tensors, folder / "model.safetensors")
            runs = [_one(folder) for _ in range(1 if quick else 5)]
            rows.append(_row(growth, sum(t.nbytes for t in tensors.values()), runs))
        many = _many(folder, [n // 10 for n in MANY] if quick else list(MANY), 1 if quick else 3)
    result = {"tensor": f"{SIDE} x {SIDE} float32", "rows": rows, "many": many}
    (out / "files.md").write_text(_table(rows) + _many_table(many), encoding="utf-8")
    return result


def _many(folder: Path, counts: list[int], runs: int) -> dict[str, Any]:
    """Median seconds of each command for `counts` tiny tensors; the counts take turns."""
    rng = np.random.default_rng(0)
    for count in counts:
        tensors = {
            f"layers.0.experts.{i}.weight": rng.standard_normal(TINY, dtype=np.float32)
            for i in range(count)
        }
        save_file(tensors, folder / f"{count}.safetensors")
    found: list[list[dict[str, list[float]]]] = [
        json.loads(
            subprocess.run(
                [sys.executable, "-c", PROGRAM_MANY, str(folder), *map(str, counts)],
                check=True, capture_output=True, text=True,
            ).stdout
        )
        for _ in range(runs)
    ]  # fmt: skip
    commands = {}
    for what in found[0][0]:
        seconds = [statistics.median(run[i][what][0] for run in found) for i in range(len(counts))]
        wall, cpu = (
            statistics.median(run[-1][what][clock] / run[0][what][clock] for run in found)
            for clock in (0, 1)
        )
        each = 1000 * seconds[-1] / counts[-1]
        commands[what] = {
            "seconds": seconds, "milliseconds_per_tensor": each, "ratio": wall, "cpu_ratio": cpu,
            "met": min(wall, cpu) <= RATIO and each <= MILLISECONDS,
        }  # fmt: skip
    return {"tensor": f"{TINY[0]} x {TINY[1]} float32", "tensors": counts, "commands": commands}


def _many_table(many: dict[str, Any]) -> str:
    few, most = many["tensors"]
    lines = [
        "",
        f"# Many tensors of {many['tensor']}",
        "",
        f"Goals: at most {RATIO:g} times the time for ten times the tensors, and "
        f"{MILLISECONDS:g} ms a tensor. A ratio counts by the clock or by processor time, which "
        "other programs disturb less.",
        "",
        f"| command | {few:,} tensors, s | {most:,} tensors, s | ratio | by cpu | "
        "ms a tensor | met |",
        "|---|---:|---:|---:|---:|---:|---|",
    ]
    for what, part in many["commands"].items():
        first, last = part["seconds"]
        lines.append(
            f"| {what} | {first:.2f} | {last:.2f} | {part['ratio']:.1f} | "
            f"{part['cpu_ratio']:.1f} | "
            f"{part['milliseconds_per_tensor']:.2f} | {'yes' if part['met'] else '**no**'} |"
        )
    return "\n".join(lines) + "\n"


def _one(folder: Path) -> dict[str, dict[str, float]]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(folder), "model"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    value: dict[str, dict[str, float]] = json.loads(done.stdout)
    return value


def _row(growth: int, nbytes: int, runs: list[dict[str, dict[str, float]]]) -> dict[str, Any]:
    row: dict[str, Any] = {"tensors": growth, "megabytes": nbytes / 1e6}
    for what in ("quantize", "check", "dequantize"):
        seconds, cpu, peak = (
            statistics.median(one[what][key] for one in runs) for key in ("seconds", "cpu", "peak")
        )
        row[what] = {
            "seconds": seconds,
            "gigabytes_per_second": nbytes / 1e9 / seconds,
            "gigabytes_per_cpu_second": nbytes / 1e9 / cpu,
            "peak_in_tensors": peak / (nbytes / growth),
        }
    return row


def _table(rows: list[dict[str, Any]]) -> str:
    lines = [
        "# Whole files",
        "",
        "Speeds in GB of float32 per second; memory above the program's own, in largest tensors.",
        "",
        "| tensors | MB | quantize | per cpu | peak | check | per cpu | peak | dequantize "
        "| per cpu | peak |",
        "|" + "---:|" * 11,
    ]
    for row in rows:
        cells = [str(row["tensors"]), f"{row['megabytes']:.0f}"]
        for what in ("quantize", "check", "dequantize"):
            part = row[what]
            cells += [
                f"{part['gigabytes_per_second']:.2f}", f"{part['gigabytes_per_cpu_second']:.2f}",
                f"{part['peak_in_tensors']:.2f}",
            ]  # fmt: skip
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"
