"""The model side: llama forward pass, perplexity, sequential calibration, calibration files."""

from __future__ import annotations

import errno
import json
import math
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file
from typer.testing import CliRunner

import veriquant
from veriquant.cli import app
from veriquant.errors import QuantizationError
from veriquant.methods import TensorStatistics, quantize_tensor
from veriquant.methods.calibration import METADATA_KEY, CalibrationFile, CalibrationWriter
from veriquant.model.bert import gelu
from veriquant.model.calibrate import (
    independent_statistics,
    shared_inputs,
    windows_of,
    write_calibration,
)
from veriquant.model.llama import Llama, LlamaConfig, linear_names
from veriquant.model.load import load_llama
from veriquant.model.perplexity import Perplexity, perplexity
from veriquant.model.sequential import calibrate_sequentially, corrected_target

CONFIG = LlamaConfig(
    layers=2, hidden=32, intermediate=48, heads=4, kv_heads=2, vocab=50,
    rope_theta=10000.0, norm_eps=2.0**-16, context=64,
)  # fmt: skip


def tiny(seed: int = 0) -> Llama:
    """A random llama whose activations have loud channels, as trained ones do."""
    rng = np.random.default_rng(seed)

    def weight(*shape: int) -> np.ndarray:
        return (rng.standard_normal(shape) * shape[-1] ** -0.5).astype(np.float32)

    weights = {
        "model.embed_tokens.weight": weight(CONFIG.vocab, CONFIG.hidden) * 4,
        "model.norm.weight": np.ones(CONFIG.hidden, np.float32),
    }
    head = CONFIG.head_dim
    for i in range(CONFIG.layers):
        base = f"model.layers.{i}"
        for norm in ("input_layernorm", "post_attention_layernorm"):
            gain = np.exp(rng.standard_normal(CONFIG.hidden) * 0.7)
            weights[f"{base}.{norm}.weight"] = gain.astype(np.float32)
        for name, shape in {
            "self_attn.q_proj": (CONFIG.heads * head, CONFIG.hidden),
            "self_attn.k_proj": (CONFIG.kv_heads * head, CONFIG.hidden),
            "self_attn.v_proj": (CONFIG.kv_heads * head, CONFIG.hidden),
            "self_attn.o_proj": (CONFIG.hidden, CONFIG.heads * head),
            "mlp.gate_proj": (CONFIG.intermediate, CONFIG.hidden),
            "mlp.up_proj": (CONFIG.intermediate, CONFIG.hidden),
            "mlp.down_proj": (CONFIG.hidden, CONFIG.intermediate),
        }.items():
            weights[f"{base}.{name}.weight"] = weight(*shape)
    return Llama(CONFIG, weights)


def tokens(windows: int, length: int = 24, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, CONFIG.vocab, (windows, length))


def reference_logits(model: Llama, ids: np.ndarray) -> np.ndarray:
    """The forward pass again, one token and one head at a time, complex rotary, float64."""
    c = model.config
    w = {n: a.astype(np.float64) for n, a in model.weights.items()}
    d, half = c.head_dim, c.head_dim // 2
    rate = c.rope_theta ** (-2 * np.arange(half) / d)

    def norm(v: np.ndarray, gain: np.ndarray) -> np.ndarray:
        return v / np.sqrt((v**2).mean() + c.norm_eps) * gain

    def turn(v: np.ndarray, position: int) -> np.ndarray:
        z = (v[:half] + 1j * v[half:]) * np.exp(1j * position * rate)
        return np.concatenate([z.real, z.imag])

    xs = [w["model.embed_tokens.weight"][t] for t in ids]
    for layer in range(c.layers):
        base = f"model.layers.{layer}"
        lin = {n: w[f"{base}.{n}.weight"] for n in (
            "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj",
            "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj")}  # fmt: skip
        hs = [norm(x, w[f"{base}.input_layernorm.weight"]) for x in xs]
        for t in reversed(range(len(xs))):
            heads = []
            for h in range(c.heads):
                g = h // (c.heads // c.kv_heads)
                rows, shared = slice(h * d, (h + 1) * d), slice(g * d, (g + 1) * d)
                q = turn(lin["self_attn.q_proj"][rows] @ hs[t], t)
                keys = [turn(lin["self_attn.k_proj"][shared] @ hs[s], s) for s in range(t + 1)]
                score = np.array([q @ k for k in keys]) / np.sqrt(d)
                p = np.exp(score - score.max())
                p /= p.sum()
                values = [lin["self_attn.v_proj"][shared] @ hs[s] for s in range(t + 1)]
                heads.append(sum(a * v for a, v in zip(p, values, strict=True)))
            xs[t] = xs[t] + lin["self_attn.o_proj"] @ np.concatenate(heads)
        for t, x in enumerate(xs):
            h = norm(x, w[f"{base}.post_attention_layernorm.weight"])
            gate = lin["mlp.gate_proj"] @ h
            inner = gate / (1 + np.exp(-gate)) * (lin["mlp.up_proj"] @ h)
            xs[t] = x + lin["mlp.down_proj"] @ inner
    final = [norm(x, w["model.norm.weight"]) for x in xs]
    return np.array(final) @ w["model.embed_tokens.weight"].T


