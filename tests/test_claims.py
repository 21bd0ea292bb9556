"""The claims ledger: verdicts follow inputs and evidence, and nothing else."""

from __future__ import annotations

import hashlib
import os
import re
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from outline_evidence import GOOD, NOTHING, good_report, quality_file
from veriquant_outline.checks import Differ, Needs, Proved, Recompute
from veriquant_outline.evidence import Evidence, resource
from veriquant_outline.load import claims, outline
from veriquant_outline.model import Claim, Finding, Kind, Verdict, judge_all
from veriquant_outline.printed import Printed, evaluate, exact
from veriquant_outline.runs.growth import orthogonal_errors
from veriquant_outline.search import find_channel
from veriquant_spec.paper import paper_errors_in_steps
from veriquant_spec.requirements import requirements

CLAIMS = claims()
BY_ID = {claim.id: claim for claim in CLAIMS}
JUDGED = judge_all(CLAIMS, NOTHING)
VERDICTS = {entry.id: entry.verdict for entry in JUDGED.entries}
COMPUTED = {Verdict.RECOMPUTED, Verdict.REFUTED, Verdict.INCONSISTENT}


# -- the ledger as a whole ----------------------------------------------------------------------


def test_well_over_a_hundred_claims_of_every_kind_and_part() -> None:
    assert len(CLAIMS) > 290
    assert {entry.kind for entry in JUDGED.entries} == set(Kind)
    heads = {re.split(r"[. ]", section)[0] for section in JUDGED.sections}
    assert {"Abstract", *"123456789"} <= heads
    tables = Counter(s for s in (e.section for e in JUDGED.entries) if "Table" in s)
    assert tables["7.2 Table 1"] >= 30  # five rows of six numbers
    assert tables["7.3 Table 2"] >= 12  # two rows of four numbers and four changes
    assert tables["7.3 Table 3"] >= 6
    assert tables["7.4 Table 4"] >= 12


def test_every_check_runs_with_and_without_evidence() -> None:
    assert JUDGED.failed == ()
    with_evidence = judge_all(CLAIMS, GOOD)
    assert with_evidence.failed == ()
    assert all(with_evidence.counts[v] > 0 for v in Verdict if v is not Verdict.OPEN)
    assert with_evidence.counts[Verdict.OPEN] == 0


def test_without_evidence_nothing_is_proved_corrected_or_measured() -> None:
    for verdict in (Verdict.PROVED, Verdict.CORRECTED):
        assert JUDGED.counts[verdict] == 0
    measured = [entry.id for entry in JUDGED.entries if entry.verdict is Verdict.MEASURED]
    assert measured == ["figure-4.linear"]  # on a network of its own
    for entry in JUDGED.entries:
        if entry.verdict is Verdict.OPEN:
            assert "run make" in entry.evidence


def test_two_runs_give_the_same_ledger() -> None:
    assert judge_all(CLAIMS, NOTHING) == JUDGED


def test_entries_cite_both_places_and_list_what_is_missing() -> None:
    for entry in JUDGED.entries:
        assert entry.quote and entry.claim.endswith(".") and entry.evidence
        if entry.verdict is Verdict.INCONSISTENT:
            assert entry.against, f"{entry.id} cites one place only"
        if entry.verdict is Verdict.NOT_REPRODUCIBLE:
            assert entry.needs, f"{entry.id} does not say what it needs"
        if entry.verdict in {Verdict.RECOMPUTED, Verdict.REFUTED}:
            assert entry.ours is not None, f"{entry.id} shows no value of ours"


def test_links_name_what_the_report_has() -> None:
    """A requirement, a VC or a theorem: the report's page makes links of the first two."""
    assert GOOD.report is not None and GOOD.lean is not None
    known = {
        "requirement": set(requirements()),
        "vc": {vc["id"] for vc in GOOD.report["vcs"]},
        "lean": {theorem["name"] for theorem in GOOD.lean["theorems"]},
    }
    for entry in judge_all(CLAIMS, GOOD).entries:
        for link in entry.links:
            assert link.target in known.get(link.kind, {link.target}), f"{entry.id}: {link}"


