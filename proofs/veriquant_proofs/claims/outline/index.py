"""All claims, in the order of the outline."""

from __future__ import annotations

from veriquant_proofs.claims.model import Claim
from veriquant_proofs.claims.outline import (
    abstract,
    back_matter,
    discussion,
    experiments,
    introduction,
    method,
    related,
    theory,
    verification,
)

#: Parts of the outline, by the first word of their names; numbered sections stand at `0`.
_PARTS = ("Title", "Abstract", "0", "Supplement", "Figure", "Writing", "Co-Author", "Anticipated",
          "Target", "Next")  # fmt: skip


_LISTED: tuple[Claim, ...] = (
    *abstract.CLAIMS,
    *introduction.CLAIMS,
    *related.CLAIMS,
    *method.CLAIMS,
    *theory.CLAIMS,
    *verification.CLAIMS,
    *experiments.CLAIMS,
    *discussion.CLAIMS,
    *back_matter.CLAIMS,
)


def _place(claim: Claim) -> tuple[int, str]:
    part = "0" if claim.section[0].isdigit() else claim.section.split()[0]
    return _PARTS.index(part), claim.section


CLAIMS: tuple[Claim, ...] = tuple(sorted(_LISTED, key=_place))
