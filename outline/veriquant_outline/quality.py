"""Reads `build/bench/quality.json`: what the quality benchmark measured on SmolLM2-135M."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from veriquant_outline.evidence import Evidence

MODEL = "smollm2"
#: Families of methods: ours, unquantized, plain 4-bit and 3-bit rounding, other tools.
OURS, FLOAT, INT4, INT3, PEER = "ours", "float", "int4", "int3", "peer"


@dataclass(frozen=True, slots=True)
class Measured:
    """One method on the model; `bits` per weight count everything stored."""

    name: str
    family: str
    bits: float
    perplexity: float
    standard_error: float | None
    scheme: str


def rows(evidence: Evidence) -> list[Measured]:
    """Every row with a perplexity; none without the benchmark."""
    part = _part(evidence)
    found = []
    for row in part.get("rows", []):
        score = row.get("score") or {}
        family = _family(str(row["family"]), str(row["scheme"]))
        if family is not None and score.get("perplexity") is not None:
            scheme = str(row["scheme"])
            found.append(
                Measured(
                    f"veriquant {scheme}" if family == OURS else scheme,
                    family,
                    float(row["bits"]),
                    float(score["perplexity"]),
                    score.get("perplexity_se"),
                    scheme,
                )
            )
    return found


def layers(evidence: Evidence) -> Sequence[Mapping[str, Any]]:
    """Error after each layer of the model, where the benchmark measured it."""
    found: Sequence[Mapping[str, Any]] = _part(evidence).get("layers", [])
    return found


def where(evidence: Evidence) -> str:
    """Model and text, as the benchmark names them."""
    named = [str(source["what"]) for source in _part(evidence).get("sources", [])]
    return " on ".join(named) or "the benchmark's model"


def model_name(evidence: Evidence) -> str:
    """The model's short name."""
    named = _part(evidence).get("sources", [])
    return str(named[0]["what"]).split(",")[0] if named else "no model yet"


def best(found: Sequence[Measured], family: str) -> Measured | None:
    """The row of a family with the least perplexity."""
    mine = [row for row in found if row.family == family]
    return min(mine, key=lambda row: row.perplexity) if mine else None


def frontier(found: Sequence[Measured]) -> list[Measured]:
    """Quantized rows that no other one beats in both bits and perplexity, by rising bits."""
    kept: list[Measured] = []
    for row in sorted(found, key=lambda r: (r.bits, r.perplexity)):
        if row.family != FLOAT and (not kept or row.perplexity < kept[-1].perplexity):
            kept.append(row)
    return kept


def per_channel(found: Sequence[Measured], like: Measured) -> Measured | None:
    """Our row of the same method with one group per channel."""
    method = like.scheme.split()[0]
    wanted = f"{method} per channel"
    return next((row for row in found if row.family == OURS and row.scheme == wanted), None)


def _part(evidence: Evidence) -> Mapping[str, Any]:
    part: Mapping[str, Any] = (evidence.quality or {}).get(MODEL) or {}
    return part


def _family(family: str, scheme: str) -> str | None:
    if family == "plain":
        return {"int4": INT4, "int3": INT3}.get(scheme.split(maxsplit=1)[0])
    return {"veriquant": OURS, "float": FLOAT, "peer": PEER}.get(family)
