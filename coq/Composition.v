(** * T3: how errors compose over layers, over the rational numbers *)
Require Import QArith Lqa Lia.
Open Scope Q_scope.

Fixpoint power (c : Q) (n : nat) : Q := match n with O => 1 | S n => power c n * c end.
Fixpoint sum (n : nat) (f : nat -> Q) : Q := match n with O => 0 | S n => sum n f + f n end.
(** The sum of [eps l * c ^ (L - l)] for [l] from 1 to [L]. *)
Definition accumulated c (eps : nat -> Q) (L : nat) : Q :=
  sum L (fun i => eps (S i) * power c (L - S i)).

Lemma sum_scale c f g n : (forall i, (i < n)%nat -> g i == c * f i) -> sum n g == c * sum n f.
Proof.
  induction n as [|n IH]; cbn [sum]; intros H; [ring|].
  rewrite IH by (intros; apply H; lia). rewrite (H n) by lia. ring.
Qed.
Lemma accumulated_succ c eps L :
  accumulated c eps (S L) == c * accumulated c eps L + eps (S L).
Proof.
  unfold accumulated. cbn [sum]. rewrite Nat.sub_diag. cbn [power].
  rewrite (sum_scale c (fun i => eps (S i) * power c (L - S i))); [ring|].
  intros i Hi. replace (S L - S i)%nat with (S (L - S i)) by lia. cbn [power]. ring.
Qed.

(** Each layer multiplies the error by at most [c] and adds its own. *)
Theorem T3 c (e eps : nat -> Q) : 0 <= c -> e O == 0 ->
  (forall l, e (S l) <= c * e l + eps (S l)) -> forall L, e L <= accumulated c eps L.
Proof.
  intros Hc H0 H. induction L as [|L IH]; [rewrite H0; unfold accumulated; cbn; lra|].
  rewrite accumulated_succ. specialize (H L).
  assert (c * e L <= c * accumulated c eps L) by
    (rewrite (Qmult_comm c (e L)), (Qmult_comm c); apply Qmult_le_compat_r; assumption). lra.
Qed.

(** No smaller bound follows: errors that use up every step reach it. *)
Theorem T3_attained c eps : exists e : nat -> Q, e O == 0 /\
  (forall l, e (S l) == c * e l + eps (S l)) /\ forall L, e L == accumulated c eps L.
Proof.
  exists (accumulated c eps). split; [reflexivity|]. split; [apply accumulated_succ|reflexivity].
Qed.

Lemma power_nonneg c n : 0 <= c -> 0 <= power c n.
Proof. intros H. induction n; cbn [power]; [lra|apply Qmult_le_0_compat; assumption]. Qed.

(** It grows at least like [c ^ L]. *)
Theorem T3_exponential c eps L : 0 <= c -> 0 <= eps ->
  eps * power c L <= accumulated c (fun _ => eps) (S L).
Proof.
  intros Hc He. induction L as [|L IH]; rewrite accumulated_succ.
  - unfold accumulated. cbn. lra.
  - cbn [power]. assert (c * (eps * power c L) <= c * accumulated c (fun _ => eps) (S L)) by
      (rewrite (Qmult_comm c (eps * _)), (Qmult_comm c); apply Qmult_le_compat_r; assumption).
    lra.
Qed.

(** With [c = 1] it is linear. *)
Theorem T3_linear eps L : accumulated 1 (fun _ => eps) L == inject_Z (Z.of_nat L) * eps.
Proof.
  induction L as [|L IH]; [unfold accumulated; cbn; ring|].
  rewrite accumulated_succ, IH, Nat2Z.inj_succ, <- Z.add_1_r, inject_Z_plus. ring.
Qed.
