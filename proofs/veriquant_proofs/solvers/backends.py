"""The solvers themselves, called in a worker process. Each reads the SMT-LIB text, nothing else."""

from __future__ import annotations

import importlib
import importlib.metadata
import time
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any, NamedTuple

from veriquant_proofs.solvers.answers import Answer, commands, digest

#: Distribution that each solver comes in.
PACKAGES = {"z3": "z3-solver", "cvc5": "cvc5", "bitwuzla": "bitwuzla"}

#: Lengths of sequences in a counterexample that a person can read and Python can build.
READABLE_LENGTH = 64


class SolverMissing(Exception):
    """A solver that was asked for is not installed."""

    def __init__(self, solver: str) -> None:
        super().__init__(f"{solver} is not installed: pip install {PACKAGES[solver]}")
        self.solver = solver


@cache
def version(solver: str) -> str:
    """Installed version of a solver. Raises SolverMissing."""
    try:
        return importlib.metadata.version(PACKAGES[solver])
    except importlib.metadata.PackageNotFoundError as error:
        raise SolverMissing(solver) from error


def solve(solver: str, text: str, timeout: float, options: dict[str, Any]) -> Answer:
    """Ask one solver.

    `options`: "inputs" (model wanted), "core" (unsatisfiable core wanted), "steps" (Z3 and cvc5: a
    limit in the solver's own unit, which does not depend on the machine's speed).
    """
    started = time.perf_counter()
    result = BACKENDS[solver](text, timeout, options)
    seconds = round(time.perf_counter() - started, 4)
    model, state = result.model if result.model is not None else (None, None)
    return Answer(
        solver,
        version(solver),
        result.answer,
        digest(text),
        seconds,
        result.reason,
        model,
        state,
        result.core,
    )


Model = tuple[dict[str, Any] | None, dict[str, Any]]


class Result(NamedTuple):
    """What a back end found out; a model is the inputs' values and the other constants'."""

    answer: str
    reason: str = ""
    model: Model | None = None
    core: tuple[int, ...] | None = None


def _z3(text: str, timeout: float, options: dict[str, Any]) -> Result:
    z3: Any = importlib.import_module("z3")
    context = z3.Context()  # its own, so that the answer depends on nothing asked before
    solver = z3.Solver(ctx=context)
    solver.set("timeout", int(timeout * 1000))
    if "steps" in options:
        solver.set("rlimit", options["steps"])
    core: tuple[int, ...] | None = None
    if options.get("core"):
        for number, term in enumerate(z3.parse_smt2_string(text, ctx=context)):
            solver.assert_and_track(term, f"assert!{number}")
    else:
        solver.from_string(text)
    answer = str(solver.check())
    if answer == "unsat" and options.get("core"):
        core = tuple(sorted(int(str(name).rpartition("!")[2]) for name in solver.unsat_core()))
    model = None
    if answer == "sat" and options.get("inputs") is not None:
        model = _z3_model(z3, solver, options["inputs"])
    return Result(answer, solver.reason_unknown() if answer == "unknown" else "", model, core)


def _z3_model(z3: Any, solver: Any, inputs: list[dict[str, Any]]) -> Model:
    """Python values of the inputs (None where a sequence is too long to build) and of the rest.

    Sequences are short where a model with short ones exists.
    """
    constants = {d.name(): d() for d in _declared(z3, solver) if d.arity() == 0}
    leaves = list(_leaves(inputs))
    lengths = [constants[e["length"]] for e in leaves if e["length"] in constants]
    widths = [constants[e["width"]] for e in leaves if e["width"] in constants]
    model = solver.model()
    for limit in (4, READABLE_LENGTH):
        if not lengths:
            break
        solver.push()
        for length in lengths:
            solver.add(length <= limit)
        for width in widths:
            solver.add(*(width[row] <= limit for row in range(limit)))
        if str(solver.check()) == "sat":
            model = solver.model()
            solver.pop()
            break
        solver.pop()
    known = {entry[key] for entry in leaves for key in ("symbol", "length", "width")}
    state = {
        name: value
        for name, constant in sorted(constants.items())
        if name not in known and (value := _number(z3, model, constant)) is not None
    }
    values: dict[str, Any] = {}
    for entry in inputs:
        value = _z3_value(z3, model, entry, constants)
        if value is None:
            return None, state
        values[entry["name"]] = value[0]
    return values, state


