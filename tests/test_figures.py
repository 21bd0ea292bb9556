"""Tables and figures: from live data, the same bytes every time, nothing cut off or overlapping."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
import typer
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from typer.testing import CliRunner

from outline_evidence import GOOD, NOTHING, QUALITY, good_report, quality_file
from veriquant.kernels.packing import unpack_pair
from veriquant.kernels.stream import unpack_stream
from veriquant_outline import Evidence, quality
from veriquant_outline.figures import (
    accuracy,
    architecture,
    layer_error,
    memory,
    packing,
    throughput,
    write_all,
)
from veriquant_outline.figures.style import _SETTINGS, render
from veriquant_outline.figures.tables import BLANK, Table, all_tables, source_lines
from veriquant_outline.plugin import register
from veriquant_outline.tables import TABLE_1, TABLE_2
from veriquant_proofs.bench.norm import certified_norm
from veriquant_spec.memory import GB, MODELS, model_footprint
from veriquant_spec.requirements import requirements

DRAWINGS = {
    "packing": packing.draw,
    "accuracy": accuracy.draw,
    "throughput": throughput.draw,
    "layer_error": layer_error.draw,
    "architecture": architecture.draw,
    "memory": memory.draw,
}
EVIDENCE = {"without evidence": NOTHING, "with evidence": GOOD}


# -- tables -------------------------------------------------------------------------------------


def rows(table: Table) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(table.as_csv())))


def test_tables_have_the_outlines_rows_and_columns() -> None:
    tables = all_tables(NOTHING)
    first = rows(tables["table-1-accuracy"])
    assert [r["Method"] for r in first] == [r.method for r in TABLE_1]
    assert first[4]["Codes recomputed (GB)"] == "30.625"
    assert first[0]["Average recomputed"] == "69.95"
    model = MODELS["LLaMA-70B"]
    assert float(first[4]["All counted (GB)"]) == pytest.approx(
        model_footprint(model).total / GB, rel=1e-3
    )
    second = rows(tables["table-2-throughput"])
    assert [r["Efficiency recomputed (tok/s/W)"] for r in second] == ["77.5", "110.2"]
    assert [r["Chips to hold it"] for r in second] == ["153", "134"]
    third = rows(tables["table-3-scaling"])
    assert [r["Fits, claimed"] for r in third] == ["no", "yes"]
    assert [r["≤ one wafer (40 GB)"] for r in third] == ["no", "no"]
    assert [r["≤ 8 wafers (320 GB)"] for r in third] == ["yes", "yes"]
    assert len(rows(tables["table-4-ablation"])) == 4
    assert rows(tables["table-5-verification"])[0]["Theorems/VCs claimed"] == "83"


def test_blanks_are_filled_by_evidence_and_explained_without_it() -> None:
    without, filled = all_tables(NOTHING), all_tables(GOOD)
    bare = rows(without["table-1-accuracy"])
    assert {r["Measured perplexity"] for r in bare} == {BLANK}
    assert any("run make bench" in note for note in without["table-1-accuracy"].notes)
    assert rows(filled["table-1-accuracy"])[4]["Measured perplexity"] == "24"
    five, five_filled = without["table-5-verification"], filled["table-5-verification"]
    assert rows(five)[1]["Theorems/VCs ours"] == BLANK
    assert any("run make verify" in note for note in five.notes)
    parts = rows(five_filled)
    assert parts[1]["Theorems/VCs ours"] == str(len(requirements()))
    assert sum(int(r["Theorems/VCs ours"]) for r in parts[2:]) == len(requirements())
    for table in without.values():
        if any(BLANK in row for row in table.rows):
            assert any("would need" in n or "run make" in n for n in table.notes), table.caption


def test_one_unproved_obligation_shows_in_table_5() -> None:
    name = next(iter(requirements()))
    evidence = Evidence(report=good_report(**{name: "unknown"}), lean={"theorems": []})
    row = rows(all_tables(evidence)["table-5-verification"])[1]
    assert int(row["Automatic ours"]) == int(row["Theorems/VCs ours"]) - 1


def test_renderings_of_a_table_agree_and_escape() -> None:
    table = Table("100% of a_b", ("x", "y|z"), (("1 & 2", "≤ 3"),), ("note #1",))
    assert rows(table) == [{"x": "1 & 2", "y|z": "≤ 3"}]
    assert r"| x | y\|z |" in table.as_markdown()
    latex = table.as_latex()
    assert r"\caption{100\% of a\_b}" in latex
    assert r"1 \& 2 & $\le$ 3 \\" in latex
    assert latex.count(r"\begin") == latex.count(r"\end") == 2
    with pytest.raises(ValueError, match="does not have"):
        Table("t", ("x",), (("1", "2"),), ())


def test_lines_of_the_kernels_are_counted_from_their_files() -> None:
    import veriquant.kernels

    folder = Path(veriquant.kernels.__path__[0])
    expected = sum(
        1 for f in folder.glob("*.py") for line in f.read_text().splitlines() if line.strip()
    )
    assert source_lines("veriquant.kernels", ".py") == expected


# -- what the figures show ----------------------------------------------------------------------


def test_bit_positions_are_those_of_the_kernels() -> None:
    layout = packing.pair_layout()
    assert sorted(layout) == list(range(7))
    for bit, name in layout.items():
        code = unpack_pair(1 << bit)[0 if name[0] == "w" else 1]
        assert code == 1 << int(name[1])
    stream = packing.stream_layout()
    assert set(stream) == {(byte, bit) for byte in range(7) for bit in range(8)}
    for (byte, bit), (pair, name) in stream.items():
        data = [0] * 7
        data[byte] = 1 << bit
        pairs = unpack_stream(data, 8)
        assert [i for i, value in enumerate(pairs) if value] == [pair]
        assert layout[packing.bit_of(pairs[pair])] == name


def test_the_outline_reconstructs_worse_than_our_grid_in_figure_1() -> None:
    channel, outline, ours, wide = packing.channel_reconstructions()
    worst = [max(abs(v - w) for v, w in zip(x, channel, strict=True)) for x in (outline, ours)]
    assert worst[0] > 4 * worst[1]
    assert sum(wide) == len(channel) // 2


def test_roofline_numbers() -> None:
    lines = throughput.rooflines()
    assert [line.claimed_rate for line in lines] == [float(r["throughput"].value) for r in TABLE_2]
    for line, row in zip(lines, TABLE_2, strict=True):
        assert line.memory_seconds == float(row["memory"].value) * 1e9 / 80e12
        assert line.compute_seconds == 2 * 70e9 / 750e12
        assert line.rate < line.claimed_rate
        assert (line.chips - 1) * 230e6 < float(row["memory"].value) * 1e9 <= line.chips * 230e6


def test_measured_errors_stay_below_the_certified_bound() -> None:
    found = layer_error.networks()
    for name, trace in found.items():
        assert len(trace.measured) == len(trace.bound) == layer_error.LAYERS
        assert all(0 < m < b for m, b in zip(trace.measured, trace.bound, strict=True)), name
    assert found["orthogonal"].lipschitz == pytest.approx(1, abs=1e-5)


def test_a_measured_model_takes_the_right_panel_of_figure_4() -> None:
    layers = [
        {"layer": i, "measured": 0.1 * i, "weights": 0.1, "weights_bound": 0.2} for i in (1, 2, 3)
    ]
    evidence = Evidence(quality={"smollm2": {"layers": layers, "sources": [{"what": "Model, x"}]}})
    right = layer_error.draw(evidence).axes[2]
    assert right.get_title() == "Model, rtn"
    lines = {line.get_label(): list(line.get_ydata()) for line in right.lines}  # type: ignore[arg-type]
    assert lines == {
        "output, measured": [row["measured"] for row in layers],
        "its weights, certified bound": [0.2] * 3,
        "its weights, measured": [0.1] * 3,
    }
    assert "Synthetic" in layer_error.draw(Evidence()).axes[2].get_title()


def test_certified_norm_is_half_the_root_of_the_summed_squares() -> None:
    import veriquant

    weights = np.random.default_rng(3).normal(size=(5, 150)).astype(np.float32)
    tensor = veriquant.quantize(weights, group_size=32)  # a shorter last group
    bound = certified_norm(tensor)
    assert np.linalg.norm(tensor.dequantize(np.float64) - weights) <= bound
    by_hand = 0.0
    for channel in range(5):
        for pair in range(75):
            for half in (0, 1):
                s = float(tensor.scales[channel, half]) * int(
                    tensor.group_scales[channel, pair // 32, half]
                )
                by_hand += s * s
    assert bound == pytest.approx(0.5 * by_hand**0.5)


def test_frontier_keeps_what_nothing_beats() -> None:
    edge = quality.frontier(quality.rows(GOOD))
    names = [r.name for r in edge]
    assert names == [
        "int3 RTN per channel",
        "int3 RTN g64",
        "llama.cpp Q3_K",
        "veriquant gptq g64",
        "int4 RTN g64",
        "llama.cpp Q4_K",
    ]


def test_figure_5_draws_every_requirement_and_every_function() -> None:
    found = architecture.traceability()
    texts = {t.get_text() for t in _texts(architecture.draw(NOTHING))}
    assert set(requirements()) <= texts
    for name in found.carriers:
        assert name.replace("lemma:lemmas.", "lemma ") in texts
    assert all(f"{package}.ads" in texts for package in found.spark)
    carried = {i for ids in found.carriers.values() for i in ids}
    assert carried == set(requirements()), "a requirement that no function carries"


def test_figure_5_shows_a_failed_proof() -> None:
    name = next(iter(requirements()))
    bad = Evidence(report=good_report(**{name: "refuted"}), lean=GOOD.lean)
    joined = " ".join(t.get_text() for t in _texts(architecture.draw(bad)))
    assert f"{len(requirements()) - 1} of {len(requirements())} requirements proved" in joined


def test_bars_of_figure_6_are_the_memory_model() -> None:
    model = MODELS["LLaMA-405B"]
    bars = dict(memory.schemes(model))
    assert bars["ours, groups of 128"] == model_footprint(model, 64)
    assert all(f.total > 40 * GB for f in bars.values())
    assert all(f.total < 320 * GB for f in bars.values())


# -- how they look ------------------------------------------------------------------------------


def drawn(draw: Callable[[Evidence], Figure], evidence: Evidence) -> Figure:
    """A figure laid out in the settings of the files."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_SETTINGS)
        figure = draw(evidence)
        FigureCanvasAgg(figure).draw()
    return figure


