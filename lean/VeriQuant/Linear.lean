prelude
import VeriQuant.Elimination
/-!
# A verified decision procedure for linear inequalities

`linear` proves a proposition built from `≤ < = ∧ ∨ → ¬` over the integers when it follows from
its hypotheses by adding multiples of them (products of atoms count as atoms). Type class resolution
reads the proposition (`Read`), `walk` splits it into cases, `refute` settles each; `walk_sound` says
that a positive answer is a proof. The kernel computes the answer.
-/

set_option autoImplicit false

namespace Linear

open Ring

/-! ## Propositions -/

/-- Propositions over integer expressions. -/
inductive Form where
  | le (e f : Expr ℤ)
  | lt (e f : Expr ℤ)
  | eq (e f : Expr ℤ)
  | and (F G : Form)
  | or (F G : Form)
  | imp (F G : Form)
  | not (F : Form)
  | false

def Form.Holds (δ : List ℤ) : Form → Prop
  | .le e f => e.eval δ ≤ f.eval δ
  | .lt e f => e.eval δ < f.eval δ
  | .eq e f => e.eval δ = f.eval δ
  | .and F G => F.Holds δ ∧ G.Holds δ
  | .or F G => F.Holds δ ∨ G.Holds δ
  | .imp F G => F.Holds δ → G.Holds δ
  | .not F => ¬ F.Holds δ
  | .false => False

def Form.dec (δ : List ℤ) : (F : Form) → Decidable (F.Holds δ)
  | .le e f => ℤ.decLe (e.eval δ) (f.eval δ)
  | .lt e f => ℤ.decLt (e.eval δ) (f.eval δ)
  | .eq e f => ℤ.decEq (e.eval δ) (f.eval δ)
  | .and F G => @instDecidableAnd _ _ (F.dec δ) (G.dec δ)
  | .or F G => @instDecidableOr _ _ (F.dec δ) (G.dec δ)
  | .imp F G => @instDecidableImp _ _ (F.dec δ) (G.dec δ)
  | .not F => @instDecidableNot _ (F.dec δ)
  | .false => isFalse id

/-- `f - e - k`. -/
def gap (e f : Expr ℤ) (k : ℤ) : Row :=
  (Expr.add f (.add (.mul (.const (-1)) e) (.const (-k)))).norm

def Facts.zero (s : Facts) (p : Row) : Facts := ⟨p :: s.zeros, s.rows⟩
def Facts.nonneg (s : Facts) (p : Row) : Facts := ⟨s.zeros, p :: s.rows⟩

/-- Assume `F` (`b = true`) or its negation, case by case, and ask `k` to refute each case. -/
def walk : Bool → Form → Facts → (Facts → Bool) → Bool
  | true, .le e f, s, k => k (s.nonneg (gap e f 0))
  | false, .le e f, s, k => k (s.nonneg (gap f e 1))
  | true, .lt e f, s, k => k (s.nonneg (gap e f 1))
  | false, .lt e f, s, k => k (s.nonneg (gap f e 0))
  | true, .eq e f, s, k => k (s.zero (gap e f 0))
  | false, .eq e f, s, k => and (k (s.nonneg (gap e f 1))) (k (s.nonneg (gap f e 1)))
  | true, .and F G, s, k => walk true F s fun s => walk true G s k
  | false, .and F G, s, k => _root_.and (walk false F s k) (walk false G s k)
  | true, .or F G, s, k => _root_.and (walk true F s k) (walk true G s k)
  | false, .or F G, s, k => walk false F s fun s => walk false G s k
  | true, .imp F G, s, k => _root_.and (walk false F s k) (walk true G s k)
  | false, .imp F G, s, k => walk true F s fun s => walk false G s k
  | true, .not F, s, k => walk false F s k
  | false, .not F, s, k => walk true F s k
  | true, .false, _, _ => true
  | false, .false, s, k => k s

