"""Forward symbolic execution of one function, with loops cut at their invariants.

One VC per check and path. A check that was made is assumed afterwards, so that one failure does
not flood the rest. Calls are replaced by the callee's contract. Whatever is outside the verified
subset raises VerificationSubsetError with its place.
"""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeGuard

import z3

from veriquant_proofs.vcgen.source import (
    KERNEL_PACKAGE,
    LEMMA_MODULE,
    Clause,
    FunctionSource,
    TypeInfo,
    callees,
    reached,
    read,
    type_info,
    unstable_names,
)
from veriquant_proofs.vcgen.values import (
    BvTheory,
    IntTheory,
    SBool,
    SInt,
    SMat,
    Span,
    SSeq,
    STuple,
    Term,
    Theory,
    Unsupported,
    Value,
    as_constant,
    conjunction,
    fold,
    implies,
    shift_axioms,
)
from veriquant_proofs.vcgen.vc import VC, Input, KernelVCs, Kind, Vacuity, VerificationSubsetError
from veriquant_spec import markers
from veriquant_spec.markers import mark_of
from veriquant_spec.types import INT64, Range

OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.BitAnd: "&",
    ast.BitOr: "|",
    ast.BitXor: "^",
    ast.LShift: "<<",
    ast.RShift: ">>",
    ast.Pow: "**",
    ast.Div: "/",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}

#: A quantifier over at most this many known values is written out.
EXPAND_LIMIT = 64

#: Shift amounts whose meaning a search for a witness states, so that it holds under quantifiers.
WITNESS_SHIFT = 8

#: Elements whose range a search for a witness states; longer witnesses are not looked for.
WITNESS_ELEMENTS = 2

#: Python names that Z3 or cvc5 reads as its own words; their symbols are numbered at once.
SOLVER_WORDS = re.compile(
    "RNA|RNE|RTN|RTP|RTZ|roundNearestTiesToEven|_|let|forall|exists|match|par|true|false|xor|ite|"
    "distinct|abs|div|mod|to_int|to_real|is_int|exp|sin|cos|tan|sqrt|select|store|tuple|bag|fp|"
    "bv(add|sub|mul|udiv|neg|and|or|not|nand|comp|2nat)|concat|[su]bv_to_int|sep|pto|wand"
)

#: Depth to which a contract's non-recursive specification functions are replaced by their bodies.
INLINE_LIMIT = 16


@dataclass(slots=True)
class Fact:
    """A hypothesis: what the solver sees, and what a person reads ("" for definitions)."""

    term: Term
    text: str
    path: bool = False


@dataclass(slots=True)
class Variable:
    """A local variable: its current value, the type of all its values, whether it may change."""

    value: Value
    type: TypeInfo
    parameter: bool = False


@dataclass(slots=True)
class State:
    """One path: variables, and what is known on it."""

    variables: dict[str, Variable]
    facts: list[Fact] = field(default_factory=list)

    def copy(self) -> State:
        copies = {n: replace(v) for n, v in self.variables.items()}
        return State(copies, list(self.facts))


