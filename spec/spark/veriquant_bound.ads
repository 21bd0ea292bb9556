--  Generated from impl/veriquant/kernels/bound.py; do not edit.
--  python -m veriquant_proofs.export.spark rewrites it, a test compares it.
--  GNAT compiles and runs it with its contracts on; GNATprove was not run on it.

with Veriquant_Types;

package Veriquant_Bound with SPARK_Mode is

   function Distance (Q : Veriquant_Types.U4_Array; Zero : Long_Long_Integer; N : Long_Long_Integer) return Long_Long_Integer is
     (if N > 0 then Distance (Q, Zero, N - 1) + abs (Q (N - 1) - Zero) else 0) with Ghost,
     Pre =>
       (N <= Q'Length);

   --  VQ-ACC-004
   function Column_Bound
     (Q : Veriquant_Types.U4_Array;
      Zero : Veriquant_Types.U4) return Long_Long_Integer with
     Pre =>
       (Q'Length <= (2 ** 48))
       and then (Q'First = 0),
     Post =>
       (Column_Bound'Result = (128 * Distance (Q, Zero, Q'Length)))
       and then ((Column_Bound'Result >= 0) and then (Column_Bound'Result <= (1920 * Q'Length)));

   function Grouped_Distance (Q : Veriquant_Types.U4_Array; Zeros : Veriquant_Types.U4_Array; Group : Long_Long_Integer; N : Long_Long_Integer) return Long_Long_Integer is
     (if N > 0 then Grouped_Distance (Q, Zeros, Group, N - 1) + abs (Q (N - 1) - Zeros (Veriquant_Types.Floor_Div (N - 1, Group))) else 0) with Ghost,
     Pre =>
       (N <= Q'Length)
       and then ((Group > 0) and then (N <= (Zeros'Length * Group)));

   --  VQ-ACC-004
   function Grouped_Bound
     (Q : Veriquant_Types.U4_Array;
      Zeros : Veriquant_Types.U4_Array;
      Group : Veriquant_Types.GroupSize) return Long_Long_Integer with
     Pre =>
       (Q'Length <= (2 ** 48))
       and then (Q'Length <= (Zeros'Length * Group))
       and then (Q'First = 0)
       and then (Zeros'First = 0),
     Post =>
       (Grouped_Bound'Result = (128 * Grouped_Distance (Q, Zeros, Group, Q'Length)))
       and then ((Grouped_Bound'Result >= 0) and then (Grouped_Bound'Result <= (1920 * Q'Length)));

end Veriquant_Bound;
