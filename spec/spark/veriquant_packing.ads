--  Generated from impl/veriquant/kernels/packing.py; do not edit.
--  python -m veriquant_proofs.export.spark rewrites it, a test compares it.
--  GNAT compiles and runs it with its contracts on; GNATprove was not run on it.

with Veriquant_Types;

package Veriquant_Packing with SPARK_Mode is

   --  VQ-PACK-001, VQ-PACK-002
   function Pack_Pair
     (Wide : Veriquant_Types.U4;
      Narrow : Veriquant_Types.U3) return Veriquant_Types.U7 with
     Post =>
       (Pack_Pair'Result = (Wide + (16 * Narrow)))
       and then ((Pack_Pair'Result mod 16) = Wide)
       and then ((Pack_Pair'Result / 16) = Narrow);

   --  VQ-PACK-003
   function Unpack_Wide
     (Packed : Veriquant_Types.U7) return Veriquant_Types.U4 with
     Post =>
       (Unpack_Wide'Result = (Packed mod 16));

   --  VQ-PACK-003
   function Unpack_Narrow
     (Packed : Veriquant_Types.U7) return Veriquant_Types.U3 with
     Post =>
       (Unpack_Narrow'Result = (Packed / 16));

   --  VQ-PACK-003, VQ-PACK-004
   procedure Unpack_Pair
     (Packed : Veriquant_Types.U7;
      Result_0 : out Veriquant_Types.U4;
      Result_1 : out Veriquant_Types.U3) with
     Post =>
       ((Result_0 + (16 * Result_1)) = Packed)
       and then (Pack_Pair (Result_0, Result_1) = Packed);

   --  VQ-PACK-004
   procedure Repack_Pair
     (Wide : Veriquant_Types.U4;
      Narrow : Veriquant_Types.U3;
      Result_0 : out Veriquant_Types.U4;
      Result_1 : out Veriquant_Types.U3) with
     Post =>
       ((Result_0 = Wide) and then (Result_1 = Narrow));

end Veriquant_Packing;
