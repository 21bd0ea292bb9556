"""Programs from files: what is verified, and everything that it reaches."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from veriquant_proofs.core.errors import WellFormedError
from veriquant_proofs.core.syntax import Function, FunctionId, Program, Role
from veriquant_proofs.core.traverse import callees, recursive
from veriquant_proofs.core.wellformed import check_program
from veriquant_proofs.frontend.errors import VerificationSubsetError
from veriquant_proofs.frontend.headers import Header, header, marked
from veriquant_proofs.frontend.modules import (
    ROOTS,
    FunctionText,
    Module,
    find_module,
    reached,
    read_module,
)
from veriquant_proofs.frontend.statements import read_function
from veriquant_proofs.places import shown

#: Packages and modules whose marked functions make up the verified product.
KERNEL_PACKAGE = "veriquant.kernels"
LEMMA_MODULES = ("veriquant_spec.lemmas", "veriquant_spec.sequences")


@dataclass(frozen=True, slots=True)
class Source:
    """What was read: the program, the functions to verify in their order, and every file."""

    program: Program
    #: of the files that were asked for; then the recursive functions that they state
    roots: tuple[FunctionId, ...]
    #: files that a result depends on, those of constants and types too, each with its SHA-256
    files: tuple[tuple[Path, str], ...]
    #: files that were read, by module: what `link` compares with what Python loads
    modules: tuple[Module, ...]

    def verified(self) -> list[Function]:
        """The functions to verify."""
        return [self.program[identity] for identity in self.roots]

    def selected(self, names: Sequence[str]) -> list[Function]:
        """The functions that names pick ("packing", "packing.pack_pair", "pack_pair"); all without.

        Raises KeyError for a name that picks none.
        """
        functions = self.verified()
        if not names:
            return functions
        known = {name for f in functions for name in _names(f)}
        for name in names:
            if name not in known:
                raise KeyError(name)
        return [f for f in functions if _names(f) & set(names)]

    def assumed(self, functions: Iterable[Function]) -> list[Function]:
        """Kernels and lemmas outside of these functions whose contracts they rely on."""
        own = {f.id for f in functions}
        found: dict[FunctionId, None] = {}
        stack = list(own)
        seen = set(own)
        while stack:
            for callee in callees(self.program[stack.pop()]):
                if callee not in seen:
                    seen.add(callee)
                    stack.append(callee)
                    if self.program[callee].role is not Role.LOGIC:
                        found[callee] = None
        return [self.program[identity] for identity in sorted(found, key=str)]


def _names(function: Function) -> set[str]:
    return {function.label, function.label.partition(".")[0], function.id.name}


def product_files() -> list[tuple[str, Path]]:
    """Modules of the product that hold kernels and lemmas, the package's own file included."""
    package = find_module(KERNEL_PACKAGE, ROOTS)
    assert package is not None
    found = [(KERNEL_PACKAGE, package)]
    found += [
        (f"{KERNEL_PACKAGE}.{path.stem}", path)
        for path in sorted(package.parent.glob("*.py"))
        if path.stem != "__init__"
    ]
    for name in LEMMA_MODULES:
        file = find_module(name, ROOTS)
        if file is not None:
            found.append((name, file))
    return found


def read_product() -> Source:
    """The product's program. Raises VerificationSubsetError."""
    modules = [read_module(name, file) for name, file in product_files()]
    for module in modules:
        if module.name.startswith(KERNEL_PACKAGE):
            _all_marked(module)
    return _source(modules)


def read_files(files: Sequence[Path]) -> Source:
    """The program of a user's files: their marked functions, and what those reach.

    Raises VerificationSubsetError, and OSError for a file that cannot be read.
    """
    modules: list[Module] = []
    for file in files:
        module = read_module(file.stem, file, (file.resolve().parent,))
        if not any(marked(module, node) for node in module.functions()):
            raise module.error(None, "no function is marked with @kernel or @lemma")
        modules.append(module)
    return _source(modules)


def _all_marked(module: Module) -> None:
    for node in module.functions():
        if not marked(module, node):
            raise module.error(
                node, f"`{node.name}` is no kernel: mark it with @kernel and state its contract"
            )


def _source(modules: list[Module]) -> Source:
    reading = _Reading()
    roots: list[FunctionId] = []
    for module in modules:
        seen: set[str] = set()
        for node in module.functions():
            if node.name in seen:
                raise module.error(node, f"{node.name} is defined twice")
            seen.add(node.name)
            if marked(module, node):
                head = reading.function(FunctionText(module, node))
                if head.role is not Role.LOGIC:
                    _has_contract(head)
                    roots.append(head.id)
    program = Program(functions=reading.functions)
    try:
        check_program(program)
    except WellFormedError as error:
        place = error.place
        raise VerificationSubsetError(
            error.file, place.line, place.column - 1, error.message
        ) from error
    stated = [f for f in program.functions.values() if f.role is Role.LOGIC and recursive(f)]
    roots += [f.id for f in sorted(stated, key=lambda f: (f.id.module, f.place.line))]
    read = reached([*modules, *(t.module for t in reading.texts.values())])
    files = tuple((shown(m.file), _sha256(m.text)) for m in read)
    return Source(program, tuple(roots), files, tuple(read))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _has_contract(head: Header) -> None:
    if not head.ensures:
        raise head.module.error(
            head.node, f"`{head.id.name}` has no contract: add @ensure, or nothing is proved"
        )


class _Reading:
    """Reads functions with everything they reach, callees first."""

    def __init__(self) -> None:
        self.functions: dict[FunctionId, Function] = {}
        self.texts: dict[FunctionId, FunctionText] = {}
        self._open: list[FunctionId] = []

    def header(self, text: FunctionText) -> Header:
        """A function's header; two functions of one name would be one to every report."""
        head = header(text)
        known = self.texts.setdefault(head.id, text)
        if known != text:
            file = shown(known.module.file)
            raise text.module.error(text.node, f"{head.id} is defined in {file} too: rename one")
        return head

    def sequence(self, name: str) -> FunctionText:
        """A kernel that stands for a built-in function."""
        module_name = LEMMA_MODULES[-1]
        file = find_module(module_name, ROOTS)
        assert file is not None
        module = read_module(module_name, file)
        return FunctionText(module, next(n for n in module.functions() if n.name == name))

    def function(self, text: FunctionText) -> Header:
        """Read a function, unless that has been done, and what it calls."""
        head = self.header(text)
        if head.id in self.functions:
            return head
        self._open.append(head.id)
        found = read_function(head, self)
        for callee in callees(found):
            if callee in self._open and callee != head.id:
                raise text.module.error(
                    text.node, f"{callee.name} leads back to {head.id.name}: recursion"
                )
            if callee != head.id:
                self.function(self.texts[callee])
        self._open.pop()
        self.functions[head.id] = found
        return head
