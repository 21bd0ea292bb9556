"""Numbers as the outline prints them, and formulas over them with their printed uncertainty.

A number printed as `30.6` stands for any value in 30.55..30.65. A formula over printed numbers is
evaluated at every corner of these ranges, which bounds it wherever it is monotone in each input;
all formulas of the ledger are (a test samples the ranges). Exact inputs have no width.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

_NUMBER = re.compile(r"^[<>≈~+$]*(-?)(\d[\d,]*)(?:\.(\d+))?([KMB]?)[%+×]*$")
_SUFFIX = {"": 1, "K": 10**3, "M": 10**6, "B": 10**9}

Value = Fraction | float | int


def is_printed(text: str) -> bool:
    """Whether a text is a number as the outline prints them, `30.6` or `-12.5%`."""
    return _NUMBER.match(text) is not None


@dataclass(frozen=True, slots=True)
class Printed:
    """A number with its text; `half` is half a unit of the last digit printed."""

    text: str

    def __post_init__(self) -> None:
        if not is_printed(self.text):
            raise ValueError(f"{self.text!r} is not a printed number")

    @property
    def value(self) -> Fraction:
        """The number the digits denote."""
        sign, whole, decimals, suffix = self._parts()
        digits = Fraction(int(whole + decimals), 10 ** len(decimals)) * _SUFFIX[suffix]
        return -digits if sign else digits

    @property
    def half(self) -> Fraction:
        """Half a unit of the last printed digit: the tolerance that the digits imply."""
        _, _, decimals, suffix = self._parts()
        return Fraction(_SUFFIX[suffix], 2 * 10 ** len(decimals))

    def _parts(self) -> tuple[str, str, str, str]:
        match = _NUMBER.match(self.text)
        assert match is not None
        sign, whole, decimals, suffix = match.groups()
        return sign, whole.replace(",", ""), decimals or "", suffix

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Interval:
    """A formula's value at the printed numbers, and the extremes that rounding allows."""

    low: float
    nominal: Value
    high: float

    @property
    def slack(self) -> float:
        """How far rounding of the inputs can move the value."""
        return max(self.high - float(self.nominal), float(self.nominal) - self.low)


#: What a formula may call besides `+ - * / **`.
FUNCTIONS: Mapping[str, Callable[..., Value]] = {
    "abs": abs,
    "ceil": math.ceil,
    "floor": math.floor,
    "log2": math.log2,
    "max": max,
    "min": min,
    "sqrt": math.sqrt,
}


def exact(value: object) -> Fraction:
    """The nominal value of an input, of a date its day. Raises TypeError for what is no number."""
    if isinstance(value, Printed):
        return value.value
    if isinstance(value, int | Fraction):
        return Fraction(value)
    if isinstance(value, date):
        return Fraction(value.toordinal())
    raise TypeError(f"{value!r} is not a number; use Printed or Fraction")


def half_width(value: object) -> Fraction:
    """Half a unit of the last printed digit of an input; zero for an exact one."""
    return value.half if isinstance(value, Printed) else Fraction(0)


def evaluate(formula: str, inputs: Mapping[str, object]) -> Interval:
    """Value and extremes of a formula over named inputs.

    The formula is data of this package, never text from outside.
    """
    code = compile(formula, "<formula>", "eval")
    names = [name for name in code.co_names if name not in FUNCTIONS]
    missing = [name for name in names if name not in inputs]
    if missing:
        raise KeyError(f"{formula}: no input named {missing}")
    ends = [
        sorted({exact(inputs[n]) - half_width(inputs[n]), exact(inputs[n]) + half_width(inputs[n])})
        for n in names
    ]

    def at(values: tuple[Fraction, ...]) -> Value:
        scope = {"__builtins__": {}, **FUNCTIONS, **dict(zip(names, values, strict=True))}
        result: Value = eval(code, scope)
        return result

    nominal = at(tuple(exact(inputs[n]) for n in names))
    corners = [float(at(corner)) for corner in itertools.product(*ends)]
    return Interval(min(corners), nominal, max(corners))


def show(value: object, digits: int = 6) -> str:
    """A value in few digits, without exponent where it stays readable."""
    if isinstance(value, Printed):
        return value.text
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    if not isinstance(value, int | float | Fraction):
        return str(value)
    return _show_number(value, digits)


def _show_number(value: Value, digits: int) -> str:
    magnitude = abs(float(value))
    short = math.isfinite(magnitude) and magnitude < 10**12
    if short and Fraction(value).denominator == 1:
        return f"{int(value):,}"
    if not short or magnitude < 1e-4:
        return f"{float(value):.{digits - 1}e}"
    places = max(0, digits - 1 - math.floor(math.log10(magnitude)))
    text = f"{float(value):,.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
