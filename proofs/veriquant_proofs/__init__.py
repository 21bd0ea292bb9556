"""Evidence for Veriquant: verification conditions, solvers, Lean checks, reports."""
