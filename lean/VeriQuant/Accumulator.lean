prelude
import VeriQuant.List
/-!
# T2 and T2c: integer accumulators do not overflow

An accumulator adds the products `a * (q - z)` of int8 activations `a` and codes `q` with the zero point
`z`. Of the `K` input channels of a tensor, half are wide and half narrow, so each accumulator adds at
most `(K + 1) / 2` products. The additions may happen in any order (a permutation of the list), and
every partial sum on the way counts.
-/

set_option autoImplicit false

namespace VeriQuant

open ℤ

/-! ## Sums of bounded terms -/

/-- A sum of `n` terms of magnitude at most `B` is at most `n B` in magnitude. -/
theorem abs_sum_le {B : ℤ} {l : List ℤ} (h : List.All (fun x => abs x ≤ B) l) :
    abs (List.sum l) ≤ .pos l.length * B := by
  induction l with
  | nil =>
    show abs 0 ≤ 0 * B
    rw [ℤ.zero_mul]
    decide
  | cons x l ih =>
    show abs (x + List.sum l) ≤ .pos (l.length + 1) * B
    have t := abs_add_le x (List.sum l)
    have a := ih h.2
    have b : abs x ≤ B := h.1
    have e : ℤ.pos (l.length + 1) = .pos l.length + 1 := pos_add _ 1
    rw [e]
    exact linear3 t a b

/-- T2: every partial sum, in every order of the terms, is at most `n B` in magnitude: for any bound
`B` on the terms. -/
theorem partial_sum_le {B : ℤ} (hB : 0 ≤ B) {l m : List ℤ} (h : List.All (fun x => abs x ≤ B) l)
    (order : List.Perm l m) (i : Nat) : abs (List.sum (List.take i m)) ≤ .pos l.length * B := by
  have a := abs_sum_le (List.All.take (order.all h) i)
  have b : ℤ.pos (List.take i m).length ≤ .pos l.length := by
    rw [order.length_eq]
    exact List.length_take_le i m
  have c : ℤ.pos (List.take i m).length * B ≤ .pos l.length * B :=
    mul_le_mul hB (pos_nonneg _) b (ℤ.le_refl B)
  exact linear2 a c

/-! ## Products of activations and codes -/

/-- An activation is an int8. -/
def IsInt8 (a : ℤ) : Prop := -128 ≤ a ∧ a ≤ 127

/-- A code with `L` levels. -/
def IsCode (L q : ℤ) : Prop := 0 ≤ q ∧ q ≤ L - 1

/-- One product: an activation and a code. -/
structure Entry where
  a : ℤ
  q : ℤ

/-- The products that an accumulator adds. -/
def products (z : ℤ) (column : List Entry) : List ℤ := column.map fun e => e.a * (e.q - z)

theorem length_products (z : ℤ) (column : List Entry) :
    (products z column).length = column.length := List.length_map _ _

/-- All activations are int8, all codes have `L` levels. -/
def Valid (L : ℤ) (column : List Entry) : Prop :=
  List.All (fun e => IsInt8 e.a ∧ IsCode L e.q) column

/-- The largest product: `|a (q - z)| ≤ 128 (L - 1)`. -/
theorem abs_product_le {L z a q : ℤ} (ha : IsInt8 a) (hq : IsCode L q) (hz : IsCode L z) :
    abs (a * (q - z)) ≤ 128 * (L - 1) := by
  have ha : -128 ≤ a ∧ a ≤ 127 := ha
  have hq : 0 ≤ q ∧ q ≤ L - 1 := hq
  have hz : 0 ≤ z ∧ z ≤ L - 1 := hz
  have x : abs a ≤ 128 := linear2 (abs_spec a) ha
  have y : abs (q - z) ≤ L - 1 := linear3 (abs_spec (q - z)) hq hz
  rw [abs_mul]
  exact mul_le_mul (abs_nonneg _) (by decide) x y

