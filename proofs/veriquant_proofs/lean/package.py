"""The Lean package as text: its modules, options and declarations. One source of truth: `lean/`."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = "VeriQuant"
META = "VeriQuant.Prelude"
"""The one module that binds the front end; the lint lets it alone use `opaque` and markers."""

INSTANCES = "VeriQuant.Instances"
"""The module that applies every tagged theorem once to numbers."""

OPTIONAL = "mathlib"
"""A folder for users of Mathlib: nothing in it is compiled, counted or imported here."""

LIBRARY = frozenset(
    f"{ROOT}.{name}"
    for name in ("Prelude", "Logic", "Nat", "Ring", "Int", "Elimination", "Linear", "Order", "List")
)
"""Modules of general mathematics: what other developments import, this one proves itself."""


class LeanSourceError(ValueError):
    """A source of the Lean package breaks a rule; the message names file, line and rule."""


@dataclass(frozen=True)
class Module:
    """One source file: its Lean name, path, text and the modules it imports.

    `code` is the text without comments and strings, each character at its place.
    """

    name: str
    path: Path
    text: str
    code: str
    imports: tuple[str, ...]


def default_root() -> Path:
    """Return the repository's `lean/` folder."""
    return Path(__file__).resolve().parents[3] / "lean"


_LEXICAL = re.compile(r'--|/-|"|«')
_COMMENT_EDGE = re.compile(r"/-|-/")
LETTERS = "αβγδεστ"
"""Letters beside those of ASCII; none that looks like one of those, as ο, ν and ρ do."""

_SIGNS = "¬·×ℤ₀-₉←→↔∀∃∧∨≠≤≥▸⟨⟩«»"
_FOREIGN = re.compile(rf"[^\n -~{LETTERS}{_SIGNS}]")
"""A character that the code may not contain: Lean and the lint might split words there differently,
or a reader take it for another."""
_FOREIGN_TEXT = re.compile(rf"[^\n -~{LETTERS}{_SIGNS}±²∑…⌈⌉⌊⌋]")
"""The same for comments and strings."""


def _lexical_end(text: str, start: int) -> int:
    """Return where the comment, string or quoted name that begins at `start` ends; -1: unclear."""
    if text.startswith("--", start):
        end = text.find("\n", start)
        return end if end >= 0 else len(text)
    if text[start] in '"«':
        plain = re.compile(r'"[^"\\\n]*"|«[^»\s]*»').match(text, start)
        return plain.end() if plain else -1
    opener = re.compile(r"/-[-!]?(?=\s)").match(text, start)
    end = opener.end() if opener else -1
    depth = 1
    while end >= 0 and depth:
        edge = _COMMENT_EDGE.search(text, end)
        depth += 1 if edge and edge.group() == "/-" else -1
        end = edge.end() if edge else -1
    return end


def blank_comments(text: str, path: Path) -> str:
    """Replace comments and string literals by spaces; lines and columns keep their place.

    What is blanked here must be a comment or a string for Lean too, or code could hide from the
    lint. So these stand after white space or an opening bracket and have a plain form; the rest
    (raw, escaped and interpolated strings, a quote as a character, `/--/`) raises LeanSourceError.
    """
    out: list[str] = []
    done = 0
    while match := _LEXICAL.search(text, done):
        start = match.start()
        end = _lexical_end(text, start)
        quoted_name = match.group() == "«"
        if end < 0 or not (quoted_name or start == 0 or text[start - 1] in " \n(["):
            line = text.count("\n", 0, start) + 1
            raise LeanSourceError(
                f"{path}:{line}: `{text[max(0, start - 1) : start + 3].strip()}`: write a comment "
                "or a string in its plain form, after a space"
            )
        item = text[start:end]
        out += [text[done:start], item if quoted_name else re.sub(r"[^\n]", " ", item)]
        done = end
    code = "".join(out) + text[done:]
    foreign = [match.start() for match in _FOREIGN.finditer(code)]
    for at in foreign + [match.start() for match in _FOREIGN_TEXT.finditer(text)]:
        line = text.count("\n", 0, at) + 1
        raise LeanSourceError(f"{path}:{line}: the character {text[at]!a} is not allowed")
    return code


