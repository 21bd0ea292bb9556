"""The comparison with other verifiers: what is written for them is our contract, nothing weaker."""

from __future__ import annotations

import ast
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest

from veriquant.kernels.rounding import rne_div
from veriquant_proofs.bench import verifiers
from veriquant_proofs.bench.plain import Untranslatable
from veriquant_proofs.bench.verification import CONTROL, _beside
from veriquant_proofs.bench.verifiers import VERIFIERS, Contract, contracts_of
from veriquant_proofs.core.syntax import Role
from veriquant_proofs.frontend import read_product

TOUCHSTONE, PROVABLY, NAGINI = VERIFIERS

PRODUCT = read_product()


def contracts(name: str) -> list[Contract]:
    """The contracts of one kernel."""
    return contracts_of(PRODUCT.program, PRODUCT.selected([name])[0])


def evaluate(condition: ast.expr, **values: object) -> object:
    """A condition's value."""
    return eval(ast.unparse(ast.fix_missing_locations(condition)), {}, values)


def test_conditions_say_what_the_contract_says() -> None:
    (contract,) = contracts("rounding.rne_div")
    assert contract.left_out == ()
    for a in range(-30, 31):
        for b in range(1, 7):
            right = rne_div(a, b)
            assert all(evaluate(c, a=a, b=b) for c in contract.requires)
            for result in (right - 1, right, right + 1):
                holds = all(evaluate(c, a=a, b=b, result=result) for c in contract.ensures)
                assert holds is (result == right)
    assert not all(evaluate(c, a=1, b=0) for c in contract.requires)


def test_what_a_kernel_calls_comes_before_it() -> None:
    found = contracts("packing.repack_pair")
    assert found[-1].name == "repack_pair"
    assert {c.name for c in found} == {
        "pack_pair",
        "unpack_wide",
        "unpack_narrow",
        "unpack_pair",
        "repack_pair",
    }
    names = [c.name for c in found]
    assert names.index("unpack_wide") < names.index("unpack_pair") < names.index("repack_pair")


def test_what_is_not_translated_says_why() -> None:
    with pytest.raises(Untranslatable, match="parameter a is a sequence"):
        contracts("matmul.dot_wide")
    (*_, last) = contracts("grid.zero_point")
    assert last.left_out == ("a postcondition calls the kernel rne_div",)


@pytest.mark.parametrize("tool", VERIFIERS, ids=lambda tool: tool.package)
def test_every_text_is_python(tool: verifiers.Verifier) -> None:
    for kernel in PRODUCT.verified():
        if kernel.role is Role.KERNEL:
            try:
                found = contracts_of(PRODUCT.program, kernel)
            except Untranslatable:
                continue
            text = tool.write(found)
            functions = [n for n in ast.parse(text).body if isinstance(n, ast.FunctionDef)]
            assert [f.name for f in functions] == [c.name for c in found]


def test_a_broken_copy_breaks_its_contract() -> None:
    (contract,) = contracts(CONTROL)
    text = "\n".join(ast.unparse(ast.fix_missing_locations(s)) for s in contract.broken().body)
    assert text == "return (q - zero) * k + 1"


@pytest.mark.parametrize(
    ("tool", "status", "output", "verdict"),
    [
        (TOUCHSTONE, 0, "PROVED   f  [property]", "proved"),
        (TOUCHSTONE, 2, "UNKNOWN  f  [property]", "not proved"),
        (TOUCHSTONE, 1, "REFUTED  f  [property]", "not proved"),
        (TOUCHSTONE, 0, "PROVED   g  [property]", "not accepted"),
        (TOUCHSTONE, 1, "Traceback", "not accepted"),
        (PROVABLY, 0, '[true, "[Q.E.D.] f"]', "proved"),
        (PROVABLY, 0, '[false, "[DISPROVED] f"]', "not proved"),
        (PROVABLY, 0, '[false, "[TRANSLATION_ERROR] f"]', "not accepted"),
        (PROVABLY, 1, "Z3Exception", "not accepted"),
        (NAGINI, 0, "Verification successful\nVerification took 3 seconds.", "proved"),
        (NAGINI, 1, "Verification failed\nErrors:\nf.py", "not proved"),
        (NAGINI, 1, "Translation failed\nNot supported", "not accepted"),
    ],
)
def test_a_verdict_is_proved_only_where_the_tool_says_so(
    tool: verifiers.Verifier, status: int, output: str, verdict: str
) -> None:
    assert tool.judge("f", status, output)[0] == verdict


def test_a_tool_that_cannot_be_installed_says_why(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").write_text("not a program", encoding="utf-8")
    problem = replace(TOUCHSTONE, version="0").install(tmp_path)
    assert problem is not None
    assert "Permission" in problem or "Exec format" in problem


def test_the_outline_s_counts_stand_beside_ours() -> None:
    kinds = [
        {"kind": "loop invariant initialization", "total": 2, "second": 2},
        {"kind": "loop invariant preservation", "total": 3, "second": 1},
        {"kind": "postcondition", "total": 7, "second": 7},
    ]
    rows = {row["kind"]: row for row in _beside({"kinds": kinds})}
    assert rows["loop invariant"] == {
        "kind": "loop invariant",
        "outline": 312,
        "ours": 5,
        "proved_twice": 3,
    }
    assert rows["precondition"]["ours"] == 0


def test_what_a_tool_starts_ends_with_it(tmp_path: Path) -> None:
    mark = tmp_path / "alive"
    script = f"(sleep 2; touch {mark}) & sleep 60"
    with pytest.raises(subprocess.TimeoutExpired):
        verifiers._run(["sh", "-c", script], 0.2)
    time.sleep(2.5)
    assert not mark.exists()
