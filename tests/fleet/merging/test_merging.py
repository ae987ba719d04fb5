"""Reports of many machines: against a slow count in plain Python, and what files may hold."""

from __future__ import annotations

import datetime as dt
import gzip
import json
from collections import defaultdict
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wiretell import policy
from wiretell.bench.fleet.company import LAST_DAY, Company, inventories
from wiretell.errors import InconclusiveError, UsageError
from wiretell.fleet.merging import reading
from wiretell.fleet.merging.merging import NO_TEAM, ReportOptions, merge
from wiretell.model.fleet_report import FleetReport
from wiretell.policy import Asked, Client
from wiretell.policy.periods import start_of_day

ZONE = "Asia/Shanghai"
POLICY = policy.parse(
    f"""
schema = 1
timezone = "{ZONE}"
[[rule]]
id = "exception"
effect = "allow"
product = "claude-code"
versions = "==2.1.100"
[[rule]]
id = "software"
effect = "ban"
product = "claude-code"
versions = ">=2.1.91,<2.1.198"
from = 2026-07-10
[[rule]]
id = "models"
effect = "ban"
model = "claude-*"
from = 2026-07-08
[[rule]]
id = "soon"
effect = "ban"
product = "aider"
from = 2026-07-20
[[rule]]
id = "old"
effect = "warn"
product = "codex"
""",
    "p.toml",
)
ON = dt.datetime(2026, 7, 12, 12, tzinfo=dt.UTC)
LATER = dt.datetime(2026, 7, 20, 15, tzinfo=dt.UTC)


class Silent:
    def phase(self, name: str, total: int) -> None: ...
    def advance(self, n: int = 1, note: str = "") -> None: ...
    def status(self, text: str) -> None: ...


def merged(folder: Path, *more: str, **changes: Any) -> FleetReport:
    options: dict[str, Any] = {"policy": POLICY, "on": ON, **changes}
    return merge(ReportOptions((str(folder), *more), **options), Silent())


