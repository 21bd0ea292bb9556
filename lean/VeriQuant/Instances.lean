prelude
import VeriQuant.Grid
import VeriQuant.FloatQuotient
import VeriQuant.Exactness
import VeriQuant.Outline
import VeriQuant.Format
import VeriQuant.Fraction
import VeriQuant.LastStep
import VeriQuant.Packing
/-!
# Every theorem of the design, applied once

A theorem whose hypotheses nothing meets says nothing. Here each theorem with a tag is applied to
numbers and to proofs that its hypotheses hold of them; `make lean` refuses one that is not.
-/

set_option autoImplicit false

namespace VeriQuant.Instances

open ℤ

/-! ## T1, T1c, T1n -/

theorem rounding_error_7_2 : 2 * abs (rne 7 2 * 2 - 7) ≤ 2 := rounding_error 7 (by decide)

theorem ties_5_2 : rne 5 2 % 2 = 0 := rounding_ties_to_even 5 (by decide) (by decide)

theorem unique_5_2 : 2 = rne 5 2 := rounding_unique (by decide) (by decide) (by decide)

theorem off_ties_7_3 : 2 = rne 7 3 := nearest_unique_off_ties (by decide) (by decide)

theorem zero_point_code : 0 ≤ zeroPoint (-7) 1 ∧ zeroPoint (-7) 1 ≤ 16 - 1 :=
  zero_point_is_code (L := 16) (hi := 8) (by decide) (by decide) (by decide) (by decide)

theorem code_8 : 0 ≤ quantize 8 3 2 100 ∧ quantize 8 3 2 100 ≤ 8 - 1 := code_range (by decide)

theorem clamped_100 :
    2 * abs (dequantize 10 (zeroPoint (-45) 10) (quantize 16 10 (zeroPoint (-45) 10) 100) - 100) ≤
      10 :=
  clamped_error (L := 16) (lo := -45) (hi := 105) (by decide) (by decide) (by decide) (by decide)
    (by decide)

theorem zero_has_its_code : quantize 16 10 (zeroPoint (-45) 10) 0 = zeroPoint (-45) 10 :=
  zero_code (hi := 105) (by decide) (by decide) (by decide) (by decide)

theorem zero_is_exact : dequantize 10 4 4 = 0 := zero_exact 10 4

theorem grid_value_is_its_code : quantize 16 10 4 (dequantize 10 4 15) = 15 :=
  quantize_dequantize (by decide) (by decide)

theorem least_factor_16 : 1 ≤ leastFactor 16 3 150 ∧
    150 ≤ (16 - 1) * (3 * leastFactor 16 3 150) ∧
      ∀ j, 1 ≤ j → 150 ≤ (16 - 1) * (3 * j) → leastFactor 16 3 150 ≤ j :=
  least_factor (by decide) (by decide)

theorem grid_error_16 : 2 * abs (dequantize 12 4 (quantize 16 12 4 100) - 100) ≤ 12 :=
  grid_error (S := 3) (lo := -45) (hi := 105) (by decide) (by decide) (by decide) (by decide)
    (by decide) (by decide) (by decide)

theorem norm_3_2 : 4 * sumSq [3, -2] ≤ sumSq [6, 5] :=
  norm_bound (.cons (by decide) (.cons (by decide) .nil))

/-! ## T1f, T5 -/

theorem third_off_tie : 2 * 1 < two53 * abs (2 * 1 - 1 * 3) :=
  quotient_avoids_tie float64_third.1 (by decide) (by decide) (by decide)

theorem third : rne 6004799503160661 18014398509481984 = rne 1 3 :=
  float_rounds_like_exact float64_third.1 (by decide) (by decide) float64_third.2

theorem third_has_a_float64 :
    ∃ u : ℤ, ∃ n : Nat, 4503599627370496 ≤ u ∧ u ≤ two53 ∧ Float64Quotient 1 3 u (2 ^ n) :=
  float64_quotient_exists (by decide) (by decide) (by decide)

theorem minus_third : rne (-6004799503160661) 18014398509481984 = rne (-1) 3 :=
  float_rounds_like_exact_neg float64_third.1 (by decide) (by decide) float64_third.2

