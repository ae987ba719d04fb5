"""What queries ask of osquery: tables and columns that it has, and constraints without which its tables stay empty."""

from __future__ import annotations

import datetime as dt
from itertools import chain

import pytest
import sqlglot
from sqlglot import exp

from tests.fleet.osquery import emulator
from wiretell.fleet.exports import osquery
from wiretell.fleet.exports.osquery import fleet_yaml
from wiretell.fleet.exports.osquery.queries import EVERY, Query
from wiretell.model.policy import Audited, Policy, Rule

POLICY = Policy(
    (
        Rule("a", "ban", product="claude-code", versions=">=2.1.91,<2.1.198", since=dt.date(2026, 7, 10)),
        Rule("b", "ban", audits=("x",), audited=(Audited("x", "covert", "", "", "ab" * 32),), reason="it's $x"),
        Rule("c", "warn", vendor="*"),
    ),
    timezone="Asia/Shanghai",
)
QUERIES = {query.name: query for query in (*osquery.inventory(), *osquery.decisions(POLICY, effects=EVERY))}
FLEET = {each["name"]: each for each in fleet_yaml.policies(POLICY)}
NEEDS = {
    "file": "path",
    "hash": "path",
    "npm_packages": "directory",
    "python_packages": "directory",
    "vscode_extensions": "uid",
}
"""Column by which a table must be asked: osquery gives nothing otherwise, or what it finds by itself."""


def asked(sql: str) -> list[tuple[str, bool]]:
    """Return every table of osquery's that a query reads, and whether it is asked by the column it needs."""
    found = []
    for table in sqlglot.parse_one(sql, read="sqlite").find_all(exp.Table):
        if table.name in emulator.SCHEMA["tables"]:
            select = table.find_ancestor(exp.Select)
            assert select is not None
            found.append(
                (table.name, table.name not in NEEDS or any(_is_by(each, table) for each in conditions(select)))
            )
    return found


def conditions(select: exp.Select) -> list[exp.Expr]:
    """Return what must hold: parts of ON and WHERE that are joined by AND."""
    places = [join.args.get("on") for join in select.args.get("joins") or ()]
    where = select.args.get("where")
    places.append(where.this if where else None)
    return list(chain.from_iterable(_parts(place) for place in places if place is not None))


def _parts(condition: exp.Expr) -> list[exp.Expr]:
    return list(condition.flatten()) if isinstance(condition, exp.And) else [condition]


def _is_by(condition: exp.Expr, table: exp.Table) -> bool:
    if not isinstance(condition, exp.EQ | exp.Like) or not isinstance(condition.this, exp.Column):
        return False
    return condition.this.name == NEEDS[table.name] and condition.this.table in ("", table.alias)


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_reads_only_what_osquery_has(name: str) -> None:
    query = QUERIES[name]
    systems = ("linux", "darwin") if query.platform == "posix" else ("linux",)
    for system in systems:
        emulator.connect(system).execute(f"EXPLAIN {query.sql}")


@pytest.mark.parametrize("name", [*QUERIES, *FLEET])
def test_tables_are_asked_by_the_column_they_need(name: str) -> None:
    sql = QUERIES[name].sql if name in QUERIES else FLEET[name]["query"]
    tables = asked(sql)
    assert tables
    assert [table for table, is_by in tables if not is_by] == []


def test_the_check_finds_a_table_that_is_not_asked() -> None:
    assert asked("SELECT * FROM npm_packages n WHERE n.name = 'x'") == [("npm_packages", False)]
    assert asked("SELECT * FROM file f WHERE f.path = '/a' OR f.path = '/b'") == [("file", False)]
    assert asked("SELECT * FROM file f WHERE f.path LIKE '/a/%' AND f.type = 'regular'") == [("file", True)]


@pytest.mark.parametrize("name", FLEET)
def test_policies_of_fleet_read_only_what_their_system_has(name: str) -> None:
    system = FLEET[name]["platform"]
    database = emulator.connect(system)
    emulator.insert(database, "time", unix_time=0)
    assert [tuple(row) for row in database.execute(FLEET[name]["query"])] == [(1,)]


@pytest.mark.parametrize("name", QUERIES)
def test_all_queries_of_a_kind_have_the_same_columns(name: str) -> None:
    cursor = emulator.connect().execute(QUERIES[name].sql)
    columns = [each[0] for each in cursor.description]
    shared = ["product", "vendor", "version", "manager", "path", "user", "sha256"]
    decided = ["model", "effect", "rule", "since", "until", "reason", "instead"]
    assert columns == (shared if "inventory" in name else shared + decided)


def test_names_are_those_that_reports_read_back() -> None:
    kinds = ("npm", "python", "debian", "extensions", "native", "binaries", "processes", "machine")
    assert [query.name for query in osquery.inventory()] == [f"wiretell_inventory_{kind}" for kind in kinds]


def test_a_catalogue_without_names_of_a_kind_gives_no_query() -> None:
    assert [query.name for query in osquery.inventory({})] == ["wiretell_inventory_machine"]
    assert osquery.decisions(POLICY, {}) == ()


def test_programs_are_hashed_only_where_a_rule_goes_by_hash() -> None:
    plain = Policy(POLICY.rules[:1])

    def hashes(queries: tuple[Query, ...]) -> set[str]:
        return {query.name for query in queries if "hash" in dict(asked(query.sql))}

    binaries = {"wiretell_policy_binaries", "wiretell_policy_processes"}  # of known sizes alone
    assert hashes(osquery.decisions(POLICY)) == {*binaries, "wiretell_policy_native"}
    assert hashes(osquery.decisions(plain)) == binaries


def test_queries_hold_no_dollar_and_no_control_character() -> None:
    for query in (*QUERIES.values(), *osquery.decisions(POLICY)):
        assert "$" not in query.sql
        assert query.sql.replace("\n", " ").isprintable()


def test_notes_name_every_rule_that_cannot_be_answered() -> None:
    by = Policy((*POLICY.rules, Rule("models", "ban", model="claude-*")))
    told = [note for note in osquery.notes(by) if note.startswith("Rule ")]
    assert [note.split()[1] for note in told] == ["b", "models"]
    assert len(osquery.notes(by)) == len(osquery.notes(None)) + 2
