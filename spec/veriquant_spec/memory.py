"""How many bytes a model takes, from the shapes of its tensors (design section 3, paper 1.1, 7.3).

Counts everything the format stores per tensor: packed pairs, scales `S`, factors `k`, zero points
and the permutation. Not counted: the JSON header of the file, a few hundred bytes per tensor, and
what inference adds (activations, key-value cache; `kv_cache_bytes` gives the latter apart).
GB are 10**9 bytes, as in the outline.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from veriquant_spec.packing import size

GB = 10**9

#: Bytes of the metadata of design section 3: `S` and `k` come twice, for the wide and narrow half.
SCALE_BYTES = 2
FACTOR_BYTES = 1
ZERO_BYTES = 1
FLOAT16_BYTES = 2


@dataclass(frozen=True, slots=True)
class Footprint:
    """Bytes of one quantized tensor, or the sum over many, by what they hold."""

    weights: int = 0
    packed: int = 0
    scales: int = 0
    group_scales: int = 0
    zeros: int = 0
    perm: int = 0
    unquantized: int = 0

    @property
    def metadata(self) -> int:
        """Bytes that are neither packed codes nor unquantized tensors."""
        return self.scales + self.group_scales + self.zeros + self.perm

    @property
    def total(self) -> int:
        """All bytes."""
        return self.packed + self.metadata + self.unquantized

    @property
    def bits_per_weight(self) -> float:
        """Bits per quantized weight, metadata counted, unquantized tensors apart."""
        return 8 * (self.packed + self.metadata) / self.weights

    def __add__(self, other: Footprint) -> Footprint:
        return Footprint(
            self.weights + other.weights,
            self.packed + other.packed,
            self.scales + other.scales,
            self.group_scales + other.group_scales,
            self.zeros + other.zeros,
            self.perm + other.perm,
            self.unquantized + other.unquantized,
        )

    def times(self, count: int) -> Footprint:
        """The footprint of `count` such tensors."""
        return Footprint(
            self.weights * count,
            self.packed * count,
            self.scales * count,
            self.group_scales * count,
            self.zeros * count,
            self.perm * count,
            self.unquantized * count,
        )


def tensor_footprint(outputs: int, inputs: int, group_size: int) -> Footprint:
    """Bytes of a quantized Linear weight `[outputs, inputs]`, groups of `group_size` pairs.

    `group_size = 0` means one group per output channel. Raises ValueError for a negative one.
    """
    if group_size < 0:
        raise ValueError(f"group_size = {group_size}: give pairs per group, or 0 for one group")
    pairs = (inputs + 1) // 2
    groups = 1 if group_size == 0 else -(-pairs // group_size)
    return Footprint(
        weights=outputs * inputs,
        packed=outputs * size(pairs),
        scales=outputs * 2 * SCALE_BYTES,
        group_scales=outputs * groups * 2 * FACTOR_BYTES,
        zeros=outputs * groups * ZERO_BYTES,
        perm=2 * pairs * index_bytes(inputs),
    )


def index_bytes(inputs: int) -> int:
    """Stored bytes of one entry of the permutation: two while every index fits 16 bits.

    An odd number of input channels is padded by one, whose index is stored too.
    """
    return 2 if inputs + inputs % 2 <= 2**16 else 4


@dataclass(frozen=True, slots=True)
class Matrix:
    """`count` equal tensors `[outputs, inputs]`; `linear` says whether they are quantized."""

    name: str
    outputs: int
    inputs: int
    count: int
    linear: bool

    @property
    def parameters(self) -> int:
        """Weights of all `count` tensors."""
        return self.outputs * self.inputs * self.count


@dataclass(frozen=True, slots=True)
class Architecture:
    """A LLaMA-shaped decoder: grouped-query attention and a gated feed-forward layer."""

    name: str
    layers: int
    hidden: int
    feed_forward: int
    heads: int
    kv_heads: int
    vocabulary: int
    source: str

    @property
    def kv_width(self) -> int:
        """Output channels of the key (or value) projection."""
        return self.hidden // self.heads * self.kv_heads

    def matrices(self) -> tuple[Matrix, ...]:
        """Every tensor, embedding, output head and norms included; head untied."""
        d, f, kv, n = self.hidden, self.feed_forward, self.kv_width, self.layers
        return (
            Matrix("embed_tokens", self.vocabulary, d, 1, False),
            Matrix("q_proj", d, d, n, True),
            Matrix("k_proj", kv, d, n, True),
            Matrix("v_proj", kv, d, n, True),
            Matrix("o_proj", d, d, n, True),
            Matrix("gate_proj", f, d, n, True),
            Matrix("up_proj", f, d, n, True),
            Matrix("down_proj", d, f, n, True),
            Matrix("norms", 1, d, 2 * n + 1, False),
            Matrix("lm_head", self.vocabulary, d, 1, False),
        )

    @property
    def parameters(self) -> int:
        """All parameters."""
        return sum(m.parameters for m in self.matrices())

    @property
    def linear_parameters(self) -> int:
        """Parameters of the quantized Linear weights."""
        return sum(m.parameters for m in self.matrices() if m.linear)

    @property
    def output_channels(self) -> int:
        """Output channels of all matrices with more than one row, embedding not counted.

        One scale per output channel is what paper 3.3 stores.
        """
        return sum(m.outputs * m.count for m in self.matrices() if m.linear or m.name == "lm_head")

    @property
    def longest_reduction(self) -> int:
        """Largest number of input channels of a Linear weight: the `K` of T2."""
        return max(m.inputs for m in self.matrices() if m.linear)

    def decode_macs(self, context: int) -> int:
        """Multiply-accumulates of one decoded token that attends to `context` positions."""
        linear = self.linear_parameters + self.vocabulary * self.hidden
        return linear + 2 * self.layers * self.hidden * context

    def kv_cache_bytes(self, context: int) -> int:
        """Key-value cache of one sequence of `context` tokens in float16."""
        return 2 * self.layers * self.kv_width * context * FLOAT16_BYTES


LLAMA_2 = "Llama 2, arXiv:2307.09288, and the published config.json"
LLAMA_3 = "The Llama 3 herd of models, arXiv:2407.21783, table 3"

#: Published shapes, by the name the outline uses. Its 70B baseline (MMLU 68.9) is Llama 2.
MODELS: dict[str, Architecture] = {
    m.name: m
    for m in (
        Architecture("LLaMA-7B", 32, 4096, 11008, 32, 32, 32000, LLAMA_2),
        Architecture("LLaMA-13B", 40, 5120, 13824, 40, 40, 32000, LLAMA_2),
        Architecture("LLaMA-70B", 80, 8192, 28672, 64, 8, 32000, LLAMA_2),
        Architecture("LLaMA-405B", 126, 16384, 53248, 128, 8, 128256, LLAMA_3),
    )
}


def float16_footprint(model: Architecture) -> Footprint:
    """The unquantized model in float16."""
    return Footprint(unquantized=FLOAT16_BYTES * model.parameters)


def model_footprint(model: Architecture, group_size: int = 64) -> Footprint:
    """The model in our format: Linear weights quantized, embedding, head and norms in float16."""
    return _sum(model, lambda m: tensor_footprint(m.outputs, m.inputs, group_size))


def uniform_footprint(
    model: Architecture, bits: int, group_weights: int = 0, scale_bits: int = 0, zero_bits: int = 0
) -> Footprint:
    """The Linear weights at `bits` each with one scale and zero point per `group_weights` weights.

    `group_weights = 0` stores no metadata at all, which is how the outline counts INT4 and INT8.
    GPTQ and AWQ files commonly have groups of 128 with a 16-bit scale and a zero point of `bits`.
    """

    def of(m: Matrix) -> Footprint:
        groups = -(-m.inputs // group_weights) * m.outputs if group_weights else 0
        return Footprint(
            weights=m.outputs * m.inputs,
            packed=-(-m.outputs * m.inputs * bits // 8),
            scales=-(-groups * scale_bits // 8),
            zeros=-(-groups * zero_bits // 8),
        )

    return _sum(model, of)


def paper_footprint(model: Architecture, *, one_pair_per_byte: bool, selection: bool) -> Footprint:
    """The outline's scheme per output channel: codes, three bytes of metadata, and its gaps.

    `one_pair_per_byte` stores a pair in a byte as paper 3.2 writes it; `selection` adds one bit
    per weight, because which half is wide differs from weight to weight (paper 3.2).
    """

    def of(m: Matrix) -> Footprint:
        pairs = (m.inputs + 1) // 2
        return Footprint(
            weights=m.outputs * m.inputs,
            packed=m.outputs * (pairs if one_pair_per_byte else size(pairs)),
            scales=m.outputs * 2,
            zeros=m.outputs,
            perm=m.outputs * (-(-m.inputs // 8)) if selection else 0,
        )

    return _sum(model, of)


def _sum(model: Architecture, of: Callable[[Matrix], Footprint]) -> Footprint:
    total = Footprint()
    for matrix in model.matrices():
        if matrix.linear:
            total = total + of(matrix).times(matrix.count)
        else:
            total = total + Footprint(unquantized=FLOAT16_BYTES * matrix.parameters)
    return total
