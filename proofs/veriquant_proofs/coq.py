"""`make coq`: the theorems once more, proved in Coq (`coq/*.v`) and checked again by coqchk.

Sources are copied to build/coq and compiled there. Every `Theorem` must be closed under the global
context, which Coq says (`Print Assumptions`) and coqchk, a separate checker of the compiled files,
confirms. A Coq that is not there is "not run", never a failure and never a success.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

from veriquant import files
from veriquant_proofs import places

SOURCES = places.REPOSITORY / "coq"
BUILD = places.BUILD / "coq"
TOOLS = ("coqc", "coqdep", "coqchk")
LOGICAL = ("-R", ".", "VeriQuant")

#: Ids of the design that some theorem must carry: its name, or the part before `_`.
REQUIRED = ("T1", "T1c", "T2", "T2c", "T3", "T4", "T5")

#: What Coq says of a theorem that rests on no axiom.
CLOSED = "Closed under the global context"

#: What coqchk must say of everything that was loaded.
CLEAN = (
    "Axioms: <none>",
    "Constants/Inductives relying on type-in-type: <none>",
    "Constants/Inductives relying on unsafe (co)fixpoints: <none>",
    "Inductives whose positivity is assumed: <none>",
)

#: Seconds for one file, and for coqchk, which checks Coq's libraries too.
FILE_LIMIT, CHECK_LIMIT, INSTALL_LIMIT = 300.0, 1200.0, 900.0

_THEOREM = re.compile(r"^\s*Theorem\s+(\w+)", re.MULTILINE)
_COMMENT = re.compile(r"\(\*.*?\*\)", re.DOTALL)
_MARK = "@@ "

Status = Literal["proved", "failed", "not run"]


class CoqError(Exception):
    """A file that does not compile, a theorem with an assumption, or a checker that refuses."""


@dataclass(frozen=True, slots=True)
class Theorem:
    """A theorem: its module and name, its statement as Coq prints it, whether it has no axiom."""

    module: str
    name: str
    statement: str
    closed: bool


@dataclass(frozen=True, slots=True)
class Report:
    """What a run found. `digest` is the SHA-256 of all sources, names included."""

    status: Status
    detail: str
    digest: str
    version: str = ""
    coqchk: str = ""
    theorems: list[Theorem] = field(default_factory=list)

    def to_json(self) -> str:
        """The report as JSON, keys sorted."""
        return json.dumps(asdict(self), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def sources(folder: Path = SOURCES) -> list[Path]:
    """The Coq files, by name. Raises CoqError where there is none."""
    found = sorted(folder.glob("*.v"))
    if not found:
        raise CoqError(f"{folder}: no Coq file")
    return found


def digest_of(paths: Sequence[Path]) -> str:
    """SHA-256 of the files' names and contents."""
    hasher = hashlib.sha256()
    for path in paths:
        data = path.read_bytes()
        hasher.update(f"{path.name}\0{len(data)}\0".encode())
        hasher.update(data)
    return hasher.hexdigest()


def stated(paths: Sequence[Path]) -> list[tuple[str, str]]:
    """`(module, theorem)` of every theorem. Raises CoqError where an id of `REQUIRED` has none."""
    found = [
        (path.stem, name)
        for path in paths
        for name in _THEOREM.findall(_COMMENT.sub(" ", path.read_text(encoding="utf-8")))
    ]
    ids = {name.split("_")[0] for _, name in found}
    if missing := [i for i in REQUIRED if i not in ids]:
        raise CoqError(f"no theorem for {', '.join(missing)}")
    return found


