"""Inputs of a function: boundaries of ranges, powers of two and their neighbours, short lists."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from fractions import Fraction
from math import prod
from typing import Any

from veriquant_proofs.core.interpreter import CheckFailed, Machine, StepLimit
from veriquant_proofs.core.syntax import Function
from veriquant_proofs.core.types import (
    BoolType,
    IntType,
    MatrixType,
    RealType,
    SequenceType,
    TupleType,
    Type,
)
from veriquant_proofs.runtime import repair
from veriquant_proofs.runtime.repair import Repair
from veriquant_spec.types import Range

#: Functions with no more combinations of arguments than this are tried on all of them.
ALL = 4096

#: Lengths of lists: mostly short, since contracts speak of every element.
LENGTHS = (0, 1, 1, 2, 2, 3, 3, 4, 5, 8)
LONGEST = 33

#: Largest power of two tried where no range says more.
POWER = 70


class Generator:
    """Makes arguments of one function, the same for the same seed."""

    def __init__(self, machine: Machine, function: Function, seed: str) -> None:
        self.machine, self.function = machine, function
        self.chance = random.Random(seed)
        self.repair = Repair(machine, function, self.chance, self.value)
        #: longest list that is made at random: less where runs take long
        self.longest = LONGEST

    @property
    def domain(self) -> int | None:
        """Number of combinations of arguments, where it is small enough to try them all."""
        sizes = [_size(p.type) for p in self.function.parameters]
        known = [size for size in sizes if size is not None]
        return total if len(known) == len(sizes) and (total := prod(known)) <= ALL else None

    def everything(self) -> Iterator[dict[str, Any]]:
        """Every combination of arguments."""
        names = [p.name for p in self.function.parameters]
        for values in itertools.product(*(_all(p.type) for p in self.function.parameters)):
            yield dict(zip(names, values, strict=True))

    def admissible(self, attempts: int) -> Iterator[dict[str, Any]]:
        """Arguments inside the precondition: all of them, or up to `attempts` that differ."""
        if self.domain is not None:
            yield from filter(self._allowed, self.everything())
            return
        seen: set[str] = set()
        for _ in range(attempts):
            values = self.arguments()
            if self.repair.admissible(values):
                key = repr(_plain(values))
                if key not in seen:
                    seen.add(key)
                    yield values
            else:  # perhaps the precondition wants longer lists
                self.repair.longest = min(self.repair.longest + 1, repair.LONGEST)

    def arguments(self) -> dict[str, Any]:
        """Arguments of the right types, whatever the preconditions say."""
        return {p.name: self.value(p.type) for p in self.function.parameters}

    def _allowed(self, values: dict[str, Any]) -> bool:
        """Whether the interpreter would run them. A precondition without meaning allows nothing
        here: that it has one is an obligation of its own."""
        try:
            return self.machine.admissible(self.function.id, values) is None
        except (CheckFailed, StepLimit):
            return False

    # ---------------------------------------------------------------- values

    def value(self, kind: Type) -> Any:
        """A value of a type."""
        chance = self.chance
        match kind:
            case IntType(range=bounds):
                return self.integer(bounds)
            case BoolType():
                return chance.random() < 0.5
            case RealType():
                return Fraction(self.integer(Range(-(2**9), 2**9)), chance.choice([1, 2, 3, 7, 64]))
            case SequenceType(element=element):
                return self.elements(element, self.length())
            case MatrixType(element=element):
                width = self.length()
                return [self.elements(element, width) for _ in range(self.length())]
            case TupleType(items=items):
                return tuple(self.value(item) for item in items)

    def length(self) -> int:
        """Mostly short."""
        rarely = self.chance.random() < 0.02
        found = self.chance.randint(6, LONGEST) if rarely else self.chance.choice(LENGTHS)
        return min(found, self.longest)

    def paced(self, *, behind: bool) -> None:
        """Make shorter lists from now on, or longer ones again."""
        self.longest = max(2, self.longest // 2) if behind else min(LONGEST, self.longest + 1)
        if behind:
            self.repair.longest = max(4, self.repair.longest // 2)

    def elements(self, kind: IntType, count: int) -> list[int]:
        """Elements of a list: random ones, or one of the boundaries throughout."""
        if count and self.chance.random() < 0.1:
            return [self.integer(kind.range)] * count
        return [self.integer(kind.range) for _ in range(count)]

    def integer(self, bounds: Range | None) -> int:
        """An end of the range, a power of two or its neighbour, a small number, or any."""
        chance = self.chance
        low, high = bounds or Range(-(2**POWER), 2**POWER)
        if low == high:
            return low
        way = chance.randrange(6)
        if way == 0:
            return chance.choice([low, high, low + 1, high - 1])
        if way in (1, 2):
            near = (
                chance.randint(max(low, -16), min(high, 16)) if low <= 16 and high >= -16 else low
            )
            return near
        if way == 3:
            most = max(abs(low), abs(high)).bit_length()
            power = 1 << chance.randint(0, most)
            found = chance.choice([1, -1]) * power + chance.choice([-1, 0, 1])
            return found if low <= found <= high else chance.randint(low, high)
        if way == 4:  # of any size: most numbers of a wide range are near its ends
            bits = chance.randint(0, max(abs(low), abs(high)).bit_length())
            found = chance.choice([1, -1]) * chance.getrandbits(bits or 1)
            return found if low <= found <= high else chance.randint(low, high)
        return chance.randint(low, high)


def _size(kind: Type) -> int | None:
    match kind:
        case IntType(range=bounds) if bounds is not None:
            return bounds.high - bounds.low + 1
        case BoolType():
            return 2
        case TupleType(items=items):
            sizes = [_size(item) for item in items]
            return None if None in sizes else prod(size for size in sizes if size is not None)
    return None


def _all(kind: Type) -> list[Any]:
    match kind:
        case IntType(range=bounds):
            assert bounds is not None
            return list(range(bounds.low, bounds.high + 1))
        case TupleType(items=items):
            return list(itertools.product(*map(_all, items)))
    return [False, True]


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """Without integers that Python does not print."""
    return {n: hex(v) if type(v) is int else v for n, v in values.items()}
