"""`python -m tests.faults`: make every fault, print the table."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.faults.scenarios import ends, hosts, places

ALL = (*ends.SCENARIOS, *hosts.SCENARIOS, *places.SCENARIOS)


def main() -> int:
    """Print the table; 1 where something did not hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"default: {' '.join(one.__name__ for one in ALL)}")
    options = parser.parse_args()
    failed = False
    for scenario in ALL:
        if options.names and scenario.__name__ not in options.names:
            continue
        with tempfile.TemporaryDirectory() as folder:
            Path(folder).chmod(0o755)
            seen = scenario(Path(folder, "run"))
        failed |= not seen.held
        print(f"{'held' if seen.held else 'BROKEN':7}{seen.fault:52}{seen.choice:58}{seen.seen}", flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
