"""`python -m tests.differential`: the whole differential test, and its table."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence

from tests.differential.running import compare
from tests.differential.table import render, unequal
from tests.differential.worlds import FULL, trials
from wiretell import target
from wiretell.errors import WiretellError
from wiretell.report.progress import Progress

AGENT = "npm:@anthropic-ai/claude-code@2.1.91"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it; 0 where all three agree in every world, 1 where not, 2 for what cannot be run."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.differential",
        description="Runs a real release and the specimen in the same sealed worlds, and compares the date line that "
        "each sends with the one that wiretell.marks predicts, byte for byte.",
    )
    parser.add_argument("--worlds", type=int, default=FULL, metavar="N", help=f"how many (default: {FULL}, all zones)")
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    parser.add_argument("--agent", default=AGENT, metavar="SPEC", help=f"default: {AGENT}")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, metavar="N", help="runs at a time")
    options = parser.parse_args(arguments)
    began = time.monotonic()
    try:
        with Progress(sys.stderr) as progress:
            agent = target.resolve(options.agent, progress=progress.note)
            outcomes = compare(agent, trials(options.worlds, options.seed), progress, workers=options.workers)
    except WiretellError as error:
        print(error, file=sys.stderr)
        return 2
    who = f"{agent.target.name} {agent.target.version}"
    print(render(outcomes, f"Date lines of {who}, of the specimen, and of wiretell.marks (seed {options.seed})"))
    print(f"{time.monotonic() - began:.0f} s")
    return int(bool(unequal(outcomes)))


if __name__ == "__main__":
    sys.exit(main())
