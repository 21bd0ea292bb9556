prelude
import VeriQuant.Ring
/-!
# The integers

`ℤ` with `+`, `-`, `*`, `^`, `≤`, `<`, all computed by the kernel on binary numbers. Every integer is
a difference `diff a b` of naturals, and on differences the ring laws are identities of naturals.
(The name `Int` belongs to the code generator.)
-/

set_option autoImplicit false

/-- The integers: `pos n` is `n`, `neg n` is `-(n + 1)`. -/
inductive ℤ where
  | pos (n : Nat)
  | neg (n : Nat)

namespace ℤ

instance (n : Nat) : OfNat ℤ n := ⟨pos n⟩
instance : Inhabited ℤ := ⟨0⟩

/-- `a - b`. -/
def diff (a b : Nat) : ℤ := cond (Nat.ble b a) (pos (a - b)) (neg (Nat.pred (b - a)))

/-- `x` where `x` is positive, else `0`. -/
def up : ℤ → Nat
  | pos n => n
  | neg _ => 0

/-- `-x` where `x` is negative, else `0`. -/
def down : ℤ → Nat
  | pos _ => 0
  | neg n => Nat.succ n

instance : Add ℤ := ⟨fun x y => diff (x.up + y.up) (x.down + y.down)⟩
instance : Mul ℤ :=
  ⟨fun x y => diff (x.up * y.up + x.down * y.down) (x.up * y.down + x.down * y.up)⟩
instance : Neg ℤ := ⟨fun x => diff x.down x.up⟩
instance : Sub ℤ := ⟨fun x y => x + -y⟩

def npow (x : ℤ) : Nat → ℤ
  | 0 => 1
  | Nat.succ n => npow x n * x

instance : NatPow ℤ := ⟨npow⟩
instance : LE ℤ := ⟨fun x y => x.up + y.down ≤ y.up + x.down⟩
instance : LT ℤ := ⟨fun x y => x + 1 ≤ y⟩

instance decLe (x y : ℤ) : Decidable (x ≤ y) := Nat.decLe _ _
instance decLt (x y : ℤ) : Decidable (x < y) := decLe _ _

/-- The natural number `n` as an integer. -/
abbrev ofNat (n : Nat) : ℤ := pos n

def beq : ℤ → ℤ → Bool
  | pos n, pos m => Nat.beq n m
  | neg n, neg m => Nat.beq n m
  | _, _ => false

theorem eq_of_beq (x y : ℤ) (h : beq x y = true) : x = y := by
  cases x with
  | pos n =>
    cases y with
    | pos m => exact congrArg pos (Nat.eq_of_beq_eq_true h)
    | neg m => cases h
  | neg n =>
    cases y with
    | pos m => cases h
    | neg m => exact congrArg neg (Nat.eq_of_beq_eq_true h)

theorem beq_self (x : ℤ) : beq x x = true := by
  cases x with
  | pos n => exact decide_eq_true (p := n = n) rfl
  | neg n => exact decide_eq_true (p := n = n) rfl

instance decEq : DecidableEq ℤ := fun x y =>
  match h : beq x y with
  | true => isTrue (eq_of_beq x y h)
  | false => isFalse fun e => by
    rw [e, beq_self] at h
    cases h

/-! ## Differences of naturals -/

theorem diff_add (n d : Nat) : diff (n + d) n = pos d := by
  show cond (Nat.ble n (n + d)) (pos (n + d - n)) (neg (Nat.pred (n - (n + d)))) = pos d
  rw [Nat.ble_of_le (Nat.le_add_right n d), Nat.add_comm n d, Nat.add_sub_cancel]
  rfl

theorem diff_add_succ (n d : Nat) : diff n (n + Nat.succ d) = neg d := by
  show cond (Nat.ble (n + Nat.succ d) n) _ (neg (Nat.pred (n + Nat.succ d - n))) = neg d
  have h : Nat.ble (n + Nat.succ d) n = false := by
    cases e : Nat.ble (n + Nat.succ d) n with
    | false => rfl
    | true =>
      exact absurd (Nat.le_trans (Nat.succ_le_succ (Nat.le_add_right n d))
        (Nat.le_of_ble_eq_true e)) (Nat.not_succ_le_self n)
  rw [h, Nat.add_comm n, Nat.add_sub_cancel]
  rfl

