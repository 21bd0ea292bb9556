"""What Python would call is what was read: compared object by object, at the start of each run.

The proof speaks of files, a user calls objects. Between the two stand bytecode caches, decorators,
assignments to modules and functions, and replaced built-ins. So each function that was read is
looked up as Python does, and its code, contract, types and every global that it uses are held
against the text. This is the one part of the front end that imports what it verifies.
"""

from __future__ import annotations

import ast
import builtins
import fractions
import importlib
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import icontract

from veriquant_proofs.core.syntax import Function, FunctionId, Role
from veriquant_proofs.core.types import Type
from veriquant_proofs.frontend.annotations import annotated_type
from veriquant_proofs.frontend.constants import constant
from veriquant_proofs.frontend.errors import VerificationSubsetError
from veriquant_proofs.frontend.headers import Condition, Header, header
from veriquant_proofs.frontend.modules import Builtin, FunctionText, Module, Value, Word
from veriquant_proofs.frontend.program import Source
from veriquant_proofs.runtime.real import load
from veriquant_spec import markers
from veriquant_spec.types import Range

#: A type made by Python code has this flag; the built-in ones have not.
HEAP_TYPE = 1 << 9

#: Fields of a code object that together say what it does and where it stands.
CODE_FIELDS = (
    "co_name",
    "co_qualname",
    "co_argcount",
    "co_posonlyargcount",
    "co_kwonlyargcount",
    "co_flags",
    "co_firstlineno",
    "co_code",
    "co_names",
    "co_varnames",
    "co_freevars",
    "co_cellvars",
    "co_exceptiontable",
)

#: The objects behind the words of the language.
WORDS: dict[Word, object] = {
    Word.REQUIRE: icontract.require,
    Word.ENSURE: icontract.ensure,
    Word.FRACTION: fractions.Fraction,
    Word.KERNEL: markers.kernel,
    Word.LEMMA: markers.lemma,
    Word.LOGIC: markers.logic,
    Word.INVARIANT: markers.invariant,
    Word.VARIANT: markers.variant,
    Word.RANGE: Range,
}


class LinkError(VerificationSubsetError):
    """What Python would call is not what was read."""


def check_links(source: Source) -> dict[FunctionId, Callable[..., Any]]:
    """The object that Python calls for each function of the program. Raises LinkError."""
    linker = _Linker({m.name: m for m in source.modules})
    if not __debug__:
        raise LinkError(Path("python"), 1, 0, "-O switches contracts off: run without it")
    for module in (importlib.import_module("icontract._checkers"), markers):
        linker.genuine(module)
    for text in source.modules:  # all of them first: one may change what another defines
        linker.module(text)
    return {i: linker.function(f) for i, f in source.program.functions.items()}


