prelude
import VeriQuant.Grid
/-!
# VeriQuant: everything that is proved

`make lean` and `lake build` compile what is imported here.
-/
