"""The typed core: the one language that every proof, printer, mutation and replay reads.

`types` and `syntax` are the language, `typing` says what type an expression has and what a function
must satisfy to be well formed, `interpreter` what it does, `printer` how a person reads it. The
front end writes it; nothing below reads Python again.
"""
