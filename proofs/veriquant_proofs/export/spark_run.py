"""The printed packages compiled by GNAT and run beside Python (`make spark`).

Every kernel is called with its contract and loop invariants checked, on inputs inside its
precondition; what it returns is compared with what the Python function returns. Then, in a copy of
the packages, each condition in turn is made false: a run must fail at its very line, so none is
there for show. The result is `build/spark/spark.json`.
"""

from __future__ import annotations

import argparse
import hashlib
import inspect
import itertools
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from veriquant import files
from veriquant_proofs.core.interpreter import Machine
from veriquant_proofs.core.printer import show_function
from veriquant_proofs.core.syntax import Function, Program
from veriquant_proofs.core.types import IntType, MatrixType, SequenceType, Type
from veriquant_proofs.export.ada_contracts import is_function
from veriquant_proofs.export.ada_driver import LIVE, answer, driver, request
from veriquant_proofs.export.ada_types import Base, Library, base_of
from veriquant_proofs.export.names import NotExportableError
from veriquant_proofs.export.python_results import results
from veriquant_proofs.export.spark import kernels, packages
from veriquant_proofs.frontend import Source, read_product
from veriquant_proofs.places import REPOSITORY
from veriquant_proofs.runtime.inputs import Generator

#: Inputs wanted of every kernel (fewer where there are fewer), and attempts to find one more.
WANTED = 1000
ATTEMPTS = 12

#: Lengths of lists whose elements are all at one end of their range.
CORNER_LENGTHS = (0, 1, 2, 33, 256)
CORNERS = 64

#: The longest list, of kernels that reduce lists of machine words: a whole half of 8192 channels.
LONGEST = 4096

#: Inputs of each kernel on which each condition is made false in turn.
SWITCHED_INPUTS = 8

#: Steps of the interpreter for one precondition; seconds for one run of a compiler or program.
STEPS = 200_000
LIMIT = 600.0

FLAGS = ("-gnat2022", "-gnata", "-gnatVa", "-gnato", "-gnatw.T")
DIRECTORY = REPOSITORY / "build" / "spark"


class SparkError(RuntimeError):
    """A tool that fails, with what it says."""


@dataclass(slots=True)
class KernelRun:
    """What running one kernel gave. `everything`: no other inputs are inside the precondition."""

    kernel: str
    compiled: bool = False
    run: bool = False
    inputs: int = 0
    extremes: int = 0
    everything: bool = False
    differences: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Condition:
    """A condition of a contract or loop, and whether a run failed at its line once made false."""

    kind: str
    place: str
    live: bool


@dataclass(slots=True)
class SparkRun:
    """The whole result."""

    gnat: str
    flags: tuple[str, ...]
    core: str
    gnatprove: str
    kernels: list[KernelRun]
    conditions: list[Condition] = field(default_factory=list)
    error: str | None = None

    @property
    def good(self) -> bool:
        """Every kernel ran without a difference, and every condition is live."""
        ran = all(k.run and not k.differences for k in self.kernels)
        live = all(c.live for c in self.conditions)
        return self.error is None and ran and live and bool(self.kernels)

    def problems(self) -> list[str]:
        """What is wrong, a line each."""
        found = [self.error] if self.error is not None else []
        found += [f"{k.kernel}: {d}" for k in self.kernels for d in k.differences[:3]]
        if self.error is None:
            found += [f"{k.kernel}: no input was found" for k in self.kernels if not k.run]
        return found + [f"{c.place}: {c.kind} never checked" for c in self.conditions if not c.live]


def digest(program: Program) -> str:
    """SHA-256 of the program as text."""
    text = "\n".join(show_function(f) for _, f in sorted(program.functions.items(), key=str))
    return hashlib.sha256(text.encode()).hexdigest()


def version() -> str | None:
    """GNAT's version; None where it is not installed."""
    if shutil.which("gnatmake") is None:
        return None
    return _said("gnatmake", "--version").splitlines()[0]


def _said(*command: str, cwd: Path | None = None, given: str | None = None) -> str:
    done = subprocess.run(
        command, cwd=cwd, input=given, capture_output=True, text=True, check=False, timeout=LIMIT
    )
    if done.returncode:
        said = (done.stdout + done.stderr).strip()
        raise SparkError(f"{' '.join(command[:2])} fails: {said[:2000]}")
    return done.stdout


