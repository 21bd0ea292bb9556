"""What a reader may take for granted about the compiled package: one name means one thing, every
proof rests on declarations alone, no theorem is empty. Checked on terms, not on sources."""

from __future__ import annotations

from collections.abc import Iterable

from veriquant_proofs.lean.build import LeanCheckError
from veriquant_proofs.lean.olean import Environment, Term, constants
from veriquant_proofs.lean.printing import binders, spine

LOGIC = frozenset(
    [
        "True", "False", "Not", "And", "Or", "Iff", "Eq", "Ne", "HEq", "Exists", "LE", "LT", "GE",
        "GT", "Decidable", "ite", "dite", "Nat", "ℤ", "Bool", "List", "Option", "Prod", "Prop",
        "Type", "Sort",
    ]
)  # fmt: skip
"""Names that mean the same everywhere: nothing else may have one of them as its last part."""


def last(name: str) -> str:
    """Return the part of a name that stands where its namespace is open."""
    return name.rpartition(".")[2]


def check_names(env: Environment, tagged: Iterable[str]) -> None:
    """Raise LeanCheckError if a logic constant, `ℤ` or a tagged theorem has a second short name."""
    short = {last(name): name for name in tagged}
    problems = []
    for name in env.module:
        own = last(name)
        if own in LOGIC and name != own:
            problems.append(f"{name} would be read as `{own}`")
        if own in short and name != short[own]:
            problems.append(f"{name} would be read as the theorem {short[own]}")
    if problems:
        raise LeanCheckError("\n".join(problems))


def check_variables(env: Environment, names: Iterable[str]) -> None:
    """Raise LeanCheckError if a variable in a statement or definition has the name of a constant of
    logic or of a number type."""
    for name in names:
        constant = env[name]
        stack: list[Term] = [constant.type, constant.value or ("lit", 0)]
        seen: set[int] = set()
        while stack:
            term = stack.pop()
            if id(term) in seen:
                continue
            seen.add(id(term))
            if term[0] in ("pi", "lam", "let") and term[1] in LOGIC:
                raise LeanCheckError(f"{name}: a variable is named `{term[1]}`")
            stack += [part for part in term[2:] if isinstance(part, tuple) and part]
            if term[0] == "app":
                stack.append(term[1])


def check_foundations(env: Environment, theorems: Iterable[str]) -> None:
    """Raise LeanCheckError if a theorem or its proof uses an axiom, an opaque or unsafe constant.

    A second opinion beside `#print axioms`, on all that the proof term reaches.
    """
    sound: set[str] = set()
    for theorem in theorems:
        stack = [theorem]
        while stack:
            name = stack.pop()
            if name in sound:
                continue
            constant = env[name]
            if constant.kind in ("axiom", "opaque", "quot") or constant.unsafe:
                raise LeanCheckError(f"{theorem} rests on {name}, of which nothing is proved")
            sound.add(name)
            stack += [*constants(constant.type), *constant.constructors]
            if constant.value is not None:
                stack += constants(constant.value)


def instances(env: Environment, module: str) -> dict[str, str]:
    """Return, for each theorem of which `module` proves a closed instance, the name of that proof.

    An instance is a proof without variables that is the theorem, applied to all its arguments: then
    its hypotheses and its classes hold of something.
    """
    found: dict[str, str] = {}
    for name, home in env.module.items():
        constant = env[name]
        if home != module or constant.kind != "theorem" or constant.value is None:
            continue
        head, arguments = spine(constant.value)
        applied = head[0] == "const" and head[1] in env and not constant.levels
        if applied and len(arguments) >= len(binders(env[head[1]].type)):
            found.setdefault(head[1], name)
    return found


def check_instances(env: Environment, tagged: Iterable[str], module: str) -> None:
    """Raise LeanCheckError for a tagged theorem without a closed instance in `module`."""
    known = instances(env, module)
    missing = [name for name in tagged if name not in known]
    if missing:
        raise LeanCheckError(
            "\n".join(f"{name} has no instance: can its hypotheses be met?" for name in missing)
            + f"\nremedy: in {module} prove a statement without variables by "
            f"`{last(missing[0])} …`, applied to numbers and proofs"
        )
