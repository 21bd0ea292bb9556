prelude
import VeriQuant.Nat
/-!
# Commutative semirings and a verified normaliser for polynomials

`ring` proves an identity between polynomial expressions. It is not a tactic but a theorem: type
class resolution (`Reify`) reads the two sides as syntax trees over a list of atoms, `norm`
brings a tree to a sorted sum of monomials, and `Expr.eval_norm` proves that this keeps the value.
What is left is to compare two lists, which the kernel computes.
-/

set_option autoImplicit false

/-- A commutative semiring whose equality can be computed. -/
class CommSemiring (α : Type) extends Add α, Mul α where
  zero : α
  one : α
  beq : α → α → Bool
  eq_of_beq : ∀ a b : α, beq a b = true → a = b
  add_assoc : ∀ a b c : α, a + b + c = a + (b + c)
  add_comm : ∀ a b : α, a + b = b + a
  zero_add : ∀ a : α, zero + a = a
  mul_assoc : ∀ a b c : α, a * b * c = a * (b * c)
  mul_comm : ∀ a b : α, a * b = b * a
  one_mul : ∀ a : α, one * a = a
  zero_mul : ∀ a : α, zero * a = zero
  mul_add : ∀ a b c : α, a * (b + c) = a * b + a * c

namespace Ring

variable {α : Type} [R : CommSemiring α]

theorem add_left_comm (a b c : α) : a + (b + c) = b + (a + c) := by
  rw [← R.add_assoc, R.add_comm a b, R.add_assoc]

theorem mul_left_comm (a b c : α) : a * (b * c) = b * (a * c) := by
  rw [← R.mul_assoc, R.mul_comm a b, R.mul_assoc]

theorem add_mul (a b c : α) : (a + b) * c = a * c + b * c := by
  rw [R.mul_comm, R.mul_add, R.mul_comm c a, R.mul_comm c b]

/-- `x` to the power `k`. -/
def npow (x : α) : Nat → α
  | 0 => R.one
  | Nat.succ k => npow x k * x

/-- Polynomial expressions over numbered atoms. -/
inductive Expr (α : Type) where
  | atom (i : Nat)
  | const (c : α)
  | add (e f : Expr α)
  | mul (e f : Expr α)
  | pow (e : Expr α) (k : Nat)

/-- Entry `i` of a list. -/
def _root_.List.nth {β : Type} : List β → Nat → Option β
  | [], _ => none
  | x :: _, 0 => some x
  | _ :: δ, Nat.succ i => List.nth δ i

def _root_.Option.getD {β : Type} : Option β → β → β
  | some x, _ => x
  | none, d => d

/-- The value of atom `i`; `zero` beyond the list. -/
def lookup (δ : List α) (i : Nat) : α := (List.nth δ i).getD R.zero

def Expr.eval (δ : List α) : Expr α → α
  | .atom i => lookup δ i
  | .const c => c
  | .add e f => e.eval δ + f.eval δ
  | .mul e f => e.eval δ * f.eval δ
  | .pow e k => npow (e.eval δ) k

/-- A monomial is the ascending list of its atoms, with repetition. -/
abbrev Mono := List Nat

def Mono.eval (δ : List α) : Mono → α
  | [] => R.one
  | i :: m => lookup δ i * Mono.eval δ m

def Mono.insert (i : Nat) : Mono → Mono
  | [] => [i]
  | j :: m => cond (Nat.ble i j) (i :: j :: m) (j :: Mono.insert i m)

def Mono.mul : Mono → Mono → Mono
  | [], n => n
  | i :: m, n => Mono.insert i (Mono.mul m n)

def Mono.beq : Mono → Mono → Bool
  | [], [] => true
  | i :: m, j :: n => and (Nat.beq i j) (Mono.beq m n)
  | _, _ => false

/-- An order on monomials; which one does not matter. -/
def Mono.lt : Mono → Mono → Bool
  | [], [] => false
  | [], _ :: _ => true
  | _ :: _, [] => false
  | i :: m, j :: n => cond (Nat.beq i j) (Mono.lt m n) (Nat.ble i j)

/-- A sum of monomials with coefficients. -/
inductive Poly (α : Type) where
  | nil
  | term (m : Mono) (c : α) (p : Poly α)

def Poly.eval (δ : List α) : Poly α → α
  | .nil => R.zero
  | .term m c p => c * m.eval δ + p.eval δ

