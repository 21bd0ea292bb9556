"""A run's data, completed by the claims ledger, which judges that very run."""

from __future__ import annotations

from typing import Any

from veriquant_proofs.driver import BUILD, Run, Steps
from veriquant_proofs.report.model import report_data


def complete(run: Run, steps: Steps) -> dict[str, Any]:
    """The content of `report.json`. A claim whose evidence fails, fails the run."""
    data = report_data(run)
    if not steps.claims or run.partial:
        return data
    from veriquant_proofs.claims import ledger

    judged = ledger(BUILD, report=data, lean=run.lean.record)
    failed = [f"{e.id}: {e.evidence}" for e in judged.failed]
    run.claims = {**judged.as_json(), "sections": list(judged.sections), "failed": failed}
    return report_data(run)
