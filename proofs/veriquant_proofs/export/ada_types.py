"""Types of the core in Ada: subtypes of three kinds of integers, and arrays of these."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

from veriquant_proofs.core.syntax import Function, Theory
from veriquant_proofs.core.types import (
    BoolType,
    IntType,
    MatrixType,
    SequenceType,
    Type,
)
from veriquant_proofs.export.names import NotExportableError, ada_name, number
from veriquant_proofs.frontend.annotations import annotated_type
from veriquant_proofs.frontend.modules import Module
from veriquant_spec.types import FIX512, INT64, Range

HEADER = """--  Generated from {origin}; do not edit.
--  python -m veriquant_proofs.export.spark rewrites it, a test compares it.
--  GNAT compiles and runs it with its contracts on; GNATprove was not run on it.

"""

TYPES = "Veriquant_Types"


class Base(Enum):
    """The kinds of integers: machine words, integers without bounds, and bit vectors."""

    WORD = "Long_Long_Integer"
    BIG = "Big_Integer"
    BITS = "Unsigned_64"

    @property
    def prefix(self) -> str:
        """What names of its subtypes begin with."""
        return {Base.WORD: "", Base.BIG: "Big_", Base.BITS: "Bits_"}[self]

    @property
    def bounds(self) -> Range | None:
        """The values that it holds; None: all."""
        return {Base.WORD: INT64, Base.BIG: None, Base.BITS: Range(0, 2**64 - 1)}[self]


def base_of(function: Function) -> Base:
    """What a kernel computes in. Raises NotExportableError."""
    if function.theory is Theory.BIT_VECTOR:
        return Base.BITS
    if function.word is not None and function.word.low >= INT64.low:
        if function.word.high > INT64.high:
            raise NotExportableError(f"the word {function.word} is none of Ada's")
        return Base.WORD
    return Base.BIG


@dataclass(slots=True)
class Library:
    """Names of ranges, and the types that printed packages use."""

    names: dict[Range, str]
    subtypes: dict[tuple[str, str], tuple[Base, Range]] = field(default_factory=dict)
    arrays: set[tuple[str, str, int]] = field(default_factory=set)

    @staticmethod
    def of(modules: Iterable[Module]) -> Library:
        """Aliases such as `U4 = Annotated[int, Range(0, 15)]` name ranges; the first one does."""
        names: dict[Range, str] = {FIX512: "Fix512"}
        for module in sorted(modules, key=lambda m: (m.name != "veriquant_spec.types", m.name)):
            for node in module.tree.body:
                match node:
                    case ast.Assign(
                        targets=[ast.Name(id=name)],
                        value=ast.Subscript(value=ast.Name(id="Annotated")) as value,
                    ):
                        kind = annotated_type(module, value, None)
                        fresh = name not in names.values()
                        if fresh and isinstance(kind, IntType) and kind.range is not None:
                            names.setdefault(kind.range, name)
        return Library(names)

    def integer(self, base: Base, bounds: Range | None) -> str:
        """Subtype of the integers of a range, without its package; base's own where it is all."""
        if bounds is None or (base is Base.WORD and bounds == INT64):
            return base.value
        name = self.names.get(bounds) or f"From_{_word(bounds.low)}_To_{_word(bounds.high)}"
        if base is Base.BITS:
            if bounds.low < 0 and bounds != INT64:
                raise NotExportableError(f"bit vectors of the range {bounds}")
            bounds = Range(max(0, bounds.low), bounds.high)
        full = base.prefix + ada_name(name)
        self.subtypes[base.prefix, full] = (base, bounds)
        return f"{TYPES}.{full}"

    def array(self, base: Base, kind: SequenceType | MatrixType) -> str:
        """Array type of a sequence or matrix."""
        bounds = kind.element.range or (INT64 if base is Base.WORD else None)
        if bounds is None:
            raise NotExportableError(f"arrays of {kind.element}")
        element = self.integer(base, bounds).removeprefix(f"{TYPES}.")
        if element == base.value:
            element = "I64"
            self.subtypes["", "I64"] = (base, bounds)
        if isinstance(kind, MatrixType) and base is Base.BIG:
            raise NotExportableError("matrices of integers beyond 64 bits")
        dimensions = 2 if isinstance(kind, MatrixType) else 1
        self.arrays.add((base.prefix, element, dimensions))
        if dimensions == 2:
            self.arrays.add((base.prefix, element, 1))
        return f"{TYPES}.{element}_{'Matrix' if dimensions == 2 else 'Array'}"

    def type(self, base: Base, kind: Type) -> str:
        """Ada's name of a type."""
        match kind:
            case BoolType():
                return "Boolean"
            case IntType(range=bounds):
                return self.integer(base, bounds)
            case SequenceType() | MatrixType():
                return self.array(base, kind)
        raise NotExportableError(f"type {kind}")

    def package(self) -> str:
        """`Veriquant_Types`: what has been asked for so far."""
        lines = [*ARITHMETIC]
        for (prefix, name), (base, bounds) in sorted(self.subtypes.items()):
            lines += _subtype(name, base, bounds)
            if (prefix, name, 1) in self.arrays:
                lines.append(f"   type {name}_Array is array (Index range <>) of {name};")
            if (prefix, name, 2) in self.arrays:
                lines += [
                    f"   type {name}_Matrix is array (Index range <>, Index range <>) of {name};",
                    f"   function Row (A : {name}_Matrix; I : Index) return {name}_Array is",
                    "     [for J in A'Range (2) => A (I, J)];",
                ]
            lines.append("")
        return (
            HEADER.format(origin="the ranges of the kernels' types")
            + "with Interfaces; use Interfaces;\n"
            + "with Ada.Numerics.Big_Numbers.Big_Integers;\n"
            + "use Ada.Numerics.Big_Numbers.Big_Integers;\n\n"
            + f"package {TYPES} with SPARK_Mode is\n\n"
            + "\n".join(lines)
            + f"\nend {TYPES};\n"
        )


