"""The SPARK specifications say what the kernels' contracts say."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from veriquant_proofs import spark
from veriquant_proofs.vcgen.source import product_functions
from veriquant_spec.markers import range_of


def test_committed_specifications_agree_with_the_contracts() -> None:
    assert spark.differences() == []


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("veriquant_types.ads", "subtype U7 is Long_Long_Integer range 0 .. 127;", "0 .. 255"),
        ("veriquant_matmul.ads", "1920 * A'Length", "1921 * A'Length"),
        ("veriquant_grid.ads", "* 255))", "* 256))"),
        ("veriquant_packing.ads", "Unpack_Wide", "Unpack_Broad"),
    ],
)
def test_a_changed_bound_is_found(tmp_path: Path, file: str, old: str, new: str) -> None:
    copy = shutil.copytree(spark.SPARK_DIRECTORY, tmp_path / "spark")
    text = (copy / file).read_text(encoding="utf-8")
    assert old in text
    (copy / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    found = spark.differences(copy)
    assert len(found) == 1
    assert found[0].startswith(f"{file}:")


def test_missing_and_superfluous_files_are_found(tmp_path: Path) -> None:
    copy = shutil.copytree(spark.SPARK_DIRECTORY, tmp_path / "spark")
    (copy / "veriquant_bound.ads").rename(copy / "veriquant_other.ads")
    assert [f.partition(":")[0] for f in spark.differences(copy)] == [
        "veriquant_bound.ads",
        "veriquant_other.ads",
    ]


def test_every_kernel_stands_in_the_package_of_its_module() -> None:
    for function in product_functions():
        if function.mark.role != "kernel":
            continue
        module = function.module.rpartition(".")[2]
        text = (spark.SPARK_DIRECTORY / f"veriquant_{module}.ads").read_text(encoding="utf-8")
        assert f" {spark.ada_name(function.name)}\n" in text
        for name, _ in function.parameters:
            assert f"{spark.ada_name(name)} : " in text


def test_type_ranges_are_those_of_the_python_types() -> None:
    text = (spark.SPARK_DIRECTORY / "veriquant_types.ads").read_text(encoding="utf-8")
    for name in spark.named_ranges():
        line = f"subtype {spark.ada_name(name)} is Long_Long_Integer range "
        if line in text:
            low, high = text.partition(line)[2].partition(";")[0].split(" .. ")
            assert (eval(low), eval(high)) == tuple(range_of(getattr(spark.types, name)) or ())


@pytest.mark.skipif(shutil.which("gnatmake") is None, reason="GNAT is not installed")
def test_gnat_accepts_the_specifications(tmp_path: Path) -> None:
    for path in sorted(spark.SPARK_DIRECTORY.glob("*.ads")):
        done = subprocess.run(
            ["gcc", "-c", "-gnatc", "-gnat2022", "-gnatw.T", f"-I{path.parent}", str(path)],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
