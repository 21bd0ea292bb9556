"""Tables 1-5 and Figures 1-6 of the outline, recomputed or measured (`veriquant figures`)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from veriquant.files import write_bytes, write_text
from veriquant_outline.evidence import Evidence


def write_all(out: Path, build: Path = Path("build")) -> Iterator[Path]:
    """Write every table and figure below `out`, yielding each path once it is there.

    Tables come as CSV, Markdown and LaTeX, figures as PNG and SVG. The same sources and evidence
    give the same bytes. Raises ValueError for evidence that is not JSON, OSError from the disk.
    """
    from veriquant_outline.figures import (
        accuracy,
        architecture,
        layer_error,
        memory,
        packing,
        throughput,
    )
    from veriquant_outline.figures.style import render
    from veriquant_outline.figures.tables import all_tables

    evidence = Evidence.load(build)
    for name, table in all_tables(evidence).items():
        for suffix, text in (
            ("csv", table.as_csv()),
            ("md", table.as_markdown()),
            ("tex", table.as_latex()),
        ):
            path = out / f"{name}.{suffix}"
            write_text(path, text)
            yield path
    for name, draw in (
        ("figure-1-packing", packing.draw),
        ("figure-2-accuracy", accuracy.draw),
        ("figure-3-throughput", throughput.draw),
        ("figure-4-layer-error", layer_error.draw),
        ("figure-5-verification", architecture.draw),
        ("figure-6-memory", memory.draw),
    ):
        for suffix, data in render(draw, evidence).items():
            path = out / f"{name}.{suffix}"
            write_bytes(path, data)
            yield path
