"""Sizes of models and machines, and rows of a table compared with each other."""

from __future__ import annotations

import math

from veriquant_outline.evidence import Evidence
from veriquant_outline.model import Finding, Inputs, judged
from veriquant_outline.printed import exact, half_width, show
from veriquant_spec.memory import MODELS

CHECKS = ("architecture_number", "channel_count", "wafers_tell_apart", "rows_differ")


def architecture_number(inputs: Inputs, evidence: Evidence) -> Finding:
    """A number of a model's architecture, against its published shape."""
    del evidence
    model, what = MODELS[str(inputs["model"])], str(inputs["property"])
    ours = int(getattr(model, what))
    claimed = inputs["claimed"]
    nominal = exact(inputs["nominal_percent"]) / 100
    tolerance = max(half_width(claimed), nominal * ours)
    named = {"hidden": "hidden size"}.get(what, f"number of {what}")
    note = f" It is a nominal size, taken within {show(100 * nominal)} %." if nominal else ""
    return Finding(
        verdict=judged(abs(ours - exact(claimed)) <= tolerance),
        text=f"The published {named} of {model.name} is {show(ours)} ({model.source}); the outline "
        f"says {show(claimed)}.{note}",
        claimed=show(claimed),
        ours=show(ours),
        tolerance=show(tolerance),
    )


def channel_count(inputs: Inputs, evidence: Evidence) -> Finding:
    """Output channels of a model, from its published shapes, against the printed number."""
    del evidence
    model = MODELS[str(inputs["model"])]
    ours, claimed = model.output_channels, inputs["claimed"]
    return Finding(
        verdict=judged(abs(ours - exact(claimed)) <= half_width(claimed)),
        text=f"By its published shape ({model.source}) {model.name} has {show(ours)} output "
        f"channels in its linear layers and head; the outline says {show(claimed)}.",
        claimed=show(claimed),
        ours=show(ours),
        tolerance=show(half_width(claimed)),
    )


def wafers_tell_apart(inputs: Inputs, evidence: Evidence) -> Finding:
    """Whether one wafer or many, the capacities that the outline names, hold only one of two rows.

    Inputs: `our_memory`, `int4_memory`, `wafer` in GB; `wafers`, how many the key insight grants.
    """
    del evidence
    ours, int4, wafer = (exact(inputs[name]) for name in ("our_memory", "int4_memory", "wafer"))
    many = int(inputs["wafers"])
    apart = [n for n in (1, many) if ours <= n * wafer < int4]
    least, most = math.ceil(ours / wafer), math.ceil(int4 / wafer)
    fits = [
        f"{'one wafer' if n == 1 else f'{n} wafers'} ({show(n * wafer)} GB): "
        f"{'fits' if ours <= n * wafer else 'does not fit'} and "
        f"{'fits' if int4 <= n * wafer else 'does not fit'}"
        for n in (1, many)
    ]
    return Finding(
        verdict=judged(bool(apart)),
        text=f"{show(ours)} GB at 3.5 bits and {show(int4)} GB of INT4, by the capacities that the "
        f"outline names. {'; '.join(fits)}. Table 3 judges INT4 by one wafer and 3.5 bits by "
        f"{many}. It takes {least} wafers to hold the first and {most} to hold the second.",
        claimed="one fits, the other does not",
        ours="told apart" if apart else "not told apart by either capacity",
    )


def rows_differ(inputs: Inputs, evidence: Evidence) -> Finding:
    """Whether two rows of a table have different numbers.

    Inputs: `first_row` and `second_row`, as printed, the first cell being the row's name.
    """
    del evidence
    first, second = (
        [cell.strip() for cell in str(inputs[row]).strip("|").split("|")][1:]
        for row in ("first_row", "second_row")
    )
    same = [a for a, b in zip(first, second, strict=True) if a == b]
    return Finding(
        verdict=judged(len(same) < len(first)),
        text=f"The rows have the cells {', '.join(first)} and {', '.join(second)}: {len(same)} of "
        f"{len(first)} are equal, digit by digit.",
        claimed="different numbers",
        ours=f"{len(same)} of {len(first)} cells equal",
    )