/-- Every pair is a nonnegative or a negative difference. -/
theorem diff_cases (a b : Nat) : (∃ d, a = b + d) ∨ (∃ d, b = a + Nat.succ d) := by
  cases Nat.le_or_lt b a with
  | inl h => exact Or.inl (Nat.exists_add h)
  | inr h =>
    obtain ⟨d, hd⟩ := Nat.exists_add h
    exact Or.inr ⟨d, by rw [hd, Nat.succ_add]; rfl⟩

/-- The parts of a difference differ by as much. -/
theorem up_down (a b : Nat) : (diff a b).up + b = a + (diff a b).down := by
  cases diff_cases a b with
  | inl h =>
    obtain ⟨d, rfl⟩ := h
    rw [diff_add]
    exact Nat.add_comm d b
  | inr h =>
    obtain ⟨d, rfl⟩ := h
    rw [diff_add_succ]
    exact Nat.zero_add _

theorem diff_up_down (x : ℤ) : diff x.up x.down = x := by
  cases x with
  | pos n => exact (congrArg (diff · 0) (Nat.zero_add n).symm).trans (diff_add 0 n)
  | neg n => exact (congrArg (diff 0 ·) (Nat.zero_add _).symm).trans (diff_add_succ 0 n)

theorem diff_eq {a b c d : Nat} (h : a + d = c + b) : diff a b = diff c d := by
  cases diff_cases a b with
  | inl k =>
    obtain ⟨x, rfl⟩ := k
    rw [Nat.add_assoc, Nat.add_comm c b] at h
    have e := Nat.add_left_cancel h
    rw [← e, diff_add, Nat.add_comm x d, diff_add]
  | inr k =>
    obtain ⟨x, rfl⟩ := k
    rw [Nat.add_comm c, Nat.add_assoc] at h
    have e := Nat.add_left_cancel h
    rw [e, diff_add_succ, Nat.add_comm (Nat.succ x) c, diff_add_succ]

/-- To prove something of all integers, prove it of all differences. -/
theorem ind {p : ℤ → Prop} (h : ∀ a b, p (diff a b)) (x : ℤ) : p x := diff_up_down x ▸ h _ _

theorem diff_add_diff (a b c d : Nat) : diff a b + diff c d = diff (a + c) (b + d) :=
  diff_eq (by
    have h := up_down a b
    have k := up_down c d
    calc (diff a b).up + (diff c d).up + (b + d)
      _ = ((diff a b).up + b) + ((diff c d).up + d) := ring
      _ = (a + (diff a b).down) + (c + (diff c d).down) := by rw [h, k]
      _ = a + c + ((diff a b).down + (diff c d).down) := ring)

theorem diff_mul_diff (a b c d : Nat) :
    diff a b * diff c d = diff (a * c + b * d) (a * d + b * c) := by
  have h := up_down a b
  have k := up_down c d
  show diff ((diff a b).up * (diff c d).up + (diff a b).down * (diff c d).down)
    ((diff a b).up * (diff c d).down + (diff a b).down * (diff c d).up) = _
  generalize (diff a b).up = p at *
  generalize (diff a b).down = n at *
  generalize (diff c d).up = q at *
  generalize (diff c d).down = m at *
  refine (diff_eq (c := a * q + b * m) (d := a * m + b * q) ?_).trans (diff_eq ?_)
  · calc p * q + n * m + (a * m + b * q)
      _ = (p + b) * q + (a + n) * m := ring
      _ = (a + n) * q + (p + b) * m := by rw [h]
      _ = a * q + b * m + (p * m + n * q) := ring
  · calc a * q + b * m + (a * d + b * c)
      _ = a * (q + d) + b * (c + m) := ring
      _ = a * (c + m) + b * (q + d) := by rw [k]
      _ = a * c + b * d + (a * m + b * q) := ring

theorem neg_diff (a b : Nat) : -diff a b = diff b a :=
  diff_eq (by rw [Nat.add_comm, Nat.add_comm b]; exact (up_down a b).symm)

