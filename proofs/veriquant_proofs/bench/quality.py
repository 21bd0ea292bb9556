"""Quality bench: true bits per weight, errors and the models' own scores, beside peers.

`run(out, quick)` writes `quality.md` and `quality-*.png/svg` into `out`; the caller writes what it
returns as `quality.json`. A row is one way of storing every Linear of a model; embeddings, norms
and biases stay float in all of them.

Two models: SmolLM2-135M (decoder, perplexity) and all-MiniLM-L6-v2 (encoder, similarity task).
Calibration reads no text that is scored. The linears of the SmolLM2 file are themselves on 4-bit
grids of 32 weights, which flatters 4-bit blocks of 32.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

import veriquant
from veriquant.methods import TensorStatistics, quantize_tensor
from veriquant.methods.registry import MethodName
from veriquant.model import bert, llama
from veriquant.model.calibrate import independent_statistics, shared_inputs
from veriquant.model.gguf_import import GgufModel
from veriquant.model.perplexity import Perplexity, perplexity
from veriquant.model.sequential import calibrate_sequentially
from veriquant.tensor import QuantizedTensor
from veriquant_proofs.bench import texts
from veriquant_proofs.bench.peers import PEERS, RoundTrip, plain

Float = npt.NDArray[np.float32]
Store = Callable[[str, Float], tuple[Float, int]]
"""Of a tensor's name and weight: what comes back, and the bits stored for it."""

GROUP = 96
"""Pairs per group of the main rows: 3 groups a channel at 576 inputs, 8 at 1536, which keeps
SmolLM2 below 3.75 bits a weight with everything counted."""
LENGTH = 512
BUDGET = 3.75
"""Bits per weight that the goals below allow."""
MINILM_TOKENS = 256
"""`max_seq_length` of the MiniLM package."""
BOOTSTRAP = 500
LAYER_WINDOWS = 2
"""Windows over which the error after each block is measured."""


@dataclass
class Row:
    """One scheme on one model; `score` is what the model is for, `None` where not measured."""

    scheme: str
    family: str  # float, veriquant, ablation (of veriquant), plain or peer
    bits: float
    error: float  # relative Frobenius error over all Linears
    seconds: float
    score: dict[str, float] = field(default_factory=dict)


def say(text: str) -> None:
    """Progress on stderr."""
    print(f"quality: {text}", file=sys.stderr, flush=True)


def stored_bits(tensor: QuantizedTensor) -> int:
    """Bits of a tensor's arrays as the file holds them."""
    return 8 * tensor.nbytes


def ours(
    method: MethodName,
    group: int,
    statistics: Callable[[str], TensorStatistics | None] = lambda name: None,
    **options: Any,
) -> Store:
    """Our format; `statistics` gives a tensor's calibration."""

    def store(name: str, w: Float) -> tuple[Float, int]:
        tensor = quantize_tensor(
            w, method=method, group_size=group, calibration=statistics(name), name=name, **options
        )
        return tensor.dequantize(), stored_bits(tensor)

    return store


def with_salience(
    group: int, statistics: Callable[[str], TensorStatistics], order: Callable[[Float], Any]
) -> Store:
    """`gptq` with another row split: `order` gives a weight's salience."""

    def store(name: str, w: Float) -> tuple[Float, int]:
        tensor = veriquant.quantize(
            w, "gptq", group, salience=order(w), statistics=statistics(name), name=name
        )
        return tensor.dequantize(), stored_bits(tensor)

    return store


def foreign(round_trip: RoundTrip) -> Store:
    """A peer's or the plain round trip."""
    return lambda name, w: round_trip(np.ascontiguousarray(w))


def squares(x: Float) -> float:
    """Sum of squares, in float64: the Frobenius norm squared."""
    return float(np.square(x, dtype=np.float64).sum())


def store_all(
    weights: dict[str, Float], names: Iterable[str], store: Store
) -> tuple[dict[str, Float], float, float]:
    """Weights after the round trip, bits per weight and relative Frobenius error."""
    out, bits, count, wrong, total = dict(weights), 0, 0, 0.0, 0.0
    for name in names:
        w = weights[name]
        out[name], used = store(name, w)
        bits += used
        count += w.size
        wrong += squares(out[name] - w)
        total += squares(w)
    return out, bits / count, float(np.sqrt(wrong / total))


