"""Changed kernels: the evidence that the verifier can fail (design section 6).

`operators` lists the changes of a core function, `decide` asks Z3, `equivalence` shows that a
surviving change changes nothing, and `campaign` runs them all. The command is
`python -m veriquant_proofs.mutants`.
"""
