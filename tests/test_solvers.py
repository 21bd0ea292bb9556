"""Solvers, their processes, their answers and the cache: every way to fail is tried once."""

from __future__ import annotations

import importlib.util
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from veriquant_proofs.core.checks import Kind
from veriquant_proofs.obligations.vc import VC, Input, Vacuity
from veriquant_proofs.processes import Failure, call_apart
from veriquant_proofs.solvers import backends, decide, pool
from veriquant_proofs.solvers.answers import Answer, Verdict, commands, digest, with_asserts
from veriquant_proofs.solvers.backends import SolverMissing, solve, version
from veriquant_proofs.solvers.cache import Cache
from veriquant_proofs.solvers.decide import Options
from veriquant_proofs.solvers.pool import Job, Pool, Question

UNSAT = "(declare-const x Int)\n(assert (> x 3))\n(assert (< x 3))\n(check-sat)\n"
SAT = "(declare-const x Int)\n(assert (> x 3))\n(check-sat)\n"
#: No solver finds integers whose cubes sum to 42: they have seventeen digits.
HARD = (
    "(declare-const x Int)(declare-const y Int)(declare-const z Int)\n"
    "(assert (= (+ (* x x x) (* y y y) (* z z z)) 42))\n(check-sat)\n"
)
WRAP = (
    "(declare-const x (_ BitVec 8))\n(assert (bvuge x #x80))\n"
    "(assert (= (bvand (bvadd x x) #x01) #x01))\n(check-sat)\n"
)


def condition(text: str, inputs: tuple[Input, ...] = (), second: str = "cvc5") -> VC:
    """An obligation with this text."""
    return VC(
        "module.function/assertion/1",
        "module.function",
        "module",
        "function",
        Path("module.py"),
        1,
        1,
        Kind.ASSERTION,
        "goal",
        (),
        (),
        (),
        text,
        inputs,
        None,
        second,
    )


def obligation(text: str, inputs: tuple[Input, ...] = (), what: str = "precondition") -> Vacuity:
    """A satisfiability obligation with this text."""
    return Vacuity(
        f"module.function/satisfiable-{what}/1",
        "module.function",
        "module",
        "function",
        Path("module.py"),
        1,
        what,
        text,
        inputs,
    )


def one(vc: VC, options: Options) -> decide.Decision:
    """The decision on one obligation."""
    return decide.decide([vc], [], options)[0][0]


# ------------------------------------------------------------------ texts


def test_commands_pass_over_parentheses_in_names_strings_and_comments() -> None:
    text = '(a |x)(| ")") ; (\n(b\n (c))\n'
    assert commands(text) == ['(a |x)(| ")")', "(b\n (c))"]


def test_with_asserts_keeps_declarations_and_only_the_chosen_hypotheses() -> None:
    kept = with_asserts(UNSAT, [1])
    assert commands(kept) == ["(declare-const x Int)", "(assert (< x 3))", "(check-sat)"]


# ------------------------------------------------------------------ the solvers


@pytest.mark.parametrize("solver", ["z3", "cvc5"])
def test_integer_texts(solver: str) -> None:
    assert solve(solver, UNSAT, 10.0, {}).answer == "unsat"
    assert solve(solver, SAT, 10.0, {}).answer == "sat"


@pytest.mark.parametrize("solver", ["z3", "cvc5", "bitwuzla"])
def test_bit_vector_texts(solver: str) -> None:
    assert solve(solver, WRAP, 10.0, {}).answer == "unsat"
    assert solve(solver, WRAP.replace("#x01) #x01", "#x02) #x02"), 10.0, {}).answer == "sat"


@pytest.mark.parametrize("solver", ["z3", "cvc5"])
def test_out_of_time_is_unknown_with_a_reason(solver: str) -> None:
    answer = solve(solver, HARD, 0.3, {})
    assert answer.answer == "unknown"
    assert answer.reason


@pytest.mark.parametrize("solver", ["z3", "cvc5"])
def test_a_step_limit_ends_the_search_whatever_the_time(solver: str) -> None:
    answer = solve(solver, HARD, 60.0, {"steps": 100})
    assert answer.answer == "unknown"
    assert any(words in answer.reason for words in ("RESOURCEOUT", "resource limit"))


