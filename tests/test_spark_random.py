"""Random kernels printed in Ada do what the core's interpreter does."""

from __future__ import annotations

import random
import re
import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from programs import inputs
from programs.functions import Maker
from programs.python_text import python_text
from veriquant_proofs.core.interpreter import CheckFailed, Machine, NotAdmissibleError, StepLimit
from veriquant_proofs.core.syntax import Program
from veriquant_proofs.export import spark, spark_run
from veriquant_proofs.export.ada_driver import answer, driver, request
from veriquant_proofs.export.ada_types import Library
from veriquant_proofs.export.names import NotExportableError
from veriquant_proofs.frontend import Source, VerificationSubsetError, read_files

SEED = 7
PROGRAMS = 30
RUNS = 30

pytestmark = pytest.mark.skipif(
    shutil.which("gnatmake") is None, reason="GNAT is not installed (Debian: gnat)"
)


def printable(flavour: str, folder: Path) -> Source:
    """Random programs that Ada can say, as one."""
    sources = []
    for number in range(PROGRAMS):
        name = f"random_{flavour}_{number}"
        made = Maker(SEED, number, flavour, name).program()
        file = folder / f"{name}.py"
        file.write_text(python_text(made, f"{SEED}/{number}"), encoding="utf-8")
        try:
            source = read_files([file])
            spark.packages(source)
        except (NotExportableError, VerificationSubsetError):
            continue
        sources.append(source)
    functions = {i: f for source in sources for i, f in source.program.functions.items()}
    modules = dict.fromkeys(module for source in sources for module in source.modules)
    return replace(sources[0], program=Program(functions=functions), modules=tuple(modules))


def built(source: Source, folder: Path) -> tuple[Source, Path]:
    """The driver; without programs that GNAT refuses because a check in them always fails."""
    while True:
        chosen = [f for functions in spark.kernels(source.program).values() for f in functions]
        text = driver(Library.of(source.modules), chosen, live=False)
        try:
            program = spark_run.build(folder, {**spark.packages(source), "driver.adb": text})
        except spark_run.SparkError as error:
            never = re.findall(r"(random_\w+)\.ad[sb]\S+ error: value not in range", str(error))
            assert never, str(error)
            kept = {i: f for i, f in source.program.functions.items() if i.module not in never}
            source = replace(source, program=Program(functions=kept))
        else:
            return source, program


@pytest.mark.parametrize("flavour", ["straight", "loops"])
def test_random_kernels_do_in_ada_what_the_interpreter_says(flavour: str, tmp_path: Path) -> None:
    source, program = built(printable(flavour, tmp_path), tmp_path / "build")
    machine = Machine(source.program, 20_000)
    seen: Counter[str] = Counter()
    lines, wanted = [], []
    chosen = [f for functions in spark.kernels(source.program).values() for f in functions]
    for index, kernel in enumerate(chosen):
        chance = random.Random(f"{SEED}/{kernel.id}")
        for _ in range(RUNS):
            values = inputs.arguments(kernel, chance)
            try:
                result = machine.call(kernel.id, list(values.values()))
                line = request(index, kernel, values, result)
            except (CheckFailed, NotAdmissibleError, StepLimit, NotExportableError) as error:
                seen[type(error).__name__] += 1
                continue
            lines.append(line)
            wanted.append((kernel.id.name, values, answer(kernel, result)))
    answers = spark_run.answered(program, lines)
    differ = [(*one, said) for one, said in zip(wanted, answers, strict=True) if said != one[2]]
    assert differ == []
    assert len(chosen) >= 10
    assert len(lines) >= 150, seen
