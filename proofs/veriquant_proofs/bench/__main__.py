"""`python -m veriquant_proofs.bench [names]`: run measures, write `build/bench/<name>.json`."""

from __future__ import annotations

import argparse
import importlib
import json
import platform
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

from veriquant_proofs.bench import NAMES


def main(arguments: list[str] | None = None) -> int:
    """Run the named measures; 0 if all ran, 2 if one is unknown or a peer is missing."""
    parser = argparse.ArgumentParser(
        prog="python -m veriquant_proofs.bench",
        description="Measure speed, memory, quality and the cost of verification.",
        epilog="example: python -m veriquant_proofs.bench speed --quick",
    )
    parser.add_argument("names", nargs="*", help=f"of {', '.join(NAMES)}; default: all")
    parser.add_argument("--out", type=Path, default=Path("build/bench"), help="folder for results")
    parser.add_argument("--quick", action="store_true", help="small sizes, few repetitions")
    chosen = parser.parse_args(arguments)
    unknown = [name for name in chosen.names if name not in NAMES]
    if unknown:
        print(f"bench: unknown measure {unknown[0]!r}; one of {', '.join(NAMES)}", file=sys.stderr)
        return 2
    chosen.out.mkdir(parents=True, exist_ok=True)
    status = 0
    for name in chosen.names or NAMES:
        print(f"bench: {name} ...", file=sys.stderr, flush=True)
        surroundings = environment(chosen.quick)
        start = time.perf_counter()
        try:
            module = importlib.import_module(f"veriquant_proofs.bench.{name}")
            result: dict[str, Any] = module.run(chosen.out, chosen.quick)
        except ImportError as error:
            print(f"bench: {name} not run: {error}. Install the extra 'bench'.", file=sys.stderr)
            status = 2
            continue
        result = {"environment": surroundings, **result}
        text = json.dumps(result, indent=1, ensure_ascii=False)
        (chosen.out / f"{name}.json").write_text(text + "\n", encoding="utf-8")
        seconds = time.perf_counter() - start
        print(f"bench: {name} done in {seconds:.0f} s: {chosen.out / name}.json", file=sys.stderr)
    return status


def environment(quick: bool) -> dict[str, Any]:
    """What the numbers depend on."""
    import numpy as np

    from veriquant.fast import threads

    processor = platform.processor()
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                processor = line.partition(":")[2].strip()
                break
    return {
        "processor": processor,
        "threads": threads.thread_count(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "numba": version("numba"),
        "veriquant": version("veriquant"),
        "quick": quick,
    }


if __name__ == "__main__":
    sys.exit(main())
