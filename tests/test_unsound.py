"""False programs, one a file in tests/unsound: each must be refused or fail the check it names.

A file says in its first comments what must come of it: `# expect: TEXT` (part of the message that
refuses it), `# expect: KIND at line N` (a check that must not be proved there), `# expect: vacuous`
or `# expect: assumed: FUNCTION` (a callee whose contract the run says it has not proved).
`# witness: CALL` is a call on which the program really breaks its contract or raises. A folder is
a program of several files: `f.py` is verified, after `prepare.py`, where there is one, has run.
"""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import z3

from veriquant_proofs.core.checks import Kind
from veriquant_proofs.frontend import VerificationSubsetError, read_files
from veriquant_proofs.frontend.link import check_links
from veriquant_proofs.obligations import UnsupportedError, generate

UNSOUND = Path(__file__).parent / "unsound"
PROGRAMS = sorted(p for p in UNSOUND.iterdir() if p.name[0].isdigit())

#: Z3's steps for one condition; what needs more counts as not proved.
BUDGET = 4_000_000


@dataclass(frozen=True)
class Outcome:
    """What came of a program."""

    refused: str = ""
    unproved: frozenset[tuple[str, int]] = frozenset()
    vacuous: bool = False
    assumed: tuple[str, ...] = ()

    def verifies(self) -> bool:
        """Whether a person would read: proved."""
        return not (self.refused or self.unproved or self.vacuous or self.assumed)


def header(path: Path, key: str) -> str | None:
    """The value of a comment `# key: value` at the top of a program."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            return None
        if line.startswith(f"# {key}: "):
            return line.removeprefix(f"# {key}: ")
    return None


def satisfiable(smt2: str) -> bool:
    """Whether Z3 does not exclude it."""
    solver = z3.Solver(ctx=z3.Context())
    solver.set("rlimit", BUDGET)
    solver.from_string(smt2)
    return bool(solver.check() != z3.unsat)


def judged(entry: Path) -> Outcome:
    """What the verifier says of a file."""
    try:
        source = read_files([entry])
        kernels = [generate(source.program, function) for function in source.verified()]
        check_links(source)
    except (VerificationSubsetError, UnsupportedError) as error:
        return Outcome(refused=str(error))
    unproved = {(vc.kind.value, vc.line) for k in kernels for vc in k.vcs if satisfiable(vc.smt2)}
    vacuous = any(not satisfiable(point.smt2) for k in kernels for point in k.vacuity)
    assumed = tuple(str(f.id) for f in source.assumed(source.verified()))
    return Outcome(unproved=frozenset(unproved), vacuous=vacuous, assumed=assumed)


def matches(outcome: Outcome, expect: str) -> bool:
    """Whether the outcome is the one that a program's header names."""
    check = re.fullmatch(r"(.+) at line (\d+)", expect)
    if check and check[1] in {kind.value for kind in Kind}:
        return (check[1], int(check[2])) in outcome.unproved
    if expect == "vacuous":
        return outcome.vacuous
    if expect.startswith("assumed: "):
        return expect.removeprefix("assumed: ") in outcome.assumed
    return expect in outcome.refused


@contextmanager
def placed(program: Path, folder: Path) -> Iterator[Path]:
    """The file to verify; a folder's in a prepared copy, and its modules are forgotten after."""
    if program.is_file():
        yield program
        return
    copy = folder / program.name
    shutil.copytree(program, copy, ignore=shutil.ignore_patterns("__pycache__"))
    if (copy / "prepare.py").exists():
        subprocess.run([sys.executable, str(copy / "prepare.py")], check=True)
    before, path = set(sys.modules), list(sys.path)
    own = {p.name.removesuffix(".py") for p in copy.iterdir()} - {"veriquant_spec", "fractions"}
    try:
        yield copy / "f.py"
    finally:
        sys.path[:] = path
        for name in set(sys.modules) - before:
            if name.partition(".")[0] in own:
                del sys.modules[name]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.stem)
def test_false_program_is_not_proved(program: Path, tmp_path: Path) -> None:
    expect = header(program if program.is_file() else program / "f.py", "expect")
    assert expect, "no expectation"
    with placed(program, tmp_path) as entry:
        outcome = judged(entry)
    assert not outcome.verifies(), "VERIFIED"
    assert matches(outcome, expect), outcome


WITNESSED = [p for p in PROGRAMS if header(p if p.is_file() else p / "f.py", "witness")]


@pytest.mark.parametrize("program", WITNESSED, ids=lambda p: p.stem)
def test_the_program_is_really_wrong(program: Path, tmp_path: Path) -> None:
    with placed(program, tmp_path) as entry:
        call = header(entry, "witness")
        assert call is not None
        sys.path.insert(0, str(entry.parent))
        try:
            names = loaded(entry)
            with pytest.raises(Exception):  # noqa: B017 - a broken contract, or any error of the code
                eval(call, {"Fraction": Fraction, **names})
        finally:
            sys.path.remove(str(entry.parent))


def loaded(entry: Path) -> dict[str, Any]:
    """The namespace of a program, imported as Python does."""
    spec = importlib.util.spec_from_file_location(f"false_{entry.stem}", entry)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return vars(module)
