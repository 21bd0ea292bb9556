"""Theorem 2: what integer accumulators reach, with the outline's codes and with ours."""

from __future__ import annotations

import random

import numpy as np

from veriquant_outline.evidence import Evidence, Link
from veriquant_outline.model import Finding, Inputs, Verdict, judged
from veriquant_outline.printed import show
from veriquant_outline.runs.quantizer import channel_of, listed
from veriquant_spec.memory import MODELS
from veriquant_spec.paper import paper_quantize

CHECKS = ("own_accumulator", "longest_reduction", "product_that_runs")

#: Magnitude of the largest int8 activation.
ACTIVATION = 128


def own_accumulator(inputs: Inputs, evidence: Evidence) -> Finding:
    """Theorem 2 for the outline's own quantizer: the largest sum that its integer weights allow.

    Inputs: `channel`, repeated until it has `K` weights, `limit` that no sum may reach.
    """
    del evidence
    channel, count, limit = channel_of(inputs), int(inputs["K"]), int(inputs["limit"])
    repeated = [channel[i % len(channel)] for i in range(count)]
    quantized = paper_quantize(repeated)
    weights = [code - quantized.zero for code in quantized.codes]
    activations = [-ACTIVATION if w >= 0 else ACTIVATION - 1 for w in weights]
    total = abs(sum(a * w for a, w in zip(activations, weights, strict=True)))
    return Finding(
        verdict=judged(total < limit),
        text=f"The channel {listed(channel)}, repeated to {show(count)} weights, gets the zero "
        f"point {show(quantized.zero)} from the outline's quantizer, so that its integer weights, "
        f"code minus zero point, run from {show(min(weights))} to {show(max(weights))} instead of "
        f"-7 to 7. With 8-bit activations of {show(min(activations))} the sum of products reaches "
        f"{show(total)} in magnitude; the limit is {show(limit)}.",
        claimed=f"less than {show(limit)}",
        ours=show(total),
    )


def longest_reduction(inputs: Inputs, evidence: Evidence) -> Finding:
    """Whether Theorem 2's bound on the number of products covers every linear layer of a model."""
    del evidence
    model, limit = MODELS[str(inputs["model"])], int(inputs["K"])
    longest = model.longest_reduction
    worst = longest // 2 * ACTIVATION * 15
    return Finding(
        verdict=Verdict.RECOMPUTED if longest <= limit else Verdict.INCONSISTENT,
        text=f"The longest sum in {model.name} has {show(longest)} products (hidden size "
        f"{show(model.hidden)}, feed-forward size {show(model.feed_forward)}); Theorem 2 covers "
        f"{show(limit)}. Its conclusion still holds there for codes with zero points of their own "
        f"range: the wide half reaches at most {show(worst)}, "
        f"{'less' if worst < 2**30 else 'not less'} than {show(2**30)}.",
        claimed=f"at most {show(limit)} products",
        ours=f"{show(longest)} products",
    )


def product_that_runs(inputs: Inputs, evidence: Evidence) -> Finding:
    """The compiled product that inference runs against the verified kernel, on random tensors.

    Inputs: `seed`, `matrices`, `disturbance` added to one activation of the compiled side.
    """
    import veriquant
    from veriquant.fast import matmul_int
    from veriquant.kernels.matmul import column_dot

    del evidence
    source, many = random.Random(int(inputs["seed"])), int(inputs["matrices"])
    compared = wrong = 0
    for _ in range(many):
        rows, columns = source.randint(1, 4), 2 * source.randint(1, 24)
        numbers = [[source.gauss(0, 1) for _ in range(columns)] for _ in range(rows)]
        tensor = veriquant.quantize(np.array(numbers, np.float32), group_size=0)
        a = [source.randint(-ACTIVATION, ACTIVATION - 1) for _ in range(columns)]
        given = np.array([a], np.int8)
        given[0, 0] ^= int(inputs["disturbance"])
        ran = matmul_int(tensor, given)[0, :, 0]
        ordered = [a[int(i)] for i in tensor.perm]
        wide, narrow = tensor.codes()
        for r in range(rows):
            pairs = [[int(x) | int(y) << 4] for x, y in zip(wide[r], narrow[r], strict=True)]
            zeros = int(tensor.zeros[r, 0])
            expected = column_dot(ordered, pairs, 0, zeros & 15, zeros >> 4)
            compared += 2
            wrong += sum(int(x) != int(y) for x, y in zip(expected, ran[r], strict=True))
    return Finding(
        verdict=judged(wrong == 0),
        text=f"On {many} random tensors the compiled product that inference runs and the verified "
        f"kernel were compared in {show(compared)} sums; {wrong} differ. The proof is about the "
        "kernel: that the compiled loop, which reorders the sums for speed, computes the same is "
        "tested here and not proved.",
        claimed="no sum differs",
        ours=f"{wrong} of {show(compared)} differ",
        links=(Link("requirement", "VQ-ACC-003", "VQ-ACC-003"),),
    )
