"""Exact executable semantics of the 3.5-bit format: integers and fractions, no floats."""
