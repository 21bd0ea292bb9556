(** * T1c: every weight of a group within half a step

A grid of [l] levels and step [s], whose levels span the group: [hi - lo <= (l - 1) s]. *)
Require Import ZArith Lia.
Require Import VeriQuant.Rounding.
Open Scope Z_scope.

Definition zero_point lo s := rne_div (- lo) s.
Definition quantize l s z w := clamp (rne_div w s + z) 0 (l - 1).
Definition dequantize s z q := (q - z) * s.

Section Grid.
  Variables l lo hi s : Z.
  Hypothesis step : 0 < s.
  Hypothesis low : lo <= 0.
  Hypothesis high : 0 <= hi.
  Hypothesis span : hi - lo <= (l - 1) * s.

  (** The zero point is a code. *)
  Theorem T1c_zero_point : 0 <= zero_point lo s <= l - 1.
  Proof using All.
    destruct (T1 (- lo) s step) as [N _]. unfold is_nearest, zero_point in *.
    set (z := rne_div (- lo) s) in *. clearbody z. split; nia.
  Qed.

  (** Half a step, clamped codes included. *)
  Theorem T1c w : lo <= w <= hi ->
    2 * Z.abs (dequantize s (zero_point lo s) (quantize l s (zero_point lo s) w) - w) <= s.
  Proof using All.
    intros Hw. pose proof T1c_zero_point as Z0.
    destruct (T1 (- lo) s step) as [Nz _]. destruct (T1 w s step) as [Nw _].
    unfold is_nearest, zero_point, quantize, dequantize, clamp in *.
    set (z := rne_div (- lo) s) in *. set (q := rne_div w s) in *. clearbody z q.
    destruct (Z.max_spec 0 (Z.min (q + z) (l - 1))) as [[? ->]|[? ->]];
      destruct (Z.min_spec (q + z) (l - 1)) as [[? M]|[? M]]; try rewrite M in *; nia.
  Qed.

  (** Zero has the code of the zero point, whose value is zero. *)
  Theorem T1c_zero : quantize l s (zero_point lo s) 0 = zero_point lo s /\
    dequantize s (zero_point lo s) (zero_point lo s) = 0.
  Proof using All.
    pose proof T1c_zero_point as Z0. unfold quantize, dequantize, clamp. split; [|ring].
    assert (Z : rne_div 0 s = 0).
    { apply (T1_unique _ _ 0 s step (T1 0 s step)). unfold is_rne, is_nearest. cbn. lia. }
    rewrite Z. lia.
  Qed.
End Grid.

(** Every code has a level. *)
Theorem T1c_code_range l s z w : 1 <= l -> 0 <= quantize l s z w <= l - 1.
Proof. unfold quantize, clamp. lia. Qed.

(** The value of a code has this code: quantizing twice changes nothing. *)
Theorem T1c_idempotent l s z q : 0 < s -> 0 <= q <= l - 1 ->
  quantize l s z (dequantize s z q) = q.
Proof.
  intros Hs Hq. unfold quantize, dequantize, clamp.
  replace (rne_div ((q - z) * s) s) with (q - z); [lia|].
  apply (T1_unique _ _ ((q - z) * s) s Hs); [|apply T1; lia].
  unfold is_rne, is_nearest. rewrite Z.sub_diag. cbn. lia.
Qed.
