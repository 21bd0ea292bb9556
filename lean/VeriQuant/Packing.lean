prelude
import VeriQuant.List
/-!
# T4: packing

A pair is one 4-bit and one 3-bit code in seven bits. The stream of `P` pairs is one number, the
pairs being its digits in base 128, written in bytes, its digits in base 256, lowest first.
-/

set_option autoImplicit false

namespace VeriQuant

/-! ## Pairs -/

/-- `wide + 16 * narrow`. -/
def pack (wide narrow : Nat) : Nat := wide + 16 * narrow

def unpackWide (p : Nat) : Nat := p % 16
def unpackNarrow (p : Nat) : Nat := p / 16

/-- Bit `i` of `n`. -/
def bit (n i : Nat) : Nat := n / 2 ^ i % 2

/-- The bitwise `or` of the lowest eight bits. -/
def or8 (a b : Nat) : Nat :=
  let one (i : Nat) : Nat := 2 ^ i * cond (Nat.beq (bit a i + bit b i) 0) 0 1
  one 0 + one 1 + one 2 + one 3 + one 4 + one 5 + one 6 + one 7

/-- `p n` for all `n` below `bound`, computed. -/
def allBelow : (bound : Nat) → (Nat → Bool) → Bool
  | 0, _ => true
  | Nat.succ n, p => and (p n) (allBelow n p)

theorem allBelow_sound {bound : Nat} {p : Nat → Bool} (h : allBelow bound p = true) :
    ∀ n, n < bound → p n = true := by
  induction bound with
  | zero => exact fun n hn => absurd hn (Nat.not_succ_le_zero n)
  | succ b ih =>
    have ⟨h1, h2⟩ := and_eq_true h
    intro n hn
    cases hn with
    | refl => exact h1
    | step hn => exact ih h2 n hn

/-- T4 [VQ-PACK-001]: `wide + 16 * narrow` is `wide | narrow << 4`, bit for bit. -/
theorem pack_is_or {wide narrow : Nat} (hw : wide < 16) (hn : narrow < 8) :
    pack wide narrow = or8 wide (narrow * 2 ^ 4) := by
  have all : allBelow 16 (fun w => allBelow 8 fun n => Nat.beq (pack w n) (or8 w (n * 2 ^ 4))) =
    true := by decide +kernel
  exact Nat.eq_of_beq_eq_true (allBelow_sound (allBelow_sound all wide hw) narrow hn)

/-- T4 [VQ-PACK-002]: every pair is below 128. -/
theorem pack_lt {wide narrow : Nat} (hw : wide < 16) (hn : narrow < 8) :
    pack wide narrow < 128 := by
  have all : allBelow 16 (fun w => allBelow 8 fun n => Nat.ble (Nat.succ (pack w n)) 128) =
    true := by decide +kernel
  exact Nat.le_of_ble_eq_true (allBelow_sound (allBelow_sound all wide hw) narrow hn)

/-- T4 [VQ-PACK-004]: unpacking a packed pair gives its two codes. -/
theorem unpack_pack {wide narrow : Nat} (hw : wide < 16) (hn : narrow < 8) :
    unpackWide (pack wide narrow) = wide ∧ unpackNarrow (pack wide narrow) = narrow := by
  have all : allBelow 16 (fun w => allBelow 8 fun n => and
    (Nat.beq (unpackWide (pack w n)) w) (Nat.beq (unpackNarrow (pack w n)) n)) = true := by
    decide +kernel
  have ⟨h1, h2⟩ := and_eq_true (allBelow_sound (allBelow_sound all wide hw) narrow hn)
  exact ⟨Nat.eq_of_beq_eq_true h1, Nat.eq_of_beq_eq_true h2⟩

/-- T4 [VQ-PACK-004]: packing the two codes of a pair gives the pair: for every number. -/
theorem pack_unpack (p : Nat) : pack (unpackWide p) (unpackNarrow p) = p := by
  show p % 16 + 16 * (p / 16) = p
  rw [Nat.add_comm]
  exact Nat.div_add_mod p 16

