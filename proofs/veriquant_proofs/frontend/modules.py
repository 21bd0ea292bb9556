"""Modules as their files say: names and what they are bound to, from the syntax tree alone.

Nothing is imported and no namespace is looked at, so nothing that happens when a module runs (the
environment, the clock, how Python was started, what ran before) can change what is read. A name
that a module may bind otherwise than by one plain statement of its top level is refused where it is
used; `link` compares what is read here with what Python loads.
"""

from __future__ import annotations

import ast
import builtins
import tokenize
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path

import veriquant
import veriquant_spec
from veriquant_proofs.frontend.errors import VerificationSubsetError, refused
from veriquant_proofs.places import shown

#: Folders that hold the product's packages.
ROOTS = tuple(
    dict.fromkeys(Path(str(p.__file__)).resolve().parents[1] for p in (veriquant_spec, veriquant))
)

MARKERS = "veriquant_spec.markers"
TYPES = "veriquant_spec.types"

#: Names of other packages that the subset gives a meaning.
EXTERNAL = {
    "icontract": ("require", "ensure"),
    "typing": ("Annotated",),
    "collections.abc": ("Sequence",),
    "fractions": ("Fraction",),
}

#: Names of our own modules that are part of the language, not of a program.
LANGUAGE = {
    MARKERS: ("kernel", "lemma", "logic", "invariant", "variant"),
    TYPES: ("Range",),
}

#: Bits of the greatest literal: beyond it Python itself refuses to print a number.
LITERAL_BITS = 4096


class Word(Enum):
    """What a name of the language means, wherever it was imported from."""

    REQUIRE = "require"
    ENSURE = "ensure"
    ANNOTATED = "Annotated"
    SEQUENCE = "Sequence"
    FRACTION = "Fraction"
    KERNEL = "kernel"
    LEMMA = "lemma"
    LOGIC = "logic"
    INVARIANT = "invariant"
    VARIANT = "variant"
    RANGE = "Range"


@dataclass(frozen=True, slots=True)
class Builtin:
    """A built-in name that the module does not bind."""

    name: str


@dataclass(frozen=True, slots=True)
class FunctionText:
    """A function of a module's top level."""

    module: Module
    node: ast.FunctionDef


@dataclass(frozen=True, slots=True)
class Value:
    """`name = value` at a module's top level."""

    module: Module
    node: ast.expr


Meaning = Word | Builtin | FunctionText | Value


@dataclass(frozen=True, slots=True, eq=False)
class Module:
    """A module's text. Equal only to itself: each file is read once."""

    name: str
    file: Path
    text: str
    tree: ast.Module
    #: folders in which the modules that it imports are looked for
    roots: tuple[Path, ...]

    def error(self, node: ast.AST | None, construct: str) -> VerificationSubsetError:
        """The error for a construct outside the subset."""
        return refused(self.file, node, construct)

    def functions(self) -> list[ast.FunctionDef]:
        """Functions of the top level, in order."""
        return [node for node in self.tree.body if isinstance(node, ast.FunctionDef)]

    def meaning(self, name: str, place: ast.AST) -> Meaning | None:
        """What a global name means; None where nothing binds it. Raises VerificationSubsetError."""
        return _meaning(self, name, place, ())


def read_module(name: str, file: Path, roots: tuple[Path, ...] = ()) -> Module:
    """The module in a file. Raises VerificationSubsetError where Python would not read it."""
    return _opened(name, file.resolve(), (*roots, *(r for r in ROOTS if r not in roots)))


def _opened(name: str, file: Path, roots: tuple[Path, ...]) -> Module:
    """A module, once: the product's own are the same to every file that imports them."""
    own = any(file.is_relative_to(root) for root in ROOTS)
    return _read(name, file, ROOTS if own else roots)


@cache
def _read(name: str, file: Path, roots: tuple[Path, ...]) -> Module:
    try:
        with tokenize.open(file) as source:
            text = source.read()
        tree = ast.parse(text, str(file))
    except SyntaxError as error:
        line, column = error.lineno or 1, (error.offset or 1) - 1
        message = f"cannot parse: {error.msg}"
        raise VerificationSubsetError(shown(file), line, column, message) from error
    except (UnicodeDecodeError, ValueError) as error:
        raise VerificationSubsetError(shown(file), 1, 0, f"cannot read: {error}") from error
    except (RecursionError, MemoryError) as error:
        message = "cannot parse: nested too deeply"
        raise VerificationSubsetError(shown(file), 1, 0, message) from error
    for node in ast.walk(tree):
        number = node.value if isinstance(node, ast.Constant) else None
        if isinstance(number, int) and number.bit_length() > LITERAL_BITS:
            raise refused(file, node, f"a literal of more than {LITERAL_BITS} bits")
    return Module(name, file, text, tree, roots)


def find_module(name: str, roots: tuple[Path, ...]) -> Path | None:
    """The file of a module in the given folders; None: it is none of the project's."""
    for root in roots:
        base = root.joinpath(*name.split("."))
        for file in (base / "__init__.py", base.with_suffix(".py")):
            if file.is_file():
                return file.resolve()
    return None


def reached(modules: Iterable[Module]) -> list[Module]:
    """Modules and all that they import from the project, whatever they use of them.

    Raises VerificationSubsetError, also where two files would be one module to Python.
    """
    found: dict[Path, Module] = {}
    names: dict[str, Module] = {}
    stack = list(modules)
    while stack:
        module = stack.pop()
        if module.file in found:
            continue
        found[module.file] = module
        other = names.setdefault(module.name, module)
        if other is not module:
            raise module.error(
                None, f"{shown(other.file)} is a module `{module.name}` too: verify them apart"
            )
        for node in module.tree.body:
            if isinstance(node, ast.ImportFrom):
                source = _absolute(module, node)
                file = find_module(source, module.roots)
                if file is not None:
                    stack.append(_opened(source, file, module.roots))
    return [found[file] for file in sorted(found)]


