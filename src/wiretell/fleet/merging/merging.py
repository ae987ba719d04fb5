"""One report of many machines: the policy is asked once for each different thing, DuckDB counts.

1 read files -> 2 columns -> 3 decide each different thing, today and on every day of the past that is shown
-> 4 count: by version and team, by team, machine by machine what is banned, day by day.
"""

from __future__ import annotations

import datetime as dt
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from wiretell import policy as policies
from wiretell.errors import InconclusiveError
from wiretell.fleet.merging import queries, reading, sharing
from wiretell.fleet.merging.tables import Tables
from wiretell.fleet.progress import Progress
from wiretell.model.fleet import NotExamined, Upcoming
from wiretell.model.fleet_report import Day, FleetReport, Item, Spread, Team, What
from wiretell.policy import Asked, Client, Decision, Policy
from wiretell.policy.periods import start_of_day

if TYPE_CHECKING:
    import duckdb

NO_TEAM: Final = "(no team)"
_LATER: Final = "some inventories are later than the moment of this report and do not count; is a clock wrong?"
_ABSENT: Final = "all inventories are later than the moment of this report: these machines are not counted"
_UNNAMED: Final = "inventories without an id are told apart by host name: two machines of one name count as one"
_COPIED: Final = (
    "inventories of one id name several hosts: machines made of one image count as one, as a renamed one does"
)
_PASS: Final = Decision("pass")


@dataclass(frozen=True, slots=True)
class ReportOptions:
    """What is merged, and how it is looked at."""

    paths: tuple[str, ...]
    policy: Policy | None
    on: dt.datetime
    """With a time zone. The last inventory of each machine before it counts; what was taken later is left out."""
    teams: Mapping[str, str] = field(default_factory=dict)
    """Machine (id or host name) -> team."""
    ahead_days: int = 30
    """What will be banned within so many days is expiring."""
    silent_days: int = 14
    """A machine whose last inventory is older is silent: it still counts, and not on the days after."""
    past_days: int = 30
    """So many days are shown over time."""


def merge(options: ReportOptions, progress: Progress) -> FleetReport:
    """Merge inventories into one report.

    :raises UsageError: for paths that lead nowhere. InconclusiveError: where no file holds an inventory.
    """
    began = time.monotonic()
    zone = ZoneInfo(options.policy.timezone if options.policy else "UTC")
    paths, left_out = reading.files(options.paths)
    progress.phase("reading inventories", len(paths))
    hashes = any(rule.audits for rule in options.policy.rules) if options.policy else False
    how = sharing.How(zone, dict(options.teams), hashes)
    found, read = sharing.gathered(paths, how, progress.advance)
    if not found.tables["snapshot"].num_rows:
        raise InconclusiveError(f"none of {len(paths):,} files holds an inventory; {_first(read)}")
    if not found.before(options.on):
        raise InconclusiveError(
            f"all inventories are later than {options.on:%Y-%m-%d %H:%M:%S %Z}: none counts for then."
        )
    progress.phase("counting", 5)
    return _Merge(options, zone, found, progress).report((*left_out, *_unread(read)), began)


def _first(read: reading.Read) -> str:
    return f"{read.unread[0].what}: {read.unread[0].why}." if read.unread else "see `wiretell fleet inventory --help`."


def _unread(read: reading.Read) -> tuple[NotExamined, ...]:
    more = (NotExamined(f"{read.more_unread:,} more files or lines", "as above"),) if read.more_unread else ()
    return (*read.unread, *more)


