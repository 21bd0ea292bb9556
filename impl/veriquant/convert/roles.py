"""What a tensor is for: the table that decides what is quantized by default.

`RULES` is the table, docs/selection.md shows it; the first rule that fits decides. What config.json
knows (architecture, tokens, experts) is asked where it is there; otherwise names and shapes decide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from veriquant.formats.header import Entry

LINEAR = "linear"
EMBEDDING, HEAD, ROUTER, NORM = "embedding", "output head", "router", "norm"
ADAPTER, TRANSPOSED, VOCABULARY = "adapter", "transposed", "vocabulary"
#: Why tensors of a role are left as they are.
WHY: Mapping[str, str] = {
    ADAPTER: "a small addition to other weights: merge it into its model first",
    EMBEDDING: "looked up, not multiplied",
    HEAD: "the matrix most sensitive to errors",
    ROUTER: "small, and a changed choice of experts changes everything behind it",
    NORM: "scales, not a product",
    TRANSPOSED: "stored [in, out]: its groups would run along the wrong axis",
    VOCABULARY: "a row for every token: an embedding or an output head",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a checkpoint beside the tensor in question.

    vocabulary    number of tokens, where no other size of the model equals it
    experts       numbers of experts that the configuration names
    parents       the modules that hold experts
    conv1d        whether linear layers are stored [in, out], as GPT-2's `Conv1D` does
    """

    vocabulary: int | None = None
    experts: frozenset[int] = frozenset()
    parents: frozenset[str] = frozenset()
    conv1d: bool = False

    @staticmethod
    def of(entries: Iterable[Entry], config: Mapping[str, Any]) -> Facts:
        """The facts of a checkpoint's tensors and its config.json (empty: none)."""
        entries = list(entries)
        parts = [config] + [
            part for key in TEXT_CONFIGS if isinstance(part := config.get(key), dict)
        ]
        sizes = [
            (key, value)
            for part in parts
            for key, value in part.items()
            if type(value) is int and value > 0
        ]
        vocabularies = {value for key, value in sizes if key == "vocab_size"}
        others = {value for key, value in sizes if key != "vocab_size"}
        vocabulary = max(vocabularies - others, default=0)
        model_type = next(
            (t for part in reversed(parts) if isinstance(t := part.get("model_type"), str)), None
        )
        return Facts(
            vocabulary if vocabulary >= LEAST_VOCABULARY else None,
            frozenset(value for key, value in sizes if "expert" in key),
            frozenset(e.name.split(".experts.")[0] for e in entries if ".experts." in e.name),
            CONV1D_MODELS.get(model_type or "", _stored_transposed(entries)),
        )


@dataclass(frozen=True, slots=True)
class Rule:
    """Tensors whose lower-case name fits one of `names` have the role `role`.

    outside_blocks  only where no part of the name is a number (`layers.0.…`): a name such as
                    `output` means a head there, and a plain layer inside a block
    also            a further condition, and how the table words it
    """

    role: str
    names: tuple[str, ...]
    outside_blocks: bool = False
    also: Callable[[Entry, Facts], bool] = field(default=lambda entry, facts: True)
    words: str = ""

    def hit(self, entry: Entry, facts: Facts) -> str | None:
        """The pattern that fits, None if none does."""
        name = entry.name.lower()
        if self.outside_blocks and any(part.isdigit() for part in name.split(".")):
            return None
        found = next((pattern for pattern in self.names if fnmatchcase(name, pattern)), None)
        return found if found is not None and self.also(entry, facts) else None


#: Parts of a composite configuration that describe the language model.
TEXT_CONFIGS = ("text_config", "llm_config", "language_config", "decoder")
#: Smaller vocabularies meet other sizes of a model by chance.
LEAST_VOCABULARY = 1000
#: Architectures that share these names, by `model_type`, and whether they store layers `[in, out]`.
CONV1D_MODELS: Mapping[str, bool] = {
    **dict.fromkeys(("gpt2", "openai-gpt", "imagegpt", "decision_transformer"), True),
    **dict.fromkeys(("gpt_bigcode", "gpt_neo"), False),
}
#: Layers of OpenAI's GPT code, which Hugging Face stores as `Conv1D`: `[in, out]`.
CONV1D_NAMES = ("*c_attn.weight", "*q_attn.weight", "*c_proj.weight", "*c_fc.weight")
#: A router has a row for each expert: far fewer rows than columns.
ROUTER_SHARE = 4


