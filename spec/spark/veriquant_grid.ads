--  Generated from impl/veriquant/kernels/grid.py; do not edit.
--  python -m veriquant_proofs.export.spark rewrites it, a test compares it.
--  GNAT compiles and runs it with its contracts on; GNATprove was not run on it.

with Ada.Numerics.Big_Numbers.Big_Integers;
with Veriquant_Types;
with Veriquant_Rounding;
use Ada.Numerics.Big_Numbers.Big_Integers;
use Veriquant_Rounding;

package Veriquant_Grid with SPARK_Mode is

   --  VQ-GRID-001
   procedure Weight_Range
     (W : Veriquant_Types.Big_FixWeight_Array;
      Result_0 : out Veriquant_Types.Big_FixWeight;
      Result_1 : out Veriquant_Types.Big_FixWeight) with
     Pre =>
       (W'Length <= (2 ** 48))
       and then (W'First = 0),
     Post =>
       ((Result_0 <= 0) and then (Result_1 >= 0))
       and then (for all I in Long_Long_Integer range 0 .. W'Length - 1 => (Result_0 <= W (I)) and then (W (I) <= Result_1))
       and then ((Result_0 = 0) or else (for some I in Long_Long_Integer range 0 .. W'Length - 1 => W (I) = Result_0))
       and then ((Result_1 = 0) or else (for some I in Long_Long_Integer range 0 .. W'Length - 1 => W (I) = Result_1));

   function Is_Levels (Levels : Big_Integer) return Boolean is
     ((Levels = 16) or else (Levels = 8)) with Ghost;

   --  VQ-GRID-002
   function Group_Scale
     (Span : Veriquant_Types.Big_FixSpan;
      Unit : Veriquant_Types.Big_FixUnit;
      Levels : Veriquant_Types.Big_Levels) return Veriquant_Types.Big_Factor with
     Pre =>
       (Is_Levels (Levels))
       and then (Span <= (((Levels - 1) * Unit) * 255)),
     Post =>
       (Span <= (((Levels - 1) * Unit) * Group_Scale'Result))
       and then ((Group_Scale'Result = 1) or else ((((Levels - 1) * Unit) * (Group_Scale'Result - 1)) < Span));

   --  VQ-GRID-003
   function Zero_Point
     (Lo : Veriquant_Types.Big_FixWeight;
      Scale : Veriquant_Types.Big_FixStep;
      Levels : Veriquant_Types.Big_Levels) return Veriquant_Types.Big_U4 with
     Pre =>
       (Is_Levels (Levels))
       and then (Lo <= 0)
       and then ((-Lo) <= ((Levels - 1) * Scale)),
     Post =>
       (Zero_Point'Result <= (Levels - 1))
       and then (Zero_Point'Result = Rne_Div (-Lo, Scale));

   function Clamp (Q : Big_Integer; Low : Big_Integer; High : Big_Integer) return Big_Integer is
     (if Q < Low then Low else (if Q > High then High else Q)) with Ghost;

   function Covers (W : Big_Integer; Scale : Big_Integer; Zero : Big_Integer; Levels : Big_Integer) return Boolean is
     ((((-((2 * Zero) + 1)) * Scale) <= (2 * W)) and then ((2 * W) <= (((2 * ((Levels - 1) - Zero)) + 1) * Scale))) with Ghost;

   function Within_Half_Step (Q : Big_Integer; Zero : Big_Integer; Scale : Big_Integer; W : Big_Integer) return Boolean is
     ((2 * abs (((Q - Zero) * Scale) - W)) <= Scale) with Ghost;

   --  VQ-GRID-004, VQ-GRID-005
   function Quantize_Code
     (W : Veriquant_Types.Big_FixWeight;
      Scale : Veriquant_Types.Big_FixStep;
      Zero : Veriquant_Types.Big_U4;
      Levels : Veriquant_Types.Big_Levels) return Veriquant_Types.Big_U4 with
     Pre =>
       (Is_Levels (Levels))
       and then (Zero <= (Levels - 1)),
     Post =>
       (Quantize_Code'Result <= (Levels - 1))
       and then (Quantize_Code'Result = Clamp (Rne_Div (W, Scale) + Zero, 0, Levels - 1))
       and then ((not Covers (W, Scale, Zero, Levels)) or else Within_Half_Step (Quantize_Code'Result, Zero, Scale, W))
       and then ((W /= 0) or else (Quantize_Code'Result = Zero));

   --  VQ-GRID-006
   function Dequantize_Steps
     (Q : Veriquant_Types.U4;
      Zero : Veriquant_Types.U4;
      K : Veriquant_Types.Factor) return Veriquant_Types.Steps with
     Post =>
       (Dequantize_Steps'Result = ((Q - Zero) * K));

   --  VQ-GRID-006
   function Dequantize_Significand
     (Q : Veriquant_Types.U4;
      Zero : Veriquant_Types.U4;
      K : Veriquant_Types.Factor;
      Significand : Veriquant_Types.Significand) return Long_Long_Integer with
     Post =>
       (Dequantize_Significand'Result = (((Q - Zero) * K) * Significand))
       and then ((Dequantize_Significand'Result > (-2 ** 24)) and then (Dequantize_Significand'Result < (2 ** 24)));

   --  VQ-GRID-006
   function Dequantize
     (Q : Veriquant_Types.Big_U4;
      Zero : Veriquant_Types.Big_U4;
      K : Veriquant_Types.Big_Factor;
      Unit : Veriquant_Types.Big_FixUnit) return Veriquant_Types.Big_Fix with
     Post =>
       (Dequantize'Result = (((Q - Zero) * K) * Unit));

   --  VQ-GRID-003, VQ-GRID-004, VQ-GRID-005
   procedure Quantize_Group
     (W : Veriquant_Types.Big_FixWeight_Array;
      Lo : Veriquant_Types.Big_FixWeight;
      Hi : Veriquant_Types.Big_FixWeight;
      Scale : Veriquant_Types.Big_FixStep;
      Levels : Veriquant_Types.Big_Levels;
      Result_0 : out Veriquant_Types.Big_U4;
      Result_1 : out Veriquant_Types.Big_U4_Array) with
     Pre =>
       (W'Length <= (2 ** 48))
       and then (Is_Levels (Levels))
       and then ((Lo <= 0) and then (Hi >= 0))
       and then ((Hi - Lo) <= ((Levels - 1) * Scale))
       and then (for all I in Long_Long_Integer range 0 .. W'Length - 1 => (Lo <= W (I)) and then (W (I) <= Hi))
       and then (W'First = 0)
       and then (Result_1'First = 0)
       and then (Result_1'Length = W'Length),
     Post =>
       (Result_0 = Zero_Point (Lo, Scale, Levels))
       and then (Result_0 <= (Levels - 1))
       and then (for all I in Long_Long_Integer range 0 .. W'Length - 1 => Result_1 (I) = Quantize_Code (W (I), Scale, Result_0, Levels))
       and then (for all I in Long_Long_Integer range 0 .. Result_1'Length - 1 => Result_1 (I) <= (Levels - 1))
       and then (for all I in Long_Long_Integer range 0 .. W'Length - 1 => Within_Half_Step (Result_1 (I), Result_0, Scale, W (I)));

end Veriquant_Grid;
