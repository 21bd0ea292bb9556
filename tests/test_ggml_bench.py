"""llama.cpp's product beside ours is the product of the weights it stores."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("llama_cpp", reason="llama-cpp-python, built from source, is no part of dev")
pytest.importorskip("gguf")

import gguf

from veriquant_proofs.bench import ggml, speed


@pytest.mark.parametrize("kind", speed.GGML_KINDS)
def test_product_is_that_of_the_stored_weights(kind: str) -> None:
    rng = np.random.default_rng(3)
    w = rng.standard_normal((64, 512), dtype=np.float32)
    stored = gguf.dequantize(ggml.quantize(w, kind), gguf.GGMLQuantizationType[kind])
    product = ggml.Product(w, kind, threads=2)
    try:
        for _ in range(3):  # the same graph again, with other activations
            x = rng.standard_normal(512, dtype=np.float32)
            product.x[:] = x
            right = stored.reshape(w.shape) @ x
            # ggml rounds activations to int8 in blocks: about a hundredth of the norm
            assert np.linalg.norm(product() - right) < 0.02 * np.linalg.norm(right)
    finally:
        product.close()


def test_bits_are_those_of_the_type() -> None:
    w = np.zeros((2, ggml.BLOCK), np.float32)
    bits = {kind: 8 * ggml.quantize(w, kind).nbytes / w.size for kind in speed.GGML_KINDS}
    assert bits == {"Q4_0": 4.5, "Q4_K": 4.5, "Q3_K": 3.4375}


def test_a_size_that_is_not_whole_blocks_has_no_row_of_llama_cpp() -> None:
    assert not any("llama.cpp" in name for name in speed.product(8, 100, 1)["microseconds"])
    found = speed.product(8, ggml.BLOCK, 1)
    assert {f"llama.cpp {kind}" for kind in speed.GGML_KINDS} <= set(found["microseconds"])
    assert found["bytes"]["llama.cpp Q4_0"] == 8 * ggml.BLOCK * 4.5 / 8
