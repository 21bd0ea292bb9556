"""Figure 6: memory of LLaMA-70B and LLaMA-405B with everything counted."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from veriquant_outline.evidence import Evidence
from veriquant_outline.figures.style import BLUE, GREY, INK, ORANGE, PURPLE, RED, SKY, note
from veriquant_spec.memory import (
    GB,
    MODELS,
    Architecture,
    Footprint,
    float16_footprint,
    model_footprint,
    paper_footprint,
    uniform_footprint,
)

PARTS = (
    ("packed", SKY, "codes"),
    ("scales", BLUE, "scales"),
    ("group_scales", PURPLE, "group factors"),
    ("zeros", ORANGE, "zero points"),
    ("perm", RED, "permutation or selection"),
    ("unquantized", GREY, "float16 tensors"),
)


def schemes(model: Architecture) -> list[tuple[str, Footprint]]:
    """The bars: what the outline counts, what its scheme needs, INT4 as stored, ours."""
    bare = Footprint(weights=model.parameters, packed=model.parameters * 7 // 16)
    return [
        ("outline, as counted\n(3.5 bits x all weights)", bare),
        (
            "outline, decodable\n(byte per pair, selection)",
            paper_footprint(model, one_pair_per_byte=True, selection=True),
        ),
        ("INT4, codes only", uniform_footprint(model, 4)),
        ("INT4, groups of 128", uniform_footprint(model, 4, 128, 16, 4)),
        ("ours, groups of 128", model_footprint(model, 64)),
        ("ours, one group\nper channel", model_footprint(model, 0)),
    ]


def draw(evidence: Evidence) -> Figure:
    """One panel per model, stacked by what the bytes hold."""
    del evidence
    figure = Figure(figsize=(9.6, 5.2))
    axes = figure.subplots(1, 2)
    figure.subplots_adjust(left=0.165, right=0.975, top=0.92, bottom=0.25, wspace=0.1)
    _panel(axes[0], MODELS["LLaMA-70B"], ())
    _panel(axes[1], MODELS["LLaMA-405B"], ((40, "1 wafer: 40 GB"), (200, "5 wafers: 200 GB")))
    axes[1].set_yticklabels([])
    figure.legend(
        *axes[0].get_legend_handles_labels(), loc="lower center", ncols=6, fontsize=8,
        bbox_to_anchor=(0.55, 0.11),
    )  # fmt: skip
    sizes = ", ".join(
        f"{MODELS[name].name} {float16_footprint(MODELS[name]).total / GB:,.0f} GB"
        for name in ("LLaMA-70B", "LLaMA-405B")
    )
    note(
        figure,
        f"Published shapes (the outline's 30.6 and 177 GB take 70 and 405 billion weights); "
        f"float16: {sizes}. Embedding, output head and norms stay\nfloat16 in every bar but the "
        "first. INT4 groups: 16-bit scale, 4-bit zero point.\n" + _fits(),
    )
    return figure


def _panel(axes: Axes, model: Architecture, lines: tuple[tuple[float, str], ...]) -> None:
    rows = schemes(model)
    largest = max(footprint.total for _, footprint in rows) / GB
    axes.set_title(f"{model.name} (GB)")
    for i, (_, footprint) in enumerate(rows):
        left = 0.0
        for part, color, label in PARTS:
            width = getattr(footprint, part) / GB
            axes.barh(i, width, left=left, color=color, height=0.62, label=label if i == 0 else "")
            left += width
        text = f"{left:,.1f}" if left < 100 else f"{left:,.0f}"
        axes.text(
            left + largest / 80, i, text, va="center", fontsize=8, zorder=5,
            bbox={"fc": "white", "ec": "none", "pad": 0.6},
        )  # fmt: skip
    axes.set_yticks(range(len(rows)), [name for name, _ in rows], fontsize=8)
    axes.set_ylim(len(rows) - 0.4, -0.75)
    axes.set_xlim(0, 1.12 * largest)
    for x, text in lines:
        axes.axvline(x, color=INK, lw=0.9, ls="--")
        axes.text(x, -0.62, f" {text}", fontsize=7, va="center", ha="left")


def _fits() -> str:
    """What one, five and eight wafers of 40 GB hold of LLaMA-405B, from the bars themselves."""
    rows = schemes(MODELS["LLaMA-405B"])
    parts = []
    for wafers in (1, 5, 8):
        capacity = 40 * wafers * GB
        fit = [name.replace("\n", " ") for name, footprint in rows if footprint.total <= capacity]
        held = "all bars" if len(fit) == len(rows) else "; ".join(fit) or "no bar"
        parts.append(f"{40 * wafers} GB hold {held}")
    return f"LLaMA-405B: {'. '.join(parts)}."
