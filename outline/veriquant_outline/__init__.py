"""The ledger of a paper outline: its claims as data, each with a verdict computed by code."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from veriquant.lazy import lazily

if TYPE_CHECKING:
    from veriquant_outline.evidence import Evidence
    from veriquant_outline.model import Claim, Entry, Finding, Kind, Ledger, Verdict

__all__ = ["Claim", "Entry", "Evidence", "Finding", "Kind", "Ledger", "Verdict", "ledger"]

# The plug-in is imported for every `veriquant --help`: what it does not need waits.
__getattr__, __dir__ = lazily(
    __name__,
    {
        "Evidence": "veriquant_outline.evidence",
        **dict.fromkeys(
            ("Claim", "Entry", "Finding", "Kind", "Ledger", "Verdict"), "veriquant_outline.model"
        ),
    },
)


def ledger(
    build: Path = Path("build"),
    *,
    report: Mapping[str, Any] | None = None,
    lean: Mapping[str, Any] | None = None,
    quality: Mapping[str, Any] | None = None,
) -> Ledger:
    """Judge every claim of the outline.

    Evidence of the other parts is read below `build`; `report`, `lean` and `quality` (the content
    of `report.json`, `lean.json` and `quality.json`) take the place of what is read, so that a
    report can be judged before it is written. Raises ValueError when a file there is not JSON.
    """
    from veriquant_outline.evidence import Evidence
    from veriquant_outline.load import claims
    from veriquant_outline.model import judge_all

    found = Evidence.load(build)
    evidence = Evidence(
        report=found.report if report is None else report,
        lean=found.lean if lean is None else lean,
        quality=found.quality if quality is None else quality,
        environment=found.environment,
        absence=found.absence,
    )
    return judge_all(claims(), evidence)
