"""The queries on a staged machine: what they find, and that they say what `policy.decide` and `fleet check` say."""

from __future__ import annotations

import datetime as dt
import sqlite3
from pathlib import Path

import pytest

from tests.fleet.osquery import emulator
from tests.fleet.osquery.staging import NOT_BY_OSQUERY, USERS, machine
from wiretell import policy
from wiretell.fleet.checking import check
from wiretell.fleet.exports import osquery
from wiretell.fleet.exports.osquery import fleet_yaml
from wiretell.fleet.exports.osquery.queries import EVERY
from wiretell.fleet.programs.identifying import known
from wiretell.fleet.taking import TakeOptions, take
from wiretell.fleet.walk.interface import Home, Surroundings
from wiretell.model.fleet import Install, Inventory
from wiretell.model.policy import Asked, Client

DESIGN = policy.parse(
    """
schema = 1
timezone = "Asia/Shanghai"
[[rule]]
id = "high-risk-software"
effect = "ban"
product = "claude-code"
versions = ">=2.1.91,<2.1.198"
from = 2026-07-10
reason = "Hidden channel, see report 17"
instead = "the approved agent"
[[rule]]
id = "high-risk-models"
effect = "ban"
model = "claude-*"
from = 2026-07-10
reason = "Same notice"
[[rule]]
id = "previews"
effect = "warn"
vendor = "open*"
""",
    "wiretell-policy.toml",
)
BANNED = dt.datetime(2026, 7, 9, 16, tzinfo=dt.UTC)
"""Midnight in Shanghai."""
FOUND = {
    ("claude-code", "2.1.91", "npm-global", "dev"),
    ("claude-code", "2.1.300", "npm-user", "gone"),
    ("codex", "0.169.0-alpha.3", "npm-project", "dev"),
    ("gemini-cli", "0.61.0", "npm-project", "dev"),
    ("opencode", "", "npm-project", "dev"),
    ("qwen-code", "0.15.10", "npm-global", ""),
    ("aider", "0.86.2", "uv-tool", "dev"),
    ("mini-swe-agent", "2.4.6", "venv", "dev"),
    ("openhands", "1.16.0.dev3", "pipx", "dev"),
    ("claude-code", "2.1.150", "debian", ""),
    ("claude-code", "2.1.120", "extension", "dev"),
    ("claude-code", "2.1.200", "native", "dev"),
    ("codex", "0.170.0", "native", "dev"),
}


class _Quiet:
    def phase(self, name: str, total: int) -> None:
        """See `Progress`."""

    def advance(self, n: int = 1, note: str = "") -> None:
        """See `Progress`."""

    def status(self, text: str) -> None:
        """See `Progress`."""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return machine(tmp_path_factory.mktemp("machine"))


@pytest.fixture
def tables(root: Path) -> sqlite3.Connection:
    return emulator.staged(root, USERS, int(BANNED.timestamp()))


@pytest.fixture(scope="module")
def inventory(root: Path) -> Inventory:
    homes = tuple(Home(user, str(root / "home" / user)) for user in ("dev", "gone"))
    around = Surroundings((*homes, Home("root", str(root / "root"))), root=str(root), proc="")
    return take(TakeOptions(around), _Quiet())


def answers(tables: sqlite3.Connection, at: dt.datetime) -> dict[tuple[str, str, str], tuple[str, str]]:
    """Return (product, version, path) -> (effect, rule), of all queries."""
    emulator.advance(tables, int(at.timestamp()))
    made = osquery.decisions(DESIGN, effects=EVERY)
    rows = [row for query in made for row in tables.execute(query.sql)]
    found = {(row["product"], row["version"], row["path"]): (row["effect"], row["rule"]) for row in rows}
    assert len(found) == len(rows)
    return found


def listed(tables: sqlite3.Connection) -> list[sqlite3.Row]:
    """Return the rows of the inventory, without the one that tells no agent."""
    rows = [row for query in osquery.inventory() for row in tables.execute(query.sql)]
    (empty,) = [row for row in rows if not row["product"]]
    assert not any(empty)
    return [row for row in rows if row["product"]]


def test_the_inventory_finds_every_kind_of_install(tables: sqlite3.Connection) -> None:
    rows = listed(tables)
    assert {(row["product"], row["version"], row["manager"], row["user"]) for row in rows} == FOUND
    assert len(rows) == len(FOUND)
    assert {row["path"] for row in rows}.isdisjoint(NOT_BY_OSQUERY.values())


def test_depth_says_how_far_projects_are_looked_for(tables: sqlite3.Connection) -> None:
    def found(depth: int) -> set[str]:
        made = osquery.inventory(reach=osquery.Reach(depth))
        return {row["path"] for query in made for row in tables.execute(query.sql) if row["manager"] == "npm-project"}

    assert found(0) == set()
    assert len(found(1)) == 2
    assert NOT_BY_OSQUERY["deeper than --depth"] in found(7)


