"""The small Lean package of `lean_scratch`, compiled: a pytest plugin of the Lean tests."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from lean_scratch import make_package, run_check


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scratch package, compiled once; tests copy it, so that each compiles only its change."""
    base = tmp_path_factory.mktemp("scratch")
    make_package(base)
    run_check(base, pin=True)
    return base


@pytest.fixture
def scratch(compiled: Path, tmp_path: Path) -> Path:
    """A private copy of the compiled scratch package."""
    shutil.copytree(compiled, tmp_path / "s")
    return tmp_path / "s"
