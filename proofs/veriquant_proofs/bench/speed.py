"""Speed and memory of the fast paths, beside NumPy, the memory copy and `gguf`'s Q4_0.

Every figure is a median over rounds in which the contenders take turns, so that a slow moment of
the machine hits all of them; ratios are medians of the ratios within a round. The least time is
kept beside the median, and a goal counts as met when both ratios meet it: where they differ much,
something else ran, and the page says so. Processor time (all threads) is given because it bears
such company better. A GB is 10**9 bytes of float32 weights, whatever is read or written besides.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from veriquant import quantize
from veriquant.fast import gemm, threads
from veriquant.fast.dequant import dequantize
from veriquant_proofs.bench import ggml

#: Goals of the project, `(measure, at least)`, and how each is read from the results.
GOALS = {
    "quantize, times gguf's Q4_0 in NumPy": 3.0,
    "dequantize, share of the copy rate": 0.5,
    "packed GEMV 4096x4096, times float32 BLAS": 2.0,
    "packed GEMV 8192x28672, times float32 BLAS": 2.0,
    "packed GEMV 576x1536, times float32 BLAS": 2.0,
}
#: LLaMA projections (7B attention, 70B feed-forward) and SmolLM2-135M's feed-forward.
PRODUCT_SIZES = ((4096, 4096), (8192, 28672), (576, 1536))
#: int8 NumPy has no BLAS: beyond this many weights one product takes seconds.
INT8_WEIGHTS = 1 << 25

#: llama.cpp's types beside the packed product: 4.5, 4.5 and 3.44 bits a weight.
GGML_KINDS = ("Q4_0", "Q4_K", "Q3_K")

#: Least length of a contender's turn.
TURN_SECONDS = 0.002
#: Processes waiting for a processor, on average, above which a measure is not trusted.
QUIET_LOAD = 0.7

Contenders = dict[str, Callable[[], object]]
Times = dict[str, list[float]]


def run(out: Path, quick: bool) -> dict[str, Any]:
    """Measure everything; also writes `speed.md`, `speed.png` and `speed.svg` to `out`."""
    rounds = 5 if quick else 25
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    results: dict[str, Any] = {"load": load, "first_call": first_call()}
    say("quantize and dequantize")
    results["tensor"] = whole_tensor(1024 if quick else 4096, rounds)
    results["scaling"] = scaling([512, 1024] if quick else [1024, 2048, 4096], rounds)
    results["product"] = {}
    for rows, channels in PRODUCT_SIZES[:1] if quick else PRODUCT_SIZES:
        say(f"product {rows}x{channels}")
        results["product"][f"{rows}x{channels}"] = product(rows, channels, rounds)
    say("memory")
    results["memory"] = memory(1024 if quick else 4096)
    results["goals"] = goals(results)
    (out / "speed.md").write_text(to_markdown(results), encoding="utf-8")
    draw(results, out)
    return results


def first_call() -> dict[str, Any]:
    """Seconds of the first quantize, dequantize and product in a process: empty and full cache."""
    program = (
        "import time, json, numpy as np\n"
        "from veriquant import quantize\n"
        "w = np.ones((64, 256), np.float32)\n"
        "start = time.perf_counter()\n"
        "q = quantize(w); q.dequantize(); q.matmul(w)\n"
        "print(json.dumps(time.perf_counter() - start))\n"
    )
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        seconds = [
            json.loads(_python(program, {"NUMBA_CACHE_DIR": folder})) for _ in ("empty", "full")
        ]
    return {"compiling_seconds": seconds[0], "cached_seconds": seconds[1]}


def whole_tensor(size: int, rounds: int) -> dict[str, Any]:
    """Quantize and dequantize one `size x size` matrix, in GB/s, beside gguf and the copy."""
    from gguf import GGMLQuantizationType, quants

    w = _weights(size, size)
    tensor, target = quantize(w), np.empty_like(w)
    q4 = quants.quantize(w, GGMLQuantizationType.Q4_0)
    processor: Times = {}
    times = take_turns(
        {
            "quantize": lambda: quantize(w),
            "dequantize": lambda: dequantize(tensor, out=target),
            "dequantize, new array": lambda: dequantize(tensor),
            "copy, one thread": lambda: np.copyto(target, w),
            "copy, all threads": partial(copy_rows, target, w),
        },
        rounds,
        processor,
    )
    times |= take_turns(
        {
            "gguf Q4_0 quantize": lambda: quants.quantize(w, GGMLQuantizationType.Q4_0),
            "gguf Q4_0 dequantize": lambda: quants.dequantize(q4, GGMLQuantizationType.Q4_0),
        },
        max(3, rounds // 5),
        processor,
    )
    rates = {name: w.nbytes / 1e9 / statistics.median(t) for name, t in times.items()}
    best = {name: w.nbytes / 1e9 / min(t) for name, t in times.items()}
    # The goal counts the faster copy.
    copy = max(("copy, one thread", "copy, all threads"), key=lambda name: rates[name])
    best_copy = max(best["copy, one thread"], best["copy, all threads"])
    return {
        "shape": [size, size],
        "gigabytes_per_second": rates,
        "best_gigabytes_per_second": best,
        "processor_nanoseconds_per_weight": {
            name: statistics.median(t) * 1e9 / w.size for name, t in processor.items()
        },
        "copy": copy,
        "quantize_over_gguf": rates["quantize"] / rates["gguf Q4_0 quantize"],
        "dequantize_over_gguf": rates["dequantize"] / rates["gguf Q4_0 dequantize"],
        "dequantize_over_copy": ratio(times, copy, "dequantize"),
        "best_quantize_over_gguf": best["quantize"] / best["gguf Q4_0 quantize"],
        "best_dequantize_over_copy": best["dequantize"] / best_copy,
    }


def scaling(sizes: list[int], rounds: int) -> list[dict[str, Any]]:
    """Nanoseconds per weight at 1, 4 and 16 times the weights: flat is linear cost."""
    found = []
    for size in sizes:
        w = _weights(size, size)
        tensor, target = quantize(w), np.empty_like(w)
        a = np.random.default_rng(1).integers(-128, 128, size, dtype=np.int8)
        times = take_turns(
            {
                "quantize": partial(quantize, w),
                "dequantize": partial(dequantize, tensor, out=target),
                "product": partial(gemm.gemv, tensor, a),
            },
            rounds,
        )
        per_weight = {n: statistics.median(t) * 1e9 / w.size for n, t in times.items()}
        found.append({"weights": w.size, "nanoseconds_per_weight": per_weight})
    return found


def product(rows: int, channels: int, rounds: int) -> dict[str, Any]:
    """One matrix-vector product, in microseconds: packed, float32 BLAS, int8 NumPy, llama.cpp.

    llama.cpp takes float activations, as "packed, float activations" does.
    """
    w = _weights(rows, channels)
    tensor = quantize(w)
    a = np.random.default_rng(1).integers(-128, 128, channels, dtype=np.int8)
    x = a.astype(np.float32)
    y = np.empty(rows, np.float32)
    contenders: Contenders = {
        "packed": lambda: gemm.gemv(tensor, a, 0.01),
        "packed, float activations": lambda: tensor.matmul(x),
        "packed, portable loop": lambda: gemm.gemm(tensor, a[None], 0.01, use_simd=False),
        "float32 BLAS": lambda: np.matmul(w, x, out=y),
    }
    if w.size <= INT8_WEIGHTS:
        w8, a32 = (w * 20).astype(np.int8), a.astype(np.int32)
        contenders["int8 NumPy"] = lambda: np.matmul(w8, a32)
    products: dict[str, ggml.Product] = {}
    if ggml.available() and channels % ggml.BLOCK == 0:
        for kind in GGML_KINDS:
            other = ggml.Product(w, kind, threads.thread_count())
            other.x[:] = x
            products[f"llama.cpp {kind}"] = other
    contenders |= products
    times = take_turns(contenders, rounds if w.size <= INT8_WEIGHTS else max(5, rounds // 3))
    stored = {name: other.nbytes for name, other in products.items()}
    for other in products.values():
        other.close()
    medians = {name: statistics.median(t) * 1e6 for name, t in times.items()}
    return {
        "microseconds": medians,
        "best_microseconds": {name: min(t) * 1e6 for name, t in times.items()},
        "bytes": {"packed": tensor.nbytes, "float32": w.nbytes, **stored},
        "packed_gigabytes_per_second": tensor.nbytes / 1e3 / medians["packed"],
        "over": {name: ratio(times, name, "packed") for name in times if name != "packed"},
        "best_over": {n: min(t) / min(times["packed"]) for n, t in times.items() if n != "packed"},
    }


def memory(size: int) -> dict[str, Any]:
    """Peak of the arrays allocated by each call, result included, over the bytes of the matrix.

    Counted by `tracemalloc`, to which NumPy reports its arrays; the row buffers inside compiled
    loops (a few rows a thread) are not seen.
    """
    w = _weights(size, size)
    tensor = quantize(w)
    x = w[:1]
    tensor.dequantize()  # loading compiled code also allocates
    tensor.matmul(x)
    tensor.memo.clear()
    calls: Contenders = {
        "quantize": lambda: quantize(w),
        "dequantize": tensor.dequantize,
        "first product": lambda: tensor.matmul(x),
        "product": lambda: tensor.matmul(x),
    }
    peaks = {}
    for name, call in calls.items():
        tracemalloc.start()
        result = call()
        peaks[name] = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        del result
    return {
        "matrix_bytes": w.nbytes,
        "stored_bytes": tensor.nbytes,
        "peak_bytes": peaks,
        "peak_over_matrix": {name: peak / w.nbytes for name, peak in peaks.items()},
    }


def take_turns(contenders: Contenders, rounds: int, processor: Times | None = None) -> Times:
    """Seconds per call of each contender in each round, after two calls that are not counted.

    A turn repeats a short call until about TURN_SECONDS have passed: one call alone would measure
    how cold the last contender has left the caches. Processor seconds per call, of all threads, are
    added to `processor`.
    """
    times: Times = {name: [] for name in contenders}
    calls = {name: _calls_in_a_turn(work) for name, work in contenders.items()}
    for _ in range(rounds):
        for name, work in contenders.items():
            start, used = time.perf_counter(), time.process_time()
            for _ in range(calls[name]):
                work()
            used, end = time.process_time() - used, time.perf_counter()
            times[name].append((end - start) / calls[name])
            if processor is not None:
                processor.setdefault(name, []).append(used / calls[name])
    return times


def _calls_in_a_turn(work: Callable[[], object]) -> int:
    work()  # may compile
    start = time.perf_counter()
    work()
    return max(1, int(TURN_SECONDS / (time.perf_counter() - start)))


def ratio(times: Times, slow: str, fast: str) -> float:
    """Median over rounds of how many times as long `slow` took."""
    return statistics.median(s / f for s, f in zip(times[slow], times[fast], strict=True))


def copy_rows(target: np.ndarray[Any, Any], source: np.ndarray[Any, Any]) -> None:
    """Copy a matrix on the threads that the fast paths use."""
    threads.run_rows(len(source), source.size, lambda i, j: np.copyto(target[i:j], source[i:j]))


def goals(results: dict[str, Any]) -> list[dict[str, Any]]:
    """Each goal with its measured ratios, of medians and of best rounds; met if both are.

    Absent measures (`--quick`) are left out.
    """
    tensor = results["tensor"]
    values = {
        "quantize, times gguf's Q4_0 in NumPy": (
            tensor["quantize_over_gguf"],
            tensor["best_quantize_over_gguf"],
        ),
        "dequantize, share of the copy rate": (
            tensor["dequantize_over_copy"],
            tensor["best_dequantize_over_copy"],
        ),
    }
    for size, found in results["product"].items():
        ratios = found["over"]["float32 BLAS"], found["best_over"]["float32 BLAS"]
        values[f"packed GEMV {size}, times float32 BLAS"] = ratios
    return [
        {
            "goal": name,
            "at_least": least,
            "measured": values[name][0],
            "measured_best": values[name][1],
            "met": min(values[name]) >= least,
        }
        for name, least in GOALS.items()
        if name in values
    ]


def to_markdown(results: dict[str, Any]) -> str:
    """The results as tables."""
    lines = ["# Speed", ""]
    if results["load"] > QUIET_LOAD:
        lines += [
            f"**Other programs were running** (load average {results['load']:.1f} at the start): "
            "these figures are not the program's own.",
            "",
        ]
    lines += ["| goal | at least | median | best rounds | |", "|---|---|---|---|---|"]
    for goal in results["goals"]:
        mark = "met" if goal["met"] else "**missed**"
        lines.append(
            f"| {goal['goal']} | {goal['at_least']:g} | {goal['measured']:.2f} "
            f"| {goal['measured_best']:.2f} | {mark} |"
        )
    tensor = results["tensor"]
    lines += ["", f"## One {tensor['shape'][0]} x {tensor['shape'][1]} matrix", ""]
    lines += ["| | GB/s of float32 | best round | processor ns per weight |", "|---|---|---|---|"]
    best, used = tensor["best_gigabytes_per_second"], tensor["processor_nanoseconds_per_weight"]
    lines += [
        f"| {n} | {rate:.2f} | {best[n]:.2f} | {used[n]:.2f} |"
        for n, rate in tensor["gigabytes_per_second"].items()
    ]
    lines += [
        "",
        "## Matrix-vector products",
        "",
        "| size | contender | us | best | packed is faster by |",
    ]
    lines.append("|---|---|---|---|---|")
    for size, found in results["product"].items():
        for name, microseconds in found["microseconds"].items():
            times = f"{found['over'][name]:.2f}" if name in found["over"] else ""
            least = found["best_microseconds"][name]
            lines.append(f"| {size} | {name} | {microseconds:.0f} | {least:.0f} | {times} |")
    lines += ["", "## Cost as size grows (ns per weight)", ""]
    lines += ["| weights | quantize | dequantize | product |", "|---|---|---|---|"]
    for step in results["scaling"]:
        cost = step["nanoseconds_per_weight"]
        lines.append(
            f"| {step['weights']:,} | {cost['quantize']:.3f} | {cost['dequantize']:.3f} "
            f"| {cost['product']:.4f} |"
        )
    growth = results["memory"]["peak_over_matrix"]
    lines += ["", "## Peak memory of a call, its result included, over the bytes of the matrix", ""]
    lines += ["| " + " | ".join(growth) + " |", "|---" * len(growth) + "|"]
    lines.append("| " + " | ".join(f"{g:.3f}" for g in growth.values()) + " |")
    call = results["first_call"]
    lines += [
        "",
        f"First calls in a process: {call['compiling_seconds']:.1f} s with an empty cache of "
        f"compiled code, {call['cached_seconds']:.1f} s afterwards.",
        "",
    ]
    return "\n".join(lines)


def draw(results: dict[str, Any], out: Path) -> None:
    """Rates, products and scaling in one figure, `speed.png` and `speed.svg`."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, (left, middle, right) = plt.subplots(1, 3, figsize=(15, 4.6), layout="constrained")
    rates = results["tensor"]["gigabytes_per_second"]
    own = ("quantize", "dequantize", "dequantize, new array")
    colours = ["tab:blue" if name in own else "tab:gray" for name in rates]
    bars = left.barh(list(rates), list(rates.values()), color=colours)
    left.bar_label(bars, fmt="%.2f", padding=3)
    left.margins(x=0.15)
    left.invert_yaxis()
    left.set(xlabel="GB/s of float32 weights", title="One matrix (gray: peers)")
    sizes = list(results["product"])
    names = ["packed", "packed, portable loop", "float32 BLAS", "int8 NumPy", "llama.cpp Q3_K"]
    names = [n for n in names if any(n in results["product"][s]["microseconds"] for s in sizes)]
    width = 0.8 / len(names)
    for place, name in enumerate(names):
        found = [results["product"][s]["microseconds"].get(name, np.nan) for s in sizes]
        left_edge = np.arange(len(sizes)) - 0.4 + width * place
        middle.bar(left_edge, found, width, align="edge", label=name)
    middle.set(
        yscale="log", ylabel="microseconds", title="Matrix-vector product",
        xticks=range(len(sizes)), xticklabels=sizes,
    )  # fmt: skip
    middle.set_ylim(top=8 * middle.get_ylim()[1])  # room for the legend
    middle.legend(fontsize=8)
    weights = [step["weights"] for step in results["scaling"]]
    for name in ("quantize", "dequantize", "product"):
        cost = [step["nanoseconds_per_weight"][name] for step in results["scaling"]]
        right.plot(weights, cost, marker="o", label=name)
    right.set(
        xscale="log", yscale="log", xlabel="weights", ylabel="ns per weight",
        title="Cost as size grows",
    )  # fmt: skip
    right.legend(fontsize=8)
    for kind in ("png", "svg"):
        figure.savefig(out / f"speed.{kind}", dpi=130)
    plt.close(figure)


def say(what: str) -> None:
    """Progress."""
    print(f"  {what}", file=sys.stderr, flush=True)


def _weights(rows: int, channels: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    return np.random.default_rng(0).standard_normal((rows, channels), dtype=np.float32)


def _python(program: str, environment: dict[str, str]) -> str:
    return subprocess.run(
        [sys.executable, "-c", program], env={**os.environ, **environment}, text=True, check=True,
        stdout=subprocess.PIPE,
    ).stdout  # fmt: skip