def _leaves(inputs: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The inputs, tuples replaced by their items."""
    for entry in inputs:
        yield from _leaves(entry["items"]) if entry["sort"] == "tuple" else (entry,)


def _declared(z3: Any, solver: Any) -> set[Any]:
    found: set[Any] = set()
    seen: set[int] = set()
    stack = list(solver.assertions())
    while stack:
        term = stack.pop()
        if term.get_id() in seen:
            continue
        seen.add(term.get_id())
        if z3.is_quantifier(term):
            stack.append(term.body())
            continue
        if z3.is_app(term) and term.decl().kind() == z3.Z3_OP_UNINTERPRETED:
            found.add(term.decl())
        stack.extend(term.children())
    return found


def _z3_value(
    z3: Any, model: Any, entry: dict[str, Any], constants: dict[str, Any]
) -> tuple[Any] | None:
    """The value as a 1-tuple; an input that no assertion mentions may be anything: zero."""
    if entry["sort"] == "tuple":
        parts = [_z3_value(z3, model, item, constants) for item in entry["items"]]
        known = [part for part in parts if part is not None]
        return (tuple(part[0] for part in known),) if len(known) == len(parts) else None
    symbol = constants.get(entry["symbol"])
    length = constants.get(entry["length"]) if entry["length"] else None

    def number(term: Any) -> Any:
        return _number(z3, model, term)

    if entry["sort"] in ("int", "bool", "real"):
        default = {"int": 0, "bool": False, "real": "0/1"}[entry["sort"]]
        return (default if symbol is None else number(symbol),)
    count = 0 if length is None else number(length)
    if count is None or count > READABLE_LENGTH:
        return None
    if entry["sort"] == "int[]":
        return ([0 if symbol is None else number(symbol[i]) for i in range(count)],)
    widths = constants.get(entry["width"])
    rows = []
    for i in range(count):
        width = 0 if widths is None else number(widths[i])
        if width is None or width > READABLE_LENGTH:
            return None
        rows.append([0 if symbol is None else number(symbol[i][j]) for j in range(width)])
    return (rows,)


def _number(z3: Any, model: Any, term: Any) -> Any:
    """A Python number (a fraction as text), None for a term of another sort."""
    value = model.eval(term, model_completion=True)
    if z3.is_bv_value(value):
        return value.as_signed_long()
    if z3.is_int_value(value):
        return value.as_long()
    if z3.is_true(value) or z3.is_false(value):
        return bool(z3.is_true(value))
    if z3.is_rational_value(value):
        return f"{value.numerator_as_long()}/{value.denominator_as_long()}"
    return None


def _cvc5(text: str, timeout: float, options: dict[str, Any]) -> Result:
    cvc5: Any = importlib.import_module("cvc5")
    solver = cvc5.Solver(cvc5.TermManager())
    solver.setOption("tlimit-per", str(int(timeout * 1000)))
    solver.setOption("arrays-exp", "true")  # constant arrays
    if "steps" in options:
        solver.setOption("rlimit-per", str(options["steps"]))
    parser = cvc5.InputParser(solver)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, text, "obligation")
    symbols = parser.getSymbolManager()
    answer = ""
    while True:
        command = parser.nextCommand()
        if command.isNull():
            break
        output = str(command.invoke(solver, symbols)).strip()
        if output:
            answer = output
    plain = answer if answer in ("sat", "unsat") else "unknown"
    return Result(plain, answer if plain == "unknown" else "")


def _bitwuzla(text: str, timeout: float, options: dict[str, Any]) -> Result:
    bitwuzla: Any = importlib.import_module("bitwuzla")
    terms = bitwuzla.TermManager()
    settings = bitwuzla.Options()
    settings.set(bitwuzla.Option.TIME_LIMIT_PER, int(timeout * 1000))
    parser = bitwuzla.Parser(terms, settings)
    asserts = [c for c in commands(text) if not c.startswith(("(check-sat", "(set-logic"))]
    parser.parse("(set-logic QF_BV)\n" + "\n".join(asserts), True, False)
    result = str(parser.bitwuzla().check_sat())
    answer = result if result in ("sat", "unsat") else "unknown"
    return Result(answer, "" if answer == result else result)


BACKENDS: dict[str, Callable[[str, float, dict[str, Any]], Result]] = {
    "z3": _z3,
    "cvc5": _cvc5,
    "bitwuzla": _bitwuzla,
}
