prelude
import VeriQuant.Logic
/-!
# Natural numbers

The laws of `+`, `*`, `≤`, truncated `-`, and division with remainder, from the defining equations.
-/

set_option autoImplicit false

namespace Nat

theorem add_zero (n : Nat) : n + 0 = n := rfl
theorem add_succ (n m : Nat) : n + succ m = succ (n + m) := rfl
theorem mul_zero (n : Nat) : n * 0 = 0 := rfl
theorem mul_succ (n m : Nat) : n * succ m = n * m + n := rfl
theorem pow_zero (n : Nat) : n ^ 0 = 1 := rfl
theorem pow_succ (n m : Nat) : n ^ succ m = n ^ m * n := rfl

theorem zero_add (n : Nat) : 0 + n = n := by
  induction n with
  | zero => rfl
  | succ n ih => rw [add_succ, ih]

theorem succ_add (n m : Nat) : succ n + m = succ (n + m) := by
  induction m with
  | zero => rfl
  | succ m ih => rw [add_succ, ih, add_succ]

protected theorem add_comm (n m : Nat) : n + m = m + n := by
  induction m with
  | zero => exact (zero_add n).symm
  | succ m ih => rw [add_succ, succ_add, ih]

protected theorem add_assoc (a b c : Nat) : a + b + c = a + (b + c) := by
  induction c with
  | zero => rfl
  | succ c ih => rw [add_succ, ih, add_succ, add_succ]

theorem zero_mul (n : Nat) : 0 * n = 0 := by
  induction n with
  | zero => rfl
  | succ n ih => rw [mul_succ, ih]

theorem succ_mul (n m : Nat) : succ n * m = n * m + m := by
  induction m with
  | zero => rfl
  | succ m ih =>
    rw [mul_succ, mul_succ, ih, add_succ, add_succ, Nat.add_assoc, Nat.add_assoc, Nat.add_comm m n]

protected theorem mul_comm (n m : Nat) : n * m = m * n := by
  induction m with
  | zero => exact (zero_mul n).symm
  | succ m ih => rw [mul_succ, succ_mul, ih]

protected theorem mul_add (a b c : Nat) : a * (b + c) = a * b + a * c := by
  induction c with
  | zero => rfl
  | succ c ih => rw [add_succ, mul_succ, mul_succ, ih, Nat.add_assoc]

protected theorem mul_assoc (a b c : Nat) : a * b * c = a * (b * c) := by
  induction c with
  | zero => rfl
  | succ c ih => rw [mul_succ, mul_succ, ih, Nat.mul_add]

protected theorem one_mul (n : Nat) : 1 * n = n := by
  rw [Nat.mul_comm]
  exact zero_add n

theorem succ_inj {a b : Nat} (h : succ a = succ b) : a = b := congrArg pred h

theorem add_right_cancel {a b c : Nat} (h : a + c = b + c) : a = b := by
  induction c with
  | zero => exact h
  | succ c ih => exact ih (succ_inj h)

theorem add_left_cancel {a b c : Nat} (h : c + a = c + b) : a = b := by
  rw [Nat.add_comm c a, Nat.add_comm c b] at h
  exact add_right_cancel h

/-! ## Order -/

protected theorem le_refl (n : Nat) : n ≤ n := Nat.le.refl
theorem le_succ (n : Nat) : n ≤ succ n := Nat.le.step Nat.le.refl
theorem zero_le (n : Nat) : 0 ≤ n := le_succ_of_zero n
theorem succ_le_succ {n m : Nat} (h : n ≤ m) : succ n ≤ succ m := le_succ_succ h

protected theorem le_trans {a b c : Nat} (h : a ≤ b) (k : b ≤ c) : a ≤ c := by
  induction k with
  | refl => exact h
  | step _ ih => exact Nat.le.step ih

theorem pred_le_pred {n m : Nat} (h : n ≤ m) : pred n ≤ pred m := by
  cases h with
  | refl => exact Nat.le.refl
  | step h =>
    cases n with
    | zero => exact zero_le _
    | succ n => exact Nat.le_trans (le_succ n) h

theorem le_of_succ_le_succ {n m : Nat} (h : succ n ≤ succ m) : n ≤ m := pred_le_pred h

theorem not_succ_le_zero (n : Nat) (h : succ n ≤ 0) : False :=
  Bool.noConfusion (ble_of_le h)

theorem not_succ_le_self (n : Nat) : ¬ succ n ≤ n := by
  induction n with
  | zero => exact not_succ_le_zero 0
  | succ n ih => exact fun h => ih (le_of_succ_le_succ h)

protected theorem lt_irrefl (n : Nat) : ¬ n < n := not_succ_le_self n

protected theorem le_antisymm {n m : Nat} (h : n ≤ m) (k : m ≤ n) : n = m := by
  cases h with
  | refl => rfl
  | step h => exact absurd (Nat.le_trans (succ_le_succ h) k) (not_succ_le_self _)

theorem le_or_lt (n m : Nat) : n ≤ m ∨ m < n := by
  induction m with
  | zero =>
    cases n with
    | zero => exact Or.inl Nat.le.refl
    | succ n => exact Or.inr (succ_le_succ (zero_le n))
  | succ m ih =>
    cases ih with
    | inl h => exact Or.inl (Nat.le.step h)
    | inr h =>
      cases h with
      | refl => exact Or.inl Nat.le.refl
      | step h => exact Or.inr (succ_le_succ h)

protected theorem le_total (n m : Nat) : n ≤ m ∨ m ≤ n :=
  (le_or_lt n m).elim Or.inl fun h => Or.inr (Nat.le_trans (le_succ m) h)

