prelude
import VeriQuant.Order
/-!
# Lists, permutations and finite sums
-/

set_option autoImplicit false

universe u v

namespace List

variable {α : Type u} {β : Type v}

theorem nil_append (l : List α) : [] ++ l = l := rfl
theorem cons_append (x : α) (l m : List α) : x :: l ++ m = x :: (l ++ m) := rfl

theorem append_nil (l : List α) : l ++ [] = l := by
  induction l with
  | nil => rfl
  | cons x l ih => exact congrArg (x :: ·) ih

theorem append_assoc (a b c : List α) : a ++ b ++ c = a ++ (b ++ c) := by
  induction a with
  | nil => rfl
  | cons x a ih => exact congrArg (x :: ·) ih

theorem length_nil : ([] : List α).length = 0 := rfl
theorem length_cons (x : α) (l : List α) : (x :: l).length = Nat.succ l.length := rfl

theorem length_append (l m : List α) : (l ++ m).length = l.length + m.length := by
  induction l with
  | nil => exact (Nat.zero_add _).symm
  | cons x l ih =>
    rw [cons_append, length_cons, length_cons, ih, Nat.succ_add]

theorem length_map (f : α → β) (l : List α) : (l.map f).length = l.length := by
  induction l with
  | nil => rfl
  | cons x l ih => exact congrArg Nat.succ ih

theorem map_append (f : α → β) (l m : List α) : (l ++ m).map f = l.map f ++ m.map f := by
  induction l with
  | nil => rfl
  | cons x l ih => exact congrArg (f x :: ·) ih

/-- `x` occurs in the list. -/
inductive Mem (x : α) : List α → Prop where
  | head (l : List α) : Mem x (x :: l)
  | tail (y : α) {l : List α} (h : Mem x l) : Mem x (y :: l)

/-- Every entry has the property `p`. -/
def All (p : α → Prop) : List α → Prop
  | [] => True
  | x :: l => p x ∧ All p l

theorem all_iff (p : α → Prop) (l : List α) : All p l ↔ ∀ x, Mem x l → p x := by
  induction l with
  | nil => exact ⟨fun _ x h => (nomatch h), fun _ => True.intro⟩
  | cons y l ih =>
    constructor
    · intro h x m
      cases m with
      | head => exact h.1
      | tail _ m => exact ih.1 h.2 x m
    · intro h
      exact ⟨h y (.head l), ih.2 fun x m => h x (.tail y m)⟩

/-- One list is a rearrangement of the other. -/
inductive Perm : List α → List α → Prop where
  | nil : Perm [] []
  | cons (x : α) {l m : List α} (h : Perm l m) : Perm (x :: l) (x :: m)
  | swap (x y : α) (l : List α) : Perm (x :: y :: l) (y :: x :: l)
  | trans {l m n : List α} (h : Perm l m) (k : Perm m n) : Perm l n

theorem Perm.refl (l : List α) : Perm l l := by
  induction l with
  | nil => exact .nil
  | cons x l ih => exact .cons x ih

theorem Perm.length_eq {l m : List α} (h : Perm l m) : l.length = m.length := by
  induction h with
  | nil => rfl
  | cons x _ ih => exact congrArg Nat.succ ih
  | swap x y l => rfl
  | trans _ _ ih ik => exact ih.trans ik

theorem Perm.mem {l m : List α} (h : Perm l m) {x : α} (k : Mem x m) : Mem x l := by
  induction h with
  | nil => exact k
  | cons y _ ih =>
    cases k with
    | head => exact .head _
    | tail _ k => exact .tail _ (ih k)
  | swap y z l =>
    cases k with
    | head => exact .tail _ (.head _)
    | tail _ k =>
      cases k with
      | head => exact .head _
      | tail _ k => exact .tail _ (.tail _ k)
  | trans _ _ ih ik => exact ih (ik k)

theorem Perm.all {p : α → Prop} {l m : List α} (h : Perm l m) (k : All p l) : All p m :=
  (all_iff p m).2 fun x mem => (all_iff p l).1 k x (h.mem mem)

/-- The first `n` entries. -/
def take : Nat → List α → List α
  | 0, _ => []
  | Nat.succ _, [] => []
  | Nat.succ n, x :: l => x :: take n l

/-- The list without its first `n` entries. -/
def drop : Nat → List α → List α
  | 0, l => l
  | Nat.succ _, [] => []
  | Nat.succ n, _ :: l => drop n l

theorem take_append_drop (n : Nat) (l : List α) : take n l ++ drop n l = l := by
  induction n generalizing l with
  | zero => rfl
  | succ n ih =>
    cases l with
    | nil => rfl
    | cons x l => exact congrArg (x :: ·) (ih l)

theorem All.take {p : α → Prop} {l : List α} (h : All p l) (n : Nat) : All p (take n l) := by
  induction n generalizing l with
  | zero => exact True.intro
  | succ n ih =>
    cases l with
    | nil => exact True.intro
    | cons x l => exact ⟨h.1, ih h.2⟩

theorem length_take_le (n : Nat) (l : List α) : (take n l).length ≤ l.length := by
  induction n generalizing l with
  | zero => exact Nat.zero_le _
  | succ n ih =>
    cases l with
    | nil => exact Nat.le_refl _
    | cons x l => exact Nat.succ_le_succ (ih l)

/-- `n` copies of `x`. -/
def replicate (n : Nat) (x : α) : List α :=
  match n with
  | 0 => []
  | Nat.succ n => x :: replicate n x

theorem length_replicate (n : Nat) (x : α) : (replicate n x).length = n := by
  induction n with
  | zero => rfl
  | succ n ih => exact congrArg Nat.succ ih

/-- The sum of the entries. -/
def sum : List ℤ → ℤ
  | [] => 0
  | x :: l => x + sum l

theorem sum_append (l m : List ℤ) : sum (l ++ m) = sum l + sum m := by
  induction l with
  | nil => exact (ℤ.zero_add _).symm
  | cons x l ih =>
    show x + sum (l ++ m) = x + sum l + sum m
    rw [ih]
    exact ring

theorem Perm.sum_eq {l m : List ℤ} (h : Perm l m) : sum l = sum m := by
  induction h with
  | nil => rfl
  | cons x _ ih => exact congrArg (x + ·) ih
  | swap x y l =>
    show x + (y + sum l) = y + (x + sum l)
    exact ring
  | trans _ _ ih ik => exact ih.trans ik

end List

/-- `f 0 + f 1 + … + f (n - 1)`. -/
def sumTo : Nat → (Nat → ℤ) → ℤ
  | 0, _ => 0
  | Nat.succ n, f => sumTo n f + f n
