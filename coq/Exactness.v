(** * T5: dequantized values are exact in float32

Values are integers in units of 2^-149; a scale is [c * 2 ^ g]. *)
Require Import ZArith Lia.
Require Import VeriQuant.Constants.
Open Scope Z_scope.

(** A finite binary float: a significand below [p] times [2 ^ g], [g] from [low] to [high]. *)
Definition is_float p low high x :=
  exists n g, x = n * 2 ^ g /\ Z.abs n < p /\ low <= g <= high.
Definition is_float32 := is_float significand32 0 253.
Definition is_float16 := is_float significand16 125 154.
Definition is_bfloat16 := is_float (2 ^ 8) 16 269.

Definition value q z k scale := (q - z) * k * scale.

Theorem T5_steps q z k : 0 <= q < wide_levels -> 0 <= z < wide_levels -> 1 <= k <= factor_high ->
  Z.abs ((q - z) * k) <= steps_high.
Proof. unfold wide_levels, factor_high, steps_high. intros. nia. Qed.

Lemma short x n g c p : x = n * (c * 2 ^ g) -> Z.abs n <= steps_high -> Z.abs c < p ->
  p <= significand16 -> 0 <= g -> (g <= 253 \/ Z.abs x < float_limit) -> is_float32 x.
Proof.
  unfold steps_high, significand16, is_float32, is_float, significand32, float_limit.
  intros E N C P G R. change (2 ^ 11) with 2048 in P.
  assert (B : Z.abs (n * c) < 2 ^ 24) by (change (2 ^ 24) with 16777216; nia).
  destruct (Z.le_gt_cases g 253) as [H|H].
  - exists (n * c), g. split; [rewrite E; ring|]. lia.
  - destruct R as [R|R]; [lia|]. exists (n * c * 2 ^ (g - 253)), 253.
    assert (X : x = n * c * 2 ^ (g - 253) * 2 ^ 253).
    { rewrite E. replace (2 ^ g) with (2 ^ (g - 253) * 2 ^ 253); [ring|].
      rewrite <- Z.pow_add_r by lia. f_equal. lia. }
    split; [exact X|]. split; [|lia]. rewrite X, Z.abs_mul in R.
    rewrite (Z.abs_eq (2 ^ 253)) in R by lia.
    replace (2 ^ 277) with (2 ^ 24 * 2 ^ 253) in R by reflexivity.
    apply (Z.mul_lt_mono_pos_r (2 ^ 253)); [reflexivity|exact R].
Qed.

(** A float16 scale: always exact. *)
Theorem T5 q z k s : 0 <= q < wide_levels -> 0 <= z < wide_levels -> 1 <= k <= factor_high ->
  is_float16 s -> is_float32 (value q z k s).
Proof.
  intros Hq Hz Hk (c & g & E & C & G). pose proof (T5_steps q z k Hq Hz Hk) as N.
  eapply (short _ ((q - z) * k) g c); [unfold value; rewrite E; reflexivity|exact N|exact C| | |]; lia.
Qed.

(** A bfloat16 scale: exact wherever the value is below 2^128, float32's range. *)
Theorem T5_bfloat16 q z k s : 0 <= q < wide_levels -> 0 <= z < wide_levels ->
  1 <= k <= factor_high -> is_bfloat16 s -> Z.abs (value q z k s) < float_limit ->
  is_float32 (value q z k s).
Proof.
  intros Hq Hz Hk (c & g & E & C & G) R. pose proof (T5_steps q z k Hq Hz Hk) as N.
  eapply (short _ ((q - z) * k) g c);
    [unfold value; rewrite E; reflexivity|exact N|exact C|unfold significand16; lia|lia|tauto].
Qed.
