"""Tables 1 to 4 of the outline as printed: the one copy that claims and figures read.

The row that the outline calls "Ours" is named after the outline here: ours is another quantizer.
"""

from __future__ import annotations

from dataclasses import dataclass

from veriquant_proofs.claims.printed import Printed


@dataclass(frozen=True, slots=True)
class Accuracy:
    """A row of Table 1: memory in GB, scores in percent."""

    method: str
    bits: str
    memory: Printed
    mmlu: Printed
    hellaswag: Printed
    truthfulqa: Printed
    winogrande: Printed
    average: Printed

    @property
    def scores(self) -> dict[str, Printed]:
        """The four benchmark scores by name."""
        return {
            "MMLU": self.mmlu,
            "HellaSwag": self.hellaswag,
            "TruthfulQA": self.truthfulqa,
            "WinoGrande": self.winogrande,
        }


def _accuracy(method: str, bits: str, *numbers: str) -> Accuracy:
    return Accuracy(method, bits, *(Printed(n) for n in numbers))


FP16 = _accuracy("FP16 (baseline)", "16", "140", "68.9", "82.3", "44.9", "83.7", "70.0")
INT8 = _accuracy("INT8", "8", "70", "68.7", "82.1", "44.7", "83.5", "69.8")
GPTQ = _accuracy("INT4 (GPTQ)", "4", "35", "67.8", "81.4", "43.8", "82.9", "69.0")
AWQ = _accuracy("INT4 (AWQ)", "4", "35", "67.9", "81.6", "44.1", "83.1", "69.2")
OURS = _accuracy("Outline (3.5-bit)", "7/2", "30.6", "67.6", "81.3", "43.9", "82.8", "68.9")

#: Table 1, accuracy on LLaMA-70B.
TABLE_1: tuple[Accuracy, ...] = (FP16, INT8, GPTQ, AWQ, OURS)


@dataclass(frozen=True, slots=True)
class Speed:
    """A row of Table 2: tokens per second, milliseconds per token, GB, watts."""

    method: str
    throughput: Printed
    latency: Printed
    memory: Printed
    power: Printed


#: Table 2, throughput on the Groq LPU; the third row of changes is `TABLE_2_CHANGE`.
INT4_SPEED = Speed(
    "INT4 (baseline)", Printed("3100"), Printed("0.32"), Printed("35"), Printed("40")
)
OUR_SPEED = Speed(
    "Outline (3.5-bit)", Printed("4188"), Printed("0.24"), Printed("30.6"), Printed("38")
)
TABLE_2: tuple[Speed, ...] = (INT4_SPEED, OUR_SPEED)
TABLE_2_CHANGE = {
    "throughput": Printed("+35%"),
    "latency": Printed("-25%"),
    "memory": Printed("-12.5%"),
    "power": Printed("-5%"),
}


@dataclass(frozen=True, slots=True)
class Scaling:
    """A row of Table 3: memory in GB, whether the outline says it fits, tokens per second."""

    method: str
    memory: Printed
    fits: bool
    throughput: Printed


#: Table 3, LLaMA-405B on the Cerebras wafer-scale engine.
TABLE_3: tuple[Scaling, ...] = (
    Scaling("INT4", Printed("203"), False, Printed("150")),
    Scaling("Outline (3.5-bit)", Printed("177"), True, Printed("200+")),
)
#: Capacity in Table 3 and in its key insight: one wafer in GB, and how many.
WAFER_GB = Printed("40")
WAFERS = 8


@dataclass(frozen=True, slots=True)
class Ablation:
    """A row of Table 4."""

    configuration: str
    mmlu: Printed
    memory: Printed
    throughput: Printed


#: Table 4, ablation.
TABLE_4: tuple[Ablation, ...] = (
    Ablation("Full method", Printed("67.6"), Printed("30.6"), Printed("4188")),
    Ablation("- Asymmetric encoding", Printed("67.8"), Printed("35"), Printed("3100")),
    Ablation("- Per-channel scaling", Printed("65.2"), Printed("30.6"), Printed("4188")),
    Ablation("- Both (4-bit per-tensor)", Printed("67.8"), Printed("35"), Printed("3100")),
)

#: Verification counts claimed in 4.1, 5.1 and 5.2.
LEAN_THEOREMS = Printed("83")
LEAN_LINES = Printed("1,200")
SPARK_CONDITIONS = Printed("1,247")
SPARK_BY_KIND = {
    "precondition": Printed("423"),
    "postcondition": Printed("512"),
    "loop invariant": Printed("312"),
}