@cache
def _bindings(module: Module) -> dict[str, tuple[ast.stmt, ...]]:
    """Statements of the top level that plainly bind a name."""
    found: dict[str, list[ast.stmt]] = {}

    def bind(name: str, node: ast.stmt) -> None:
        found.setdefault(name, []).append(node)

    for node in module.tree.body:
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                bind(name, node)
            case ast.Assign(targets=[ast.Name(id=name)]):
                bind(name, node)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr()):
                bind(name, node)
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                for alias in names:
                    bind(alias.asname or alias.name.partition(".")[0], node)
    return {name: tuple(nodes) for name, nodes in found.items()}


@cache
def _disturbed(module: Module) -> dict[str, ast.AST]:
    """Names that the module may also bind in another way, each with a place where it does."""
    plain = Counter({name: len(nodes) for name, nodes in _bindings(module).items()})
    every: dict[str, list[ast.AST]] = {}
    for name, node in _bound(module.tree):
        every.setdefault(name, []).append(node)
    found = {name: nodes[-1] for name, nodes in every.items() if len(nodes) > plain[name]}
    found |= {name: nodes[-1] for name, nodes in _bindings(module).items() if len(nodes) > 1}
    return found


def _bound(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    """Every name that the module's own scope binds or deletes, and every `global` anywhere."""
    stack: list[tuple[ast.AST, bool]] = [(node, True) for node in tree.body]
    while stack:
        node, outside = stack.pop()
        if isinstance(node, ast.Global):
            yield from ((name, node) for name in node.names)
        if outside:
            match node:
                case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                    yield name, node
                case ast.Import(names=names) | ast.ImportFrom(names=names):
                    for alias in names:
                        yield alias.asname or alias.name.partition(".")[0], node
                case (
                    ast.FunctionDef(name=name)
                    | ast.AsyncFunctionDef(name=name)
                    | ast.ClassDef(name=name)
                ):
                    yield name, node
                case ast.ExceptHandler(name=str() as name) | ast.MatchAs(name=str() as name):
                    yield name, node
                case ast.MatchStar(name=str() as name) | ast.MatchMapping(rest=str() as name):
                    yield name, node
        scopes = (
            ast.FunctionDef,
            ast.AsyncFunctionDef,
            ast.ClassDef,
            ast.Lambda,
            ast.ListComp,
            ast.SetComp,
            ast.DictComp,
            ast.GeneratorExp,
        )
        inside = outside and not isinstance(node, scopes)
        for child in ast.iter_child_nodes(node):
            # A named expression in a comprehension binds in the scope around it.
            walrus = outside and isinstance(child, ast.NamedExpr)
            stack.append((child, inside or walrus))
        if isinstance(node, ast.NamedExpr) and not outside:
            yield node.target.id, node


def _meaning(
    module: Module, name: str, place: ast.AST, seen: tuple[tuple[str, str], ...]
) -> Meaning | None:
    words = (*LANGUAGE.get(module.name, ()), *EXTERNAL.get(module.name, ()))
    if name in words and module.file in _language_files():
        return Word(name)
    star = next(
        (n for n in module.tree.body if isinstance(n, ast.ImportFrom) and n.names[0].name == "*"),
        None,
    )
    if star is not None:
        raise module.error(star, "`import *`: import each name")
    nodes = _bindings(module).get(name, ())
    disturbed = _disturbed(module).get(name)
    if disturbed is not None:
        raise module.error(place, f"the module's `{name}` may change (line {_line(disturbed)})")
    if not nodes:
        return Builtin(name) if hasattr(builtins, name) else None
    match nodes[0]:
        case ast.FunctionDef() as node:
            return FunctionText(module, node)
        case ast.Assign(value=value) | ast.AnnAssign(value=ast.expr() as value):
            return Value(module, value)
        case ast.ImportFrom() as node:
            return _imported(module, node, name, place, seen)
    raise module.error(place, f"`{name}` is no function, constant or type of the subset")


def _imported(
    module: Module,
    node: ast.ImportFrom,
    name: str,
    place: ast.AST,
    seen: tuple[tuple[str, str], ...],
) -> Meaning | None:
    original = next(a.name for a in node.names if (a.asname or a.name) == name)
    source = _absolute(module, node)
    file = find_module(source, module.roots)
    if original in EXTERNAL.get(source, ()):
        if file is not None:
            raise module.error(node, f"{shown(file)} hides the library {source}: rename it")
        return Word(original)
    if file is None:
        raise module.error(place, f"`{name}` comes from {source}, which is outside the project")
    if (source, original) in seen:
        raise module.error(place, f"`{name}` is imported in a circle")
    other = _opened(source, file, module.roots)
    found = _meaning(other, original, place, (*seen, (source, original)))
    if found is None or isinstance(found, Builtin):
        raise module.error(node, f"{source} does not define `{original}` as one plain name")
    return found


def _absolute(module: Module, node: ast.ImportFrom) -> str:
    if node.level == 0:
        return node.module or ""
    package = module.name if module.file.name == "__init__.py" else module.name.rpartition(".")[0]
    for _ in range(node.level - 1):
        package = package.rpartition(".")[0]
    return f"{package}.{node.module}" if node.module else package


@cache
def _language_files() -> frozenset[Path]:
    return frozenset(f for name in LANGUAGE if (f := find_module(name, ROOTS)) is not None)


def _line(node: ast.AST) -> int:
    return int(getattr(node, "lineno", 1))