def document(machine: int, taken: str, installs: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {
        "schema": "wiretell/fleet-inventory/1",
        "machine": {"id": f"{machine:032x}", "hostname": f"desk-{machine}", "os": "", "user": "root", "root": True},
        "taken": taken,
        "installs": installs,
        **more,
    }


def install(product: str, version: str, where: int = 0) -> dict[str, Any]:
    vendor = {"claude-code": "anthropic", "codex": "openai", "aider": "aider"}.get(product, "")
    return {"product": product, "version": version, "vendor": vendor, "manager": "venv", "path": f"/p/{where}"}


# A slow count

machines = st.integers(0, 3)
moments = st.datetimes(dt.datetime(2026, 6, 20), dt.datetime(2026, 7, 14))  # noqa: DTZ001 - given a zone below
installs = st.lists(
    st.builds(
        install,
        st.sampled_from(["claude-code", "codex", "aider", "pi"]),
        st.sampled_from(["2.1.90", "2.1.91", "2.1.100", "2.1.198", ""]),
        st.integers(0, 9),
    ),
    max_size=3,
)
models = st.lists(st.sampled_from(["claude-opus", "gpt-5", ""]), max_size=2)
snapshots = st.lists(st.tuples(machines, moments, installs, models), min_size=1, max_size=12)


def effects(items: list[dict[str, Any]], names: list[str], at: dt.datetime) -> set[str]:
    asks = [Asked(Client(each["product"], each["vendor"], each["version"])) for each in items]
    versions = {each["version"] for each in items if each["product"] == "claude-code"}
    version = next(iter(versions)) if len(versions) == 1 else ""
    client = Client("claude-code", "anthropic", version) if versions else Client()
    asks += [Asked(client, name) for name in names if name]
    return {policy.decide(POLICY, each, at).effect for each in asks}


@settings(deadline=None, max_examples=30)
@given(snapshots)
def test_counts_are_those_of_a_slow_count(tmp_path_factory: pytest.TempPathFactory, given_: list[Any]) -> None:
    folder = tmp_path_factory.mktemp("company")
    latest: dict[int, tuple[dt.datetime, list[Any], list[str]]] = {}
    history: defaultdict[int, dict[dt.date, tuple[dt.datetime, list[Any], list[str]]]] = defaultdict(dict)
    for number, (machine, naive, items, names) in enumerate(given_):
        at = naive.replace(tzinfo=dt.UTC, microsecond=number)  # no two at one moment
        found = {
            "settings": [
                {"product": "claude-code", "vendor": "anthropic", "kind": "config", "model": name} for name in names
            ]
        }
        (folder / f"{number}.json").write_text(json.dumps(document(machine, at.isoformat(), items, **found)))
        if at > ON:
            continue
        day = at.astimezone(ZoneInfo(ZONE)).date()
        latest[machine] = max(latest.get(machine, (at, items, names)), (at, items, names), key=lambda each: each[0])
        before = history[machine].get(day, (at, items, names))
        history[machine][day] = max(before, (at, items, names), key=lambda each: each[0])
    if not latest:
        with pytest.raises(InconclusiveError, match="all inventories are later"):
            merged(folder)
        return
    report = merged(folder)
    assert report.machines == len(latest)
    assert sum(team.banned for team in report.teams) == sum(
        "ban" in effects(items, names, ON) for _, items, names in latest.values()
    )
    assert sum(team.warned for team in report.teams) == sum(
        "warn" in effects(items, names, ON) for _, items, names in latest.values()
    )
    today = ON.astimezone(ZoneInfo(ZONE)).date()
    assert sum(team.silent for team in report.teams) == sum(
        (today - at.astimezone(ZoneInfo(ZONE)).date()).days > 14 for at, _, _ in latest.values()
    )
    for day in report.days:
        known = {
            machine: days[max(each for each in days if each <= day.day)]
            for machine, days in history.items()
            if any(0 <= (day.day - each).days <= 14 for each in days)
        }
        at = start_of_day(ZONE, day.day)
        assert day.machines == len(known)
        assert day.banned == sum("ban" in effects(items, names, at) for _, items, names in known.values())
        for product, count in day.products.items():
            has = [
                machine for machine, (_, items, _) in known.items() if product in {each["product"] for each in items}
            ]
            assert count == len(has)


def test_a_company(tmp_path: Path) -> None:
    for nth, data in enumerate(inventories(Company(40, 3))):
        (tmp_path / f"{nth}.json").write_bytes(data)
    report = merged(tmp_path, on=LATER)
    assert report.machines == 40
    assert report.inventories > 80
    assert [day.day for day in report.days][-1] == LAST_DAY
    assert {item.rule for item in report.banned} <= {"software", "models", "soon"}
    again = merged(tmp_path, on=LATER)
    assert (report.banned, report.spread) == (again.banned, again.spread)


def test_lines_that_differ_in_what_comes_next_alone_are_in_the_order_of_the_files(tmp_path: Path) -> None:
    """Of one model, by clients of versions of which one will be banned: nothing else puts them in order."""
    soon = policy.parse(
        'schema = 1\n[[rule]]\nid = "r"\neffect = "ban"\nproduct = "codex"\nversions = "<2"\nfrom = 2026-07-20\n'
        '[[rule]]\nid = "o"\neffect = "allow"\nproduct = "*"\n',
        "p.toml",
    )
    chosen = [{"product": "codex", "vendor": "openai", "kind": "config", "model": "gpt-5"}]
    for number in range(8):
        items = [install("codex", f"{2 - number % 2}.{number}")]
        (tmp_path / f"{number}.json").write_text(
            json.dumps(document(number, "2026-07-12T01:00:00Z", items, settings=chosen))
        )
    lines = [item.upcoming is not None for item in merged(tmp_path, policy=soon).spread if item.what.model]
    assert lines == [False, True]


# What is known beside inventories


def test_what_will_be_banned_is_expiring_and_an_exception_is_not(tmp_path: Path) -> None:
    items = [install("aider", "0.86.2"), install("claude-code", "2.1.100", 1)]
    (tmp_path / "a.json").write_text(json.dumps(document(1, "2026-07-12T01:00:00Z", items)))
    report = merged(tmp_path)
    (team,) = report.teams
    assert (team.name, team.banned, team.expiring, team.unknown) == (NO_TEAM, 0, 1, 1)
    by_product = {item.what.product: item for item in report.spread}
    assert by_product["claude-code"].decision.told == "allow:exception"
    assert by_product["aider"].upcoming is not None
    assert by_product["aider"].upcoming.day == dt.date(2026, 7, 20)
    assert merged(tmp_path, ahead_days=7).teams[0].expiring == 0


def test_teams_come_from_a_list_before_what_inventories_say(tmp_path: Path) -> None:
    for number, team in ((1, "search"), (2, "search"), (3, "")):
        made = document(number, "2026-07-12T01:00:00Z", [])
        made["machine"]["team"] = team
        (tmp_path / f"{number}.json").write_text(json.dumps(made))
    report = merged(tmp_path, teams={"desk-1": "maps", f"{3:032x}": "ads"})
    assert {team.name for team in report.teams} == {"maps", "search", "ads"}


def test_without_a_policy_nothing_is_decided(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(
        json.dumps(document(1, "2026-07-12T01:00:00Z", [install("pi", "1.0"), install("codex", "", 1)]))
    )
    report = merged(tmp_path, policy=None)
    assert (report.policy_source, report.banned) == ("", ())
    assert report.teams[0].unknown == 1, "the version that is not told"
    assert {item.decision.effect for item in report.spread} == {"pass"}


# What files may hold


def test_lines_and_packed_files_are_read(tmp_path: Path) -> None:
    lines = "\n".join(json.dumps(document(n, "2026-07-12T01:00:00Z", [install("pi", "1.0")])) for n in range(5))
    (tmp_path / "a.ndjson").write_text(lines + "\n\n")
    (tmp_path / "b.json.gz").write_bytes(
        gzip.compress(json.dumps(document(9, "2026-07-12T01:00:00Z", []), indent=2).encode(), mtime=0)
    )
    assert merged(tmp_path).machines == 6


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "empty"),
        (b"{", "neither"),
        (b"[]", "neither"),
        (b"\x1f\x8b\x08\x00broken", "gzip"),
        (b'{"schema": "wiretell/audit/1"}', "neither"),
        (b"\xff\xfe\x00", "neither"),
        (b"[" * 100_000, "neither"),
    ],
)
def test_a_file_that_holds_no_inventory_is_told_of_and_the_rest_is_read(tmp_path: Path, data: bytes, why: str) -> None:
    (tmp_path / "bad.json").write_bytes(data)
    (tmp_path / "good.json").write_text(json.dumps(document(1, "2026-07-12T01:00:00Z", [])))
    report = merged(tmp_path)
    assert report.machines == 1
    (unread,) = report.unread
    assert unread.what.endswith("bad.json")
    assert why in unread.why


