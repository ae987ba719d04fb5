# ruff: noqa: E501
"""Decisions of `fleet check` and `fleet policy`, by what design.md and docs/policy.md promise."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import jsonschema  # type: ignore[import-untyped]
import pytest

from tests.fleet.blind.desk import POLICY, Desk, image, one_sentence, prefix, write
from tests.fleet.blind.inventories import empty, holding, install, model, process

pytestmark = pytest.mark.long  # they say again, from outside, what quick tests say of the parts

ROOT = Path(__file__).parents[3]
AUDIT = ROOT / "tests/report/snapshots/short.json"
"""A covert channel in npm's @anthropic-ai/claude-code 2.1.91."""


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return empty(tmp_path_factory.mktemp("base"))


def check(
    folder: Path, inventory: Any, policy: str, on: str | None = "2026-07-10", code: int | None = None
) -> dict[str, Any]:
    desk = Desk(folder)
    desk.policy(policy)
    words = [] if on is None else ["--on", on]
    answer = desk.run("check", "--inventory", "-", "--format", "json", *words, stdin=json.dumps(inventory))
    assert answer.code in ({0, 1} if code is None else {code}), answer.err
    document: dict[str, Any] = answer.data
    banned = [item for item in document["decisions"] if item["effect"] == "ban"]
    assert document["banned"] == len(banned)
    assert answer.code == (1 if banned else 0)
    return document


def decided(document: dict[str, Any]) -> dict[str, tuple[str, str | None]]:
    return {item["version"] or item["where"]: (item["effect"], item.get("rule")) for item in document["decisions"]}


def rule(name: str, effect: str = "ban", **keys: Any) -> str:
    lines = ["[[rule]]", f'id = "{name}"', f'effect = "{effect}"', 'reason = "r"']
    for key, value in keys.items():
        told = value if isinstance(value, dt.date) else json.dumps(value)
        lines.append(f"{key.rstrip('_')} = {told}")
    return "\n".join(lines) + "\n"


# The policy of design.md


@pytest.mark.parametrize(("day", "code"), [("2026-07-09", 0), ("2026-07-10", 1), ("2027-01-01", 1)])
def test_the_ban_begins_on_its_day(tmp_path: Path, base: Any, day: str, code: int) -> None:
    inventory = holding(
        base,
        [install("claude-code", "2.1.91"), install("aider", "0.86.2")],
        [model("aider", "claude-opus-4-6"), model("codex", "gpt-5", "/home/dev/b")],
        [process("claude-code", "2.1.91")],
    )
    document = check(tmp_path, inventory, POLICY, day, code)
    jsonschema.validate(document, json.loads((ROOT / "docs/formats/fleet-check.schema.json").read_text()))
    banned = {
        (item["kind"], item["product"], item["rule"]) for item in document["decisions"] if item["effect"] == "ban"
    }
    if code:
        assert banned == {
            ("install", "claude-code", "high-risk-software"),
            ("process", "claude-code", "high-risk-software"),
            ("setting", "aider", "high-risk-models"),
        }
        told = next(item for item in document["decisions"] if item["kind"] == "install" and item["effect"] == "ban")
        assert (told["since"], told["instead"]) == ("2026-07-10", "the approved agent")
        for word in ("Hidden channel, see report 17", "the approved agent", "high-risk-software", "2026-07-10"):
            assert word in told["sentence"]
    else:
        upcoming = {
            (item["product"], item["upcoming"]["day"], item["upcoming"]["effect"], item["upcoming"]["rule"])
            for item in document["decisions"]
            if item.get("upcoming")
        }
        assert upcoming == {
            ("claude-code", "2026-07-10", "ban", "high-risk-software"),
            ("aider", "2026-07-10", "ban", "high-risk-models"),
        }


