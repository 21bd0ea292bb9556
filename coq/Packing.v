(** * T4: packing is lossless at every length *)
Require Import ZArith Lia List.
Require Import VeriQuant.Constants.
Import ListNotations.
Open Scope Z_scope.

(** A pair: a 4-bit and a 3-bit code in seven bits. *)
Definition pack wide narrow := Z.lor wide (Z.shiftl narrow 4).
Definition unpack_wide p := Z.land p 15.
Definition unpack_narrow p := Z.shiftr p 4.

Lemma unpack_wide_mod p : unpack_wide p = p mod wide_levels.
Proof. unfold unpack_wide. change 15 with (Z.ones 4). rewrite Z.land_ones by lia. reflexivity. Qed.
Lemma unpack_narrow_div p : unpack_narrow p = p / wide_levels.
Proof. unfold unpack_narrow. rewrite Z.shiftr_div_pow2 by lia. reflexivity. Qed.

Theorem T4_bits w n : 0 <= w < wide_levels -> 0 <= n < narrow_levels ->
  pack w n = w + wide_levels * n.
Proof.
  unfold wide_levels, narrow_levels. intros.
  assert (w = 0 \/ w = 1 \/ w = 2 \/ w = 3 \/ w = 4 \/ w = 5 \/ w = 6 \/ w = 7 \/ w = 8 \/ w = 9 \/
    w = 10 \/ w = 11 \/ w = 12 \/ w = 13 \/ w = 14 \/ w = 15) by lia.
  assert (n = 0 \/ n = 1 \/ n = 2 \/ n = 3 \/ n = 4 \/ n = 5 \/ n = 6 \/ n = 7) by lia.
  repeat match goal with H : _ \/ _ |- _ => destruct H end; subst; reflexivity.
Qed.

Theorem T4 w n : 0 <= w < wide_levels -> 0 <= n < narrow_levels ->
  0 <= pack w n < 2 ^ pair_bits /\ unpack_wide (pack w n) = w /\ unpack_narrow (pack w n) = n.
Proof.
  intros Hw Hn. rewrite T4_bits, unpack_wide_mod, unpack_narrow_div by assumption.
  unfold wide_levels, narrow_levels, pair_bits in *. change (2 ^ 7) with 128.
  Z.div_mod_to_equations. lia.
Qed.

Theorem T4_onto p : 0 <= p < 2 ^ pair_bits -> 0 <= unpack_wide p < wide_levels /\
  0 <= unpack_narrow p < narrow_levels /\ pack (unpack_wide p) (unpack_narrow p) = p.
Proof.
  unfold pair_bits. change (2 ^ 7) with 128. intros H.
  assert (W : 0 <= unpack_wide p < wide_levels) by
    (rewrite unpack_wide_mod; unfold wide_levels; Z.div_mod_to_equations; lia).
  assert (N : 0 <= unpack_narrow p < narrow_levels) by
    (rewrite unpack_narrow_div; unfold wide_levels, narrow_levels; Z.div_mod_to_equations; lia).
  split; [exact W|]. split; [exact N|]. rewrite T4_bits by assumption.
  rewrite unpack_wide_mod, unpack_narrow_div. unfold wide_levels. Z.div_mod_to_equations. lia.
Qed.

(** ** Streams: pairs are digits to base 2^7, bytes digits to base 2^8, of one number *)
Definition stream_size P := (pair_bits * P + byte_bits - 1) / byte_bits.
Fixpoint of_digits b ds := match ds with [] => 0 | d :: ds => d + b * of_digits b ds end.
Fixpoint to_digits b (k : nat) n := match k with
  | O => []
  | S k => n mod b :: to_digits b k (n / b)
  end.
Definition digits b := Forall (fun d => 0 <= d < b).
Definition bytes_of (P : nat) := Z.to_nat (stream_size (Z.of_nat P)).
Definition pack_stream ps :=
  to_digits (2 ^ byte_bits) (bytes_of (length ps)) (of_digits (2 ^ pair_bits) ps).
Definition unpack_stream P bs := to_digits (2 ^ pair_bits) P (of_digits (2 ^ byte_bits) bs).

Lemma length_to_digits b k : forall n, length (to_digits b k n) = k.
Proof. induction k; cbn [to_digits length]; intros; [|rewrite IHk]; reflexivity. Qed.
Lemma to_digits_range b k : 0 < b -> forall n, digits b (to_digits b k n).
Proof.
  intros Hb. induction k; cbn [to_digits]; intros n; constructor;
    [apply Z.mod_pos_bound, Hb|apply IHk].
Qed.
Lemma of_digits_range b ds : 0 < b -> digits b ds ->
  0 <= of_digits b ds < b ^ Z.of_nat (length ds).
Proof.
  intros Hb. induction 1 as [|d ds Hd _ IH]; [cbn; lia|].
  change (length (d :: ds)) with (S (length ds)). rewrite Nat2Z.inj_succ, Z.pow_succ_r by lia.
  cbn [of_digits]. set (p := b ^ Z.of_nat (length ds)) in *. nia.
Qed.
Lemma of_to_digits b k : 0 < b -> forall n, 0 <= n < b ^ Z.of_nat k ->
  of_digits b (to_digits b k n) = n.
