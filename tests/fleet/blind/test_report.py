"""`fleet report` against a count that is made here, naively, over many made-up inventories."""

from __future__ import annotations

import copy
import datetime as dt
import gzip
import json
import random
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from tests.fleet.blind.desk import Desk, one_sentence, write
from tests.fleet.blind.inventories import empty, holding, install, model, process

pytestmark = pytest.mark.long  # they say again, from outside, what quick tests say of the parts

ROOT = Path(__file__).parents[3]
POLICY = """schema = 1
timezone = "Asia/Shanghai"
[[rule]]
id = "channel"
effect = "ban"
product = "claude-code"
versions = ">=2.1.91,<2.1.198"
from = 2026-07-10
reason = "r"
[[rule]]
id = "models"
effect = "ban"
model = "claude-*"
from = 2026-07-10
reason = "r"
[[rule]]
id = "soon"
effect = "ban"
product = "qwen-code"
from = 2026-07-25
reason = "r"
[[rule]]
id = "careful"
effect = "warn"
product = "aider"
reason = "r"
[[rule]]
id = "fine"
effect = "allow"
product = "gemini-cli"
reason = "r"
"""
ON = dt.datetime(2026, 7, 15, 15, 59, 59, tzinfo=dt.UTC)
"""The last second of 15 July in Shanghai: a report on a day is that of its end."""
VERSIONS = {
    "claude-code": ["2.1.90", "2.1.91", "2.1.197", "2.1.198", ""],
    "qwen-code": ["0.1.0", "0.2.0"],
    "aider": ["0.86.2"],
    "gemini-cli": ["0.61.0", "0.60.0"],
    "codex": ["1.0.0"],
}
TEAMS = ["search", "ads", "it's \u202e <b>infra</b>", ""]


def banned(product: str, version: str) -> bool:
    return product == "claude-code" and version in {"2.1.91", "2.1.197", ""}


def made(base: Any, seed: int, machines: int) -> list[dict[str, Any]]:
    """Inventories of `machines` machines, several of some, all before ON."""
    chance = random.Random(seed)
    documents = []
    for number in range(machines):
        times = sorted(
            ON - dt.timedelta(days=chance.randint(0, 24), hours=chance.randint(1, 20))
            for _ in range(chance.randint(1, 3))
        )
        for when in times:
            installs = [
                install(product, chance.choice(versions), f"/home/u/{product}", user="u")
                for product, versions in VERSIONS.items()
                if chance.random() < 0.4
            ]
            settings = [model("aider", chance.choice(["claude-opus-4-6", "gpt-5"]))] if chance.random() < 0.3 else []
            running = [process(item["product"], item["version"]) for item in installs if chance.random() < 0.3]
            document = holding(base, installs, settings, running, taken=when.strftime("%Y-%m-%dT%H:%M:%SZ"))
            document["machine"] = {**base["machine"], "id": f"{number:032x}", "hostname": f"host-{number}"}
            if team := TEAMS[number % len(TEAMS)]:
                document["machine"]["team"] = team
            documents.append(document)
    return documents


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> tuple[Desk, list[dict[str, Any]], Any]:
    folder = tmp_path_factory.mktemp("fleet")
    base = empty(folder)
    documents = made(base, 11, 110)
    assert len(documents) >= 200
    place = folder / "inventories"
    for number, document in enumerate(documents):
        text = json.dumps(document)
        if number % 7 == 0:
            (place / "sub").mkdir(parents=True, exist_ok=True)
            (place / f"sub/{number}.json.gz").write_bytes(gzip.compress(text.encode()))
        elif number % 7 == 1:
            place.mkdir(parents=True, exist_ok=True)
            with (place / "lines.ndjson").open("a") as lines:
                lines.write(text + "\n")
        else:
            write(place / f"{number}.json", json.dumps(document, indent=2))
    write(place / "broken-1.json", '{"schema": "wiretell/fleet-inventory/1"')
    write(place / "broken-2.json", b"\xff\xfe\x00")
    write(place / "broken-3.json", "")
    write(place / "broken-4.json.gz", b"\x1f\x8b no")
    write(place / "other.json", '{"schema": "wiretell/audit/1"}')
    write(place / "wrong.json", json.dumps({**documents[0], "installs": [{"version": 7}]}))
    write(place / "half.ndjson", json.dumps(documents[1]) + "\n" + json.dumps(documents[2])[:200] + "\n")
    desk = Desk(folder)
    desk.policy(POLICY)
    # half.ndjson holds one document a second time: the same machine and moment
    return desk, documents, desk.json("report", "inventories", "--on", "2026-07-15")


