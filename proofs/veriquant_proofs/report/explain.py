"""`veriquant explain`: one obligation, in words, from the sources as they are now."""

from __future__ import annotations

from veriquant_proofs.driver import refutation
from veriquant_proofs.frontend import read_product
from veriquant_proofs.obligations import generate
from veriquant_proofs.report.html import excerpt
from veriquant_proofs.runtime.replay import replay_all
from veriquant_proofs.solvers.answers import Verdict
from veriquant_proofs.solvers.decide import Decision, Options, decide
from veriquant_spec.requirements import requirements


class UnknownObligationError(Exception):
    """No obligation has this id; `known` are those that may be meant."""

    def __init__(self, vc_id: str, known: list[str]) -> None:
        super().__init__(vc_id)
        self.known = known


def explanation(vc_id: str, options: Options, smt2: bool) -> str:
    """The text. Raises UnknownObligationError for an id that the sources do not give."""
    kernel = vc_id.partition("/")[0]
    source = read_product()
    functions = {f.label: f for f in source.verified()}
    if kernel not in functions:
        raise UnknownObligationError(vc_id, list(functions))
    found = {vc.id: vc for vc in generate(source.program, functions[kernel]).vcs}
    if vc_id not in found:
        raise UnknownObligationError(vc_id, list(found))
    vc = found[vc_id]
    decision = decide([vc], [], options)[0][0]
    lines = [vc.id, f"{vc.kind.value} at {vc.file}:{vc.line}:{vc.column}", ""]
    for number, text in excerpt(vc.file.as_posix(), vc.line, {}):
        mark = ">" if number == vc.line else " "
        lines.append(f"{mark}{number:5}  {text}")
    known = requirements()
    for name in vc.requirements:
        lines.append(f"{name}: {known[name].text}" if name in known else name)
    lines += _section("On the path", list(vc.path))
    lines += _section("Knowing", list(vc.hypotheses))
    lines += _section("Must hold", [vc.goal])
    lines += ["", f"Verdict: {decision.verdict.value}"]
    lines += [_answer_line(decision, n) for n in range(len(decision.answers))]
    if decision.verdict in (Verdict.REFUTED, Verdict.DISPUTED):
        played = replay_all(source.program, [refutation(decision)])[0]
        word = "confirmed" if played.confirmed else "not confirmed"
        lines += _section(f"Counterexample ({word})", [played.call, played.message])
    if smt2:
        lines += _section("SMT-LIB", vc.smt2.splitlines())
    return "\n".join(lines) + "\n"


def _section(title: str, texts: list[str]) -> list[str]:
    return ["", f"{title}:", *(f"  {text}" for text in texts)] if texts else []


def _answer_line(decision: Decision, number: int) -> str:
    answer = decision.answers[number]
    core = ""
    if decision.core is not None and number == len(decision.answers) - 1:
        core = " on the unsatisfiable core"
    meaning = {"unsat": "no counterexample exists", "sat": "a counterexample exists"}
    said = meaning.get(answer.answer, f"undecided: {answer.reason}")
    return f"  {answer.solver} {answer.version}: {said}{core} (sha256 {answer.sha256[:16]}…)"