def _word(value: int) -> str:
    """A bound as a part of a name."""
    text = number(abs(value)).replace(" ** ", "P").replace(" - ", "_Less_").strip("16#").strip("#")
    return ("Minus_" if value < 0 else "") + text.strip("()")


def _subtype(name: str, base: Base, bounds: Range) -> list[str]:
    low, high = number(bounds.low), number(bounds.high)
    if base is Base.BIG:
        return [
            f"   subtype {name} is Big_Integer with",
            "     Dynamic_Predicate =>",
            f"       {name} >= {low} and then {name} <= {high};",
        ]
    if bounds == base.bounds:
        return [f"   subtype {name} is {base.value};"]
    return [f"   subtype {name} is {base.value} range {low} .. {high};"]


#: Python's arithmetic where Ada's differs, and positions.
ARITHMETIC = [
    "   --  Positions of arrays; -1 is the upper bound of an empty one.",
    "   subtype Index is Long_Long_Integer range -1 .. 2 ** 48;",
    "",
    "   --  Ada's / truncates; this is the floor.",
    "   function Floor_Div (Left, Right : Long_Long_Integer) return Long_Long_Integer is",
    "     (if Left rem Right /= 0 and then (Left < 0) /= (Right < 0)",
    "      then Left / Right - 1 else Left / Right) with",
    "     Pre => Right /= 0;",
    "   function Floor_Div (Left, Right : Big_Integer) return Big_Integer is",
    "     ((Left - Left mod Right) / Right) with",
    "     Pre => Right /= 0;",
    "",
    "   --  Bit operations on integers of either sign, as two's complement.",
    "   function Signed (Bits : Unsigned_64) return Long_Long_Integer is",
    "     (if Bits < 2 ** 63 then Long_Long_Integer (Bits)",
    "      else -Long_Long_Integer (not Bits) - 1);",
    "   function Bit_And (Left, Right : Long_Long_Integer) return Long_Long_Integer is",
    "     (Signed (Unsigned_64'Mod (Left) and Unsigned_64'Mod (Right)));",
    "   function Bit_Or (Left, Right : Long_Long_Integer) return Long_Long_Integer is",
    "     (Signed (Unsigned_64'Mod (Left) or Unsigned_64'Mod (Right)));",
    "   function Bit_Xor (Left, Right : Long_Long_Integer) return Long_Long_Integer is",
    "     (Signed (Unsigned_64'Mod (Left) xor Unsigned_64'Mod (Right)));",
    "",
    "   package Words is new Signed_Conversions (Long_Long_Integer);",
    "   package Bits is new Unsigned_Conversions (Unsigned_64);",
    "",
]
