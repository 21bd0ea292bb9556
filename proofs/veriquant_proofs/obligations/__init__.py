"""From the core to verification conditions.

`statements` walks a body once and records facts and checks (`trail`); `expressions` gives the
meaning of expressions as formulas (`formula`); `conditions` makes one condition of each check;
`lowering`, `smtlib` and `vectors` write it in the solvers' notation.
"""

from veriquant_proofs.obligations.conditions import generate
from veriquant_proofs.obligations.expressions import UnsupportedError
from veriquant_proofs.obligations.vc import VC, Input, KernelVCs, Vacuity

__all__ = ["VC", "Input", "KernelVCs", "UnsupportedError", "Vacuity", "generate"]
