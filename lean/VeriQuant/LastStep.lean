prelude
import VeriQuant.FloatQuotient
/-!
# T6 and T7: the two steps of a product that round

Activations become int8 before the product: `a = rne(x / t)` with `t = max |x| / 127` (T7). After the exact
integer sums `W` and `N` the result is `y = t * (S * W + R * N)`: two products, a sum and a product in
float64, then one rounding to float32 (T6). Up to `2^34` inputs both sums are below `2^53`, so they are
float64 numbers themselves.

All quantities are integers over common denominators. Of a rounded operation only its relative error is
assumed: at most `2^-53` in float64, `2^-24` in float32, as IEEE 754 guarantees where nothing overflows or
underflows.
-/

set_option autoImplicit false

namespace VeriQuant

open ℤ

/-- `r` is what float64 returns for `x`: half an ulp off at most. -/
def Float64Of (x r : ℤ) : Prop := two53 * abs (r - x) ≤ abs x

/-- `r` is what float32 returns for `x`. -/
def Float32Of (x r : ℤ) : Prop := 16777216 * abs (r - x) ≤ abs x

/-! ## T6: the last step -/

theorem abs_sub_le (x y z : ℤ) : abs (x - z) ≤ abs (x - y) + abs (y - z) := by
  have e : x - z = x - y + (y - z) := ring
  rw [e]
  exact abs_add_le _ _

theorem abs_le_add (x y : ℤ) : abs x ≤ abs (x - y) + abs y := by
  have e : x - y + y = x := ring
  have h := abs_add_le (x - y) y
  rw [e] at h
  exact h

/-- The sum of two rounded products, itself rounded: `3 / 2^53` of the magnitudes off at most. -/
theorem rounded_sum {A B p q s : ℤ} (hp : Float64Of A p) (hq : Float64Of B q)
    (hs : Float64Of (p + q) s) : two53 * abs (s - (A + B)) ≤ 3 * (abs A + abs B) := by
  have hp : two53 * abs (p - A) ≤ abs A := hp
  have hq : two53 * abs (q - B) ≤ abs B := hq
  have hs : two53 * abs (s - (p + q)) ≤ abs (p + q) := hs
  have c : abs (p + q - (A + B)) ≤ abs (p - A) + abs (q - B) := by
    have e : p + q - (A + B) = p - A + (q - B) := ring
    rw [e]
    exact abs_add_le _ _
  have d := abs_sub_le s (p + q) (A + B)
  have f : abs (p + q) ≤ abs (p + q - (A + B)) + abs (A + B) := abs_le_add _ _
  have g := abs_add_le A B
  have two53' : two53 = 9007199254740992 := rfl
  generalize abs (s - (A + B)) = x at *
  generalize abs (s - (p + q)) = x1 at *
  generalize abs (p + q - (A + B)) = x2 at *
  generalize abs (p + q) = x3 at *
  generalize abs (A + B) = x4 at *
  have nA := abs_nonneg (p - A)
  have nB := abs_nonneg (q - B)
  generalize abs (p - A) = x5 at *
  generalize abs (q - B) = x6 at *
  generalize abs A = a at *
  generalize abs B = b at *
  have k : x2 ≤ a + b := linear5 c hp hq nA nB
  have m : two53 * x1 ≤ 2 * (a + b) := linear5 hs f g k c
  exact linear5 d m c hp hq

/-- T6: the float32 that a product returns is within `2^-24` of its exact value and `2^-50` of the
magnitudes that were added: `|y - t (A + B)| ≤ 2^-24 |t (A + B)| + 2^-50 t (|A| + |B|)`, where `A = S W` and
`B = R N` are the exact parts and `p q s m` what float64 makes of them on the way. -/
theorem last_step {t A B p q s m y : ℤ} (ht : 0 ≤ t) (hp : Float64Of A p) (hq : Float64Of B q)
    (hs : Float64Of (p + q) s) (hm : Float64Of (t * s) m) (hy : Float32Of m y) :
    1125899906842624 * abs (y - t * (A + B)) ≤
      67108864 * (t * abs (A + B)) + t * (abs A + abs B) := by
  have sum := rounded_sum hp hq hs
  have hm : two53 * abs (m - t * s) ≤ abs (t * s) := hm
  have hy : 16777216 * abs (y - m) ≤ abs m := hy
  have ts : abs (t * s) = t * abs s := by rw [abs_mul, abs_of_nonneg ht]
  have te : abs (t * s - t * (A + B)) = t * abs (s - (A + B)) := by
    have e : t * s - t * (A + B) = t * (s - (A + B)) := ring
    rw [e, abs_mul, abs_of_nonneg ht]
  have tab : abs (t * (A + B)) = t * abs (A + B) := by rw [abs_mul, abs_of_nonneg ht]
  have tsum := mul_le_mul_left ht sum
  have tadd := mul_le_mul_left ht (abs_add_le A B)
  have ds := mul_le_mul_left ht (abs_le_add s (A + B))
  have d1 := abs_sub_le y m (t * (A + B))
  have d2 := abs_sub_le m (t * s) (t * (A + B))
  have d3 : abs m ≤ abs (m - t * (A + B)) + abs (t * (A + B)) := abs_le_add _ _
  have n1 := mul_nonneg ht (abs_nonneg (A + B))
  rw [ts] at hm
  rw [te] at d2
  rw [tab] at d3
  generalize abs (y - t * (A + B)) = x at *
  generalize abs (m - t * (A + B)) = x1 at *
  generalize abs (y - m) = x2 at *
  generalize abs (m - t * s) = x3 at *
  generalize abs m = x4 at *
  generalize abs s = x5 at *
  generalize abs (s - (A + B)) = x6 at *
  generalize abs (A + B) = x7 at *
  generalize abs A = a at *
  generalize abs B = b at *
  -- |s| is at most twice the magnitudes, so its rounded product with t adds 2 / 2^53 of them.
  have n2 : 0 ≤ t * (a + b) := linear2 n1 tadd
  have big : t * x5 ≤ 2 * (t * (a + b)) := linear4 ds tsum tadd n2
  have one : two53 * x1 ≤ 5 * (t * (a + b)) := linear4 d2 hm big tsum
  exact linear5 d1 hy d3 one n2