def test_a_counterexample_has_values_for_every_kind_of_input() -> None:
    text = """
(declare-const n Int)(declare-const flag Bool)(declare-const x Real)
(declare-const word (_ BitVec 64))(declare-fun acc!2 () Int)
(declare-const a (Array Int Int))(declare-const a_len Int)
(declare-const m (Array Int (Array Int Int)))(declare-const m_len Int)
(declare-const m_widths (Array Int Int))
(assert (and (= n (- 7)) flag (= x (/ 1.0 3.0)) (= word (bvneg #x0000000000000005)) (= acc!2 9)))
(assert (and (>= a_len 2) (= (select a 0) 10) (= (select a 1) 11)))
(assert (and (= m_len 1) (= (select m_widths 0) 2) (= (select (select m 0) 1) 5)))
(check-sat)
"""
    inputs = [
        {"name": name, "sort": sort, "symbol": name, "length": length, "width": width}
        for name, sort, length, width in [
            ("n", "int", None, None),
            ("flag", "bool", None, None),
            ("x", "real", None, None),
            ("word", "int", None, None),
            ("a", "int[]", "a_len", None),
            ("m", "int[][]", "m_len", "m_widths"),
            ("unused", "int", None, None),
        ]
    ]
    answer = solve("z3", text, 10.0, {"inputs": inputs})
    assert answer.model is not None
    assert answer.model["n"] == -7
    assert answer.model["flag"] is True
    assert answer.model["x"] == "1/3"
    assert answer.model["word"] == -5
    assert answer.model["a"][:2] == [10, 11]
    assert len(answer.model["a"]) <= 4
    assert answer.model["m"][0][1] == 5
    assert answer.model["unused"] == 0
    assert answer.state == {"acc!2": 9}


def test_a_sequence_too_long_to_build_gives_no_arguments() -> None:
    text = "(declare-const a_len Int)\n(assert (> a_len 1000000))\n(check-sat)\n"
    inputs = [{"name": "a", "sort": "int[]", "symbol": "a", "length": "a_len", "width": None}]
    answer = solve("z3", text, 10.0, {"inputs": inputs})
    assert (answer.answer, answer.model) == ("sat", None)


def test_a_core_names_the_hypotheses_that_suffice() -> None:
    text = UNSAT.replace("(assert (> x 3))", "(assert (> x 3))\n(assert (distinct x 77))")
    answer = solve("z3", text, 10.0, {"core": True})
    assert answer.core == (0, 2)
    assert solve("cvc5", with_asserts(text, answer.core), 10.0, {}).answer == "unsat"


def test_answers_do_not_depend_on_what_was_asked_before() -> None:
    inputs = [{"name": "x", "sort": "int", "symbol": "x", "length": None, "width": None}]
    fresh = solve("z3", SAT, 10.0, {"inputs": inputs})
    solve("z3", UNSAT.replace("x", "y"), 10.0, {})
    solve("z3", HARD, 0.2, {})
    assert solve("z3", SAT, 10.0, {"inputs": inputs}).model == fresh.model


# ------------------------------------------------------------------ child processes


def _raise() -> None:
    raise ValueError("no such thing")


def crashing(*_: Any) -> Answer:
    """A solver that takes its process with it."""
    os._exit(3)


def hanging(*_: Any) -> Answer:
    """A solver that minds no time limit."""
    time.sleep(60)
    raise AssertionError


def test_a_call_that_raises_crashes_or_hangs_costs_only_itself() -> None:
    calls: list[tuple[Callable[..., Any], tuple[Any, ...]]] = [
        (len, ("abc",)),
        (_raise, ()),
        (crashing, ()),
        (hanging, ()),
        (len, ("abcd",)),
    ]
    results = call_apart(calls, 2.0)
    assert results[0] == 3
    assert results[1] == Failure("ValueError: no such thing")
    assert results[2] == Failure("crashed: exit code 3")
    assert results[3] == Failure("did not return within 2 s")
    assert results[4] == 4


@pytest.mark.parametrize(
    ("fake", "reason"), [(crashing, "crashed: exit code 3"), (hanging, "killed: hard time limit")]
)
def test_a_solver_that_crashes_or_hangs_is_unknown_never_dropped(
    monkeypatch: pytest.MonkeyPatch, fake: Callable[..., Answer], reason: str
) -> None:
    monkeypatch.setattr(pool, "solve", fake)
    monkeypatch.setattr(pool, "GRACE", 0.5)
    decision = one(condition(UNSAT), Options(jobs=1, timeout=0.2))
    assert decision.verdict is Verdict.UNKNOWN
    assert [a.reason for a in decision.answers] == [reason] * len(decision.answers)
    assert {a.solver for a in decision.answers} == {"z3", "cvc5"}