def Poly.addTerm (m : Mono) (c : α) : Poly α → Poly α
  | .nil => .term m c .nil
  | .term n d p =>
    cond (m.beq n)
      (cond (R.beq (c + d) R.zero) p (.term m (c + d) p))
      (cond (m.lt n) (.term m c (.term n d p)) (.term n d (addTerm m c p)))

def Poly.add : Poly α → Poly α → Poly α
  | .nil, q => q
  | .term m c p, q => addTerm m c (add p q)

def Poly.mulTerm (m : Mono) (c : α) : Poly α → Poly α
  | .nil => .nil
  | .term n d p => addTerm (m.mul n) (c * d) (mulTerm m c p)

def Poly.mul : Poly α → Poly α → Poly α
  | .nil, _ => .nil
  | .term m c p, q => add (mulTerm m c q) (mul p q)

def Poly.one : Poly α := .term [] R.one .nil

def Poly.pow (p : Poly α) : Nat → Poly α
  | 0 => one
  | Nat.succ k => mul (pow p k) p

def Poly.beq : Poly α → Poly α → Bool
  | .nil, .nil => true
  | .term m c p, .term n d q => and (and (m.beq n) (R.beq c d)) (beq p q)
  | _, _ => false

def Expr.norm : Expr α → Poly α
  | .atom i => .term [i] R.one .nil
  | .const c => cond (R.beq c R.zero) .nil (.term [] c .nil)
  | .add e f => e.norm.add f.norm
  | .mul e f => e.norm.mul f.norm
  | .pow e k => e.norm.pow k

/-! ## The normal form has the same value -/

theorem Mono.eval_insert (δ : List α) (i : Nat) (m : Mono) :
    (Mono.insert i m).eval δ = lookup δ i * m.eval δ := by
  induction m with
  | nil => rfl
  | cons j m ih =>
    show Mono.eval δ (cond (Nat.ble i j) (i :: j :: m) (j :: Mono.insert i m)) = _
    cases Nat.ble i j with
    | true => rfl
    | false =>
      show lookup δ j * Mono.eval δ (Mono.insert i m) = lookup δ i * (lookup δ j * Mono.eval δ m)
      rw [ih, mul_left_comm]

theorem Mono.eval_mul (δ : List α) (m n : Mono) :
    (m.mul n).eval δ = m.eval δ * n.eval δ := by
  induction m with
  | nil => exact (R.one_mul _).symm
  | cons i m ih =>
    show Mono.eval δ (Mono.insert i (Mono.mul m n)) = lookup δ i * Mono.eval δ m * Mono.eval δ n
    rw [Mono.eval_insert, ih, R.mul_assoc]

theorem Mono.eq_of_beq (m n : Mono) (h : m.beq n = true) : m = n := by
  induction m generalizing n with
  | nil =>
    cases n with
    | nil => rfl
    | cons j n => cases h
  | cons i m ih =>
    cases n with
    | nil => cases h
    | cons j n =>
      have ⟨hi, hm⟩ := and_eq_true h
      rw [Nat.eq_of_beq_eq_true hi, ih n hm]

theorem Poly.eval_addTerm (δ : List α) (m : Mono) (c : α) (p : Poly α) :
    (p.addTerm m c).eval δ = c * m.eval δ + p.eval δ := by
  induction p with
  | nil => rfl
  | term n d p ih =>
    show Poly.eval δ (cond (m.beq n)
      (cond (R.beq (c + d) R.zero) p (.term m (c + d) p))
      (cond (m.lt n) (.term m c (.term n d p)) (.term n d (addTerm m c p)))) =
        c * m.eval δ + (d * n.eval δ + p.eval δ)
    cases h : m.beq n with
    | true =>
      show Poly.eval δ (cond (R.beq (c + d) R.zero) p (.term m (c + d) p)) = _
      have e := Mono.eq_of_beq m n h
      rw [← e, ← R.add_assoc, ← add_mul]
      cases k : R.beq (c + d) R.zero with
      | true =>
        rw [R.eq_of_beq _ _ k, R.zero_mul, R.zero_add]
        rfl
      | false => rfl
    | false =>
      show Poly.eval δ (cond (m.lt n) (.term m c (.term n d p)) (.term n d (addTerm m c p))) = _
      cases m.lt n with
      | true => rfl
      | false =>
        show d * n.eval δ + (addTerm m c p).eval δ = _
        rw [ih, add_left_comm]

theorem Poly.eval_add (δ : List α) (p q : Poly α) : (p.add q).eval δ = p.eval δ + q.eval δ := by
  induction p with
  | nil => exact (R.zero_add _).symm
  | term m c p ih =>
    show (addTerm m c (add p q)).eval δ = c * m.eval δ + p.eval δ + q.eval δ
    rw [eval_addTerm, ih, R.add_assoc]