class Engine:
    """Generates the VCs of one function."""

    def __init__(self, source: FunctionSource) -> None:
        self.source = source
        self.word = source.mark.word
        self.vcs: list[VC] = []
        self.vacuity: list[Vacuity] = []
        self.state = State({})
        self.guards: list[Fact] = []
        self.bound: list[Term] = []  # quantified variables in scope
        self.inline_depth = 0
        self.place: ast.AST | None = None  # the call that an inlined specification stands for
        self.ordinals: dict[Kind, int] = {}
        self.names: dict[str, int] = {}
        self.inputs: tuple[Input, ...] = ()
        self.locals = _assigned_names(source.node.body) | {n for n, _ in source.parameters}
        self.theory: Theory = (
            self._vectors()
            if source.mark.theory == "bv"
            else IntTheory(lambda t: self.assume(t, ""), self.fresh)
        )

    def _vectors(self) -> BvTheory:
        """Twice 64 bits hold every sum, product and shift of two 64-bit words without wrapping."""
        if not _inside(self.word, INT64):
            raise self.source.error(self.source.node, f"bit-vector kernel with word {self.word}")
        return BvTheory()

    # ---------------------------------------------------------------- results

    def run(self) -> KernelVCs:
        """Generate everything for the function."""
        source = self.source
        entry = self.entry()
        self.state = entry.copy()
        if source.mark.role == "logic":
            Evaluator(self, executable=False, checked=True).value(_logic_body(source))
            return self._collected()
        body = source.node.body
        if source.mark.role == "kernel" and not (source.ensures or _ranged(source.result)):
            raise source.error(source.node, f"{source.name} has no postcondition to prove")
        fallen = self.block(body)
        for state in fallen:
            self.state = state
            raise source.error(body[-1], f"{source.name} may end without a return")
        return self._collected()

    def _collected(self) -> KernelVCs:
        source = self.source
        return KernelVCs(
            source.kernel,
            source.module,
            source.name,
            source.shown_file,
            source.node.lineno,
            source.text,
            hashlib.sha256(source.text.encode()).hexdigest(),
            source.mark.requirements,
            source.mark.role == "lemma",
            source.mark.theorem,
            tuple(self.vcs),
            tuple(self.vacuity),
        )

    def entry(self) -> State:
        """Parameters and preconditions; the preconditions' own well-definedness is checked."""
        inputs = []
        for name, info in self.source.parameters:
            machine = self.source.mark.role == "kernel" or self.theory.name == "bv"
            if machine and info.shape not in ("bool", "real"):
                self._must_fit_word(info.bounds, name)
            value = self.unknown(name, info)
            inputs.append(_input(name, info, value))
            self.state.variables[name] = Variable(value, info, parameter=True)
        self.inputs = tuple(inputs)
        for clause in self.source.requires:
            condition = self.truth(self.clause(clause, {}, checked=True), clause.body)
            self.assume(condition, ast.unparse(clause.body))
        self._vacuity("precondition", self.source.node.lineno, [])
        return self.state

    def _must_fit_word(self, bounds: Range | None, what: str) -> None:
        """Machine integers, and those in bit-vectors: ranged, and no wider than the word."""
        if bounds is None:
            raise self.source.error(
                self.source.node, f"parameter `{what}` of {self.source.kernel} has no range"
            )
        if self.word is not None and (bounds.low not in self.word or bounds.high not in self.word):
            raise self.source.error(
                self.source.node, f"{what}: range {bounds} exceeds the machine word {self.word}"
            )

    def _vacuity(self, what: str, line: int, extra: list[Term]) -> None:
        terms = [f.term for f in self.state.facts] + [g.term for g in self.guards] + extra
        terms += self._element_facts()
        if self.theory.name == "int" and any("bits." in _print(t).text for t in terms):
            terms += shift_axioms(WITNESS_SHIFT)
        number = sum(v.what == what for v in self.vacuity) + 1
        self.vacuity.append(
            Vacuity(
                f"{self.source.kernel}/satisfiable-{what}/{number}",
                self.source.kernel,
                self.source.module,
                self.source.name,
                self.source.shown_file,
                line,
                what,
                smt2(terms),
                self.inputs,
            )
        )

    def _element_facts(self) -> list[Term]:
        """The ranges of the parameters' first elements, so that a short witness has them."""
        found: list[Term] = []
        first = range(WITNESS_ELEMENTS)
        for name, info in self.source.parameters:
            value = self.state.variables[name].value
            if info.bounds is None:
                continue
            if isinstance(value, SSeq):
                found += [self.theory.within(value.array[i], info.bounds) for i in first]
            elif isinstance(value, SMat):
                found += [
                    self.theory.within(value.array[i][j], info.bounds) for i in first for j in first
                ]
        return found

    def check(self, kind: Kind, term: Term, node: ast.AST, text: str) -> None:
        """Emit one VC, then assume what it says.

        Inside a specification function the place is its call: the function may be in another file.
        """
        node = self.place or node
        number = self.ordinals[kind] = self.ordinals.get(kind, 0) + 1
        known = [*self.state.facts, *self.guards]
        slug = kind.value.replace(" ", "-")
        line = getattr(node, "lineno", self.source.node.lineno)
        self.vcs.append(
            VC(
                f"{self.source.kernel}/{slug}/{number}",
                self.source.kernel,
                self.source.module,
                self.source.name,
                self.source.shown_file,
                line,
                getattr(node, "col_offset", 0) + 1,
                kind,
                text,
                tuple(dict.fromkeys(f.text for f in known if f.path and f.text)),
                tuple(dict.fromkeys(f.text for f in known if not f.path and f.text)),
                self.source.mark.requirements,
                smt2([*(f.term for f in known), z3.Not(self._instance(term))]),
                self.inputs,
                justification=self.source.justification(line, kind.value),
                second="bitwuzla" if self.theory.name == "bv" and not self._has_calls() else "cvc5",
            )
        )
        self.assume(term, "")

    def _instance(self, goal: Term) -> Term:
        """A universal goal at constants about which nothing is known: its negation needs no
        quantifier, which solvers decide far more readily."""
        if z3.is_quantifier(goal) and goal.is_forall():
            count = goal.num_vars()
            names = [self.fresh(f"any_{goal.var_name(k)}") for k in range(count)]
            fresh = [z3.Const(n, goal.var_sort(k)) for k, n in enumerate(names)]
            return z3.substitute_vars(goal.body(), *reversed(fresh))
        return goal

    def _has_calls(self) -> bool:
        return any("kernel " in f.text for f in self.state.facts)

    def assume(self, term: Term, text: str, path: bool = False) -> None:
        """Add a fact, under the guards in force."""
        term = implies([g.term for g in self.guards], term)
        if z3.is_true(term):
            return
        if any(f.term.eq(term) for f in self.state.facts):
            return
        self.state.facts.append(Fact(term, text, path))

    @contextmanager
    def guarded(self, term: Term, text: str) -> Iterator[None]:
        self.guards.append(Fact(term, text, path=True))
        try:
            yield
        finally:
            self.guards.pop()

    def fresh(self, name: str) -> str:
        """A constant's name that was not used before in this function.

        Not `name!2`: Z3 prints shared parts as `(let ((a!2 ...`, which would capture a constant of
        a variable `a` and change what the text says.
        """
        number = self.names[name] = (
            self.names.get(name, int(SOLVER_WORDS.fullmatch(name) is not None)) + 1
        )
        return name if number == 1 else f"{name}@{number}"

    def unknown(self, name: str, info: TypeInfo, length: SInt | None = None) -> Value:
        """A value of the type about which nothing else is known."""
        if info.shape == "tuple":
            parts = [self.unknown(f"{name}_{i}", p) for i, p in enumerate(info.parts)]
            return STuple(tuple(parts))
        symbol = self.fresh(name)
        if info.shape == "bool":
            return SBool(z3.Bool(symbol))
        if info.shape == "real":
            return SInt(z3.Real(symbol), real=True)
        if info.shape == "int":
            value = self.theory.variable(symbol, info.bounds)
            if info.bounds is not None:
                text = f"{name} in {info.bounds}"
                self.assume(self.theory.within(value.term, info.bounds), text)
            return value
        if self.theory.name != "int":
            raise self.source.error(self.source.node, f"{name}: sequence in a bit-vector kernel")
        ints = z3.IntSort()
        rows = length or self._length(self.fresh(f"{symbol}_len"))
        if info.shape == "int[]":
            return SSeq(z3.Const(symbol, z3.ArraySort(ints, ints)), rows, info.bounds)
        matrix = z3.Const(symbol, z3.ArraySort(ints, z3.ArraySort(ints, ints)))
        widths = z3.Const(self.fresh(f"{symbol}_widths"), z3.ArraySort(ints, ints))
        return SMat(matrix, rows, widths, info.bounds)

    def _length(self, symbol: str) -> SInt:
        length = SInt(z3.Int(symbol), Span(0, None))
        self.assume(length.term >= 0, "")
        return length

    # ---------------------------------------------------------------- statements

    def block(self, statements: list[ast.stmt]) -> list[State]:
        """Run statements from the current state; the states in which control falls through."""
        states = [self.state]
        for statement in statements:
            if not states:  # even unread, it could make a name local
                raise self.source.error(statement, "a statement that nothing reaches")
            following: list[State] = []
            for state in states:
                self.state = state
                following += self.statement(statement)
            states = following
        return states

    def statement(self, node: ast.stmt) -> list[State]:
        match node:
            case ast.Expr(value=ast.Constant(value=str())) | ast.Pass():
                pass
            case ast.Assign(targets=[target], value=value):
                self.assign(target, value, None)
            case ast.AnnAssign(target=ast.Name() as target, value=ast.expr() as value):
                self.assign(target, value, self._annotation(node))
            case ast.AugAssign(target=target, op=op, value=value):
                load = ast.parse(ast.unparse(target), mode="eval").body
                for part in ast.walk(load):
                    ast.copy_location(part, target)
                both = ast.copy_location(ast.BinOp(load, op, value), node)
                self.assign(target, both, None)
            case ast.If():
                return self.branch(node)
            case ast.For():
                return self.for_loop(node)
            case ast.While():
                return self.while_loop(node)
            case ast.Return(value=ast.expr() as value):
                self.leave(node, value)
                return []
            case ast.Assert(test=test):
                self.assertion(node, test)
            case _:
                raise self.source.error(node, f"statement `{_head(node)}`")
        return [self.state]

    def _annotation(self, node: ast.AnnAssign) -> TypeInfo:
        try:
            hint = eval(ast.unparse(node.annotation), dict(self.source.namespace))
            return machine_type(type_info(hint), self.word)
        except (NameError, TypeError) as error:
            raise self.source.error(node, f"annotation: {error}") from error

    def assign(self, target: ast.expr, node: ast.expr, info: TypeInfo | None) -> None:
        if isinstance(target, ast.Subscript):
            self.store(target, node)
            return
        if isinstance(target, ast.Tuple):
            value = self.code(node)
            if not isinstance(value, STuple) or len(value.items) != len(target.elts):
                raise self.source.error(target, "tuple assignment needs a tuple of that length")
            for position, (element, item) in enumerate(zip(target.elts, value.items, strict=True)):
                if not isinstance(element, ast.Name):
                    raise self.source.error(element, "tuple assignment to anything but names")
                part = node.elts[position] if isinstance(node, ast.Tuple) else node
                self.bind(element, item, None, part)
            return
        if not isinstance(target, ast.Name):
            raise self.source.error(target, f"assignment to `{ast.unparse(target)}`")
        self.bind(target, self.code(node, info), info, node)

    def bind(self, target: ast.Name, value: Value, info: TypeInfo | None, node: ast.expr) -> None:
        name = target.id
        old = self.state.variables.get(name)
        if old is not None and old.parameter:
            raise self.source.error(target, f"parameter `{name}` is mutated")
        if old is not None:
            if info is not None and info != old.type:
                raise self.source.error(target, f"`{name}` changes its type")
            info = old.type
        self._no_second_name(name, value, node)
        if info is None:
            info = self._inferred(value)
        self.state.variables[name] = Variable(self.fit(value, info, node, name), info)

    def _no_second_name(self, name: str, value: Value, node: ast.expr) -> None:
        """A list has one name: it may not be reached through a tuple as well."""
        if not _holds_list(value):
            return
        if isinstance(node, ast.Tuple) and isinstance(value, STuple):
            for item, part in zip(value.items, node.elts, strict=True):
                self._no_second_name(name, item, part)
        elif not isinstance(node, ast.Call | ast.List | ast.ListComp | ast.BinOp):
            raise self.source.error(node, f"`{name}` would alias `{ast.unparse(node)}`")

    def _inferred(self, value: Value) -> TypeInfo:
        match value:
            case SInt(real=True):
                return TypeInfo("real")
            case SInt():
                return TypeInfo("int", self.word)
            case SBool():
                return TypeInfo("bool")
            case SSeq():
                return TypeInfo("int[]", value.bounds)
            case SMat():
                return TypeInfo("int[][]", value.bounds)
            case STuple():
                return TypeInfo("tuple", None, tuple(self._inferred(i) for i in value.items))

    def fit(self, value: Value, info: TypeInfo, node: ast.AST, what: str) -> Value:
        """`value` as a value of type `info`: range checks where the type promises a range."""
        shapes = {SBool: "bool", SSeq: "int[]", SMat: "int[][]", STuple: "tuple"}
        shape = shapes.get(type(value), "real" if isinstance(value, SInt) and value.real else "int")
        if shape != info.shape:  # an integer is no rational: Python divides it as a float
            raise self.source.error(node, f"`{what}` is {shape}, expected {info.shape}")
        match value:
            case SInt(real=False) if info.shape == "int" and info.bounds is not None:
                self.in_range(value, info.bounds, node, what)
                return replace(value, span=value.span.meet(info.bounds))
            case SSeq() | SMat() if value.bounds != info.bounds:
                have = value.bounds
                if info.bounds is not None and not _inside(have, info.bounds):
                    self.elements_in_range(value, info.bounds, node, what)
                    if self.guards:
                        return value  # shown under a condition: no property of the sequence
                    return replace(value, bounds=info.bounds, total=False)
                return replace(value, bounds=info.bounds)
            case STuple():
                if len(value.items) != len(info.parts):
                    raise self.source.error(node, f"`{what}` has {len(value.items)} parts")
                parts = zip(value.items, info.parts, strict=True)
                return STuple(
                    tuple(self.fit(v, t, node, f"{what}[{i}]") for i, (v, t) in enumerate(parts))
                )
        return value

    def in_range(self, value: SInt, bounds: Range, node: ast.AST, what: str) -> None:
        """A range check, unless the value is a literal in range or known to fit the word."""
        literal = as_constant(value)
        if literal is not None and literal in bounds:
            return
        if bounds == self.word and value.span.meet(bounds) == value.span:
            return  # the operation that gave it was checked against the word
        term = self.theory.within(value.term, bounds)
        self.check(Kind.RANGE, term, node, f"{what} in {bounds}")

    def elements_in_range(
        self, value: SSeq | SMat, bounds: Range, node: ast.AST, what: str
    ) -> None:
        i, j = (z3.Int(self.fresh(n)) for n in ("i", "j"))
        if isinstance(value, SSeq):
            inside = [i >= 0, i < value.length.term]
            element = z3.Select(value.array, i)
        else:
            inside = [i >= 0, i < value.rows.term, j >= 0, j < value.width(i)]
            element = z3.Select(z3.Select(value.array, i), j)
        term = z3.Implies(conjunction(inside), self.theory.within(element, bounds))
        self.check(Kind.RANGE, term, node, f"every element of {what} in {bounds}")

    def store(self, target: ast.Subscript, node: ast.expr) -> None:
        """`x[i] = v` or `x[i][j] = v` on a list the function made itself."""
        base = target.value
        outer = base.value if isinstance(base, ast.Subscript) else base
        if not isinstance(outer, ast.Name):
            raise self.source.error(target, "store into anything but a named list")
        variable = self.variable(outer)
        if variable.parameter:
            raise self.source.error(target, f"parameter `{outer.id}` is mutated")
        # Python evaluates the right side first, then the subscripts from left to right.
        value = self.code(node)
        if not isinstance(value, SInt):
            raise self.source.error(node, "only integers are stored in lists")
        if variable.type.bounds is not None:
            self.in_range(value, variable.type.bounds, node, ast.unparse(target))
        sequence = variable.value
        index = self.integer(base.slice if isinstance(base, ast.Subscript) else target.slice)
        if isinstance(sequence, SSeq) and isinstance(base, ast.Name):
            self.check_index(index, sequence.length, target)
            array = z3.Store(sequence.array, index.term, value.term)
            variable.value = replace(sequence, array=array)
        elif isinstance(sequence, SMat) and isinstance(base, ast.Subscript):
            self.check_index(index, sequence.rows, base)
            row = z3.Select(sequence.array, index.term)
            column = self.integer(target.slice)
            width = SInt(sequence.width(index.term))
            self.check_index(column, width, target)
            inner = z3.Store(row, column.term, value.term)
            variable.value = replace(sequence, array=z3.Store(sequence.array, index.term, inner))
        else:
            raise self.source.error(target, f"store `{ast.unparse(target)}`")

    def branch(self, node: ast.If) -> list[State]:
        condition = self.truth(self.code(node.test), node.test)
        text = ast.unparse(node.test)
        otherwise = self.state.copy()
        self.assume(condition, text, path=True)
        fallen = self.block(node.body)
        self.state = otherwise
        self.assume(z3.Not(condition), f"not ({text})", path=True)
        return fallen + self.block(node.orelse)

    def leave(self, node: ast.Return, value: ast.expr) -> None:
        promised = machine_type(self.source.result, self.word)
        result = self.fit(self.code(value, promised), promised, value, "result")
        self._no_alias(value)
        if self.source.mark.role == "lemma" and not (
            isinstance(value, ast.Constant) and value.value is True
        ):
            raise self.source.error(value, "a lemma returns True")
        for clause in self.source.ensures:
            goal = self.truth(self.clause(clause, {"result": result}, checked=True), clause.body)
            place = clause.body
            self.check(Kind.POSTCONDITION, goal, place, ast.unparse(clause.body))

    def _no_alias(self, value: ast.expr) -> None:
        parts = [value]
        seen: set[str] = set()
        while parts:
            part = parts.pop()
            if isinstance(part, ast.Tuple):
                parts += part.elts
                continue
            if not isinstance(part, ast.Name):
                if isinstance(part, ast.Subscript) and _holds_list(self.spec(part)):
                    raise self.source.error(part, f"result aliases `{ast.unparse(part)}`")
                continue
            variable = self.state.variables.get(part.id)  # None: a constant of the module
            if variable is not None and _holds_list(variable.value):
                if variable.parameter:
                    raise self.source.error(part, f"result aliases parameter `{part.id}`")
                if part.id in seen:
                    raise self.source.error(part, f"result holds `{part.id}` twice")
                seen.add(part.id)

    def assertion(self, node: ast.Assert, test: ast.expr) -> None:
        if isinstance(test, ast.Call) and isinstance(test.func, ast.Name):
            if test.func.id in ("invariant", "variant"):
                raise self.source.error(node, f"`{test.func.id}` not at the start of a loop body")
            function = self._function(test.func)
            mark = mark_of(function) if function else None
            if function and mark and mark.role == "lemma":
                self.call(read(function), test, code=True)
                return
        goal = self.truth(self.spec(test, checked=True), test)
        self.check(Kind.ASSERTION, goal, test, ast.unparse(test))

    # ---------------------------------------------------------------- loops

    def for_loop(self, node: ast.For) -> list[State]:
        target, call = node.target, node.iter
        if not isinstance(target, ast.Name) or node.orelse:
            raise self.source.error(node, "`for` must have one name and no else")
        if self.theory.name != "int":
            raise self.source.error(node, "`for` in a bit-vector kernel")
        if not Evaluator(self, executable=True, checked=True).is_range(call, 2):
            raise self.source.error(
                call, "`for` over anything but range(stop) or range(start, stop)"
            )
        name = target.id
        if name in self.state.variables:
            raise self.source.error(target, f"loop variable `{name}` hides another variable")
        bounds = [self.integer(a) for a in call.args]
        start, stop = bounds if len(bounds) == 2 else (self.theory.constant(0), bounds[0])
        invariants, variants, body = self._loop_head(node)
        if variants:
            raise self.source.error(variants[0], "a `for` loop over a range needs no variant")
        index_type = TypeInfo("int", self.word)

        def at(value: SInt) -> None:
            self.state.variables[name] = Variable(value, index_type, parameter=True)

        at(start)
        self._check_invariants(Kind.INVARIANT_INIT, invariants)
        text = f"{name} in {ast.unparse(call)}"
        entry = self.state.copy()
        self._havoc(node)
        index = SInt(z3.Int(self.fresh(name)), Span(start.span.low, stop.span.high))
        inside = z3.And(start.term <= index.term, index.term < stop.term)
        self.assume(inside, text, path=True)
        at(index)
        self._assume_invariants(invariants)
        self._vacuity("invariant", node.lineno, [])
        outside_names = set(entry.variables)
        for state in self.block(body):
            self.state = state
            self._drop_new(outside_names)
            at(SInt(index.term + 1, index.span))
            self._check_invariants(Kind.INVARIANT_PRESERVED, invariants)
        # After the loop: the invariant holds at the first index that is not visited.
        self.state = entry
        self._havoc(node)
        at(SInt(z3.If(start.term < stop.term, stop.term, start.term)))
        if as_constant(start) == 0 and stop.span.low is not None and stop.span.low >= 0:
            at(stop)
        self._assume_invariants(invariants)
        del self.state.variables[name]
        return [self.state]

    def while_loop(self, node: ast.While) -> list[State]:
        if node.orelse:
            raise self.source.error(node, "`while` with else")
        invariants, variants, body = self._loop_head(node)
        if len(variants) != 1:
            raise self.source.error(node, "a `while` loop needs exactly one `assert variant(...)`")
        self._check_invariants(Kind.INVARIANT_INIT, invariants)
        entry = self.state.copy()
        self._havoc(node)
        self._assume_invariants(invariants)
        condition = self.truth(self.code(node.test), node.test)
        text = ast.unparse(node.test)
        after = self.state.copy()
        self.assume(condition, text, path=True)
        self._vacuity("invariant", node.lineno, [])
        before = self._spec_integer(variants[0], checked=True)
        zero = self.theory.constant(0)
        goal = self.theory.compare("<=", zero, before)
        what = ast.unparse(variants[0])
        self.check(Kind.VARIANT, goal, variants[0], f"{what} >= 0")
        for state in self.block(body):
            self.state = state
            self._drop_new(set(entry.variables))
            now = self._spec_integer(variants[0], checked=True)
            goal = self.theory.compare("<", now, before)
            self.check(Kind.VARIANT, goal, variants[0], f"{what} decreases")
            self._check_invariants(Kind.INVARIANT_PRESERVED, invariants)
        self.state = after
        self.assume(z3.Not(condition), f"not ({text})", path=True)
        return [self.state]

    def _loop_head(
        self, node: ast.For | ast.While
    ) -> tuple[list[ast.expr], list[ast.expr], list[ast.stmt]]:
        """Split a loop body into invariant conditions, variants and the statements after them."""
        invariants: list[ast.expr] = []
        variants: list[ast.expr] = []
        for name in ("invariant", "variant"):
            marker = getattr(markers, name)
            own = name in self.locals or self.source.namespace.get(name) is not marker
            if own and name in _names(node):
                raise self.source.error(node, f"`{name}` is not the marker of that name")
        for position, statement in enumerate(node.body):
            match statement:
                case ast.Assert(
                    test=ast.Call(func=ast.Name("invariant"), args=conditions, keywords=[])
                ):
                    invariants += conditions
                case ast.Assert(test=ast.Call(func=ast.Name("variant"), args=[value], keywords=[])):
                    variants.append(value)
                case _:
                    return invariants, variants, node.body[position:]
        raise self.source.error(node, "a loop needs statements after its invariants")

    def _check_invariants(self, kind: Kind, invariants: list[ast.expr]) -> None:
        for condition in invariants:
            goal = self.truth(self.spec(condition, checked=True), condition)
            self.check(kind, goal, condition, ast.unparse(condition))

    def _assume_invariants(self, invariants: list[ast.expr]) -> None:
        for condition in invariants:
            self.assume(self.truth(self.spec(condition), condition), ast.unparse(condition))

    def _havoc(self, node: ast.For | ast.While) -> None:
        """Forget the variables that the loop body assigns; their types still hold."""
        assigned, bound = _assigned_names(node.body), _bound_names(node.body)
        for name in sorted(assigned & set(self.state.variables)):
            variable = self.state.variables[name]
            if variable.parameter:
                continue  # the store itself is refused where it stands
            old = variable.value
            if isinstance(old, SSeq | SMat) and name not in bound:  # stores keep the length
                array = z3.Const(self.fresh(name), old.array.sort())
                variable.value = replace(old, array=array)
            else:
                variable.value = self.unknown(name, variable.type)

    def _drop_new(self, names: set[str]) -> None:
        for name in list(self.state.variables):
            if name not in names:
                del self.state.variables[name]

    # ---------------------------------------------------------------- expressions

    def code(self, node: ast.expr, hint: TypeInfo | None = None) -> Value:
        """Value of an executable expression, all its checks emitted."""
        return Evaluator(self, executable=True, checked=True, hint=hint).value(node)

    def spec(self, node: ast.expr, checked: bool = False) -> Value:
        """Value of a specification expression; `checked`: its well-definedness is emitted."""
        return Evaluator(self, executable=False, checked=checked).value(node)

    def clause(self, clause: Clause, extra: dict[str, Value], checked: bool = False) -> Value:
        """A contract condition of the function itself, over its parameters (and `result`)."""
        names = {name: value for name, value in extra.items() if name in clause.parameters}
        for name in clause.parameters:
            if name in names:
                continue
            variable = self.state.variables.get(name)
            if variable is None or not variable.parameter:
                raise self.source.error(clause.body, f"contract names `{name}`, not a parameter")
            names[name] = variable.value
        return Evaluator(self, executable=False, checked=checked, names=names).value(clause.body)

    def integer(self, node: ast.expr) -> SInt:
        value = self.code(node)
        if not isinstance(value, SInt) or value.real:
            raise self.source.error(node, f"`{ast.unparse(node)}` is not an integer")
        return value

    def _spec_integer(self, node: ast.expr, checked: bool) -> SInt:
        value = self.spec(node, checked)
        if not isinstance(value, SInt) or value.real:  # rationals may decrease for ever
            raise self.source.error(node, f"`{ast.unparse(node)}` is not an integer")
        return value

    def truth(self, value: Value, node: ast.AST) -> Term:
        if not isinstance(value, SBool):
            raise self.source.error(node, "a condition must be a comparison or a Boolean")
        return value.term

    def variable(self, node: ast.Name) -> Variable:
        variable = self.state.variables.get(node.id)
        if variable is None:
            raise self.source.error(
                node, f"`{node.id}` may be read before it is assigned, or after its loop"
            )
        return variable

    def check_index(self, index: SInt, length: SInt, node: ast.AST) -> None:
        term = z3.And(z3.IntVal(0) <= index.term, index.term < length.term)
        text = f"{ast.unparse(node)}: index in range"
        self.check(Kind.INDEX, term, node, text)

    def _function(self, node: ast.expr) -> Callable[..., Any] | None:
        if isinstance(node, ast.Name) and node.id not in self.locals:
            found = self.source.namespace.get(node.id)
            if callable(found) and mark_of(found) is not None:
                return found  # type: ignore[no-any-return]
        return None

    # ---------------------------------------------------------------- calls

    def call(
        self,
        callee: FunctionSource,
        node: ast.Call,
        code: bool,
        values: list[Value] | None = None,
        checked: bool = True,
    ) -> Value:
        """A call by contract: preconditions checked, the result known by its postconditions.

        Marked functions are pure, so the result is a function of the arguments: the same call
        twice gives the same result, in code and in contracts.
        """
        proved = (KERNEL_PACKAGE, LEMMA_MODULE, self.source.module)
        if callee.module.rpartition(".")[0] != KERNEL_PACKAGE and callee.module not in proved:
            raise self.source.error(
                node, f"{callee.name} is not among the functions that are proved"
            )
        if self.theory.name == "bv" and callee.mark.theory != "bv":
            raise self.source.error(
                node, f"{callee.name} speaks of unbounded integers: not in a bit-vector kernel"
            )
        if self.source.key in reached(callee):
            raise self.source.error(
                node, f"{callee.name} leads back to {self.source.name}: recursion"
            )
        if values is None:
            values = [self.code(a) if code else self.spec(a, checked) for a in node.args]
        if node.keywords or len(values) != len(callee.parameters):
            raise self.source.error(
                node, f"call of {callee.name}: positional arguments, all of them"
            )
        names: dict[str, Value] = {}
        for (name, info), value in zip(callee.parameters, values, strict=True):
            what = f"argument {name} of {callee.name}"
            names[name] = self.fit(value, info, node, what) if checked else value
        for clause in callee.requires:
            condition = self.foreign(callee, clause, names)
            if checked:
                text = f"{callee.name} requires {ast.unparse(clause.body)}"
                self.check(Kind.PRECONDITION, condition, node, text)
        result = self._result(callee, names)
        for clause in callee.ensures:
            condition = self.foreign(callee, clause, {**names, "result": result})
            text = f"{callee.name} ensures {ast.unparse(clause.body)}"
            self.assume(condition, text)
        return result

    def foreign(self, callee: FunctionSource, clause: Clause, names: dict[str, Value]) -> Term:
        # Only the names the condition declares are parameters; others are the module's.
        declared = {name: names[name] for name in clause.parameters if name in names}
        evaluator = Evaluator(
            self, executable=False, checked=False, names=declared, namespace=callee.namespace
        )
        return self.truth(evaluator.value(clause.body), clause.body)

    def _result(self, callee: FunctionSource, names: dict[str, Value]) -> Value:
        if callee.mark.role == "lemma":
            return SBool(z3.BoolVal(True))
        arguments: list[Term] = []
        for value in names.values():
            arguments += _flat(value)
        promised = machine_type(callee.result, callee.mark.word)
        return self._applied(f"{callee.module}.{callee.name}", promised, arguments)

    def _applied(self, name: str, info: TypeInfo, arguments: list[Term]) -> Value:
        """An uninterpreted result of the given type, with the ranges its type promises."""

        def apply(suffix: str, sort: Any) -> Term:
            sorts = [a.sort() for a in arguments]
            if not arguments:
                return z3.Const(name + suffix, sort)
            return z3.Function(name + suffix, *sorts, sort)(*arguments)

        if info.shape == "tuple":
            parts = [self._applied(f"{name}[{i}]", p, arguments) for i, p in enumerate(info.parts)]
            return STuple(tuple(parts))
        if info.shape == "bool":
            return SBool(apply("", z3.BoolSort()))
        if info.shape == "int":
            if self.theory.name == "bv" and not _inside(info.bounds, self.word):
                raise Unsupported(f"result of {name} is wider than the machine word")
            value = SInt(apply("", self.theory.sort()), Span.of(info.bounds))
            if info.bounds is not None:
                self.assume(
                    self.theory.within(value.term, info.bounds), f"kernel {name} in {info.bounds}"
                )
            return value
        ints = z3.IntSort()
        length = SInt(apply(".len", ints), Span(0, None))
        self.assume(length.term >= 0, "")
        if info.shape == "int[]":
            return SSeq(apply("", z3.ArraySort(ints, ints)), length, info.bounds)
        if info.shape == "int[][]":
            rows = z3.ArraySort(ints, z3.ArraySort(ints, ints))
            widths = apply(".widths", z3.ArraySort(ints, ints))
            return SMat(apply("", rows), length, widths, info.bounds)
        raise self.source.error(self.source.node, f"{name}: result of type {info.shape}")

    def range_axiom(self, sequence: SSeq | SMat) -> None:
        """Every element lies in its range: for reads at quantified positions."""
        if sequence.bounds is None:
            return
        i, j = z3.Int("i?"), z3.Int("j?")
        if isinstance(sequence, SSeq):
            if z3.is_app_of(sequence.array, z3.Z3_OP_CONST_ARRAY):
                return
            element = z3.Select(sequence.array, i)
            names = [i]
            inside = [i >= 0, i < sequence.length.term]
        else:
            element = z3.Select(z3.Select(sequence.array, i), j)
            names = [i, j]
            inside = [i >= 0, i < sequence.rows.term, j >= 0, j < sequence.width(i)]
        if _mentions(sequence.array, self.bound):
            return  # a row picked by a quantified index: the matrix has its own axiom
        body = self.theory.within(element, sequence.bounds)
        if not sequence.total:
            body = z3.Implies(conjunction(inside), body)
        patterns = [] if _conditional(sequence.array) else [element]
        guards, self.guards = self.guards, []
        self.assume(z3.ForAll(names, body, patterns=patterns), "")
        self.guards = guards


