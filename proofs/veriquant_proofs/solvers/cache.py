"""Answers kept by text, solver, version and options: nothing unchanged is solved again."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from veriquant_proofs.solvers.answers import Answer


class Cache:
    """One JSON file per answer under `directory`; None keeps nothing.

    Only definite answers are kept: "unknown" may be a matter of time. A damaged entry is ignored
    and counted in `damaged`.
    """

    def __init__(self, directory: Path | None) -> None:
        self.directory = directory
        self.damaged = 0

    def _path(self, key: dict[str, Any]) -> Path:
        assert self.directory is not None
        name = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()
        return self.directory / name[:2] / f"{name}.json"

    def get(self, key: dict[str, Any]) -> Answer | None:
        """The kept answer, None where there is none."""
        if self.directory is None:
            return None
        try:
            entry = json.loads(self._path(key).read_text(encoding="utf-8"))
            if entry["key"] != key or entry["sha256"] != _seal(entry["answer"]):
                raise ValueError("damaged")
            return Answer.from_json(entry["answer"])
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError):
            self.damaged += 1
            return None

    def put(self, key: dict[str, Any], answer: Answer) -> None:
        """Keep a definite answer. Failing to write costs time later, never the run."""
        if self.directory is None or answer.answer == "unknown":
            return
        path = self._path(key)
        content = answer.to_json()
        text = json.dumps({"key": key, "answer": content, "sha256": _seal(content)})
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    file.write(text)
                Path(name).replace(path)
            except OSError:
                Path(name).unlink()


def _seal(content: Any) -> str:
    """A checksum against damage (not against forgery: `--no-cache` is for whoever mistrusts)."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
