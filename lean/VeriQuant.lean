prelude
import VeriQuant.Grid
import VeriQuant.FloatQuotient
import VeriQuant.Exactness
import VeriQuant.Outline
import VeriQuant.Accumulator
import VeriQuant.Format
import VeriQuant.Composition
import VeriQuant.Fraction
import VeriQuant.LastStep
import VeriQuant.Packing
import VeriQuant.Instances
/-!
# VeriQuant: everything that is proved

`make lean` and `lake build` compile what is imported here.
-/