Proof.
  intros Hb. induction k as [|k IH]; intros n Hn; [cbn in *; lia|].
  rewrite Nat2Z.inj_succ, Z.pow_succ_r in Hn by lia. cbn [to_digits of_digits].
  pose proof (Z.div_mod n b ltac:(lia)). rewrite IH; [lia|].
  split; [apply Z.div_pos; lia|apply Z.div_lt_upper_bound; lia].
Qed.
Lemma to_of_digits b ds : 0 < b -> digits b ds -> to_digits b (length ds) (of_digits b ds) = ds.
Proof.
  intros Hb. induction 1 as [|d ds Hd _ IH]; [reflexivity|].
  cbn [length to_digits of_digits].
  replace (d + b * of_digits b ds) with (of_digits b ds * b + d) by ring.
  rewrite Z.div_add_l, (Z.div_small d b), Z.add_0_r, IH by lia.
  rewrite Z.add_comm, Z.mod_add, Z.mod_small by lia. reflexivity.
Qed.
Lemma bytes_of_size P : Z.of_nat (bytes_of P) = stream_size (Z.of_nat P).
Proof.
  unfold bytes_of. rewrite Z2Nat.id; [reflexivity|].
  unfold stream_size, pair_bits, byte_bits. apply Z.div_pos; lia.
Qed.
Lemma room P : (2 ^ pair_bits) ^ Z.of_nat P <= (2 ^ byte_bits) ^ Z.of_nat (bytes_of P).
Proof.
  rewrite bytes_of_size, <- !Z.pow_mul_r; unfold stream_size, pair_bits, byte_bits;
    try (Z.div_mod_to_equations; lia).
  apply Z.pow_le_mono_r; [lia|]. Z.div_mod_to_equations. lia.
Qed.

(** 7 P / 8 bytes, rounded up: no byte more than the bits need. *)
Theorem T4_size P : 0 <= P ->
  pair_bits * P <= byte_bits * stream_size P < pair_bits * P + byte_bits.
Proof. unfold stream_size, pair_bits, byte_bits. intros. Z.div_mod_to_equations. lia. Qed.

Theorem T4_stream_bytes ps : digits (2 ^ byte_bits) (pack_stream ps) /\
  Z.of_nat (length (pack_stream ps)) = stream_size (Z.of_nat (length ps)).
Proof.
  unfold pack_stream. split; [apply to_digits_range; reflexivity|].
  rewrite length_to_digits. apply bytes_of_size.
Qed.

Theorem T4_stream ps : digits (2 ^ pair_bits) ps ->
  unpack_stream (length ps) (pack_stream ps) = ps.
Proof.
  intros H. unfold unpack_stream, pack_stream.
  pose proof (of_digits_range (2 ^ pair_bits) ps eq_refl H). pose proof (room (length ps)).
  rewrite of_to_digits; [|reflexivity|lia]. apply to_of_digits; [reflexivity|exact H].
Qed.

Lemma nth_digit b ds : 0 < b -> digits b ds -> forall i,
  of_digits b ds / b ^ Z.of_nat i mod b = nth i ds 0.
Proof.
  intros Hb. induction 1 as [|d ds Hd _ IH]; intros i.
  - cbn [of_digits]. rewrite Z.div_0_l by (apply Z.pow_nonzero; lia). destruct i; apply Z.mod_0_l; lia.
  - destruct i as [|i]; cbn [of_digits nth].
    + change (b ^ Z.of_nat 0) with 1. rewrite Z.div_1_r, (Z.mul_comm b), Z.mod_add by lia.
      apply Z.mod_small, Hd.
    + rewrite Nat2Z.inj_succ, Z.pow_succ_r, <- Z.div_div, <- IH by lia.
      rewrite (Z.mul_comm b), Z.div_add, (Z.div_small d b), Z.add_0_l by lia. reflexivity.
Qed.

(** Pair [i] sits at the bits [7 i] .. [7 i + 6] of the stream, read as one number. *)
Theorem T4_position ps i : digits (2 ^ pair_bits) ps ->
  of_digits (2 ^ byte_bits) (pack_stream ps) / 2 ^ (pair_bits * Z.of_nat i) mod 2 ^ pair_bits =
  nth i ps 0.
Proof.
  intros H. unfold pack_stream.
  pose proof (of_digits_range (2 ^ pair_bits) ps eq_refl H). pose proof (room (length ps)).
  rewrite of_to_digits, Z.pow_mul_r; [|discriminate|lia|reflexivity|lia].
  apply nth_digit; [reflexivity|exact H].
Qed.

(** Packing what was unpacked gives back the bytes, where those bits above the last pair are zero. *)
Theorem T4_stream_onto P bs : digits (2 ^ byte_bits) bs -> length bs = bytes_of P ->
  of_digits (2 ^ byte_bits) bs < (2 ^ pair_bits) ^ Z.of_nat P ->
  pack_stream (unpack_stream P bs) = bs.
Proof.
  intros H L pad. unfold unpack_stream, pack_stream. rewrite length_to_digits.
  pose proof (of_digits_range (2 ^ byte_bits) bs eq_refl H).
  rewrite of_to_digits; [|reflexivity|lia]. rewrite <- L. apply to_of_digits; [reflexivity|exact H].
Qed.
