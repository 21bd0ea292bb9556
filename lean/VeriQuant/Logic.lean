prelude
import VeriQuant.Prelude
/-!
# Logic

Connectives, equality and decidable propositions. Nothing here is classical: a case distinction on
`p` needs a proof that `p` is decidable.
-/

set_option autoImplicit false

universe u v

theorem And.symm {a b : Prop} (h : a ∧ b) : b ∧ a := ⟨h.2, h.1⟩
theorem Or.symm {a b : Prop} (h : a ∨ b) : b ∨ a := h.elim Or.inr Or.inl
theorem Iff.rfl {a : Prop} : a ↔ a := ⟨id, id⟩
theorem Iff.symm {a b : Prop} (h : a ↔ b) : b ↔ a := ⟨h.2, h.1⟩
theorem Iff.trans {a b c : Prop} (h : a ↔ b) (k : b ↔ c) : a ↔ c :=
  ⟨fun x => k.1 (h.1 x), fun x => h.2 (k.2 x)⟩
theorem Exists.elim {α : Sort u} {p : α → Prop} {b : Prop} (h : ∃ x, p x) (f : ∀ x, p x → b) : b :=
  match h with
  | ⟨x, hx⟩ => f x hx
theorem Ne.symm {α : Sort u} {a b : α} (h : a ≠ b) : b ≠ a := fun e => h e.symm

theorem Decidable.not_not {p : Prop} [Decidable p] (h : ¬¬p) : p :=
  (Decidable.em p).elim id fun n => absurd n h

instance instDecidableNot {p : Prop} [d : Decidable p] : Decidable (¬p) :=
  match d with
  | isTrue h => isFalse fun n => n h
  | isFalse h => isTrue h

instance instDecidableAnd {p q : Prop} [d : Decidable p] [e : Decidable q] : Decidable (p ∧ q) :=
  match d, e with
  | isTrue h, isTrue k => isTrue ⟨h, k⟩
  | isFalse h, _ => isFalse fun x => h x.1
  | isTrue _, isFalse k => isFalse fun x => k x.2

instance instDecidableOr {p q : Prop} [d : Decidable p] [e : Decidable q] : Decidable (p ∨ q) :=
  match d, e with
  | isTrue h, _ => isTrue (Or.inl h)
  | isFalse _, isTrue k => isTrue (Or.inr k)
  | isFalse h, isFalse k => isFalse fun x => x.elim h k

instance instDecidableImp {p q : Prop} [d : Decidable p] [e : Decidable q] : Decidable (p → q) :=
  match d, e with
  | isFalse h, _ => isTrue fun x => absurd x h
  | isTrue _, isTrue k => isTrue fun _ => k
  | isTrue h, isFalse k => isFalse fun f => k (f h)

instance : Decidable True := isTrue True.intro
instance : Decidable False := isFalse id

instance : DecidableEq Bool := fun a b =>
  match a, b with
  | true, true => isTrue _root_.rfl
  | false, false => isTrue _root_.rfl
  | true, false => isFalse fun h => Bool.noConfusion h
  | false, true => isFalse fun h => Bool.noConfusion h

theorem decide_eq_true {p : Prop} [d : Decidable p] (h : p) : decide p = true :=
  match d with
  | isTrue _ => _root_.rfl
  | isFalse n => absurd h n

theorem and_eq_true {a b : Bool} (h : and a b = true) : a = true ∧ b = true :=
  match a, b with
  | true, true => ⟨_root_.rfl, _root_.rfl⟩
  | true, false => Bool.noConfusion h
  | false, _ => Bool.noConfusion h
