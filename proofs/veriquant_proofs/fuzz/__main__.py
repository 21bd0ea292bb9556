"""`python -m veriquant_proofs.fuzz --seconds N`: exit code 1 if a fault was found, else 0."""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

from veriquant_proofs.fuzz.campaign import Campaign
from veriquant_proofs.fuzz.corpus import build


def main(arguments: list[str] | None = None) -> int:
    """Run the fuzzer for a time."""
    parser = argparse.ArgumentParser(prog="python -m veriquant_proofs.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="how long to look (60)")
    parser.add_argument("--seed", type=int, help="begin as an earlier run did; default: by chance")
    options = parser.parse_args(arguments)
    seed = options.seed if options.seed is not None else random.SystemRandom().getrandbits(32)
    print(f"fuzz: {options.seconds:g} s, seed {seed}", flush=True)
    started = time.monotonic()
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else None  # every output is flushed
    with tempfile.TemporaryDirectory(prefix="veriquant-fuzz-", dir=memory) as folder:
        root = Path(folder) / "corpus"
        root.mkdir()
        campaign = Campaign(build(root), seed, started + options.seconds)
        campaign.run()
    for text in campaign.faults.values():
        print(f"FAULT {text}\n", file=sys.stderr)
    print(f"fuzz: {len(campaign.faults)} faults; {campaign.summary()}")
    return 1 if campaign.faults else 0


if __name__ == "__main__":
    sys.exit(main())
