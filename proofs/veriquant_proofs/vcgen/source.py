"""Finds a marked function's text, types and contracts. The text is read, never trusted from memory.

A function is located by its code object: file and name. So a changed copy of a kernel in another
file is read from that file, and what it calls from where that is defined.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
import tokenize
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import icontract

from veriquant_proofs.vcgen.vc import VerificationSubsetError
from veriquant_spec import markers
from veriquant_spec.markers import Mark, mark_of, range_of
from veriquant_spec.types import Range

MARKERS = Path(markers.__file__).resolve()
ICONTRACT = Path(icontract.__file__).resolve().parent
REPOSITORY = Path(__file__).resolve().parents[3]

#: What icontract passes to a condition by name: no parameter may be called so.
RESERVED = frozenset({"result", "OLD", "_ARGS", "_KWARGS"})

#: Packages whose marked functions make up the verified product.
KERNEL_PACKAGE = "veriquant.kernels"
LEMMA_MODULE = "veriquant_spec.lemmas"


_JUSTIFIED = re.compile(r"#\s*justified\((?P<kind>[a-z ]+)\):\s*(?P<reason>\S.*)$")


@dataclass(frozen=True, slots=True)
class TypeInfo:
    """A type of the verified subset.

    `shape`: "int", "bool", "real", "int[]", "int[][]" or "tuple"; `bounds`: range of the integer
    or of the elements, None where unbounded; `parts`: of a tuple.
    """

    shape: str
    bounds: Range | None = None
    parts: tuple[TypeInfo, ...] = ()


@dataclass(frozen=True, slots=True)
class Clause:
    """One contract condition: the body of its lambda, and the lambda's parameter names."""

    body: ast.expr
    parameters: tuple[str, ...]
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class FunctionSource:
    """A marked function as the generator sees it."""

    name: str
    module: str
    file: Path
    node: ast.FunctionDef
    text: str
    mark: Mark
    parameters: tuple[tuple[str, TypeInfo], ...]
    result: TypeInfo
    requires: tuple[Clause, ...]
    ensures: tuple[Clause, ...]
    namespace: dict[str, Any]

    @property
    def kernel(self) -> str:
        """Short name: module without its package, then the function."""
        stem = self.module.rpartition(".")[2]
        prefix = {"lemma": "lemma:", "logic": "spec:"}.get(self.mark.role, "")
        return f"{prefix}{stem}.{self.name}"

    @property
    def key(self) -> tuple[Path, str]:
        """What tells this function from every other."""
        return self.file, self.name

    @property
    def recursive(self) -> bool:
        """Whether the function names itself."""
        return any(isinstance(n, ast.Name) and n.id == self.name for n in ast.walk(self.node))

    @property
    def shown_file(self) -> Path:
        """The file relative to the repository where it lies inside."""
        return shown(self.file)

    def justification(self, line: int, kind: str) -> str | None:
        """The written reason on a line for not proving a check of that kind, None without one.

        `# justified(overflow check): the reason` stands at the end of the line of the check.
        """
        lines = _module_functions(self.file)[0].split("\n")
        found = _JUSTIFIED.search(lines[line - 1]) if 0 < line <= len(lines) else None
        return found["reason"].strip() if found and found["kind"] == kind else None

    def error(self, node: ast.AST, construct: str) -> VerificationSubsetError:
        """The error for a construct outside the verified subset."""
        line, column = getattr(node, "lineno", self.node.lineno), getattr(node, "col_offset", 0)
        return VerificationSubsetError(self.shown_file, line, column, construct)


def shown(file: Path) -> Path:
    """`file` relative to the repository where possible."""
    return file.relative_to(REPOSITORY) if file.is_relative_to(REPOSITORY) else file


