"""A run's data, completed by the claims ledger, which judges that very run."""

from __future__ import annotations

import hashlib
import json
import os
from typing import Any

from veriquant_proofs.driver import Run, Steps
from veriquant_proofs.generated import sources_sha256
from veriquant_proofs.places import BUILD
from veriquant_proofs.report.model import report_data
from veriquant_proofs.solvers.cache import Cache

#: Names of environment variables that tell the ledger of hardware and data on this machine.
ENVIRONMENT = "VERIQUANT_"


def complete(run: Run, steps: Steps) -> dict[str, Any]:
    """The content of `report.json`; sets `run.claims`. A claim whose check breaks fails the run."""
    data = report_data(run)
    if not steps.claims or run.partial:
        return data
    run.claims = _judged(run, data)
    data["failures"] = run.failures
    data["ok"] = not run.failures
    return data


def without_times(value: Any) -> Any:
    """A report's value without its times: what two runs on the same sources share."""
    if isinstance(value, dict):
        return {k: without_times(v) for k, v in value.items() if k != "seconds"}
    if isinstance(value, list):
        return [without_times(part) for part in value]
    return value


def _judged(run: Run, data: dict[str, Any]) -> dict[str, Any]:
    """The ledger, kept under everything that it reads."""
    cache = Cache(run.options.cache)
    lean = run.lean.record
    quality = BUILD / "bench" / "quality.json"
    key = {
        "ledger": _hash_of(without_times([data, lean])),
        "quality": quality.read_text(encoding="utf-8") if quality.exists() else None,
        "environment": {k: v for k, v in os.environ.items() if k.startswith(ENVIRONMENT)},
        "sources": [sources_sha256(), sources_sha256("proofs/veriquant_proofs/claims")],
    }
    kept: dict[str, Any] | None = cache.read(key)
    if kept is not None:
        return kept
    from veriquant_proofs.claims import ledger
    from veriquant_proofs.claims.render import markdown

    judged = ledger(BUILD, report=data, lean=lean)
    failed = [f"{e.id}: {e.evidence}" for e in judged.failed]
    plain = {
        **judged.as_json(), "sections": list(judged.sections), "failed": failed,
        "markdown": markdown(judged),
    }  # fmt: skip
    found: dict[str, Any] = json.loads(json.dumps(plain))
    cache.write(key, found)
    return found


def _hash_of(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
