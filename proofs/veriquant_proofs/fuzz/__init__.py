"""A structured fuzzer of everything that reads foreign files: `python -m veriquant_proofs.fuzz`.

Every field of every document that the product reads (safetensors headers, their metadata, indexes,
configurations, certificates, calibration files, GGUF headers) is replaced by a value of every wrong
kind, one by one; then Hypothesis combines such edits with damaged bytes and wrong arguments. Every
command and public function that reads the document runs on it. What may happen is said in
`oracle`: documented errors, no hang, no `ok` for a changed weight, no partial output.
"""