/-! ## T7: activations -/

/-- `u / v` is what float64 returns for `X / T`: half an ulp off at most. -/
def Float64Ratio (X T u v : ℤ) : Prop := two53 * abs (u * T - X * v) ≤ abs X * v

/-- The step `T` is what float64 returns for `M / 127`. -/
def StepOf (M T : ℤ) : Prop := two53 * abs (127 * T - M) ≤ M

/-- T7: an activation is stored within half a step, but for the rounding of its quotient: with `a = rne(u / v)`
and `|x| ≤ 128 t`, `|a t - x| ≤ t / 2 * (1 + 2^-45)`. -/
theorem activation_error {X T u v : ℤ} (hT : 0 < T) (hv : 0 < v) (small : abs X ≤ 128 * T)
    (f : Float64Ratio X T u v) : two53 * (2 * abs (rne u v * T - X)) ≤ (two53 + 256) * T := by
  have f : two53 * abs (u * T - X * v) ≤ abs X * v := f
  have near := rounding_error u hv
  have split : abs (rne u v * T - X) * v ≤ T * abs (rne u v * v - u) + abs (u * T - X * v) := by
    have e : (rne u v * T - X) * v = T * (rne u v * v - u) + (u * T - X * v) := ring
    have a : abs ((rne u v * T - X) * v) = abs (rne u v * T - X) * v := by
      rw [abs_mul, abs_of_nonneg (linear1 hv : 0 ≤ v)]
    have b : abs (T * (rne u v * v - u)) = T * abs (rne u v * v - u) := by
      rw [abs_mul, abs_of_nonneg (linear1 hT : 0 ≤ T)]
    rw [← a, e, ← b]
    exact abs_add_le _ _
  generalize abs (rne u v * T - X) = x at *
  generalize abs (rne u v * v - u) = y at *
  generalize abs (u * T - X * v) = w at *
  have p := mul_le_mul_left (linear1 hT : 0 ≤ T) near
  have q := mul_le_mul_left (linear1 hv : 0 ≤ v) small
  have r : v * (two53 * (2 * x)) ≤ v * ((two53 + 256) * T) := linear4 split f p q
  exact le_of_mul_le_mul hv r

/-- T7: the step that is used, `max |x| / 127` in float64, keeps every activation in `-127 … 127`: clipping
changes nothing, and `activation_error` applies. -/
theorem activation_is_int8 {M X T u v : ℤ} (hT : 0 < T) (hv : 0 < v) (hX : abs X ≤ M)
    (step : StepOf M T) (f : Float64Ratio X T u v) :
    abs (rne u v) ≤ 127 ∧ abs X ≤ 128 * T := by
  have f : two53 * abs (u * T - X * v) ≤ abs X * v := f
  have step : two53 * abs (127 * T - M) ≤ M := step
  have m : abs X ≤ 128 * T := linear4 step (abs_spec (127 * T - M)) hX hT
  refine ⟨?_, m⟩
  have near := rounding_error u hv
  -- |u| T ≤ |X| v (1 + 2^-53), and |X| (1 - 2^-53) ≤ 127 T.
  have g : T * abs u ≤ abs (u * T - X * v) + abs X * v := by
    have a : T * abs u = abs (u * T) := by
      rw [abs_mul, abs_of_nonneg (linear1 hT : 0 ≤ T)]
      exact ring
    have b : abs X * v = abs (X * v) := by rw [abs_mul, abs_of_nonneg (linear1 hv : 0 ≤ v)]
    rw [a, b]
    exact abs_le_add _ _
  have n := mul_le_mul_left (linear1 hv : 0 ≤ v)
    (linear3 step (abs_spec (127 * T - M)) hX : 9007199254740991 * abs X ≤ two53 * (127 * T))
  have vT := mul_pos hv hT
  have w := mul_le_mul_left (linear1 hT : 0 ≤ T)
    (linear1 (abs_le_add (rne u v * v) u) :
      abs (rne u v * v) ≤ abs (rne u v * v - u) + abs u)
  have e : abs (rne u v * v) = abs (rne u v) * v := by
    rw [abs_mul, abs_of_nonneg (linear1 hv : 0 ≤ v)]
  rw [e] at w
  have near' := mul_le_mul_left (linear1 hT : 0 ≤ T) near
  generalize abs (rne u v * v - u) = x at *
  generalize abs (u * T - X * v) = y at *
  generalize abs (rne u v) = a at *
  generalize abs u = b at *
  generalize abs X = c at *
  have k : v * T * a < v * T * 128 := by
    have s1 : two53 * (T * b) ≤ 9007199254740993 * (c * v) := linear2 g f
    have s2 : 9007199254740991 * (c * v) ≤ two53 * 127 * (v * T) := linear1 n
    have s3 : 2 * (T * b) < 255 * (v * T) := linear3 s1 s2 vT
    have s4 : 2 * (v * T * a) ≤ v * T + 2 * (T * b) := linear2 w near'
    exact linear2 s3 s4
  exact linear1 (lt_of_mul_lt_mul vT k)

end VeriQuant
