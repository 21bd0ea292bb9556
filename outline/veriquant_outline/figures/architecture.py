"""Figure 5: what verifies what, drawn from the marks, the reports and the SPARK files."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from veriquant_outline.evidence import Evidence, is_proved
from veriquant_outline.figures.style import BLUE, GREEN, GREY, INK, ORANGE, PURPLE, RED, bare, note
from veriquant_proofs.frontend import read_product
from veriquant_proofs.places import REPOSITORY
from veriquant_spec.requirements import Requirement, requirements

COLUMNS = {"theorem": 0.0, "requirement": 2.1, "lean": 3.62, "code": 7.0, "spark": 10.2}
LEAN_WIDTH, CODE_WIDTH = 1.3, 2.3
THEOREM_COLOURS = (BLUE, ORANGE, GREEN, PURPLE, RED, "#56B4E9", "#7A6A00", "#555555", "#8B4513")


@dataclass(frozen=True, slots=True)
class Trace:
    """Live traceability: requirements, and the functions whose marks name them."""

    requirements: tuple[Requirement, ...]
    carriers: dict[str, tuple[str, ...]]  # function -> requirement ids
    spark: tuple[str, ...]

    @property
    def theorems(self) -> tuple[str, ...]:
        """Theorem ids in the order of their first requirement."""
        return tuple(dict.fromkeys(r.theorem for r in self.requirements))


def traceability() -> Trace:
    """Read the marks of all kernels and lemmas, the requirements and the SPARK folder."""
    carriers = {
        function.label: function.requirements
        for function in read_product().verified()
        if function.requirements
    }
    packages = sorted(path.stem for path in (REPOSITORY / "spec" / "spark").glob("*.ads"))
    return Trace(tuple(requirements().values()), carriers, tuple(packages))


def draw(evidence: Evidence) -> Figure:
    """Five columns: theorems, requirements, Lean, kernels and lemmas, SPARK packages."""
    found = traceability()
    figure = Figure(figsize=(11.5, 9.2))
    axes = figure.add_axes((0.01, 0.045, 0.98, 0.925))
    bare(axes)
    axes.set_xlim(-0.15, 12.2)
    axes.set_ylim(-0.02, 1.06)
    colour = dict(zip(found.theorems, THEOREM_COLOURS, strict=False))
    spots = {
        r.id: 1 - (i + 0.5) / len(found.requirements) for i, r in enumerate(found.requirements)
    }
    code = _ordered(found, spots)
    places = {name: 1 - (i + 0.5) / len(code) for i, name in enumerate(code)}
    theorem_of = {r.id: r.theorem for r in found.requirements}
    _headings(axes, evidence, found)
    _theorems(axes, found, spots, colour)
    _requirements(axes, evidence, found, spots, colour)
    _lean(axes, evidence, found, spots, colour)
    _code(axes, evidence, found, places, spots, {k: colour[t] for k, t in theorem_of.items()})
    _spark(axes, found, places)
    note(
        figure,
        "Drawn from requirements.toml, the @kernel and @lemma marks, spec/spark and the reports in "
        "build/verify. A line joins a requirement to a function whose contract carries it.\n"
        + _state(evidence, found),
    )
    return figure


def _state(evidence: Evidence, found: Trace) -> str:
    conditions = evidence.conditions()
    if not conditions and evidence.lean is None:
        return "Nothing is marked as proved here: run make verify."
    states = Counter(evidence.proof((r.id,)).status for r in found.requirements)
    return (
        f"{states['proved']} of {len(found.requirements)} requirements proved; "
        f"{sum(map(is_proved, conditions))} of {len(conditions)} obligations proved by both "
        f"solvers; {len(evidence.theorems())} Lean theorems checked."
    )


def _ordered(found: Trace, spots: dict[str, float]) -> list[str]:
    """Functions by module, modules by the mean height of their requirements: fewer crossings."""
    heights: dict[str, list[float]] = {}
    for name, ids in found.carriers.items():
        heights.setdefault(name.rpartition(".")[0], []).extend(spots[i] for i in ids)
    mean = {module: sum(values) / len(values) for module, values in heights.items()}

    def key(name: str) -> tuple[float, str, float, str]:
        module = name.rpartition(".")[0]
        ids = found.carriers[name]
        return -mean[module], module, -sum(spots[i] for i in ids) / len(ids), name

    return sorted(found.carriers, key=key)


def _box(axes: Axes, x: float, y: float, width: float, text: str, edge: str, fill: str) -> None:
    axes.add_patch(
        FancyBboxPatch(
            (x, y - 0.0085), width, 0.017, boxstyle="round,pad=0.0,rounding_size=0.008",
            mutation_aspect=0.1, fc=fill, ec=edge, lw=0.9, zorder=3,
        )
    )  # fmt: skip
    axes.text(x + width / 2, y, text, ha="center", va="center", fontsize=6.6, zorder=4, color=INK)


def _headings(axes: Axes, evidence: Evidence, found: Trace) -> None:
    conditions = len(evidence.conditions())
    titles = {
        "theorem": "Theorems\n(design 4)",
        "requirement": f"Requirements\n({len(found.requirements)})",
        "lean": "Lean 4\n(theorems for each)",
        "code": f"Kernels and lemmas ({len(found.carriers)})\nZ3 and cvc5 or Bitwuzla: "
        + (f"{conditions} obligations" if conditions else "not run"),
        "spark": f"SPARK contracts\n({len(found.spark)} packages)",
    }
    for column, title in titles.items():
        axes.text(COLUMNS[column], 1.045, title, fontsize=8.5, fontweight="bold", va="center")


def _theorems(axes: Axes, found: Trace, spots: dict[str, float], colour: dict[str, str]) -> None:
    for theorem in found.theorems:
        mine = [spots[r.id] for r in found.requirements if r.theorem == theorem]
        y = sum(mine) / len(mine)
        _box(axes, COLUMNS["theorem"], y, 0.8, theorem, colour[theorem], "white")
        for spot in mine:
            _line(axes, COLUMNS["theorem"] + 0.8, y, COLUMNS["requirement"], spot, colour[theorem])


def _line(axes: Axes, x0: float, y0: float, x1: float, y1: float, color: str) -> None:
    bend = (x0 + x1) / 2
    t = [i / 20 for i in range(21)]
    xs = [(1 - s) ** 3 * x0 + 3 * (1 - s) ** 2 * s * bend + 3 * (1 - s) * s**2 * bend + s**3 * x1
          for s in t]  # fmt: skip
    ys = [(1 - s) ** 3 * y0 + 3 * (1 - s) ** 2 * s * y0 + 3 * (1 - s) * s**2 * y1 + s**3 * y1
          for s in t]  # fmt: skip
    axes.plot(xs, ys, color=color, lw=0.8, alpha=0.75, zorder=1, solid_capstyle="round")


_FILL = {"proved": "#D9F0E4", "missing": "#F3F3F3", "failed": "#F8D7CF"}


def _requirements(
    axes: Axes,
    evidence: Evidence,
    found: Trace,
    spots: dict[str, float],
    colour: dict[str, str],
) -> None:
    for r in found.requirements:
        status = evidence.proof((r.id,)).status
        _box(axes, COLUMNS["requirement"], spots[r.id], 1.5, r.id, colour[r.theorem],
             _FILL[status])  # fmt: skip


def _lean(
    axes: Axes,
    evidence: Evidence,
    found: Trace,
    spots: dict[str, float],
    colour: dict[str, str],
) -> None:
    for r in found.requirements:
        y = spots[r.id]
        theorems = [t for t in evidence.theorems() if r.id in t.get("requirements", ())]
        if not theorems and not r.lean:
            text, fill = "solvers only", "white"
        elif evidence.lean is None:
            text, fill = "wanted, not run", _FILL["missing"]
        else:
            clean = all(not t.get("axioms") for t in theorems)
            text = f"{len(theorems)} theorem{'s' * (len(theorems) != 1)}"
            fill = _FILL["proved" if theorems and clean else "failed"]
        _box(axes, COLUMNS["lean"], y, LEAN_WIDTH, text, colour[r.theorem], fill)


def _code(
    axes: Axes,
    evidence: Evidence,
    found: Trace,
    places: dict[str, float],
    spots: dict[str, float],
    colour: dict[str, str],
) -> None:
    for name, ids in found.carriers.items():
        mine = [vc for vc in evidence.conditions() if vc.get("kernel") == name]
        shown = name.replace("lemma:lemmas.", "lemma ")
        text = f"{shown}  {len(mine)}" if mine else shown
        if not mine:
            fill = _FILL["missing"]
        else:
            fill = _FILL["proved" if all(map(is_proved, mine)) else "failed"]
        for identifier in ids:
            _line(axes, COLUMNS["lean"] + LEAN_WIDTH, spots[identifier], COLUMNS["code"],
                  places[name], colour[identifier])  # fmt: skip
        _box(axes, COLUMNS["code"], places[name], CODE_WIDTH, text, GREY, fill)


def _spark(axes: Axes, found: Trace, places: dict[str, float]) -> None:
    heights: dict[str, float] = {}
    for package in found.spark:
        module = package.removeprefix("veriquant_")
        mine = [y for name, y in places.items() if name.rpartition(".")[0] == module]
        if not mine:
            continue
        heights[package] = sum(mine) / len(mine)
        for spot in mine:
            _line(axes, COLUMNS["code"] + CODE_WIDTH, spot, COLUMNS["spark"], heights[package],
                  GREY)  # fmt: skip
    used = sorted(heights.values())
    gap = max(pairwise(used), key=lambda ends: ends[1] - ends[0])
    for i, package in enumerate(p for p in found.spark if p not in heights):
        heights[package] = sum(gap) / 2 - 0.03 * i  # serves all others: no line of its own
    for package, y in heights.items():
        _box(axes, COLUMNS["spark"], y, 1.7, f"{package}.ads", INK, "white")
