"""`python -m veriquant_proofs.why3`: prove every kernel and lemma of the product by Why3."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

from veriquant_proofs.core.syntax import Role
from veriquant_proofs.frontend import read_product
from veriquant_proofs.why3.results import RESULT, write_results
from veriquant_proofs.why3.run import available, configured, prove_all

PACKAGES = ("why3", "z3", "cvc4")


def _install() -> None:
    """Installs Why3 where that is allowed: as root, with apt-get."""
    if hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "update", "-qq"], check=False)
        subprocess.run(["apt-get", "install", "-y", "-qq", *PACKAGES], check=False)


def main(arguments: list[str] | None = None) -> int:
    """Returns 0 where everything is proved or Why3 is not installed, else 1."""
    parser = argparse.ArgumentParser(
        prog="python -m veriquant_proofs.why3",
        description=__doc__,
        epilog="example: python -m veriquant_proofs.why3 --install rne_div quantize_code",
    )
    parser.add_argument("names", nargs="*", help="functions or modules (all without)")
    parser.add_argument("--jobs", type=int, default=2, help="functions at a time")
    parser.add_argument("--install", action="store_true", help="install Why3 by apt-get as root")
    options = parser.parse_args(arguments)
    if not available() and options.install:
        _install()
    if not available():
        print(f"Why3: not run (install the packages {' '.join(PACKAGES)})")
        return 0
    source = read_product()
    try:
        chosen = source.selected(options.names)
    except KeyError as error:
        print(f"no function is called {error}", file=sys.stderr)
        return 2
    # their definitions, too: that recursion ends and that values are defined
    logic = [f for f in source.program.functions.values() if f.role is Role.LOGIC]
    functions = [*dict.fromkeys(f.id for f in (*chosen, *([] if options.names else logic)))]
    folder = RESULT.parent.absolute()
    results = []
    for result in prove_all(
        source.program, [source.program[f] for f in functions], folder, options.jobs
    ):
        results.append(result)
        proved = sum(goal.prover is not None for goal in result.goals)
        said = result.refused or f"{proved} of {len(result.goals)} goals"
        print(f"{result.function}: {said}", flush=True)
        for goal in result.goals:
            if goal.prover is None:
                print(f"    not proved: {goal.explanation}, line {goal.line}: {goal.text}")
    if not options.names:
        write_results(source.program, results, configured(folder)[1], Path(RESULT))
    done = sum(result.proved for result in results)
    print(f"Why3: {done} of {len(results)} functions proved")
    return 0 if done == len(results) else 1


if __name__ == "__main__":
    sys.exit(main())
