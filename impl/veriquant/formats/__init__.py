"""Checkpoints on disk: safetensors files, sharded models and model folders."""

from veriquant.formats.errors import BadInputError
from veriquant.formats.store import load, save

__all__ = ["BadInputError", "load", "save"]
