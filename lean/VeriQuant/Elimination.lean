prelude
import VeriQuant.Int
/-!
# Elimination in systems of linear inequalities

`refute` eliminates one monomial after the other (Fourier and Motzkin); `refute_sound` says that a
positive answer is a proof that the facts contradict each other. The kernel computes the answer.
-/

set_option autoImplicit false

namespace Linear

open Ring

/-- A polynomial that is claimed to be nonnegative. -/
abbrev Row := Poly ℤ

/-- The claims collected so far: polynomials that are zero, and polynomials that are nonnegative. -/
structure Facts where
  zeros : List Row
  rows : List Row

/-- All polynomials of the list have the property `P` at `δ`. -/
def All (P : ℤ → Prop) (δ : List ℤ) : List Row → Prop
  | [] => True
  | p :: rs => P (p.eval δ) ∧ All P δ rs

abbrev Zero (δ : List ℤ) (rs : List Row) : Prop := All (fun v => v = 0) δ rs
abbrev Nonneg (δ : List ℤ) (rs : List Row) : Prop := All (fun v => 0 ≤ v) δ rs

def Facts.Hold (δ : List ℤ) (s : Facts) : Prop := Zero δ s.zeros ∧ Nonneg δ s.rows

/-- The coefficient of a monomial. -/
def coef (m : Mono) : Row → ℤ
  | .nil => 0
  | .term n c p => cond (m.beq n) c (coef m p)

def scale (k : ℤ) (p : Row) : Row := p.mulTerm [] k

/-! ### Division by a common factor

Over the integers `0 ≤ g v + r` with `r < g` says `0 ≤ v`. -/

def gcd : (fuel : Nat) → Nat → Nat → Nat
  | 0, a, _ => a
  | Nat.succ fuel, a, b => cond (Nat.beq b 0) a (gcd fuel b (a % b))

/-- The greatest common divisor of `g` and the coefficients that are not constant. -/
def content : Row → (g : Nat) → Nat
  | .nil, g => g
  | .term [] _ p, g => content p g
  | .term (_ :: _) c p, g => cond (Nat.beq g 1) 1 (content p (gcd 64 (c.up + c.down) g))

def quot (g : Nat) : ℤ → ℤ
  | .pos n => .pos (n / g)
  | .neg n => .neg (n / g)

def divide (g : Nat) : Row → Row
  | .nil => .nil
  | .term m c p => .term m (quot g c) (divide g p)

/-- The polynomial is a constant from `0` to `g - 1`. -/
def isRest (g : Nat) : Row → Bool
  | .nil => Nat.ble 1 g
  | .term [] (.pos r) .nil => Nat.ble (Nat.succ r) g
  | _ => false

/-- `p` divided by `g`, rounded down, if the division is found right. -/
def tightenBy (g : Nat) (p : Row) : Row :=
  cond (isRest g (p.add (scale (-.pos g) (divide g p)))) (divide g p) p

def tighten (p : Row) : Row :=
  cond (Nat.ble (content p 0) 1) p (tightenBy (content p 0) p)

def tightenAll : List Row → List Row
  | [] => []
  | p :: rs => tighten p :: tightenAll rs

/-! ### Substitution of an equation -/

def isUnit : ℤ → Bool
  | .pos 1 => true
  | .neg 0 => true
  | _ => false

/-- The first monomial with the coefficient 1 or -1, with its coefficient. -/
def lead : Row → Option (Prod Mono ℤ)
  | .nil => none
  | .term [] _ p => lead p
  | .term (i :: m) c p => cond (isUnit c) (some (i :: m, c)) (lead p)

/-- `q`, freed of `m` by adding a multiple of `p`, which is zero and has the coefficient `c`. -/
def cancel (m : Mono) (c : ℤ) (p q : Row) : Row :=
  cond (ℤ.beq (coef m q) 0) q
    ((scale (.pos (c.up + c.down)) q).add
      (scale (cond (Nat.beq c.up 0) (coef m q) (-coef m q)) p))

def cancelAll (m : Mono) (c : ℤ) (p : Row) : List Row → List Row
  | [] => []
  | q :: rs => cancel m c p q :: cancelAll m c p rs

/-! ### Elimination from inequalities -/

/-- The sum of `p` and `q` with the factors that cancel `m`. -/
def combine (m : Mono) (p q : Row) : Row :=
  (scale (.pos (coef m q).down) p).add (scale (.pos (coef m p).up) q)

def combineAll (m : Mono) (p : Row) : List Row → List Row → List Row
  | [], acc => acc
  | q :: rs, acc =>
    cond (Nat.beq (coef m q).down 0) (combineAll m p rs acc)
      (combineAll m p rs (combine m p q :: acc))

