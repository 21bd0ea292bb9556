"""Which tensors of a checkpoint are quantized (the policy the README documents).

By default: two-dimensional float32, float16 or bfloat16 tensors named `...weight` that are not
embeddings, output heads or norms. `--include` replaces both name rules; `--exclude` removes from
either. Whatever is not selected passes through bit for bit, always including 1-D and 3-D tensors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from veriquant.formats.checkpoint import Checkpoint
from veriquant.formats.errors import BadInputError
from veriquant.formats.header import Entry

FLOAT_DTYPES = ("F32", "F16", "BF16")
DEFAULT_INCLUDE = ("*weight",)
#: Embeddings are looked up, not multiplied; heads and positions are the most sensitive matrices.
DEFAULT_EXCLUDE = ("*embed*", "*lm_head*", "*norm*", "*wte*", "*wpe*", "shared.weight")


@dataclass(frozen=True, slots=True)
class Selection:
    """Glob patterns; empty `include` means the defaults."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def takes(self, entry: Entry) -> bool:
        """Whether a tensor is quantized."""
        if len(entry.shape) != 2 or 0 in entry.shape or entry.dtype not in FLOAT_DTYPES:
            return False
        if _matches(entry.name, self.exclude):
            return False
        if self.include:
            return _matches(entry.name, self.include)
        name = entry.name.lower()  # ...LayerNorm..., ...Embedding...
        return _matches(name, DEFAULT_INCLUDE) and not _matches(name, DEFAULT_EXCLUDE)


def selected(checkpoint: Checkpoint, selection: Selection) -> frozenset[str]:
    """Names of the tensors to quantize; raises BadInputError when there are none.

    A pattern that matches no tensor, or only tensors that cannot be quantized, is an error: it
    is a misspelling, or a wish the format cannot fulfil.
    """
    entries = [entry for _, entry in checkpoint.tensors()]
    for option, patterns in (("--include", selection.include), ("--exclude", selection.exclude)):
        for pattern in patterns:
            hits = [entry for entry in entries if fnmatchcase(entry.name, pattern)]
            if not hits:
                raise BadInputError(
                    f"{option} {pattern!r} matches no tensor", file=checkpoint.path,
                    remedy="see the names with: veriquant inspect",
                )  # fmt: skip
            if option == "--include" and not any(
                len(e.shape) == 2 and e.dtype in FLOAT_DTYPES for e in hits
            ):
                raise BadInputError(
                    f"{option} {pattern!r} matches no two-dimensional float tensor: others pass "
                    "through unchanged",
                    file=checkpoint.path, tensor=hits[0].name,
                    value=f"{hits[0].dtype} {list(hits[0].shape)}",
                    remedy="leave it out of --include",
                )  # fmt: skip
    names = frozenset(entry.name for entry in entries if selection.takes(entry))
    if not names:
        raise BadInputError(
            "no tensor to quantize", file=checkpoint.path,
            remedy="choose two-dimensional float tensors with --include",
        )  # fmt: skip
    return names


def _matches(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