def test_forward_pass_agrees_with_a_plain_one() -> None:
    model, ids = tiny(), tokens(1)[0]
    expected = reference_logits(model, ids)
    assert np.abs(model.logits(ids) - expected).max() < 1e-4 * np.abs(expected).max()


def test_observer_sees_every_linear_once() -> None:
    model, seen = tiny(), []
    model.hidden(tokens(1)[0], lambda name, x: seen.append((name, x.shape)))
    assert [n for n, _ in seen] == linear_names(CONFIG)
    assert all(shape == (24, model.weights[n].shape[1]) for n, shape in seen)


def test_perplexity_of_a_uniform_model_is_the_vocabulary() -> None:
    model = tiny()
    model.weights["model.norm.weight"] = np.zeros(CONFIG.hidden, np.float32)
    result = perplexity(model, tokens(3))
    assert result.nll.size == 3 * 23
    assert result.value == pytest.approx(CONFIG.vocab)
    assert result.standard_error == pytest.approx(0, abs=1e-9)


def test_perplexity_and_paired_difference() -> None:
    a, b = Perplexity(np.array([1.0, 2.0, 3.0])), Perplexity(np.array([1.0, 1.5, 2.0]))
    assert a.value == pytest.approx(np.exp(2))
    assert a.standard_error == pytest.approx(np.exp(2) / np.sqrt(3))
    assert a.delta(b) == (pytest.approx(0.5), pytest.approx(0.5 / np.sqrt(3)))
    with pytest.raises(ValueError, match="not the same text"):
        a.delta(Perplexity(np.array([1.0])))


def test_windows_are_spread_and_disjoint() -> None:
    ids = np.arange(100)
    assert windows_of(ids, 10, 5)[:, 0].tolist() == [0, 20, 40, 60, 80]
    with pytest.raises(QuantizationError, match="at least 11 windows"):
        windows_of(ids, 10, 11)


def test_target_minimises_the_output_difference() -> None:
    rng = np.random.default_rng(0)
    f = rng.standard_normal((400, 12))
    x = f + 0.2 * rng.standard_normal((400, 12))
    w = rng.standard_normal((5, 12)).astype(np.float32)
    h, cross = (x.T @ x / 400).astype(np.float32), (x.T @ (f - x) / 400).astype(np.float32)
    best = np.linalg.lstsq(x, f @ w.T, rcond=None)[0].T
    assert np.allclose(corrected_target(w, h, cross, 0.0), best, atol=1e-3)
    assert not np.allclose(w, best, atol=0.05)


