"""Packs, YAML and the two commands: whole, readable, and the same queries in all of them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.fleet.osquery import emulator
from tests.fleet.osquery.staging import USERS, machine
from tests.fleet.osquery.test_staged import FOUND
from wiretell.cli import run
from wiretell.fleet.exports import osquery
from wiretell.fleet.exports.osquery import fleet_yaml, pack
from wiretell.fleet.exports.osquery.literals import text
from wiretell.fleet.merging.osquery import Events
from wiretell.fleet.merging.snapshot import Snapshot
from wiretell.model.policy import Policy, Rule

NASTY = (
    'it\'s 100% "sure" $HOME',
    "line\nbreak\ttab",
    "\\ ünï 漢字 --;/*",
    "{x: [1]} # no",
    "null",
    "\x7f\x01",
    "a\x85b\u2028c\u00a0",
)
POLICY = """
schema = 1
[[rule]]
id = "no's $x"
effect = "ban"
product = "claude-code"
reason = '''it's 100% "$HOME"'''
instead = "line one"
[[rule]]
id = "models $x"
effect = "ban"
model = "claude-*"
"""


@pytest.fixture
def policy_file(tmp_path: Path) -> str:
    path = tmp_path / "policy.toml"
    path.write_text(POLICY)
    return str(path)


@pytest.mark.parametrize("value", [*NASTY, ""])
def test_a_text_comes_back_from_sqlite_as_it_was(value: str) -> None:
    assert emulator.connect().execute(f"SELECT {text(value)}").fetchone()[0] == value
    assert "$" not in text(value)


def test_what_is_no_unicode_cannot_break_a_query() -> None:
    assert emulator.connect().execute("SELECT " + text("a\udcffb")).fetchone()[0] == "a?b"


@pytest.mark.parametrize("value", NASTY)
def test_a_rules_texts_live_through_packs_and_yaml(tmp_path: Path, value: str) -> None:
    by = Policy((Rule("r", "ban", product="claude-code", reason=value, instead=value),))
    made = osquery.decisions(by)
    tables = emulator.staged(machine(tmp_path), USERS, 0)
    through_pack = json.loads(pack.as_json(pack.pack(made, 60, [])))["queries"]["wiretell_policy_native"]["query"]
    queries = fleet_yaml.queries_of(made, 60)
    through_yaml = {
        each["name"]: each["query"] for each in yaml.safe_load(fleet_yaml.as_gitops([], queries, [value]))["queries"]
    }
    for sql in (through_pack, through_yaml["wiretell_policy_native"]):
        row = tables.execute(sql).fetchone()
        assert (row["reason"], row["instead"]) == (value, value)


def test_a_pack_is_what_osqueryd_takes(policy_file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["fleet", "export", "osquery", "--policy", policy_file, "--interval", "600"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert made["platform"] == "posix"
    for query in made["queries"].values():
        assert query["interval"] == 600
        assert "\n" not in query["query"]
        assert query["query"].endswith(";")
    assert any("models" in note for note in made["wiretell"]["notes"])
    assert made["queries"]["wiretell_policy_npm"]["version"] == "5.20.0"
    assert made["queries"]["wiretell_policy_debian"]["platform"] == "linux"


def test_pack_and_sql_hold_the_same_queries(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["fleet", "export", "osquery", "--inventory"]) == 0
    queries = json.loads(capsys.readouterr().out)["queries"]
    assert run(["fleet", "export", "osquery", "--inventory", "--form", "sql"]) == 0
    text = " ".join(line.strip() for line in capsys.readouterr().out.splitlines())
    assert len(queries) == 8
    for query in queries.values():
        assert query["query"] in text


def test_the_sql_runs_as_one_script(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["fleet", "export", "osquery", "--inventory", "--form", "sql"]) == 0
    emulator.staged(machine(tmp_path), USERS, 0).executescript(capsys.readouterr().out)


@pytest.mark.parametrize("words", [["--inventory"], ["--inventory", "--only", "npm"], ["--policy"]])
def test_the_sql_is_no_option_to_a_program_that_is_given_it(
    words: list[str], tmp_path: Path, policy_file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """`osqueryi --json "$(wiretell fleet export osquery --form sql)"`: gflags takes what begins with `-` for a flag."""
    given = [*words, policy_file] if words == ["--policy"] else words
    assert run(["fleet", "export", "osquery", "--form", "sql", *given]) == 0
    text = capsys.readouterr().out
    assert text.startswith("WITH ")
    assert "-- Settings, shell start files" in text
    if "--only" in words:
        assert emulator.staged(machine(tmp_path), USERS, 0).execute(text).fetchall()


def test_sql_without_a_query_is_no_option_either(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "policy.toml"
    path.write_text('schema = 1\n[[rule]]\nid = "m"\neffect = "ban"\nmodel = "claude-*"\n')
    assert run(["fleet", "export", "osquery", "--policy", str(path), "--form", "sql"]) == 0
    text = capsys.readouterr().out
    assert not text.startswith("-")
    assert emulator.connect().execute(text).fetchall() == []


def logged(tables: sqlite3.Connection, host: str, day: int) -> Iterator[str]:
    """Yield what osqueryd logs of the inventory pack on a day: of a snapshot all rows, whatever was logged before.

    osquery/dispatcher/scheduler.cpp, launchQuery.
    """
    made = pack.pack(osquery.inventory(), 60, [])
    for name, query in made["queries"].items():
        assert query["snapshot"] is True
        assert "removed" not in query
        rows = [dict(row) for row in tables.execute(query["query"])]
        line = {"name": f"pack_wiretell_{name}", "hostIdentifier": host, "unixTime": 1_783_612_800 + day * 86_400}
        yield json.dumps({**line, "action": "snapshot", "snapshot": rows})


def snapshots(*lines: str) -> list[Snapshot]:
    events = Events()
    for line in lines:
        events.add(line.encode())
    return list(events.snapshots())


def agents(snapshot: Snapshot) -> set[tuple[str, str, str, str]]:
    return {(row.product, row.version, row.how, row.user) for row in snapshot.rows if row.product}


def test_reports_read_back_what_osqueryd_logs_of_the_inventory(tmp_path: Path) -> None:
    (snapshot,) = snapshots(*logged(emulator.staged(machine(tmp_path), USERS, 0), "h", 0))
    assert agents(snapshot) == FOUND


def test_a_machine_on_which_nothing_changes_is_heard_of_every_day(tmp_path: Path) -> None:
    tables = emulator.staged(machine(tmp_path), USERS, 0)
    days = [agents(each) for each in snapshots(*logged(tables, "h", 0), *logged(tables, "h", 20))]
    assert days == [FOUND, FOUND]


def test_what_is_gone_is_gone_from_the_next_snapshot(tmp_path: Path) -> None:
    tables = emulator.staged(machine(tmp_path), USERS, 0)
    before = list(logged(tables, "h", 0))
    tables.execute("DELETE FROM deb_packages")
    first, second = snapshots(*before, *logged(tables, "h", 1))
    assert agents(first) - agents(second) == {("claude-code", "2.1.150", "debian", "")}


def test_a_machine_without_agents_is_heard_of(tmp_path: Path) -> None:
    lines = list(logged(emulator.staged(tmp_path, (), 0), "bare", 0))
    (heard,) = [json.loads(line) for line in lines if json.loads(line)["snapshot"]]
    assert heard["name"] == "pack_wiretell_wiretell_inventory_machine"
    (snapshot,) = snapshots(json.dumps(heard))
    assert snapshot.machine == "bare"
    assert agents(snapshot) == set()


def test_the_policys_queries_log_what_appears_and_vanishes(
    policy_file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["fleet", "export", "osquery", "--policy", policy_file]) == 0
    queries = json.loads(capsys.readouterr().out)["queries"]
    assert "wiretell_policy_machine" not in queries
    assert all(query["removed"] and "snapshot" not in query for query in queries.values())


def test_the_page_tells_all_that_osquery_cannot_see() -> None:
    page = (Path(__file__).parents[3] / "docs/fleet-osquery.md").read_text()
    assert [note for note in osquery.notes(None) if f"- {note}\n" not in page] == []
    for query in osquery.inventory():
        assert f"| `{query.name.rpartition('_')[2]}` |" in page


@pytest.mark.parametrize("form", ["gitops", "apply"])
def test_fleets_yaml_holds_policies_and_queries(
    form: str, policy_file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["fleet", "export", "fleet", "--policy", policy_file, "--form", form]) == 0
    written = capsys.readouterr().out
    assert not any("$" in line for line in written.splitlines() if line.startswith("#"))
    documents = list(yaml.safe_load_all(written))
    if form == "gitops":
        (document,) = documents
        policies, queries = document["policies"], document["queries"]
        assert policies[0]["name"] == r"wiretell: no's \$x (Linux)"
    else:
        assert {each["apiVersion"] for each in documents} == {"v1"}
        policies = [each["spec"] for each in documents if each["kind"] == "policy"]
        queries = [each["spec"] for each in documents if each["kind"] == "query"]
        assert len(policies) + len(queries) == len(documents)
    assert [each["platform"] for each in policies] == ["linux", "darwin"]
    assert {"name", "query", "description", "resolution", "platform", "critical"} == set(policies[0])
    assert "Use instead: line one." in policies[0]["resolution"]
    assert {each["name"].split("_")[1] for each in queries} == {"inventory", "policy"}
    assert not any("$" in each["query"] for each in (*policies, *queries))


def test_a_policy_without_a_ban_gives_no_policy_of_fleet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "policy.toml"
    path.write_text('schema = 1\n[[rule]]\nid = "w"\neffect = "warn"\nproduct = "codex"\n')
    assert run(["fleet", "export", "fleet", "--policy", str(path)]) == 0
    assert yaml.safe_load(capsys.readouterr().out)["policies"] == []


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--interval", "0"], "--interval takes seconds"),
        (["--depth", "9"], "--depth takes a whole number"),
        (["--only", "snap"], "there is no such query here"),
        (["--output", "/nonexistent/x"], "does not exist"),
    ],
)
def test_wrong_use_is_one_sentence(options: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["fleet", "export", "osquery", "--inventory", *options]) == 2
    captured = capsys.readouterr()
    assert told in captured.err
    assert captured.out == ""


def test_one_query_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["fleet", "export", "osquery", "--inventory", "--only", "npm"]) == 0
    assert list(json.loads(capsys.readouterr().out)["queries"]) == ["wiretell_inventory_npm"]
