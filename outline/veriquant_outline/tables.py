"""Tables 1 to 4 as printed, for the figures: read from the rows that the claims quote."""

from __future__ import annotations

from dataclasses import dataclass

from veriquant_outline import load
from veriquant_outline.printed import Printed


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of a table: our name for it, bits per weight, and what each column prints."""

    method: str
    bits: str
    printed: dict[str, str]

    def __getitem__(self, column: str) -> Printed:
        """The number in a column. Raises KeyError for a column that the table lacks."""
        return Printed(self.printed[column])


def _table(section: str) -> tuple[Row, ...]:
    data = load.section(section)
    return tuple(
        Row(method=row["name"], bits=str(row["bits"]), printed=load.cells(data, row))
        for row in data["row"]
    )


def claimed(claim: str) -> Printed:
    """The printed number that a claim is about. Raises KeyError for no such claim or number."""
    return _input(claim, "claimed")


def _input(claim: str, name: str) -> Printed:
    found = next((c for c in load.claims() if c.id == claim), None)
    if found is None:
        raise KeyError(f"no claim {claim!r}")
    value = found.inputs[name]
    return value if isinstance(value, Printed) else Printed(str(value))


#: Accuracy on LLaMA-70B: memory in GB, scores in percent.
TABLE_1 = _table("7.2-table-1")
#: Throughput on the Groq LPU: tokens per second, milliseconds per token, GB, watts.
TABLE_2 = _table("7.3-table-2")
#: LLaMA-405B on the Cerebras wafer-scale engine: GB, tokens per second.
TABLE_3 = _table("7.3-table-3")
#: Ablation: MMLU, GB, tokens per second.
TABLE_4 = _table("7.4-table-4")
#: The benchmarks of Table 1.
SCORES = {"mmlu": "MMLU", "hellaswag": "HellaSwag", "truthfulqa": "TruthfulQA",
          "winogrande": "WinoGrande"}  # fmt: skip
#: Capacity in Table 3 and in its key insight: one wafer in GB, and how many.
WAFER_GB = _input("table-3.fits", "wafer")
WAFERS = int(_input("table-3.fits", "wafers").value)

#: Verification counts claimed in 4.1, 5.1 and 5.2.
LEAN_THEOREMS = claimed("4.1.lean-theorems")
LEAN_LINES = claimed("4.1.lean-lines")
SPARK_CONDITIONS = claimed("5.2.conditions")
SPARK_BY_KIND = {
    "precondition": claimed("5.2.precondition"),
    "postcondition": claimed("5.2.postcondition"),
    "loop invariant": claimed("5.2.loop-invariant"),
}