def measure(
    rows: list[Row],
    scheme: str,
    family: str,
    make: Callable[[], tuple[dict[str, Float], float, float]],
    score: Callable[[dict[str, Float]], dict[str, float]],
) -> None:
    """Make a row; a peer that fails is reported as such, our own schemes must not."""
    start = time.perf_counter()
    try:
        weights, bits, error = make()
    except Exception as problem:
        if family != "peer":
            raise
        say(f"{scheme}: failed, {type(problem).__name__}: {problem}")
        return
    seconds = time.perf_counter() - start
    row = Row(scheme, family, bits, error, seconds, score(weights))
    rows.append(row)
    shown = ", ".join(f"{k} {v:.4g}" for k, v in row.score.items())
    say(f"{scheme}: {bits:.3f} bits, error {error:.4f}, {shown}")


def peer_stores(slow: bool) -> list[tuple[str, str, Store]]:
    """`(scheme, family, store)` of the plain grids and of every peer installed here."""
    made: list[tuple[str, str, Store]] = [
        (f"int{bits} RTN {f'g{group}' if group else 'per channel'}", "plain",
         foreign(plain(bits, group)))
        for bits, group in ((4, 0), (4, 64), (4, GROUP), (3, 64), (3, GROUP))
    ]  # fmt: skip
    for peer in PEERS:
        if not peer.installed():
            say(f"{peer.name}: {peer.package} is not installed, left out")
        elif slow or not peer.slow:
            made.append((peer.label, "peer", foreign(peer.run)))
    return made


def smollm2(quick: bool) -> dict[str, Any]:
    """Rows and ablation of SmolLM2-135M."""
    source = GgufModel(texts.smollm2_path())
    scored, calibration = texts.wikipedia_windows(
        source.tokenizer(), LENGTH, 2 if quick else 10, 4 if quick else 64
    )
    model = llama.Llama(source.config, source.weights())
    names = llama.linear_names(source.config)
    base = perplexity(model, scored)

    def score(weights: dict[str, Float]) -> dict[str, float]:
        got = base if weights is model.weights else perplexity(
            llama.Llama(source.config, weights), scored
        )  # fmt: skip
        delta, spread = got.delta(base)
        return {
            "perplexity": got.value, "perplexity_se": got.standard_error,
            "delta_nll": delta, "delta_nll_se": spread,
        }  # fmt: skip

    rows: list[Row] = []
    measure(rows, "float32", "float", lambda: (model.weights, 32.0, 0.0), score)
    say("calibrating")
    known = independent_statistics(model, calibration)
    share = shared_inputs(source.config)

    def statistics(name: str) -> TensorStatistics:
        return known[share.get(name, name)]

    def index_order(w: Float) -> Any:
        return np.arange(w.shape[1], 0, -1)

    def sequential(correct: float) -> tuple[dict[str, Float], float, float]:
        bits: dict[str, int] = {}

        def quantize(name: str, w: Float, found: TensorStatistics) -> Float:
            out, bits[name] = ours("gptq", GROUP, lambda _: found)(name, w)
            return out

        made = calibrate_sequentially(model, calibration, quantize, correct=correct)
        return store_all(model.weights, names, lambda name, w: (made.weights[name], bits[name]))

    own: list[tuple[str, str, Store]] = [
        ("rtn per channel", "veriquant", ours("rtn", 0)),
        ("rtn g64", "veriquant", ours("rtn", 64)),
        (f"rtn g{GROUP}", "veriquant", ours("rtn", GROUP)),
        (f"rtn g{GROUP}, activation split", "veriquant", ours("rtn", GROUP, statistics)),
        (f"mse g{GROUP}", "veriquant", ours("mse", GROUP)),
        (f"mse g{GROUP}, calibrated", "veriquant", ours("mse", GROUP, statistics)),
        ("gptq per channel", "veriquant", ours("gptq", 0, statistics)),
        (f"gptq g{GROUP}", "veriquant", ours("gptq", GROUP, statistics)),
        (f"gptq g{GROUP}, no descent", "ablation", ours("gptq", GROUP, statistics, sweeps=0)),
        (f"gptq g{GROUP}, split by norm", "ablation",
         with_salience(GROUP, statistics, lambda w: np.linalg.norm(w, axis=0))),
        (f"gptq g{GROUP}, split by index", "ablation",
         with_salience(GROUP, statistics, index_order)),
    ]  # fmt: skip
    for scheme, family, store in own[:8] if quick else own + peer_stores(slow=False):
        measure(
            rows, scheme, family, lambda store=store: store_all(model.weights, names, store), score  # type: ignore[misc]
        )  # fmt: skip
    if not quick:
        for correct, scheme, family in (
            (0.0, "sequential, uncorrected", "ablation"),
            (1.0, "sequential", "veriquant"),
        ):
            measure(
                rows, f"gptq g{GROUP}, {scheme}", family,
                lambda correct=correct: sequential(correct), score,  # type: ignore[misc]
            )  # fmt: skip
    return {
        "sources": [texts.SMOLLM2.row(), texts.WIKIPEDIA.row()],
        "linears": len(names),
        "weights": sum(model.weights[n].size for n in names),
        "scored_tokens": int(base.nll.size),
        "calibration_tokens": int(calibration.size),
        "rows": [asdict(r) for r in rows],
        "goals": goals(rows),
        "layers": layer_errors(
            model,
            {n: veriquant.quantize(model.weights[n], "rtn", GROUP) for n in names},
            scored[:LAYER_WINDOWS],
        ),
    }


