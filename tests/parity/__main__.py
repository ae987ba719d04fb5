"""`python -m tests.parity`: the figures."""

from __future__ import annotations

import argparse
import sys

from tests.parity.measuring import measure


def main() -> int:
    """Print them; 1 where a share is more than a point away."""
    parser = argparse.ArgumentParser(prog="python -m tests.parity", description=__doc__)
    parser.add_argument("--turns", type=int, default=30, metavar="N", help="of the conversation (default: 30)")
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    options = parser.parse_args()
    found = measure(options.turns, options.seed)
    print(f"A conversation of {options.turns} turns: share of input tokens read from the prompt cache\n")
    print(f"{'':32}{'direct':>9}{'through':>9}{'points':>8}{'same bytes':>12}{'edited':>8}{'ledger':>8}")
    for one in found:
        print(
            f"{one.name:32}{one.direct:9.2%}{one.through:9.2%}{one.points:8.2f}{one.same_bytes:12}{one.other_bytes:8}"
            f"{len(one.ledger):8}"
        )
    return int(any(one.points > 1 for one in found))


if __name__ == "__main__":
    sys.exit(main())
