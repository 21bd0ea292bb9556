"""Claims of section 2, Related Work."""

from __future__ import annotations

import re
from fractions import Fraction

from veriquant_proofs.claims.checks import Agree, Holds, Published
from veriquant_proofs.claims.evidence import BENCHMARKS, LITERATURE
from veriquant_proofs.claims.model import Claim, Kind, Verdict
from veriquant_proofs.claims.outline.build import differ, not_here, recomputed
from veriquant_proofs.claims.outline.tables import AWQ
from veriquant_proofs.claims.printed import Printed


def _cited(name: str, section: str, quote: str, record: str, source: str) -> Claim:
    """First author and year of a citation against the work's own record."""
    cited = " ".join(re.findall(r"\[(\w+) et al\., (\d{4})\]", quote)[0])
    return Claim(
        f"{section}.{name}",
        section,
        quote,
        f"The work is cited as {cited}.",
        Kind.OTHER_WORK,
        Published(),
        {"claimed": cited, "published": record, "source": source},
        {"claimed": f"{cited[:-4]}1999"},
    )


CLAIMS: tuple[Claim, ...] = (
    _cited(
        "llm-int8",
        "2.1",
        "LLM.int8() [Dettmers et al., 2022]",
        "Dettmers 2022",
        "arXiv:2208.07339",
    ),
    _cited(
        "zeroquant",
        "2.1",
        "ZeroQuant [Yao et al., 2022]",
        "Yao 2022",
        "arXiv:2206.01861",
    ),
    recomputed(
        "2.1.int8-overhead",
        "2.1",
        "Still 2× memory overhead vs our 3.5-bit approach",
        "INT8 takes twice the memory of 3.5 bits.",
        "2",
        "8 / bits",
        unit="times",
        note="More precisely 16/7.",
        bits=Fraction(7, 2),
    ),
    _cited(
        "gptq",
        "2.1",
        "GPTQ [Frantar et al., 2022]",
        "Frantar 2022",
        "arXiv:2210.17323",
    ),
    recomputed(
        "2.1.int4-metadata",
        "2.1",
        "GPTQ [Frantar et al., 2022]: Layer-wise quantization, 35 GB for LLaMA-70B",
        "A GPTQ file of LLaMA-70B takes 35 GB.",
        "35",
        "weights * (4 + (scale + zero) / group) / 8 / 10**9",
        unit="GB",
        note="Groups of 128 with a 16-bit scale and a 4-bit zero point, as such files have; the "
        "outline counts the metadata of neither side.",
        also=("3.1", "7.2"),
        weights=70 * 10**9,
        scale=16,
        zero=4,
        group=128,
    ),
    _cited("awq", "2.1", "AWQ [Lin et al., 2023]", "Lin 2023", "arXiv:2306.00978"),
    Claim(
        "2.1.awq-mmlu",
        "2.1",
        "Activation-aware weight quantization, 67.8 MMLU",
        "AWQ scores 67.8 on MMLU.",
        Kind.ARITHMETIC,
        Agree(
            "here",
            "there",
            ("2.1", "Table 1"),
            "points",
            "67.8 is Table 1's score of GPTQ; AWQ has 67.9 there.",
        ),
        {"here": Fraction("67.8"), "there": Fraction(AWQ.mmlu.text)},
        {"here": Fraction("67.9")},
        also=("7.2 Table 1",),
        against="| INT4 (AWQ) | 35 GB | 67.9 | 81.6 | 44.1 | 83.1 | 69.2 |",
    ),
    Claim(
        "2.1.hard-floor",
        "2.1",
        "4-bit is a hard floor in prior work, we break this barrier",
        "No earlier work went below 4 bits.",
        Kind.OTHER_WORK,
        Holds(
            "fewest_bits",
            ">=",
            "floor",
            "bits",
            "The fewest bits of a work that section 2 itself lists: BitNet, 1 bit (2.2); 2 and 3 "
            "bits stand six lines below.",
            Verdict.INCONSISTENT,
        ),
        {"fewest_bits": 1, "floor": 4},
        {"fewest_bits": 4},
        also=("2.2",),
        against="BitNet [Wang et al., 2023]: 1-bit weights, trained from scratch",
    ),
    Claim(
        "2.1.llama-cpp",
        "2.1",
        "4-bit is a hard floor in prior work, we break this barrier",
        "Formats in use before take at least 4 bits per weight.",
        Kind.OTHER_WORK,
        Holds(
            "8 * (high_bits + low_bits + group_scales + scale) / block",
            ">=",
            "floor",
            "bits per weight",
            "Bytes of llama.cpp's Q3_K block, in use since 2023: codes, group scales and scale "
            "of 256 weights, all metadata counted.",
        ),
        {
            "high_bits": 32,
            "low_bits": 64,
            "group_scales": 12,
            "scale": 2,
            "block": 256,
            "floor": 4,
        },
        {"low_bits": 96},
    ),
    not_here(
        "2.1.two-bit",
        "2.1",
        "2-bit quantization [Kim et al., 2023]: >10% accuracy loss, not practical",
        "A 2-bit method of 2023 loses more than 10 %.",
        Kind.OTHER_WORK,
        (LITERATURE, BENCHMARKS),
        claimed=Printed("10%"),
        note="The reference does not identify the work.",
    ),
    not_here(
        "2.1.three-bit",
        "2.1",
        "3-bit quantization [Liu et al., 2023]: 5-7% accuracy loss, requires fine-tuning",
        "A 3-bit method of 2023 loses 5 to 7 % and needs fine-tuning.",
        Kind.OTHER_WORK,
        (LITERATURE, BENCHMARKS),
        claimed="5-7%",
        note="The reference does not identify the work.",
    ),
    differ(
        "2.1.no-tuning",
        "2.1",
        "3.5-bit achieves <2% loss without fine-tuning",
        "1. **Model-specific tuning**: Requires per-model calibration (1-2 hours on GPU)",
        "The method needs no tuning to the model.",
        Kind.ALGORITHM,
        ("2.1", "8.2"),
        "without fine-tuning|Model-specific tuning",
        note="Calibration is not fine-tuning, but 8.2 calls it tuning: 1-2 hours for each model.",
        also=("8.2",),
    ),
    _cited(
        "qlora",
        "2.2",
        "QLoRA [Dettmers et al., 2023]",
        "Dettmers 2023",
        "arXiv:2305.14314",
    ),
    _cited(
        "bitnet",
        "2.2",
        "BitNet [Wang et al., 2023]",
        "Wang 2023",
        "arXiv:2310.11453",
    ),
    Claim(
        "2.2.qlora-bits",
        "2.2",
        "QLoRA [Dettmers et al., 2023]: 4-bit fine-tuning, requires training",
        "QLoRA fine-tunes a model quantized to 4 bits.",
        Kind.OTHER_WORK,
        Published(),
        {
            "claimed": Printed("4"),
            "published": Printed("4"),
            "source": "the abstract of QLoRA (arXiv:2305.14314)",
        },
        {"claimed": Printed("8")},
    ),
    Claim(
        "2.2.bitnet-bits",
        "2.2",
        "BitNet [Wang et al., 2023]: 1-bit weights, trained from scratch",
        "BitNet trains weights of 1 bit from scratch.",
        Kind.OTHER_WORK,
        Published(),
        {
            "claimed": Printed("1"),
            "published": Printed("1"),
            "source": "the abstract of BitNet (arXiv:2310.11453)",
        },
        {"claimed": Printed("8")},
    ),
    _cited(
        "groq",
        "2.3",
        "Groq LPU [Abts et al., 2022]",
        "Abts 2022",
        "ISCA 2022, A software-defined tensor streaming multiprocessor",
    ),
    _cited(
        "cerebras",
        "2.3",
        "Cerebras WSE [Lauterbach et al., 2021]",
        "Lauterbach 2021",
        "IEEE Micro 41(6), The path to successful wafer-scale integration",
    ),
    _cited(
        "tpu",
        "2.3",
        "Google TPU [Jouppi et al., 2017]: Systolic array architecture",
        "Jouppi 2017",
        "ISCA 2017, In-datacenter performance analysis of a tensor processing unit",
    ),
    Claim(
        "2.3.wafer-sram",
        "2.3",
        "Wafer-scale engine, 40 GB SRAM",
        "A wafer has 40 GB of SRAM.",
        Kind.OTHER_WORK,
        Published(),
        {
            "claimed": Printed("40"),
            "published": Printed("40"),
            "source": "Cerebras' specification of the WSE-2",
        },
        {"claimed": Printed("18")},
        also=("7.1", "7.3"),
    ),
    not_here(
        "2.3.first-asic",
        "2.3",
        "First formally verified quantization for ASICs",
        "No quantization for accelerators was verified before.",
        Kind.OTHER_WORK,
        (LITERATURE,),
    ),
    Claim(
        "2.4.deepspec",
        "2.4",
        "DeepSpec [Appel et al., 2017]: Verified deep learning framework",
        "DeepSpec is a verified deep-learning framework.",
        Kind.OTHER_WORK,
        Published("'Deep' is depth of specification; no deep learning is in it."),
        {
            "claimed": "deep learning",
            "published": "specification and verification of systems software",
            "source": "Appel et al. 2017, Position paper: the science of deep specification",
        },
        {"published": "deep learning"},
    ),
    not_here(
        "2.4.veriml",
        "2.4",
        "VeriML [Kumar et al., 2020]: Verification of ML models",
        "VeriML verifies machine-learning models.",
        Kind.OTHER_WORK,
        (LITERATURE,),
        note="The reference does not identify the work.",
    ),
    not_here(
        "2.4.gap",
        "2.4",
        "No formal verification of sub-4-bit quantization (we fill this gap)",
        "Nobody verified quantization below 4 bits.",
        Kind.OTHER_WORK,
        (LITERATURE,),
        also=("Anticipated Concerns",),
    ),
)
