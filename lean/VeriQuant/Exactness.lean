prelude
import VeriQuant.Grid
/-!
# T5: a dequantized value is exact in float32

The scale `S` is a 16-bit float: `S = c * 2^e` with an 11-bit (float16) or 8-bit (bfloat16) significand
`c`. The value of code `q` is `(q - z) * k * S`. Values are integers in units of `2^-149`, the
smallest float32, so `S = c * 2^g` with `g = e + 149 ≥ 0`.
-/

set_option autoImplicit false

namespace VeriQuant

open ℤ

/-- A finite binary float, in units of `2^-149`: an integer below `p` in magnitude times a power of two
from `2^low` to `2^high`. -/
def IsFloat (p : ℤ) (low high : Nat) (x : ℤ) : Prop :=
  ∃ n : ℤ, ∃ g : Nat, x = n * 2 ^ g ∧ abs n < p ∧ low ≤ g ∧ g ≤ high

/-- float32: 24 bits, the smallest `2^-149`, the largest power `2^(127 - 23) = 2^(253 - 149)`. -/
def IsFloat32 (x : ℤ) : Prop := IsFloat 16777216 0 253 x

/-- float16: 11 bits, the smallest `2^-24 = 2^(125 - 149)`, the largest power `2^5`. -/
def IsFloat16 (x : ℤ) : Prop := IsFloat 2048 125 154 x

/-- bfloat16: 8 bits, the smallest `2^-133 = 2^(16 - 149)`, the largest power `2^(127 - 7)`. -/
def IsBFloat16 (x : ℤ) : Prop := IsFloat 256 16 269 x

/-! ## What is no float -/

/-- The odd part of a number divides every other way to write it. -/
theorem odd_part {n m : ℤ} {g k : Nat} (odd : m % 2 = 1) (e : n * 2 ^ g = m * 2 ^ k) :
    ∃ d : Nat, k = g + d ∧ n = m * 2 ^ d := by
  cases Nat.le_or_lt g k with
  | inl h =>
    obtain ⟨d, f⟩ := Nat.exists_add h
    refine ⟨d, f, ?_⟩
    rw [f, pow_add] at e
    have p : 0 < (2 : ℤ) ^ g := pow_pos (by decide) g
    generalize (2 : ℤ) ^ g = x at *
    generalize (2 : ℤ) ^ d = y at *
    exact eq_of_mul_eq_mul p (linear1 e)
  | inr h =>
    obtain ⟨d, f⟩ := Nat.exists_add h
    have p : 0 < (2 : ℤ) ^ k := pow_pos (by decide) k
    rw [f, pow_add, pow_succ] at e
    generalize (2 : ℤ) ^ k = x at *
    generalize (2 : ℤ) ^ d = y at *
    have m2 : m = 2 * (n * y) := eq_of_mul_eq_mul p (linear1 e)
    have z := even_of_eq m2
    rw [odd] at z
    exact absurd z (by decide)

theorem one_le_two_pow (d : Nat) : 1 ≤ (2 : ℤ) ^ d := linear1 (pow_pos (by decide : (0 : ℤ) < 2) d)