def build(folder: Path, texts: Mapping[str, str]) -> Path:
    """The driver, compiled in a folder of its own. Raises SparkError."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    _said("gnatmake", "-q", "-j2", *FLAGS, "driver.adb", cwd=folder)
    return folder / "driver"


def inputs_of(program: Program, kernel: Function, wanted: int) -> tuple[list[dict[str, Any]], int]:
    """Inputs inside the precondition, and how many of them (the first ones) are extremes.

    Matrices are rectangular, as Ada's are.
    """
    generator = Generator(Machine(program, STEPS), kernel, f"spark {kernel.id}")
    if generator.domain is not None:
        return list(generator.admissible(0)), 0
    corners = _corners(generator, kernel)
    more = filter(rectangular, generator.admissible(ATTEMPTS * wanted))
    return [*corners, *itertools.islice(more, wanted)], len(corners)


def rectangular(values: Mapping[str, Any]) -> bool:
    """Whether the rows of every matrix have one length."""
    matrices = [v for v in values.values() if isinstance(v, list) and v and isinstance(v[0], list)]
    return all(len(set(map(len, matrix))) == 1 for matrix in matrices)


def _corners(generator: Generator, kernel: Function) -> list[dict[str, Any]]:
    """Every parameter at an end of its range, lists throughout."""
    found: list[dict[str, Any]] = []
    matrices = any(isinstance(p.type, MatrixType) for p in kernel.parameters)
    lengths = CORNER_LENGTHS[:3] if matrices else CORNER_LENGTHS
    if not matrices and is_function(kernel) and base_of(kernel) is Base.WORD:
        lengths = (*lengths, LONGEST)
    ends = itertools.product((0, 1), repeat=len(kernel.parameters))
    for chosen in itertools.islice(ends, CORNERS):
        for length in lengths:
            values = {
                p.name: _corner(p.type, end, length)
                for p, end in zip(kernel.parameters, chosen, strict=True)
            }
            if generator.repair.admissible(values) and rectangular(values) and values not in found:
                found.append(values)
    return found


def _corner(kind: Type, end: int, length: int) -> Any:
    match kind:
        case IntType(range=bounds):
            return 0 if bounds is None else bounds[end]
        case SequenceType(element=element):
            return [_corner(element, end, length)] * length
        case MatrixType(element=element):
            return [[_corner(element, end, length)] * length for _ in range(length)]
    return bool(end)


def run(source: Source, folder: Path = DIRECTORY, wanted: int = WANTED) -> SparkRun:
    """Compile, run, compare, and switch conditions; a tool that fails is the result's `error`."""
    chosen = [f for functions in kernels(source.program).values() for f in functions]
    runs = [KernelRun(kernel.label) for kernel in chosen]
    found = SparkRun(version() or "missing", FLAGS, digest(source.program), "not run", runs)
    try:
        lines = _compare(source, chosen, runs, folder / "run", wanted)
        files.write_text(folder / "vectors.txt", "\n".join(lines) + "\n", durable=False)
        if not any(one.differences for one in runs):
            found.conditions = _switch(source, chosen, folder / "switched", _few(lines))
    except (SparkError, NotExportableError) as error:
        found.error = str(error)
    return found


def _compare(
    source: Source, chosen: Sequence[Function], runs: list[KernelRun], folder: Path, wanted: int
) -> list[str]:
    """Run every kernel on its inputs; fills `runs`, returns the lines of input."""
    texts = {**packages(source), "driver.adb": _driver(source, chosen, live=False)}
    program = build(folder, texts)
    made = [inputs_of(source.program, kernel, wanted) for kernel in chosen]
    outcomes = results([(k, inputs) for k, (inputs, _) in zip(chosen, made, strict=True)])
    lines, expected = [], []
    for index, (kernel, one) in enumerate(zip(chosen, runs, strict=True)):
        inputs, one.extremes = made[index]
        one.compiled, one.run, one.inputs = True, bool(inputs), len(inputs)
        one.everything = Generator(Machine(source.program), kernel, "").domain is not None
        for values, outcome in zip(inputs, outcomes[index], strict=True):
            if outcome.error is not None:
                one.differences.append(f"Python raises {outcome.error} on {values}")
                continue
            lines.append(request(index, kernel, values, outcome.result))
            expected.append((one, answer(kernel, outcome.result)))
    answers = answered(program, lines)
    for line, (one, wanted_answer), found in zip(lines, expected, answers, strict=True):
        if found != wanted_answer:
            one.differences.append(f"input {line}: `{found}`, Python gives `{wanted_answer}`")
    return lines


