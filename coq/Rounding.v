(** * T1: rounding to nearest, ties to even *)
Require Import ZArith Lia Bool.
Open Scope Z_scope.

(** What the kernel computes. *)
Definition rne_div a b :=
  let q := a / b in
  let twice := 2 * (a - q * b) in
  if (b <? twice) || ((twice =? b) && (q mod 2 =? 1)) then q + 1 else q.

(** [q] errs by at most half a step of [a / b], by less if it is odd. *)
Definition is_nearest q a b := 2 * Z.abs (q * b - a) <= b.
Definition is_rne q a b := is_nearest q a b /\ (2 * Z.abs (q * b - a) < b \/ q mod 2 = 0).

(** [clamp q lo hi]: the number of [lo] .. [hi] nearest to [q]. *)
Definition clamp q lo hi := Z.max lo (Z.min q hi).

Theorem T1 a b : 0 < b -> is_rne (rne_div a b) a b.
Proof.
  intros Hb. unfold rne_div, is_rne, is_nearest.
  pose proof (Z.div_mod a b ltac:(lia)) as E. pose proof (Z.mod_pos_bound a b Hb) as R.
  set (q := a / b) in *. set (r := a mod b) in *. clearbody q r.
  replace (a - q * b) with r by lia.
  assert (F : q * b - a = - r) by lia. assert (G : (q + 1) * b - a = b - r) by lia.
  assert (P : q mod 2 = 0 \/ (q + 1) mod 2 = 0) by (Z.div_mod_to_equations; lia).
  destruct (Z.ltb_spec b (2 * r)); cbn [orb andb]; [rewrite G; lia|].
  destruct (Z.eqb_spec (2 * r) b); cbn [orb andb]; [|rewrite F; lia].
  destruct (Z.eqb_spec (q mod 2) 1) as [O|O]; [rewrite G|rewrite F]; (split; [lia|right]).
  - destruct P; lia.
  - pose proof (Z.mod_pos_bound q 2 ltac:(lia)); lia.
Qed.

(** No other integer does. *)
Theorem T1_unique q q' a b : 0 < b -> is_rne q a b -> is_rne q' a b -> q = q'.
Proof.
  unfold is_rne, is_nearest. intros Hb [H1 H2] [H3 H4].
  assert (D : forall x, 2 * Z.abs (x * b - a) <= b -> 2 * Z.abs ((x + 1) * b - a) <= b ->
    2 * Z.abs (x * b - a) = b /\ 2 * Z.abs ((x + 1) * b - a) = b).
  { intros x. replace ((x + 1) * b - a) with (x * b - a + b) by ring. lia. }
  assert (S : (q - q') * b <= b /\ (q' - q) * b <= b) by lia.
  assert (q - q' <= 1 /\ q' - q <= 1) by nia.
  assert (C : q = q' \/ q = q' + 1 \/ q' = q + 1) by lia.
  destruct C as [C|[C|C]]; trivial; exfalso; rewrite C in *;
    edestruct D as [D1 D2]; try eassumption; Z.div_mod_to_equations; lia.
Qed.
