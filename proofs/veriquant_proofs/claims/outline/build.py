"""Short constructors for the most frequent claims: a number, a contradiction, a thing not here."""

from __future__ import annotations

from typing import Any

from veriquant_proofs.claims.checks import Differ, NotHere, Recompute
from veriquant_proofs.claims.evidence import Resource
from veriquant_proofs.claims.model import Claim, Kind
from veriquant_proofs.claims.printed import Printed


def recomputed(
    id: str,
    section: str,
    quote: str,
    claim: str,
    claimed: str | Printed,
    formula: str,
    *,
    unit: str = "",
    note: str = "",
    also: tuple[str, ...] = (),
    replacement: tuple[str, ...] = (),
    remedy: str = "",
    **inputs: Any,
) -> Claim:
    """A number that a formula over stated inputs should give."""
    printed = Printed(claimed) if isinstance(claimed, str) else claimed
    return Claim(
        id,
        section,
        quote,
        claim,
        Kind.ARITHMETIC,
        Recompute(formula, unit, note, replacement, remedy),
        {"claimed": printed, **inputs},
        also=also,
    )


def differ(
    id: str,
    section: str,
    quote: str,
    against: str,
    claim: str,
    kind: Kind,
    places: tuple[str, str],
    words: str,
    *,
    note: str = "",
    also: tuple[str, ...] = (),
) -> Claim:
    """A contradiction in words, looked for in the two quotes; a quote agrees with itself."""
    return Claim(
        id,
        section,
        quote,
        claim,
        kind,
        Differ(places, words, note),
        {"here": quote, "there": against},
        {"there": quote},
        also=also,
        against=against,
    )


def not_here(
    id: str,
    section: str,
    quote: str,
    claim: str,
    kind: Kind,
    resources: tuple[Resource, ...],
    *,
    claimed: str | Printed | None = None,
    note: str = "",
    also: tuple[str, ...] = (),
) -> Claim:
    """A claim that needs something absent; `claimed` is its number, if it has one."""
    inputs = {} if claimed is None else {"claimed": claimed}
    return Claim(id, section, quote, claim, kind, NotHere(resources, note), inputs, also=also)