class Evaluator:
    """Evaluates one expression in the engine's current state.

    `executable`: operations are machine arithmetic, with overflow checks; contracts may not appear.
    `checked`: divisions, indices and the callees' preconditions are emitted as VCs.
    `names`: bindings that hide the state's variables (contract parameters, inlined arguments).
    """

    def __init__(
        self,
        engine: Engine,
        *,
        executable: bool,
        checked: bool,
        names: dict[str, Value] | None = None,
        namespace: dict[str, Any] | None = None,
        hint: TypeInfo | None = None,
    ) -> None:
        self.engine = engine
        self.executable = executable
        self.checked = checked
        self.names = names
        self.namespace = engine.source.namespace if namespace is None else namespace
        self.hint = hint
        self.quantified: dict[str, Value] = {}
        self.unfolding = False  # inside a recursive function's defining equation: one step only

    def error(self, node: ast.AST, construct: str) -> VerificationSubsetError:
        return self.engine.source.error(node, construct)

    def value(self, node: ast.expr) -> Value:
        if self.executable and is_literal(node):
            return self._literal(node)
        return self._value(node)

    def _literal(self, node: ast.expr) -> Value:
        """An expression of numbers alone, which Python computes before it runs."""
        value = Evaluator(self.engine, executable=False, checked=True).number(node)
        return self._result(value, node)

    def _value(self, node: ast.expr) -> Value:
        match node:
            case ast.Constant(value=bool() as literal):
                return SBool(z3.BoolVal(literal))
            case ast.Constant(value=int() as literal):
                return self.engine.theory.constant(literal)
            case ast.Name(id=name):
                return self._name(node, name)
            case ast.BinOp():
                return self._binary(node)
            case ast.UnaryOp(op=op, operand=operand):
                return self._unary(node, op, operand)
            case ast.Compare():
                return self._compare(node)
            case ast.BoolOp():
                return self._boolean(node)
            case ast.IfExp():
                return self._conditional(node)
            case ast.Subscript():
                return self._subscript(node)
            case ast.Call():
                return self._call(node)
            case ast.Tuple(elts=parts):
                return STuple(tuple(self.value(p) for p in parts))
            case ast.List(elts=parts):
                return self._list(parts)
            case ast.ListComp():
                return self._matrix(node)
        raise self.error(node, f"expression `{ast.unparse(node)}`")

    def number(self, node: ast.expr) -> SInt:
        value = self.value(node)
        if not isinstance(value, SInt):
            raise self.error(node, f"`{ast.unparse(node)}` is not a number")
        return value

    def integer(self, node: ast.expr) -> SInt:
        value = self.number(node)
        if value.real:
            raise self.error(node, f"`{ast.unparse(node)}` is not an integer")
        return value

    def truth(self, node: ast.expr) -> Term:
        return self.engine.truth(self.value(node), node)

    def _name(self, node: ast.Name, name: str) -> Value:
        if name in self.quantified:
            return self.quantified[name]
        if self.names is not None:
            if name in self.names:
                return self.names[name]
        elif name in self.engine.state.variables or name in self.engine.locals:
            return self.engine.variable(node).value
        constant = self.namespace.get(name)
        if type(constant) is int:  # no truth value, no subclass with other arithmetic
            file = self.namespace.get("__file__")
            if file is not None and name in unstable_names(Path(file)):
                raise self.error(node, f"the module's `{name}` may change")
            return self._result(self.engine.theory.constant(constant), node)
        if self.names is None:
            self.engine.variable(node)  # raises
        raise self.error(node, f"name `{name}`")

    def _is_variable(self, name: str) -> bool:
        """Whether the name means a variable here, whatever the module calls so."""
        hidden = self.engine.locals if self.names is None else self.names
        return name in self.quantified or name in hidden

    def is_range(self, node: ast.expr, most: int) -> TypeGuard[ast.Call]:
        """A call of the built-in `range` with up to `most` arguments."""
        return (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "range"
            and not self._is_variable("range")
            and "range" not in self.namespace
            and 1 <= len(node.args) <= most
            and not node.keywords
        )

    def _result(self, value: SInt, node: ast.expr) -> SInt:
        """The machine-arithmetic check of an operation's result."""
        word = self.engine.word
        limited = self.executable or self.engine.theory.name == "bv"
        literal = as_constant(value)
        if not limited or word is None or value.real:
            return value
        if literal is not None and (literal in word or not self.executable):
            return value
        if self.executable or self.checked:
            term = self.engine.theory.within(value.term, word)
            text = f"{ast.unparse(node)} in {word}"
            self.engine.check(Kind.OVERFLOW, term, node, text)
        return replace(value, span=value.span.meet(word))

    def _binary(self, node: ast.BinOp) -> Value:
        op = OPERATORS.get(type(node.op))
        if isinstance(node.op, ast.Mult) and isinstance(node.left, ast.List):
            return self._repeated(node)
        if op is None or (op == "/" and self.executable):
            raise self.error(node, f"operator `{type(node.op).__name__}`")
        a, b = self.number(node.left), self.number(node.right)
        ca, cb = as_constant(a), as_constant(b)
        if ca is not None and cb is not None and not (a.real or b.real) and op != "/":
            if (op in ("//", "%") and cb == 0) or (op in ("<<", ">>", "**") and not 0 <= cb < 4096):
                raise self.error(node, f"`{ast.unparse(node)}` has no value")
            return self._result(self.engine.theory.constant(fold(op, ca, cb)), node)
        if op == "**":
            raise self.error(node, "power of anything but literals")
        if op in ("//", "%", "/"):
            self._check_divisor(b, node)
        if op in ("<<", ">>"):
            self._check_shift(b, node)
        try:
            value = self.engine.theory.binary(op, a, b, not self.engine.bound)
        except Unsupported as error:
            raise self.error(node, str(error)) from error
        return self._result(value, node)

    def _check_divisor(self, divisor: SInt, node: ast.BinOp) -> None:
        literal = as_constant(divisor)
        if self.checked and not literal:
            zero = self.engine.theory.constant(0)
            term = self.engine.theory.compare("!=", divisor, zero)
            text = f"{ast.unparse(node.right)} != 0"
            self.engine.check(Kind.DIVISION, term, node, text)

    def _check_shift(self, amount: SInt, node: ast.BinOp) -> None:
        literal = as_constant(amount)
        word = self.engine.word
        limit = 4096 if word is None else word.high.bit_length()
        if literal is not None and 0 <= literal <= limit:
            return
        if literal is not None:
            raise self.error(node, f"shift by {literal}")
        if self.checked:
            term = self.engine.theory.within(amount.term, Range(0, limit))
            text = f"0 <= {ast.unparse(node.right)} <= {limit}"
            self.engine.check(Kind.SHIFT, term, node, text)

    def _unary(self, node: ast.UnaryOp, op: ast.unaryop, operand: ast.expr) -> Value:
        if isinstance(op, ast.Not):
            return SBool(z3.Not(self.truth(operand)))
        if isinstance(op, ast.USub):
            value = self.number(operand)
            zero = self.engine.theory.constant(0)
            literal = as_constant(value)
            if literal is not None and not value.real:
                return self._result(self.engine.theory.constant(-literal), node)
            return self._result(self.engine.theory.binary("-", zero, value, True), node)
        raise self.error(node, f"operator `{type(op).__name__}`")

    def _compare(self, node: ast.Compare) -> Value:
        """Chained comparisons evaluate the next operand only where the previous link holds."""
        parts: list[Term] = []
        left = self.value(node.left)
        pushed = 0
        for op, right_node in zip(node.ops, node.comparators, strict=True):
            right = self.value(right_node)
            parts.append(self._link(op, left, right, node))
            self.engine.guards.append(Fact(parts[-1], "", path=True))
            pushed += 1
            left = right
        del self.engine.guards[len(self.engine.guards) - pushed :]
        return SBool(conjunction(parts))

    def _link(self, op: ast.cmpop, left: Value, right: Value, node: ast.Compare) -> Term:
        name = OPERATORS.get(type(op))
        if isinstance(left, SInt) and isinstance(right, SInt) and name is not None:
            return self.engine.theory.compare(name, left, right)
        if isinstance(left, SBool) and isinstance(right, SBool) and name in ("==", "!="):
            return left.term == right.term if name == "==" else left.term != right.term
        raise self.error(node, f"comparison `{ast.unparse(node)}`")

    def _boolean(self, node: ast.BoolOp) -> Value:
        """Short circuit: an operand is evaluated under what the operands before it say."""
        parts: list[Term] = []
        conjunctive = isinstance(node.op, ast.And)
        pushed = 0
        for operand in node.values:
            term = self.truth(operand)
            parts.append(term)
            guard = term if conjunctive else z3.Not(term)
            text = ast.unparse(operand)
            shown = text if conjunctive else f"not ({text})"
            self.engine.guards.append(Fact(guard, shown, path=True))
            pushed += 1
        del self.engine.guards[len(self.engine.guards) - pushed :]
        return SBool(conjunction(parts) if conjunctive else z3.Or(*parts))

    def _conditional(self, node: ast.IfExp) -> Value:
        condition = self.truth(node.test)
        text = ast.unparse(node.test)
        with self.engine.guarded(condition, text):
            yes = self.value(node.body)
        with self.engine.guarded(z3.Not(condition), f"not ({text})"):
            no = self.value(node.orelse)
        if isinstance(yes, SBool) and isinstance(no, SBool):
            return SBool(z3.If(condition, yes.term, no.term))
        if isinstance(yes, SInt) and isinstance(no, SInt) and yes.real == no.real:
            return SInt(z3.If(condition, yes.term, no.term), _hull(yes.span, no.span), yes.real)
        raise self.error(node, "a conditional expression of integers or Booleans")

    def _subscript(self, node: ast.Subscript) -> Value:
        base = self.value(node.value)
        if isinstance(base, STuple):
            if not isinstance(node.slice, ast.Constant) or not isinstance(node.slice.value, int):
                raise self.error(node, "a tuple is indexed by a literal")
            if not 0 <= node.slice.value < len(base.items):
                raise self.error(node, f"tuple of {len(base.items)} has no such part")
            return base.items[node.slice.value]
        if isinstance(node.slice, ast.Slice):
            raise self.error(node, "slice")
        index = self.integer(node.slice)
        if isinstance(base, SMat):
            if self.checked:
                self.engine.check_index(index, base.rows, node)
            if self.engine.bound:
                self.engine.range_axiom(base)
            width = SInt(base.width(index.term), Span(0, None))
            if not _mentions(width.term, self.engine.bound):
                self.engine.assume(width.term >= 0, "")
            bounds = base.bounds if base.total else None  # of a row that may not be there
            return SSeq(z3.Select(base.array, index.term), width, bounds)
        if not isinstance(base, SSeq):
            raise self.error(node, f"subscript of `{ast.unparse(node.value)}`")
        if self.checked:
            self.engine.check_index(index, base.length, node)
        element = SInt(z3.Select(base.array, index.term), Span.of(base.bounds))
        if base.bounds is not None:
            if _mentions(element.term, self.engine.bound):
                self.engine.range_axiom(base)
            else:
                fact = self.engine.theory.within(element.term, base.bounds)
                if not base.total:
                    fact = z3.Implies(z3.And(index.term >= 0, index.term < base.length.term), fact)
                self.engine.assume(fact, "")
        return element

    def _list(self, parts: list[ast.expr]) -> Value:
        if not self.executable or not parts:
            raise self.error(parts[0] if parts else self.engine.source.node, "list literal")
        bounds = self.hint.bounds if self.hint is not None else self.engine.word
        array = z3.Const(self.engine.fresh("list"), z3.ArraySort(z3.IntSort(), z3.IntSort()))
        for position, part in enumerate(parts):
            item = self.integer(part)
            if bounds is not None:
                self.engine.in_range(item, bounds, part, f"element {position}")
            array = z3.Store(array, z3.IntVal(position), item.term)
        known = None if self.engine.guards else bounds  # else shown under a condition alone
        return SSeq(array, self.engine.theory.constant(len(parts)), known)

    def _repeated(self, node: ast.BinOp) -> Value:
        """`[x] * n`: a new list; a negative `n` gives an empty one, as in Python."""
        assert isinstance(node.left, ast.List)
        if not self.executable or len(node.left.elts) != 1:
            raise self.error(node, f"expression `{ast.unparse(node)}`")
        item, count = self.integer(node.left.elts[0]), self.integer(node.right)
        bounds = self.hint.bounds if self.hint is not None else self.engine.word
        if bounds is not None:
            self.engine.in_range(item, bounds, node.left, "element")
        if as_constant(item) is None:
            raise self.error(node.left, "a new list is filled with a literal")
        array = z3.K(z3.IntSort(), item.term)
        return SSeq(array, _at_least_zero(count), bounds)

    def _matrix(self, node: ast.ListComp) -> Value:
        """`[[x] * n for _ in range(m)]`: a new matrix of m rows."""
        match node:
            case ast.ListComp(
                elt=ast.BinOp(left=ast.List(elts=[item_node]), op=ast.Mult(), right=width_node),
                generators=[
                    ast.comprehension(
                        target=ast.Name(id="_"),
                        iter=ast.Call(args=[rows_node]) as counter,
                        ifs=[],
                    )
                ],
            ) if (
                self.executable
                and self.is_range(counter, 1)
                and "_" not in _names(item_node) | _names(width_node)
            ):
                item, width = self.integer(item_node), self.integer(width_node)
                rows = self.integer(rows_node)
                bounds = self.hint.bounds if self.hint is not None else self.engine.word
                if bounds is not None:
                    self.engine.in_range(item, bounds, item_node, "element")
                if as_constant(item) is None:
                    raise self.error(item_node, "a new matrix is filled with a literal")
                row = z3.K(z3.IntSort(), item.term)
                widths = _at_least_zero(width).term
                matrix = z3.K(z3.IntSort(), row)
                return SMat(matrix, _at_least_zero(rows), widths, bounds)
        raise self.error(node, f"comprehension `{ast.unparse(node)}`")

    # ------------------------------------------------------------ calls

    def _call(self, node: ast.Call) -> Value:
        if not isinstance(node.func, ast.Name):
            raise self.error(node, f"call of `{ast.unparse(node.func)}`")
        name = node.func.id
        if self._is_variable(name):
            raise self.error(node, f"call of the local variable `{name}`")
        builtin = name not in self.namespace
        if builtin and name in ("all", "any"):
            return self._quantifier(node, name)
        if builtin and name in ("len", "abs", "min", "max"):
            return self._builtin(node, name)
        function = self.namespace.get(name)
        if function is Fraction:
            return self._builtin(node, "Fraction")
        mark = mark_of(function) if callable(function) else None
        if mark is None or function is None:
            raise self.error(node, f"call of `{name}`, which is not a marked function")
        callee = read(function)
        if mark.role == "lemma":
            raise self.error(node, f"lemma `{name}` is used by `assert {name}(...)` alone")
        if mark.role == "logic":
            if self.executable:
                raise self.error(node, f"specification function `{name}` in executable code")
            return self._logic(callee, node)
        values = [self.value(a) for a in node.args]
        return self.engine.call(callee, node, self.executable, values, self.checked)

    def _builtin(self, node: ast.Call, name: str) -> Value:
        if node.keywords or any(isinstance(a, ast.Starred) for a in node.args):
            raise self.error(node, f"arguments of `{name}`")
        values = [self.value(a) for a in node.args]
        if name == "len" and len(values) == 1:
            if isinstance(values[0], SSeq):
                return values[0].length
            if isinstance(values[0], SMat):
                return values[0].rows
        integers = [v for v in values if isinstance(v, SInt)]
        if len(integers) == len(values):
            compare = self.engine.theory.compare
            if name == "abs" and len(values) == 1:
                a = integers[0]
                zero = self.engine.theory.constant(0)
                negated = self.engine.theory.binary("-", zero, a, True)
                term = z3.If(compare(">=", a, zero), a.term, negated.term)
                return self._result(SInt(term, _abs_span(a.span), a.real), node)
            if name in ("min", "max") and len(values) == 2 and integers[0].real == integers[1].real:
                a, b = integers
                pick = compare("<=", a, b) if name == "min" else compare(">=", a, b)
                # Python returns the first of equals, which is the same integer.
                return SInt(z3.If(pick, a.term, b.term), _hull(a.span, b.span), a.real)
            if name == "Fraction" and len(values) == 1:
                a = integers[0]
                return a if a.real else SInt(z3.ToReal(a.term), real=True)
        raise self.error(node, f"call `{ast.unparse(node)}`")

    def _logic(self, callee: FunctionSource, node: ast.Call) -> Value:
        values = [self.value(a) for a in node.args]
        if node.keywords or len(values) != len(callee.parameters):
            raise self.error(node, f"call of {callee.name}: positional arguments, all of them")
        names = {n: v for (n, _), v in zip(callee.parameters, values, strict=True)}
        if self.checked:
            for parameter, info in callee.parameters:  # a narrower value is used as it is
                what = f"argument {parameter} of {callee.name}"
                self.engine.fit(names[parameter], info, node, what)
            for clause in callee.requires:
                condition = self.engine.foreign(callee, clause, names)
                text = f"{callee.name} requires {ast.unparse(clause.body)}"
                self.engine.check(Kind.PRECONDITION, condition, node, text)
        body = _logic_body(callee)
        if not _recursive(callee, body):
            if any(callee.key in reached(c) for c in callees(callee)):
                raise self.error(node, f"{callee.name} leads back to itself")
            if self.engine.inline_depth >= INLINE_LIMIT:
                raise self.error(node, f"specification functions nested too deeply: {callee.name}")
            return self._inlined(callee, body, names, node)
        _check_recursion(callee, body)
        arguments = [t for v in names.values() for t in _flat(v)]
        sorts = {"bool": z3.BoolSort(), "int": z3.IntSort()}
        shape = sorts.get(callee.result.shape)
        if shape is None or self.engine.theory.name != "int":
            raise self.error(node, f"recursive {callee.name} of a type other than bool and int")
        name = f"{callee.module}.{callee.name}"
        function = z3.Function(name, *(a.sort() for a in arguments), shape)
        term = function(*arguments)
        ground = not any(_mentions(a, self.engine.bound) for a in arguments)
        if ground and not self.unfolding:
            self._unfold(callee, body, names, term)
        return SBool(term) if callee.result.shape == "bool" else SInt(term)

    def _inlined(
        self, callee: FunctionSource, body: ast.expr, names: dict[str, Value], node: ast.Call
    ) -> Value:
        inner = Evaluator(
            self.engine,
            executable=False,
            checked=self.checked,
            names=names,
            namespace=callee.namespace,
        )
        inner.unfolding = self.unfolding
        outer, self.engine.place = self.engine.place, self.engine.place or node
        self.engine.inline_depth += 1
        try:
            return inner.value(body)
        except VerificationSubsetError as error:
            raise VerificationSubsetError(
                callee.shown_file, error.line, error.column, error.construct
            ) from error
        finally:
            self.engine.inline_depth -= 1
            self.engine.place = outer

    def _unfold(
        self, callee: FunctionSource, body: ast.expr, names: dict[str, Value], term: Term
    ) -> None:
        """The defining equation at these arguments, one step."""
        inner = Evaluator(
            self.engine,
            executable=False,
            checked=False,
            names=names,
            namespace=callee.namespace,
        )
        inner.unfolding = True
        value = inner.value(body)
        promised = callee.result.shape
        if isinstance(value, SBool) != (promised == "bool") or not (
            isinstance(value, SBool) or (isinstance(value, SInt) and not value.real)
        ):
            raise callee.error(body, f"{callee.name} gives no {promised}")
        self.engine.assume(term == value.term, "")

    def _quantifier(self, node: ast.Call, name: str) -> Value:
        if self.executable:
            raise self.error(node, f"`{name}` in executable code")
        if len(node.args) != 1 or not isinstance(node.args[0], ast.GeneratorExp):
            raise self.error(node, f"`{name}` of anything but a generator over ranges")
        generator = node.args[0]
        return SBool(self._over(generator.generators, generator.elt, name == "all", [], []))

    def _over(
        self,
        generators: list[ast.comprehension],
        element: ast.expr,
        universal: bool,
        variables: list[Term],
        inside: list[Term],
    ) -> Term:
        if not generators:
            body = self.truth(element)
            if not variables:
                return body
            guard = conjunction(inside)
            if universal:
                whole = z3.Implies(guard, body)
                return z3.ForAll(variables, whole, patterns=_patterns(whole, variables))
            return z3.Exists(variables, z3.And(guard, body))
        first, *others = generators
        if (
            not isinstance(first.target, ast.Name)
            or first.ifs
            or first.is_async
            or not self.is_range(first.iter, 2)
        ):
            raise self.error(
                first.iter, "a quantifier ranges over range(stop) or range(start, stop)"
            )
        bounds = [self.integer(a) for a in first.iter.args]
        zero = self.engine.theory.constant(0)
        start, stop = bounds if len(bounds) == 2 else (zero, bounds[0])
        name = first.target.id
        hidden = self.quantified.get(name)
        low, high = as_constant(start), as_constant(stop)
        if low is not None and high is not None and high - low <= EXPAND_LIMIT:
            parts = []
            for value in range(low, high):
                self.quantified[name] = self.engine.theory.constant(value)
                parts.append(self._over(others, element, universal, variables, inside))
            self._restore(name, hidden)
            if universal:
                return conjunction(parts)
            return z3.Or(*parts) if parts else z3.BoolVal(False)
        if self.engine.theory.name != "int":
            raise self.error(first.iter, "a quantifier without literal bounds on bit-vectors")
        variable = z3.Int(self.engine.fresh(name))
        guard = z3.And(start.term <= variable, variable < stop.term)
        self.quantified[name] = SInt(variable, Span(start.span.low, stop.span.high))
        self.engine.bound.append(variable)
        axioms = _Axioms(self.engine)
        with axioms, self.engine.guarded(guard, f"{name} in {ast.unparse(first.iter)}"):
            result = self._over(
                others, element, universal, [*variables, variable], [*inside, guard]
            )
        self.engine.bound.pop()
        self._restore(name, hidden)
        return result

    def _restore(self, name: str, hidden: Value | None) -> None:
        if hidden is None:
            self.quantified.pop(name, None)
        else:
            self.quantified[name] = hidden


