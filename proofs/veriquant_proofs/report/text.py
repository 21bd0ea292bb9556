"""`summary.txt`: the run in one screen, in the shape of GNATprove's summary."""

from __future__ import annotations

from typing import Any

#: Inputs wanted of each function (`runtime.trials`).
TRIALS = 1000


def summary(data: dict[str, Any], claims: dict[str, Any] | None) -> str:
    """The summary; nothing in it depends on time."""
    totals = data["totals"]
    header = ["Check", "Total", "Z3", "Second solver", "Justified", "Unproved"]
    keys = ("kind", "total", "first", "second", "justified", "unproved")
    rows = [[str(row[key]) for key in keys] for row in data["kinds"]]
    rows = [[r[0].capitalize(), *r[1:]] for r in rows]
    sums = ["Total", *(str(sum(row[key] for row in data["kinds"])) for key in keys[1:])]
    lines = ["VC summary" + (" (some kernels only)" if data["partial"] else ""), ""]
    lines += _table(header, [*rows, sums])
    lean, totals_lean = data["lean"], totals["lean"]
    lines.append("")
    lines.append(
        f"Verdicts: {totals['proved_twice']} of {totals['vcs']} proved by two solvers, "
        f"{totals['refuted']} refuted, {totals['unknown']} unknown, {totals['disputed']} disputed, "
        f"{totals['vacuous']} vacuous, {totals['justified']} justified"
    )
    lines.append(
        f"Not vacuous: {totals['witnesses_run']} of {totals['witnesses']} preconditions and loops "
        "reached by a witness that was run"
    )
    if lean["checked"]:
        lines.append(
            f"Lean {lean['version']}: {totals_lean['theorems']} theorems "
            f"({totals_lean['library']} library lemmas, {totals_lean['product']} of the product, "
            f"{totals_lean['instances']} instances), "
            f"{totals_lean['axioms']} axioms, {totals_lean['holes']} holes"
        )
    elif lean["skipped"] and data["partial"]:
        lines.append("Lean: not part of a run on some kernels only")
    elif lean["skipped"]:
        lines.append("Lean: NOT CHECKED in this run (asked to leave it out)")
    else:
        lines.append("Lean: FAILED")
    done = [r for r in data["requirements"] if r["status"] == "proved"]
    if not data["partial"]:
        lines.append(f"Requirements: {len(done)} of {len(data['requirements'])} proved")
    if data["trials"]:
        short = [t for t in data["trials"] if not t["everything"] and t["inputs"] < TRIALS]
        line = f"Tried: {totals['trial_inputs']} inputs on {totals['trials']} functions with "
        line += f"contracts on, {totals['unsound']} broke a proof"
        lines.append(line + (f"; fewer than {TRIALS} on {len(short)}" if short else ""))
    outcomes = [o["outcome"] for o in data["crosshair"].values()]
    if outcomes:
        counted = {name: outcomes.count(name) for name in sorted(set(outcomes))}
        parts = ", ".join(f"{number} {name}" for name, number in counted.items())
        lines.append(f"CrossHair: {parts}")
    if claims:
        counts = ", ".join(f"{n} {v}" for v, n in claims["counts"].items() if n)
        lines.append(f"Claims of the outline: {counts}")
    lines.append("")
    if data["failures"]:
        lines.append(f"FAILED: {len(data['failures'])} problems")
        lines += [f"- {failure}" for failure in data["failures"]]
    else:
        lines.append(
            f"OK{_scope(data)}: every obligation proved twice, none vacuous, none disputed"
        )
    lines += [f"note: {note}" for note in data["notes"]]
    return "\n".join(lines) + "\n"


def _scope(data: dict[str, Any]) -> str:
    """What the "OK" is about: less than all says so, and on what it relies."""
    if not data["partial"]:
        return ""
    assumed = data["assumed"]
    if not assumed:
        return f" for {data['asked']}"
    names = ", ".join(assumed)
    callees = "1 callee" if len(assumed) == 1 else f"{len(assumed)} callees"
    return f" for {data['asked']} ({callees} assumed: {names})"


def _table(header: list[str], rows: list[list[str]]) -> list[str]:
    widths = [max(len(r[i]) for r in [header, *rows]) for i in range(len(header))]

    def line(row: list[str]) -> str:
        first = row[0].ljust(widths[0])
        return "  ".join([first, *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True))])

    rule = "-" * (sum(widths) + 2 * (len(widths) - 1))
    return [line(header), rule, *(line(r) for r in rows[:-1]), rule, line(rows[-1])]