def answered(program: Path, lines: Sequence[str]) -> list[str]:
    """What the driver says to each line."""
    said = _said(str(program), given="\n".join(lines) + "\n")
    found = [line.strip().replace("  ", " ") for line in said.splitlines()]
    if len(found) != len(lines):
        raise SparkError(f"{program.name} answers {len(found)} of {len(lines)} lines")
    return found


def _driver(source: Source, chosen: Sequence[Function], *, live: bool) -> str:
    return driver(Library.of(source.modules), chosen, live=live)


def _few(lines: Sequence[str]) -> list[str]:
    """Some inputs of each kernel, short ones but not the shortest."""
    found: list[str] = []
    for _, group in itertools.groupby(lines, key=lambda line: line.partition(" ")[0]):
        ordered = sorted(group, key=len)
        step = max(1, len(ordered) // SWITCHED_INPUTS)
        found += ordered[step // 2 :: step][:SWITCHED_INPUTS]
    return found


def _switch(
    source: Source, chosen: Sequence[Function], folder: Path, lines: Sequence[str]
) -> list[Condition]:
    """Make each condition false in turn; which of them stop a run."""
    kinds: list[str] = []
    texts = packages(source, kinds)
    more = {"veriquant_live.ads": LIVE, "driver.adb": _driver(source, chosen, live=True)}
    program = build(folder, {**texts, **more})
    places = {}
    for name, text in texts.items():
        for line, content in enumerate(text.splitlines(), start=1):
            for number in re.findall(r"Veriquant_Live\.Holds \((\d+),", content):
                places[int(number)] = f"{name}:{line}"
    asked = [line for n in range(1, len(kinds) + 1) for line in (f"# {n}", *lines)]
    answers = answered(program, asked)
    found = []
    size = len(lines) + 1
    for index, kind in enumerate(kinds):
        part = answers[index * size + 1 : (index + 1) * size]
        place = places[index + 1]
        live = any(one.startswith("!") and re.search(rf"{re.escape(place)}\b", one) for one in part)
        found.append(Condition(kind, place, live))
    return found


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"`{text}` is no number of inputs: write 1 or more")
    return int(text)


def main(arguments: list[str] | None = None) -> int:
    """Compile and run the SPARK packages beside Python.

    Exit code 1 where they differ or a condition is not checked. Where GNAT is missing: "not run",
    and exit code 0.
    """
    parser = argparse.ArgumentParser(
        description=inspect.getdoc(main),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="example: python -m veriquant_proofs.export.spark_run --inputs 5000",
    )
    parser.add_argument("--inputs", type=_count, default=WANTED, help="inputs of each kernel")
    parser.add_argument("--out", type=Path, default=DIRECTORY, help="folder of the result")
    options = parser.parse_args(arguments)
    if version() is None:
        files.remove(options.out / "spark.json")  # an older result is none of this program
        print("spark: not run: GNAT is not installed (Debian: apt-get install gnat)")
        return 0
    found = run(read_product(), options.out, options.inputs)
    result = {**asdict(found), "good": found.good}
    files.write_text(options.out / "spark.json", json.dumps(result, indent=1) + "\n")
    for one in found.kernels:
        if not one.run:
            continue
        scope = ", all there are" if one.everything else f", {one.extremes} of them extremes"
        print(f"{one.kernel}: {one.inputs} inputs{scope}, {len(one.differences)} differences")
    live = sum(c.live for c in found.conditions)
    print(f"{live} of {len(found.conditions)} conditions live; {found.gnat}; GNATprove: not run")
    for line in found.problems():
        print(f"spark: {line[:500]}", file=sys.stderr)
    return 0 if found.good else 1


if __name__ == "__main__":
    sys.exit(main())