def test_names_of_a_flat_frontier_stay_inside_the_axes_of_figure_2() -> None:
    flat = quality_file(int4_RTN_g64=20.3)
    flat["smollm2"]["rows"] += [
        {"scheme": f"another tool {i}", "family": "peer", "bits": 4.4 + 0.02 * i,
         "score": {"perplexity": 20.3 - 0.02 * i}}
        for i in range(1, 7)
    ]  # fmt: skip
    evidence = Evidence(quality=flat)
    figure = drawn(accuracy.draw, evidence)
    axes = figure.axes[1]
    names = {row.name for row in quality.frontier(quality.rows(evidence))}
    found = [t.get_window_extent() for t in _texts(figure) if t.get_text() in names]
    assert len(found) >= 10
    assert all(axes.bbox.y0 <= box.y0 and axes.bbox.x0 <= box.x0 for box in found)


def _texts(figure: Figure) -> list[Text]:
    return [t for t in figure.findobj(Text) if t.get_visible() and t.get_text().strip()]


@pytest.mark.parametrize("name", DRAWINGS)
@pytest.mark.parametrize("which", EVIDENCE)
def test_no_text_is_cut_off_or_overlaps_another(name: str, which: str) -> None:
    figure = drawn(DRAWINGS[name], EVIDENCE[which])
    boxes = [(t.get_text(), t.get_window_extent()) for t in _shown(figure)]
    width, height = figure.bbox.width, figure.bbox.height
    for text, box in boxes:
        inside = box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height
        assert inside, f"{text!r} is cut off: {box}"
    for (a, first), (b, second) in combinations(boxes, 2):
        dx = min(first.x1, second.x1) - max(first.x0, second.x0)
        dy = min(first.y1, second.y1) - max(first.y0, second.y0)
        assert dx < 2 or dy < 2, f"{a!r} overlaps {b!r}"


