"""Certificates: what was measured of a quantized checkpoint and is proved of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from veriquant.layout import StoredTensor

__all__ = ["certify"]


def certify(tensor: StoredTensor, source: Any = None) -> dict[str, Any]:
    """The certificate of one tensor as JSON-able claims (`schema-1.json`, `$defs/tensor`).

    source  the weights `[N, K]` it was made of; without them only what the codes alone show (T2c,
            hashes, sizes) is stated, and the claims about errors are left out
    """
    from veriquant.certificate.record import claims

    return claims(tensor, source)