class _Axioms:
    """Facts found under a quantifier mention its variable: they are dropped, closed ones stay."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def __enter__(self) -> None:
        self.count = len(self.engine.state.facts)

    def __exit__(self, *exception: object) -> None:
        facts = self.engine.state.facts
        bound = self.engine.bound
        kept = [f for f in facts[self.count :] if not _mentions(f.term, bound)]
        facts[self.count :] = kept


# -------------------------------------------------------------------- helpers


@dataclass(frozen=True, slots=True)
class _Printed:
    """A term's assertion and the declarations it needs. Holds the term: its id stays taken."""

    term: Term
    text: str
    declarations: tuple[str, ...]


_printed: dict[int, _Printed] = {}


def _print(term: Term) -> _Printed:
    """A term is printed once: the obligations of a function share most of their hypotheses."""
    found = _printed.get(term.get_id())
    if found is None:
        solver = z3.Solver()
        solver.add(term)
        declarations: list[str] = []
        rest = solver.sexpr().strip()
        while rest.startswith("(declare-"):
            line, _, rest = rest.partition("\n")
            while line.count("(") > line.count(")"):
                more, _, rest = rest.partition("\n")
                line += " " + more.strip()
            declarations.append(line)
        found = _Printed(term, rest, tuple(declarations))
        _printed[term.get_id()] = found
    return found


