prelude
import VeriQuant.Rounding
/-!
# T1c: the clamped grid

A grid with `L` levels and scale `s > 0` for weights in `[lo, hi]`, `lo ≤ 0 ≤ hi`, that spans them:
`hi - lo ≤ (L - 1) s`. All quantities are integers in units of a common denominator. The scale is the
product `S * k` of the format; only its value matters here.
-/

set_option autoImplicit false

namespace VeriQuant

open ℤ

/-- The code of the value zero: `z = rne(-lo / s)`. -/
def zeroPoint (lo s : ℤ) : ℤ := rne (-lo) s

/-- The code of a weight: `q = clamp(rne(w / s) + z, 0, L - 1)`. -/
def quantize (L s z w : ℤ) : ℤ := clamp 0 (L - 1) (rne w s + z)

/-- The value of a code: `w' = (q - z) s`. -/
def dequantize (s z q : ℤ) : ℤ := (q - z) * s

/-- T1c [VQ-GRID-003]: the zero point is a code: `0 ≤ z ≤ L - 1`. -/
theorem zero_point_is_code {L lo hi s : ℤ} (hs : 0 < s) (hlo : lo ≤ 0) (hhi : 0 ≤ hi)
    (span : hi - lo ≤ (L - 1) * s) : 0 ≤ zeroPoint lo s ∧ zeroPoint lo s ≤ L - 1 := by
  have n : Nearest (zeroPoint lo s) (-lo) s := rounding_error (-lo) hs
  have n := nearest_iff.1 n
  have a : s * (-1) < s * zeroPoint lo s := linear3 n hs hlo
  have b : s * zeroPoint lo s < s * L := linear4 n hs span hhi
  have a := lt_of_mul_lt_mul hs a
  have b := lt_of_mul_lt_mul hs b
  exact linear2 a b

/-- T1c [VQ-GRID-003]: every code lies in `0 … L - 1`. -/
theorem code_range {L s z w : ℤ} (hL : 1 ≤ L) :
    0 ≤ quantize L s z w ∧ quantize L s z w ≤ L - 1 := by
  have h : (rne w s + z < 0 ∧ quantize L s z w = 0) ∨
      (0 ≤ rne w s + z ∧ rne w s + z ≤ L - 1 ∧ quantize L s z w = rne w s + z) ∨
        (L - 1 < rne w s + z ∧ quantize L s z w = L - 1) :=
    clamp_spec 0 (L - 1) (rne w s + z) (linear1 hL)
  exact linear2 h hL

/-- T1c [VQ-GRID-004]: every weight in `[lo, hi]` is represented within half a step,
`|w' - w| ≤ s / 2`, also where the code had to be clamped. -/
theorem clamped_error {L lo hi s w : ℤ} (hs : 0 < s) (hlo : lo ≤ 0) (hhi : 0 ≤ hi)
    (span : hi - lo ≤ (L - 1) * s) (hw : lo ≤ w ∧ w ≤ hi) :
    2 * abs (dequantize s (zeroPoint lo s) (quantize L s (zeroPoint lo s) w) - w) ≤ s := by
  have zr := zero_point_is_code hs hlo hhi span
  have nz : Nearest (zeroPoint lo s) (-lo) s := rounding_error (-lo) hs
  have nz := nearest_iff.1 nz
  have nw : Nearest (rne w s) w s := rounding_error w hs
  have nw := nearest_iff.1 nw
  generalize zeroPoint lo s = z at *
  have h := clamp_spec 0 (L - 1) (rne w s + z) (linear1 zr)
  show Nearest (quantize L s z w - z) w s
  refine nearest_iff.2 ?_
  cases h with
  | inl h =>
    -- The code was raised to 0: `w` lies at or above `lo`, which is within half a step of `-z s`.
    have q : quantize L s z w = 0 := h.2
    rw [q]
    have p : 0 ≤ s * (-(rne w s + z) - 1) := mul_nonneg (linear1 hs) (linear1 h.1)
    exact linear5 p nw nz hw hs
  | inr h =>
    cases h with
    | inl h =>
      have q : quantize L s z w = rne w s + z := h.2.2
      rw [q]
      exact linear1 nw
    | inr h =>
      -- The code was lowered to L - 1: `w` lies at or below `hi`, which the grid covers.
      have q : quantize L s z w = L - 1 := h.2
      rw [q]
      have p : 0 ≤ s * (rne w s + z - (L - 1) - 1) := mul_nonneg (linear1 hs) (linear1 h.1)
      exact linear5 p nw nz (And.intro hw span) hs

/-- T1c [VQ-GRID-005]: the code of zero is the zero point. -/
theorem zero_code {L lo hi s : ℤ} (hs : 0 < s) (hlo : lo ≤ 0) (hhi : 0 ≤ hi)
    (span : hi - lo ≤ (L - 1) * s) :
    quantize L s (zeroPoint lo s) 0 = zeroPoint lo s := by
  have zr := zero_point_is_code hs hlo hhi span
  generalize zeroPoint lo s = z at *
  have h := clamp_spec 0 (L - 1) (rne 0 s + z) (linear1 zr)
  rw [rne_zero hs] at h
  have e : quantize L s z 0 = clamp 0 (L - 1) (0 + z) := by
    show clamp 0 (L - 1) (rne 0 s + z) = _
    rw [rne_zero hs]
  rw [e]
  exact linear2 h zr

