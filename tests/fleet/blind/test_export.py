# ruff: noqa: E501
"""Each export, read by parsers that are not wiretell's."""

from __future__ import annotations

import csv
import ipaddress
import json
import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest
import yaml
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tests.fleet.blind import everything
from tests.fleet.blind.desk import POLICY, Desk, image, one_sentence, write
from tests.fleet.blind.inventories import empty, holding, install

pytestmark = pytest.mark.long  # they say again, from outside, what quick tests say of the parts

ROOT = Path(__file__).parents[3]
AUDIT = ROOT / "tests/report/snapshots/short.json"
HOST = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*")

TRICKY = POLICY.replace("Hidden channel, see report 17", "It's \\\"hidden\\\": {{ x }} # -- */ 'y' \\\\ ; DROP TABLE x\\n- no: yes %s $y") + (
    '[[rule]]\nid = "it\'s; --"\neffect = "warn"\nproduct = "codex"\nversions = "~=1.0"\nfrom = 2026-08-01\n'
    'until = 2026-08-31\nreason = "r"\n[[rule]]\nid = "rest"\neffect = "ban"\nvendor = "moonshot"\nreason = "yes"\n'
)  # fmt: skip


def audit(folder: Path) -> Path:
    """The sample, with what a hostile agent could reach: bare addresses, odd names, names of the lab."""
    document = json.loads(AUDIT.read_text())
    (official,) = [item for item in document["destinations"] if item["name"] == "api.anthropic.com"]
    for name, address, port in (
        ("203.0.113.7", "203.0.113.7", 443),
        ("2001:db8::7", "2001:db8::7", 8443),
        ("203.0.114.9", "203.0.114.9", 80),
        ("STATSIG.Anthropic.COM.", "198.18.0.11", 443),
        ("xn--bcher-kva.dev", "198.18.0.12", 443),
        ("a_b.telemetry.io", "198.18.0.13", 443),
    ):
        document["destinations"].append({**official, "name": name, "address": address, "port": port})
    return write(folder / "a.json", document)


def sqlite_tables() -> sqlite3.Connection:
    """The tables that docs/fleet-osquery.md names, with the columns that osquery publishes."""
    base = sqlite3.connect(":memory:")
    for table, columns in {
        "users": "uid INTEGER, gid INTEGER, uid_signed INTEGER, gid_signed INTEGER, username TEXT, description TEXT, "
        "directory TEXT, shell TEXT, uuid TEXT, type TEXT, is_hidden INTEGER",
        "file": "path TEXT, directory TEXT, filename TEXT, inode INTEGER, uid INTEGER, gid INTEGER, mode TEXT, "
        "device INTEGER, size INTEGER, block_size INTEGER, atime INTEGER, mtime INTEGER, ctime INTEGER, "
        "btime INTEGER, hard_links INTEGER, symlink INTEGER, type TEXT, symlink_target_path TEXT",
        "npm_packages": "name TEXT, version TEXT, description TEXT, author TEXT, license TEXT, homepage TEXT, "
        "path TEXT, directory TEXT, pid_with_namespace INTEGER, mount_namespace_id TEXT",
        "python_packages": "name TEXT, version TEXT, summary TEXT, author TEXT, license TEXT, path TEXT, "
        "directory TEXT, pid_with_namespace INTEGER",
        "deb_packages": "name TEXT, version TEXT, source TEXT, size INTEGER, arch TEXT, revision TEXT, status TEXT, "
        "maintainer TEXT, section TEXT, priority TEXT, admindir TEXT, pid_with_namespace INTEGER",
        "vscode_extensions": "name TEXT, uuid TEXT, version TEXT, path TEXT, publisher TEXT, publisher_id TEXT, "
        "installed_at INTEGER, prerelease INTEGER, uid INTEGER, vscode_edition TEXT",
        "hash": "path TEXT, directory TEXT, md5 TEXT, sha1 TEXT, sha256 TEXT",
        "processes": "pid INTEGER, name TEXT, path TEXT, cmdline TEXT, state TEXT, cwd TEXT, root TEXT, uid INTEGER, "
        "gid INTEGER, euid INTEGER, parent INTEGER, start_time INTEGER, on_disk INTEGER",
        "time": "unix_time INTEGER, year INTEGER, month INTEGER, day INTEGER",
    }.items():
        base.execute(f"CREATE TABLE {table} ({columns})")
    base.execute("INSERT INTO time VALUES (1783612800, 2026, 7, 9)")
    return base