theorem diff_le_diff (a b c d : Nat) : diff a b ≤ diff c d ↔ a + d ≤ c + b := by
  have h := up_down a b
  have k := up_down c d
  show (diff a b).up + (diff c d).down ≤ (diff c d).up + (diff a b).down ↔ _
  generalize (diff a b).up = p at *
  generalize (diff a b).down = n at *
  generalize (diff c d).up = q at *
  generalize (diff c d).down = m at *
  have e : p + m + (b + c) = a + d + (n + q) := by
    calc p + m + (b + c)
      _ = (p + b) + (c + m) := ring
      _ = (a + n) + (q + d) := by rw [h, k]
      _ = a + d + (n + q) := ring
  constructor
  · intro l
    refine Nat.le_of_add_le_add_right (c := n + q) ?_
    rw [← e]
    calc p + m + (b + c) ≤ q + n + (b + c) := Nat.add_le_add_right l _
      _ = c + b + (n + q) := ring
  · intro l
    refine Nat.le_of_add_le_add_right (c := b + c) ?_
    rw [e]
    calc a + d + (n + q) ≤ c + b + (n + q) := Nat.add_le_add_right l _
      _ = q + n + (b + c) := ring

instance : Trans (α := Nat) (β := Nat) (γ := Nat) LE.le LE.le LE.le := ⟨Nat.le_trans⟩

/-! ## A commutative ring -/

protected theorem add_assoc (x y z : ℤ) : x + y + z = x + (y + z) := by
  induction x using ind
  induction y using ind
  induction z using ind
  rw [diff_add_diff, diff_add_diff, diff_add_diff, diff_add_diff, Nat.add_assoc, Nat.add_assoc]

protected theorem add_comm (x y : ℤ) : x + y = y + x := by
  induction x using ind
  induction y using ind
  exact (diff_add_diff _ _ _ _).trans ((congr (congrArg diff (Nat.add_comm _ _))
    (Nat.add_comm _ _)).trans (diff_add_diff _ _ _ _).symm)

protected theorem zero_add (x : ℤ) : 0 + x = x := by
  induction x using ind
  exact (diff_add_diff 0 0 _ _).trans
    (congr (congrArg diff (Nat.zero_add _)) (Nat.zero_add _))

protected theorem mul_assoc (x y z : ℤ) : x * y * z = x * (y * z) := by
  induction x using ind
  induction y using ind
  induction z using ind
  rw [diff_mul_diff, diff_mul_diff, diff_mul_diff, diff_mul_diff]
  exact congr (congrArg diff ring) ring

protected theorem mul_comm (x y : ℤ) : x * y = y * x := by
  induction x using ind
  induction y using ind
  rw [diff_mul_diff, diff_mul_diff]
  exact congr (congrArg diff ring) ring

protected theorem one_mul (x : ℤ) : 1 * x = x := by
  induction x using ind with
  | h a b =>
    refine (diff_mul_diff 1 0 a b).trans (congr (congrArg diff ?_) ?_)
    · rw [Nat.one_mul, Nat.zero_mul]; rfl
    · rw [Nat.one_mul, Nat.zero_mul]; rfl

protected theorem zero_mul (x : ℤ) : 0 * x = 0 := by
  induction x using ind with
  | h a b =>
    refine (diff_mul_diff 0 0 a b).trans (diff_eq (c := 0) (d := 0) ?_)
    rw [Nat.zero_mul, Nat.zero_mul]

protected theorem mul_add (x y z : ℤ) : x * (y + z) = x * y + x * z := by
  induction x using ind
  induction y using ind
  induction z using ind
  rw [diff_add_diff, diff_mul_diff, diff_mul_diff, diff_mul_diff, diff_add_diff]
  exact congr (congrArg diff ring) ring

instance : CommSemiring ℤ where
  zero := 0
  one := 1
  beq := beq
  eq_of_beq := eq_of_beq
  add_assoc := ℤ.add_assoc
  add_comm := ℤ.add_comm
  zero_add := ℤ.zero_add
  mul_assoc := ℤ.mul_assoc
  mul_comm := ℤ.mul_comm
  one_mul := ℤ.one_mul
  zero_mul := ℤ.zero_mul
  mul_add := ℤ.mul_add

instance (priority := 300) (δ σ : List ℤ) (k i : Nat) [h : Ring.Find δ (pos k) i σ] :
    Ring.Reify δ (pos k) (.atom i) σ := Ring.Reify.ofFind h