/-- Every row with a positive coefficient of `m` is combined with every one with a negative. -/
def pairs (m : Mono) (all : List Row) : List Row → List Row
  | [] => []
  | p :: rs => cond (Nat.beq (coef m p).up 0) (pairs m all rs) (combineAll m p all (pairs m all rs))

/-- The rows without `m`, put in front of `acc`. -/
def without (m : Mono) : List Row → List Row → List Row
  | [], acc => acc
  | p :: rs, acc => cond (ℤ.beq (coef m p) 0) (p :: without m rs acc) (without m rs acc)

def eliminate (m : Mono) (rs : List Row) : List Row := without m rs (pairs m rs rs)

def countUp (m : Mono) : List Row → Nat
  | [] => 0
  | p :: rs => cond (Nat.beq (coef m p).up 0) (countUp m rs) (Nat.succ (countUp m rs))

def countDown (m : Mono) : List Row → Nat
  | [] => 0
  | p :: rs => cond (Nat.beq (coef m p).down 0) (countDown m rs) (Nat.succ (countDown m rs))

/-- The monomial whose elimination makes the fewest rows. -/
def cheapest (rs : List Row) : Row → Option (Prod Mono Nat) → Option (Prod Mono Nat)
  | .nil, best => best
  | .term [] _ p, best => cheapest rs p best
  | .term (i :: m) _ p, none =>
    cheapest rs p (some (i :: m, countUp (i :: m) rs * countDown (i :: m) rs))
  | .term (i :: m) _ p, some (n, k) =>
    cond (Nat.ble k (countUp (i :: m) rs * countDown (i :: m) rs))
      (cheapest rs p (some (n, k)))
      (cheapest rs p (some (i :: m, countUp (i :: m) rs * countDown (i :: m) rs)))

def cheapestOf (all : List Row) : List Row → Option (Prod Mono Nat) → Option (Prod Mono Nat)
  | [], best => best
  | p :: rs, best => cheapestOf all rs (cheapest all p best)

/-- A negative constant cannot be nonnegative. -/
def absurdRow : Row → Bool
  | .term [] (.neg _) .nil => true
  | _ => false

def anyAbsurd : List Row → Bool
  | [] => false
  | p :: rs => cond (absurdRow p) true (anyAbsurd rs)

/-- Try to show that the rows cannot all hold, in at most `fuel` eliminations. -/
def refuteRows : (fuel : Nat) → List Row → Bool
  | 0, rs => anyAbsurd rs
  | Nat.succ fuel, rs => cond (anyAbsurd rs) true
    (match cheapestOf rs rs none with
    | none => false
    | some (m, _) => refuteRows fuel (tightenAll (eliminate m rs)))

/-- Substitute the equations that have a unit coefficient, keep the others as two inequalities each,
then eliminate. -/
def refuteEqs : (fuel : Nat) → List Row → List Row → Bool
  | _, [], rs => refuteRows 24 (tightenAll rs)
  | 0, _ :: _, rs => refuteRows 24 (tightenAll rs)
  | Nat.succ fuel, p :: zs, rs =>
    match lead p with
    | none => refuteEqs fuel zs (p :: scale (-1) p :: rs)
    | some (m, c) => refuteEqs fuel (cancelAll m c p zs) (cancelAll m c p rs)

def refute (s : Facts) : Bool := refuteEqs 24 s.zeros s.rows

/-! ## Soundness -/

theorem eval_scale (δ : List ℤ) (k : ℤ) (p : Row) : (scale k p).eval δ = k * p.eval δ := by
  show (p.mulTerm [] k).eval δ = _
  rw [Poly.eval_mulTerm]
  show k * 1 * p.eval δ = _
  exact ring

theorem rest_range {δ : List ℤ} {g : Nat} {p : Row} (h : isRest g p = true) :
    p.eval δ + 1 ≤ .pos g := by
  match p, h with
  | .nil, h => exact Nat.le_of_ble_eq_true h
  | .term [] (.pos r) .nil, h =>
    show ℤ.pos r * 1 + 0 + 1 ≤ .pos g
    have e : ℤ.pos r * 1 + 0 + 1 = ℤ.pos r + 1 := ring
    have f : ℤ.pos r + 1 = ℤ.pos (Nat.succ r) := (ℤ.pos_add r 1).symm
    rw [e, f]
    exact Nat.le_of_ble_eq_true h

