"""Print a term so that a person can read it and nothing else prints the same.

Notation stands for one exact term: `a ≤ b` is written only where the relation is that of `Nat`, of
`ℤ` or of a class that is an argument of the theorem; all else is written with its full name and
every argument, `{implicit}` and `[instance]` ones too. Lean's own printer, its notation and its
options take no part in this. Names of the namespace `VeriQuant` stand without it.
"""

from __future__ import annotations

from collections.abc import Sequence

from veriquant_proofs.lean.olean import Environment, Level, Term

_APPLIED, _ARROW = 1024, 25
_OWN = "VeriQuant."
_BINARY = {"And": ("∧", 35), "Or": ("∨", 30), "Iff": ("↔", 20)}
_NAT: Term = ("const", "Nat", ())
_RELATIONS = {"Eq": "=", "Ne": "≠"}
_ORDER = {"LE.le": ("≤", "LE"), "LT.lt": ("<", "LT")}
_ARITHMETIC = {
    "HAdd.hAdd": ("+", 65, "Add"), "HSub.hSub": ("-", 65, "Sub"), "HMul.hMul": ("*", 70, "Mul"),
    "HDiv.hDiv": ("/", 70, "Div"), "HMod.hMod": ("%", 70, "Mod"),
}  # fmt: skip
_OPERATORS = frozenset([*_ARITHMETIC, "HPow.hPow", "Neg.neg", "OfNat.ofNat"])


def spine(term: Term) -> tuple[Term, list[Term]]:
    """Split `f a b` into `f` and `[a, b]`."""
    arguments: list[Term] = []
    while term[0] == "app":
        arguments.append(term[2])
        term = term[1]
    return term, arguments[::-1]


def binders(term: Term) -> list[Term]:
    """Return the leading `∀` of a type, as they stand."""
    found = []
    while term[0] == "pi":
        found.append(term)
        term = term[3]
    return found


def _uses(term: Term, index: int) -> bool:
    """Say whether the variable `index` occurs in a term."""
    kind = term[0]
    if kind == "bvar":
        return bool(term[1] == index)
    if kind == "app":
        return _uses(term[1], index) or _uses(term[2], index)
    if kind in ("lam", "pi"):
        return _uses(term[2], index) or _uses(term[3], index + 1)
    if kind == "let":
        return _uses(term[2], index) or _uses(term[3], index) or _uses(term[4], index + 1)
    return kind == "proj" and _uses(term[3], index)


def _is_const(term: Term, name: str) -> bool:
    return bool(term[0] == "const" and term[1] == name)