theorem lt_of_not_le {n m : Nat} (h : ¬ n ≤ m) : m < n := (le_or_lt n m).elim (fun k => absurd k h) id
theorem not_le_of_lt {n m : Nat} (h : m < n) (k : n ≤ m) : False :=
  Nat.lt_irrefl _ (Nat.le_trans h k)

theorem le_add_right (n m : Nat) : n ≤ n + m := by
  induction m with
  | zero => exact Nat.le.refl
  | succ m ih => exact Nat.le.step ih

theorem le_add_left (n m : Nat) : n ≤ m + n := by
  rw [Nat.add_comm]
  exact le_add_right n m

/-- `n ≤ m` says that `m` is `n` plus something. -/
theorem exists_add {n m : Nat} (h : n ≤ m) : ∃ d, m = n + d := by
  induction h with
  | refl => exact ⟨0, rfl⟩
  | step _ ih =>
    obtain ⟨d, hd⟩ := ih
    exact ⟨succ d, congrArg succ hd⟩

theorem add_le_add_right {a b : Nat} (h : a ≤ b) (c : Nat) : a + c ≤ b + c := by
  induction c with
  | zero => exact h
  | succ c ih => exact succ_le_succ ih

theorem add_le_add {a b c d : Nat} (h : a ≤ b) (k : c ≤ d) : a + c ≤ b + d := by
  refine Nat.le_trans (add_le_add_right h c) ?_
  rw [Nat.add_comm b c, Nat.add_comm b d]
  exact add_le_add_right k b

theorem le_of_add_le_add_right {a b c : Nat} (h : a + c ≤ b + c) : a ≤ b := by
  induction c with
  | zero => exact h
  | succ c ih => exact ih (le_of_succ_le_succ h)

theorem mul_le_mul {a b c d : Nat} (h : a ≤ b) (k : c ≤ d) : a * c ≤ b * d := by
  obtain ⟨x, rfl⟩ := exists_add h
  obtain ⟨y, rfl⟩ := exists_add k
  rw [Nat.mul_add, Nat.mul_comm (a + x) c, Nat.mul_add, Nat.mul_comm c a, Nat.add_assoc]
  exact le_add_right _ _

theorem add_eq_zero {a b : Nat} (h : a + b = 0) : b = 0 := by
  cases b with
  | zero => rfl
  | succ b => exact Nat.noConfusion h

/-! ## Truncated subtraction -/

theorem sub_zero (n : Nat) : n - 0 = n := rfl
theorem sub_succ (n m : Nat) : n - succ m = pred (n - m) := rfl

theorem succ_sub_succ (n m : Nat) : succ n - succ m = n - m := by
  induction m with
  | zero => rfl
  | succ m ih => rw [sub_succ, ih, ← sub_succ]

theorem add_sub_cancel (n m : Nat) : n + m - m = n := by
  induction m with
  | zero => rfl
  | succ m ih => rw [add_succ, succ_sub_succ, ih]

theorem sub_add_cancel {n m : Nat} (h : m ≤ n) : n - m + m = n := by
  obtain ⟨d, rfl⟩ := exists_add h
  rw [Nat.add_comm m d, add_sub_cancel]

theorem sub_self (n : Nat) : n - n = 0 := by
  have h := add_sub_cancel 0 n
  rw [zero_add] at h
  exact h

theorem sub_le (n m : Nat) : n - m ≤ n := by
  induction m with
  | zero => exact Nat.le.refl
  | succ m ih => exact Nat.le_trans (by rw [sub_succ]; cases n - m; exact Nat.le.refl; exact le_succ _) ih

/-! ## Division with remainder -/

theorem divLoop_modLoop (y fuel x : Nat) : y * divLoop y fuel x + modLoop y fuel x = x := by
  induction fuel generalizing x with
  | zero => exact zero_add x
  | succ fuel ih =>
    show y * cond (ble y x) (succ (divLoop y fuel (x - y))) 0
      + cond (ble y x) (modLoop y fuel (x - y)) x = x
    cases h : ble y x with
    | false => exact zero_add x
    | true =>
      show y * succ (divLoop y fuel (x - y)) + modLoop y fuel (x - y) = x
      rw [mul_succ, Nat.add_assoc, Nat.add_comm y, ← Nat.add_assoc, ih]
      exact sub_add_cancel (le_of_ble_eq_true h)

theorem modLoop_lt {y : Nat} (hy : 0 < y) (fuel x : Nat) (h : x ≤ fuel) :
    modLoop y fuel x < y := by
  induction fuel generalizing x with
  | zero =>
    cases h
    exact hy
  | succ fuel ih =>
    show cond (ble y x) (modLoop y fuel (x - y)) x < y
    cases e : ble y x with
    | false =>
      exact lt_of_not_le fun k => Bool.noConfusion ((ble_of_le k).symm.trans e)
    | true =>
      refine ih _ ?_
      cases y with
      | zero => exact absurd hy (Nat.lt_irrefl 0)
      | succ y =>
        cases x with
        | zero => exact Nat.le_trans (sub_le 0 _) (zero_le _)
        | succ x =>
          rw [succ_sub_succ]
          exact Nat.le_trans (sub_le x y) (le_of_succ_le_succ h)

theorem div_add_mod (x y : Nat) : y * (x / y) + x % y = x := by
  show y * cond (beq y 0) 0 (divLoop y x x) + cond (beq y 0) x (modLoop y x x) = x
  cases beq y 0 with
  | true => exact zero_add x
  | false => exact divLoop_modLoop y x x

theorem mod_lt (x : Nat) {y : Nat} (hy : 0 < y) : x % y < y := by
  show cond (beq y 0) x (modLoop y x x) < y
  cases h : beq y 0 with
  | true =>
    cases eq_of_beq_eq_true h
    exact absurd hy (Nat.lt_irrefl 0)
  | false => exact modLoop_lt hy x x Nat.le.refl

end Nat
