"""What a solver says about one SMT-LIB text, and the text's parts."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

#: What ends each lexical element in which parentheses mean nothing.
_QUOTES = {"|": "|", '"': '"', ";": "\n"}


class Verdict(StrEnum):
    """What is known of an obligation after every solver was asked (design section 6)."""

    PROVED = "proved"
    REFUTED = "refuted"
    UNKNOWN = "unknown"
    DISPUTED = "disputed"
    VACUOUS = "vacuous"
    JUSTIFIED = "justified"


@dataclass(frozen=True, slots=True)
class Answer:
    """One solver's answer to one text: "sat", "unsat" or "unknown" with a reason.

    `model` holds Python values of a kernel's parameters and `state` those of the other integer and
    Boolean constants (only for "sat", where asked for); `core` the positions of the asserts that
    are unsatisfiable together (only where asked for).
    """

    solver: str
    version: str
    answer: str
    sha256: str
    seconds: float
    reason: str = ""
    model: dict[str, Any] | None = None
    state: dict[str, Any] | None = None
    core: tuple[int, ...] | None = None
    cached: bool = field(default=False, compare=False)

    def to_json(self) -> dict[str, Any]:
        """For the cache and the report."""
        return asdict(self)

    @staticmethod
    def from_json(data: dict[str, Any]) -> Answer:
        """Inverse of `to_json`. Raises TypeError or KeyError for anything else."""
        core = data.get("core")
        return Answer(**{**data, "core": None if core is None else tuple(core), "cached": True})


def digest(text: str) -> str:
    """SHA-256 of a text, hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def commands(text: str) -> list[str]:
    """The top-level commands of an SMT-LIB script, in order; comments between them are dropped."""
    found: list[str] = []
    depth = start = 0
    closing = ""  # of the quoted symbol, string or comment that the position lies in
    for position, character in enumerate(text):
        if closing:
            closing = "" if character == closing else closing
        elif character in _QUOTES:
            closing = _QUOTES[character]
        elif character == "(":
            if depth == 0:
                start = position
            depth += 1
        elif character == ")":
            depth -= 1
            if depth == 0:
                found.append(text[start : position + 1])
    return found


def with_asserts(text: str, kept: Sequence[int]) -> str:
    """The script with only the asserts at these positions: what they refute, all of them do."""
    wanted = set(kept)
    lines: list[str] = []
    number = 0
    for command in commands(text):
        if command.startswith("(assert"):
            if number in wanted:
                lines.append(command)
            number += 1
        else:
            lines.append(command)
    return "\n".join(lines) + "\n"