/-- A number with too long an odd part, or too fine a one, is no float. -/
theorem not_float {p : ℤ} {low high k : Nat} {x m : ℤ} (e : x = m * 2 ^ k) (odd : m % 2 = 1)
    (h : p ≤ abs m ∨ k < low) : ¬ IsFloat p low high x := by
  intro f
  obtain ⟨n, g, e', small, hl, _⟩ := f
  obtain ⟨d, s, t⟩ := odd_part odd (e'.symm.trans e)
  cases h with
  | inl h =>
    rw [t, abs_mul, abs_of_nonneg (linear1 (one_le_two_pow d) : 0 ≤ (2 : ℤ) ^ d)] at small
    have a : 0 ≤ abs m * (2 ^ d - 1) := mul_nonneg (abs_nonneg m) (linear1 (one_le_two_pow d))
    exact (linear3 a h small : False)
  | inr h =>
    rw [s] at h
    exact Nat.not_le_of_lt h (Nat.le_trans hl (Nat.le_add_right g d))

theorem two_pow_le {g k : Nat} (h : g ≤ k) : (2 : ℤ) ^ g ≤ 2 ^ k := by
  obtain ⟨d, e⟩ := Nat.exists_add h
  have a : 0 ≤ (2 : ℤ) ^ g * (2 ^ d - 1) :=
    mul_nonneg (linear1 (one_le_two_pow g)) (linear1 (one_le_two_pow d))
  rw [e, pow_add]
  exact linear1 a

/-- A number beyond the largest float is none. -/
theorem not_float_large {p : ℤ} {low high : Nat} {x : ℤ} (h : p * 2 ^ high ≤ abs x) :
    ¬ IsFloat p low high x := by
  intro f
  obtain ⟨n, g, e, small, _, hg⟩ := f
  have b := two_pow_le hg
  have z := one_le_two_pow high
  rw [e, abs_mul, abs_of_nonneg (linear1 (one_le_two_pow g) : 0 ≤ (2 : ℤ) ^ g)] at h
  have c : 0 ≤ abs n * (2 ^ high - 2 ^ g) := mul_nonneg (abs_nonneg n) (linear1 b)
  have d : 0 ≤ (p - abs n - 1) * 2 ^ high := mul_nonneg (linear1 small) (linear1 z)
  exact linear4 c d h z

/-! ## Dequantization -/

/-- The product of a code difference, a factor and a significand has at most 23 bits. -/
theorem product_bound {q z k c : ℤ} (hq : 0 ≤ q ∧ q ≤ 15) (hz : 0 ≤ z ∧ z ≤ 15)
    (hk : 1 ≤ k ∧ k ≤ 255) (hc : 0 ≤ c ∧ c ≤ 2047) : abs ((q - z) * k * c) ≤ 7829775 := by
  have a : abs (q - z) ≤ 15 := linear3 (abs_spec (q - z)) hq hz
  have b : abs (q - z) * k ≤ 15 * 255 :=
    mul_le_mul (linear1 hk) (by decide) a hk.2
  have n : 0 ≤ abs (q - z) * k := mul_nonneg (abs_nonneg _) (linear1 hk)
  have d : abs (q - z) * k * c ≤ 15 * 255 * 2047 := mul_le_mul hc.1 (by decide) b hc.2
  have e : abs ((q - z) * k * c) = abs (q - z) * k * c := by
    rw [abs_mul, abs_mul, abs_of_nonneg (linear1 hk : 0 ≤ k), abs_of_nonneg hc.1]
  rw [e]
  exact d

/-- T5 [VQ-GRID-006]: `(q - z) * k * S` is a float32, so no step of the dequantization rounds: for
all codes, zero points, factors and every 16-bit scale whose unit lies in the range of float32. -/
theorem dequantize_is_float32 {q z k c : ℤ} {g : Nat} (hq : 0 ≤ q ∧ q ≤ 15) (hz : 0 ≤ z ∧ z ≤ 15)
    (hk : 1 ≤ k ∧ k ≤ 255) (hc : 0 ≤ c ∧ c ≤ 2047) (hg : g ≤ 253) :
    IsFloat32 (dequantize (k * (c * 2 ^ g)) z q) := by
  refine ⟨(q - z) * k * c, g, ?_, ?_, Nat.zero_le g, hg⟩
  · show (q - z) * (k * (c * 2 ^ g)) = (q - z) * k * c * 2 ^ g
    exact ring
  · exact linear1 (product_bound hq hz hk hc)

theorem abs_lt_of_mul {x y b : ℤ} (hy : 0 < y) (h : abs (x * y) < b * y) : abs x < b := by
  rw [abs_mul, abs_of_nonneg (linear1 hy : 0 ≤ y)] at h
  exact lt_of_mul_lt_mul hy (linear1 h)

/-- T5 [VQ-GRID-006]: the same without a limit on the scale: whatever 16-bit float it is (bfloat16 goes as
high as float32), the value is a float32 unless it is too large for one. -/
theorem dequantize_is_float32_in_range {q z k c : ℤ} {g : Nat} (hq : 0 ≤ q ∧ q ≤ 15)
    (hz : 0 ≤ z ∧ z ≤ 15) (hk : 1 ≤ k ∧ k ≤ 255) (hc : 0 ≤ c ∧ c ≤ 2047)
    (range : abs (dequantize (k * (c * 2 ^ g)) z q) < 16777216 * 2 ^ 253) :
    IsFloat32 (dequantize (k * (c * 2 ^ g)) z q) := by
  cases Nat.le_or_lt g 253 with
  | inl h => exact dequantize_is_float32 hq hz hk hc h
  | inr h =>
    obtain ⟨d, e⟩ := Nat.exists_add (Nat.le_trans (Nat.le_succ 253) h)
    have v : dequantize (k * (c * 2 ^ g)) z q = (q - z) * k * c * 2 ^ d * 2 ^ 253 := by
      show (q - z) * (k * (c * 2 ^ g)) = _
      rw [e, pow_add]
      generalize (2 : ℤ) ^ d = x
      generalize (2 : ℤ) ^ 253 = y
      exact ring
    rw [v] at range
    exact ⟨_, 253, v, abs_lt_of_mul (pow_pos (by decide) 253) range, Nat.zero_le _, Nat.le_refl 253⟩

/-- T5 [VQ-GRID-006]: the intermediate product `(q - z) * k` is an integer of at most 12 bits, and
`k * S` is a float32 too, so the order of the two products does not matter. -/
theorem factors_are_float32 {q z k c : ℤ} {g : Nat} (hq : 0 ≤ q ∧ q ≤ 15) (hz : 0 ≤ z ∧ z ≤ 15)
    (hk : 1 ≤ k ∧ k ≤ 255) (hc : 0 ≤ c ∧ c ≤ 2047) (hg : g ≤ 253) :
    abs ((q - z) * k) < 4096 ∧ IsFloat32 (k * (c * 2 ^ g)) := by
  constructor
  · have a := product_bound hq hz hk (c := 1) (by decide)
    have b := abs_nonneg (q - z)
    have c : abs (q - z) ≤ 15 := linear3 (abs_spec (q - z)) hq hz
    have d : abs (q - z) * k ≤ 15 * 255 := mul_le_mul (linear1 hk) (by decide) c hk.2
    rw [abs_mul, abs_of_nonneg (linear1 hk : 0 ≤ k)]
    exact linear1 d
  · refine ⟨k * c, g, ring, ?_, Nat.zero_le g, hg⟩
    have p : k * c ≤ 255 * 2047 := mul_le_mul hc.1 (by decide) hk.2 hc.2
    have n : 0 ≤ k * c := mul_nonneg (linear1 hk) hc.1
    exact linear3 p n (abs_spec (k * c))

theorem nonneg_of_mul_two_pow {n : ℤ} {g : Nat} (h : 0 ≤ n * 2 ^ g) : 0 ≤ n := by
  have p := pow_pos (by decide : (0 : ℤ) < 2) g
  have a : 2 ^ g * 0 ≤ 2 ^ g * n := linear1 h
  exact le_of_mul_le_mul p a

/-- T5 [VQ-GRID-006]: with a float16 scale `S`, and so with every scale that the format prefers, each
value `(q - z) * k * S` is a float32. -/
theorem float16_value {q z k S : ℤ} (hq : 0 ≤ q ∧ q ≤ 15) (hz : 0 ≤ z ∧ z ≤ 15)
    (hk : 1 ≤ k ∧ k ≤ 255) (hS : IsFloat16 S) (pos : 0 ≤ S) :
    IsFloat32 (dequantize (k * S) z q) := by
  obtain ⟨c, g, e, small, _, hg⟩ := hS
  rw [e] at pos
  have c0 := nonneg_of_mul_two_pow pos
  rw [e]
  exact dequantize_is_float32 hq hz hk (linear3 c0 small (abs_spec c))
    (Nat.le_trans hg (by decide : 154 ≤ 253))

/-- T5 [VQ-GRID-006]: with a bfloat16 scale each value is a float32 unless it is too large for one. -/
theorem bfloat16_value {q z k S : ℤ} (hq : 0 ≤ q ∧ q ≤ 15) (hz : 0 ≤ z ∧ z ≤ 15)
    (hk : 1 ≤ k ∧ k ≤ 255) (hS : IsBFloat16 S) (pos : 0 ≤ S)
    (range : abs (dequantize (k * S) z q) < 16777216 * 2 ^ 253) :
    IsFloat32 (dequantize (k * S) z q) := by
  obtain ⟨c, g, e, small, _, _⟩ := hS
  rw [e] at pos
  have c0 := nonneg_of_mul_two_pow pos
  rw [e] at range
  rw [e]
  exact dequantize_is_float32_in_range hq hz hk (linear3 c0 small (abs_spec c)) range

end VeriQuant
