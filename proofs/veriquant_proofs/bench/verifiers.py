"""Other verifiers of Python, each given our kernels in its own notation.

The texts are made from the kernels' own sources: parameter ranges and contracts become the tool's
pre- and postconditions, with specification predicates replaced by their bodies; the code is the
kernel's, and what it calls comes along. Only kernels over plain integers without loops are
translated: the others state recursive sums or quantify over sequences, which this translation
does not attempt and `Untranslatable` says.
"""

from __future__ import annotations

import ast
import copy
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from veriquant_proofs.vcgen.source import FunctionSource, TypeInfo, read
from veriquant_spec.markers import mark_of

#: Seconds one tool gets for one kernel.
LIMIT = 120.0

#: Seconds for installing one tool.
INSTALL_LIMIT = 900.0


class Untranslatable(Exception):
    """A kernel that this module does not write in another notation, and why."""


@dataclass(frozen=True, slots=True)
class Contract:
    """A kernel in plain terms: conditions over the parameters and `result`, and the code.

    `left_out`: why postconditions are missing here, one reason each.
    """

    name: str
    parameters: tuple[str, ...]
    requires: tuple[ast.expr, ...]
    ensures: tuple[ast.expr, ...]
    body: tuple[ast.stmt, ...]
    pair: bool  # returns two values
    left_out: tuple[str, ...]

    def broken(self) -> Contract:
        """The same contract for code that returns one more than it should."""
        *rest, last = self.body
        assert isinstance(last, ast.Return) and last.value is not None
        wrong = ast.Return(ast.BinOp(last.value, ast.Add(), ast.Constant(1)))
        return replace(self, body=(*rest, wrong))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a tool says of a kernel: "proved", "not proved" or "not accepted", why, in what time."""

    verdict: str
    detail: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Verifier:
    """Another verifier: its package, how a text for it is written, and how it is called."""

    package: str
    version: str
    licence: str
    write: Callable[[Sequence[Contract]], str]
    command: Callable[[Path, Path], list[str]]
    judge: Callable[[str, int, str], tuple[str, str]]

    def install(self, folder: Path) -> str | None:
        """Make an environment for the tool in `folder`; None, or why it cannot be made."""
        python = folder / "bin" / "python"
        wanted = f"{self.package}=={self.version}"
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        try:
            if not python.exists():
                _run([sys.executable, "-m", "venv", str(folder)], INSTALL_LIMIT)
            status, output = _run([*pip, wanted], INSTALL_LIMIT)
        except (OSError, subprocess.TimeoutExpired) as error:
            return f"{type(error).__name__}: {error}"
        lines = [line for line in output.splitlines() if line.lower().startswith("error")]
        return None if status == 0 else (lines or ["pip failed"])[-1]

    def verify(self, contracts: Sequence[Contract], folder: Path, work: Path) -> Verdict:
        """The tool's verdict on the last of these functions; the others are what it calls."""
        name = contracts[-1].name
        path = work / f"{self.package}_{name}.py".replace("-", "_")
        path.write_text(self.write(contracts), encoding="utf-8")
        started = time.perf_counter()
        try:
            status, output = _run(self.command(folder, path), LIMIT)
            verdict, detail = self.judge(name, status, output)
        except subprocess.TimeoutExpired:
            verdict, detail = "not proved", f"no answer within {LIMIT:g} s"
        return Verdict(verdict, detail, round(time.perf_counter() - started, 2))


def _run(command: list[str], limit: float) -> tuple[int, str]:
    """Exit status and output; what the command started ends with it when time runs out."""
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            output, _ = process.communicate(timeout=limit)
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
    return process.returncode, output


# ------------------------------------------------------------------ from our notation


def contracts_of(source: FunctionSource) -> list[Contract]:
    """A kernel after the kernels that it calls. Raises Untranslatable."""
    found: dict[str, Contract] = {}

    def add(current: FunctionSource) -> None:
        if current.name in found:
            return
        for node in ast.walk(ast.Module(list(current.node.body), [])):
            target = current.namespace.get(node.id) if isinstance(node, ast.Name) else None
            mark = mark_of(target) if callable(target) else None
            if mark is not None and mark.role == "kernel" and callable(target):
                add(read(target))
        found.pop(current.name, None)
        found[current.name] = _contract(current)

    add(source)
    return list(found.values())