theorem float64_zero : Float64Quotient 0 3 0 1 :=
  ⟨by decide, fun m _ e => by
    have z : 3 * m = 3 * 0 := linear1 e
    rw [eq_of_mul_eq_mul (by decide) z]
    rfl⟩

theorem zero_quotient : rne 0 1 = rne 0 3 := float_rounds_zero (by decide) (by decide) float64_zero

theorem largest_value : IsFloat32 (dequantize (255 * (2047 * 2 ^ 10)) 0 15) :=
  dequantize_is_float32 (by decide) (by decide) (by decide) (by decide) (by decide)

theorem value_in_range : IsFloat32 (dequantize (1 * (1 * 2 ^ 260)) 0 1) :=
  dequantize_is_float32_in_range (by decide) (by decide) (by decide) (by decide)
    (by decide +kernel)

theorem largest_factors : abs ((15 - 0) * 255) < 4096 ∧ IsFloat32 (255 * (2047 * 2 ^ 10)) :=
  factors_are_float32 (by decide) (by decide) (by decide) (by decide) (by decide)

theorem one_is_float16 : IsFloat16 (1 * 2 ^ 149) :=
  ⟨1, 149, rfl, by decide, by decide, by decide⟩

theorem one_is_bfloat16 : IsBFloat16 (1 * 2 ^ 149) :=
  ⟨1, 149, rfl, by decide, by decide, by decide⟩

theorem value_of_one : IsFloat32 (dequantize (255 * (1 * 2 ^ 149)) 0 15) :=
  float16_value (by decide) (by decide) (by decide) one_is_float16 (by decide +kernel)

theorem value_of_one_bfloat16 : IsFloat32 (dequantize (255 * (1 * 2 ^ 149)) 0 15) :=
  bfloat16_value (by decide) (by decide) (by decide) one_is_bfloat16 (by decide +kernel)
    (by decide +kernel)

/-! ## The outline -/

theorem outline_narrow_8 :
    1 < 2 * abs (outlineNarrow 0 1 8 - 8) ∧ 8 - 7 * 1 ≤ abs (outlineNarrow 0 1 8 - 8) :=
  outline_narrow_error (by decide) (by decide)

theorem outline_channel :
    ∃ s low w : ℤ, ∃ wide : List ℤ,
      wide = [14999, 15000] ∧ List.All (fun x => abs w < abs x) wide ∧
      low = 0 ∧ w = 14998 ∧ 15 * s = 15000 - low ∧
      outlineNarrow low s w = 7000 ∧ 15 * s < 2 * abs (outlineNarrow low s w - w) :=
  outline_refuted

theorem outline_error_above_100 :
    ∃ s w : ℤ, 0 < s ∧ 0 ≤ w ∧ w ≤ 15 * s ∧ 100 < abs (outlineNarrow 0 s w - w) :=
  outline_error_unbounded 100 (by decide)

theorem outline_zero_point : outlineZero 100 1 = -100 ∧ 15 * (1 : ℤ) = 115 - 100 :=
  outline_zero_point_escapes

theorem outline_constant : (0 : ℤ) = 0 := outline_constant_channel (c := 7) (by decide)

/-! ## T2, T2c -/

/-- Two products, the largest positive one first. -/
def column : List Entry := [⟨-128, 0⟩, ⟨127, 7⟩]

theorem column_valid_16 : Valid 16 column :=
  ⟨⟨⟨by decide, by decide⟩, ⟨by decide, by decide⟩⟩,
    ⟨⟨by decide, by decide⟩, ⟨by decide, by decide⟩⟩, True.intro⟩

theorem column_valid_8 : Valid 8 column :=
  ⟨⟨⟨by decide, by decide⟩, ⟨by decide, by decide⟩⟩,
    ⟨⟨by decide, by decide⟩, ⟨by decide, by decide⟩⟩, True.intro⟩

theorem swapped_15 : List.Perm (products 15 column) [-1016, 1920] := .swap _ _ _
theorem swapped_7 : List.Perm (products 7 column) [0, 896] := .swap _ _ _

theorem partial_sum : abs (List.sum (List.take 1 [-3, 1])) ≤ .pos (List.length [(1 : ℤ), -3]) * 3 :=
  partial_sum_le (l := [1, -3]) (by decide) ⟨by decide, by decide, True.intro⟩ (.swap 1 (-3) []) 1

