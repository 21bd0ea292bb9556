prelude
/-!
# What the Lean elaborator expects to find by name

Lean's own `Init` library is not used: this package rests on the kernel and on what can be read
here. The elaborator, the pattern-match compiler and the code generator look some things up by
name (`Eq`, `PUnit`, `Nat`, `Lean.Syntax`, …); this file declares them.

This is the only file of the package in which `unsafe`, `axiom`, `opaque`, `extern` and
`implemented_by` may stand. The `unsafe axiom`s are markers of the code generator: the kernel lets no
theorem depend on an unsafe constant. An `opaque` constant is a parser or macro of the Lean binary,
bound by its name: data of the front end, about which nothing can be proved.
-/

set_option linter.all false
set_option autoImplicit false

universe u v w

/-! ## Markers of the code generator -/

unsafe axiom lcErased : Type
unsafe axiom lcAny : Type
unsafe axiom lcVoid : Type

set_option bootstrap.inductiveCheckResultingUniverse false in
inductive PUnit : Sort u where
  | unit : PUnit

inductive Eq {α : Sort u} : α → α → Prop where
  | refl (a : α) : Eq a a

@[simp] abbrev Eq.ndrec.{u1, u2} {α : Sort u2} {a : α} {motive : α → Sort u1}
    (m : motive a) {b : α} (h : Eq a b) : motive b :=
  h.rec m

inductive HEq : {α : Sort u} → α → {β : Sort u} → β → Prop where
  | refl {α : Sort u} (a : α) : HEq a a

inductive Bool : Type where
  | false : Bool
  | true : Bool

export Bool (false true)

@[inline] def id {α : Sort u} (a : α) : α := a

@[inline] def Function.const {α : Sort u} (β : Sort v) (a : α) : β → α := fun _ => a

abbrev Unit : Type := PUnit

@[match_pattern] abbrev Unit.unit : Unit := PUnit.unit

unsafe axiom lcProof {α : Prop} : α
unsafe axiom lcCast {α : Sort u} {β : Sort v} (a : α) : β
unsafe axiom lcUnreachable {α : Sort u} : α

/-! ## Propositions -/

/-- The true proposition. -/
inductive True : Prop where
  | intro : True

/-- The absurd proposition: it has no proof. -/
inductive False : Prop

inductive Empty : Type

/-- `¬ a`: from `a` follows the absurd. -/
def Not (a : Prop) : Prop := a → False

@[macro_inline] def False.elim {C : Sort u} (h : False) : C := h.rec

@[macro_inline] def absurd {a : Prop} {b : Sort v} (h : a) (n : Not a) : b := (n h).rec

@[match_pattern] def rfl {α : Sort u} {a : α} : Eq a a := Eq.refl a

theorem Eq.subst {α : Sort u} {motive : α → Prop} {a b : α} (h : Eq a b) (m : motive a) :
    motive b := Eq.ndrec m h

@[symm] theorem Eq.symm {α : Sort u} {a b : α} (h : Eq a b) : Eq b a :=
  Eq.subst (motive := fun x => Eq x a) h rfl

@[simp] abbrev Eq.ndrec_symm.{u1, u2} {α : Sort u2} {a : α} {motive : α → Sort u1}
    (m : motive a) {b : α} (h : Eq b a) : motive b :=
  h.symm.ndrec m

theorem Eq.trans {α : Sort u} {a b c : α} (h : Eq a b) (k : Eq b c) : Eq a c :=
  Eq.subst (motive := fun x => Eq a x) k h

@[macro_inline] def cast {α β : Sort u} (h : Eq α β) (a : α) : β := h.rec a

theorem congrArg {α : Sort u} {β : Sort v} {a b : α} (f : α → β) (h : Eq a b) :
    Eq (f a) (f b) := Eq.subst (motive := fun x => Eq (f a) (f x)) h rfl

theorem congr {α : Sort u} {β : Sort v} {f g : α → β} {a b : α} (h : Eq f g) (k : Eq a b) :
    Eq (f a) (g b) := h ▸ k ▸ rfl

theorem congrFun {α : Sort u} {β : α → Sort v} {f g : (x : α) → β x} (h : Eq f g) (a : α) :
    Eq (f a) (g a) := h ▸ rfl

theorem congrFun' {α : Sort u} {β : Sort v} {f g : α → β} (h : Eq f g) (a : α) :
    Eq (f a) (g a) := h ▸ rfl

@[macro_inline] def Eq.mp {a b : Sort u} (h : Eq a b) (x : a) : b := h ▸ x
@[macro_inline] def Eq.mpr {a b : Sort u} (h : Eq a b) (x : b) : a := h ▸ x

@[match_pattern] protected def HEq.rfl {α : Sort u} {a : α} : HEq a a := HEq.refl a

theorem eq_of_heq {α : Sort u} {a b : α} (h : HEq a b) : Eq a b :=
  have key : (α β : Sort u) → (a : α) → (b : β) → HEq a b → (e : Eq α β) → Eq (cast e a) b :=
    fun _ _ _ _ h => h.rec (fun _ => rfl)
  key α α a b h rfl

theorem heq_of_eq {α : Sort u} {a b : α} (h : Eq a b) : HEq a b :=
  Eq.subst (motive := fun x => HEq a x) h (HEq.refl a)

abbrev HEq.homo_ndrec.{u1, u2} {α : Sort u2} {a : α} {motive : α → Sort u1} (m : motive a)
    {b : α} (h : HEq a b) : motive b := (eq_of_heq h).ndrec m

abbrev HEq.homo_ndrec_symm.{u1, u2} {α : Sort u2} {a : α} {motive : α → Sort u1} (m : motive a)
    {b : α} (h : HEq b a) : motive b := (eq_of_heq h).ndrec_symm m

structure Prod (α : Type u) (β : Type v) where
  mk ::
  fst : α
  snd : β

structure PProd (α : Sort u) (β : Sort v) where
  fst : α
  snd : β

structure MProd (α β : Type u) where
  fst : α
  snd : β

/-- `a ∧ b`: both hold. -/
@[pp_using_anonymous_constructor]
structure And (a b : Prop) : Prop where
  intro ::
  left : a
  right : b

/-- `a ∨ b`: at least one holds. -/
inductive Or (a b : Prop) : Prop where
  | inl (h : a) : Or a b
  | inr (h : b) : Or a b

/-- `a ↔ b`: each follows from the other. -/
structure Iff (a b : Prop) : Prop where
  intro ::
  mp : a → b
  mpr : b → a

/-- `∃ x, p x`: some `x` has the property `p`. -/
inductive Exists {α : Sort u} (p : α → Prop) : Prop where
  | intro (w : α) (h : p w) : Exists p

@[reducible] def Ne {α : Sort u} (a b : α) : Prop := Not (Eq a b)

@[pp_using_anonymous_constructor]
structure Subtype {α : Sort u} (p : α → Prop) where
  val : α
  property : p val

@[reducible] def optParam (α : Sort u) (default : α) : Sort u := α
@[reducible] def outParam (α : Sort u) : Sort u := α
@[reducible] def semiOutParam (α : Sort u) : Sort u := α
@[reducible] def namedPattern {α : Sort u} (x a : α) (h : Eq x a) : α := a

theorem Or.elim {a b c : Prop} (h : Or a b) (l : a → c) (r : b → c) : c :=
  match h with
  | Or.inl h => l h
  | Or.inr h => r h

class Inhabited (α : Sort u) where
  default : α

export Inhabited (default)

class inductive Nonempty (α : Sort u) : Prop where
  | intro (val : α) : Nonempty α

instance {α : Sort u} [Inhabited α] : Nonempty α := ⟨default⟩
instance {α : Sort u} {β : Sort v} [Inhabited β] : Inhabited (α → β) where
  default := fun _ => default

