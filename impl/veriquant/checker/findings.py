"""What a check reports."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


class UnreadableError(Exception):
    """A file that cannot be checked at all: missing, damaged, or not a certificate."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A claim that does not hold: the first one of a tensor (or of a file)."""

    claim: str
    detail: str
    tensor: str | None = None
    channel: int | None = None
    weight: int | None = None

    def __str__(self) -> str:
        place = [] if self.tensor is None else [f"tensor {self.tensor!r}"]
        if self.channel is not None:
            place.append(f"channel {self.channel}")
        if self.weight is not None:
            place.append(f"weight {self.weight}")
        return f"{', '.join(place) or 'checkpoint'}: {self.claim}: {self.detail}"


@dataclass(slots=True)
class CheckResult:
    """What was checked and what does not hold (`findings` empty: every claim holds)."""

    quantized: int = 0
    copied: int = 0
    files: int = 0
    source_bytes: int = 0
    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class Broken(Exception):
    """Carries the first finding of a tensor out of its check."""

    def __init__(self, claim: str, detail: str, channel: Any = None, weight: Any = None) -> None:
        self.claim, self.detail = claim, detail
        self.channel = None if channel is None else int(channel)
        self.weight = None if weight is None else int(weight)
