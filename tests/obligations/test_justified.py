"""A check may be left unproved with a written reason in the source; it is then counted apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from veriquant_proofs.core.checks import Kind
from veriquant_proofs.frontend import read_files, read_product
from veriquant_proofs.obligations import generate
from veriquant_proofs.obligations.vc import VC

MODULE = '''
from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import I64


@kernel()
@ensure(lambda a, result: result == a * a)
def square(a: I64) -> I64:
    """May overflow: the only caller passes small numbers."""
    return a * a{comment}
'''


def conditions(tmp_path: Path, name: str, comment: str) -> dict[Kind, VC]:
    path = tmp_path / f"{name}.py"
    path.write_text(MODULE.format(comment=comment), encoding="utf-8")
    source = read_files([path])
    (function,) = source.verified()
    return {vc.kind: vc for vc in generate(source.program, function).vcs}


def test_a_reason_on_the_line_reaches_its_own_check_alone(tmp_path: Path) -> None:
    reason = "  # justified(overflow check): callers pass |a| < 2**31"
    found = conditions(tmp_path, "justified_square", reason)
    assert found[Kind.OVERFLOW].justification == "callers pass |a| < 2**31"
    assert found[Kind.POSTCONDITION].justification is None


@pytest.mark.parametrize(
    "comment",
    [
        "",
        "  # justified(overflow check):",
        "  # justified(index check): wrong kind",
        "  # justified",
    ],
)
def test_no_reason_no_justification(tmp_path: Path, comment: str) -> None:
    found = conditions(tmp_path, "unjustified_square", comment)
    assert found[Kind.OVERFLOW].justification is None


def test_the_product_justifies_nothing() -> None:
    assert [f.label for f in read_product().verified() if f.justifications] == []
