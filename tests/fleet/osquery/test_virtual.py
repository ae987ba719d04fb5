"""The queries on virtual tables that give nothing unless they are asked as osquery's are: the conditions arrive."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fleet.osquery import emulator, virtual
from tests.fleet.osquery.staging import USERS, machine
from tests.fleet.osquery.test_staged import BANNED, DESIGN
from wiretell.fleet.exports import osquery
from wiretell.fleet.exports.osquery import fleet_yaml
from wiretell.fleet.exports.osquery.queries import EVERY

LIBRARY = virtual.library()
pytestmark = pytest.mark.skipif(
    LIBRARY is None, reason="no shared library of SQLite is installed to make virtual tables with"
)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return machine(tmp_path_factory.mktemp("machine"))


def test_queries_find_on_virtual_tables_what_they_find_on_plain_ones(root: Path) -> None:
    assert LIBRARY is not None
    plain = emulator.staged(root, USERS, int(BANNED.timestamp()))
    asked = virtual.Virtual(LIBRARY, plain)
    found = 0
    for query in (*osquery.inventory(), *osquery.decisions(DESIGN, effects=EVERY)):
        rows = [tuple(map(str, row)) for row in plain.execute(query.sql)]
        assert list(asked.run(query.sql)) == rows
        found += len(rows)
    assert found == 27


def test_policies_of_fleet_fail_on_virtual_tables_too(root: Path) -> None:
    assert LIBRARY is not None
    plain = emulator.staged(root, USERS, int(BANNED.timestamp()))
    asked = virtual.Virtual(LIBRARY, plain)
    linux = fleet_yaml.policies(DESIGN)[0]["query"]
    assert list(asked.run(linux)) == []
    emulator.advance(plain, int(BANNED.timestamp()) - 1)
    assert list(asked.run(linux)) == [("1",)]


def test_a_table_that_is_not_asked_gives_nothing(root: Path) -> None:
    assert LIBRARY is not None
    asked = virtual.Virtual(LIBRARY, emulator.staged(root, USERS, 0))
    assert list(asked.run("SELECT name FROM npm_packages")) == []
    assert list(asked.run("SELECT path FROM file WHERE filename = 'package.json'")) == []
    assert list(asked.run("SELECT name FROM vscode_extensions")) == []
    assert len(list(asked.run("SELECT name FROM npm_packages WHERE directory = '/usr/local/lib'"))) == 1
