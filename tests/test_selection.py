"""Which tensors are quantized: the rules, what `--dry-run` says, adapters and tied heads."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

import veriquant
from checkpoints import bad, good, weights, write_file
from veriquant.convert import roles
from veriquant.convert.select import Selection, decide
from veriquant.formats.checkpoint import open_checkpoint
from veriquant.formats.header import Entry
from veriquant.tensor import QuantizedTensor

DOCS = Path(__file__).parents[1] / "docs" / "selection.md"


def model(
    folder: Path, shapes: dict[str, tuple[int, ...]], config: dict[str, Any] | None = None
) -> Path:
    """A model folder with these tensors."""
    folder.mkdir()
    tensors = {
        name: weights(i, 1, math.prod(shape)).reshape(shape)
        for i, (name, shape) in enumerate(shapes.items())
    }
    write_file(folder / "model.safetensors", tensors)
    if config is not None:
        (folder / "config.json").write_text(json.dumps(config))
    return folder


def roles_of(path: Path) -> dict[str, str | None]:
    return {n: d.role for n, d in decide(open_checkpoint(path), Selection()).items()}


#: name of a matrix: its shape and role in a checkpoint without config.json
NAMED = {
    "model.layers.0.self_attn.q_proj.weight": ((8, 8), "linear"),
    "model.layers.0.mlp.gate_proj.weight": ((8, 8), "linear"),
    "encoder.layer.0.output.dense.weight": ((8, 8), "linear"),
    "blocks.0.att.output.weight": ((8, 8), "linear"),
    "blocks.0.att.gate.weight": ((8, 8), "linear"),
    "model.layers.0.mlp.experts.0.up_proj.weight": ((8, 8), "linear"),
    "model.embed_tokens.weight": ((16, 8), "embedding"),
    "emb.weight": ((16, 8), "embedding"),
    "shared.weight": ((16, 8), "embedding"),
    "transformer.wte.weight": ((16, 8), "embedding"),
    "encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight": ((32, 8), "embedding"),
    "output.weight": ((16, 8), "output head"),
    "lm_head.weight": ((16, 8), "output head"),
    "transformer.output_layer.weight": ((16, 8), "output head"),
    "head.weight": ((16, 8), "output head"),
    "cls.predictions.decoder.weight": ((16, 8), "output head"),
    "score.weight": ((2, 8), "output head"),
    "classifier.weight": ((2, 8), "output head"),
    "proj_out.weight": ((16, 8), "output head"),
    "decoder.output_projection.weight": ((16, 8), "output head"),
    "to_logits.weight": ((16, 8), "output head"),
    "model.layers.61.shared_head.head.weight": ((16, 8), "output head"),
    "v_head.summary.weight": ((1, 8), "output head"),
    "transformer.ff_out.weight": ((16, 8), "output head"),
    "transformer.blocks.0.ff_out.weight": ((8, 8), "linear"),
    "generator.proj.weight": ((16, 8), "output head"),
    "model.layers.0.mlp.gate.weight": ((8, 8), "router"),  # beside experts
    "model.layers.1.block_sparse_moe.gate.weight": ((2, 8), "router"),
    "transformer.blocks.0.ffn.router.layer.weight": ((4, 8), "router"),
    "model.layers.0.mlp.shared_expert_gate.weight": ((1, 8), "router"),
    "final_layernorm.weight": ((1, 8), "norm"),
    "transformer.h.0.ln_1.weight": ((1, 8), "norm"),
    "model.layers.0.self_attn.q_proj.lora_A.weight": ((2, 8), "adapter"),
    "model.layers.0.self_attn.q_proj.lora_B.default.weight": ((8, 2), "adapter"),
}


def test_names_and_shapes_decide_without_a_configuration(tmp_path: Path) -> None:
    source = model(tmp_path / "m", {name: shape for name, (shape, _) in NAMED.items()})
    assert roles_of(source) == {name: role for name, (_, role) in NAMED.items()}
    text = good("quantize", source, "-o", tmp_path / "q")
    assert "note: 2 tensors of an adapter, model.layers.0.self_attn.q_proj.lora_A.weight" in text
    found = veriquant.load(tmp_path / "q")
    quantized = {n for n, tensor in found.items() if isinstance(tensor, QuantizedTensor)}
    assert quantized == {name for name, (_, role) in NAMED.items() if role == "linear"}


GPT2 = {"h.0.attn.c_attn.weight": (8, 24), "h.0.attn.c_attn.bias": (24,),
        "h.0.attn.c_proj.weight": (8, 8), "h.0.mlp.c_fc.weight": (8, 32),
        "h.0.other.weight": (8, 8)}  # fmt: skip
BIGCODE = {"h.0.attn.c_attn.weight": (24, 8), "h.0.attn.c_attn.bias": (24,),
           "h.0.attn.c_proj.weight": (8, 8)}  # fmt: skip


@pytest.mark.parametrize("config", [None, {}, {"model_type": "gpt2"}, {"model_type": "new"}])
def test_transposed_layers_are_left_alone(tmp_path: Path, config: dict[str, Any] | None) -> None:
    found = roles_of(model(tmp_path / "m", GPT2, config))
    assert {n for n, role in found.items() if role == "transposed"} == {
        n for n in GPT2 if "c_" in n and n.endswith("weight")
    }
    source = model(tmp_path / "n", BIGCODE, config)
    if config == {"model_type": "gpt2"}:  # the architecture is known: shapes are not asked
        bad("quantize", source, "-o", tmp_path / "q")
    else:
        assert set(roles_of(source).values()) == {"linear", None}


def test_the_architecture_decides_where_shapes_would_say_otherwise(tmp_path: Path) -> None:
    source = model(tmp_path / "m", GPT2, {"model_type": "gpt_bigcode"})
    assert "transposed" not in roles_of(source).values()


def test_the_vocabulary_tells_embeddings_of_any_name(tmp_path: Path) -> None:
    shapes = {"tok.weight": (2000, 8), "out.weight": (8, 2000), "mix.weight": (8, 8)}
    config: dict[str, Any] = {"vocab_size": 2000, "hidden_size": 8}
    expected = {"tok.weight": "vocabulary", "out.weight": "vocabulary", "mix.weight": "linear"}
    assert roles_of(model(tmp_path / "m", shapes, config)) == expected
    assert roles_of(model(tmp_path / "t", shapes, {"text_config": config})) == expected
    for i, other in enumerate(({"vocab_size": 8}, {**config, "intermediate_size": 2000}, {})):
        assert set(roles_of(model(tmp_path / f"{i}", shapes, other)).values()) == {"linear"}


def test_the_number_of_experts_tells_a_router(tmp_path: Path) -> None:
    shapes = {"layers.0.moe.gate.weight": (4, 8), "layers.0.up.weight": (8, 8)}
    for i, (config, role) in enumerate(
        (({"num_local_experts": 4}, "router"), ({"num_local_experts": 8}, "linear"))
    ):
        found = roles_of(model(tmp_path / f"{i}", shapes, config))
        assert found["layers.0.moe.gate.weight"] == role


@pytest.mark.parametrize("config", [{}, {"model_type": [1]}, {"model_type": {}, "vocab_size": "x"},
                                    {"text_config": 3, "tie_word_embeddings": []},
                                    {"num_experts": None, "vocab_size": -5}])  # fmt: skip
def test_a_configuration_of_wrong_kinds_is_asked_nothing(tmp_path: Path, config: Any) -> None:
    source = model(tmp_path / "m", {"a.weight": (8, 8), "lm_head.weight": (8, 8)}, config)
    assert roles_of(source) == {"a.weight": "linear", "lm_head.weight": "output head"}
    good("quantize", source, "-o", tmp_path / "q", "--include", "*")


def test_adapters_alone_are_refused(tmp_path: Path) -> None:
    shapes = {"base.q_proj.lora_A.weight": (2, 8), "base.q_proj.lora_B.weight": (8, 2)}
    source = model(tmp_path / "m", shapes)
    message = bad("quantize", source, "-o", tmp_path / "q")
    assert "an adapter, not a model" in message and "merge it" in message
    (source / "model.safetensors").unlink()
    write_file(source / "adapter_model.safetensors", {"prompt_embeddings": weights(0, 4, 8)})
    (source / "adapter_config.json").write_text("{}")
    assert "an adapter, not a model" in bad("quantize", source, "-o", tmp_path / "q")
    assert not (tmp_path / "q").exists()


TIED = {"model.embed_tokens.weight": (16, 8), "lm_head.weight": (16, 8), "a.weight": (8, 8)}


@pytest.mark.parametrize(
    ("config", "equal", "head", "warns"),
    [
        ({"tie_word_embeddings": True}, False, True, "config.json"),
        ({"text_config": {"tie_word_embeddings": True}}, False, True, "config.json"),
        ({"tie_word_embeddings": False}, True, True, None),
        (None, True, True, "lm_head.weight equals model.embed_tokens.weight"),
        (None, False, True, None),
        (None, False, False, "no output head in the checkpoint"),
    ],
)
def test_including_a_tied_head_warns(
    tmp_path: Path, config: dict[str, Any] | None, equal: bool, head: bool, warns: str | None
) -> None:
    names = [name for name in TIED if head or name != "lm_head.weight"]
    source = model(tmp_path / "m", {name: TIED[name] for name in names}, config)
    if equal:
        tensors = {name: weights(0, *TIED[name]) for name in names}
        write_file(source / "model.safetensors", tensors)
    include = "lm_head.weight" if head else "model.embed_tokens.weight"
    for options in (("--dry-run",), ("-o", tmp_path / "q")):
        text = good("quantize", source, "--include", include, *options)
        assert (f"note: {include}: quantized on request" in text) == (warns is not None)
        assert warns is None or f"are one ({warns}" in text
    assert "note" not in good("quantize", source, "--dry-run", "--include", "a.weight")


def test_dry_run_says_what_happens_to_each_tensor_and_why(tmp_path: Path) -> None:
    source = model(
        tmp_path / "m",
        {"a.weight": (8, 8), "lm_head.weight": (16, 8), "conv.weight": (2, 2, 2), "b.bias": (8,),
         "x.scale": (8, 8)},
    )  # fmt: skip
    lines = good("quantize", source, "--dry-run").splitlines()
    assert lines[:5] == [
        "quantize   a.weight  F32 8x8: a linear layer: no other rule fits",
        "copy       b.bias  F32 8: 1 axes: only matrices are quantized",
        "copy       conv.weight  F32 2x2x2: 3 axes: only matrices are quantized",
        "copy       lm_head.weight  F32 16x8: output head (name *lm_head*): "
        "the matrix most sensitive to errors",
        "copy       x.scale  F32 8x8: not named …weight",
    ]
    text = good("quantize", source, "--dry-run", "--include", "*e", "--exclude", "a.*",
                "--include", "*weight")  # fmt: skip
    assert "copy       a.weight  F32 8x8: --exclude a.*" in text
    assert "quantize   x.scale  F32 8x8: --include *e, though not named …weight" in text
    assert "quantize   lm_head.weight  F32 16x8: --include *weight, though output head" in text
    assert [p.name for p in tmp_path.iterdir()] == ["m"]


def test_the_documented_table_is_the_one_in_use() -> None:
    assert roles.table() in DOCS.read_text(encoding="utf-8")


def test_every_rule_is_reached() -> None:
    """A rule that earlier ones always hide would stand in the table for nothing."""
    entries = [Entry(name, "F32", shape, 0, 0) for name, (shape, _) in NAMED.items()]
    entries += [Entry(name, "F32", shape, 0, 0) for name, shape in GPT2.items()]
    entries.append(Entry("tok.weight", "F32", (2000, 8), 0, 0))
    facts = roles.Facts.of(entries, {"vocab_size": 2000})
    matrices = [entry for entry in entries if len(entry.shape) == 2]
    first = {next((r for r in roles.RULES if r.hit(entry, facts)), None) for entry in matrices}
    assert first == {*roles.RULES, None}
