"""The claims ledger: verdicts follow inputs and evidence, and nothing else."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections import Counter
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from veriquant_proofs.claims import Evidence, Ledger, Verdict, ledger
from veriquant_proofs.claims.checks import Agree, Differ, Holds, NotHere, Proved, Recompute, Run
from veriquant_proofs.claims.cli import register
from veriquant_proofs.claims.evidence import OUTLINE_SOURCE
from veriquant_proofs.claims.experiments import orthogonal_errors
from veriquant_proofs.claims.model import Claim, Finding, Kind, judge_all
from veriquant_proofs.claims.outline import OUTLINE_SHA256
from veriquant_proofs.claims.outline.index import CLAIMS
from veriquant_proofs.claims.output import write_text
from veriquant_proofs.claims.printed import Printed, evaluate, exact, half_width, show
from veriquant_proofs.claims.render import markdown
from veriquant_proofs.claims.search import find_channel
from veriquant_proofs.vcgen.source import product_functions
from veriquant_spec.paper import paper_errors_in_steps
from veriquant_spec.requirements import requirements

NOTHING = Evidence()
BY_ID = {claim.id: claim for claim in CLAIMS}
JUDGED = judge_all(CLAIMS, NOTHING)
VERDICTS = {entry.id: entry.verdict for entry in JUDGED.entries}
COMPUTED = {Verdict.RECOMPUTED, Verdict.REFUTED, Verdict.INCONSISTENT}


def good_report(**changes: Any) -> dict[str, Any]:
    """A report in which one VC of every requirement is proved."""
    kinds = ("precondition", "postcondition", "loop invariant preservation", "overflow check")
    kernels = [{"name": f.kernel, "source": f.text} for f in product_functions()]
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


# -- the ledger as a whole ----------------------------------------------------------------------


def test_well_over_a_hundred_claims_of_every_kind_and_part() -> None:
    assert len(CLAIMS) > 200
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
        check = claim.check
        used = getattr(check, "requirements", ()) or getattr(check, "replacement", ())
        assert set(used) <= known, claim.id


def test_quotes_stand_in_the_outline() -> None:
    """Needs the outline's text, which is not part of this repository."""
    path = os.environ.get("VERIQUANT_OUTLINE")
    if not path:
        pytest.skip("VERIQUANT_OUTLINE does not name the outline's text")
    text = Path(path).read_text(encoding="utf-8")
    assert hashlib.sha256(text.encode()).hexdigest() == OUTLINE_SHA256
    missing = [
        (claim.id, quote)
        for claim in CLAIMS
        for quote in (claim.quote, claim.against)
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
    order = ["Supplement", "Figure", "Writing", "Co-Author", "Anticipated", "Target", "Next"]
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
    same = {"here": "an FFN with ReLU", "there": "attention, then ReLU"}
    assert swiglu.judge(NOTHING, same).verdict is Verdict.RECOMPUTED


def test_citations_are_read_out_of_the_quotes() -> None:
    assert BY_ID["2.1.gptq"].inputs["claimed"] == "Frantar 2022"
    assert BY_ID["2.1.gptq"].quote == "GPTQ [Frantar et al., 2022]"


def test_the_margin_is_146_of_the_outlines_worst_case_and_67_of_the_true_one() -> None:
    assert BY_ID["4.2.margin"].judge(NOTHING).ours == "146.438 times"
    true = BY_ID["4.2.margin-true"].judge(NOTHING)
    assert (true.verdict, true.ours) == (Verdict.REFUTED, "67.2667 times")


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
    if not isinstance(claim.check, NotHere):
        return  # counts over a checkout, tested below
    here = {r.variable: str(tmp_path) for r in claim.check.resources}
    assert claim.judge(Evidence(environment=here)).verdict is Verdict.OPEN
    gone = {r.variable: str(tmp_path / "absent") for r in claim.check.resources}
    assert claim.judge(Evidence(environment=gone)).verdict is Verdict.NOT_REPRODUCIBLE


PROVED = [c.id for c in CLAIMS if isinstance(c.check, Proved)]
CORRECTED = [
    c.id
    for c in CLAIMS
    if getattr(c.check, "replacement", ()) and VERDICTS[c.id] is Verdict.REFUTED
]


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
    check: Any = claim.check
    bad = claim.judge(Evidence(report=good_report(**{check.replacement[0]: "unknown"})))
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
    env = Evidence(environment={OUTLINE_SOURCE.variable: str(tmp_path)})
    theorems = BY_ID["4.1.lean-theorems"]
    entry = theorems.judge(env)
    assert (entry.verdict, entry.ours) == (Verdict.REFUTED, "2")
    right = theorems.judge(env, {**theorems.inputs, "claimed": Printed("2")})
    assert right.verdict is Verdict.RECOMPUTED
    assert BY_ID["5.1.sorries"].judge(env).ours == "1"


def test_a_check_that_raises_is_open_and_marked() -> None:
    def broken(inputs: Any, evidence: Evidence) -> Finding:
        raise OSError("disk gone")

    claim = Claim("x", "1", "q", "c.", Kind.ALGORITHM, Run(broken))
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


# -- printed numbers ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value", "half"),
    [
        ("30.6", Fraction("30.6"), Fraction("0.05")),
        ("-12.5%", Fraction("-12.5"), Fraction("0.05")),
        ("+35%", Fraction(35), Fraction(1, 2)),
        ("7,282,688", Fraction(7282688), Fraction(1, 2)),
        ("8.5M", Fraction(8_500_000), Fraction(50_000)),
        ("$125B", Fraction(125 * 10**9), Fraction(5 * 10**8)),
        ("200+", Fraction(200), Fraction(1, 2)),
    ],
)
def test_printed_numbers(text: str, value: Fraction, half: Fraction) -> None:
    assert exact(Printed(text)) == value
    assert half_width(Printed(text)) == half


