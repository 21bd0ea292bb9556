"""Reads the claims, which are data: `outline.toml` lists the sections, `claims/` has one file each.

A section's file has `section` and `[[claim]]` tables. Where a table of the outline is judged cell
by cell, the file has `[[row]]` tables, with the outline's own row as quote, and `[[cell]]` tables,
each of which is one claim for every row that has the column.
"""

from __future__ import annotations

import datetime
import re
import tomllib
from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import Any

from veriquant_outline.checks import (
    Agree,
    Cited,
    Differ,
    Holds,
    Needs,
    Proved,
    Published,
    Recompute,
)
from veriquant_outline.evidence import reference, resource
from veriquant_outline.model import Check, Claim, Kind, Verdict
from veriquant_outline.printed import Printed, is_printed
from veriquant_outline.runs import RUNS

Table = Mapping[str, Any]

#: Keys that every claim may have, and those of each kind of check besides `note`.
_COMMON = frozenset({
    "id", "quote", "against", "also", "claim", "kind", "check", "note", "claimed", "printed",
    "exact", "text", "otherwise", "replaced-by", "remedy", "references",
})  # fmt: skip
_KEYS: Mapping[str, frozenset[str]] = {
    "recompute": frozenset({"formula", "unit"}),
    "holds": frozenset({"holds", "unit", "when-false"}),
    "agree": frozenset({"here", "there", "places", "unit"}),
    "differ": frozenset({"words", "places"}),
    "proved": frozenset({"requirements", "kernel", "runs"}),
    "needs": frozenset({"needs"}),
    "published": frozenset({"reference", "unit"}),
    "cited": frozenset({"reference"}),
}
_COMPARISON = re.compile(r" (<=|>=|<|>) ")


class OutlineError(ValueError):
    """A file of the outline that cannot be read as claims: names the file, the claim, the key."""


@cache
def outline() -> Table:
    """Title, version, digest and the list of sections."""
    return _read("outline.toml")


@cache
def section(name: str) -> Table:
    """The file of one section."""
    return _read(f"claims/{name}.toml")


@cache
def claims() -> tuple[Claim, ...]:
    """All claims, in the order of the outline. Raises OutlineError for data that is not sound."""
    found: list[Claim] = []
    for name in outline()["sections"]:
        data = section(name)
        for place, table in enumerate(_tables(data)):
            try:
                found.append(claim(str(data["section"]), table))
            except (KeyError, TypeError, ValueError) as error:
                which = table.get("id", f"number {place + 1}")
                raise OutlineError(f"{name}.toml, claim {which}: {error}") from error
    return tuple(found)


def _read(path: str) -> Table:
    text = files("veriquant_outline").joinpath(path).read_text(encoding="utf-8")
    try:  # decimals are exact: 0.1 is one tenth
        return tomllib.loads(text, parse_float=Fraction)
    except ValueError as error:
        raise OutlineError(f"{path}: {error}") from error


def _tables(data: Table) -> Iterator[Table]:
    """The claims of a file, those of its rows cell by cell first."""
    for row in data.get("row", []):
        for cell in data["cell"]:
            if cell["column"] in data["columns"]:
                yield _cell(data, row, cell)
    yield from data.get("claim", [])


def cells(data: Table, row: Table) -> dict[str, str]:
    """A row of a table of the outline: what it prints under each column that is judged."""
    printed = [part.strip().strip("*") for part in row["quote"].strip("|").split("|")]
    named = dict(zip(data["columns"], printed, strict=True))
    return {name: text.split(" ")[0] for name, text in named.items() if name}


def _cell(data: Table, row: Table, cell: Table) -> Table:
    """One claim: a cell's pattern filled in with the row."""
    values = cells(data, row)
    column = cell["column"]
    made = {k: v for k, v in cell.items() if k not in ("column", "columns")}
    made["id"] = f"{data['prefix']}.{row['id']}.{column}"
    made["quote"] = row["quote"]
    made["claimed"] = values[column]
    made["claim"] = cell["claim"].format(name=row["name"], value=values[column])
    made["exact"] = {
        **cell.get("exact", {}),
        **{name: row[name] for name in cell.get("row-inputs", [])},
        **{name: Fraction(values[name]) for name in cell.get("columns", [])},
    }
    made.pop("row-inputs", None)
    return made


