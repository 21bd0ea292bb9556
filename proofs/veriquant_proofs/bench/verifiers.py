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
import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from veriquant_proofs.bench.plain import Plain, Untranslatable
from veriquant_proofs.core.syntax import Function, Program, Role
from veriquant_proofs.core.traverse import callees
from veriquant_proofs.core.types import IntType, TupleType, Type

#: Seconds one tool gets for one kernel.
LIMIT = 120.0

#: Seconds for installing one tool.
INSTALL_LIMIT = 900.0


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


def contracts_of(program: Program, function: Function) -> list[Contract]:
    """A kernel after the kernels that it calls. Raises Untranslatable."""
    found: dict[str, Contract] = {}

    def add(current: Function) -> None:
        if current.id.name in found:
            return
        bare = dataclasses.replace(current, requires=(), ensures=())
        for callee in callees(bare):
            if program[callee].role is Role.KERNEL:
                add(program[callee])
        found[current.id.name] = _contract(program, current)

    add(function)
    return list(found.values())


def _contract(program: Program, function: Function) -> Contract:
    for parameter in function.parameters:
        if not isinstance(parameter.type, IntType):
            raise Untranslatable(f"parameter {parameter.name} is a sequence")
    contract, code = Plain(program, {}, True), Plain(program, {}, False)
    body = tuple(code.statement(s) for s in function.body)
    requires = [c for p in function.parameters for c in _range(ast.Name(p.name), p.type)]
    requires += [contract.expression(clause.condition) for clause in function.requires]
    ensures = _range(ast.Name("result"), function.result)
    left_out = []
    for clause in function.ensures:
        try:
            ensures.append(contract.expression(clause.condition))
        except Untranslatable as reason:
            left_out.append(str(reason))
    return Contract(
        function.id.name,
        tuple(p.name for p in function.parameters),
        tuple(requires),
        tuple(ensures),
        body,
        isinstance(function.result, TupleType),
        tuple(left_out),
    )


def _range(value: ast.expr, kind: Type) -> list[ast.expr]:
    if isinstance(kind, TupleType):
        parts = enumerate(kind.items)
        return [c for i, t in parts for c in _range(ast.Subscript(value, ast.Constant(i)), t)]
    if not isinstance(kind, IntType) or kind.range is None:
        return []
    low, high = ast.Constant(kind.range.low), ast.Constant(kind.range.high)
    return [ast.Compare(low, [ast.LtE()], [value]), ast.Compare(value, [ast.LtE()], [high])]


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
        return ast.Call(ast.Name("Result"), [], []) if node.id == "result" else node


def _nagini(contracts: Sequence[Contract]) -> str:
    texts = ["from nagini_contracts.contracts import *\nfrom typing import Tuple"]
    for c in contracts:
        renamed = [_Result().visit(copy.deepcopy(e)) for e in c.ensures]
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
