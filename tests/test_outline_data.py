"""The claims as data: sound files, plain English, numbers as printed."""

from __future__ import annotations

import re
import tomllib
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outline_evidence import GOOD, NOTHING
from veriquant_outline import load, words
from veriquant_outline.checks import Agree, Cited, Holds, Published, Recompute
from veriquant_outline.evidence import reference
from veriquant_outline.model import Entry, judge_all
from veriquant_outline.printed import Printed, evaluate, exact, half_width, show

CLAIMS = load.claims()
BY_ID = {claim.id: claim for claim in CLAIMS}
FOLDER = Path(load.__file__).parent


# -- files --------------------------------------------------------------------------------------


def test_every_section_is_one_file_that_the_outline_lists() -> None:
    listed = load.outline()["sections"]
    assert sorted(listed) == sorted(path.stem for path in (FOLDER / "claims").glob("*.toml"))
    titles = [str(load.section(name)["section"]) for name in listed]
    assert len(set(titles)) == len(titles)
    for path in FOLDER.rglob("*.toml"):
        assert len(path.read_text(encoding="utf-8").splitlines()) < 500, path


def test_nothing_in_the_wheel_imports_the_ledger_and_the_ledger_draws_nothing() -> None:
    repository = FOLDER.parent.parent
    project = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))
    packages = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert len(packages) == 3
    for package in packages:
        for path in (repository / package).rglob("*.py"):
            assert "veriquant_outline" not in path.read_text(encoding="utf-8"), path
    drawn = {
        path.name
        for path in FOLDER.rglob("*.py")
        if path.parent.name != "figures"
        and "veriquant_outline.figures" in path.read_text(encoding="utf-8")
    }
    assert drawn == {"plugin.py"}  # where both commands join the command line


def test_every_entry_of_the_shared_tables_is_used() -> None:
    """One place for each fact, and none for facts that nothing needs."""
    texts = [path.read_text(encoding="utf-8") for path in (FOLDER / "claims").glob("*.toml")]
    named = {
        "needs": "resources.toml", "reference": "references.toml", "references": "references.toml",
    }  # fmt: skip
    used: dict[str, set[str]] = {"resources.toml": {"outline-source"}, "references.toml": set()}
    for text in texts:
        data = tomllib.loads(text)
        for claim in (*data.get("claim", []), *data.get("cell", [])):
            for key, file in named.items():
                value = claim.get(key, [])
                used[file] |= {value} if isinstance(value, str) else set(value)
    for file, names in used.items():
        assert set(tomllib.loads((FOLDER / file).read_text(encoding="utf-8"))) == names
    short = {name for claim in CLAIMS for name in (*claim.inputs, *claim.otherwise)}
    assert short == set(words.names())


def test_published_facts_have_a_record() -> None:
    facts = [c for c in CLAIMS if isinstance(c.check, Published | Cited)]
    assert len(facts) > 20
    for claim in facts:
        (link,) = [x for x in claim.judge(NOTHING).links if x.kind == "published"]
        assert re.search(r"\(\d{4}\), .+, .+", link.label), claim.id
    roofline = BY_ID["7.3.memory-roofline"].judge(NOTHING)
    assert [link.label for link in roofline.links] == [reference("groq-card").text]


GOOD_CLAIM = {
    "id": "x", "quote": "two", "claim": "One is two.", "kind": "arithmetic", "check": "recompute",
    "formula": "base", "claimed": "2", "exact": {"base": 1},
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"formulas": "base"}, r"unknown keys \['formulas'\] for the check 'recompute'"),
        ({"holds": "1 < 2"}, "unknown keys"),
        ({"check": "guess", "formula": None}, "no check 'guess'; there are "),
        ({"kind": "opinion"}, "opinion"),
        ({"quote": None}, "quote"),
        ({"check": "needs", "formula": None, "needs": ["a unicorn"]}, "unicorn"),
        ({"check": "holds", "formula": None, "holds": "1 = 1"}, "unpack"),
        ({"printed": {"other": "1.2.3"}}, "not a printed number"),
    ],
)
def test_a_claim_that_is_not_sound_is_refused(changes: dict[str, Any], message: str) -> None:
    assert load.claim("1", GOOD_CLAIM).id == "x"
    table = {k: v for k, v in {**GOOD_CLAIM, **changes}.items() if v is not None}
    with pytest.raises((KeyError, ValueError), match=message):
        load.claim("1", table)