@pytest.mark.parametrize("hours", [-1, 0, 24 * 400])
def test_every_answer_is_the_policys(tables: sqlite3.Connection, hours: int) -> None:
    at = BANNED + dt.timedelta(hours=hours)
    found = answers(tables, at)
    assert len(found) == len(FOUND)
    for (product, version, _), (effect, rule) in found.items():
        client = Client(product, policy.products()[product].vendor, version)
        decision = policy.decide(DESIGN, Asked(client), at)
        assert (effect, rule) == (decision.effect, decision.rule.id if decision.rule else "")


def test_nothing_is_banned_on_9_july_and_three_installs_are_on_10_july(tables: sqlite3.Connection) -> None:
    before = answers(tables, BANNED - dt.timedelta(seconds=1))
    after = answers(tables, BANNED)
    assert {effect for effect, _ in before.values()} == {"pass", "warn"}
    assert sorted(version for (_, version, _), (effect, _) in after.items() if effect == "ban") == (
        ["2.1.120", "2.1.150", "2.1.91"]
    )


@pytest.mark.parametrize("at", [BANNED - dt.timedelta(seconds=1), BANNED])
def test_fleet_check_says_the_same(
    root: Path, tables: sqlite3.Connection, inventory: Inventory, at: dt.datetime
) -> None:
    """Of every install that either knows, but for those that `NOT_BY_OSQUERY` names."""
    ours = {}
    for each in check(inventory, DESIGN, at).judged:
        assert isinstance(each.finding, Install)
        path = each.finding.path.removeprefix(str(root))
        if path not in NOT_BY_OSQUERY.values():
            rule = each.decision.rule.id if each.decision.rule else ""
            ours[each.finding.product, each.finding.version, path] = (each.decision.effect, rule)
    assert ours == answers(tables, at)


def test_policies_of_fleet_pass_until_the_day_and_fail_from_then(tables: sqlite3.Connection) -> None:
    made = fleet_yaml.policies(DESIGN)
    assert [each["name"] for each in made] == (
        ["wiretell: high-risk-software (Linux)", "wiretell: high-risk-software (macOS)"]
    )
    linux = made[0]["query"]
    emulator.advance(tables, int(BANNED.timestamp()) - 1)
    assert len(tables.execute(linux).fetchall()) == 1
    emulator.advance(tables, int(BANNED.timestamp()))
    assert tables.execute(linux).fetchall() == []


def test_a_process_is_told_by_the_install_it_runs_from(tables: sqlite3.Connection) -> None:
    node = "/home/dev/.nvm/versions/node/v22.11.0"
    program = "/home/dev/.local/share/claude/versions/2.1.200"
    for pid, path, cmdline in (
        (1, f"{node}/bin/node", f"node {node}/lib/node_modules/@anthropic-ai/claude-code/cli.js -p hi"),
        (2, program, "claude"),
        (3, "/usr/bin/vim", f"vim{node}/lib/node_modules/@anthropic-ai/claude-code/cli.js"),
        (4, f"{node}/bin/node", "claude"),
    ):
        emulator.insert(tables, "processes", pid=pid, path=path, cmdline=cmdline, uid=1000)
    query = next(each for each in osquery.inventory() if each.name.endswith("_processes"))
    rows = [tuple(row)[:6] for row in tables.execute(query.sql)]
    assert rows == [
        ("claude-code", "anthropic", "2.1.200", "process", program, "dev"),
        ("claude-code", "anthropic", "2.1.91", "process", f"{node}/bin/node", "dev"),
    ]


def test_a_known_release_is_told_by_its_hash_whatever_its_name(tables: sqlite3.Connection) -> None:
    release = next(each for each in known() if each.product == "claude-code")
    for path, sha256, size in (
        ("/home/dev/Downloads/notes", release.sha256, release.size),
        ("/home/dev/Downloads/other", "ab" * 32, release.size),
        ("/opt/tools/bin/helper", release.sha256.upper(), release.size),
        ("/usr/local/bin/small", release.sha256, release.size - 1),
        ("/srv/elsewhere", release.sha256, release.size),
    ):
        emulator.insert(tables, "file", path=path, type="regular", symlink=0, size=size)
        emulator.insert(tables, "hash", path=path, sha256=sha256)
    query = next(each for each in osquery.inventory() if each.name.endswith("_binaries"))
    rows = [tuple(row) for row in tables.execute(query.sql)]
    told = ("claude-code", "anthropic", release.version, "binary")
    assert rows == [
        (*told, "/home/dev/Downloads/notes", "dev", release.sha256),
        (*told, "/opt/tools/bin/helper", "", release.sha256),
    ]


def test_links_in_the_way_of_a_folder_do_not_hide_what_is_in_it(tables: sqlite3.Connection) -> None:
    """osquery resolves links up to the first `%`: `npm_packages` and `python_packages` then tell other paths."""
    tables.execute("UPDATE npm_packages SET path = replace(path, '/home/dev/', '/data/homes/dev/')")
    tables.execute("UPDATE python_packages SET path = replace(path, '/home/dev/', '/data/homes/dev/')")
    rows = listed(tables)
    assert {(row["product"], row["version"], row["manager"], row["user"]) for row in rows} == FOUND
