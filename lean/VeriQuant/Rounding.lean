prelude
import VeriQuant.List
/-!
# T1: rounding to nearest, ties to even

A rational `a / b` is written as the pair of integers `a` and `b > 0`. Every float is such a pair,
two floats have a common denominator, and `rne_scale` says that the value, not the pair, decides the
result. With `w = a / d` and `s = b / d` the statement `2 |n b - a| ≤ b` is `|n s - w| ≤ s / 2`.
-/

set_option autoImplicit false

namespace VeriQuant

open ℤ

/-- `a / b`, rounded to the nearest integer; halfway cases go to the even neighbour. -/
def rne (a b : ℤ) : ℤ :=
  if 2 * (a % b) < b then a / b
  else if b < 2 * (a % b) then a / b + 1
  else if a / b % 2 = 0 then a / b
  else a / b + 1

/-- `n` is a nearest integer to `a / b`: `|n - a / b| ≤ 1 / 2`. -/
def Nearest (n a b : ℤ) : Prop := 2 * abs (n * b - a) ≤ b

/-- If `a / b` lies halfway between two integers, then `n` is the even one. -/
def TiesToEven (n a b : ℤ) : Prop := 2 * abs (n * b - a) = b → n % 2 = 0

theorem nearest_iff {n a b : ℤ} :
    Nearest n a b ↔ -b ≤ 2 * (n * b - a) ∧ 2 * (n * b - a) ≤ b := by
  show 2 * abs (n * b - a) ≤ b ↔ _
  exact ⟨fun h => linear2 (abs_spec (n * b - a)) h, fun h => linear2 (abs_spec (n * b - a)) h⟩

theorem even_or_odd (n : ℤ) : (n % 2 = 0 ∧ n = 2 * (n / 2)) ∨ (n % 2 = 1 ∧ n = 2 * (n / 2) + 1) := by
  have h := mod_spec n (y := 2) (by decide)
  have k := div_add_mod n 2
  exact linear2 h k

theorem even_of_eq {n k : ℤ} (h : n = 2 * k) : n % 2 = 0 := by
  have a := even_or_odd n
  exact linear2 a h

theorem odd_of_eq {n k : ℤ} (h : n = 2 * k + 1) : n % 2 = 1 := by
  have a := even_or_odd n
  exact linear2 a h

/-- What `rne` computes, for `linear`. -/
theorem rne_cases (a : ℤ) {b : ℤ} (hb : 0 < b) :
    (rne a b = a / b ∧ 2 * (a % b) < b) ∨ (rne a b = a / b + 1 ∧ b < 2 * (a % b)) ∨
      (2 * (a % b) = b ∧ rne a b % 2 = 0 ∧ (rne a b = a / b ∨ rne a b = a / b + 1)) := by
  by_cases h : 2 * (a % b) < b
  · exact Or.inl ⟨ite_eq_left h, h⟩
  · by_cases k : b < 2 * (a % b)
    · refine Or.inr (Or.inl ⟨?_, k⟩)
      exact (ite_eq_right h).trans (ite_eq_left k)
    · refine Or.inr (Or.inr ⟨linear2 h k, ?_⟩)
      by_cases e : a / b % 2 = 0
      · have r : rne a b = a / b := (ite_eq_right h).trans ((ite_eq_right k).trans (ite_eq_left e))
        rw [r]
        exact ⟨e, Or.inl rfl⟩
      · have r : rne a b = a / b + 1 :=
          (ite_eq_right h).trans ((ite_eq_right k).trans (ite_eq_right e))
        rw [r]
        refine ⟨?_, Or.inr rfl⟩
        have o : a / b = 2 * (a / b / 2) + 1 := linear2 (even_or_odd (a / b)) e
        exact even_of_eq (k := a / b / 2 + 1) (linear1 o)

/-- T1 [VQ-RND-001]: rounding errs by at most half a step: `|rne(w / s) * s - w| ≤ s / 2`. -/
theorem rounding_error (a : ℤ) {b : ℤ} (hb : 0 < b) : 2 * abs (rne a b * b - a) ≤ b := by
  refine nearest_iff.2 ?_
  have d := div_add_mod a b
  have m := mod_spec a hb
  cases rne_cases a hb with
  | inl h =>
    rw [h.1]
    exact linear3 d m h.2
  | inr h =>
    cases h with
    | inl h =>
      rw [h.1]
      exact linear3 d m h.2
    | inr h =>
      cases h.2.2 with
      | inl e =>
        rw [e]
        exact linear3 d m h.1
      | inr e =>
        rw [e]
        exact linear3 d m h.1