def smt2(terms: list[Term]) -> str:
    """The terms as one SMT-LIB 2 script: declarations, one assert each, (check-sat)."""
    printed = [_print(term) for term in terms]
    declarations = dict.fromkeys(d for p in printed for d in p.declarations)
    asserts = [p.text for p in printed]
    return "\n".join(["(set-logic ALL)", *declarations, *asserts, "(check-sat)"]) + "\n"


def _input(name: str, info: TypeInfo, value: Value) -> Input:
    match value:
        case SSeq():
            return Input(name, info.shape, str(value.array), str(value.length.term))
        case SMat():
            return Input(
                name, info.shape, str(value.array), str(value.rows.term), str(value.widths)
            )
        case STuple():
            raise TypeError("tuple parameters are outside the subset")
    return Input(name, info.shape, str(value.term))


def _flat(value: Value) -> list[Term]:
    """The terms that make up an argument of an uninterpreted function."""
    match value:
        case SSeq():
            return [value.array, value.length.term]
        case SMat():
            uniform = z3.is_int(value.widths)
            widths = z3.K(z3.IntSort(), value.widths) if uniform else value.widths
            return [value.array, value.rows.term, widths]
        case STuple():
            return [t for item in value.items for t in _flat(item)]
    return [value.term]


def _bound_names(statements: list[ast.stmt]) -> set[str]:
    """Names that the statements bind."""
    return {
        part.id
        for part in ast.walk(ast.Module(body=statements, type_ignores=[]))
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)
    }


