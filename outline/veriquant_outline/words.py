"""Formulas, comparisons and inputs as a reader would say them: `bits / 16` as "bits ÷ 16".

Formulas in the data use short names; `names.toml` says once what each name stands for.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from veriquant_outline.printed import FUNCTIONS, show

#: Longest first: `**` must not be read as two `*`.
_SIGNS = {"**": "^", "*": " × ", "/": " ÷ ", "-": " − ", "+": " + ", "%": " modulo "}
_TOKEN = re.compile(r"\s*(\*\*|[A-Za-z_]\w*|\d[\d_]*(?:\.\d+)?|\S)\s*")
_CALLS = {
    "abs": "the magnitude of",
    "ceil": "rounded up",
    "floor": "rounded down",
    "log2": "the binary logarithm of",
    "max": "the larger of",
    "min": "the smaller of",
    "sqrt": "the square root of",
}
COMPARISONS: Mapping[str, str] = {
    "<": "less than",
    "<=": "at most",
    ">": "more than",
    ">=": "at least",
}


@cache
def names() -> Mapping[str, str]:
    """What each name of an input or of a formula stands for."""
    text = files("veriquant_outline").joinpath("names.toml").read_text(encoding="utf-8")
    found: Mapping[str, str] = tomllib.loads(text)
    return found


def name(short: str) -> str:
    """The phrase for a name. Raises KeyError for one that `names.toml` lacks."""
    return names()[short]


def formula(text: str) -> str:
    """A formula with its names spelled out and the signs of school arithmetic."""
    said = []
    tokens = _TOKEN.findall(text)
    for place, token in enumerate(tokens):
        if token in FUNCTIONS:
            said.append(f"{_CALLS[token]} ")
        elif token.isidentifier():
            said.append(name(token))
        elif token == "-" and (place == 0 or tokens[place - 1] in "(,*/+-<>="):
            said.append("−")
        else:
            said.append(_SIGNS.get(token, ", " if token == "," else token))
    return "".join(said)


def listed(parts: list[str]) -> str:
    """`a, b and c`."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def place(where: str) -> str:
    """`section 4.2` for a numbered section, `the Abstract`; any other place as it is."""
    if where in ("Title", "Abstract"):
        return f"the {where}"
    return f"section {where}" if where[:1].isdigit() else where


def is_plain(text: str) -> bool:
    """Whether a formula is a single name or number, which needs no spelling out."""
    return len(_TOKEN.findall(text)) == 1


def sentence(text: str) -> str:
    """With a capital first letter."""
    return text[:1].upper() + text[1:]


def measured(value: object, unit: str) -> str:
    """A value with its unit."""
    return f"{show(value)} {unit}".rstrip()
