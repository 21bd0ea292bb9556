"""The compiled kernels are the verified source, and its cache cannot go stale."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from veriquant.fast import compiled
from veriquant.kernels import packing, rounding, stream


def test_compiled_function_is_the_body_of_the_kernel() -> None:
    """The same instructions as the kernel under `python -O`: no contract, no invariant."""
    plain = compiled.kernel("stream", "pack_stream").py_func
    assert plain.__code__.co_filename == stream.__file__
    assert "invariant" not in plain.__code__.co_names
    assert "invariant" in stream.pack_stream.__wrapped__.__code__.co_names
    assert plain.__globals__.keys() >= {"stream_size", "stream_byte"}
    assert plain.__globals__["stream_byte"] is compiled.kernel("stream", "stream_byte")


def test_compiled_kernels_on_their_whole_domain() -> None:
    for wide in range(16):
        for narrow in range(8):
            pair = packing.pack_pair(wide, narrow)
            assert compiled.kernel("packing", "pack_pair")(wide, narrow) == pair
            assert compiled.kernel("packing", "unpack_wide")(pair) == wide
            assert compiled.kernel("packing", "unpack_narrow")(pair) == narrow
    divide = compiled.kernel("rounding", "rne_div")
    for a in range(-60, 61):
        for b in range(1, 14):
            assert divide(a, b) == rounding.rne_div(a, b)
    size = compiled.kernel("stream", "stream_size")
    assert [size(n) for n in range(100)] == [stream.stream_size(n) for n in range(100)]


def test_compiled_stream_kernels() -> None:
    pairs = np.random.default_rng(0).integers(0, 128, 41)
    data = stream.pack_stream(pairs.tolist())
    byte, pair = compiled.kernel("stream", "stream_byte"), compiled.kernel("stream", "pair_at")
    assert [byte(pairs, t) for t in range(len(data))] == data
    stored = np.array(data)  # int64: Numba makes uint8 << int64 unsigned
    assert [pair(stored, i) for i in range(len(pairs))] == pairs.tolist()


@pytest.mark.parametrize("name", ["size", "nothing", "Sequence"])
def test_only_kernels_are_compiled(name: str) -> None:
    with pytest.raises(LookupError, match="has no kernel"):
        compiled.kernel("stream", name)


def test_a_kernel_that_uses_other_code_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "unpack_wide", len)
    compiled.kernel.cache_clear()
    try:
        with pytest.raises(TypeError, match="unpack_pair uses 'unpack_wide': not a kernel"):
            compiled.kernel("packing", "unpack_pair")
    finally:
        compiled.kernel.cache_clear()


PROGRAM = """
import json, numpy as np
from veriquant.digest import compiled_digest
from veriquant.fast import compiled, pack
codes = np.array([[1, 2, 3]], np.uint8)
packed = pack.pack_rows(codes, codes)
seconds = compiled.compile_seconds()
print(json.dumps([packed.tolist(), sorted(seconds), compiled_digest()]))
"""


def run(program: str, folder: Path, tree: Path | None = None) -> list[object]:
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(folder)}
    if tree is not None:
        environment["PYTHONPATH"] = str(tree)
    found = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    result: list[object] = json.loads(found.stdout)
    return result


def test_cache_serves_the_second_process_and_not_a_changed_kernel(tmp_path: Path) -> None:
    first = run(PROGRAM, tmp_path / "cache")
    assert "_pack_rows" in first[1]  # type: ignore[operator]
    second = run(PROGRAM, tmp_path / "cache")
    assert second[1] == [] and second[0] == first[0]
    # A kernel that swaps the halves of a pair, in a copy of the package: its own machine code.
    import shutil

    import veriquant

    tree = tmp_path / "tree"
    shutil.copytree(Path(veriquant.__file__).parent, tree / "veriquant")
    source = tree / "veriquant" / "kernels" / "packing.py"
    text = source.read_text(encoding="utf-8")
    good = "return (wide & 15) | ((narrow & 7) << 4)"
    assert good in text
    source.write_text(text.replace(good, "return (wide & 15) | ((narrow & 3) << 4)"))
    changed = run(PROGRAM.replace("[[1, 2, 3]]", "[[1, 2, 7]]"), tmp_path / "cache", tree)
    assert "_pack_rows" in changed[1] and changed[2] != first[2]  # type: ignore[operator]
    unchanged = run(PROGRAM.replace("[[1, 2, 3]]", "[[1, 2, 7]]"), tmp_path / "cache")
    assert unchanged[0] != changed[0] and unchanged[1] == []


def test_unwritable_cache_costs_time_only(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    result = run(PROGRAM, blocked / "cache")
    assert "_pack_rows" in result[1]  # type: ignore[operator]
