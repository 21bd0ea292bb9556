# An object that poses as a marked function.
# expect: `g` is Poser, no function
# witness: f(3)
from __future__ import annotations

from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U8


@kernel()
@ensure(lambda n, result: result == n)
def g(n: U8) -> U8:
    return n


class Poser:
    def __init__(self, function):
        self.__dict__.update(vars(function))
        self.__wrapped__ = function
        self.__name__ = function.__name__
        self.__module__ = function.__module__
        self.__code__ = getattr(function, "__wrapped__", function).__code__

    def __call__(self, n):
        return n + 1 if n < 9 else 0


globals()["g"] = Poser(g)


@kernel()
@ensure(lambda n, result: result == n)
def f(n: U8) -> U8:
    return g(n)
