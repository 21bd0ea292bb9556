"""From a kernel's source and contracts to verification conditions.

`generate()` reads every kernel of `veriquant.kernels` and every lemma of `veriquant_spec.lemmas`;
names pick some of them ("packing.pack_pair", "packing", "lemma:accumulator.dot_bound").
"""

from __future__ import annotations

from collections.abc import Sequence

from veriquant_proofs.vcgen.engine import generate_function
from veriquant_proofs.vcgen.source import FunctionSource, product_functions
from veriquant_proofs.vcgen.vc import KernelVCs


def kernel_names() -> list[str]:
    """Names of everything that `generate()` covers."""
    return [f.kernel for f in product_functions()]


def selected(names: Sequence[str] = ()) -> list[FunctionSource]:
    """The functions that names pick; all without names. Raises KeyError for an unknown name."""
    functions = product_functions()
    if not names:
        return functions
    known = {part for f in functions for part in (f.kernel, _module(f.kernel), f.name)}
    for name in names:
        if name not in known:
            raise KeyError(name)
    return [f for f in functions if {f.kernel, _module(f.kernel), f.name} & set(names)]


def generate(names: Sequence[str] = ()) -> list[KernelVCs]:
    """All obligations. Raises VerificationSubsetError, or KeyError for an unknown name."""
    return [generate_function(f) for f in selected(names)]


def _module(kernel: str) -> str:
    return kernel.partition(".")[0]
