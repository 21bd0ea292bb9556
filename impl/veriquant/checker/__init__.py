"""An independent check of a quantized checkpoint and its certificate against the source.

This package shares no code with the quantizer: it imports the executable specification, the
safetensors library, NumPy and Numba, and derives every claim again from the stored bits. `check` is
its one entry.
"""

from veriquant.checker.check import check
from veriquant.checker.findings import CheckResult, Finding, UnreadableError

__all__ = ["CheckResult", "Finding", "UnreadableError", "check"]
