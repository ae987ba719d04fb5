"""The whole of a hunt on one screen: logs in, campaigns with reasons out."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from wiretell.errors import InconclusiveError
from wiretell.hunt import allow as agreements
from wiretell.hunt import state
from wiretell.hunt.allow import Allow, Explained
from wiretell.hunt.earliest import earliest
from wiretell.hunt.engine.choosing import open_engine
from wiretell.hunt.engine.interface import Engine
from wiretell.hunt.evidence.weighing import weigh, weigh_shared
from wiretell.hunt.fetching import core_tables
from wiretell.hunt.graph.clustering import clusters
from wiretell.hunt.graph.interface import Cluster
from wiretell.hunt.graph.picture import picture
from wiretell.hunt.graph.shuffling import null_scores, q_values, shuffles_of
from wiretell.hunt.judging.campaigns import Judged, judge, numbered, settled
from wiretell.hunt.keys import shared_keys
from wiretell.hunt.log.checking import Checked, check
from wiretell.hunt.log.interface import Log
from wiretell.hunt.log.reading import look
from wiretell.hunt.options import HuntOptions
from wiretell.hunt.rollup import roll
from wiretell.hunt.rule import Rule, rule_id, shipped
from wiretell.hunt.tables import Tables
from wiretell.model.hunt import Campaign, CampaignKind, EvidenceKind, Hunted, NotExamined, Picture, Tier
from wiretell.report.progress import Progress


@dataclass(frozen=True, slots=True)
class _Read:
    """What came out of the logs."""

    tables: Tables
    not_examined: tuple[NotExamined, ...]
    notes: tuple[str, ...]


def hunt(options: HuntOptions, progress: Progress) -> Hunted:
    """Read the logs, find what works as one, judge it.

    :raises UsageError, FormatError: for logs, an allow file or a state that cannot be used.
    :raises InconclusiveError: if no row of the logs has an account and a time.
    """
    started, rule = time.monotonic(), shipped()
    # 1 Logs: which rows, what is lost; roll-ups, the core of the graph.
    read = _read(options, rule, progress)
    tables = read.tables
    # 2 Groups that hold together, weighed and judged; significance against shuffles.
    judged = _campaigns(tables, rule, options.seed, progress)
    # 3 Accounts with many users.
    keys = shared_keys(tables, rule, read.not_examined)
    campaigns, findings = numbered(
        [*(one for one, _ in judged), *((campaign, (finding,)) for campaign, finding in keys)]
    )
    return Hunted(
        rows=tables.rows,
        accounts=tables.total_accounts,
        first=tables.first,
        last=tables.last,
        engine=options.engine,
        seed=options.seed,
        rule=rule_id(),
        campaigns=campaigns,
        findings=findings,
        not_examined=read.not_examined,
        notes=read.notes,
        populations=tables.populations,
        pictures=_pictures(tables, campaigns, [cluster for _, cluster in judged]),
        wall_s=time.monotonic() - started,
    )


def _read(options: HuntOptions, rule: Rule, progress: Progress) -> _Read:
    agreed = agreements.load(options.allow) if options.allow else Allow()
    log = look(options.logs)
    with open_engine(options) as engine:
        checks = _rolled(engine, log, options, rule, progress)
        last = engine.fetch("SELECT MAX(last_us) AS last FROM attribute").column(0)[0].as_py()
        today = agreements.day_of(last, dt.datetime.now(dt.UTC).date())
        members = agreements.members(engine, agreed, today, "attribute") if agreed.groups else {}
        excuse = _Excuse(agreements.explained(agreed, today))
        tables = core_tables(engine, members, rule, options.seed, progress.status, excuse if agreed.groups else None)
    if not tables.rows:
        raise InconclusiveError("No row of the log has an account and a time: nothing could be examined.")
    notes = dict.fromkeys((*log.notes, *(note for one in checks for note in one.notes)))
    missing = dict.fromkeys((*log.lost, *(one for check in checks for one in check.not_examined)))
    return _Read(tables, tuple(missing), (*notes, *agreements.told(agreed, today, members, excuse.groups)))


def _rolled(engine: Engine, log: Log, options: HuntOptions, rule: Rule, progress: Progress) -> list[Checked]:
    """Make the roll-ups: of the log, or of the state's window once the log has been added to it."""
    checks: list[Checked] = []

    def read(part: Log) -> None:
        engine.read(part)
        checks.append(check(engine, part))

    if options.state:
        state.add(engine, options.state, log, rule, progress.status, read)
        state.window(engine, options.state, rule, options.window_days, progress.status)
    else:
        read(log)
        roll(engine, rule, progress.status)
    return checks


class _Excuse:
    """Says which tokens agreed groups explain for everybody, and remembers whose they were."""

    def __init__(self, explained: Explained) -> None:
        self._explained = explained
        self.groups: list[str] = []
        """The group of each token."""

    def __call__(self, kind: EvidenceKind, tokens: Sequence[str]) -> Collection[str]:
        found = self._explained.among(kind, tokens)
        self.groups += found.values()
        return found


def _campaigns(tables: Tables, rule: Rule, seed: int, progress: Progress) -> list[tuple[Judged, Cluster]]:
    found = clusters(tables, rule)
    progress.phase("weighing", len(found))
    null = null_scores(tables, rule, seed, lambda dealt, one: _strength(dealt, one, rule)) if found else np.empty(0)
    strengths = np.array([_strength(tables, one, rule) for one in found])
    q = q_values(strengths, null, shuffles_of(tables, rule))
    judged: list[tuple[Judged, Cluster]] = []
    for number, (cluster, its_q) in enumerate(zip(found, q, strict=True)):
        case = _judged(tables, cluster, float(its_q), rule, np.random.default_rng([seed, number]))
        progress.advance()
        if case:
            judged.append((case, cluster))
    return judged


def _strength(tables: Tables, cluster: Cluster, rule: Rule) -> float:
    """Return the mean score of a cluster's accounts by what they share."""
    return float(weigh_shared(tables, cluster, rule).bits.sum(axis=1).mean())


def _judged(tables: Tables, cluster: Cluster, q: float, rule: Rule, rng: np.random.Generator) -> Judged | None:
    cluster, weighed = settled(tables, cluster, rule, rng)
    case = judge(tables, cluster, weighed, q, rule)
    if case is None or case[0].tier is Tier.WATCH:
        return case
    campaign, findings = case
    day = earliest(tables, cluster, lambda then, same: _carried(then, same, campaign.tier, q, rule))
    return (replace(campaign, earliest=day[0], earliest_share=day[1]), findings) if day else case


def _carried(tables: Tables, cluster: Cluster, tier: Tier, q: float, rule: Rule) -> bool:
    """Whether what was seen by then carries the tier."""
    if not len(cluster.accounts):
        return False
    case = judge(tables, cluster, weigh(tables, cluster, rule, np.random.default_rng(0)), q, rule)
    return case is not None and case[0].tier.rank >= tier.rank


def _pictures(tables: Tables, campaigns: Sequence[Campaign], found: Sequence[Cluster]) -> dict[str, Picture]:
    """Draw every campaign of several accounts."""
    number = np.full(len(tables.accounts), -1, dtype=np.int64)
    for at, cluster in enumerate(found):
        number[cluster.accounts] = at
    drawn: dict[str, Picture] = {}
    for campaign in campaigns:
        if campaign.kind is not CampaignKind.SHARED_KEY:
            members = np.searchsorted(tables.accounts.names, np.array(campaign.accounts, dtype=np.object_))
            drawn[campaign.id] = picture(tables, found[number[members[0]]], members)
    return drawn
