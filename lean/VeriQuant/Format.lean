prelude
import VeriQuant.Accumulator
/-!
# T2 and T2c for the format in use

A tensor has a zero point and a factor for each group of an output channel, sums are taken over
segments, and lanes and threads each add a part. A summation is therefore a tree: leaves are the terms,
every node adds the totals of its two parts, in whatever order the work was divided. What must not
overflow is the total of every node.
-/

set_option autoImplicit false

namespace VeriQuant

open ℤ

/-! ## Summation in any order, divided in any way -/

/-- A way to add terms: one term, or two parts that are added apart. -/
inductive Split where
  | term (x : ℤ)
  | parts (left right : Split)

/-- The terms, from left to right. -/
def Split.terms : Split → List ℤ
  | .term x => [x]
  | .parts l r => l.terms ++ r.terms

/-- What comes out. -/
def Split.total : Split → ℤ
  | .term x => x
  | .parts l r => l.total + r.total

/-- Every total on the way has the property `p`. -/
def Split.Each (p : ℤ → Prop) : Split → Prop
  | .term x => p x
  | .parts l r => p (l.total + r.total) ∧ l.Each p ∧ r.Each p

theorem sumAbs_append (l m : List ℤ) : sumAbs (l ++ m) = sumAbs l + sumAbs m := by
  induction l with
  | nil => exact (ℤ.zero_add _).symm
  | cons x l ih =>
    show abs x + sumAbs (l ++ m) = abs x + sumAbs l + sumAbs m
    rw [ih]
    exact ring

theorem Split.total_eq (t : Split) : t.total = List.sum t.terms := by
  induction t with
  | term x =>
    show x = x + 0
    exact ring
  | parts l r ihl ihr =>
    show l.total + r.total = List.sum (l.terms ++ r.terms)
    rw [ihl, ihr, List.sum_append]

theorem Split.each_mono {p q : ℤ → Prop} (h : ∀ x, p x → q x) {t : Split} (k : t.Each p) :
    t.Each q := by
  induction t with
  | term x => exact h x k
  | parts l r ihl ihr => exact ⟨h _ k.1, ihl k.2.1, ihr k.2.2⟩

theorem Split.each_sumAbs (t : Split) : t.Each fun v => abs v ≤ sumAbs t.terms := by
  induction t with
  | term x =>
    show abs x ≤ abs x + 0
    exact linear
  | parts l r ihl ihr =>
    have e : sumAbs (l.terms ++ r.terms) = sumAbs l.terms + sumAbs r.terms := sumAbs_append _ _
    have nl := sumAbs_nonneg l.terms
    have nr := sumAbs_nonneg r.terms
    have top : ∀ {t : Split}, t.Each (fun v => abs v ≤ sumAbs t.terms) →
        abs t.total ≤ sumAbs t.terms := by
      intro t h
      cases t with
      | term x => exact h
      | parts l r => exact h.1
    refine ⟨?_, each_mono ?_ ihl, each_mono ?_ ihr⟩
    · show abs (l.total + r.total) ≤ sumAbs (l.terms ++ r.terms)
      exact linear4 (abs_add_le l.total r.total) (top ihl) (top ihr) e
    · intro x h
      show abs x ≤ sumAbs (l.terms ++ r.terms)
      exact linear3 h e nr
    · intro x h
      show abs x ≤ sumAbs (l.terms ++ r.terms)
      exact linear3 h e nl

/-- Every total of a summation of a rearranged list is at most the sum of the magnitudes. -/
theorem Split.each_le {l : List ℤ} {t : Split} (order : List.Perm l t.terms) {B : ℤ}
    (h : sumAbs l ≤ B) : t.Each fun v => abs v ≤ B := by
  refine each_mono ?_ t.each_sumAbs
  intro x k
  rw [← sumAbs_perm order] at k
  exact linear2 k h

/-! ## Zero points of groups -/

/-- One product: an activation, a code and the zero point of the code's group. -/
structure Product where
  a : ℤ
  q : ℤ
  z : ℤ

/-- The terms `a (q - z)`. -/
def values (column : List Product) : List ℤ := column.map fun e => e.a * (e.q - e.z)

