prelude
import VeriQuant.List
/-!
# T3: composition of errors over layers

Layer `l` turns an incoming error `e (l - 1)` into at most `c * e (l - 1) + ε l`, with a Lipschitz
constant `c ≥ 0` and its own quantization error `ε l`. The theorem needs `+`, `*` and `≤` only, so it
is stated for every ordered commutative semiring (the rationals and the reals among them), and
instantiated for the integers; `composition_bound_fraction` is the case of a rational `c = p / q`.
-/

set_option autoImplicit false

namespace VeriQuant

/-- An ordered commutative semiring. -/
class OrderedSemiring (α : Type) extends Add α, Mul α, LE α where
  zero : α
  one : α
  add_assoc : ∀ a b c : α, a + b + c = a + (b + c)
  add_comm : ∀ a b : α, a + b = b + a
  zero_add : ∀ a : α, zero + a = a
  mul_assoc : ∀ a b c : α, a * b * c = a * (b * c)
  mul_comm : ∀ a b : α, a * b = b * a
  one_mul : ∀ a : α, one * a = a
  zero_mul : ∀ a : α, zero * a = zero
  mul_add : ∀ a b c : α, a * (b + c) = a * b + a * c
  le_refl : ∀ a : α, a ≤ a
  le_trans : ∀ a b c : α, a ≤ b → b ≤ c → a ≤ c
  add_le_add : ∀ a b c d : α, a ≤ b → c ≤ d → a + c ≤ b + d
  mul_le_mul : ∀ a b c : α, zero ≤ c → a ≤ b → c * a ≤ c * b

variable {α : Type} [R : OrderedSemiring α]

/-- `x` to the power `n`. -/
def power (x : α) : Nat → α
  | 0 => R.one
  | Nat.succ n => power x n * x

instance (priority := 100) : NatPow α := ⟨power⟩

/-- `f 0 + f 1 + … + f (n - 1)`. -/
def sum : Nat → (Nat → α) → α
  | 0, _ => R.zero
  | Nat.succ n, f => sum n f + f n

/-- `∑ ε l * c ^ (L - l)` for `l` from 1 to `L`. -/
def accumulated (c : α) (ε : Nat → α) (L : Nat) : α :=
  sum L fun i => ε (i + 1) * c ^ (L - (i + 1))

theorem mul_sum (c : α) (n : Nat) (f : Nat → α) : c * sum n f = sum n fun i => c * f i := by
  induction n with
  | zero => exact (R.mul_comm _ _).trans (R.zero_mul c)
  | succ n ih =>
    show c * (sum n f + f n) = sum n (fun i => c * f i) + c * f n
    rw [R.mul_add, ih]

theorem sum_congr {f g : Nat → α} : ∀ n : Nat, (∀ i, i < n → f i = g i) → sum n f = sum n g := by
  intro n
  induction n with
  | zero => exact fun _ => rfl
  | succ n ih =>
    intro h
    show sum n f + f n = sum n g + g n
    rw [ih fun i hi => h i (Nat.le_trans hi (Nat.le_succ n)), h n (Nat.le_refl _)]

/-- One more layer: the old errors pass through it, and its own is added. -/
theorem accumulated_succ (c : α) (ε : Nat → α) (L : Nat) :
    accumulated c ε (L + 1) = c * accumulated c ε L + ε (L + 1) := by
  show sum L (fun i => ε (i + 1) * c ^ (L + 1 - (i + 1))) + ε (L + 1) * c ^ (L + 1 - (L + 1)) =
    c * sum L (fun i => ε (i + 1) * c ^ (L - (i + 1))) + ε (L + 1)
  rw [mul_sum, Nat.sub_self]
  have last : ε (L + 1) * c ^ 0 = ε (L + 1) := (R.mul_comm _ _).trans (R.one_mul _)
  rw [last]
  refine congrArg (· + ε (L + 1)) (sum_congr L fun i hi => ?_)
  obtain ⟨d, hd⟩ := Nat.exists_add hi
  have h1 : L - (i + 1) = d := by
    rw [hd, Nat.add_comm]
    exact Nat.add_sub_cancel d (Nat.succ i)
  have h2 : L + 1 - (i + 1) = Nat.succ d := by
    rw [hd]
    show Nat.succ (Nat.succ i + d) - Nat.succ i = Nat.succ d
    rw [← Nat.add_succ, Nat.add_comm]
    exact Nat.add_sub_cancel (Nat.succ d) (Nat.succ i)
  rw [h1, h2]
  show ε (i + 1) * (c ^ d * c) = c * (ε (i + 1) * c ^ d)
  rw [← R.mul_assoc, R.mul_comm _ c]