def _routes(entry: Entry, facts: Facts) -> bool:
    rows, columns = entry.shape
    parent = entry.name.rsplit(".", 2)[0]
    return rows in facts.experts or parent in facts.parents or rows * ROUTER_SHARE <= columns


def _stored_transposed(entries: list[Entry]) -> bool:
    """Whether a layer of GPT-2's names has a bias as long as its weight has columns."""
    shapes = {entry.name: entry.shape for entry in entries}
    for name, shape in shapes.items():
        if len(shape) == 2 and any(fnmatchcase(name.lower(), p) for p in CONV1D_NAMES):
            bias = shapes.get(name.removesuffix("weight") + "bias")
            if shape[0] != shape[1] and bias is not None:
                return bias == (shape[1],)
    return False


#: The table; the first rule that fits decides.
RULES: tuple[Rule, ...] = (
    Rule(ADAPTER, (
        "*lora_a*", "*lora_b*", "*lora_embedding*", "*lora_magnitude*", "*.adapter_*", "*hada_w*",
        "*lokr_w*", "*ia3_*", "*.oft_*", "*vera_lambda*",
    )),
    Rule(TRANSPOSED, CONV1D_NAMES, also=lambda entry, facts: facts.conv1d,
         words="config.json's model_type is gpt2 or stores as it does; where it is unknown: some "
         "bias is as long as its weight has columns"),
    Rule(EMBEDDING, (
        "*embed*", "*wte*", "*wpe*", "emb.weight", "*.emb.weight", "*_emb.weight", "shared.weight",
        "*.shared.weight", "*relative_attention_bias*", "*relative_position*", "*rel_pos*",
        "*position_bias*",
    )),
    Rule(HEAD, (
        "*lm_head*", "*output_layer.weight", "cls.*", "*.cls.*", "*classifier*", "score.weight",
        "*.score.weight", "*qa_outputs*", "*vocab_proj*", "*vocab_transform*", "*lm_logits*",
        "*to_logits*", "*output_projection.weight", "*shared_head.head.weight", "*v_head*",
        "*value_head*", "*reward_head*",
    )),
    Rule(HEAD, (
        "output.weight", "*.output.weight", "head.weight", "*.head.weight", "*_head.weight",
        "proj_out.weight", "*.proj_out.weight", "ff_out.weight", "*.ff_out.weight",
        "generator.weight", "*.generator.weight", "generator.proj.weight",
        "*.generator.proj.weight",
    ), outside_blocks=True),
    Rule(ROUTER, ("*router*", "*shared_expert_gate*", "*gate_inp*")),
    Rule(ROUTER, ("*.gate.weight", "*.gate.wg.weight"), also=_routes,
         words="rows are the experts: config.json counts as many, `experts` stand beside it, or at "
         "least four times as many columns"),
    Rule(NORM, ("*norm*", "ln_*", "*.ln_*")),
    Rule(VOCABULARY, ("*",), also=lambda entry, facts: facts.vocabulary in entry.shape,
         words="a side as long as config.json's vocab_size, where that is at least 1,000 and no "
         "other of its sizes"),
)  # fmt: skip


def role_of(entry: Entry, facts: Facts) -> tuple[str, str]:
    """Role of a matrix, and why in words."""
    for rule in RULES:
        pattern = rule.hit(entry, facts)
        if pattern is not None:
            known = f"name {pattern}" if pattern != "*" else "vocab_size"
            return rule.role, f"{rule.role} ({known}): {WHY[rule.role]}"
    if not entry.name.lower().endswith("weight"):
        return "other", "not named …weight"
    return LINEAR, "a linear layer: no other rule fits"


def table() -> str:
    """The rules as the Markdown table of docs/selection.md."""
    lines = ["| left as it is | by its name | and | because |", "|---|---|---|---|"]
    for rule in RULES:
        conditions = [rule.words] if rule.words else []
        conditions += ["outside numbered blocks"] if rule.outside_blocks else []
        names = " ".join(f"`{pattern}`" for pattern in rule.names)
        lines.append(f"| {rule.role} | {names} | {'; '.join(conditions)} | {WHY[rule.role]} |")
    return "\n".join(lines) + "\n"