@dataclass(slots=True)
class _Linker:
    """Compares modules as they are loaded with modules as they were read."""

    texts: Mapping[str, Module]
    loaded: dict[str, ModuleType] = field(default_factory=dict)

    # ---------------------------------------------------------------- modules

    def module(self, text: Module) -> ModuleType:
        """The module that Python loads from a file."""
        if text.name not in self.loaded:
            try:
                found = load(text.name, text.file)
            except Exception as error:
                reason = f"{type(error).__name__}: {' '.join(str(error).split())}"
                raise _error(text, None, f"cannot import {text.name}: {reason}") from error
            if type(found) is not ModuleType:
                raise _error(text, None, f"{text.name} is no module but {type(found).__name__}")
            own = vars(found).get("__builtins__", builtins)
            if own is not builtins and own is not vars(builtins):
                raise _error(text, None, f"{text.name} has built-in functions of its own")
            self.loaded[text.name] = found
        return self.loaded[text.name]

    def genuine(self, module: ModuleType) -> None:
        """Every function of a library module is the one of its file."""
        file = Path(str(module.__file__))
        codes = _codes(file.read_text(encoding="utf-8"), str(file))
        for name, value in vars(module).items():
            own = isinstance(value, FunctionType) and value.__module__ == module.__name__
            if own and not any(same_code(value.__code__, code) for code in codes):
                message = f"{module.__name__}.{name} is not what its file says"
                raise LinkError(file, 1, 0, message)

    # ---------------------------------------------------------------- functions

    def function(self, function: Function) -> Callable[..., Any]:
        """The object of a function, compared with its text."""
        text = self.texts[function.id.module]
        node = next(n for n in text.functions() if n.name == function.id.name)
        head = header(FunctionText(text, node))
        module = self.module(text)
        found = vars(module).get(node.name)
        if not isinstance(found, FunctionType):
            raise _error(text, node, f"`{node.name}` is {type(found).__name__}, no function")
        plain = self._plain(text, node, found)
        self._same(text, node, plain, module)
        self._contract(head, found, plain)
        self._types(head, plain)
        return found

    def _plain(self, text: Module, node: ast.FunctionDef, found: FunctionType) -> FunctionType:
        """The function inside the wrappers of icontract and of the markers, and of nothing else."""
        current = found
        for inner in _wrapper_codes():
            if current.__code__ is inner.code:
                cells = dict(zip(inner.code.co_freevars, current.__closure__ or (), strict=True))
                wrapped = cells[inner.cell].cell_contents
                if not isinstance(wrapped, FunctionType):
                    raise _error(text, node, f"`{node.name}` wraps no function")
                current = wrapped
        return current

    def _same(
        self, text: Module, node: ast.FunctionDef, plain: FunctionType, module: ModuleType
    ) -> None:
        first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
        codes = [c for c in _codes(text.text, str(text.file)) if c.co_firstlineno == first]
        where = Path(plain.__code__.co_filename)
        if not any(same_code(plain.__code__, code) for code in codes if code.co_name == node.name):
            raise _error(
                text,
                node,
                f"`{node.name}` is wrapped by other code, or not what was imported: Python calls "
                f"code of {where.name}:{plain.__code__.co_firstlineno} that differs from the text",
            )
        if plain.__globals__ is not vars(module):
            raise _error(text, node, f"`{node.name}` uses another module's names")
        own = (plain.__name__, plain.__qualname__, plain.__defaults__, plain.__kwdefaults__)
        if own != (node.name, node.name, None, None) or plain.__closure__:
            raise _error(text, node, f"`{node.name}` has another name, defaults or a closure")
        self._globals(text, plain, node)

    def _globals(self, text: Module, function: FunctionType, place: ast.AST) -> None:
        """Every global that code uses is what the text says."""
        for name in sorted(_names(function.__code__)):
            meaning = text.meaning(name, place)
            value = function.__globals__.get(name, _MISSING)
            if isinstance(meaning, Builtin):
                if value is not _MISSING:
                    raise _error(text, place, f"the module's `{name}` hides the built-in one")
                if not _genuine_builtin(name):
                    raise _error(text, place, f"the built-in `{name}` was replaced")
            elif isinstance(meaning, Value):
                self._constant(text, meaning, name, value, place)
            elif isinstance(meaning, FunctionText):
                other = self.module(meaning.module)
                if value is not vars(other).get(meaning.node.name):
                    raise _error(text, place, f"`{name}` is not the function that was read")
            elif isinstance(meaning, Word) and value is not WORDS.get(meaning, value):
                raise _error(text, place, f"another `{name}`")

    def _constant(
        self, text: Module, meaning: Value, name: str, value: object, place: ast.AST
    ) -> None:
        try:
            known = constant(meaning.module, meaning.node)
        except VerificationSubsetError:
            return  # a type: `_types` compares it
        if type(value) is not int or value != known:
            raise _error(text, place, f"`{name}` is {value!r} when run, {known} in the text")

    # ---------------------------------------------------------------- contracts and types

    def _contract(self, head: Header, found: FunctionType, plain: FunctionType) -> None:
        """The attached conditions are those of the text, in its order, after those of the types."""
        if head.role is Role.LOGIC:
            return  # its conditions are checked where a contract is proved, not when it runs
        groups = getattr(found, "__preconditions__", [])
        before = groups[0] if len(groups) == 1 else []
        if len(groups) > 1:
            raise _error(head.module, head.node, f"`{head.id.name}` has alternative contracts")
        after = getattr(found, "__postconditions__", [])
        if getattr(found, "__postcondition_snapshots__", []):
            raise _error(head.module, head.node, f"`{head.id.name}` has snapshots")
        hints = typing.get_type_hints(plain, include_extras=True)
        names = [p.name for p in head.parameters]
        self._attached(head, before, head.requires, [(n, hints[n]) for n in names])
        self._attached(head, after, head.ensures, [("result", hints.get("return"))])

    def _attached(
        self,
        head: Header,
        attached: list[Any],
        written: tuple[Condition, ...],
        hints: list[tuple[str, object]],
    ) -> None:
        own = [c for c in attached if getattr(c.condition, "_of_type", False)]
        others = [c for c in attached if not getattr(c.condition, "_of_type", False)]
        tests = [(n, test) for n, hint in hints for _, test in markers.range_tests(n, hint)]
        expected = [markers.condition(n, test).__code__ for n, test in tests]
        right = len(own) == len(expected) and all(
            same_code(c.condition.__code__, code) for c, code in zip(own, expected, strict=True)
        )
        if not right or attached != own + others:
            raise _error(
                head.module, head.node, f"`{head.id.name}` does not check the ranges of its types"
            )
        if len(others) != len(written):
            raise _error(
                head.module,
                head.node,
                f"`{head.id.name}` has {len(others)} conditions when run, "
                f"{len(written)} in the text",
            )
        codes = _codes(head.module.text, str(head.module.file))
        for contract, condition in zip(others, written, strict=True):
            self._condition(head, contract.condition, condition, codes)

    def _condition(
        self, head: Header, found: object, condition: Condition, codes: tuple[CodeType, ...]
    ) -> None:
        node = condition.body
        simple = isinstance(found, FunctionType) and found.__name__ == "<lambda>"
        if not simple or not isinstance(found, FunctionType) or found.__closure__:
            raise _error(head.module, node, "a condition that is not the text's lambda")
        names = found.__code__.co_varnames[: found.__code__.co_argcount]
        here = [c for c in codes if c.co_name == "<lambda>" and _spans(c, node)]
        same = any(same_code(found.__code__, code) for code in here)
        if not same or names != condition.parameters or found.__defaults__:
            raise _error(head.module, node, "a condition differs from the text's lambda")
        if found.__globals__ is not vars(self.module(head.module)):
            raise _error(head.module, node, "a condition uses another module's names")
        self._globals(head.module, found, node)

    def _types(self, head: Header, plain: FunctionType) -> None:
        """Annotations mean what the text says, and meant it when the contract was attached."""
        hints = typing.get_type_hints(plain, include_extras=True)
        kept = getattr(plain, markers.TYPES, hints)
        machine = head.word if head.role is Role.KERNEL else None
        wanted: dict[str, Type] = {p.name: p.type for p in head.parameters}
        wanted["return"] = head.result
        for name, kind in wanted.items():
            for hint in (hints.get(name), kept.get(name)):
                if _live_type(hint, machine) != kind:
                    raise _error(
                        head.module,
                        head.node,
                        f"the type of `{name}` is {hint} when run, {kind} in the text",
                    )
        for part in ast.walk(head.node):
            if isinstance(part, ast.AnnAssign):
                kind = annotated_type(head.module, part.annotation, head.word)
                hint = eval(  # what Python would see there, had it asked
                    compile(ast.Expression(part.annotation), "<annotation>", "eval"),
                    plain.__globals__,
                )
                if _live_type(hint, head.word) != kind:
                    raise _error(
                        head.module, part, f"the type is {hint} when run, {kind} in the text"
                    )