@pytest.mark.parametrize("text", ["", "abc", "1.2.3", "2-3x", "--1"])
def test_other_texts_are_no_numbers(text: str) -> None:
    with pytest.raises(ValueError, match="not a printed number"):
        Printed(text)


def test_an_unprinted_input_is_exact_and_a_missing_one_an_error() -> None:
    assert evaluate("a * 2", {"a": 3}).slack == 0
    with pytest.raises(KeyError, match="no input named"):
        evaluate("a * b", {"a": 3})
    with pytest.raises(TypeError, match="not a number"):
        evaluate("a", {"a": "three"})


FORMULAS = [
    (claim.id, formula)
    for claim in CLAIMS
    for check in [claim.check]
    for formula in (
        (check.formula,)
        if isinstance(check, Recompute)
        else (check.left, check.right)
        if isinstance(check, Holds)
        else (check.here, check.there)
        if isinstance(check, Agree)
        else ()
    )
    if any(isinstance(v, Printed) for v in claim.inputs.values())
]


@pytest.mark.parametrize(("name", "formula"), FORMULAS)
@given(data=st.data())
def test_the_corners_bound_a_formula_over_its_printed_inputs(
    name: str, formula: str, data: st.DataObject
) -> None:
    inputs = {k: v for k, v in BY_ID[name].inputs.items() if k != "claimed"}
    bounds = evaluate(formula, inputs)
    sample = {
        k: v.value + v.half * data.draw(st.fractions(-1, 1, max_denominator=64))
        if isinstance(v, Printed)
        else v
        for k, v in inputs.items()
    }
    value = float(evaluate(formula, sample).nominal)
    slack = 1e-9 * (1 + abs(value))
    assert bounds.low - slack <= value <= bounds.high + slack


def test_numbers_are_shown_in_few_digits() -> None:
    shown = [show(v) for v in (0, 1.5, 12345.678, 1e-9, 1e30, Fraction(1, 3), 10**9, 2.0)]
    assert shown == [
        "0", "1.5", "12,345.7", "1.00000e-09", "1.00000e+30", "0.333333", "1,000,000,000", "2",
    ]  # fmt: skip


# -- command line and files ---------------------------------------------------------------------


def run(*arguments: str) -> Any:
    app = typer.Typer()
    register(app)
    return CliRunner().invoke(app, list(arguments))