/-- T1 [VQ-RND-002]: halfway cases round to the even neighbour. -/
theorem rounding_ties_to_even (a : ℤ) {b : ℤ} (hb : 0 < b) :
    2 * abs (rne a b * b - a) = b → rne a b % 2 = 0 := by
  intro t
  have d := div_add_mod a b
  have m := mod_spec a hb
  cases rne_cases a hb with
  | inl h =>
    rw [h.1] at t
    have s := abs_spec (a / b * b - a)
    exact absurd (linear4 d m h.2 (And.intro s t) : False) id
  | inr h =>
    cases h with
    | inl h =>
      rw [h.1] at t
      have s := abs_spec ((a / b + 1) * b - a)
      exact absurd (linear4 d m h.2 (And.intro s t) : False) id
    | inr h => exact h.2.1

/-- Two nearest integers are equal or next to each other, with the quotient halfway. -/
theorem nearest_close {n m a b : ℤ} (hb : 0 < b) (hn : Nearest n a b) (hm : Nearest m a b)
    (hne : n < m) : m = n + 1 ∧ 2 * (n * b - a) = -b ∧ 2 * (m * b - a) = b := by
  have hn := nearest_iff.1 hn
  have hm := nearest_iff.1 hm
  have l : b * m ≤ b * (n + 1) := linear2 hn hm
  have l := le_of_mul_le_mul hb l
  have e : m = n + 1 := linear2 l hne
  rw [e] at hm
  rw [e]
  exact ⟨rfl, linear2 hn hm⟩

/-- T1 [VQ-RND-002]: the rounded quotient is the only nearest integer that takes ties to even. -/
theorem rounding_unique {n a b : ℤ} (hb : 0 < b) (hn : 2 * abs (n * b - a) ≤ b)
    (te : 2 * abs (n * b - a) = b → n % 2 = 0) : n = rne a b := by
  have hr : Nearest (rne a b) a b := rounding_error a hb
  have tr := rounding_ties_to_even a hb
  have no : ∀ {p q : ℤ}, Nearest p a b → Nearest q a b → TiesToEven p a b → TiesToEven q a b →
      ¬ p < q := by
    intro p q hp hq tp tq l
    have ⟨e, x, y⟩ := nearest_close hb hp hq l
    have ep : p % 2 = 0 := tp (linear3 (abs_spec (p * b - a)) x hb)
    have eq : q % 2 = 0 := tq (linear3 (abs_spec (q * b - a)) y hb)
    exact (linear5 e ep eq (even_or_odd p) (even_or_odd q) : False)
  have h1 := no hn hr te tr
  have h2 := no hr hn tr te
  exact linear2 h1 h2

/-- T1: the only choice is at a tie: any nearest integer is `rne` unless the quotient is halfway. -/
theorem nearest_unique_off_ties {n a b : ℤ} (hb : 0 < b) (hn : 2 * abs (n * b - a) < b) :
    n = rne a b :=
  rounding_unique hb (linear1 hn) fun e => absurd (linear2 hn e : False) id

/-- The result depends on the value `a / b` alone: a common factor changes nothing. -/
theorem rne_scale (a : ℤ) {b c : ℤ} (hb : 0 < b) (hc : 0 < c) : rne (c * a) (c * b) = rne a b := by
  have key : abs (rne a b * (c * b) - c * a) = c * abs (rne a b * b - a) := by
    have e : rne a b * (c * b) - c * a = c * (rne a b * b - a) := ring
    rw [e, abs_mul, abs_of_nonneg (linear1 hc : 0 ≤ c)]
  refine (rounding_unique (mul_pos hc hb) ?_ ?_).symm
  · rw [key]
    have h := mul_le_mul_left (linear1 hc : 0 ≤ c) (rounding_error a hb)
    exact linear1 h
  · rw [key]
    intro t
    exact rounding_ties_to_even a hb (eq_of_mul_eq_mul hc (linear1 t))

/-- Rounding commutes with the sign. -/
theorem rne_neg (a : ℤ) {b : ℤ} (hb : 0 < b) : rne (-a) b = -rne a b := by
  have key : abs (-rne a b * b - -a) = abs (rne a b * b - a) := by
    rw [← abs_neg (rne a b * b - a)]
    exact congrArg abs ring
  refine (rounding_unique hb ?_ ?_).symm
  · rw [key]
    exact rounding_error a hb
  · rw [key]
    intro t
    have e : rne a b % 2 = 0 := rounding_ties_to_even a hb t
    have k : rne a b = 2 * (rne a b / 2) := linear2 (even_or_odd (rne a b)) e
    exact even_of_eq (k := -(rne a b / 2)) (linear1 k)

/-- Zero rounds to zero. -/
theorem rne_zero {b : ℤ} (hb : 0 < b) : rne 0 b = 0 :=
  (nearest_unique_off_ties hb (linear2 (abs_spec (0 * b - 0)) hb)).symm

end VeriQuant