-- A literal is found by unification: the index of instances cannot look for `OfNat.ofNat n`.
set_option synthInstance.checkSynthOrder false in
instance (priority := 200) (δ : List ℤ) (n : Nat) (x : ℤ) [h : Ring.Same x (OfNat.ofNat n)] :
    Ring.Reify δ x (.const (OfNat.ofNat n)) δ :=
  ⟨⟨[], (Ring.append_nil δ).symm⟩, fun _ => h.eq.symm⟩

theorem add_neg (x : ℤ) : x + -x = 0 := by
  induction x using ind with
  | h a b =>
    rw [neg_diff, diff_add_diff]
    exact diff_eq (c := 0) (d := 0) (by rw [Nat.add_zero, Nat.zero_add, Nat.add_comm])

theorem sub_eq (x y : ℤ) : x - y = x + -y := rfl

theorem neg_eq (x : ℤ) : -x = -1 * x := by
  have h : x + -1 * x = 0 := by
    calc x + -1 * x = (1 + -1) * x := ring
      _ = 0 := ℤ.zero_mul x
  calc -x = 0 + -x := (ℤ.zero_add _).symm
    _ = x + -1 * x + -x := by rw [h]
    _ = x + -x + -1 * x := ring
    _ = -1 * x := by rw [add_neg, ℤ.zero_add]

end ℤ

namespace Ring

instance (δ σ : List ℤ) (x : ℤ) (e : Expr ℤ) [h : Reify δ x e σ] :
    Reify δ (-x) (.mul (.const (-1)) e) σ :=
  ⟨h.grows, fun t => by
    show -1 * e.eval (σ ++ t) = -x
    rw [h.eval_eq]
    exact (ℤ.neg_eq x).symm⟩

instance (δ σ τ : List ℤ) (x y : ℤ) (e f : Expr ℤ) [h : Reify δ x e σ] [k : Reify σ y f τ] :
    Reify δ (x - y) (.add e (.mul (.const (-1)) f)) τ :=
  ⟨grows_trans h.grows k.grows, fun t => by
    show e.eval (τ ++ t) + -1 * f.eval (τ ++ t) = x - y
    rw [h.mono k.grows, k.eval_eq, ℤ.sub_eq]
    exact congrArg (x + ·) (ℤ.neg_eq y).symm⟩

theorem npow_int (x : ℤ) (k : Nat) : npow x k = x ^ k := by
  induction k with
  | zero => rfl
  | succ k ih => exact congrArg (· * x) ih

instance (δ σ : List ℤ) (x : ℤ) (e : Expr ℤ) [h : Reify δ x e σ] :
    Reify δ (x ^ 2) (.pow e 2) σ :=
  ⟨h.grows, fun t => by
    show npow (e.eval (σ ++ t)) 2 = x ^ 2
    rw [h.eval_eq, npow_int]⟩

instance (δ σ : List ℤ) (x : ℤ) (e : Expr ℤ) [h : Reify δ x e σ] :
    Reify δ (x ^ 3) (.pow e 3) σ :=
  ⟨h.grows, fun t => by
    show npow (e.eval (σ ++ t)) 3 = x ^ 3
    rw [h.eval_eq, npow_int]⟩

end Ring

namespace ℤ

/-! ## A linear order, compatible with the ring -/

protected theorem le_refl (x : ℤ) : x ≤ x := Nat.le_refl _

protected theorem le_trans {x y z : ℤ} (h : x ≤ y) (k : y ≤ z) : x ≤ z := by
  induction x using ind with
  | h a b =>
  induction y using ind with
  | h c d =>
  induction z using ind with
  | h e f =>
  have h := (diff_le_diff _ _ _ _).1 h
  have k := (diff_le_diff _ _ _ _).1 k
  refine (diff_le_diff _ _ _ _).2 (Nat.le_of_add_le_add_right (c := d + c) ?_)
  calc a + f + (d + c) = (a + d) + (c + f) := ring
    _ ≤ (c + b) + (e + d) := Nat.add_le_add h k
    _ = e + b + (d + c) := ring

instance : Trans (α := ℤ) (β := ℤ) (γ := ℤ) LE.le LE.le LE.le := ⟨ℤ.le_trans⟩

