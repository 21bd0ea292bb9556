"""The generator's checks as run-time checks: what a counterexample is replayed with.

`checked` rewrites a marked function's own syntax tree so that every check of `engine.py` is made
while CPython runs it. Control flow, evaluation order, short circuits and arithmetic are CPython's:
nothing of the generator's reading of Python is used, so the two can be compared.

Calls of other kernels run those under checking too. The generator replaces a call by the callee's
contract; were the callee run unchecked, a wrong callee would show up as a failure of its caller.
So a failure inside a callee carries the callee's name (`CheckFailed.kernel`).
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

from veriquant_proofs.vcgen.engine import is_literal, machine_type
from veriquant_proofs.vcgen.source import Clause, FunctionSource, TypeInfo, read, type_info
from veriquant_proofs.vcgen.vc import Kind
from veriquant_spec.markers import mark_of
from veriquant_spec.types import Range

#: Largest shift amount where no machine word limits it; the generator has the same limit.
SHIFT_LIMIT = 4096

#: Longest text of a value in a message.
SHOWN = 400

FRAME = "_vq"
TEMPORARY = "_vq_"


class CheckFailed(Exception):
    """A check that does not hold on this run, named and placed as its VC is.

    `kind`, `line`, `column` (from 1) and `goal` are those of the VC; `kernel` is the function that
    failed, `values` its arguments.
    """

    def __init__(
        self,
        kind: Kind,
        line: int,
        column: int,
        message: str,
        *,
        goal: str,
        kernel: str,
        file: Path,
        values: Mapping[str, object],
    ) -> None:
        self.kind, self.line, self.column, self.message = kind, line, column, message
        self.goal, self.kernel, self.file, self.values = goal, kernel, file, dict(values)
        super().__init__(f"{file}:{line}:{column}: {kind.value}: {message}")


class NotAdmissibleError(ValueError):
    """Arguments outside a function's parameter ranges or preconditions: nothing was run."""


@dataclass(frozen=True, slots=True)
class _Site:
    """Where a check stands in the source, and what it says (see `_Frame.goal`)."""

    line: int
    column: int
    text: str


