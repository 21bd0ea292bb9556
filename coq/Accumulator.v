(** * T2 and T2c: accumulators do not overflow

Each product has the zero point of its own group. A sum is any rearrangement of the products, put
together in any way: into segments, over threads. *)
Require Import ZArith Lia List Permutation.
Require Import VeriQuant.Constants.
Import ListNotations.
Open Scope Z_scope.

Record product := { act : Z; code : Z; zero : Z }.
Definition value e := act e * (code e - zero e).
Definition int8 x := int8_low <= x <= int8_high.
Definition is_code l x := 0 <= x <= l - 1.
Definition fits l e := int8 (act e) /\ is_code l (code e) /\ is_code l (zero e).

(** A summation: a term, or the sum of two. *)
Inductive split := Term (x : Z) | Parts (a b : split).
Fixpoint terms t := match t with Term x => [x] | Parts a b => terms a ++ terms b end.
Fixpoint total t := match t with Term x => x | Parts a b => total a + total b end.
(** Every total on the way has the property. *)
Fixpoint each (p : Z -> Prop) t := match t with
  | Term x => p x
  | Parts a b => p (total (Parts a b)) /\ each p a /\ each p b
  end.

Fixpoint sum_abs l := match l with [] => 0 | x :: l => Z.abs x + sum_abs l end.
Fixpoint distances c := match c with
  | [] => 0
  | e :: c => Z.abs (code e - zero e) + distances c
  end.

Lemma sum_abs_nonneg l : 0 <= sum_abs l.
Proof. induction l; cbn [sum_abs]; lia. Qed.
Lemma sum_abs_app l m : sum_abs (l ++ m) = sum_abs l + sum_abs m.
Proof. induction l; cbn [sum_abs app]; lia. Qed.
Lemma sum_abs_perm l m : Permutation l m -> sum_abs l = sum_abs m.
Proof. induction 1; cbn [sum_abs]; lia. Qed.
Lemma total_le t : Z.abs (total t) <= sum_abs (terms t).
Proof. induction t; cbn [total terms sum_abs]; rewrite ?sum_abs_app; lia. Qed.
Lemma each_mono (p q : Z -> Prop) t : (forall x, p x -> q x) -> each p t -> each q t.
Proof. intros H. induction t; cbn [each]; intuition. Qed.
Lemma each_le t : each (fun v => Z.abs v <= sum_abs (terms t)) t.
Proof.
  induction t as [x|a Ha b Hb]; cbn [each]; [cbn [terms sum_abs]; lia|].
  pose proof (sum_abs_nonneg (terms a)). pose proof (sum_abs_nonneg (terms b)).
  split; [apply total_le|]. cbn [terms]. rewrite sum_abs_app.
  split; [eapply each_mono, Ha|eapply each_mono, Hb]; cbn beta; intros; lia.
Qed.
Lemma each_bound l t B : Permutation l (terms t) -> sum_abs l <= B ->
  each (fun v => Z.abs v <= B) t.
Proof.
  intros P H. rewrite (sum_abs_perm _ _ P) in H.
  eapply each_mono; [|apply each_le]. cbn beta. intros. lia.
Qed.
Lemma values_le c : Forall (fun e => int8 (act e)) c ->
  sum_abs (map value c) <= 128 * distances c.
Proof.
  unfold int8, int8_low, int8_high, value.
  induction 1 as [|e c He _ IH]; cbn [map sum_abs distances]; [lia|].
  rewrite Z.abs_mul. set (d := Z.abs (code e - zero e)).
  assert (0 <= d) by (subst d; lia). assert (Z.abs (act e) <= 128) by lia. nia.
Qed.

(** T2c: a column's own bound from its codes, whatever the activations. *)
Theorem T2c c t : Forall (fun e => int8 (act e)) c -> Permutation (map value c) (terms t) ->
  each (fun v => Z.abs v <= 128 * distances c) t.
Proof. intros H P. eapply each_bound; [apply P|]. apply values_le, H. Qed.

(** T2c: it is never above T2's. *)
Theorem T2c_below_T2 l c : Forall (fits l) c ->
  128 * distances c <= 128 * (l - 1) * Z.of_nat (length c).
Proof.
  unfold fits, is_code. induction 1 as [|e c He _ IH]; cbn [distances]; [cbn; lia|].
  change (length (e :: c)) with (S (length c)). rewrite Nat2Z.inj_succ. nia.
Qed.

Lemma fits_int8 l c : Forall (fits l) c -> Forall (fun e => int8 (act e)) c.
Proof. apply Forall_impl. unfold fits. tauto. Qed.

(** T2: [n] products of [l] levels reach at most [128 (l - 1) n]. *)
Theorem T2 l c t : Forall (fits l) c -> Permutation (map value c) (terms t) ->
  each (fun v => Z.abs v <= 128 * (l - 1) * Z.of_nat (length c)) t.
Proof.
  intros H P. pose proof (T2c_below_T2 l c H). eapply each_mono; [|apply (T2c c t)];
    [cbn beta; intros; lia|eapply fits_int8, H|exact P].
Qed.

(** T2: [half_bound] for the half of an even number of [max_k] inputs at most. *)
Theorem T2_half c t : 2 * Z.of_nat (length c) <= max_k -> Forall (fits wide_levels) c ->
  Permutation (map value c) (terms t) -> each (fun v => Z.abs v <= half_bound) t.
Proof.
  unfold max_k, half_bound, wide_levels. intros K H P.
  eapply each_mono; [|apply (T2 16 c t H P)]. cbn beta. intros. lia.
Qed.

(** T2: both halves of at most [max_k] inputs stay below [acc_limit]. *)
Theorem T2_no_overflow k cw cn tw tn : k <= max_k ->
  Z.of_nat (length cw) <= (k + 1) / 2 -> Z.of_nat (length cn) <= (k + 1) / 2 ->
  Forall (fits wide_levels) cw -> Forall (fits narrow_levels) cn ->
  Permutation (map value cw) (terms tw) -> Permutation (map value cn) (terms tn) ->
  each (fun v => Z.abs v < acc_limit) tw /\ each (fun v => Z.abs v < acc_limit) tn.
Proof.
  unfold max_k, wide_levels, narrow_levels, acc_limit. change (2 ^ 30) with 1073741824.
  intros K Lw Ln Hw Hn Pw Pn. assert ((k + 1) / 2 <= 4096) by (Z.div_mod_to_equations; lia).
  split; [eapply each_mono; [|apply (T2 16 cw tw Hw Pw)]|
    eapply each_mono; [|apply (T2 8 cn tn Hn Pn)]]; cbn beta; intros; lia.
Qed.