structure PLift (α : Sort u) : Type u where
  up ::
  down : α

structure ULift.{r, s} (α : Type s) : Type (max s r) where
  up ::
  down : α

structure PULift.{r, s} (α : Sort s) : Sort (max s r 1) where
  up ::
  down : α

@[inline] unsafe def unsafeCast {α : Sort u} {β : Sort v} (a : α) : β :=
  PULift.down.{max u v, v} (cast lcProof (PULift.up.{max u v, u} a))

structure PSigma {α : Sort u} (β : α → Sort v) where
  fst : α
  snd : β fst

class Subsingleton (α : Sort u) : Prop where
  intro ::
  allEq : (a b : α) → Eq a b

/-! ## Booleans and decidable propositions -/

@[macro_inline] def cond {α : Sort u} (c : Bool) (x y : α) : α :=
  match c with
  | true => x
  | false => y

@[macro_inline] def or (x y : Bool) : Bool :=
  match x with
  | true => true
  | false => y

@[macro_inline] def and (x y : Bool) : Bool :=
  match x with
  | false => false
  | true => y

@[inline] def not : Bool → Bool
  | true => false
  | false => true

/-- Where a proof is missing, the elaborator puts this: being unsafe, it makes the kernel refuse. -/
unsafe axiom sorryAx (α : Sort u) (synthetic : Bool) : α

/-- What the answer `b` to the question `p` has to prove. -/
abbrev Bool.Reflects : Bool → Prop → Prop
  | false, p => Not p
  | true, p => p

/-- A proposition together with a computed, proved answer. -/
class Decidable (p : Prop) where
  intro ::
  decide : Bool
  reflects_decide (p) : decide.Reflects p

@[match_pattern] abbrev Decidable.isFalse {p : Prop} (h : Not p) : Decidable p := ⟨false, h⟩
@[match_pattern] abbrev Decidable.isTrue {p : Prop} (h : p) : Decidable p := ⟨true, h⟩

@[cases_eliminator, induction_eliminator, elab_as_elim]
abbrev Decidable.falseTrueCases {p : Prop} {motive : Decidable p → Sort u}
    (isFalse : (h : Not p) → motive (isFalse h)) (isTrue : (h : p) → motive (isTrue h))
    (t : Decidable p) : motive t :=
  t.casesOn fun x => x.casesOn isFalse isTrue

export Decidable (isTrue isFalse decide)

theorem Bool.false_ne_true (h : Eq false true) : False := Bool.noConfusion h

theorem of_decide_eq_true {p : Prop} [inst : Decidable p] (h : Eq (decide p) true) : p :=
  cast (congrArg (fun b => Bool.Reflects b p) h) inst.reflects_decide

theorem of_decide_eq_false {p : Prop} [inst : Decidable p] (h : Eq (decide p) false) : Not p :=
  cast (congrArg (fun b => Bool.Reflects b p) h) inst.reflects_decide

theorem Decidable.em (p : Prop) [inst : Decidable p] : Or p (Not p) :=
  match inst with
  | isTrue h => Or.inl h
  | isFalse h => Or.inr h

abbrev DecidableEq (α : Sort u) := (a b : α) → Decidable (Eq a b)
abbrev DecidablePred {α : Sort u} (r : α → Prop) := (a : α) → Decidable (r a)

@[macro_inline] def dite {α : Sort u} (c : Prop) [h : Decidable c] (t : c → α) (e : Not c → α) :
    α := h.decide.casesOn e t h.reflects_decide

@[macro_inline] def ite {α : Sort u} (c : Prop) [h : Decidable c] (t e : α) : α :=
  dite c (fun _ => t) (fun _ => e)

/-! ## Natural numbers: every function the kernel accelerates is defined here, by its equations -/

set_option genCtorIdx false in
/-- The natural numbers. -/
inductive Nat where
  | zero : Nat
  | succ (n : Nat) : Nat

instance : Inhabited Nat where
  default := Nat.zero

class OfNat (α : Type u) (_ : Nat) where
  ofNat : α

@[default_instance 100]
instance instOfNatNat (n : Nat) : OfNat Nat n where
  ofNat := n

class LE (α : Type u) where
  le : α → α → Prop

class LT (α : Type u) where
  lt : α → α → Prop

@[reducible] def GE.ge {α : Type u} [LE α] (a b : α) : Prop := LE.le b a
@[reducible] def GT.gt {α : Type u} [LT α] (a b : α) : Prop := LT.lt b a

class Trans.{a, b, c, x, y, z} {α : Sort x} {β : Sort y} {γ : Sort z} (r : α → β → Sort a)
    (s : β → γ → Sort b) (t : outParam (α → γ → Sort c)) where
  trans {a : α} {b : β} {c : γ} : r a b → s b c → t a c

instance {α : Sort u} {γ : Sort v} (r : α → γ → Sort w) : Trans Eq r r where
  trans e h := e ▸ h

instance {α : Sort u} {β : Sort v} (r : α → β → Sort w) : Trans r Eq r where
  trans h e := e ▸ h

class HAdd (α : Type u) (β : Type v) (γ : outParam (Type w)) where
  hAdd : α → β → γ
class HSub (α : Type u) (β : Type v) (γ : outParam (Type w)) where
  hSub : α → β → γ
class HMul (α : Type u) (β : Type v) (γ : outParam (Type w)) where
  hMul : α → β → γ
class HDiv (α : Type u) (β : Type v) (γ : outParam (Type w)) where
  hDiv : α → β → γ
class HMod (α : Type u) (β : Type v) (γ : outParam (Type w)) where
  hMod : α → β → γ
class HPow (α : Type u) (β : Type v) (γ : outParam (Type w)) where
  hPow : α → β → γ
class HAppend (α : Type u) (β : Type v) (γ : outParam (Type w)) where
  hAppend : α → β → γ
class Add (α : Type u) where
  add : α → α → α
class Sub (α : Type u) where
  sub : α → α → α
class Mul (α : Type u) where
  mul : α → α → α
class Neg (α : Type u) where
  neg : α → α
class Div (α : Type u) where
  div : α → α → α
class Mod (α : Type u) where
  mod : α → α → α
class Pow (α : Type u) (β : Type v) where
  pow : α → β → α
class NatPow (α : Type u) where
  pow : α → Nat → α
class Append (α : Type u) where
  append : α → α → α

@[default_instance] instance instHAdd {α : Type u} [Add α] : HAdd α α α where
  hAdd a b := Add.add a b
@[default_instance] instance instHSub {α : Type u} [Sub α] : HSub α α α where
  hSub a b := Sub.sub a b
@[default_instance] instance instHMul {α : Type u} [Mul α] : HMul α α α where
  hMul a b := Mul.mul a b
@[default_instance] instance instHDiv {α : Type u} [Div α] : HDiv α α α where
  hDiv a b := Div.div a b
@[default_instance] instance instHMod {α : Type u} [Mod α] : HMod α α α where
  hMod a b := Mod.mod a b
@[default_instance] instance instHPow {α : Type u} {β : Type v} [Pow α β] : HPow α β α where
  hPow a b := Pow.pow a b
@[default_instance] instance instPowNat {α : Type u} [NatPow α] : Pow α Nat where
  pow a n := NatPow.pow a n
@[default_instance] instance {α : Type u} [Append α] : HAppend α α α where
  hAppend a b := Append.append a b

set_option bootstrap.genMatcherCode false in
@[extern "lean_nat_add"]
protected def Nat.add : (@& Nat) → (@& Nat) → Nat
  | a, Nat.zero => a
  | a, Nat.succ b => Nat.succ (Nat.add a b)