def _call(command: Sequence[str], folder: Path, limit: float) -> str:
    """All that is printed. Raises CoqError where the command fails or takes more than `limit` s."""
    try:
        done = subprocess.run(
            command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            timeout=limit, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise CoqError(f"{' '.join(command)}: not done within {limit:g} s") from None
    if done.returncode != 0:
        shown = done.stdout.strip()[-3000:]
        raise CoqError(f"{' '.join(command)}: exit code {done.returncode}\n{shown}")
    return done.stdout


def questions(theorems: Sequence[tuple[str, str]]) -> str:
    """A Coq file that prints, for each theorem, a mark, its assumptions and its statement."""
    modules = sorted({module for module, _ in theorems})
    # Libraries are imported, so that statements are printed with their notations.
    lines = ["Require Import ZArith QArith List.", "Import ListNotations.", "Open Scope Z_scope."]
    lines += [f"Require VeriQuant.{module}." for module in modules]
    for module, name in theorems:
        full = f"VeriQuant.{module}.{name}"
        lines += [
            f'Goal True. idtac "{_MARK}{module}.{name}". Abort.',
            f"Print Assumptions {full}.",
            f"Check {full}.",
        ]
    return "\n".join(lines) + "\n"


def answers(output: str, theorems: Sequence[tuple[str, str]]) -> list[Theorem]:
    """The theorems as Coq sees them. Raises CoqError where one is missing or rests on an axiom."""
    found = []
    parts = dict(part.split("\n", 1) for part in output.split(_MARK)[1:])
    for module, name in theorems:
        text = parts.get(f"{module}.{name}", "").strip()
        if not text.startswith(CLOSED):
            raise CoqError(f"{module}.{name} is not closed:\n{text[:1000]}")
        statement = " ".join(text.removeprefix(CLOSED).split())
        if ":" not in statement:
            raise CoqError(f"{module}.{name}: Coq printed no statement")
        found.append(Theorem(module, name, statement.split(":", 1)[1].strip(), True))
    return found


def summary(output: str) -> str:
    """coqchk's summary in one line. Raises CoqError where it names an axiom or a lifted check."""
    text = " ".join(output.split())
    if bad := [line for line in CLEAN if line not in text]:
        raise CoqError(f"coqchk does not say '{bad[0]}':\n{output[-2000:]}")
    return "no axioms, no lifted checks"


def _sorted(names: Sequence[str], build: Path) -> list[str]:
    """The files, each after those that it requires. Raises CoqError where coqdep drops one."""
    found = _call(["coqdep", "-sort", *LOGICAL, *names], build, FILE_LIMIT).split()
    ordered = [Path(name).name for name in found if name.endswith(".v")]
    if sorted(ordered) != sorted(names):
        raise CoqError(f"coqdep orders {ordered}, not {list(names)}")
    return ordered


def compile_all(paths: Sequence[Path], build: Path) -> None:
    """Compile copies of the files in `build`, emptied before. Raises CoqError where one fails."""
    files.make_folder(build)
    for old in build.iterdir():  # nothing of an earlier run takes part
        old.unlink()
    for path in paths:
        shutil.copyfile(path, build / path.name)
    for name in _sorted([path.name for path in paths], build):
        print(f"coq: {name}", flush=True)
        _call(["coqc", "-q", *LOGICAL, name], build, FILE_LIMIT)


def ask(text: str, build: Path) -> str:
    """What Coq prints for the commands `text`, beside the compiled files. Raises CoqError."""
    files.write_text(build / "questions.v", text)
    return _call(["coqc", "-q", *LOGICAL, "questions.v"], build, FILE_LIMIT)


def check(folder: Path = SOURCES, build: Path = BUILD) -> Report:
    """Compile, ask for the assumptions of each theorem, check the compiled files again.

    Raises CoqError where something does not hold.
    """
    paths = sources(folder)
    theorems = stated(paths)
    compile_all(paths, build)
    version = _call(["coqc", "--print-version"], build, FILE_LIMIT).split()[0]
    proved = answers(ask(questions(theorems), build), theorems)
    print("coq: coqchk", flush=True)
    modules = [f"VeriQuant.{path.stem}" for path in paths]
    checked = summary(_call(["coqchk", "-o", "-silent", *LOGICAL, *modules], build, CHECK_LIMIT))
    detail = f"{len(proved)} theorems, none rests on an axiom"
    return Report("proved", detail, digest_of(paths), version, checked, proved)


def available(install: bool) -> str | None:
    """None if Coq is here, else why not. With `install`, root asks apt for it first."""
    if all(shutil.which(tool) for tool in TOOLS):
        return None
    if install and shutil.which("apt-get") and os.geteuid() == 0:
        print("coq: installing Debian's package", flush=True)
        command = ["apt-get", "install", "-y", "--no-install-recommends", "coq"]
        try:
            _call(command, places.REPOSITORY, INSTALL_LIMIT)
        except CoqError as error:
            return f"apt-get could not install it: {str(error).splitlines()[-1]}"
    missing = [tool for tool in TOOLS if not shutil.which(tool)]
    return f"{', '.join(missing)} not found" if missing else None


def main(argv: list[str] | None = None) -> int:
    """Run the check and write the report; 1 where a theorem or a tool says no."""
    parser = argparse.ArgumentParser(
        prog="python -m veriquant_proofs.coq",
        description="Prove the theorems in coq/*.v, and check the compiled files with coqchk.",
        epilog="exit codes: 0 every theorem holds, or no Coq is here (not run); 1 something fails",
    )
    parser.add_argument("--install", action="store_true", help="root may install Debian's coq")
    parser.add_argument("--out", type=Path, default=BUILD / "coq.json", help="report")
    options = parser.parse_args(argv)
    options.out.unlink(missing_ok=True)
    try:
        reason = available(options.install)
        report = check() if reason is None else Report("not run", reason, digest_of(sources()))
    except CoqError as error:
        report = Report("failed", str(error), digest_of(sorted(SOURCES.glob("*.v"))))
    files.make_folder(options.out.parent)
    files.write_text(options.out, report.to_json())
    if report.status == "failed":
        print(f"coq: FAILED\n{report.detail}", file=sys.stderr)
        return 1
    print(f"Coq {report.version or '(none)'}: {report.status}: {report.detail}")
    print(f"report: {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
