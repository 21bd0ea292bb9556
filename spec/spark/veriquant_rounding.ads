--  Generated from impl/veriquant/kernels/rounding.py; do not edit.
--  python -m veriquant_proofs.export.spark rewrites it, a test compares it.
--  GNAT compiles and runs it with its contracts on; GNATprove was not run on it.

with Ada.Numerics.Big_Numbers.Big_Integers;
with Veriquant_Types;
use Ada.Numerics.Big_Numbers.Big_Integers;

package Veriquant_Rounding with SPARK_Mode is

   function Is_Nearest (Q : Big_Integer; A : Big_Integer; B : Big_Integer) return Boolean is
     ((2 * abs ((Q * B) - A)) <= B) with Ghost;

   function Is_Rne (Q : Big_Integer; A : Big_Integer; B : Big_Integer) return Boolean is
     (Is_Nearest (Q, A, B) and then (((2 * abs ((Q * B) - A)) < B) or else ((Q mod 2) = 0))) with Ghost;

   --  VQ-RND-001, VQ-RND-002
   function Rne_Div
     (A : Veriquant_Types.Big_Dividend;
      B : Veriquant_Types.Big_Divisor) return Veriquant_Types.Big_Dividend with
     Post =>
       (Is_Nearest (Rne_Div'Result, A, B))
       and then (Is_Rne (Rne_Div'Result, A, B));

end Veriquant_Rounding;
