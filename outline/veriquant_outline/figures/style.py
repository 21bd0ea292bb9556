"""One look for all figures, and files that depend on nothing but the sources."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from veriquant_outline.evidence import Evidence

#: A palette that stays apart in the common forms of colour blindness (Okabe and Ito).
BLUE, ORANGE, GREEN, RED, GREY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#8C8C8C"
SKY, PURPLE, INK, PALE = "#56B4E9", "#CC79A7", "#222222", "#E8E8E8"

_SETTINGS: dict[str, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": INK,
    "axes.grid": False,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "figure.dpi": 150,
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "path.sketch": None,
    "savefig.dpi": 150,
    "svg.fonttype": "path",
    "svg.hashsalt": "veriquant",
    "text.color": INK,
}


def render(draw: Callable[[Evidence], Figure], evidence: Evidence) -> dict[str, bytes]:
    """PNG and SVG of a figure; no date, no program version, no random ids."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_SETTINGS)
        figure = draw(evidence)
        return {
            "png": _bytes(figure, "png", {"Software": None}),
            "svg": _bytes(figure, "svg", {"Date": None, "Creator": None}),
        }


def _bytes(figure: Figure, kind: str, metadata: dict[str, Any]) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format=kind, metadata=metadata)
    return buffer.getvalue()


def bare(axes: Axes) -> None:
    """No ticks and no frame: for diagrams."""
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)


def absent(axes: Axes, text: str) -> None:
    """Say in place of a plot why there is none."""
    bare(axes)
    axes.text(
        0.5, 0.5, text, ha="center", va="center", transform=axes.transAxes, color=GREY, wrap=True
    )


def note(figure: Figure, text: str) -> None:
    """The line of assumptions and sources below the panels."""
    figure.text(0.01, 0.01, text, fontsize=7, color=INK, ha="left", va="bottom")
