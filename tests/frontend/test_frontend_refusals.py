"""What is outside the subset is refused where it stands, with the way to write it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from test_frontend_reading import HEAD, written

from veriquant_proofs.frontend import VerificationSubsetError, read_files
from veriquant_proofs.frontend.subset import ACCEPTED, ADVICE, listing

KERNEL = "@kernel()\n@ensure(lambda result: True)\ndef f(a: I64, x: Sequence[I64]) -> I64:\n"
FIRST = HEAD.count("\n") + 4  # line of the body


def refused(folder: Path, text: str, name: str = "sample") -> VerificationSubsetError:
    with pytest.raises(VerificationSubsetError) as caught:
        read_files([written(folder, text, name)])
    return caught.value


BODIES = {
    "b = x[1:2]\nreturn 0": "slice: pass bounds",
    "return a ** a": "multiply, or shift",
    "return 1 if a in x else 0": "write any(x[i] == v",
    "return 1 if a is 1 else 0": "write `==`",
    "g = lambda: 1\nreturn 0": "lambda: call a marked function",
    "y = [v for v in x]\nreturn 0": "make [0] * n and fill it",
    "return ~a": "write `-x - 1`",
    "return +a": "write `x`",
    "while a:\n    break\nreturn 0": "exactly one `assert variant",
    "for i in range(3):\n    break\nreturn 0": "break: put the condition",
    "for i in range(3):\n    continue\nreturn 0": "continue: use if and else",
    "try:\n    pass\nfinally:\n    pass\nreturn 0": "try: state a precondition",
    "raise ValueError": "raise: state a precondition",
    "global a\nreturn 0": "global: pass it as a parameter",
    "import math\nreturn 0": "import inside a function",
    "def g() -> int:\n    return 1\nreturn 0": "function inside a function",
    "return sorted(x)": "a built-in outside the subset",
    "return x.count(a)": "call of `x.count`",
    "return a if x else 0": "len(x) > 0",
    "return a and 1": "outside a condition",
    "a = 1\nreturn a": "parameter `a` is mutated",
    "x[0] = 1\nreturn a": "parameter `x` is mutated",
    "for i in range(3):\n    i = 4\nreturn 0": "loop variable `i` is assigned in its loop",
    "for i in range(3):\n    b = i\ni = 4\nreturn i": "`i` was the variable of a loop",
    "for v in x:\n    b = v\nv = 4\nreturn v": "`v` was the variable of a loop",
    "for v in x:\n    b = v\nreturn v": "or after its loop",
    "if a > 0:\n    b = 1\nreturn b": "b",
    "b = (1, 2)\nb = (1, 2, 3)\nreturn 0": "changes its type",
    "b = (1, 2)\nb = 1\nreturn 0": "changes its type",
    "return all(v > 0 for v in x)": "executable code: write a loop",
    "for v in [1, 2]:\n    b = v\nreturn 0": "enumerate of one",
    "return a / 2": "/",
    "return 1.5": "outside the verified subset",
    "return __debug__": "__debug__",
}


@pytest.mark.parametrize("body", BODIES)
def test_a_body_outside_the_subset(body: str, tmp_path: Path) -> None:
    lines = "".join(f"    {line}\n" for line in body.split("\n"))
    error = refused(tmp_path, KERNEL + lines)
    assert BODIES[body] in error.construct
    last = FIRST + body.count("\n")
    assert FIRST <= error.line <= last and str(error).startswith(f"{tmp_path}/sample.py:")


CONSTANTS = {
    "import os\nN = int(os.environ.get('N', '3'))\n": "is no constant",
    "N = 1 if __debug__ else 2\n": "is no constant",
    "if True:\n    N = 3\n": "may change",
    "N = 3\nN = 4\n": "may change",
    "N = 3\nN += 1\n": "may change",
    "N = 3\ndef g() -> None:\n    global N\n    N = 4\n": "may change",
    "for N in range(3):\n    pass\n": "may change",
    "try:\n    N = 3\nexcept NameError:\n    pass\n": "may change",
    "N = 3\ndel N\n": "may change",
    "N = 3\nprint((N := 4))\n": "may change",
    "N, M = 3, 4\n": "may change",
    "from os import *\nN = 3\n": "import each name",
    "from sys import maxsize as N\n": "outside the project",
    "N = 3.0\n": "is no constant",
    "N = True\n": "is no constant",
    "N = 10 ** 5000\n": "no value in the subset",
    "N = M\nM = N\n": "nested too deeply",
    "N = 1 << 10 ** 9\n": "no value in the subset",
    "N = 1 // 0\n": "no value in the subset",
    "N = 0x" + "f" * 4000 + "\n": "a literal of more than 4096 bits",
    "N = " + "9" * 5000 + "\n": "cannot parse",
    "N = " + "(" * 5000 + "1" + ")" * 5000 + "\n": "cannot parse",
    "N = " + "-" * 3000 + "1\n": "too deeply",
    "N = " + "1+" * 90000 + "1\n": "too deeply",
}


@pytest.mark.parametrize("text", CONSTANTS, ids=lambda t: t[:40])
def test_a_constant_that_is_none(text: str, tmp_path: Path) -> None:
    body = "@kernel()\n@ensure(lambda result: True)\ndef f() -> I64:\n    return N\n"
    error = refused(tmp_path, text + body)
    assert CONSTANTS[text] in error.construct
    assert error.line <= HEAD.count("\n") + text.count("\n") + 4


def test_constants_are_computed_from_their_text(tmp_path: Path) -> None:
    (tmp_path / "widths.py").write_text("BITS = 7\nTOP: int = (1 << BITS) - 1\n")
    text = "from widths import TOP as T\nN = -T // 2 % 100 | 1\n@kernel()\n"
    text += "@ensure(lambda result: result == 37)\ndef f() -> I64:\n    return N\n"
    from veriquant_proofs.core.interpreter import Machine

    source = read_files([written(tmp_path, text)])
    assert Machine(source.program).call(source.verified()[0].id, []) == -127 // 2 % 100 | 1 == 37


HEADERS = {
    "@kernel()\ndef f() -> I64:\n    return 1\n": "has no contract",
    "@kernel\n@ensure(lambda result: True)\ndef f() -> I64:\n    return 1\n": "with parentheses",
    "import functools\n@functools.cache\n@kernel()\n@ensure(lambda result: True)\n"
    "def f() -> I64:\n    return 1\n": "decorator `functools.cache`",
    "def kernel(f):\n    return f\n@kernel\ndef f() -> I64:\n    return 1\n": "may change",
    "@kernel()\n@ensure(lambda result: True, 'why')\ndef f() -> I64:\n    return 1\n": "one lambda",
    "C = 3\n@kernel()\n@ensure(C)\ndef f() -> I64:\n    return 1\n": "one lambda",
    "@kernel()\n@ensure(lambda result, n=1: True)\ndef f() -> I64:\n    return 1\n": "plain",
    "@kernel()\n@ensure(lambda q: True)\ndef f() -> I64:\n    return 1\n": "not a parameter",
    "@kernel()\n@ensure(lambda result: True)\ndef f(a: int) -> I64:\n    return 1\n": "no range",
    "@kernel()\n@ensure(lambda result: True)\ndef f(a) -> I64:\n    return 1\n": "has no type",
    "@kernel()\n@ensure(lambda result: True)\n"
    "def f(a: I64 = 1) -> I64:\n    return 1\n": "defaults",
    "@kernel()\n@ensure(lambda result: True)\n"
    "def f(a: Annotated[int, Range(0.5, 7)]) -> I64:\n    return 1\n": "`0.5` is no constant",
    "@kernel()\n@ensure(lambda result: True)\n"
    "def f(a: Annotated[int, Range(8, 7)]) -> I64:\n    return 1\n": "empty range",
    "@kernel()\n@ensure(lambda result: True)\ndef f(a: 'I64') -> I64:\n    return 1\n": "in quotes",
    "@kernel()\n@ensure(lambda result: True)\ndef f(a: float) -> I64:\n    return 1\n": "`float`",
    "def len(x):\n    return 0\n@kernel()\n@ensure(lambda result: True)\n"
    "def f(x: Sequence[I64]) -> I64:\n    return len(x)\n": "",
    "x = 1\n": "no function is marked",
}


@pytest.mark.parametrize("text", HEADERS, ids=lambda t: t[:60])
def test_what_stands_above_a_function(text: str, tmp_path: Path) -> None:
    error = refused(tmp_path, text)
    assert HEADERS[text] in error.construct
    assert error.line <= HEAD.count("\n") + text.count("\n")


@pytest.mark.parametrize("depth", [200, 900, 3000, 20000])
@pytest.mark.parametrize("form", ["sum", "choice", "and", "body"])
def test_depth_is_a_message_or_is_read(form: str, depth: int, tmp_path: Path) -> None:
    """No crash: either the whole program is read, or an error of the subset names its file."""
    if form == "body":
        lines = ["    " * (k + 1) + "if a > 0:" for k in range(min(depth, 90))]
        text = "\n".join([*lines, "    " * (len(lines) + 1) + "b = 1"]) + "\n    return 0\n"
    else:
        value = {
            "sum": "a" + " + a" * depth,
            "choice": "1 if a > 0 else " * depth + "1",
            "and": "1 if " + "a > 0 and " * depth + "a > 1 else 2",
        }[form]
        text = f"    return {value}\n"
    try:
        source = read_files([written(tmp_path, KERNEL + text)])
    except VerificationSubsetError as error:
        assert any(t in error.construct for t in ("too deeply", "more than 200 deep"))
        assert error.file.name == "sample.py"
    else:
        assert len(source.verified()) == 1


def test_the_list_shows_every_construct_and_every_piece_of_advice() -> None:
    text = listing()
    for constructs in ACCEPTED.values():
        assert all(c.written in text and c.meaning in text for c in constructs)
    assert all(advice in text for advice in ADVICE.values())
    assert all(issubclass(node, ast.AST) for node in ADVICE)
