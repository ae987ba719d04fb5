"""Queries against `policy.decide`: random policies, installs and moments."""

from __future__ import annotations

import datetime as dt
import hashlib
import random

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fleet.osquery import emulator
from tests.fleet.osquery.test_versions import RANGES
from wiretell import policy
from wiretell.fleet.exports.osquery.queries import EVERY, bans, decisions, unless_banned
from wiretell.model.policy import Asked, Audited, Client, Policy, Rule
from wiretell.policy import Product
from wiretell.policy.periods import start_of_day

VENDORS = {"claude-code": "anthropic", "codex": "openai", "aider": "aider", "a'b": "o'neil", "pi": "pi", "x_y": "100%"}
PRODUCTS = {
    name: Product(
        name, vendor, "none", extensions=(f"{vendor}.{name}",), native=(f".{name}/v-{{version}}.bin", f"{name}/fixed")
    )
    for name, vendor in VENDORS.items()
}
VERSIONS = (
    *(
        "",
        "latest",
        "2.1.90",
        "2.1.91",
        "2.1.197",
        "2.1.198-beta.1",
        "2.1.198",
        "0.86.1",
        "0.86.2",
        "1.0",
        "1.0rc1",
        "1",
    ),
    *(
        "v2.1.91",
        "1.0-rc.1",
        "1.0.post1",
        "1.0.dev1",
        "2.1.91+build",
        "1!1.0",
        "1.0.0.0.0.0.0.0.0",
        "10.0",
        " 2.1.91",
        "1-0",
    ),
)
GLOBS = ("*", "claude-*", "CODEX", "a?b", "a'*", "x_y", "pi", "?i", "aider", "*o*", "none")
TEXTS = ("", "it's 100% $x", "a\nb", 'say "no";--', "ünï")
ZONES = ("UTC", "Asia/Shanghai", "America/St_Johns", "Pacific/Apia", "Africa/Cairo")
DAYS = tuple(dt.date(2026, 7, day) for day in range(8, 13))


def hashed(version: str) -> str:
    return hashlib.sha256(version.encode()).hexdigest()


def a_policy(rng: random.Random) -> Policy:
    return Policy(tuple(a_rule(rng, number) for number in range(rng.randint(0, 7))), timezone=rng.choice(ZONES))


def a_rule(rng: random.Random, number: int) -> Rule:
    days = sorted(rng.choices(DAYS, k=2))
    audited = tuple(an_audit(rng) for _ in range(rng.randint(1, 3))) if rng.random() < 0.25 else ()
    return Rule(
        id=f"r'{number}$",
        effect=rng.choice(("ban", "warn", "allow")),
        product=rng.choice((None, *GLOBS)),
        vendor=rng.choice((None, None, *GLOBS)),
        model="claude-*" if rng.random() < 0.1 else None,
        versions=rng.choice(RANGES) if not audited and rng.random() < 0.6 else None,
        since=days[0] if rng.random() < 0.5 else None,
        until=days[1] if rng.random() < 0.4 else None,
        reason=rng.choice(TEXTS),
        instead=rng.choice(TEXTS),
        audits=tuple(each.document for each in audited),
        audited=audited,
    )


def an_audit(rng: random.Random) -> Audited:
    version = rng.choice(VERSIONS[2:])
    if rng.random() < 0.5:
        return Audited("a", "covert", "", "", hashed(version))
    return Audited("a", "covert", rng.choice(list(VENDORS)), version, "")


def installs(rng: random.Random, count: int) -> dict[str, Asked]:
    """Return what is asked of the policy, by the path at which it lies."""
    found = {}
    for number in range(count):
        name, version = rng.choice(list(VENDORS.items())), rng.choice(VERSIONS)
        client = Client(name[0], name[1], version)
        if version[:1].isdigit() and rng.random() < 0.7:
            found[f"/home/u{number}/.{name[0]}/v-{version}.bin"] = Asked(client, sha256=hashed(version))
        elif rng.random() < 0.2:
            path = f"/home/u{number}/{name[0]}/fixed"
            found[path] = Asked(Client(name[0], name[1], ""), sha256=hashed(version))
        else:
            found[f"/ext/{number}"] = Asked(client)
    return found