instance instAddNat : Add Nat where
  add := Nat.add

attribute [match_pattern] Nat.add Add.add HAdd.hAdd Neg.neg Mul.mul HMul.hMul

set_option bootstrap.genMatcherCode false in
@[extern "lean_nat_mul"]
protected def Nat.mul : (@& Nat) → (@& Nat) → Nat
  | _, Nat.zero => 0
  | a, Nat.succ b => Nat.add (Nat.mul a b) a

instance instMulNat : Mul Nat where
  mul := Nat.mul

set_option bootstrap.genMatcherCode false in
@[extern "lean_nat_pow"]
protected def Nat.pow (m : @& Nat) : (@& Nat) → Nat
  | Nat.zero => 1
  | Nat.succ n => Nat.mul (Nat.pow m n) m

instance instNatPowNat : NatPow Nat := ⟨Nat.pow⟩

set_option bootstrap.genMatcherCode false in
@[extern "lean_nat_dec_eq"]
def Nat.beq : (@& Nat) → (@& Nat) → Bool
  | Nat.zero, Nat.zero => true
  | Nat.zero, Nat.succ _ => false
  | Nat.succ _, Nat.zero => false
  | Nat.succ n, Nat.succ m => beq n m

theorem Nat.eq_of_beq_eq_true : {n m : Nat} → Eq (beq n m) true → Eq n m
  | Nat.zero, Nat.zero, _ => rfl
  | Nat.zero, Nat.succ _, h => Bool.noConfusion h
  | Nat.succ _, Nat.zero, h => Bool.noConfusion h
  | Nat.succ n, Nat.succ m, h => congrArg Nat.succ (eq_of_beq_eq_true (n := n) (m := m) h)

theorem Nat.ne_of_beq_eq_false : {n m : Nat} → Eq (beq n m) false → Not (Eq n m)
  | Nat.zero, Nat.zero, h, _ => Bool.noConfusion h
  | Nat.zero, Nat.succ _, _, e => Nat.noConfusion e
  | Nat.succ _, Nat.zero, _, e => Nat.noConfusion e
  | Nat.succ n, Nat.succ m, h, e =>
    Nat.noConfusion e (fun e => ne_of_beq_eq_false (n := n) (m := m) h e)

theorem noConfusion_of_Nat.aux : (a : Nat) → (Nat.beq a a).rec False True
  | Nat.zero => True.intro
  | Nat.succ n => noConfusion_of_Nat.aux n

theorem noConfusion_of_Nat {α : Sort u} (f : α → Nat) {a b : α} (h : Eq a b) :
    (Nat.beq (f a) (f b)).rec False True :=
  congrArg f h ▸ noConfusion_of_Nat.aux (f a)

@[reducible, extern "lean_nat_dec_eq"]
protected def Nat.decEq (n m : @& Nat) : Decidable (Eq n m) where
  decide := beq n m
  reflects_decide :=
    match h : beq n m with
    | true => eq_of_beq_eq_true h
    | false => ne_of_beq_eq_false h

@[inline] instance : DecidableEq Nat := Nat.decEq

set_option bootstrap.genMatcherCode false in
@[extern "lean_nat_dec_le"]
def Nat.ble : (@& Nat) → (@& Nat) → Bool
  | Nat.zero, _ => true
  | Nat.succ _, Nat.zero => false
  | Nat.succ n, Nat.succ m => ble n m

attribute [gen_constructor_elims] Bool

/-- `n ≤ m`. -/
protected inductive Nat.le (n : Nat) : Nat → Prop
  | refl : Nat.le n n
  | step {m : Nat} : Nat.le n m → Nat.le n (Nat.succ m)

instance instLENat : LE Nat where
  le := Nat.le

/-- `n < m` says `n + 1 ≤ m`. -/
protected def Nat.lt (n m : Nat) : Prop := Nat.le (Nat.succ n) m

instance instLTNat : LT Nat where
  lt := Nat.lt

set_option bootstrap.genMatcherCode false in
@[extern "lean_nat_pred"]
def Nat.pred : (@& Nat) → Nat
  | Nat.zero => 0
  | Nat.succ a => a

set_option bootstrap.genMatcherCode false in
@[extern "lean_nat_sub"]
protected def Nat.sub : (@& Nat) → (@& Nat) → Nat
  | a, Nat.zero => a
  | a, Nat.succ b => pred (Nat.sub a b)

instance instSubNat : Sub Nat where
  sub := Nat.sub

attribute [gen_constructor_elims] Nat

theorem Nat.le_succ_of_zero : (n : Nat) → Nat.le 0 n
  | Nat.zero => Nat.le.refl
  | Nat.succ n => Nat.le.step (le_succ_of_zero n)

theorem Nat.le_succ_succ {n m : Nat} : Nat.le n m → Nat.le (succ n) (succ m)
  | Nat.le.refl => Nat.le.refl
  | Nat.le.step h => Nat.le.step (le_succ_succ h)

theorem Nat.le_of_ble_eq_true : {n m : Nat} → Eq (ble n m) true → Nat.le n m
  | Nat.zero, m, _ => le_succ_of_zero m
  | Nat.succ _, Nat.zero, h => Bool.noConfusion h
  | Nat.succ n, Nat.succ m, h => le_succ_succ (le_of_ble_eq_true (n := n) (m := m) h)

theorem Nat.ble_self : (n : Nat) → Eq (ble n n) true
  | Nat.zero => rfl
  | Nat.succ n => ble_self n

theorem Nat.ble_step : {n m : Nat} → Eq (ble n m) true → Eq (ble n (succ m)) true
  | Nat.zero, _, _ => rfl
  | Nat.succ _, Nat.zero, h => Bool.noConfusion h
  | Nat.succ n, Nat.succ m, h => ble_step (n := n) (m := m) h

theorem Nat.ble_of_le {n m : Nat} (h : Nat.le n m) : Eq (ble n m) true :=
  h.rec (ble_self n) (fun _ ih => ble_step ih)

@[extern "lean_nat_dec_le"]
instance Nat.decLe (n m : @& Nat) : Decidable (LE.le n m) where
  decide := ble n m
  reflects_decide :=
    match h : ble n m with
    | true => le_of_ble_eq_true h
    | false => fun k => Bool.noConfusion (Eq.trans (Eq.symm h) (ble_of_le k))

@[extern "lean_nat_dec_lt"]
instance Nat.decLt (n m : @& Nat) : Decidable (LT.lt n m) := decLe (succ n) m

/-- How often `y` can be taken from `x`, in at most `fuel` steps. -/
def Nat.divLoop (y : Nat) : (fuel : Nat) → (x : Nat) → Nat
  | Nat.zero, _ => 0
  | Nat.succ fuel, x => cond (ble y x) (succ (divLoop y fuel (Nat.sub x y))) 0

/-- What is left of `x` after `y` was taken from it as often as possible. -/
def Nat.modLoop (y : Nat) : (fuel : Nat) → (x : Nat) → Nat
  | Nat.zero, x => x
  | Nat.succ fuel, x => cond (ble y x) (modLoop y fuel (Nat.sub x y)) x

set_option bootstrap.genMatcherCode false in
@[extern "lean_nat_div"]
protected def Nat.div (x y : @& Nat) : Nat := cond (beq y 0) 0 (divLoop y x x)

set_option bootstrap.genMatcherCode false in
@[extern "lean_nat_mod"]
protected def Nat.mod (x y : @& Nat) : Nat := cond (beq y 0) x (modLoop y x x)

instance : Div Nat := ⟨Nat.div⟩
instance : Mod Nat := ⟨Nat.mod⟩

/-! The kernel also computes these by name. They are not needed, and reserved as unsafe constants,
so that no file can give them another meaning and no theorem can mention them. -/