def load(root: Path) -> list[Module]:
    """Read every module of the package below `root`, sorted so that imports come first.

    Raises LeanSourceError for a module that is missing, lies in a cycle, does not begin with
    `prelude`, imports something outside the package, or is not reached from `VeriQuant.lean`.
    """
    found: dict[str, Module] = {}
    order: list[Module] = []
    open_names: list[str] = []

    def visit(name: str) -> None:
        if name in found:
            return
        if name in open_names:
            raise LeanSourceError(f"import cycle: {' -> '.join([*open_names, name])}")
        path = root / (name.replace(".", "/") + ".lean")
        if not path.is_file():
            asked = open_names[-1] if open_names else "the checker"
            raise LeanSourceError(f"{path} does not exist but {asked} imports {name}")
        text = path.read_text(encoding="utf-8")
        code = blank_comments(text, path)
        words = code.split(None, 1)
        if not words or words[0] != "prelude":
            raise LeanSourceError(f"{path}:1: a module must begin with `prelude`")
        imports = tuple(re.findall(r"^import[ \t]+(\S+)[ \t]*$", code, re.MULTILINE))
        if len(re.findall(r"\bimport\b", code)) != len(imports):
            raise LeanSourceError(f"{path}: write each import on a line of its own, from column 0")
        for item in imports:
            if item != ROOT and not item.startswith(ROOT + "."):
                raise LeanSourceError(
                    f"{path}: import of {item}: only this package may be imported"
                )
        open_names.append(name)
        for item in imports:
            visit(item)
        open_names.pop()
        found[name] = Module(name, path, text, code, imports)
        order.append(found[name])

    visit(ROOT)
    for path in sorted(root.rglob("*.lean")):
        parts = path.relative_to(root).with_suffix("").parts
        outside = parts[0].startswith(".") or (len(parts) > 1 and parts[0] == OPTIONAL)
        if not outside and ".".join(parts) not in found:
            raise LeanSourceError(
                f"{path}: not imported by {ROOT}.lean, so it would not be checked"
            )
    return order


LAKE_OPTIONS = frozenset(
    [
        "linter.unusedVariables",
        "maxRecDepth",
        "synthInstance.maxHeartbeats",
        "synthInstance.maxSize",
    ]
)
"""Options that `lakefile.toml` may set for all modules; none reaches the kernel."""


def options(root: Path) -> list[str]:
    """Return the options of `lakefile.toml` as `-D` arguments: one list for both ways to build.

    Raises LeanSourceError for an option that is not in LAKE_OPTIONS, and for anything that would
    make lake build otherwise than this package does (another library, a dependency, arguments).
    """
    path = root / "lakefile.toml"
    lakefile = tomllib.loads(path.read_text(encoding="utf-8"))
    unknown = set(lakefile) - {"name", "version", "defaultTargets", "leanOptions", "lean_lib"}
    if unknown or lakefile.get("lean_lib") != [{"name": ROOT}]:
        raise LeanSourceError(f"{path}: only leanOptions and the library {ROOT} may be set")

    def flatten(prefix: str, value: object) -> list[tuple[str, object]]:
        if isinstance(value, dict):
            return [
                o for k, v in value.items() for o in flatten(f"{prefix}.{k}" if prefix else k, v)
            ]
        return [(prefix, value)]

    chosen = flatten("", lakefile.get("leanOptions", {}))
    for name, _ in chosen:
        if name not in LAKE_OPTIONS:
            raise LeanSourceError(f"{path}: the option `{name}` is not allowed")
    return [f"-D{name}={str(v).lower() if isinstance(v, bool) else v}" for name, v in chosen]
