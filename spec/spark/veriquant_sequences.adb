--  Generated from spec/veriquant_spec/sequences.py; do not edit.
--  python -m veriquant_proofs.export.spark rewrites it, a test compares it.
--  GNAT compiles and runs it with its contracts on; GNATprove was not run on it.

with Veriquant_Types;

package body Veriquant_Sequences with SPARK_Mode is

   function Sequence_Sum
     (X : Veriquant_Types.I64_Array) return Long_Long_Integer is
      Acc : Long_Long_Integer;
   begin
      Acc := 0;
      for I in Long_Long_Integer range 0 .. X'Length - 1 loop
         pragma Loop_Invariant (Acc = Total (X, I));
         pragma Assert (Total (X, I + 1) = (Total (X, I) + X (I)));
         Acc := Acc + X (I);
      end loop;
      return Acc;
   end Sequence_Sum;

   function Sequence_Min
     (X : Veriquant_Types.I64_Array) return Long_Long_Integer is
      Least : Long_Long_Integer;
   begin
      Least := X (0);
      for I in Long_Long_Integer range 0 .. X'Length - 1 loop
         pragma Loop_Invariant (for all J in Long_Long_Integer range 0 .. I - 1 => Least <= X (J));
         pragma Loop_Invariant (for some J in Long_Long_Integer range 0 .. X'Length - 1 => Least = X (J));
         Least := Long_Long_Integer'Min (Least, X (I));
      end loop;
      return Least;
   end Sequence_Min;

   function Sequence_Max
     (X : Veriquant_Types.I64_Array) return Long_Long_Integer is
      Greatest : Long_Long_Integer;
   begin
      Greatest := X (0);
      for I in Long_Long_Integer range 0 .. X'Length - 1 loop
         pragma Loop_Invariant (for all J in Long_Long_Integer range 0 .. I - 1 => X (J) <= Greatest);
         pragma Loop_Invariant (for some J in Long_Long_Integer range 0 .. X'Length - 1 => Greatest = X (J));
         Greatest := Long_Long_Integer'Max (Greatest, X (I));
      end loop;
      return Greatest;
   end Sequence_Max;

end Veriquant_Sequences;
