import Mathlib

/-!
# T1, T1c, T2 and T3 over the real numbers, for users of Mathlib

NOT BUILT HERE. This file is outside the library `VeriQuant` and its default target: `make lean`, `make verify`
and `lake build` neither compile it nor count it, and no claim of the product rests on it. The theorems that
are checked are those of `VeriQuant`, over integers and rationals, with no library; they cannot be
imported beside Mathlib, because they begin from `prelude`. Copy this file into a project that has
Mathlib to have the same statements in its terms.
-/

namespace VeriQuantReal

/-- `n` is an integer nearest to `x`; at a tie both neighbours are. -/
def Nearest (n : ℤ) (x : ℝ) : Prop := |(n : ℝ) - x| ≤ 1 / 2

/-- T1: rounding to nearest errs by at most half a step, whichever way ties go. -/
theorem rounding_error {w s : ℝ} (hs : 0 < s) {n : ℤ} (hn : Nearest n (w / s)) :
    |(n : ℝ) * s - w| ≤ s / 2 := by
  have hn' : |(n : ℝ) - w / s| ≤ 1 / 2 := hn
  have e : w / s * s = w := by field_simp
  have r : (n : ℝ) * s - w = ((n : ℝ) - w / s) * s := by linear_combination e
  rw [r, abs_mul, abs_of_pos hs]
  have h := mul_le_mul_of_nonneg_right hn' hs.le
  linarith

/-- T1c: with a grid of `L` levels that spans `[lo, hi]`, every weight in it is represented within half a
step, also where the code had to be clamped. -/
theorem clamped_error {lo hi s w : ℝ} {L n z : ℤ} (hL : 1 ≤ L) (hs : 0 < s)
    (span : hi - lo ≤ ((L : ℝ) - 1) * s) (hw : lo ≤ w ∧ w ≤ hi)
    (hz : Nearest z (-lo / s)) (hn : Nearest n (w / s)) :
    |(((max 0 (min (L - 1) (n + z)) : ℤ) : ℝ) - z) * s - w| ≤ s / 2 := by
  have z1 := abs_le.1 (rounding_error hs hz)
  have n1 := abs_le.1 (rounding_error hs hn)
  rcases lt_or_ge (n + z) 0 with low | low
  · have q : max 0 (min (L - 1) (n + z)) = 0 :=
      max_eq_left (le_trans (min_le_right _ _) low.le)
    have i : n + z + 1 ≤ 0 := by omega
    have c : (n : ℝ) + z + 1 ≤ 0 := by exact_mod_cast i
    have p := mul_nonneg hs.le (sub_nonneg.2 c)
    rw [q, abs_le]
    push_cast
    constructor <;> nlinarith [z1.1, z1.2, n1.1, n1.2, hw.1, hw.2, p]
  · rcases le_or_gt (n + z) (L - 1) with high | high
    · have q : max 0 (min (L - 1) (n + z)) = n + z := by
        rw [min_eq_right high, max_eq_right low]
      rw [q]
      push_cast
      have r : ((n : ℝ) + z - z) * s - w = n * s - w := by ring
      rw [r]
      exact rounding_error hs hn
    · have q : max 0 (min (L - 1) (n + z)) = L - 1 := by
        rw [min_eq_left high.le, max_eq_right (by omega)]
      have i : L ≤ n + z := by omega
      have c : (L : ℝ) ≤ (n : ℝ) + z := by exact_mod_cast i
      have p := mul_nonneg hs.le (sub_nonneg.2 c)
      rw [q, abs_le]
      push_cast
      constructor <;> nlinarith [z1.1, z1.2, n1.1, n1.2, hw.1, hw.2, p, span]

/-- T2: an accumulator of int8 activations and codes of `L` levels, each with the zero point of its group,
is at most `n * 128 * (L - 1)` in magnitude; any subset of the terms is a partial sum. -/
theorem accumulator_bound {ι : Type*} (t : Finset ι) (a q z : ι → ℝ) {L : ℝ}
    (ha : ∀ i ∈ t, -128 ≤ a i ∧ a i ≤ 127) (hq : ∀ i ∈ t, 0 ≤ q i ∧ q i ≤ L - 1)
    (hz : ∀ i ∈ t, 0 ≤ z i ∧ z i ≤ L - 1) :
    |∑ i ∈ t, a i * (q i - z i)| ≤ t.card * (128 * (L - 1)) := by
  have each : ∀ i ∈ t, |a i * (q i - z i)| ≤ 128 * (L - 1) := by
    intro i hi
    have ha := ha i hi
    have hq := hq i hi
    have hz := hz i hi
    have x : |a i| ≤ 128 := abs_le.2 ⟨by linarith, by linarith⟩
    have y : |q i - z i| ≤ L - 1 := abs_le.2 ⟨by linarith, by linarith⟩
    rw [abs_mul]
    exact mul_le_mul x y (abs_nonneg _) (by norm_num)
  calc |∑ i ∈ t, a i * (q i - z i)| ≤ ∑ i ∈ t, |a i * (q i - z i)| := Finset.abs_sum_le_sum_abs _ _
    _ ≤ ∑ _i ∈ t, 128 * (L - 1) := Finset.sum_le_sum each
    _ = t.card * (128 * (L - 1)) := by rw [Finset.sum_const, nsmul_eq_mul]

/-- T3: errors of layers that multiply what comes in by at most `c` and add `ε l`. -/
theorem composition_bound {c : ℝ} (hc : 0 ≤ c) {e ε : ℕ → ℝ} (start : e 0 = 0)
    (step : ∀ l, e (l + 1) ≤ c * e l + ε (l + 1)) (L : ℕ) :
    e L ≤ ∑ i ∈ Finset.range L, ε (i + 1) * c ^ (L - (i + 1)) := by
  induction L with
  | zero => simp [start]
  | succ L ih =>
    have h : ∑ i ∈ Finset.range (L + 1), ε (i + 1) * c ^ (L + 1 - (i + 1)) =
        c * ∑ i ∈ Finset.range L, ε (i + 1) * c ^ (L - (i + 1)) + ε (L + 1) := by
      rw [Finset.sum_range_succ, Nat.sub_self, pow_zero, mul_one, Finset.mul_sum]
      congr 1
      refine Finset.sum_congr rfl fun i hi => ?_
      have lt := Finset.mem_range.1 hi
      have k : L + 1 - (i + 1) = L - (i + 1) + 1 := by omega
      rw [k, pow_succ]
      ring
    rw [h]
    have m := mul_le_mul_of_nonneg_left ih hc
    linarith [step L]

end VeriQuantReal
