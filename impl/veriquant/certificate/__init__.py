"""Certificates: what was measured of a quantized checkpoint, and the independent checker."""