/-- All activations are int8, all codes and zero points have `L` levels. -/
def Fits (L : ℤ) (column : List Product) : Prop :=
  List.All (fun e => IsInt8 e.a ∧ IsCode L e.q ∧ IsCode L e.z) column

/-- `∑ |q - z|`, each code with the zero point of its own group. -/
def distances : List Product → ℤ
  | [] => 0
  | e :: column => abs (e.q - e.z) + distances column

theorem abs_int8 {a : ℤ} (h : IsInt8 a) : abs a ≤ 128 := by
  have h : -128 ≤ a ∧ a ≤ 127 := h
  exact linear2 (abs_spec a) h

theorem sumAbs_values {column : List Product} (h : List.All (fun e => IsInt8 e.a) column) :
    sumAbs (values column) ≤ 128 * distances column := by
  induction column with
  | nil => exact (by decide : (0 : ℤ) ≤ 128 * 0)
  | cons e column ih =>
    show abs (e.a * (e.q - e.z)) + sumAbs (values column) ≤
      128 * (abs (e.q - e.z) + distances column)
    have y : abs e.a * abs (e.q - e.z) ≤ 128 * abs (e.q - e.z) :=
      mul_le_mul (abs_nonneg _) (by decide) (abs_int8 h.1) (ℤ.le_refl _)
    have r := ih h.2
    rw [abs_mul]
    exact linear2 y r

/-- T2c [VQ-ACC-004]: the certificate with a zero point for each group: whatever the int8 activations,
however the sum is ordered, cut into segments or divided over threads, no total exceeds
`128 * ∑ |q - z|`. -/
theorem group_certificate {column : List Product} (h : List.All (fun e => IsInt8 e.a) column)
    {t : Split} (order : List.Perm (values column) t.terms) :
    t.Each fun v => abs v ≤ 128 * distances column :=
  t.each_le order (sumAbs_values h)

/-- T2c [VQ-ACC-004]: that bound is never above the one of T2. -/
theorem group_certificate_below_T2 {L : ℤ} {column : List Product} (h : Fits L column) :
    128 * distances column ≤ .pos column.length * (128 * (L - 1)) := by
  induction column with
  | nil =>
    show (128 : ℤ) * 0 ≤ 0 * (128 * (L - 1))
    rw [ℤ.zero_mul]
    decide
  | cons e column ih =>
    show 128 * (abs (e.q - e.z) + distances column) ≤ .pos (column.length + 1) * (128 * (L - 1))
    have hq : 0 ≤ e.q ∧ e.q ≤ L - 1 := h.1.2.1
    have hz : 0 ≤ e.z ∧ e.z ≤ L - 1 := h.1.2.2
    have y : abs (e.q - e.z) ≤ L - 1 := linear3 (abs_spec (e.q - e.z)) hq hz
    have r := ih h.2
    have k : ℤ.pos (column.length + 1) = .pos column.length + 1 := pos_add _ 1
    rw [k]
    exact linear2 y r

theorem fits_int8 {L : ℤ} {column : List Product} (h : Fits L column) :
    List.All (fun e => IsInt8 e.a) column := by
  induction column with
  | nil => exact True.intro
  | cons e column ih => exact ⟨h.1.1, ih h.2⟩

/-- T2 [VQ-ACC-002]: with a zero point for each group every total of a summation, however it is ordered
and divided, is at most `n * 128 * (L - 1)` in magnitude, for `n` products and codes of `L` levels. -/
theorem group_bound {L : ℤ} {column : List Product} (h : Fits L column) {t : Split}
    (order : List.Perm (values column) t.terms) :
    t.Each fun v => abs v ≤ .pos column.length * (128 * (L - 1)) := by
  refine t.each_le order ?_
  exact linear2 (sumAbs_values (fits_int8 h)) (group_certificate_below_T2 h)

