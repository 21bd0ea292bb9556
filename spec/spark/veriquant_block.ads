--  Generated from impl/veriquant/kernels/block.py; do not edit.
--  python -m veriquant_proofs.export.spark rewrites it, a test compares it.
--  GNAT compiles and runs it with its contracts on; GNATprove was not run on it.

with Interfaces;
with Veriquant_Types;
use Interfaces;

package Veriquant_Block with SPARK_Mode is

   --  VQ-STREAM-005
   function Gather_Block
     (Lanes : Veriquant_Types.Bits_Lanes) return Veriquant_Types.Bits_U56 with
     Pre =>
       ((Lanes and 16#8080808080808080#) = 0),
     Post =>
       (for all I in Long_Long_Integer range 0 .. 7 => (Shift_Right (Gather_Block'Result, Natural (7 * I)) and 127) = (Shift_Right (Lanes, Natural (8 * I)) and 255));

   --  VQ-STREAM-005
   function Spread_Block
     (Word : Veriquant_Types.Bits_U56) return Veriquant_Types.Bits_Lanes with
     Post =>
       (for all I in Long_Long_Integer range 0 .. 7 => (Shift_Right (Spread_Block'Result, Natural (8 * I)) and 255) = (Shift_Right (Word, Natural (7 * I)) and 127))
       and then ((Spread_Block'Result and 16#8080808080808080#) = 0)
       and then (Gather_Block (Spread_Block'Result) = Word);

end Veriquant_Block;