def layer_errors(
    model: llama.Llama, tensors: dict[str, QuantizedTensor], windows: npt.NDArray[np.int64]
) -> list[dict[str, float]]:
    """Relative errors of each block of a model whose Linears are stored as `tensors` (rtn).

    `measured`: of the block's output, all blocks up to it quantized, over `windows`. `weights` and
    `weights_bound`: Frobenius error of the block's own Linears, and what T1n certifies from their
    scales alone. (Theorem 3 has no constant for attention, so no bound of the output is certified.)
    """
    from veriquant_proofs.bench.norm import certified_norm

    stored = {name: tensor.dequantize() for name, tensor in tensors.items()}
    quantized = llama.Llama(model.config, {**model.weights, **stored})
    wrong, total = np.zeros(model.config.layers), np.zeros(model.config.layers)
    for tokens in windows:
        exact = model.embed(tokens)
        other = exact.copy()
        for layer in range(model.config.layers):
            for network, x in ((model, exact), (quantized, other)):
                for _ in network.stage_inputs(layer, x):
                    pass
            wrong[layer] += squares(other - exact)
            total[layer] += squares(exact)
    found = []
    for layer in range(model.config.layers):
        mine = [n for n in tensors if n.startswith(f"model.layers.{layer}.")]
        size = sum(squares(model.weights[n]) for n in mine)
        error = sum(squares(stored[n] - model.weights[n]) for n in mine)
        bound = sum(certified_norm(tensors[n]) ** 2 for n in mine)
        found.append({
            "layer": layer + 1, "measured": float(np.sqrt(wrong[layer] / total[layer])),
            "weights": float(np.sqrt(error / size)), "weights_bound": float(np.sqrt(bound / size)),
        })  # fmt: skip
    return found


def goals(rows: list[Row]) -> list[dict[str, Any]]:
    """The issue's marks, measured here on the same text: our best row within the budget."""
    within = [r for r in rows if r.family == "veriquant" and r.bits <= BUDGET]
    best = min(within, key=lambda r: r.score["delta_nll"])
    marks = []
    for what, start in (("milestone", "llama.cpp Q3_K"), ("goal", "int4 RTN g64")):
        mark = next((r for r in rows if r.scheme.startswith(start)), None)
        if mark is not None:
            marks.append({
                "what": what, "mark": mark.scheme, "mark_bits": mark.bits,
                "mark_perplexity": mark.score["perplexity"], "ours": best.scheme,
                "our_bits": best.bits, "our_perplexity": best.score["perplexity"],
                "met": best.score["perplexity"] < mark.score["perplexity"],
            })  # fmt: skip
    return marks