@cache
def _parsed(file: Path) -> tuple[str, ast.Module]:
    """A file's text in the encoding that Python reads it in, and its syntax tree."""
    try:
        with tokenize.open(file) as source:
            text = source.read()
        return text, ast.parse(text, str(file))
    except SyntaxError as error:
        raise VerificationSubsetError(
            shown(file), error.lineno or 1, (error.offset or 1) - 1, f"cannot parse: {error.msg}"
        ) from error
    except UnicodeDecodeError as error:
        raise VerificationSubsetError(shown(file), 1, 0, f"cannot read: {error}") from error


@cache
def _module_functions(file: Path) -> tuple[str, dict[str, ast.FunctionDef]]:
    text, tree = _parsed(file)
    functions: dict[str, ast.FunctionDef] = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            if node.name in functions:
                raise VerificationSubsetError(
                    shown(file), node.lineno, node.col_offset, f"{node.name} is defined twice"
                )
            functions[node.name] = node
    for name, place in _rebindings(tree):
        if name in functions:
            raise VerificationSubsetError(
                shown(file), place.lineno, place.col_offset, f"{name} is bound again"
            )
    return text, functions


def _rebindings(tree: ast.Module) -> Iterator[tuple[str, ast.stmt | ast.expr]]:
    """Names that a module binds other than by a function of its own top level, or may change."""
    scopes = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
    stack: list[tuple[ast.AST, bool]] = [(node, True) for node in tree.body]
    while stack:
        node, outside = stack.pop()
        if isinstance(node, ast.Global):
            yield from ((name, node) for name in node.names)
        if outside:
            if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
                yield node.id, node
            elif isinstance(node, ast.Import | ast.ImportFrom):
                for alias in node.names:
                    yield alias.asname or alias.name.partition(".")[0], node
            elif isinstance(node, ast.ClassDef) or (
                isinstance(node, scopes[:2]) and node not in tree.body
            ):
                yield node.name, node
        inside = outside and not isinstance(node, scopes)
        stack += [(child, inside) for child in ast.iter_child_nodes(node)]


@cache
def unstable_names(file: Path) -> frozenset[str]:
    """Names that a module binds more than once, or that some function declares global."""
    seen: set[str] = set()
    twice: set[str] = set()
    for name, node in _rebindings(_parsed(file)[1]):
        (twice if name in seen or isinstance(node, ast.Global) else seen).add(name)
    return frozenset(twice)


def read(function: Callable[..., Any]) -> FunctionSource:
    """The source of a marked function.

    Raises VerificationSubsetError for a function without mark, type or readable contract.
    """
    return _read(_plain(function))


