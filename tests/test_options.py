"""`--force`, `--dry-run`, `--quiet` and `-v` of the commands that make models and calibrations."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("gguf")
pytest.importorskip("tokenizers")

from checkpoints import bad, good, run
from test_gguf import write_gguf


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small model folder, imported, and the file that it came from beside it."""
    base = tmp_path_factory.mktemp("options")
    good("import-gguf", write_gguf(base / "m.gguf"), "-o", base / "m")
    return base / "m"


def test_import_gguf(model: Path, tmp_path: Path) -> None:
    source, out = model.with_name("m.gguf"), tmp_path / "out"
    assert "dry run, nothing written" in good("import-gguf", source, "-o", out, "--dry-run")
    assert list(tmp_path.iterdir()) == []
    result = run("import-gguf", source, "-o", out, "--quiet")
    assert (result.exit_code, result.output) == (0, "")
    (out / "stale").write_text("of before")
    assert "--force" in bad("import-gguf", source, "-o", out)
    result = run("import-gguf", source, "-o", out, "--force", "-v")
    assert result.exit_code == 0 and "model.embed_tokens.weight: from F32" in result.stderr
    assert not (out / "stale").exists()


def test_calibrate(model: Path, tmp_path: Path) -> None:
    text, out = tmp_path / "t.txt", tmp_path / "c.safetensors"
    text.write_text("ab" * 40)
    command = ("calibrate", model, "--text", text, "-o", out, "--windows", 2, "--length", 4)
    assert "dry run, nothing written" in good(*command, "--dry-run")
    assert not out.exists()
    result = run(*command, "--quiet")
    assert (result.exit_code, result.output) == (0, "")
    before = out.read_bytes()
    assert "--force" in bad(*command)
    assert out.read_bytes() == before
    result = run(*command, "--force", "-v")
    assert result.exit_code == 0 and "o_proj.weight: statistics of 8 tokens" in result.stderr
    assert out.read_bytes() == before
    out.unlink()
    out.mkdir()
    assert "a folder stands" in bad(*command, "--force")
