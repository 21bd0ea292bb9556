"""From Python's functions to the core's: bodies, scopes, names."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from veriquant_proofs.core.syntax import (
    Assert,
    Assign,
    Clause,
    Element,
    Expr,
    For,
    Function,
    If,
    IntLiteral,
    Length,
    Local,
    Place,
    Return,
    Role,
    Statement,
    Store,
    Unpack,
    Use,
    Variable,
    While,
)
from veriquant_proofs.core.types import (
    INT,
    IntType,
    SequenceType,
    TupleType,
    Type,
)
from veriquant_proofs.frontend.annotations import annotated_type
from veriquant_proofs.frontend.errors import VerificationSubsetError
from veriquant_proofs.frontend.expressions import Library, Named, Reader
from veriquant_proofs.frontend.headers import Condition, Header
from veriquant_proofs.frontend.modules import Builtin, FunctionText, Word
from veriquant_proofs.frontend.scopes import (
    bound_names,
    is_bool,
    is_docstring,
    is_store,
    loaded,
    machine,
    shape,
)
from veriquant_proofs.frontend.subset import advice
from veriquant_proofs.places import shown


def read_function(head: Header, library: Library) -> Function:
    """The core of one marked function. Raises VerificationSubsetError."""
    try:
        return _Body(head, library).function()
    except RecursionError as error:
        raise head.module.error(head.node, f"`{head.id.name}` is nested too deeply") from error


@dataclass(slots=True)
class _Body:
    """Reads one function."""

    head: Header
    library: Library
    names: dict[str, Named] = field(default_factory=dict)
    locals: dict[str, Local] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    loops: set[str] = field(default_factory=set)  # Python names of the loops around this point
    left: set[str] = field(default_factory=set)  # and of those before it
    own: frozenset[str] = frozenset()  # names that the function binds
    _loop_names: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.taken = {n.id for n in ast.walk(self.head.node) if isinstance(n, ast.Name)}
        self.taken |= {n.arg for n in ast.walk(self.head.node) if isinstance(n, ast.arg)}
        self.taken.add("result")
        self.own = frozenset(bound_names(self.head.node))

    # ---------------------------------------------------------------- the whole

    def function(self) -> Function:
        """Contract and body."""
        head = self.head
        parameters = {p.name: Named(p.name, p.type) for p in head.parameters}
        requires = tuple(self._clause(c, parameters) for c in head.requires)
        with_result = {**parameters, "result": Named("result", head.result)}
        ensures = tuple(self._clause(c, with_result) for c in head.ensures)
        self.names = dict(parameters)
        body: tuple[Statement, ...] = ()
        value: Expr | None = None
        if head.role is Role.LOGIC:
            value = self._value()
        else:
            body = self.block(head.node.body)
        return Function(
            id=head.id,
            role=head.role,
            parameters=head.parameters,
            result=head.result,
            requires=requires,
            ensures=ensures,
            locals=tuple(self.locals.values()),
            body=body,
            value=value,
            word=head.word,
            theory=head.theory,
            requirements=head.requirements,
            theorem=head.theorem,
            justifications=head.justifications(),
            file=shown(head.module.file),
            place=Place(line=head.node.lineno, column=head.node.col_offset + 1, text=head.id.name),
            text=head.text(),
        )

    def _value(self) -> Expr:
        """A specification function is one return expression after its docstring."""
        node = self.head.node
        match [s for s in node.body if not is_docstring(s)]:
            case [ast.Return(value=ast.expr() as value)]:
                reader = self.reader(executable=False)
                if is_bool(self.head.result):
                    return reader.condition(value)
                return reader.read(value)
        raise self.error(node, f"{node.name}: a specification function is one return")

    def _clause(self, condition: Condition, names: dict[str, Named]) -> Clause:
        for name in condition.parameters:
            if name not in names:
                raise self.error(condition.body, f"contract names `{name}`, not a parameter")
        known = {name: names[name] for name in condition.parameters}
        reader = Reader(
            self.head.module,
            known,
            frozenset(known),
            self.head.word,
            False,
            self.unique,
            self.library,
        )
        found = reader.condition(condition.body)
        return Clause(condition=found, place=reader.place(condition.body))

    # ---------------------------------------------------------------- helpers

    def error(self, node: ast.AST, construct: str) -> VerificationSubsetError:
        """The error for a construct outside the subset."""
        return self.head.module.error(node, construct)

    def unique(self, name: str) -> str:
        """A name that nothing else in the function has."""
        candidate, number = name, 1
        own = {n.name for n in self.names.values()} | set(self.locals)
        while number == 1 or candidate in self.taken or candidate in own:
            number += 1
            candidate = f"{name}_{number}"
        self.taken.add(candidate)
        return candidate

    def reader(self, *, executable: bool) -> Reader:
        """Reads expressions at this point."""
        return Reader(
            self.head.module,
            self.names,
            self.own | frozenset(self.names),
            self.head.word,
            executable,
            self.unique,
            self.library,
        )

    def code(self, node: ast.expr, hint: Type | None = None) -> Expr:
        """An executable expression."""
        return self.reader(executable=True).read(node, hint)

    def spec(self, node: ast.expr) -> Expr:
        """A specification condition."""
        return self.reader(executable=False).condition(node)

    # ---------------------------------------------------------------- statements

    def block(self, statements: list[ast.stmt]) -> tuple[Statement, ...]:
        """Statements in order."""
        return tuple(found for node in statements for found in self.statement(node))

    def statement(self, node: ast.stmt) -> list[Statement]:
        """The core of one statement."""
        place = self.reader(executable=True).place(node)
        match node:
            case ast.Pass():
                return []
            case ast.Expr() if is_docstring(node):
                return []
            case ast.Assign(targets=[target], value=value):
                return [self._assign(target, value, None, place)]
            case ast.AnnAssign(target=ast.Name() as target, value=ast.expr() as value, simple=1):
                kind = annotated_type(self.head.module, node.annotation, self.head.word)
                return [self._assign(target, value, kind, place)]
            case ast.AugAssign(target=target, op=op, value=value):
                load = ast.parse(ast.unparse(target), mode="eval").body
                for part in ast.walk(load):
                    ast.copy_location(part, target)
                both = ast.copy_location(ast.BinOp(load, op, value), node)
                return [self._assign(target, both, None, place)]
            case ast.If(test=test, body=body, orelse=orelse):
                found = self.reader(executable=True).condition(test)
                then, otherwise = self.block(body), self.block(orelse)
                return [If(test=found, then=then, otherwise=otherwise, place=place)]
            case ast.For():
                return [self._for(node, place)]
            case ast.While():
                return [self._while(node, place)]
            case ast.Return(value=ast.expr() as value):
                return [Return(value=self._returned(value), place=place)]
            case ast.Assert(test=test):
                return [self._assert(node, test, place)]
        raise self.error(node, advice(node))

    def _returned(self, node: ast.expr) -> Expr:
        if is_bool(self.head.result):
            found = self.code(node)
            if not is_bool(self.reader(executable=True).type(found, node)):
                raise self.error(node, "the result is a truth value: write `!= 0`")
            return found
        return self.code(node, self.head.result)

    def _assert(self, node: ast.Assert, test: ast.expr, place: Place) -> Statement:
        if isinstance(test, ast.Call) and isinstance(test.func, ast.Name):
            meaning = self._global(test.func)
            if meaning in (Word.INVARIANT, Word.VARIANT):
                raise self.error(node, f"`{test.func.id}` not at the start of a loop body")
            if (
                isinstance(meaning, FunctionText)
                and self.library.header(meaning).role is Role.LEMMA
            ):
                return self._use(meaning, test, place)
        return Assert(condition=self.spec(test), place=place)

    def _use(self, lemma: FunctionText, node: ast.Call, place: Place) -> Use:
        head = self.library.header(lemma)
        if node.keywords or len(node.args) != len(head.parameters):
            raise self.error(node, f"use of {head.id.name}: positional arguments, all of them")
        reader = self.reader(executable=False)
        return Use(lemma=head.id, arguments=tuple(reader.read(a) for a in node.args), place=place)

    def _global(self, node: ast.Name) -> object:
        if node.id in self.names or node.id in self.own:
            return None
        return self.head.module.meaning(node.id, node)

    # ---------------------------------------------------------------- assignment

    def _assign(
        self, target: ast.expr, value: ast.expr, kind: Type | None, place: Place
    ) -> Statement:
        match target:
            case ast.Name(id=name):
                self._not_a_loop(target, name)
                hint = kind or (self.locals[name].type if name in self.locals else None)
                found = self.code(value, hint)
                kind = kind or self._inferred(found, value)
                self._declare(target, name, kind)
                return Assign(target=name, value=found, place=place)
            case ast.Tuple(elts=elements):
                return self._unpack(target, elements, value, place)
            case ast.Subscript():
                return self._store(target, value, place)
        raise self.error(target, f"assignment to `{ast.unparse(target)}`")

    def _unpack(
        self, target: ast.expr, elements: list[ast.expr], value: ast.expr, place: Place
    ) -> Statement:
        names: list[str] = []
        for element in elements:
            if not isinstance(element, ast.Name):
                raise self.error(element, "tuple assignment to anything but names")
            self._not_a_loop(element, element.id)
            names.append(element.id)
        if len(set(names)) < len(names):
            raise self.error(target, "tuple assignment to one name twice")
        known = [self.locals[n].type if n in self.locals else None for n in names]
        complete = [k for k in known if k is not None]
        hint = TupleType(items=tuple(complete)) if len(complete) == len(known) else None
        found = self.code(value, hint)
        kind = self._inferred(found, value)
        if not isinstance(kind, TupleType) or len(kind.items) != len(names):
            raise self.error(target, "tuple assignment needs a tuple of that length")
        for name, item, element in zip(names, kind.items, elements, strict=True):
            self._declare(element, name, item)
        return Unpack(targets=tuple(names), value=found, place=place)

    def _declare(self, node: ast.expr, name: str, kind: Type) -> None:
        """The first assignment declares a local; later ones keep its type."""
        if any(p.name == name for p in self.head.parameters):
            raise self.error(node, f"parameter `{name}` is mutated: use a variable of your own")
        old = self.locals.get(name)
        if old is None:
            self.locals[name] = Local(name=name, type=kind)
            self.names[name] = Named(name, kind)
        elif shape(kind) != shape(old.type):
            raise self.error(node, f"`{name}` changes its type from {old.type} to {kind}")

    def _inferred(self, expr: Expr, node: ast.expr) -> Type:
        """Integers without an annotation are of the machine word."""
        return machine(self.reader(executable=True).type(expr, node), self.head.word)

    def _not_a_loop(self, node: ast.expr, name: str) -> None:
        if name in self.loops:
            raise self.error(node, f"loop variable `{name}` is assigned in its loop")
        if name in self.left:
            raise self.error(node, f"`{name}` was the variable of a loop: use another name")

    def _store(self, target: ast.Subscript, value: ast.expr, place: Place) -> Statement:
        base: ast.expr = target
        indices: list[ast.expr] = []
        while isinstance(base, ast.Subscript):
            if isinstance(base.slice, ast.Slice):
                raise self.error(base, advice(base.slice))
            indices.insert(0, base.slice)
            base = base.value
        if not isinstance(base, ast.Name) or len(indices) > 2:
            raise self.error(target, "store into anything but a named list")
        if any(p.name == base.id for p in self.head.parameters):
            raise self.error(target, f"parameter `{base.id}` is mutated: fill a list of your own")
        found = self.code(value)
        read = tuple(self.code(index) for index in indices)
        known = self.names.get(base.id)
        if known is None:
            raise self.error(base, f"`{base.id}` may be read before it is assigned")
        text = f"{ast.unparse(target)} = {ast.unparse(value)}"
        where = Place(line=place.line, column=target.col_offset + 1, text=" ".join(text.split()))
        return Store(array=known.name, indices=read, value=found, place=where)

    # ---------------------------------------------------------------- loops

    def _for(self, node: ast.For, place: Place) -> Statement:
        if node.orelse:
            raise self.error(node, "`for` with else: put it after the loop")
        reader = self.reader(executable=True)
        if reader.is_range(node.iter):
            if not isinstance(node.target, ast.Name):
                raise self.error(node.target, "`for` over a range has one variable")
            assert isinstance(node.iter, ast.Call)
            low, high = reader.bounds(node.iter)
            return self._counted(node, place, node.target, low, high, None)
        target, element, sequence = self._over_elements(node)
        array = reader.read(sequence)
        if not isinstance(reader.type(array, sequence), SequenceType):
            raise self.error(node.iter, f"`for` over `{ast.unparse(sequence)}`: {_ITERABLES}")
        if not isinstance(array, Variable):
            raise self.error(sequence, "`for` over anything but a named sequence: name it first")
        here = reader.place(node.iter)
        low = IntLiteral(value=0, place=Place(line=here.line, column=here.column, text="0"))
        text = Place(line=here.line, column=here.column, text=f"len({array.place.text})")
        high = Length(array=array, place=text)
        return self._counted(node, place, target, low, high, (element, array))

    def _over_elements(self, node: ast.For) -> tuple[ast.Name | None, ast.Name, ast.expr]:
        """`for v in x` and `for i, v in enumerate(x)`: index, element and sequence."""
        match node:
            case ast.For(
                target=ast.Tuple(elts=[ast.Name() as index, ast.Name() as element]),
                iter=ast.Call(func=ast.Name() as name, args=[sequence], keywords=[]),
            ) if self._global(name) == Builtin("enumerate"):
                if index.id == element.id:
                    raise self.error(node.target, "one name twice")
                return index, element, sequence
            case ast.For(target=ast.Name() as element, iter=ast.Name() as sequence):
                return None, element, sequence
        raise self.error(node.iter, f"`for` over `{ast.unparse(node.iter)}`: {_ITERABLES}")

    def _counted(
        self,
        node: ast.For,
        place: Place,
        target: ast.Name | None,
        low: Expr,
        high: Expr,
        element: tuple[ast.Name, Variable] | None,
    ) -> Statement:
        """A loop over indices; `element` is the variable that holds each element, and of what."""
        own = [name.id for name in (target, element[0] if element else None) if name is not None]
        for name in own:
            if name in self.names:
                raise self.error(node.target, f"loop variable `{name}` hides another variable")
        if element is not None and any(
            isinstance(part, ast.Name) and part.id == element[1].name and is_store(part, node)
            for part in ast.walk(node)
        ):
            raise self.error(node, f"`{element[1].name}` changes inside the loop over it")
        kind = INT if self.head.word is None else IntType(range=self.head.word)
        name = self._loop_name(target.id if target is not None else f"{own[0]}_index")
        outer = dict(self.names)
        index = Named(name, kind)
        if target is not None:
            self.names[target.id] = index
        self.loops.update(own)
        invariants, variants, rest = self._loop_head(node, None if element is None else element[0])
        if variants:
            raise self.error(node, "a `for` loop over a range needs no variant")
        body: tuple[Statement, ...] = ()
        if element is not None:
            body = (self._element(element[0], element[1], index),)
        body += self.block(rest)
        self.loops.difference_update(own)
        self.left.update(own)
        self._leave(outer)
        return For(
            variable=name,
            type=kind,
            low=low,
            high=high,
            invariants=invariants,
            body=body,
            place=place,
        )

    def _element(self, target: ast.Name, array: Variable, index: Named) -> Statement:
        assert isinstance(array.type, SequenceType)
        where = self.reader(executable=True).place(target)
        text = f"{array.place.text}[{index.name}]"
        here = Place(line=where.line, column=where.column, text=text)
        read = Element(
            array=array, index=Variable(name=index.name, type=index.type, place=here), place=here
        )
        name = self._loop_name(target.id)
        self.locals[name] = Local(name=name, type=array.type.element)
        self.names[target.id] = Named(name, array.type.element)
        return Assign(target=name, value=read, place=here)

    def _loop_name(self, name: str) -> str:
        """The first loop of a name keeps it."""
        used = set(self.locals) | {n.name for n in self.names.values()} | self._loop_names
        if name not in used:
            self._loop_names.add(name)
            return name
        found = self.unique(name)
        self._loop_names.add(found)
        return found

    def _leave(self, outer: dict[str, Named]) -> None:
        """Names after a loop: its variables are gone; locals that it declared stay declared, and
        whether they are assigned is `core.wellformed`'s matter."""
        kept = {n: v for n, v in self.names.items() if n in outer or v.name == n}
        loops = self._loop_names
        self.names = {n: v for n, v in kept.items() if n in outer or v.name not in loops}

    def _while(self, node: ast.While, place: Place) -> Statement:
        if node.orelse:
            raise self.error(node, "`while` with else: put it after the loop")
        test = self.reader(executable=True).condition(node.test)
        outer = dict(self.names)
        invariants, variants, rest = self._loop_head(node, None)
        if len(variants) != 1:
            raise self.error(node, "a `while` loop needs exactly one `assert variant(...)`")
        reader = self.reader(executable=False)
        variant = reader.read(variants[0])
        if not isinstance(reader.type(variant, variants[0]), IntType):
            raise self.error(variants[0], f"`{ast.unparse(variants[0])}` is not an integer")
        body = self.block(rest)
        self._leave(outer)
        return While(test=test, invariants=invariants, variant=variant, body=body, place=place)

    def _loop_head(
        self, node: ast.For | ast.While, element: ast.Name | None
    ) -> tuple[tuple[Clause, ...], list[ast.expr], list[ast.stmt]]:
        """Split a loop body into invariants, variants and the statements after them."""
        invariants: list[Clause] = []
        variants: list[ast.expr] = []
        for position, statement in enumerate(node.body):
            match statement:
                case ast.Assert(test=ast.Call(func=ast.Name() as name, args=conditions) as call):
                    word = self._global(name)
                    if word not in (Word.INVARIANT, Word.VARIANT) or call.keywords:
                        return tuple(invariants), variants, node.body[position:]
                    if word is Word.VARIANT:
                        variants += conditions
                        continue
                    for condition in conditions:
                        if element is not None and element.id in loaded(condition):
                            raise self.error(
                                condition,
                                f"an invariant holds before `{element.id}` has its value: speak of "
                                "the index (for i, v in enumerate(x))",
                            )
                        place = self.reader(executable=False).place(condition)
                        invariants.append(Clause(condition=self.spec(condition), place=place))
                case _:
                    return tuple(invariants), variants, node.body[position:]
        raise self.error(node, "a loop needs statements after its invariants")


_ITERABLES = "range(stop), range(start, stop), a sequence of integers, or enumerate of one"