theorem accumulator :
    abs (List.sum (List.take 1 [-1016, 1920])) ≤ .pos (List.length column) * (128 * (16 - 1)) :=
  accumulator_bound ⟨by decide, by decide⟩ column_valid_16 swapped_15 1

theorem wide : 2 * abs (List.sum (List.take 1 [-1016, 1920])) ≤ .pos 4 * 128 * 15 :=
  wide_bound ⟨by decide, by decide⟩ rfl column_valid_16 swapped_15 1

theorem narrow : 2 * abs (List.sum (List.take 2 [0, 896])) ≤ .pos 4 * 128 * 7 :=
  narrow_bound ⟨by decide, by decide⟩ rfl column_valid_8 swapped_7 2

theorem below_2_30 :
    abs (List.sum (List.take 1 [-1016, 1920])) < 1073741824 ∧
      abs (List.sum (List.take 2 [0, 896])) < 1073741824 :=
  no_overflow (K := 4) ⟨by decide, by decide⟩ ⟨by decide, by decide⟩ (by decide) (by decide)
    (by decide) column_valid_16 column_valid_8 swapped_15 swapped_7 1 2

theorem within_int32 : IsInt32 (List.sum (List.take 1 [-1016, 1920])) :=
  int32_safe (K := 4) ⟨by decide, by decide⟩ (by decide) (by decide) column_valid_16 swapped_15 1

theorem beyond_int32 :
    ∃ z : ℤ, ∃ column : List Entry, IsCode 16 z ∧ Valid 16 column ∧
      column.length = (2236963 + 1) / 2 ∧ ¬ IsInt32 (List.sum (products z column)) :=
  int32_unsafe

theorem certificate : abs (List.sum (List.take 1 [-1016, 1920])) ≤ 128 * columnWeight 15 column :=
  column_certificate 15 (column := column)
    ⟨⟨by decide, by decide⟩, ⟨by decide, by decide⟩, True.intro⟩ swapped_15 1

theorem certificate_below :
    128 * columnWeight 15 column ≤ .pos (List.length column) * (128 * (16 - 1)) :=
  certificate_below_T2 ⟨by decide, by decide⟩ column_valid_16

/-- Two products of different groups: their zero points differ. -/
def grouped : List Product := [⟨-128, 0, 15⟩, ⟨127, 7, 0⟩]

theorem grouped_fits_16 : Fits 16 grouped :=
  ⟨⟨⟨by decide, by decide⟩, ⟨by decide, by decide⟩, ⟨by decide, by decide⟩⟩,
    ⟨⟨by decide, by decide⟩, ⟨by decide, by decide⟩, ⟨by decide, by decide⟩⟩, True.intro⟩

theorem grouped_fits_8 : Fits 8 [⟨127, 7, 0⟩] :=
  ⟨⟨⟨by decide, by decide⟩, ⟨by decide, by decide⟩, ⟨by decide, by decide⟩⟩, True.intro⟩

/-- Each of two threads adds one term. -/
def halves : Split := .parts (.term 889) (.term 1920)

theorem halves_order : List.Perm (values grouped) halves.terms := .swap _ _ _

theorem group_certified : halves.Each fun v => abs v ≤ 128 * distances grouped :=
  group_certificate (column := grouped)
    ⟨⟨by decide, by decide⟩, ⟨by decide, by decide⟩, True.intro⟩ halves_order

theorem group_certified_below : 128 * distances grouped ≤ .pos grouped.length * (128 * (16 - 1)) :=
  group_certificate_below_T2 grouped_fits_16

theorem group_bounded : halves.Each fun v => abs v ≤ .pos grouped.length * (128 * (16 - 1)) :=
  group_bound grouped_fits_16 halves_order

theorem group_2_30 :
    halves.Each (fun v => abs v < 1073741824) ∧
      (Split.term 889).Each (fun v => abs v < 1073741824) :=
  group_no_overflow (K := 4) (by decide) (by decide) (by decide) grouped_fits_16 grouped_fits_8
    halves_order (.refl _)

theorem segment_2_30 :
    (Split.parts (.term 889) (.term 0)).Each (fun v => abs v < 1073741824) ∧
      (Split.parts (.term (-128)) (.term 127)).Each (fun v => abs v < 1048576) :=
  segment_no_overflow (segment := column) (by decide) column_valid_16 (.swap _ _ _) (.refl _)

