"""Obligations grow with the program, not faster: sizes and counts, whatever the machine."""

from __future__ import annotations

from pathlib import Path

from veriquant_proofs.frontend import read_files
from veriquant_proofs.obligations import generate
from veriquant_proofs.obligations.vc import KernelVCs

HEADER = """
from icontract import ensure
from veriquant_spec.markers import kernel
from veriquant_spec.types import I64, U8


@kernel()
@ensure(lambda n, result: result >= 0)
def f(n: U8) -> I64:
    x: I64 = n
"""


def generated(lines: list[str], directory: Path) -> KernelVCs:
    path = directory / "long.py"
    path.write_text(HEADER + "".join(f"    {line}\n" for line in lines), encoding="utf-8")
    source = read_files([path])
    (function,) = source.verified()
    return generate(source.program, function)


def bytes_of(found: KernelVCs) -> int:
    return sum(len(vc.smt2) for vc in found.vcs)


def test_four_hundred_statements_in_ten_megabytes(tmp_path: Path) -> None:
    lines = [f"x = x + {i % 7}" for i in range(400)]
    found = generated([*lines, "return abs(x)"], tmp_path)
    assert len(found.vcs) >= 400  # each sum is checked
    assert bytes_of(found) <= 10_000_000


def test_conditions_of_sequential_ifs_grow_with_their_number(tmp_path: Path) -> None:
    def count(ifs: int) -> int:
        lines = [f"if n > {i}:\n        x = min(x + 1, 9)" for i in range(ifs)]
        (tmp_path / str(ifs)).mkdir()
        return len(generated([*lines, "return abs(x)"], tmp_path / str(ifs)).vcs)

    few, many, more = count(6), count(12), count(24)
    assert more - many == 2 * (many - few), (few, many, more)
    assert more <= 6 * 24
