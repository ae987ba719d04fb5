"""`python -m tests.hunt.second_world --seed N`: make a world, hunt in it, print what came out."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from tests.hunt.second_world.measuring import hunt, hunt_in, told


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.hunt.second_world", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="keep the world there; one that is there is not made again")
    parser.add_argument("--volume", type=float, default=1.0, help="1: campaigns' accounts as busy as reported ones")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as aside:
        folder = args.folder or Path(aside)
        made = (folder / "truth" / "settings.json").exists()
        result = hunt_in(folder, args.seed) if made else hunt(folder, args.seed, args.volume)
        print("\n".join(told(result)))


if __name__ == "__main__":
    main()