def last(documents: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    latest: dict[str, dict[str, Any]] = {}
    for document in documents:
        key = document["machine"]["id"]
        if key not in latest or document["taken"] >= latest[key]["taken"]:
            latest[key] = document
    return latest


def taken(document: dict[str, Any]) -> dt.datetime:
    return dt.datetime.fromisoformat(document["taken"])


def is_banned(document: dict[str, Any]) -> bool:
    return any(
        banned(item["product"], item["version"]) for item in [*document["installs"], *document["processes"]]
    ) or any(setting["model"].startswith("claude-") for setting in document["settings"])


def test_it_counts_as_a_naive_script_does(many: tuple[Desk, list[dict[str, Any]], Any]) -> None:
    _, documents, report = many
    latest = last(documents)
    assert report["machines"] == len(latest)
    versions: dict[tuple[str, str], set[str]] = {}
    running: dict[tuple[str, str], set[str]] = {}
    for key, document in latest.items():
        for item in document["installs"]:
            versions.setdefault((item["product"], item["version"]), set()).add(key)
        for item in document["processes"]:
            running.setdefault((item["product"], item["version"]), set()).add(key)
    told = {(item["product"], item["version"]): item for item in report["versions"] if not item.get("model")}
    assert {key: item["machines"] for key, item in told.items()} == {key: len(on) for key, on in versions.items()}
    assert {key: item["running"] for key, item in told.items()} == {key: len(running.get(key, ())) for key in versions}
    effects = {(item["product"], item["version"]): item["effect"] for item in told.values()}
    for (product, version), effect in effects.items():
        expected = {"aider": "warn", "gemini-cli": "allow"}.get(product, "ban" if banned(product, version) else "pass")
        assert effect == expected, (product, version)
    for item in told.values():
        upcoming = item.get("upcoming")
        assert (upcoming["day"] if upcoming else None) == ("2026-07-25" if item["product"] == "qwen-code" else None)
        assert sum(item["teams"].values()) == item["machines"]


def test_teams_and_banned_are_as_counted(many: tuple[Desk, list[dict[str, Any]], Any]) -> None:
    _, documents, report = many
    latest = last(documents)
    counted: dict[str, Counter[str]] = {}
    for document in latest.values():
        team = counted.setdefault(document["machine"].get("team", ""), Counter())
        team["machines"] += 1
        team["banned"] += is_banned(document)
        products = {item["product"] for item in document["installs"]}
        team["warned"] += "aider" in products or any(item["product"] == "aider" for item in document["processes"])
        team["expiring"] += "qwen-code" in products
        local = taken(document).astimezone(dt.timezone(dt.timedelta(hours=8))).date()
        team["silent"] += (dt.date(2026, 7, 15) - local).days > 14
    told = {team["name"]: team for team in report["teams"]}
    assert len(told) == len(counted)
    for name, numbers in counted.items():
        if name == "":
            (name,) = told.keys() - counted.keys() or {""}
        for column in ("machines", "banned", "expiring", "silent"):
            assert told[name][column] == numbers[column], (name, column)
    rows = Counter(item["machine"] for item in report["banned"])
    expected: Counter[str] = Counter()
    for document in latest.values():
        found = [*document["installs"], *document["processes"]]
        number = sum(banned(item["product"], item["version"]) for item in found)
        number += sum(setting["model"].startswith("claude-") for setting in document["settings"])
        if number:
            expected[document["machine"]["hostname"]] = number
    assert rows == expected


def test_days_are_as_counted(many: tuple[Desk, list[dict[str, Any]], Any]) -> None:
    """Each machine by its last inventory, for 14 days at most; whether banned by the policy of that day."""
    _, documents, report = many
    assert report["days"]
    for told in report["days"]:
        day = dt.date.fromisoformat(told["day"])
        end = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), dt.timezone(dt.timedelta(hours=8)))
        end = min(end, ON) if day == dt.date(2026, 7, 15) else end
        seen = last([document for document in documents if taken(document) < end])
        local = dt.timezone(dt.timedelta(hours=8))
        heard = [document for document in seen.values() if (day - taken(document).astimezone(local).date()).days <= 14]
        assert abs(told["machines"] - len(heard)) <= _edge(seen, day), (told, len(heard))
        if day < dt.date(2026, 7, 10):
            assert told["banned"] == 0
        elif told["machines"] == len(heard):
            assert told["banned"] == sum(is_banned(document) for document in heard), told


def _edge(seen: dict[str, dict[str, Any]], day: dt.date) -> int:
    """Machines for which "within 14 days" depends on whether days or hours are counted."""
    local = dt.timezone(dt.timedelta(hours=8))
    return sum((day - taken(document).astimezone(local).date()).days in {14, 15} for document in seen.values())


def test_what_cannot_be_read_is_told(many: tuple[Desk, list[dict[str, Any]], Any]) -> None:
    _, _, report = many
    unread = " ".join(item["what"] for item in report["unread"])
    for name in (
        "broken-1.json",
        "broken-2.json",
        "broken-3.json",
        "broken-4.json.gz",
        "other.json",
        "wrong.json",
        "half.ndjson",
    ):
        assert name in unread, name
    assert len(report["unread"]) == 7


