--  Generated from impl/veriquant/kernels/bound.py; do not edit.
--  python -m veriquant_proofs.export.spark rewrites it, a test compares it.
--  GNAT compiles and runs it with its contracts on; GNATprove was not run on it.

with Veriquant_Types;

package body Veriquant_Bound with SPARK_Mode is

   function Column_Bound
     (Q : Veriquant_Types.U4_Array;
      Zero : Veriquant_Types.U4) return Long_Long_Integer is
      Total_V2 : Long_Long_Integer;
   begin
      Total_V2 := 0;
      for I in Long_Long_Integer range 0 .. Q'Length - 1 loop
         pragma Loop_Invariant (Total_V2 = Distance (Q, Zero, I));
         pragma Loop_Invariant ((Total_V2 >= 0) and then (Total_V2 <= (15 * I)));
         Total_V2 := Total_V2 + abs (Q (I) - Zero);
      end loop;
      return 128 * Total_V2;
   end Column_Bound;

   function Grouped_Bound
     (Q : Veriquant_Types.U4_Array;
      Zeros : Veriquant_Types.U4_Array;
      Group : Veriquant_Types.GroupSize) return Long_Long_Integer is
      Total_V2 : Long_Long_Integer;
   begin
      Total_V2 := 0;
      for I in Long_Long_Integer range 0 .. Q'Length - 1 loop
         pragma Loop_Invariant (Total_V2 = Grouped_Distance (Q, Zeros, Group, I));
         pragma Loop_Invariant ((Total_V2 >= 0) and then (Total_V2 <= (15 * I)));
         pragma Assert ((I / Group) < Zeros'Length);
         Total_V2 := Total_V2 + abs (Q (I) - Zeros (I / Group));
      end loop;
      return 128 * Total_V2;
   end Grouped_Bound;

end Veriquant_Bound;