class _Merge:
    """One report in the making. Days are ordinals of the proleptic Gregorian calendar, as `date.toordinal` has them."""

    def __init__(self, options: ReportOptions, zone: ZoneInfo, found: Tables, progress: Progress) -> None:
        import duckdb

        self._options = options
        self._progress = progress
        self._whats = list(found.whats)
        self._today = options.on.astimezone(zone).date()
        self._now = {number: self._decided(what, options.on) for number, what in enumerate(self._whats)}
        self._next = {number: self._upcoming(what) for number, what in enumerate(self._whats)}
        self._lines = self._told_together()
        self._db: duckdb.DuckDBPyConnection = duckdb.connect(":memory:")
        self._load(found)

    def report(self, unread: tuple[NotExamined, ...], began: float) -> FleetReport:
        """Count everything."""
        policy = self._options.policy
        spread = self._step(self._spread)
        teams = self._step(self._teams)
        banned = self._step(self._banned)
        days = self._step(self._days)
        partly = self._step(self._partly)
        (inventories, machines), *_ = self._rows("SELECT count(*), count(DISTINCT machine) FROM snapshot WHERE usable")
        self._db.close()
        return FleetReport(
            policy_source=policy.source if policy else "",
            policy_sha256=policy.sha256 if policy else "",
            timezone=policy.timezone if policy else "UTC",
            on=self._options.on,
            ahead_days=self._options.ahead_days,
            silent_days=self._options.silent_days,
            machines=machines,
            inventories=inventories,
            teams=teams,
            spread=spread,
            banned=banned,
            days=days,
            partly=partly,
            unread=unread,
            wall_s=time.monotonic() - began,
        )

    def _step(self, make: Any) -> Any:
        made = make()
        self._progress.advance()
        return made

    def _rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        return self._db.execute(sql, values).fetchall()

    # What is told in one line

    def _told_together(self) -> list[int]:
        """Return of each thing in whose line it is told: its own, or of a model the first alike.

        A model is asked of with the version of its client, which decides; where it decides nothing, it is no line.
        """
        lines: dict[Any, int] = {}
        return [lines.setdefault(self._line(number, what), number) for number, what in enumerate(self._whats)]

    def _versions(self) -> Mapping[int, set[str]]:
        """Return the versions that a line tells of."""
        versions: defaultdict[int, set[str]] = defaultdict(set)
        for number, line in enumerate(self._lines):
            versions[line].add(self._whats[number].version)
        return versions

    def _line(self, number: int, what: What) -> Any:
        if not what.model:
            return number
        rule, after = self._now[number].rule, self._next[number]
        told = after and (after.day, after.decision.told)
        return what.product, what.vendor, what.model, self._now[number].effect, rule and rule.id, told

    # Decisions

    def _decided(self, what: What, at: dt.datetime) -> Decision:
        return policies.decide(self._options.policy, _asked(what), at) if self._options.policy else _PASS

    def _upcoming(self, what: What) -> Upcoming | None:
        if self._options.policy is None:
            return None
        found = policies.upcoming(self._options.policy, _asked(what), self._options.on)
        last = self._today + dt.timedelta(days=self._options.ahead_days)
        return Upcoming(*found) if found and found[0] <= last else None

    def _ban_days(self) -> Iterable[tuple[int, int]]:
        """Yield (number, day) for every thing that was banned on a day of the past that is shown."""
        policy = self._options.policy
        if policy is None:
            return
        for at, days in self._periods(policy):
            for number, what in enumerate(self._whats):
                if policies.decide(policy, _asked(what), at).effect == "ban":
                    yield from ((number, day) for day in days)

    def _periods(self, policy: Policy) -> Iterable[tuple[dt.datetime, list[int]]]:
        """Return the days of the past by what is in force on them: a moment of the first, and all of them.

        What is decided on one of them is decided on all.
        """
        found: dict[tuple[bool, ...], tuple[dt.datetime, list[int]]] = {}
        for day in self._past():
            at = start_of_day(policy.timezone, dt.date.fromordinal(day))
            rules = tuple(policies.in_force(rule, policy.timezone, at) for rule in policy.rules)
            found.setdefault(rules, (at, []))[1].append(day)
        return found.values()

    def _past(self) -> range:
        today = self._today.toordinal()
        return range(today - self._options.past_days + 1, today + 1)

    # Tables

    def _load(self, found: Tables) -> None:
        import pyarrow as pa

        tables = dict(found.tables)
        tables["what"] = pa.table(
            {
                "what": pa.array(range(len(self._whats)), pa.int32()),
                "line": pa.array(self._lines, pa.int32()),
                "product": pa.array([what.product for what in self._whats], pa.string()),
                "setting": pa.array([bool(what.model) for what in self._whats], pa.bool_()),
                "effect": pa.array([self._now[number].effect for number in self._now], pa.string()),
                "expiring": pa.array([self._is_expiring(number) for number in self._now], pa.bool_()),
                "unknown": pa.array([self._is_unknown(number) for number in self._now], pa.bool_()),
            }
        )
        ban_days = list(self._ban_days())
        tables["ban_day"] = pa.table(
            {
                "what": pa.array([number for number, _ in ban_days], pa.int32()),
                "day": pa.array([day for _, day in ban_days], pa.int32()),
            }
        )
        tables["given"] = tables.pop("snapshot")
        for name, table in tables.items():
            self._db.register(name, table)  # read where they lie: a copy of all findings would be as large again
        self._db.execute(queries.SNAPSHOT)
        self._db.execute(queries.SNAPSHOTS, [int(self._options.on.timestamp() * 1_000_000)])
        self._db.execute(queries.SAME)
        self._db.execute(queries.LATEST, [self._today.toordinal() - self._options.silent_days])
        self._db.execute(queries.ONE_TEAM)

    def _is_expiring(self, number: int) -> bool:
        upcoming = self._next[number]
        return self._now[number].effect != "ban" and upcoming is not None and upcoming.decision.effect == "ban"

    def _is_unknown(self, number: int) -> bool:
        what = self._whats[number]
        return (not what.version and not what.model) or (bool(self._options.policy) and self._now[number].rule is None)

    # Counts

    def _spread(self) -> tuple[Spread, ...]:
        teams: defaultdict[int, dict[str, int]] = defaultdict(dict)
        for line, team, machines in self._rows(queries.BY_TEAM):
            teams[line][team] = machines
        versions = self._versions()
        spread = [
            Spread(
                self._whats[line] if len(versions[line]) == 1 else replace(self._whats[line], version=""),
                self._now[line],
                self._next[line],
                machines,
                running,
                dict(sorted(teams[line].items())),
            )
            for line, machines, running in self._rows(queries.BY_WHAT)
        ]
        return tuple(sorted(spread, key=_newest_first))

    def _teams(self) -> tuple[Team, ...]:
        return tuple(Team(*row) for row in self._rows(queries.TEAMS))

    def _banned(self) -> tuple[Item, ...]:
        items = []
        for machine, hostname, team, user, number, how, where, taken in self._rows(queries.BANNED):
            what, rule = self._whats[number], self._now[number].rule
            assert rule is not None
            at = dt.datetime.fromtimestamp(taken / 1_000_000, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            seen = (hostname, team, user, what.product, what.version, what.model, how, where)
            items.append(Item(*seen, rule.id, at, machine))
        return tuple(items)

    def _days(self) -> tuple[Day, ...]:
        past = self._past()
        self._db.execute(queries.VALID, [self._options.silent_days, past.start, past.stop])
        machines = dict(self._rows(queries.DAILY))
        banned = dict(self._rows(queries.DAILY_BANNED))
        products: defaultdict[int, dict[str, int]] = defaultdict(dict)
        for day, product, count in self._rows(queries.DAILY_PRODUCTS):
            products[day][product] = count
        first = min(machines, default=past.stop)
        return tuple(
            Day(dt.date.fromordinal(day), machines.get(day, 0), banned.get(day, 0), products.get(day, {}))
            for day in past
            if day >= first
        )

    def _partly(self) -> tuple[tuple[str, int], ...]:
        notes = zip((_LATER, _ABSENT, _UNNAMED, _COPIED), *self._rows(queries.NOTES), strict=True)
        return (*((why, machines) for why, machines in notes if machines), *self._rows(queries.PARTLY))


def _asked(what: What) -> Asked:
    client = Client(what.product, what.vendor, what.version) if what.used else Client()
    return Asked(client, what.model, sha256=what.sha256)


def _newest_first(item: Spread) -> tuple[Any, ...]:
    """Order by product; then versions downwards, those that cannot be read last; then models."""
    order = policies.order(item.what.version)
    return (
        item.what.product,
        bool(item.what.model),
        order is None,
        _Down(order),
        item.what.model,
        item.what.sha256,
        item.what.used,
    )


@dataclass(frozen=True, slots=True)
class _Down:
    """A sort key the other way round."""

    key: Any

    def __lt__(self, other: _Down) -> bool:
        return bool(other.key is not None and (self.key is None or other.key < self.key))