def test_the_document_is_of_its_schema_and_text_agrees(many: tuple[Desk, list[dict[str, Any]], Any]) -> None:
    desk, _, report = many
    jsonschema.validate(report, json.loads((ROOT / "docs/formats/fleet-report.schema.json").read_text()))
    text = desk.run("report", "inventories", "--on", "2026-07-15", "--verbose")
    assert text.code == 0
    words = " ".join(text.out.split())
    assert str(report["machines"]) in words
    assert "\u202e" not in text.out
    for name in ("broken-1.json", "wrong.json"):
        assert name in words


def test_the_future_and_the_past(many: tuple[Desk, list[dict[str, Any]], Any]) -> None:
    desk, documents, _ = many
    early = desk.json("report", "inventories", "--on", "2026-07-05")
    before = dt.datetime.fromisoformat(early["on"])
    assert before.date() == dt.date(2026, 7, 5)
    assert early["machines"] == len(last([document for document in documents if taken(document) <= before]))
    assert early["banned"] == []


def test_teams_from_a_list_win(many: tuple[Desk, list[dict[str, Any]], Any]) -> None:
    desk, documents, _ = many
    names = sorted({document["machine"]["hostname"] for document in documents})
    write(desk.folder / "teams.csv", "machine,team\n" + "".join(f"{name},all\n" for name in names))
    report = desk.json("report", "inventories", "--on", "2026-07-15", "--teams", "teams.csv")
    assert [(team["name"], team["machines"]) for team in report["teams"]] == [("all", len(names))]


class Page(HTMLParser):
    """What a page loads, and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.tags: Counter[str] = Counter()
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.loads += [
            str(value)
            for name, value in attrs
            if (name == "src" or (name == "href" and tag == "link")) and not str(value).startswith("data:")
        ]

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_the_page_loads_nothing_and_holds_no_markup_of_others(many: tuple[Desk, list[dict[str, Any]], Any]) -> None:
    desk, documents, report = many
    hostile = copy.deepcopy(documents[0])
    evil = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"
    hostile["machine"] = {**hostile["machine"], "id": "f" * 32, "hostname": evil, "team": evil}
    hostile["taken"] = "2026-07-14T00:00:00Z"
    hostile["installs"] = [install("claude-code", "2.1.91", f"/home/{evil}\n", user=evil)]
    write(desk.folder / "hostile.json", hostile)
    answer = desk.run(
        "report", "inventories", "hostile.json", "--on", "2026-07-15", "--format", "html", "--output", "fleet.html"
    )
    assert (answer.code, answer.out) == (0, "")
    source = (desk.folder / "fleet.html").read_text()
    page = Page()
    page.feed(source)
    assert page.loads == []
    assert not re.search(r"@import|url\((?!['\"]?(data:|#))", source)
    assert page.tags["img"] == 0
    assert "<script>alert" not in source
    assert "onerror=alert(2)>" not in source.replace("&gt;", "")
    assert str(report["machines"] + 1) in " ".join(page.text)


def test_nothing_to_read(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    (tmp_path / "none").mkdir()
    answer = desk.run("report", "none")
    assert answer.code in {2, 3}, answer
    write(tmp_path / "bad/x.json", "{")
    answer = desk.run("report", "bad")
    assert answer.code == 3, answer
    assert not answer.out
    for words in (
        ["nowhere"],
        ["none", "--teams", "nowhere.csv"],
        ["none", "--on", "x"],
        ["none", "--ahead", "-1"],
        [],
    ):
        answer = desk.run("report", *words)
        assert answer.code == 2, (words, answer)
    one_sentence(desk.run("report", "nowhere"))


@pytest.mark.parametrize(
    "bad", [{"taken": "yesterday"}, {"schema": "wiretell/audit/1"}, {"installs": [{"product": 1}]}], ids=str
)  # fmt: skip
def test_an_inventory_is_one_to_report_and_to_check_or_to_neither(tmp_path: Path, bad: dict[str, Any]) -> None:
    """docs/formats/fleet-inventory.md: wiretell itself reads strictly."""
    base = empty(tmp_path)
    desk = Desk(tmp_path)
    desk.policy(POLICY)
    base["machine"] |= {"id": "a" * 32, "hostname": "a"}
    write(tmp_path / "in/good.json", base)
    write(tmp_path / "in/bad.json", {**base, **bad})
    assert desk.run("check", "--inventory", "in/bad.json").code == 2
    report = desk.json("report", "in")
    assert [item["what"] for item in report["unread"]] == ["in/bad.json"]


def test_two_machines_of_one_name_are_two(tmp_path: Path) -> None:
    base = empty(tmp_path)
    desk = Desk(tmp_path)
    for number, key in enumerate(("a" * 32, "b" * 32)):
        document = holding(base, [install("codex", f"1.0.{number}")], taken="2026-07-14T00:00:00Z")
        document["machine"] = {**base["machine"], "id": key, "hostname": "localhost"}
        write(tmp_path / f"in/{number}.json", document)
    report = desk.json("report", "in", "--on", "2026-07-15")
    assert report["machines"] == 2
    assert report["policy"] is None
