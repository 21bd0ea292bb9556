"""The pinned statements: every tagged theorem and every definition that its statement reaches.

`lean/statements.txt` is read by people and compared by `make lean`. Each entry has the text of the
exact term (see `printing`) and its digest: nothing changes unseen, not even what reads the same.
"""

from __future__ import annotations

import difflib
import hashlib
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from veriquant_proofs.lean.build import LeanCheckError
from veriquant_proofs.lean.lint import GENERATED
from veriquant_proofs.lean.olean import Constant, Environment, constants
from veriquant_proofs.lean.printing import Printer

FILE = "statements.txt"
REPIN = "python -m veriquant_proofs.lean --pin"

_MADE = "made by Lean: "
_HEAD = f"""\
What is proved in Lean, and every definition that the statements rest on.

Written by `{REPIN}` from the compiled modules, not from their
sources and not by Lean's printer; `make lean` compares. Notation is that of Nat, of ℤ, or of a
class that is an argument of the theorem; all else has its full name (VeriQuant. left out) and every
argument: {{implicit}}, [instance]. A relation between numbers alone names their type. `x.1` is the
first field of x. `as written` is the source of what Lean compiles to recursors and matchers. The
digest is that of the exact term.
"""


@dataclass
class Entry:
    """One pinned constant: its first line, its text, its digest, the theorems that rest on it."""

    title: str
    text: list[str]
    digest: str
    used_by: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        """Return the entry as it stands in the file."""
        wrapped: list[str] = []
        for line in self.text:
            wrapped += textwrap.wrap(
                line, 100, initial_indent="    ", subsequent_indent="        ",
                break_long_words=False, break_on_hyphens=False,
            )  # fmt: skip
        return [self.title, *wrapped, f"    digest {self.digest}"]


Memo = dict[int, tuple[object, bytes]]
"""Digests by identity; each object is kept with its own, so that no other takes its identity."""


def term_digest(parts: Iterable[object], memo: Memo) -> str:
    """Return a SHA-256, to 32 hexadecimal digits, of names and terms without variables' names."""

    def digest(part: object) -> bytes:
        if not isinstance(part, tuple):
            return hashlib.sha256(f"{type(part).__name__} {part}".encode()).digest()
        if id(part) not in memo:
            inner = part[:1] + part[2:] if part and part[0] in ("lam", "pi", "let") else part
            memo[id(part)] = part, hashlib.sha256(b"(" + b"".join(map(digest, inner))).digest()
        return memo[id(part)][1]

    return digest(tuple(parts)).hex()[:32]


def reachable(env: Environment, names: Iterable[str]) -> list[str]:
    """Return the constants that give the terms `names` their meaning, in the order of discovery.

    A constructor or recursor counts as its inductive type, a theorem for nothing: two proofs of one
    proposition are equal. Raises LeanCheckError for an axiom, an opaque or an unsafe constant.
    """
    found: dict[str, None] = {}
    stack = list(names)[::-1]
    while stack:
        name = stack.pop()
        constant = env[name]
        if constant.kind in ("constructor", "recursor"):
            name = name.rpartition(".")[0]
            constant = env[name]
        if name in found or constant.kind == "theorem":
            continue
        if constant.kind not in ("def", "inductive") or constant.unsafe:
            raise LeanCheckError(f"a statement rests on {name}, of which nothing is known")
        found[name] = None
        inner = constants(constant.type)
        inner += constants(constant.value) if constant.value is not None else []
        for constructor in constant.constructors:
            inner += constants(env[constructor].type)
        stack += [item for item in reversed(inner) if item not in found]
    return list(found)


def _digest(env: Environment, constant: Constant, memo: Memo) -> str:
    value = constant.value if constant.kind == "def" else None
    parts = [constant.kind, constant.name, constant.levels, constant.type, value or ()]
    parts += [(name, env[name].type) for name in constant.constructors]
    return term_digest(parts, memo)


def _field(constant: Constant) -> str | None:
    """Return `field i of S` for the function that takes a field out of a structure."""
    value = constant.value
    while value is not None and value[0] == "lam":
        value = value[3]
    if value is None or value[0] != "proj" or value[3] != ("bvar", 0):
        return None
    return f"field {value[2] + 1} of {value[1]}" if constant.name.startswith(value[1]) else None