def test_the_day_begins_by_the_clocks_of_the_policy(tmp_path: Path, base: Any) -> None:
    """A ban from today in one zone and from tomorrow in another: `now` is one moment, whatever the machine's TZ."""
    inventory = holding(base, [install("claude-code", "2.1.91")])
    now = dt.datetime.now(dt.UTC)
    for zone in ("Pacific/Kiritimati", "Etc/GMT+12", "Asia/Shanghai"):
        today = now.astimezone(ZoneInfo(zone)).date()
        for day, effect in ((today, "ban"), (today + dt.timedelta(days=1), "pass")):
            text = f'schema = 1\ntimezone = "{zone}"\n' + rule("x", product="claude-code", from_=day)
            for machine in ("Pacific/Kiritimati", "Etc/GMT+12"):
                desk = Desk(tmp_path, environment={"TZ": machine})
                desk.policy(text)
                document = desk.json("check", "--inventory", "-", stdin=json.dumps(inventory))
                assert [item["effect"] for item in document["decisions"]] == [effect], (zone, machine, day)


def test_the_moment_of_the_ban_is_midnight_in_shanghai(tmp_path: Path) -> None:
    """Examples with a moment: `at` is by the clocks of the policy."""
    text = POLICY + (
        '[[example]]\nproduct = "claude-code"\nversion = "2.1.91"\non = 2026-07-09\nat = 23:59:59\nexpect = "pass"\n'
        '[[example]]\nproduct = "claude-code"\nversion = "2.1.91"\non = 2026-07-10\nexpect = "ban"\n'
        'rule = "high-risk-software"\n'
        '[[example]]\nmodel = "us.anthropic.claude-opus-4-6-v1:0"\non = 2026-07-10\nexpect = "ban"\n'
    )
    desk = Desk(tmp_path)
    answer = desk.run("policy", "test", desk.policy(text))
    assert answer.code == 0, answer
    wrong = text.replace('expect = "pass"', 'expect = "ban"')
    document = desk.json("policy", "test", desk.policy(wrong))
    assert [item["holds"] for item in document["examples"]] == [False, True, True]
    assert desk.run("policy", "test", desk.policy(wrong)).code == 1
    on = desk.json("check", "--on", "2026-07-10", "--inventory", "-", stdin=json.dumps(_nothing(tmp_path)))["on"]
    assert dt.datetime.fromisoformat(on) == dt.datetime(2026, 7, 9, 16, tzinfo=dt.UTC)
    assert on.endswith("+08:00")


def _nothing(folder: Path) -> Any:
    (folder / "x").mkdir()
    return empty(folder / "x")


# Rules


def test_the_first_match_wins(tmp_path: Path, base: Any) -> None:
    installs = [install("claude-code", f"2.1.{minor}") for minor in (90, 91, 150, 198)]
    installs += [install("codex", "1.0.0"), install("aider", "2.0.0")]
    text = (
        "schema = 1\n"
        + rule("spare", "allow", product="claude-code", versions="2.1.150")
        + rule("old", "warn", product="claude-code", versions="<2.1.91")
        + rule("channel", product="claude-code", versions=">=2.1.91,<2.1.198")
        + rule("vendor", "warn", vendor="anthropic")
        + rule("fine", "allow", product="codex")
        + rule("rest", product="*")
    )
    assert decided(check(tmp_path, holding(base, installs), text)) == {
        "2.1.90": ("warn", "old"),
        "2.1.91": ("ban", "channel"),
        "2.1.150": ("allow", "spare"),
        "2.1.198": ("warn", "vendor"),
        "1.0.0": ("allow", "fine"),
        "2.0.0": ("ban", "rest"),
    }