def test_sequential_calibration_lowers_the_output_error() -> None:
    model, windows, fresh = tiny(), tokens(40), tokens(20, seed=7)

    def quantize(name: str, w: np.ndarray, statistics: TensorStatistics) -> np.ndarray:
        made = quantize_tensor(w, method="gptq", calibration=statistics, group_size=0)
        return made.dequantize()

    def error(other: Llama) -> float:
        return sum(float(((model.logits(t) - other.logits(t)) ** 2).sum()) for t in fresh)

    plain = Llama(CONFIG, dict(model.weights))
    statistics, share = independent_statistics(model, windows), shared_inputs(CONFIG)
    for name in linear_names(CONFIG):
        known = statistics[share.get(name, name)]
        plain.weights[name] = quantize(name, model.weights[name], known)
    done: list[int] = []
    corrected = calibrate_sequentially(
        model, windows, quantize, progress=lambda i, n: done.append(i)
    )
    assert done == [1, 2]
    assert error(corrected) < 0.95 * error(plain)


def test_sequential_statistics_are_of_the_quantized_stream() -> None:
    model, windows = tiny(), tokens(3)
    seen: dict[str, TensorStatistics] = {}

    def damage(name: str, w: np.ndarray, statistics: TensorStatistics) -> np.ndarray:
        seen[name] = statistics
        return (w * 0.9).astype(np.float32)

    out = calibrate_sequentially(model, windows, damage)
    again = independent_statistics(out, windows)
    for name, statistics in again.items():
        assert np.allclose(seen[name].hessian, statistics.hessian, rtol=1e-4, atol=1e-5), name
    assert seen[linear_names(CONFIG)[0]].target is not None
    assert model.weights[linear_names(CONFIG)[0]] is not out.weights[linear_names(CONFIG)[0]]


def test_calibration_file_round_trip(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    h, target = rng.random((4, 4), np.float32), rng.random((3, 4), np.float32)
    path = tmp_path / "s.safetensors"
    with CalibrationWriter(
        path, {"a": (3, 4), "b": (3, 4)}, {"b": "a"}, targets=True, count=7, settings={"x": 1}
    ) as writer:
        writer.add("a", TensorStatistics(h, 7, target))
        writer.add("b", TensorStatistics(h, 7, target + 1))
        assert not path.exists()
    file = CalibrationFile(path)
    a, b = file.get("a"), file.get("b")
    assert a is not None and b is not None and a.target is not None and b.target is not None
    assert np.array_equal(a.hessian, h) and np.array_equal(b.hessian, h)
    assert np.array_equal(a.target, target) and np.array_equal(b.target, target + 1)
    assert a.count == 7
    assert file.get("c") is None


def test_interrupted_calibration_leaves_nothing(tmp_path: Path) -> None:
    with (
        pytest.raises(RuntimeError),
        CalibrationWriter(
            tmp_path / "s.safetensors", {"a": (3, 4)}, {}, targets=False, count=1, settings={}
        ),
    ):
        raise RuntimeError
    assert not list(tmp_path.iterdir())


def test_activations_of_another_program(tmp_path: Path) -> None:
    x = np.random.default_rng(0).standard_normal((30, 6)).astype(np.float32)
    save_file({"a.weight.activations": x}, tmp_path / "x.safetensors")
    got = CalibrationFile(tmp_path / "x.safetensors").get("a.weight")
    assert got is not None and got.count == 30
    assert np.allclose(got.hessian, x.T @ x / 30, atol=1e-6)


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        ('{"version": 2}', "unknown version"),
        ("[]", "not as documented"),
        ("{", "not as documented"),
    ],
)
def test_bad_calibration_metadata(tmp_path: Path, metadata: str, message: str) -> None:
    path = tmp_path / "s.safetensors"
    save_file({"a.hessian": np.eye(2, dtype=np.float32)}, path, {METADATA_KEY: metadata})
    with pytest.raises(QuantizationError, match=message):
        CalibrationFile(path)