/-- `0 ≤ g v + r` and `r < g` give `0 ≤ v`. -/
theorem nonneg_of_scaled {g : Nat} {v r : ℤ} (h : 0 ≤ .pos g * v + r) (k : r + 1 ≤ .pos g) :
    0 ≤ v := by
  refine Decidable.not_not fun n => ?_
  have l : v + 1 ≤ 0 := ℤ.not_le.1 n
  have m := ℤ.mul_nonneg (ℤ.pos_nonneg g) (ℤ.sub_nonneg.2 l)
  have a := ℤ.add_le_add (ℤ.add_le_add h m) k
  have e : 0 + 0 + (r + 1) = r + 1 := ring
  have f : ℤ.pos g * v + r + ℤ.pos g * (0 - (v + 1)) + ℤ.pos g = r := ring
  rw [e, f] at a
  exact ℤ.not_le.2 (ℤ.le_refl (r + 1)) a

theorem tightenBy_nonneg {δ : List ℤ} {p : Row} (g : Nat) (h : 0 ≤ p.eval δ) :
    0 ≤ (tightenBy g p).eval δ := by
  unfold tightenBy
  cases k : isRest g (p.add (scale (-.pos g) (divide g p))) with
  | false => exact h
  | true =>
    have r := rest_range (δ := δ) k
    rw [Poly.eval_add, eval_scale] at r
    refine nonneg_of_scaled (g := g) ?_ r
    have e : ℤ.pos g * (divide g p).eval δ + (p.eval δ + -ℤ.pos g * (divide g p).eval δ) =
      p.eval δ := ring
    exact e.symm ▸ h

theorem tighten_nonneg {δ : List ℤ} {p : Row} (h : 0 ≤ p.eval δ) : 0 ≤ (tighten p).eval δ := by
  unfold tighten
  cases Nat.ble (content p 0) 1 with
  | true => exact h
  | false => exact tightenBy_nonneg _ h

theorem nonneg_tightenAll {δ : List ℤ} {rs : List Row} (h : Nonneg δ rs) :
    Nonneg δ (tightenAll rs) := by
  induction rs with
  | nil => exact True.intro
  | cons p rs ih => exact ⟨tighten_nonneg h.1, ih h.2⟩

theorem eval_cancel {δ : List ℤ} {p : Row} (hp : p.eval δ = 0) (m : Mono) (c : ℤ) (q : Row) :
    ∃ k : Nat, (cancel m c p q).eval δ = .pos k * q.eval δ := by
  show ∃ k : Nat, Poly.eval δ (cond _ _ _) = _
  cases ℤ.beq (coef m q) 0 with
  | true => exact ⟨1, (ℤ.one_mul _).symm⟩
  | false =>
    refine ⟨c.up + c.down, ?_⟩
    show Poly.eval δ (Poly.add _ _) = _
    rw [Poly.eval_add, eval_scale, eval_scale, hp]
    exact ring

theorem zero_cancelAll {δ : List ℤ} {p : Row} (hp : p.eval δ = 0) (m : Mono) (c : ℤ)
    {rs : List Row} (h : Zero δ rs) : Zero δ (cancelAll m c p rs) := by
  induction rs with
  | nil => exact True.intro
  | cons q rs ih =>
    refine ⟨?_, ih h.2⟩
    obtain ⟨k, hk⟩ := eval_cancel hp m c q
    rw [hk, h.1]
    exact ring

theorem nonneg_cancelAll {δ : List ℤ} {p : Row} (hp : p.eval δ = 0) (m : Mono) (c : ℤ)
    {rs : List Row} (h : Nonneg δ rs) : Nonneg δ (cancelAll m c p rs) := by
  induction rs with
  | nil => exact True.intro
  | cons q rs ih =>
    refine ⟨?_, ih h.2⟩
    obtain ⟨k, hk⟩ := eval_cancel hp m c q
    rw [hk]
    exact ℤ.mul_nonneg (ℤ.pos_nonneg k) h.1

theorem combine_nonneg {δ : List ℤ} {p q : Row} (m : Mono) (hp : 0 ≤ p.eval δ)
    (hq : 0 ≤ q.eval δ) : 0 ≤ (combine m p q).eval δ := by
  show 0 ≤ ((scale (.pos (coef m q).down) p).add (scale (.pos (coef m p).up) q)).eval δ
  rw [Poly.eval_add, eval_scale, eval_scale]
  exact ℤ.add_le_add (x := 0) (z := 0) (ℤ.mul_nonneg (ℤ.pos_nonneg _) hp)
    (ℤ.mul_nonneg (ℤ.pos_nonneg _) hq)

theorem nonneg_combineAll {δ : List ℤ} {p : Row} (m : Mono) (hp : 0 ≤ p.eval δ) {rs : List Row}
    (hr : Nonneg δ rs) {acc : List Row} (ha : Nonneg δ acc) :
    Nonneg δ (combineAll m p rs acc) := by
  induction rs generalizing acc with
  | nil => exact ha
  | cons q rs ih =>
    show Nonneg δ (cond _ _ _)
    cases Nat.beq (coef m q).down 0 with
    | true => exact ih hr.2 ha
    | false => exact ih hr.2 ⟨combine_nonneg m hp hr.1, ha⟩

