--  Generated from the ranges of the kernels' types; do not edit.
--  python -m veriquant_proofs.export.spark rewrites it, a test compares it.
--  GNAT compiles and runs it with its contracts on; GNATprove was not run on it.

with Interfaces; use Interfaces;
with Ada.Numerics.Big_Numbers.Big_Integers;
use Ada.Numerics.Big_Numbers.Big_Integers;

package Veriquant_Types with SPARK_Mode is

   --  Positions of arrays; -1 is the upper bound of an empty one.
   subtype Index is Long_Long_Integer range -1 .. 2 ** 48;

   --  Ada's / truncates; this is the floor.
   function Floor_Div (Left, Right : Long_Long_Integer) return Long_Long_Integer is
     (if Left rem Right /= 0 and then (Left < 0) /= (Right < 0)
      then Left / Right - 1 else Left / Right) with
     Pre => Right /= 0;
   function Floor_Div (Left, Right : Big_Integer) return Big_Integer is
     ((Left - Left mod Right) / Right) with
     Pre => Right /= 0;

   --  Bit operations on integers of either sign, as two's complement.
   function Signed (Bits : Unsigned_64) return Long_Long_Integer is
     (if Bits < 2 ** 63 then Long_Long_Integer (Bits)
      else -Long_Long_Integer (not Bits) - 1);
   function Bit_And (Left, Right : Long_Long_Integer) return Long_Long_Integer is
     (Signed (Unsigned_64'Mod (Left) and Unsigned_64'Mod (Right)));
   function Bit_Or (Left, Right : Long_Long_Integer) return Long_Long_Integer is
     (Signed (Unsigned_64'Mod (Left) or Unsigned_64'Mod (Right)));
   function Bit_Xor (Left, Right : Long_Long_Integer) return Long_Long_Integer is
     (Signed (Unsigned_64'Mod (Left) xor Unsigned_64'Mod (Right)));

   package Words is new Signed_Conversions (Long_Long_Integer);
   package Bits is new Unsigned_Conversions (Unsigned_64);

   subtype Acc is Long_Long_Integer range -(2 ** 30 - 1) .. 2 ** 30 - 1;
   type Acc_Array is array (Index range <>) of Acc;
   type Acc_Matrix is array (Index range <>, Index range <>) of Acc;
   function Row (A : Acc_Matrix; I : Index) return Acc_Array is
     [for J in A'Range (2) => A (I, J)];

   subtype Channels is Long_Long_Integer range 0 .. 8192;

   subtype Dimension is Long_Long_Integer range 0 .. 2 ** 31 - 1;

   subtype Factor is Long_Long_Integer range 1 .. 255;

   subtype GroupSize is Long_Long_Integer range 1 .. 4096;

   subtype I32 is Long_Long_Integer range -2 ** 31 .. 2 ** 31 - 1;

   subtype I64 is Long_Long_Integer;
   type I64_Array is array (Index range <>) of I64;

   subtype I8 is Long_Long_Integer range -128 .. 127;
   type I8_Array is array (Index range <>) of I8;
   type I8_Matrix is array (Index range <>, Index range <>) of I8;
   function Row (A : I8_Matrix; I : Index) return I8_Array is
     [for J in A'Range (2) => A (I, J)];

   subtype Length is Long_Long_Integer range 0 .. 2 ** 48;

   subtype Significand is Long_Long_Integer range 0 .. 2047;

   subtype Steps is Long_Long_Integer range -3825 .. 3825;

   subtype U3 is Long_Long_Integer range 0 .. 7;
   type U3_Array is array (Index range <>) of U3;

   subtype U4 is Long_Long_Integer range 0 .. 15;
   type U4_Array is array (Index range <>) of U4;

   subtype U7 is Long_Long_Integer range 0 .. 127;
   type U7_Array is array (Index range <>) of U7;
   type U7_Matrix is array (Index range <>, Index range <>) of U7;
   function Row (A : U7_Matrix; I : Index) return U7_Array is
     [for J in A'Range (2) => A (I, J)];

   subtype U8 is Long_Long_Integer range 0 .. 255;
   type U8_Array is array (Index range <>) of U8;

   subtype Big_Dividend is Big_Integer with
     Dynamic_Predicate =>
       Big_Dividend >= -2 ** 300 and then Big_Dividend <= 2 ** 300;

   subtype Big_Divisor is Big_Integer with
     Dynamic_Predicate =>
       Big_Divisor >= 1 and then Big_Divisor <= 2 ** 300;

   subtype Big_Factor is Big_Integer with
     Dynamic_Predicate =>
       Big_Factor >= 1 and then Big_Factor <= 255;

   subtype Big_Fix is Big_Integer with
     Dynamic_Predicate =>
       Big_Fix >= -2 ** 290 and then Big_Fix <= 2 ** 290;

   subtype Big_Fix512 is Big_Integer with
     Dynamic_Predicate =>
       Big_Fix512 >= -2 ** 511 and then Big_Fix512 <= 2 ** 511 - 1;

   subtype Big_FixSpan is Big_Integer with
     Dynamic_Predicate =>
       Big_FixSpan >= 0 and then Big_FixSpan <= 2 ** 278;

   subtype Big_FixStep is Big_Integer with
     Dynamic_Predicate =>
       Big_FixStep >= 1 and then Big_FixStep <= 2 ** 285;

   subtype Big_FixUnit is Big_Integer with
     Dynamic_Predicate =>
       Big_FixUnit >= 1 and then Big_FixUnit <= 2 ** 277;

   subtype Big_FixWeight is Big_Integer with
     Dynamic_Predicate =>
       Big_FixWeight >= -2 ** 277 and then Big_FixWeight <= 2 ** 277;
   type Big_FixWeight_Array is array (Index range <>) of Big_FixWeight;

   subtype Big_Levels is Big_Integer with
     Dynamic_Predicate =>
       Big_Levels >= 8 and then Big_Levels <= 16;

   subtype Big_U4 is Big_Integer with
     Dynamic_Predicate =>
       Big_U4 >= 0 and then Big_U4 <= 15;
   type Big_U4_Array is array (Index range <>) of Big_U4;

   subtype Bits_I64 is Unsigned_64 range 0 .. 2 ** 63 - 1;

   subtype Bits_Lanes is Unsigned_64 range 0 .. 16#7F7F7F7F7F7F7F7F#;

   subtype Bits_U56 is Unsigned_64 range 0 .. 2 ** 56 - 1;

end Veriquant_Types;
