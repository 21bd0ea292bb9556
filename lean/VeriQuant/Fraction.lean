prelude
import VeriQuant.Composition
/-!
# The rational numbers, and T3 over them

Without quotient types equal fractions must be the same fraction, so each carries its least denominator.
That is found by trying one after the other and needs no theory of divisors: whether `d` is a
denominator of `a / b`, that is `a d % b = 0`, depends on the value alone.
-/

set_option autoImplicit false

namespace VeriQuant

open ℤ

/-- A rational number: no smaller denominator writes it. -/
structure Fraction where
  num : ℤ
  den : ℤ
  pos : 0 < den
  least : ∀ k j : ℤ, 0 < k → k < den → num * k ≠ den * j

namespace Fraction

theorem same {x y : Fraction} (n : x.num = y.num) (d : x.den = y.den) : x = y := by
  cases x
  cases y
  cases n
  cases d
  rfl

/-- Fractions of one value are one fraction. -/
theorem eq_of_cross {x y : Fraction} (h : x.num * y.den = y.num * x.den) : x = y := by
  have a : ¬ x.den < y.den := fun l => y.least x.den x.num x.pos l (linear1 h)
  have b : ¬ y.den < x.den := fun l => x.least y.den y.num y.pos l (linear1 h)
  have d : x.den = y.den := linear2 a b
  refine same ?_ d
  rw [d] at h
  exact eq_of_mul_eq_mul y.pos (linear1 h)

/-! ## Lowest terms -/

/-- The first of `k`, `k + 1`, …, `k + n` that is a denominator of `a / b`. -/
def search (a b : ℤ) : Nat → ℤ → ℤ
  | 0, k => k
  | Nat.succ n, k => if a * k % b = 0 then k else search a b n (k + 1)

theorem search_spec {a b : ℤ} (n : Nat) : ∀ {k m : ℤ}, k ≤ m → m ≤ k + .pos n → a * m % b = 0 →
    a * search a b n k % b = 0 ∧ k ≤ search a b n k ∧
      ∀ j, k ≤ j → j < search a b n k → a * j % b ≠ 0 := by
  induction n with
  | zero =>
    intro k m h1 h2 hm
    have h2 : m ≤ k + 0 := h2
    have e : m = k := linear2 h1 h2
    rw [e] at hm
    refine ⟨hm, ℤ.le_refl k, fun j l g => ?_⟩
    have g : j < k := g
    exact absurd (linear2 l g : False) id
  | succ n ih =>
    intro k m h1 h2 hm
    by_cases c : a * k % b = 0
    · have e : search a b (Nat.succ n) k = k := ite_eq_left c
      rw [e]
      exact ⟨c, ℤ.le_refl k, fun j l g => absurd (linear2 l g : False) id⟩
    · have e : search a b (Nat.succ n) k = search a b n (k + 1) := ite_eq_right c
      have p : ℤ.pos (Nat.succ n) = .pos n + 1 := pos_add n 1
      have ne : m ≠ k := fun q => c (q ▸ hm)
      have r := ih (k := k + 1) (m := m) (linear2 h1 ne) (linear2 h2 p) hm
      rw [e]
      refine ⟨r.1, linear1 r.2.1, ?_⟩
      intro j l g
      by_cases q : j = k
      · rw [q]
        exact c
      · exact r.2.2 j (linear2 l q) g

theorem mul_mod_self (b j : ℤ) (hb : 0 < b) : b * j % b = 0 := by
  have d : b * j / b = j := div_unique hb (ℤ.le_refl _) (linear1 hb)
  rw [mod_def, d]
  exact ring

theorem pos_up {b : ℤ} (hb : 0 < b) : ℤ.pos (up b) = b := by
  obtain ⟨n, e⟩ := exists_nat (linear1 hb : 0 ≤ b)
  rw [e]
  rfl

/-- The least denominator of `a / b`. -/
def denominator (a b : ℤ) : ℤ := search a b (up b) 1

theorem denominator_spec {a b : ℤ} (hb : 0 < b) : a * denominator a b % b = 0 ∧
    1 ≤ denominator a b ∧ ∀ j, 1 ≤ j → j < denominator a b → a * j % b ≠ 0 := by
  refine search_spec (up b) (m := b) (linear1 hb) ?_ ?_
  · rw [pos_up hb]
    exact linear
  · have e : a * b = b * a := ring
    rw [e]
    exact mul_mod_self b a hb

