"""Evidence for the tests of the ledger and of the figures: a good report, a few measurements."""

from __future__ import annotations

from typing import Any

from veriquant_outline.evidence import Evidence
from veriquant_proofs.frontend import read_product
from veriquant_spec.requirements import requirements

NOTHING = Evidence()


def good_report(**changes: Any) -> dict[str, Any]:
    """A report in which one VC of every requirement is proved."""
    kinds = ("precondition", "postcondition", "loop invariant preservation", "overflow check")
    kernels = [{"name": f.label, "source": f.text} for f in read_product().verified()]
    return {
        "kernels": kernels,
        "vcs": [
            {
                "id": f"kernel/{name}",
                "kernel": "module.kernel",
                "kind": kinds[i % len(kinds)],
                "verdict": changes.get(name, "proved"),
                "proved_twice": name not in changes,
                "requirements": [name],
            }
            for i, name in enumerate(requirements())
        ],
    }


def quality_file(**perplexities: float) -> dict[str, Any]:
    """The shape that the quality benchmark writes, with a few rows."""
    made = {
        "float32": ("float", 32, 20.0),
        "gptq g64": ("veriquant", 3.7, 24.0),
        "rtn per channel": ("veriquant", 3.52, 90.0),
        "gptq per channel": ("veriquant", 3.52, 60.0),
        "int4 RTN per channel": ("plain", 4.03, 30.0),
        "int4 RTN g64": ("plain", 4.31, 22.0),
        "int3 RTN g64": ("plain", 3.3, 40.0),
        "llama.cpp Q3_K": ("peer", 3.44, 35.0),
        "llama.cpp Q4_K": ("peer", 4.5, 21.5),
        "int3 RTN per channel": ("plain", 3.05, 900.0),
    }
    rows = [
        {
            "scheme": scheme,
            "family": family,
            "bits": bits,
            "error": 0.1,
            "seconds": 1.0,
            "score": {"perplexity": perplexities.get(scheme.replace(" ", "_"), value)},
        }
        for scheme, (family, bits, value) in made.items()
    ]
    rows.append({"scheme": "failed", "family": "peer", "bits": 4.0, "score": {}})
    sources = [{"what": "a small model, GGUF"}, {"what": "a text"}]
    return {"smollm2": {"sources": sources, "rows": rows}}


QUALITY = quality_file()
GOOD = Evidence(
    report=good_report(),
    lean={"theorems": [{"name": "T", "requirements": ["VQ-ERR-001"], "axioms": []}]},
    quality=QUALITY,
)