theorem Poly.eval_mulTerm (δ : List α) (m : Mono) (c : α) (p : Poly α) :
    (p.mulTerm m c).eval δ = c * m.eval δ * p.eval δ := by
  induction p with
  | nil => exact ((R.mul_comm _ _).trans (R.zero_mul _)).symm
  | term n d p ih =>
    show (addTerm (m.mul n) (c * d) (mulTerm m c p)).eval δ =
      c * m.eval δ * (d * n.eval δ + p.eval δ)
    rw [eval_addTerm, ih, Mono.eval_mul, R.mul_add, R.mul_assoc c d, mul_left_comm d,
      ← R.mul_assoc c (m.eval δ)]

theorem Poly.eval_mul (δ : List α) (p q : Poly α) : (p.mul q).eval δ = p.eval δ * q.eval δ := by
  induction p with
  | nil => exact (R.zero_mul _).symm
  | term m c p ih =>
    show (add (mulTerm m c q) (mul p q)).eval δ = (c * m.eval δ + p.eval δ) * q.eval δ
    rw [eval_add, eval_mulTerm, ih, add_mul]

theorem Poly.eval_one (δ : List α) : (Poly.one : Poly α).eval δ = R.one := by
  show R.one * R.one + R.zero = R.one
  rw [R.one_mul, R.add_comm, R.zero_add]

theorem Poly.eval_pow (δ : List α) (p : Poly α) (k : Nat) :
    (p.pow k).eval δ = npow (p.eval δ) k := by
  induction k with
  | zero => exact eval_one δ
  | succ k ih =>
    show (mul (pow p k) p).eval δ = npow (p.eval δ) k * p.eval δ
    rw [eval_mul, ih]

theorem Poly.eq_of_beq (p q : Poly α) (h : p.beq q = true) : p = q := by
  induction p generalizing q with
  | nil =>
    cases q with
    | nil => rfl
    | term => cases h
  | term m c p ih =>
    cases q with
    | nil => cases h
    | term n d q =>
      have ⟨h1, hp⟩ := and_eq_true h
      have ⟨hm, hc⟩ := and_eq_true h1
      rw [Mono.eq_of_beq _ _ hm, R.eq_of_beq _ _ hc, ih q hp]

theorem Expr.eval_norm (δ : List α) (e : Expr α) : e.norm.eval δ = e.eval δ := by
  induction e with
  | atom i =>
    show R.one * (lookup δ i * R.one) + R.zero = lookup δ i
    rw [R.one_mul, R.mul_comm, R.one_mul, R.add_comm, R.zero_add]
  | const c =>
    show Poly.eval δ (cond (R.beq c R.zero) .nil (.term [] c .nil)) = c
    cases h : R.beq c R.zero with
    | true => exact (R.eq_of_beq _ _ h).symm
    | false =>
      show c * R.one + R.zero = c
      rw [R.mul_comm, R.one_mul, R.add_comm, R.zero_add]
  | add e f ihe ihf => exact (Poly.eval_add δ _ _).trans (ihe ▸ ihf ▸ rfl)
  | mul e f ihe ihf => exact (Poly.eval_mul δ _ _).trans (ihe ▸ ihf ▸ rfl)
  | pow e k ih => exact (Poly.eval_pow δ _ _).trans (ih ▸ rfl)

/-! ## Reading terms as expressions -/

theorem append_nil {β : Type} (l : List β) : l ++ [] = l := by
  induction l with
  | nil => rfl
  | cons x l ih => exact congrArg (x :: ·) ih

theorem append_assoc {β : Type} (a b c : List β) : a ++ b ++ c = a ++ (b ++ c) := by
  induction a with
  | nil => rfl
  | cons x a ih => exact congrArg (x :: ·) ih

/-- Atom `i` of `σ` is `x`; `σ` is `δ`, with `x` added at its end where it was missing. -/
class Find {β : Type} (δ : List β) (x : β) (i : outParam Nat) (σ : outParam (List β)) : Prop where
  grows : ∃ t, σ = δ ++ t
  eq : ∀ t, List.nth (σ ++ t) i = some x

instance {β : Type} (x : β) : Find [] x 0 [x] := ⟨⟨[x], rfl⟩, fun _ => rfl⟩
instance {β : Type} (δ : List β) (x : β) : Find (x :: δ) x 0 (x :: δ) :=
  ⟨⟨[], congrArg (x :: ·) (append_nil δ).symm⟩, fun _ => rfl⟩
