"""A made-up company: inventories of many machines over some weeks, as files, for the benchmark and the tests.

Every machine is made of one of some hundred kinds, as machines of one team are alike; only names, ids and days differ.
From `BAN_DAY` on, every day a part of the machines loses the product that this company bans.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from wiretell.model.fleet import Install, Inventory, Machine, Manager, NotExamined, Process, Scope, Setting, SettingKind
from wiretell.report import encode, to_document

KINDS: Final = 300
LAST_DAY: Final = dt.date(2026, 7, 20)
BAN_DAY: Final = dt.date(2026, 7, 10)
BANNED: Final = "claude-code"
TEAMS: Final = ("search", "payments", "games", "maps", "cloud", "ads", "mail", "research", "infra", "support")
_ID: Final = "0" * 32
_HOST: Final = "machine-000000"
_TAKEN: Final = "2026-01-01T00:00:00Z"
_AGENTS: Final = (
    ("claude-code", "anthropic", "@anthropic-ai/claude-code", Manager.NPM_GLOBAL, "2.1.{}", (85, 200)),
    ("codex", "openai", "@openai/codex", Manager.NPM_GLOBAL, "0.{}.0", (90, 169)),
    ("gemini-cli", "google", "@google/gemini-cli", Manager.NPM_PROJECT, "0.{}.0", (30, 61)),
    ("aider", "aider", "aider-chat", Manager.UV_TOOL, "0.{}.1", (80, 86)),
    ("cline", "cline", "saoudrizwan.claude-dev", Manager.EXTENSION, "3.{}.0", (40, 65)),
)


@dataclass(frozen=True, slots=True)
class Company:
    """How large it is, and how often its machines were looked at."""

    machines: int
    days: int = 1
    """Inventories of each machine, one a day, the last on `LAST_DAY`."""
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Truth:
    """What a report of a company must count."""

    machines: int
    inventories: int
    teams: Mapping[str, int]
    """Team -> machines."""
    versions: Mapping[tuple[str, str], int]
    """Product and version -> machines that have it on the last day."""
    days: Mapping[str, int]
    """Day -> machines that have `BANNED` on it."""


def write(company: Company, folder: Path) -> Iterator[int]:
    """Write one file an inventory; yield after each how many there are."""
    for nth, data in enumerate(inventories(company)):
        below = folder / f"{nth // 1000:04d}"
        if nth % 1000 == 0:
            below.mkdir(parents=True)
        (below / f"{nth:07d}.json").write_bytes(data)
        yield nth + 1


def lines(company: Company) -> Iterator[bytes]:
    """Yield inventories as lines."""
    return (json.dumps(json.loads(data), separators=(",", ":")).encode() + b"\n" for data in inventories(company))


def inventories(company: Company) -> Iterator[bytes]:
    """Yield documents of `wiretell fleet inventory`, machine by machine, day by day."""
    chance, made = _begun(company)
    kinds = [encode(to_document(each)) for each in made]
    for number, day, kind in _lives(company, chance, made):
        host, own = f"machine-{number:06d}", hashlib.sha256(f"{company.seed}:{number}".encode()).hexdigest()[:32]
        taken = f"{day}T{number % 24:02d}:00:00Z"
        data = kinds[kind].replace(_ID.encode(), own.encode()).replace(_HOST.encode(), host.encode())
        yield data.replace(_TAKEN.encode(), taken.encode())


def truth(company: Company) -> Truth:
    """Return what is so, counted without any inventory."""
    chance, made = _begun(company)
    has = [frozenset((install.product, install.version) for install in each.installs) for each in made]
    banned = [BANNED in {product for product, _ in each} for each in has]
    teams: Counter[str] = Counter()
    versions: Counter[tuple[str, str]] = Counter()
    days: Counter[str] = Counter()
    for _, day, kind in _lives(company, chance, made):
        days[str(day)] += banned[kind]
        if day == LAST_DAY:
            teams[made[kind].machine.team] += 1
            versions.update(has[kind])
    return Truth(company.machines, company.machines * company.days, teams, versions, days)


def _begun(company: Company) -> tuple[random.Random, list[Inventory]]:
    chance = random.Random(company.seed)  # noqa: S311 - made-up machines, not keys
    return chance, [_inventory(chance, kind) for kind in range(KINDS)]


def _lives(company: Company, chance: random.Random, made: Sequence[Inventory]) -> Iterator[tuple[int, dt.date, int]]:
    """Yield which machine is of which kind on which day."""
    clean = [kind for kind, each in enumerate(made) if BANNED not in {install.product for install in each.installs}]
    for number in range(company.machines):
        kind = chance.randrange(KINDS)
        for back in reversed(range(company.days)):
            day = LAST_DAY - dt.timedelta(days=back)
            if chance.random() < (0.18 if day >= BAN_DAY else 0):
                kind = chance.choice(clean)
            yield number, day, kind


def _inventory(chance: random.Random, kind: int) -> Inventory:
    installs = tuple(_install(chance, nth) for nth in range(chance.choice((1, 2, 3, 4, 6, 8))))
    runs = [install for install in installs if chance.random() < 0.3]
    settings = tuple(_setting(nth) for nth in range(chance.randrange(6)))
    return Inventory(
        machine=Machine(_ID, _HOST, "Debian GNU/Linux 12 (bookworm)", "root", True, TEAMS[kind % len(TEAMS)]),
        taken=_TAKEN,
        installs=tuple({install.id: install for install in installs}.values()),
        processes=tuple(_process(install, nth) for nth, install in enumerate(runs)),
        settings=settings,
        not_examined=(NotExamined("interior of packages", "not walked without --deep"),),
        files=120_000,
    )


def _install(chance: random.Random, nth: int) -> Install:
    product, vendor, name, manager, version, (low, high) = chance.choice(_AGENTS)
    told = version.format(chance.randint(low, high)) if chance.random() > 0.01 else ""
    path = f"/home/dev/{manager.value}/{nth}/{name}"
    return Install(
        product=product,
        vendor=vendor,
        name=name,
        version=told,
        manager=manager,
        scope=Scope.USER,
        user="dev",
        path=path,
        hashed=f"{path}/main",
        sha256=hashlib.sha256(f"{product} {told}".encode()).hexdigest(),
        commands=(f"/home/dev/bin/{product}",),
    )


def _process(install: Install, nth: int) -> Process:
    return Process(
        product=install.product,
        vendor=install.vendor,
        version=install.version,
        pid=1000 + nth,
        started=_TAKEN,
        user="dev",
        program=install.hashed,
        install=install.id,
    )


def _setting(nth: int) -> Setting:
    model = ("claude-opus-4-6", "", "gpt-5-mini", "", "claude-haiku-4-5", "")[nth]
    host = "" if model else "gateway.internal"
    return Setting(
        kind=SettingKind.CONFIG,
        product="claude-code" if model.startswith("claude") or not model else "codex",
        vendor="anthropic" if model.startswith("claude") or not model else "openai",
        path=f"/home/dev/.settings/{nth}.json",
        key="model" if model else "base_url",
        value=model or f"https://{host}",
        host=host,
        model=model,
        user="dev",
    )
