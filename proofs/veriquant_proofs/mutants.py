"""`make mutants`: every change to a kernel must break an obligation or change nothing.

    python -m veriquant_proofs.mutants                    every kernel and every lemma's statement
    python -m veriquant_proofs.mutants --jobs 4 packing   one module, four processes
    python -m veriquant_proofs.mutants stream.pair_at     one kernel

Writes `mutants.json` to the output folder. Exit code: 0 no mutant survives, 1 some do or the
product itself is not proved, 2 usage.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from veriquant import files
from veriquant_proofs.core.syntax import Role
from veriquant_proofs.frontend import VerificationSubsetError, read_product
from veriquant_proofs.mutation.campaign import (
    VERDICTS,
    KernelOutcome,
    NotProvedError,
    UnsoundError,
    as_json,
    run,
)
from veriquant_proofs.places import BUILD


def main(arguments: list[str] | None = None) -> int:
    """Run the campaign and print its table."""
    options = _parser().parse_args(arguments)
    try:
        source = read_product()
        functions = source.selected(options.kernel)
    except KeyError as error:
        print(f"no kernel, lemma or module is called {error}", file=sys.stderr)
        return 2
    except VerificationSubsetError as error:
        print(error, file=sys.stderr)
        return 1
    kernels = [f for f in functions if f.role is Role.KERNEL]
    lemmas = [f for f in functions if f.role is Role.LEMMA]
    columns = ("mutants", *VERDICTS)
    print(f"{'kernel':30}" + "".join(f"{c:>11}" for c in columns))
    outcomes: list[KernelOutcome] = []
    try:
        for outcome in run(source.program, [*kernels, *lemmas], options.jobs):
            outcomes.append(outcome)
            if not outcome.kernel.startswith("lemma:"):
                print(_row(outcome), flush=True)
    except NotProvedError as error:
        print(f"{error}; run `make verify` first", file=sys.stderr)
        return 1
    except UnsoundError as error:
        print(f"the verifier is unsound: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted, nothing written", file=sys.stderr)
        return 130
    of_kernels, of_lemmas = outcomes[: len(kernels)], outcomes[len(kernels) :]
    result = as_json(of_kernels, of_lemmas)
    total = result["totals"]
    print(f"{'total':30}" + "".join(f"{total[c]:>11}" for c in columns))
    for line in [*_findings(of_kernels), *_statements(of_lemmas)]:
        print(line)
    path = options.out / "mutants.json"
    files.write_text(path, json.dumps(result, indent=1) + "\n")
    print(f"written: {path}")
    return 1 if total["surviving"] else 0


def _parser() -> argparse.ArgumentParser:
    assert __doc__ is not None
    summary, examples, _ = __doc__.split("\n\n", 2)
    parser = argparse.ArgumentParser(
        prog="python -m veriquant_proofs.mutants",
        description=summary,
        epilog=examples,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("kernel", nargs="*", help="kernel, lemma or module; default: all")
    parser.add_argument("--jobs", type=_positive, default=os.cpu_count() or 1, help="processes")
    parser.add_argument("--out", type=Path, default=BUILD, help="output folder")
    return parser


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return value


def _row(outcome: KernelOutcome) -> str:
    counts = [len(outcome.mutants), *(outcome.count(verdict) for verdict in VERDICTS)]
    return f"{outcome.kernel:30}" + "".join(f"{n:>11}" for n in counts)


def _findings(kernels: list[KernelOutcome]) -> list[str]:
    """Survivors first, then clauses that nothing needs."""
    lines = [
        f"SURVIVES {k.kernel}:{m.line}:{m.column}: {m.operator}: {m.old} -> {m.new}: the contract "
        "is too weak; strengthen it until it determines the result"
        for k in kernels
        for m in k.mutants
        if m.verdict == "surviving"
    ]
    clauses = [(k, c) for k in kernels for c in k.clauses]
    unneeded = [
        f"unneeded {c.what} {k.kernel}:{c.line}: {c.text}" for k, c in clauses if not c.needed
    ]
    determined = sum(k.determined for k in kernels)
    return [
        *lines,
        f"{determined} of {len(kernels)} contracts are proved to allow one result only; what "
        "satisfies such a contract is equivalent to the kernel",
        f"{len(clauses) - len(unneeded)} of {len(clauses)} preconditions and loop invariants are "
        "needed: without one of them an obligation fails",
        *unneeded,
    ]


def _statements(lemmas: list[KernelOutcome]) -> list[str]:
    """How sharp the lemmas are. A changed statement that is still provable is true as well."""
    if not lemmas:
        return []
    changed = [m for k in lemmas for m in k.mutants]
    provable = sum(m.verdict == "surviving" for m in changed)
    return [
        f"{len(changed) - provable} of {len(changed)} changed lemma statements are not provable; "
        f"the other {provable} are weaker or true as well (listed in the report)"
    ]


if __name__ == "__main__":
    sys.exit(main())
