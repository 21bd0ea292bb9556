"""Figure 2: quality against memory, claimed scores beside our own measurements."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from veriquant_outline import quality
from veriquant_outline.evidence import Evidence
from veriquant_outline.figures.style import BLUE, GREEN, GREY, PURPLE, RED, absent
from veriquant_outline.quality import Measured
from veriquant_outline.tables import TABLE_1

#: Colour and name of each family of measured methods.
FAMILIES = {
    quality.OURS: (RED, "ours"),
    quality.INT4: (BLUE, "4-bit rounding"),
    quality.INT3: (PURPLE, "3-bit rounding"),
    quality.PEER: (GREEN, "other tools"),
}
#: Perplexities above this say only that the model is broken; they would flatten the rest.
CUT = 200.0
#: Height of a line of names, in points.
LINE = 9.0


def draw(evidence: Evidence) -> Figure:
    """Left: Table 1 as claimed. Right: perplexity against bits per weight, everything counted."""
    figure = Figure(figsize=(9.6, 4.2))
    left, right = figure.subplots(1, 2, width_ratios=(1, 1.45))
    figure.subplots_adjust(left=0.08, right=0.985, top=0.9, bottom=0.14, wspace=0.2)
    _claimed(left)
    _measured(right, evidence)
    return figure


def _claimed(axes: Axes) -> None:
    axes.set_title("Claimed (Table 1), not reproduced")
    for row in TABLE_1:
        x, y = float(row["memory"].value), float(row["mmlu"].value)
        ours = row.method.startswith("Outline")
        axes.plot(x, y, "o", color=RED if ours else BLUE, ms=6)
        below = row.method in {"INT4 (GPTQ)", "Outline (3.5-bit)"}
        axes.annotate(
            row.method, (x, y), xytext=(7, -9 if below else 5), textcoords="offset points",
            fontsize=8, ha="right" if x > 100 else "left",
        )  # fmt: skip
    axes.set_xlabel("memory claimed (GB, codes only)")
    axes.set_ylabel("MMLU claimed")
    axes.set_xlim(22, 150)
    axes.set_ylim(67.3, 69.2)
    axes.grid(alpha=0.25)


def _measured(axes: Axes, evidence: Evidence) -> None:
    found = quality.rows(evidence)
    axes.set_title(f"Measured here: {quality.model_name(evidence)}")
    if not found:
        absent(axes, "not yet measured: run make bench")
        return
    for family, (color, label) in FAMILIES.items():
        points = [row for row in found if row.family == family]
        if points:
            axes.plot(
                [r.bits for r in points], [r.perplexity for r in points], "o", color=color, ms=5,
                label=label,
            )  # fmt: skip
    edge = [row for row in quality.frontier(found) if row.perplexity <= CUT]
    axes.step(
        [r.bits for r in edge], [r.perplexity for r in edge], where="post", color=GREY, lw=1,
        zorder=0, label="best at these bits or fewer",
    )  # fmt: skip
    base = quality.best(found, quality.FLOAT)
    if base is not None:
        label = f"unquantized ({base.perplexity:.1f})"
        axes.axhline(base.perplexity, color=GREY, ls=":", lw=1, zorder=0, label=label)
    shown = [row.perplexity for row in found if row.perplexity <= CUT]
    hidden = sum(row.perplexity > CUT for row in found)
    axes.set_yscale("log")
    axes.set_ylim(0.92 * min(shown), 1.1 * max(shown))
    axes.set_xlabel(
        "bits per weight, all metadata counted"
        + (f"; not shown: {hidden} above {CUT:g}" if hidden else "")
    )
    axes.set_ylabel("perplexity (log scale)")
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter("{x:g}")
    axes.margins(x=0.04)
    low, high = axes.get_xlim()
    axes.set_xlim(low - 0.45 * (high - low), high)  # room for the name of the leftmost
    axes.legend(loc="upper right")
    axes.grid(alpha=0.25, which="both")
    _names(axes, edge)


def _names(axes: Axes, found: list[Measured]) -> None:
    """Names of the frontier, below and left of their points, where by definition none lies.

    A name that would meet an earlier one moves down by lines of nine points; the axes are
    lengthened below until the lowest name lies inside.
    """
    tops = _tops(axes, found)
    point = axes.figure.dpi / 72
    for _ in range(20):
        bottom, top = (y / point for y in axes.bbox.intervaly)
        lack = bottom + LINE - min(tops, default=bottom + LINE)
        if lack <= 0:
            break
        low, high = axes.get_ylim()
        axes.set_ylim(low * (low / high) ** (lack / (top - bottom)), high)
        tops = _tops(axes, found)
    for row, top in zip(found, tops, strict=True):
        y = axes.transData.transform((row.bits, row.perplexity))[1] / point
        axes.annotate(
            _short(row), (row.bits, row.perplexity), xytext=(-4, top - y),
            textcoords="offset points", fontsize=7, ha="right", va="top", zorder=1,
            bbox={"fc": "white", "ec": "none", "pad": 0.4},
        )  # fmt: skip


def _short(row: Measured) -> str:
    """A method's name without the package that it comes from."""
    return row.name.split(" (")[0]


def _tops(axes: Axes, found: list[Measured]) -> list[float]:
    """Upper edges of the names, in points, in the axes as they are."""
    point = axes.figure.dpi / 72
    placed: list[tuple[float, float, float]] = []  # left, right, top of each name
    for row in found:
        x, y = axes.transData.transform((row.bits, row.perplexity)) / point
        width, top = 4.6 * len(_short(row)), y - 3
        while any(
            x - width < right and left < x and abs(top - t) < LINE for left, right, t in placed
        ):
            top -= LINE
        placed.append((x - width, x, top))
    return [top for _, _, top in placed]
