"""The kernels in SPARK: `spec/spark`, printed from the core.

The Python contracts are the source; a test fails when a committed file says anything else
(`python -m veriquant_proofs.export.spark --check`).
"""

from __future__ import annotations

import argparse
import inspect
import sys
from pathlib import Path

from veriquant_proofs.core.syntax import Function, Program, Role
from veriquant_proofs.export.ada_code import Body
from veriquant_proofs.export.ada_contracts import Package, package_name
from veriquant_proofs.export.ada_types import Library
from veriquant_proofs.frontend import Source, read_product
from veriquant_proofs.places import REPOSITORY

PROJECT = """\
--  Build: gprbuild -P veriquant.gpr. Proof: gnatprove -P veriquant.gpr, which was not run here.
--  python -m veriquant_proofs.export.spark rewrites it, a test compares it.

library project Veriquant is
   for Library_Name use "veriquant";
   for Source_Dirs use (".");
   for Object_Dir use "../../build/spark/obj";
   for Library_Dir use "../../build/spark/lib";
   for Create_Missing_Dirs use "True";

   package Compiler is
      for Default_Switches ("Ada") use
        ("-gnat2022", "-gnata", "-gnatVa", "-gnato", "-gnatw.T");
   end Compiler;

   package Prove is
      for Proof_Switches ("Ada") use
        ("--level=4", "--prover=cvc5,z3,altergo", "--timeout=60", "--report=statistics",
         "--checks-as-errors=on");
   end Prove;
end Veriquant;
"""

SPARK_DIRECTORY = REPOSITORY / "spec" / "spark"


def kernels(program: Program) -> dict[str, list[Function]]:
    """The kernels of each module, in the order of their files."""
    found: dict[str, list[Function]] = {}
    for function in program.functions.values():
        if function.role is Role.KERNEL:
            found.setdefault(function.id.module, []).append(function)
    return {
        module: sorted(functions, key=lambda f: f.place.line)
        for module, functions in sorted(found.items())
    }


def packages(source: Source, switched: list[str] | None = None) -> dict[str, str]:
    """File name to text of every package and of the project file.

    `switched` gets the kind of each condition, which the text then lets a run switch (`ada_live`).
    Raises NotExportableError.
    """
    library = Library.of(source.modules)
    texts = {}
    for module, functions in kernels(source.program).items():
        package = Package(source.program, library, module, tuple(functions), switched=switched)
        bodies = []
        for function in functions:
            package.declaration(function)
            bodies.append(Body(package, function).text())
        name = package_name(module).lower()
        texts[f"{name}.ads"] = package.text()
        texts[f"{name}.adb"] = package.body(bodies)
    return {"veriquant_types.ads": library.package(), **texts, "veriquant.gpr": PROJECT}


def differences(expected: dict[str, str], directory: Path = SPARK_DIRECTORY) -> list[str]:
    """Where the committed files differ from the kernels' contracts, a line each."""
    found = []
    for name, text in expected.items():
        path = directory / name
        have = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        wanted = text.splitlines()
        for number in range(max(len(have), len(wanted))):
            a, b = (lines[number] if number < len(lines) else "" for lines in (have, wanted))
            if a != b:
                found.append(f"{name}:{number + 1}: has `{a.strip()}`, kernels say `{b.strip()}`")
                break
        else:
            if len(have) != len(wanted):
                found.append(f"{name}: has {len(have)} lines, not {len(wanted)}")
    found += [f"{p.name}: no kernel module" for p in directory.iterdir() if p.name not in expected]
    return found


def main(arguments: list[str] | None = None) -> int:
    """Write the packages, or with `--check` say where they differ (exit 1)."""
    parser = argparse.ArgumentParser(description=inspect.getdoc(main))
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    options = parser.parse_args(arguments)
    texts = packages(read_product())
    if options.check:
        found = differences(texts)
        print("\n".join(found) or "spec/spark agrees with the kernels")
        return 1 if found else 0
    SPARK_DIRECTORY.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (SPARK_DIRECTORY / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
