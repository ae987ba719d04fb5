"""The whole of a hunt on one screen: logs in, campaigns with reasons out."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from wiretell.errors import InconclusiveError
from wiretell.hunt import allow as agreements
from wiretell.hunt import state
from wiretell.hunt.allow import Allow, Explained
from wiretell.hunt.earliest import earliest
from wiretell.hunt.engine.choosing import open_engine
from wiretell.hunt.engine.interface import Engine
from wiretell.hunt.evidence.interface import Weighed
from wiretell.hunt.evidence.weighing import weigh, weigh_shared
from wiretell.hunt.fetching import core_tables
from wiretell.hunt.graph.clustering import clusters
from wiretell.hunt.graph.interface import Cluster
from wiretell.hunt.graph.picture import picture
from wiretell.hunt.graph.shuffling import null_scores, q_values
from wiretell.hunt.judging.campaigns import Judged, judge, numbered, settled
from wiretell.hunt.judging.narrowing import narrowed
from wiretell.hunt.judging.parting import parted
from wiretell.hunt.keys import shared_keys
from wiretell.hunt.log.checking import Checked, check
from wiretell.hunt.log.interface import Log
from wiretell.hunt.log.reading import look
from wiretell.hunt.options import HuntOptions
from wiretell.hunt.rollup import roll
from wiretell.hunt.rule import Rule, rule_id, shipped
from wiretell.hunt.tables import Tables
from wiretell.hunt.thinning import thinned
from wiretell.model.hunt import Campaign, CampaignKind, EvidenceKind, Hunted, NotExamined, Picture, Tier
from wiretell.report.progress import Progress

_ENOUGH: Final = 2000
"""Accounts of a campaign by which its first day is told."""


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
    judged, shuffles = _campaigns(tables, rule, options.seed, progress)
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
        notes=(*read.notes, *_told(shuffles, rule)),
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
    tables, thin = thinned(tables)
    return _Read(tables, tuple(missing), (*notes, *thin, *agreements.told(agreed, today, members, excuse.groups)))


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


def _campaigns(tables: Tables, rule: Rule, seed: int, progress: Progress) -> tuple[list[tuple[Judged, Cluster]], int]:
    """Return the campaigns, each with its cluster, and how many shuffles their significance was told by."""
    found = [part for one in clusters(tables, rule) for part in parted(tables, one, rule) if len(part.accounts) > 1]
    progress.phase("weighing", len(found))
    # 1 What every cluster would be if it were no accident.
    cases = []
    for number, one in enumerate(found):
        cluster, weighed = settled(tables, one, rule, np.random.default_rng([seed, number]))
        cases.append(_Case(cluster, weighed, judge(tables, cluster, weighed, 0.0, rule)))
        progress.advance()
    # 2 Shuffles tell whether it is one; as many as it takes for those that would be in review.
    strengths = np.array([_strength(tables, one, rule) for one in found])
    reviewed = np.array([case.tier is Tier.REVIEW for case in cases], dtype=np.bool_)
    known = ~np.isnan(strengths)
    q, shuffles = np.full(len(found), np.nan), 0
    if known.any():
        null = null_scores(
            tables, rule, seed, lambda dealt, one: _strength(dealt, one, rule), strengths[known & reviewed]
        )
        q[known], shuffles = q_values(strengths[known], null.scores, null.shuffles), null.shuffles
    # 3 Judged by that.
    judged = [
        _judged(tables, case, None if np.isnan(its) else float(its), rule) for case, its in zip(cases, q, strict=True)
    ]
    return [(one, cluster) for one, cluster in zip(judged, found, strict=True) if one], shuffles


@dataclass(frozen=True, slots=True, eq=False)
class _Case:
    """A cluster weighed, and what it would be if it were no accident."""

    cluster: Cluster
    weighed: Weighed
    judged: Judged | None

    @property
    def tier(self) -> Tier | None:
        return self.judged[0].tier if self.judged else None


def _strength(tables: Tables, cluster: Cluster, rule: Rule) -> float:
    """Return the mean score of a cluster's accounts by what they share; NaN where they are too few for a review."""
    if len(cluster.accounts) < rule.tiers.review_accounts:
        return float("nan")
    return float(weigh_shared(tables, cluster, rule).bits.sum(axis=1).mean())


def _judged(tables: Tables, case: _Case, q: float | None, rule: Rule) -> Judged | None:
    if case.judged is None:
        return None
    carried = case.tier is not Tier.REVIEW or (q is not None and q <= rule.tiers.review_q)
    judged = case.judged if carried else judge(tables, case.cluster, case.weighed, q, rule)
    if judged is None:
        return None
    campaign, findings = replace(judged[0], q_value=q), judged[1]
    if campaign.tier is Tier.WATCH:
        return campaign, findings
    day = earliest(*_some(tables, case.cluster), lambda then, same: _carried(then, same, campaign.tier, q, rule))
    return (replace(campaign, earliest=day[0], earliest_share=day[1]) if day else campaign), findings


def _some(tables: Tables, cluster: Cluster) -> tuple[Tables, Cluster]:
    """Return a large cluster with as many of its accounts as suffice to tell its first day, evenly by name.

    The others are taken out of the tables as well: they are no strangers who hold the cluster's tokens.
    """
    step = -(-len(cluster.accounts) // _ENOUGH)
    if step < 2:
        return tables, cluster
    stays = np.arange(len(cluster.accounts)) % step == 0
    some = narrowed(tables, cluster, stays)
    left = np.setdiff1d(cluster.edges, some.edges, assume_unique=True)
    gone = np.bincount(tables.edges.token[left], minlength=len(tables.tokens))
    holders = np.maximum(tables.tokens.holders - gone, 0)
    return replace(tables, tokens=replace(tables.tokens, holders=holders)), some


def _told(shuffles: int, rule: Rule) -> tuple[str, ...]:
    if shuffles in (0, rule.tiers.shuffles):
        return ()
    return (
        f"Chances of clusters were told by {shuffles} of {rule.tiers.shuffles} shuffles of the graph: chance came "
        "nowhere near what is in review, or the graph is large.",
    )


def _carried(tables: Tables, cluster: Cluster, tier: Tier, q: float | None, rule: Rule) -> bool:
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