_MISSING = object()


def _error(text: Module, node: ast.AST | None, construct: str) -> LinkError:
    found = text.error(node, construct)
    return LinkError(found.file, found.line, found.column, construct)


# -------------------------------------------------------------------- code objects


def same_code(a: CodeType, b: CodeType) -> bool:
    """Whether two code objects do the same at the same lines."""
    if any(getattr(a, name, None) != getattr(b, name, None) for name in CODE_FIELDS):
        return False
    if list(a.co_lines()) != list(b.co_lines()) or len(a.co_consts) != len(b.co_consts):
        return False
    return all(map(_same_constant, a.co_consts, b.co_consts))


def _same_constant(a: object, b: object) -> bool:
    if isinstance(a, CodeType) and isinstance(b, CodeType):
        return same_code(a, b)
    if type(a) is not type(b):
        return False
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(map(_same_constant, a, b))
    return a == b and repr(a) == repr(b)


@cache
def _codes(text: str, file: str) -> tuple[CodeType, ...]:
    """Every code object of a module's text, compiled here and now."""
    found: list[CodeType] = []
    stack = [compile(text, file, "exec", dont_inherit=True)]
    while stack:
        code = stack.pop()
        found.append(code)
        stack += [c for c in code.co_consts if isinstance(c, CodeType)]
    return tuple(found)