theorem numerator_spec {a b : ℤ} (hb : 0 < b) :
    a * denominator a b / b * b = a * denominator a b := by
  have m := (denominator_spec (a := a) hb).1
  have d := div_add_mod (a * denominator a b) b
  rw [m] at d
  exact linear1 d

/-- `a / b` in lowest terms. -/
def make (a b : ℤ) (hb : 0 < b) : Fraction where
  num := a * denominator a b / b
  den := denominator a b
  pos := linear1 (denominator_spec (a := a) hb).2.1
  least k j hk hd e := by
    have s := denominator_spec (a := a) hb
    have n := numerator_spec (a := a) hb
    have hd0 : 0 < denominator a b := linear1 s.2.1
    have f : a * k = b * j := by
      refine eq_of_mul_eq_mul hd0 ?_
      have r1 : denominator a b * (a * k) = a * denominator a b * k := ring
      have r2 : a * denominator a b / b * b * k = b * (a * denominator a b / b * k) := ring
      rw [r1, ← n, r2, e]
      exact ring
    exact s.2.2 k (linear1 hk) hd (f ▸ mul_mod_self b j hb)

/-- The value of `x` is `a / b`. -/
def Is (x : Fraction) (a b : ℤ) : Prop := 0 < b ∧ x.num * b = a * x.den

theorem is_self (x : Fraction) : x.Is x.num x.den := ⟨x.pos, rfl⟩

theorem make_is (a b : ℤ) (hb : 0 < b) : (make a b hb).Is a b := ⟨hb, numerator_spec hb⟩

instance : Add Fraction :=
  ⟨fun x y => make (x.num * y.den + y.num * x.den) (x.den * y.den) (mul_pos x.pos y.pos)⟩
instance : Mul Fraction := ⟨fun x y => make (x.num * y.num) (x.den * y.den) (mul_pos x.pos y.pos)⟩
instance : LE Fraction := ⟨fun x y => x.num * y.den ≤ y.num * x.den⟩

theorem eq_of_is {x y : Fraction} {a b c d : ℤ} (h : x.Is a b) (k : y.Is c d) (e : a * d = c * b) :
    x = y := by
  refine eq_of_cross (eq_of_mul_eq_mul (mul_pos h.1 k.1) ?_)
  have r1 : b * d * (x.num * y.den) = x.num * b * (d * y.den) := ring
  have r2 : a * x.den * (d * y.den) = a * d * (x.den * y.den) := ring
  have r3 : c * b * (x.den * y.den) = c * y.den * (b * x.den) := ring
  rw [r1, h.2, r2, e, r3, ← k.2]
  exact ring

theorem le_iff {x y : Fraction} {a b c d : ℤ} (h : x.Is a b) (k : y.Is c d) :
    x ≤ y ↔ a * d ≤ c * b := by
  have bd := mul_pos h.1 k.1
  have xy := mul_pos x.pos y.pos
  have l : b * d * (x.num * y.den) = x.den * y.den * (a * d) := by
    have r : b * d * (x.num * y.den) = x.num * b * (d * y.den) := ring
    rw [r, h.2]
    exact ring
  have m : b * d * (y.num * x.den) = x.den * y.den * (c * b) := by
    have r : b * d * (y.num * x.den) = y.num * d * (b * x.den) := ring
    rw [r, k.2]
    exact ring
  constructor
  · intro g
    have g : x.num * y.den ≤ y.num * x.den := g
    have g := mul_le_mul_left (linear1 bd : 0 ≤ b * d) g
    rw [l, m] at g
    exact le_of_mul_le_mul xy g
  · intro g
    have g := mul_le_mul_left (linear1 xy : 0 ≤ x.den * y.den) g
    rw [← l, ← m] at g
    exact le_of_mul_le_mul bd g

theorem add_is {x y : Fraction} {a b c d : ℤ} (h : x.Is a b) (k : y.Is c d) :
    (x + y).Is (a * d + c * b) (b * d) := by
  refine ⟨mul_pos h.1 k.1, ?_⟩
  have s : (x + y).num * (x.den * y.den) = (x.num * y.den + y.num * x.den) * (x + y).den :=
    (make_is _ _ (mul_pos x.pos y.pos)).2
  refine eq_of_mul_eq_mul (mul_pos x.pos y.pos) ?_
  generalize x + y = w at *
  have r1 : x.den * y.den * (w.num * (b * d)) = w.num * (x.den * y.den) * (b * d) := ring
  have r2 : (x.num * y.den + y.num * x.den) * w.den * (b * d) =
    x.num * b * (y.den * d * w.den) + y.num * d * (x.den * b * w.den) := ring
  rw [r1, s, r2, h.2, k.2]
  exact ring

