"""From Python's text to the core: files' syntax trees alone, nothing is imported or run."""

from veriquant_proofs.frontend.errors import VerificationSubsetError
from veriquant_proofs.frontend.program import Source, read_files, read_product

__all__ = ["Source", "VerificationSubsetError", "read_files", "read_product"]
