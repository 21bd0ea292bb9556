prelude
import VeriQuant.Grid
/-!
# The outline's quantizer is refuted

The outline divides the range of a channel into 15 steps, `s = (max - min) / 15`, takes the zero point
`z = -rne(min / s)` and uses both for its 4-bit codes (clipped to 0 … 15) and its 3-bit codes
(clipped to 0 … 7). Its Theorem 1 says that every error is at most half a step.
-/

set_option autoImplicit false

namespace VeriQuant

open ℤ

/-- The outline's zero point. -/
def outlineZero (low s : ℤ) : ℤ := -rne low s

/-- The outline's 3-bit value of `w`. -/
def outlineNarrow (low s w : ℤ) : ℤ :=
  (clamp 0 7 (rne w s + outlineZero low s) - outlineZero low s) * s

/-- The outline's 4-bit value of `w`. -/
def outlineWide (low s w : ℤ) : ℤ :=
  (clamp 0 15 (rne w s + outlineZero low s) - outlineZero low s) * s

/-- T1c: the outline's bound is false for every narrow weight in the upper half of the range. With
`min = 0`, any scale `s > 0` and any `w > 15/2 s` the error is above `s / 2`, namely at least `w - 7 s`. -/
theorem outline_narrow_error {s w : ℤ} (hs : 0 < s) (hw : 15 * s < 2 * w) :
    s < 2 * abs (outlineNarrow 0 s w - w) ∧ w - 7 * s ≤ abs (outlineNarrow 0 s w - w) := by
  have z : outlineZero 0 s = 0 := by
    show -rne 0 s = 0
    rw [rne_zero hs]
    rfl
  have e : outlineNarrow 0 s w = clamp 0 7 (rne w s) * s := by
    show (clamp 0 7 (rne w s + outlineZero 0 s) - outlineZero 0 s) * s = _
    rw [z]
    have a : rne w s + 0 = rne w s := ring
    rw [a]
    exact ring
  have c := clamp_spec 0 7 (rne w s) (by decide)
  have le : clamp 0 7 (rne w s) ≤ 7 := linear1 c
  have p : 0 ≤ s * (7 - clamp 0 7 (rne w s)) := mul_nonneg (linear1 hs) (linear1 le)
  rw [e]
  have a := abs_spec (clamp 0 7 (rne w s) * s - w)
  exact linear4 p a hw hs

/-- The channel 0, 14998, 14999, 15000: range 15000, scale 1000, the two largest are wide. -/
theorem outline_example_scale : (15 : ℤ) * 1000 = 15000 - 0 := by decide

/-- T1c: a channel on which the outline's own quantizer errs by almost eight steps. Its weights are
0, 14998, 14999 and 15000; the scale is 1000; 14998 belongs to the smaller half by magnitude, so it
gets three bits, code 7, value 7000: an error of 7998, where the outline allows 500. -/
theorem outline_refuted :
    ∃ s low w : ℤ, ∃ wide : List ℤ,
      wide = [14999, 15000] ∧ List.All (fun x => abs w < abs x) wide ∧
      low = 0 ∧ w = 14998 ∧ 15 * s = 15000 - low ∧
      outlineNarrow low s w = 7000 ∧ 15 * s < 2 * abs (outlineNarrow low s w - w) := by
  refine ⟨1000, 0, 14998, [14999, 15000], rfl, ?_⟩
  exact ⟨⟨by decide, by decide, True.intro⟩, rfl, rfl, by decide, by decide, by decide⟩

/-- T1c: the error is unbounded in units of the weights: for every `n` some channel has one above `n`. -/
theorem outline_error_unbounded (n : ℤ) (hn : 0 ≤ n) :
    ∃ s w : ℤ, 0 < s ∧ 0 ≤ w ∧ w ≤ 15 * s ∧ n < abs (outlineNarrow 0 s w - w) := by
  refine ⟨n + 1, 15 * (n + 1), linear1 hn, linear1 hn, ℤ.le_refl _, ?_⟩
  have h := (outline_narrow_error (s := n + 1) (w := 15 * (n + 1)) (linear1 hn) (linear1 hn)).2
  exact linear2 h hn

/-- T1c: the outline's zero point leaves 0 … 15 when all weights have one sign: for the weights
100 … 115, `s = 1`, it is -100, no 4-bit code. -/
theorem outline_zero_point_escapes : outlineZero 100 1 = -100 ∧ 15 * (1 : ℤ) = 115 - 100 := by
  decide

/-- T1c: a constant channel has scale zero: nothing to divide by. -/
theorem outline_constant_channel {s c : ℤ} (h : 15 * s = c - c) : s = 0 := linear1 h

end VeriQuant
