prelude
import VeriQuant.Rounding
/-!
# T1f: division in float64 computes the same code as exact arithmetic

A float32 weight is `w = ± a * 2^i` with `a < 2^24`; the scale `s = S * k` is `b * 2^j` with
`b < 2^19` (11 bits of a 16-bit float times 8 bits of `k`). So `w / s = a * 2^g / b` with a positive or
negative `g`, written `P / Q` with `P = a * 2^g₁`, `Q = b * 2^g₂`, one of `g₁`, `g₂` being zero.

A float64 quotient `y = u / v` is known by two properties of correct rounding: its relative error is at
most `2^-53` (half an ulp), and a quotient that is itself a float64 number is exact; a halfway case
`m / 2` below `2^32` is one.
-/

set_option autoImplicit false

namespace VeriQuant

open ℤ

/-- `2^53`, the precision of float64. -/
abbrev two53 : ℤ := 9007199254740992

/-- `P / Q` is the quotient of a 24-bit by a 19-bit significand, scaled by any power of two. -/
def IsQuotient (P Q : ℤ) : Prop :=
  ∃ a b : ℤ, ∃ g₁ g₂ : Nat, 0 < a ∧ a < 16777216 ∧ 0 < b ∧ b < 524288 ∧
    P = a * 2 ^ g₁ ∧ Q = b * 2 ^ g₂ ∧ (g₁ = 0 ∨ g₂ = 0)

/-- An odd numerator of more than 24 bits, or an odd denominator of more than 19, is no such quotient. -/
theorem not_quotient {P Q : ℤ} (h : (P % 2 = 1 ∧ 16777216 ≤ P) ∨ (Q % 2 = 1 ∧ 524288 ≤ Q)) :
    ¬ IsQuotient P Q := by
  have long : ∀ {x a b : ℤ} {g : Nat}, x % 2 = 1 → b ≤ x → x = a * 2 ^ g → a < b → False := by
    intro x a b g odd big e small
    cases g with
    | zero =>
      have f : a * 1 = a := ring
      have e : x = a * 1 := e
      exact (linear4 e f big small : False)
    | succ g =>
      have e : x = a * (2 ^ g * 2) := e
      have r : a * (2 ^ g * 2) = 2 * (a * 2 ^ g) := ring
      have z := even_of_eq (e.trans r)
      rw [odd] at z
      exact absurd z (by decide)
  intro q
  obtain ⟨a, b, g₁, g₂, _, ha, _, hb, eP, eQ, _⟩ := q
  cases h with
  | inl h => exact long h.1 h.2 eP ha
  | inr h => exact long h.1 h.2 eQ hb

/-- `u / v` is what float64 returns for `P / Q`: half an ulp off at most, and exact on halves. -/
structure Float64Quotient (P Q u v : ℤ) : Prop where
  relative_error : two53 * abs (u * Q - P * v) ≤ abs P * v
  exact_on_halves : ∀ m, abs m < 8589934592 → 2 * P = m * Q → 2 * u = m * v

theorem abs_sub_pos {x y : ℤ} (h : x ≠ y) : 1 ≤ abs (x - y) := linear2 h (abs_spec (x - y))

