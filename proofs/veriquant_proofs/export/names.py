"""Ada names and numbers."""

from __future__ import annotations

from collections.abc import Iterable

_WORDS = """
    abort abs abstract accept access aliased all and array at begin body case constant declare
    delay delta digits do else elsif end entry exception exit for function generic goto if in
    interface is limited loop mod new not null of or others out overriding package parallel pragma
    private procedure protected raise range record rem renames requeue return reverse select
    separate some subtype synchronized tagged task terminate then type until use when while with
    xor ada interfaces standard boolean integer natural positive true false long_long_integer
    big_integer unsigned_64 shift_left shift_right min max result to_big_integer veriquant_types
    veriquant_live
"""

#: Reserved words of Ada 2022 and names that the printed text gives a meaning.
RESERVED = frozenset(_WORDS.split())


class NotExportableError(ValueError):
    """A construct that the language cannot say, or not with the core's meaning."""


def ada_name(name: str) -> str:
    """`dot_wide` as `Dot_Wide`."""
    plain = name if name.isascii() else "u" + name.encode().hex()
    parts = [part[:1].upper() + part[1:] for part in plain.split("_") if part]
    text = "_".join(parts)
    return text if text[:1].isalpha() else f"V{text}"


class Scope:
    """Names of one subprogram: all different in Ada too, which does not tell `n` from `N`."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = {name.lower() for name in taken} | RESERVED

    def fresh(self, name: str) -> str:
        """A name like this one that nothing else has, until it is released."""
        base = ada_name(name)
        if base.lower().startswith("result_"):  # those of the results
            base = f"V_{base}"
        found, number = base, 1
        while found.lower() in self._taken:
            number += 1
            found = f"{base}_V{number}"
        self._taken.add(found.lower())
        return found

    def release(self, name: str) -> None:
        """Let others have the name: its scope has ended."""
        self._taken.discard(name.lower())


def number(value: int) -> str:
    """An integer as text that stays readable."""
    magnitude = abs(value)
    sign = "-" if value < 0 else ""
    if magnitude < 10**6:
        return str(value)
    if magnitude.bit_count() == 1:
        return f"{sign}2 ** {magnitude.bit_length() - 1}"
    if (magnitude + 1).bit_count() == 1:
        body = f"2 ** {magnitude.bit_length()} - 1"
        return f"-({body})" if sign else body
    return f"{sign}16#{magnitude:X}#"
