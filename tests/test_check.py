"""`veriquant check` finds every kind of tampering, and names where it is."""

from __future__ import annotations

import ast
import hashlib
import json
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkpoints import (
    header_of,
    mixed_tensors,
    near_tie,
    patch,
    run,
    weights,
    write_file,
    write_folder,
)
from veriquant import checker, save
from veriquant.certificate.measure import measure
from veriquant.certificate.record import tensor_record
from veriquant.checker.files import GRID_PARTS, PARTS
from veriquant.convert.quantize import Settings, quantize_checkpoint
from veriquant.fast import grid
from veriquant.layout import arrays_of
from veriquant.tensor import QuantizedTensor

TARGET = "layers.0.down.weight"  # 17 x 77: odd K


def xor(mask: int, byte: int) -> int:
    return byte ^ mask


class Pair:
    """A quantized checkpoint, its source and its certificate."""

    def __init__(self, folder: Path) -> None:
        self.source = write_file(folder / "in.safetensors")
        self.out = folder / "out.safetensors"
        quantize_checkpoint(self.source, self.out, Settings(group_size=8))
        self.certificate = folder / "out.safetensors.certificate.json"

    def stated(self) -> dict[str, Any]:
        return json.loads(self.certificate.read_text())  # type: ignore[no-any-return]

    def state(self, value: dict[str, Any]) -> None:
        self.certificate.write_text(json.dumps(value))

    def findings(self) -> list[checker.Finding]:
        return checker.check(self.out, self.source).findings

    def refresh_hashes(self, name: str) -> None:
        """Make the certificate's hashes those of the tampered arrays: the claim must fail."""
        value = self.stated()
        header, start = header_of(self.out)
        data = self.out.read_bytes()
        raw = {}
        for part in PARTS:
            begin, end = header[f"{name}.{part}"]["data_offsets"]
            raw[part] = data[start + begin : start + end]
        value["tensors"][name]["packed_sha256"] = {
            part: hashlib.sha256(piece).hexdigest() for part, piece in raw.items()
        }
        grid = b"".join(raw[part] for part in GRID_PARTS)
        value["tensors"][name]["grid_sha256"] = hashlib.sha256(grid).hexdigest()
        self.state(value)


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return Pair(tmp_path)


def test_an_honest_checkpoint_passes(pair: Pair) -> None:
    result = checker.check(pair.out, pair.source)
    assert result.findings == []
    assert (result.quantized, result.copied) == (4, 6)