def _assigned_names(statements: list[ast.stmt]) -> set[str]:
    """Names that the statements bind, and lists that they store into."""
    found = _bound_names(statements)
    for part in ast.walk(ast.Module(body=statements, type_ignores=[])):
        if isinstance(part, ast.Subscript) and isinstance(part.ctx, ast.Store):
            base: ast.expr = part
            while isinstance(base, ast.Subscript):
                base = base.value
            if isinstance(base, ast.Name):
                found.add(base.id)
    return found


def _inside(bounds: Range | None, word: Range | None) -> bool:
    if word is None:
        return True
    return bounds is not None and bounds.low in word and bounds.high in word


def machine_type(info: TypeInfo, word: Range | None) -> TypeInfo:
    """In a kernel, a plain `int` is an integer of its machine word."""
    if info.shape == "tuple":
        return replace(info, parts=tuple(machine_type(p, word) for p in info.parts))
    plain = info.shape in ("int", "int[]", "int[][]") and info.bounds is None
    return replace(info, bounds=word) if plain else info


def _holds_list(value: Value) -> bool:
    if isinstance(value, STuple):
        return any(_holds_list(item) for item in value.items)
    return isinstance(value, SSeq | SMat)


def _ranged(info: TypeInfo) -> bool:
    return info.bounds is not None or any(_ranged(p) for p in info.parts)