def minilm(quick: bool) -> dict[str, Any]:
    """Rows of all-MiniLM-L6-v2 on the Lee documents."""
    from safetensors.numpy import load_file
    from tokenizers import Tokenizer

    folder = texts.minilm_folder()
    config = bert.BertConfig.load(folder / "config.json")
    weights = load_file(folder / "model.safetensors")
    names = bert.linear_names(config)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MINILM_TOKENS)

    def ids(documents: list[str]) -> list[npt.NDArray[np.int64]]:
        return [np.asarray(e.ids, np.int64) for e in tokenizer.encode_batch(documents)]

    documents, human = texts.lee_documents()
    scored = ids(documents)
    calibration = ids(texts.lee_background()[: 20 if quick else 150])

    def vectors(w: dict[str, Float]) -> Float:
        model = bert.Bert(config, w)
        return np.stack([model.embed(t) for t in scored])

    base = vectors(weights)

    def score(w: dict[str, Float]) -> dict[str, float]:
        got = base if w is weights else vectors(w)
        cosines = (got.astype(np.float64) * base).sum(1)
        return {
            **similarity_score(got, base, human), "cosine": float(cosines.mean()),
            "least_cosine": float(cosines.min()), "drift": float(1 - cosines.mean()),
            "drift_se": float(cosines.std(ddof=1) / np.sqrt(len(cosines))),
        }  # fmt: skip

    sums: dict[str, Float] = {}
    model = bert.Bert(config, weights)
    for tokens in calibration:
        model.hidden(tokens, lambda name, x: _add(sums, name, x))
    count = sum(len(t) for t in calibration)

    def statistics(name: str) -> TensorStatistics:
        return TensorStatistics(sums[name] / np.float32(count), count)

    rows: list[Row] = []
    measure(rows, "float32", "float", lambda: (weights, 32.0, 0.0), score)
    own: list[tuple[str, str, Store]] = [
        ("rtn per channel", "veriquant", ours("rtn", 0)),
        ("rtn g64", "veriquant", ours("rtn", 64)),
        ("mse per channel", "veriquant", ours("mse", 0)),
        ("mse g64", "veriquant", ours("mse", 64)),
        ("mse g64, calibrated", "veriquant", ours("mse", 64, statistics)),
        ("gptq per channel", "veriquant", ours("gptq", 0, statistics)),
        ("gptq g64", "veriquant", ours("gptq", 64, statistics)),
    ]
    for scheme, family, store in own + ([] if quick else peer_stores(slow=True)):
        measure(
            rows, scheme, family, lambda store=store: store_all(weights, names, store), score  # type: ignore[misc]
        )  # fmt: skip
    return {
        "sources": [texts.MINILM.row(), texts.LEE.row()],
        "linears": len(names),
        "weights": sum(weights[n].size for n in names),
        "documents": len(documents),
        "calibration_tokens": count,
        "rows": [asdict(r) for r in rows],
    }


def _add(sums: dict[str, Float], name: str, x: Float) -> None:
    square = x.T @ x
    sums[name] = square if name not in sums else np.add(sums[name], square, out=sums[name])


def similarity_score(
    vectors: Float, base: Float, human: npt.NDArray[np.float64]
) -> dict[str, float]:
    """Pearson correlation of cosines with human similarities over all pairs of documents.

    `vectors` and `base` (the float model's) `[D, E]` of length 1, `human` `[D, D]` (upper
    triangle). Also the difference from `base`, and both standard errors by a bootstrap over
    documents (fixed seed).
    """
    rater = np.triu(human, 1) + np.triu(human, 1).T
    cosines = [v.astype(np.float64) @ v.T.astype(np.float64) for v in (vectors, base)]
    size = len(vectors)
    a, b = np.triu_indices(size, 1)

    def correlations(chosen: npt.NDArray[np.int64]) -> list[float]:
        keep = chosen[a] != chosen[b]
        i, j = chosen[a[keep]], chosen[b[keep]]
        return [float(np.corrcoef(c[i, j], rater[i, j])[0, 1]) for c in cosines]

    value, reference = correlations(np.arange(size))
    rng = np.random.default_rng(0)
    draws = np.array([correlations(rng.integers(0, size, size)) for _ in range(BOOTSTRAP)])
    return {
        "similarity": value, "similarity_se": float(draws[:, 0].std(ddof=1)),
        "similarity_delta": value - reference,
        "similarity_delta_se": float((draws[:, 0] - draws[:, 1]).std(ddof=1)),
    }  # fmt: skip