theorem eval_gap (δ : List ℤ) (e f : Expr ℤ) (k : ℤ) :
    (gap e f k).eval δ = f.eval δ - e.eval δ - k := by
  show Poly.eval δ (Expr.norm _) = _
  rw [Expr.eval_norm]
  show f.eval δ + (-1 * e.eval δ + -k) = _
  exact ring

theorem gap_nonneg {δ : List ℤ} {e f : Expr ℤ} {k : ℤ} (h : e.eval δ + k ≤ f.eval δ) :
    0 ≤ (gap e f k).eval δ := by
  rw [eval_gap]
  have l := ℤ.sub_nonneg.2 h
  have r : f.eval δ - (e.eval δ + k) = f.eval δ - e.eval δ - k := ring
  exact r ▸ l

theorem gap_le {δ : List ℤ} {e f : Expr ℤ} (h : e.eval δ ≤ f.eval δ) :
    0 ≤ (gap e f 0).eval δ := by
  refine gap_nonneg ?_
  have r : e.eval δ + 0 = e.eval δ := ring
  exact r.symm ▸ h

/-- What `walk b F` assumes. -/
def Assumed (δ : List ℤ) : Bool → Form → Prop
  | true, F => F.Holds δ
  | false, F => ¬ F.Holds δ

theorem walk_sound (δ : List ℤ) (F : Form) : ∀ (b : Bool) (rs : Facts) (k : Facts → Bool),
    walk b F rs k = true → (∀ r, k r = true → ¬ r.Hold δ) → rs.Hold δ → ¬ Assumed δ b F := by
  induction F with
  | le e f =>
    intro b rs k h s hr a
    cases b with
    | true => exact s _ h ⟨hr.1, gap_le a, hr.2⟩
    | false => exact s _ h ⟨hr.1, gap_nonneg (ℤ.not_le.1 a), hr.2⟩
  | lt e f =>
    intro b rs k h s hr a
    cases b with
    | true => exact s _ h ⟨hr.1, gap_nonneg a, hr.2⟩
    | false =>
      refine s _ h ⟨hr.1, gap_le ?_, hr.2⟩
      exact Decidable.not_not fun n => a (ℤ.not_le.1 n)
  | eq e f =>
    intro b rs k h s hr a
    cases b with
    | true =>
      have a : e.eval δ = f.eval δ := a
      refine s _ h ⟨⟨?_, hr.1⟩, hr.2⟩
      show Poly.eval δ (gap e f 0) = 0
      rw [eval_gap, a]
      exact ring
    | false =>
      have ⟨h1, h2⟩ := and_eq_true h
      have n : ∀ {x y : Expr ℤ}, k (rs.nonneg (gap x y 1)) = true → y.eval δ ≤ x.eval δ := fun q =>
        Decidable.not_not fun n => s _ q ⟨hr.1, gap_nonneg (ℤ.not_le.1 n), hr.2⟩
      exact a (ℤ.le_antisymm (n h2) (n h1))
  | and F G ihF ihG =>
    intro b rs k h s hr a
    cases b with
    | true => exact ihF true rs _ h (fun r hk hh => ihG true r k hk s hh a.2) hr a.1
    | false =>
      have ⟨h1, h2⟩ := and_eq_true h
      have f : F.Holds δ := @Decidable.not_not _ (F.dec δ) (ihF false rs k h1 s hr)
      have g : G.Holds δ := @Decidable.not_not _ (G.dec δ) (ihG false rs k h2 s hr)
      exact a ⟨f, g⟩
  | or F G ihF ihG =>
    intro b rs k h s hr a
    cases b with
    | true =>
      have ⟨h1, h2⟩ := and_eq_true h
      exact a.elim (ihF true rs k h1 s hr) (ihG true rs k h2 s hr)
    | false =>
      exact ihF false rs _ h (fun r hk hh => ihG false r k hk s hh fun g => a (Or.inr g)) hr
        fun f => a (Or.inl f)
  | imp F G ihF ihG =>
    intro b rs k h s hr a
    cases b with
    | true =>
      have ⟨h1, h2⟩ := and_eq_true h
      have f : F.Holds δ := @Decidable.not_not _ (F.dec δ) (ihF false rs k h1 s hr)
      exact ihG true rs k h2 s hr (a f)
    | false =>
      refine ihF true rs _ h (fun r hk hh => ihG false r k hk s hh fun g => a fun _ => g) hr ?_
      exact @Decidable.not_not _ (F.dec δ) fun n => a fun f => absurd f n
  | not F ih =>
    intro b rs k h s hr a
    cases b with
    | true => exact ih false rs k h s hr a
    | false => exact ih true rs k h s hr (@Decidable.not_not _ (F.dec δ) a)
  | false =>
    intro b rs k h s hr a
    cases b with
    | true => exact a
    | false => exact s _ h hr