def test_ids_are_unique_and_requirements_exist() -> None:
    with pytest.raises(ValueError, match="same id"):
        judge_all([CLAIMS[0], CLAIMS[0]], NOTHING)
    known = set(requirements())
    for claim in CLAIMS:
        used = {*getattr(claim.check, "requirements", ()), *claim.replaced_by}
        assert used <= known, claim.id


def test_quotes_stand_in_the_outline() -> None:
    """Needs the outline's text, which is not part of this repository."""
    path = os.environ.get("VERIQUANT_OUTLINE")
    if not path:
        pytest.skip("VERIQUANT_OUTLINE does not name the outline's text")
    text = Path(path).read_text(encoding="utf-8")
    assert hashlib.sha256(text.encode()).hexdigest() == outline()["sha256"]
    missing = [
        (claim.id, quote)
        for claim in CLAIMS
        for quote in (claim.quote, claim.against, str(claim.inputs.get("passage", "")).strip())
        if quote not in text
    ]
    assert missing == []


def test_sections_come_in_the_order_of_the_outline() -> None:
    sections = JUDGED.sections
    assert sections[:2] == ("Title", "Abstract")
    numbered = [section for section in sections if section[0].isdigit()]
    assert numbered == sorted(numbered)
    assert list(sections[2 : 2 + len(numbered)]) == numbered
    last = [section.split()[0] for section in sections[2 + len(numbered) :]]
    order = [
        "Supplement",
        "Figure",
        "Writing",
        "Co-Author",
        "Potential",
        "Anticipated",
        "Target",
        "Next",
    ]
    assert list(dict.fromkeys(last)) == order


def test_contradictions_in_words_are_found_in_the_quotes_and_nowhere_else() -> None:
    found = [claim for claim in CLAIMS if isinstance(claim.check, Differ)]
    assert len(found) > 15
    for claim in found:
        assert claim.inputs == {"here": claim.quote, "there": claim.against}
        entry = claim.judge(NOTHING)
        assert entry.verdict is Verdict.INCONSISTENT, claim.id
        assert all(word in claim.quote for word in str(entry.claimed).split(", ")), claim.id
    swiglu = BY_ID["4.3.relu-or-swiglu"]
    entry = swiglu.judge(NOTHING)
    assert (entry.claimed, entry.ours) == ("ReLU", "SwiGLU")
    assert entry.headings == ("one place", "the other")  # both are the outline's words
    same = {"here": "an FFN with ReLU", "there": "attention, then ReLU"}
    assert swiglu.judge(NOTHING, same).verdict is Verdict.RECOMPUTED


def test_citations_are_read_out_of_the_quotes() -> None:
    claim = BY_ID["2.1.gptq"]
    assert claim.quote == "GPTQ [Frantar et al., 2022]" == claim.inputs["here"]
    assert claim.judge(NOTHING).claimed == "Frantar 2022"
    wrong = claim.judge(NOTHING, {"here": "GPTQ [Frantar et al., 2021]"})
    assert (wrong.verdict, wrong.ours) == (Verdict.REFUTED, "Frantar 2022")
    assert claim.judge(NOTHING, {"here": "GPTQ"}).failed


def test_the_margin_is_146_of_the_outlines_worst_case_and_92_of_the_true_one() -> None:
    """Half of the codes are narrow: 4096 * 128 * (15 + 7) = 11,534,336."""
    assert BY_ID["4.2.margin"].judge(NOTHING).ours == "146.438 times"
    true = BY_ID["4.2.margin-true"].judge(NOTHING)
    assert (true.verdict, true.ours) == (Verdict.REFUTED, "92.0909 times")
    assert BY_ID["4.2.worst-case"].judge(NOTHING).ours == f"{4096 * 128 * 22:,}"


# -- what the checks find -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "reached", "limit"),
    [
        ("4.2.theorem-2", 128 * 2048 * (1500 + 1504 + 1507 + 1515), 2**30),
        ("abstract.overflow", 15_736_504_320, 2**31),
        ("5.1.theorem-2", 15_736_504_320, 2**31),
    ],
)
def test_theorem_2_fails_for_the_outlines_own_quantizer(
    name: str, reached: int, limit: int
) -> None:
    """Its zero point leaves the range of the codes, its narrow codes are clipped at 7."""
    entry = BY_ID[name].judge(NOTHING)
    assert entry.verdict is Verdict.REFUTED
    total = int(str(entry.ours).replace(",", ""))
    assert total > limit and abs(total - reached) < 0.01 * reached
    assert BY_ID[name].judge(GOOD).verdict is Verdict.CORRECTED
    assert BY_ID["4.2.theorem-2-stated"].judge(GOOD).verdict is Verdict.PROVED