unsafe opaque Nat.gcd : Nat → Nat → Nat
unsafe opaque Nat.log2 : Nat → Nat
unsafe opaque Nat.land : Nat → Nat → Nat
unsafe opaque Nat.lor : Nat → Nat → Nat
unsafe opaque Nat.xor : Nat → Nat → Nat
unsafe opaque Nat.shiftLeft : Nat → Nat → Nat
unsafe opaque Nat.shiftRight : Nat → Nat → Nat

/-! ## Data the front end exchanges with the parser and the macro expander -/

class BEq (α : Type u) where
  beq : α → α → Bool

instance (priority := 500) {α : Type u} [DecidableEq α] : BEq α where
  beq a b := decide (Eq a b)

inductive Option (α : Type u) where
  | none : Option α
  | some (val : α) : Option α

export Option (none some)

instance {α : Type u} : Inhabited (Option α) where
  default := none

/-- Finite lists. -/
inductive List (α : Type u) where
  | nil : List α
  | cons (head : α) (tail : List α) : List α

instance {α : Type u} : Inhabited (List α) where
  default := List.nil

def List.length {α : Type u} : List α → Nat
  | nil => 0
  | cons _ as => HAdd.hAdd (length as) 1

def List.map {α : Type u} {β : Type v} (f : α → β) : List α → List β
  | nil => nil
  | cons a as => cons (f a) (map f as)

protected def List.append {α : Type u} : List α → List α → List α
  | nil, bs => bs
  | cons a as, bs => cons a (List.append as bs)

instance {α : Type u} : Append (List α) := ⟨List.append⟩

structure Array (α : Type u) where
  mk ::
  toList : List α

attribute [extern "lean_array_to_list"] Array.toList
attribute [extern "lean_array_mk"] Array.mk

@[match_pattern] abbrev List.toArray {α : Type u} (xs : List α) : Array α := .mk xs

instance {α : Type u} : Inhabited (Array α) where
  default := Array.mk List.nil

/-- A character is its code point; a string literal stands for the list of its characters. -/
structure Char where
  ofNat ::
  toNat : Nat

structure String where
  ofList ::
  toList : List Char

instance : Inhabited String where
  default := String.ofList List.nil

structure UInt64 where
  ofNat ::
  toNat : Nat

structure UInt32 where
  ofNat ::
  toNat : Nat

structure UInt8 where
  ofNat ::
  toNat : Nat

structure USize where
  ofNat ::
  toNat : Nat

instance : Inhabited UInt64 where
  default := UInt64.ofNat 0

@[extern "lean_uint64_of_nat"] def UInt64.ofNatLT (n : @& Nat) : UInt64 := UInt64.ofNat n

@[extern "lean_uint64_mix_hash"] opaque mixHash (a b : UInt64) : UInt64
@[extern "lean_string_hash"] protected opaque String.hash (s : @& String) : UInt64

@[extern "lean_array_get_size"]
def Array.size {α : Type u} (a : @& Array α) : Nat := a.toList.length

@[extern "lean_mk_empty_array_with_capacity"]
def Array.emptyWithCapacity {α : Type u} (c : @& Nat) : Array α := Array.mk List.nil

@[inline] def Array.empty {α : Type u} : Array α := Array.emptyWithCapacity 0

@[extern "lean_array_push"]
def Array.push {α : Type u} (a : Array α) (v : α) : Array α :=
  Array.mk (List.append a.toList (List.cons v List.nil))

structure String.Pos.Raw where
  byteIdx : Nat

structure Substring.Raw where
  str : String
  startPos : String.Pos.Raw
  stopPos : String.Pos.Raw

def String.toRawSubstring (s : String) : Substring.Raw := ⟨s, ⟨0⟩, ⟨0⟩⟩

class Hashable (α : Sort u) where
  hash : α → UInt64

export Hashable (hash)

namespace Lean

theorem injEq_helper {P Q R : Prop} (f : P → Q → R) (h : And P Q) : R := f h.left h.right

inductive Name where
  | anonymous : Name
  | str (pre : Name) (str : String)
  | num (pre : Name) (i : Nat)
with
  @[computed_field, inline] hash : Name → UInt64
    | .anonymous => .ofNatLT 1723
    | .str p s => mixHash p.hash s.hash
    | .num p v => mixHash p.hash (cond (Nat.ble v 18446744073709551615) (.ofNatLT v) (.ofNatLT 17))

instance : Inhabited Name where
  default := Name.anonymous

abbrev Name.mkStr (p : Name) (s : String) : Name := Name.str p s
abbrev Name.mkNum (p : Name) (v : Nat) : Name := Name.num p v
abbrev Name.mkSimple (s : String) : Name := .str .anonymous s
@[reducible] def Name.mkStr1 (a : String) : Name := .str .anonymous a
@[reducible] def Name.mkStr2 (a b : String) : Name := .str (.str .anonymous a) b
@[reducible] def Name.mkStr3 (a b c : String) : Name := .str (.str (.str .anonymous a) b) c
@[reducible] def Name.mkStr4 (a b c d : String) : Name :=
  .str (.str (.str (.str .anonymous a) b) c) d
@[reducible] def Name.mkStr5 (a b c d e : String) : Name :=
  .str (.str (.str (.str (.str .anonymous a) b) c) d) e

inductive SourceInfo where
  | original (leading : Substring.Raw) (pos : String.Pos.Raw) (trailing : Substring.Raw)
      (endPos : String.Pos.Raw)
  | synthetic (pos : String.Pos.Raw) (endPos : String.Pos.Raw) (canonical : Bool := false)
  | protected none

abbrev SyntaxNodeKind := Name

inductive Syntax.Preresolved where
  | namespace (ns : Name)
  | decl (n : Name) (fields : List String)

inductive Syntax where
  | missing : Syntax
  | node (info : SourceInfo) (kind : SyntaxNodeKind) (args : Array Syntax) : Syntax
  | atom (info : SourceInfo) (val : String) : Syntax
  | ident (info : SourceInfo) (rawVal : Substring.Raw) (val : Name)
      (preresolved : List Syntax.Preresolved) : Syntax

instance : Inhabited Syntax where
  default := Syntax.missing

def mkAtom (val : String) : Syntax := Syntax.atom SourceInfo.none val

def SyntaxNodeKinds := List SyntaxNodeKind

structure TSyntax (ks : SyntaxNodeKinds) where
  raw : Syntax

inductive ParserDescr where
  | const (name : Name)
  | unary (name : Name) (p : ParserDescr)
  | binary (name : Name) (p q : ParserDescr)
  | node (kind : SyntaxNodeKind) (prec : Nat) (p : ParserDescr)
  | trailingNode (kind : SyntaxNodeKind) (prec lhsPrec : Nat) (p : ParserDescr)
  | symbol (val : String)
  | nonReservedSymbol (val : String) (includeIdent : Bool)
  | cat (catName : Name) (rbp : Nat)
  | parser (declName : Name)
  | nodeWithAntiquot (name : String) (kind : SyntaxNodeKind) (p : ParserDescr)
  | sepBy (p : ParserDescr) (sep : String) (psep : ParserDescr) (allowTrailingSep : Bool := false)
  | sepBy1 (p : ParserDescr) (sep : String) (psep : ParserDescr) (allowTrailingSep : Bool := false)
  | unicodeSymbol (val asciiVal : String) (preserveForPP : Bool)

instance : Inhabited ParserDescr where
  default := ParserDescr.symbol ""

abbrev TrailingParserDescr := ParserDescr

structure Parser.Category where

abbrev MacroScope := Nat