def test_damaged_calibration_file(tmp_path: Path) -> None:
    path = tmp_path / "s.safetensors"
    save_file({"a.hessian": np.eye(64, dtype=np.float32)}, path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(QuantizationError, match="truncated, or a lying header"):
        CalibrationFile(path)
    save_file({"a.hessian": np.arange(4)}, path)
    with pytest.raises(QuantizationError, match="float matrices"):
        CalibrationFile(path).get("a")


def folder_of(model: Llama, folder: Path) -> Path:
    folder.mkdir()
    save_file(model.weights, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(CONFIG.to_json()))
    return folder


def test_model_folder_and_quantize_command(tmp_path: Path) -> None:
    """A file made by sequential calibration gives the codes that calibration itself made."""
    folder = folder_of(tiny(), tmp_path / "model")
    model = load_llama(folder)
    assert model.config == CONFIG
    windows, stats = tokens(30), tmp_path / "s.safetensors"
    write_calibration(model, windows, stats, group_size=8)
    made: dict[str, np.ndarray] = {}

    def quantize(name: str, w: np.ndarray, statistics: TensorStatistics) -> np.ndarray:
        tensor = quantize_tensor(w, method="gptq", group_size=8, calibration=statistics)
        made[name] = tensor.packed
        return tensor.dequantize()

    calibrate_sequentially(model, windows, quantize)
    out = tmp_path / "out"
    result = CliRunner().invoke(
        app,
        ["quantize", str(folder), "-o", str(out), "--method", "gptq", "--group-size", "8",
         "--calibration", str(stats)],
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    stored = veriquant.load(out)
    assert made.keys() == set(linear_names(CONFIG))
    for name, packed in made.items():
        assert np.array_equal(stored[name].packed, packed), name
    ids = tokens(1, seed=3)[0]
    exact, got = model.logits(ids), load_llama(out).logits(ids)
    assert np.corrcoef(exact.ravel(), got.ravel())[0, 1] > 0.95


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model_type": "mamba"}, "model_type"),
        ({"rope_scaling": {"factor": 8}}, "rope_scaling"),
        ({"hidden_size": None}, "hidden_size must be a number"),
        ({"num_hidden_layers": 10**12}, "layers must be a size"),
        ({"num_attention_heads": 0}, "heads must be a size"),
        ({"rms_norm_eps": float("nan")}, "norm_eps must be above 0"),
        ({"hidden_size": [64]}, "hidden_size must be a number"),
        ({"num_hidden_layers": 10**6}, "tensor is missing"),
        ({"intermediate_size": 65}, "config.json makes it"),
    ],
)
def test_unsupported_models_are_refused(tmp_path: Path, change: dict, message: str) -> None:
    folder = folder_of(tiny(), tmp_path / "model")
    (folder / "config.json").write_text(json.dumps({**CONFIG.to_json(), **change}))
    with pytest.raises(QuantizationError, match=message):
        load_llama(folder)


def test_missing_tensor_is_named(tmp_path: Path) -> None:
    model = tiny()
    del model.weights["model.layers.1.mlp.up_proj.weight"]
    with pytest.raises(QuantizationError, match=r"layers\.1\.mlp\.up_proj"):
        load_llama(folder_of(model, tmp_path / "model"))