def _contract(source: FunctionSource) -> Contract:
    for name, info in source.parameters:
        if info.shape != "int":
            raise Untranslatable(f"parameter {name} is a sequence")
    body = [s for s in source.node.body if not _is_text(s)]
    if any(isinstance(n, ast.For | ast.While) for s in body for n in ast.walk(s)):
        raise Untranslatable("has a loop")
    requires = [c for n, info in source.parameters for c in _range(ast.Name(n), info)]
    requires += [_plain(clause.body, source.namespace) for clause in source.requires]
    result = ast.Name("result")
    parts = source.result.parts
    ensures: list[ast.expr] = []
    for number, part in enumerate(parts):
        ensures += _range(ast.Subscript(result, ast.Constant(number)), part)
    ensures += _range(result, source.result) if not parts else []
    left_out = []
    for clause in source.ensures:
        try:
            ensures.append(_plain(clause.body, source.namespace))
        except Untranslatable as reason:
            left_out.append(str(reason))
    return Contract(
        source.name,
        tuple(name for name, _ in source.parameters),
        tuple(requires),
        tuple(ensures),
        tuple(_untyped(s, source) for s in body),
        bool(parts),
        tuple(left_out),
    )


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _untyped(statement: ast.stmt, source: FunctionSource) -> ast.stmt:
    """A statement without annotations, constants by their values."""
    if isinstance(statement, ast.AnnAssign) and statement.value is not None:
        statement = ast.Assign([statement.target], statement.value, lineno=0)
    changed: ast.stmt = _Names({}, source.namespace, calls=False).visit(copy.deepcopy(statement))
    return changed


def _range(value: ast.expr, info: TypeInfo) -> list[ast.expr]:
    if info.bounds is None:
        return []
    low, high = ast.Constant(info.bounds.low), ast.Constant(info.bounds.high)
    return [ast.Compare(low, [ast.LtE()], [value]), ast.Compare(value, [ast.LtE()], [high])]


def _plain(condition: ast.expr, namespace: dict[str, object]) -> ast.expr:
    """A condition with specification functions and constants replaced by what they stand for."""
    plain: ast.expr = _Names({}, namespace, calls=True).visit(copy.deepcopy(condition))
    if any(isinstance(n, ast.GeneratorExp) for n in ast.walk(plain)):
        raise Untranslatable("a contract is quantified")
    return plain


class _Names(ast.NodeTransformer):
    """Replaces bound names by expressions, constants by values, specification calls by bodies."""

    def __init__(
        self, bound: dict[str, ast.expr], namespace: dict[str, object], calls: bool
    ) -> None:
        self.bound, self.namespace, self.calls = bound, namespace, calls

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id in self.bound:
            return copy.deepcopy(self.bound[node.id])
        value = self.namespace.get(node.id)
        return ast.Constant(value) if isinstance(value, int) else node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        target = self.namespace.get(node.func.id) if isinstance(node.func, ast.Name) else None
        mark = mark_of(target) if callable(target) else None
        if mark is None or not callable(target) or not self.calls:
            node.args = [self.visit(argument) for argument in node.args]
            return node
        source = read(target)
        if mark.role != "logic":
            raise Untranslatable(f"a postcondition calls the kernel {source.name}")
        statement = next(s for s in source.node.body if not _is_text(s))
        if not isinstance(statement, ast.Return) or statement.value is None or source.recursive:
            raise Untranslatable(f"a contract uses the recursive {source.name}")
        arguments = [self.visit(argument) for argument in node.args]
        names = [name for name, _ in source.parameters]
        bound = dict(zip(names, arguments, strict=True))
        inlined: ast.expr = _Names(bound, source.namespace, calls=True).visit(
            copy.deepcopy(statement.value)
        )
        return inlined


def _text(node: ast.AST) -> str:
    return ast.unparse(ast.fix_missing_locations(node))


def _code(contract: Contract, indent: str = "    ") -> str:
    return "\n".join(indent + line for s in contract.body for line in _text(s).splitlines())


# ------------------------------------------------------------------ to theirs


def _touchstone(contracts: Sequence[Contract]) -> str:
    texts = []
    for c in contracts:
        lines = [f"@require({_text(e)!r})" for e in c.requires]
        lines += [f"@ensure({_text(e)!r})" for e in c.ensures]
        texts.append("\n".join([*lines, f"def {c.name}({', '.join(c.parameters)}):", _code(c)]))
    return "\n\n".join(texts) + "\n"