/-- T4 [VQ-PACK-003]: unpacking yields a 4-bit and a 3-bit code. -/
theorem unpack_range {p : Nat} (h : p < 128) : unpackWide p < 16 ∧ unpackNarrow p < 8 := by
  have all : allBelow 128 (fun p => and (Nat.ble (Nat.succ (unpackWide p)) 16)
    (Nat.ble (Nat.succ (unpackNarrow p)) 8)) = true := by decide +kernel
  have ⟨h1, h2⟩ := and_eq_true (allBelow_sound all p h)
  exact ⟨Nat.le_of_ble_eq_true h1, Nat.le_of_ble_eq_true h2⟩

/-- T4 [VQ-PACK-004]: different codes have different pairs. -/
theorem pack_injective {w₁ n₁ w₂ n₂ : Nat} (h₁ : w₁ < 16) (k₁ : n₁ < 8) (h₂ : w₂ < 16)
    (k₂ : n₂ < 8) (e : pack w₁ n₁ = pack w₂ n₂) : w₁ = w₂ ∧ n₁ = n₂ := by
  have a := unpack_pack h₁ k₁
  have b := unpack_pack h₂ k₂
  rw [e] at a
  exact ⟨a.1.symm.trans b.1, a.2.symm.trans b.2⟩

/-! ## Digits -/

/-- A quotient and a remainder below the divisor are the quotient and the remainder. -/
theorem div_mod_unique {x b q r : Nat} (hr : r < b) (e : b * q + r = x) :
    x / b = q ∧ x % b = r := by
  cases b with
  | zero => exact absurd hr (Nat.not_succ_le_zero r)
  | succ m =>
    have hr' : ℤ.pos r < .pos (Nat.succ m) := by
      show ℤ.pos r + 1 ≤ .pos (Nat.succ m)
      have k : ℤ.pos r + 1 = .pos (Nat.succ r) := (ℤ.pos_add r 1).symm
      rw [k]
      exact hr
    have e' : ℤ.pos (Nat.succ m) * .pos q + .pos r = .pos x := by
      rw [← ℤ.pos_mul, ← ℤ.pos_add, e]
    have n := ℤ.pos_nonneg r
    have d : ℤ.pos x / .pos (Nat.succ m) = .pos q :=
      ℤ.div_unique (linear2 n hr') (linear2 e' n) (linear2 e' hr')
    have d : x / Nat.succ m = q := ℤ.pos_inj d
    refine ⟨d, ?_⟩
    have s := Nat.div_add_mod x (Nat.succ m)
    rw [d] at s
    exact Nat.add_left_cancel (s.trans e.symm)

/-- The number with these digits, lowest first. -/
def ofDigits (b : Nat) : List Nat → Nat
  | [] => 0
  | d :: ds => b * ofDigits b ds + d

/-- The lowest `k` digits of a number, lowest first. -/
def toDigits (b : Nat) : (k : Nat) → Nat → List Nat
  | 0, _ => []
  | Nat.succ k, n => n % b :: toDigits b k (n / b)

theorem length_toDigits (b k n : Nat) : (toDigits b k n).length = k := by
  induction k generalizing n with
  | zero => rfl
  | succ k ih => exact congrArg Nat.succ (ih _)

theorem toDigits_lt {b : Nat} (hb : 0 < b) (k n : Nat) :
    List.All (fun d => d < b) (toDigits b k n) := by
  induction k generalizing n with
  | zero => exact True.intro
  | succ k ih => exact ⟨Nat.mod_lt n hb, ih _⟩

theorem ofDigits_lt {b : Nat} {ds : List Nat} (h : List.All (fun d => d < b) ds) :
    ofDigits b ds < b ^ ds.length := by
  induction ds with
  | nil => exact Nat.le_refl 1
  | cons d ds ih =>
    show Nat.succ (b * ofDigits b ds + d) ≤ b ^ ds.length * b
    have l : b * ofDigits b ds + Nat.succ d ≤ b * ofDigits b ds + b :=
      Nat.add_le_add (Nat.le_refl _) h.1
    refine Nat.le_trans l ?_
    have m : b * Nat.succ (ofDigits b ds) ≤ b * b ^ ds.length :=
      Nat.mul_le_mul (Nat.le_refl b) (ih h.2)
    rw [Nat.mul_comm (b ^ ds.length)]
    exact m

