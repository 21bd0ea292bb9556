"""Checkpoints on disk: safetensors files, sharded models and model folders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from veriquant.lazy import lazily

if TYPE_CHECKING:
    from veriquant.formats.errors import BadInputError
    from veriquant.formats.store import load, save

__all__ = ["BadInputError", "load", "save"]

__getattr__, __dir__ = lazily(
    __name__,
    {
        "BadInputError": "veriquant.formats.errors",
        "load": "veriquant.formats.store",
        "save": "veriquant.formats.store",
    },
)
