"""Random programs of the verified subset, for the differential tests of the generator.

A program is one or two small contract functions and a kernel that may call them. Most are sensible
(index in range, divisor not zero, invariant true) and some are off by a little, so that checks fail
on some inputs. Names are those that the generator itself uses for its constants.
"""

from __future__ import annotations

import importlib.util
import itertools
import random
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import ModuleType
from typing import Any

from veriquant_proofs.vcgen.source import FunctionSource, TypeInfo
from veriquant_spec.types import Range

HEADER = """\
from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Annotated

from icontract import ensure, require

from veriquant_spec.markers import invariant, kernel, lemma, logic, variant
from veriquant_spec.types import Range

W16 = Range(-(2**15), 2**15 - 1)
W8 = Range(-128, 127)
U2 = Annotated[int, Range(0, 3)]
U4 = Annotated[int, Range(0, 15)]
S4 = Annotated[int, Range(-8, 7)]
S6 = Annotated[int, Range(-32, 31)]
Pos = Annotated[int, Range(1, 9)]
Neg = Annotated[int, Range(-9, -1)]
One = Annotated[int, Range(1, 1)]
SMALL = 11
LARGE = 2**15
Odd = Annotated[int, Range(-5, 12)]


@logic
def near(x: int, y: int) -> bool:
    return x - y <= 1 and y - x <= 1


@logic
def floor_half(x: int) -> int:
    return x // 2


@logic
def total(xs: Sequence[int], n: int) -> int:
    return total(xs, n - 1) + (xs[n - 1] if n <= len(xs) else 0) if n > 0 else 0


"""

RANGES = {
    "U2": Range(0, 3),
    "U4": Range(0, 15),
    "S4": Range(-8, 7),
    "S6": Range(-32, 31),
    "Pos": Range(1, 9),
    "Neg": Range(-9, -1),
    "One": Range(1, 1),
    "Odd": Range(-5, 12),
}

WORDS = {"INT64": Range(-(2**63), 2**63 - 1), "W16": Range(-(2**15), 2**15 - 1), "W8": None}
WORDS["W8"] = Range(-128, 127)

#: Names that the generator uses for constants of its own stand first.
NAMES = [
    "quotient",
    "remainder",
    "xs_len",
    "list",
    "acc",
    "first",
    "width",
    "total_",
    *"ijknmabcdefgpqrstuvxyz",
    "lo",
    "hi",
    "last",
    "step",
    "left",
    "right",
    "low",
    "high",
    "size_",
]


@dataclass(slots=True)
class Var:
    """A variable of the program: its kind, and the range its values were built to have."""

    kind: str  # "int", "bool", "list", "tuple"
    low: int = 0
    high: int = 0
    fixed: bool = False  # a parameter or a loop variable
    least: int = 0  # a list's length is at least this
    length: str = ""  # an expression that equals a list's length
    declared: Range | None = None


@dataclass(slots=True)
class Callee:
    """A contract function that later ones may call."""

    name: str
    parameters: list[str]  # names of ranges
    result: Range


@dataclass(slots=True)
class Text:
    """An integer expression, its precedence-safe text and the range it was built to have."""

    text: str
    low: int
    high: int


