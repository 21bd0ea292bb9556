--  Generated from impl/veriquant/kernels/block.py; do not edit.
--  python -m veriquant_proofs.export.spark rewrites it, a test compares it.
--  GNAT compiles and runs it with its contracts on; GNATprove was not run on it.

with Interfaces;
with Veriquant_Types;
use Interfaces;

package body Veriquant_Block with SPARK_Mode is

   function Gather_Block
     (Lanes : Veriquant_Types.Bits_Lanes) return Veriquant_Types.Bits_U56 is
      X : Veriquant_Types.Bits_I64;
   begin
      X := (Lanes and 16#7F007F007F007F#) or Shift_Right (Lanes and 16#7F007F007F007F00#, 1);
      X := (X and 16#3FFF00003FFF#) or Shift_Right (X and 16#3FFF00003FFF0000#, 2);
      return (X and (2 ** 28 - 1)) or Shift_Right (X and 16#FFFFFFF00000000#, 4);
   end Gather_Block;

   function Spread_Block
     (Word : Veriquant_Types.Bits_U56) return Veriquant_Types.Bits_Lanes is
      X : Veriquant_Types.Bits_I64;
   begin
      X := (Word and (2 ** 28 - 1)) or Shift_Left (Word and 16#FFFFFFF0000000#, 4);
      X := (X and 16#3FFF00003FFF#) or Shift_Left (X and 16#FFFC0000FFFC000#, 2);
      return (X and 16#7F007F007F007F#) or Shift_Left (X and 16#3F803F803F803F80#, 1);
   end Spread_Block;

end Veriquant_Block;