def test_a_proof_of_a_kernel_that_does_not_run_is_no_proof_of_the_product() -> None:
    claim = BY_ID["1.2.block"]
    assert isinstance(claim.check, Proved)
    assert claim.judge(GOOD).verdict is Verdict.PROVED
    other = replace(claim, check=replace(claim.check, runs="veriquant.fast.pack.gather_block"))
    entry = other.judge(GOOD)
    assert entry.verdict is Verdict.OPEN and entry.failed
    product = BY_ID["3.4.matmul"].judge(NOTHING)  # tested against its kernel, not proved
    assert product.verdict is Verdict.RECOMPUTED and str(product.ours).startswith("0 of ")


def test_wafers_are_told_once_and_tell_nothing_apart() -> None:
    told = [c.id for c in CLAIMS if "177" in c.claim and "203" in c.claim]
    assert told == ["table-3.fits"]
    entry = BY_ID["table-3.fits"].judge(NOTHING)
    assert entry.verdict is Verdict.REFUTED
    assert "It takes 5 wafers to hold the first and 6 to hold the second." in entry.evidence


def test_what_needs_a_reader_or_an_unpublished_chip_is_not_decided_here() -> None:
    for name in (
        "abstract.elusive", "1.1.unexplored", "2.1.no-tuning", "2.4.deepspec",
        "7.1.cerebras-sram", "7.1.cerebras-cores", "reviewers.affiliations",
        "concerns.representative",
    ):  # fmt: skip
        assert VERDICTS[name] is Verdict.NOT_REPRODUCIBLE, name


def test_float_counterexamples_are_one_claim() -> None:
    (claim,) = [c for c in CLAIMS if c.id.startswith("5.1.float")]
    entry = claim.judge(NOTHING)
    assert entry.ours == "fails for 5 of 5 pairs"
    one_good = {"x": ("1.0", "1.1"), "scale": ("0.5", "0.2")}
    assert claim.judge(NOTHING, one_good).ours == "fails for 1 of 2 pairs"


def test_space_is_measured_on_what_is_packed() -> None:
    claim = BY_ID["3.5.space"]
    assert claim.judge(NOTHING).verdict is Verdict.RECOMPUTED
    order = claim.judge(NOTHING, {**claim.inputs, "stored": "full order"})
    assert order.verdict is Verdict.REFUTED  # an index for each weight grows with the logarithm


def test_equal_rows_of_the_ablation_are_found_and_other_rows_are_not() -> None:
    claim = BY_ID["7.4.per-tensor-cost"]
    assert claim.judge(NOTHING).ours == "3 of 3 cells equal"
    assert claim.inputs["first_row"] == claim.against and claim.inputs["second_row"] == claim.quote
    other = {**claim.inputs, "second_row": BY_ID["table-4.per-tensor.mmlu"].quote}
    assert claim.judge(NOTHING, other).verdict is Verdict.RECOMPUTED


def test_words_and_pages_are_counted() -> None:
    assert BY_ID["abstract.words"].judge(NOTHING).ours == "218 words"
    for name in ("supplement-a.pages", "supplement-b.pages"):
        assert VERDICTS[name] is Verdict.REFUTED
    assert BY_ID["supplement-b.pages"].judge(NOTHING).claimed == "at most 295 lines"


def test_outliers_are_kept_and_cost_the_other_weights() -> None:
    claim = BY_ID["3.3.outliers"]
    entry = claim.judge(NOTHING)
    assert entry.verdict is Verdict.RECOMPUTED
    growth = re.search(r"grow ([\d.]+) times", str(entry.ours))
    assert growth is not None and float(growth.group(1)) > 1


# -- no verdict is a constant -------------------------------------------------------------------