class Maker:
    """Writes one program."""

    def __init__(self, seed: int, number: int, flavour: str) -> None:
        self.random = random.Random(f"{seed}/{number}/{flavour}")
        self.flavour = flavour  # "straight", "loops", "bits", "wild", "lemma"
        self.number = number
        self.callees: list[Callee] = []
        self.list_callees: list[tuple[str, Range]] = []
        self.lines: list[str] = []
        self.variables: dict[str, Var] = {}
        self.unused: list[str] = []
        self.word = WORDS["INT64"]
        self.quantified: list[tuple[str, int]] = []
        self.branches = 0
        self.spec = False

    # ------------------------------------------------------------ helpers

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def pick(self, items: Sequence[Any]) -> Any:
        return self.random.choice(items)

    def name(self) -> str:
        return self.unused.pop(0)

    def emit(self, depth: int, text: str) -> None:
        self.lines.append("    " * depth + text)

    # ------------------------------------------------------------ expressions

    def integer(self, depth: int) -> Text:
        """A random integer expression; over-wide ones are mostly cut down."""
        value = self._integer(depth)
        if self.word is None:
            return value
        if (value.low not in self.word or value.high not in self.word) and self.chance(0.9):
            return self._cut(value)
        return value

    def _cut(self, value: Text) -> Text:
        limit = self.pick([5, 16, 100])
        if self.flavour == "bits":
            mask = self.pick([7, 15, 31])
            return Text(f"({value.text} & {mask})", 0, mask)
        if self.chance(0.5):
            return Text(f"{value.text} % {limit}", 0, limit - 1)
        return Text(f"min(max({value.text}, {-limit}), {limit})", -limit, limit)

    def _leaf(self) -> Text:
        ints = [(n, v) for n, v in self.variables.items() if v.kind == "int"]
        ints += [(n, Var("int", 0, h)) for n, h in self.quantified]
        if ints and self.chance(0.75):
            name, var = self.pick(ints)
            return Text(name, var.low, var.high)
        if self.chance(0.04):
            return Text("SMALL", 11, 11) if self.chance(0.8) else Text("LARGE", 2**15, 2**15)
        value = self.pick([0, 1, 2, 3, 5, 7, 8, 16, -1, -2, -3, -8, self.random.randint(-40, 40)])
        if self.chance(0.02):
            value = self.pick([127, 128, -128, -129, 2**15 - 1, -(2**15), 2**31, -(2**63), 2**63])
        return Text(f"({value})" if value < 0 else str(value), value, value)

    def _integer(self, depth: int) -> Text:
        if depth <= 0 or self.chance(0.15):
            return self._leaf()
        kinds = ["add"] * 4 + ["mul"] * 2 + ["neg", "abs", "minmax", "minmax", "if", "if"]
        kinds += ["shift", "mask", "mask"]
        if self.flavour == "bits":
            kinds += ["bits"] * 6 + ["shift"] * 2
        else:
            kinds += ["div"] * 4 + ["join"] + (["bits"] if self.chance(0.2) else [])
            if any(v.kind == "list" for v in self.variables.values()):
                kinds += ["read"] * 4 + ["len"]
        if any(v.kind == "tuple" for v in self.variables.values()):
            kinds += ["part"]
        if any(v.kind == "matrix" for v in self.variables.values()):
            kinds += ["cell"] * 4
        if self.callees and not self.quantified:
            kinds += ["call"] * 2
        if self.spec:
            kinds += ["logic"]
        return getattr(self, f"_{self.pick(kinds)}")(depth - 1)

    def _add(self, depth: int) -> Text:
        a, b = self.integer(depth), self.integer(depth)
        if self.chance(0.5):
            return Text(f"({a.text} + {b.text})", a.low + b.low, a.high + b.high)
        return Text(f"({a.text} - {b.text})", a.low - b.high, a.high - b.low)

    def _mul(self, depth: int) -> Text:
        a = self.integer(depth)
        b = self.integer(0) if self.chance(0.7) else self.integer(depth)
        corners = [x * y for x in (a.low, a.high) for y in (b.low, b.high)]
        return Text(f"({a.text} * {b.text})", min(corners), max(corners))

    def _neg(self, depth: int) -> Text:
        a = self.integer(depth)
        return Text(f"(-{a.text})", -a.high, -a.low)

    def _abs(self, depth: int) -> Text:
        a = self.integer(depth)
        return Text(f"abs({a.text})", 0, max(abs(a.low), abs(a.high)))

    def _minmax(self, depth: int) -> Text:
        a, b = self.integer(depth), self.integer(depth)
        if self.chance(0.5):
            return Text(f"min({a.text}, {b.text})", min(a.low, b.low), min(a.high, b.high))
        return Text(f"max({a.text}, {b.text})", max(a.low, b.low), max(a.high, b.high))

    def _if(self, depth: int) -> Text:
        a, b = self.integer(depth), self.integer(depth)
        condition = self.boolean(depth)
        text = f"({a.text} if {condition} else {b.text})"
        return Text(text, min(a.low, b.low), max(a.high, b.high))

    def _div(self, depth: int) -> Text:
        a, b = self.integer(depth), self._divisor(depth)
        if self.chance(0.5):
            reach = max(abs(a.low), abs(a.high))
            return Text(f"({a.text} // {b.text})", -reach, reach)
        largest = max(abs(b.low), abs(b.high))
        low = -largest if b.low < 0 else 0
        return Text(f"({a.text} % {b.text})", low, largest if b.high > 0 else 0)

    def _divisor(self, depth: int) -> Text:
        choice = self.random.random()
        if choice < 0.45:
            value = self.pick([1, 2, 3, 4, 7, 8, 16, -1, -2, -3, -8])
            return Text(f"({value})" if value < 0 else str(value), value, value)
        sure = [
            (n, v)
            for n, v in self.variables.items()
            if v.kind == "int" and (v.low > 0 or v.high < 0)
        ]
        if sure and choice < 0.7:
            name, var = self.pick(sure)
            return Text(name, var.low, var.high)
        a = self.integer(depth)
        if choice < 0.88:
            return Text(f"(abs({a.text}) + 1)", 1, max(abs(a.low), abs(a.high)) + 1)
        return a

    def _shift(self, depth: int) -> Text:
        a = self.integer(depth)
        choice = self.random.random()
        if choice < 0.5:
            n = self.random.randint(0, 4)
            amount = Text(str(n), n, n)
        elif choice < 0.9:
            b = self.integer(0)
            amount = Text(f"({b.text} & 3)", 0, 3)
        else:
            amount = self.integer(0)
        if self.chance(0.5) or amount.high > 8:
            return Text(f"({a.text} >> {amount.text})", min(a.low, 0), max(a.high, 0))
        top = max(amount.high, 0)
        return Text(f"({a.text} << {amount.text})", min(a.low << top, a.low), a.high << top)

    def _mask(self, depth: int) -> Text:
        a = self.integer(depth)
        mask = self.pick([0, 1, 3, 5, 7, 12, 15, 16, 22, 127])
        text = f"({a.text} & {mask})" if self.chance(0.7) else f"({mask} & {a.text})"
        return Text(text, 0, mask)

    def _bits(self, depth: int) -> Text:
        a, b = self.integer(depth), self.integer(depth)
        op = self.pick("&|^")
        reach = max(abs(v) for v in (a.low, a.high, b.low, b.high))
        reach = 2 ** (reach + 1).bit_length()
        low = -reach if min(a.low, b.low) < 0 else 0
        return Text(f"({a.text} {op} {b.text})", low, reach - 1)

    def _join(self, depth: int) -> Text:
        a, b = self.integer(depth), self.integer(depth)
        shift = self.random.randint(1, 4)
        whole = f"({b.text} << {shift})" if self.chance(0.6) else f"({b.text} * {2**shift})"
        op = self.pick("|^")
        mask = 2**shift - 1 if self.chance(0.9) else 2 ** (shift + 1) - 1
        low, high = b.low << shift, (b.high << shift) + mask
        parts = [f"({a.text} & {mask})", whole]
        self.random.shuffle(parts)
        return Text(f"({parts[0]} {op} {parts[1]})", min(low, 0), max(high, mask))

    def _read(self, depth: int) -> Text:
        name, var = self.pick([(n, v) for n, v in self.variables.items() if v.kind == "list"])
        return Text(f"{name}[{self._index(name, var, depth)}]", var.low, var.high)

    def _index(self, name: str, var: Var, depth: int) -> str:
        inside = [n for n, v in self.variables.items() if v.length and v.length == f"<{name}"]
        inside += [n for n, v in self.quantified if f"len({name})" == v]
        choice = self.random.random()
        if inside and choice < 0.6:
            return self.pick(inside)
        if var.least and choice < 0.8:
            return str(self.random.randrange(var.least))
        a = self.integer(min(depth, 1))
        if var.least and choice < 0.9:
            return f"{a.text} % {var.least}"
        if choice < 0.97:
            return f"{a.text} % max(len({name}), 1)" if self.chance(0.7) else "0"
        return a.text

    def _cell(self, depth: int) -> Text:
        name, var = self.pick([(n, v) for n, v in self.variables.items() if v.kind == "matrix"])
        if self.chance(0.15):
            return Text(f"len({name})" if self.chance(0.5) else f"len({name}[0])", 0, 4)
        return Text(f"{name}{self._place(name, var)}", var.low, var.high)

    def _place(self, name: str, var: Var) -> str:
        """Two subscripts, mostly in range."""
        parts = []
        for size in (f"len({name})", f"len({name}[0])"):
            choice = self.random.random()
            a = self.integer(0)
            if var.least and choice < 0.6:
                parts.append(str(self.random.randrange(var.least)))
            elif var.least and choice < 0.8:
                parts.append(f"{a.text} % {var.least}")
            elif choice < 0.9:
                parts.append(f"{a.text} % max({size}, 1)")
            else:
                parts.append(a.text)
        return "".join(f"[{p}]" for p in parts)

    def _len(self, depth: int) -> Text:
        name, var = self.pick([(n, v) for n, v in self.variables.items() if v.kind == "list"])
        return Text(f"len({name})", var.least, max(var.least, 6))

    def _part(self, depth: int) -> Text:
        name, var = self.pick([(n, v) for n, v in self.variables.items() if v.kind == "tuple"])
        return Text(f"{name}[{self.random.randrange(2)}]", var.low, var.high)

    def _call(self, depth: int) -> Text:
        callee = self.pick(self.callees)
        arguments = [self.within(RANGES[p], depth).text for p in callee.parameters]
        text = f"{callee.name}({', '.join(arguments)})"
        return Text(text, callee.result.low, callee.result.high)

    def _logic(self, depth: int) -> Text:
        lists = [n for n, v in self.variables.items() if v.kind == "list"]
        if lists and self.flavour != "bits" and self.chance(0.6):
            name = self.pick(lists)
            return Text(f"total({name}, len({name}))", -200, 200)
        if self.flavour == "bits":
            return self._leaf()
        a = self.integer(depth)
        return Text(f"floor_half({a.text})", min(a.low, 0) // 2, max(a.high, 0) // 2)

    def within(self, bounds: Range, depth: int, sure: float = 0.85) -> Text:
        """An expression that mostly lies in the range."""
        a = self.integer(depth)
        if (a.low in bounds and a.high in bounds) or not self.chance(sure):
            return a
        if bounds.low == 0 and (bounds.high + 1).bit_count() == 1 and self.chance(0.5):
            return Text(f"({a.text} & {bounds.high})", 0, bounds.high)
        text = f"min(max({a.text}, {bounds.low}), {bounds.high})"
        return Text(text, bounds.low, bounds.high)

    def boolean(self, depth: int) -> str:
        kinds = ["compare"] * 6 + ["chain", "and", "or", "not", "name", "name"]
        kind = self.pick(kinds) if depth > 0 else "compare"
        names = [n for n, v in self.variables.items() if v.kind == "bool"]
        if kind == "name" and names:
            name = self.pick(names)
            if self.chance(0.3):
                return f"({name} == ({self.boolean(0)}))"
            return str(name)
        if kind in ("and", "or"):
            return f"({self.boolean(depth - 1)} {kind} {self.boolean(depth - 1)})"
        if kind == "not":
            return f"(not {self.boolean(depth - 1)})"
        operators = ["==", "!=", "<", "<=", ">", ">="]
        parts = [self.integer(depth - 1).text]
        for _ in range(self.random.randint(2, 3) if kind == "chain" else 1):
            parts += [self.pick(operators), self.integer(depth - 1).text]
        return f"({' '.join(parts)})"

    # ------------------------------------------------------------ specifications

    def claim(self, value: str, low: int, high: int, depth: int = 1) -> str:
        """A condition on an integer: usually one that its range makes true."""
        choice = self.random.random()
        if choice < 0.3:
            return f"{value} <= {high + self.pick([0, 0, 0, 1, -1])}"
        if choice < 0.55:
            return f"{low + self.pick([0, 0, 0, -1, 1])} <= {value}"
        if choice < 0.75:
            return f"{low} <= {value} <= {high}"
        if choice < 0.85:
            return f"near({value}, {self.integer(depth).text})"
        operator = self.pick(["==", "!=", "<=", ">="])
        return f"{value} {operator} {self.integer(depth).text}"

    def list_claim(self, name: str, var: Var, bound: str) -> str:
        """A quantified condition on the elements before `bound`."""
        index = self.pick(["i", "j", "w", "pos", "quotient"])
        while index in self.variables or index in [n for n, _ in self.quantified]:
            index += "_"
        element = f"{name}[{index}]"
        body = self.claim(element, var.low, var.high, 0)
        if self.chance(0.15):
            body = f"({body} or {element} == {self._leaf().text})"
        start = "" if self.chance(0.8) else f"{self.pick([0, 1])}, "
        return f"{self.pick(['all'] * 5 + ['any'])}({body} for {index} in range({start}{bound}))"

    # ------------------------------------------------------------ statements

    def assign(self, depth: int) -> None:
        ints = [n for n, v in self.variables.items() if v.kind == "int" and not v.fixed]
        if ints and self.chance(0.45):
            name = self.pick(ints)
            var = self.variables[name]
            bounds = var.declared or self.word
            assert bounds is not None
            if self.chance(0.3):
                operator = self.pick(["+=", "-="])
                step = self.integer(1)
                self.emit(depth, f"{name} {operator} {step.text}")
                reach = max(abs(step.low), abs(step.high))
                var.low, var.high = var.low - reach, var.high + reach
            elif len(ints) > 1 and self.chance(0.2):
                other = self.pick(ints)
                if other != name:
                    a, b = self.variables[name], self.variables[other]
                    self.emit(depth, f"{name}, {other} = {other}, {name}")
                    a.low = b.low = min(a.low, b.low)
                    a.high = b.high = max(a.high, b.high)
                return
            else:
                value = self.within(bounds, 2)
                self.emit(depth, f"{name} = {value.text}")
                var.low, var.high = min(var.low, value.low), max(var.high, value.high)
            if var.declared:
                var.low, var.high = max(var.low, var.declared.low), min(var.high, var.declared.high)
            return
        if self.chance(0.12):
            condition = self.boolean(2)
            name = self.name()
            self.emit(depth, f"{name} = {condition}")
            self.variables[name] = Var("bool")
            return
        if self.chance(0.1):
            a, b = self.integer(1), self.integer(1)
            name = self.name()
            self.emit(depth, f"{name} = ({a.text}, {b.text})")
            low, high = min(a.low, b.low), max(a.high, b.high)
            self.variables[name] = Var("tuple", low, high)
            return
        if self.chance(0.3):
            kind = self.pick(list(RANGES))
            value = self.within(RANGES[kind], 2)
            name = self.name()
            self.emit(depth, f"{name}: {kind} = {value.text}")
            low, high = RANGES[kind]
            self.variables[name] = Var("int", low, high, declared=RANGES[kind])
            return
        value = self.integer(3)
        name = self.name()
        self.emit(depth, f"{name} = {value.text}")
        self.variables[name] = Var("int", value.low, value.high)

    def assertion(self, depth: int) -> None:
        ints = [(n, v) for n, v in self.variables.items() if v.kind == "int"]
        if not ints:
            return
        name, var = self.pick(ints)
        with_spec = self.in_spec(lambda: self.claim(name, var.low, var.high))
        self.emit(depth, f"assert {with_spec}")

    def in_spec(self, make: Any) -> str:
        self.spec = True
        try:
            return str(make())
        finally:
            self.spec = False

    def branch(self, depth: int, nested: int) -> None:
        self.branches += 1
        condition = self.boolean(2)
        self.emit(depth, f"if {condition}:")
        before = {
            n: Var(**{s: getattr(v, s) for s in Var.__slots__}) for n, v in self.variables.items()
        }
        self.statements(depth + 1, self.random.randint(1, 2), nested - 1)
        if self.chance(0.1) and self.can_leave:
            self.leave(depth + 1)
        after = self.variables
        self.variables = before
        if self.chance(0.6):
            self.emit(depth, "else:")
            self.statements(depth + 1, self.random.randint(1, 2), nested - 1)
        self.join(after)

    def join(self, other: dict[str, Var]) -> None:
        """Variables of both branches, with ranges that hold them both."""
        merged = {}
        for name, var in self.variables.items():
            twin = other.get(name)
            if twin is not None and twin.kind == var.kind:
                var.low, var.high = min(var.low, twin.low), max(var.high, twin.high)
                var.least = min(var.least, twin.least)
                merged[name] = var
        self.variables = merged

    can_leave = True

    def statements(self, depth: int, count: int, nested: int) -> None:
        start = len(self.lines)
        for _ in range(count):
            choice = self.random.random()
            if nested > 0 and self.branches < 3 and choice < 0.2:
                self.branch(depth, nested)
            elif choice < 0.3:
                self.assertion(depth)
            elif choice < 0.6 and self.flavour == "wild":
                self.wild(depth)
            elif choice < 0.4 and self.flavour != "bits":
                self.lists(depth)
            else:
                self.assign(depth)
        if len(self.lines) == start:
            self.emit(depth, "pass")

    def lists(self, depth: int) -> None:
        own = [(n, v) for n, v in self.variables.items() if v.kind == "list" and not v.fixed]
        if own and self.chance(0.6):
            name, var = self.pick(own)
            bounds = var.declared or self.word
            assert bounds is not None
            value = self.within(bounds, 2)
            self.emit(depth, f"{name}[{self._index(name, var, 1)}] = {value.text}")
            var.low, var.high = min(var.low, value.low), max(var.high, value.high)
            if var.declared:
                var.low, var.high = var.declared
            return
        kind = self.pick(["U4", "S6", "Odd"])
        declared = RANGES[kind] if self.chance(0.7) else None
        note = f": list[{kind}]" if declared else ""
        if self.chance(0.5):
            count = self.random.randint(1, 4)
            parts = [self.within(RANGES[kind], 1) for _ in range(count)]
            name = self.name()
            self.emit(depth, f"{name}{note} = [{', '.join(p.text for p in parts)}]")
            least, low = count, min(p.low for p in parts)
            high = max(p.high for p in parts)
        else:
            item = self.pick([0, 1, 3, 3, 20, -7])
            count_text = self.integer(1) if self.chance(0.4) else None
            least = self.random.randint(1, 4) if count_text is None else 0
            shown = str(least) if count_text is None else f"min({count_text.text}, 5)"
            name = self.name()
            self.emit(depth, f"{name}{note} = [{item}] * {shown}")
            low = high = item
        if declared:
            low, high = declared
        self.variables[name] = Var("list", low, high, least=least, declared=declared)

    def wild(self, depth: int) -> None:
        """Matrices, lists bound again, lists in tuples, second names for a list."""
        lists = [(n, v) for n, v in self.variables.items() if v.kind == "list"]
        own = [(n, v) for n, v in lists if not v.fixed]
        matrices = [(n, v) for n, v in self.variables.items() if v.kind == "matrix" and not v.fixed]
        choice = self.random.random()
        if choice < 0.3:
            if matrices and self.chance(0.6):
                name, var = self.pick(matrices)
                value = self.within(var.declared or Range(-99, 99), 2)
                self.emit(depth, f"{name}{self._place(name, var)} = {value.text}")
                if var.declared is None:
                    var.low, var.high = min(var.low, value.low), max(var.high, value.high)
                return
            kind = self.pick(["U4", "S6"])
            rows, width = self.random.randint(1, 3), self.random.randint(1, 3)
            name = self.name()
            note = f": list[list[{kind}]]" if self.chance(0.7) else ""
            item = self.random.randint(0, 9)
            row = f"[{item}] * {width if self.chance(0.8) else self.integer(0).text}"
            count = rows if self.chance(0.8) else f"min({self.integer(0).text}, 3)"
            self.emit(depth, f"{name}{note} = [{row} for _ in range({count})]")
            declared = RANGES[kind] if note else None
            low, high = declared or (item, item)
            sure = row[-1].isdigit() and isinstance(count, int) and row.endswith(f"* {width}")
            least = min(rows, width) if sure else 0
            self.variables[name] = Var("matrix", low, high, least=least, declared=declared)
            return
        if choice < 0.5 and own:
            name, var = self.pick(own)
            bounds = var.declared or Range(-9, 9)
            count = self.random.randint(1, 4)
            parts = [self.within(bounds, 0).text for _ in range(count)]
            value = f"[{', '.join(parts)}]" if self.chance(0.6) else f"[{bounds.low}] * {count}"
            self.emit(depth, f"{name} = {value}")
            var.least = count
            var.low, var.high = min(var.low, bounds.low), max(var.high, bounds.high)
            return
        if choice < 0.6 and own:
            name, var = self.pick(own)
            other, number = self.name(), self.integer(1)
            made = self.pick(
                [
                    f"{other} = {name}",
                    f"{other} = ({name}, {number.text})",
                    f"{other}, {self.name()} = {name}, {number.text}",
                    f"{other} = ([1, 2], {number.text})",
                ]
            )
            self.emit(depth, made)
            if self.chance(0.7):
                self.emit(depth, f"{name}[0] = {self.within(Range(0, 3), 1).text}")
            return
        if choice < 0.7 and self.list_callees and lists:
            name, var = self.pick(lists)
            other = self.name()
            callee, bounds = self.pick(self.list_callees)
            self.emit(depth, f"{other} = {callee}({name}, {self.within(RANGES['U2'], 1).text})")
            self.variables[other] = Var("list", *bounds)
            return
        if choice < 0.8:
            pair = self.name()
            a, b = self.within(RANGES["U4"], 1), self.boolean(1)
            self.emit(depth, f"{pair} = ({a.text}, ({b}, {a.text}))")
            first, second = self.name(), self.name()
            self.emit(depth, f"{first}, {second} = {pair}")
            self.variables[first] = Var("int", a.low, a.high)
            return
        self.lists(depth)

    # ------------------------------------------------------------ loops

    def loop(self, depth: int, nested: int) -> None:
        self.pick([self.count_up, self.count_up, self.count_down, self.fill])(depth, nested)

    def stop(self) -> tuple[str, int, str]:
        """Stop of a loop, its largest value, and the list whose indices it covers."""
        lists = [n for n, v in self.variables.items() if v.kind == "list"]
        if lists and self.chance(0.6):
            name = self.pick(lists)
            return f"len({name})", 6, name
        counts = [n for n, v in self.variables.items() if v.kind == "int" and 0 < v.high <= 15]
        if counts and self.chance(0.6):
            name = self.pick(counts)
            return name, self.variables[name].high, ""
        value = self.random.randint(0, 6)
        return str(value), value, ""

    def count_up(self, depth: int, nested: int) -> None:
        """`for` with an accumulator that moves by bounded steps."""
        stop, most, covers = self.stop()
        start = self.random.randint(-1, 2) if self.chance(0.25) else 0
        begin = self.integer(1)
        acc, index = self.name(), self.name()
        declared = self.pick(["", "", ": S6", ": Odd"])
        self.emit(depth, f"{acc}{declared} = {begin.text}")
        bounds = RANGES[declared[2:]] if declared else None
        self.variables[acc] = Var("int", begin.low, begin.high, declared=bounds)
        first = "" if start == 0 else f"{start}, "
        self.emit(depth, f"for {index} in range({first}{stop}):")
        outside = set(self.variables)
        inside_list = f"<{covers}" if covers and start >= 0 else ""
        self.variables[index] = Var("int", start, max(most - 1, start), True, length=inside_list)
        place = len(self.lines)
        low = high = 0
        shape = self.random.random()
        if shape < 0.65:  # a sum of bounded steps
            step = self.integer(2)
            low, high = step.low, step.high
            if nested > 0 and self.chance(0.2):
                self.branch(depth + 1, 0)
            elif nested > 0 and self.chance(0.15):
                self.count_up(depth + 1, 0)
            elif self.chance(0.3):
                self.statements(depth + 1, 1, 0)
            if self.chance(0.3):
                self.emit(depth + 1, f"if {self.boolean(1)}:")
                self.emit(depth + 2, f"{acc} = {acc} + {step.text}")
                low, high = min(low, 0), max(high, 0)
            else:
                self.emit(depth + 1, f"{acc} = {acc} + {step.text}")
            count = f"({index} - {start})" if start else index
            least = f"{begin.low} + {low} * {count}" if low else str(begin.low)
            largest = f"{begin.high} + {high} * {count}" if high else str(begin.high)
            if start < 0 or self.chance(0.1):
                least, largest = str(begin.low - 99), str(begin.high + 99)
            invariants = [f"{least} <= {acc}", f"{acc} <= {largest}"]
        else:  # a running extreme
            name = self.pick(["min", "max"])
            step = self.integer(2)
            self.emit(depth + 1, f"{acc} = {name}({acc}, {step.text})")
            low, high = min(begin.low, step.low), max(begin.high, step.high)
            invariants = [f"{low} <= {acc}", f"{acc} <= {high}"]
            low, high = low - begin.low, high - begin.high
            if covers and self.chance(0.5):
                pos = "pos"
                relation = "<=" if name == "min" else ">="
                invariants.append(
                    f"all({acc} {relation} {covers}[{pos}] for {pos} in range({index}))"
                )
        self._place_invariants(depth + 1, place, invariants)
        self.forget(outside)
        var = self.variables[acc]
        var.low = begin.low + min(low * most, 0)
        var.high = begin.high + max(high * most, 0)
        if bounds:
            var.low, var.high = max(var.low, bounds.low), min(var.high, bounds.high)

    def _place_invariants(self, depth: int, place: int, invariants: list[str]) -> None:
        chosen = []
        for text in invariants:
            if self.chance(0.06):
                continue
            if self.chance(0.06):
                text = text.replace("<=", self.pick(["<", ">="]), 1)
            chosen.append(text)
        if self.chance(0.15):
            ints = [(n, v) for n, v in self.variables.items() if v.kind == "int"]
            name, var = self.pick(ints)
            chosen.append(self.in_spec(lambda: self.claim(name, var.low, var.high)))
        lists = [(n, v) for n, v in self.variables.items() if v.kind == "list"]
        if lists and self.chance(0.2):
            name, var = self.pick(lists)
            chosen.append(self.in_spec(lambda: self.list_claim(name, var, f"len({name})")))
        if chosen:
            text = f"{'    ' * depth}assert invariant({', '.join(chosen)})"
            self.lines.insert(place, text)

    def count_down(self, depth: int, nested: int) -> None:
        """`while` with a counter that shrinks."""
        begin = self.within(Range(0, 12), 1, 0.95)
        k = self.name()
        self.emit(depth, f"{k} = {begin.text}")
        most = max(begin.high, 0)
        self.variables[k] = Var("int", begin.low, most)
        acc = ""
        if self.chance(0.6):
            first = self.integer(1)
            acc = self.name()
            self.emit(depth, f"{acc} = {first.text}")
            self.variables[acc] = Var("int", first.low, first.high)
        floor = self.pick([0, 0, 1, 2])
        self.emit(depth, f"while {k} > {floor}:")
        outside = set(self.variables)
        place = len(self.lines)
        invariants = [f"0 <= {k}", f"{k} <= {most}"]
        low = high = 0
        if acc:
            step = self.integer(1)
            self.emit(depth + 1, f"{acc} = {acc} + {step.text}")
            low, high = step.low * most, step.high * most
            base = self.variables[acc]
            invariants.append(f"{base.low} + {step.low} * ({most} - {k}) <= {acc}")
            invariants.append(f"{acc} <= {base.high} + {step.high} * ({most} - {k})")
        if self.chance(0.3):
            self.statements(depth + 1, 1, 0)
        self.variables[k].fixed = False
        shrink = self.pick([f"{k} - 1"] * 4 + [f"{k} // 2", f"{k} - 2", f"{k} % 2", f"{k} - 1 + 0"])
        self.emit(depth + 1, f"{k} = {shrink}")
        measure = k if self.chance(0.9) else self.pick([f"{k} + 1", f"2 * {k}", f"{k} - 1", "5"])
        self._place_invariants(depth + 1, place, invariants)
        self.lines.insert(place, f"{'    ' * (depth + 1)}assert variant({measure})")
        self.forget(outside)
        self.variables[k] = Var("int", -1, most)
        if acc:
            var = self.variables[acc]
            var.low, var.high = var.low + min(low, 0), var.high + max(high, 0)

    def fill(self, depth: int, nested: int) -> None:
        """A list filled from its first element on, described by a quantified invariant."""
        stop, most, covers = self.stop()
        kind = self.pick(["U4", "S6", "Odd"])
        xs, index = self.name(), self.name()
        self.emit(depth, f"{xs}: list[{kind}] = [{self.pick([0, 1, 3])}] * {stop}")
        var = Var("list", *RANGES[kind], declared=RANGES[kind])
        self.emit(depth, f"for {index} in range({stop}):")
        outside = {*self.variables, xs}
        inside_list = f"<{covers}" if covers else ""
        self.variables[index] = Var("int", 0, max(most - 1, 0), True, length=inside_list)
        place = len(self.lines)
        value = self.within(RANGES[kind], 2)
        self.emit(depth + 1, f"{xs}[{index}] = {value.text}")
        pos = "pos"
        same = re.sub(rf"\b{index}\b", pos, value.text)
        invariants = []
        if self.chance(0.5):
            invariants.append(f"all({xs}[{pos}] == {same} for {pos} in range({index}))")
        low, high = max(value.low, var.low), min(value.high, var.high)
        invariants.append(
            f"all({low} <= {xs}[{pos}] and {xs}[{pos}] <= {high} for {pos} in range({index}))"
        )
        self.variables[xs] = var
        self._place_invariants(depth + 1, place, invariants)
        self.forget(outside)
        if self.chance(0.7):
            var.low, var.high = low, high

    def forget(self, names: set[str]) -> None:
        self.variables = {n: v for n, v in self.variables.items() if n in names}

    # ------------------------------------------------------------ functions

    def leave(self, depth: int) -> None:
        """`return` of the declared type."""
        kind, bounds = self.result
        if kind == "int":
            self.emit(depth, f"return {self.within(bounds, 2, 0.9).text}")
        elif kind == "tuple":
            a, b = self.within(bounds, 1, 0.9), self.within(bounds, 1, 0.9)
            self.emit(depth, f"return {a.text}, {b.text}")
        else:
            own = [n for n, v in self.variables.items() if v.kind == "list" and not v.fixed]
            if own and self.chance(0.8):
                self.emit(depth, f"return {self.pick(own)}")
            else:
                parts = [self.within(bounds, 1, 0.9).text for _ in range(2)]
                self.emit(depth, f"return [{', '.join(parts)}]")

    def function(self, name: str, small: bool) -> None:
        """One contract function; it joins the callees of those after it."""
        bits = self.flavour == "bits"
        self.unused = list(NAMES)
        self.random.shuffle(self.unused)
        self.variables, self.quantified, self.branches = {}, [], 0
        word = "INT64" if bits or self.chance(0.6) else self.pick(["W16", "W8"])
        self.word = WORDS[word]
        parameters: list[tuple[str, str, Var]] = []
        for _ in range(self.random.randint(1, 2 if small else 3)):
            parameter = self.name()
            kind = self.pick(list(RANGES))
            if not small and self.chance(0.15):
                parameters.append((parameter, "bool", Var("bool", fixed=True)))
            elif self.flavour == "wild" and not small and self.chance(0.25):
                element = self.pick(["U2", "S4"])
                var = Var("matrix", *RANGES[element], True, declared=RANGES[element])
                parameters.append((parameter, f"Sequence[Sequence[{element}]]", var))
            elif not small and not bits and self.chance(0.35):
                element = self.pick(["U2", "U4", "S4", "Odd"])
                var = Var("list", *RANGES[element], True, declared=RANGES[element])
                parameters.append((parameter, f"Sequence[{element}]", var))
            else:
                var = Var("int", *RANGES[kind], True, declared=RANGES[kind])
                parameters.append((parameter, kind, var))
        self.variables = {n: v for n, _, v in parameters}
        kinds = ["int"] * 4 + ["tuple"] if not bits else ["int"]
        if not small and not bits:
            kinds += ["list"]
        shape = self.pick(kinds) if not small else "int"
        kind = self.pick(["U4", "S4", "S6", "Odd", "S6", "Odd"])
        self.result = (shape, RANGES[kind])
        body_start = len(self.lines)
        requires = self._requires(parameters, small)
        can_leave = not small
        self.can_leave = can_leave
        if small:
            if self.chance(0.3):
                self.assign(1)
        elif self.flavour in ("loops", "wild"):
            self.statements(1, self.random.randint(0, 2), 1)
            for _ in range(self.random.choice([1, 1, 1, 2])):
                self.loop(1, 1)
                self.statements(1, self.random.randint(0, 1), 0)
        else:
            self.statements(1, self.random.randint(1, 5), 2)
        value = ""
        if small:
            expression = self.within(RANGES[kind], 2, 0.97)
            value = expression.text
            self.emit(1, f"return {value}")
        else:
            self.leave(1)
        body = self.lines[body_start:]
        del self.lines[body_start:]
        names = {n: v for n, _, v in parameters}
        known = set(re.findall(r"\w+", value)) & set(NAMES) <= set(names)
        ensures = self._ensures(shape, kind, names, value if known else "")
        theory = ', theory="bv"' if bits else ""
        own_word = "" if word == "INT64" else f", word={word}"
        self.emit(0, f'@kernel("VQ-RND-001"{own_word}{theory})')
        for text in requires:
            self.emit(0, f"@require(lambda {', '.join(names)}: {text})")
        for text in ensures:
            self.emit(0, f"@ensure(lambda {', '.join([*names, 'result'])}: {text})")
        typed = ", ".join(f"{n}: {t}" for n, t, _ in parameters)
        returned = {"int": kind, "tuple": f"tuple[{kind}, {kind}]", "list": f"list[{kind}]"}[shape]
        self.emit(0, f"def {name}({typed}) -> {returned}:")
        self.lines += body
        self.emit(0, "")
        self.emit(0, "")
        if small and all(v.kind == "int" for v in names.values()):
            self.callees.append(Callee(name, [t for _, t, _ in parameters], RANGES[kind]))

    def listed(self, name: str) -> None:
        """A contract function from a list to a list."""
        bound = self.random.randint(2, 9)
        exact = self.chance(0.7)
        self.emit(0, '@kernel("VQ-RND-001")')
        self.emit(0, "@require(lambda xs: len(xs) <= 9)")
        self.emit(0, "@ensure(lambda xs, result: len(result) == len(xs))")
        if exact:
            self.emit(
                0,
                f"@ensure(lambda c, result: all(result[i] <= c + {bound} for i in "
                "range(len(result))))",
            )
        self.emit(0, f"def {name}(xs: Sequence[S6], c: U2) -> list[S6]:")
        self.emit(1, "out: list[S6] = [0] * len(xs)")
        self.emit(1, "for i in range(len(xs)):")
        self.emit(2, f"assert invariant(all(out[j] <= c + {bound} for j in range(i)))")
        self.emit(2, f"out[i] = min(xs[i], c) + {self.random.randint(0, bound)}")
        self.emit(1, "return out")
        self.emit(0, "")
        self.emit(0, "")
        self.list_callees.append((name, RANGES["S6"]))

    # ------------------------------------------------------------ lemmas

    def real(self, depth: int) -> str:
        """An expression over rationals and integers."""
        names = [n for n, v in self.variables.items() if v.kind == "real"]
        if depth <= 0 or not names or self.chance(0.2):
            if names and self.chance(0.7):
                return str(self.pick(names))
            return self._leaf().text
        a, b = self.real(depth - 1), self.real(depth - 1)
        choice = self.random.random()
        if choice < 0.1:
            return f"abs({a})"
        if choice < 0.2:
            return f"(-{a})"
        if choice < 0.3:
            return f"({a} if {self.boolean(1)} else {a} + {b})"
        if choice < 0.4:
            return f"({a} / {self.pick(['2', '(-3)', b, f'(abs({b}) + 1)'])})"
        return f"({a} {self.pick('+-*')} {b})"

    def fact(self) -> str:
        """A condition over the lemma's parameters: some are identities, some are not."""
        reals = [n for n, v in self.variables.items() if v.kind == "real"]
        if not reals or self.chance(0.5):
            a = self.integer(2).text
            choice = self.random.random()
            if choice < 0.2:
                return f"{a} == {a} // 3 * 3 + {a} % 3"
            if choice < 0.3:
                return f"({a}) * ({a}) >= 0"
            return self.boolean(2)
        a, b = self.real(2), self.real(2)
        choice = self.random.random()
        if choice < 0.25:
            return f"({a} + {b}) * 2 == 2 * {a} + {b} + {b}"
        if choice < 0.4:
            return f"abs({a}) >= {a}"
        return f"{a} {self.pick(['<', '<=', '==', '!='])} {b}"

    def lemma(self, name: str, others: list[tuple[str, list[str]]]) -> None:
        """A lemma that may use the ones before it."""
        self.unused = list(NAMES)
        self.random.shuffle(self.unused)
        self.word = None
        self.spec = True
        kinds = [self.pick(["int", "int", "Fraction", "Odd"]) for _ in range(3)]
        names = [self.name() for _ in kinds]
        self.variables = {
            n: Var("real" if k == "Fraction" else "int", -40, 40, True)
            for n, k in zip(names, kinds, strict=True)
        }
        requires = [self.fact() for _ in range(self.random.choice([0, 0, 1, 1, 2]))]
        ensures = [self.fact() for _ in range(self.random.randint(1, 2))]
        start = len(self.lines)
        for _ in range(self.random.randint(0, 3)):
            if others and self.chance(0.4):
                other, wanted = self.pick(others)
                given = [self.real(1) if k == "Fraction" else self.integer(1).text for k in wanted]
                reals = {n for n, v in self.variables.items() if v.kind == "real"}
                given = [
                    f"Fraction({g})"
                    if k == "Fraction" and not reals & set(re.findall(r"\w+", g)) and "/" not in g
                    else g
                    for g, k in zip(given, wanted, strict=True)
                ]
                self.emit(1, f"assert {other}({', '.join(given)})")
            elif self.chance(0.3):
                self.emit(1, f"if {self.boolean(1)}:")
                self.emit(2, f"assert {self.fact()}")
            else:
                self.emit(1, f"assert {self.fact()}")
        self.emit(1, "return True")
        body = self.lines[start:]
        del self.lines[start:]
        self.emit(0, '@lemma("T1", "VQ-RND-001")')
        for text in requires:
            self.emit(0, f"@require(lambda {', '.join(names)}: {text})")
        for text in ensures:
            self.emit(0, f"@ensure(lambda {', '.join(names)}: {text})")
        typed = ", ".join(f"{n}: {k}" for n, k in zip(names, kinds, strict=True))
        self.emit(0, f"def {name}({typed}) -> bool:")
        self.lines += [*body, "", ""]
        others.append((name, kinds))

    def _requires(self, parameters: list[tuple[str, str, Var]], small: bool) -> list[str]:
        found = []
        for name, _, var in parameters:
            if var.kind == "list":
                if self.chance(0.5):
                    var.least = self.random.randint(1, 2)
                    found.append(f"len({name}) >= {var.least}")
                found.append(f"len({name}) <= 6")
                if self.chance(0.15):
                    pos = "pos"
                    found.append(
                        f"all({name}[{pos}] >= {var.low + 1} for {pos} in range(len({name})))"
                    )
                    var.low += 1
            elif var.kind == "matrix":
                if self.chance(0.6):
                    var.least = self.random.randint(1, 2)
                    found.append(f"len({name}) >= {var.least}")
                    found.append(
                        f"all(len({name}[pos]) >= {var.least} for pos in range(len({name})))"
                    )
                found.append(f"len({name}) <= 3")
            elif var.kind == "int" and self.chance(0.2):
                cut = self.random.randint(var.low, var.high)
                found.append(f"{name} <= {cut}")
                var.high = cut
        lists = [n for n, _, v in parameters if v.kind == "list"]
        if len(lists) == 2 and self.chance(0.5):
            found.append(f"len({lists[0]}) == len({lists[1]})")
        if self.chance(0.1):
            found.append(self.in_spec(lambda: self.boolean(1)))
        return found

    def _ensures(self, shape: str, kind: str, names: dict[str, Var], exact: str) -> list[str]:
        self.variables = names
        low, high = RANGES[kind]
        if shape == "int":
            found = [self.in_spec(lambda: self.claim("result", low, high))]
            if exact and self.chance(0.8):
                found.append(f"result == {exact}")
            return found
        if shape == "tuple":
            return [self.in_spec(lambda: self.claim("result[0]", low, high))]
        var = Var("list", low, high)
        return [self.in_spec(lambda: self.list_claim("result", var, "len(result)"))]

    def program(self) -> tuple[str, list[str]]:
        """Text of the functions (without the header) and their names."""
        names: list[str] = []
        if self.flavour == "lemma":
            known: list[tuple[str, list[str]]] = []
            for i in range(self.random.randint(1, 2)):
                names.append(f"lemma_{self.number}_{i}")
                self.lemma(names[-1], known)
            return "\n".join(self.lines) + "\n", names
        for i in range(self.random.choice([0, 0, 1, 2])):
            names.append(f"helper_{self.number}_{i}")
            self.function(names[-1], small=True)
        if self.flavour == "wild" and self.chance(0.5):
            names.append(f"listed_{self.number}")
            self.listed(names[-1])
        names.append(f"main_{self.number}")
        self.function(names[-1], small=False)
        return "\n".join(self.lines) + "\n", names


# -------------------------------------------------------------------- modules and inputs

_serial = itertools.count()


def load(text: str, folder: Path) -> ModuleType:
    """A module of that text, in a file of its own."""
    name = f"random_programs_{next(_serial)}"
    path = folder / f"{name}.py"
    path.write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def arguments(source: FunctionSource, chosen: random.Random) -> dict[str, Any]:
    """Random arguments of the parameters' types, edges among them."""
    return {name: _argument(info, chosen) for name, info in source.parameters}


def _argument(info: TypeInfo, chosen: random.Random) -> Any:
    if info.shape == "bool":
        return chosen.random() < 0.5
    if info.shape == "real":
        return Fraction(chosen.randint(-12, 12), chosen.choice([1, 1, 2, 3, 7]))
    low, high = info.bounds or (-40, 40)
    if info.shape == "int":
        if chosen.random() < 0.3:
            return chosen.choice([v for v in (low, high, 0, 1, -1) if low <= v <= high])
        return chosen.randint(low, high)
    inner = TypeInfo(info.shape[:-2], info.bounds)
    if inner.shape == "int[]":
        return [_argument(inner, chosen) for _ in range(chosen.choice([0, 1, 2, 2, 3]))]
    return [_argument(inner, chosen) for _ in range(chosen.choice([0, 1, 1, 2, 3, 4, 6]))]
