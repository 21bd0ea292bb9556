"""Z3 searches for channels on which the outline's own quantizer breaks its Theorem 1.

The model states paper 3.2 and 3.3 over integer weights, with `round` as nearest-ties-to-even given
by its defining inequalities; `paper_quantize` runs the channel that is found. Integer weights lose
nothing: the scheme does not change when all weights are multiplied by one positive number.
"""

from __future__ import annotations

from fractions import Fraction

import z3

from veriquant_spec.paper import NARROW_MAX, STEPS, WIDE_MAX

#: Weights are searched in -LIMIT..LIMIT: small ones read best, and 17 is the least that suffices.
LIMIT = 20
TIMEOUT_MS = 120_000  # a guard, far above what it takes: the outcome must not depend on load


def find_channel(
    weights: int, bound: Fraction, *, narrow_max: int = NARROW_MAX, limit: int = LIMIT
) -> tuple[int, ...] | None:
    """A channel with an error above `bound` steps, or None if Z3 proves that there is none.

    `narrow_max = 15` removes the outline's narrow clip. Raises RuntimeError if Z3 gives up.
    """
    context = z3.Context()  # of its own: a model must not depend on what was searched before
    # The plain core: the default solver tries tactics for some milliseconds each, so that the model
    # it ends with, and with it the ledger, would depend on how busy the machine is.
    solver = z3.SimpleSolver(ctx=context)
    solver.set("random_seed", 0)
    solver.set("timeout", TIMEOUT_MS)
    w = [z3.Int(f"w{i}", context) for i in range(weights)]
    solver.add([z3.And(-limit <= x, x <= limit) for x in w])
    low, high = w[0], w[0]
    for x in w[1:]:
        low, high = z3.If(x < low, x, low), z3.If(x > high, x, high)
    span = z3.Int("span", context)  # scale = span / STEPS, hence w / scale = STEPS * w / span
    solver.add(span == high - low, span > 0)

    def rounded(name: str, x: z3.ArithRef) -> z3.ArithRef:
        q = z3.Int(name, context)
        off = 2 * (q * span - STEPS * x)
        solver.add(off <= span, -off <= span)
        solver.add(z3.Implies(z3.Or(off == span, -off == span), q % 2 == 0))
        return q

    zero = -rounded("rounded_minimum", low)
    magnitude = [z3.If(x < 0, -x, x) for x in w]
    broken = []
    for i, x in enumerate(w):
        ahead = [
            z3.Or(magnitude[j] > magnitude[i], z3.And(magnitude[j] == magnitude[i], j < i))
            for j in range(weights)
            if j != i
        ]
        is_wide = z3.Sum([z3.If(a, 1, 0) for a in ahead]) < (weights + 1) // 2
        top = z3.If(is_wide, WIDE_MAX, narrow_max)
        code = rounded(f"rounded{i}", x) + zero
        code = z3.If(code < 0, 0, z3.If(code > top, top, code))
        error = (code - zero) * span - STEPS * x  # in units of span / STEPS / span
        error = z3.If(error < 0, -error, error)
        broken.append(bound.denominator * error > bound.numerator * span)
    solver.add(z3.Or(broken))
    outcome = solver.check()
    if outcome == z3.unsat:
        return None
    if outcome != z3.sat:
        raise RuntimeError(f"Z3 did not decide the search: {solver.reason_unknown()}")
    model = solver.model()
    return tuple(model.eval(x, model_completion=True).as_long() for x in w)