/-- T2 [VQ-ACC-001]: for `K ≤ 8192` inputs both halves stay below `2^30` in every total, with a zero point
for each group, in any order, in any segments, divided over any threads. -/
theorem group_no_overflow {K : Nat} (hK : K ≤ 8192) {wide narrow : List Product}
    (halfw : wide.length ≤ (K + 1) / 2) (halfn : narrow.length ≤ (K + 1) / 2) (vw : Fits 16 wide)
    (vn : Fits 8 narrow) {tw tn : Split} (pw : List.Perm (values wide) tw.terms)
    (pn : List.Perm (values narrow) tn.terms) :
    tw.Each (fun v => abs v < 1073741824) ∧ tn.Each (fun v => abs v < 1073741824) := by
  have k : 2 * ℤ.pos wide.length ≤ 8192 + 1 := half_le halfw hK
  have l : 2 * ℤ.pos narrow.length ≤ 8192 + 1 := half_le halfn hK
  constructor
  · exact Split.each_mono (fun x h => linear2 h k) (group_bound vw pw)
  · exact Split.each_mono (fun x h => linear2 h l) (group_bound vn pn)

/-! ## The sums that run: `∑ a q - z ∑ a`, in segments of at most 4096 -/

/-- The terms of a segment: products with the codes as they are stored. -/
def codeProducts (segment : List Entry) : List ℤ := products 0 segment

/-- The activations of a segment. -/
def activations (segment : List Entry) : List ℤ := segment.map fun e => e.a

theorem sumAbs_activations {L : ℤ} {segment : List Entry} (h : Valid L segment) :
    sumAbs (activations segment) ≤ 128 * .pos segment.length := by
  induction segment with
  | nil => exact (by decide : (0 : ℤ) ≤ 128 * .pos 0)
  | cons e segment ih =>
    show abs e.a + sumAbs (activations segment) ≤ 128 * .pos (segment.length + 1)
    have k : ℤ.pos (segment.length + 1) = .pos segment.length + 1 := pos_add _ 1
    have r := ih h.2
    rw [k]
    exact linear2 (abs_int8 h.1.1) r

theorem valid_int8 {L : ℤ} {column : List Entry} (h : Valid L column) :
    List.All (fun e => IsInt8 e.a) column := by
  induction column with
  | nil => exact True.intro
  | cons e column ih => exact ⟨h.1.1, ih h.2⟩