class _Bitwise(ast.NodeTransformer):
    """Conditions as provably evaluates them, on Z3's terms: `&`, `|`, `~`, no chains."""

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.expr:
        operator = ast.BitAnd() if isinstance(node.op, ast.And) else ast.BitOr()
        joined: ast.expr = self.visit(node.values[0])
        for value in node.values[1:]:
            joined = ast.BinOp(joined, operator, self.visit(value))
        return joined

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        operator = ast.Invert() if isinstance(node.op, ast.Not) else node.op
        return ast.UnaryOp(operator, self.visit(node.operand))

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        # Z3's terms have no `//`; their `/` on integers is the floor for positive divisors.
        operator = ast.Div() if isinstance(node.op, ast.FloorDiv) else node.op
        return ast.BinOp(self.visit(node.left), operator, self.visit(node.right))

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        terms = [self.visit(term) for term in (node.left, *node.comparators)]
        links: list[ast.expr] = [
            ast.Compare(left, [operator], [right])
            for left, operator, right in zip(terms, node.ops, terms[1:], strict=False)
        ]
        joined = links[0]
        for link in links[1:]:
            joined = ast.BinOp(joined, ast.BitAnd(), link)
        return joined


def _provably(contracts: Sequence[Contract]) -> str:
    texts = ["import json", "from provably import verified"]
    for c in contracts:
        names = ", ".join(c.parameters)
        pre = " & ".join(f"({_text(_Bitwise().visit(copy.deepcopy(e)))})" for e in c.requires)
        post = " & ".join(f"({_text(_Bitwise().visit(copy.deepcopy(e)))})" for e in c.ensures)
        typed = ", ".join(f"{name}: int" for name in c.parameters)
        result = "tuple" if c.pair else "int"
        known = ", ".join(f"'{o.name}': {o.name}.__contract__" for o in contracts if o is not c)
        also = f"contracts={{{known}}}, " if known and c is contracts[-1] else ""
        texts.append(
            f"@verified({also}pre=lambda {names}: {pre}, post=lambda {names}, result: {post})\n"
            f"def {c.name}({typed}) -> {result}:\n{_code(c)}"
        )
    last = contracts[-1].name
    texts.append(f"proof = {last}.__proof__\nprint(json.dumps([proof.verified, str(proof)]))")
    return "\n\n".join(texts) + "\n"


class _Result(ast.NodeTransformer):
    def visit_Name(self, node: ast.Name) -> ast.expr:
        return ast.Call(node, [], []) if node.id == "Result" else node


def _nagini(contracts: Sequence[Contract]) -> str:
    texts = ["from nagini_contracts.contracts import *\nfrom typing import Tuple"]
    for c in contracts:
        renamed = [
            _Result().visit(
                _Names({"result": ast.Name("Result")}, {}, calls=False).visit(copy.deepcopy(e))
            )
            for e in c.ensures
        ]
        lines = [f"    Requires({_text(e)})" for e in c.requires]
        lines += [f"    Ensures({_text(e)})" for e in renamed]
        typed = ", ".join(f"{name}: int" for name in c.parameters)
        result = "Tuple[int, int]" if c.pair else "int"
        texts.append("\n".join([f"def {c.name}({typed}) -> {result}:", *lines, _code(c)]))
    return "\n\n".join(texts) + "\n"


def _judge_touchstone(name: str, status: int, output: str) -> tuple[str, str]:
    line = next((s for s in output.splitlines() if s.split()[1:2] == [name]), "")
    words = line.split()
    if words[:1] == ["PROVED"]:
        return "proved", line
    accepted = words[:1] in (["REFUTED"], ["UNKNOWN"]) and "unmodeled" not in line
    return "not proved" if accepted else "not accepted", line or output.strip()[-200:]


def _judge_provably(name: str, status: int, output: str) -> tuple[str, str]:
    try:
        verified, text = json.loads(output.strip().splitlines()[-1])
    except (ValueError, IndexError):
        return "not accepted", (output.strip().splitlines() or ["no output"])[-1][:300]
    if verified:
        return "proved", text
    return ("not accepted" if "TRANSLATION" in text else "not proved"), text[:300]


def _judge_nagini(name: str, status: int, output: str) -> tuple[str, str]:
    lines = [s for s in output.splitlines() if s.strip() and not s.startswith("Verification took")]
    detail = "; ".join(lines)[:300]
    if "Verification successful" in output:
        return "proved", detail
    failed = "Verification failed" in output
    return ("not proved" if failed else "not accepted"), detail


VERIFIERS = (
    Verifier(
        "touchstone-prover",
        "1.61.1",
        "MIT",
        _touchstone,
        lambda folder, path: [str(folder / "bin" / "touchstone"), "verify-all", str(path)],
        _judge_touchstone,
    ),
    Verifier(
        "provably",
        "0.3.0",
        "MIT",
        _provably,
        lambda folder, path: [str(folder / "bin" / "python"), str(path)],
        _judge_provably,
    ),
    Verifier(
        "nagini",
        "1.2.0",
        "MPL-2.0",
        _nagini,
        lambda folder, path: [
            str(folder / "bin" / "nagini"),
            "--z3",
            str(folder / "bin" / "z3"),
            str(path),
        ],
        _judge_nagini,
    ),
)
