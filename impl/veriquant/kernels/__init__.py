"""Reference kernels: the code that is proved, and the code that runs (design sections 5 and 6).

Plain Python over ranged integers. Contracts stand on the function, loop invariants in its body;
`spec/spark/*.ads` states the same contracts for SPARK. Switch run-time checking off with
`python -O`.
"""
