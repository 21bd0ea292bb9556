"""The ledger as `veriquant verify` takes it into its report."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from veriquant_outline import ledger
from veriquant_outline.render import markdown


def judged(
    build: Path, report: Mapping[str, Any], lean: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Counts, entries, sections, what failed and the Markdown, as plain data.

    `report` and `lean` are the content of a run's `report.json` and `lean.json`, not yet written.
    """
    found = ledger(build, report=report, lean=lean)
    return {
        **found.as_json(),
        "sections": list(found.sections),
        "failed": [f"{entry.id}: {entry.evidence}" for entry in found.failed],
        "markdown": markdown(found),
    }
