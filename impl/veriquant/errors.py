"""The error of arrays and settings that cannot be quantized (command line: exit code 2)."""

from __future__ import annotations

from veriquant.text import printable


class QuantizationError(ValueError):
    """Bad input: names the tensor, the position and value in it, and the remedy.

    Nothing has been quantized or written when it is raised.
    """

    def __init__(
        self,
        problem: str,
        *,
        remedy: str,
        tensor: str | None = None,
        position: str | None = None,
        value: object = None,
    ) -> None:
        self.problem, self.remedy = problem, remedy
        self.tensor, self.position, self.value = tensor, position, value
        where = [f"tensor {tensor!r}"] if tensor is not None else []
        where += [position] if position is not None else []
        text = f"{', '.join(where)}: {problem}" if where else problem
        if value is not None:
            text += f" (value {value})"
        super().__init__(printable(f"{text}. Remedy: {remedy}"))


class SaturationWarning(UserWarning):
    """Weights were given the largest finite number of a type, as was asked for; says how many."""