theorem two_segments :
    segmentSum codeProducts [column, column] - 7 * segmentSum activations [column, column] =
      List.sum (products 7 (joined [column, column])) :=
  segments_are_exact 7 [column, column]

theorem group_int64 : (Split.term 228480).Each fun v => abs v < 9223372036854775808 :=
  groups_no_overflow (groups := [⟨255, 7, column⟩])
    ⟨⟨⟨by decide, by decide⟩, ⟨by decide, by decide⟩, column_valid_16⟩, True.intro⟩ (by decide)
    (.refl _)

/-! ## T3 -/

/-- The errors of layers that double what comes in and add 1. -/
def doubling : Nat → ℤ := accumulated 2 fun _ => 1

theorem doubling_step (l : Nat) : doubling (l + 1) ≤ 2 * doubling l + 1 := by
  have e : doubling (l + 1) = 2 * doubling l + 1 := accumulated_succ 2 (fun _ => 1) l
  rw [e]
  exact ℤ.le_refl _

theorem composed_3 : doubling 3 ≤ accumulated 2 (fun _ => 1) 3 :=
  composition_bound (e := doubling) (ε := fun _ => 1) (by decide : (0 : ℤ) ≤ 2) rfl doubling_step 3

/-- 6 / 5, the Lipschitz constant of the outline's example. -/
def sixFifths : Fraction := .make 6 5 (by decide)

/-- 1 / 100, the error that each of its layers adds. -/
def hundredth : Fraction := .make 1 100 (by decide)

/-- The errors of layers that use up every step. -/
def rationalErrors : Nat → Fraction := accumulated sixFifths fun _ => hundredth

theorem rational_step (l : Nat) :
    rationalErrors (l + 1) ≤ sixFifths * rationalErrors l + hundredth := by
  have e : rationalErrors (l + 1) = sixFifths * rationalErrors l + hundredth :=
    accumulated_succ sixFifths (fun _ => hundredth) l
  rw [e]
  exact OrderedSemiring.le_refl _

theorem composed_rational : rationalErrors 80 ≤ accumulated sixFifths (fun _ => hundredth) 80 :=
  composition_bound_rational (c := sixFifths) (e := rationalErrors) (ε := fun _ => hundredth)
    ((Fraction.le_iff (Fraction.make_is 0 1 (by decide)) (Fraction.make_is 6 5 (by decide))).2
      (by decide)) rfl rational_step 80

theorem attained_2 :
    ∃ e : Nat → ℤ, e 0 = 0 ∧ (∀ l, e (l + 1) = 2 * e l + 1) ∧
      ∀ L, e L = accumulated 2 (fun _ => 1) L :=
  composition_bound_attained 2 fun _ => 1

theorem linear_5 : accumulated (1 : ℤ) (fun _ => 7) 5 = times 5 7 := composition_linear 7 5

theorem exponential_2 : 1 * power 2 9 ≤ accumulated (2 : ℤ) (fun _ => 1) (9 + 1) :=
  composition_exponential (by decide : (0 : ℤ) ≤ 2) (by decide : (0 : ℤ) ≤ 1) 9

theorem fraction_6_5 : power 5 4 * 0 ≤ accumulated (6 : ℤ) (fun l => power 5 l * 1) 4 :=
  composition_bound_fraction (e := fun _ => 0) (ε := fun _ => 1) (by decide) (by decide) rfl
    (fun _ => by decide) 4

theorem linear_int_5 : accumulated (1 : ℤ) (fun _ => 7) 5 = .pos 5 * 7 := composition_linear_int 7 5

theorem example_80 : 1700000 * (100 * (5 : ℤ) ^ 80) < 80 * (6 : ℤ) ^ 80 :=
  outline_composition_example

theorem bound_80 : 100000 * (100 * (5 : ℤ) ^ 80) < accumulated (6 : ℤ) (fun l => power 5 l) 80 :=
  outline_composition_bound

/-! ## T6, T7 -/

/-- `2^54 + 1` is no float64; `2^54` is what a product or sum of that value returns. -/
theorem rounded_2_54 : Float64Of 18014398509481985 18014398509481984 :=
  (by decide : two53 * abs (18014398509481984 - 18014398509481985) ≤ abs 18014398509481985)