def changed(claim: Claim) -> dict[str, Any]:
    """Inputs of a claim under which its verdict must be another one."""
    if claim.otherwise:
        return {**claim.inputs, **claim.otherwise}
    check = claim.check
    assert isinstance(check, Recompute), f"{claim.id} says no inputs that would change it"
    if VERDICTS[claim.id] is Verdict.RECOMPUTED:
        return {
            **claim.inputs,
            "claimed": Printed(
                f"{2 * abs(exact(claim.inputs['claimed'])) + 3}"
                if exact(claim.inputs["claimed"]).denominator == 1
                else "987654321"
            ),
        }
    inputs = {k: v for k, v in claim.inputs.items() if k != "claimed"}
    right = evaluate(check.formula, inputs).nominal
    return {**claim.inputs, "claimed": Printed(f"{float(right):.12f}")}


@pytest.mark.parametrize("name", [i for i, v in VERDICTS.items() if v in COMPUTED])
def test_changing_an_input_changes_the_verdict(name: str) -> None:
    claim = BY_ID[name]
    entry = claim.judge(NOTHING, changed(claim))
    assert not entry.failed, entry.evidence
    assert entry.verdict is not VERDICTS[name], entry.evidence
    assert entry.verdict in COMPUTED


@pytest.mark.parametrize("name", [i for i, v in VERDICTS.items() if v is Verdict.NOT_REPRODUCIBLE])
def test_a_configured_resource_opens_the_claim(name: str, tmp_path: Path) -> None:
    claim = BY_ID[name]
    if not isinstance(claim.check, Needs):
        return  # counts over a checkout, tested below
    here = {r.variable: str(tmp_path) for r in claim.check.resources}
    assert claim.judge(Evidence(environment=here)).verdict is Verdict.OPEN
    gone = {r.variable: str(tmp_path / "absent") for r in claim.check.resources}
    assert claim.judge(Evidence(environment=gone)).verdict is Verdict.NOT_REPRODUCIBLE


PROVED = [c.id for c in CLAIMS if isinstance(c.check, Proved)]
CORRECTED = [c.id for c in CLAIMS if c.replaced_by and VERDICTS[c.id] is Verdict.REFUTED]


@pytest.mark.parametrize("name", PROVED)
def test_a_proved_claim_falls_with_any_of_its_obligations(name: str) -> None:
    claim = BY_ID[name]
    assert isinstance(claim.check, Proved)
    good = claim.judge(GOOD)
    assert good.verdict is Verdict.PROVED
    assert any(link.kind == "vc" for link in good.links)
    for requirement in claim.check.requirements:
        for verdict in ("unknown", "refuted", "proved"):  # the last by one solver only
            entry = claim.judge(Evidence(report=good_report(**{requirement: verdict})))
            assert entry.verdict is Verdict.OPEN and entry.failed
        lean = {"theorems": [{"name": "T", "requirements": [requirement], "axioms": ["sorryAx"]}]}
        entry = claim.judge(Evidence(report=good_report(), lean=lean))
        assert entry.verdict is Verdict.OPEN and entry.failed


@pytest.mark.parametrize("name", CORRECTED)
def test_a_correction_needs_the_proof_of_its_replacement(name: str) -> None:
    claim = BY_ID[name]
    assert claim.judge(GOOD).verdict is Verdict.CORRECTED
    assert claim.judge(NOTHING).verdict is Verdict.REFUTED
    bad = claim.judge(Evidence(report=good_report(**{claim.replaced_by[0]: "unknown"})))
    assert bad.verdict is Verdict.REFUTED and bad.failed
    assert claim.judge(GOOD, changed(claim)).verdict is Verdict.RECOMPUTED


def test_lean_alone_can_prove_and_an_empty_report_cannot() -> None:
    claim = BY_ID["4.3.theorem-3"]
    lean = {"theorems": [{"name": "T3", "requirements": ["VQ-ERR-001"], "axioms": []}]}
    assert claim.judge(Evidence(lean=lean)).verdict is Verdict.PROVED
    assert claim.judge(Evidence(report={"vcs": []}, lean={})).verdict is Verdict.OPEN


