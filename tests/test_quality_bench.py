"""The quality bench's own arithmetic: bits, goals, scores, text split."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

from veriquant_proofs.bench import quality, texts
from veriquant_proofs.bench.peers import PEERS, Peer, plain
from veriquant_proofs.bench.quality import Row, goals, label_offsets, markdown, similarity_score

needs_gensim = pytest.mark.skipif(
    importlib.util.find_spec("gensim") is None, reason="gensim (bench extra) is not installed"
)


@pytest.mark.parametrize(("bits", "group", "expected"), [(4, 64, 4.3125), (3, 64, 3.296875)])
def test_plain_grids_count_their_metadata(bits: int, group: int, expected: float) -> None:
    w = np.random.default_rng(0).standard_normal((24, 640)).astype(np.float32)
    back, stored = plain(bits, group)(w)
    assert stored / w.size == expected
    step = (w.max() - w.min()) / (2**bits - 1)
    assert np.abs(back - w).max() <= 0.51 * step


@pytest.mark.parametrize("peer", PEERS, ids=lambda p: p.name)
def test_peers_give_back_about_what_they_took(peer: Peer) -> None:
    if not peer.installed():
        pytest.skip(f"{peer.package} (bench extra) is not installed")
    w = np.random.default_rng(0).standard_normal((32, 512)).astype(np.float32)
    back, stored = peer.run(w)
    assert back.shape == w.shape and back.dtype == np.float32
    assert 3 < stored / w.size <= 5
    assert 0.01 < np.linalg.norm(back - w) / np.linalg.norm(w) < 0.25


def test_our_bits_are_the_stored_arrays() -> None:
    w = np.random.default_rng(0).standard_normal((48, 256)).astype(np.float32)
    _, stored = quality.ours("rtn", 32)("w", w)
    pairs, groups = 128, 4
    by_hand = 48 * (pairs * 7 + groups * 3 * 8 + 2 * 16) + 256 * 16
    assert stored == by_hand


def row(scheme: str, family: str, bits: float, ppl: float) -> Row:
    return Row(scheme, family, bits, 0.1, 1.0, {"perplexity": ppl, "delta_nll": float(np.log(ppl))})


def test_goals_use_the_best_row_within_the_budget() -> None:
    rows = [
        row("rtn g96", "veriquant", 3.70, 40.0),
        row("gptq g96", "veriquant", 3.75, 30.0),
        row("gptq g8", "veriquant", 3.76, 20.0),
        row("int4 RTN g64", "plain", 4.31, 29.0),
        row("llama.cpp Q3_K (x 1)", "peer", 3.44, 50.0),
    ]
    milestone, goal = goals(rows)
    assert milestone["ours"] == goal["ours"] == "gptq g96"
    assert milestone["met"] and not goal["met"]


def test_similarity_of_perfect_and_worse_vectors() -> None:
    rng = np.random.default_rng(0)
    base = rng.standard_normal((20, 8))
    base /= np.linalg.norm(base, axis=1, keepdims=True)
    human = base @ base.T
    same = similarity_score(base, base, human)
    assert same["similarity"] == pytest.approx(1)
    assert same["similarity_delta"] == same["similarity_delta_se"] == 0
    noisy = base + 0.3 * rng.standard_normal(base.shape)
    noisy /= np.linalg.norm(noisy, axis=1, keepdims=True)
    worse = similarity_score(noisy, base, human)
    assert worse["similarity_delta"] < -3 * worse["similarity_delta_se"] < 0


def test_labels_of_equal_points_are_kept_apart() -> None:
    offsets = label_offsets(np.array([[50.0, 100], [50, 100], [60, 104], [50, 300], [400, 100]]))
    assert sorted(offsets[:2]) == [0, 9]
    assert offsets[2:] == [14, 0, 0]


def test_markdown_marks_our_rows() -> None:
    score = {"perplexity": 20.0, "perplexity_se": 1.0, "delta_nll": 0.1, "delta_nll_se": 0.01}
    shown = {"scheme": "gptq g96", "family": "veriquant", "bits": 3.7, "error": 0.1,
             "seconds": 9.0, "score": score}  # fmt: skip
    part = {"linears": 1, "weights": 10, "scored_tokens": 5, "calibration_tokens": 6,
            "rows": [shown], "goals": [], "sources": []}  # fmt: skip
    text = markdown({"smollm2": part})
    assert "| **veriquant gptq g96** | 3.700 | 0.1000 | 20.00 +- 1.00 | 0.1000 +- 0.0100 |" in text


class Letters:
    """A tokenizer of one token per character."""

    def encode(self, text: str) -> object:
        return type("Encoding", (), {"ids": [ord(c) for c in text]})


def test_scored_articles_do_not_calibrate(monkeypatch: pytest.MonkeyPatch) -> None:
    # article i is made of the letter number i alone
    monkeypatch.setattr(texts, "articles", lambda: tuple(chr(i) * (100 + i) for i in range(30)))
    scored, calibration = texts.wikipedia_windows(Letters(), 20, 25, 60)
    assert scored.shape == (25, 20) and calibration.shape == (60, 20)
    assert set(scored.ravel().tolist()) == set(range(10))
    assert scored[:10, 0].tolist() == list(range(10))
    assert set(calibration.ravel().tolist()) <= set(range(10, 30))


@needs_gensim
def test_lee_background_is_not_scored() -> None:
    documents, human = texts.lee_documents()
    background = texts.lee_background()
    assert len(documents) == 50 and human.shape == (50, 50) and len(background) > 200
    assert not {d.strip() for d in documents} & {b.strip() for b in background}


def test_errors_of_a_model_by_layer() -> None:
    pytest.importorskip("matplotlib")
    import veriquant
    from veriquant.model import llama
    from veriquant.model.llama import Llama, LlamaConfig, linear_names

    config = LlamaConfig(
        layers=3, hidden=32, intermediate=48, heads=4, kv_heads=2, vocab=50,
        rope_theta=10000.0, norm_eps=2.0**-16, context=64,
    )  # fmt: skip
    rng = np.random.default_rng(7)
    sizes = {"q_proj": (32, 32), "k_proj": (16, 32), "v_proj": (16, 32), "o_proj": (32, 32),
             "gate_proj": (48, 32), "up_proj": (48, 32), "down_proj": (32, 48)}  # fmt: skip
    names = linear_names(config)
    weights = {
        n: rng.normal(size=sizes[n.split(".")[-2]]).astype(np.float32) / np.float32(6)
        for n in names
    }
    weights["model.embed_tokens.weight"] = rng.normal(size=(50, 32)).astype(np.float32)
    for layer in range(3):
        for norm in ("input_layernorm", "post_attention_layernorm"):
            weights[f"model.layers.{layer}.{norm}.weight"] = np.ones(32, np.float32)
    weights["model.norm.weight"] = np.ones(32, np.float32)
    model = Llama(config, weights)
    tensors = {n: veriquant.quantize(weights[n], "rtn", 8) for n in names}
    windows = rng.integers(0, 50, (2, 9))
    found = quality.layer_errors(model, tensors, windows)
    assert [row["layer"] for row in found] == [1, 2, 3]
    assert all(0 < row["weights"] <= row["weights_bound"] for row in found)
    assert found[0]["measured"] < found[2]["measured"]
    # The last block's output again, before the final norm, which is the identity up to length.
    stored = Llama(config, {**weights, **{n: t.dequantize() for n, t in tensors.items()}})
    outputs: list[list[np.ndarray]] = [[], []]  # type: ignore[type-arg]
    for network, kept in zip((model, stored), outputs, strict=True):
        for tokens in windows:
            x = network.embed(tokens)
            for layer in range(3):
                list(network.stage_inputs(layer, x))
            kept.append(x.astype(np.float64))
            final = llama.rms_norm(x, weights["model.norm.weight"], config.norm_eps)
            np.testing.assert_array_equal(final, network.hidden(tokens))
    right, wrong = np.concatenate(outputs[0]), np.concatenate(outputs[1])
    assert found[2]["measured"] == pytest.approx(
        np.linalg.norm(wrong - right) / np.linalg.norm(right), rel=1e-9
    )