def _no_space(*_: object) -> int:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_gguf_import(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A GGUF file written by the `gguf` package from our tiny model comes back as that model."""
    gguf = pytest.importorskip("gguf", reason="the gguf package (bench extra) is not installed")
    pytest.importorskip("tokenizers", reason="the tokenizers package is not installed")
    from veriquant.model.gguf_import import LAYER_NAMES, TOP_NAMES, GgufModel

    model, path = tiny(), tmp_path / "m.gguf"
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_block_count(CONFIG.layers)
    writer.add_embedding_length(CONFIG.hidden)
    writer.add_feed_forward_length(CONFIG.intermediate)
    writer.add_head_count(CONFIG.heads)
    writer.add_head_count_kv(CONFIG.kv_heads)
    writer.add_vocab_size(CONFIG.vocab)
    writer.add_rope_freq_base(CONFIG.rope_theta)
    writer.add_layer_norm_rms_eps(CONFIG.norm_eps)
    writer.add_context_length(CONFIG.context)
    letters = ["<|end|>", "Ġ", *"abcdefgh", "ab", "Ġab", *(f"<{i}>" for i in range(38))]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(letters)
    writer.add_token_types([3] + [1] * (len(letters) - 1))
    writer.add_token_merges(["a b", "Ġ ab"])
    names = {f"blk.{i}.{g}.weight": f"model.layers.{i}.{h}.weight"
             for i in range(CONFIG.layers) for g, h in LAYER_NAMES.items()}  # fmt: skip
    names |= {g: h for g, h in TOP_NAMES.items() if h in model.weights}
    for there, here in names.items():
        w = model.weights[here]
        heads = {"attn_q": CONFIG.heads, "attn_k": CONFIG.kv_heads}.get(there.split(".")[-2])
        if heads:  # llama.cpp's converter interleaves the two halves of every head
            w = w.reshape(heads, 2, CONFIG.head_dim // 2, -1).swapaxes(1, 2).reshape(w.shape)
        writer.add_tensor(there, np.ascontiguousarray(w))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    result = CliRunner().invoke(app, ["import-gguf", str(path), "-o", str(tmp_path / "out")])
    assert result.exit_code == 0, result.output
    before = (tmp_path / "out" / "model.safetensors").read_bytes()
    path.with_suffix(".cut").write_bytes(path.read_bytes()[:4000])
    for source, output, said in (
        (path, "out", "the output exists already"),
        (tmp_path / "out" / "config.json", "none", "not a readable GGUF file"),
        (path.with_suffix(".cut"), "none", "not a readable GGUF file"),
    ):
        result = CliRunner().invoke(app, ["import-gguf", str(source), "-o", str(tmp_path / output)])
        assert result.exit_code == 2 and said in result.output, result.output
    assert (tmp_path / "out" / "model.safetensors").read_bytes() == before
    monkeypatch.setattr("veriquant.formats.writer.os.pwrite", _no_space)
    result = CliRunner().invoke(app, ["import-gguf", str(path), "-o", str(tmp_path / "none")])
    assert result.exit_code == 2 and "Remedy: free some space" in result.output
    monkeypatch.undo()
    assert not list(tmp_path.glob("*none*")), "nothing is left"
    again = load_llama(tmp_path / "out")
    assert again.config == CONFIG
    assert again.weights.keys() == model.weights.keys()
    for name, w in model.weights.items():
        assert np.array_equal(again.weights[name], w), name
    tokenizer = GgufModel(path).tokenizer()
    assert tokenizer.encode("ab ab<|end|>").ids == [10, 11, 0]
    assert tokenizer.decode(tokenizer.encode("ab cab").ids) == "ab cab"
    text, stats = tmp_path / "text.txt", tmp_path / "stats.safetensors"
    text.write_text(" ".join(f"ab c{'defgh'[i % 5]} {'abc'[i % 3]}b" for i in range(300)))
    for command, said in (
        (["calibrate", "--windows", "8", "--length", "32", "-o", str(stats)], "of 256 tokens"),
        (["perplexity", "--windows", "4", "--length", "32"], "perplexity "),
    ):
        result = CliRunner().invoke(
            app, [command[0], str(tmp_path / "out"), "--text", str(text), *command[1:]]
        )
        assert result.exit_code == 0, result.output
        assert said in result.output
    found = CalibrationFile(stats).get(linear_names(CONFIG)[1])
    assert found is not None and found.count == 256 and found.target is not None
    result = CliRunner().invoke(
        app,
        ["calibrate", str(tmp_path / "out"), "--text", str(text), "--windows", "9999",
         "-o", str(tmp_path / "none")],
    )  # fmt: skip
    assert result.exit_code == 2 and "fewer --windows" in result.output
    assert not (tmp_path / "none").exists()


def test_gelu_is_the_exact_one() -> None:
    x = np.linspace(-12, 12, 4001, dtype=np.float32)
    exact = [0.5 * v * math.erfc(-v / math.sqrt(2)) for v in x.tolist()]
    assert np.abs(gelu(x) - exact).max() < 2e-6
