"""What the kernels return, computed by Python itself with contracts off (`python -O`).

Reads a pickled list of (function, arguments) from the standard input, writes the pickled results.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from veriquant_proofs.core.syntax import Function
from veriquant_proofs.runtime.real import Outcome, real_function, run_real

#: Seconds for all results.
LIMIT = 600.0


def results(calls: Sequence[tuple[Function, Sequence[Mapping[str, Any]]]]) -> list[list[Outcome]]:
    """The outcome of each function on each of its inputs, from a process without contracts."""
    done = subprocess.run(
        [sys.executable, "-O", "-m", "veriquant_proofs.export.python_results"],
        input=pickle.dumps(calls),
        capture_output=True,
        check=True,
        timeout=LIMIT,
    )
    found: list[list[Outcome]] = pickle.loads(done.stdout)
    return found


def main() -> int:
    """One process's work."""
    calls = pickle.loads(sys.stdin.buffer.read())
    found = []
    for function, inputs in calls:
        real = real_function(function)
        found.append([run_real(real, values) for values in inputs])
    sys.stdout.buffer.write(pickle.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
