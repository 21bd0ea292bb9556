"""Makes a calibration file: runs a model over text and keeps what its Linears read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from veriquant.errors import QuantizationError
from veriquant.methods import quantize_tensor
from veriquant.methods.calibration import CalibrationWriter
from veriquant.methods.statistics import TensorStatistics
from veriquant.model.llama import STAGES, Llama, LlamaConfig, linear_names
from veriquant.model.sequential import calibrate_sequentially
from veriquant.text import printable

Float = npt.NDArray[np.float32]
Progress = Callable[[int, int], None]


def windows_of(ids: Any, length: int, count: int) -> npt.NDArray[np.int64]:
    """`count` windows of `length` token ids, spread evenly over `ids`, none overlapping.

    Raises QuantizationError when the text is too short.
    """
    tokens = np.asarray(ids, dtype=np.int64)
    whole = tokens.size // length
    if count < 1 or length < 2 or whole < count:
        raise QuantizationError(
            f"the text must have at least {count} windows of {length} tokens",
            value=f"{tokens.size} tokens", remedy="give more text, or fewer --windows",
        )  # fmt: skip
    chosen = [whole * i // count for i in range(count)]
    return tokens[: whole * length].reshape(whole, length)[chosen]


def shared_inputs(config: LlamaConfig) -> dict[str, str]:
    """Linears that read the same input as another one before them."""
    return {
        f"model.layers.{i}.{name}.weight": f"model.layers.{i}.{stage[0]}.weight"
        for i in range(config.layers)
        for stage in STAGES
        for name in stage[1:]
    }


def independent_statistics(
    model: Llama, windows: npt.NDArray[np.int64], progress: Progress | None = None
) -> dict[str, TensorStatistics]:
    """Hessians of every Linear of the unchanged model (one entry per shared input)."""
    share = shared_inputs(model.config)
    sums: dict[str, Float] = {}

    def observe(name: str, x: Float) -> None:
        if name in share:
            return
        square = x.T @ x
        sums[name] = square if name not in sums else np.add(sums[name], square, out=sums[name])

    for i, tokens in enumerate(windows):
        model.hidden(tokens, observe)
        if progress is not None:
            progress(i + 1, len(windows))
    count = int(windows.size)
    return {n: TensorStatistics(h / np.float32(count), count) for n, h in sums.items()}


def write_calibration(
    model: Llama,
    windows: npt.NDArray[np.int64],
    path: Path,
    *,
    sequential: bool = True,
    group_size: int = 64,
    settings: dict[str, Any] | None = None,
    progress: Progress | None = None,
    on_tensor: Callable[[str], None] = lambda line: None,
) -> None:
    """Write `path` from `windows` `[W, T]` of token ids.

    sequential  quantize on the way (`gptq`, `group_size`), so that each layer's statistics and
                target account for the errors before it; `veriquant quantize --method gptq` with
                the same group size then makes the same codes
    on_tensor   hears a line about each Linear whose statistics are written
    """
    names = linear_names(model.config)
    shapes = {n: (model.weights[n].shape[0], model.weights[n].shape[1]) for n in names}
    share = shared_inputs(model.config)
    stated = {
        **(settings or {}), "sequential": sequential, "group_size": group_size,
        "windows": int(windows.shape[0]), "length": int(windows.shape[1]),
    }  # fmt: skip
    with CalibrationWriter(
        path, shapes, share, targets=sequential, count=int(windows.size), settings=stated
    ) as writer:
        if not sequential:
            for name, statistics in independent_statistics(model, windows, progress).items():
                writer.add(name, statistics)
                on_tensor(f"{printable(name)}: statistics of {statistics.count} tokens")
            return

        def quantize(name: str, w: Float, statistics: TensorStatistics) -> Float:
            writer.add(name, statistics)
            on_tensor(f"{printable(name)}: statistics of {statistics.count} tokens")
            made = quantize_tensor(
                w, method="gptq", group_size=group_size, calibration=statistics, name=name
            )
            result: Float = made.dequantize()
            return result

        calibrate_sequentially(model, windows, quantize, progress=progress)
