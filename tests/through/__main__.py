"""`python -m tests.through`: real agents direct and through the gateway, and a table of how they fared."""

from __future__ import annotations

import argparse
import sys

from tests.through.cases import AGENTS, MARKED
from tests.through.led import lead
from tests.through.refused import REFUSALS, refused
from tests.through.running import Case, compare
from tests.through.table import render, render_led, render_refused
from wiretell.errors import WiretellError


def main() -> int:
    """Run every agent every way; 1 where an outcome is not the same, or a reason is not shown."""
    parser = argparse.ArgumentParser(prog="python -m tests.through", description=__doc__)
    parser.add_argument("agents", nargs="*", metavar="SPEC", help=f"default: {' '.join(AGENTS)}, and a marked world")
    options = parser.parse_args()
    specs = options.agents or AGENTS
    try:
        found = [compare(case) for case in (*map(Case, specs), *(() if options.agents else MARKED))]
        print(render(found), end="\n\n", flush=True)
        led = [lead(spec) for spec in specs]
        print(render_led(led), end="\n\n", flush=True)
        shown = [refused(spec, refusal) for spec in specs for refusal in REFUSALS]
        print(render_refused(shown))
    except WiretellError as error:
        print(error, file=sys.stderr)
        return 2
    good = (
        *(one.same_outcome for one in found),
        *(one.same_outcome(way) for one in led for _, way in one.ways),
        *(one.is_told for one in shown),
    )
    return int(not all(good))


if __name__ == "__main__":
    sys.exit(main())