protected theorem le_antisymm {x y : ℤ} (h : x ≤ y) (k : y ≤ x) : x = y := by
  have e : x.up + y.down = y.up + x.down := Nat.le_antisymm h k
  rw [← diff_up_down x, ← diff_up_down y]
  exact diff_eq e

protected theorem le_total (x y : ℤ) : x ≤ y ∨ y ≤ x := Nat.le_total _ _

theorem add_le_add {x y z w : ℤ} (h : x ≤ y) (k : z ≤ w) : x + z ≤ y + w := by
  induction x using ind with
  | h a b =>
  induction y using ind with
  | h c d =>
  induction z using ind with
  | h a' b' =>
  induction w using ind with
  | h c' d' =>
  have h := (diff_le_diff _ _ _ _).1 h
  have k := (diff_le_diff _ _ _ _).1 k
  rw [diff_add_diff, diff_add_diff]
  refine (diff_le_diff _ _ _ _).2 ?_
  calc a + a' + (d + d') = (a + d) + (a' + d') := ring
    _ ≤ (c + b) + (c' + b') := Nat.add_le_add h k
    _ = c + c' + (b + b') := ring

/-- The nonnegative integers are the naturals. -/
theorem exists_nat {x : ℤ} (h : 0 ≤ x) : ∃ n, x = pos n := by
  cases x with
  | pos n => exact ⟨n, rfl⟩
  | neg n => exact absurd (Nat.le_trans (Nat.le_add_left (Nat.succ n) 0) h) (Nat.not_succ_le_zero n)

theorem pos_nonneg (n : Nat) : 0 ≤ pos n := Nat.zero_le _

theorem pos_add (n m : Nat) : pos (n + m) = pos n + pos m :=
  (congrArg (diff · 0) (Nat.zero_add _).symm |>.trans (diff_add 0 (n + m))).symm

theorem pos_mul (n m : Nat) : pos (n * m) = pos n * pos m := by
  have h : ∀ k, diff k 0 = pos k := fun k => (congrArg (diff · 0) (Nat.zero_add k).symm).trans (diff_add 0 k)
  show pos (n * m) = diff (n * m + 0 * 0) (n * 0 + 0 * m)
  rw [Nat.zero_mul, Nat.zero_mul]
  exact (h _).symm

theorem pos_inj {n m : Nat} (h : pos n = pos m) : n = m := congrArg up h

theorem pos_le_pos {n m : Nat} : pos n ≤ pos m ↔ n ≤ m := Iff.rfl

theorem mul_nonneg {x y : ℤ} (h : 0 ≤ x) (k : 0 ≤ y) : 0 ≤ x * y := by
  obtain ⟨n, rfl⟩ := exists_nat h
  obtain ⟨m, rfl⟩ := exists_nat k
  rw [← pos_mul]
  exact pos_nonneg _

theorem sub_nonneg {x y : ℤ} : 0 ≤ y - x ↔ x ≤ y := by
  constructor
  · intro h
    calc x = x + 0 := ring
      _ ≤ x + (y - x) := add_le_add (ℤ.le_refl x) h
      _ = y := ring
  · intro h
    calc 0 = x + -x := ring
      _ ≤ y + -x := add_le_add h (ℤ.le_refl _)
      _ = y - x := rfl

theorem not_le {x y : ℤ} : ¬ x ≤ y ↔ y < x := by
  constructor
  · intro h
    have k : y.up + x.down < x.up + y.down := Nat.lt_of_not_le h
    induction x using ind with
    | h a b =>
    induction y using ind with
    | h c d =>
    have n : ¬ a + d ≤ c + b := fun l => h ((diff_le_diff _ _ _ _).2 l)
    have l := Nat.lt_of_not_le n
    show diff c d + diff 1 0 ≤ diff a b
    rw [diff_add_diff]
    refine (diff_le_diff _ _ _ _).2 ?_
    calc c + 1 + b = Nat.succ (c + b) := Nat.succ_add c b
      _ ≤ a + d := l
  · intro h k
    have l : y + 1 ≤ y := ℤ.le_trans h k
    have m : (1 : ℤ) ≤ 0 := by
      calc 1 = y + 1 + -y := ring
        _ ≤ y + -y := add_le_add l (ℤ.le_refl _)
        _ = 0 := ring
    exact absurd m (by decide)

end ℤ
