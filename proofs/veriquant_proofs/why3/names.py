"""Names and types of the core in WhyML."""

from __future__ import annotations

from veriquant_proofs.core.syntax import FunctionId
from veriquant_proofs.core.types import (
    BoolType,
    IntType,
    MatrixType,
    RealType,
    SequenceType,
    TupleType,
    Type,
)
from veriquant_spec.types import Range

#: Words that WhyML or the modules used give a meaning.
RESERVED = frozenset(
    [
        "abs",
        "absurd",
        "alias",
        "any",
        "as",
        "assert",
        "assume",
        "at",
        "axiom",
        "begin",
        "break",
        "by",
        "check",
        "clone",
        "constant",
        "continue",
        "create",
        "diverges",
        "div",
        "do",
        "done",
        "downto",
        "else",
        "empty",
        "end",
        "ensures",
        "epsilon",
        "exception",
        "exists",
        "export",
        "false",
        "fill",
        "float",
        "fit",
        "for",
        "forall",
        "fun",
        "function",
        "get",
        "ghost",
        "goal",
        "if",
        "import",
        "in",
        "inductive",
        "invariant",
        "label",
        "lemma",
        "length",
        "let",
        "match",
        "max",
        "meta",
        "min",
        "mod",
        "module",
        "mutable",
        "not",
        "old",
        "partial",
        "predicate",
        "private",
        "pure",
        "raise",
        "raises",
        "range",
        "reads",
        "real",
        "rec",
        "ref",
        "requires",
        "result",
        "return",
        "returns",
        "row",
        "scope",
        "set",
        "so",
        "store",
        "then",
        "theory",
        "to",
        "true",
        "try",
        "type",
        "use",
        "val",
        "variant",
        "while",
        "with",
        "writes",
    ]
)


def variable(name: str) -> str:
    """A parameter or local."""
    plain = name if name.isascii() else "u" + name.encode().hex()
    lowered = plain[0].lower() + plain[1:]
    return f"{lowered}_" if lowered in RESERVED or lowered != plain else lowered


def function(identity: FunctionId) -> str:
    """A function: its module's name without packages, then its own."""
    return f"f_{identity.module.replace('.', '_')}__{identity.name}"


def type_name(kind: Type) -> str:
    """A type; ranges stand in contracts."""
    match kind:
        case IntType():
            return "int"
        case BoolType():
            return "bool"
        case RealType():
            return "real"
        case SequenceType():
            return "(seq int)"
        case MatrixType():
            return "(seq (seq int))"
        case TupleType(items=items):
            return f"({', '.join(type_name(item) for item in items)})"


def number(value: int) -> str:
    """An integer; long ones in hexadecimal."""
    text = str(abs(value)) if abs(value) < 2**63 else hex(abs(value))
    return text if value >= 0 else f"(-{text})"


def within(text: str, bounds: Range) -> str:
    """`low <= text <= high`."""
    return f"{number(bounds.low)} <= {text} <= {number(bounds.high)}"


def in_type(text: str, kind: Type) -> list[str]:
    """What a type promises of a value, as formulas."""
    match kind:
        case IntType(range=bounds) if bounds is not None:
            return [within(text, bounds)]
        case SequenceType(element=IntType(range=bounds)) if bounds is not None:
            body = within(f"{text}[k_]", bounds)
            return [f"forall k_: int. 0 <= k_ < length {text} -> {body}"]
        case MatrixType(element=IntType(range=bounds)) if bounds is not None:
            body = within(f"{text}[k_][l_]", bounds)
            return [
                f"forall k_ l_: int. 0 <= k_ < length {text} -> "
                f"0 <= l_ < length {text}[k_] -> {body}"
            ]
        case TupleType(items=items):
            found = []
            for index, item in enumerate(items):
                found += in_type(item_of(text, index, len(items)), item)
            return found
    return []


def item_of(text: str, index: int, count: int) -> str:
    """An item of a tuple."""
    names = ", ".join(f"t{i}_" if i == index else "_" for i in range(count))
    return f"(let ({names}) = {text} in t{index}_)"