theorem products_bounded {L z : ℤ} (hz : IsCode L z) {column : List Entry}
    (h : Valid L column) : List.All (fun x => abs x ≤ 128 * (L - 1)) (products z column) := by
  induction column with
  | nil => exact True.intro
  | cons e column ih => exact ⟨abs_product_le h.1.1 h.1.2 hz, ih h.2⟩

/-- T2 [VQ-ACC-002]: every partial sum of an accumulator, in every order, is at most `n * 128 * (L - 1)`
in magnitude, for `n` products and codes of `L` levels. -/
theorem accumulator_bound {L z : ℤ} (hz : IsCode L z) {column : List Entry} (h : Valid L column)
    {order : List ℤ} (perm : List.Perm (products z column) order) (i : Nat) :
    abs (List.sum (List.take i order)) ≤ .pos column.length * (128 * (L - 1)) := by
  have hz' : 0 ≤ z ∧ z ≤ L - 1 := hz
  have b := partial_sum_le (linear1 hz' : 0 ≤ 128 * (L - 1)) (products_bounded hz h) perm i
  rw [length_products] at b
  exact b

/-- T2 [VQ-ACC-002]: the wide accumulator of a tensor with `K` input channels stays within
`K / 2 * 128 * 15`. -/
theorem wide_bound {z : ℤ} (hz : IsCode 16 z) {K : Nat} {column : List Entry}
    (half : 2 * column.length = K) (h : Valid 16 column) {order : List ℤ}
    (perm : List.Perm (products z column) order) (i : Nat) :
    2 * abs (List.sum (List.take i order)) ≤ .pos K * 128 * 15 := by
  have b := accumulator_bound hz h perm i
  have e : ℤ.pos K = 2 * .pos column.length := by
    rw [← half]
    exact pos_mul 2 column.length
  exact linear2 b e

/-- T2 [VQ-ACC-002]: the narrow accumulator stays within `K / 2 * 128 * 7`. -/
theorem narrow_bound {z : ℤ} (hz : IsCode 8 z) {K : Nat} {column : List Entry}
    (half : 2 * column.length = K) (h : Valid 8 column) {order : List ℤ}
    (perm : List.Perm (products z column) order) (i : Nat) :
    2 * abs (List.sum (List.take i order)) ≤ .pos K * 128 * 7 := by
  have b := accumulator_bound hz h perm i
  have e : ℤ.pos K = 2 * .pos column.length := by
    rw [← half]
    exact pos_mul 2 column.length
  exact linear2 b e

/-- Half of at most `B` channels, rounded up: an odd `K` is padded with one channel of zeros. -/
theorem half_le {n K B : Nat} (half : n ≤ (K + 1) / 2) (hK : K ≤ B) :
    2 * ℤ.pos n ≤ .pos B + 1 := by
  have e : 2 * ((K + 1) / 2) ≤ K + 1 := by
    have a := Nat.le_add_right (2 * ((K + 1) / 2)) ((K + 1) % 2)
    rw [Nat.div_add_mod (K + 1) 2] at a
    exact a
  have f : ℤ.pos (2 * ((K + 1) / 2)) ≤ .pos (K + 1) := e
  rw [pos_mul, pos_add] at f
  have f : 2 * ℤ.pos ((K + 1) / 2) ≤ .pos K + 1 := f
  have g : ℤ.pos n ≤ .pos ((K + 1) / 2) := half
  have k : ℤ.pos K ≤ .pos B := hK
  exact linear3 f g k

/-- T2 [VQ-ACC-001]: for `K ≤ 8192` every partial sum of both accumulators, in every order, stays below
`2^30` in magnitude. -/
theorem no_overflow {zw zn : ℤ} (hw : IsCode 16 zw) (hn : IsCode 8 zn) {K : Nat} (hK : K ≤ 8192)
    {wide narrow : List Entry} (halfw : wide.length ≤ (K + 1) / 2)
    (halfn : narrow.length ≤ (K + 1) / 2)
    (vw : Valid 16 wide) (vn : Valid 8 narrow) {orderw ordern : List ℤ}
    (pw : List.Perm (products zw wide) orderw) (pn : List.Perm (products zn narrow) ordern)
    (i j : Nat) :
    abs (List.sum (List.take i orderw)) < 1073741824 ∧
      abs (List.sum (List.take j ordern)) < 1073741824 := by
  have a := accumulator_bound hw vw pw i
  have b := accumulator_bound hn vn pn j
  have k : 2 * ℤ.pos wide.length ≤ 8192 + 1 := half_le halfw hK
  have l : 2 * ℤ.pos narrow.length ≤ 8192 + 1 := half_le halfn hK
  exact linear4 a b k l

/-! ## The largest safe `K` for int32 -/

/-- The values of an int32. -/
def IsInt32 (x : ℤ) : Prop := -2147483648 ≤ x ∧ x ≤ 2147483647

theorem sum_same (x : Entry) (z : ℤ) (n : Nat) :
    List.sum (products z (List.replicate n x)) = .pos n * (x.a * (x.q - z)) := by
  induction n with
  | zero => exact (ℤ.zero_mul _).symm
  | succ n ih =>
    show x.a * (x.q - z) + List.sum (products z (List.replicate n x)) = .pos (n + 1) * _
    have e : ℤ.pos (n + 1) = .pos n + 1 := pos_add n 1
    rw [ih, e]
    exact ring

theorem valid_replicate {L : ℤ} {x : Entry} (ha : IsInt8 x.a) (hq : IsCode L x.q) (n : Nat) :
    Valid L (List.replicate n x) := by
  induction n with
  | zero => exact True.intro
  | succ n ih => exact ⟨⟨ha, hq⟩, ih⟩

/-- T2 [VQ-ACC-001]: up to `K = 2,236,962` channels (1,118,481 wide products) no partial sum, in any
order, leaves int32. -/
theorem int32_safe {z : ℤ} (hz : IsCode 16 z) {K : Nat} (hK : K ≤ 2236962) {column : List Entry}
    (half : column.length ≤ (K + 1) / 2) (h : Valid 16 column) {order : List ℤ}
    (perm : List.Perm (products z column) order) (i : Nat) :
    IsInt32 (List.sum (List.take i order)) := by
  have b := accumulator_bound hz h perm i
  have s := abs_spec (List.sum (List.take i order))
  have k : 2 * ℤ.pos column.length ≤ 2236962 + 1 := half_le half hK
  have c : ℤ.pos column.length ≤ 1118481 := linear1 k
  show _ ≤ _ ∧ _ ≤ _
  exact linear3 b s c

/-- T2 [VQ-ACC-001]: one channel more overflows: for `K = 2,236,963` there are int8 activations, 4-bit
codes and a zero point whose wide accumulator exceeds the largest int32. -/
theorem int32_unsafe :
    ∃ z : ℤ, ∃ column : List Entry, IsCode 16 z ∧ Valid 16 column ∧
      column.length = (2236963 + 1) / 2 ∧ ¬ IsInt32 (List.sum (products z column)) := by
  refine ⟨15, List.replicate 1118482 ⟨-128, 0⟩, ⟨by decide, by decide⟩,
    valid_replicate ⟨by decide, by decide⟩ ⟨by decide, by decide⟩ _,
    List.length_replicate _ _, ?_⟩
  rw [sum_same]
  exact fun h => absurd h.2 (by decide +kernel)

/-! ## T2c: the certificate of a column -/

/-- `∑ |q - z|`. -/
def columnWeight (z : ℤ) : List Entry → ℤ
  | [] => 0
  | e :: column => abs (e.q - z) + columnWeight z column

/-- The sum of magnitudes. -/
def sumAbs : List ℤ → ℤ
  | [] => 0
  | x :: l => abs x + sumAbs l

theorem sumAbs_perm {l m : List ℤ} (h : List.Perm l m) : sumAbs l = sumAbs m := by
  induction h with
  | nil => rfl
  | cons x _ ih => exact congrArg (abs x + ·) ih
  | swap x y l =>
    show abs x + (abs y + sumAbs l) = abs y + (abs x + sumAbs l)
    exact ring
  | trans _ _ ih ik => exact ih.trans ik

theorem sumAbs_nonneg (l : List ℤ) : 0 ≤ sumAbs l := by
  induction l with
  | nil => exact ℤ.le_refl 0
  | cons x l ih =>
    show 0 ≤ abs x + sumAbs l
    exact linear2 (abs_nonneg x) ih

theorem abs_take_le (l : List ℤ) (i : Nat) : abs (List.sum (List.take i l)) ≤ sumAbs l := by
  induction l generalizing i with
  | nil =>
    cases i with
    | zero => exact (by decide : abs (0 : ℤ) ≤ 0)
    | succ i => exact (by decide : abs (0 : ℤ) ≤ 0)
  | cons x l ih =>
    cases i with
    | zero =>
      have a : 0 ≤ abs x + sumAbs l := linear2 (abs_nonneg x) (sumAbs_nonneg l)
      exact (a : abs 0 ≤ abs x + sumAbs l)
    | succ i =>
      show abs (x + List.sum (List.take i l)) ≤ abs x + sumAbs l
      exact linear2 (abs_add_le x (List.sum (List.take i l))) (ih i)

theorem sumAbs_products (z : ℤ) {column : List Entry}
    (h : List.All (fun e => IsInt8 e.a) column) :
    sumAbs (products z column) ≤ 128 * columnWeight z column := by
  induction column with
  | nil => exact (by decide : (0 : ℤ) ≤ 128 * 0)
  | cons e column ih =>
    show abs (e.a * (e.q - z)) + sumAbs (products z column) ≤
      128 * (abs (e.q - z) + columnWeight z column)
    have ha : -128 ≤ e.a ∧ e.a ≤ 127 := h.1
    have x : abs e.a ≤ 128 := linear2 (abs_spec e.a) ha
    have y : abs e.a * abs (e.q - z) ≤ 128 * abs (e.q - z) :=
      mul_le_mul (abs_nonneg _) (by decide) x (ℤ.le_refl _)
    have r := ih h.2
    rw [abs_mul]
    exact linear2 y r

/-- T2c [VQ-ACC-004]: whatever the int8 activations, no partial sum of a column, in any order, exceeds
the column's own bound `128 * ∑ |q - z|`. -/
theorem column_certificate (z : ℤ) {column : List Entry}
    (h : List.All (fun e => IsInt8 e.a) column) {order : List ℤ}
    (perm : List.Perm (products z column) order) (i : Nat) :
    abs (List.sum (List.take i order)) ≤ 128 * columnWeight z column := by
  have a := abs_take_le order i
  rw [← sumAbs_perm perm] at a
  exact linear2 a (sumAbs_products z h)

/-- T2c [VQ-ACC-004]: the bound is never above the one of T2. -/
theorem certificate_below_T2 {L z : ℤ} (hz : IsCode L z) {column : List Entry}
    (h : Valid L column) :
    128 * columnWeight z column ≤ .pos column.length * (128 * (L - 1)) := by
  induction column with
  | nil =>
    show (128 : ℤ) * 0 ≤ 0 * (128 * (L - 1))
    rw [ℤ.zero_mul]
    decide
  | cons e column ih =>
    show 128 * (abs (e.q - z) + columnWeight z column) ≤
      .pos (column.length + 1) * (128 * (L - 1))
    have hq : 0 ≤ e.q ∧ e.q ≤ L - 1 := h.1.2
    have hz : 0 ≤ z ∧ z ≤ L - 1 := hz
    have y : abs (e.q - z) ≤ L - 1 := linear3 (abs_spec (e.q - z)) hq hz
    have r := ih h.2
    have k : ℤ.pos (column.length + 1) = .pos column.length + 1 := pos_add _ 1
    rw [k]
    exact linear2 y r

end VeriQuant