def _names(code: CodeType) -> Iterator[str]:
    """Globals that code loads, nested code included."""
    import dis

    for instruction in dis.get_instructions(code):
        if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME", "STORE_GLOBAL", "DELETE_GLOBAL"):
            yield str(instruction.argval)
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _names(inner)


def _spans(code: CodeType, node: ast.expr) -> bool:
    return node.lineno - 3 <= code.co_firstlineno <= (node.end_lineno or node.lineno)


@dataclass(frozen=True, slots=True)
class _Wrapper:
    code: CodeType
    cell: str


@cache
def _wrapper_codes() -> tuple[_Wrapper, ...]:
    """The wrappers that a verified function may have, outermost first."""
    checkers: Any = importlib.import_module("icontract._checkers")
    outer = (
        (markers.unrolled, "evaluate", "plain"),
        (checkers.decorate_with_checker, "wrapper", "func"),
    )
    return tuple(
        _Wrapper(code, cell)
        for function, name, cell in outer
        for code in function.__code__.co_consts
        if isinstance(code, CodeType) and code.co_name == name
    )


def _genuine_builtin(name: str) -> bool:
    value = vars(builtins).get(name)
    if isinstance(value, types.BuiltinFunctionType):
        return value.__name__ == name and value.__self__ is builtins
    if isinstance(value, type):
        return not value.__flags__ & HEAP_TYPE and (value.__name__ == name)
    return False


# -------------------------------------------------------------------- live types


def _live_type(hint: object, word: Range | None) -> Type | None:
    """A type hint as a core type, read from the object; None for anything else."""
    from collections.abc import Sequence

    from veriquant_proofs.core.types import (
        BOOL,
        REAL,
        IntType,
        MatrixType,
        SequenceType,
        TupleType,
    )

    bounds = markers.range_of(hint)
    if bounds is not None:
        plain = typing.get_args(hint)[0] is int and type(bounds) is Range
        return IntType(range=bounds) if plain and all(type(b) is int for b in bounds) else None
    simple: dict[object, Type] = {int: IntType(range=word), bool: BOOL, fractions.Fraction: REAL}
    if isinstance(hint, type) and hint in simple:
        return simple[hint]
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    parts = [_live_type(a, word) for a in arguments]
    known = [p for p in parts if p is not None]
    if len(known) < len(parts) or not parts:
        return None
    if origin is tuple:
        return TupleType(items=tuple(known))
    if origin in (list, Sequence) and isinstance(known[0], IntType):
        return SequenceType(element=known[0])
    if origin in (list, Sequence) and isinstance(known[0], SequenceType):
        return MatrixType(element=known[0].element)
    return None


__all__ = ["LinkError", "check_links"]
