"""What verification costs, with and without the cache, and what other verifiers make of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from veriquant_proofs.bench.plain import Untranslatable
from veriquant_proofs.bench.verifiers import VERIFIERS, contracts_of
from veriquant_proofs.core.syntax import Role
from veriquant_proofs.frontend import read_product
from veriquant_proofs.places import BUILD

#: Counts that the paper outline states (section 4.3 and its abstract).
CLAIMED = {"precondition": 423, "postcondition": 512, "loop invariant": 312}

#: Our kinds of checks behind each of the outline's.
KINDS = {
    "precondition": ("precondition",),
    "postcondition": ("postcondition",),
    "loop invariant": ("loop invariant initialization", "loop invariant preservation"),
}

#: A kernel whose broken copy no verifier may prove: the control of the comparison.
CONTROL = "grid.dequantize_steps"


def run(out: Path, quick: bool) -> dict[str, Any]:
    """Measure; write `verification.md` below `out`. `quick` leaves out the slow verifier."""
    before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="veriquant-") as folder:
        report = Path(folder) / "report"
        cold = _verify(report, "--no-cache")
        _verify(report)  # fills the cache
        warm = min(_verify(report) for _ in range(2))
        data = json.loads((report / "report.json").read_text(encoding="utf-8"))
    result = {
        "processors": os.cpu_count(),
        "load_before": round(before, 2),
        "seconds": {"without_cache": cold, "with_cache": warm, "parts": data["seconds"]},
        "totals": data["totals"],
        "ok": data["ok"],
        "kinds": data["kinds"],
        "beside_the_outline": _beside(data),
        "solvers": _solvers(data),
        "slowest": _slowest(data),
        "verifiers": _verifiers(data, quick),
    }
    (out / "verification.md").write_text(_markdown(result), encoding="utf-8")
    return result


def _verify(report: Path, *options: str) -> float:
    """Wall seconds of one whole run of the command, process start included."""
    code = "from veriquant.cli import main; main()"
    jobs = str(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2)
    command = [sys.executable, "-c", code, "verify", "--jobs", jobs, "--out", str(report), *options]
    started = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    seconds = round(time.perf_counter() - started, 2)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"veriquant verify ended with {done.returncode}: {done.stderr[-500:]}")
    return seconds


def _beside(data: dict[str, Any]) -> list[dict[str, Any]]:
    """Our counts of the three kinds that the outline counts."""
    totals = {row["kind"]: row for row in data["kinds"]}
    rows = []
    for name, kinds in KINDS.items():
        mine = [totals[kind] for kind in kinds if kind in totals]
        rows.append(
            {
                "kind": name,
                "outline": CLAIMED[name],
                "ours": sum(row["total"] for row in mine),
                "proved_twice": sum(row["second"] for row in mine),
            }
        )
    return rows


def _solvers(data: dict[str, Any]) -> list[dict[str, Any]]:
    """Answers and time by solver."""
    found: dict[str, list[float]] = {}
    for vc in data["vcs"]:
        for answer in (vc["first"], vc["second"]):
            if answer is not None:
                found.setdefault(f"{answer['solver']} {answer['version']}", []).append(
                    answer["seconds"]
                )
    return [
        {"solver": name, "answers": len(times), "sum": round(sum(times), 2), "most": max(times)}
        for name, times in sorted(found.items())
    ]


def _slowest(data: dict[str, Any]) -> list[dict[str, Any]]:
    timed = [
        {"id": vc["id"], "first": vc["first"]["seconds"], "second": vc["second"]["seconds"]}
        for vc in data["vcs"]
        if vc["first"] and vc["second"]
    ]
    return sorted(timed, key=lambda row: -(row["first"] + row["second"]))[:10]


def _verifiers(data: dict[str, Any], quick: bool) -> dict[str, Any]:
    """Every other verifier on every kernel that can be written for it."""
    ours = {kernel["name"]: kernel for kernel in data["kernels"]}
    found: dict[str, Any] = {"kernels": [], "tools": [], "control": {}}
    ready = {}
    for tool in VERIFIERS:
        folder = BUILD / "bench" / "verifiers" / tool.package
        if quick and tool.package == "nagini":
            problem: str | None = "left out of a quick run"
        else:
            problem = tool.install(folder)
        found["tools"].append(
            {
                "package": tool.package,
                "version": tool.version,
                "licence": tool.licence,
                "problem": problem,
            }
        )
        if problem is None:
            ready[tool.package] = (tool, folder)
    with tempfile.TemporaryDirectory(prefix="veriquant-") as name:
        work = Path(name)
        product = read_product()
        for source in product.verified():
            if source.role is not Role.KERNEL:
                continue
            row: dict[str, Any] = {
                "kernel": source.label,
                "vcs": ours[source.label]["vcs"],
                "proved_twice": ours[source.label]["proved_twice"],
                "seconds": _own_seconds(data, source.label),
            }
            try:
                contracts = contracts_of(product.program, source)
            except Untranslatable as reason:
                found["kernels"].append({**row, "not_expressed": str(reason)})
                continue
            row["left_out"] = list(contracts[-1].left_out)
            print(f"bench: verifiers on {source.label}", file=sys.stderr, flush=True)
            for package, (tool, folder) in ready.items():
                verdict = tool.verify(contracts, folder, work)
                row[package] = {
                    "verdict": verdict.verdict,
                    "detail": verdict.detail,
                    "seconds": verdict.seconds,
                }
                if source.label == CONTROL:
                    broken = [*contracts[:-1], contracts[-1].broken()]
                    found["control"][package] = tool.verify(broken, folder, work).verdict
            found["kernels"].append(row)
    return found


def _own_seconds(data: dict[str, Any], kernel: str) -> float:
    """Solver seconds of a kernel's obligations, both solvers."""
    answers = [
        answer
        for vc in data["vcs"]
        if vc["kernel"] == kernel
        for answer in (vc["first"], vc["second"])
        if answer is not None
    ]
    return round(float(sum(answer["seconds"] for answer in answers)), 2)