def test_the_checker_imports_nothing_of_the_quantizer() -> None:
    """No import in its files, and none of the quantizer's modules in a process that checks."""
    imported = set()
    for file in Path(checker.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                imported |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add(node.module or "")
    own = {name for name in imported if name.split(".")[0] == "veriquant"}
    assert own and all(name.startswith("veriquant.checker") for name in own), own
    assert "veriquant_spec.rounding" in imported
    script = (
        "import sys, veriquant.checker\n"
        "print([m for m in sys.modules if m.startswith('veriquant.')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    # `veriquant.lazy` is the package's own: it names its modules and imports none.
    found = set(ast.literal_eval(done.stdout)) - {"veriquant.lazy"}
    assert all(m.startswith("veriquant.checker") for m in found)


@pytest.mark.parametrize("part", ["packed", "scales", "group_scales", "zeros", "perm"])
def test_every_single_changed_byte_of_a_tensor_is_found(pair: Pair, part: str) -> None:
    """With the hashes made to match, the mathematics alone must notice; all bytes of the part."""
    original = pair.out.read_bytes()
    header, _ = header_of(pair.out)
    begin, end = header[f"{TARGET}.{part}"]["data_offsets"]
    step = max(1, (end - begin) // 60)
    for offset in range(0, end - begin, step):
        pair.out.write_bytes(original)
        patch(pair.out, f"{TARGET}.{part}", offset, partial(xor, 1 << offset % 8))
        pair.refresh_hashes(TARGET)
        findings = pair.findings()
        assert [f.tensor for f in findings] == [TARGET], (offset, findings)
        assert findings[0].claim != "certificate", findings[0]
        if part in ("packed", "scales", "group_scales", "zeros"):
            row = offset * 17 // (end - begin)
            assert findings[0].channel == row, (offset, findings[0])


def _codes(pair: Pair) -> QuantizedTensor:
    from veriquant import load

    tensor = load(pair.out)[TARGET]
    assert isinstance(tensor, QuantizedTensor)
    return tensor


values = st.one_of(
    st.floats(width=32, allow_nan=False, min_value=-(2.0**100), max_value=2.0**100),
    st.sampled_from([0.0, -0.0, 1e-45, 0.5, 1.0, 1.5, -7.5, 2.0**-133]),
)


@settings(max_examples=80, deadline=None)
@given(
    st.data(), st.integers(1, 4), st.integers(1, 20), st.sampled_from([0, 1, 3, 64]),
    st.sampled_from([np.float32, np.float16, ml_dtypes.bfloat16]),
    st.sampled_from(["auto", "bfloat16"]),
)  # fmt: skip
def test_every_honest_tensor_passes(
    tmp_path_factory: pytest.TempPathFactory,
    data: st.DataObject,
    n: int,
    k: int,
    group: int,
    dtype: Any,
    scale_dtype: Any,
) -> None:
    """The quantizer and the check, written apart, agree on any finite weights."""
    drawn = data.draw(st.lists(values, min_size=n * k, max_size=n * k))
    w = np.array(drawn, np.float32).reshape(n, k)
    if dtype == np.float16:
        w = np.clip(w, -60000, 60000)
    folder = tmp_path_factory.getbasetemp()
    source = write_file(folder / "any.safetensors", {"a.weight": w.astype(dtype)})
    out = folder / "any.out.safetensors"
    out.unlink(missing_ok=True)
    quantize_checkpoint(source, out, Settings(group_size=group, scale_dtype=scale_dtype))
    assert checker.check(out, source).findings == []


def test_a_flipped_code_names_channel_and_weight(pair: Pair) -> None:
    tensor = _codes(pair)
    wide, _ = tensor.codes()
    # Pair 3 of channel 5 sits at bits 21..27 of its row; its wide code is the low four bits.
    stream = tensor.packed.shape[1]
    patch(pair.out, f"{TARGET}.packed", 5 * stream + 2, lambda byte: byte ^ (1 << 5))
    pair.refresh_hashes(TARGET)
    (finding,) = pair.findings()
    assert finding.claim == "q = clamp(rne(w / s) + z)"
    assert (finding.channel, finding.weight) == (5, int(tensor.perm[3]))
    assert f"code {wide[5, 3] ^ 1}, must be {wide[5, 3]}" in finding.detail


def test_set_padding_bits_are_found(pair: Pair) -> None:
    # 39 pairs: 273 bits in 35 bytes, seven of them padding.
    patch(pair.out, f"{TARGET}.packed", 35 - 1, lambda byte: byte | 0x80)
    pair.refresh_hashes(TARGET)
    (finding,) = pair.findings()
    assert (finding.claim, finding.channel) == ("padding bits are zero", 0)


def test_a_group_factor_above_the_least_is_found(pair: Pair) -> None:
    at = int(np.flatnonzero(_codes(pair).group_scales[0].ravel() < 255)[0])
    patch(pair.out, f"{TARGET}.group_scales", at, lambda byte: byte + 1)
    pair.refresh_hashes(TARGET)
    (finding,) = pair.findings()
    assert (finding.claim, finding.channel) == ("k is the least that covers its group", 0)


def test_a_factor_of_zero_is_found(pair: Pair) -> None:
    patch(pair.out, f"{TARGET}.group_scales", 6, lambda byte: 0)
    pair.refresh_hashes(TARGET)
    (finding,) = pair.findings()
    assert (finding.channel, "k = 0" in finding.detail) == (0, True)


def test_a_channel_named_twice_is_found(pair: Pair) -> None:
    first = _codes(pair).perm[0]
    patch(pair.out, f"{TARGET}.perm", 2, lambda byte: int(first))
    pair.refresh_hashes(TARGET)
    (finding,) = pair.findings()
    assert (finding.claim, finding.weight) == ("perm is a permutation", int(first))


def _leaves(value: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    if isinstance(value, dict):
        return [leaf for key, item in value.items() for leaf in _leaves(item, (*path, key))]
    return [path]


def _changed(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, float):
        return value * (1 - 1e-7)
    if isinstance(value, list):
        return [*value[:-1], _changed(value[-1])] if value else ["*"]
    if value is None:
        return "0" * 64
    return value[:-1] + ("0" if value[-1] != "0" else "1")


#: Statements about the run that produced the file, which nothing in the files can confirm.
UNCHECKED = {
    ("code", "version"), ("code", "source_sha256"), ("verification", "report_sha256"),
    ("verification", "reason"), ("settings", "include"), ("settings", "exclude"),
    ("settings", "calibration"), ("settings", "scale_dtype"),
}  # fmt: skip


def test_every_number_of_the_certificate_is_derived_again(pair: Pair) -> None:
    original = pair.stated()
    leaves = [path for path in _leaves(original) if path not in UNCHECKED]
    assert len(leaves) > 80
    for path in leaves:
        if path == ("schema",):
            continue
        value = json.loads(json.dumps(original))
        holder = value
        for key in path[:-1]:
            holder = holder[key]
        holder[path[-1]] = _changed(holder[path[-1]])
        pair.state(value)
        findings = pair.findings()
        assert findings, path
        if path[0] in ("tensors", "copied"):
            assert findings[0].tensor == path[1], (path, findings)
            assert ".".join(path[2:]) in findings[0].detail, (path, findings)


@pytest.mark.parametrize("factor", [1 - 1e-12, 1 + 1e-8])
@pytest.mark.parametrize("key", ["bound", "error", "worst_channel_error"])
def test_a_bound_must_hold_and_be_tight(pair: Pair, key: str, factor: float) -> None:
    """Below what can be derived it is not proved; far above, it is not a measure."""
    value = pair.stated()
    value["tensors"][TARGET]["frobenius"][key] *= factor
    pair.state(value)
    (finding,) = pair.findings()
    assert (finding.tensor, f"frobenius.{key}" in finding.detail) == (TARGET, True)


def test_sections_and_entries_added_or_removed_are_found(pair: Pair) -> None:
    value = pair.stated()
    del value["tensors"][TARGET]
    pair.state(value)
    assert pair.findings()[0].tensor == TARGET
    value = pair.stated()
    del value["copied"]
    pair.state(value)
    with pytest.raises(checker.UnreadableError, match="section 'copied'"):
        pair.findings()


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        ("verified_by", {"name": "nobody"}, "unknown sections ['verified_by']"),
        ("format_version", True, "format_version is stated as True"),
        ("code", {}, "code: []"),
        ("code.source_sha256", "0" * 63, "code.source_sha256"),
        ("verification.reason", 3, "verification.reason"),
        ("verification", {"report_sha256": None, "reason": None}, "neither a report"),
        ("verification", {"report_sha256": "0" * 64, "reason": "x"}, "a report, and a reason"),
        ("settings.scale_dtype", "auto0", "settings.scale_dtype is stated as 'auto0'"),
        ("settings.scale_dtype", "bfloat16", "scale_dtype 'float16', stated 'bfloat16'"),
        ("settings.group_size", 64.0, "settings.group_size is stated as 64.0"),
        ("settings.include", "*", "settings.include"),
        ("settings.calibration", {"name": "stats"}, "settings.calibration"),
        ("settings.more", 1, "settings: ["),
        ("quantization_config.group_size", 64.0, "quantization_config.group_size"),
        (f"tensors|{TARGET}|shape", [17.0, 33], "shape[0] is stated as 17.0"),
    ],
)
def test_statements_of_a_wrong_form_are_found(
    pair: Pair, place: str, value: Any, said: str
) -> None:
    stated = holder = pair.stated()
    *parents, last = place.split("|" if "|" in place else ".")
    for key in parents:
        holder = holder[key]
    holder[last] = value
    pair.state(stated)
    assert any(said in finding.detail for finding in pair.findings()), pair.findings()


def test_metadata_of_the_source_must_be_copied(pair: Pair) -> None:
    pair.out.write_bytes(pair.out.read_bytes().replace(b'"pt"', b'"tf"', 1))
    (finding,) = pair.findings()
    assert finding.claim == "metadata" and "'tf'" in finding.detail


def test_a_changed_copied_tensor_names_its_element(pair: Pair) -> None:
    patch(pair.out, "steps", 3 * 8 + 2, lambda byte: byte ^ 4)
    (finding,) = pair.findings()
    assert (finding.claim, finding.tensor, finding.weight) == ("copied bit for bit", "steps", 3)


def test_a_changed_source_is_found(pair: Pair) -> None:
    patch(pair.source, TARGET, 0, lambda byte: byte ^ 1)  # the least significant bit of a weight
    (finding,) = pair.findings()
    assert finding.tensor == TARGET


def test_a_source_that_is_not_finite_is_found(pair: Pair) -> None:
    tensors = mixed_tensors()
    tensors[TARGET][4, 7] = np.inf
    write_file(pair.source, tensors)
    (finding,) = pair.findings()
    assert (finding.claim, finding.channel, finding.weight) == ("finite source", 4, 7)


def test_missing_and_added_tensors_are_found(pair: Pair) -> None:
    tensors = mixed_tensors()
    tensors["new"] = np.zeros(3)
    write_file(pair.source, tensors)
    assert any(f.tensor == "new" and f.claim == "complete" for f in pair.findings())
    del tensors["new"], tensors["steps"]
    write_file(pair.source, tensors)
    assert any(f.tensor == "steps" and f.claim == "complete" for f in pair.findings())


def test_files_beside_the_tensors_are_checked(tmp_path: Path) -> None:
    source, out = write_folder(tmp_path / "m"), tmp_path / "q"
    quantize_checkpoint(source, out, Settings())
    assert checker.check(out, source).findings == []
    original = (out / "tokenizer.json").read_bytes()
    (out / "tokenizer.json").write_bytes(original + b" ")
    assert "'tokenizer.json'" in str(checker.check(out, source).findings[0])
    (out / "tokenizer.json").write_bytes(original)
    (out / "extra" / "notes.bin").unlink()
    assert "'extra/notes.bin'" in str(checker.check(out, source).findings[0])
    (out / "extra" / "notes.bin").write_bytes(bytes(range(256)))
    for name, key in (("config.json", "model_type"), ("config.json", "quantization_config"),
                      ("model.safetensors.index.json", "weight_map"),
                      ("model.safetensors.index.json", "metadata")):  # fmt: skip
        value = json.loads((out / name).read_text())
        text = (out / name).read_text()
        del value[key]
        (out / name).write_text(json.dumps(value))
        assert checker.check(out, source).findings, (name, key)
        (out / name).write_text(text)
    assert checker.check(out, source).findings == []


def test_the_command_prints_the_finding_and_exits_with_1(pair: Pair) -> None:
    patch(pair.out, f"{TARGET}.packed", 0, lambda byte: byte ^ 1)
    result = run("check", pair.out, "--against", pair.source)
    assert result.exit_code == 1
    assert f"BROKEN tensor {TARGET!r}, channel 0, weight " in result.stdout


def test_the_vc_report_hash_is_compared(pair: Pair, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    report.write_text(json.dumps({"totals": {"vcs": 7}, "seconds": 1.5}))
    value = pair.stated()
    digest = value["code"]["source_sha256"]
    named = hashlib.sha256(b'{"totals":{"vcs":7}}').hexdigest()
    value["verification"] = {"report_sha256": named, "reason": None}
    pair.state(value)
    assert checker.check(pair.out, pair.source, code=(digest, report)).findings == []
    report.write_text(json.dumps({"totals": {"vcs": 8}, "seconds": 1.5}))
    (finding,) = checker.check(pair.out, pair.source, code=(digest, report)).findings
    assert finding.claim == "verification"
    other = checker.check(pair.out, pair.source, code=("0" * 64, report))
    assert other.findings == [] and "another version" in other.notes[0]
    value["code"]["version"] += ".1"
    pair.state(value)
    finding, _ = checker.check(pair.out, pair.source, code=(digest, report)).findings
    assert "code.version" in finding.detail


def refit(w: Any, perm: Any, size: int, scales: Any) -> grid.Grid:
    """The least k and the zero points for given scales, in float64."""
    ranges = grid.weight_ranges(w, perm, size).astype(np.float64)
    unit = scales.astype(np.float64)[:, None, :]
    k = np.ceil((ranges[..., 1] - ranges[..., 0]) / (unit * np.array([15, 7])))
    k = np.maximum(k, 1).astype(np.uint8)
    z = np.rint(-ranges[..., 0] / (unit * k)).astype(np.uint8)
    return grid.Grid(scales, k, z[..., 0], z[..., 1])


def check_with(folder: Path, w: Any, tensor: QuantizedTensor, size: int) -> list[checker.Finding]:
    """Findings for `tensor` in place of what quantize makes of `w`, certified honestly."""
    source, out = write_file(folder / "in.safetensors", {"a.weight": w}), folder / "out.safetensors"
    stated = quantize_checkpoint(source, out, Settings(group_size=size))
    save(out, {"a.weight": tensor}, metadata={"format": "pt"})
    honest = stated["tensors"]["a.weight"]
    stated["tensors"]["a.weight"] = tensor_record(  # `certify` refuses what breaks T1c
        tensor, arrays_of(tensor), measure(w.astype(np.float32), tensor),
        honest["source_dtype"], honest["source_sha256"],
    )  # fmt: skip
    stated["settings"]["method"] = stated["quantization_config"]["method"] = tensor.method
    (folder / "out.safetensors.certificate.json").write_text(json.dumps(stated))
    return checker.check(out, source).findings


@pytest.mark.parametrize("case", ["double", "next float"])
def test_scales_must_be_the_least(tmp_path: Path, case: str) -> None:
    """A larger S with k refitted covers every group too, but is not the fitted grid."""
    if case == "double":
        w, size, channel, half = weights(0, 4, 64), 64, 2, 1
    else:  # the least S covers the widest group exactly, to the last bit
        w, size, channel, half = tie_weights(), 4, 0, 0
    perm = grid.rank_channels(grid.salience_of(w))
    scales = grid.fit_rtn(w, perm, size).scales.copy()
    if case == "double":
        scales[channel, half] *= 2
    else:
        scales[channel, half] = np.nextafter(scales[channel, half], np.float16(np.inf))
    larger = refit(w, perm, size, scales)
    codes = grid.quantize_codes(w, perm, size, larger)
    tensor = QuantizedTensor.from_codes(*codes, larger, perm, w.shape, size, "rtn")
    (finding,) = check_with(tmp_path, w, tensor, size)
    assert (finding.claim, finding.channel) == ("S is the least scale", channel)


@pytest.mark.parametrize("k", [64, 77])
def test_measured_methods_are_checked_exactly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, k: int
) -> None:
    """Codes far from tiny weights: differences that float64 rounds, in both implementations."""
    w = weights(0, 6, k)
    w[:, ::3] *= np.float32(1e-38)
    order = np.arange(k + k % 2, dtype=np.uint32)  # tiny weights beside others in every group

    def any_codes(name: str, w: Any) -> QuantizedTensor:
        fitted = grid.fit_rtn(w, order, 8)
        wide, narrow = grid.quantize_codes(w, order, 8, fitted)
        # The tiny ones are put four steps off, all others at most half a step: the largest
        # |w' - w| / s rounds to 4 and is not 4.
        wide[:, ::3] = np.where(wide[:, ::3] < 8, wide[:, ::3] + 4, wide[:, ::3] - 4)
        return QuantizedTensor.from_codes(wide, narrow, fitted, order, w.shape, 8, "gptq")

    monkeypatch.setattr(
        "veriquant.convert.quantize.make_quantizer", lambda settings, names: any_codes
    )
    source = write_file(tmp_path / "in.safetensors", {"a.weight": w})
    out = tmp_path / "out.safetensors"
    stated = quantize_checkpoint(source, out, Settings(method="gptq", group_size=8))
    tensor = stated["tensors"]["a.weight"]
    assert tensor["pointwise"]["claim"] == "measured"
    assert tensor["pointwise"]["approximately"] == 4.0 and tensor["pointwise"]["maximum"] != "4"
    assert checker.check(out, source).findings == []
    if k % 2:
        pairs = (k + 1) // 2  # the zero channel is the narrow one of the last pair
        stream, bit = (7 * pairs + 7) // 8, 7 * (pairs - 1) + 4
        original = out.read_bytes()
        patch(out, "a.weight.packed", 2 * stream + bit // 8, partial(xor, 1 << bit % 8))
        (finding,) = checker.check(out, source).findings
        assert (finding.claim, finding.channel) == ("the zero channel is zero", 2)
        out.write_bytes(original)
    numerator, denominator = tensor["pointwise"]["maximum"].split("/")
    path = tmp_path / "out.safetensors.certificate.json"
    tensor["pointwise"]["maximum"] = f"{int(numerator) + 1}/{denominator}"
    path.write_text(json.dumps(stated))
    (finding,) = checker.check(out, source).findings
    assert "pointwise" in finding.detail


#: S = 2**-7 (the first group needs 255 of it), and s = 1 in the second group: exact ties.
TIES = [15 * 255 / 128, 0, 0, 0, -7.5, 7.5, 0.5, -1.5]


def tie_weights() -> Any:
    """A channel of TIES, and one that ranks the input channels in their order."""
    w = np.zeros((2, 16), np.float32)
    w[0, :8] = TIES
    w[1] = 1000 * np.arange(16, 0, -1)
    return w


def tie_tensor(zero: int, change: dict[int, int]) -> tuple[Any, QuantizedTensor]:
    """A channel with exact ties in its second wide group, zero point and codes as given."""
    w = tie_weights()
    perm = grid.rank_channels(grid.salience_of(w))
    assert list(perm) == list(range(16))
    fitted = grid.fit_rtn(w, perm, 4)
    assert float(fitted.scales[0, 0]) == 2.0**-7 and list(fitted.group_scales[0, :, 0]) == [
        255,
        128,
    ]
    assert fitted.zeros_wide[0, 1] == 8
    fitted.zeros_wide[0, 1] = zero
    wide, narrow = grid.quantize_codes(w, perm, 4, fitted)
    for at, code in change.items():
        wide[0, at] = code
    return w, QuantizedTensor.from_codes(wide, narrow, fitted, perm, w.shape, 4, "rtn")


@pytest.mark.parametrize(
    ("zero", "change", "claim", "weight"),
    [
        (8, {}, None, None),
        (8, {6: 9}, "q = clamp(rne(w / s) + z)", 6),  # 0.5 is a tie: 0 is even, 1 is not
        (8, {7: 7}, "q = clamp(rne(w / s) + z)", 7),  # -1.5: -2 is even, -1 is not
        (8, {5: 14}, "q = clamp(rne(w / s) + z)", 5),  # 7.5 is clamped to 15, not 14
        (7, {}, "z = rne(-lo / s)", None),  # 7.5 steps below zero: 8 is even, 7 is not
    ],
)
def test_ties_go_to_the_even_code(
    tmp_path: Path, zero: int, change: dict[int, int], claim: str | None, weight: int | None
) -> None:
    """A wrong tie keeps |w' - w| = s / 2: only the rounding rule itself can notice it."""
    w, tensor = tie_tensor(zero, change)
    findings = check_with(tmp_path, w, tensor, 4)
    if claim is None:
        assert findings == []
    else:
        assert (findings[0].claim, findings[0].channel) == (claim, 0)
        assert findings[0].weight == weight


@pytest.mark.parametrize("swap", [False, True])
@pytest.mark.parametrize("kind", ["product", "quotient"])
def test_maxima_that_tie_in_floats_are_told_apart(tmp_path: Path, kind: str, swap: bool) -> None:
    w, tensor, farther = near_tie(kind, swap)
    assert check_with(tmp_path, w, tensor, 64) == []
    path = tmp_path / "out.safetensors.certificate.json"
    stated = json.loads(path.read_text())
    assert stated["tensors"]["a.weight"]["pointwise"]["weight"] == farther
    stated["tensors"]["a.weight"]["pointwise"]["weight"] = 1 - farther
    path.write_text(json.dumps(stated))
    (finding,) = checker.check(tmp_path / "out.safetensors", tmp_path / "in.safetensors").findings
    assert "pointwise.weight" in finding.detail