theorem exact_1 : Float64Of 1 1 := (by decide : two53 * abs (1 - 1) ≤ abs 1)

theorem exact_product : Float64Of (3 * 18014398509481984) 54043195528445952 :=
  (by decide : two53 * abs (54043195528445952 - 3 * 18014398509481984) ≤
    abs (3 * 18014398509481984))

/-- `3 * 2^54` is a float32. -/
theorem exact_float32 : Float32Of 54043195528445952 54043195528445952 :=
  (by decide : 16777216 * abs (54043195528445952 - 54043195528445952) ≤ abs 54043195528445952)

theorem last_step_3 :
    1125899906842624 * abs (54043195528445952 - 3 * (18014398509481985 + 1)) ≤
      67108864 * (3 * abs (18014398509481985 + 1)) + 3 * (abs 18014398509481985 + abs 1) :=
  last_step (by decide) rounded_2_54 exact_1 rounded_2_54 exact_product exact_float32

theorem third_ratio : Float64Ratio 1 3 6004799503160661 18014398509481984 :=
  (by decide : two53 * abs (6004799503160661 * 3 - 1 * 18014398509481984) ≤
    abs 1 * 18014398509481984)

theorem activation_third :
    two53 * (2 * abs (rne 6004799503160661 18014398509481984 * 3 - 1)) ≤ (two53 + 256) * 3 :=
  activation_error (by decide) (by decide) (by decide) third_ratio

theorem activation_in_range :
    abs (rne 6004799503160661 18014398509481984) ≤ 127 ∧ abs 1 ≤ 128 * 3 :=
  activation_is_int8 (M := 381) (by decide) (by decide) (by decide)
    (by decide : two53 * abs (127 * 3 - 381) ≤ 381) third_ratio

/-! ## T4 -/

theorem or_5_3 : pack 5 3 = or8 5 (3 * 2 ^ 4) := pack_is_or (by decide) (by decide)

theorem lt_128 : pack 15 7 < 128 := pack_lt (by decide) (by decide)

theorem unpacked_5_3 : unpackWide (pack 5 3) = 5 ∧ unpackNarrow (pack 5 3) = 3 :=
  unpack_pack (by decide) (by decide)

theorem packed_100 : pack (unpackWide 100) (unpackNarrow 100) = 100 := pack_unpack 100

theorem ranges_127 : unpackWide 127 < 16 ∧ unpackNarrow 127 < 8 := unpack_range (by decide)

theorem injective_5_3 : 5 = 5 ∧ 3 = 3 :=
  pack_injective (by decide) (by decide) (by decide) (by decide) rfl

theorem size_9 : 7 * 9 ≤ 8 * streamSize 9 ∧ 8 * streamSize 9 < 7 * 9 + 8 := streamSize_spec 9

theorem length_2 : (packStream [5, 100]).length = streamSize (List.length [5, 100]) :=
  packStream_length [5, 100]

theorem size_16 : streamSize (8 * 2) = 7 * 2 := streamSize_eight 2

theorem pairs_2 : List.All (fun p => p < 128) [5, 100] := ⟨by decide, by decide, True.intro⟩

theorem round_trip : unpackStream 2 (packStream [5, 100]) = [5, 100] := unpack_packStream pairs_2

theorem second_pair : ofDigits 256 (packStream [5, 100]) / 2 ^ (7 * 1) % 2 ^ 7 = 100 :=
  pair_position pairs_2 (i := 1) rfl

theorem second_byte :
    List.nth (packStream [5, 100]) 1 = some (ofDigits 128 [5, 100] / 256 ^ 1 % 256) :=
  byte_position [5, 100] (by decide)

theorem bytes_round_trip : packStream (unpackStream 2 [133, 50]) = [133, 50] :=
  pack_unpackStream ⟨by decide, by decide, True.intro⟩ rfl (by decide)

theorem ranges : List.All (fun b => b < 256) (packStream [5, 100]) ∧
    List.All (fun p => p < 128) (unpackStream 2 [133, 50]) := stream_ranges [5, 100] [133, 50] 2

theorem injective_2 : [5, 100] = [5, 100] := packStream_injective pairs_2 pairs_2 rfl rfl

end VeriQuant.Instances
