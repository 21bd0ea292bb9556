"""Writes a report's files all at once: a reader sees the old report or the new one, whole."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from veriquant import files
from veriquant_proofs.driver import Run, write_json_text
from veriquant_proofs.report.html import html
from veriquant_proofs.report.model import smt2_path
from veriquant_proofs.report.sarif import sarif
from veriquant_proofs.report.text import summary

#: Everything that may stand in a report's folder, which is replaced as a whole.
CONTENT = frozenset(
    {
        "claims.json",
        "lean.json",
        "report.html",
        "report.json",
        "report.sarif",
        "smt2",
        "summary.txt",
    }
)


def other_content(directory: Path) -> list[str]:
    """What stands in the folder and is not part of a report: writing there would delete it."""
    if not directory.is_dir():
        return []
    return sorted(path.name for path in directory.iterdir() if path.name not in CONTENT)


def write_report(run: Run, data: dict[str, Any], directory: Path) -> None:
    """Write `directory` anew. Raises OSError (full disk, no permission); nothing is half-written.

    The files are made in a sibling folder, flushed to disk, and put in place by renaming.
    """
    directory.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{directory.name}-", dir=directory.parent))
    try:
        made.chmod(0o755)
        texts = _texts(run)
        files = {
            "report.json": write_json_text(data),
            "summary.txt": summary(data, run.claims),
            "report.sarif": write_json_text(sarif(data)),
            "report.html": html(data, run.claims, texts),
        }
        if run.lean.record is not None:
            files["lean.json"] = write_json_text(run.lean.record)
        if run.claims is not None:
            claims = {name: value for name, value in run.claims.items() if name != "markdown"}
            files["claims.json"] = write_json_text(claims)
        for name, text in {**files, **texts}.items():
            _write(made / name, text)
        _swap(made, directory)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise


def _swap(made: Path, directory: Path) -> None:
    """Put `made` in the place of `directory`, which comes back if that fails."""
    old = made.with_name(made.name + "-old")
    if not directory.exists():
        made.rename(directory)
        return
    directory.rename(old)
    try:
        made.rename(directory)
    except BaseException:
        old.rename(directory)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _texts(run: Run) -> dict[str, str]:
    """Every SMT-LIB text by its path in the report."""
    found: dict[str, str] = {}
    for decision in run.decisions:
        found[smt2_path(decision.vc.id)] = decision.vc.smt2
        if decision.core is not None:
            found[smt2_path(decision.vc.id, ".core")] = decision.core
    for witness in run.witnesses:
        found[smt2_path(witness.state.obligation.id)] = witness.state.obligation.smt2
    return found


def _write(path: Path, text: str) -> None:
    files.make_folder(path.parent)
    # Hundreds of small files: to flush those that name them suffices.
    files.put(path, text.encode(), durable=path.suffix != ".smt2")