def test_of_a_file_of_lines_the_broken_ones_are_told_by_number(tmp_path: Path) -> None:
    good = json.dumps(document(1, "2026-07-12T01:00:00Z", []))
    late = json.dumps(document(2, "yesterday", []))
    (tmp_path / "all.jsonl").write_text(f"{good}\n{{\n{late}\n")
    report = merged(tmp_path)
    assert [item.what.rpartition(":")[2] for item in report.unread] == ["2", "3"]


def test_many_broken_files_do_not_fill_the_report(tmp_path: Path) -> None:
    (tmp_path / "good.json").write_text(json.dumps(document(1, "2026-07-12T01:00:00Z", [])))
    for number in range(80):
        (tmp_path / f"{number}.json").write_text("{")
    report = merged(tmp_path)
    assert len(report.unread) == 51
    assert "30 more" in report.unread[-1].what


def test_nothing_to_read_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no inventory"):
        merged(tmp_path)
    with pytest.raises(UsageError, match="holds no inventory"):
        merged(tmp_path / "not-there")
    (tmp_path / "a.json").write_text("{}")
    with pytest.raises(InconclusiveError, match=r"a\.json"):
        merged(tmp_path)


# osquery


def event(
    host: str, moment: int, action: str, query: str = "pack_wiretell_wiretell_inventory_npm", **columns: str
) -> str:
    line = {"name": query, "hostIdentifier": host, "unixTime": str(moment), "action": action}
    return json.dumps(line | ({"columns": columns} if action != "snapshot" else {"snapshot": [columns]}))


