"""Foreign text in messages: names and values from files, shown so that they cannot pretend."""

from __future__ import annotations

import reprlib

_BRIEF = reprlib.Repr()
_BRIEF.maxlevel, _BRIEF.maxstring, _BRIEF.maxlong, _BRIEF.maxother = 3, 80, 40, 80


def printable(text: str) -> str:
    """`text` with everything that a terminal may act on, or cannot show, as backslash escapes.

    Control characters, line ends, bidirectional overrides and lone surrogates among it.
    """
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text
    )


def brief(value: object) -> str:
    """`repr(value)`, a line of it, whatever the size and depth of `value`."""
    if isinstance(value, int) and value.bit_length() > 1024:  # Python refuses to print longer ones
        return f"an integer of {value.bit_length()} bits"
    try:
        return _BRIEF.repr(value)[:160]
    except ValueError:  # such an integer inside
        return f"a {type(value).__name__} with an integer of thousands of digits"
