"""Snapshots as columns. What a policy is asked of is held once, however many machines have it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from wiretell.fleet.merging.snapshot import Snapshot
from wiretell.model.fleet_report import What

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(slots=True)
class Columns:
    """Lists of equal length, one a column."""

    snapshots: dict[str, list[Any]] = field(
        default_factory=lambda: {name: [] for name in ("id", "machine", "hostname", "team", "taken", "day")}
    )
    findings: dict[str, list[Any]] = field(
        default_factory=lambda: {name: [] for name in ("snapshot", "what", "running", "how", "path", "user")}
    )
    partly: dict[str, list[Any]] = field(default_factory=lambda: {"snapshot": [], "why": []})
    whats: dict[What, int] = field(default_factory=dict)
    """Each different thing -> its number, in the order in which they came."""

    def tables(self) -> dict[str, pa.Table]:
        """Return the columns as Arrow tables, by name."""
        import pyarrow as pa

        return {
            "snapshot": pa.table(
                {
                    **{name: pa.array(self.snapshots[name], pa.string()) for name in ("machine", "hostname", "team")},
                    "id": pa.array(self.snapshots["id"], pa.int32()),
                    "taken": pa.array(self.snapshots["taken"], pa.int64()),
                    "day": pa.array(self.snapshots["day"], pa.int32()),
                }
            ),
            "finding": pa.table(
                {
                    "snapshot": pa.array(self.findings["snapshot"], pa.int32()),
                    "what": pa.array(self.findings["what"], pa.int32()),
                    "running": pa.array(self.findings["running"], pa.bool_()),
                    **{name: pa.array(self.findings[name], pa.string()) for name in ("how", "path", "user")},
                }
            ),
            "partly": pa.table(
                {
                    "snapshot": pa.array(self.partly["snapshot"], pa.int32()),
                    "why": pa.array(self.partly["why"], pa.string()),
                }
            ),
        }


def columns(snapshots: Iterable[Snapshot], zone: ZoneInfo, teams: dict[str, str], *, hashes: bool) -> Columns:
    """Return snapshots as columns.

    `zone`: in which days begin. `teams`: machine (id or host name) -> team, before what an inventory says itself.
    `hashes`: whether programs of one version are told apart by their bytes.
    """
    made = Columns()
    texts: dict[str, str] = {}
    keep = texts.setdefault
    for number, snapshot in enumerate(snapshots):
        team = teams.get(snapshot.machine) or teams.get(snapshot.hostname) or snapshot.team
        local = snapshot.taken.astimezone(zone).date()
        values = (number, snapshot.machine, snapshot.hostname, keep(team, team))
        moment = int(snapshot.taken.timestamp() * 1_000_000)
        for column, value in zip(made.snapshots.values(), (*values, moment, local.toordinal()), strict=True):
            column.append(_utf8(value))
        for row in snapshot.rows:
            what = What(row.product, row.vendor, row.version, row.sha256 if hashes else "", row.model, row.used)
            code = made.whats.setdefault(what, len(made.whats))
            _add(made.findings, number, code, row.kind == "process", row.how, _utf8(row.where), _utf8(row.user))
        for why in snapshot.partly:
            _add(made.partly, number, keep(why, why))
    return made


def _add(columns: dict[str, list[Any]], *values: Any) -> None:
    for column, value in zip(columns.values(), values, strict=True):
        column.append(value)


def _utf8(value: Any) -> Any:
    """Give a text a UTF-8 form: JSON can write lone surrogates."""
    if isinstance(value, str) and not value.isascii():
        return value.encode("utf-8", "backslashreplace").decode()
    return value
