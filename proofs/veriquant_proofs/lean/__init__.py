"""The Lean development: launcher, build, lint, audit and report.

from veriquant_proofs.lean import check
report = check(jobs=2, progress=print)
report.totals          # theorems, tagged, lines, axioms, holes
report.tagged("T1c")   # the Lean theorems of the design's T1c
"""

from __future__ import annotations

from veriquant_proofs.lean.audit import Theorem
from veriquant_proofs.lean.build import LeanCheckError
from veriquant_proofs.lean.launcher import LeanUnavailableError
from veriquant_proofs.lean.package import LeanSourceError
from veriquant_proofs.lean.report import LeanReport, ModuleSummary, check, write

__all__ = [
    "LeanCheckError",
    "LeanReport",
    "LeanSourceError",
    "LeanUnavailableError",
    "ModuleSummary",
    "Theorem",
    "check",
    "write",
]