@pytest.mark.parametrize(
    ("versions", "inside", "outside"),
    [
        (">=2.1.91,<2.1.198", ["2.1.91", "2.1.197", "2.1.198-beta.1", "2.1.91+b7"], ["2.1.9", "2.1.91-rc.1", "2.1.198", "10.0.0"]),
        (">=2.1.91 <2.1.198", ["2.1.91"], ["2.1.198"]),
        ("<2 || >=3.1", ["1.9.9", "3.1.0", "2.0.0-a"], ["2.0.0", "3.0.9"]),
        ("^2.1.0", ["2.1.0", "2.99.0"], ["2.0.9", "3.0.0", "3.0.0-alpha"]),
        ("~2.1", ["2.1.0", "2.1.9"], ["2.2.0", "2.0.9"]),
        ("2.1.x", ["2.1.7", "2.1.0-beta.1"], ["2.2.0"]),
        ("2.1", ["2.1.0"], ["2.1.1"]),
        (">2", ["2.0.1"], ["2.0.0"]),
        ("<=2", ["2.0.0"], ["2.0.1"]),
        ("1.2 - 2.3", ["1.2.0", "2.0.0"], ["1.1.9", "2.4.0"]),
        ("~=0.86", ["0.86.0", "0.99"], ["1.0", "0.85.9"]),
        ("==0.86.*", ["0.86.2", "0.86.0.dev1"], ["0.87.0"]),
        ("!=0.86.*", ["0.87.0"], ["0.86.2"]),
        (">=1!0", ["1!0.1"], ["2026.1"]),
        ("<1.0", ["1.0rc1", "1.0.dev3", "1.0a2"], ["1.0", "1.0.post1"]),
        (">1.0", ["1.0.post1"], ["1.0"]),
    ],
)  # fmt: skip
def test_versions_are_as_documented(
    tmp_path: Path, base: Any, versions: str, inside: list[str], outside: list[str]
) -> None:
    installs = [install("claude-code", version) for version in [*inside, *outside]]
    document = check(
        tmp_path, holding(base, installs), "schema = 1\n" + rule("x", product="claude-code", versions=versions)
    )
    banned = {item["version"] for item in document["decisions"] if item["effect"] == "ban"}
    assert banned == set(inside)


def test_a_version_that_is_not_told_gains_nothing(tmp_path: Path, base: Any) -> None:
    inventory = holding(base, [install("claude-code", "", "/a"), install("claude-code", "not a version", "/b")])
    for effect, expected in (("ban", "ban"), ("warn", "warn"), ("allow", "pass")):
        text = "schema = 1\n" + rule("x", effect, product="claude-code", versions=">=5")
        document = check(tmp_path, inventory, text)
        assert {item["effect"] for item in document["decisions"]} == {expected}


@pytest.mark.parametrize(
    ("day", "effect"), [("2026-06-30", "pass"), ("2026-07-01", "ban"), ("2026-07-31", "ban"), ("2026-08-01", "pass")]
)
def test_until_is_the_last_day(tmp_path: Path, base: Any, day: str, effect: str) -> None:
    text = 'schema = 1\ntimezone = "America/New_York"\n' + rule(
        "july", product="codex", from_=dt.date(2026, 7, 1), until=dt.date(2026, 7, 31)
    )
    document = check(tmp_path, holding(base, [install("codex", "1.0.0")]), text, day)
    (told,) = document["decisions"]
    assert told["effect"] == effect
    upcoming = told.get("upcoming")
    expected = {"2026-06-30": "2026-07-01", "2026-08-01": None}.get(day, "2026-08-01")
    assert (upcoming and upcoming["day"]) == expected


def test_models_are_asked_with_the_product_whose_setting_it_is(tmp_path: Path, base: Any) -> None:
    names = ["claude-opus-4-6", "anthropic/claude-opus-4-6", "us.anthropic.claude-opus-4-6-v1:0", "claude-opus-4-6[1m]"]
    settings = [model("aider", name, f"/home/dev/{n}") for n, name in enumerate(names)]
    settings.append(model("codex", "gpt-5", "/home/dev/g"))
    settings.append(model("codex", "CLAUDE-OPUS-4-6", "/home/dev/up"))
    inventory = holding(base, [install("aider", "0.86.2"), install("codex", "1.0.0")], settings)
    text = "schema = 1\n" + rule("mine", "allow", product="codex", model="gpt-*") + rule("m", model="claude-*")
    document = check(tmp_path, inventory, text)
    told = {item.get("model"): item.get("rule") for item in document["decisions"] if item["kind"] == "setting"}
    assert told == {**dict.fromkeys([*names, "CLAUDE-OPUS-4-6"], "m"), "gpt-5": "mine"}
    assert {item["effect"] for item in document["decisions"] if item["kind"] == "install"} == {"pass"}


