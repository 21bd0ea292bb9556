"""The ledger as Markdown, for `build/claims.md` and the terminal."""

from __future__ import annotations

from collections.abc import Iterable

from veriquant_outline.model import MEANING, Entry, Ledger


def markdown(ledger: Ledger) -> str:
    """The whole ledger: counts per verdict, then one block per claim, by section."""
    lines = [
        "# Claims of the paper outline, checked",
        "",
        f"{len(ledger.entries)} claims. Every verdict is computed by `veriquant claims`; "
        "`veriquant claims --id ID` recomputes one.",
        "",
        "| verdict | claims | meaning |",
        "|---|---:|---|",
    ]
    lines += [f"| {v} | {n} | {MEANING[v]} |" for v, n in ledger.counts.items()]
    for section in ledger.sections:
        lines += ["", f"## {_title(section)}", ""]
        lines += [
            "| id | claim | kind | verdict | claimed, or one place | ours, or the other |",
            "|---|---|---|---|---|---|",
        ]
        entries = [entry for entry in ledger.entries if entry.section == section]
        lines += [
            f"| `{e.id}` | {_cell(e.claim)} | {e.kind} | **{e.verdict}** | "
            f"{_cell(e.claimed or '')} | {_cell(e.ours or '')} |"
            for e in entries
        ]
        for entry in entries:
            lines += ["", f"**`{entry.id}`** {entry.verdict}: {_flat(entry.evidence)}", ""]
            lines += [f"- {line}" for line in _facts(entry)]
    return "\n".join(lines) + "\n"


def detail(entry: Entry) -> str:
    """One claim in full, as plain text."""
    lines = [
        f"{entry.id}: {entry.verdict} ({entry.kind})",
        f"  section  {entry.section}" + (f"; also {', '.join(entry.also)}" if entry.also else ""),
        f"  claim    {entry.claim}",
        f"  quote    {entry.quote}",
    ]
    if entry.against:
        lines.append(f"  against  {entry.against}")
    lines += [f"  {'taken':8} {name}: {value}" for name, value in entry.inputs.items()]
    if entry.claimed is not None:
        lines.append(f"  {entry.headings[0]:8} {entry.claimed}")
    if entry.ours is not None:
        lines.append(f"  {entry.headings[1]:8} {entry.ours}")
    if entry.tolerance is not None:
        lines.append(f"  within   {entry.tolerance}")
    lines.append(f"  evidence {entry.evidence}")
    lines += [f"  needs    {need}" for need in entry.needs]
    lines += [f"  link     {link.kind}: {link.label}" for link in entry.links]
    return "\n".join(lines)


def counts_line(ledger: Ledger) -> str:
    """`297 claims: 91 recomputed, ...`, verdicts without entries left out."""
    parts = [f"{count} {verdict}" for verdict, count in ledger.counts.items() if count]
    return f"{len(ledger.entries)} claims: {', '.join(parts) or 'none'}"


def _facts(entry: Entry) -> Iterable[str]:
    where = f"section {entry.section}"
    if entry.also:
        where += f" (also {', '.join(entry.also)})"
    yield f"{where}: “{_flat(entry.quote)}”"
    if entry.against:
        yield f"against: “{_flat(entry.against)}”"
    if entry.inputs:
        yield "taken: " + "; ".join(
            f"{name} {_flat(value)}" for name, value in entry.inputs.items()
        )
    if entry.tolerance is not None:
        yield f"tolerance {entry.tolerance}"
    for need in entry.needs:
        yield f"needs {need}"
    links = [link for link in entry.links if link.kind != "published"]
    if links:
        yield "evidence: " + ", ".join(f"{link.kind} `{link.target}`" for link in links)
    records = [link.label for link in entry.links if link.kind == "published"]
    if records:
        yield "records: " + "; ".join(records)
    yield f"`{entry.command}`"


def _title(section: str) -> str:
    return f"Section {section}" if section[0].isdigit() else section


def _flat(text: str) -> str:
    return " ".join(text.split())


def _cell(text: str) -> str:
    return _flat(text).replace("|", "\\|")