instance (priority := 500) {β : Type} (δ σ : List β) (x y : β) (i : Nat) [h : Find δ x i σ] :
    Find (y :: δ) x (Nat.succ i) (y :: σ) where
  grows := by
    obtain ⟨t, ht⟩ := h.grows
    exact ⟨t, congrArg (y :: ·) ht⟩
  eq t := h.eq t

/-- `x` is the value of `e` over the atoms `σ`, which extend `δ`. -/
class Reify (δ : List α) (x : α) (e : outParam (Expr α)) (σ : outParam (List α)) : Prop where
  grows : ∃ t, σ = δ ++ t
  eval_eq : ∀ t, e.eval (σ ++ t) = x

theorem grows_trans {β : Type} {δ σ τ : List β} (h : ∃ t, σ = δ ++ t) (k : ∃ t, τ = σ ++ t) :
    ∃ t, τ = δ ++ t := by
  obtain ⟨s, rfl⟩ := h
  obtain ⟨t, rfl⟩ := k
  exact ⟨s ++ t, append_assoc δ s t⟩

/-- An expression keeps its value when the list of atoms grows. -/
theorem Reify.mono {δ σ τ : List α} {x : α} {e : Expr α} (h : Reify δ x e σ)
    (k : ∃ t, τ = σ ++ t) (t : List α) : e.eval (τ ++ t) = x := by
  obtain ⟨s, rfl⟩ := k
  rw [append_assoc]
  exact h.eval_eq _

theorem Reify.ofFind {δ σ : List α} {x : α} {i : Nat} (h : Find δ x i σ) :
    Reify δ x (.atom i) σ where
  grows := h.grows
  eval_eq t := by
    show (List.nth (σ ++ t) i).getD R.zero = x
    rw [h.eq t]
    rfl

instance (priority := 100) (δ σ : List α) (x : α) (i : Nat) [h : Find δ x i σ] :
    Reify δ x (.atom i) σ := Reify.ofFind h

/-- Both are the same term. -/
class Same (x y : α) : Prop where
  eq : x = y

instance (x : α) : Same x x := ⟨rfl⟩

instance (δ σ τ : List α) (x y : α) (e f : Expr α) [h : Reify δ x e σ] [k : Reify σ y f τ] :
    Reify δ (x + y) (.add e f) τ :=
  ⟨grows_trans h.grows k.grows, fun t => by
    show e.eval (τ ++ t) + f.eval (τ ++ t) = x + y
    rw [h.mono k.grows, k.eval_eq]⟩

instance (δ σ τ : List α) (x y : α) (e f : Expr α) [h : Reify δ x e σ] [k : Reify σ y f τ] :
    Reify δ (x * y) (.mul e f) τ :=
  ⟨grows_trans h.grows k.grows, fun t => by
    show e.eval (τ ++ t) * f.eval (τ ++ t) = x * y
    rw [h.mono k.grows, k.eval_eq]⟩

end Ring

open Ring in
/-- Both sides have the same normal form. -/
theorem ring {α : Type} [R : CommSemiring α] {x y : α} {e f : Expr α} {σ τ : List α}
    [h : Reify [] x e σ] [k : Reify σ y f τ]
    (c : e.norm.beq f.norm = true := by decide +kernel) : x = y := by
  have hx := h.mono k.grows []
  have hy := k.eval_eq []
  rw [← hx, ← hy, ← e.eval_norm, ← f.eval_norm, Poly.eq_of_beq _ _ c]

instance : CommSemiring Nat where
  zero := 0
  one := 1
  beq := Nat.beq
  eq_of_beq _ _ := Nat.eq_of_beq_eq_true
  add_assoc := Nat.add_assoc
  add_comm := Nat.add_comm
  zero_add := Nat.zero_add
  mul_assoc := Nat.mul_assoc
  mul_comm := Nat.mul_comm
  one_mul := Nat.one_mul
  zero_mul := Nat.zero_mul
  mul_add := Nat.mul_add

namespace Ring

-- Literals are read one by one: unification would take every natural for a literal.
instance (δ : List Nat) : Reify δ 0 (.const 0) δ := ⟨⟨[], (append_nil δ).symm⟩, fun _ => rfl⟩
instance (δ : List Nat) : Reify δ 1 (.const 1) δ := ⟨⟨[], (append_nil δ).symm⟩, fun _ => rfl⟩
instance (δ : List Nat) : Reify δ 2 (.const 2) δ := ⟨⟨[], (append_nil δ).symm⟩, fun _ => rfl⟩

end Ring