def test_claims_command_writes_markdown_and_filters(tmp_path: Path) -> None:
    build = tmp_path / "build"
    result = run("claims", "--build", str(build), "--verdict", "refuted", "--section", "4")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    ids = {entry.id for entry in ledger(build).select("refuted", "4").entries}
    assert len(ids) > 5
    assert {line.split()[1] for line in lines if line.startswith("refuted ")} == ids
    text = (build / "claims.md").read_text(encoding="utf-8")
    assert text == markdown(ledger(build))
    assert all(f"`{claim.id}`" in text for claim in CLAIMS)
    assert f"| recomputed | {JUDGED.counts[Verdict.RECOMPUTED]} |" in text
    assert [p.name for p in build.iterdir()] == ["claims.md"]


def test_json_holds_the_counts_and_every_entry(tmp_path: Path) -> None:
    result = run("claims", "--json", "--build", str(tmp_path))
    data = json.loads(result.stdout)
    assert sum(data["counts"].values()) == len(data["entries"]) == len(CLAIMS)
    entry = next(e for e in data["entries"] if e["id"] == "1.1.saving-fp16")
    assert entry["verdict"] == "refuted" and entry["ours"] == "78.125 %"


def test_one_claim_in_full(tmp_path: Path) -> None:
    result = run("claims", "--id", "4.1.theorem-1-own", "--build", str(tmp_path))
    assert result.exit_code == 0
    assert "Z3 found the channel" in result.stdout and "VQ-GRID-004" in result.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--verdict", "true"), "no verdict 'true'"),
        (("--section", "12"), "no section '12'"),
        (("--id", "nothing"), "no claim 'nothing'"),
    ],
)
def test_bad_arguments_exit_2_and_write_nothing(
    tmp_path: Path, arguments: tuple[str, str], message: str
) -> None:
    result = run("claims", "--build", str(tmp_path), *arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_broken_evidence_file_exits_2_and_names_it(tmp_path: Path) -> None:
    (tmp_path / "verify").mkdir()
    (tmp_path / "verify" / "report.json").write_text("{")
    result = run("claims", "--build", str(tmp_path))
    assert result.exit_code == 2
    assert "report.json" in result.stderr and not (tmp_path / "claims.md").exists()


def test_a_failed_proof_exits_1(tmp_path: Path) -> None:
    (tmp_path / "verify").mkdir()
    report = json.dumps(good_report(**{"VQ-PACK-001": "refuted"}))
    (tmp_path / "verify" / "report.json").write_text(report)
    result = run("claims", "--build", str(tmp_path))
    assert result.exit_code == 1
    assert "3.2.encode" in result.stderr


def test_an_unwritable_folder_exits_2(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = run("claims", "--build", str(tmp_path / "file"))
    assert result.exit_code == 2


def test_a_file_appears_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_text(tmp_path / "claims.md", "text")
    assert list(tmp_path.iterdir()) == []


def test_a_report_of_other_sources_or_of_some_kernels_proves_nothing(tmp_path: Path) -> None:
    (tmp_path / "verify").mkdir()
    path = tmp_path / "verify" / "report.json"
    path.write_text(json.dumps(good_report()))
    assert ledger(tmp_path).counts[Verdict.PROVED] == len(PROVED)
    stale = good_report()
    stale["kernels"][0]["source"] += "    # edited"
    path.write_text(json.dumps(stale))
    judged = ledger(tmp_path)
    assert judged.counts[Verdict.PROVED] == judged.counts[Verdict.CORRECTED] == 0
    entry = next(e for e in judged.entries if e.id == "3.2.encode")
    assert "of other sources" in entry.evidence and entry.verdict is Verdict.OPEN
    path.write_text(json.dumps({**good_report(), "partial": True}))
    assert ledger(tmp_path).counts[Verdict.PROVED] == 0


def test_a_report_in_memory_takes_the_place_of_the_file(tmp_path: Path) -> None:
    assert ledger(tmp_path).counts[Verdict.PROVED] == 0
    judged = ledger(tmp_path, report=good_report())
    assert isinstance(judged, Ledger)
    assert judged.counts[Verdict.PROVED] == len(PROVED)
