"""Audits that never start anything: an agent is a version, and what it would do is given."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from wiretell.audit import Options
from wiretell.campaign.run import Progress
from wiretell.errors import TargetError
from wiretell.history import Parts, Request, Store
from wiretell.model.agent import Agent, Official, Recipe, Target
from wiretell.model.findings import (
    AuditResult,
    Carrier,
    Channel,
    Class,
    Controls,
    Coverage,
    Evidence,
    RunSummary,
    Symbol,
    Verdict,
    Where,
)
from wiretell.model.world import World
from wiretell.target import Published

RECIPE = Recipe(
    "planted",
    ("{bin}",),
    "anthropic-messages",
    env={"ANTHROPIC_BASE_URL": "{base_url}"},
    official=Official("api.vendor.example"),
)
REST = World.of({"timezone": "Etc/UTC", "base_url": "http://127.0.0.1"})
ZONE = REST.with_levels(timezone="Asia/Shanghai")
HOST = REST.with_levels(base_url="http://deepseek.localhost")
OFFICIAL = ZONE.with_levels(base_url="official")
PLAN = (REST, REST, ZONE, HOST, OFFICIAL)
"""The ordinary plan of these audits."""
PASSED = Controls("pass", "pass", "pass")


def agent(version: str, root: Path = Path("/nowhere")) -> Agent:
    return Agent(Target("npm", "planted", version, f"sha-{version}", root, ("/opt/agent/cli.js",), "node"), RECIPE)


def channel(
    table: tuple[RunSummary, ...],
    writes: Callable[[World], str],
    *,
    carrier: Carrier = Carrier.HOMOGLYPH,
    facts: tuple[str, ...] = ("timezone",),
    cls: Class = Class.COVERT,
    rate: float | None = None,
    id_: str = "c1",
    flips: tuple[tuple[int, int], ...] = (),
) -> Channel | None:
    """Return the channel that a table of runs shows, None where all of them write the same."""
    shown: dict[str, list[int]] = {}
    for row in table:
        if not row.note:
            shown.setdefault(writes(row.world), []).append(row.run)
    if len(shown) < 2:
        return None
    symbols = tuple(Symbol(value, (), ({"timezone": ("x",)},), runs=tuple(runs)) for value, runs in shown.items())
    where = Where("POST /v1/messages", "body", "/messages/0/content/0/text", 5)
    return Channel(id_, cls, carrier, where, facts, symbols, 1.0, Evidence(9, "4/4", 0.001, rate, flips))


def by_zone(world: World) -> str:
    return "/" if world["timezone"] == "Asia/Shanghai" and world["base_url"] != "official" else "-"


def by_host(world: World) -> str:
    return "\u02bc" if "deepseek" in world["base_url"] else "'"


def result(
    version: str,
    options: Options,
    writers: Mapping[Carrier, Callable[[World], str]],
    *,
    asks: Callable[[World], bool] = lambda _: True,
    reasons: tuple[str, ...] = (),
    controls: Controls = PASSED,
) -> AuditResult:
    """Return what an audit of a planted agent says."""
    worlds = (REST, REST, *(w for world in options.worlds for w in (world, world))) if options.worlds else PLAN
    note = {True: "", False: "no model request"}
    table = tuple(RunSummary(n, "array", world, {}, note[asks(world)]) for n, world in enumerate(worlds))
    facts = {Carrier.FORMAT: ("base_url", "timezone"), Carrier.HOMOGLYPH: ("base_url",)}
    made = (channel(table, writes, carrier=c, facts=facts[c], id_=f"c-{c}") for c, writes in writers.items())
    channels = () if reasons else tuple(each for each in made if each is not None)
    covert = Verdict.COVERT if channels else Verdict.CLEAN
    return AuditResult(
        target={"kind": "npm", "name": "planted", "version": version, "sha256": f"sha-{version}", "agent": "planted"},
        verdict=Verdict.INCONCLUSIVE if reasons else covert,
        channels=channels,
        coverage=Coverage({}, ()),
        destinations=(),
        template=(),
        controls=controls,
        runs=len(table),
        wall_s=1.0,
        agent_cpu_s=1.0,
        table=table,
        reasons=reasons,
    )


class Quiet:
    """Progress that remembers its notes."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def phase(self, name: str, total: int) -> None: ...

    def advance(self, n: int = 1, note: str = "") -> None: ...

    def note(self, text: str) -> None:
        self.notes.append(text)


@dataclass
class World_:
    """A registry and a lab: what each version does, and what was done with it."""

    folder: Path
    count: int = 12
    writers: Callable[[int], Mapping[Carrier, Callable[[World], str]]] = lambda _: {}
    missing: frozenset[int] = frozenset()
    mute: frozenset[int] = frozenset()
    """Versions that never ask a model."""
    controls: Controls = PASSED
    audits: list[tuple[str, bool]] = field(default_factory=list)
    """Version, and whether in full."""
    fetched: list[str] = field(default_factory=list)
    ahead: list[str] = field(default_factory=list)
    asked: int = 0

    def listing(self) -> tuple[Published, ...]:
        self.asked += 1
        return tuple(Published(f"1.0.{n}", f"2026-01-{n + 1:02}T00:00:00Z") for n in range(self.count))

    def sha256(self, version: str) -> str:
        return ""

    @contextmanager
    def agent(self, version: str) -> Iterator[Agent]:
        if int(version.split(".")[2]) in self.missing:
            raise TargetError(f"There is no {version}.")
        self.fetched.append(version)
        yield agent(version)

    def prefetch(self, version: str) -> None:
        self.ahead.append(version)

    def audit(self, who: Agent, options: Options, progress: Progress) -> AuditResult:
        version = who.target.version or ""
        n = int(version.split(".")[2])
        self.audits.append((version, not options.worlds))
        reasons = ("the agent never sent a model request.",) if n in self.mute else ()
        return result(version, options, self.writers(n), reasons=reasons, controls=self.controls)

    def parts(self, *, reads: bool = True) -> Parts:
        return Parts(self.listing, self, Store.of("planted", self.folder, reads=reads), self.audit)

    def request(self, start: int = 0, end: int | None = None, every: int | None = None, seed: int = 0) -> Request:
        last = self.count - 1 if end is None else end
        return Request("planted", f"1.0.{start}", f"1.0.{last}", RECIPE, every, seed=seed)
