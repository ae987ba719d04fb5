"""Write what specimens hold that is made of something else: `python -m tests.specimens.build`.

- A copy of the shared helper beside every agent that uses it. A specimen is a whole target: the sandbox shows its
  folder and nothing around it, and links that lead out of a folder are refused.
- `date_line/lists.js`: the host lists of the date-line scheme's data file, hidden as in the original.

A test says when one is stale.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent
LIB = ROOT / "lib"
LISTS = ROOT / "date_line" / "lists.js"
DATA = ROOT.parents[1] / "src/wiretell/marks/date_line/data/lists.json"
KEY = 91
"""Of the original: each byte of the list is XORed with it, then base64."""


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


def hidden_lists() -> bytes:
    """Return the module that holds the two lists, encoded."""
    data = DATA.read_text("utf-8")
    lists = json.loads(data)["lists"]
    known, words = (hidden(lists[name]["entries"]) for name in ("known", "labKw"))
    return (
        '"use strict";\n// Made by `python -m tests.specimens.build` of the lists in src/wiretell/marks/date_line.\n'
        f'module.exports = {{\n  KNOWN: "{known}",\n  WORDS: "{words}",\n}};\n'
    ).encode()


def hidden(entries: list[str]) -> str:
    """Return a list as the original stores it: joined by commas, XOR, base64."""
    return base64.b64encode(bytes(byte ^ KEY for byte in ",".join(entries).encode())).decode()


def made() -> Iterator[tuple[Path, bytes]]:
    """Yield every file that is made here, with its content."""
    for source, copy in copies():
        yield copy, source.read_bytes()
    yield LISTS, hidden_lists()


def stale() -> list[Path]:
    """Return the files that are missing or differ from what they are made of."""
    return [path for path, content in made() if not path.exists() or path.read_bytes() != content]


def main() -> None:
    """Write every stale file anew."""
    for path, content in made():
        path.write_bytes(content)


if __name__ == "__main__":
    main()
