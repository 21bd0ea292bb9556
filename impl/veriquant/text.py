"""Foreign text in messages: names and values from files, shown so that they cannot pretend."""

from __future__ import annotations

import gc
import json
import reprlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

#: JSON nested deeper is refused: no file of ours or of a model's is, and Python's own functions
#: (printing, comparing) end in a RecursionError a little further down.
MAX_DEPTH = 100

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


@contextmanager
def collector_paused() -> Iterator[None]:
    """Makes many objects that all live on without searching through them again and again.

    Python's collector of cycles looks at every object while thousands are made; the time of a large
    header or certificate would grow faster than its size.
    """
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


def parse_json(text: str | bytes, **options: Any) -> Any:
    """`json.loads`; raises ValueError also for what is nested more than MAX_DEPTH deep."""
    try:
        with collector_paused():
            value = json.loads(text, **options)
    except RecursionError as error:
        raise ValueError(f"nested more than {MAX_DEPTH} deep") from error
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            item
            for outer in level
            if isinstance(outer, dict | list)
            for item in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return value
    raise ValueError(f"nested more than {MAX_DEPTH} deep")


def json_text(value: Any) -> str:
    """JSON as model repositories write it: indented, characters as they are.

    A lone surrogate, which UTF-8 cannot hold, stays the escape it was read from.
    """
    text = json.dumps(value, indent=2, ensure_ascii=False) + "\n"
    return "".join(f"\\u{ord(c):04x}" if "\ud800" <= c <= "\udfff" else c for c in text)
