"""Figure 3: claimed throughput beside a roofline of the LPU, with the roofline's assumptions."""

from __future__ import annotations

from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from veriquant_outline.evidence import Evidence
from veriquant_outline.figures.style import BLUE, GREY, ORANGE, RED, note
from veriquant_outline.tables import TABLE_2

#: Published for one LPU: on-chip bandwidth (bytes/s) and capacity (bytes). Peak rate from 7.1.
BANDWIDTH, SRAM, OPERATIONS = 80e12, 230e6, 750e12
WEIGHTS = 70e9


@dataclass(frozen=True, slots=True)
class Roofline:
    """Seconds of one token, one sequence at a time, weights read once."""

    method: str
    claimed_rate: float
    memory_seconds: float
    compute_seconds: float
    chips: int

    @property
    def rate(self) -> float:
        """Tokens per second if memory and arithmetic overlap perfectly."""
        return 1 / max(self.memory_seconds, self.compute_seconds)


def rooflines() -> list[Roofline]:
    """One per row of Table 2."""
    found = []
    for row in TABLE_2:
        size = float(row["memory"].value) * 1e9
        found.append(
            Roofline(
                row.method,
                float(row["throughput"].value),
                size / BANDWIDTH,
                2 * WEIGHTS / OPERATIONS,
                -(-int(size) // int(SRAM)),
            )
        )
    return found


def draw(evidence: Evidence) -> Figure:
    """Left: rates. Right: time per token, memory and compute, against the claimed time."""
    del evidence
    figure = Figure(figsize=(9.2, 4.3))
    left, right = figure.subplots(1, 2)
    figure.subplots_adjust(left=0.08, right=0.985, top=0.91, bottom=0.26, wspace=0.36)
    lines = rooflines()
    _rates(left, lines)
    _times(right, lines)
    chips = ", ".join(f"{line.chips} for {line.method}" for line in lines)
    note(
        figure,
        "Roofline: 80 TB/s on-chip bandwidth (published) and 750 TOPS int8 (7.1) of one LPU, 70 "
        "billion weights, one sequence, weights read once per token,\nno overhead, memory and "
        "arithmetic fully overlapped; chips that take turns need the same time per token, chips "
        "that read at once add up their bandwidths and their watts.\n"
        f"At 230 MB each, the chips needed are {chips}. "
        "Claimed rates are the outline's; nothing here was measured on an LPU.",
    )
    return figure


def _rates(axes: Axes, lines: list[Roofline]) -> None:
    axes.set_title("Tokens per second")
    for i, line in enumerate(lines):
        for x, value, color in (
            (i - 0.19, line.claimed_rate, RED),
            (i + 0.19, line.rate, BLUE),
        ):
            axes.bar(x, value, width=0.36, color=color)
            axes.text(x, value + 60, f"{value:,.0f}", ha="center", fontsize=8)
    axes.bar(0, 0, color=RED, label="claimed")
    axes.bar(0, 0, color=BLUE, label="at most, by the roofline")
    axes.set_xticks(range(len(lines)), [line.method for line in lines])
    axes.set_ylim(0, 5300)
    axes.legend(loc="upper left")


def _times(axes: Axes, lines: list[Roofline]) -> None:
    axes.set_title("Milliseconds per token")
    ticks, labels = [], []
    for i, line in enumerate(lines):
        base = 4 * i
        for offset, label, seconds, color in (
            (0, "claimed", 1 / line.claimed_rate, RED),
            (1, "memory", line.memory_seconds, ORANGE),
            (2, "compute", line.compute_seconds, GREY),
        ):
            axes.barh(base + offset, 1e3 * seconds, color=color, height=0.8)
            axes.text(1e3 * seconds + 0.006, base + offset, f"{1e3 * seconds:.3f}", va="center",
                      fontsize=8)  # fmt: skip
            ticks.append(base + offset)
            labels.append(f"{line.method.split(' (')[0]}: {label}")
    axes.set_yticks(ticks, labels, fontsize=8)
    axes.invert_yaxis()
    axes.set_xlim(0, 0.5)
    axes.set_xlabel("ms (the longer of memory and compute bounds the token)", fontsize=8)
