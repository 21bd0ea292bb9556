--  Generated from impl/veriquant/kernels/rounding.py; do not edit.
--  python -m veriquant_proofs.export.spark rewrites it, a test compares it.
--  GNAT compiles and runs it with its contracts on; GNATprove was not run on it.

with Ada.Numerics.Big_Numbers.Big_Integers;
with Veriquant_Types;
use Ada.Numerics.Big_Numbers.Big_Integers;

package body Veriquant_Rounding with SPARK_Mode is

   function Rne_Div
     (A : Veriquant_Types.Big_Dividend;
      B : Veriquant_Types.Big_Divisor) return Veriquant_Types.Big_Dividend is
      Q : Veriquant_Types.Big_Fix512 := 0;
      Twice : Veriquant_Types.Big_Fix512 := 0;
   begin
      Q := Veriquant_Types.Floor_Div (A, B);
      Twice := 2 * (A - (Q * B));
      if (Twice > B) or else ((Twice = B) and then ((Q mod 2) = 1)) then
         Q := Q + 1;
      end if;
      return Q;
   end Rne_Div;

end Veriquant_Rounding;
