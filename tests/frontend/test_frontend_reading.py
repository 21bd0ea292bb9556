"""What is read: the product's functions, and programs whose meaning is compared with Python's."""

from __future__ import annotations

import ast
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from veriquant_proofs.core.interpreter import CheckFailed, Machine, NotAdmissibleError
from veriquant_proofs.core.syntax import FunctionId
from veriquant_proofs.frontend import Source, VerificationSubsetError, read_files, read_product
from veriquant_proofs.frontend.link import check_links
from veriquant_proofs.frontend.program import product_files

HEAD = """\
from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from icontract import ensure, require

from veriquant_spec.markers import invariant, kernel, lemma, logic, variant
from veriquant_spec.types import I64, U4, Range

"""


def written(folder: Path, text: str, name: str = "sample") -> Path:
    file = folder / f"{name}.py"
    file.write_text(HEAD + text, encoding="utf-8")
    return file


def read(folder: Path, text: str) -> Source:
    return read_files([written(folder, text)])


def test_every_marked_function_of_the_product_is_read() -> None:
    source = read_product()
    expected = {
        (name, node.name)
        for name, file in product_files()
        for node in ast.parse(file.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef)
        and any(
            ast.unparse(d).partition("(")[0] in ("kernel", "lemma") for d in node.decorator_list
        )
    }
    assert len(expected) > 40
    found = {(f.id.module, f.id.name) for f in source.verified()}
    assert expected <= found
    stated = {source.program[FunctionId(module=m, name=n)].role.value for m, n in found - expected}
    assert stated == {"logic"}  # recursive specification functions


def test_files_of_constants_and_types_are_part_of_what_was_read(tmp_path: Path) -> None:
    (tmp_path / "limits.py").write_text("LIMIT = 3\n")
    text = "from limits import LIMIT\n\n@kernel()\n@ensure(lambda result: result == LIMIT)\n"
    text += "def f() -> I64:\n    return LIMIT\n"
    before = dict(read(tmp_path, text).files)
    (tmp_path / "limits.py").write_text("LIMIT = 4\n")
    from veriquant_proofs.frontend import modules

    modules._read.cache_clear()
    after = dict(read(tmp_path, text).files)
    assert before.keys() == after.keys()
    assert {f.name for f in before if before[f] != after[f]} == {"limits.py"}
    assert "types.py" in {f.name for f in before}


@pytest.mark.parametrize("name", [f"{f.label}" for f in read_product().verified()])
def test_every_function_is_selected_by_its_name(name: str) -> None:
    assert [f.label for f in read_product().selected([name])] == [name]


SMALL = range(-3, 4)
PAIRS = list(product(SMALL, repeat=2))
LISTS = [[], [3], [0, -1], [2, 2, -3], [-1, 3, 0, 3]]