structure Macro.Context where
  methods : Unit
  quotContext : Name
  currMacroScope : MacroScope
  currRecDepth : Nat
  maxRecDepth : Nat
  ref : Syntax

inductive Macro.Exception where
  | error : Syntax → String → Macro.Exception
  | unsupportedSyntax : Macro.Exception

structure Macro.State where
  macroScope : MacroScope
  traceMsgs : List (Prod Name String)
  expandedMacroDecls : List Name

inductive Macro.Result (α : Type) where
  | ok : α → Macro.State → Macro.Result α
  | error : Macro.Exception → Macro.State → Macro.Result α

abbrev MacroM (α : Type) := Macro.Context → Macro.State → Macro.Result α
abbrev Macro := Syntax → MacroM Syntax

inductive PrettyPrinter.Result (α : Type) where
  | ok : α → Unit → PrettyPrinter.Result α
  | error : Unit → Unit → PrettyPrinter.Result α

abbrev PrettyPrinter.UnexpandM (α : Type) := Syntax → Unit → PrettyPrinter.Result α
abbrev PrettyPrinter.Unexpander := Syntax → PrettyPrinter.UnexpandM Syntax

instance : Inhabited Macro where
  default := fun _ _ s => .error .unsupportedSyntax s

instance : Inhabited PrettyPrinter.Unexpander where
  default := fun _ _ s => .error s s

end Lean

@[reducible] def autoParam (α : Sort u) (tactic : Lean.Syntax) : Sort u := α

/-! ## Notation

`@[term_parser] opaque X` gives the front end the parser `X` of the Lean binary, `@[macro X]` the
rule that turns it into a term, `@[app_unexpander]` the rule that prints that term again. -/
@[term_parser] opaque «term_∧_» : Lean.TrailingParserDescr
@[macro «term_∧_»] opaque «_aux_Init_Notation___macroRules_term_∧__1» : Lean.Macro
@[app_unexpander And] opaque «_aux_Init_Notation___unexpand_And_1» : Lean.PrettyPrinter.Unexpander
@[term_parser] opaque «term_∨_» : Lean.TrailingParserDescr
@[macro «term_∨_»] opaque «_aux_Init_Notation___macroRules_term_∨__1» : Lean.Macro
@[app_unexpander Or] opaque «_aux_Init_Notation___unexpand_Or_1» : Lean.PrettyPrinter.Unexpander
@[term_parser] opaque «term¬_» : Lean.ParserDescr
@[macro «term¬_»] opaque «_aux_Init_Notation___macroRules_term¬__1» : Lean.Macro
@[app_unexpander Not] opaque «_aux_Init_Notation___unexpand_Not_1» : Lean.PrettyPrinter.Unexpander
@[term_parser] opaque «term_↔_» : Lean.TrailingParserDescr
@[macro «term_↔_»] opaque «_aux_Init_Core___macroRules_term_↔__1» : Lean.Macro
@[app_unexpander Iff] opaque «_aux_Init_Core___unexpand_Iff_2» : Lean.PrettyPrinter.Unexpander
@[term_parser] opaque «term_≠_» : Lean.TrailingParserDescr
@[macro «term_≠_»] opaque «_aux_Init_Core___macroRules_term_≠__2» : Lean.Macro
@[app_unexpander Ne] opaque «_aux_Init_Core___unexpand_Ne_1» : Lean.PrettyPrinter.Unexpander
@[term_parser] opaque «term_=_» : Lean.TrailingParserDescr
@[macro «term_=_»] opaque «_aux_Init_Notation___macroRules_term_=__2» : Lean.Macro
@[app_unexpander Eq] opaque «_aux_Init_Notation___unexpand_Eq_1» : Lean.PrettyPrinter.Unexpander
@[term_parser] opaque «term_≤_» : Lean.TrailingParserDescr
@[macro «term_≤_»] opaque «_aux_Init_Notation___macroRules_term_≤__2» : Lean.Macro
@[app_unexpander LE.le] opaque «_aux_Init_Notation___unexpand_LE_le_2» : Lean.PrettyPrinter.Unexpander
@[term_parser] opaque «term_<_» : Lean.TrailingParserDescr
@[macro «term_<_»] opaque «_aux_Init_Notation___macroRules_term_<__2» : Lean.Macro
@[app_unexpander LT.lt] opaque «_aux_Init_Notation___unexpand_LT_lt_1» : Lean.PrettyPrinter.Unexpander
@[term_parser] opaque «term_≥_» : Lean.TrailingParserDescr
@[macro «term_≥_»] opaque «_aux_Init_Notation___macroRules_term_≥__2» : Lean.Macro
@[app_unexpander GE.ge] opaque «_aux_Init_Notation___unexpand_GE_ge_2» : Lean.PrettyPrinter.Unexpander
@[term_parser] opaque «term_>_» : Lean.TrailingParserDescr
@[macro «term_>_»] opaque «_aux_Init_Notation___macroRules_term_>__2» : Lean.Macro
@[app_unexpander GT.gt] opaque «_aux_Init_Notation___unexpand_GT_gt_1» : Lean.PrettyPrinter.Unexpander
@[term_parser] opaque «term_+_» : Lean.TrailingParserDescr
@[macro «term_+_»] opaque «_aux_Init_Notation___macroRules_term_+__2» : Lean.Macro
@[app_unexpander HAdd.hAdd] opaque «_aux_Init_Notation___unexpand_HAdd_hAdd_1» : Lean.PrettyPrinter.Unexpander
@[term_parser] opaque «term_-_» : Lean.TrailingParserDescr
@[macro «term_-_»] opaque «_aux_Init_Notation___macroRules_term_-__2» : Lean.Macro
@[app_unexpander HSub.hSub] opaque «_aux_Init_Notation___unexpand_HSub_hSub_1» : Lean.PrettyPrinter.Unexpander
@[term_parser] opaque «term_*_» : Lean.TrailingParserDescr
@[macro «term_*_»] opaque «_aux_Init_Notation___macroRules_term_*__2» : Lean.Macro
@[app_unexpander HMul.hMul] opaque «_aux_Init_Notation___unexpand_HMul_hMul_1» : Lean.PrettyPrinter.Unexpander
@[term_parser] opaque «term_/_» : Lean.TrailingParserDescr
@[macro «term_/_»] opaque «_aux_Init_Notation___macroRules_term_/__2» : Lean.Macro
@[app_unexpander HDiv.hDiv] opaque «_aux_Init_Notation___unexpand_HDiv_hDiv_1» : Lean.PrettyPrinter.Unexpander
@[term_parser] opaque «term_%_» : Lean.TrailingParserDescr
@[macro «term_%_»] opaque «_aux_Init_Notation___macroRules_term_%__2» : Lean.Macro
@[app_unexpander HMod.hMod] opaque «_aux_Init_Notation___unexpand_HMod_hMod_1» : Lean.PrettyPrinter.Unexpander
@[term_parser] opaque «term_^_» : Lean.TrailingParserDescr
@[macro «term_^_»] opaque «_aux_Init_Notation___macroRules_term_^__2» : Lean.Macro
@[app_unexpander HPow.hPow] opaque «_aux_Init_Notation___unexpand_HPow_hPow_1» : Lean.PrettyPrinter.Unexpander
@[term_parser] opaque «term_++_» : Lean.TrailingParserDescr
@[macro «term_++_»] opaque «_aux_Init_Notation___macroRules_term_++__2» : Lean.Macro
@[app_unexpander HAppend.hAppend] opaque «_aux_Init_Notation___unexpand_HAppend_hAppend_1» : Lean.PrettyPrinter.Unexpander
@[term_parser] opaque «term-_» : Lean.ParserDescr
@[macro «term-_»] opaque «_aux_Init_Notation___macroRules_term-__2» : Lean.Macro
@[app_unexpander Neg.neg] opaque «_aux_Init_Notation___unexpand_Neg_neg_1» : Lean.PrettyPrinter.Unexpander
@[term_parser] opaque «term_::_» : Lean.TrailingParserDescr
@[macro «term_::_»] opaque «_aux_Init_Notation___macroRules_term_::__1» : Lean.Macro
@[app_unexpander List.cons] opaque «_aux_Init_Notation___unexpand_List_cons_1» : Lean.PrettyPrinter.Unexpander
@[term_parser] opaque «term_×_» : Lean.TrailingParserDescr
@[macro «term_×_»] opaque «_aux_Init_Notation___macroRules_term_×__1» : Lean.Macro
@[app_unexpander Prod] opaque «_aux_Init_Notation___unexpand_Prod_1» : Lean.PrettyPrinter.Unexpander
@[term_parser] opaque «term_|>_» : Lean.TrailingParserDescr
@[macro «term_|>_»] opaque «_aux_Init_Notation___macroRules_term_|>__1» : Lean.Macro
@[term_parser] opaque «term_<|_» : Lean.TrailingParserDescr
@[macro «term_<|_»] opaque «_aux_Init_Notation___macroRules_term_<|__1» : Lean.Macro

