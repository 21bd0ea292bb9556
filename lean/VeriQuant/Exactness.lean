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

/-- The integer `x`, in units of `2^-149`, is a finite float32: a significand of at most 24 bits
times a power of two, with the largest exponent `2^127 = 2^(104 + 23)`. -/
def IsFloat32 (x : ℤ) : Prop :=
  ∃ n : ℤ, ∃ g : Nat, x = n * 2 ^ g ∧ abs n < 16777216 ∧ g ≤ 253

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
  refine ⟨(q - z) * k * c, g, ?_, ?_, hg⟩
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
    exact ⟨_, 253, v, abs_lt_of_mul (pow_pos (by decide) 253) range, Nat.le_refl 253⟩

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
  · refine ⟨k * c, g, ring, ?_, hg⟩
    have p : k * c ≤ 255 * 2047 := mul_le_mul hc.1 (by decide) hk.2 hc.2
    have n : 0 ≤ k * c := mul_nonneg (linear1 hk) hc.1
    exact linear3 p n (abs_spec (k * c))

end VeriQuant
