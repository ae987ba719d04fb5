"""Read the specimens: their folders and their oracles."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, Literal

import msgspec

ROOT = Path(__file__).parent

Kind = Literal["positive", "twin", "decoy", "bad", "probe"]


class Shown(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One world in which the specimen itself, started directly, shows what the oracle says."""

    world: dict[str, str]
    """Fact -> level; other facts are at their plain value."""
    sends: str | None = None
    """Regular expression over all that the agent sends (UTF-8); None: none of the channel's other symbols."""
    sometimes: bool = False
    """True where only a share of the runs in this world show it."""


class Expected(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"cls": "class"}):
    """A channel that an audit must report. What is None is not compared."""

    cls: Literal["covert", "undeclared", "declared"]
    carrier: str | None = None
    facts: frozenset[str] | None = None
    symbols: int | None = None
    values: frozenset[str] | None = None
    """The symbols themselves, for lookalike characters."""
    request: str | None = None
    """Method and path, without a query."""
    part: Literal["head", "body", "connection", "run"] | None = None
    path: str | None = None
    """JSON pointer in a body, header name (any case) in a head."""
    offset: int | None = None
    """Characters before the symbol in the decoded text at `path`."""
    closed: dict[str, str] = {}
    """Fact -> the level at which at most one symbol may ever be shown (a gate)."""
    rate: float | None = None
    """Share of the runs that show the symbol, where it is not 1."""
    shown: list[Shown] = []


class Runs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an audit of this specimen may cost."""

    budget: int
    """Starts of the agent, at most."""


class Oracle(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The truth about one specimen (`oracle.toml`)."""

    schema: Literal[1]
    summary: str
    kind: Kind
    exit: int
    """Exit code of `wiretell audit`."""
    verdict: frozenset[str]
    """The verdicts that are right."""
    runs: Runs
    open_facts: frozenset[str] = frozenset()
    """Facts that visible channels may depend on besides those listed: the date follows the clock."""
    channel: list[Expected] = []
    twin_of: str | None = None
    reason: str | None = None
    """Regular expression (any case) that the sentence of an inconclusive audit must hold."""
    noisy: bool = False
    """Whether two runs in one world differ even after the usual identifiers are set aside."""
    quick: bool = False


class Specimen(msgspec.Struct, frozen=True):
    """A planted agent."""

    name: str
    folder: Path
    program: Path
    """`agent.js` or `agent.py`."""
    recipe: dict[str, Any]
    """`wiretell-agent.toml` as read; checking it is the product's work."""
    oracle: Oracle

    @property
    def language(self) -> Literal["node", "python"]:
        """What runs it."""
        return "node" if self.program.suffix == ".js" else "python"

    def expected(self, cls: str) -> list[Expected]:
        """Return the channels of one class that an audit must report."""
        return [channel for channel in self.oracle.channel if channel.cls == cls]


def load(name: str) -> Specimen:
    """Read one specimen; raises `FileNotFoundError`, `tomllib.TOMLDecodeError` or `msgspec.ValidationError`."""
    folder = ROOT / name
    program = next(iter(sorted(folder.glob("agent.*"))), None)
    if program is None:
        raise FileNotFoundError(f"{folder} has no agent.js or agent.py")
    recipe = tomllib.loads((folder / "wiretell-agent.toml").read_text("utf-8"))
    oracle = msgspec.convert(tomllib.loads((folder / "oracle.toml").read_text("utf-8")), Oracle)
    return Specimen(name, folder, program, recipe, _checked(oracle))


def load_all() -> tuple[Specimen, ...]:
    """Read every specimen, sorted by name."""
    return tuple(load(path.parent.name) for path in sorted(ROOT.glob("*/oracle.toml")))


def of_kind(*kinds: Kind) -> tuple[Specimen, ...]:
    """Return the specimens of the given kinds, sorted by name."""
    return tuple(specimen for specimen in load_all() if specimen.oracle.kind in kinds)


def _checked(oracle: Oracle) -> Oracle:
    """Return the oracle, or raise `re.error` where one of its expressions is none."""
    for text in [oracle.reason, *(shown.sends for channel in oracle.channel for shown in channel.shown)]:
        re.compile(text or "")
    return oracle
