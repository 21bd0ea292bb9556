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