/-! ### Binders, conditionals, lists, calculations -/

opaque Lean.binderIdent : Lean.ParserDescr
opaque Lean.unbracketedExplicitBinders : Lean.ParserDescr
opaque Lean.bracketedExplicitBinders : Lean.ParserDescr
opaque Lean.explicitBinders : Lean.ParserDescr
@[term_parser] opaque «term∃_,_» : Lean.ParserDescr
@[macro «term∃_,_»] opaque «_aux_Init_NotationExtra___macroRules_term∃_,__1» : Lean.Macro
@[app_unexpander Exists] opaque unexpandExists : Lean.PrettyPrinter.Unexpander
@[term_parser] opaque termIfThenElse : Lean.ParserDescr
@[macro termIfThenElse] opaque _aux_Init_Notation___macroRules_termIfThenElse_1 : Lean.Macro
@[app_unexpander ite] opaque unexpandIte : Lean.PrettyPrinter.Unexpander
@[term_parser] opaque termDepIfThenElse : Lean.ParserDescr
@[macro termDepIfThenElse] opaque _aux_Init_Notation___macroRules_termDepIfThenElse_1 : Lean.Macro
@[term_parser] opaque «term[_]» : Lean.ParserDescr
@[macro «term[_]»] opaque Lean.«_aux_Init_Data_List_Notation___macroRules_term[_]_1» : Lean.Macro
@[term_parser] opaque «term%[_|_]» : Lean.ParserDescr
@[macro «term%[_|_]»] opaque «_aux_Init_NotationExtra___macroRules_term%[_|_]_1» : Lean.Macro
@[app_unexpander List.nil] opaque unexpandListNil : Lean.PrettyPrinter.Unexpander
@[app_unexpander List.cons] opaque unexpandListCons : Lean.PrettyPrinter.Unexpander
@[app_unexpander Prod.mk] opaque unexpandProdMk : Lean.PrettyPrinter.Unexpander
opaque Lean.calcFirstStep : Lean.ParserDescr
opaque Lean.calcStep : Lean.ParserDescr
opaque Lean.calcSteps : Lean.ParserDescr
@[term_parser] opaque Lean.calc : Lean.ParserDescr
@[tactic_parser] opaque Lean.calcTactic : Lean.ParserDescr

/-! ### Tactics -/

