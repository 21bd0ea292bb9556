"""Measures: speed and memory, quality beside peers, cost of verification.

Each module has `run(out, quick) -> dict`: it measures, writes nothing but files named after itself
in `out`, and returns what `<name>.json` will hold.
"""

#: Modules of this package that measure, in the order they run.
NAMES = ("speed", "files", "quality", "verification")