def test_workers_are_gone_after_an_interruption() -> None:
    def interrupt(_: Answer) -> None:
        raise KeyboardInterrupt

    running = Pool(2, Cache(None))
    with pytest.raises(KeyboardInterrupt), running:
        running.run([Job(Question("z3", SAT, 5.0), interrupt)])
    assert not running.busy
    assert not running.idle


def test_every_job_is_finished_once(tmp_path: Path) -> None:
    finished = 0

    def count() -> None:
        nonlocal finished
        finished += 1

    vcs = [condition(UNSAT), condition(SAT), condition(WRAP, second="bitwuzla")]
    decisions, _, _ = decide.decide(vcs, [obligation(SAT)], Options(jobs=2), count)
    assert finished == 4
    assert [d.verdict for d in decisions] == [Verdict.PROVED, Verdict.REFUTED, Verdict.PROVED]
    assert [d.proved_twice for d in decisions] == [True, False, True]
    assert [a.solver for a in decisions[2].answers] == ["z3", "bitwuzla"]


# ------------------------------------------------------------------ verdicts


def keep(cache: Cache, question: Question, answer: str) -> None:
    """Put an answer into the cache that the solver would not give."""
    text, solver = question.text, question.solver
    cache.put(question.key(), Answer(solver, version(solver), answer, digest(text), 0.0))