def test_audit_documents_ban_what_they_found(tmp_path: Path, base: Any) -> None:
    write(tmp_path / "audits/a.json", AUDIT.read_bytes())
    text = "schema = 1\n" + rule("covert", audits=["audits/a.json"])
    installs = [install("claude-code", "2.1.91"), install("claude-code", "2.1.92"), install("codex", "2.1.91", "/c")]
    installs.append(install("claude-code", "", "/unknown"))
    document = check(tmp_path, holding(base, installs), text)
    assert {(item["product"], item["version"], item["effect"]) for item in document["decisions"]} == {
        ("claude-code", "2.1.91", "ban"),
        ("claude-code", "2.1.92", "pass"),
        ("claude-code", "", "ban"),
        ("codex", "2.1.91", "pass"),
    }


# Bad policies


BAD = {
    "contradiction": rule("a", product="claude-code") + rule("b", "allow", product="claude-code"),
    "unknown product": rule("a", product="claude-cod"),
    "unknown vendor": rule("a", vendor="antropic"),
    "impossible day": rule("a", product="codex").replace("reason", "from = 2026-02-30\nreason"),
    "day as a word": rule("a", product="codex", from_="soon"),
    "day as text of an impossible day": rule("a", product="codex", from_="2026-13-01"),
    "behind a wider rule": rule("a", vendor="anthropic") + rule("b", "warn", product="claude-code"),
    "ends before it begins": rule("a", product="codex", from_=dt.date(2026, 7, 2), until=dt.date(2026, 7, 1)),
    "no version is both": rule("a", product="codex", versions=">=2,<1"),
    "not of that vendor": rule("a", product="codex", vendor="anthropic"),
    "not a range": rule("a", product="codex", versions=">=banana"),
    "no such effect": rule("a", "forbid", product="codex"),
    "unknown key": rule("a", prodct="codex"),
    "names nothing": rule("a"),
    "same id twice": rule("a", product="codex") + rule("a", product="aider"),
    "missing audit": rule("a", audits=["nowhere.json"]),
    "no such zone": 'timezone = "Asia/Shangai"\n' + rule("a", product="codex"),
    "no TOML": "[[rule\n",
    "versions without product": rule("a", vendor="openai", versions=">1"),
    "not UTF-8": "# \udcff\n" + rule("a", product="codex"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_policy_is_refused_in_one_sentence(tmp_path: Path, base: Any, name: str) -> None:
    desk = Desk(tmp_path)
    policy = tmp_path / "wiretell-policy.toml"
    policy.write_bytes(("schema = 1\n" + BAD[name]).encode(errors="surrogateescape"))
    sentence = one_sentence(desk.run("check", "--inventory", "-", stdin=json.dumps(holding(base))))
    assert "wiretell-policy.toml" in sentence


def test_every_verb_refuses_it(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    policy = desk.policy("schema = 1\n" + BAD["contradiction"])
    (tmp_path / "home").mkdir()
    before = policy.read_bytes()
    for words in (
        ["remove", "--apply", "--home", "home", "--root", "."],
        ["policy", "test", policy],
        ["export", "osquery"],
        ["export", "fleet"],
        ["export", "settings"],
    ):
        sentence = one_sentence(desk.run(*words))
        assert "b" in sentence
    assert policy.read_bytes() == before


def test_the_nearest_name_is_told(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    assert "claude-code" in one_sentence(
        desk.run("check", "--policy", desk.policy("schema = 1\n" + BAD["unknown product"]))
    )
    assert "product" in one_sentence(desk.run("check", "--policy", desk.policy("schema = 1\n" + BAD["unknown key"])))


@pytest.mark.parametrize(
    "words",
    [
        ["check", "--policy", "nowhere.toml"],
        ["check", "--on", "2026-02-30"],
        ["check", "--on", "tomorrow"],
        ["check", "--on", "2026-07-10T25:00"],
        ["check", "--inventory", "nowhere.json"],
        ["check", "--inventory", "."],
        ["check", "--format", "yaml"],
        ["policy", "explain", "wiretell-policy.toml", "--on", "x"],
        ["policy", "init", "wiretell-policy.toml"],
        ["policy", "init"],
    ],
    ids=" ".join,
)
def test_wrong_use(tmp_path: Path, words: list[str]) -> None:
    desk = Desk(tmp_path)
    desk.policy()
    answer = desk.run(*words)
    assert answer.code == 2, answer
    assert answer.err.strip()
    assert not answer.out


BROKEN: dict[str, Any] = {
    "nothing": "",
    "no JSON": "{",
    "a list": "[]",
    "another schema": '{"schema": "wiretell/audit/1"}',
    "a lone half of a character": '{"schema": "wiretell/fleet-inventory/1", "taken": "\\ud800"}',
    "deep": "[" * 100_000,
}


@pytest.mark.parametrize("name", [*BROKEN, "unknown field", "number as text", "unknown product field"])
def test_a_broken_inventory_is_one_sentence(tmp_path: Path, base: Any, name: str) -> None:
    desk = Desk(tmp_path)
    desk.policy()
    if name == "unknown field":
        text = json.dumps({**base, "surprise": 1})
    elif name == "number as text":
        text = json.dumps({**base, "files": "7"})
    elif name == "unknown product field":
        text = json.dumps(holding(base, [{**install("codex", "1.0.0"), "color": "red"}]))
    else:
        text = BROKEN[name]
    one_sentence(desk.run("check", "--inventory", "-", stdin=text))


def test_a_live_check_and_a_stored_one_agree(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.policy()
    image(tmp_path / "image")
    prefix(tmp_path / "image/home/dev/.nvm/versions/node/v22.1.0", "@anthropic-ai/claude-code", "2.1.91", "claude")
    answer = desk.run("inventory", "--root", "image", "--format", "json", "--output", "stored.json")
    assert (answer.code, answer.out) == (0, "")
    for day in ("2026-07-09", "2026-07-10"):
        live = desk.json("check", "--on", day, "--root", "image")
        stored = desk.json("check", "--on", day, "--inventory", "stored.json")
        assert live["decisions"] == stored["decisions"]
        assert len(live["decisions"]) == 1
        piped = desk.json("check", "--on", day, "--inventory", "-", stdin=(tmp_path / "stored.json").read_text())
        assert piped == stored


def test_nothing_banned_is_said_of_what_was_looked_at(tmp_path: Path, base: Any) -> None:
    desk = Desk(tmp_path)
    desk.policy()
    answer = desk.run("check", "--on", "2026-07-09", "--inventory", "-", stdin=json.dumps(base))
    assert answer.code == 0
    words = " ".join(answer.out.split())
    assert "NOTHING BANNED" in words
    assert "of what was looked at" in words


# The way round: init, test, explain


def test_init_test_explain(tmp_path: Path, base: Any) -> None:
    desk = Desk(tmp_path)
    write(tmp_path / "a.json", AUDIT.read_bytes())
    words = ["--from", "2026-07-10", "--timezone", "Asia/Shanghai", "--instead", 'the "approved"\nagent \\ x']
    for form in ([], ["--by-documents"]):
        answer = desk.run("policy", "init", "a.json", *words, *form, "--output", "made.toml")
        assert answer.code == 0, answer.err
        tried = desk.run("policy", "test", "made.toml", "--format", "json")
        assert tried.code == 0, tried
        assert tried.data["examples"]
        assert all(item["holds"] for item in tried.data["examples"])
        for day, effect in (("2026-07-09", "pass"), ("2026-07-10", "ban")):
            asked = ["--product", "claude-code", "--version", "2.1.91", "--on", day]
            explained = desk.json("policy", "explain", "made.toml", *asked)
            assert explained["decision"]["effect"] == effect
            inventory = holding(base, [install("claude-code", "2.1.91")])
            checked = desk.json(
                "check", "--policy", "made.toml", "--on", day, "--inventory", "-", stdin=json.dumps(inventory)
            )
            assert [item["effect"] for item in checked["decisions"]] == [effect]
        text = desk.run("policy", "explain", "made.toml", *asked)
        assert text.code == 0
        assert "2026-07-10" in text.out
        (tmp_path / "made.toml").unlink()


def test_init_finds_nothing_in_what_found_nothing(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    write(tmp_path / "a.json", (ROOT / "tests/report/snapshots/inconclusive.json").read_bytes())
    one_sentence(desk.run("policy", "init", "a.json", "--output", "made.toml"))
    assert not (tmp_path / "made.toml").exists()


def test_init_through_pipes(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    made = desk.run("policy", "init", "-", stdin=AUDIT.read_text())
    assert made.code == 0, made.err
    tried = desk.run("policy", "test", "-", stdin=made.out)
    assert tried.code == 0, tried
