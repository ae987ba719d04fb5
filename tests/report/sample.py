"""Audits as the checks would hand them over, for the tests of the report.

`covert` is modelled on the published case (two covert channels, a gate, four apostrophes); hosts, hashes and numbers
are made up. The table of runs follows from the worlds by the oracle below, so it agrees with the channels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from wiretell.model.findings import (
    AuditResult,
    Carrier,
    Channel,
    Class,
    Controls,
    Coverage,
    Destination,
    Evidence,
    Explained,
    FactCoverage,
    Lead,
    NotExamined,
    Reach,
    RunSummary,
    Sweep,
    SweptLevel,
    Symbol,
    TemplateText,
    Verdict,
    Where,
)
from wiretell.model.world import OFFICIAL, UNSET, World

PLAIN = (
    "http://127.0.0.1",
    "https://gateway.example.com",
    "http://llm.corp.example",
    "http://proxy.example.net",
    "http://api.example.de",
)
KNOWN = ("http://relay.example.cn", "http://models.example.cn")
LABS = ("http://deepseek.localhost", "http://moonshot.localhost")
BOTH = ("http://deepseek.example.cn",)
HOSTS = (OFFICIAL, *PLAIN, *KNOWN, *LABS, *BOTH)
CN = ("Asia/Shanghai", "Asia/Urumqi")
ZONES = (
    "Etc/UTC",
    "Asia/Shanghai",
    "America/New_York",
    "Europe/Berlin",
    "Asia/Hong_Kong",
    "Asia/Taipei",
    "Asia/Tokyo",
    "Asia/Singapore",
    "Asia/Tehran",
    "Asia/Urumqi",
    "Europe/Moscow",
    "America/Havana",
    "Asia/Pyongyang",
)
POOLS: Mapping[str, tuple[str, ...]] = {
    "base_url": HOSTS,
    "timezone": ZONES,
    "locale": ("en_US.UTF-8", "de_DE.UTF-8", "zh_CN.UTF-8", "C.UTF-8"),
    "cwd": ("/home/dev/project", "/srv/build/checkout"),
    "hostname": ("devbox", "fin-ws-0417"),
    "username": ("dev", "j.smith"),
    "machine_id": ("3f1c9a52", "b7720e4d"),
    "git_email": ("dev@example.com", "j.smith@corp.example"),
    "ci": (UNSET, "github-actions"),
    "env:DO_NOT_TRACK": (UNSET, "1"),
}
PAIRED = 4
MESSAGES = "POST /v1/messages"
DATE_LINE = "/messages/0/content/1/text"


def _apostrophe(world: World) -> int:
    host = world["base_url"]
    return next((i for i, hosts in enumerate((KNOWN, LABS, BOTH), 1) if host in hosts), 0)


def _separator(world: World) -> int:
    return int(world["base_url"] != OFFICIAL and world["timezone"] in CN)


ORACLE: Mapping[str, Callable[[World], int]] = {
    "c1": _separator,
    "c2": _apostrophe,
    "u1": lambda world: int(world["base_url"] != OFFICIAL),
    "u2": lambda world: POOLS["machine_id"].index(world["machine_id"]),
    "u3": lambda world: POOLS["locale"].index(world["locale"]),
    "d1": lambda world: POOLS["cwd"].index(world["cwd"]),
}


def worlds() -> list[tuple[str, World]]:
    """Sixty-six runs: repeats of the baseline, an array, single sweeps, flips."""
    base = World.of({fact: pool[0] for fact, pool in POOLS.items()} | {"base_url": PLAIN[0]})
    planned = [("calibration", base)] * 8
    for row in range(24):
        levels = {f: pool[(row * (n + 3) + row // 4 + n) % len(pool)] for n, (f, pool) in enumerate(POOLS.items())}
        planned.append(("array", World.of(levels)))
    planned += [("sweep", base.replace({"base_url": host})) for host in HOSTS[2:]]
    planned += [("sweep", base.replace({"timezone": zone})) for zone in ZONES[1:]]
    planned += [("isolate", base.replace({"base_url": OFFICIAL, "timezone": CN[0]}))]
    for change in ({"timezone": CN[0]}, {"base_url": LABS[0]}, {"machine_id": "b7720e4d"}):
        fresh = base.replace({"hostname": "fin-ws-0417", "username": "j.smith"})
        planned += [("flip", fresh), ("flip", fresh.replace(change))] * 2
    return planned


def table() -> tuple[RunSummary, ...]:
    """Every run with the symbols the oracle gives it."""
    return tuple(
        RunSummary(run, purpose, world, {channel: shows(world) for channel, shows in ORACLE.items()})
        for run, (purpose, world) in enumerate(worlds())
    )


def _points(text: str) -> tuple[str, ...]:
    return tuple(f"U+{ord(char):04X}" for char in text)


def _separator_channel() -> Channel:
    others = tuple(zone for zone in ZONES if zone not in CN)
    closed = {"base_url": (OFFICIAL,), "timezone": ("Etc/UTC", "Asia/Shanghai")}
    return Channel(
        "c1",
        Class.COVERT,
        Carrier.FORMAT,
        Where(MESSAGES, "body", DATE_LINE, 214),
        ("timezone", "base_url"),
        (
            Symbol(
                "2026-11-21",
                _points("2026-11-21"),
                ({"timezone": others, "base_url": HOSTS[1:]}, closed),
                "Today's date is 2026-11-21.\n",
            ),
            Symbol(
                "2026/11/21",
                _points("2026/11/21"),
                ({"timezone": CN, "base_url": HOSTS[1:]},),
                "Todayʼs date is 2026/11/21.\n",
            ),
        ),
        1.0,
        Evidence(66, "4/4", 3.1e-9, flip_runs=((54, 55), (56, 57))),
    )


def _apostrophe_channel() -> Channel:
    marks = (("'", (OFFICIAL, *PLAIN)), ("\u2019", KNOWN), ("\u02bc", LABS), ("\u02b9", BOTH))
    return Channel(
        "c2",
        Class.COVERT,
        Carrier.HOMOGLYPH,
        Where(MESSAGES, "body", DATE_LINE, 203),
        ("base_url",),
        tuple(
            Symbol(mark, _points(mark), ({"base_url": hosts},), f"Today{mark}s date is 2026-11-21.\n")
            for mark, hosts in marks
        ),
        2.0,
        Evidence(66, "4/4", 4.4e-12, flip_runs=((58, 59), (60, 61))),
        note="The four forms are drawn alike in most typefaces.",
    )


def _visible_channels() -> tuple[Channel, ...]:
    custom = HOSTS[1:]
    locales = ("en-US", "de-DE", "zh-CN", "en")
    head = Where(MESSAGES, "head", "accept-language")
    return (
        Channel(
            "u1",
            Class.UNDECLARED,
            Carrier.PRESENCE,
            Where(MESSAGES, "body", "/tools/3/cache_control"),
            ("base_url",),
            (
                Symbol('{"type": "ephemeral"}', (), ({"base_url": (OFFICIAL,)},)),
                Symbol("", (), ({"base_url": custom},)),
            ),
            1.0,
            Evidence(66, "4/4", 1.8e-6),
        ),
        Channel(
            "u2",
            Class.UNDECLARED,
            Carrier.IDENTIFIER,
            Where(MESSAGES, "body", "/metadata/user_id"),
            ("machine_id",),
            tuple(
                Symbol(f"user_{char * 64}_account__session", (), ({"machine_id": (level,)},), runs=(run,))
                for char, level, run in (("a", "3f1c9a52", 0), ("e", "b7720e4d", 63))
            ),
            1.0,
            Evidence(66, "4/4", 2.2e-7),
            also=(Where("POST /v1/events", "body", "/device_id"),),
        ),
        Channel(
            "u3",
            Class.UNDECLARED,
            Carrier.WORDING,
            head,
            ("locale",),
            tuple(
                Symbol(said, (), ({"locale": (level,)},)) for said, level in zip(locales, POOLS["locale"], strict=True)
            ),
            2.0,
            Evidence(66, None, 0.0031, rate=0.94),
        ),
        Channel(
            "d1",
            Class.DECLARED,
            Carrier.WORDING,
            Where(MESSAGES, "body", "/system/1/text", 5120),
            ("cwd",),
            tuple(
                Symbol(path, (), ({"cwd": (path,)},), f"Working directory: {path}\nIs a git repo: Yes")
                for path in POOLS["cwd"]
            ),
            1.0,
            Evidence(66, "4/4", 9.0e-8),
            declared_by=("https://docs.example.com/data-usage",),
        ),
    )


NOT_EXAMINED = (
    NotExamined("interactive use", "the agent was asked one question on its command line"),
    NotExamined("signed-in accounts", "no real account is ever given to an agent"),
    NotExamined("other operating systems", "the lab is Linux on x86-64"),
    NotExamined("features that the vendor's servers switch on", "the lab answers in their place"),
)
UNPROVEN = (
    *(
        NotExamined(f"cause of a difference (number) at POST /v1/events body /{n}/uptime", "it may be chance (p = 1)")
        for n in range(12)
    ),
    NotExamined("cause of a difference (handshake) at TLS base connection alpn and 1 places in step", "ci; clock"),
    NotExamined("cause of a difference (destination) at connection dns a.example", "no set of facts explains it"),
    NotExamined("cause of a difference (presence) at HEAD / run request", "flips confirmed it only 1/4 times"),
)
DESTINATIONS = (
    Destination("api.anthropic.com", "198.18.0.7", 443, "https", True, 17, 271_000, "official"),
    Destination("127.0.0.1", "127.0.0.1", 80, "http", False, 49, 9_140_220, "custom"),
    Destination("telemetry.example.com", "198.18.0.9", 443, "https", True, 61, 88_400, "always"),
)
CONTROLS = Controls("pass", "pass", "pass")
TARGET = {
    "kind": "npm",
    "name": "@anthropic-ai/claude-code",
    "version": "2.1.91",
    "sha256": "5b1d" * 16,
    "agent": "claude-code",
}


def _coverage(pools: Mapping[str, tuple[str, ...]] = POOLS) -> Coverage:
    facts = {
        fact: FactCoverage(pool, min(PAIRED, len(pool)), max(0, len(pool) - PAIRED)) for fact, pool in pools.items()
    }
    return Coverage(facts, NOT_EXAMINED)


def covert() -> AuditResult:
    """The case: two covert channels, three undeclared, one declared, sixty-six runs."""
    return AuditResult(
        target=TARGET,
        verdict=Verdict.COVERT,
        channels=(_separator_channel(), _apostrophe_channel(), *_visible_channels()),
        coverage=_coverage(),
        destinations=DESTINATIONS,
        template=(TemplateText(DATE_LINE, "c0de" * 16, ((203, 204), (214, 224))),),
        controls=CONTROLS,
        runs=66,
        wall_s=47.0,
        agent_cpu_s=80.1,
        lab_cpu_s=2.4,
        seed=7,
        explained=(
            Explained(Where(MESSAGES, "head", "content-length"), "follows from the body"),
            Explained(Where(MESSAGES, "head", "host"), "names the host the agent was told to use"),
            Explained(Where(MESSAGES, "body", "/metadata/session"), "varies between repeats of one world"),
        ),
        table=table(),
        version="0.0.0",
        started="2026-11-21T10:00:00.000Z",
        command="wiretell audit npm:@anthropic-ai/claude-code@2.1.91 --seed 7",
    )


def short() -> AuditResult:
    """The case with few runs, for snapshots that would be long."""
    result = covert()
    rows = tuple(row for row in result.table if row.run in (0, 8, 9, 33, 40, 41, 54, 55, 62, 63))
    pools = {fact: POOLS[fact] for fact in ("base_url", "timezone", "locale")}
    return replace(result, table=rows, coverage=_coverage(pools))


def clean() -> AuditResult:
    """Nothing that was varied changed what was sent."""
    target = {"kind": "folder", "name": "./my-agent", "version": "", "sha256": "ab" * 32, "agent": "my-agent"}
    rows = tuple(RunSummary(row.run, row.purpose, row.world) for row in table())
    return replace(covert(), target=target, verdict=Verdict.CLEAN, channels=(), explained=(), template=(), table=rows)


def inconclusive() -> AuditResult:
    """The agent never reached the model, so what it did not do proves nothing."""
    return replace(
        covert(),
        verdict=Verdict.INCONCLUSIVE,
        channels=(),
        explained=(),
        template=(),
        table=(),
        runs=3,
        controls=Controls("pass", "not run", "pass"),
        reasons=(
            "The agent never sent a model request: it ended with code 1 after 0.4 s.",
            "Control canary: not run.",
        ),
        coverage=Coverage({}, NOT_EXAMINED),
    )


def noted() -> AuditResult:
    """The case with every optional member filled."""
    result = short()
    places = (Where("", "run", "requests"), Where("", "connection", "alpn", 0))
    channels = tuple(
        replace(
            channel,
            also=places,
            declared_by=("https://docs.example.com/data-usage",),
            note="A note.",
            evidence=replace(channel.evidence, rate=0.5, flips="3/4", flip_runs=((54, 55),) * 9),
            symbols=tuple(replace(symbol, runs=(0, 8)) for symbol in channel.symbols),
        )
        for channel in result.channels
    )
    rows = tuple(replace(row, note="One connection was refused.") for row in result.table)
    return replace(result, channels=channels, table=rows, reasons=("A reason.",))


def unproven() -> AuditResult:
    """Channels were found, yet a difference in what the model is asked could not be proven: no verdict."""
    result = short()
    reason = "1 difference was seen in model requests whose cause could not be proven within the budget; raise --runs."
    hosts = (Destination("(base_url)", "", 0, "http, https", True, 49, 9_140_220, "custom"), *DESTINATIONS[:1])
    run = replace(result.channels[3], where=Where("HEAD /", "run", "request"))
    other = replace(result.channels[2], where=Where("POST /api/event_logging/a/batch", "body", "/0/name"))
    return replace(
        result,
        verdict=Verdict.INCONCLUSIVE,
        reasons=(reason, "the canary control failed: not caught"),
        channels=(other, run, *result.channels[4:]),
        explained=result.explained[:1],
        coverage=replace(result.coverage, not_examined=(*UNPROVEN, *NOT_EXAMINED)),
        destinations=hosts,
        template=(TemplateText("/system/1/text", "c0de" * 16, ()),),
        table=(),
    )


LEADS = (
    Lead(
        tuple(f"{w}.example" for w in ("apple", "birch", "cedar")), ("base64", "xor"), "2a", "ab" * 32, "a.js", 7, 90.5
    ),
    Lead(("orchard", "meadow"), ("hex",), "", "cd" * 32, "a.js!/b.js", 12_345, 40.0),
)


def swept() -> AuditResult:
    """The case with levels from a scan: three of five entries are confirmed, one near miss is a hit."""
    levels: list[SweptLevel] = []
    for index, lead in enumerate(LEADS):
        for number, entry in enumerate(lead.entries):
            for reach in Reach:
                hit = number < 2 - index and (reach in (Reach.EXACT, Reach.SUBDOMAIN) or entry == "apple.example")
                run = None if reach is Reach.INSIDE else len(levels)
                host = f"http://{'x.' if reach is not Reach.EXACT else ''}{entry}"
                symbols = {"c2": index + 1 if hit else 0, "c1": 0} if run is not None else {}
                foretold = None if index else (hit == (reach in (Reach.EXACT, Reach.SUBDOMAIN)))
                levels.append(SweptLevel(entry, index, reach, host, run, symbols, hit and run is not None, foretold))
    sweep = Sweep(
        "base_url",
        LEADS,
        tuple(levels),
        confirmed=3,
        entries=5,
        rules=("Entries of list l1 match the host itself and every subdomain of it.",),
        exceptions=("http://x.apple.example is a hit: nothing explains it.",),
    )
    return replace(short(), leads=LEADS, sweeps=(sweep,))


def empty() -> AuditResult:
    """The least an audit can hold."""
    return AuditResult({}, Verdict.CLEAN, (), Coverage({}, ()), (), (), Controls(), 0, 0.0, 0.0)
