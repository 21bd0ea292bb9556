"""Reads `requirements.toml`, the one list of requirements."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Requirement:
    """One requirement; `lean` says that a Lean theorem must carry its id."""

    id: str
    theorem: str
    lean: bool
    text: str
    source: str


@cache
def requirements() -> dict[str, Requirement]:
    """All requirements by id, in the order of the file."""
    text = files("veriquant_spec").joinpath("requirements.toml").read_text(encoding="utf-8")
    entries = [Requirement(**entry) for entry in tomllib.loads(text)["requirement"]]
    return {entry.id: entry for entry in entries}
