"""Ask Lean, in a generated module, about every theorem: its axioms; about the functions that the
kernel computes by name: their equations; about notation: its meaning."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from veriquant import files
from veriquant_proofs.lean import lint, package, rules
from veriquant_proofs.lean.build import Built, LeanCheckError, describe, messages
from veriquant_proofs.lean.launcher import Run
from veriquant_proofs.lean.olean import Environment
from veriquant_proofs.lean.printing import Printer

_TAG = re.compile(r"(T\d[a-z]?)(?:\s*\[([^\]]*)\])?\s*:\s*")

# On open terms the kernel unfolds definitions, so these `rfl` fail for any other definition. They
# fix each function by its recursion equations, down to the constructors.
KERNEL_EQUATIONS = """
theorem audit.add_zero (a : Nat) : Nat.add a .zero = a := rfl
theorem audit.add_succ (a b : Nat) : Nat.add a (.succ b) = .succ (Nat.add a b) := rfl
theorem audit.mul_zero (a : Nat) : Nat.mul a .zero = .zero := rfl
theorem audit.mul_succ (a b : Nat) : Nat.mul a (.succ b) = Nat.add (Nat.mul a b) a := rfl
theorem audit.pow_zero (a : Nat) : Nat.pow a .zero = .succ .zero := rfl
theorem audit.pow_succ (a b : Nat) : Nat.pow a (.succ b) = Nat.mul (Nat.pow a b) a := rfl
theorem audit.pred_zero : Nat.pred .zero = .zero := rfl
theorem audit.pred_succ (a : Nat) : Nat.pred (.succ a) = a := rfl
theorem audit.sub_zero (a : Nat) : Nat.sub a .zero = a := rfl
theorem audit.sub_succ (a b : Nat) : Nat.sub a (.succ b) = Nat.pred (Nat.sub a b) := rfl
theorem audit.beq_zero : Nat.beq .zero .zero = true := rfl
theorem audit.beq_zero_succ (a : Nat) : Nat.beq .zero (.succ a) = false := rfl
theorem audit.beq_succ_zero (a : Nat) : Nat.beq (.succ a) .zero = false := rfl
theorem audit.beq_succ (a b : Nat) : Nat.beq (.succ a) (.succ b) = Nat.beq a b := rfl
theorem audit.ble_zero (a : Nat) : Nat.ble .zero a = true := rfl
theorem audit.ble_succ_zero (a : Nat) : Nat.ble (.succ a) .zero = false := rfl
theorem audit.ble_succ (a b : Nat) : Nat.ble (.succ a) (.succ b) = Nat.ble a b := rfl
theorem audit.cond_true (α : Type) (a b : α) : cond true a b = a := rfl
theorem audit.cond_false (α : Type) (a b : α) : cond false a b = b := rfl
theorem audit.div (a b : Nat) :
    Nat.div a b = cond (Nat.beq b .zero) .zero (Nat.divLoop b a a) := rfl
theorem audit.divLoop_zero (b a : Nat) : Nat.divLoop b .zero a = .zero := rfl
theorem audit.divLoop_succ (b n a : Nat) : Nat.divLoop b (.succ n) a =
    cond (Nat.ble b a) (.succ (Nat.divLoop b n (Nat.sub a b))) .zero := rfl
theorem audit.mod (a b : Nat) :
    Nat.mod a b = cond (Nat.beq b .zero) a (Nat.modLoop b a a) := rfl
theorem audit.modLoop_zero (b a : Nat) : Nat.modLoop b .zero a = a := rfl
theorem audit.modLoop_succ (b n a : Nat) : Nat.modLoop b (.succ n) a =
    cond (Nat.ble b a) (Nat.modLoop b n (Nat.sub a b)) a := rfl
theorem audit.nat_cases (n : Nat) : n = .zero ∨ (∃ m, n = .succ m) :=
  match n with
  | .zero => Or.inl rfl
  | .succ m => Or.inr ⟨m, rfl⟩