MEANINGS: dict[str, tuple[str, list[tuple[Any, ...]]]] = {
    "elements": (
        "(x: Sequence[I64]) -> I64:\n    s: I64 = 0\n    for v in x:\n"
        "        assert invariant(True)\n        s = s * 2 + v\n    return s\n",
        [(x,) for x in LISTS],
    ),
    "enumerate": (
        "(x: Sequence[I64]) -> I64:\n    s: I64 = 0\n    for i, v in enumerate(x):\n"
        "        assert invariant(True)\n        s += i * v\n    return s\n",
        [(x,) for x in LISTS],
    ),
    "truth of numbers": (
        "(a: I64, b: I64) -> I64:\n    if a and not b:\n        return 1\n"
        "    return 2 if a or b else 3\n",
        PAIRS,
    ),
    "while a number": (
        "(a: I64, b: I64) -> I64:\n    n: I64 = abs(a)\n    s: I64 = 0\n    while n:\n"
        "        assert invariant(n >= 0)\n        assert variant(n)\n        s -= b\n"
        "        n -= 1\n    return s\n",
        PAIRS,
    ),
    "extremes and sum": (
        "(x: Sequence[I64]) -> tuple[I64, I64, I64]:\n    return min(x), max(x), sum(x)\n",
        [(x,) for x in LISTS if x],
    ),
    "bits": (
        "(a: I64, b: I64) -> tuple[I64, I64, I64]:\n    return a & b, a | b, a ^ b\n",
        PAIRS,
    ),
    "display and stores": (
        "(a: I64, b: I64) -> list[I64]:\n    x = [a, b, a + b]\n    x[1] += x[0]\n    return x\n",
        PAIRS,
    ),
    "matrix": (
        "(a: I64, b: I64) -> list[list[I64]]:\n    m = [[7] * 2 for _ in range(3)]\n"
        "    m[1][0] = b\n    return m\n",
        PAIRS,
    ),
    "tuple parameter": (
        "(p: tuple[I64, I64]) -> I64:\n    a, b = p\n    a, b = b, a\n"
        "    return a - 3 * b + p[0]\n",
        [(p,) for p in PAIRS],
    ),
    "chains and choices": (
        "(a: I64, b: I64) -> bool:\n    return -2 < a <= b != 3 or min(a, b, 0) == abs(b)\n",
        PAIRS,
    ),
    "floor and remainder": (
        "(a: I64, b: I64) -> tuple[I64, I64]:\n    d: I64 = b if b else 5\n"
        "    return a // d, a % d\n",
        PAIRS,
    ),
}


@pytest.mark.parametrize("name", MEANINGS)
def test_the_core_computes_what_python_computes(name: str, tmp_path: Path) -> None:
    body, calls = MEANINGS[name]
    stem = name.replace(" ", "_")
    text = f"@kernel()\n@ensure(lambda result: True)\ndef f{body}"
    source = read_files([written(tmp_path, text, f"meaning_{stem}")])
    identity = source.verified()[0].id
    real: Callable[..., Any] = check_links(source)[identity]
    machine = Machine(source.program)
    for arguments in calls:
        assert machine.call(identity, list(arguments)) == real(*arguments), arguments


def test_sum_asks_for_partial_sums_of_the_word(tmp_path: Path) -> None:
    text = "@kernel()\n@ensure(lambda result: True)\ndef f(x: Sequence[I64]) -> I64:\n"
    source = read(tmp_path, text + "    return sum(x)\n")
    function = source.verified()[0]
    assert [f.id.name for f in source.assumed([function])] == ["sequence_sum"]
    with pytest.raises((CheckFailed, NotAdmissibleError)):
        Machine(source.program).call(function.id, [[2**62, 2**62, -(2**62)]])


def test_a_callee_in_another_file_is_assumed_and_named(tmp_path: Path) -> None:
    other = "@kernel()\n@ensure(lambda result: result == 1)\ndef one() -> I64:\n    return 1\n"
    written(tmp_path, other, "callee_file")
    text = "from callee_file import one\n\n@kernel()\n@ensure(lambda result: result == 1)\n"
    source = read_files([written(tmp_path, text + "def f() -> I64:\n    return one()\n", "caller")])
    assert [str(f.id) for f in source.assumed(source.verified())] == ["callee_file.one"]
    both = read_files([tmp_path / "caller.py", tmp_path / "callee_file.py"])
    assert both.assumed(both.verified()) == []


def test_two_files_of_one_name_are_not_mixed(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        text = f"@kernel()\n@ensure(lambda result: result == 1)\ndef {folder}() -> I64:\n"
        written(tmp_path / folder, text + "    return 1\n")
    with pytest.raises(VerificationSubsetError, match="is a module `sample` too"):
        read_files([tmp_path / "a" / "sample.py", tmp_path / "b" / "sample.py"])


def test_a_specification_of_sums_beside_a_sum(tmp_path: Path) -> None:
    text = "from veriquant_spec.sequences import total\n\n@kernel()\n"
    text += "@ensure(lambda x, result: result == total(x, len(x)))\n"
    source = read(tmp_path, text + "def f(x: Sequence[I64]) -> I64:\n    return sum(x)\n")
    function = source.verified()[0]
    assert Machine(source.program).call(function.id, [[1, 2, 4]]) == 7
