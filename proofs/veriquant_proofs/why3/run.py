"""Runs `why3 prove` on printed modules and says, per goal, what its provers found."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path

from veriquant_proofs.core.checks import Kind
from veriquant_proofs.core.syntax import NOWHERE, Function, Program
from veriquant_proofs.why3.expressions import NotExportableError
from veriquant_proofs.why3.modules import Module, Origin, print_module

#: Provers as Why3 names them, with seconds of wall time per goal; the next one where one gives up.
PROVERS = (("Z3,4.8.12,", 10), ("CVC4,1.8,", 20), ("Z3,4.8.12,", 60))

_GOAL = re.compile(
    r'File "[^"]*", line (?P<line>\d+), characters [^\n]*\n'
    r"(?:Sub-goal (?P<what>[^\n]*?) of goal|Goal) (?P<goal>[^\n]*)\.\n"
    r"Prover result is: (?P<answer>[A-Za-z ]+)"
)


@dataclass(slots=True)
class Goal:
    """One goal of Why3's weakest preconditions: what it states, and who proved it."""

    #: "" where no line of the module tells: Why3's own words stand in `explanation`
    kind: str
    line: int
    text: str
    explanation: str
    #: number of the postcondition in the contract; None for other checks
    clause: int | None
    #: the prover that found it valid; None: not proved
    prover: str | None


@dataclass(slots=True)
class FunctionResult:
    """What Why3 says of one function."""

    function: str
    goals: list[Goal]
    #: why there are no goals: not exportable, or refused by Why3
    refused: str | None = None

    @property
    def proved(self) -> bool:
        """Whether there are goals and every one is proved."""
        return bool(self.goals) and all(goal.prover for goal in self.goals)


def available() -> bool:
    """Whether Why3 and a prover are installed."""
    return shutil.which("why3") is not None and shutil.which("z3") is not None


@cache
def configured(folder: Path) -> tuple[Path, str]:
    """A configuration of Why3 in a folder, and the versions of all that it found."""
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "why3.conf"
    found = subprocess.run(
        ["why3", "-C", str(config), "config", "detect"],
        capture_output=True,
        text=True,
        check=True,
    )
    version = subprocess.run(["why3", "--version"], capture_output=True, text=True, check=True)
    provers = sorted(re.findall(r"Found prover (.* version [^ ,]+)", found.stdout + found.stderr))
    return config, version.stdout.strip() + "; " + "; ".join(dict.fromkeys(provers))


def prove_function(
    program: Program,
    function: Function,
    folder: Path,
    provers: Sequence[tuple[str, int]] = PROVERS,
) -> FunctionResult:
    """Prints a function's module into `folder` and proves it; proved modules are remembered."""
    try:
        module = print_module(program, function)
    except NotExportableError as error:
        return FunctionResult(str(function.id), [], f"not exportable: {error}")
    config, versions = configured(folder)
    key = hashlib.sha256(f"{versions}\n{provers}\n{module.text}".encode()).hexdigest()
    kept = folder / "cache" / f"{key}.json"
    goals: list[Goal] = []
    if kept.exists():
        goals = [Goal(**goal) for goal in json.loads(kept.read_text())]
        return FunctionResult(str(function.id), goals)
    path = folder / f"{function.id}.mlw"
    path.write_text(module.text)
    goals = []
    for prover, seconds in provers:
        found, trouble = _prove(module, path, config, prover, seconds)
        if trouble is not None:
            return FunctionResult(str(function.id), [], f"refused by Why3: {trouble}")
        if not goals:
            goals = found
        elif len(found) != len(goals):
            return FunctionResult(str(function.id), [], "provers were given different goals")
        for goal, again in zip(goals, found, strict=True):
            goal.prover = goal.prover or again.prover
        if all(goal.prover for goal in goals):
            kept.parent.mkdir(exist_ok=True)
            temporary = kept.with_suffix(".new")
            temporary.write_text(json.dumps([asdict(goal) for goal in goals]))
            temporary.replace(kept)
            break
    return FunctionResult(str(function.id), goals)


def _prove(
    module: Module, path: Path, config: Path, prover: str, seconds: int
) -> tuple[list[Goal], str | None]:
    run = subprocess.run(
        [
            "why3",
            "-C",
            str(config),
            "prove",
            "-P",
            prover,
            "-a",
            "split_vc",
            "-t",
            str(seconds),
            path,
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    goals = [_goal(module, match, prover) for match in _GOAL.finditer(run.stdout)]
    # every answer must have been read: one that the pattern misses is not one that is proved
    if not goals or len(goals) != run.stdout.count("Prover result is:"):
        errors = [line for line in run.stderr.splitlines() if "warning" not in line.lower()]
        return [], (" ".join(errors[-2:]) or "no goals")[:300]
    return goals, None


def _goal(module: Module, match: re.Match[str], prover: str) -> Goal:
    explanation = (match["what"] or match["goal"]).strip()
    origin = module.origins.get(int(match["line"]), Origin("", 0, ""))
    valid = match["answer"].strip() == "Valid"
    name = prover.rstrip(",").replace(",", " ")
    kind = origin.kind
    if kind == "operation":  # the kind of an operation's check stands in Why3's explanation
        known = {k.value for k in Kind}
        kind = explanation.lower() if explanation.lower() in known else "operation"
    return Goal(kind, origin.line, origin.text, explanation, origin.clause, name if valid else None)


def prove_all(
    program: Program, functions: Sequence[Function], folder: Path, jobs: int
) -> Iterator[FunctionResult]:
    """Every function, `jobs` at a time, in the order given."""
    configured(folder)
    with ThreadPoolExecutor(jobs) as pool:
        yield from pool.map(lambda f: prove_function(program, f, folder), functions)


def core_digest(program: Program) -> str:
    """A digest of the core of a program: neither places nor the text it was read from."""
    bare = [
        replace(function, file=Path(), place=NOWHERE, text="")
        for function in program.functions.values()
    ]
    return hashlib.sha256(repr(sorted(bare, key=lambda f: str(f.id))).encode()).hexdigest()
