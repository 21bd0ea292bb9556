"""How the package is put together: digests, imports, the registry of methods, its public names."""

from __future__ import annotations

import ast
import shutil
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

import veriquant
import veriquant_spec
from veriquant import digest, files
from veriquant.layout import PARTS
from veriquant.methods.registry import METHODS, MethodName

PACKAGE = Path(veriquant.__file__).parent
SPEC = Path(str(veriquant_spec.__file__)).parent
CHANGES_OUTPUT = (
    "kernels", "fast", "methods", "formats", "convert", "certificate", "tensor.py", "layout.py",
)  # fmt: skip


def copy_of(tmp_path: Path) -> tuple[Path, Path]:
    for source in (SPEC, PACKAGE):
        shutil.copytree(source, tmp_path / source.name)
    return tmp_path / SPEC.name, tmp_path / PACKAGE.name


def test_the_digest_covers_every_source_that_can_change_an_output(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec, package = copy_of(tmp_path)
    before = digest.digest_of_sources((spec, package))
    assert before == digest.source_digest()
    for place in (spec, *(package / name for name in CHANGES_OUTPUT)):
        changed = sorted(place.rglob("*.py"))[-1] if place.is_dir() else place
        text = changed.read_text(encoding="utf-8")
        changed.write_text(text + "# changed\n", encoding="utf-8")
        assert digest.digest_of_sources((spec, package)) != before, changed
        changed.write_text(text, encoding="utf-8")
    monkeypatch.setattr(digest, "_SPEC", spec)
    monkeypatch.setattr(digest, "_PACKAGE", package)
    compiled = digest.compiled_digest.__wrapped__()
    assert compiled == digest.compiled_digest()
    for place in (spec / "types.py", package / "kernels" / "grid.py", package / "layout.py"):
        text = place.read_text(encoding="utf-8")
        place.write_text(text + "# changed\n", encoding="utf-8")
        assert digest.compiled_digest.__wrapped__() != compiled, place
        place.write_text(text, encoding="utf-8")


def imports(module: str, file: Path) -> set[str]:
    """Modules of the package that `file` imports, also inside of functions; not for types alone."""
    found: set[str] = set()

    def visit(node: ast.AST) -> None:
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            return
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                found.add(f"{node.module}.{alias.name}")
            found.add(node.module)
        elif isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        for child in ast.iter_child_nodes(node):
            visit(child)

    visit(ast.parse(file.read_text(encoding="utf-8")))
    return found - {module}


def test_no_module_imports_itself_in_a_circle() -> None:
    modules = {}
    for file in PACKAGE.rglob("*.py"):
        parts = file.relative_to(PACKAGE.parent).with_suffix("").parts
        modules[".".join(parts).removesuffix(".__init__")] = file
    graph = {name: imports(name, file) & set(modules) for name, file in modules.items()}
    assert "veriquant.layout" in graph["veriquant.tensor"]  # the reader of imports sees them
    while graph:
        free = {name for name, uses in graph.items() if not uses & set(graph)}
        assert free, f"in a circle, or above one: {sorted(graph)}"
        graph = {name: uses for name, uses in graph.items() if name not in free}


def test_every_method_is_in_the_registry_and_works() -> None:
    assert set(get_args(MethodName)) == set(METHODS)
    rng = np.random.default_rng(0)
    w, x = rng.standard_normal((8, 16)), rng.standard_normal((32, 16))
    for name, method in METHODS.items():
        tensor = veriquant.quantize(w.astype(np.float32), method=name, calibration=x)  # type: ignore[arg-type]
        assert tensor.method == name
        record = tensor.certificate(w.astype(np.float32))
        assert record["pointwise"]["claim"] == ("T1c" if method.proved else "measured")


def test_a_tensor_and_its_certificate_state_one_size() -> None:
    tensor = veriquant.quantize(np.ones((4, 64), np.float32))
    record = tensor.certificate()
    assert record["bits_per_weight"] == tensor.bits_per_weight
    assert record["stored_bytes"] == tensor.nbytes
    assert tensor.nbytes < sum(getattr(tensor, part).nbytes for part in PARTS)  # 16 bits a channel


def test_public_names() -> None:
    assert dir(veriquant) == sorted(veriquant.__all__)
    for name in veriquant.__all__:
        assert getattr(veriquant, name) is not None
    assert veriquant.__version__.count(".") == 2


def test_results_go_to_the_source_tree_or_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert files.build_folder() == PACKAGE.parents[1] / "build"
    monkeypatch.setattr(files, "__file__", str(tmp_path / "site-packages/veriquant/files.py"))
    assert files.build_folder() == Path("build")