/-- Digits of a number that fits give the number back. -/
theorem ofDigits_toDigits {b k n : Nat} (h : n < b ^ k) : ofDigits b (toDigits b k n) = n := by
  induction k generalizing n with
  | zero =>
    cases n with
    | zero => rfl
    | succ n => exact absurd (Nat.le_of_succ_le_succ h) (Nat.not_succ_le_zero n)
  | succ k ih =>
    show b * ofDigits b (toDigits b k (n / b)) + n % b = n
    have l : n / b < b ^ k := by
      refine Nat.lt_of_not_le fun g => ?_
      have e := Nat.div_add_mod n b
      have m : b * b ^ k ≤ b * (n / b) := Nat.mul_le_mul (Nat.le_refl b) g
      have t : b * (n / b) ≤ n := by
        have a := Nat.le_add_right (b * (n / b)) (n % b)
        rw [e] at a
        exact a
      have u : n < b * b ^ k := by
        rw [Nat.mul_comm]
        exact h
      exact Nat.not_le_of_lt u (Nat.le_trans m t)
    rw [ih l]
    exact Nat.div_add_mod n b

/-- The digits of the number with the digits `ds` are `ds`. -/
theorem toDigits_ofDigits {b : Nat} {ds : List Nat} (h : List.All (fun d => d < b) ds) :
    toDigits b ds.length (ofDigits b ds) = ds := by
  induction ds with
  | nil => rfl
  | cons d ds ih =>
    have ⟨q, r⟩ := div_mod_unique (x := b * ofDigits b ds + d) h.1 rfl
    show (b * ofDigits b ds + d) % b :: toDigits b ds.length ((b * ofDigits b ds + d) / b) = d :: ds
    rw [q, r, ih h.2]

theorem div_div (n : Nat) {a b : Nat} (ha : 0 < a) (hb : 0 < b) : n / a / b = n / (a * b) := by
  refine ((div_mod_unique (b := a * b) (r := a * (n / a % b) + n % a) ?_ ?_).1).symm
  · have l : a * (n / a % b) + Nat.succ (n % a) ≤ a * (n / a % b) + a :=
      Nat.add_le_add (Nat.le_refl _) (Nat.mod_lt n ha)
    have m : a * Nat.succ (n / a % b) ≤ a * b := Nat.mul_le_mul (Nat.le_refl a) (Nat.mod_lt _ hb)
    exact Nat.le_trans l m
  · have e : a * b * (n / a / b) + a * (n / a % b) = a * (n / a) := by
      rw [Nat.mul_assoc, ← Nat.mul_add, Nat.div_add_mod]
    rw [← Nat.add_assoc, e]
    exact Nat.div_add_mod n a

theorem pow_pos {a : Nat} (ha : 0 < a) (n : Nat) : 0 < a ^ n := by
  induction n with
  | zero => exact Nat.le_refl 1
  | succ n ih => exact Nat.mul_le_mul (a := 1) (c := 1) ih ha

/-- Digit `i` of `n` is `n / b ^ i % b`. -/
theorem nth_toDigits {b : Nat} (hb : 0 < b) {k i : Nat} (hi : i < k) (n : Nat) :
    List.nth (toDigits b k n) i = some (n / b ^ i % b) := by
  induction i generalizing k n with
  | zero =>
    cases k with
    | zero => exact absurd hi (Nat.not_succ_le_zero 0)
    | succ k =>
      have e : n / b ^ 0 = n := (div_mod_unique (b := 1) (Nat.le_refl 1) (Nat.one_mul n)).1
      rw [e]
      rfl
  | succ i ih =>
    cases k with
    | zero => exact absurd hi (Nat.not_succ_le_zero _)
    | succ k =>
      show List.nth (toDigits b k (n / b)) i = some (n / (b ^ i * b) % b)
      rw [ih (Nat.le_of_succ_le_succ hi) (n / b), div_div n hb (pow_pos hb i), Nat.mul_comm]