theorem audit.notation_eq (a b : Nat) : Eq (a = b) (Eq a b) := rfl
theorem audit.notation_ne (a b : Nat) : Eq (a ≠ b) (Eq a b → False) := rfl
theorem audit.notation_le (a b : Nat) : Eq (a ≤ b) (Nat.le a b) := rfl
theorem audit.notation_lt (a b : Nat) : Eq (a < b) (Nat.le (.succ a) b) := rfl
theorem audit.notation_ge (a b : Nat) : Eq (a ≥ b) (Nat.le b a) := rfl
theorem audit.notation_gt (a b : Nat) : Eq (a > b) (Nat.le (.succ b) a) := rfl
theorem audit.notation_not (p : Prop) : Eq (¬p) (p → False) := rfl
theorem audit.notation_and (p q : Prop) : Eq (p ∧ q) (And p q) := rfl
theorem audit.notation_or (p q : Prop) : Eq (p ∨ q) (Or p q) := rfl
theorem audit.notation_iff (p q : Prop) : Eq (p ↔ q) (Iff p q) := rfl
theorem audit.notation_exists (p : Nat → Prop) : Eq (∃ n, p n) (Exists p) := rfl
theorem audit.notation_add (a b : Nat) : Eq (a + b) (Nat.add a b) := rfl
theorem audit.notation_sub (a b : Nat) : Eq (a - b) (Nat.sub a b) := rfl
theorem audit.notation_mul (a b : Nat) : Eq (a * b) (Nat.mul a b) := rfl
theorem audit.notation_div (a b : Nat) : Eq (a / b) (Nat.div a b) := rfl
theorem audit.notation_mod (a b : Nat) : Eq (a % b) (Nat.mod a b) := rfl
theorem audit.notation_pow (a b : Nat) : Eq (a ^ b) (Nat.pow a b) := rfl
theorem audit.notation_list (a b : Nat) : Eq [a, b] (.cons a (.cons b .nil)) := rfl
theorem audit.char (n : Nat) : (Char.ofNat n).toNat = n := rfl
theorem audit.string (l : List Char) : (String.ofList l).toList = l := rfl
theorem audit.literal : "ab" = String.ofList [Char.ofNat 97, Char.ofNat 98] := rfl
"""

INSTANCES = frozenset(
    [
        "instHAdd", "instHSub", "instHMul", "instHDiv", "instHMod", "instHPow", "instPowNat",
        "instOfNatNat", "instLENat", "instLTNat", "instAddNat", "instSubNat", "instMulNat",
        "instDivNat", "instModNat", "instNatPowNat", "ℤ.instOfNat", "ℤ.instLE", "ℤ.instLT",
        "ℤ.instAdd", "ℤ.instSub", "ℤ.instMul", "ℤ.instNeg", "ℤ.instDiv", "ℤ.instMod",
        "ℤ.instNatPow", "CommSemiring.toAdd", "CommSemiring.toMul", "VeriQuant.instNatPow",
        "VeriQuant.OrderedSemiring.toAdd", "VeriQuant.OrderedSemiring.toMul",
        "VeriQuant.OrderedSemiring.toLE",
    ]
)  # fmt: skip
"""What may give `+`, `≤`, a numeral … its meaning on `Nat` and `ℤ`. Lean prints no instance, so a
second `LE ℤ` would make a source say another thing in the same words."""

_CANDIDATES = re.compile(r"\[Meta\.synthInstance\.instances\] #\[([^\]]*)\]")


def instance_queries(modules: list[package.Module]) -> list[str]:
    """Return, as Lean commands, the searches for every instance behind notation and numerals."""
    types = ["Nat", *(["ℤ"] if any("namespace ℤ" in module.code for module in modules) else [])]
    numerals = {int(n) for m in modules for n in re.findall(r"(?<![\w'.])\d+", m.code)}
    lines = [f"#synth OfNat {t} {n}" for t in types for n in sorted(numerals)]
    for t in types:
        lines += [f"#synth {name} {t} {t} {t}" for name in ("HAdd", "HSub", "HMul", "HDiv", "HMod")]
        lines += [f"#synth HPow {t} Nat {t}", f"#synth LE {t}", f"#synth LT {t}"]
    return [*lines, *(f"#synth Neg {t}" for t in types if t == "ℤ")]


@dataclass(frozen=True)
class Theorem:
    """One checked theorem. `id`, `requirements` and `text` come from its doc comment, `statement`
    from the compiled term.

    `seconds` is the time the kernel took, in the run that compiled it.
    """

    id: str | None
    name: str
    statement: str
    file: str
    line: int
    axioms: list[str]
    seconds: float
    requirements: list[str]
    text: str


def _doc_before(module: package.Module, offset: int) -> tuple[str, int]:
    """Return the doc comment directly above `offset` ('' if none) and the line where all begins."""
    before = module.text[:offset].rstrip()
    start = before.rfind("/--") if before.endswith("-/") else -1
    if start < 0 or "-/" in before[start:-2]:
        return "", module.text.count("\n", 0, offset) + 1
    return " ".join(before[start + 3 : -2].split()), module.text.count("\n", 0, start) + 1


@dataclass(frozen=True)
class Tag:
    """What the doc comment of a theorem of the design says: `/-- T1c [VQ-GRID-004]: text -/`."""

    id: str | None
    requirements: tuple[str, ...]
    text: str

    @classmethod
    def of(cls, doc: str) -> Tag:
        """Read a doc comment; without a tag all of it is text."""
        tag = _TAG.match(doc)
        if tag is None:
            return cls(None, (), doc)
        found = tuple(re.findall(r"VQ-[A-Z]+-\d+", tag.group(2) or ""))
        return cls(tag.group(1), found, doc[tag.end() :])

    @property
    def heading(self) -> str:
        """Return the tag and its text."""
        listed = f" [{', '.join(self.requirements)}]" if self.requirements else ""
        return f"{self.id}{listed}: {self.text}"


def tagged(modules: list[package.Module]) -> dict[str, Tag]:
    """Return the tag of every theorem of the design, by name, in order.

    Raises LeanCheckError for a tag that does not stand on a theorem.
    """
    found = {
        name: Tag.of(_doc_before(module, offset)[0])
        for module in modules
        for offset, name in lint.theorems(module)
    }
    found = {name: tag for name, tag in found.items() if tag.id is not None}
    if len(found) != sum(len(re.findall(rf"/--\s*{_TAG.pattern}", m.text)) for m in modules):
        raise LeanCheckError(
            "a theorem tag in a doc comment does not stand directly above a theorem"
        )
    return found


def _message_at(found: list[dict[str, object]], line: int) -> str:
    for message in found:
        pos = message.get("pos")
        if isinstance(pos, dict) and pos.get("line") == line:
            return str(message.get("data", "")).strip()
    return ""


def audit(
    modules: list[package.Module],
    root: Path,
    out: Path,
    run: Callable[[Path], Run],
    built: dict[str, Built],
    env: Environment,
) -> list[Theorem]:
    """Write `out/Audit.lean`, have Lean check it, and return every theorem of the package.

    `run(path)` has Lean check a file with the compiled package in its search path; `env` holds that
    package. `built` has the kernel times, where they are known. Raises LeanCheckError for an axiom,
    a hole, or a wrong definition of a function the kernel computes.
    """
    found = [(module, offset, name) for module in modules for offset, name in lint.theorems(module)]
    head = f"prelude\nimport {package.ROOT}\nset_option autoImplicit false\n{KERNEL_EQUATIONS}"
    lines = [*head.splitlines(), "set_option trace.Meta.synthInstance.instances true"]
    lines += instance_queries(modules)
    lines.append("set_option trace.Meta.synthInstance.instances false")
    where: dict[tuple[str, str], int] = {}
    for name, kind in lint.KERNEL_NAT.items():
        if kind == "reserved":
            lines.append(f"#print Nat.{name}")
            where["reserved", name] = len(lines)
    for _, _, name in found:
        lines.append(f"#print axioms {name}")
        where["axioms", name] = len(lines)
    path = out / "Audit.lean"
    files.write_bytes(path, ("\n".join(lines) + "\n").encode())
    result = run(path)
    if result.status != 0:
        raise LeanCheckError(
            "the audit of the compiled package failed (a function that the kernel computes by name "
            "or a notation is defined wrongly, or a theorem is missing):\n"
            + describe(path, result.output)
        )
    said = messages(result.output)
    for (kind, name), line in where.items():
        if kind == "reserved" and not _message_at(said, line).startswith("unsafe opaque"):
            raise LeanCheckError(f"Nat.{name} is not reserved as an unsafe constant")
    for message in said:
        for names in _CANDIDATES.findall(str(message.get("data", ""))):
            for name in names.replace("@", "").split(","):
                if name.strip() not in INSTANCES:
                    raise LeanCheckError(
                        f"the instance {name.strip()} would change what notation means on numbers"
                    )
    printer = Printer(env)
    checked: list[Theorem] = []
    for module, offset, name in found:
        line = module.text.count("\n", 0, offset) + 1
        answer = _message_at(said, where["axioms", name])
        if answer != f"'{name}' does not depend on any axioms":
            raise LeanCheckError(f"{module.path}:{line}: {answer or f'no answer about {name}'}")
        if env[name].kind != "theorem" or env.module[name] != module.name:
            raise LeanCheckError(f"{module.path}:{line}: {name} is not the theorem of this place")
        doc, first = _doc_before(module, offset)
        times = built[module.name].kernel if module.name in built else {}
        spent = sum(times.get(str(n), 0.0) for n in range(first, line + 1))
        tag = Tag.of(doc)
        checked.append(
            Theorem(
                id=tag.id,
                name=name,
                statement=printer.term(env[name].type),
                file=module.path.relative_to(root.parent).as_posix(),
                line=line,
                axioms=[],
                seconds=round(spent / 1000.0, 4),
                requirements=list(tag.requirements),
                text=tag.text,
            )
        )
    rules.check_foundations(env, [theorem.name for theorem in checked])
    return checked