theorem nonneg_pairs {δ : List ℤ} (m : Mono) {all rs : List Row} (h : Nonneg δ all)
    (hr : Nonneg δ rs) : Nonneg δ (pairs m all rs) := by
  induction rs with
  | nil => exact True.intro
  | cons p rs ih =>
    show Nonneg δ (cond _ _ _)
    cases Nat.beq (coef m p).up 0 with
    | true => exact ih hr.2
    | false => exact nonneg_combineAll m hr.1 h (ih hr.2)

theorem nonneg_without {δ : List ℤ} (m : Mono) {rs acc : List Row} (hr : Nonneg δ rs)
    (ha : Nonneg δ acc) : Nonneg δ (without m rs acc) := by
  induction rs with
  | nil => exact ha
  | cons p rs ih =>
    show Nonneg δ (cond (ℤ.beq _ _) _ _)
    cases ℤ.beq (coef m p) 0 with
    | true => exact ⟨hr.1, ih hr.2⟩
    | false => exact ih hr.2

theorem absurdRow_sound {δ : List ℤ} {p : Row} (h : absurdRow p = true) : ¬ 0 ≤ p.eval δ := by
  match p, h with
  | .term [] (.neg n) .nil, _ =>
    intro k
    have e : (ℤ.neg n) * 1 + 0 = ℤ.neg n := ring
    have l : 0 ≤ ℤ.neg n := e ▸ k
    exact Nat.not_succ_le_zero _ (Nat.le_trans (Nat.le_add_left (Nat.succ n) 0) l)

theorem anyAbsurd_sound {δ : List ℤ} {rs : List Row} (h : anyAbsurd rs = true) :
    ¬ Nonneg δ rs := by
  induction rs with
  | nil => exact fun _ => Bool.noConfusion h
  | cons p rs ih =>
    intro k
    have h : cond (absurdRow p) true (anyAbsurd rs) = true := h
    cases e : absurdRow p with
    | true => exact absurdRow_sound e k.1
    | false =>
      rw [e] at h
      exact ih h k.2

theorem refuteRows_sound {δ : List ℤ} {fuel : Nat} {rs : List Row}
    (h : refuteRows fuel rs = true) : ¬ Nonneg δ rs := by
  induction fuel generalizing rs with
  | zero => exact anyAbsurd_sound h
  | succ fuel ih =>
    have h : cond (anyAbsurd rs) true (match cheapestOf rs rs none with
      | none => false
      | some (m, _) => refuteRows fuel (tightenAll (eliminate m rs))) = true := h
    cases e : anyAbsurd rs with
    | true => exact anyAbsurd_sound e
    | false =>
      rw [e] at h
      cases k : cheapestOf rs rs none with
      | none =>
        rw [k] at h
        exact Bool.noConfusion h
      | some b =>
        obtain ⟨m, c⟩ := b
        rw [k] at h
        exact fun l => ih h (nonneg_tightenAll (nonneg_without m l (nonneg_pairs m l l)))

theorem refuteEqs_sound {δ : List ℤ} {fuel : Nat} {zs rs : List Row}
    (h : refuteEqs fuel zs rs = true) (hz : Zero δ zs) : ¬ Nonneg δ rs := by
  induction fuel generalizing zs rs with
  | zero =>
    cases zs with
    | nil => exact fun l => refuteRows_sound (fuel := 24) h (nonneg_tightenAll l)
    | cons p zs => exact fun l => refuteRows_sound (fuel := 24) h (nonneg_tightenAll l)
  | succ fuel ih =>
    cases zs with
    | nil => exact fun l => refuteRows_sound (fuel := 24) h (nonneg_tightenAll l)
    | cons p zs =>
      have h : (match lead p with
        | none => refuteEqs fuel zs (p :: scale (-1) p :: rs)
        | some (m, c) => refuteEqs fuel (cancelAll m c p zs) (cancelAll m c p rs)) = true := h
      have hp : p.eval δ = 0 := hz.1
      cases k : lead p with
      | none =>
        rw [k] at h
        have hn : 0 ≤ (scale (-1) p).eval δ := by
          rw [eval_scale, hp]
          decide
        exact fun l => ih h hz.2 ⟨hp ▸ ℤ.le_refl _, hn, l⟩
      | some b =>
        obtain ⟨m, c⟩ := b
        rw [k] at h
        exact fun l => ih h (zero_cancelAll hp m c hz.2) (nonneg_cancelAll hp m c l)

theorem refute_sound {δ : List ℤ} {s : Facts} (h : refute s = true) : ¬ s.Hold δ :=
  fun k => refuteEqs_sound h k.1 k.2

end Linear