class Printer:
    """Prints terms of one environment."""

    def __init__(self, env: Environment) -> None:
        """Names of constants of `env` are never given to variables."""
        self.env = env

    def term(self, term: Term, scope: Sequence[str] = (), above: int = 0) -> str:
        """Return the text of a term; `scope` names its free variables, the innermost last."""
        text, level = self._at(term, tuple(scope))
        return text if level >= above else f"({text})"

    def _at(self, term: Term, scope: tuple[str, ...]) -> tuple[str, int]:
        kind = term[0]
        if kind == "bvar":
            return scope[-1 - term[1]], _APPLIED
        if kind == "sort":
            return _sort(term[1]), _APPLIED
        if kind == "lit":
            return (f'"{term[1]}"' if isinstance(term[1], str) else f"lit {term[1]}"), _APPLIED - 1
        if kind == "proj":
            return f"{self.term(term[3], scope, _APPLIED)}.{term[2] + 1}", _APPLIED
        if kind == "pi":
            return self._pi(term, scope)
        if kind == "lam":
            return self._lambda(term, scope)
        if kind == "let":
            name = self._fresh(term[1], scope)
            bound = f"let {name} : {self.term(term[2], scope)} := {self.term(term[3], scope)}; "
            return bound + self.term(term[4], (*scope, name)), 0
        return self._application(term, scope)

    def _fresh(self, name: str, scope: tuple[str, ...]) -> str:
        """Return a name for a variable that nothing else has."""
        base = name.partition("._@")[0].rpartition(".")[2] or "x"
        text, number = base, 0
        while text in scope or text in self.env or f"{_OWN}{text}" in self.env:
            number += 1
            text = f"{base}{number}"
        return text

    def name(self, name: str) -> str:
        """Return the text of a constant's name."""
        short = name.removeprefix(_OWN)
        return name if short in self.env else short

    def _pi(self, term: Term, scope: tuple[str, ...]) -> tuple[str, int]:
        if term[4] == "()" and "._@" in term[1] and not _uses(term[3], 0):
            left = self.term(term[2], scope, _ARROW + 1)
            return f"{left} → {self.term(term[3], (*scope, '_'), _ARROW)}", _ARROW
        groups: list[tuple[str, str, list[str]]] = []
        while term[0] == "pi" and not (
            term[4] == "()" and "._@" in term[1] and not _uses(term[3], 0)
        ):
            name = self._fresh(term[1], scope)
            kind = self.term(term[2], scope)
            if groups and groups[-1][:2] == (kind, term[4]) and term[4] != "[]":
                groups[-1][2].append(name)
            else:
                groups.append((kind, term[4], [name]))
            scope, term = (*scope, name), term[3]
        shown = " ".join(f"{b[0]}{' '.join(names)} : {kind}{b[1]}" for kind, b, names in groups)
        return f"∀ {shown}, {self.term(term, scope)}", 0

    def _lambda(self, term: Term, scope: tuple[str, ...]) -> tuple[str, int]:
        names = []
        while term[0] == "lam":
            name = self._fresh(term[1], scope)
            names.append(f"({name} : {self.term(term[2], scope)})")
            scope, term = (*scope, name), term[3]
        return f"fun {' '.join(names)} => {self.term(term, scope)}", 0

    def _application(self, term: Term, scope: tuple[str, ...]) -> tuple[str, int]:
        head, arguments = spine(term)
        if head[0] == "const":
            known = self._notation(head[1], arguments, scope)
            if known is not None:
                return known
            name, kinds = self.name(head[1]), [pi[4] for pi in binders(self.env[head[1]].type)]
        else:
            name, kinds = self.term(head, scope, _APPLIED), []
        if not arguments:
            return name, _APPLIED
        shown = [name]
        for number, argument in enumerate(arguments):
            kind = kinds[number] if number < len(kinds) else "()"
            if kind == "()":
                shown.append(self.term(argument, scope, _APPLIED))
            else:
                shown.append(f"{kind[0]}{self.term(argument, scope)}{kind[1]}")
        return " ".join(shown), _APPLIED - 1

    def _notation(
        self, name: str, arguments: list[Term], scope: tuple[str, ...]
    ) -> tuple[str, int] | None:
        """Return the short form of an application of `name`, if this very term has one."""
        count = len(arguments)
        if name == "Not" and count == 1:
            return f"¬{self.term(arguments[0], scope, _APPLIED)}", 1000
        if name in _BINARY and count == 2:
            sign, level = _BINARY[name]
            left = self.term(arguments[0], scope, level + 1)
            return f"{left} {sign} {self.term(arguments[1], scope, level)}", level
        if name == "Exists" and count == 2 and arguments[1][0] == "lam":
            _, bound, kind, body, _ = arguments[1]
            variable = self._fresh(bound, scope)
            shown = f"∃ {variable} : {self.term(kind, scope)}, "
            return shown + self.term(body, (*scope, variable)), 0
        if name in _RELATIONS and count == 3:
            return self._relation(_RELATIONS[name], arguments[0], arguments[1:], scope)
        if name in _ORDER and count == 4:
            sign, operation = _ORDER[name]
            if self._is_usual(operation, arguments[0], arguments[1]):
                return self._relation(sign, arguments[0], arguments[2:], scope)
        if name == "ite" and count == 5:  # the instance decides: any two agree
            condition, yes, no = (self.term(arguments[i], scope) for i in (1, 3, 4))
            return f"if {condition} then {yes} else {no}", 0
        return self._number(name, arguments, scope)

    def _number(
        self, name: str, arguments: list[Term], scope: tuple[str, ...]
    ) -> tuple[str, int] | None:
        """Return the short form of a numeral or an arithmetic operation."""
        count = len(arguments)
        if name == "OfNat.ofNat" and count == 3:
            kind, literal, given = arguments
            head, inner = spine(given)
            instance = {"Nat": "instOfNatNat", "ℤ": "ℤ.instOfNat"}.get(_name(kind))
            usual = instance is not None and _is_const(head, instance) and inner == [literal]
            if usual and literal[0] == "lit":
                return str(literal[1]), _APPLIED
        if name == "Neg.neg" and count == 3 and self._is_usual("Neg", *arguments[:2]):
            return f"-{self.term(arguments[2], scope, 76)}", 75
        if name in _ARITHMETIC and count == 6:
            sign, level, operation = _ARITHMETIC[name]
            kind, head, inner = arguments[0], *spine(arguments[3])
            same = arguments[1] == arguments[2] == kind and len(inner) == 2 and inner[0] == kind
            usual = same and _is_const(head, f"instH{operation}")
            if usual and self._is_usual(operation, kind, inner[1]):
                left = self.term(arguments[4], scope, level)
                return f"{left} {sign} {self.term(arguments[5], scope, level + 1)}", level
        if name == "HPow.hPow" and count == 6:
            kind, head, inner = arguments[0], *spine(arguments[3])
            same = arguments[1:3] == [_NAT, kind] and inner[:2] == [kind, _NAT]
            if same and _is_const(head, "instHPow"):
                between, power = spine(inner[2])
                usual = _is_const(between, "instPowNat") and power[0] == kind
                if usual and self._is_usual("NatPow", kind, power[1]):
                    left = self.term(arguments[4], scope, 76)
                    return f"{left} ^ {self.term(arguments[5], scope, 75)}", 75
        return None

    def _relation(
        self, sign: str, kind: Term, sides: list[Term], scope: tuple[str, ...]
    ) -> tuple[str, int]:
        left, right = (self.term(side, scope, 51) for side in sides)
        if not any(_tells_type(side) for side in sides):
            left = f"({self.term(sides[0], scope)} : {self.term(kind, scope)})"
        return f"{left} {sign} {right}", 50

    def _is_usual(self, operation: str, kind: Term, instance: Term) -> bool:
        """Say whether an instance is the one of `Nat` or `ℤ`, or belongs to a variable class."""
        if kind[0] == "const":
            return _is_const(
                instance, f"{'ℤ.' if kind[1] == 'ℤ' else ''}inst{operation}{_nat(kind)}"
            )
        if kind[0] != "bvar":
            return False
        head, inner = spine(instance)
        if _is_const(head, "VeriQuant.instNatPow"):
            return operation == "NatPow" and [a[0] for a in inner] == ["bvar", "bvar"]
        field = f"VeriQuant.OrderedSemiring.to{operation}"
        return _is_const(head, field) and inner[0] == kind and inner[1][0] == "bvar"


def _nat(kind: Term) -> str:
    return "Nat" if kind[1] == "Nat" else ""


def _name(term: Term) -> str:
    return str(term[1]) if term[0] == "const" else ""


def _tells_type(term: Term) -> bool:
    """Say whether the text of a term shows its type: it has a variable or a named function."""
    head, arguments = spine(term)
    if head[0] == "const" and head[1] in _OPERATORS:
        skip = {"OfNat.ofNat": 3, "Neg.neg": 2}.get(head[1], 4)
        last = 5 if head[1] == "HPow.hPow" else len(arguments)
        return any(_tells_type(argument) for argument in arguments[skip:last])
    return bool(head[0] != "lit")


def _sort(level: Level) -> str:
    if level == ("zero",):
        return "Prop"
    if level == ("succ", ("zero",)):
        return "Type"
    return f"Sort ({_level(level)})"


def _level(level: Level) -> str:
    kind = level[0]
    if kind == "zero":
        return "0"
    if kind == "succ":
        return f"{_level(level[1])}+1"
    if kind == "param":
        return str(level[1])
    return f"{kind}({_level(level[1])}, {_level(level[2])})"