def test_results_of_osquery_are_followed_from_day_to_day(tmp_path: Path) -> None:
    claude = {
        "product": "claude-code",
        "vendor": "anthropic",
        "version": "2.1.91",
        "manager": "npm-global",
        "path": "/p",
    }
    day = int(dt.datetime(2026, 7, 10, 3, tzinfo=dt.UTC).timestamp())
    lines = [
        event("h1", day, "added", **claude),
        event("h1", day + 86_400, "removed", **claude),
        event("h2", day + 90_000, "snapshot", "wiretell_inventory_npm", **claude),
        event("h2", day + 90_000, "added", "other_query", **{**claude, "version": "2.1.92"}),
    ]
    (tmp_path / "osqueryd.results.log").write_text("\n".join(reversed(lines)))
    report = merged(tmp_path)
    assert [(item.machine, item.version) for item in report.banned] == [("h2", "2.1.91")]
    days = {each.day: (each.machines, each.banned) for each in report.days}
    assert days[dt.date(2026, 7, 10)] == (1, 1)
    assert days[dt.date(2026, 7, 11)] == (2, 1)
    assert report.partly[0][1] == 2


def test_a_machine_that_inventory_and_osquery_both_tell_of_is_one(tmp_path: Path) -> None:
    day = int(dt.datetime(2026, 7, 11, 3, tzinfo=dt.UTC).timestamp())
    old = {"product": "claude-code", "vendor": "anthropic", "version": "2.1.91", "manager": "npm-global", "path": "/p"}
    (tmp_path / "osqueryd.results.log").write_text(event("desk-1", day, "added", **old))
    made = document(1, "2026-07-10T01:00:00Z", [install("claude-code", "2.1.92", 1)])
    made["machine"]["team"] = "maps"
    (tmp_path / "a.json").write_text(json.dumps(made))
    report = merged(tmp_path)
    assert (report.machines, [(team.name, team.machines, team.banned) for team in report.teams]) == (
        1,
        [("maps", 1, 1)],
    )
    assert {(item.version, item.id) for item in report.banned} == {("2.1.91", f"{1:032x}"), ("2.1.92", f"{1:032x}")}
    assert [(day.machines, day.banned) for day in report.days] == [(1, 1)] * 3
    made["machine"]["id"] = f"{2:032x}"
    (tmp_path / "b.json").write_text(json.dumps(made))
    assert merged(tmp_path).machines == 3, "of two machines with that name none can be told"


def test_a_process_is_known_by_the_hash_of_its_install(tmp_path: Path) -> None:
    audit = json.dumps(
        {
            "schema": "wiretell/audit/1",
            "verdict": "covert",
            "target": {"kind": "command", "name": "x", "version": None, "sha256": "ab" * 32, "agent": "x"},
        }
    ).encode()
    by_hash = policy.parse(
        'schema = 1\n[[rule]]\nid = "h"\neffect = "ban"\naudits = ["a.json"]\n', "p.toml", {"a.json": audit}
    )
    ours = {**install("codex", "1.0"), "id": "venv:/p/0", "sha256": "ab" * 32}
    runs = {"product": "codex", "version": "1.0", "vendor": "openai", "program": "/p/0", "install": "venv:/p/0"}
    (tmp_path / "a.json").write_text(json.dumps(document(1, "2026-07-12T01:00:00Z", [ours], processes=[runs])))
    assert sorted(item.how for item in merged(tmp_path, policy=by_hash).banned) == ["running", "venv"]


