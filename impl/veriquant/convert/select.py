"""Which tensors of a checkpoint are quantized, and why (docs/selection.md).

By default: two-dimensional float32, float16 or bfloat16 tensors named `…weight` that no rule of
`veriquant.convert.roles` knows as something else than a linear layer. `--include` replaces these
rules; `--exclude` removes from either. Whatever is not selected passes through bit for bit, always
including 1-D and 3-D tensors.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from veriquant.convert.roles import ADAPTER, EMBEDDING, HEAD, LINEAR, TRANSPOSED, Facts, role_of
from veriquant.formats.checkpoint import CONFIG, Checkpoint, read_json, read_pieces
from veriquant.formats.errors import BadInputError
from veriquant.formats.header import Entry
from veriquant.text import printable

#: Marks the folder of an adapter (PEFT's layout).
ADAPTER_CONFIG = "adapter_config.json"
FLOAT_DTYPES = ("F32", "F16", "BF16")


@dataclass(frozen=True, slots=True)
class Selection:
    """Glob patterns; empty `include` means the rules."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a tensor is quantized, what it is taken for, and the reason in words."""

    quantize: bool
    role: str | None
    reason: str


def decide(checkpoint: Checkpoint, selection: Selection) -> dict[str, Decision]:
    """What happens to each tensor, by name; raises BadInputError when none is quantized.

    A pattern that matches no tensor, or only tensors that cannot be quantized, is an error: it
    is a misspelling, or a wish the format cannot fulfil.
    """
    entries = [entry for _, entry in checkpoint.tensors()]
    _check_patterns(checkpoint, selection, entries)
    facts = Facts.of(entries, config_of(checkpoint))
    decisions = {entry.name: _decide(entry, selection, facts) for entry in entries}
    if not any(decision.quantize for decision in decisions.values()):
        if ADAPTER_CONFIG in checkpoint.others or any(
            decision.role == ADAPTER for decision in decisions.values()
        ):
            raise BadInputError(
                "an adapter, not a model: its matrices are additions to other weights",
                file=checkpoint.path,
                remedy="merge it into its model and quantize that, or choose with --include",
            )  # fmt: skip
        raise BadInputError(
            "no tensor to quantize", file=checkpoint.path,
            remedy="choose two-dimensional float tensors with --include",
        )  # fmt: skip
    return decisions


def config_of(checkpoint: Checkpoint) -> Mapping[str, Any]:
    """config.json of a folder or beside an index; empty where there is none."""
    path = checkpoint.root / CONFIG
    return read_json(path) if checkpoint.kind != "file" and path.is_file() else {}


def notes(checkpoint: Checkpoint, decisions: Mapping[str, Decision]) -> Iterator[str]:
    """What a user may not expect of the decisions: a line each."""
    for name in checkpoint.unlisted:
        yield (
            f"{printable(name)}: not one of the checkpoint's shards: copied as it is, not quantized"
        )
    adapters = [n for n, d in decisions.items() if d.role == ADAPTER and not d.quantize]
    if adapters:
        yield (
            f"{len(adapters)} tensors of an adapter, {printable(adapters[0])} first, are copied as "
            "they are: merge it into its model to quantize it"
        )
    tied: str | None = None
    taken = [(name, d) for name, d in decisions.items() if d.quantize]
    if any(decision.role in (EMBEDDING, HEAD) for _, decision in taken):
        tied = _tied(checkpoint, decisions)
    for name, decision in taken:
        if decision.role == TRANSPOSED:
            yield f"{printable(name)}: quantized on request, though {decision.reason}"
        if decision.role in (EMBEDDING, HEAD) and tied is not None:
            yield (
                f"{printable(name)}: quantized on request, though embedding and output head are "
                f"one ({tied}): programs may look for the floats of the other one"
            )


def _tied(checkpoint: Checkpoint, decisions: Mapping[str, Decision]) -> str | None:
    """Why embedding and output head are taken for one array, None if they are not."""
    config = config_of(checkpoint)
    parts = [config, *(part for part in config.values() if isinstance(part, dict))]
    said = [part["tie_word_embeddings"] for part in parts if "tie_word_embeddings" in part]
    if True in said:
        return "config.json: tie_word_embeddings"
    if False in said:
        return None
    heads = [name for name, d in decisions.items() if d.role == HEAD]
    if not heads:
        return "no output head in the checkpoint"
    entries = {entry.name: (shard, entry) for shard, entry in checkpoint.tensors()}
    for head in heads:
        for name, decision in decisions.items():
            if decision.role == EMBEDDING and _equal(checkpoint, entries[head], entries[name]):
                return f"{printable(head)} equals {printable(name)}"
    return None


def _equal(checkpoint: Checkpoint, left: tuple[str, Entry], right: tuple[str, Entry]) -> bool:
    if (left[1].dtype, left[1].shape) != (right[1].dtype, right[1].shape):
        return False
    pieces = [read_pieces(entry, checkpoint.shards[shard].path) for shard, entry in (left, right)]
    return all(a == b for a, b in zip(*pieces, strict=True))


def _decide(entry: Entry, selection: Selection, facts: Facts) -> Decision:
    if entry.dtype not in FLOAT_DTYPES:
        return Decision(False, None, f"{entry.dtype}: neither float32 nor a 16-bit float")
    if len(entry.shape) != 2:
        return Decision(False, None, f"{len(entry.shape)} axes: only matrices are quantized")
    if 0 in entry.shape:
        return Decision(False, None, "no elements")
    role, why = role_of(entry, facts)
    excluded = _match(entry.name, selection.exclude)
    if excluded is not None:
        return Decision(False, role, f"--exclude {excluded}")
    if not selection.include:
        return Decision(role == LINEAR, role, why)
    included = _match(entry.name, selection.include)
    if included is None:
        return Decision(False, role, "no --include fits")
    what = "" if role == LINEAR else f", though {why}"
    return Decision(True, role, f"--include {included}{what}")


def _check_patterns(checkpoint: Checkpoint, selection: Selection, entries: Sequence[Entry]) -> None:
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


def _match(name: str, patterns: Sequence[str]) -> str | None:
    return next((pattern for pattern in patterns if fnmatchcase(name, pattern)), None)