def _plain(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function inside its contract checkers; any other wrapper would be left unverified."""
    plain = inspect.unwrap(function)
    while function is not plain:
        code = getattr(function, "__code__", None)
        file = Path(code.co_filename).resolve() if code is not None else None
        if file is None or (file != MARKERS and ICONTRACT not in file.parents):
            code = plain.__code__
            where = shown(Path(code.co_filename).resolve())
            raise VerificationSubsetError(
                where, code.co_firstlineno, 0, f"{plain.__name__} is wrapped by other code"
            )
        function = function.__wrapped__  # type: ignore[attr-defined]
    return plain


@cache
def _read(plain: Callable[..., Any]) -> FunctionSource:
    code = plain.__code__
    file = Path(code.co_filename).resolve()
    text, functions = _module_functions(file)
    node = functions.get(plain.__name__)
    if node is None:
        raise VerificationSubsetError(
            shown(file), code.co_firstlineno, 0, f"{plain.__name__} is not a top-level function"
        )
    mark = mark_of(plain)
    if mark is None:
        raise VerificationSubsetError(
            shown(file), node.lineno, node.col_offset, f"{plain.__name__} has no verification mark"
        )
    for argument in (node.args.vararg, node.args.kwarg, *node.args.kwonlyargs):
        if argument is not None:
            raise VerificationSubsetError(
                shown(file), node.lineno, node.col_offset, "only plain parameters are supported"
            )
    hints = get_type_hints(plain, include_extras=True)
    names = [a.arg for a in (*node.args.posonlyargs, *node.args.args)]
    if inspect.isgeneratorfunction(plain):
        raise VerificationSubsetError(
            shown(file), node.lineno, node.col_offset, f"{plain.__name__} is a generator"
        )
    for name in sorted(RESERVED.intersection(names)):
        raise VerificationSubsetError(
            shown(file), node.lineno, node.col_offset, f"a parameter called `{name}`"
        )
    try:
        parameters = tuple((name, type_info(hints[name])) for name in names)
        result = type_info(hints["return"])
    except (KeyError, TypeError) as error:
        raise VerificationSubsetError(
            shown(file), node.lineno, node.col_offset, f"{plain.__name__}: type of {error}"
        ) from error
    first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
    if code.co_firstlineno != first:
        raise VerificationSubsetError(
            shown(file), node.lineno, node.col_offset, f"{plain.__name__} is not what was imported"
        )
    _stable_types(node, file)
    if hints != getattr(plain, markers.TYPES, hints):
        raise VerificationSubsetError(
            shown(file), node.lineno, node.col_offset, f"a type of {plain.__name__} has changed"
        )
    lines = text.split("\n")[first - 1 : node.end_lineno]
    requires, ensures = _contracts(node, file, plain.__globals__)
    return FunctionSource(
        plain.__name__,
        plain.__module__,
        file,
        node,
        "\n".join(lines) + "\n",
        mark,
        parameters,
        result,
        requires,
        ensures,
        plain.__globals__,
    )


def _stable_types(node: ast.FunctionDef, file: Path) -> None:
    """A type must mean to the generator what it meant to the contracts when they were attached."""
    hints: list[ast.AST] = [node.args]
    hints += [node.returns] if node.returns is not None else []
    hints += [n.annotation for n in ast.walk(node) if isinstance(n, ast.AnnAssign)]
    for part in (p for hint in hints for p in ast.walk(hint)):
        if isinstance(part, ast.Name) and part.id in unstable_names(file):
            raise VerificationSubsetError(
                shown(file), part.lineno, part.col_offset, f"the module's `{part.id}` may change"
            )


def _contracts(
    node: ast.FunctionDef, file: Path, namespace: dict[str, Any]
) -> tuple[tuple[Clause, ...], tuple[Clause, ...]]:
    requires: list[Clause] = []
    ensures: list[Clause] = []
    for decorator in node.decorator_list:
        target = decorator.func if isinstance(decorator, ast.Call) else decorator
        name = target.id if isinstance(target, ast.Name) else ast.unparse(target)

        def error(construct: str, place: ast.expr = decorator) -> VerificationSubsetError:
            return VerificationSubsetError(shown(file), place.lineno, place.col_offset, construct)

        contract = name in ("require", "ensure")
        if not contract and name not in ("kernel", "lemma", "logic"):
            raise error(f"decorator {name}")
        if namespace.get(name) is not getattr(icontract if contract else markers, name):
            raise error(f"another `{name}`")
        if name in unstable_names(file):
            raise error(f"the module's `{name}` may change")
        if not contract:
            continue
        call = decorator if isinstance(decorator, ast.Call) else None
        condition = call.args[0] if call and len(call.args) == 1 and not call.keywords else None
        if not isinstance(condition, ast.Lambda):
            raise error("a contract must be one lambda")
        if ast.dump(condition.args) != ast.dump(_plain_parameters(condition.args.args)):
            raise error("a contract's lambda has plain parameters alone", condition)
        clause = Clause(
            condition.body,
            tuple(a.arg for a in condition.args.args),
            condition.body.lineno,
            condition.body.col_offset,
        )
        (requires if name == "require" else ensures).append(clause)
    return tuple(requires), tuple(ensures)


def _plain_parameters(arguments: list[ast.arg]) -> ast.arguments:
    return ast.arguments([], arguments, None, [], [], None, [])


def type_info(hint: object) -> TypeInfo:
    """The subset's view of a type hint. Raises TypeError for anything outside the subset."""
    bounds = range_of(hint)
    if bounds is not None:
        if bounds.low > bounds.high:
            raise TypeError(f"empty range {bounds}")
        if get_args(hint)[0] is not int:
            raise TypeError(f"{hint!r} is a range of no integers")
        return TypeInfo("int", bounds)
    if get_origin(hint) is Annotated:
        return type_info(get_args(hint)[0])
    simple = {int: "int", bool: "bool", Fraction: "real"}
    if isinstance(hint, type) and hint in simple:
        return TypeInfo(simple[hint])
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is tuple:
        return TypeInfo("tuple", None, tuple(type_info(part) for part in arguments))
    if len(arguments) == 1 and origin in (list, Sequence):
        inner = type_info(arguments[0])
        if inner.shape in ("int", "int[]"):
            return TypeInfo(inner.shape + "[]", inner.bounds)
    raise TypeError(f"{hint!r} is outside the verified subset")


def callees(source: FunctionSource) -> list[FunctionSource]:
    """Marked functions named anywhere in a function or its contracts."""
    return [_read(c) for c in _callees(inspect.unwrap(source.namespace[source.name]))]


@cache
def _callees(function: Callable[..., Any]) -> tuple[Callable[..., Any], ...]:
    """Kernels and lemmas named anywhere in a function or its contracts, through spec functions."""
    source = _read(function)
    found: list[Callable[..., Any]] = []
    for part in ast.walk(source.node):
        target = source.namespace.get(part.id) if isinstance(part, ast.Name) else None
        if callable(target) and mark_of(target) is not None:
            found.append(_plain(target))
    return tuple(dict.fromkeys(found))


def reached(source: FunctionSource) -> dict[tuple[Path, str], FunctionSource]:
    """Every marked function that a call of `source` or its contracts may lead to, by its key."""
    found: dict[tuple[Path, str], FunctionSource] = {}
    stack = [inspect.unwrap(source.namespace[source.name])]
    while stack:
        function = stack.pop()
        current = _read(function)
        if current.key not in found:
            found[current.key] = current
            stack += [c for c in _callees(function) if _read(c).key != current.key]
    return found


def functions_in(module: ModuleType) -> Iterator[FunctionSource]:
    """Kernels and lemmas that `module` itself defines, in the order of its text."""
    found = []
    for value in vars(module).values():
        if callable(value):
            plain = inspect.unwrap(value)
            mark = mark_of(plain)
            if mark is not None and mark.role != "logic" and plain.__module__ == module.__name__:
                found.append(read(plain))
    yield from sorted({f.name: f for f in found}.values(), key=lambda f: f.node.lineno)


def imported(name: str) -> ModuleType:
    """A module of the product; one that cannot be imported is an error with its place."""
    try:
        return importlib.import_module(name)
    except SyntaxError as error:
        file = Path(error.filename or name)
        construct = f"cannot parse: {error.msg}"
        raise VerificationSubsetError(shown(file), error.lineno or 1, 0, construct) from error
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        places = [(Path(f.filename), f.lineno) for f in frames]
        own = [p for p in places if p[0].is_relative_to(REPOSITORY) and p[0] != MARKERS]
        file, line = (own or places)[-1]
        construct = f"cannot be imported: {type(error).__name__}: {error}"
        raise VerificationSubsetError(shown(file), line or 1, 0, construct) from error


def product_functions() -> list[FunctionSource]:
    """Every kernel, then every lemma, of the product, then the recursive functions they state.

    Of a recursive specification function the VCs show that its defining equation makes sense:
    every index in range, every precondition of the inner call met. Others are checked in place.
    """
    package = imported(KERNEL_PACKAGE)
    names = sorted(m.name for m in pkgutil.iter_modules(package.__path__, KERNEL_PACKAGE + "."))
    found: list[FunctionSource] = []
    for name in [*names, LEMMA_MODULE]:
        found += functions_in(imported(name))
    reachable = {key: f for start in found for key, f in reached(start).items()}
    recursive = [f for f in reachable.values() if f.mark.role == "logic" and f.recursive]
    return found + sorted(recursive, key=lambda f: (f.module, f.node.lineno))
