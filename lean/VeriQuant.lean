prelude
import VeriQuant.Grid
import VeriQuant.FloatQuotient
import VeriQuant.Exactness
import VeriQuant.Outline
/-!
# VeriQuant: everything that is proved

`make lean` and `lake build` compile what is imported here.
-/