def is_literal(node: ast.expr) -> bool:
    """Whether an expression is made of numbers and operators alone."""
    if isinstance(node, ast.BinOp):
        return is_literal(node.left) and is_literal(node.right)
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.op, ast.USub) and is_literal(node.operand)
    return isinstance(node, ast.Constant) and type(node.value) is int


def _names(node: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def _head(node: ast.stmt) -> str:
    return ast.unparse(node).splitlines()[0]


def _hull(a: Span, b: Span) -> Span:
    low = None if a.low is None or b.low is None else min(a.low, b.low)
    high = None if a.high is None or b.high is None else max(a.high, b.high)
    return Span(low, high, min(a.align, b.align))


def _abs_span(a: Span) -> Span:
    if a.low is None or a.high is None:
        return Span(0, None)
    return Span(0, max(abs(a.low), abs(a.high)))


def _at_least_zero(count: SInt) -> SInt:
    literal = as_constant(count)
    if literal is not None:
        return SInt(z3.IntVal(max(literal, 0)), Span(max(literal, 0), max(literal, 0)))
    if count.span.low is not None and count.span.low >= 0:
        return count
    return SInt(z3.If(count.term < 0, z3.IntVal(0), count.term), Span(0, count.span.high))


def _mentions(term: Term, variables: list[Term]) -> bool:
    if not variables:
        return False
    seen: set[int] = set()
    stack = [term]
    wanted = {v.get_id() for v in variables}
    while stack:
        part = stack.pop()
        if part.get_id() in seen:
            continue
        seen.add(part.get_id())
        if part.get_id() in wanted:
            return True
        stack.extend(part.children() if not z3.is_quantifier(part) else [part.body()])
    return False


def _conditional(term: Term) -> bool:
    """Whether a term holds connectives or cases, which a solver refuses in a pattern."""
    stack = [term]
    while stack:
        part = stack.pop()
        if z3.is_quantifier(part) or z3.is_app_of(part, z3.Z3_OP_ITE) or z3.is_bool(part):
            return True
        stack.extend(part.children())
    return False


def _patterns(whole: Term, variables: list[Term]) -> list[Term]:
    """Array reads indexed by exactly the quantified variables; [] leaves it to the solver."""
    found: dict[int, Term] = {}
    seen: set[int] = set()
    stack = [whole]
    wanted = {v.get_id() for v in variables}
    while stack:
        part = stack.pop()
        if part.get_id() in seen or z3.is_quantifier(part):
            continue
        seen.add(part.get_id())
        if z3.is_app_of(part, z3.Z3_OP_SELECT) and z3.is_int(part):
            indices = set()
            inner = part
            while z3.is_app_of(inner, z3.Z3_OP_SELECT):
                if inner.arg(1).get_id() in wanted:
                    indices.add(inner.arg(1).get_id())
                inner = inner.arg(0)
            plain = z3.is_const(inner) and inner.decl().kind() == z3.Z3_OP_UNINTERPRETED
            if indices == wanted and plain:
                found[part.get_id()] = part
        stack.extend(part.children())
    return sorted(found.values(), key=str)


def _logic_body(callee: FunctionSource) -> ast.expr:
    """A specification function is one return expression after its docstring."""
    statements = [
        s
        for s in callee.node.body
        if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))
    ]
    if len(statements) == 1 and isinstance(statements[0], ast.Return) and statements[0].value:
        return statements[0].value
    raise callee.error(callee.node, f"{callee.name}: a specification function is one return")


