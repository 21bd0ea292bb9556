"""The claims of the outline, one module per part of it; `index` lists them all."""

from __future__ import annotations

#: SHA-256 of the outline's text that these claims quote (version 1.0 of 2 December 2025).
OUTLINE_SHA256 = "5fb954500e6315af22a2f44fdcd625f515017d3391588c01f854572f600ae2d2"
