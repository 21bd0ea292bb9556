"""Changed copies of kernels: the evidence that the verifier can fail (design section 6).

`copies` loads a changed copy of a module beside the real one, `operators` lists the changes,
`decide` asks Z3, `equivalence` shows that a surviving change changes nothing, and `campaign` runs
them all. The command is `python -m veriquant_proofs.mutants`.
"""