/-- The bound with an error that is there before the first layer. -/
theorem composition_bound_from {c : α} (hc : R.zero ≤ c) {e ε : Nat → α}
    (step : ∀ l, e (l + 1) ≤ c * e l + ε (l + 1)) (L : Nat) :
    e L ≤ c ^ L * e 0 + accumulated c ε L := by
  induction L with
  | zero =>
    have h : c ^ 0 * e 0 + accumulated c ε 0 = e 0 := by
      show R.one * e 0 + R.zero = e 0
      rw [R.one_mul, R.add_comm, R.zero_add]
    rw [h]
    exact R.le_refl _
  | succ L ih =>
    refine R.le_trans _ _ _ (step L) ?_
    have h : c ^ Nat.succ L * e 0 + accumulated c ε (L + 1) =
        c * (c ^ L * e 0 + accumulated c ε L) + ε (L + 1) := by
      rw [accumulated_succ, R.mul_add, R.add_assoc, ← R.mul_assoc, R.mul_comm c (c ^ L)]
      rfl
    show _ ≤ c ^ Nat.succ L * e 0 + accumulated c ε (L + 1)
    rw [h]
    exact R.add_le_add _ _ _ _ (R.mul_le_mul _ _ _ hc ih) (R.le_refl _)

/-- T3 [VQ-ERR-001]: if `e l ≤ c * e (l - 1) + ε l` for every layer and the input is exact, then
`e L ≤ ∑ ε l * c ^ (L - l)`. -/
theorem composition_bound {c : α} (hc : R.zero ≤ c) {e ε : Nat → α} (start : e 0 = R.zero)
    (step : ∀ l, e (l + 1) ≤ c * e l + ε (l + 1)) (L : Nat) : e L ≤ accumulated c ε L := by
  have h := composition_bound_from hc step L
  rw [start, R.mul_comm, R.zero_mul, R.zero_add] at h
  exact h

/-- T3 [VQ-ERR-001]: the bound is attained: the errors that use up every step reach it exactly, so no
smaller bound follows from the recurrence. -/
theorem composition_bound_attained (c : α) (ε : Nat → α) :
    ∃ e : Nat → α, e 0 = R.zero ∧ (∀ l, e (l + 1) = c * e l + ε (l + 1)) ∧
      ∀ L, e L = accumulated c ε L :=
  ⟨accumulated c ε, rfl, accumulated_succ c ε, fun _ => rfl⟩

instance : OrderedSemiring ℤ where
  zero := 0
  one := 1
  add_assoc := ℤ.add_assoc
  add_comm := ℤ.add_comm
  zero_add := ℤ.zero_add
  mul_assoc := ℤ.mul_assoc
  mul_comm := ℤ.mul_comm
  one_mul := ℤ.one_mul
  zero_mul := ℤ.zero_mul
  mul_add := ℤ.mul_add
  le_refl := ℤ.le_refl
  le_trans _ _ _ := ℤ.le_trans
  add_le_add _ _ _ _ := ℤ.add_le_add
  mul_le_mul _ _ _ := ℤ.mul_le_mul_left

/-- `n` as a sum of ones. -/
def times (n : Nat) (x : α) : α := sum n fun _ => x

theorem one_power (n : Nat) : (R.one : α) ^ n = R.one := by
  induction n with
  | zero => rfl
  | succ n ih =>
    show R.one ^ n * R.one = R.one
    rw [ih, R.one_mul]

/-- T3: with `c = 1` and the same error in every layer the bound is linear: `L * ε`. -/
theorem composition_linear (ε : α) (L : Nat) :
    accumulated R.one (fun _ => ε) L = times L ε :=
  sum_congr L fun i _ => by
    show ε * R.one ^ (L - (i + 1)) = ε
    rw [one_power, R.mul_comm, R.one_mul]

theorem sum_nonneg {f : Nat → α} (h : ∀ i, R.zero ≤ f i) (n : Nat) : R.zero ≤ sum n f := by
  induction n with
  | zero => exact R.le_refl _
  | succ n ih =>
    have k := R.add_le_add _ _ _ _ ih (h n)
    rw [R.zero_add] at k
    exact k

