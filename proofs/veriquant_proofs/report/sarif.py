"""`report.sarif`: SARIF 2.1.0 for code scanning. Each unproved obligation is a result."""

from __future__ import annotations

from typing import Any

SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"

VACUITY = "VQ-VACUITY"


def sarif(data: dict[str, Any]) -> dict[str, Any]:
    """The SARIF log of a report."""
    kinds = sorted({vc["kind"] for vc in data["vcs"]})
    rules = [
        {"id": _rule(kind), "name": kind, "shortDescription": {"text": f"{kind} is not proved"}}
        for kind in kinds
    ]
    results = [_result(vc, kinds) for vc in data["vcs"] if vc["verdict"] != "proved"]
    results += [_witness(w) for w in data["witnesses"] if w["verdict"] != "satisfiable"]
    rules.append(
        {
            "id": VACUITY,
            "name": "vacuity",
            "shortDescription": {"text": "hypotheses that no run was shown to satisfy"},
        }
    )
    driver = {
        "name": "veriquant verify",
        "version": data["tools"]["veriquant"],
        "rules": rules,
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": results,
        "invocations": [{"executionSuccessful": bool(data["ok"])}],
    }
    return {"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}


def _witness(witness: dict[str, Any]) -> dict[str, Any]:
    region = {"startLine": witness["line"]}
    place = {"artifactLocation": {"uri": witness["file"]}, "region": region}
    return {
        "ruleId": VACUITY,
        "level": "error",
        "message": {"text": f"{witness['what']} {witness['verdict']}: {witness['run']}"},
        "locations": [{"physicalLocation": place}],
        "partialFingerprints": {"obligation": witness["id"]},
    }


def _rule(kind: str) -> str:
    return "VQ-" + kind.replace(" ", "-").upper()


def _result(vc: dict[str, Any], kinds: list[str]) -> dict[str, Any]:
    text = f"{vc['kind']} {vc['verdict']}: {vc['goal']}"
    if vc["counterexample"]:
        text += f". {vc['counterexample']['call']}: {vc['counterexample']['message']}"
    region = {"startLine": vc["line"], "startColumn": vc["column"]}
    place = {"artifactLocation": {"uri": vc["file"]}, "region": region}
    return {
        "ruleId": _rule(vc["kind"]),
        "ruleIndex": kinds.index(vc["kind"]),
        "level": "note" if vc["verdict"] == "justified" else "error",
        "message": {"text": text},
        "locations": [{"physicalLocation": place}],
        "partialFingerprints": {"obligation": vc["id"]},
    }
