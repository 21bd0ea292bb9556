prelude
import VeriQuant.Linear
/-!
# Absolute value, minimum, maximum, floor division

Products with a variable are not linear; `mul_le_mul` and its relatives bring them in.
-/

set_option autoImplicit false

namespace ℤ

theorem lt_or_le (x y : ℤ) : x < y ∨ y ≤ x := linear
theorem lt_of_not_le {x y : ℤ} (h : ¬ x ≤ y) : y < x := not_le.1 h

instance : Trans (α := ℤ) (β := ℤ) (γ := ℤ) LT.lt LE.le LT.lt := ⟨fun h k => linear2 h k⟩
instance : Trans (α := ℤ) (β := ℤ) (γ := ℤ) LE.le LT.lt LT.lt := ⟨fun h k => linear2 h k⟩
instance : Trans (α := ℤ) (β := ℤ) (γ := ℤ) LT.lt LT.lt LT.lt := ⟨fun h k => linear2 h k⟩

/-! ## Products -/

theorem mul_pos {x y : ℤ} (h : 0 < x) (k : 0 < y) : 0 < x * y := by
  have a : 0 ≤ (x - 1) * (y - 1) := mul_nonneg (linear1 h) (linear1 k)
  exact linear3 a h k

theorem mul_le_mul_left {x y c : ℤ} (hc : 0 ≤ c) (h : x ≤ y) : c * x ≤ c * y := by
  have a : 0 ≤ c * (y - x) := mul_nonneg hc (sub_nonneg.2 h)
  exact linear1 a

theorem mul_le_mul {a b x y : ℤ} (hx : 0 ≤ x) (hb : 0 ≤ b) (h : a ≤ b) (k : x ≤ y) :
    a * x ≤ b * y := by
  have p : 0 ≤ x * (b - a) := mul_nonneg hx (sub_nonneg.2 h)
  have q : 0 ≤ b * (y - x) := mul_nonneg hb (sub_nonneg.2 k)
  exact linear2 p q

theorem le_of_mul_le_mul {x y c : ℤ} (hc : 0 < c) (h : c * x ≤ c * y) : x ≤ y := by
  refine Decidable.not_not fun n => ?_
  have k := not_le.1 n
  have p : 0 ≤ (c - 1) * (x - y - 1) := mul_nonneg (linear1 hc) (linear1 k)
  exact linear4 p h k hc

theorem lt_of_mul_lt_mul {x y c : ℤ} (hc : 0 < c) (h : c * x < c * y) : x < y := by
  refine Decidable.not_not fun n => ?_
  have p : 0 ≤ c * (x - y) := mul_nonneg (linear1 hc) (linear1 n)
  exact linear2 p h

theorem eq_of_mul_eq_mul {x y c : ℤ} (hc : 0 < c) (h : c * x = c * y) : x = y :=
  ℤ.le_antisymm (le_of_mul_le_mul hc (h ▸ ℤ.le_refl _)) (le_of_mul_le_mul hc (h ▸ ℤ.le_refl _))

/-! ## Powers -/

theorem pow_zero (x : ℤ) : x ^ 0 = 1 := rfl
theorem pow_succ (x : ℤ) (n : Nat) : x ^ Nat.succ n = x ^ n * x := rfl

theorem pow_pos {x : ℤ} (h : 0 < x) (n : Nat) : 0 < x ^ n := by
  induction n with
  | zero => exact (by decide : (0 : ℤ) < 1)
  | succ n ih => exact mul_pos ih h

theorem pow_add (x : ℤ) (n m : Nat) : x ^ (n + m) = x ^ n * x ^ m := by
  induction m with
  | zero =>
    show x ^ n = x ^ n * 1
    exact ring
  | succ m ih =>
    show x ^ (n + m) * x = x ^ n * (x ^ m * x)
    rw [ih]
    exact ring

/-! ## Absolute value, minimum and maximum -/

