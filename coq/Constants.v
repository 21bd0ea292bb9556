(** * Constants of the statements

A test compares each with the specification. Values of weights and scales are integers in units of
2^-149, the least positive float32. *)
Require Import ZArith.
Open Scope Z_scope.

Definition max_k := 8192.
Definition acc_limit := 2 ^ 30.
Definition half_bound := 7864320.
Definition wide_levels := 16.
Definition narrow_levels := 8.
Definition int8_low := -128.
Definition int8_high := 127.
Definition pair_bits := 7.
Definition byte_bits := 8.
Definition factor_high := 255.
Definition steps_high := 3825.
Definition significand16 := 2 ^ 11.
Definition significand32 := 2 ^ 24.
Definition float_limit := 2 ^ 277.
