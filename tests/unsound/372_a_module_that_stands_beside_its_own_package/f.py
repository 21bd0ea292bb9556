# A module that stands beside its own package.
# expect: assumed: helper.g
# witness: f(3)
# Python imports the package `helper`, not the file `helper.py`.
from __future__ import annotations

from helper import g
from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import U7, U8


@kernel()
@ensure(lambda n, result: result == n + 1)
def f(n: U7) -> U8:
    return g(n)
