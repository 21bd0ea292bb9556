--  Generated from impl/veriquant/kernels/stream.py; do not edit.
--  python -m veriquant_proofs.export.spark rewrites it, a test compares it.
--  GNAT compiles and runs it with its contracts on; GNATprove was not run on it.

with Veriquant_Types;

package body Veriquant_Stream with SPARK_Mode is

   function Stream_Size
     (Pairs : Veriquant_Types.Length) return Veriquant_Types.Length is
   begin
      return ((7 * Pairs) + 7) / 2 ** 3;
   end Stream_Size;

   function Stream_Byte
     (Pairs : Veriquant_Types.U7_Array;
      T : Veriquant_Types.Length) return Veriquant_Types.U8 is
      First : Long_Long_Integer;
      Shift : Veriquant_Types.U3;
      Low : Long_Long_Integer;
      High : Long_Long_Integer;
   begin
      First := (8 * T) / 7;
      Shift := (8 * T) mod 7;
      Low := Pairs (First) / 2 ** Natural (Shift);
      High := 0;
      if (First + 1) < Pairs'Length then
         High := Pairs (First + 1) * 2 ** Natural (7 - Shift);
      end if;
      return Veriquant_Types.Bit_And (Low + High, 255);
   end Stream_Byte;

   function Pair_At
     (Data : Veriquant_Types.U8_Array;
      I : Veriquant_Types.Length) return Veriquant_Types.U7 is
      First : Long_Long_Integer;
      Shift : Veriquant_Types.U3;
      Low : Long_Long_Integer;
      High : Long_Long_Integer;
   begin
      First := (7 * I) / 8;
      Shift := (7 * I) mod 8;
      Low := Data (First) / 2 ** Natural (Shift);
      High := 0;
      if Shift > 1 then
         High := Data (First + 1) * 2 ** Natural (8 - Shift);
      end if;
      return Veriquant_Types.Bit_And (Low + High, 127);
   end Pair_At;

   procedure Pack_Stream
     (Pairs : Veriquant_Types.U7_Array;
      Result : out Veriquant_Types.U8_Array) is
      Count : Long_Long_Integer;
   begin
      Count := Stream_Size (Pairs'Length);
      pragma Assert (Result'Length = Long_Long_Integer'Max (0, Count));
      Result := [others => 0];
      for T in Long_Long_Integer range 0 .. Count - 1 loop
         pragma Loop_Invariant (for all U in Long_Long_Integer range 0 .. T - 1 => Result (U) = Byte_Bits (Pairs, Pairs'Length, U));
         Result (T) := Stream_Byte (Pairs, T);
      end loop;
   end Pack_Stream;

   procedure Unpack_Stream
     (Data : Veriquant_Types.U8_Array;
      Count : Veriquant_Types.Length;
      Result : out Veriquant_Types.U7_Array) is
   begin
      pragma Assert (Result'Length = Count);
      Result := [others => 0];
      for I in Long_Long_Integer range 0 .. Count - 1 loop
         pragma Loop_Invariant (for all J in Long_Long_Integer range 0 .. I - 1 => Result (J) = Pair_Bits (Data, J));
         Result (I) := Pair_At (Data, I);
      end loop;
   end Unpack_Stream;

end Veriquant_Stream;
