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

CLAIMS: tuple[Claim, ...] = (
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
