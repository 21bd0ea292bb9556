"""The verified subset: one table for `--list-subset` and for messages about what is outside."""

from __future__ import annotations

import ast
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Construct:
    """One construct: how it is written and what it means to the verifier."""

    written: str
    meaning: str


ACCEPTED: dict[str, tuple[Construct, ...]] = {
    "Functions": (
        Construct(
            "@kernel('ID', word=INT64, theory='int')", "executable, proved; theory 'bv': bits"
        ),
        Construct("@lemma('T1', 'ID')", "a statement: requires are hypotheses, ensures its claim"),
        Construct(
            "@logic", "a specification function: one return; may recur on its last parameter"
        ),
        Construct("@require(lambda x: ...)", "precondition, over the parameters"),
        Construct("@ensure(lambda x, result: ...)", "postcondition, over parameters and result"),
    ),
    "Types": (
        Construct("Annotated[int, Range(low, high)]", "integers of a range; aliases such as U4"),
        Construct("bool, Fraction", "truth values; rationals in lemmas and specification"),
        Construct("Sequence[T], list[T]", "integers, or rows of integers"),
        Construct("tuple[T, U]", "parameters and results"),
    ),
    "Statements": (
        Construct("x = e; x: T = e; x += e", "assignment; the annotation is checked"),
        Construct("a, b = e", "all of e is evaluated first"),
        Construct("x[i] = e; x[i][j] = e", "a store into a list that the function made"),
        Construct("if, elif, else", "conditions; an integer counts as `!= 0`"),
        Construct("for i in range(a, b)", "invariants first: assert invariant(...)"),
        Construct("for v in x; for i, v in enumerate(x)", "over a sequence of integers"),
        Construct("while e", "invariants, and one assert variant(...)"),
        Construct("assert e; assert lemma(...)", "a step of a proof; the use of a lemma"),
        Construct("return e", "every path ends in one"),
    ),
    "Expressions": (
        Construct("+ - * // % << >> & | ^", "integers; each result fits the machine word"),
        Construct("/", "rationals alone"),
        Construct("== != < <= > >=, chained", "numbers; == and != also of Booleans"),
        Construct("and, or, not, a if c else b", "later parts only where they are evaluated"),
        Construct("x[i], x[i][j], t[0]", "elements; parts of a tuple by literals"),
        Construct("len, abs, min, max, sum", "min, max and sum also of a sequence"),
        Construct("[a, b], [0] * n, [[0] * n for _ in range(m)]", "new lists"),
        Construct("all(e for i in range(n)), any(...)", "in contracts and invariants alone"),
        Construct("names of constants", "integers made of literals, operators and constants"),
    ),
}

#: What stands outside, by the syntax node, with the way to write it.
ADVICE: dict[type[ast.AST], str] = {
    ast.Slice: "slice: pass bounds, and index from them",
    ast.Pow: "`**` of anything but constants: multiply, or shift for a power of two",
    ast.MatMult: "`@`: write the loops",
    ast.In: "`in`: write any(x[i] == v for i in range(len(x)))",
    ast.NotIn: "`not in`: write all(x[i] != v for i in range(len(x)))",
    ast.Is: "`is`: write `==`",
    ast.IsNot: "`is not`: write `!=`",
    ast.Lambda: "lambda: call a marked function",
    ast.Dict: "dictionary: use lists",
    ast.Set: "set: use a list",
    ast.ListComp: "comprehension: make [0] * n and fill it in a loop",
    ast.SetComp: "comprehension: use a list and a loop",
    ast.DictComp: "comprehension: use lists and a loop",
    ast.GeneratorExp: "generator: only inside all(...) and any(...)",
    ast.Await: "await: kernels are plain functions",
    ast.Yield: "yield: return a list",
    ast.JoinedStr: "text: kernels compute with numbers",
    ast.Attribute: "attribute: import the name itself",
    ast.Starred: "`*`: write each element",
    ast.NamedExpr: "`:=`: assign on a line of its own",
    ast.Invert: "`~x`: write `-x - 1`",
    ast.UAdd: "`+x`: write `x`",
    ast.Call: "a built-in outside the subset, or arguments that it does not take there",
    ast.Break: "break: put the condition into the loop's test",
    ast.Continue: "continue: use if and else",
    ast.Try: "try: state a precondition instead",
    ast.Raise: "raise: state a precondition instead",
    ast.With: "with: kernels touch nothing but numbers",
    ast.Delete: "del: use another name",
    ast.Global: "global: pass it as a parameter",
    ast.Nonlocal: "nonlocal: pass it as a parameter",
    ast.Import: "import inside a function: move it to the top of the module",
    ast.ImportFrom: "import inside a function: move it to the top of the module",
    ast.FunctionDef: "function inside a function: move it to the top level and mark it",
    ast.ClassDef: "class: kernels are functions over numbers",
    ast.Match: "match: use if and elif",
}


def advice(node: ast.AST) -> str:
    """What to say of a construct outside the subset."""
    found = ADVICE.get(type(node))
    if found is None and isinstance(node, ast.BinOp):
        found = ADVICE.get(type(node.op))
    if found is None and isinstance(node, ast.UnaryOp):
        found = ADVICE.get(type(node.op))
    if found is not None:
        return found
    text = ast.unparse(node).split("\n")[0] if isinstance(node, ast.expr | ast.stmt) else ""
    return f"`{text or type(node).__name__}` is outside the verified subset"


def listing() -> str:
    """What `veriquant verify --list-subset` prints."""
    lines: list[str] = []
    for title, constructs in ACCEPTED.items():
        lines += [f"{title}:"]
        width = max(len(c.written) for c in constructs)
        lines += [f"  {c.written.ljust(width)}  {c.meaning}" for c in constructs]
        lines.append("")
    lines.append("Outside, and what to write instead:")
    lines += [f"  {text}" for text in dict.fromkeys(ADVICE.values())]
    return "\n".join(lines) + "\n"