def _recursive(callee: FunctionSource, body: ast.expr) -> bool:
    return any(isinstance(n, ast.Name) and n.id == callee.name for n in ast.walk(body))


def _is_function(found: object, source: FunctionSource) -> bool:
    """Whether an object of a module is this very function, under whatever name."""
    if not callable(found) or mark_of(found) is None:
        return False
    return read(found).key == source.key


def _check_recursion(callee: FunctionSource, body: ast.expr) -> None:
    """Well-founded: `f(..., n - 1) ... if n > 0 else <no recursion>` on the last parameter."""
    last, counter = callee.parameters[-1] if callee.parameters else ("", TypeInfo("bool"))
    if counter.shape != "int":
        raise callee.error(callee.node, f"{callee.name}: recursion on anything but an integer")
    captured = _bound_names([ast.Expr(body)]) & {name for name, _ in callee.parameters}
    others = [c for c in callees(callee) if c.key != callee.key]
    own_names = {n for n in _names(body) if _is_function(callee.namespace.get(n), callee)}
    if captured or own_names != {callee.name} or any(callee.key in reached(c) for c in others):
        raise callee.error(callee.node, f"{callee.name}: recursion other than through its own name")
    wanted = [*(name for name, _ in callee.parameters[:-1]), f"{last} - 1"]
    if (
        isinstance(body, ast.IfExp)
        and ast.unparse(body.test) == f"{last} > 0"
        and not _recursive(callee, body.orelse)
        and not _recursive(callee, body.test)
    ):
        calls = [
            n
            for n in ast.walk(body.body)
            if isinstance(n, ast.Call) and isinstance(n.func, ast.Name) and n.func.id == callee.name
        ]
        names = [n for n in ast.walk(body.body) if isinstance(n, ast.Name) and n.id == callee.name]
        if len(calls) == len(names) and all(
            [ast.unparse(a) for a in c.args] == wanted and not c.keywords for c in calls
        ):
            return
    raise callee.error(
        callee.node,
        f"{callee.name}: recursion must be `{callee.name}({', '.join(wanted)})`, if {last} > 0",
    )


def generate_function(function: FunctionSource) -> KernelVCs:
    """All obligations of one marked function."""
    try:
        return Engine(function).run()
    except Unsupported as error:  # in a range or a literal: no expression to point at
        raise function.error(function.node, str(error)) from error
