"""A second generator, that others wrote: the core as WhyML, split by Why3's own calculus.

`terms` prints specification, `code` bodies, `bits` the bit-vector functions; `document` puts a
function and the contracts it relies on into one text; `run` lets Why3 split it and other provers
decide; `results` says what a report may say of it.
"""