/-- `|x|`. -/
def abs (x : ℤ) : ℤ := if 0 ≤ x then x else -x
/-- The smaller of two. -/
def min (x y : ℤ) : ℤ := if x ≤ y then x else y
/-- The larger of two. -/
def max (x y : ℤ) : ℤ := if x ≤ y then y else x
/-- `x`, moved into `[lo, hi]`. -/
def clamp (lo hi x : ℤ) : ℤ := max lo (min hi x)

/-- What `linear` needs to know about `abs x`. -/
theorem abs_spec (x : ℤ) : (0 ≤ x ∧ abs x = x) ∨ (x < 0 ∧ abs x = -x) := by
  by_cases h : 0 ≤ x
  · exact Or.inl ⟨h, ite_eq_left h⟩
  · exact Or.inr ⟨lt_of_not_le h, ite_eq_right h⟩

theorem min_spec (x y : ℤ) : (x ≤ y ∧ min x y = x) ∨ (y < x ∧ min x y = y) := by
  by_cases h : x ≤ y
  · exact Or.inl ⟨h, ite_eq_left h⟩
  · exact Or.inr ⟨lt_of_not_le h, ite_eq_right h⟩

theorem max_spec (x y : ℤ) : (x ≤ y ∧ max x y = y) ∨ (y < x ∧ max x y = x) := by
  by_cases h : x ≤ y
  · exact Or.inl ⟨h, ite_eq_left h⟩
  · exact Or.inr ⟨lt_of_not_le h, ite_eq_right h⟩

theorem clamp_spec (lo hi x : ℤ) (h : lo ≤ hi) :
    (x < lo ∧ clamp lo hi x = lo) ∨ (lo ≤ x ∧ x ≤ hi ∧ clamp lo hi x = x) ∨
      (hi < x ∧ clamp lo hi x = hi) := by
  have a := min_spec hi x
  have b : (lo ≤ min hi x ∧ clamp lo hi x = min hi x) ∨ (min hi x < lo ∧ clamp lo hi x = lo) :=
    max_spec lo (min hi x)
  cases a with
  | inl a =>
    rw [a.2] at b
    exact linear3 a.1 b h
  | inr a =>
    rw [a.2] at b
    exact linear3 a.1 b h

theorem abs_le {x b : ℤ} : abs x ≤ b ↔ -b ≤ x ∧ x ≤ b :=
  ⟨linear1 (abs_spec x), linear1 (abs_spec x)⟩

theorem abs_nonneg (x : ℤ) : 0 ≤ abs x := linear1 (abs_spec x)
theorem abs_neg (x : ℤ) : abs (-x) = abs x := linear2 (abs_spec x) (abs_spec (-x))
theorem le_abs (x : ℤ) : x ≤ abs x := linear1 (abs_spec x)
theorem abs_add_le (x y : ℤ) : abs (x + y) ≤ abs x + abs y :=
  linear3 (abs_spec x) (abs_spec y) (abs_spec (x + y))
theorem abs_of_nonneg {x : ℤ} (h : 0 ≤ x) : abs x = x := linear2 (abs_spec x) h

theorem abs_mul (x y : ℤ) : abs (x * y) = abs x * abs y := by
  cases abs_spec x with
  | inl a =>
    cases abs_spec y with
    | inl b =>
      rw [a.2, b.2]
      exact abs_of_nonneg (mul_nonneg a.1 b.1)
    | inr b =>
      rw [a.2, b.2]
      have p : 0 ≤ x * -y := mul_nonneg a.1 (linear1 b.1)
      exact linear2 p (abs_spec (x * y))
  | inr a =>
    cases abs_spec y with
    | inl b =>
      rw [a.2, b.2]
      have p : 0 ≤ -x * y := mul_nonneg (linear1 a.1) b.1
      exact linear2 p (abs_spec (x * y))
    | inr b =>
      rw [a.2, b.2]
      have p : 0 ≤ -x * -y := mul_nonneg (linear1 a.1) (linear1 b.1)
      exact linear2 p (abs_spec (x * y))

/-! ## Floor division -/

