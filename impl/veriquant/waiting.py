"""Says what a command waits for while kernels are compiled: seconds, when the cache is cold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_watching: list[Any] = []


def tell_of_compiling(tell: Callable[[str], None]) -> None:
    """Have `tell` hear one line when something is compiled, in this process; it imports Numba."""
    from numba.core import event

    class Listener(event.Listener):  # type: ignore[misc]
        def __init__(self) -> None:
            self.told = False

        def on_start(self, event: Any) -> None:
            if not self.told:
                self.told = True
                tell("compiling the kernels for this machine: some seconds, the first time only")

        def on_end(self, event: Any) -> None:
            pass

    while _watching:  # the last command's
        event.unregister("numba:compile", _watching.pop())
    _watching.append(Listener())
    event.register("numba:compile", _watching[0])