def _shown(figure: Figure) -> list[Text]:
    """Texts that are drawn: tick labels outside the limits of their axis are not."""
    hidden = set()
    for axes in figure.axes:
        for axis, limits in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
            for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
                low, high = sorted(limits)
                if not low <= tick.get_loc() <= high:
                    hidden |= {tick.label1, tick.label2}
    return [t for t in _texts(figure) if t not in hidden]


# -- files --------------------------------------------------------------------------------------


def test_the_same_evidence_gives_the_same_bytes(tmp_path: Path) -> None:
    build = tmp_path / "build"
    (build / "bench").mkdir(parents=True)
    (build / "bench" / "quality.json").write_text(json.dumps(QUALITY))
    first = {p.name: p.read_bytes() for p in write_all(tmp_path / "a", build)}
    second = {p.name: p.read_bytes() for p in write_all(tmp_path / "b", build)}
    assert first == second
    assert len(first) == 5 * 3 + 6 * 2
    assert {p.name for p in (tmp_path / "a").iterdir()} == set(first)
    for name, data in first.items():
        if name.endswith(".svg"):
            assert b"<dc:date>" not in data and b"</svg>" in data
        if name.endswith(".png"):
            assert data.startswith(b"\x89PNG") and b"Software" not in data


def test_rendering_leaves_the_callers_settings_alone() -> None:
    before = dict(mpl.rcParams)
    render(memory.draw, NOTHING)
    assert dict(mpl.rcParams) == before


def run(*arguments: str) -> Any:
    app = typer.Typer()
    register(app)
    app.command("other")(lambda: None)
    return CliRunner().invoke(app, list(arguments))


def test_figures_command(tmp_path: Path) -> None:
    result = run("figures", "-o", str(tmp_path / "out"), "--build", str(tmp_path / "none"))
    assert result.exit_code == 0, result.output
    assert len(result.stdout.splitlines()) == len(list((tmp_path / "out").iterdir())) == 27


@pytest.mark.parametrize("bad", ["unwritable", "evidence"])
def test_figures_command_refuses_bad_input(tmp_path: Path, bad: str) -> None:
    build, out = tmp_path / "build", tmp_path / "out"
    if bad == "unwritable":
        out.write_text("a file, not a folder")
    else:
        (build / "bench").mkdir(parents=True)
        (build / "bench" / "quality.json").write_text("[")
    result = run("figures", "-o", str(out), "--build", str(build))
    assert result.exit_code == 2
    assert result.stderr.startswith("veriquant: ")
