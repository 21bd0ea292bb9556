"""The calibration file: statistics of a model's Linear inputs, as safetensors.

Per tensor `NAME` (a Linear weight `[N, K]`):

    NAME.hessian   float32 [K, K]  mean of x x^T over the calibration tokens
    NAME.target    float32 [N, K]  optional: the weight to approximate (sequential calibration)

or, instead of both, sampled inputs made by any other program:

    NAME.activations  float [T, K]

The header's metadata entry `veriquant_calibration` is JSON: `version`, `count` (tokens), `share`
(`{NAME: OTHER}`: NAME reads the same input as OTHER and uses its hessian), `settings` (free text
for people). A file of activations alone needs no metadata.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from veriquant import files
from veriquant.errors import QuantizationError
from veriquant.formats.errors import BadInputError
from veriquant.formats.header import read_header
from veriquant.formats.writer import SafetensorsWriter, Spec
from veriquant.layout import raw_bytes
from veriquant.methods.statistics import TensorStatistics
from veriquant.narrowing import as_float32
from veriquant.text import brief, parse_json

METADATA_KEY = "veriquant_calibration"
VERSION = 1
REMEDY = "make the file again with `veriquant calibrate`"


class CalibrationFile:
    """Reads a calibration file one tensor at a time. Raises BadInputError for a bad one."""

    def __init__(self, path: Path) -> None:
        from safetensors import safe_open

        self.path = path
        header = read_header(path)
        opener: Any = safe_open
        self._file: Any = opener(path, framework="np")
        self._dtypes = {name: entry.dtype for name, entry in header.entries.items()}
        self.names = frozenset(self._dtypes)
        text = header.metadata.get(METADATA_KEY, f'{{"version": {VERSION}}}')
        try:
            data = parse_json(text)
        except ValueError:
            data = None
        fields = data if isinstance(data, dict) else {}
        version, self.count = fields.get("version"), fields.get("count", 0)
        self._share = fields.get("share", {})
        if (
            version is None
            or type(self.count) is not int
            or not isinstance(self._share, dict)
            or not all(isinstance(owner, str) for owner in self._share.values())
        ):
            raise BadInputError(
                f"metadata entry {METADATA_KEY} is not as documented", file=path, value=text[:80],
                remedy=REMEDY,
            )  # fmt: skip
        if type(version) is not int or version != VERSION:
            raise BadInputError(
                "unknown version of the calibration format", file=path, value=brief(version),
                remedy=f"use a veriquant that knows it (this one: {VERSION}), or {REMEDY}",
            )  # fmt: skip

    def covers(self, name: str) -> bool:
        """Whether the file has statistics of the weight tensor `name`."""
        owner = self._share.get(name, name)
        return not self.names.isdisjoint({f"{owner}.hessian", f"{name}.activations"})

    def get(self, name: str) -> TensorStatistics | None:
        """Statistics of the weight tensor `name`, None if the file has none of it."""
        owner = self._share.get(name, name)
        if f"{owner}.hessian" in self.names:
            target = None
            if f"{name}.target" in self.names:
                target = self._matrix(f"{name}.target")
            return TensorStatistics(self._matrix(f"{owner}.hessian"), self.count, target)
        if f"{name}.activations" in self.names:
            return TensorStatistics.from_activations(self._matrix(f"{name}.activations"))
        return None

    def _matrix(self, entry: str) -> Any:
        array = None
        if self._dtypes[entry] in ("F16", "F32", "F64"):
            array = self._file.get_tensor(entry)
        if array is None or array.ndim != 2 or 0 in array.shape:
            raise BadInputError(
                "calibration entries are float matrices", file=self.path, tensor=entry,
                value=self._dtypes[entry] if array is None else f"shape {list(array.shape)}",
                remedy=REMEDY,
            )  # fmt: skip
        try:
            matrix = as_float32(array, entry)
        except QuantizationError as error:
            raise BadInputError.of(error, self.path, entry) from error
        if not np.isfinite(matrix).all():
            row, column = (int(i[0]) for i in np.nonzero(~np.isfinite(matrix)))
            raise BadInputError(
                "calibration entries must be finite", file=self.path, tensor=entry,
                position=f"row {row}, column {column}", value=array[row, column], remedy=REMEDY,
            )  # fmt: skip
        return matrix


class CalibrationWriter:
    """Writes a calibration file tensor by tensor; nothing appears under `path` before the end.

    shapes    `[N, K]` of every Linear weight
    share     Linears whose hessian is another's
    targets   whether targets will be written
    """

    def __init__(
        self,
        path: Path,
        shapes: Mapping[str, tuple[int, int]],
        share: Mapping[str, str],
        *,
        targets: bool,
        count: int,
        settings: Mapping[str, Any],
    ) -> None:
        specs: dict[str, Spec] = {}
        for name, (n, k) in shapes.items():
            if name not in share:
                specs[f"{name}.hessian"] = ("F32", (k, k))
            if targets:
                specs[f"{name}.target"] = ("F32", (n, k))
        data = {"version": VERSION, "count": count, "share": dict(share), "settings": settings}
        self._metadata = {METADATA_KEY: json.dumps(data, sort_keys=True)}
        self._share, self._targets, self.path = dict(share), targets, path
        self._specs = specs
        self._stack = ExitStack()

    def add(self, name: str, statistics: TensorStatistics) -> None:
        """Write one Linear's statistics; each name once."""
        if name not in self._share:
            self._writer.write(f"{name}.hessian", _bytes(statistics.hessian))
        if self._targets:
            assert statistics.target is not None
            self._writer.write(f"{name}.target", _bytes(statistics.target))

    def __enter__(self) -> Self:
        part = self._stack.enter_context(files.replacing(self.path))
        room = len(json.dumps(self._metadata)) + 64
        self._writer = self._stack.enter_context(SafetensorsWriter(part, self._specs, room))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            self._stack.__exit__(kind, error, trace)
            return
        with self._stack:
            self._writer.finish(self._metadata)


def _bytes(array: Any) -> memoryview:
    return raw_bytes(np.ascontiguousarray(array, dtype="<f4"))
