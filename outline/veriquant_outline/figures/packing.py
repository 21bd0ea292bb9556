"""Figure 1: the pair, the stream, the grids and the memory they take, from the code itself."""

from __future__ import annotations

from fractions import Fraction

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from veriquant.kernels.packing import pack_pair
from veriquant.kernels.stream import pack_stream
from veriquant_outline.evidence import Evidence
from veriquant_outline.figures.style import BLUE, GREY, INK, ORANGE, PALE, RED, SKY, bare
from veriquant_outline.runs.quantizer import normal_channel
from veriquant_spec.grid import dequantize, fit_group, quantize
from veriquant_spec.memory import tensor_footprint
from veriquant_spec.paper import paper_dequantize, paper_quantize, top_half

WIDE_BITS, NARROW_BITS, BLOCK = 4, 3, 8


def bit_of(value: int) -> int:
    """The one bit that is set. Raises ValueError where not exactly one is."""
    if value <= 0 or value & (value - 1):
        raise ValueError(f"{value} has not exactly one bit set")
    return value.bit_length() - 1


def pair_layout() -> dict[int, str]:
    """Bit of a pair to the name of the code bit there, found by packing single bits."""
    layout = {bit_of(pack_pair(1 << i, 0)): f"w{i}" for i in range(WIDE_BITS)}
    layout |= {bit_of(pack_pair(0, 1 << i)): f"n{i}" for i in range(NARROW_BITS)}
    return layout


def stream_layout() -> dict[tuple[int, int], tuple[int, str]]:
    """(byte, bit) of a block to (pair, name of its bit), found by packing single bits."""
    layout: dict[tuple[int, int], tuple[int, str]] = {}
    for pair in range(BLOCK):
        for bit, name in pair_layout().items():
            pairs = [0] * BLOCK
            pairs[pair] = 1 << bit
            data = pack_stream(pairs)
            byte = next(t for t, value in enumerate(data) if value)
            layout[byte, bit_of(data[byte])] = (pair, name)
    return layout


def draw(evidence: Evidence) -> Figure:
    """Four panels: pair, block of eight pairs, grids on one channel, memory of 16 weights."""
    del evidence
    figure = Figure(figsize=(9.4, 7.2))
    grid = figure.add_gridspec(
        3, 2, height_ratios=(0.55, 1.5, 1.35), width_ratios=(1, 1), hspace=0.4, wspace=0.44,
        left=0.06, right=0.98, top=0.94, bottom=0.07,
    )  # fmt: skip
    _pair(figure.add_subplot(grid[0, 0]))
    _legend(figure.add_subplot(grid[0, 1]))
    _stream(figure.add_subplot(grid[1, 0]))
    _memory(figure.add_subplot(grid[1, 1]))
    _grids(figure.add_subplot(grid[2, :]))
    return figure


def _color(name: str) -> str:
    return BLUE if name[0] == "w" else ORANGE


def _cell(axes: Axes, x: float, y: float, name: str, text: str, *, shade: bool = False) -> None:
    axes.add_patch(
        Rectangle((x, y), 1, 1, facecolor=_color(name), alpha=0.45 if shade else 0.95, ec="white")
    )
    ink = INK if shade else "white"
    axes.text(x + 0.5, y + 0.5, text, ha="center", va="center", color=ink, fontsize=8)


def _pair(axes: Axes) -> None:
    bare(axes)
    axes.set_title("(a) One pair: a 4-bit and a 3-bit code in 7 bits")
    for bit, name in pair_layout().items():
        _cell(axes, 7 - bit, 0, name, name)
        axes.text(7.5 - bit, -0.3, str(bit), ha="center", va="center", fontsize=7)
    axes.add_patch(Rectangle((0, 0), 1, 1, facecolor="none", ec=GREY, ls=":"))
    axes.text(0.5, 0.5, "–", ha="center", va="center", color=GREY)
    axes.text(0.5, -0.3, "7", ha="center", va="center", fontsize=7, color=GREY)
    axes.set_xlim(-0.2, 8.2)
    axes.set_ylim(-0.7, 1.3)


def _legend(axes: Axes) -> None:
    bare(axes)
    axes.set_xlim(0, 10)
    axes.set_ylim(-0.7, 1.3)
    for x, name, text in ((0.3, "w0", "wide code, 0..15"), (4.9, "n0", "narrow code, 0..7")):
        axes.add_patch(Rectangle((x, 0.45), 0.5, 0.5, facecolor=_color(name), ec="white"))
        axes.text(x + 0.7, 0.7, text, va="center", fontsize=9)
    axes.text(
        0.3,
        -0.1,
        "A byte per pair would waste bit 7: 4 bits per weight.\n"
        "The stream lays pairs end to end: 3.5 bits per weight.",
        va="center",
        fontsize=8,
    )


