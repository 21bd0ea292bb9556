--  Generated from impl/veriquant/kernels/matmul.py; do not edit.
--  python -m veriquant_proofs.export.spark rewrites it, a test compares it.
--  GNAT compiles and runs it with its contracts on; GNATprove was not run on it.

with Veriquant_Types;

package Veriquant_Matmul with SPARK_Mode is

   function Dot (A : Veriquant_Types.I8_Array; Q : Veriquant_Types.U4_Array; Zero : Long_Long_Integer; N : Long_Long_Integer) return Long_Long_Integer is
     (if N > 0 then Dot (A, Q, Zero, N - 1) + (A (N - 1) * (Q (N - 1) - Zero)) else 0) with Ghost,
     Pre =>
       ((N <= A'Length) and then (N <= Q'Length));

   --  VQ-ACC-001, VQ-ACC-002
   function Dot_Wide
     (A : Veriquant_Types.I8_Array;
      Q : Veriquant_Types.U4_Array;
      Zero : Veriquant_Types.U4) return Veriquant_Types.Acc with
     Pre =>
       (A'Length <= 4096)
       and then (Q'Length = A'Length)
       and then (A'First = 0)
       and then (Q'First = 0),
     Post =>
       (Dot_Wide'Result = Dot (A, Q, Zero, A'Length))
       and then (abs (Dot_Wide'Result) <= (1920 * A'Length));

   function Dot (A : Veriquant_Types.I8_Array; Q : Veriquant_Types.U3_Array; Zero : Long_Long_Integer; N : Long_Long_Integer) return Long_Long_Integer is
     (if N > 0 then Dot (A, Q, Zero, N - 1) + (A (N - 1) * (Q (N - 1) - Zero)) else 0) with Ghost,
     Pre =>
       ((N <= A'Length) and then (N <= Q'Length));

   --  VQ-ACC-001, VQ-ACC-002
   function Dot_Narrow
     (A : Veriquant_Types.I8_Array;
      Q : Veriquant_Types.U3_Array;
      Zero : Veriquant_Types.U3) return Veriquant_Types.Acc with
     Pre =>
       (A'Length <= 4096)
       and then (Q'Length = A'Length)
       and then (A'First = 0)
       and then (Q'First = 0),
     Post =>
       (Dot_Narrow'Result = Dot (A, Q, Zero, A'Length))
       and then (abs (Dot_Narrow'Result) <= (896 * A'Length));

   function Grouped_Dot (A : Veriquant_Types.I8_Array; Q : Veriquant_Types.U4_Array; Zeros : Veriquant_Types.U4_Array; Group : Long_Long_Integer; N : Long_Long_Integer) return Long_Long_Integer is
     (if N > 0 then Grouped_Dot (A, Q, Zeros, Group, N - 1) + (A (N - 1) * (Q (N - 1) - Zeros (Veriquant_Types.Floor_Div (N - 1, Group)))) else 0) with Ghost,
     Pre =>
       ((N <= A'Length) and then (N <= Q'Length))
       and then ((Group > 0) and then (N <= (Zeros'Length * Group)));

   --  VQ-ACC-001, VQ-ACC-002
   function Dot_Grouped
     (A : Veriquant_Types.I8_Array;
      Q : Veriquant_Types.U4_Array;
      Zeros : Veriquant_Types.U4_Array;
      Group : Veriquant_Types.GroupSize) return Veriquant_Types.Acc with
     Pre =>
       (A'Length <= 4096)
       and then (Q'Length = A'Length)
       and then (A'Length <= (Zeros'Length * Group))
       and then (A'First = 0)
       and then (Q'First = 0)
       and then (Zeros'First = 0),
     Post =>
       (Dot_Grouped'Result = Grouped_Dot (A, Q, Zeros, Group, A'Length))
       and then (abs (Dot_Grouped'Result) <= (1920 * A'Length));

   function Column_Wide (A : Veriquant_Types.I8_Array; W : Veriquant_Types.U7_Matrix; Zero : Long_Long_Integer; J : Long_Long_Integer; N : Long_Long_Integer) return Long_Long_Integer is
     (if N > 0 then Column_Wide (A, W, Zero, J, N - 1) + (A (N - 1) * ((W (N - 1, J) mod 16) - Zero)) else 0) with Ghost,
     Pre =>
       ((N <= A'Length) and then (N <= W'Length (1)))
       and then ((J >= 0) and then (for all P in Long_Long_Integer range 0 .. W'Length (1) - 1 => J < W'Length (2)));

   function Column_Narrow (A : Veriquant_Types.I8_Array; W : Veriquant_Types.U7_Matrix; Zero : Long_Long_Integer; Half : Long_Long_Integer; J : Long_Long_Integer; N : Long_Long_Integer) return Long_Long_Integer is
     (if N > 0 then Column_Narrow (A, W, Zero, Half, J, N - 1) + (A ((Half + N) - 1) * ((W (N - 1, J) / 16) - Zero)) else 0) with Ghost,
     Pre =>
       ((Half >= 0) and then ((Half + N) <= A'Length) and then (N <= W'Length (1)))
       and then ((J >= 0) and then (for all P in Long_Long_Integer range 0 .. W'Length (1) - 1 => J < W'Length (2)));

   --  VQ-ACC-001, VQ-ACC-002, VQ-ACC-003
   procedure Column_Dot
     (A : Veriquant_Types.I8_Array;
      W : Veriquant_Types.U7_Matrix;
      J : Veriquant_Types.Dimension;
      Zero_Wide : Veriquant_Types.U4;
      Zero_Narrow : Veriquant_Types.U3;
      Result_0 : out Veriquant_Types.Acc;
      Result_1 : out Veriquant_Types.Acc) with
     Pre =>
       (W'Length (1) <= 4096)
       and then (A'Length = (2 * W'Length (1)))
       and then (for all P in Long_Long_Integer range 0 .. W'Length (1) - 1 => J < W'Length (2))
       and then (A'First = 0)
       and then (W'First (1) = 0)
       and then (W'First (2) = 0),
     Post =>
       (Result_0 = Column_Wide (A, W, Zero_Wide, J, W'Length (1)))
       and then (Result_1 = Column_Narrow (A, W, Zero_Narrow, W'Length (1), J, W'Length (1)));

   --  VQ-ACC-001, VQ-ACC-002, VQ-ACC-003
   procedure Matmul_3p5bit
     (A : Veriquant_Types.I8_Matrix;
      W : Veriquant_Types.U7_Matrix;
      Zeros_Wide : Veriquant_Types.U4_Array;
      Zeros_Narrow : Veriquant_Types.U3_Array;
      M : Veriquant_Types.Dimension;
      N : Veriquant_Types.Dimension;
      K : Veriquant_Types.Channels;
      Result_0 : out Veriquant_Types.Acc_Matrix;
      Result_1 : out Veriquant_Types.Acc_Matrix) with
     Pre =>
       ((K mod 2) = 0)
       and then (A'Length (1) = M)
       and then (for all I in Long_Long_Integer range 0 .. A'Length (1) - 1 => A'Length (2) = K)
       and then ((2 * W'Length (1)) = K)
       and then (for all P in Long_Long_Integer range 0 .. W'Length (1) - 1 => W'Length (2) = N)
       and then (Zeros_Wide'Length = N)
       and then (Zeros_Narrow'Length = N)
       and then (A'First (1) = 0)
       and then (A'First (2) = 0)
       and then (W'First (1) = 0)
       and then (W'First (2) = 0)
       and then (Zeros_Wide'First = 0)
       and then (Zeros_Narrow'First = 0)
       and then (Result_0'First (1) = 0)
       and then (Result_0'First (2) = 0)
       and then (Result_1'First (1) = 0)
       and then (Result_1'First (2) = 0)
       and then ((Result_0'Length (1) = M) and then (Result_1'Length (1) = M))
       and then (for all I in Long_Long_Integer range 0 .. M - 1 => Result_0'Length (2) = N)
       and then (for all I in Long_Long_Integer range 0 .. M - 1 => Result_1'Length (2) = N),
     Post =>
       (for all I in Long_Long_Integer range 0 .. M - 1 => (for all J in Long_Long_Integer range 0 .. N - 1 => Result_0 (I, J) = Column_Wide (Veriquant_Types.Row (A, I), W, Zeros_Wide (J), J, W'Length (1))))
       and then (for all I in Long_Long_Integer range 0 .. M - 1 => (for all J in Long_Long_Integer range 0 .. N - 1 => Result_1 (I, J) = Column_Narrow (Veriquant_Types.Row (A, I), W, Zeros_Narrow (J), W'Length (1), J, W'Length (1))))
       and then (for all I in Long_Long_Integer range 0 .. M - 1 => (for all J in Long_Long_Integer range 0 .. N - 1 => (abs (Result_0 (I, J)) < (2 ** 30)) and then (abs (Result_1 (I, J)) < (2 ** 30))));

end Veriquant_Matmul;
