"""Snapshots as columns. What a policy is asked of is held once, however many machines have it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

from wiretell.fleet.merging.snapshot import Snapshot
from wiretell.model.fleet_report import What

if TYPE_CHECKING:
    import pyarrow as pa

_SNAPSHOTS = ("id", "machine", "hostname", "named", "source", "team", "taken", "day")
_FINDINGS = ("snapshot", "what", "running", "how", "path", "user")
_PARTLY = ("snapshot", "why")


class Tables(NamedTuple):
    """Snapshots as Arrow tables."""

    tables: dict[str, pa.Table]
    """`snapshot`, `finding`, `partly`. Snapshots are numbered from 0; `what` is an index into `whats`."""
    whats: list[What]
    """Each different thing, in the order in which they came."""

    def before(self, moment: dt.datetime) -> bool:
        """Whether any snapshot is no later."""
        import pyarrow.compute as pc

        first = pc.min(self.tables["snapshot"]["taken"]).as_py()
        return first is not None and first <= int(moment.timestamp() * 1_000_000)


@dataclass(slots=True)
class Columns:
    """Lists of equal length, one a column, that grow snapshot by snapshot."""

    zone: ZoneInfo
    """In which days begin."""
    teams: dict[str, str]
    """Machine (id or host name) -> team, before what an inventory says itself."""
    hashes: bool
    """Whether programs of one version are told apart by their bytes."""
    _snapshots: dict[str, list[Any]] = field(default_factory=lambda: {name: [] for name in _SNAPSHOTS})
    _findings: dict[str, list[Any]] = field(default_factory=lambda: {name: [] for name in _FINDINGS})
    _partly: dict[str, list[Any]] = field(default_factory=lambda: {name: [] for name in _PARTLY})
    _codes: dict[tuple[str | bool, ...], int] = field(default_factory=dict)
    """What a policy is asked of -> its number."""

    def add(self, snapshots: Iterable[Snapshot]) -> None:
        """Take snapshots."""
        for number, snapshot in enumerate(snapshots, len(self._snapshots["id"])):
            self._add(number, snapshot)

    def _add(self, number: int, snapshot: Snapshot) -> None:
        team = self.teams.get(snapshot.machine) or self.teams.get(snapshot.hostname) or snapshot.team
        day = snapshot.taken.astimezone(self.zone).toordinal()
        moment = int(snapshot.taken.timestamp() * 1_000_000)
        values = (number, snapshot.machine, snapshot.hostname, snapshot.named, snapshot.source, team, moment, day)
        for column, value in zip(self._snapshots.values(), values, strict=True):
            column.append(value)
        self._add_rows(number, snapshot)
        for why in snapshot.partly:
            self._partly["snapshot"].append(number)
            self._partly["why"].append(why)

    def _add_rows(self, number: int, snapshot: Snapshot) -> None:
        """Add findings. The hot loop: a row is unpacked once, and hashed as a tuple."""
        numbers, whats, running, hows, paths, users = self._findings.values()
        codes, hashes = self._codes, self.hashes
        for kind, product, vendor, version, sha256, model, how, path, user, used in snapshot.rows:
            what = (product, vendor, version, sha256 if hashes else "", model, used)
            numbers.append(number)
            whats.append(codes.setdefault(what, len(codes)))
            running.append(kind == "process")
            hows.append(how)
            paths.append(path)
            users.append(user)

    def tables(self) -> Tables:
        """Return the columns as Arrow tables."""
        import pyarrow as pa

        types = {"id": pa.int32(), "snapshot": pa.int32(), "what": pa.int32(), "taken": pa.int64(), "day": pa.int32()}
        types |= {"running": pa.bool_(), "named": pa.bool_()}
        types |= dict.fromkeys(("how", "path", "user", "why"), pa.dictionary(pa.int32(), pa.string()))

        def table(columns: dict[str, list[Any]]) -> pa.Table:
            return pa.table({name: pa.array(values, types.get(name, pa.string())) for name, values in columns.items()})

        return Tables(
            {"snapshot": table(self._snapshots), "finding": table(self._findings), "partly": table(self._partly)},
            [What(*what) for what in self._codes],  # type: ignore[arg-type]  # told apart by their places
        )


def joined(parts: Sequence[Tables]) -> Tables:
    """Return many as one, in their order: snapshots and things are numbered anew."""
    import pyarrow as pa
    import pyarrow.compute as pc

    codes: dict[What, int] = {}
    found: dict[str, list[pa.Table]] = {"snapshot": [], "finding": [], "partly": []}
    before = 0
    for tables, whats in parts:
        renumbered = pa.array([codes.setdefault(what, len(codes)) for what in whats], pa.int32())
        for name, table in tables.items():
            for column in ("id", "snapshot"):
                if column in table.column_names:
                    table = _replaced(table, column, pc.add(table[column], pa.scalar(before, pa.int32())))
            if name == "finding":
                table = _replaced(table, "what", pc.take(renumbered, table["what"]))
            found[name].append(table)
        before += tables["snapshot"].num_rows
    return Tables({name: pa.concat_tables(tables) for name, tables in found.items()}, list(codes))


def _replaced(table: pa.Table, name: str, values: Any) -> pa.Table:
    return table.set_column(table.column_names.index(name), name, values)