def test_solvers_that_disagree_are_a_dispute(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    steps = (("steps", decide.FULL_TEXT_STEPS),)
    keep(cache, Question("cvc5", UNSAT, 1.0, steps), "sat")
    decision = one(condition(UNSAT), Options(jobs=1, cache=tmp_path))
    assert [a.answer for a in decision.answers] == ["unsat", "sat"]
    assert decision.verdict is Verdict.DISPUTED
    assert not decision.proved_twice


def test_what_one_solver_alone_says_is_not_proved() -> None:
    decision = one(condition(HARD), Options(jobs=1, timeout=0.3))
    assert decision.verdict is Verdict.UNKNOWN
    alone = one(condition(UNSAT), Options(jobs=1, solvers=("z3",)))
    assert alone.verdict is Verdict.PROVED
    assert not alone.proved_twice


def test_the_second_solver_reads_the_core_where_the_full_text_takes_too_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(decide, "FULL_TEXT_STEPS", 1)
    text = UNSAT.replace("(assert (> x 3))", "(assert (> x 3))\n(assert (distinct x 77))")
    decision = one(condition(text), Options(jobs=1, timeout=20.0))
    # The full text and the core run out of steps; the last attempt has all the time.
    assert [a.answer for a in decision.answers] == ["unsat", "unknown", "unknown", "unsat"]
    hashes = [a.sha256 for a in decision.answers]
    assert hashes[0] == hashes[1] == hashes[3] == decision.vc.sha256
    assert hashes[2] == digest(with_asserts(text, [0, 2]))
    assert decision.core is None
    assert decision.proved_twice


def test_a_core_is_reported_with_its_own_hash() -> None:
    lines = [f"(assert (= (* x{i} x{i} x{i}) (+ 7 (* y{i} y{i}))))" for i in range(3)]
    names = [f"(declare-fun {v}{i} () Int)" for i in range(3) for v in "xy"]
    text = "\n".join([*names, *lines, *UNSAT.splitlines()]) + "\n"
    decision = decide.Decision(condition(text), Verdict.UNKNOWN, [])
    job = decide._core(decision, Options(), "cvc5")
    following = job.then(solve("z3", text, 10.0, {"core": True}))
    assert following is not None
    assert decision.core is not None
    assert following.question.text == decision.core
    assert digest(decision.core) != decision.vc.sha256
    assert set(commands(decision.core)) < set(commands(text))


def test_contradictory_hypotheses_are_vacuous_and_satisfiable_ones_have_a_model() -> None:
    x = (Input("x", "int", "x"),)
    states = decide.decide([], [obligation(UNSAT, x), obligation(SAT, x)], Options(jobs=1))[1]
    assert [s.verdict for s in states] == [Verdict.VACUOUS, Verdict.PROVED]
    assert states[1].model is not None
    assert states[1].model["x"] > 3


def test_an_undecided_loop_state_falls_back_on_arguments_for_a_run() -> None:
    array = (Input("a", "int[]", "a", "a_len"),)
    plain = "(declare-const a_len Int)\n(assert (>= a_len 0))\n(check-sat)\n"
    hard = "(declare-const a_len Int)\n" + HARD
    found = decide.decide(
        [], [obligation(plain, array), obligation(hard, array, "invariant")], Options(timeout=0.3)
    )[1]
    assert found[1].verdict is Verdict.UNKNOWN
    assert found[1].model is not None
    assert 1 <= len(found[1].model["a"]) <= 2


# ------------------------------------------------------------------ cache


def test_a_kept_answer_is_not_asked_for_again(tmp_path: Path) -> None:
    options = Options(jobs=1, cache=tmp_path)
    first = one(condition(UNSAT), options)
    again = one(condition(UNSAT), options)
    assert not any(a.cached for a in first.answers)
    assert all(a.cached for a in again.answers)
    assert again.answers == first.answers
    assert [a.seconds for a in again.answers] == [a.seconds for a in first.answers]


def test_unknown_is_not_kept_unless_steps_ran_out(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.put({"a": 1}, Answer("z3", "1", "unknown", "0", 0.1, "timeout"))
    assert cache.get({"a": 1}) is None
    cache.put({"a": 1}, Answer("cvc5", "1", "unknown", "0", 0.1, "unknown (RESOURCEOUT)"))
    assert cache.get({"a": 1}) is not None


@pytest.mark.parametrize(
    "harm",
    [
        lambda text: text.replace('"unsat"', '"sat"'),
        lambda text: text[: len(text) // 2],
        lambda text: "",
        lambda text: "\x00" + text,
    ],
)
def test_a_damaged_entry_is_ignored_and_counted(tmp_path: Path, harm: Callable[[str], str]) -> None:
    options = Options(jobs=1, cache=tmp_path)
    one(condition(UNSAT), options)
    for path in tmp_path.rglob("*.json"):
        path.write_text(harm(path.read_text(encoding="utf-8")), encoding="utf-8")
    decisions, _, cache = decide.decide([condition(UNSAT)], [], options)
    assert decisions[0].verdict is Verdict.PROVED
    assert not any(a.cached for a in decisions[0].answers)
    assert cache.damaged == 2


def test_an_entry_of_another_text_solver_or_version_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = Options(jobs=1, cache=tmp_path)
    one(condition(UNSAT), options)
    assert not any(a.cached for a in one(condition(UNSAT + "\n"), options).answers)
    monkeypatch.setattr(pool, "version", lambda solver: "another")
    assert not any(a.cached for a in one(condition(UNSAT), options).answers)


def test_a_folder_that_cannot_be_written_costs_nothing_but_time(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder", encoding="utf-8")
    decision = one(condition(UNSAT), Options(jobs=1, cache=blocked))
    assert decision.verdict is Verdict.PROVED


def test_no_half_written_entry_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    Cache(tmp_path).write({"a": 1}, [1])
    assert not [p for p in tmp_path.rglob("*") if p.is_file()]


def test_an_entry_is_one_json_value_below_its_seal(tmp_path: Path) -> None:
    Cache(tmp_path).write({"a": 1}, {"b": [2**70]})
    (path,) = tmp_path.rglob("*.json")
    seal, body = path.read_text(encoding="utf-8").split("\n")
    assert len(seal) == 64
    assert json.loads(body) == {"b": [2**70]}


# ------------------------------------------------------------------ missing solvers


def test_a_missing_solver_is_named_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "cvc5" else real(name)
    )
    with pytest.raises(SolverMissing, match="pip install cvc5"):
        decide.decide([condition(UNSAT)], [], Options())


def test_without_bitwuzla_cvc5_confirms(monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "bitwuzla" else real(name)
    )
    decision = one(condition(WRAP, second="bitwuzla"), Options(jobs=1))
    assert [a.solver for a in decision.answers] == ["z3", "cvc5"]
    assert decision.proved_twice


def test_an_unknown_solver_is_refused() -> None:
    with pytest.raises(ValueError, match="yices"):
        decide.decide([condition(UNSAT)], [], Options(solvers=("z3", "yices")))
    assert set(backends.PACKAGES) == {"z3", "cvc5", "bitwuzla"}
