"""The SPARK specifications say what the kernels' contracts say."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from veriquant_proofs.core.syntax import Role
from veriquant_proofs.core.types import IntType
from veriquant_proofs.export import spark
from veriquant_proofs.export.ada_types import Library
from veriquant_proofs.export.names import Scope, ada_name, number
from veriquant_proofs.frontend import Source, read_product
from veriquant_spec import types
from veriquant_spec.markers import range_of


@pytest.fixture(scope="module")
def product() -> Source:
    return read_product()


@pytest.fixture(scope="module")
def texts(product: Source) -> dict[str, str]:
    return spark.packages(product)


def test_committed_specifications_agree_with_the_kernels(texts: dict[str, str]) -> None:
    assert spark.differences(texts) == []


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("veriquant_types.ads", "subtype U7 is Long_Long_Integer range 0 .. 127;", "0 .. 255"),
        ("veriquant_matmul.ads", "1920 * A'Length", "1921 * A'Length"),
        ("veriquant_grid.ads", "* 255))", "* 256))"),
        ("veriquant_packing.ads", "Unpack_Wide", "Unpack_Broad"),
    ],
)
def test_a_changed_bound_is_found(
    tmp_path: Path, texts: dict[str, str], file: str, old: str, new: str
) -> None:
    copy = shutil.copytree(spark.SPARK_DIRECTORY, tmp_path / "spark")
    text = (copy / file).read_text(encoding="utf-8")
    assert old in text
    (copy / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    found = spark.differences(texts, copy)
    assert len(found) == 1
    assert found[0].startswith(f"{file}:")


def test_missing_and_superfluous_files_are_found(tmp_path: Path, texts: dict[str, str]) -> None:
    copy = shutil.copytree(spark.SPARK_DIRECTORY, tmp_path / "spark")
    (copy / "veriquant_bound.ads").rename(copy / "veriquant_other.ads")
    assert [f.partition(":")[0] for f in spark.differences(texts, copy)] == [
        "veriquant_bound.ads",
        "veriquant_other.ads",
    ]


def test_every_kernel_stands_in_the_package_of_its_module(product: Source) -> None:
    for function in product.program.functions.values():
        if function.role is not Role.KERNEL:
            continue
        module = function.id.module.rpartition(".")[2]
        text = (spark.SPARK_DIRECTORY / f"veriquant_{module}.ads").read_text(encoding="utf-8")
        assert f" {ada_name(function.id.name)}\n" in text
        for parameter in function.parameters:
            assert f"{ada_name(parameter.name)} : " in text


def test_type_ranges_are_those_of_the_python_types() -> None:
    text = (spark.SPARK_DIRECTORY / "veriquant_types.ads").read_text(encoding="utf-8")
    ranges = {name: range_of(value) for name, value in vars(types).items()}
    compared = 0
    for name, bounds in ranges.items():
        line = f"subtype {ada_name(name)} is Long_Long_Integer range "
        if bounds is not None and line in text:
            low, high = text.partition(line)[2].partition(";")[0].split(" .. ")
            assert (eval(low), eval(high)) == tuple(bounds)
            compared += 1
    assert compared >= 10


def test_ranges_get_the_names_of_their_aliases(product: Source) -> None:
    library = Library.of(product.modules)
    for function in product.program.functions.values():
        if function.id.name == "rne_div":
            named = [library.names[p.type.range] for p in function.parameters
                     if isinstance(p.type, IntType) and p.type.range is not None]  # fmt: skip
            assert named == ["Dividend", "Divisor"]


def test_names_that_ada_does_not_tell_apart_get_different_ones() -> None:
    scope = Scope(["Rne_Div"])
    names = [
        scope.fresh(n) for n in ("n", "N", "_n", "n_", "rne_div", "type", "result_0", "ä", "a__b")
    ]
    assert len({name.lower() for name in names}) == len(names)
    for name in names:
        assert name.isascii()
        assert "__" not in name
        assert not name.endswith("_")
        assert name[0].isalpha()
    assert "type" not in map(str.lower, names)


@pytest.mark.parametrize("value", [0, -1, 2**20, 2**31 - 1, -(2**31), -(2**30 - 1), 10**9 + 7])
def test_numbers_keep_their_value(value: int) -> None:
    text = number(value)
    if "#" in text:
        sign, _, digits = text.rstrip("#").partition("16#")
        assert int(sign + digits, 16) == value
    else:
        assert eval(text) == value


@pytest.mark.skipif(shutil.which("gnatmake") is None, reason="GNAT is not installed")
def test_gnat_accepts_the_specifications(tmp_path: Path) -> None:
    for path in sorted(spark.SPARK_DIRECTORY.glob("*.ads")):
        done = subprocess.run(
            [
                "gcc",
                "-c",
                "-gnatc",
                "-gnat2022",
                "-gnata",
                "-gnatw.T",
                f"-I{path.parent}",
                str(path),
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