def _markdown(result: dict[str, Any]) -> str:
    seconds, totals = result["seconds"], result["totals"]
    lines = [
        "# Verification",
        "",
        f"{totals['vcs']} obligations, {totals['proved_twice']} proved by two solvers; "
        f"{totals['lean']['theorems']} Lean theorems. `veriquant verify`, Lean and claims "
        f"included: {seconds['without_cache']} s without cache, {seconds['with_cache']} s with "
        f"({result['processors']} processors, load {result['load_before']} at the start).",
        "",
        "| kind | outline claims | ours | proved twice |",
        "|---|---:|---:|---:|",
    ]
    lines += [
        f"| {row['kind']} | {row['outline']} | {row['ours']} | {row['proved_twice']} |"
        for row in result["beside_the_outline"]
    ]
    lines += ["", "| solver | answers | seconds | slowest |", "|---|---:|---:|---:|"]
    lines += [
        f"| {row['solver']} | {row['answers']} | {row['sum']} | {row['most']} |"
        for row in result["solvers"]
    ]
    found = result["verifiers"]
    packages = [tool["package"] for tool in found["tools"]]
    lines += [
        "",
        "## Other verifiers on these kernels",
        "",
        "Each tool proves postconditions and result ranges; Veriquant's obligations also hold "
        "every overflow, index and range check, and are decided twice. Seconds of a tool are those "
        "of its whole process; ours are those of both solvers. (n): n postconditions left out, "
        "because they call another kernel or are quantified. Not accepted: the tool names a "
        "construct that it does not read.",
        "",
        "| kernel | Veriquant | " + " | ".join(packages) + " |",
        "|---|---|" + "---|" * len(packages),
    ]
    for row in found["kernels"]:
        own = f"{row['proved_twice']}/{row['vcs']} twice, {row['seconds']} s"
        if "not_expressed" in row:
            cells = [f"not expressed: {row['not_expressed']}"] + [""] * (len(packages) - 1)
        else:
            cells = [_cell(row.get(package)) for package in packages]
        note = f" ({len(row['left_out'])})" if row.get("left_out") else ""
        lines.append(f"| {row['kernel']}{note} | {own} | " + " | ".join(cells) + " |")
    for tool in found["tools"]:
        if tool["problem"]:
            lines += ["", f"{tool['package']} {tool['version']} was not run: {tool['problem']}"]
    controls = ", ".join(f"{name}: {verdict}" for name, verdict in found["control"].items())
    lines += ["", f"Control, a broken copy of `{CONTROL}`: {controls}."]
    return "\n".join(lines) + "\n"


def _cell(verdict: dict[str, Any] | None) -> str:
    if verdict is None:
        return "not run"
    return f"{verdict['verdict']}, {verdict['seconds']} s"
