"""Figure 2: quality against memory, claimed scores beside our own measurements."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from veriquant_proofs.claims.evidence import Evidence
from veriquant_proofs.claims.measurements import rows_of
from veriquant_proofs.claims.outline.tables import TABLE_1
from veriquant_proofs.figures.style import BLUE, GREEN, GREY, ORANGE, PURPLE, RED, absent

#: Colour and name of each family of measured methods.
FAMILIES = {
    "ours": (RED, "ours"),
    "float": (GREY, "unquantized"),
    "int4": (BLUE, "4-bit rounding"),
    "int3": (PURPLE, "3-bit rounding"),
    "outline": (ORANGE, "the outline's scheme"),
    "peer": (GREEN, "other tools"),
}


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
        x, y = float(row.memory.value), float(row.mmlu.value)
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


def frontier(rows: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Rows that no other row beats in both bits and perplexity, by rising bits."""
    found: list[Mapping[str, Any]] = []
    for row in sorted(rows, key=lambda r: (float(r["bits_per_weight"]), float(r["perplexity"]))):
        if not found or float(row["perplexity"]) < float(found[-1]["perplexity"]):
            found.append(row)
    return found


def _measured(axes: Axes, evidence: Evidence) -> None:
    rows = list(rows_of(evidence))
    base = [row for row in rows if row.get("family") == "float"]
    rows = [row for row in rows if row.get("family") != "float"]
    axes.set_title(f"Measured here: {(evidence.quality or {}).get('model', 'no model yet')}")
    if not rows:
        absent(axes, "not yet measured: run make bench")
        return
    for family, (color, label) in FAMILIES.items():
        points = [row for row in rows if row.get("family") == family]
        if points:
            axes.plot(
                [float(r["bits_per_weight"]) for r in points],
                [float(r["perplexity"]) for r in points],
                "o", color=color, ms=6, label=label,
            )  # fmt: skip
    edge = frontier(rows)
    axes.step(
        [float(r["bits_per_weight"]) for r in edge],
        [float(r["perplexity"]) for r in edge],
        where="post", color=GREY, lw=1, zorder=0, label="best at these bits or fewer",
    )  # fmt: skip
    if base:
        level = min(float(r["perplexity"]) for r in base)
        axes.axhline(level, color=GREY, ls=":", lw=1, label=f"unquantized ({level:.1f})")
    _names(axes, edge)
    axes.set_yscale("log")
    axes.set_xlabel("bits per weight, all metadata counted")
    axes.set_ylabel("perplexity (log scale)")
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter("{x:g}")
    axes.margins(x=0.1, y=0.1)
    axes.legend(loc="upper right")
    axes.grid(alpha=0.25, which="both")


def _names(axes: Axes, rows: list[Mapping[str, Any]]) -> None:
    for i, row in enumerate(rows):
        axes.annotate(
            str(row["name"]),
            (float(row["bits_per_weight"]), float(row["perplexity"])),
            xytext=(5, -11 if i % 2 else 6), textcoords="offset points", fontsize=7,
        )  # fmt: skip
