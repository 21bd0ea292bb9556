# An unbounded parameter taken for a machine integer.
# expect: parameter `a` of unsound_018_an_unbounded_parameter_taken_for_a_machine_integer.f has no range
# witness: f(2 ** 70)
from __future__ import annotations

from veriquant_spec.markers import kernel
from veriquant_spec.types import I64


@kernel()
def f(a: int) -> I64:
    return a
