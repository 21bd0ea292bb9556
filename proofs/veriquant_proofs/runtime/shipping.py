"""A program sent to a child process: packed once, unpacked once, however many calls follow."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from functools import cache
from typing import Any

from veriquant_proofs.core.syntax import Program


def packed(program: Program) -> bytes:
    """The program as bytes."""
    return pickle.dumps(program)


def apart(data: bytes, function: Callable[..., Any], *arguments: Any) -> Any:
    """`function(program, *arguments)` in the process that this is called in."""
    return function(_unpacked(data), *arguments)


@cache
def _unpacked(data: bytes) -> Program:
    program: Program = pickle.loads(data)
    return program
