--  Generated from spec/veriquant_spec/sequences.py; do not edit.
--  python -m veriquant_proofs.export.spark rewrites it, a test compares it.
--  GNAT compiles and runs it with its contracts on; GNATprove was not run on it.

with Ada.Numerics.Big_Numbers.Big_Integers;
with Veriquant_Types;
use Ada.Numerics.Big_Numbers.Big_Integers;

package Veriquant_Sequences with SPARK_Mode is

   function Total (X : Veriquant_Types.I64_Array; N : Long_Long_Integer) return Long_Long_Integer is
     (if N > 0 then Total (X, N - 1) + X (N - 1) else 0) with Ghost,
     Pre =>
       (N <= X'Length);

   function Sequence_Sum
     (X : Veriquant_Types.I64_Array) return Long_Long_Integer with
     Pre =>
       (X'Length <= (2 ** 48))
       and then (for all I in Long_Long_Integer range 0 .. X'Length => (Total (X, I) >= (-2 ** 63)) and then (Veriquant_Types.Words.To_Big_Integer (Total (X, I)) < (2 ** 63)))
       and then (X'First = 0),
     Post =>
       (Sequence_Sum'Result = Total (X, X'Length));

   function Sequence_Min
     (X : Veriquant_Types.I64_Array) return Long_Long_Integer with
     Pre =>
       ((X'Length > 0) and then (X'Length <= (2 ** 48)))
       and then (X'First = 0),
     Post =>
       (for all I in Long_Long_Integer range 0 .. X'Length - 1 => Sequence_Min'Result <= X (I))
       and then (for some I in Long_Long_Integer range 0 .. X'Length - 1 => Sequence_Min'Result = X (I));

   function Sequence_Max
     (X : Veriquant_Types.I64_Array) return Long_Long_Integer with
     Pre =>
       ((X'Length > 0) and then (X'Length <= (2 ** 48)))
       and then (X'First = 0),
     Post =>
       (for all I in Long_Long_Integer range 0 .. X'Length - 1 => X (I) <= Sequence_Max'Result)
       and then (for some I in Long_Long_Integer range 0 .. X'Length - 1 => Sequence_Max'Result = X (I));

end Veriquant_Sequences;
