"""The Lean development: launcher, build, lint, audit and report."""
