"""The analytic memory model against real tensors, real files and published parameter counts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open

import veriquant
from veriquant_spec.memory import (
    GB,
    MODELS,
    float16_footprint,
    model_footprint,
    paper_footprint,
    tensor_footprint,
    uniform_footprint,
)

SHAPES = [(1, 2), (3, 7), (16, 64), (5, 128), (24, 130), (8, 257), (64, 384), (32, 1000)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("group_size", [0, 1, 16, 64])
def test_model_counts_every_array_of_a_real_tensor(shape: tuple[int, int], group_size: int) -> None:
    tensor = veriquant.quantize(_weights(shape), group_size=group_size)
    expected = tensor_footprint(*shape, group_size)
    assert expected.packed == tensor.packed.nbytes
    assert expected.scales == tensor.scales.nbytes
    assert expected.group_scales == tensor.group_scales.nbytes
    assert expected.zeros == tensor.zeros.nbytes
    assert expected.perm == 2 * tensor.perm.size  # stored in 16 bits at these sizes


@pytest.mark.parametrize("shape", SHAPES)
def test_model_counts_the_bytes_of_a_real_file(tmp_path: Path, shape: tuple[int, int]) -> None:
    path = tmp_path / "model.safetensors"
    veriquant.save(path, {"layer.weight": veriquant.quantize(_weights(shape), group_size=64)})
    with safe_open(path, framework="np") as file:
        stored = sum(file.get_tensor(name).nbytes for name in file.keys())  # noqa: SIM118
    assert stored == tensor_footprint(*shape, 64).total
    header = path.stat().st_size - stored
    assert 0 < header < 2048, "only the JSON header is left out of the model"


def test_wide_tensors_need_four_byte_indices() -> None:
    assert tensor_footprint(1, 65536, 0).perm == 2 * 65536
    assert tensor_footprint(1, 65537, 0).perm == 4 * 65538


def test_negative_group_size_is_refused() -> None:
    with pytest.raises(ValueError, match="group_size = -1"):
        tensor_footprint(4, 4, -1)


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("LLaMA-7B", 6_738_415_616),
        ("LLaMA-13B", 13_015_864_320),
        ("LLaMA-70B", 68_976_648_192),
        ("LLaMA-405B", 405_853_388_800),
    ],
)
def test_shapes_give_the_published_parameter_counts(name: str, parameters: int) -> None:
    assert MODELS[name].parameters == parameters
    assert float16_footprint(MODELS[name]).total == 2 * parameters


@pytest.mark.parametrize("model", MODELS.values(), ids=lambda m: m.name)
def test_footprints_add_up(model) -> None:  # type: ignore[no-untyped-def]
    ours = model_footprint(model, 64)
    assert ours.weights == model.linear_parameters
    assert ours.total == ours.packed + ours.metadata + ours.unquantized
    by_hand = sum(
        m.count * tensor_footprint(m.outputs, m.inputs, 64).total
        for m in model.matrices()
        if m.linear
    )
    assert ours.total - ours.unquantized == by_hand
    assert 3.5 < ours.bits_per_weight < 3.75
    assert 3.5 < model_footprint(model, 0).bits_per_weight < ours.bits_per_weight


def test_int4_with_and_without_its_metadata() -> None:
    model = MODELS["LLaMA-70B"]
    bare = uniform_footprint(model, 4)
    grouped = uniform_footprint(model, 4, 128, 16, 4)
    assert bare.bits_per_weight == 4
    assert grouped.bits_per_weight == 4 + 20 / 128


def test_the_outlines_scheme_with_its_gaps_filled_is_larger_than_int4() -> None:
    model = MODELS["LLaMA-70B"]
    dense = paper_footprint(model, one_pair_per_byte=False, selection=False)
    stored = paper_footprint(model, one_pair_per_byte=True, selection=False)
    complete = paper_footprint(model, one_pair_per_byte=True, selection=True)
    assert dense.bits_per_weight == pytest.approx(3.5, abs=0.01)
    assert stored.bits_per_weight == pytest.approx(4, abs=0.01)
    assert complete.bits_per_weight == pytest.approx(5, abs=0.01)
    assert complete.total > uniform_footprint(model, 4).total


def test_kv_cache_and_decode_cost_of_the_70b_model() -> None:
    model = MODELS["LLaMA-70B"]
    assert model.kv_cache_bytes(4096) == 2 * 80 * 1024 * 4096 * 2
    assert model.kv_cache_bytes(4096) / GB == pytest.approx(1.342, abs=0.001)
    assert model.decode_macs(0) == model.linear_parameters + 32000 * 8192
    assert model.decode_macs(2) - model.decode_macs(1) == 2 * 80 * 8192


def _weights(shape: tuple[int, int]) -> np.ndarray:  # type: ignore[type-arg]
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)
