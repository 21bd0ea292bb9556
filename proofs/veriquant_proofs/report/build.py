"""A run's data, completed by the claims ledger, which judges that very run."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from veriquant_proofs.driver import Run, Steps
from veriquant_proofs.generated import sources_sha256
from veriquant_proofs.places import BUILD
from veriquant_proofs.report.model import report_data
from veriquant_proofs.solvers.cache import Cache

#: Where a ledger of claims joins: `(build, report, lean) -> plain data`. The wheel has none.
LEDGER_GROUP = "veriquant.ledger"
Judge = Callable[[Path, Mapping[str, Any], Mapping[str, Any] | None], dict[str, Any]]
NOT_INCLUDED = (
    "claims of the paper outline: not included (in a checkout, `pip install -e outline` adds them)"
)

#: Names of environment variables that tell the ledger of hardware and data on this machine.
ENVIRONMENT = "VERIQUANT_"


def complete(run: Run, steps: Steps) -> dict[str, Any]:
    """The content of `report.json`; sets `run.claims`. A claim whose check breaks fails the run."""
    data = report_data(run)
    if not steps.claims or run.partial:
        return data
    judge = _judge()
    if judge is None:
        run.notes.append(NOT_INCLUDED)
        data["notes"] = run.notes
        return data
    run.claims = _judged(run, data, judge)
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


def _judge() -> Judge | None:
    """The ledger's function, where its distribution is installed (it is not in the wheel)."""
    points = entry_points(group=LEDGER_GROUP)
    found: Judge | None = next(iter(points)).load() if points else None
    return found


def _judged(run: Run, data: dict[str, Any], judge: Judge) -> dict[str, Any]:
    """The ledger, kept under everything that it reads."""
    cache = Cache(run.options.cache)
    lean = run.lean.record
    quality = BUILD / "bench" / "quality.json"
    key = {
        "ledger": _hash_of(without_times([data, lean])),
        "quality": quality.read_text(encoding="utf-8") if quality.exists() else None,
        "environment": {k: v for k, v in os.environ.items() if k.startswith(ENVIRONMENT)},
        "sources": [sources_sha256(), sources_sha256("impl"), _package_sha256(judge)],
    }
    kept: dict[str, Any] | None = cache.read(key)
    if kept is not None:
        return kept
    found: dict[str, Any] = json.loads(json.dumps(judge(BUILD, data, lean)))
    cache.write(key, found)
    return found


def _package_sha256(judge: Judge) -> str:
    """Hash of the code and data of the package that the ledger stands in."""
    root = Path(str(import_module(judge.__module__.partition(".")[0]).__file__)).parent
    files = sorted(p for p in root.rglob("*") if p.suffix in (".py", ".toml"))
    return _hash_of(
        [[p.relative_to(root).as_posix(), p.read_text(encoding="utf-8")] for p in files]
    )


def _hash_of(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