def checked(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function`, marked as a kernel or lemma, with every check of the generator made as it runs.

    The result takes the same arguments and returns the same value. It raises CheckFailed at the
    first check that does not hold, and NotAdmissibleError where the arguments break a parameter's
    range or a precondition. Raises VerificationSubsetError for what it cannot read.
    """
    return _prepared(inspect.unwrap(function))


@cache
def _prepared(plain: Callable[..., Any]) -> _Checked:
    return _Checked(read(plain))


class _Checked:
    """One function, rewritten; compiled when first called."""

    def __init__(self, source: FunctionSource) -> None:
        self.source = source
        self.__name__ = source.name
        self.word = source.mark.word
        writer = _Writer(source, limited=source.mark.theory == "bv")
        self.names = tuple(name for name, _ in source.parameters)
        self.body = (
            writer.expression(_only_return(source), self.names)
            if source.mark.role == "logic"
            else writer.function()
        )
        self.requires = [(writer.clause(c), c) for c in source.requires]
        self.ensures = [(writer.clause(c), writer.site(c.body)) for c in source.ensures]
        self.sites, self.types = writer.sites, writer.types

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        values = inspect.signature(inspect.unwrap(self._plain)).bind(*args, **kwargs).arguments
        problem = self.problem(values)
        if problem is not None:
            raise NotAdmissibleError(f"{self.source.kernel}: {problem[1]}, got {problem[2]}")
        return self.run(values)

    @property
    def _plain(self) -> Callable[..., Any]:
        found: Callable[..., Any] = self.source.namespace[self.source.name]
        return found

    def problem(self, values: Mapping[str, Any]) -> tuple[Kind, str, object] | None:
        """The first range or precondition that the arguments break: its kind, text, and values."""
        for name, info in self.source.parameters:
            wrong = _misfit(values[name], info, f"argument {name} of {self.source.name}")
            if wrong is not None:
                return Kind.RANGE, *wrong
        frame = _Frame(self, values)
        for condition, clause in self.requires:
            if not condition(frame, **{n: values[n] for n in clause.parameters}):
                text = f"{self.source.name} requires {ast.unparse(clause.body)}"
                return Kind.PRECONDITION, text, _arguments(values)
        return None

    def run(self, values: Mapping[str, Any]) -> Any:
        """Run the body on admissible arguments."""
        return self.body(_Frame(self, values), **values)


@dataclass(slots=True)
class _Frame:
    """One running call: types of its variables, and the checks that the rewritten code calls."""

    owner: _Checked | _Logic
    values: Mapping[str, Any]
    word: Range | None = None
    place: _Place | None = None  # of a specification function: the call that stands for it
    types: dict[str, TypeInfo] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if isinstance(self.owner, _Checked):
            self.word = self.owner.word
            self.types = dict(self.owner.source.parameters)

    def fail(self, kind: Kind, number: int, goal: str, got: object = None) -> NoReturn:
        """Raise CheckFailed at a site of this function, or where its body stands for a call."""
        frame, within = self, ""
        while frame.place is not None:
            within += f", in {frame.owner.source.name}({_arguments(frame.values)})"
            frame, number = frame.place
        site, source = frame.owner.sites[number], frame.owner.source
        found = "" if got is None else f", got {_show(got)}"
        raise CheckFailed(
            kind,
            site.line,
            site.column,
            f"{goal}{found}{within}; {source.name}({_arguments(frame.values)})",
            goal=goal,
            kernel=source.kernel,
            file=source.shown_file,
            values=frame.values,
        )

    def text(self, number: int) -> str:
        return self.owner.sites[number].text

    # Arithmetic: each returns the value it checked.

    def fits(self, value: Any, number: int) -> Any:
        """The result of an operation lies in the machine word."""
        if self.word is not None and isinstance(value, int) and value not in self.word:
            self.fail(Kind.OVERFLOW, number, f"{self.text(number)} in {self.word}", value)
        return value

    def divisor(self, value: Any, number: int) -> Any:
        if value == 0:
            self.fail(Kind.DIVISION, number, f"{self.text(number)} != 0", value)
        return value

    def amount(self, value: int, number: int) -> int:
        limit = SHIFT_LIMIT if self.word is None else self.word.high.bit_length()
        if not 0 <= value <= limit:
            self.fail(Kind.SHIFT, number, f"0 <= {self.text(number)} <= {limit}", value)
        return value

    # Sequences.

    def at(self, sequence: Any, index: int, number: int) -> int:
        if not 0 <= index < len(sequence):
            goal = f"{self.text(number)}: index in range"
            self.fail(Kind.INDEX, number, goal, f"{index} of {len(sequence)}")
        return index

    def item(self, sequence: Any, index: int, number: int) -> Any:
        return sequence[self.at(sequence, index, number)]

    def repeat(self, item: int, count: int, kind: int, number: int) -> list[int]:
        return [self.ranged(item, kind, number)] * count

    def matrix(self, item: int, width: int, rows: int, kind: int, number: int) -> list[list[int]]:
        self.ranged(item, kind, number)
        return [[item] * width for _ in range(rows)]

    # Types.

    def ranged(self, value: Any, kind: int, number: int) -> Any:
        """An element of a new list, or a value stored, lies in the range that `kind` names."""
        return self.fit(value, self.owner.types[kind], number)

    def stored(self, value: int, name: str, number: int) -> int:
        bounds = self.types[name].bounds
        self.fit(value, TypeInfo("int", bounds), number)
        return value

    def bind(self, name: str, value: Any, inferred: int, given: int, number: int) -> Any:
        """Assignment: a variable keeps the type of its first assignment on this path."""
        info = self.types.get(name)
        if info is None:
            info = self.owner.types[given if given >= 0 else inferred]
            if given < 0 and inferred == _Writer.COPY:
                info = _of_value(value, self.word)
            self.types[name] = info
        return self.fit(value, info, number)

    def fit(self, value: Any, info: TypeInfo, number: int) -> Any:
        """`value` as one of type `info`; the site names the target."""
        wrong = _misfit(value, info, self.text(number))
        if wrong is not None:
            self.fail(Kind.RANGE, number, *wrong)
        return value

    def keep(self, names: set[str]) -> None:
        """Forget the variables that the loop body made."""
        for name in set(self.types) - names:
            del self.types[name]

    def seen(self) -> set[str]:
        return set(self.types)

    # Statements.

    def holds(self, kind: str, value: bool, number: int) -> None:
        if not value:
            self.fail(Kind(kind), number, self.text(number))

    def bounded(self, value: int, number: int) -> int:
        if value < 0:
            self.fail(Kind.VARIANT, number, f"{self.text(number)} >= 0", value)
        return value

    def smaller(self, now: int, before: int, number: int) -> None:
        if now >= before:
            goal = f"{self.text(number)} decreases"
            self.fail(Kind.VARIANT, number, goal, f"{now} after {before}")

    def leave(self, value: Any, number: int) -> Any:
        """The result: its range, then the postconditions in the order of the text."""
        assert isinstance(self.owner, _Checked)
        source = self.owner.source
        self.fit(value, machine_type(source.result, self.word), number)
        names = {**self.values, "result": value}
        for (condition, site), clause in zip(self.owner.ensures, source.ensures, strict=True):
            if not condition(self, **{n: names[n] for n in clause.parameters}):
                self.fail(Kind.POSTCONDITION, site, self.text(site), f"result = {_show(value)}")
        return value

    # Calls.

    def call(self, function: Callable[..., Any], number: int, *args: Any) -> Any:
        """A kernel or lemma: its ranges and preconditions are checks of the caller."""
        callee = _prepared(inspect.unwrap(function))
        values = dict(zip(callee.names, args, strict=True))
        problem = callee.problem(values)
        if problem is not None:
            kind, goal, got = problem
            self.fail(kind, number, goal, got)
        return callee.run(values)

    def logic(self, function: Callable[..., Any], number: int, limited: bool, *args: Any) -> Any:
        """A specification function: its preconditions, then its body where it stands for the call.

        A recursive one runs as it is: that its defining equation makes sense is proved apart.
        """
        callee = _logic(inspect.unwrap(function), limited)
        values = dict(zip(callee.names, args, strict=True))
        frame = _Frame(callee, values, self.word, _Place(self, number))
        for condition, clause in callee.requires:
            if not condition(frame, **{n: values[n] for n in clause.parameters}):
                goal = f"{callee.source.name} requires {ast.unparse(clause.body)}"
                self.fail(Kind.PRECONDITION, number, goal, _arguments(values))
        return function(*args) if callee.recursive else callee.body(frame, **values)


@dataclass(frozen=True, slots=True)
class _Place:
    """A site in a calling frame."""

    frame: _Frame
    number: int

    def __iter__(self) -> Any:
        return iter((self.frame, self.number))


class _Logic:
    """A specification function, its body rewritten like a contract."""

    def __init__(self, source: FunctionSource, limited: bool) -> None:
        self.source = source
        self.names = tuple(name for name, _ in source.parameters)
        self.recursive = any(
            isinstance(n, ast.Name) and n.id == source.name
            for s in source.node.body
            for n in ast.walk(s)
        )
        writer = _Writer(source, limited)
        self.sites, self.types = writer.sites, writer.types
        self.requires = [(writer.clause(c), c) for c in source.requires]
        if not self.recursive:
            self.body = writer.expression(_only_return(source), self.names)


def _only_return(source: FunctionSource) -> ast.expr:
    returns = [s for s in source.node.body if isinstance(s, ast.Return)]
    if len(returns) != 1 or returns[0].value is None:
        raise source.error(source.node, f"{source.name}: a specification function is one return")
    return returns[0].value


@cache
def _logic(plain: Callable[..., Any], limited: bool) -> _Logic:
    return _Logic(read(plain), limited)


# -------------------------------------------------------------------- values


def _misfit(value: Any, info: TypeInfo, what: str) -> tuple[str, object] | None:
    """The first part of `value` outside its range, None where there is none: the check, the part.

    Of a list, the check is about every element.
    """
    if info.shape == "tuple":
        for i, (part, kind) in enumerate(zip(value, info.parts, strict=True)):
            wrong = _misfit(part, kind, f"{what}[{i}]")
            if wrong is not None:
                return wrong
        return None
    if info.bounds is None:
        return None
    if info.shape == "int":
        return None if value in info.bounds else (f"{what} in {info.bounds}", value)
    elements = value if info.shape == "int[]" else [e for row in value for e in row]
    for element in elements:
        if element not in info.bounds:
            return f"every element of {what} in {info.bounds}", element
    return None


def _of_value(value: Any, word: Range | None) -> TypeInfo:
    """The type of a variable that is first assigned from another one."""
    if isinstance(value, tuple):
        return TypeInfo("tuple", None, tuple(_of_value(v, word) for v in value))
    if isinstance(value, bool):
        return TypeInfo("bool")
    if isinstance(value, Fraction):
        return TypeInfo("real")
    return TypeInfo("int", word)


def _show(value: object) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= SHOWN else text[: SHOWN - 3] + "..."


def _arguments(values: Mapping[str, object]) -> str:
    return ", ".join(f"{name} = {_show(value)}" for name, value in values.items())


# -------------------------------------------------------------------- rewriting


class _Writer:
    """Rewrites one function's syntax tree; keeps the table of its sites and types."""

    #: Number of the type entry that means: as the value's own.
    COPY = 0

    def __init__(self, source: FunctionSource, limited: bool) -> None:
        self.source = source
        self.limited = limited  # contracts too keep to the machine word (bit-vector kernels)
        self.sites: list[_Site] = []
        self.types: list[TypeInfo] = [TypeInfo("int", source.mark.word)]
        self.temporaries = 0
        self.locals = {name for name, _ in source.parameters} | {
            part.id
            for part in ast.walk(source.node)
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)
        }

    def is_constant(self, node: ast.expr) -> bool:
        """Whether an expression is the name of a number of the module."""
        return (
            isinstance(node, ast.Name)
            and node.id not in self.locals
            and type(self.source.namespace.get(node.id)) is int
        )

    def site(self, node: ast.AST, text: str | None = None) -> int:
        """The number of a new site at `node`."""
        line = getattr(node, "lineno", self.source.node.lineno)
        column = getattr(node, "col_offset", 0) + 1
        self.sites.append(_Site(line, column, ast.unparse(node) if text is None else text))
        return len(self.sites) - 1

    def type(self, info: TypeInfo) -> int:
        self.types.append(info)
        return len(self.types) - 1

    def temporary(self) -> str:
        self.temporaries += 1
        return f"{TEMPORARY}{self.temporaries}"

    # What comes out.

    def function(self) -> Callable[..., Any]:
        """The rewritten function: takes a frame, then the parameters by name."""
        node = self.source.node
        body = [new for old in node.body for new in self.statement(old)]
        arguments = _parameters([FRAME, *(name for name, _ in self.source.parameters)])
        definition = ast.FunctionDef(node.name, arguments, body, [], None)
        if "type_params" in ast.FunctionDef._fields:  # from Python 3.12 on
            setattr(definition, "type_params", [])  # noqa: B010
        ast.copy_location(definition, node)
        module = ast.Module([definition], [])
        return self._compiled(module, node.name)

    def clause(self, clause: Clause) -> Callable[..., Any]:
        """A contract condition: takes a frame, then the names it mentions."""
        return self.expression(clause.body, clause.parameters)

    def expression(self, body: ast.expr, names: tuple[str, ...]) -> Callable[..., Any]:
        lines = _Expression(self, executable=False).write(body)
        definition = ast.Assign(
            [ast.Name("condition", ast.Store())], ast.Lambda(_parameters([FRAME, *names]), lines)
        )
        ast.copy_location(definition, body)
        return self._compiled(ast.Module([definition], []), "condition")

    def _compiled(self, module: ast.Module, name: str) -> Callable[..., Any]:
        ast.fix_missing_locations(module)
        namespace = dict(self.source.namespace)
        exec(compile(module, str(self.source.file), "exec", optimize=0), namespace)
        made: Callable[..., Any] = namespace[name]
        return made

    # Statements.

    def statement(self, node: ast.stmt) -> list[ast.stmt]:
        made = self._statement(node)
        for statement in made:
            for part in ast.walk(statement):
                if not hasattr(part, "lineno") and isinstance(part, ast.stmt | ast.expr):
                    ast.copy_location(part, node)
        return made

    def _statement(self, node: ast.stmt) -> list[ast.stmt]:
        match node:
            case ast.Expr(value=ast.Constant(value=str())) | ast.Pass():
                return [ast.Pass()]
            case ast.Assign(targets=[target], value=value):
                return self._assign(target, value, None)
            case ast.AnnAssign(target=ast.Name() as target, value=ast.expr() as value):
                return self._assign(target, value, self._annotation(node))
            case ast.AugAssign(target=target, op=op, value=value):
                load = ast.parse(ast.unparse(target), mode="eval").body
                for part in ast.walk(load):
                    ast.copy_location(part, target)
                both = ast.copy_location(ast.BinOp(load, op, value), node)
                return self._assign(target, both, None)
            case ast.If(test=test):
                body = [new for old in node.body for new in self.statement(old)]
                otherwise = [new for old in node.orelse for new in self.statement(old)]
                return [ast.If(self.code(test), body, otherwise)]
            case ast.For(target=ast.Name(), orelse=[]):
                return self._for(node)
            case ast.While(orelse=[]):
                return self._while(node)
            case ast.Return(value=ast.expr() as value):
                promised = machine_type(self.source.result, self.source.mark.word)
                result = self.code(value, promised)
                return [ast.Return(_do("leave", result, self.site(value, "result")))]
            case ast.Assert(test=test):
                return [self._assertion(test)]
        raise self.source.error(node, f"statement `{ast.unparse(node).splitlines()[0]}`")

    def _annotation(self, node: ast.AnnAssign) -> TypeInfo:
        try:
            hint = eval(ast.unparse(node.annotation), dict(self.source.namespace))
            return machine_type(type_info(hint), self.source.mark.word)
        except (NameError, TypeError) as error:
            raise self.source.error(node, f"annotation: {error}") from error

    def _assign(self, target: ast.expr, node: ast.expr, info: TypeInfo | None) -> list[ast.stmt]:
        value = self.code(node, info)
        if isinstance(target, ast.Subscript):
            return self._store(target, node, value)
        if isinstance(target, ast.Name):
            return [self._bind(target, value, node, self.inferred(node), info)]
        if isinstance(target, ast.Tuple):
            held = self.temporary()
            kinds = self.inferred(node)
            made: list[ast.stmt] = [ast.Assign([ast.Name(held, ast.Store())], value)]
            for i, element in enumerate(target.elts):
                if not isinstance(element, ast.Name):
                    raise self.source.error(element, "tuple assignment to anything but names")
                part = ast.Subscript(ast.Name(held, ast.Load()), ast.Constant(i), ast.Load())
                kind = kinds.parts[i] if kinds is not None and i < len(kinds.parts) else None
                place = node
                if isinstance(node, ast.Tuple) and i < len(node.elts):
                    place = node.elts[i]
                made.append(self._bind(element, part, place, kind, None))
            return made
        raise self.source.error(target, f"assignment to `{ast.unparse(target)}`")

    def _bind(
        self,
        target: ast.Name,
        value: ast.expr,
        node: ast.expr,
        inferred: TypeInfo | None,
        given: TypeInfo | None,
    ) -> ast.stmt:
        first = self.COPY if inferred is None else self.type(inferred)
        annotated = -1 if given is None else self.type(given)
        site = self.site(node, target.id)
        call = _do("bind", ast.Constant(target.id), value, first, annotated, site)
        return ast.Assign([ast.Name(target.id, ast.Store())], call)

    def inferred(self, node: ast.expr) -> TypeInfo | None:
        """The type a variable takes from an expression, where the text alone decides it."""
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            function = self.source.namespace.get(node.func.id)
            if callable(function) and mark_of(function) is not None:
                callee = read(function)
                result = machine_type(callee.result, callee.mark.word)
                return _own_types(result, self.source.mark.word)
        if isinstance(node, ast.Tuple):
            parts = tuple(self.inferred(p) or TypeInfo("int") for p in node.elts)
            return TypeInfo("tuple", None, parts) if all(map(self.inferred, node.elts)) else None
        if isinstance(node, ast.List) or (
            isinstance(node, ast.BinOp) and isinstance(node.left, ast.List)
        ):
            return TypeInfo("int[]", self.source.mark.word)
        if isinstance(node, ast.ListComp):
            return TypeInfo("int[][]", self.source.mark.word)
        return None

    def _store(self, target: ast.Subscript, node: ast.expr, value: ast.expr) -> list[ast.stmt]:
        base = target.value
        outer = base.value if isinstance(base, ast.Subscript) else base
        if not isinstance(outer, ast.Name):
            raise self.source.error(target, "store into anything but a named list")
        held = self.temporary()
        site = self.site(node, ast.unparse(target))
        made: list[ast.stmt] = [
            ast.Assign(
                [ast.Name(held, ast.Store())],
                _do("stored", value, ast.Constant(outer.id), site),
            )
        ]
        row: ast.expr = ast.Name(outer.id, ast.Load())
        if isinstance(base, ast.Subscript):
            name = self.temporary()
            item = _do("item", row, self.code(base.slice), self.site(base))
            made.append(ast.Assign([ast.Name(name, ast.Store())], item))
            row = ast.Name(name, ast.Load())
        index = _do("at", row, self.code(target.slice), self.site(target))
        place = ast.Subscript(row, index, ast.Store())
        made.append(ast.Assign([place], ast.Name(held, ast.Load())))
        return made

    def _assertion(self, test: ast.expr) -> ast.stmt:
        if isinstance(test, ast.Call) and isinstance(test.func, ast.Name):
            if test.func.id in ("invariant", "variant"):
                raise self.source.error(test, f"`{test.func.id}` not at the start of a loop body")
            function = self.source.namespace.get(test.func.id)
            mark = mark_of(function) if callable(function) else None
            if mark is not None and mark.role == "lemma":
                return ast.Expr(_Expression(self, executable=True).call_marked(test))
        return self._holds(Kind.ASSERTION, test)

    def _holds(self, kind: Kind, condition: ast.expr) -> ast.stmt:
        value = _Expression(self, executable=False).write(condition)
        return ast.Expr(_do("holds", ast.Constant(kind.value), value, self.site(condition)))

    # Loops.

    def _for(self, node: ast.For) -> list[ast.stmt]:
        call = node.iter
        assert isinstance(node.target, ast.Name)
        if not (
            isinstance(call, ast.Call)
            and isinstance(call.func, ast.Name)
            and call.func.id == "range"
            and len(call.args) in (1, 2)
            and not call.keywords
        ):
            raise self.source.error(
                call, "`for` over anything but range(stop) or range(start, stop)"
            )
        invariants, _, body = self._loop_head(node)
        index, start, stop, names = node.target.id, *(self.temporary() for _ in range(3))
        bounds = [ast.Constant(0), *call.args] if len(call.args) == 1 else call.args
        made: list[ast.stmt] = [
            _set(start, self.code(bounds[0])),
            _set(stop, self.code(bounds[1])),
            _set(index, ast.Name(start, ast.Load())),
            *(self._holds(Kind.INVARIANT_INIT, c) for c in invariants),
            _set(names, _do("seen")),
        ]
        inside = [new for old in body for new in self.statement(old)]
        inside.append(ast.Expr(_do("keep", ast.Name(names, ast.Load()))))
        following = ast.BinOp(ast.Name(index, ast.Load()), ast.Add(), ast.Constant(1))
        inside.append(_set(index, following))
        inside += [self._holds(Kind.INVARIANT_PRESERVED, c) for c in invariants]
        numbers = ast.Call(
            ast.Name("range", ast.Load()),
            [ast.Name(start, ast.Load()), ast.Name(stop, ast.Load())],
            [],
        )
        made.append(ast.For(ast.Name(index, ast.Store()), numbers, inside, []))
        return made

    def _while(self, node: ast.While) -> list[ast.stmt]:
        invariants, variants, body = self._loop_head(node)
        if len(variants) != 1:
            raise self.source.error(node, "a `while` loop needs exactly one `assert variant(...)`")
        names, before = self.temporary(), self.temporary()
        spec = _Expression(self, executable=False)
        inside: list[ast.stmt] = [
            _set(
                before,
                _do("bounded", spec.write(variants[0]), self.site(variants[0])),
            ),
            *(new for old in body for new in self.statement(old)),
            ast.Expr(_do("keep", ast.Name(names, ast.Load()))),
            ast.Expr(
                _do(
                    "smaller",
                    spec.write(variants[0]),
                    ast.Name(before, ast.Load()),
                    self.site(variants[0]),
                )
            ),
            *(self._holds(Kind.INVARIANT_PRESERVED, c) for c in invariants),
        ]
        return [
            *(self._holds(Kind.INVARIANT_INIT, c) for c in invariants),
            _set(names, _do("seen")),
            ast.While(self.code(node.test), inside, []),
        ]

    def _loop_head(
        self, node: ast.For | ast.While
    ) -> tuple[list[ast.expr], list[ast.expr], list[ast.stmt]]:
        invariants: list[ast.expr] = []
        variants: list[ast.expr] = []
        for position, statement in enumerate(node.body):
            match statement:
                case ast.Assert(test=ast.Call(func=ast.Name(id="invariant"), args=conditions)):
                    invariants += conditions
                case ast.Assert(test=ast.Call(func=ast.Name(id="variant"), args=[value])):
                    variants.append(value)
                case _:
                    return invariants, variants, node.body[position:]
        raise self.source.error(node, "a loop needs statements after its invariants")

    def code(self, node: ast.expr, hint: TypeInfo | None = None) -> ast.expr:
        return _Expression(self, executable=True, hint=hint).write(node)


class _Expression:
    """Rewrites one expression; operators, short circuits and conditionals stay CPython's."""

    def __init__(self, writer: _Writer, executable: bool, hint: TypeInfo | None = None) -> None:
        self.writer = writer
        self.executable = executable
        self.hint = hint

    def write(self, node: ast.expr) -> ast.expr:
        if self.executable and (is_literal(node) or self.writer.is_constant(node)):
            return ast.copy_location(_do("fits", node, self.writer.site(node)), node)
        return ast.copy_location(self._write(node), node)

    def _write(self, node: ast.expr) -> ast.expr:
        match node:
            case ast.Constant(value=int()) | ast.Name():
                return node
            case ast.BinOp(left=ast.List(elts=[item]), op=ast.Mult(), right=count):
                kind = self.writer.type(TypeInfo("int", self._element_bounds()))
                site = self.writer.site(node.left, "element")
                return _do("repeat", self.write(item), self.write(count), kind, site)
            case ast.BinOp():
                return self._binary(node)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return ast.UnaryOp(ast.Not(), self.write(operand))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return self._result(ast.UnaryOp(ast.USub(), self.write(operand)), node)
            case ast.Compare(left=left, ops=ops, comparators=comparators):
                return ast.Compare(self.write(left), ops, [self.write(c) for c in comparators])
            case ast.BoolOp(op=op, values=values):
                return ast.BoolOp(op, [self.write(v) for v in values])
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return ast.IfExp(self.write(test), self.write(body), self.write(orelse))
            case ast.Subscript(value=value, slice=index):
                site = self.writer.site(node)
                return _do("item", self.write(value), self.write(index), site)
            case ast.Tuple(elts=parts):
                return ast.Tuple([self.write(p) for p in parts], ast.Load())
            case ast.List(elts=parts) if parts:
                kind = self.writer.type(TypeInfo("int", self._element_bounds()))
                return ast.List(
                    [
                        _do("ranged", self.write(p), kind, self.writer.site(p, f"element {i}"))
                        for i, p in enumerate(parts)
                    ],
                    ast.Load(),
                )
            case ast.ListComp():
                return self._matrix(node)
            case ast.Call(func=ast.Name(), keywords=[]):
                return self._call(node)
        raise self.writer.source.error(node, f"expression `{ast.unparse(node)}`")

    def _element_bounds(self) -> Range | None:
        return self.writer.source.mark.word if self.hint is None else self.hint.bounds

    def _result(self, value: ast.expr, node: ast.expr) -> ast.expr:
        if self.executable or self.writer.limited:
            return _do("fits", value, self.writer.site(node))
        return value

    def _binary(self, node: ast.BinOp) -> ast.expr:
        right = self.write(node.right)
        if isinstance(node.op, ast.FloorDiv | ast.Mod | ast.Div):
            right = _do("divisor", right, self.writer.site(node, ast.unparse(node.right)))
        if isinstance(node.op, ast.LShift | ast.RShift):
            right = _do("amount", right, self.writer.site(node, ast.unparse(node.right)))
        return self._result(ast.BinOp(self.write(node.left), node.op, right), node)

    def _matrix(self, node: ast.ListComp) -> ast.expr:
        match node:
            case ast.ListComp(
                elt=ast.BinOp(left=ast.List(elts=[item]), op=ast.Mult(), right=width),
                generators=[ast.comprehension(iter=ast.Call(args=[rows]), ifs=[])],
            ) if self.executable:
                kind = self.writer.type(TypeInfo("int", self._element_bounds()))
                site = self.writer.site(item, "element")
                parts = [self.write(p) for p in (item, width, rows)]
                return _do("matrix", *parts, kind, site)
        raise self.writer.source.error(node, f"comprehension `{ast.unparse(node)}`")

    def _call(self, node: ast.Call) -> ast.expr:
        assert isinstance(node.func, ast.Name)
        name = node.func.id
        function = self.writer.source.namespace.get(name)
        mark = mark_of(function) if callable(function) else None
        if mark is not None:
            if mark.role == "logic":
                return _do(
                    "logic",
                    node.func,
                    self.writer.site(node),
                    ast.Constant(self.writer.limited),
                    *(self.write(a) for a in node.args),
                )
            return self.call_marked(node)
        if name in ("all", "any") and function is None:
            return self._quantifier(node)
        if name in ("len", "min", "max", "abs", "Fraction"):
            plain = ast.Call(node.func, [self.write(a) for a in node.args], [])
            return self._result(plain, node) if name == "abs" else plain
        raise self.writer.source.error(node, f"call of `{name}`, which is not a marked function")

    def call_marked(self, node: ast.Call) -> ast.expr:
        """A call of a kernel or lemma."""
        arguments = [self.write(a) for a in node.args]
        return _do("call", node.func, self.writer.site(node), *arguments)

    def _quantifier(self, node: ast.Call) -> ast.expr:
        """Every instance is evaluated: a condition must be defined throughout its range."""
        match node.args:
            case [ast.GeneratorExp(elt=element, generators=generators)]:
                ranges = []
                for part in generators:
                    match part:
                        case ast.comprehension(
                            target=ast.Name() as target,
                            iter=ast.Call(func=ast.Name(id="range") as made, args=arguments),
                            ifs=[],
                        ) if len(arguments) in (1, 2):
                            call = ast.Call(made, [self.write(a) for a in arguments], [])
                            ranges.append(ast.comprehension(target, call, [], 0))
                        case _:
                            raise self.writer.source.error(
                                part.iter,
                                "a quantifier ranges over range(stop) or range(start, stop)",
                            )
                return ast.Call(node.func, [ast.ListComp(self.write(element), ranges)], [])
        raise self.writer.source.error(node, f"`{ast.unparse(node.func)}` of anything but ranges")


def _own_types(info: TypeInfo, word: Range | None) -> TypeInfo:
    """What an unannotated variable takes from a call's result: integers widen to the word."""
    if info.shape == "int":
        return TypeInfo("int", word)
    if info.shape == "tuple":
        return TypeInfo("tuple", None, tuple(_own_types(p, word) for p in info.parts))
    return info


def _do(method: str, *arguments: ast.expr | int) -> ast.expr:
    """A call of a frame's method; plain numbers name sites and types."""
    values = [ast.Constant(a) if isinstance(a, int) else a for a in arguments]
    function = ast.Attribute(ast.Name(FRAME, ast.Load()), method, ast.Load())
    return ast.Call(function, values, [])


def _set(name: str, value: ast.expr) -> ast.stmt:
    return ast.Assign([ast.Name(name, ast.Store())], value)


def _parameters(names: list[str]) -> ast.arguments:
    return ast.arguments([], [ast.arg(n) for n in names], None, [], [], None, [])