FAMILIES = {
    "veriquant": ("Veriquant", "#0b6e4f", "o"),
    "plain": ("plain round-to-nearest", "#8a8a8a", "s"),
    "peer": ("peers", "#c8553d", "^"),
}
"""Legend text, colour and marker; the markers differ too, for readers who see no colour."""


def plot(rows: list[dict[str, Any]], value: str, title: str, label: str, path: Path) -> None:
    """Scatter of `value` (an entry of `score`, or `error`) against bits per weight, PNG and SVG.

    All values are losses against the float model: its own would be 0, below any logarithmic axis.
    """
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams["svg.hashsalt"] = "veriquant"  # same data, same file
    from matplotlib import pyplot as plt
    from matplotlib.ticker import LogLocator

    def of(row: dict[str, Any]) -> float:
        return float(row["score"].get(value, row["error"]))

    shown = [r for r in rows if r["family"] in FAMILIES and of(r) > 0]
    figure, axes = plt.subplots(figsize=(9, 6), layout="constrained")
    for family, (name, colour, marker) in FAMILIES.items():
        mine = [r for r in shown if r["family"] == family]
        spread = [r["score"].get(f"{value}_se", 0.0) for r in mine]
        if mine:
            axes.errorbar(
                [r["bits"] for r in mine], [of(r) for r in mine], spread, fmt=marker, color=colour,
                label=name, capsize=2, markersize=6, linewidth=1,
            )  # fmt: skip
    axes.set_yscale("log")
    low, high = axes.get_xlim()
    axes.set_xlim(low, high + 0.18 * (high - low))  # room for the labels at the right
    axes.set_ylim(*axes.get_ylim())
    figure.draw_without_rendering()
    places = axes.transData.transform([(r["bits"], of(r)) for r in shown]) * 72 / figure.dpi
    for row, offset in zip(shown, label_offsets(places), strict=True):
        colour = FAMILIES[row["family"]][1]
        axes.annotate(
            row["scheme"].split(" (")[0], (row["bits"], of(row)), xytext=(7, offset),
            textcoords="offset points", fontsize=7, color=colour, va="center",
            arrowprops={"arrowstyle": "-", "linewidth": 0.4, "color": colour}
            if abs(offset) > 6 else None,
        )  # fmt: skip
    axes.set(xlabel="stored bits per weight, all metadata counted", ylabel=label, title=title)
    axes.yaxis.set_minor_locator(LogLocator(subs=(2, 5)))
    axes.yaxis.set_minor_formatter("{x:g}")
    axes.yaxis.set_major_formatter("{x:g}")
    axes.tick_params(axis="y", which="minor", labelsize=7)
    axes.legend(frameon=False)
    axes.grid(alpha=0.25)
    for suffix in ("png", "svg"):
        metadata = {"Date": None} if suffix == "svg" else None
        figure.savefig(path.with_suffix(f".{suffix}"), dpi=150, metadata=metadata)
    plt.close(figure)


LABEL_WIDTH, LABEL_HEIGHT = 90.0, 9.0
"""Room of a label in typographic points, 7 pt letters."""


def label_offsets(places: npt.NDArray[np.float64]) -> list[float]:
    """Vertical shifts in points that keep the labels of near points `[n, 2]` apart."""
    offsets = np.zeros(len(places))
    done: list[int] = []
    for i in np.argsort(places[:, 1], kind="stable"):
        for j in sorted(done, key=lambda j: places[j, 1] + offsets[j]):
            above = places[j, 1] + offsets[j] + LABEL_HEIGHT
            if abs(places[i, 0] - places[j, 0]) < LABEL_WIDTH and (
                above - 2 * LABEL_HEIGHT < places[i, 1] + offsets[i] < above
            ):
                offsets[i] = above - places[i, 1]
        done.append(int(i))
    return [float(o) for o in offsets]