theorem nth_lt {l : List Nat} {i x : Nat} (h : List.nth l i = some x) : i < l.length := by
  induction i generalizing l with
  | zero =>
    cases l with
    | nil => cases h
    | cons y l => exact Nat.succ_le_succ (Nat.zero_le _)
  | succ i ih =>
    cases l with
    | nil => cases h
    | cons y l => exact Nat.succ_le_succ (ih h)

/-! ## Streams -/

/-- `⌈7 P / 8⌉`. -/
def streamSize (P : Nat) : Nat := (7 * P + 7) / 8

/-- The bytes of a stream of pairs. -/
def packStream (pairs : List Nat) : List Nat :=
  toDigits 256 (streamSize pairs.length) (ofDigits 128 pairs)

/-- The first `P` pairs of a string of bytes. -/
def unpackStream (P : Nat) (bytes : List Nat) : List Nat := toDigits 128 P (ofDigits 256 bytes)

/-- T4 [VQ-STREAM-001]: `streamSize P` is `7 P / 8`, rounded up: `7 P` bits fit, and fewer bytes have
less than `7 P` bits. -/
theorem streamSize_spec (P : Nat) : 7 * P ≤ 8 * streamSize P ∧ 8 * streamSize P < 7 * P + 8 := by
  have e := Nat.div_add_mod (7 * P + 7) 8
  have l := Nat.mod_lt (7 * P + 7) (y := 8) (by decide)
  have e : 8 * streamSize P + (7 * P + 7) % 8 = 7 * P + 7 := e
  generalize (7 * P + 7) % 8 = r at *
  have r7 : r ≤ 7 := Nat.le_of_succ_le_succ l
  constructor
  · have a : 7 * P + 7 ≤ 8 * streamSize P + 7 := by
      rw [← e]
      exact Nat.add_le_add (Nat.le_refl _) r7
    exact Nat.le_of_add_le_add_right a
  · show Nat.succ (8 * streamSize P) ≤ Nat.succ (7 * P + 7)
    rw [← e]
    exact Nat.succ_le_succ (Nat.le_add_right _ _)

/-- T4 [VQ-STREAM-001]: the stream of `P` pairs has exactly `⌈7 P / 8⌉` bytes. -/
theorem packStream_length (pairs : List Nat) :
    (packStream pairs).length = streamSize pairs.length := length_toDigits _ _ _

/-- T4 [VQ-STREAM-001]: eight pairs take seven bytes: 3.5 bits for each of the two codes of a pair. -/
theorem streamSize_eight (n : Nat) : streamSize (8 * n) = 7 * n := by
  refine (div_mod_unique (b := 8) (r := 7) (by decide) ?_).1
  have a : 8 * (7 * n) = 7 * (8 * n) := by
    rw [← Nat.mul_assoc, ← Nat.mul_assoc]
  rw [a]

theorem pow_mul (a m n : Nat) : a ^ (m * n) = (a ^ m) ^ n := by
  induction n with
  | zero => rfl
  | succ n ih =>
    have add : ∀ k l : Nat, a ^ (k + l) = a ^ k * a ^ l := by
      intro k l
      induction l with
      | zero => exact (Nat.mul_comm _ _).trans (Nat.one_mul _) |>.symm
      | succ l ih =>
        show a ^ (k + l) * a = a ^ k * (a ^ l * a)
        rw [ih, Nat.mul_assoc]
    show a ^ (m * n + m) = (a ^ m) ^ n * a ^ m
    rw [add, ih]

theorem pow_le_pow {a m n : Nat} (ha : 0 < a) (h : m ≤ n) : a ^ m ≤ a ^ n := by
  induction h with
  | refl => exact Nat.le_refl _
  | step _ ih =>
    rename_i k _
    have l : a ^ k * 1 ≤ a ^ k * a := Nat.mul_le_mul (Nat.le_refl (a ^ k)) ha
    rw [Nat.mul_comm _ 1, Nat.one_mul] at l
    exact Nat.le_trans ih l

