--  Generated from the contracts in spec/veriquant_spec/types.py; do not edit.
--  python -m veriquant_proofs.spark rewrites it, a test compares it.

with Interfaces; use Interfaces;
with Ada.Numerics.Big_Numbers.Big_Integers;
use Ada.Numerics.Big_Numbers.Big_Integers;

package Veriquant_Types with SPARK_Mode is

   --  Positions of arrays; -1 is the upper bound of an empty one.
   subtype Index is Long_Long_Integer range -1 .. 2 ** 48;

   subtype Acc is Long_Long_Integer range -(2 ** 30 - 1) .. 2 ** 30 - 1;
   type Acc_Array is array (Index range <>) of Acc;
   type Acc_Matrix is array (Index range <>, Index range <>) of Acc;
   function Row (A : Acc_Matrix; I : Index) return Acc_Array is
     [for J in A'Range (2) => A (I, J)] with Ghost;

   subtype Channels is Long_Long_Integer range 0 .. 8192;
   type Channels_Array is array (Index range <>) of Channels;
   type Channels_Matrix is array (Index range <>, Index range <>) of Channels;
   function Row (A : Channels_Matrix; I : Index) return Channels_Array is
     [for J in A'Range (2) => A (I, J)] with Ghost;

   subtype Dimension is Long_Long_Integer range 0 .. 2 ** 31 - 1;
   type Dimension_Array is array (Index range <>) of Dimension;
   type Dimension_Matrix is array (Index range <>, Index range <>) of Dimension;
   function Row (A : Dimension_Matrix; I : Index) return Dimension_Array is
     [for J in A'Range (2) => A (I, J)] with Ghost;

   subtype Factor is Long_Long_Integer range 1 .. 255;
   type Factor_Array is array (Index range <>) of Factor;
   type Factor_Matrix is array (Index range <>, Index range <>) of Factor;
   function Row (A : Factor_Matrix; I : Index) return Factor_Array is
     [for J in A'Range (2) => A (I, J)] with Ghost;

   subtype GroupSize is Long_Long_Integer range 1 .. 4096;
   type GroupSize_Array is array (Index range <>) of GroupSize;
   type GroupSize_Matrix is array (Index range <>, Index range <>) of GroupSize;
   function Row (A : GroupSize_Matrix; I : Index) return GroupSize_Array is
     [for J in A'Range (2) => A (I, J)] with Ghost;

   subtype I64 is Long_Long_Integer;
   type I64_Array is array (Index range <>) of I64;
   type I64_Matrix is array (Index range <>, Index range <>) of I64;
   function Row (A : I64_Matrix; I : Index) return I64_Array is
     [for J in A'Range (2) => A (I, J)] with Ghost;

   subtype I8 is Long_Long_Integer range -128 .. 127;
   type I8_Array is array (Index range <>) of I8;
   type I8_Matrix is array (Index range <>, Index range <>) of I8;
   function Row (A : I8_Matrix; I : Index) return I8_Array is
     [for J in A'Range (2) => A (I, J)] with Ghost;

   subtype Length is Long_Long_Integer range 0 .. 2 ** 48;
   type Length_Array is array (Index range <>) of Length;
   type Length_Matrix is array (Index range <>, Index range <>) of Length;
   function Row (A : Length_Matrix; I : Index) return Length_Array is
     [for J in A'Range (2) => A (I, J)] with Ghost;

   subtype Significand is Long_Long_Integer range 0 .. 2047;
   type Significand_Array is array (Index range <>) of Significand;
   type Significand_Matrix is array (Index range <>, Index range <>) of Significand;
   function Row (A : Significand_Matrix; I : Index) return Significand_Array is
     [for J in A'Range (2) => A (I, J)] with Ghost;

   subtype Steps is Long_Long_Integer range -3825 .. 3825;
   type Steps_Array is array (Index range <>) of Steps;
   type Steps_Matrix is array (Index range <>, Index range <>) of Steps;
   function Row (A : Steps_Matrix; I : Index) return Steps_Array is
     [for J in A'Range (2) => A (I, J)] with Ghost;

   subtype U3 is Long_Long_Integer range 0 .. 7;
   type U3_Array is array (Index range <>) of U3;
   type U3_Matrix is array (Index range <>, Index range <>) of U3;
   function Row (A : U3_Matrix; I : Index) return U3_Array is
     [for J in A'Range (2) => A (I, J)] with Ghost;

   subtype U4 is Long_Long_Integer range 0 .. 15;
   type U4_Array is array (Index range <>) of U4;
   type U4_Matrix is array (Index range <>, Index range <>) of U4;
   function Row (A : U4_Matrix; I : Index) return U4_Array is
     [for J in A'Range (2) => A (I, J)] with Ghost;

   subtype U7 is Long_Long_Integer range 0 .. 127;
   type U7_Array is array (Index range <>) of U7;
   type U7_Matrix is array (Index range <>, Index range <>) of U7;
   function Row (A : U7_Matrix; I : Index) return U7_Array is
     [for J in A'Range (2) => A (I, J)] with Ghost;

   subtype U8 is Long_Long_Integer range 0 .. 255;
   type U8_Array is array (Index range <>) of U8;
   type U8_Matrix is array (Index range <>, Index range <>) of U8;
   function Row (A : U8_Matrix; I : Index) return U8_Array is
     [for J in A'Range (2) => A (I, J)] with Ghost;

   subtype Big_Dividend is Big_Integer with
     Dynamic_Predicate =>
       Big_Dividend >= -2 ** 300 and then Big_Dividend <= 2 ** 300;
   type Big_Dividend_Array is array (Index range <>) of Big_Dividend;
   type Big_Dividend_Matrix is array (Index range <>, Index range <>) of Big_Dividend;
   function Row (A : Big_Dividend_Matrix; I : Index) return Big_Dividend_Array is
     [for J in A'Range (2) => A (I, J)] with Ghost;

   subtype Big_Divisor is Big_Integer with
     Dynamic_Predicate =>
       Big_Divisor >= 1 and then Big_Divisor <= 2 ** 300;
   type Big_Divisor_Array is array (Index range <>) of Big_Divisor;
   type Big_Divisor_Matrix is array (Index range <>, Index range <>) of Big_Divisor;
   function Row (A : Big_Divisor_Matrix; I : Index) return Big_Divisor_Array is
     [for J in A'Range (2) => A (I, J)] with Ghost;

   subtype Big_Factor is Big_Integer with
     Dynamic_Predicate =>
       Big_Factor >= 1 and then Big_Factor <= 255;
   type Big_Factor_Array is array (Index range <>) of Big_Factor;
   type Big_Factor_Matrix is array (Index range <>, Index range <>) of Big_Factor;
   function Row (A : Big_Factor_Matrix; I : Index) return Big_Factor_Array is
     [for J in A'Range (2) => A (I, J)] with Ghost;

   subtype Big_Fix is Big_Integer with
     Dynamic_Predicate =>
       Big_Fix >= -2 ** 290 and then Big_Fix <= 2 ** 290;
   type Big_Fix_Array is array (Index range <>) of Big_Fix;
   type Big_Fix_Matrix is array (Index range <>, Index range <>) of Big_Fix;
   function Row (A : Big_Fix_Matrix; I : Index) return Big_Fix_Array is
     [for J in A'Range (2) => A (I, J)] with Ghost;

   subtype Big_FixSpan is Big_Integer with
     Dynamic_Predicate =>
       Big_FixSpan >= 0 and then Big_FixSpan <= 2 ** 278;
   type Big_FixSpan_Array is array (Index range <>) of Big_FixSpan;
   type Big_FixSpan_Matrix is array (Index range <>, Index range <>) of Big_FixSpan;
   function Row (A : Big_FixSpan_Matrix; I : Index) return Big_FixSpan_Array is
     [for J in A'Range (2) => A (I, J)] with Ghost;

   subtype Big_FixStep is Big_Integer with
     Dynamic_Predicate =>
       Big_FixStep >= 1 and then Big_FixStep <= 2 ** 285;
   type Big_FixStep_Array is array (Index range <>) of Big_FixStep;
   type Big_FixStep_Matrix is array (Index range <>, Index range <>) of Big_FixStep;
   function Row (A : Big_FixStep_Matrix; I : Index) return Big_FixStep_Array is
     [for J in A'Range (2) => A (I, J)] with Ghost;

   subtype Big_FixUnit is Big_Integer with
     Dynamic_Predicate =>
       Big_FixUnit >= 1 and then Big_FixUnit <= 2 ** 277;
   type Big_FixUnit_Array is array (Index range <>) of Big_FixUnit;
   type Big_FixUnit_Matrix is array (Index range <>, Index range <>) of Big_FixUnit;
   function Row (A : Big_FixUnit_Matrix; I : Index) return Big_FixUnit_Array is
     [for J in A'Range (2) => A (I, J)] with Ghost;

   subtype Big_FixWeight is Big_Integer with
     Dynamic_Predicate =>
       Big_FixWeight >= -2 ** 277 and then Big_FixWeight <= 2 ** 277;
   type Big_FixWeight_Array is array (Index range <>) of Big_FixWeight;
   type Big_FixWeight_Matrix is array (Index range <>, Index range <>) of Big_FixWeight;
   function Row (A : Big_FixWeight_Matrix; I : Index) return Big_FixWeight_Array is
     [for J in A'Range (2) => A (I, J)] with Ghost;

   subtype Big_Levels is Big_Integer with
     Dynamic_Predicate =>
       Big_Levels >= 8 and then Big_Levels <= 16;
   type Big_Levels_Array is array (Index range <>) of Big_Levels;
   type Big_Levels_Matrix is array (Index range <>, Index range <>) of Big_Levels;
   function Row (A : Big_Levels_Matrix; I : Index) return Big_Levels_Array is
     [for J in A'Range (2) => A (I, J)] with Ghost;

   subtype Big_U4 is Big_Integer with
     Dynamic_Predicate =>
       Big_U4 >= 0 and then Big_U4 <= 15;
   type Big_U4_Array is array (Index range <>) of Big_U4;
   type Big_U4_Matrix is array (Index range <>, Index range <>) of Big_U4;
   function Row (A : Big_U4_Matrix; I : Index) return Big_U4_Array is
     [for J in A'Range (2) => A (I, J)] with Ghost;

   subtype Bits_Lanes is Unsigned_64 range 0 .. 16#7F7F7F7F7F7F7F7F#;
   type Bits_Lanes_Array is array (Index range <>) of Bits_Lanes;
   type Bits_Lanes_Matrix is array (Index range <>, Index range <>) of Bits_Lanes;
   function Row (A : Bits_Lanes_Matrix; I : Index) return Bits_Lanes_Array is
     [for J in A'Range (2) => A (I, J)] with Ghost;

   subtype Bits_U56 is Unsigned_64 range 0 .. 2 ** 56 - 1;
   type Bits_U56_Array is array (Index range <>) of Bits_U56;
   type Bits_U56_Matrix is array (Index range <>, Index range <>) of Bits_U56;
   function Row (A : Bits_U56_Matrix; I : Index) return Bits_U56_Array is
     [for J in A'Range (2) => A (I, J)] with Ghost;

end Veriquant_Types;
