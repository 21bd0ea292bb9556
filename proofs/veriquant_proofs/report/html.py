"""`report.html`: one self-contained page. No network, no other file is needed to read it."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

import jinja2

from veriquant_proofs.driver import SEVERITY
from veriquant_proofs.places import REPOSITORY

#: Lines of source shown before and after the line of an obligation.
CONTEXT = 2


def html(data: dict[str, Any], claims: dict[str, Any] | None, texts: dict[str, str]) -> str:
    """The page. `texts` are the SMT-LIB files by their path in the report."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("veriquant_proofs.report"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    lines: dict[str, list[str]] = {}
    excerpts = {vc["id"]: excerpt(vc["file"], vc["line"], lines) for vc in data["vcs"]}
    order = {verdict.value: place for place, verdict in enumerate(SEVERITY)}
    vcs = sorted(data["vcs"], key=lambda vc: order[vc["verdict"]])
    by_kernel = {
        kernel["name"]: [vc for vc in vcs if vc["kernel"] == kernel["name"]]
        for kernel in data["kernels"]
    }
    witnesses = {
        kernel["name"]: [w for w in data["witnesses"] if w["kernel"] == kernel["name"]]
        for kernel in data["kernels"]
    }

    def worst(mine: list[dict[str, Any]]) -> int:
        return min((order[vc["verdict"]] for vc in mine), default=len(order))

    # mtime 0: the same texts give the same bytes
    packed = gzip.compress(json.dumps(texts, sort_keys=True).encode(), mtime=0)
    return environment.get_template("report.html.j2").render(
        data=data,
        claims=claims,
        kernels=sorted(data["kernels"], key=lambda k: worst(by_kernel[k["name"]])),
        by_kernel=by_kernel,
        witnesses=witnesses,
        excerpts=excerpts,
        kinds=sorted({vc["kind"] for vc in data["vcs"]}),
        verdicts=sorted({vc["verdict"] for vc in data["vcs"]}, key=order.__getitem__),
        smt2=base64.b64encode(packed).decode(),
    )


def excerpt(file: str, line: int, known: dict[str, list[str]]) -> list[tuple[int, str]]:
    """Source lines around an obligation, with their numbers."""
    if file not in known:
        path = REPOSITORY / file
        known[file] = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    numbered = list(enumerate(known[file], start=1))
    return numbered[max(line - 1 - CONTEXT, 0) : line + CONTEXT]