opaque Lean.Parser.Tactic.optConfig : Lean.ParserDescr
opaque Lean.Parser.Tactic.configItem : Lean.ParserDescr
opaque Lean.Parser.Tactic.posConfigItem : Lean.ParserDescr
opaque Lean.Parser.Tactic.negConfigItem : Lean.ParserDescr
opaque Lean.Parser.Tactic.valConfigItem : Lean.ParserDescr
opaque Lean.Parser.Tactic.config : Lean.ParserDescr
opaque Lean.Parser.Tactic.location : Lean.ParserDescr
opaque Lean.Parser.Tactic.locationWildcard : Lean.ParserDescr
opaque Lean.Parser.Tactic.locationHyp : Lean.ParserDescr
opaque Lean.Parser.Tactic.rwRule : Lean.ParserDescr
opaque Lean.Parser.Tactic.rwRuleSeq : Lean.ParserDescr
opaque Lean.Parser.Tactic.elimTarget : Lean.ParserDescr
opaque Lean.Parser.Tactic.inductionAlt : Lean.ParserDescr
opaque Lean.Parser.Tactic.inductionAlts : Lean.ParserDescr
opaque Lean.Parser.Tactic.inductionAltLHS : Lean.ParserDescr
opaque Lean.Parser.Tactic.simpPre : Lean.ParserDescr
opaque Lean.Parser.Tactic.simpPost : Lean.ParserDescr
opaque Lean.Parser.Tactic.simpStar : Lean.ParserDescr
opaque Lean.Parser.Tactic.simpErase : Lean.ParserDescr
opaque Lean.Parser.Tactic.simpLemma : Lean.ParserDescr
opaque Lean.Parser.Tactic.simpArg : Lean.ParserDescr
opaque Lean.Parser.Tactic.simpArgs : Lean.ParserDescr
opaque Lean.Parser.Tactic.simpaArgsRest : Lean.ParserDescr
opaque Lean.Parser.Tactic.dsimpArg : Lean.ParserDescr
opaque Lean.Parser.Tactic.dsimpArgs : Lean.ParserDescr
opaque Lean.Parser.Tactic.discharger : Lean.ParserDescr
opaque Lean.Parser.Tactic.caseArg : Lean.ParserDescr
opaque Lean.Parser.Tactic.generalizeArg : Lean.ParserDescr
opaque Lean.Parser.Tactic.rcasesPatLo : Lean.ParserDescr
opaque Lean.Parser.Tactic.rcasesPatMed : Lean.ParserDescr
opaque Lean.Parser.Tactic.locationType : Lean.ParserDescr
opaque Lean.cdotTk : Lean.ParserDescr
declare_syntax_cat rcasesPat
declare_syntax_cat rintroPat
@[rcasesPat_parser] opaque Lean.Parser.Tactic.rcasesPat.one : Lean.ParserDescr
@[rcasesPat_parser] opaque Lean.Parser.Tactic.rcasesPat.ignore : Lean.ParserDescr
@[rcasesPat_parser] opaque Lean.Parser.Tactic.rcasesPat.clear : Lean.ParserDescr
@[rcasesPat_parser] opaque Lean.Parser.Tactic.rcasesPat.tuple : Lean.ParserDescr
@[rcasesPat_parser] opaque Lean.Parser.Tactic.rcasesPat.paren : Lean.ParserDescr
@[rcasesPat_parser] opaque Lean.Parser.Tactic.rcasesPat.explicit : Lean.ParserDescr
@[rintroPat_parser] opaque Lean.Parser.Tactic.rintroPat.one : Lean.ParserDescr
@[rintroPat_parser] opaque Lean.Parser.Tactic.rintroPat.binder : Lean.ParserDescr
@[tactic_parser] opaque Lean.cdot : Lean.ParserDescr
@[tactic_parser] opaque Lean.Parser.Tactic.intro : Lean.ParserDescr
@[tactic_parser] opaque Lean.Parser.Tactic.intros : Lean.ParserDescr
@[tactic_parser] opaque Lean.Parser.Tactic.exact : Lean.ParserDescr
@[tactic_parser] opaque Lean.Parser.Tactic.apply : Lean.ParserDescr
@[tactic_parser] opaque Lean.Parser.Tactic.refine : Lean.ParserDescr
@[tactic_parser] opaque Lean.Parser.Tactic.refine' : Lean.ParserDescr
@[tactic_parser] opaque Lean.Parser.Tactic.constructor : Lean.ParserDescr
@[tactic_parser] opaque Lean.Parser.Tactic.left : Lean.ParserDescr
@[tactic_parser] opaque Lean.Parser.Tactic.right : Lean.ParserDescr
@[tactic_parser] opaque Lean.Parser.Tactic.assumption : Lean.ParserDescr
@[tactic_parser] opaque Lean.Parser.Tactic.contradiction : Lean.ParserDescr
@[tactic_parser] opaque Lean.Parser.Tactic.skip : Lean.ParserDescr
@[tactic_parser] opaque Lean.Parser.Tactic.done : Lean.ParserDescr
@[tactic_parser] opaque Lean.Parser.Tactic.change : Lean.ParserDescr
@[tactic_parser] opaque Lean.Parser.Tactic.clear : Lean.ParserDescr
@[tactic_parser] opaque Lean.Parser.Tactic.clearValue : Lean.ParserDescr
@[tactic_parser] opaque Lean.Parser.Tactic.revert : Lean.ParserDescr
@[tactic_parser] opaque Lean.Parser.Tactic.rename : Lean.ParserDescr
@[tactic_parser] opaque Lean.Parser.Tactic.renameI : Lean.ParserDescr
@[tactic_parser] opaque Lean.Parser.Tactic.specialize : Lean.ParserDescr
@[tactic_parser] opaque Lean.Parser.Tactic.subst : Lean.ParserDescr
@[tactic_parser] opaque Lean.Parser.Tactic.injection : Lean.ParserDescr
@[tactic_parser] opaque Lean.Parser.Tactic.injections : Lean.ParserDescr
@[tactic_parser] opaque Lean.Parser.Tactic.generalize : Lean.ParserDescr
@[tactic_parser] opaque Lean.Parser.Tactic.cases : Lean.ParserDescr
@[tactic_parser] opaque Lean.Parser.Tactic.induction : Lean.ParserDescr
@[tactic_parser] opaque Lean.Parser.Tactic.rewriteSeq : Lean.ParserDescr
@[tactic_parser] opaque Lean.Parser.Tactic.rwSeq : Lean.ParserDescr
@[tactic_parser] opaque Lean.Parser.Tactic.rwa : Lean.ParserDescr
@[tactic_parser] opaque Lean.Parser.Tactic.simp : Lean.ParserDescr
@[tactic_parser] opaque Lean.Parser.Tactic.simpa : Lean.ParserDescr
@[tactic_parser] opaque Lean.Parser.Tactic.dsimp : Lean.ParserDescr
@[tactic_parser] opaque Lean.Parser.Tactic.unfold : Lean.ParserDescr
@[tactic_parser] opaque Lean.Parser.Tactic.delta : Lean.ParserDescr
@[tactic_parser] opaque Lean.Parser.Tactic.split : Lean.ParserDescr
@[tactic_parser] opaque Lean.Parser.Tactic.first : Lean.ParserDescr
@[tactic_parser] opaque Lean.Parser.Tactic.allGoals : Lean.ParserDescr
@[tactic_parser] opaque Lean.Parser.Tactic.anyGoals : Lean.ParserDescr
@[tactic_parser] opaque Lean.Parser.Tactic.focus : Lean.ParserDescr
@[tactic_parser] opaque Lean.Parser.Tactic.failIfSuccess : Lean.ParserDescr
@[tactic_parser] opaque Lean.Parser.Tactic.fail : Lean.ParserDescr
@[tactic_parser] opaque Lean.Parser.Tactic.case : Lean.ParserDescr
@[tactic_parser] opaque Lean.Parser.Tactic.case' : Lean.ParserDescr
@[tactic_parser] opaque Lean.Parser.Tactic.rotateLeft : Lean.ParserDescr
@[tactic_parser] opaque Lean.Parser.Tactic.rotateRight : Lean.ParserDescr
@[tactic_parser] opaque Lean.Parser.Tactic.rintro : Lean.ParserDescr
@[tactic_parser] opaque Lean.Parser.Tactic.rcases : Lean.ParserDescr
@[tactic_parser] opaque Lean.Parser.Tactic.obtain : Lean.ParserDescr
@[tactic_parser] opaque Lean.Parser.Tactic.replace : Lean.ParserDescr
@[tactic_parser] opaque Lean.Parser.Tactic.withReducible : Lean.ParserDescr
@[tactic_parser] opaque Lean.Parser.Tactic.withUnfoldingAll : Lean.ParserDescr
@[tactic_parser] opaque Lean.Parser.Tactic.congr : Lean.ParserDescr
@[tactic_parser] opaque Lean.Parser.Tactic.eqRefl : Lean.ParserDescr
@[tactic_parser] opaque Lean.Parser.Tactic.decide : Lean.ParserDescr
@[tactic_parser] opaque Lean.Parser.Tactic.symm : Lean.ParserDescr
@[tactic_parser] opaque Lean.Parser.Tactic.applyRfl : Lean.ParserDescr
@[tactic_parser] opaque Lean.Parser.Tactic.«show» : Lean.ParserDescr
@[tactic_parser] opaque Lean.Parser.Tactic.paren : Lean.ParserDescr
@[tactic_parser] opaque Lean.Parser.Tactic.rwaAt : Lean.ParserDescr
@[tactic_parser] opaque Lean.Parser.Tactic.traceState : Lean.ParserDescr
@[tactic_parser] opaque Lean.Parser.Tactic.«tacticHave__» : Lean.ParserDescr
@[macro Lean.Parser.Tactic.«tacticHave__»] opaque Lean.Parser.Tactic.«_aux_Init_Tactics___macroRules_Lean_Parser_Tactic_tacticHave___1» : Lean.Macro
@[tactic_parser] opaque Lean.Parser.Tactic.«tacticLet__» : Lean.ParserDescr
@[macro Lean.Parser.Tactic.«tacticLet__»] opaque Lean.Parser.Tactic.«_aux_Init_Tactics___macroRules_Lean_Parser_Tactic_tacticLet___1» : Lean.Macro
@[tactic_parser] opaque Lean.Parser.Tactic.«tacticSuffices_» : Lean.ParserDescr
@[macro Lean.Parser.Tactic.«tacticSuffices_»] opaque Lean.Parser.Tactic.«_aux_Init_Tactics___macroRules_Lean_Parser_Tactic_tacticSuffices__1» : Lean.Macro
@[tactic_parser] opaque Lean.Parser.Tactic.«tacticExfalso» : Lean.ParserDescr
@[macro Lean.Parser.Tactic.«tacticExfalso»] opaque Lean.Parser.Tactic.«_aux_Init_Tactics___macroRules_Lean_Parser_Tactic_tacticExfalso_1» : Lean.Macro
@[tactic_parser] opaque Lean.Parser.Tactic.«tacticExists_,,» : Lean.ParserDescr
@[macro Lean.Parser.Tactic.«tacticExists_,,»] opaque Lean.Parser.Tactic.«_aux_Init_Tactics___macroRules_Lean_Parser_Tactic_tacticExists_,,_1» : Lean.Macro
@[tactic_parser] opaque Lean.Parser.Tactic.«tacticRefine_lift_» : Lean.ParserDescr
@[macro Lean.Parser.Tactic.«tacticRefine_lift_»] opaque Lean.Parser.Tactic.«_aux_Init_Tactics___macroRules_Lean_Parser_Tactic_tacticRefine_lift__1» : Lean.Macro
@[tactic_parser] opaque Lean.Parser.Tactic.«tacticTry_» : Lean.ParserDescr
@[macro Lean.Parser.Tactic.«tacticTry_»] opaque Lean.Parser.Tactic.«_aux_Init_Tactics___macroRules_Lean_Parser_Tactic_tacticTry__1» : Lean.Macro
@[tactic_parser] opaque Lean.Parser.Tactic.«tacticRepeat_» : Lean.ParserDescr
@[tactic_parser] opaque Lean.Parser.Tactic.«tacticNext_=>_» : Lean.ParserDescr
@[macro Lean.Parser.Tactic.«tacticNext_=>_»] opaque Lean.Parser.Tactic.«_aux_Init_Tactics___macroRules_Lean_Parser_Tactic_tacticNext_=>__1» : Lean.Macro
@[tactic_parser] opaque Lean.Parser.Tactic.«tacticAnd_intros» : Lean.ParserDescr
@[macro Lean.Parser.Tactic.«tacticAnd_intros»] opaque Lean.Parser.Tactic.«_aux_Init_Tactics___macroRules_Lean_Parser_Tactic_tacticAnd_intros_1» : Lean.Macro
@[tactic_parser] opaque Lean.Parser.Tactic.«tacticInfer_instance» : Lean.ParserDescr
@[macro Lean.Parser.Tactic.«tacticInfer_instance»] opaque Lean.Parser.Tactic.«_aux_Init_Tactics___macroRules_Lean_Parser_Tactic_tacticInfer_instance_1» : Lean.Macro
@[tactic_parser] opaque Lean.Parser.Tactic.«tacticNofun» : Lean.ParserDescr
@[macro Lean.Parser.Tactic.«tacticNofun»] opaque Lean.Parser.Tactic.«_aux_Init_Tactics___macroRules_Lean_Parser_Tactic_tacticNofun_1» : Lean.Macro
@[tactic_parser] opaque Lean.Parser.Tactic.«tacticNomatch_,,» : Lean.ParserDescr
@[macro Lean.Parser.Tactic.«tacticNomatch_,,»] opaque Lean.Parser.Tactic.«_aux_Init_Tactics___macroRules_Lean_Parser_Tactic_tacticNomatch_,,_1» : Lean.Macro
@[tactic_parser] opaque Lean.Parser.Tactic.«tacticUnhygienic_» : Lean.ParserDescr
@[macro Lean.Parser.Tactic.«tacticUnhygienic_»] opaque Lean.Parser.Tactic.«_aux_Init_Tactics___macroRules_Lean_Parser_Tactic_tacticUnhygienic__1» : Lean.Macro
@[tactic_parser] opaque Lean.Parser.Tactic.«tactic_<;>_» : Lean.TrailingParserDescr
@[macro Lean.Parser.Tactic.«tactic_<;>_»] opaque Lean.Parser.Tactic.«_aux_Init_Tactics___macroRules_Lean_Parser_Tactic_tactic_<;>__1» : Lean.Macro
@[tactic_parser] opaque Lean.Parser.Tactic.tacticTrivial : Lean.ParserDescr
@[macro Lean.Parser.Tactic.tacticTrivial] opaque Lean.Parser.Tactic.«_aux_Init_Tactics___macroRules_Lean_Parser_Tactic_tacticTrivial_1» : Lean.Macro
@[macro Lean.Parser.Tactic.tacticTrivial] opaque Lean.Parser.Tactic.«_aux_Init_Tactics___macroRules_Lean_Parser_Tactic_tacticTrivial_2» : Lean.Macro
@[macro Lean.Parser.Tactic.tacticTrivial] opaque Lean.Parser.Tactic.«_aux_Init_Tactics___macroRules_Lean_Parser_Tactic_tacticTrivial_3» : Lean.Macro
@[macro Lean.Parser.Tactic.tacticTrivial] opaque Lean.Parser.Tactic.«_aux_Init_Tactics___macroRules_Lean_Parser_Tactic_tacticTrivial_4» : Lean.Macro
@[macro Lean.Parser.Tactic.tacticTrivial] opaque Lean.Parser.Tactic.«_aux_Init_Tactics___macroRules_Lean_Parser_Tactic_tacticTrivial_5» : Lean.Macro
@[macro Lean.Parser.Tactic.tacticTrivial] opaque Lean.Parser.Tactic.«_aux_Init_Tactics___macroRules_Lean_Parser_Tactic_tacticTrivial_6» : Lean.Macro
@[tactic_parser] opaque «tacticBy_cases_:_» : Lean.ParserDescr
@[macro «tacticBy_cases_:_»] opaque «_aux_Init_ByCases___macroRules_tacticBy_cases_:__1» : Lean.Macro
@[macro «tacticBy_cases_:_»] opaque «_aux_Init_ByCases___macroRules_tacticBy_cases_:__2» : Lean.Macro
@[tactic_parser] opaque Lean.Parser.Tactic.tacticRfl : Lean.ParserDescr
@[macro Lean.Parser.Tactic.tacticRfl] opaque Lean.Parser.Tactic.«_aux_Init_Tactics___macroRules_Lean_Parser_Tactic_tacticRfl_1» : Lean.Macro
@[macro Lean.Parser.Tactic.rwSeq] opaque Lean.Parser.Tactic.«_aux_Init_Tactics___macroRules_Lean_Parser_Tactic_rwSeq_1» : Lean.Macro

