"""Tensor values of safetensors files, each file opened once for all of its tensors.

The library reads the whole header whenever it opens a file: opening it for each tensor would make
the work grow with the square of their number.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import safe_open

from veriquant.formats.entries import Record, build_tensor
from veriquant.layout import PARTS
from veriquant.tensor import QuantizedTensor

#: Files held open at once; a checkpoint may have more shards than a process may have files.
MAX_OPEN = 64


class TensorReader:
    """Reads tensors of any number of files; those used last stay open.

    Values are read, not mapped: a file that gets shorter meanwhile is an error, not a signal.
    """

    def __init__(self) -> None:
        self._open: dict[Path, Any] = {}

    def file(self, path: Path) -> Any:
        """The library's view of the file at `path`; raises SafetensorError, OSError."""
        opened = self._open.pop(path, None)
        if opened is None:
            while len(self._open) >= MAX_OPEN:
                del self._open[next(iter(self._open))]  # the library closes what nobody refers to
            opener: Any = safe_open
            opened = opener(path, framework="np", backend="pread")
        self._open[path] = opened
        return opened

    def array(self, path: Path, name: str) -> npt.NDArray[Any]:
        """The array `name`; dtypes that NumPy lacks come as those of `ml_dtypes`."""
        return np.asarray(self.file(path).get_tensor(name))

    def rows(self, path: Path, name: str, rows: slice) -> npt.NDArray[Any]:
        """Rows of the array `name`, without the others."""
        return np.asarray(self.file(path).get_slice(name)[rows])

    def quantized(self, path: Path, name: str, record: Record) -> QuantizedTensor:
        """The quantized tensor `name`, every array checked; raises BadInputError."""
        file = self.file(path)
        arrays = {part: file.get_tensor(f"{name}.{part}") for part in PARTS}
        return build_tensor(path, name, record, arrays)
