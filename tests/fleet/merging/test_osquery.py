"""Results of osquery in every form that osqueryd and Fleet write."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from tests.fleet.merging.test_merging import merged
from wiretell.fleet.merging.osquery import Events
from wiretell.fleet.merging.snapshot import Snapshot
from wiretell.model.fleet_report import FleetReport

NAME = "pack_wiretell_wiretell_inventory_npm"
AT = int(dt.datetime(2026, 7, 10, 3, tzinfo=dt.UTC).timestamp())
CALENDAR = "Fri Jul 10 03:00:00 2026 UTC"
CLAUDE = {
    "product": "claude-code",
    "vendor": "anthropic",
    "version": "2.1.91",
    "manager": "npm-global",
    "path": "/p",
    "user": "dev",
    "sha256": "",
}
CODEX = {**CLAUDE, "product": "codex", "version": "0.99.0", "path": "/q"}


def line(**more: Any) -> dict[str, Any]:
    """A line as osqueryd writes it by default; None takes a key away."""
    made = {
        "name": NAME,
        "hostIdentifier": "h1",
        "calendarTime": CALENDAR,
        "unixTime": AT,
        "epoch": 0,
        "counter": 1,
        "numerics": False,
        "action": "added",
        "columns": CLAUDE,
    }
    return {key: value for key, value in (made | more).items() if value is not None}


def told(*texts: Any) -> list[Snapshot]:
    events = Events()
    for text in texts:
        events.add(json.dumps(text).encode())
    return list(events.snapshots())


def last(*texts: Any) -> set[tuple[str, str]]:
    return {(row.product, row.version) for row in told(*texts)[-1].rows}


SNAPSHOT = {"action": "snapshot", "snapshot": [CLAUDE, CODEX], "columns": None}
BATCH = {"diffResults": {"removed": [], "added": [CLAUDE]}, "action": None, "columns": None}


@pytest.mark.parametrize(
    "form",
    [
        line(),
        line(**SNAPSHOT),
        line(**BATCH),
        line(**BATCH | {"diffResults": {"removed": "", "added": [CLAUDE]}}),
        [line()],
        [line(), line(name="other", columns={"any": [1]})],
        {"node_key": "k", "log_type": "result", "data": [line()]},
        line(unixTime=str(AT), epoch="0", counter="1"),
        line(unixTime=None),
        line(unixTime=0),
        line(hostIdentifier=None, host_identifier="h1"),
        line(hostIdentifier=None, hostname="h1"),
        line(numerics=True, columns={**CLAUDE, "size": 10, "share": 0.5, "gone": None}),
    ],
)
def test_every_form_tells_the_same(form: Any) -> None:
    (snapshot,) = told(form)
    assert (snapshot.machine, snapshot.hostname) == ("h1", "h1")
    assert snapshot.taken == dt.datetime(2026, 7, 10, 3, tzinfo=dt.UTC)
    assert ("claude-code", "2.1.91", "/p", "dev") in {(r.product, r.version, r.where, r.user) for r in snapshot.rows}


@pytest.mark.parametrize("top_level", [False, True])
def test_decorations_name_team_and_host(top_level: bool) -> None:
    decorations = {"team": "search", "hostname": "desk-1"}
    (snapshot,) = told(line(hostIdentifier="4C4C4544", **(decorations if top_level else {"decorations": decorations})))
    assert (snapshot.machine, snapshot.hostname, snapshot.team) == ("4C4C4544", "desk-1", "search")


def test_a_day_of_one_digit_is_read() -> None:
    (snapshot,) = told(line(unixTime=None, calendarTime="Thu Jul  9 23:59:59 2026 UTC"))
    assert snapshot.taken == dt.datetime(2026, 7, 9, 23, 59, 59, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    "form",
    [
        line(unixTime=None, calendarTime="no_time"),
        line(unixTime=None, calendarTime=None),
        line(unixTime=1 << 62),
        line(unixTime="soon"),
        line(hostIdentifier=None),
        line(columns=["claude-code"]),
        {"data": [{"name": NAME}]},
        {"hostIdentifier": "h1"},
    ],
)
def test_what_tells_no_time_or_no_host_is_told_of(form: Any, tmp_path: Path) -> None:
    (tmp_path / "all.log").write_text(f"{json.dumps(line())}\n{json.dumps(form)}\n")
    report = at(tmp_path)
    assert report.machines == 1
    (unread,) = report.unread
    assert unread.what.endswith("all.log:2")


def test_other_queries_are_passed_over_whatever_they_hold(tmp_path: Path) -> None:
    other = line(name="other", columns=["x"], hostIdentifier=7)
    (tmp_path / "all.log").write_text(f"{json.dumps(line())}\n{json.dumps(other)}\n")
    assert at(tmp_path).unread == ()


def test_a_list_over_many_lines_is_read(tmp_path: Path) -> None:
    (tmp_path / "all.json").write_text(json.dumps([line(), line(hostIdentifier="h2")], indent=2))
    report = at(tmp_path)
    assert (report.machines, report.unread) == (2, ())


def at(folder: Path) -> FleetReport:
    return merged(folder)


# From line to line


def test_of_two_rows_that_are_alike_to_us_one_may_vanish() -> None:
    first, second = {**CLAUDE, "pid": "1"}, {**CLAUDE, "pid": "2"}
    lines = (
        line(columns=first),
        line(columns=second, unixTime=AT + 1),
        line(action="removed", columns=first, unixTime=AT + 2),
    )
    assert last(*lines) == {("claude-code", "2.1.91")}
    assert len(told(*lines)[-1].rows) == 1
    assert last(*lines, line(action="removed", columns=second, unixTime=AT + 3)) == set()


def test_a_batch_takes_away_and_adds() -> None:
    changed = {"diffResults": {"removed": [CLAUDE], "added": [CODEX]}, "action": None, "columns": None}
    assert last(line(), line(unixTime=AT + 60, **changed)) == {("codex", "0.99.0")}


def test_a_new_epoch_begins_anew() -> None:
    """What was there before and is not listed again has vanished while nobody asked."""
    before = line(counter=0)
    anew = [line(epoch=7, counter=0, unixTime=AT + 60, columns=columns) for columns in (CODEX, {**CODEX, "path": "/r"})]
    assert last(before, *anew) == {("codex", "0.99.0")}
    assert len(told(before, *anew)[-1].rows) == 2
    assert last(before, line(counter=3, unixTime=AT + 60, columns=CODEX)) == {
        ("claude-code", "2.1.91"),
        ("codex", "0.99.0"),
    }


def test_an_empty_snapshot_is_an_empty_machine() -> None:
    assert last(line(**SNAPSHOT), line(**SNAPSHOT | {"snapshot": [], "unixTime": AT + 60})) == set()


def test_a_snapshot_may_come_as_a_line_a_row() -> None:
    """By `--logger_snapshot_event_type`."""
    first = [line(action="snapshot", columns=each) for each in (CLAUDE, CODEX)]
    assert last(*first) == {("claude-code", "2.1.91"), ("codex", "0.99.0")}
    later = line(action="snapshot", columns=CODEX, unixTime=AT + 3600)
    assert last(*first, later) == {("codex", "0.99.0")}


def test_a_machine_that_only_says_that_it_is_there_is_counted_and_has_nothing(tmp_path: Path) -> None:
    empty = dict.fromkeys(CLAUDE, "")
    beat = line(name="wiretell_inventory_machine", action="snapshot", snapshot=[empty], columns=None)
    other = line(hostIdentifier="h2", **SNAPSHOT)
    (tmp_path / "osqueryd.snapshots.log").write_text(f"{json.dumps(beat)}\n{json.dumps(other)}\n")
    report = merged(tmp_path)
    assert (report.machines, report.teams[0].unknown) == (2, 0)
    assert {spread.what.product for spread in report.spread} == {"claude-code", "codex"}