theorem power_nonneg {c : α} (hc : R.zero ≤ c) (one : R.zero ≤ R.one) (n : Nat) :
    R.zero ≤ c ^ n := by
  induction n with
  | zero => exact one
  | succ n ih =>
    have k := R.mul_le_mul _ _ _ ih hc
    rw [R.mul_comm, R.zero_mul] at k
    exact k

/-- T3: the bound grows at least like `c ^ L`: what layer 1 adds is multiplied by every later one. -/
theorem composition_exponential {c ε : α} (hc : R.zero ≤ c) (hε : R.zero ≤ ε) (L : Nat) :
    ε * c ^ L ≤ accumulated c (fun _ => ε) (L + 1) := by
  induction L with
  | zero =>
    show ε * R.one ≤ R.zero + ε * R.one
    rw [R.zero_add]
    exact R.le_refl _
  | succ L ih =>
    rw [accumulated_succ]
    have k := R.add_le_add _ _ _ _ (R.mul_le_mul _ _ _ hc ih) hε
    have z : ∀ x : α, x + R.zero = x := fun x => (R.add_comm _ _).trans (R.zero_add x)
    rw [z] at k
    have e : ε * c ^ Nat.succ L = c * (ε * c ^ L) := by
      show ε * (c ^ L * c) = _
      rw [← R.mul_assoc, R.mul_comm _ c]
    show ε * c ^ Nat.succ L ≤ _
    rw [e]
    exact k

/-! ## Rational Lipschitz constants, over the integers -/

theorem power_int (x : ℤ) (n : Nat) : power x n = x ^ n := by
  induction n with
  | zero => rfl
  | succ n ih => exact congrArg (· * x) ih

/-- T3 [VQ-ERR-001]: the bound for `c = p / q`. All errors are numerators over one denominator; the
statement is `e L ≤ ∑ ε l * (p / q) ^ (L - l)`, multiplied by `q ^ L`. -/
theorem composition_bound_fraction {p q : ℤ} (hp : 0 ≤ p) (hq : 0 < q) {e ε : Nat → ℤ}
    (start : e 0 = 0) (step : ∀ l, q * e (l + 1) ≤ p * e l + q * ε (l + 1)) (L : Nat) :
    power q L * e L ≤ accumulated p (fun l => power q l * ε l) L := by
  refine composition_bound (e := fun l => power q l * e l) (ε := fun l => power q l * ε l) hp ?_ ?_ L
  · show power q 0 * e 0 = 0
    rw [start]
    rfl
  · intro l
    have k : 0 ≤ power q l := by
      rw [power_int]
      exact linear1 (ℤ.pow_pos hq l)
    have h := ℤ.mul_le_mul_left k (step l)
    show power q l * q * e (l + 1) ≤ p * (power q l * e l) + power q l * q * ε (l + 1)
    exact linear1 h

/-- T3: over the integers the linear bound reads `L * ε`. -/
theorem composition_linear_int (ε : ℤ) (L : Nat) :
    accumulated (1 : ℤ) (fun _ => ε) L = .pos L * ε := by
  refine (composition_linear ε L).trans ?_
  induction L with
  | zero => exact (ℤ.zero_mul ε).symm
  | succ L ih =>
    show times L ε + ε = .pos (L + 1) * ε
    rw [ih, ℤ.pos_add]
    show ℤ.pos L * ε + ε = (.pos L + 1) * ε
    exact ring

/-! ## The outline's numeric example -/

/-- T3: the outline evaluates `80 * 0.01 * 1.2 ^ 80` as about 2 %. It is more than 1.7 million, that
is 170 million percent; written with `0.01 = 1 / 100` and `1.2 = 6 / 5`. -/
theorem outline_composition_example :
    1700000 * (100 * (5 : ℤ) ^ 80) < 80 * (6 : ℤ) ^ 80 := by decide +kernel

/-- T3: nor is it 2 % under the outline's recurrence: after 80 layers with `ε = 0.01` and `c = 1.2`
the bound exceeds 100,000 times the whole signal. -/
theorem outline_composition_bound :
    100000 * (100 * (5 : ℤ) ^ 80) < accumulated (6 : ℤ) (fun l => power 5 l) 80 := by
  decide +kernel

end VeriQuant