def _definition(
    env: Environment, printer: Printer, name: str, memo: Memo, sources: dict[str, str]
) -> Entry:
    constant = env[name]
    digest = _digest(env, constant, memo)
    shown = printer.name(name)
    accessor = _field(constant)
    if accessor or GENERATED.fullmatch(name):
        return Entry(f"{_MADE}{shown}{f', {accessor}' if accessor else ''}", [], digest)
    title = f"{'definition' if constant.kind == 'def' else 'inductive type'} {shown}"
    text = [f": {printer.term(constant.type)}"]
    if constant.value is not None:
        text.append(f":= {printer.term(constant.value)}")
        if any(GENERATED.fullmatch(item) for item in constants(constant.value)) and name in sources:
            text.append(f"as written: {sources[name]}")
    for constructor in constant.constructors:
        text.append(f"| {printer.name(constructor)} : {printer.term(env[constructor].type)}")
    return Entry(title, text, digest)


def entries(
    env: Environment, tagged: list[tuple[str, str]], sources: dict[str, str]
) -> list[Entry]:
    """Return the entries for (name, heading) of the tagged theorems, then those they rest on.

    `sources` has the text of definitions, shown where Lean compiled it to something unlike it.
    """
    printer, memo = Printer(env), Memo()
    theorems: list[Entry] = []
    used: dict[str, list[str]] = {}
    for name, heading in tagged:
        constant = env[name]
        text = [heading, f"⊢ {printer.term(constant.type)}"]
        shown = printer.name(name)
        theorems.append(Entry(f"theorem {shown}", text, _digest(env, constant, memo)))
        for item in reachable(env, constants(constant.type)):
            used.setdefault(item, []).append(shown)
    order = {module: number for number, module in enumerate(dict.fromkeys(env.module.values()))}
    own: list[Entry] = []
    made: list[Entry] = []
    for name in sorted(used, key=lambda item: (order[env.module[item]], item)):
        entry = _definition(env, printer, name, memo, sources)
        entry.used_by = used[name]
        (own if entry.text else made).append(entry)
    return [*theorems, *own, *made]


def render(found: list[Entry]) -> str:
    """Return the text of the pin file."""
    return "\n".join([_HEAD, *("\n".join([*entry.lines(), ""]) for entry in found)])


def _blocks(text: str) -> dict[str, list[str]]:
    """Return the entries of a pin file by their first line."""
    blocks = [block.splitlines() for block in text.split("\n\n")]
    return {b[0]: b for b in blocks if b and b[-1].startswith("    digest ")}


def compare(found: list[Entry], path: Path) -> None:
    """Raise LeanCheckError, with old and new, if the pin file differs from what was compiled."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise LeanCheckError(f"{path} is missing; remedy: {REPIN}") from None
    if text == render(found):
        return
    old, new = _blocks(text), {entry.title: entry for entry in found}
    problems: list[str] = []
    for title in dict.fromkeys([*new, *old]):
        entry = new.get(title)
        before, after = old.get(title, []), entry.lines() if entry else []
        if before == after:
            continue
        if not after or not before:
            what = "is new and not pinned" if after else "is pinned and gone"
        elif before[:-1] == after[:-1]:
            what = "reads the same, but is another term"
        else:
            what = "changed"
        if title.startswith(_MADE) and problems:
            continue  # what it was made from is shown
        rests = f" (rests on it: {', '.join(entry.used_by[:6])})" if entry and entry.used_by else ""
        problems.append(f"{title} {what}{rests}")
        problems += [f"  old: {line.strip()}" for line in _only(before, after)]
        problems += [f"  new: {line.strip()}" for line in _only(after, before)]
    problems = problems or ["its order or its first lines changed"]
    raise LeanCheckError(
        f"what is proved is not what {path} says:\n" + "\n".join(problems) + "\n"
        f"If the change is meant: {REPIN}, and review the difference of that file."
    )


def _only(lines: list[str], others: list[str]) -> list[str]:
    """Return the lines that are not in the other version."""
    matcher = difflib.SequenceMatcher(a=lines, b=others, autojunk=False)
    return [
        line
        for tag, first, last, *_ in matcher.get_opcodes()
        if tag in ("replace", "delete")
        for line in lines[first:last]
    ]