def test_a_broken_file_is_named_with_its_claim(monkeypatch: pytest.MonkeyPatch) -> None:
    data = {"section": "1", "claim": [{**GOOD_CLAIM, "kind": "opinion"}]}
    monkeypatch.setattr(load, "section", lambda name: data)
    with pytest.raises(load.OutlineError, match=r"title\.toml, claim x: 'opinion'"):
        load.claims.__wrapped__()


def test_a_table_is_one_claim_for_each_cell_and_its_rows_are_quotes() -> None:
    entry = BY_ID["table-1.gptq.hellaswag"].judge(NOTHING)
    assert entry.claim == "INT4 (GPTQ) scores 81.4 on HellaSwag."
    assert entry.quote == "| INT4 (GPTQ) | 35 GB | 67.8 | 81.4 | 43.8 | 82.9 | 69.0 |"
    average = BY_ID["table-1.ours.average"]
    assert average.inputs["claimed"] == Printed("68.9")
    assert sum(v for k, v in average.inputs.items() if k != "claimed") == Fraction("275.6")


def test_decimals_in_the_data_are_exact() -> None:
    assert BY_ID["4.3.layer-error"].inputs["claimed"] == Printed("0.01")
    assert BY_ID["4.3.power"].inputs["base"] == Fraction(6, 5)


# -- plain English ------------------------------------------------------------------------------

#: What a reader should not meet: operators, names and calls of a program, environment variables.
PROGRAM = re.compile(
    r"<=|>=|\*\*|->|:=|\\|\b[a-z]+_[a-z_]+\b|\b[a-z_]+\(|\bTrue\b|\bFalse\b|\bNone\b"
    r"|VERIQUANT_|\b(?:eps|lambda|sqrt|rne|ceil)\b|Fraction| \* "
)
#: The outline's own words, and code that a claim is about, stand in quotation marks.
QUOTED = re.compile(r"“[^”]*”|`[^`]*`")


def read_by_a_reviewer(entry: Entry) -> dict[str, str]:
    taken = {f"taken: {name}": f"{name}: {value}" for name, value in entry.inputs.items()}
    own = {"claim": entry.claim, "evidence": entry.evidence}
    if not entry.against:  # there, both columns hold the outline's words
        own |= {"claimed": entry.claimed or "", "ours": entry.ours or ""}
    return own | {k: v for k, v in taken.items() if "condition" not in k and "proof" not in k}


@pytest.mark.parametrize("evidence", [NOTHING, GOOD], ids=["without evidence", "with evidence"])
def test_every_field_that_a_reviewer_reads_is_plain_english(evidence: Any) -> None:
    for entry in judge_all(CLAIMS, evidence).entries:
        assert entry.claim[0].isupper() or entry.claim[0].isdigit(), entry.claim
        assert entry.claim.endswith(".") and entry.evidence.endswith("."), entry.id
        for field, text in read_by_a_reviewer(entry).items():
            found = PROGRAM.search(QUOTED.sub("", text))
            assert found is None, f"{entry.id}, {field}: {found} in {text!r}"


def test_formulas_are_spelled_out() -> None:
    said = words.formula("100 * (1 - bits / int4_bits) ** 2 + ceil(-K / 3)")
    assert said == (
        "100 × (1 − bits per weight ÷ bits of an INT4 code)^2 + rounded up "
        "(−number of products in a sum ÷ 3)"
    )
    with pytest.raises(KeyError):
        words.formula("unheard_of + 1")


def test_numbers_in_notes_are_computed() -> None:
    claim = BY_ID["7.3.chips"]
    assert "134 chips of 230 MB" in claim.judge(NOTHING).evidence
    smaller = {**claim.inputs, "memory": Printed("3.06")}
    assert "14 chips of 230 MB" in claim.judge(NOTHING, smaller).evidence


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