/-- T1c [VQ-GRID-005]: the value of the zero point is exactly zero. -/
theorem zero_exact (s z : ℤ) : dequantize s z z = 0 := by
  show (z - z) * s = 0
  exact ring

/-- T1c [VQ-GRID-004]: a grid value is its own code: quantizing twice changes nothing. -/
theorem quantize_dequantize {L s z q : ℤ} (hs : 0 < s) (hq : 0 ≤ q ∧ q ≤ L - 1) :
    quantize L s z (dequantize s z q) = q := by
  have e : rne (dequantize s z q) s = q - z := by
    refine (nearest_unique_off_ties hs ?_).symm
    have k : (q - z) * s - dequantize s z q = 0 := by
      show (q - z) * s - (q - z) * s = 0
      exact ring
    rw [k]
    exact linear2 (abs_spec 0) hs
  show clamp 0 (L - 1) (rne (dequantize s z q) s + z) = q
  rw [e]
  have h := clamp_spec 0 (L - 1) (q - z + z) (linear1 hq)
  exact linear2 h hq

/-! ## The grid of a group -/

/-- The factor of a group: the least `k ≥ 1` with `(L - 1) S k ≥ hi - lo`, that is
`max 1 ⌈(hi - lo) / ((L - 1) S)⌉`. -/
def leastFactor (L S span : ℤ) : ℤ := max 1 (-(-span / ((L - 1) * S)))

/-- T1c [VQ-GRID-002]: the factor is at least 1, its grid covers the group, and no smaller one does. -/
theorem least_factor {L S span : ℤ} (hL : 2 ≤ L) (hS : 0 < S) :
    1 ≤ leastFactor L S span ∧ span ≤ (L - 1) * (S * leastFactor L S span) ∧
      ∀ j, 1 ≤ j → span ≤ (L - 1) * (S * j) → leastFactor L S span ≤ j := by
  have hd : 0 < (L - 1) * S := mul_pos (linear1 hL) hS
  have d := div_spec (-span) hd
  have m : (1 ≤ -(-span / ((L - 1) * S)) ∧ leastFactor L S span = -(-span / ((L - 1) * S))) ∨
      (-(-span / ((L - 1) * S)) < 1 ∧ leastFactor L S span = 1) :=
    max_spec 1 (-(-span / ((L - 1) * S)))
  generalize -span / ((L - 1) * S) = q at *
  generalize leastFactor L S span = k at *
  refine ⟨linear1 m, ?_, ?_⟩
  · have r : (L - 1) * (S * k) = (L - 1) * S * k := ring
    rw [r]
    generalize (L - 1) * S = D at *
    cases m with
    | inl m =>
      rw [m.2]
      exact linear1 d
    | inr m =>
      rw [m.2]
      have p : 0 ≤ D * (1 - -q) := mul_nonneg (linear1 hd) (linear1 m.1)
      exact linear2 p d
  · intro j hj h
    have r : (L - 1) * (S * j) = (L - 1) * S * j := ring
    rw [r] at h
    generalize (L - 1) * S = D at *
    have l : D * (-q - 1) < D * j := linear2 d h
    have l := lt_of_mul_lt_mul hd l
    exact linear3 m l hj

/-- T1c [VQ-GRID-004]: the whole grid of the format: with the unit `S > 0` of a channel, the least factor
`k` of the group, `s = S k` and `z = rne(-lo / s)`, every weight of the group is represented within
half a step. -/
theorem grid_error {L S lo hi w : ℤ} (hL : 2 ≤ L) (hS : 0 < S) (hlo : lo ≤ 0) (hhi : 0 ≤ hi)
    (hw : lo ≤ w ∧ w ≤ hi) {s z : ℤ} (hs : s = S * leastFactor L S (hi - lo))
    (hz : z = zeroPoint lo s) : 2 * abs (dequantize s z (quantize L s z w) - w) ≤ s := by
  have ⟨a, b, _⟩ := least_factor (span := hi - lo) hL hS
  have pos : 0 < s := hs ▸ mul_pos hS (linear1 a)
  rw [← hs] at b
  rw [hz]
  exact clamped_error pos hlo hhi b hw

/-! ## T1n: the norm of a tensor's error -/

/-- The sum of squares. -/
def sumSq : List ℤ → ℤ
  | [] => 0
  | x :: l => x ^ 2 + sumSq l

/-- Each error of the first list is at most half the scale at its place in the second. -/
inductive HalfSteps : List ℤ → List ℤ → Prop where
  | nil : HalfSteps [] []
  | cons {e s : ℤ} {es ss : List ℤ} (h : 2 * abs e ≤ s) (t : HalfSteps es ss) :
    HalfSteps (e :: es) (s :: ss)

/-- T1n [VQ-NORM-001]: the squared Frobenius error is at most a quarter of the sum of the squared
scales: `4 ∑ e² ≤ ∑ s²`. -/
theorem norm_bound {errors scales : List ℤ} (h : HalfSteps errors scales) :
    4 * sumSq errors ≤ sumSq scales := by
  induction h with
  | nil => decide
  | cons h _ ih =>
    rename_i e s es ss _
    have a := abs_spec e
    have p : 0 ≤ (s - 2 * e) * (s + 2 * e) :=
      mul_nonneg (linear2 a h) (linear2 a h)
    show 4 * (e ^ 2 + sumSq es) ≤ s ^ 2 + sumSq ss
    exact linear2 p ih

end VeriQuant