@pytest.mark.parametrize("taken", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_a_time_beyond_all_clocks_is_one_file_that_is_not_read(tmp_path: Path, taken: str) -> None:
    (tmp_path / "bad.json").write_text(json.dumps(document(2, taken, [])))
    (tmp_path / "good.json").write_text(json.dumps(document(1, "2026-07-12T01:00:00Z", [])))
    report = merged(tmp_path)
    assert (report.machines, len(report.unread)) == (1, 1)
    assert "in the year" in report.unread[0].why


@pytest.mark.parametrize("name", ["a.json", "a.ndjson", "large.json"])
def test_a_byte_order_mark_is_no_part_of_an_inventory(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if name.startswith("large"):
        monkeypatch.setattr(reading, "LARGE", 1)
    lines = [json.dumps(document(number, "2026-07-12T01:00:00Z", [])) for number in range(2)]
    many = name.endswith("ndjson")
    (tmp_path / name).write_text("\r\n".join(lines if many else lines[:1]), encoding="utf-8-sig")
    report = merged(tmp_path)
    assert (report.machines, report.unread) == (1 + many, ())


def test_a_host_name_is_of_one_machine_in_any_case(tmp_path: Path) -> None:
    for number, name in enumerate(("Desk-1", "desk-1")):
        made = document(1, f"2026-07-1{number}T01:00:00Z", [install("claude-code", "2.1.91")] * (1 - number))
        made["machine"] |= {"id": "", "hostname": name}
        (tmp_path / f"{number}.json").write_text(json.dumps(made))
    report = merged(tmp_path)
    assert (report.machines, report.banned) == (1, ())
    made["machine"]["id"] = "7" * 32
    for old in tmp_path.iterdir():
        old.unlink()
    (tmp_path / "a.json").write_text(json.dumps(made))
    (tmp_path / "b.log").write_text(event("DESK-1", int(ON.timestamp()), "added", product="codex", version="1"))
    assert merged(tmp_path).machines == 1


def test_copies_of_one_image_count_as_one_and_the_report_says_so(tmp_path: Path) -> None:
    for number, name in enumerate(("desk-1", "DESK-1", "desk-2")):
        made = document(1, f"2026-07-1{number}T01:00:00Z", [])
        made["machine"]["hostname"] = name
        (tmp_path / f"{number}.json").write_text(json.dumps(made))
    (note,) = merged(tmp_path).partly
    assert note[0].startswith("inventories of one id name several hosts") and note[1] == 1
    (tmp_path / "2.json").unlink()
    assert merged(tmp_path).partly == ()


def test_a_machine_that_vanishes_and_one_of_the_future(tmp_path: Path) -> None:
    banned = [install("claude-code", "2.1.91")]
    for number, taken in enumerate(("2026-06-20T01:00:00Z", "2026-07-11T01:00:00Z", "2027-07-11T01:00:00Z")):
        (tmp_path / f"{number}.json").write_text(json.dumps(document(min(number, 1), taken, banned)))
    report = merged(tmp_path)
    assert (report.machines, report.inventories) == (2, 2)
    (team,) = report.teams
    assert (team.banned, team.silent) == (2, 1), "the one that is not heard of counts as what it was"
    days = {day.day: (day.machines, day.banned) for day in report.days}
    assert days[dt.date(2026, 7, 4)] == (1, 0)
    assert days[dt.date(2026, 7, 5)] == (0, 0)
    assert days[dt.date(2026, 7, 12)] == (1, 1)
    assert [(why.split(" of")[0], machines) for why, machines in report.partly] == [
        ("some inventories are later than the moment", 1)
    ]


def test_what_of_a_folder_is_left_out_is_told(tmp_path: Path) -> None:
    (tmp_path / "good.json").write_text(json.dumps(document(1, "2026-07-12T01:00:00Z", [])))
    for name in ("host2", "h3.gz"):
        (tmp_path / name).write_text(json.dumps(document(2, "2026-07-12T01:00:00Z", [])))
    (unread,) = merged(tmp_path).unread
    assert unread.what.startswith("2 other entries")
