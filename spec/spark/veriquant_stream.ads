--  Generated from impl/veriquant/kernels/stream.py; do not edit.
--  python -m veriquant_proofs.export.spark rewrites it, a test compares it.
--  GNAT compiles and runs it with its contracts on; GNATprove was not run on it.

with Veriquant_Types;

package Veriquant_Stream with SPARK_Mode is

   function Size (Pairs : Long_Long_Integer) return Long_Long_Integer is
     (Veriquant_Types.Floor_Div ((7 * Pairs) + 7, 8)) with Ghost;

   --  VQ-STREAM-001
   function Stream_Size
     (Pairs : Veriquant_Types.Length) return Veriquant_Types.Length with
     Post =>
       (Stream_Size'Result = Size (Pairs))
       and then (((7 * Pairs) <= (8 * Stream_Size'Result)) and then ((8 * Stream_Size'Result) < ((7 * Pairs) + 8)));

   function Byte_Bits (Pairs : Veriquant_Types.U7_Array; Count : Long_Long_Integer; T : Long_Long_Integer) return Long_Long_Integer is
     (((Pairs (Veriquant_Types.Floor_Div (8 * T, 7)) / 2 ** Natural ((8 * T) mod 7)) + (if (Veriquant_Types.Floor_Div (8 * T, 7) + 1) < Count then Pairs (Veriquant_Types.Floor_Div (8 * T, 7) + 1) * 2 ** Natural (7 - ((8 * T) mod 7)) else 0)) mod 256) with Ghost;

   --  VQ-STREAM-002
   function Stream_Byte
     (Pairs : Veriquant_Types.U7_Array;
      T : Veriquant_Types.Length) return Veriquant_Types.U8 with
     Pre =>
       (Pairs'Length <= (2 ** 48))
       and then (T < Size (Pairs'Length))
       and then (Pairs'First = 0),
     Post =>
       (Stream_Byte'Result = Byte_Bits (Pairs, Pairs'Length, T));

   function Pair_Bits (Data : Veriquant_Types.U8_Array; I : Long_Long_Integer) return Long_Long_Integer is
     ((if ((7 * I) mod 8) <= 1 then Data (Veriquant_Types.Floor_Div (7 * I, 8)) / 2 ** Natural ((7 * I) mod 8) else (Data (Veriquant_Types.Floor_Div (7 * I, 8)) / 2 ** Natural ((7 * I) mod 8)) + (Data (Veriquant_Types.Floor_Div (7 * I, 8) + 1) * 2 ** Natural (8 - ((7 * I) mod 8)))) mod 128) with Ghost;

   --  VQ-STREAM-003
   function Pair_At
     (Data : Veriquant_Types.U8_Array;
      I : Veriquant_Types.Length) return Veriquant_Types.U7 with
     Pre =>
       (Data'Length <= (2 ** 48))
       and then (Size (I + 1) <= Data'Length)
       and then (Data'First = 0),
     Post =>
       (Pair_At'Result = Pair_Bits (Data, I));

   --  VQ-STREAM-001, VQ-STREAM-002, VQ-STREAM-004
   procedure Pack_Stream
     (Pairs : Veriquant_Types.U7_Array;
      Result : out Veriquant_Types.U8_Array) with
     Pre =>
       (Pairs'Length <= (2 ** 48))
       and then (Pairs'First = 0)
       and then (Result'First = 0)
       and then (Result'Length = Size (Pairs'Length)),
     Post =>
       (for all T in Long_Long_Integer range 0 .. Result'Length - 1 => Result (T) = Byte_Bits (Pairs, Pairs'Length, T));

   --  VQ-STREAM-003, VQ-STREAM-004
   procedure Unpack_Stream
     (Data : Veriquant_Types.U8_Array;
      Count : Veriquant_Types.Length;
      Result : out Veriquant_Types.U7_Array) with
     Pre =>
       (Data'Length <= (2 ** 48))
       and then (Size (Count) <= Data'Length)
       and then (Data'First = 0)
       and then (Result'First = 0)
       and then (Result'Length = Count),
     Post =>
       (for all I in Long_Long_Integer range 0 .. Result'Length - 1 => Result (I) = Pair_Bits (Data, I));

end Veriquant_Stream;
