"""Values of every kind that JSON has, and some that only look like what was expected."""

from __future__ import annotations

from typing import Any

#: A value as JSON text that no Python object stands for: it is put into the text as it is.
RAW = "\x00raw:"


def raw(text: str) -> str:
    """Marks `text` to be written into the document without quotes."""
    return f"{RAW}{text}"


#: Name of a kind, and a value of it.
KINDS: dict[str, Any] = {
    "null": None,
    "true": True,
    "zero": 0,
    "one": 1,
    "minus one": -1,
    "2**31": 2**31,
    "2**63": 2**63,
    "2**64": 2**64,
    "4,299 digits": 10**4299 - 1,
    "5,000 digits": raw("9" * 5000),
    "half": 0.5,
    "1e308": 1e308,
    "1e999": raw("1e999"),
    "NaN": raw("NaN"),
    "empty text": "",
    "text": "x",
    "long text": "x" * 100_000,
    "lone surrogate": "\ud800",
    "escape codes": "\x1b[31m[/x]\n\r\u202e",
    "a path upwards": "../../x",
    "empty list": [],
    "list": [1, "x"],
    "list of lists": [[[]]],
    "empty object": {},
    "object": {"a": 1},
    "150 deep": raw("[" * 150 + "]" * 150),
    "100,000 deep": raw("[" * 100_000 + "]" * 100_000),
}
#: Further edits of a field.
DELETE, TWICE, EXTRA = "deleted", "given twice", "with an unknown field"
EDITS = (*KINDS, DELETE, TWICE, EXTRA)
