"""What stands above a function: its mark, its types, its contract's conditions."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cache

from veriquant_proofs.core.syntax import FunctionId, Parameter, Role, Theory
from veriquant_proofs.core.types import Type
from veriquant_proofs.frontend.annotations import annotated_type, range_value
from veriquant_proofs.frontend.modules import Builtin, FunctionText, Module, Word
from veriquant_spec.types import INT64, Range

#: What icontract passes to a condition by name: no parameter may be called so.
RESERVED = frozenset({"result", "OLD", "_ARGS", "_KWARGS"})

_JUSTIFIED = re.compile(r"#\s*justified\((?P<kind>[a-z ]+)\):\s*(?P<reason>\S.*)$")

ROLES = {Word.KERNEL: Role.KERNEL, Word.LEMMA: Role.LEMMA, Word.LOGIC: Role.LOGIC}


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of a contract: a lambda's body and parameters."""

    body: ast.expr
    parameters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Header:
    """A marked function without its body."""

    module: Module
    node: ast.FunctionDef
    id: FunctionId
    role: Role
    requirements: tuple[str, ...]
    theorem: str | None
    word: Range | None
    theory: Theory
    parameters: tuple[Parameter, ...]
    result: Type
    requires: tuple[Condition, ...]
    ensures: tuple[Condition, ...]

    def first_line(self) -> int:
        """The line of the first decorator."""
        return min([self.node.lineno, *(d.lineno for d in self.node.decorator_list)])

    def text(self) -> str:
        """The function as it is written, decorators included."""
        lines = self.module.text.split("\n")
        return "\n".join(lines[self.first_line() - 1 : self.node.end_lineno]) + "\n"

    def justifications(self) -> tuple[tuple[int, str, str], ...]:
        """Line, kind and reason of each `# justified(KIND): REASON`."""
        found: list[tuple[int, str, str]] = []
        for number, line in enumerate(self.text().split("\n"), self.first_line()):
            match = _JUSTIFIED.search(line)
            if match:
                found.append((number, match["kind"], match["reason"].strip()))
        return tuple(found)


def marked(module: Module, node: ast.FunctionDef) -> bool:
    """Whether a function carries a verification mark."""
    return any(_decorator(module, d)[0] in ROLES for d in node.decorator_list)


@cache
def header(text: FunctionText) -> Header:
    """Reads what stands above a function. Raises VerificationSubsetError."""
    module, node = text.module, text.node
    marks: list[tuple[Word, ast.expr]] = []
    conditions: dict[Word, list[Condition]] = {Word.REQUIRE: [], Word.ENSURE: []}
    for decorator in node.decorator_list:
        word, name = _decorator(module, decorator)
        if word in ROLES:
            marks.append((word, decorator))
        elif word in conditions:
            conditions[word].append(_condition(module, decorator))
        else:
            raise module.error(
                decorator,
                f"decorator `{name}`: a verified function has kernel, lemma, logic, require and "
                "ensure alone, imported from veriquant_spec.markers and icontract",
            )
    if len(marks) != 1:
        what = "no verification mark" if not marks else "two marks"
        raise module.error(
            node, f"`{node.name}` has {what}: write @kernel(), @lemma or @logic once"
        )
    role = ROLES[marks[0][0]]
    requirements, theorem, width, theory = _mark(module, role, marks[0][1])
    machine = width if role is Role.KERNEL else None
    _plain(module, node)
    parameters = tuple(_parameter(module, a, machine) for a in _arguments(node))
    if node.returns is None:
        raise module.error(node, f"`{node.name}`: the type of the result is missing")
    return Header(
        module,
        node,
        FunctionId(module=module.name, name=node.name),
        role,
        requirements,
        theorem,
        width,
        theory,
        parameters,
        annotated_type(module, node.returns, machine),
        tuple(conditions[Word.REQUIRE]),
        tuple(conditions[Word.ENSURE]),
    )


def _decorator(module: Module, node: ast.expr) -> tuple[Word | None, str]:
    target = node.func if isinstance(node, ast.Call) else node
    text = ast.unparse(target)
    if isinstance(target, ast.Name):
        meaning = module.meaning(target.id, target)
        return (meaning if isinstance(meaning, Word) else None), text
    return None, text