theorem mul_is {x y : Fraction} {a b c d : ℤ} (h : x.Is a b) (k : y.Is c d) :
    (x * y).Is (a * c) (b * d) := by
  refine ⟨mul_pos h.1 k.1, ?_⟩
  have s : (x * y).num * (x.den * y.den) = x.num * y.num * (x * y).den :=
    (make_is _ _ (mul_pos x.pos y.pos)).2
  refine eq_of_mul_eq_mul (mul_pos x.pos y.pos) ?_
  generalize x * y = w at *
  have r1 : x.den * y.den * (w.num * (b * d)) = w.num * (x.den * y.den) * (b * d) := ring
  have r2 : x.num * y.num * w.den * (b * d) = x.num * b * (y.num * d) * w.den := ring
  rw [r1, s, r2, h.2, k.2]
  exact ring

/-- The rational numbers are an ordered commutative semiring. -/
instance : OrderedSemiring Fraction where
  zero := make 0 1 (by decide)
  one := make 1 1 (by decide)
  add_assoc x y z :=
    eq_of_is (add_is (add_is x.is_self y.is_self) z.is_self)
      (add_is x.is_self (add_is y.is_self z.is_self)) ring
  add_comm x y := eq_of_is (add_is x.is_self y.is_self) (add_is y.is_self x.is_self) ring
  zero_add x := eq_of_is (add_is (make_is 0 1 (by decide)) x.is_self) x.is_self ring
  mul_assoc x y z :=
    eq_of_is (mul_is (mul_is x.is_self y.is_self) z.is_self)
      (mul_is x.is_self (mul_is y.is_self z.is_self)) ring
  mul_comm x y := eq_of_is (mul_is x.is_self y.is_self) (mul_is y.is_self x.is_self) ring
  one_mul x := eq_of_is (mul_is (make_is 1 1 (by decide)) x.is_self) x.is_self ring
  zero_mul x := eq_of_is (mul_is (make_is 0 1 (by decide)) x.is_self) (make_is 0 1 (by decide)) ring
  mul_add x y z :=
    eq_of_is (mul_is x.is_self (add_is y.is_self z.is_self))
      (add_is (mul_is x.is_self y.is_self) (mul_is x.is_self z.is_self)) ring
  le_refl x := ℤ.le_refl _
  le_trans x y z h k := by
    have h : x.num * y.den ≤ y.num * x.den := h
    have k : y.num * z.den ≤ z.num * y.den := k
    have a := mul_le_mul_left (linear1 z.pos : 0 ≤ z.den) h
    have b := mul_le_mul_left (linear1 x.pos : 0 ≤ x.den) k
    have c : y.den * (x.num * z.den) ≤ y.den * (z.num * x.den) := linear2 a b
    exact le_of_mul_le_mul y.pos c
  add_le_add x y z w h k := by
    refine (le_iff (add_is x.is_self z.is_self) (add_is y.is_self w.is_self)).2 ?_
    have h : x.num * y.den ≤ y.num * x.den := h
    have k : z.num * w.den ≤ w.num * z.den := k
    have a := mul_le_mul_left (linear1 (mul_pos z.pos w.pos) : 0 ≤ z.den * w.den) h
    have b := mul_le_mul_left (linear1 (mul_pos x.pos y.pos) : 0 ≤ x.den * y.den) k
    exact linear2 a b
  mul_le_mul x y z hz h := by
    refine (le_iff (mul_is z.is_self x.is_self) (mul_is z.is_self y.is_self)).2 ?_
    have hz : 0 * z.den ≤ z.num * 1 := (le_iff (make_is 0 1 (by decide)) z.is_self).1 hz
    have h : x.num * y.den ≤ y.num * x.den := h
    have n : 0 ≤ z.num * z.den := mul_nonneg (linear1 hz) (linear1 z.pos)
    have a := mul_le_mul_left n h
    exact linear1 a

end Fraction

/-- T3 [VQ-ERR-001]: the bound over the rational numbers: a Lipschitz constant such as 6/5 is one. -/
theorem composition_bound_rational {c : Fraction} (hc : OrderedSemiring.zero ≤ c)
    {e ε : Nat → Fraction} (start : e 0 = OrderedSemiring.zero)
    (step : ∀ l, e (l + 1) ≤ c * e l + ε (l + 1)) (L : Nat) : e L ≤ accumulated c ε L :=
  composition_bound hc start step L

end VeriQuant
