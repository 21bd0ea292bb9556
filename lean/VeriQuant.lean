prelude
import VeriQuant.List
/-!
# VeriQuant: everything that is proved

`make lean` and `lake build` compile what is imported here.
-/