/-- `⌊x / y⌋`; the remainder has the sign of `y`. `x / 0 = 0`. -/
def div : ℤ → ℤ → ℤ
  | _, pos 0 => 0
  | pos n, pos (Nat.succ m) => pos (n / Nat.succ m)
  | neg n, pos (Nat.succ m) => neg (n / Nat.succ m)
  | pos 0, neg _ => 0
  | pos (Nat.succ n), neg m => neg (n / Nat.succ m)
  | neg n, neg m => pos (Nat.succ n / Nat.succ m)

instance : Div ℤ := ⟨div⟩
instance : Mod ℤ := ⟨fun x y => x - y * (x / y)⟩

theorem mod_def (x y : ℤ) : x % y = x - y * (x / y) := rfl

theorem exists_pos {x : ℤ} (h : 0 < x) : ∃ m, x = pos (Nat.succ m) := by
  obtain ⟨n, rfl⟩ := exists_nat (linear1 h : 0 ≤ x)
  cases n with
  | zero => exact absurd h (by decide)
  | succ m => exact ⟨m, rfl⟩

theorem neg_eq_pos (n : Nat) : neg n = -pos n - 1 := by
  have h : pos n + neg n = -1 := by
    show diff (n + 0) (0 + Nat.succ n) = -1
    exact diff_eq (c := 0) (d := 1) (by rw [Nat.zero_add, Nat.zero_add])
  exact linear1 h

/-- The quotient is the floor. -/
theorem div_spec (x : ℤ) {y : ℤ} (hy : 0 < y) : y * (x / y) ≤ x ∧ x < y * (x / y) + y := by
  obtain ⟨m, rfl⟩ := exists_pos hy
  have key : ∀ n, pos (Nat.succ m) * pos (n / Nat.succ m) + pos (n % Nat.succ m) = pos n ∧
      0 ≤ pos (n % Nat.succ m) ∧ pos (n % Nat.succ m) < pos (Nat.succ m) := by
    intro n
    refine ⟨?_, pos_nonneg _, ?_⟩
    · rw [← pos_mul, ← pos_add, Nat.div_add_mod]
    · have l : Nat.succ (n % Nat.succ m) ≤ Nat.succ m :=
        Nat.mod_lt n (Nat.succ_le_succ (Nat.zero_le m))
      have e : pos (n % Nat.succ m) + 1 = pos (Nat.succ (n % Nat.succ m)) := (pos_add _ 1).symm
      show pos (n % Nat.succ m) + 1 ≤ pos (Nat.succ m)
      rw [e]
      exact l
  cases x with
  | pos n =>
    have k := key n
    show pos (Nat.succ m) * pos (n / Nat.succ m) ≤ pos n ∧
      pos n < pos (Nat.succ m) * pos (n / Nat.succ m) + pos (Nat.succ m)
    exact linear1 k
  | neg n =>
    have k := key n
    show pos (Nat.succ m) * neg (n / Nat.succ m) ≤ neg n ∧
      neg n < pos (Nat.succ m) * neg (n / Nat.succ m) + pos (Nat.succ m)
    rw [neg_eq_pos n, neg_eq_pos (n / Nat.succ m)]
    exact linear1 k

/-- The floor is the only such quotient. -/
theorem div_unique {x y q : ℤ} (hy : 0 < y) (h : y * q ≤ x) (k : x < y * q + y) : x / y = q := by
  have ⟨a, b⟩ := div_spec x hy
  have l : y * (x / y) < y * (q + 1) := linear2 a k
  have m : y * q < y * (x / y + 1) := linear2 h b
  have l := lt_of_mul_lt_mul hy l
  have m := lt_of_mul_lt_mul hy m
  exact linear2 l m

theorem div_add_mod (x y : ℤ) : y * (x / y) + x % y = x := by
  rw [mod_def]
  exact ring

theorem mod_spec (x : ℤ) {y : ℤ} (hy : 0 < y) : 0 ≤ x % y ∧ x % y < y := by
  rw [mod_def]
  exact linear1 (div_spec x hy)

end ℤ
