"""Files that say anything: no traceback, and no name or value that acts on the terminal."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

import veriquant
from checkpoints import bad, good, header_of, raw_file, run, weights, write_file, write_folder
from veriquant import checker
from veriquant.formats.errors import BadInputError
from veriquant.text import MAX_DEPTH, brief, json_text, parse_json, printable

DIGITS = int("9" * 4299)  # as many digits as Python reads and prints
DEEP = "[" * 100_000 + "]" * 100_000


def test_printable_escapes_what_terminals_act_on() -> None:
    text = "a\x1b[31m\n\r\t\u202e\u2028\ud800\x7f\x9b"
    assert printable(text) == r"a\x1b[31m\n\r\t\u202e\u2028\ud800\x7f\x9b"
    assert printable("größe 模型 [red]") == "größe 模型 [red]"


def test_brief_is_short_for_any_value() -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    for value in (deep, 10**5000, [10**5000], "x" * 10**6, {str(i): i for i in range(10**5)}):
        assert len(brief(value)) <= 160
    assert brief([1, "a", None]) == "[1, 'a', None]"


def test_parse_json_bounds_the_depth() -> None:
    for depth, fits in ((MAX_DEPTH - 1, True), (MAX_DEPTH + 1, False), (100_000, False)):
        text = "[" * depth + "]" * depth
        if fits:
            parse_json(text)
        else:
            with pytest.raises(ValueError, match="nested more than"):
                parse_json(text)


def test_json_text_keeps_lone_surrogates() -> None:
    value = {"a": "\ud800x", "ö": "\U0001f600"}
    text = json_text(value)
    assert text.encode("utf-8") and json.loads(text) == value and "\U0001f600" in text


HUGE_HEADERS: dict[str, Any] = {
    "digits in an offset": {"dtype": "F32", "shape": [1], "data_offsets": [0, DIGITS]},
    "digits in a shape": {"dtype": "F32", "shape": [DIGITS], "data_offsets": [0, 4]},
    "a shape beyond floats": {"dtype": "F32", "shape": [2**62] * 60, "data_offsets": [0, 4]},
    "many axes": {"dtype": "F32", "shape": [1] * 65, "data_offsets": [0, 4]},
    "2**63": {"dtype": "F32", "shape": [2**63], "data_offsets": [0, 4]},
    "2**64 bytes": {"dtype": "F32", "shape": [2**62], "data_offsets": [0, 2**64]},
    "deep": {"dtype": "F32", "shape": [[[[1]]]] * 100, "data_offsets": [0, 4]},
}


@pytest.mark.parametrize("case", HUGE_HEADERS)
def test_huge_headers(tmp_path: Path, case: str) -> None:
    good_file = write_file(tmp_path / "g.safetensors")
    out = tmp_path / "q.safetensors"
    good("quantize", good_file, "-o", out)
    source = raw_file(tmp_path / "m.safetensors", {"a.weight": HUGE_HEADERS[case]}, bytes(4))
    before = sorted(tmp_path.iterdir())
    for command in (
        ("quantize", source), ("dequantize", source), ("inspect", source), ("diff", source, out),
        ("diff", out, source), ("check", out, "--against", source),
        ("check", source, "--against", good_file), ("inspect", out, "--against", source),
    ):  # fmt: skip
        message = bad(*command)
        assert len(message) < 1000 and "a.weight" in message, command
    with pytest.raises(BadInputError):
        veriquant.load(source)
    assert sorted(tmp_path.iterdir()) == before


def test_more_digits_than_python_reads(tmp_path: Path) -> None:
    text = b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,' + b"9" * 5000 + b"]}}"
    source = raw_file(tmp_path / "m.safetensors", text, bytes(4))
    for command in ("quantize", "dequantize", "inspect"):
        assert "header is not JSON" in bad(command, source)


KINDS: list[Any] = [None, True, 7, -1, 2**70, 1.5, float("nan"), "x", "", [], [1], {}, {"a": 1}]
RECORD_FIELDS = ("shape", "group_size", "scale_dtype", "pairs", "method", "source_dtype")


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    source, out = tmp_path / "m.safetensors", tmp_path / "q.safetensors"
    save_file({"a.weight": weights(0, 8, 16), "b": weights(1, 2, 2)}, source)
    good("quantize", source, "-o", out)
    return source, out


def set_metadata(path: Path, text: str) -> None:
    header, start = header_of(path)
    data = path.read_bytes()[start:]
    header["__metadata__"]["veriquant"] = text
    raw_file(path, header, data)


@pytest.mark.parametrize("field", ["format_version", "tensors", "a.weight", *RECORD_FIELDS])
def test_metadata_of_every_wrong_kind(pair: tuple[Path, Path], field: str) -> None:
    source, out = pair
    metadata = json.loads(header_of(out)[0]["__metadata__"]["veriquant"])
    original = json.dumps(metadata)
    for kind in KINDS:
        value = json.loads(original)
        holder = value if field in value else value["tensors"]
        holder = holder if field in holder else holder["a.weight"]
        if holder[field] == kind and type(holder[field]) is type(kind):
            continue
        holder[field] = kind
        set_metadata(out, json.dumps(value))
        for command in (
            ("dequantize", out, "-o", out.parent / "f.safetensors"), ("inspect", out),
            ("diff", out, out), ("check", out, "--against", source),
        ):  # fmt: skip
            if field == "source_dtype" and isinstance(kind, str):  # a text, though a wrong one
                assert run(*command).exit_code != 0 or command[0] != "check"
            elif field == "tensors" and kind == {}:
                assert run("check", out, "--against", source).exit_code == 1
            else:
                bad(*command)
        with pytest.raises(checker.UnreadableError):
            if not checker.check(out, source).findings:
                pytest.fail(f"{field} = {kind!r} passes the check")
            raise checker.UnreadableError
        (out.parent / "f.safetensors").unlink(missing_ok=True)


@pytest.mark.parametrize("field", ["", "a.weight"])
def test_metadata_that_nothing_knows(pair: tuple[Path, Path], field: str) -> None:
    source, out = pair
    value = json.loads(header_of(out)[0]["__metadata__"]["veriquant"])
    (value["tensors"][field] if field else value)["extra"] = 1
    set_metadata(out, json.dumps(value))
    for command in (("dequantize", out), ("inspect", out), ("check", out, "--against", source)):
        assert "veriquant" in bad(*command)
    with pytest.raises(checker.UnreadableError, match="nothing can check"):
        checker.check(out, source)


@pytest.mark.parametrize("text", ["", "[]", "null", "3", '"x"', "{", DEEP])
def test_metadata_that_is_no_object(pair: tuple[Path, Path], text: str) -> None:
    source, out = pair
    set_metadata(out, text)
    for command in (("dequantize", out), ("inspect", out), ("check", out, "--against", source)):
        assert "metadata 'veriquant' is not readable" in bad(*command)
    with pytest.raises(checker.UnreadableError):
        checker.check(out, source)


CERTIFICATES = ["", "[]", "null", "{", DEEP, '{"tensors": ' + DEEP + "}", "\udcff"]


@pytest.mark.parametrize("number", range(len(CERTIFICATES)))
def test_damaged_certificates(pair: tuple[Path, Path], number: int) -> None:
    source, out = pair
    certificate = Path(f"{out}.certificate.json")
    certificate.write_bytes(CERTIFICATES[number].encode("utf-8", "surrogateescape"))
    assert str(certificate) in bad("inspect", out)
    assert str(certificate) in bad("check", out, "--against", source)


#: What nothing in a checkpoint can contradict: only its form is checked.
UNCHECKED = [("verification", "reason"), ("settings", "include"), ("settings", "exclude"),
             ("settings", "calibration")]  # fmt: skip


def paths_of(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if not isinstance(value, dict):
        return [path]
    return [path, *(found for k, v in value.items() for found in paths_of(v, (*path, k)))][
        0 if path else 1 :
    ]


def test_certificates_of_every_wrong_kind(pair: tuple[Path, Path]) -> None:
    """Every field, some kinds: no traceback, and `check` never says that every claim holds."""
    source, out = pair
    certificate = Path(f"{out}.certificate.json")
    original = certificate.read_text()
    kinds = (None, 2**70, "x", [], DIGITS)
    for number, path in enumerate(paths_of(json.loads(original))):
        for kind in (kinds[number % 5], kinds[(number + 2) % 5]):  # the fuzzer tries all
            value = json.loads(original)
            holder = value
            for key in path[:-1]:
                holder = holder[key]
            if holder[path[-1]] == kind and type(holder[path[-1]]) is type(kind):
                continue
            holder[path[-1]] = kind
            certificate.write_text(json.dumps(value))
            shown = run("inspect", out)
            assert shown.exit_code in (0, 2), (path, kind, shown.exception)
            checked = run("check", out, "--against", source)
            unchecked = path in UNCHECKED
            assert checked.exit_code in (1, 2) or (unchecked and checked.exit_code == 0), (
                path, kind, checked.output, checked.exception,
            )  # fmt: skip


def test_a_lone_surrogate_in_the_configuration(tmp_path: Path) -> None:
    source, out = write_folder(tmp_path / "m"), tmp_path / "q"
    (source / "config.json").write_text('{"model_type": "llama", "note": "\\ud800"}')
    index = source / "model.safetensors.index.json"
    index.write_text(index.read_text().replace('"kept"', '"\\udfff"'))
    good("quantize", source, "-o", out)
    assert json.loads((out / "config.json").read_text())["note"] == "\ud800"
    assert "every claim holds" in good("check", out, "--against", source)
    good("dequantize", out, "-o", tmp_path / "f")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["f", "m", "q", "q.certificate.json"]


NAMES = {"[/x].weight": None, "[red]m.weight": None, "\x1b[31m\nOK\r.weight": None,
         ":smile:.weight": None, "\u202ea.weight": None}  # fmt: skip


def test_tensor_names_are_shown_escaped(tmp_path: Path) -> None:
    source, out = tmp_path / "m\x1b[2J.safetensors", tmp_path / "q\x07.safetensors"
    save_file({name: weights(i, 8, 16) for i, name in enumerate(NAMES)}, source)
    other = write_file(tmp_path / "other.safetensors", {n: weights(9, 8, 16) for n in NAMES})
    broken = tmp_path / "b.safetensors"
    texts = [good("quantize", source, "-o", out), good("check", out, "--against", source)]
    texts += [good("inspect", source), good("inspect", out, "--json"), bad("quantize", out)]
    texts += [run("diff", source, other).stdout, run("check", out, "--against", other).stderr]
    for name in NAMES:
        broken.write_bytes(source.read_bytes()[:-1])
        w = weights(0, 2, 2)
        w[0, 0] = np.nan
        save_file({name: w}, broken)
        texts.append(bad("quantize", broken))
    for text in texts:
        assert all(line.isprintable() for line in text.split("\n")), text
    for name in NAMES:
        assert printable(name) in texts[2], "inspect shows every character of the name"
        assert sum(printable(name) in text for text in texts) >= 3


def test_output_that_its_encoding_lacks(tmp_path: Path) -> None:
    source = write_file(tmp_path / "größe.safetensors", {"größe": weights(0, 2, 2)})
    done = subprocess.run(
        [sys.executable, "-m", "veriquant.cli", "inspect", source], capture_output=True,
        check=False, env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )  # fmt: skip
    assert done.returncode == 0 and rb"gr\xf6\xdfe" in done.stdout, done.stderr


def test_names_that_no_file_can_hold(tmp_path: Path) -> None:
    w = weights(0, 2, 2)
    for tensors, metadata in (
        ({"\ud800": w}, {}), ({1: w}, {}), ({"a": w}, {"k": "\udfff"}), ({"a": w}, {"k": 1}),
        ({"a": w}, {None: "v"}),
    ):  # fmt: skip
        with pytest.raises(BadInputError, match="text without lone surrogates"):
            veriquant.save(tmp_path / "m.safetensors", tensors, metadata)  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())
    for path in ("a\0b", "\ud800"):
        with pytest.raises(BadInputError, match="no such file"):
            veriquant.load(path)


@pytest.mark.parametrize("value", [np.nan, -np.inf, 1e300, 3e30])
def test_calibration_values_that_float32_cannot_hold(tmp_path: Path, value: float) -> None:
    source = write_file(tmp_path / "m.safetensors", {"a.weight": weights(0, 4, 8)})
    stats, out = tmp_path / "s.safetensors", tmp_path / "q.safetensors"
    x = weights(1, 9, 8, np.float64)
    x[3, 5] = value
    save_file({"a.weight.activations": x}, stats)
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        message = bad("quantize", source, "-o", out, "--method", "gptq", "--calibration", stats)
    # Of 3e30 the square is too large: the statistics of its channel are named.
    assert ("hessian must be finite" if value == 3e30 else "a.weight.activations") in message
    assert not out.exists()


@pytest.mark.parametrize("kind", ["[]", "{}", '{"version": []}', '{"version": 1, "share": 3}',
                                  '{"version": 1, "count": 1e999}', '{"version": true}', DEEP,
                                  '{"version": 1, "share": {"a": 1}}'])  # fmt: skip
def test_calibration_metadata_of_a_wrong_kind(tmp_path: Path, kind: str) -> None:
    source = write_file(tmp_path / "m.safetensors", {"a.weight": weights(0, 4, 8)})
    stats = tmp_path / "s.safetensors"
    save_file({"a.weight.activations": weights(1, 9, 8)}, stats,
              metadata={"veriquant_calibration": kind})  # fmt: skip
    out = tmp_path / "q.safetensors"
    assert str(stats) in bad(
        "quantize", source, "-o", out, "--method", "gptq", "--calibration", stats
    )
    assert not out.exists()