/-! ## Reading propositions -/

/-- `P` says of the values of the atoms `σ`, which extend `δ`, what `F` says. -/
class Read (δ : List ℤ) (P : Prop) (F : outParam Form) (σ : outParam (List ℤ)) : Prop where
  grows : ∃ t, σ = δ ++ t
  iff : ∀ t, F.Holds (σ ++ t) ↔ P

theorem Read.mono {δ σ τ : List ℤ} {P : Prop} {F : Form} (h : Read δ P F σ)
    (k : ∃ t, τ = σ ++ t) (t : List ℤ) : F.Holds (τ ++ t) ↔ P := by
  obtain ⟨s, rfl⟩ := k
  rw [append_assoc]
  exact h.iff _

section
variable (δ σ τ : List ℤ)

instance (x y : ℤ) (e f : Expr ℤ) [h : Reify δ x e σ] [k : Reify σ y f τ] :
    Read δ (x ≤ y) (.le e f) τ :=
  ⟨grows_trans h.grows k.grows, fun t => by
    show e.eval (τ ++ t) ≤ f.eval (τ ++ t) ↔ x ≤ y
    rw [h.mono k.grows, k.eval_eq]
    exact Iff.rfl⟩

instance (x y : ℤ) (e f : Expr ℤ) [h : Reify δ x e σ] [k : Reify σ y f τ] :
    Read δ (x < y) (.lt e f) τ :=
  ⟨grows_trans h.grows k.grows, fun t => by
    show e.eval (τ ++ t) < f.eval (τ ++ t) ↔ x < y
    rw [h.mono k.grows, k.eval_eq]
    exact Iff.rfl⟩

instance (x y : ℤ) (e f : Expr ℤ) [h : Reify δ x e σ] [k : Reify σ y f τ] :
    Read δ (x = y) (.eq e f) τ :=
  ⟨grows_trans h.grows k.grows, fun t => by
    show e.eval (τ ++ t) = f.eval (τ ++ t) ↔ x = y
    rw [h.mono k.grows, k.eval_eq]
    exact Iff.rfl⟩

instance (P Q : Prop) (F G : Form) [h : Read δ P F σ] [k : Read σ Q G τ] :
    Read δ (P ∧ Q) (.and F G) τ :=
  ⟨grows_trans h.grows k.grows, fun t =>
    ⟨fun a => ⟨(h.mono k.grows t).1 a.1, (k.iff t).1 a.2⟩,
      fun a => ⟨(h.mono k.grows t).2 a.1, (k.iff t).2 a.2⟩⟩⟩

instance (P Q : Prop) (F G : Form) [h : Read δ P F σ] [k : Read σ Q G τ] :
    Read δ (P ∨ Q) (.or F G) τ :=
  ⟨grows_trans h.grows k.grows, fun t =>
    ⟨fun a => a.elim (fun p => Or.inl ((h.mono k.grows t).1 p)) (fun q => Or.inr ((k.iff t).1 q)),
      fun a => a.elim (fun p => Or.inl ((h.mono k.grows t).2 p)) (fun q => Or.inr ((k.iff t).2 q))⟩⟩

