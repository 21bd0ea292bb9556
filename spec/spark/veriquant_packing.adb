--  Generated from impl/veriquant/kernels/packing.py; do not edit.
--  python -m veriquant_proofs.export.spark rewrites it, a test compares it.
--  GNAT compiles and runs it with its contracts on; GNATprove was not run on it.

with Veriquant_Types;

package body Veriquant_Packing with SPARK_Mode is

   function Pack_Pair
     (Wide : Veriquant_Types.U4;
      Narrow : Veriquant_Types.U3) return Veriquant_Types.U7 is
   begin
      return Veriquant_Types.Bit_Or (Veriquant_Types.Bit_And (Wide, 15), Veriquant_Types.Bit_And (Narrow, 7) * 2 ** 4);
   end Pack_Pair;

   function Unpack_Wide
     (Packed : Veriquant_Types.U7) return Veriquant_Types.U4 is
   begin
      return Veriquant_Types.Bit_And (Packed, 15);
   end Unpack_Wide;

   function Unpack_Narrow
     (Packed : Veriquant_Types.U7) return Veriquant_Types.U3 is
   begin
      return Veriquant_Types.Bit_And (Packed / 2 ** 4, 7);
   end Unpack_Narrow;

   procedure Unpack_Pair
     (Packed : Veriquant_Types.U7;
      Result_0 : out Veriquant_Types.U4;
      Result_1 : out Veriquant_Types.U3) is
   begin
      Result_0 := Unpack_Wide (Packed);
      Result_1 := Unpack_Narrow (Packed);
   end Unpack_Pair;

   procedure Repack_Pair
     (Wide : Veriquant_Types.U4;
      Narrow : Veriquant_Types.U3;
      Result_0 : out Veriquant_Types.U4;
      Result_1 : out Veriquant_Types.U3) is
   begin
      Unpack_Pair (Pack_Pair (Wide, Narrow), Result_0, Result_1);
   end Repack_Pair;

end Veriquant_Packing;
