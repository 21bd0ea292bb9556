"""Functions run on arguments: the real ones with their contracts on, and the core's interpreter.

`replay` runs a solver's counterexamples and witnesses, `trials` runs every proved function on many
inputs of its own (`inputs`, `repair`), `real` finds what Python would call. Nothing here knows of
obligations: what comes in is a program, a function's id and arguments.
"""