def test_a_vacuous_contract_proves_nothing() -> None:
    claim = BY_ID["3.2.encode"]
    witness = {"id": "w", "kernel": "module.kernel", "verdict": "satisfiable"}
    report = {**good_report(), "witnesses": [witness]}
    entry = claim.judge(Evidence(report=report))
    assert entry.verdict is Verdict.PROVED and "not checked yet" in entry.evidence
    witness["verdict"] = "vacuous"
    entry = claim.judge(Evidence(report=report))
    assert entry.verdict is Verdict.OPEN and entry.failed


def test_measurements_follow_their_data() -> None:
    claim = BY_ID["abstract.loss-measured"]
    entry = claim.judge(GOOD)
    assert entry.verdict is Verdict.MEASURED
    assert entry.ours is not None and entry.ours.startswith("+20 %")
    other = claim.judge(Evidence(quality=quality_file(gptq_g64=30.0)))
    assert other.ours is not None and other.ours.startswith("+50 %")
    pareto = BY_ID["figure-2.pareto"]
    assert pareto.judge(GOOD).ours == "on the frontier"
    worse = quality_file(int3_RTN_g64=21.0)
    assert pareto.judge(Evidence(quality=worse)).ours == "not on the frontier"
    groups = BY_ID["3.3.per-channel-effect"].judge(GOOD)
    assert groups.ours == "perplexity 24 against 60"


def test_errors_of_the_synthetic_network_grow_and_depend_on_the_grid() -> None:
    claim = BY_ID["figure-4.linear"]
    assert claim.judge(NOTHING).verdict is Verdict.MEASURED
    errors = orthogonal_errors(8, 16, 1)
    assert len(errors) == 8 and 0 < errors[0] < errors[-1] < 1
    assert orthogonal_errors(8, 16, 1) == errors != orthogonal_errors(8, 16, 2)
    layers = [{"layer": i, "measured": 0.1 * i} for i in (1, 2, 3, 4)]
    real = Evidence(quality={"smollm2": {"layers": layers, "rows": []}})
    assert claim.judge(real).ours == "times 2 from half to all layers"


def test_counts_over_a_checkout_of_the_outlines_code(tmp_path: Path) -> None:
    (tmp_path / "proof.lean").write_text("theorem a : True := sorry\n  lemma b : True := c\n-- x\n")
    env = Evidence(environment={resource("outline-source").variable: str(tmp_path)})
    theorems = BY_ID["4.1.lean-theorems"]
    entry = theorems.judge(env)
    assert (entry.verdict, entry.ours) == (Verdict.REFUTED, "2")
    right = theorems.judge(env, {**theorems.inputs, "claimed": Printed("2")})
    assert right.verdict is Verdict.RECOMPUTED
    assert BY_ID["5.1.sorries"].judge(env).ours == "1"


def test_a_check_that_raises_is_open_and_marked() -> None:
    def broken(inputs: Any, evidence: Evidence) -> Finding:
        raise OSError("disk gone")

    claim = Claim(id="x", section="1", quote="q", claim="c.", kind=Kind.ALGORITHM, check=broken)
    entry = claim.judge(NOTHING)
    assert entry.verdict is Verdict.OPEN and entry.failed and "disk gone" in entry.evidence


# -- the counterexample search ------------------------------------------------------------------


def test_z3_and_enumeration_agree_on_the_worst_error() -> None:
    worst = max(
        max(paper_errors_in_steps([Fraction(a), Fraction(b)]))
        for a, b in product(range(-20, 21), repeat=2)
        if a != b
    )
    assert worst == Fraction(17, 2)
    assert find_channel(2, worst) is None
    found = find_channel(2, worst - Fraction(1, 100))
    assert found is not None
    assert max(paper_errors_in_steps([Fraction(w) for w in found])) == worst


@pytest.mark.parametrize("weights", [2, 3, 4])
def test_what_z3_finds_breaks_theorem_1_when_run(weights: int) -> None:
    found = find_channel(weights, Fraction(1, 2))
    assert found is not None and len(found) == weights
    assert max(paper_errors_in_steps([Fraction(w) for w in found])) > Fraction(1, 2)


def test_without_the_narrow_clip_theorem_1_holds() -> None:
    assert find_channel(2, Fraction(1, 2), narrow_max=15) is None