def _condition(module: Module, decorator: ast.expr) -> Condition:
    call = decorator if isinstance(decorator, ast.Call) else None
    plain = call is not None and len(call.args) == 1 and not call.keywords
    condition = call.args[0] if call is not None and plain else None
    if not isinstance(condition, ast.Lambda):
        raise module.error(decorator, "a contract is one lambda: @require(lambda x: x > 0)")
    arguments = condition.args
    names = tuple(a.arg for a in arguments.args)
    expected = ast.arguments([], arguments.args, None, [], [], None, [])
    if ast.dump(arguments) != ast.dump(expected):
        raise module.error(condition, "a contract's lambda has plain parameters alone")
    return Condition(condition.body, names)


def _mark(
    module: Module, role: Role, node: ast.expr
) -> tuple[tuple[str, ...], str | None, Range | None, Theory]:
    """Requirement ids, theorem, word and theory. The word is that of `markers.kernel`'s default."""
    default = INT64 if role is Role.KERNEL else None
    if role is Role.LOGIC:
        if isinstance(node, ast.Call):
            raise module.error(node, "write @logic without parentheses")
        return (), None, None, Theory.INT
    if not isinstance(node, ast.Call):
        raise module.error(node, f"write @{role.value}(...) with parentheses")
    texts: list[str] = []
    for argument in node.args:
        if not isinstance(argument, ast.Constant) or not isinstance(argument.value, str):
            raise module.error(argument, "requirement and theorem ids are literal texts")
        texts.append(argument.value)
    theory = Theory.INT
    word = default
    for keyword in node.keywords:
        match keyword:
            case ast.keyword(arg="word", value=value) if role is Role.KERNEL:
                word = range_value(module, value)
            case ast.keyword(arg="theory", value=ast.Constant(value="int" | "bv" as name)):
                theory = Theory(name)
            case _:
                raise module.error(node, f"argument `{keyword.arg}` of @{role.value}")
    if role is Role.KERNEL:
        return tuple(texts), None, word, theory
    if not texts:
        raise module.error(node, "a lemma names its theorem first: @lemma('T1')")
    return tuple(texts[1:]), texts[0], word, theory


def _arguments(node: ast.FunctionDef) -> list[ast.arg]:
    return [*node.args.posonlyargs, *node.args.args]


def _plain(module: Module, node: ast.FunctionDef) -> None:
    arguments = node.args
    extra = [arguments.vararg, arguments.kwarg, *arguments.kwonlyargs]
    if any(extra) or arguments.defaults:
        raise module.error(node, "only plain parameters without defaults are supported")
    if any(isinstance(part, ast.Yield | ast.YieldFrom | ast.Await) for part in ast.walk(node)):
        raise module.error(node, f"`{node.name}` is a generator: return a list")
    if getattr(node, "type_params", []):
        raise module.error(node, f"`{node.name}` has type parameters")


def _parameter(module: Module, argument: ast.arg, word: Range | None) -> Parameter:
    if argument.arg in RESERVED:
        raise module.error(
            argument, f"a parameter called `{argument.arg}`: icontract uses the name"
        )
    if argument.annotation is None:
        raise module.error(argument, f"parameter `{argument.arg}` has no type")
    if word is not None and _is_plain_int(module, argument.annotation):
        raise module.error(
            argument,
            f"parameter `{argument.arg}` has no range: write I64 or Annotated[int, Range(lo, hi)]",
        )
    return Parameter(name=argument.arg, type=annotated_type(module, argument.annotation, word))


def _is_plain_int(module: Module, node: ast.expr) -> bool:
    """Whether a parameter's integers have no range: a machine integer that nobody checks."""
    return any(
        isinstance(part, ast.Name)
        and part.id == "int"
        and module.meaning("int", part) == Builtin("int")
        for part in _outside_annotated(module, node)
    )


def _outside_annotated(module: Module, node: ast.expr) -> list[ast.AST]:
    match node:
        case ast.Subscript(value=ast.Name(id=name), slice=inner):
            if module.meaning(name, node) is Word.ANNOTATED:
                return []
            parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
            return [p for part in parts for p in _outside_annotated(module, part)]
    return [node]
