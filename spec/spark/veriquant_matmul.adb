--  Generated from impl/veriquant/kernels/matmul.py; do not edit.
--  python -m veriquant_proofs.export.spark rewrites it, a test compares it.
--  GNAT compiles and runs it with its contracts on; GNATprove was not run on it.

with Veriquant_Types;
with Veriquant_Packing;
use Veriquant_Packing;

package body Veriquant_Matmul with SPARK_Mode is

   function Dot_Wide
     (A : Veriquant_Types.I8_Array;
      Q : Veriquant_Types.U4_Array;
      Zero : Veriquant_Types.U4) return Veriquant_Types.Acc is
      Acc : Veriquant_Types.I32;
   begin
      Acc := 0;
      for I in Long_Long_Integer range 0 .. A'Length - 1 loop
         pragma Loop_Invariant (Acc = Dot (A, Q, Zero, I));
         pragma Loop_Invariant (abs (Acc) <= (1920 * I));
         Acc := Acc + (A (I) * (Q (I) - Zero));
      end loop;
      return Acc;
   end Dot_Wide;

   function Dot_Narrow
     (A : Veriquant_Types.I8_Array;
      Q : Veriquant_Types.U3_Array;
      Zero : Veriquant_Types.U3) return Veriquant_Types.Acc is
      Acc : Veriquant_Types.I32;
   begin
      Acc := 0;
      for I in Long_Long_Integer range 0 .. A'Length - 1 loop
         pragma Loop_Invariant (Acc = Dot (A, Q, Zero, I));
         pragma Loop_Invariant (abs (Acc) <= (896 * I));
         Acc := Acc + (A (I) * (Q (I) - Zero));
      end loop;
      return Acc;
   end Dot_Narrow;

   function Dot_Grouped
     (A : Veriquant_Types.I8_Array;
      Q : Veriquant_Types.U4_Array;
      Zeros : Veriquant_Types.U4_Array;
      Group : Veriquant_Types.GroupSize) return Veriquant_Types.Acc is
      Acc : Veriquant_Types.I32;
   begin
      Acc := 0;
      for I in Long_Long_Integer range 0 .. A'Length - 1 loop
         pragma Loop_Invariant (Acc = Grouped_Dot (A, Q, Zeros, Group, I));
         pragma Loop_Invariant (abs (Acc) <= (1920 * I));
         pragma Assert ((I / Group) < Zeros'Length);
         Acc := Acc + (A (I) * (Q (I) - Zeros (I / Group)));
      end loop;
      return Acc;
   end Dot_Grouped;

   procedure Column_Dot
     (A : Veriquant_Types.I8_Array;
      W : Veriquant_Types.U7_Matrix;
      J : Veriquant_Types.Dimension;
      Zero_Wide : Veriquant_Types.U4;
      Zero_Narrow : Veriquant_Types.U3;
      Result_0 : out Veriquant_Types.Acc;
      Result_1 : out Veriquant_Types.Acc) is
      Half : Long_Long_Integer;
      Wide : Veriquant_Types.I32;
      Narrow : Veriquant_Types.I32;
   begin
      Half := W'Length (1);
      Wide := 0;
      Narrow := 0;
      for P in Long_Long_Integer range 0 .. Half - 1 loop
         pragma Loop_Invariant (Wide = Column_Wide (A, W, Zero_Wide, J, P));
         pragma Loop_Invariant (Narrow = Column_Narrow (A, W, Zero_Narrow, Half, J, P));
         pragma Loop_Invariant (abs (Wide) <= (1920 * P));
         pragma Loop_Invariant (abs (Narrow) <= (896 * P));
         Wide := Wide + (A (P) * (Unpack_Wide (W (P, J)) - Zero_Wide));
         Narrow := Narrow + (A (Half + P) * (Unpack_Narrow (W (P, J)) - Zero_Narrow));
      end loop;
      Result_0 := Wide;
      Result_1 := Narrow;
   end Column_Dot;

   procedure Matmul_3p5bit
     (A : Veriquant_Types.I8_Matrix;
      W : Veriquant_Types.U7_Matrix;
      Zeros_Wide : Veriquant_Types.U4_Array;
      Zeros_Narrow : Veriquant_Types.U3_Array;
      M : Veriquant_Types.Dimension;
      N : Veriquant_Types.Dimension;
      K : Veriquant_Types.Channels;
      Result_0 : out Veriquant_Types.Acc_Matrix;
      Result_1 : out Veriquant_Types.Acc_Matrix) is
      Halves_0 : Long_Long_Integer;
      Halves_1 : Long_Long_Integer;
   begin
      pragma Assert (Result_0'Length (1) = M);
      pragma Assert (Result_0'Length (1) = 0 or else Result_0'Length (2) = N);
      Result_0 := [others => [others => 0]];
      pragma Assert (Result_1'Length (1) = M);
      pragma Assert (Result_1'Length (1) = 0 or else Result_1'Length (2) = N);
      Result_1 := [others => [others => 0]];
      for I in Long_Long_Integer range 0 .. M - 1 loop
         pragma Loop_Invariant (for all R in Long_Long_Integer range 0 .. I - 1 => (for all C in Long_Long_Integer range 0 .. N - 1 => Result_0 (R, C) = Column_Wide (Veriquant_Types.Row (A, R), W, Zeros_Wide (C), C, W'Length (1))));
         pragma Loop_Invariant (for all R in Long_Long_Integer range 0 .. I - 1 => (for all C in Long_Long_Integer range 0 .. N - 1 => Result_1 (R, C) = Column_Narrow (Veriquant_Types.Row (A, R), W, Zeros_Narrow (C), W'Length (1), C, W'Length (1))));
         for J in Long_Long_Integer range 0 .. N - 1 loop
            pragma Loop_Invariant (for all R in Long_Long_Integer range 0 .. I - 1 => (for all C in Long_Long_Integer range 0 .. N - 1 => Result_0 (R, C) = Column_Wide (Veriquant_Types.Row (A, R), W, Zeros_Wide (C), C, W'Length (1))));
            pragma Loop_Invariant (for all R in Long_Long_Integer range 0 .. I - 1 => (for all C in Long_Long_Integer range 0 .. N - 1 => Result_1 (R, C) = Column_Narrow (Veriquant_Types.Row (A, R), W, Zeros_Narrow (C), W'Length (1), C, W'Length (1))));
            pragma Loop_Invariant (for all C in Long_Long_Integer range 0 .. J - 1 => Result_0 (I, C) = Column_Wide (Veriquant_Types.Row (A, I), W, Zeros_Wide (C), C, W'Length (1)));
            pragma Loop_Invariant (for all C in Long_Long_Integer range 0 .. J - 1 => Result_1 (I, C) = Column_Narrow (Veriquant_Types.Row (A, I), W, Zeros_Narrow (C), W'Length (1), C, W'Length (1)));
            Column_Dot (Veriquant_Types.Row (A, I), W, J, Zeros_Wide (J), Zeros_Narrow (J), Halves_0, Halves_1);
            Result_0 (I, J) := Halves_0;
            Result_1 (I, J) := Halves_1;
         end loop;
      end loop;
   end Matmul_3p5bit;

end Veriquant_Matmul;