def claim(place: str, table: Table) -> Claim:
    """One claim of the section `place`. Raises KeyError, TypeError or ValueError."""
    kind = str(table["check"])
    extra = set(table) - _COMMON - _KEYS.get(kind, frozenset())
    if extra:
        raise ValueError(f"unknown keys {sorted(extra)} for the check {kind!r}")
    check, operands = _check(kind, table)
    inputs = {**_claimed(table), **operands, **_inputs(table)}
    otherwise = _inputs(table.get("otherwise", {}))
    if kind == "differ":  # a quote agrees with itself
        otherwise = {"there": table["quote"]}
    if kind == "cited":
        otherwise = {"here": re.sub(r"\d{4}\]", "1999]", table["quote"])}
    return Claim(
        id=str(table["id"]),
        section=place,
        quote=str(table["quote"]),
        claim=str(table["claim"]),
        kind=Kind(table["kind"]),
        check=check,
        inputs=inputs,
        otherwise=otherwise,
        also=tuple(table.get("also", ())),
        against=str(table.get("against", "")),
        note=str(table.get("note", "")),
        replaced_by=tuple(table.get("replaced-by", ())),
        remedy=str(table.get("remedy", "")),
        references=tuple(reference(name) for name in table.get("references", ())),
    )


def _check(kind: str, table: Table) -> tuple[Check, Table]:
    """The check and the inputs that its own keys give."""
    unit = str(table.get("unit", ""))
    words = {"here": table["quote"], "there": table.get("against", "")}
    match kind:
        case "recompute":
            return Recompute(formula=table["formula"], unit=unit), {}
        case "holds":
            left, operator, right = _COMPARISON.split(table["holds"])
            false = Verdict(table.get("when-false", "refuted"))
            return Holds(left=left, operator=operator, right=right, unit=unit, when_false=false), {}
        case "agree":
            one, other = table["places"]
            return Agree(
                here=table["here"], there=table["there"], places=(one, other), unit=unit
            ), {}
        case "differ":
            one, other = table["places"]
            return Differ(places=(one, other), pattern=table["words"]), words
        case "proved":
            needed = tuple(table["requirements"])
            run = {key: str(table.get(key, "")) for key in ("kernel", "runs")}
            return Proved(requirements=needed, **run), {}
        case "needs":
            return Needs(resources=tuple(resource(name) for name in table["needs"])), {}
        case "published":
            return Published(reference=reference(table["reference"]), unit=unit), {}
        case "cited":
            return Cited(reference=reference(table["reference"])), {"here": table["quote"]}
    if kind not in RUNS:
        raise ValueError(f"no check {kind!r}; there are {', '.join(sorted({*_KEYS, *RUNS}))}")
    return RUNS[kind], {}


def _claimed(table: Table) -> dict[str, Any]:
    """`claimed`: a number as printed, or words."""
    if "claimed" not in table:
        return {}
    text = str(table["claimed"])
    return {"claimed": Printed(text) if is_printed(text) else text}


def _inputs(table: Table) -> dict[str, Any]:
    """Named inputs: `printed` have the rounding of their digits, `exact` none, `text` are words."""
    return {
        **{name: Printed(text) for name, text in table.get("printed", {}).items()},
        **{name: _exact(value) for name, value in table.get("exact", {}).items()},
        **{name: _text(value) for name, value in table.get("text", {}).items()},
    }


def _exact(value: object) -> object:
    """An exact number, yes or no, a day, or a list of numbers."""
    if isinstance(value, list):
        return tuple(_exact(one) for one in value)
    if isinstance(value, int | Fraction | datetime.date):
        return value
    return Fraction(str(value))


def _text(value: object) -> object:
    return tuple(str(one) for one in value) if isinstance(value, list) else str(value)