def _stream(axes: Axes) -> None:
    bare(axes)
    axes.set_title("(b) Eight pairs in seven bytes")
    for (byte, bit), (pair, name) in stream_layout().items():
        _cell(axes, 7 - bit, 6 - byte, name, f"{pair}", shade=bool(pair % 2))
    for byte in range(7):
        axes.text(-0.2, 6.5 - byte, f"byte {byte}", ha="right", va="center", fontsize=7)
    for bit in range(8):
        axes.text(7.5 - bit, -0.35, str(bit), ha="center", va="center", fontsize=7)
    axes.text(4, -1.0, "bit (number in a cell: its pair)", ha="center", va="center", fontsize=7)
    axes.set_xlim(-1.6, 8.1)
    axes.set_ylim(-1.3, 7.1)


def memory_rows() -> list[tuple[str, float, float]]:
    """(name, bits of codes, bits of everything else) per weight of a 4096 x 4096 tensor."""
    ours = tensor_footprint(4096, 4096, 64)
    per_channel = tensor_footprint(4096, 4096, 0)
    return [
        ("FP16", 16.0, 0.0),
        ("INT4, groups of 128", 4.0, 20 / 128),
        ("outline: byte per pair,\nselection stored", 4.0, 1.0),
        ("ours, one group\nper channel", 8 * per_channel.packed / per_channel.weights,
         8 * per_channel.metadata / per_channel.weights),
        ("ours, groups of 128", 8 * ours.packed / ours.weights, 8 * ours.metadata / ours.weights),
    ]  # fmt: skip


def _memory(axes: Axes) -> None:
    rows = memory_rows()
    axes.set_title("(c) Bits per weight stored (4096 x 4096)")
    for i, (_, codes, rest) in enumerate(rows):
        axes.barh(i, codes, color=SKY, height=0.62)
        axes.barh(i, rest, left=codes, color=INK, height=0.62)
        axes.text(codes + rest + 0.2, i, f"{codes + rest:.2f}", va="center", fontsize=8)
    axes.set_yticks(range(len(rows)), [name for name, _, _ in rows], fontsize=8)
    axes.invert_yaxis()
    axes.set_xlim(0, 19)
    axes.set_xticks(range(0, 17, 4))
    axes.set_xlabel("bits per weight", fontsize=8)
    axes.barh(0, 0, color=SKY, label="codes")
    axes.barh(0, 0, color=INK, label="scales, zero points, order of weights")
    axes.legend(loc="lower right")


def channel_reconstructions() -> tuple[list[Fraction], list[Fraction], list[Fraction], list[bool]]:
    """Sixteen normal weights, the outline's reconstruction, ours, and which are wide."""
    channel = normal_channel(16, 7)
    wide = list(top_half(channel))
    outline = list(paper_dequantize(paper_quantize(channel)))
    ours = list(channel)
    unit = Fraction(1, 1024)
    for half, levels in ((True, 16), (False, 8)):
        members = [i for i, is_wide in enumerate(wide) if is_wide is half]
        grid = fit_group([channel[i] for i in members], unit, levels)
        for i in members:
            ours[i] = dequantize(quantize(channel[i], grid), grid)
    return channel, outline, ours, wide


def _grids(axes: Axes) -> None:
    channel, outline, ours, wide = channel_reconstructions()
    axes.set_title(
        "(d) Sixteen normal weights: one shared scale, or a grid of its own for each half"
    )
    for y, values, text in ((1, outline, "outline 3.3"), (0, ours, "ours")):
        axes.axhline(y, color=PALE, lw=6, zorder=0)
        for w, value, is_wide in zip(channel, values, wide, strict=True):
            off = abs(value - w)
            color = BLUE if is_wide else ORANGE
            axes.plot([float(w), float(value)], [y + 0.3, y], color=RED if off > Fraction(1, 4)
                      else GREY, lw=1.1, zorder=1)  # fmt: skip
            axes.plot(float(w), y + 0.3, "o", color=color, ms=5, zorder=2)
            axes.plot(float(value), y, "|", color=color, ms=11, mew=2, zorder=2)
        worst = max(abs(v - w) for v, w in zip(values, channel, strict=True))
        axes.text(
            1.01, y + 0.15, f"{text}\nlargest error {float(worst):.2f}", fontsize=8, va="center",
            transform=axes.get_yaxis_transform(),
        )  # fmt: skip
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_ylim(-0.3, 1.6)
    axes.set_xlabel(
        "weight (dot) and its reconstruction (bar); red: off by more than 0.25", fontsize=8
    )
    box = axes.get_position()
    axes.set_position((box.x0, box.y0, box.width * 0.84, box.height))
