"""Veriquant: 3.5-bit weight quantization whose kernels are proved."""