/-- The bytes have room for all pairs. -/
theorem stream_room (P : Nat) : 128 ^ P ≤ 256 ^ streamSize P := by
  have a : 128 ^ P = 2 ^ (7 * P) := (pow_mul 2 7 P).symm
  have b : 256 ^ streamSize P = 2 ^ (8 * streamSize P) := (pow_mul 2 8 _).symm
  rw [a, b]
  exact pow_le_pow (by decide) (streamSize_spec P).1

/-- T4 [VQ-STREAM-004]: unpacking the stream of any pairs, of any number, gives back these pairs. -/
theorem unpack_packStream {pairs : List Nat} (h : List.All (fun p => p < 128) pairs) :
    unpackStream pairs.length (packStream pairs) = pairs := by
  have fits : ofDigits 128 pairs < 256 ^ streamSize pairs.length :=
    Nat.le_trans (ofDigits_lt h) (stream_room _)
  show toDigits 128 pairs.length
    (ofDigits 256 (toDigits 256 (streamSize pairs.length) (ofDigits 128 pairs))) = pairs
  rw [ofDigits_toDigits fits]
  exact toDigits_ofDigits h

/-- T4 [VQ-STREAM-002]: pair `i` sits at the bits `7 i … 7 i + 6` of the stream, read as one number,
lowest byte first: it is that number divided by `2 ^ (7 i)`, modulo `2 ^ 7`. -/
theorem pair_position {pairs : List Nat} (h : List.All (fun p => p < 128) pairs) {i p : Nat}
    (e : List.nth pairs i = some p) : ofDigits 256 (packStream pairs) / 2 ^ (7 * i) % 2 ^ 7 = p := by
  have fits : ofDigits 128 pairs < 256 ^ streamSize pairs.length :=
    Nat.le_trans (ofDigits_lt h) (stream_room _)
  have n : ofDigits 256 (packStream pairs) = ofDigits 128 pairs := ofDigits_toDigits fits
  have d := nth_toDigits (b := 128) (by decide) (nth_lt e) (ofDigits 128 pairs)
  rw [toDigits_ofDigits h, e] at d
  rw [n, pow_mul]
  injection d with d
  exact d.symm

/-- T4 [VQ-STREAM-002]: byte `t` of the stream holds the bits `8 t … 8 t + 7` of the pairs laid end to
end; the bits above the last pair are zero. -/
theorem byte_position (pairs : List Nat) {t : Nat} (ht : t < streamSize pairs.length) :
    List.nth (packStream pairs) t = some (ofDigits 128 pairs / 256 ^ t % 256) :=
  nth_toDigits (by decide) ht _

/-- T4 [VQ-STREAM-004]: packing what was unpacked gives back the bytes, for every string of `⌈7 P / 8⌉`
bytes whose bits above the last pair are zero. -/
theorem pack_unpackStream {P : Nat} {bytes : List Nat} (h : List.All (fun b => b < 256) bytes)
    (len : bytes.length = streamSize P) (pad : ofDigits 256 bytes < 128 ^ P) :
    packStream (unpackStream P bytes) = bytes := by
  show toDigits 256 (streamSize (toDigits 128 P (ofDigits 256 bytes)).length)
    (ofDigits 128 (toDigits 128 P (ofDigits 256 bytes))) = bytes
  rw [length_toDigits, ofDigits_toDigits pad, ← len]
  exact toDigits_ofDigits h

/-- T4 [VQ-STREAM-004]: every byte of a stream is a byte, every unpacked pair a pair. -/
theorem stream_ranges (pairs bytes : List Nat) (P : Nat) :
    List.All (fun b => b < 256) (packStream pairs) ∧
      List.All (fun p => p < 128) (unpackStream P bytes) :=
  ⟨toDigits_lt (by decide) _ _, toDigits_lt (by decide) _ _⟩

/-- T4 [VQ-STREAM-004]: different pairs have different streams. -/
theorem packStream_injective {p q : List Nat} (hp : List.All (fun x => x < 128) p)
    (hq : List.All (fun x => x < 128) q) (len : p.length = q.length)
    (e : packStream p = packStream q) : p = q := by
  rw [← unpack_packStream hp, ← unpack_packStream hq, e, len]

end VeriQuant
