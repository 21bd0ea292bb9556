"""Evidence for Veriquant: verification conditions, solvers, Lean checks, claims, reports."""