instance (P Q : Prop) (F G : Form) [h : Read δ P F σ] [k : Read σ Q G τ] :
    Read δ (P → Q) (.imp F G) τ :=
  ⟨grows_trans h.grows k.grows, fun t =>
    ⟨fun a p => (k.iff t).1 (a ((h.mono k.grows t).2 p)),
      fun a p => (k.iff t).2 (a ((h.mono k.grows t).1 p))⟩⟩

instance (P : Prop) (F : Form) [h : Read δ P F σ] : Read δ (¬P) (.not F) σ :=
  ⟨h.grows, fun t => ⟨fun a p => a ((h.iff t).2 p), fun a p => a ((h.iff t).1 p)⟩⟩

instance : Read δ False .false δ := ⟨⟨[], (append_nil δ).symm⟩, fun _ => Iff.rfl⟩

end

/-- The answer for a proposition read as `F`. -/
def solve (F : Form) : Bool := walk false F ⟨[], []⟩ refute

theorem solve_sound {δ : List ℤ} {F : Form} (h : solve F = true) : F.Holds δ :=
  @Decidable.not_not _ (F.dec δ)
    (walk_sound δ F false _ _ h (fun _ => refute_sound) ⟨True.intro, True.intro⟩)

end Linear

open Linear

/-- Proves `P` when it follows from its own hypotheses by linear arithmetic. -/
theorem linear {P : Prop} {F : Form} {σ : List ℤ} [h : Read [] P F σ]
    (c : solve F = true := by decide +kernel) : P := (h.iff []).1 (solve_sound c)

/-- `linear` with hypotheses. -/
theorem linear1 {P Q : Prop} (p : P) {F : Form} {σ : List ℤ} [h : Read [] (P → Q) F σ]
    (c : solve F = true := by decide +kernel) : Q := linear (h := h) c p
theorem linear2 {P P₂ Q : Prop} (p : P) (p₂ : P₂) {F : Form} {σ : List ℤ}
    [h : Read [] (P → P₂ → Q) F σ] (c : solve F = true := by decide +kernel) : Q :=
  linear (h := h) c p p₂
theorem linear3 {P P₂ P₃ Q : Prop} (p : P) (p₂ : P₂) (p₃ : P₃) {F : Form} {σ : List ℤ}
    [h : Read [] (P → P₂ → P₃ → Q) F σ] (c : solve F = true := by decide +kernel) : Q :=
  linear (h := h) c p p₂ p₃
theorem linear4 {P P₂ P₃ P₄ Q : Prop} (p : P) (p₂ : P₂) (p₃ : P₃) (p₄ : P₄) {F : Form}
    {σ : List ℤ} [h : Read [] (P → P₂ → P₃ → P₄ → Q) F σ]
    (c : solve F = true := by decide +kernel) : Q := linear (h := h) c p p₂ p₃ p₄
theorem linear5 {P P₂ P₃ P₄ P₅ Q : Prop} (p : P) (p₂ : P₂) (p₃ : P₃) (p₄ : P₄) (p₅ : P₅)
    {F : Form} {σ : List ℤ} [h : Read [] (P → P₂ → P₃ → P₄ → P₅ → Q) F σ]
    (c : solve F = true := by decide +kernel) : Q := linear (h := h) c p p₂ p₃ p₄ p₅
theorem linear6 {P P₂ P₃ P₄ P₅ P₆ Q : Prop} (p : P) (p₂ : P₂) (p₃ : P₃) (p₄ : P₄) (p₅ : P₅)
    (p₆ : P₆) {F : Form} {σ : List ℤ} [h : Read [] (P → P₂ → P₃ → P₄ → P₅ → P₆ → Q) F σ]
    (c : solve F = true := by decide +kernel) : Q := linear (h := h) c p p₂ p₃ p₄ p₅ p₆
