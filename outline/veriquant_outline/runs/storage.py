"""Bits and bytes that the outline's format and ours store, counted on what is packed."""

from __future__ import annotations

from fractions import Fraction

from veriquant_outline.evidence import Evidence
from veriquant_outline.model import Finding, Inputs, judged
from veriquant_outline.printed import exact, half_width, show
from veriquant_outline.runs.quantizer import normal_channel
from veriquant_outline.words import listed
from veriquant_spec.memory import GB, MODELS, model_footprint
from veriquant_spec.packing import pack, unpack
from veriquant_spec.paper import paper_pack, paper_quantize, selection_bits

CHECKS = ("bits_per_weight", "our_bits", "pair_states", "space_growth", "total_footprint")

#: Bits of a channel's scale and zero point: the three bytes of paper 3.3.
CHANNEL_BITS = 24


def bits_per_weight(inputs: Inputs, evidence: Evidence) -> Finding:
    """Bits that the outline's scheme stores per weight, piece by piece."""
    del evidence
    weights, claimed = int(inputs["weights"]), inputs["claimed"]
    channel = normal_channel(weights, int(inputs["seed"]))
    packed = Fraction(8 * len(paper_pack(paper_quantize(channel))), weights)
    base = packed if inputs["one_pair_per_byte"] else Fraction(7, 2)
    selection = Fraction(selection_bits(weights), weights) if inputs["selection"] else Fraction(0)
    metadata = Fraction(int(inputs["metadata_bits"]), weights)
    total = base + selection + metadata
    parts = [f"{show(base)} for the codes"]
    if inputs["selection"]:
        parts.append(f"{show(selection)} for which half is wide")
    if metadata:
        parts.append(f"{show(metadata)} for scale and zero point")
    return Finding(
        verdict=judged(abs(total - exact(claimed)) <= half_width(claimed)),
        text=f"A channel of {show(weights)} weights takes {show(total)} bits per weight: "
        f"{listed(parts)}. The outline says {show(claimed)}.",
        claimed=f"{show(claimed)} bits",
        ours=f"{show(total)} bits",
        tolerance=show(half_width(claimed)),
    )


def our_bits(inputs: Inputs, evidence: Evidence) -> Finding:
    """The claimed bits per weight beside our own format's, all metadata counted."""
    del evidence
    model = MODELS[str(inputs["model"])]
    bits = Fraction(model_footprint(model, int(inputs["group_size"])).bits_per_weight)
    bound = exact(inputs["bound"])
    return Finding(
        verdict=judged(bits <= bound),
        text=f"{model.name} in our format, with groups of {inputs['group_size']} pairs, takes "
        f"{show(bits)} bits per quantized weight, with scales, factors, zero points and "
        "permutation counted.",
        claimed=f"at most {show(bound)} bits",
        ours=f"{show(bits)} bits",
    )


def pair_states(inputs: Inputs, evidence: Evidence) -> Finding:
    """Whether every pair of codes has a word of its own: all of them are tried."""
    del evidence
    wide, narrow = int(inputs["wide_codes"]), int(inputs["narrow_codes"])
    bits = int(inputs["word_bits"])
    words = {pack(a, b) for a in range(wide) for b in range(narrow)}
    back = all(unpack(pack(a, b)) == (a, b) for a in range(wide) for b in range(narrow))
    holds = len(words) == wide * narrow and max(words) < 2**bits and back
    return Finding(
        verdict=judged(holds),
        text=f"The {wide * narrow} pairs of codes map to {len(words)} words; the largest is "
        f"{max(words)}, {'below' if max(words) < 2**bits else 'not below'} {2**bits}; unpacking "
        f"gives back {'every pair' if back else 'not every pair'}.",
        claimed=f"{bits} bits",
        ours=f"{max(words).bit_length()} bits",
    )


def space_growth(inputs: Inputs, evidence: Evidence) -> Finding:
    """Bits per weight that quantized channels of growing size take: bounded if space is linear.

    Inputs: `sizes` of the channels, `stored`: `which half` is wide (least bits for it) or the
    `full order` by magnitude (an index for each weight).
    """
    del evidence
    sizes, stored = [int(n) for n in inputs["sizes"]], str(inputs["stored"])
    if stored not in ("which half", "full order"):
        raise ValueError(f"{stored!r} is neither 'which half' nor 'full order'")
    bits = []
    for size in sizes:
        codes = 8 * len(paper_pack(paper_quantize(normal_channel(size, 0))))
        order = size * (size - 1).bit_length()
        chosen = selection_bits(size) if stored == "which half" else order
        bits.append(Fraction(codes + chosen + CHANNEL_BITS, size))
    grows = max(bits[1:]) > bits[0]
    return Finding(
        verdict=judged(not grows),
        text=f"Channels of {listed([show(n) for n in sizes])} weights, quantized and packed, take "
        f"{listed([show(b, 4) for b in bits])} bits per weight, scale, zero point and the choice "
        f"of the wide half counted: {'more and more' if grows else 'no more for longer channels'}.",
        claimed="no more bits per weight for larger matrices",
        ours=f"{show(bits[0], 4)} bits first, {show(bits[-1], 4)} last",
    )


def total_footprint(inputs: Inputs, evidence: Evidence) -> Finding:
    """Codes, the outline's own metadata and a key-value cache, against the printed total."""
    del evidence
    model, claimed = MODELS[str(inputs["model"])], inputs["claimed"]
    codes = exact(inputs["weights"]) * exact(inputs["bits"]) / 8
    metadata = exact(inputs["channels"]) * exact(inputs["channel_bytes"])
    cache = model.kv_cache_bytes(int(inputs["context"])) if inputs["context"] else 0
    total = (codes + metadata + cache) / GB
    return Finding(
        verdict=judged(abs(total - exact(claimed)) <= half_width(claimed)),
        text=f"Codes take {show(codes / GB)} GB, the outline's own scales and zero points "
        f"{show(metadata / GB)} GB and a 16-bit key-value cache of {show(inputs['context'])} "
        f"tokens {show(Fraction(cache) / GB)} GB, together {show(total)} GB; activations are not "
        f"counted. The outline says {show(claimed)} GB.",
        claimed=f"{show(claimed)} GB",
        ours=f"{show(total)} GB",
        tolerance=show(half_width(claimed)),
    )