/-- T2 [VQ-ACC-001]: the int32 sums that run, over a segment of at most 4096 pairs: every total of
`∑ a q` stays below `2^30` and every total of `∑ a` below `2^20`, however they are ordered and divided. -/
theorem segment_no_overflow {segment : List Entry} (len : segment.length ≤ 4096)
    (h : Valid 16 segment) {t s : Split} (order : List.Perm (codeProducts segment) t.terms)
    (order' : List.Perm (activations segment) s.terms) :
    t.Each (fun v => abs v < 1073741824) ∧ s.Each (fun v => abs v < 1048576) := by
  have n : ℤ.pos segment.length ≤ 4096 := len
  have z : IsCode 16 0 := ⟨by decide, by decide⟩
  have b := certificate_below_T2 z h
  constructor
  · refine Split.each_mono ?_ (t.each_le order (sumAbs_products 0 (valid_int8 h)))
    intro x k
    exact linear3 k b n
  · refine Split.each_mono ?_ (s.each_le order' (sumAbs_activations h))
    intro x k
    exact linear2 k n

/-- The sum of the totals of the segments of a group. -/
def segmentSum (f : List Entry → List ℤ) : List (List Entry) → ℤ
  | [] => 0
  | s :: segments => List.sum (f s) + segmentSum f segments

/-- The entries of a group: its segments, one after the other. -/
def joined : List (List Entry) → List Entry
  | [] => []
  | s :: segments => s ++ joined segments

theorem sum_products (z : ℤ) (l : List Entry) :
    List.sum (products z l) = List.sum (codeProducts l) - z * List.sum (activations l) := by
  induction l with
  | nil =>
    show (0 : ℤ) = 0 - z * 0
    exact ring
  | cons e l ih =>
    show e.a * (e.q - z) + List.sum (products z l) =
      e.a * (e.q - 0) + List.sum (codeProducts l) - z * (e.a + List.sum (activations l))
    rw [ih]
    exact ring

/-- T2 [VQ-ACC-002]: what is computed is the sum of the group: `∑ a q - z ∑ a`, both taken in segments of
any lengths and then added, is `∑ a (q - z)`. -/
theorem segments_are_exact (z : ℤ) (segments : List (List Entry)) :
    segmentSum codeProducts segments - z * segmentSum activations segments =
      List.sum (products z (joined segments)) := by
  induction segments with
  | nil =>
    show (0 : ℤ) - z * 0 = 0
    exact ring
  | cons s segments ih =>
    have a : products z (s ++ joined segments) = products z s ++ products z (joined segments) :=
      List.map_append _ _ _
    show List.sum (codeProducts s) + segmentSum codeProducts segments -
        z * (List.sum (activations s) + segmentSum activations segments) =
      List.sum (products z (s ++ joined segments))
    rw [a, List.sum_append, sum_products, ← ih]
    exact ring

/-! ## Groups with their factors, in int64 -/

/-- A group of an output channel: its factor `k`, its zero point, its codes with the activations. -/
structure Group where
  k : ℤ
  z : ℤ
  column : List Entry

/-- `k * ∑ a (q - z)` of each group. -/
def groupValues : List Group → List ℤ
  | [] => []
  | g :: groups => g.k * List.sum (products g.z g.column) :: groupValues groups

/-- How many products all groups have. -/
def groupSize : List Group → Nat
  | [] => 0
  | g :: groups => g.column.length + groupSize groups

/-- Factors fit a byte, zero points and codes have `L` levels, activations are int8. -/
def GroupsFit (L : ℤ) (groups : List Group) : Prop :=
  List.All (fun g => (0 ≤ g.k ∧ g.k ≤ 255) ∧ IsCode L g.z ∧ Valid L g.column) groups

theorem abs_sum_le_sumAbs (l : List ℤ) : abs (List.sum l) ≤ sumAbs l := by
  induction l with
  | nil => exact (by decide : abs (0 : ℤ) ≤ 0)
  | cons x l ih =>
    show abs (x + List.sum l) ≤ abs x + sumAbs l
    exact linear2 (abs_add_le x (List.sum l)) ih

theorem sumAbs_groups {L : ℤ} {groups : List Group} (h : GroupsFit L groups) (hL : 1 ≤ L) :
    sumAbs (groupValues groups) ≤ .pos (groupSize groups) * (255 * (128 * (L - 1))) := by
  induction groups with
  | nil =>
    show (0 : ℤ) ≤ 0 * (255 * (128 * (L - 1)))
    rw [ℤ.zero_mul]
    decide
  | cons g groups ih =>
    show abs (g.k * List.sum (products g.z g.column)) + sumAbs (groupValues groups) ≤
      .pos (g.column.length + groupSize groups) * (255 * (128 * (L - 1)))
    have hk : 0 ≤ g.k ∧ g.k ≤ 255 := h.1.1
    have s := linear3 (abs_sum_le_sumAbs (products g.z g.column))
      (sumAbs_products g.z (valid_int8 h.1.2.2)) (certificate_below_T2 h.1.2.1 h.1.2.2)
      (Q := abs (List.sum (products g.z g.column)) ≤ .pos g.column.length * (128 * (L - 1)))
    have m : g.k * abs (List.sum (products g.z g.column)) ≤
        255 * (.pos g.column.length * (128 * (L - 1))) :=
      mul_le_mul (abs_nonneg _) (by decide) hk.2 s
    have r := ih h.2
    rw [abs_mul, abs_of_nonneg hk.1, pos_add]
    exact linear2 m r

/-- T2 [VQ-ACC-001]: the int64 sum over the groups of an output channel, each total times its factor `k`:
for up to `2^45` inputs no total leaves int64, however the groups are ordered and divided. -/
theorem groups_no_overflow {groups : List Group} (h : GroupsFit 16 groups)
    (len : ℤ.pos (groupSize groups) ≤ 17592186044416) {t : Split}
    (order : List.Perm (groupValues groups) t.terms) :
    t.Each fun v => abs v < 9223372036854775808 := by
  refine Split.each_mono ?_ (t.each_le order (sumAbs_groups h (by decide)))
  intro x k
  exact linear2 k len

end VeriQuant