/-! ### Facts that `simp only` and `split` look up by name -/

theorem not_not_intro {p : Prop} (h : p) : ¬¬p := fun n => n h
theorem of_eq_true {p : Prop} (h : p = True) : p := h ▸ True.intro

theorem implies_congr {p₁ p₂ : Sort u} {q₁ q₂ : Sort v} (h : p₁ = p₂) (k : q₁ = q₂) :
    (p₁ → q₁) = (p₂ → q₂) := h ▸ k ▸ rfl

theorem dite_eq_left {c : Prop} {h : Decidable c} (hc : c) {α : Sort u} {t : c → α}
    {e : ¬c → α} : dite c t e = t hc :=
  match h with
  | isTrue _ => rfl
  | isFalse n => absurd hc n

theorem dite_eq_right {c : Prop} {h : Decidable c} (hc : ¬c) {α : Sort u} {t : c → α}
    {e : ¬c → α} : dite c t e = e hc :=
  match h with
  | isTrue p => absurd p hc
  | isFalse _ => rfl

theorem ite_eq_left {c : Prop} {h : Decidable c} (hc : c) {α : Sort u} {t e : α} :
    ite c t e = t := dite_eq_left hc

theorem ite_eq_right {c : Prop} {h : Decidable c} (hc : ¬c) {α : Sort u} {t e : α} :
    ite c t e = e := dite_eq_right hc

instance (p : Prop) : Subsingleton (Decidable p) where
  allEq
    | ⟨true, _⟩, ⟨true, _⟩ => rfl
    | ⟨false, _⟩, ⟨false, _⟩ => rfl
    | ⟨true, h⟩, ⟨false, n⟩ => absurd h n
    | ⟨false, n⟩, ⟨true, h⟩ => absurd h n

/-! Propositional and function extensionality are axioms in Lean and are not used here. The
simplifier wants these consequences by name; they are unsafe, so the kernel refuses a proof in which
it used one. -/

unsafe axiom eq_self {α : Sort u} (a : α) : (a = a) = True
unsafe axiom iff_self (a : Prop) : (a ↔ a) = True
unsafe axiom eq_true {p : Prop} (h : p) : p = True
unsafe axiom eq_false {p : Prop} (h : ¬p) : p = False
unsafe axiom forall_congr {α : Sort u} {p q : α → Prop} (h : ∀ a, p a = q a) :
    (∀ a, p a) = (∀ a, q a)
