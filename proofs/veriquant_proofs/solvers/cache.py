"""What was found out, kept by what it depends on: unchanged obligations are not solved again."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

from veriquant import files
from veriquant_proofs.solvers.answers import Answer

#: Words of cvc5 and Z3 for a spent step limit, which will be spent again.
STEPS_SPENT = ("RESOURCEOUT", "max. resource limit exceeded")


class Cache:
    """One JSON file per entry under `directory`; None keeps nothing.

    A damaged entry is ignored and counted in `damaged`. An entry is sealed against damage, not
    against forgery: `--no-cache` is for whoever mistrusts the folder.
    """

    def __init__(self, directory: Path | None) -> None:
        self.directory = directory
        self.damaged = 0

    def get(self, key: dict[str, Any]) -> Answer | None:
        """The kept answer, None where there is none."""
        content = self.read(key)
        if content is None:
            return None
        try:
            return Answer.from_json(content)
        except (AttributeError, KeyError, TypeError):
            self.damaged += 1
            return None

    def put(self, key: dict[str, Any], answer: Answer) -> None:
        """Keep an answer, unless it is "unknown" for a reason that may pass, such as time."""
        if answer.answer != "unknown" or any(words in answer.reason for words in STEPS_SPENT):
            self.write(key, answer.to_json())

    def read(self, key: dict[str, Any]) -> Any:
        """The kept value, None where there is none."""
        if self.directory is None:
            return None
        try:
            head, _, body = self._path(key).read_text(encoding="utf-8").partition("\n")
            if head != _seal(key, body):
                raise ValueError("damaged")
            return json.loads(body)
        except FileNotFoundError:
            return None
        except (OSError, ValueError):
            self.damaged += 1
            return None

    def write(self, key: dict[str, Any], content: Any) -> None:
        """Keep a JSON value. Failing to write costs time later, never the run."""
        if self.directory is None:
            return
        path = self._path(key)
        body = json.dumps(content)
        with suppress(OSError):
            files.write_text(path, f"{_seal(key, body)}\n{body}", durable=False)

    def _path(self, key: dict[str, Any]) -> Path:
        assert self.directory is not None
        name = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()
        return self.directory / name[:2] / f"{name}.json"


def _seal(key: dict[str, Any], body: str) -> str:
    return hashlib.sha256(f"{json.dumps(key, sort_keys=True)}\n{body}".encode()).hexdigest()
