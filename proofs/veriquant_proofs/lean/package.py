"""The Lean package as text: its modules, options and declarations. One source of truth: `lean/`."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = "VeriQuant"
META = "VeriQuant.Prelude"
"""The one module that binds the front end; the lint lets it alone use `opaque` and markers."""


class LeanSourceError(ValueError):
    """A source of the Lean package breaks a rule; the message names file, line and rule."""


@dataclass(frozen=True)
class Module:
    """One source file: its Lean name, path, text and the modules it imports."""

    name: str
    path: Path
    text: str
    imports: tuple[str, ...]


def default_root() -> Path:
    """Return the repository's `lean/` folder."""
    return Path(__file__).resolve().parents[3] / "lean"


def blank_comments(text: str) -> str:
    """Replace comments and string literals by spaces; lines and columns keep their place."""
    out: list[str] = []
    i = depth = 0
    while i < len(text):
        two = text[i : i + 2]
        if depth:
            if two == "/-":
                depth, step = depth + 1, 2
            elif two == "-/":
                depth, step = depth - 1, 2
            else:
                step = 1
            out.append(re.sub(r"[^\n]", " ", text[i : i + step]))
            i += step
        elif two == "/-":
            depth = 1
            out.append("  ")
            i += 2
        elif two == "--":
            end = text.find("\n", i)
            end = len(text) if end < 0 else end
            out.append(" " * (end - i))
            i = end
        elif text[i] == '"':
            match = re.compile(r'"(?:\\.|[^"\\])*"', re.DOTALL).match(text, i)
            end = match.end() if match else len(text)
            out.append(re.sub(r"[^\n]", " ", text[i:end]))
            i = end
        else:
            out.append(text[i])
            i += 1
    return "".join(out)


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
        code = blank_comments(text)
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
        found[name] = Module(name, path, text, imports)
        order.append(found[name])

    visit(ROOT)
    for path in sorted((root / ROOT).rglob("*.lean")):
        name = ".".join(path.relative_to(root).with_suffix("").parts)
        if name not in found:
            raise LeanSourceError(
                f"{path}: not imported by {ROOT}.lean, so it would not be checked"
            )
    return order


def options(root: Path) -> list[str]:
    """Return the options of `lakefile.toml` as `-D` arguments: one list for both ways to build."""
    lakefile = tomllib.loads((root / "lakefile.toml").read_text(encoding="utf-8"))

    def flatten(prefix: str, value: object) -> list[str]:
        if isinstance(value, dict):
            return [
                o for k, v in value.items() for o in flatten(f"{prefix}.{k}" if prefix else k, v)
            ]
        return [f"-D{prefix}={str(value).lower() if isinstance(value, bool) else value}"]

    return flatten("", lakefile.get("leanOptions", {}))