@pytest.mark.parametrize("text", [POLICY, TRICKY], ids=["design", "tricky"])
def test_osquery_packs_parse_and_their_queries_run(tmp_path: Path, text: str) -> None:
    desk = Desk(tmp_path)
    desk.policy(text)
    base = sqlite_tables()
    for words in ([], ["--all"], ["--inventory"]):
        answer = desk.run("export", "osquery", *words)
        assert answer.code == 0, answer.err
        pack = json.loads(answer.out)
        assert pack["queries"]
        for name, query in pack["queries"].items():
            assert re.fullmatch(r"[a-z0-9_]+", name)
            rows = base.execute(query["query"].rstrip().rstrip(";"))
            columns = [column[0] for column in rows.description]
            assert columns[:4] == ["product", "vendor", "version", "manager"]
            says_that_it_is_there = name.endswith("_machine")
            assert rows.fetchall() == ([("",) * len(columns)] if says_that_it_is_there else [])
            base.execute("EXPLAIN " + query["query"])
    told = desk.run("export", "osquery", "--form", "sql")
    assert told.code == 0
    assert sqlite3.complete_statement(told.out)
    base.executescript(told.out)


def test_a_row_of_osquery_is_judged_by_the_day(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.policy()
    pack = desk.run("export", "osquery").data
    query = pack["queries"]["wiretell_policy_debian"]["query"]
    base = sqlite_tables()
    base.execute(
        "INSERT INTO deb_packages (name, version, arch, status) VALUES ('claude-code', '1:2.1.91-1', 'amd64', 'install ok installed')"
    )
    for moment, rows in ((1783612799, 0), (1783612800, 1)):  # midnight of 2026-07-10 in Shanghai
        base.execute("UPDATE time SET unix_time = ?", (moment,))
        assert len(base.execute(query).fetchall()) == rows


@pytest.mark.parametrize("text", [POLICY, TRICKY], ids=["design", "tricky"])
def test_fleet_is_yaml_of_its_shape(tmp_path: Path, text: str) -> None:
    desk = Desk(tmp_path)
    desk.policy(text)
    base = sqlite_tables()
    document = yaml.safe_load(desk.run("export", "fleet").out)
    assert document.keys() >= {"policies", "queries"}
    names = [policy["name"] for policy in document["policies"]]
    assert len(set(names)) == len(names)
    assert any("high-risk-software" in name for name in names)
    for policy in document["policies"]:
        assert "the approved agent" in policy["resolution"] or "high-risk" not in policy["name"]
        assert base.execute(policy["query"]).fetchall() == [(1,)]
    for query in document["queries"]:
        rows = base.execute(query["query"]).fetchall()
        assert len(rows) == (1 if query["name"].endswith("_machine") else 0)
        assert isinstance(query["interval"], int)
    applied = [item for item in yaml.safe_load_all(desk.run("export", "fleet", "--form", "apply").out) if item]
    assert {item["kind"] for item in applied} == {"policy", "query"}
    assert all(item["apiVersion"] == "v1" and item["spec"] for item in applied)


def test_settings_are_json_in_a_new_folder(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.policy(POLICY.replace('product = "claude-code" ', 'product = "claude-code"\nversions = "<2.1.198" '))
    answer = desk.run("export", "settings", "--on", "2026-07-10", "--output-dir", "managed")
    assert answer.code == 0, answer.err
    files = {str(path.relative_to(tmp_path / "managed")): path for path in (tmp_path / "managed").rglob("*.json")}
    assert any("managed-settings.json" in name for name in files)
    for path in files.values():
        json.loads(path.read_text())
    one = next(path for name, path in files.items() if "managed-settings" in name)
    assert "2.1.198" in one.read_text()
    assert (tmp_path / "managed/README.txt").exists()
    again = desk.run("export", "settings", "--on", "2026-07-10", "--output-dir", "managed")
    one_sentence(again)
    assert desk.run("export", "settings", "--output-dir", "managed", "--on", "2026-07-10", "--force").code == 0
    mine = write(tmp_path / "mine/notes.txt", "mine\n")
    answer = desk.run("export", "settings", "--on", "2026-07-10", "--output-dir", "mine", "--force")
    assert mine.read_text() == "mine\n"
    before = desk.json("export", "settings", "--on", "2026-07-09")
    assert "2.1.198" not in json.dumps(before.get("files", before))


def lines(text: str, comment: str = "#") -> list[str]:
    return [line for line in text.splitlines() if line.strip() and not line.startswith(comment)]


def test_lists_for_resolvers_are_of_their_syntax(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    path = audit(tmp_path)
    out: dict[str, str] = {}
    for form in ("plain", "hosts", "rpz", "unbound", "dnsmasq"):
        for words in (["--block"], ["--allow"]) if form != "hosts" else (["--block"],):
            answer = desk.run("export", "dns", path, "--form", form, *words)
            assert answer.code == 0, (form, words, answer.err)
            assert "allow all" not in [line.strip() for line in answer.out.splitlines()]
            out[form + words[0]] = answer.out
    names = lines(out["plain--block"])
    assert "api.anthropic.com" in names
    assert "statsig.anthropic.com" in names
    assert "xn--bcher-kva.dev" in names
    assert "127.0.0.1" not in names
    assert not [name for name in names if not HOST.fullmatch(name) or name.replace(".", "").isdigit()]
    assert "203.0.113.7" not in "\n".join(names)
    for line in lines(out["hosts--block"]):
        address, name = line.split()
        assert ipaddress.ip_address(address).is_unspecified
        assert name in names
    for line in lines(out["dnsmasq--block"]):
        assert re.fullmatch(r"(local|address|server)=/[a-z0-9._-]+/\S*", line), line
    for line in lines(out["unbound--block"]):
        assert line == "server:" or re.fullmatch(r'    local-zone: "[a-z0-9._-]+\." [a-z_]+', line), line
    zone = lines(out["rpz--block"], ";")
    assert zone[0].startswith("$TTL")
    for line in zone[3:]:
        assert re.fullmatch(r"(\*\.)?[a-z0-9._-]+ CNAME \.", line), line


def test_lists_for_packet_filters_and_proxies_are_of_their_syntax(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    path = audit(tmp_path)
    nft = desk.run("export", "egress", path, "--form", "nftables")
    assert nft.code == 0, nft.err
    code = "\n".join(lines(nft.out))
    assert code.count("{") == code.count("}")
    assert re.search(r"(?<![\w.:])203\.0\.114\.9(?![\w.:])", code)
    assert not re.search(r"203\.0\.113\.7|2001:db8::7", code), "no packet reaches addresses of documentation"
    assert "198.18." not in nft.out, "an address of the lab is nobody's"
    assert "anthropic" not in code.replace("wiretell", "")
    squid = desk.run("export", "egress", path, "--form", "squid").out
    for line in lines(squid):
        assert line.split()[0] in {"acl", "http_access"}, line
    assert "allow all" not in squid
    table = list(csv.DictReader(desk.run("export", "egress", path, "--form", "csv").out.splitlines()))
    told = desk.run("export", "egress", path, "--form", "json").data
    assert {(row["host"], int(row["port"])) for row in table} == {
        (row["host"], row["port"]) for row in told["destinations"]
    }
    kept = desk.run("export", "dns", path, "--keep", "*.ANTHROPIC.com", "--form", "plain").out
    assert not [line for line in lines(kept) if line.endswith("anthropic.com")]


@pytest.mark.parametrize("name", ['evil"; }\nallow all\n#.io', "a b.io", "\u202e.io", "*.io", "x" * 300 + ".io"])
def test_a_name_that_no_host_has_breaks_no_list(tmp_path: Path, name: str) -> None:
    """What an agent looks up is the agent's to say."""
    desk = Desk(tmp_path)
    document = json.loads(audit(tmp_path).read_text())
    document["destinations"].append({**document["destinations"][0], "name": name, "address": "198.18.0.14"})
    write(tmp_path / "b.json", document)
    for words in (["dns", "--form", "unbound"], ["egress", "--form", "squid"]):
        answer = desk.run("export", words[0], "b.json", *words[1:])
        if answer.code == 2:
            one_sentence(answer)
        else:
            assert name not in answer.out
            assert len(name) > 50 or "allow all" not in answer.out


def test_a_broken_audit_is_one_sentence(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    write(tmp_path / "x.json", '{"schema": "wiretell/audit/1"}')
    for words in (["dns", "x.json"], ["egress", "x.json"], ["dns", "nowhere.json"], ["dns", "-"]):
        one_sentence(desk.run("export", *words, stdin="{"))


def test_cyclonedx_is_valid_and_complete(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    image(tmp_path / "image").joinpath("home/dev").rmdir()
    all_ = everything.stage(tmp_path / "image/home/dev")
    made = desk.run("inventory", "--root", "image", "--format", "json", "--output", "i.json")
    assert made.code == 0
    inventory = json.loads((tmp_path / "i.json").read_text())
    inventory["installs"][0]["path"] += "/\\udcff \u202e\n\x1b"
    write(tmp_path / "i.json", inventory)
    first = desk.run("export", "cyclonedx", "--inventory", "i.json")
    assert first.code == 0, first.err
    assert first.out == desk.run("export", "cyclonedx", "--inventory", "i.json").out
    error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(first.out)
    assert error is None, error
    bill: Any = json.loads(first.out)
    assert len(bill["components"]) == len(inventory["installs"])
    assert len({component["bom-ref"] for component in bill["components"]}) == len(inventory["installs"])
    links = {component.get("purl") for component in bill["components"]}
    assert "pkg:npm/%40anthropic-ai/claude-code@2.1.91" in links
    assert "pkg:pypi/aider-chat@0.86.2" in links
    hashes = {part["content"] for component in bill["components"] for part in component.get("hashes", [])}
    told = {entry["value"] for each in bill["components"] for entry in each.get("properties", ())}
    assert {item["sha256"] for item in inventory["installs"] if item.get("sha256")} <= hashes | told
    assert all_.secrets.told(first.out) == []


def test_cyclonedx_of_nothing_and_of_unknown_versions(tmp_path: Path) -> None:
    base = empty(tmp_path)
    desk = Desk(tmp_path)
    for installs in ([], [install("codex", ""), install("aider", "1.0", manager="pip-user", integrity="sha512-xx")]):
        answer = desk.run("export", "cyclonedx", "--inventory", "-", stdin=json.dumps(holding(base, installs)))
        assert answer.code == 0, answer.err
        error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(answer.out)
        assert error is None, error
