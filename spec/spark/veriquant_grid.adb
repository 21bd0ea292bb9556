--  Generated from impl/veriquant/kernels/grid.py; do not edit.
--  python -m veriquant_proofs.export.spark rewrites it, a test compares it.
--  GNAT compiles and runs it with its contracts on; GNATprove was not run on it.

with Ada.Numerics.Big_Numbers.Big_Integers;
with Veriquant_Types;
with Veriquant_Rounding;
use Ada.Numerics.Big_Numbers.Big_Integers;
use Veriquant_Rounding;

package body Veriquant_Grid with SPARK_Mode is

   procedure Weight_Range
     (W : Veriquant_Types.Big_FixWeight_Array;
      Result_0 : out Veriquant_Types.Big_FixWeight;
      Result_1 : out Veriquant_Types.Big_FixWeight) is
      Lo : Veriquant_Types.Big_FixWeight := 0;
      Hi : Veriquant_Types.Big_FixWeight := 0;
   begin
      Lo := 0;
      Hi := 0;
      for I in Long_Long_Integer range 0 .. W'Length - 1 loop
         pragma Loop_Invariant ((Lo <= 0) and then (Hi >= 0));
         pragma Loop_Invariant (for all J in Long_Long_Integer range 0 .. I - 1 => (Lo <= W (J)) and then (W (J) <= Hi));
         pragma Loop_Invariant ((Lo = 0) or else (for some J in Long_Long_Integer range 0 .. I - 1 => W (J) = Lo));
         pragma Loop_Invariant ((Hi = 0) or else (for some J in Long_Long_Integer range 0 .. I - 1 => W (J) = Hi));
         Lo := Min (Lo, W (I));
         Hi := Max (Hi, W (I));
      end loop;
      Result_0 := Lo;
      Result_1 := Hi;
   end Weight_Range;

   function Group_Scale
     (Span : Veriquant_Types.Big_FixSpan;
      Unit : Veriquant_Types.Big_FixUnit;
      Levels : Veriquant_Types.Big_Levels) return Veriquant_Types.Big_Factor is
      Top : Veriquant_Types.Big_Fix512 := 0;
      K : Veriquant_Types.Big_Fix512 := 0;
   begin
      Top := (Levels - 1) * Unit;
      K := Veriquant_Types.Floor_Div ((Span + Top) - 1, Top);
      K := Max (K, 1);
      return K;
   end Group_Scale;

   function Zero_Point
     (Lo : Veriquant_Types.Big_FixWeight;
      Scale : Veriquant_Types.Big_FixStep;
      Levels : Veriquant_Types.Big_Levels) return Veriquant_Types.Big_U4 is
   begin
      return Rne_Div (-Lo, Scale);
   end Zero_Point;

   function Quantize_Code
     (W : Veriquant_Types.Big_FixWeight;
      Scale : Veriquant_Types.Big_FixStep;
      Zero : Veriquant_Types.Big_U4;
      Levels : Veriquant_Types.Big_Levels) return Veriquant_Types.Big_U4 is
      Q : Veriquant_Types.Big_Fix512 := 0;
   begin
      Q := Rne_Div (W, Scale) + Zero;
      Q := Max (Q, 0);
      Q := Min (Q, Levels - 1);
      return Q;
   end Quantize_Code;

   function Dequantize_Steps
     (Q : Veriquant_Types.U4;
      Zero : Veriquant_Types.U4;
      K : Veriquant_Types.Factor) return Veriquant_Types.Steps is
   begin
      return (Q - Zero) * K;
   end Dequantize_Steps;

   function Dequantize_Significand
     (Q : Veriquant_Types.U4;
      Zero : Veriquant_Types.U4;
      K : Veriquant_Types.Factor;
      Significand : Veriquant_Types.Significand) return Long_Long_Integer is
   begin
      return Dequantize_Steps (Q, Zero, K) * Significand;
   end Dequantize_Significand;

   function Dequantize
     (Q : Veriquant_Types.Big_U4;
      Zero : Veriquant_Types.Big_U4;
      K : Veriquant_Types.Big_Factor;
      Unit : Veriquant_Types.Big_FixUnit) return Veriquant_Types.Big_Fix is
   begin
      return Veriquant_Types.Words.To_Big_Integer (Dequantize_Steps (Veriquant_Types.Words.From_Big_Integer (Q), Veriquant_Types.Words.From_Big_Integer (Zero), Veriquant_Types.Words.From_Big_Integer (K))) * Unit;
   end Dequantize;

   procedure Quantize_Group
     (W : Veriquant_Types.Big_FixWeight_Array;
      Lo : Veriquant_Types.Big_FixWeight;
      Hi : Veriquant_Types.Big_FixWeight;
      Scale : Veriquant_Types.Big_FixStep;
      Levels : Veriquant_Types.Big_Levels;
      Result_0 : out Veriquant_Types.Big_U4;
      Result_1 : out Veriquant_Types.Big_U4_Array) is
      Zero : Veriquant_Types.Big_Fix512 := 0;
   begin
      Zero := Zero_Point (Lo, Scale, Levels);
      pragma Assert (Result_1'Length = W'Length);
      Result_1 := [others => 0];
      for I in Long_Long_Integer range 0 .. W'Length - 1 loop
         pragma Loop_Invariant (for all J in Long_Long_Integer range 0 .. I - 1 => Result_1 (J) = Quantize_Code (W (J), Scale, Zero, Levels));
         pragma Loop_Invariant (for all J in Long_Long_Integer range 0 .. I - 1 => Result_1 (J) <= (Levels - 1));
         pragma Loop_Invariant (for all J in Long_Long_Integer range 0 .. I - 1 => Within_Half_Step (Result_1 (J), Zero, Scale, W (J)));
         Result_1 (I) := Quantize_Code (W (I), Scale, Zero, Levels);
      end loop;
      Result_0 := Zero;
   end Quantize_Group;

end Veriquant_Grid;
