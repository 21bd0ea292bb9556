"""Random functions: one or two small kernels, a kernel that may call them, or lemmas."""

from __future__ import annotations

from programs.pool import (
    NAMES,
    RANGES,
    WORDS,
    Num,
    Var,
    binary,
    compare,
    num,
    ranged,
    specification,
)
from programs.statements import Block, Statements, element_of
from veriquant_proofs.core.syntax import (
    Absolute,
    Assert,
    Assign,
    Binder,
    BoolLiteral,
    Clause,
    Comparison,
    Element,
    Expr,
    Extreme,
    Filled,
    For,
    Function,
    If,
    Length,
    Local,
    Negate,
    Operator,
    Parameter,
    Pick,
    Program,
    Project,
    Quantified,
    Quantor,
    Relation,
    Return,
    Role,
    Store,
    Theory,
    ToReal,
    Use,
    Variable,
)
from veriquant_proofs.core.traverse import expressions
from veriquant_proofs.core.types import (
    BOOL,
    INT,
    REAL,
    IntType,
    MatrixType,
    RealType,
    SequenceType,
    TupleType,
    Type,
)


class Maker(Statements):
    """Writes one program."""

    def start(self, word: str | None) -> None:
        """Forget the function before."""
        self.unused = list(NAMES)
        self.random.shuffle(self.unused)
        self.variables, self.locals, self.bound, self.branches = {}, {}, [], 0
        self.word = None if word is None else WORDS[word]

    def program(self) -> Program:
        """Specification functions, then what is to be verified."""
        functions = list(specification(self.module))
        if self.flavour == "lemma":
            lemmas: list[Function] = []
            for i in range(self.random.randint(1, 2)):
                lemmas.append(self.lemma(f"lemma_{i}", lemmas))
            functions += lemmas
        else:
            for i in range(self.random.choice([0, 0, 1, 2])):
                helper = self.kernel(f"helper_{i}", small=True)
                functions.append(helper)
                if all(isinstance(p.type, IntType) for p in helper.parameters):
                    self.callees.append(helper)
            if self.flavour == "wild" and self.chance(0.5):
                functions.append(self.listed("listed"))
                self.list_callees.append(functions[-1])
            functions.append(self.kernel("main", small=False))
        return Program(functions={f.id: f for f in functions})

    # ------------------------------------------------------------ kernels

    def kernel(self, name: str, *, small: bool) -> Function:
        bits = self.flavour == "bits"
        word = "INT64" if bits or self.chance(0.6) else self.pick(["W16", "W8"])
        self.start(word)
        self.can_leave = not small
        parameters = self._parameters(small)
        shapes = ["int"] if bits or small else ["int"] * 4 + ["tuple", "list"]
        kind = self.pick(["U4", "S4", "S6", "Odd", "S6", "Odd"])
        self.promised, number = RANGES[kind], ranged(kind)
        types: dict[str, Type] = {
            "int": number,
            "tuple": TupleType(items=(number, number)),
            "list": SequenceType(element=number),
        }
        self.result = types[self.pick(shapes)]
        requires = self._requires(parameters)
        known = {n: self.variables[n] for n in self.variables}
        body: Block = []
        if small:
            body += self.assign() if self.chance(0.3) else []
            value = self.within(self.promised, 2, 0.97).expr
            body.append(Return(value=value))
        else:
            value = None
            if self.flavour in ("loops", "wild"):
                body += self.block(self.random.randint(0, 2), 1)
                for _ in range(self.random.choice([1, 1, 1, 2])):
                    body += self.loop(1)
                    body += self.block(self.random.randint(0, 1), 0)
            else:
                body += self.block(self.random.randint(1, 5), 2)
            body.append(self.leave())
        self.variables = known
        local = set(self.locals)
        if value is not None and any(
            isinstance(e, Variable) and e.name in local for e in expressions(value)
        ):
            value = None
        return Function(
            id=self.identity(name),
            role=Role.KERNEL,
            parameters=tuple(Parameter(name=n, type=v.type) for n, v in parameters),
            result=self.result,
            requires=tuple(Clause(condition=c) for c in requires),
            ensures=tuple(Clause(condition=c) for c in self._ensures(value)),
            locals=tuple(Local(name=n, type=t) for n, t in self.locals.items()),
            body=tuple(body),
            word=self.word,
            theory=Theory.BIT_VECTOR if bits else Theory.INT,
        )

    def _parameters(self, small: bool) -> list[tuple[str, Var]]:
        bits = self.flavour == "bits"
        for number in range(self.random.randint(1, 2 if small else 3)):
            name, kind = self.name(), self.pick(list(RANGES))
            choice = self.random.random() if number else 1.0  # the first is an integer
            if not small and choice < 0.15:
                self.variables[name] = Var(BOOL, fixed=True)
            elif self.flavour == "wild" and not small and choice < 0.4:
                element = self.pick(["U2", "S4"])
                matrix = MatrixType(element=ranged(element))
                self.variables[name] = Var(matrix, *RANGES[element], True)
            elif not small and not bits and choice < 0.65:
                element = self.pick(["U2", "U4", "S4", "Odd"])
                array = SequenceType(element=ranged(element))
                self.variables[name] = Var(array, *RANGES[element], True)
            elif self.flavour == "wild" and choice < 0.75:
                pair = TupleType(items=(ranged("S4"), ranged("S4")))
                self.variables[name] = Var(pair, *RANGES["S4"], True)
            else:
                self.variables[name] = Var(ranged(kind), *RANGES[kind], True)
        return list(self.variables.items())

    def _requires(self, parameters: list[tuple[str, Var]]) -> list[Expr]:
        found: list[Expr] = []
        for name, var in parameters:
            one = self.read(name)
            if isinstance(var.type, SequenceType | MatrixType):
                size = Length(array=one)
                if self.chance(0.55):
                    var.least = self.random.randint(1, 2)
                    found.append(compare(size, Relation.GE, num(var.least)))
                    if isinstance(var.type, MatrixType):
                        found.append(self._rows(one, var.least))
                matrix = isinstance(var.type, MatrixType)
                found.append(compare(size, Relation.LE, num(3 if matrix else 6)))
            elif isinstance(var.type, IntType) and self.chance(0.2):
                cut = self.random.randint(var.low, var.high)
                found.append(compare(one, Relation.LE, num(cut)))
                var.high = cut
        lists = [n for n, v in parameters if isinstance(v.type, SequenceType)]
        if len(lists) == 2 and self.chance(0.5):
            a, b = (Length(array=self.read(n)) for n in lists)
            found.append(compare(a, Relation.EQ, b))
        if self.chance(0.1):
            found.append(self.in_spec(lambda: self.boolean(1)))
        return found

    def _rows(self, matrix: Variable, least: int) -> Expr:
        """Every row has so many elements."""
        name = self.name()
        row = Element(array=matrix, index=Variable(name=name, type=INT))
        return Quantified(
            quantor=Quantor.ALL,
            binders=(Binder(name=name, low=num(0), high=Length(array=matrix)),),
            body=compare(Length(array=row), Relation.GE, num(least)),
        )

    def _ensures(self, exact: Expr | None) -> list[Expr]:
        low, high = self.promised
        result = Variable(name="result", type=self.result)
        if isinstance(self.result, IntType):
            found = [self.in_spec(lambda: self.claim(result, low, high))]
            if exact is not None and self.chance(0.8):
                found.append(compare(result, Relation.EQ, exact))
            return found
        if isinstance(self.result, TupleType):
            first = Project(tuple=result, index=0)
            return [self.in_spec(lambda: self.claim(first, low, high))]
        size = Length(array=result)
        return [self.in_spec(lambda: self.elements_claim(result, low, high, size))]

    def listed(self, name: str) -> Function:
        """A kernel from a sequence to a list, with a quantified contract."""
        self.start("INT64")
        s6, u2 = ranged("S6"), ranged("U2")
        array = SequenceType(element=s6)
        bound, offset = self.random.randint(2, 9), self.random.randint(0, 2)
        xs, c = Variable(name="xs", type=array), Variable(name="c", type=u2)
        out, i = Variable(name="out", type=array), Variable(name="i", type=self.machine)
        result = Variable(name="result", type=array)
        most = binary(Operator.ADD, c, num(bound))

        def all_below(of: Variable, index: str, stop: Expr) -> Expr:
            element = Element(array=of, index=Variable(name=index, type=INT))
            return Quantified(
                quantor=Quantor.ALL,
                binders=(Binder(name=index, low=num(0), high=stop),),
                body=compare(element, Relation.LE, most),
            )

        ensures = [compare(Length(array=result), Relation.EQ, Length(array=xs))]
        if self.chance(0.7):
            ensures.append(all_below(result, "k", Length(array=result)))
        least = Extreme(pick=Pick.MIN, operands=(Element(array=xs, index=i), c))
        value = binary(Operator.ADD, least, num(offset))
        fill = For(
            variable="i",
            type=self.machine,
            low=num(0),
            high=Length(array=xs),
            invariants=(Clause(condition=all_below(out, "j", i)),),
            body=(Store(array="out", indices=(i,), value=value),),
        )
        made = Filled(value=num(0), count=Length(array=xs), element=s6)
        return Function(
            id=self.identity(name),
            role=Role.KERNEL,
            parameters=(Parameter(name="xs", type=array), Parameter(name="c", type=u2)),
            result=array,
            requires=(Clause(condition=compare(Length(array=xs), Relation.LE, num(9))),),
            ensures=tuple(Clause(condition=e) for e in ensures),
            locals=(Local(name="out", type=array),),
            body=(Assign(target="out", value=made), fill, Return(value=out)),
            word=self.word,
        )

    # ------------------------------------------------------------ lemmas

    def real(self, depth: int) -> Expr:
        """An expression over rationals, some of them made of integers."""
        names = self.of(RealType)
        if depth <= 0 or not names or self.chance(0.2):
            if names and self.chance(0.7):
                return self.read(self.pick(names)[0])
            return ToReal(operand=self._leaf().expr)
        a, b = self.real(depth - 1), self.real(depth - 1)
        choice = self.random.random()
        if choice < 0.1:
            return Absolute(operand=a)
        if choice < 0.2:
            return Negate(operand=a)
        if choice < 0.35:
            divisor = self.pick([ToReal(operand=num(2)), ToReal(operand=num(-3)), b])
            return binary(Operator.TRUE_DIV, a, divisor)
        return binary(self.pick([Operator.ADD, Operator.SUB, Operator.MUL]), a, b)

    def fact(self) -> Expr:
        """A condition over the lemma's parameters: some are identities, some are not."""
        reals = self.of(RealType)
        if not reals or self.chance(0.5):
            choice = self.random.random()
            a = self.some(1).expr
            if choice < 0.2:
                third = binary(Operator.FLOOR_DIV, a, num(3))
                whole = binary(Operator.MUL, third, num(3))
                rest = binary(Operator.MOD, a, num(3))
                return compare(a, Relation.EQ, binary(Operator.ADD, whole, rest))
            if choice < 0.3:
                return compare(binary(Operator.MUL, a, a), Relation.GE, num(0))
            return self.boolean(2)
        a, b = self.real(2), self.real(2)
        if self.chance(0.3):
            return compare(Absolute(operand=a), Relation.GE, a)
        relation = self.pick([Relation.LT, Relation.LE, Relation.EQ, Relation.NE])
        return Comparison(operands=(a, b), relations=(relation,))

    def lemma(self, name: str, others: list[Function]) -> Function:
        """A lemma that may use the ones before it."""
        self.start(None)
        self.spec = True
        kinds = [INT, *(self.pick([INT, INT, REAL, ranged("Odd")]) for _ in range(2))]
        for kind in kinds:
            self.variables[self.name()] = Var(kind, -40, 40, True)
        parameters = tuple(Parameter(name=n, type=v.type) for n, v in self.variables.items())
        requires = tuple(
            Clause(condition=self.fact()) for _ in range(self.random.choice([0, 0, 1, 1, 2]))
        )
        ensures = tuple(Clause(condition=self.fact()) for _ in range(self.random.randint(1, 2)))
        body: Block = []
        for _ in range(self.random.randint(0, 3)):
            if others and self.chance(0.4):
                other = self.pick(others)
                arguments = tuple(
                    self.real(1) if isinstance(p.type, RealType) else self.integer(1).expr
                    for p in other.parameters
                )
                body.append(Use(lemma=other.id, arguments=arguments))
            elif self.chance(0.3):
                body.append(If(test=self.boolean(1), then=(Assert(condition=self.fact()),)))
            else:
                body.append(Assert(condition=self.fact()))
        body.append(Return(value=BoolLiteral(value=True)))
        self.spec = False
        return Function(
            id=self.identity(name),
            role=Role.LEMMA,
            parameters=parameters,
            result=BOOL,
            requires=requires,
            ensures=ensures,
            body=tuple(body),
            theorem="T1",
        )


__all__ = ["Maker", "Num", "element_of"]