def a_moment(rng: random.Random, zone: str) -> dt.datetime:
    return start_of_day(zone, rng.choice(DAYS)) + dt.timedelta(seconds=rng.choice((-3600, -1, 0, 1, 40_000)))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32))
def test_queries_decide_as_the_policy_does(seed: int) -> None:
    """30 policies, each with 40 installs at 2 moments: 2,400 decisions."""
    rng = random.Random(seed)
    by, there = a_policy(rng), installs(rng, 40)
    database = machine(there)
    for _ in range(2):
        at = a_moment(rng, by.timezone)
        emulator.advance(database, int(at.timestamp()))
        made = decisions(by, PRODUCTS, effects=EVERY)
        rows = [dict(row) for query in made for row in database.execute(query.sql)]
        assert len(rows) == len(there)
        for row in rows:
            asked = there[row["path"]]
            decision = policy.decide(by, asked, at)
            rule = decision.rule or Rule("", "ban")
            days = tuple(str(day) if day else "" for day in (rule.since, rule.until))
            assert (row["product"], row["vendor"], row["version"]) == (
                (asked.client.product, asked.client.vendor, asked.client.version)
            )
            assert (row["effect"], row["rule"]) == (decision.effect, rule.id)
            assert (row["reason"], row["instead"], row["since"], row["until"]) == (rule.reason, rule.instead, *days)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32))
def test_a_policy_of_fleet_fails_where_its_rule_bans_something(seed: int) -> None:
    rng = random.Random(seed)
    by, there = a_policy(rng), installs(rng, 5)
    database, at = machine(there), a_moment(rng, by.timezone)
    emulator.advance(database, int(at.timestamp()))
    decided = [policy.decide(by, asked, at) for asked in there.values()]
    for rule in by.rules:
        queries = bans(by, rule, PRODUCTS)
        does_ban = any(each.effect == "ban" and each.rule is rule for each in decided)
        passes = not queries or database.execute(unless_banned(rule, queries)).fetchall() != []
        assert passes is not does_ban


def test_only_the_effects_that_are_asked_for_give_rows() -> None:
    by = Policy(
        (Rule("a", "allow", product="pi"), Rule("b", "ban", product="codex"), Rule("w", "warn", vendor="aider"))
    )
    there = {f"/ext/{name}": Asked(Client(name, VENDORS[name], "1")) for name in ("pi", "codex", "aider", "x_y")}
    database = machine(there)
    emulator.advance(database, 0)

    def effects(*wanted: str) -> list[str]:
        made = decisions(by, PRODUCTS, effects=wanted)
        return sorted(row["effect"] for query in made for row in database.execute(query.sql))

    assert effects("ban", "warn") == ["ban", "warn"]
    assert effects("allow") == ["allow"]
    assert effects(*EVERY) == ["allow", "ban", "pass", "warn"]


def machine(there: dict[str, Asked]):  # type: ignore[no-untyped-def]  # sqlite3's, as the emulator makes it
    database = emulator.connect()
    emulator.insert(database, "time", unix_time=0)
    for number, (path, asked) in enumerate(there.items()):
        user = emulator.User(1000 + number, f"u{number}", path.rpartition("/.")[0] or "/nowhere")
        home = "/".join(path.split("/")[:3]) if path.startswith("/home/") else f"/nowhere{number}"
        emulator.insert(database, "users", uid=user.uid, username=user.username, directory=home)
        if path.startswith("/home/"):
            emulator.insert(database, "file", path=path, type="regular", symlink=0)
            emulator.insert(database, "hash", path=path, sha256=asked.sha256)
        else:
            name = f"{asked.client.vendor}.{asked.client.product}".title()
            emulator.insert(
                database, "vscode_extensions", uid=user.uid, name=name, version=asked.client.version, path=path
            )
    return database
