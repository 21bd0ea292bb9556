"""The result file of a Why3 run, and what the report says of it."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from veriquant_proofs.core.syntax import Program
from veriquant_proofs.why3.run import FunctionResult, core_digest

RESULT = Path("build/why3/why3.json")

NOT_RUN = "not run"
OTHER_SOURCES = "of other sources"
PROVED = "proved"
NOT_PROVED = "not proved"


def write_results(
    program: Program, results: list[FunctionResult], versions: str, path: Path = RESULT
) -> None:
    """Writes the result file."""
    content = {
        "core": core_digest(program),
        "versions": versions,
        "functions": {
            result.function: {
                "refused": result.refused,
                "goals": [asdict(goal) for goal in result.goals],
            }
            for result in results
        },
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".new")
    temporary.write_text(json.dumps(content, indent=1) + "\n")
    temporary.replace(path)


def why3_results(program: Program, path: Path = RESULT) -> dict[tuple[str, int], str]:
    """What Why3 says of each contract clause: (function id, its number there) -> verdict.

    A clause is proved where its own goals are and every other check of its function: a goal that
    failed is assumed by those after it.
    """
    clauses = [(str(f.id), i) for f in program.functions.values() for i in range(len(f.ensures))]
    try:
        content = json.loads(path.read_text())
        functions = content["functions"]
        if content["core"] != core_digest(program):
            return dict.fromkeys(clauses, OTHER_SOURCES)
    except (OSError, ValueError, KeyError, TypeError):
        return dict.fromkeys(clauses, NOT_RUN)
    found = {}
    for name, clause in clauses:
        if name not in functions:
            found[name, clause] = NOT_RUN
            continue
        goals = functions[name]["goals"]
        own = [goal for goal in goals if goal["clause"] == clause]
        proved = bool(own) and all(goal["prover"] for goal in goals)
        found[name, clause] = PROVED if proved else NOT_PROVED
    return found
