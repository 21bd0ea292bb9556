"""The product's own kernels and lemmas: every one can be tried, and none gives an alarm."""

from __future__ import annotations

from functools import cache

import pytest

from veriquant_proofs.core.syntax import Function, Role
from veriquant_proofs.frontend import Source, read_product
from veriquant_proofs.runtime.trials import try_function


@cache
def product() -> Source:
    return read_product()


def tried() -> list[Function]:
    return [f for f in product().program.functions.values() if f.role is not Role.LOGIC]


@pytest.mark.parametrize("function", tried(), ids=lambda f: f.label)
def test_every_kernel_and_lemma_is_tried(function: Function) -> None:
    trial = try_function(product().program, function.id, wanted=60)
    assert trial.alarm is None, trial.text
    assert trial.good and trial.inputs >= 60