/-- T1f [VQ-RND-003]: the exact quotient `x = P / Q` is either exactly halfway between two integers,
`x = m / 2`, or further from it than half an ulp of a 53-bit quotient: `|x - m / 2| > 2^-53 x`. -/
theorem quotient_avoids_tie {P Q m : ℤ} (q : IsQuotient P Q) (hm : 0 < m) (hm' : m < 8589934592)
    (ne : 2 * P ≠ m * Q) : 2 * P < two53 * abs (2 * P - m * Q) := by
  obtain ⟨a, b, g₁, g₂, ha, ha', hb, hb', hP, hQ, hg⟩ := q
  have one := abs_sub_pos ne
  have p1 : 0 < (2 : ℤ) ^ g₁ := pow_pos (by decide) g₁
  cases hg with
  | inr hg =>
    -- The tie has a short significand: `m Q = m b < 2^52`.
    have eQ : Q = b := by
      rw [hQ, hg]
      show b * 1 = b
      exact ring
    have t : m * Q < 8589934592 * 524288 := by
      rw [eQ]
      have x : 0 ≤ m * (524288 - b) := mul_nonneg (linear1 hm) (linear1 hb')
      exact linear2 x hm'
    have s := abs_spec (2 * P - m * Q)
    by_cases c : 2 * P ≤ 2 * (m * Q)
    · exact linear3 one t c
    · exact linear3 s c one
  | inl hg =>
    -- The quotient has a short numerator: `2 P = 2 a < 2^25`.
    have eP : P = a := by
      rw [hP, hg]
      show a * 1 = a
      exact ring
    exact linear3 one ha' eP

/-- Away from ties, the computed quotient lies on the same side of `m / 2` as the exact one. -/
theorem same_side_below {P Q u v m : ℤ} (q : IsQuotient P Q) (hP : 0 < P) (hQ : 0 < Q) (hv : 0 < v)
    (f : Float64Quotient P Q u v) (hm : 0 < m) (hm' : m < 8589934592) (h : 2 * P < m * Q) :
    2 * u < m * v := by
  have d := quotient_avoids_tie q hm hm' (linear1 h)
  have d2 : 2 * P < two53 * (m * Q - 2 * P) := linear3 d (abs_spec (2 * P - m * Q)) h
  have e : two53 * (u * Q - P * v) ≤ P * v := by
    have r := f.relative_error
    rw [abs_of_nonneg (linear1 hP : 0 ≤ P)] at r
    exact linear2 r (abs_spec (u * Q - P * v))
  have x : 0 ≤ v * (two53 * (m * Q - 2 * P) - 2 * P - 1) := mul_nonneg (linear1 hv) (linear1 d2)
  have y : two53 * Q * (2 * u) < two53 * Q * (m * v) := linear3 x e hv
  exact lt_of_mul_lt_mul (mul_pos (by decide) hQ) y

theorem same_side_above {P Q u v m : ℤ} (q : IsQuotient P Q) (hP : 0 < P) (hQ : 0 < Q) (hv : 0 < v)
    (f : Float64Quotient P Q u v) (hm : 0 < m) (hm' : m < 8589934592) (h : m * Q < 2 * P) :
    m * v < 2 * u := by
  have d := quotient_avoids_tie q hm hm' (linear1 h)
  have d2 : 2 * P < two53 * (2 * P - m * Q) := linear3 d (abs_spec (2 * P - m * Q)) h
  have e : two53 * (P * v - u * Q) ≤ P * v := by
    have r := f.relative_error
    rw [abs_of_nonneg (linear1 hP : 0 ≤ P)] at r
    exact linear2 r (abs_spec (u * Q - P * v))
  have x : 0 ≤ v * (two53 * (2 * P - m * Q) - 2 * P - 1) := mul_nonneg (linear1 hv) (linear1 d2)
  have y : two53 * Q * (m * v) < two53 * Q * (2 * u) := linear3 x e hv
  exact lt_of_mul_lt_mul (mul_pos (by decide) hQ) y

/-- T1f [VQ-RND-003]: rounding the float64 quotient gives the integer that rounding the exact
quotient gives, for every float32 weight above zero and every scale, up to codes of `2^31`. -/
theorem float_rounds_like_exact {P Q u v : ℤ} (q : IsQuotient P Q) (hv : 0 < v)
    (small : P < 2147483648 * Q) (f : Float64Quotient P Q u v) : rne u v = rne P Q := by
  have hP : 0 < P := by
    obtain ⟨a, b, g₁, g₂, ha, _, _, _, e, _⟩ := q
    rw [e]
    exact mul_pos ha (pow_pos (by decide) g₁)
  have hQ : 0 < Q := by
    obtain ⟨a, b, g₁, g₂, _, _, hb, _, _, e, _⟩ := q
    rw [e]
    exact mul_pos hb (pow_pos (by decide) g₂)
  have near : Nearest (rne P Q) P Q := rounding_error P hQ
  have near := nearest_iff.1 near
  have even := rounding_ties_to_even P hQ
  generalize rne P Q = n at *
  have n0 : Q * (-1) < Q * n := linear3 near hP hQ
  have n0 := lt_of_mul_lt_mul hQ n0
  have n1 : Q * n < Q * 2147483649 := linear3 near small hQ
  have n1 := lt_of_mul_lt_mul hQ n1
  -- The upper tie (2 n + 1) / 2: the computed quotient is not above it.
  have up : 2 * u ≤ (2 * n + 1) * v ∧ (2 * u = (2 * n + 1) * v → 2 * P = (2 * n + 1) * Q) := by
    by_cases t : 2 * P = (2 * n + 1) * Q
    · have e := f.exact_on_halves (2 * n + 1) (linear3 (abs_spec (2 * n + 1)) n0 n1) t
      exact ⟨linear1 e, fun _ => t⟩
    · have l : 2 * P < (2 * n + 1) * Q := linear2 near t
      have l := same_side_below q hP hQ hv f (linear1 n0) (linear1 n1) l
      exact ⟨linear1 l, fun e => absurd (linear2 e l : False) id⟩
  -- The lower tie (2 n - 1) / 2: the computed quotient is not below it.
  have down : (2 * n - 1) * v ≤ 2 * u ∧ (2 * u = (2 * n - 1) * v → 2 * P = (2 * n - 1) * Q) := by
    by_cases z : n = 0
    · have e : two53 * (P * v - u * Q) ≤ P * v := by
        have r := f.relative_error
        rw [abs_of_nonneg (linear1 hP : 0 ≤ P)] at r
        exact linear2 r (abs_spec (u * Q - P * v))
      have pv := mul_pos hP hv
      have u0 : Q * 0 < Q * u := linear2 e pv
      have u0 := lt_of_mul_lt_mul hQ u0
      rw [z]
      exact ⟨linear2 u0 hv, fun e => absurd (linear3 e u0 hv : False) id⟩
    · have n2 : 0 < 2 * n - 1 := linear2 z n0
      by_cases t : 2 * P = (2 * n - 1) * Q
      · have e := f.exact_on_halves (2 * n - 1) (linear3 (abs_spec (2 * n - 1)) n0 n1) t
        exact ⟨linear1 e, fun _ => t⟩
      · have l : (2 * n - 1) * Q < 2 * P := linear2 near t
        have l := same_side_above q hP hQ hv f n2 (linear1 n1) l
        exact ⟨linear1 l, fun e => absurd (linear2 e l : False) id⟩
  refine (rounding_unique hv (nearest_iff.2 (linear2 up.1 down.1)) ?_).symm
  intro t
  have s := abs_spec (n * v - u)
  have c : 2 * u = (2 * n + 1) * v ∨ 2 * u = (2 * n - 1) * v := linear2 s t
  refine even ?_
  have s := abs_spec (n * Q - P)
  cases c with
  | inl c => exact linear3 s (up.2 c) hQ
  | inr c => exact linear3 s (down.2 c) hQ

/-- T1f [VQ-RND-003]: the same for weights below zero. -/
theorem float_rounds_like_exact_neg {P Q u v : ℤ} (q : IsQuotient P Q) (hv : 0 < v)
    (small : P < 2147483648 * Q) (f : Float64Quotient P Q u v) : rne (-u) v = rne (-P) Q := by
  have hQ : 0 < Q := by
    obtain ⟨a, b, g₁, g₂, _, _, hb, _, _, e, _⟩ := q
    rw [e]
    exact mul_pos hb (pow_pos (by decide) g₂)
  rw [rne_neg u hv, rne_neg P hQ, float_rounds_like_exact q hv small f]

/-- T1f [VQ-RND-003]: the same for a weight of zero. -/
theorem float_rounds_zero {Q u v : ℤ} (hQ : 0 < Q) (hv : 0 < v) (f : Float64Quotient 0 Q u v) :
    rne u v = rne 0 Q := by
  have r := f.relative_error
  have z : abs 0 * v = 0 := ℤ.zero_mul v
  rw [z] at r
  have e : Q * u = Q * 0 := linear2 r (abs_spec (u * Q - 0 * v))
  rw [eq_of_mul_eq_mul hQ e, rne_zero hv, rne_zero hQ]

/-- Scaled by some power of two, a quotient below `2^31` lies in `[2^52, 2^53)`. -/
theorem normalized {P Q : ℤ} (hQ : 0 < Q) (small : P < 2147483648 * Q) (n : Nat)
    (large : 4503599627370496 * Q ≤ P * 2 ^ n) :
    ∃ e : Nat, 4503599627370496 * Q ≤ P * 2 ^ Nat.succ e ∧ P * 2 ^ Nat.succ e < two53 * Q := by
  induction n with
  | zero =>
    have one : P * 1 = P := ring
    have large : 4503599627370496 * Q ≤ P * 1 := large
    exact absurd (linear4 large one small hQ : False) id
  | succ n ih =>
    by_cases h : 4503599627370496 * Q ≤ P * 2 ^ n
    · exact ih h
    · refine ⟨n, large, ?_⟩
      have h := lt_of_not_le h
      show P * (2 ^ n * 2) < two53 * Q
      have r : P * (2 ^ n * 2) = 2 * (P * 2 ^ n) := ring
      rw [r]
      exact linear1 h

theorem pos_le_two_pow (n : Nat) : ℤ.pos n ≤ 2 ^ n := by
  induction n with
  | zero => exact (by decide : (0 : ℤ) ≤ 1)
  | succ n ih =>
    have e : ℤ.pos (n + 1) = .pos n + 1 := pos_add n 1
    have p := pow_pos (by decide : (0 : ℤ) < 2) n
    show ℤ.pos (n + 1) ≤ 2 ^ n * 2
    rw [e]
    exact linear2 ih p

/-- T1f [VQ-RND-003]: the hypothesis on the computed quotient is met for every quotient between zero and
`2^31`, by a number with a significand of 53 bits: the exact quotient, scaled into `[2^52, 2^53)` and
rounded to nearest. That is what IEEE 754 asks of a division. -/
theorem float64_quotient_exists {P Q : ℤ} (hP : 0 < P) (hQ : 0 < Q) (small : P < 2147483648 * Q) :
    ∃ u : ℤ, ∃ n : Nat, 4503599627370496 ≤ u ∧ u ≤ two53 ∧ Float64Quotient P Q u (2 ^ n) := by
  have enough : ∃ n : Nat, 4503599627370496 * Q ≤ P * 2 ^ n := by
    obtain ⟨q, eq⟩ := exists_nat (linear1 hQ : 0 ≤ Q)
    refine ⟨52 + q, ?_⟩
    have l := pos_le_two_pow q
    rw [← eq] at l
    have p : 0 ≤ (P - 1) * 2 ^ q := mul_nonneg (linear1 hP) (linear2 l hQ)
    rw [pow_add]
    have c : (2 : ℤ) ^ 52 = 4503599627370496 := by decide +kernel
    rw [c]
    exact linear2 p l
  obtain ⟨n, large⟩ := enough
  obtain ⟨e, above, below⟩ := normalized hQ small n large
  have near : Nearest (rne (P * 2 ^ Nat.succ e) Q) (P * 2 ^ Nat.succ e) Q := rounding_error _ hQ
  have near := nearest_iff.1 near
  have err := rounding_error (P * 2 ^ Nat.succ e) hQ
  refine ⟨rne (P * 2 ^ Nat.succ e) Q, Nat.succ e, ?_, ?_, ?_, ?_⟩
  · have a : Q * 4503599627370495 < Q * rne (P * 2 ^ Nat.succ e) Q := linear3 near above hQ
    exact linear1 (lt_of_mul_lt_mul hQ a)
  · have a : Q * rne (P * 2 ^ Nat.succ e) Q < Q * 9007199254740993 := linear3 near below hQ
    exact linear1 (lt_of_mul_lt_mul hQ a)
  · rw [abs_of_nonneg (linear1 hP : 0 ≤ P)]
    exact linear2 err above
  · intro m _ h
    have key : P * 2 ^ Nat.succ e = m * 2 ^ e * Q := by
      show P * (2 ^ e * 2) = m * 2 ^ e * Q
      have r : P * (2 ^ e * 2) = 2 * P * 2 ^ e := ring
      rw [r, h]
      exact ring
    have z : 2 * abs (m * 2 ^ e * Q - P * 2 ^ Nat.succ e) < Q := by
      rw [key]
      have w : m * 2 ^ e * Q - m * 2 ^ e * Q = 0 := ring
      rw [w]
      exact linear2 (abs_spec 0) hQ
    rw [← nearest_unique_off_ties hQ z]
    show 2 * (m * 2 ^ e) = m * (2 ^ e * 2)
    exact ring

/-- The assumptions can be met: one third, as float64 has it, is `(2^54 - 1) / 3 / 2^54`. -/
theorem float64_third :
    IsQuotient 1 3 ∧ Float64Quotient 1 3 6004799503160661 18014398509481984 := by
  refine ⟨⟨1, 3, 0, 0, by decide, by decide, by decide, by decide, by decide, by decide, Or.inl rfl⟩,
    by decide +kernel, ?_⟩
  intro m _ e
  exact absurd (linear1 e : False) id

end VeriQuant
