"""`python -m tests.through`: real agents direct and through the gateway, and a table of how they fared."""

from __future__ import annotations

import argparse
import sys

from tests.through.cases import AGENTS, MARKED
from tests.through.running import Case, compare
from tests.through.table import render
from wiretell.errors import WiretellError


def main() -> int:
    """Run every agent, and the marked release in its marked world; 1 where an outcome is not the same."""
    parser = argparse.ArgumentParser(prog="python -m tests.through", description=__doc__)
    parser.add_argument("agents", nargs="*", metavar="SPEC", help=f"default: {' '.join(AGENTS)}, and a marked world")
    options = parser.parse_args()
    cases = [Case(spec) for spec in options.agents] or [*map(Case, AGENTS), *MARKED]
    try:
        found = [compare(case) for case in cases]
    except WiretellError as error:
        print(error, file=sys.stderr)
        return 2
    print(render(found))
    return int(not all(one.same_outcome for one in found))


if __name__ == "__main__":
    sys.exit(main())