def markdown(result: dict[str, Any]) -> str:
    """The tables as Markdown."""
    lines = ["# Quality: bits per weight against error and score", ""]
    part = result.get("smollm2")
    if part:
        lines += [
            "## SmolLM2-135M: perplexity", "",
            f"{part['linears']} Linears, {part['weights']:,} weights; {part['scored_tokens']:,} "
            f"predicted tokens in windows of {LENGTH}; {part['calibration_tokens']:,} calibration "
            "tokens from other articles. `+-` is one standard error; that of the difference is "
            "paired.", "",
            "| scheme | bits/weight | relative error | perplexity | delta NLL | seconds |",
            "|---|---|---|---|---|---|",
        ]  # fmt: skip
        for r in sorted(part["rows"], key=lambda r: r["score"]["perplexity"]):
            s = r["score"]
            lines.append(
                f"| {_title(r)} | {r['bits']:.3f} | {r['error']:.4f} | {s['perplexity']:.2f} +- "
                f"{s['perplexity_se']:.2f} | {s['delta_nll']:.4f} +- {s['delta_nll_se']:.4f} | "
                f"{r['seconds']:.0f} |"
            )
        lines.append("")
        for g in part["goals"]:
            lines.append(
                f"- {g['what']}, {'met' if g['met'] else 'not met'}: {g['ours']} at "
                f"{g['our_bits']:.3f} bits has perplexity {g['our_perplexity']:.2f}; "
                f"{g['mark']} at {g['mark_bits']:.3f} has {g['mark_perplexity']:.2f}"
            )
        lines += ["", *_sources(part)]
    part = result.get("minilm")
    if part:
        lines += [
            "## all-MiniLM-L6-v2: similarity of documents", "",
            f"{part['linears']} Linears, {part['weights']:,} weights; {part['documents']} "
            f"documents; {part['calibration_tokens']:,} calibration tokens from other documents. "
            "Cosine: of a document's vector with that of the float model. Similarity: Pearson "
            "correlation with human judgements; bootstrap standard errors over documents, that of "
            "the difference paired.",
            "",
            "| scheme | bits/weight | relative error | mean cosine | least cosine | similarity | "
            "minus float32 |",
            "|---|---|---|---|---|---|---|",
        ]  # fmt: skip
        for r in sorted(part["rows"], key=lambda r: r["score"]["drift"]):
            s = r["score"]
            lines.append(
                f"| {_title(r)} | {r['bits']:.3f} | {r['error']:.4f} | {s['cosine']:.4f} | "
                f"{s['least_cosine']:.4f} | {s['similarity']:.3f} +- {s['similarity_se']:.3f} | "
                f"{s['similarity_delta']:+.3f} +- {s['similarity_delta_se']:.3f} |"
            )
        lines += ["", *_sources(part)]
    return "\n".join(lines) + "\n"


def _title(row: dict[str, Any]) -> str:
    mark = {"veriquant": "**veriquant {}**", "ablation": "veriquant {}"}
    return mark.get(row["family"], "{}").format(row["scheme"])


def _sources(part: dict[str, Any]) -> list[str]:
    return [f"- {s['what']}: {s['package']}, {s['licence']}" for s in part["sources"]] + [""]


def run(out: Path, quick: bool = False) -> dict[str, Any]:
    """Measure both models; `quick` scores less text and leaves out peers and sequential rows."""
    out.mkdir(parents=True, exist_ok=True)
    result: dict[str, Any] = {"schema": 1, "quick": quick}
    for name, part in (("minilm", minilm), ("smollm2", smollm2)):
        try:
            result[name] = part(quick)
        except texts.MissingDataError as problem:
            say(f"{name}: {problem}")
            result.setdefault("left_out", {})[name] = str(problem)
    (out / "quality.md").write_text(markdown(result), encoding="utf-8")
    plots(result, out)
    return result


def plots(result: dict[str, Any], out: Path) -> None:
    """Every figure of `result`."""
    if "smollm2" in result:
        rows = result["smollm2"]["rows"]
        plot(rows, "delta_nll", "SmolLM2-135M on Wikipedia text",
             "loss above float32, nats per token (lower is better)",
             out / "quality-smollm2-loss")  # fmt: skip
    if "minilm" in result:
        rows = result["minilm"]["rows"]
        plot(rows, "error", "all-MiniLM-L6-v2: weights",
             "relative Frobenius error (lower is better)",
             out / "quality-minilm-error")  # fmt: skip
        plot(rows, "drift", "all-MiniLM-L6-v2: document vectors",
             "1 - cosine with the float vector, mean over documents (lower is better)",
             out / "quality-minilm-drift")  # fmt: skip


__all__ = ["Perplexity", "Row", "run"]
