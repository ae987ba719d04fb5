"""Copy the shared helper beside every agent that uses it: `python -m tests.specimens.build`.

A specimen is a whole target: the sandbox shows its folder and nothing around it, and links that lead out of a folder
are refused. So each folder holds a copy; a test says when one is stale.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent
LIB = ROOT / "lib"


def copies() -> Iterator[tuple[Path, Path]]:
    """Yield (source, copy) for every specimen whose agent uses the helper."""
    for agent in sorted(ROOT.glob("*/agent.*")):
        source = LIB / f"wire{agent.suffix}"
        if uses_helper(agent):
            yield source, agent.with_name(source.name)


def uses_helper(agent: Path) -> bool:
    """Return whether this agent's program loads the helper."""
    text = agent.read_text("utf-8")
    return "import wire\n" in text or 'require("./wire.js")' in text


def stale() -> list[Path]:
    """Return the copies that are missing or differ from their source."""
    return [copy for source, copy in copies() if not copy.exists() or copy.read_bytes() != source.read_bytes()]


def main() -> None:
    """Write every stale copy anew."""
    for source, copy in copies():
        copy.write_bytes(source.read_bytes())


if __name__ == "__main__":
    main()
