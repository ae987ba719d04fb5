"""Inventories, checks and reports as `fleet` would hand them over. Every machine, user and team is made up."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Final

from wiretell.model.fleet import (
    Checked,
    Examined,
    Install,
    Inventory,
    Judged,
    Machine,
    Manager,
    NotExamined,
    Process,
    Recognised,
    Scope,
    Setting,
    SettingKind,
    Upcoming,
)
from wiretell.model.fleet_report import Day, FleetReport, Item, Spread, Team, What
from wiretell.model.policy import Decision, Rule

HOME: Final = "/home/dev"
_NODE: Final = f"{HOME}/.nvm/versions/node/v22.11.0"
BAN: Final = Rule(
    "high-risk-software",
    "ban",
    product="claude-code",
    since=dt.date(2026, 7, 10),
    reason="Hidden channel, see report 17",
    instead="the approved agent",
)
MODELS: Final = Rule("high-risk-models", "ban", model="claude-*", since=dt.date(2026, 7, 10), reason="Same notice")
LATER: Final = Rule("old-codex", "ban", product="codex", versions="<0.120", since=dt.date(2026, 8, 1))
APPROVED: Final = Rule("approved", "allow", product="codex")

CLAUDE: Final = Install(
    product="claude-code",
    vendor="anthropic",
    name="@anthropic-ai/claude-code",
    version="2.1.91",
    manager=Manager.NPM_GLOBAL,
    around="nvm v22.11.0",
    scope=Scope.USER,
    user="dev",
    path=f"{_NODE}/lib/node_modules/@anthropic-ai/claude-code",
    hashed=f"{_NODE}/lib/node_modules/@anthropic-ai/claude-code/cli.js",
    sha256="5f" * 32,
    integrity="sha512-" + "A" * 86 + "==",
    commands=(f"{_NODE}/bin/claude",),
)
CODEX: Final = Install(
    product="codex",
    vendor="openai",
    name="my-agent",
    version="0.110.0",
    manager=Manager.BINARY,
    scope=Scope.USER,
    user="dev",
    path=f"{HOME}/bin/my-agent",
    hashed=f"{HOME}/bin/my-agent",
    sha256="a1" * 32,
    recognised=Recognised.CONTENT,
)
AIDER: Final = Install(
    product="aider",
    vendor="aider",
    name="aider-chat",
    version="",
    manager=Manager.VENV,
    around=f"{HOME}/work/venv",
    scope=Scope.PROJECT,
    user="dev",
    path=f"{HOME}/work/venv/lib/python3.12/site-packages/aider_chat-0.86.2.dist-info",
    wanted_by=(f"{HOME}/work/requirements.txt",),
    note="its METADATA is broken, so its version is not known",
)
PROCESS: Final = Process(
    product="claude-code",
    vendor="anthropic",
    version="2.1.91",
    pid=4711,
    started="2026-07-10T08:12:40Z",
    user="dev",
    program=CLAUDE.hashed,
    install=CLAUDE.id,
)
BASE_URL: Final = Setting(
    kind=SettingKind.SHELL,
    product="claude-code",
    vendor="anthropic",
    path=f"{HOME}/.bashrc",
    line=118,
    key="ANTHROPIC_BASE_URL",
    value="https://gateway.internal",
    host="gateway.internal",
    user="dev",
)
MODEL: Final = Setting(
    kind=SettingKind.CONFIG,
    product="claude-code",
    vendor="anthropic",
    path=f"{HOME}/.claude/settings.json",
    key="model",
    value="opus",
    model="claude-opus",
    user="dev",
)
MACHINE: Final = Machine("0f" * 16, "desk-017", "Debian GNU/Linux 12 (bookworm)", "dev", False, "search")


def inventory() -> Inventory:
    return Inventory(
        machine=MACHINE,
        taken="2026-07-10T09:00:00Z",
        installs=(AIDER, CLAUDE, CODEX),
        processes=(PROCESS,),
        settings=(BASE_URL, MODEL),
        examined=(Examined("home of dev", 301_744), Examined("Debian's packages", 612)),
        not_examined=(
            NotExamined("homes of root, ops", "they are other users'; root can read them"),
            NotExamined("interior of 12,345 packages", "packages are looked at by their names; --deep walks them"),
        ),
        files=302_356,
        wall_s=0.41,
    )


def bare_inventory() -> Inventory:
    return Inventory(machine=Machine("", "desk-018", "Linux", "root", True), taken="2026-07-10T09:00:00Z", installs=())


def checked() -> Checked:
    sentence = "claude-code 2.1.91 is banned since 2026-07-10 by the policy's rule high-risk-software."
    ban = Decision("ban", BAN, sentence)
    model = Decision("ban", MODELS, "claude-code with model claude-opus is banned.")
    return Checked(
        inventory=inventory(),
        policy_source="wiretell-policy.toml",
        policy_sha256="c0" * 32,
        timezone="Asia/Shanghai",
        on=dt.datetime(2026, 7, 10, 9, tzinfo=dt.UTC),
        judged=(
            Judged(CLAUDE, ban),
            Judged(PROCESS, ban),
            Judged(MODEL, model),
            Judged(CODEX, Decision("allow", APPROVED), Upcoming(dt.date(2026, 8, 1), Decision("ban", LATER, "Then."))),
            Judged(AIDER, Decision("pass")),
        ),
        remarks=("Rules high-risk-software and high-risk-models both match claude-code; the first decides.",),
    )


def nothing_banned() -> Checked:
    whole = checked()
    rest = tuple(each for each in whole.judged if each.decision.effect == "pass")
    return replace(whole, inventory=replace(inventory(), installs=(AIDER,), processes=(), settings=()), judged=rest)


def report() -> FleetReport:
    claude = What("claude-code", "anthropic", "2.1.91")
    newer = What("claude-code", "anthropic", "2.1.198")
    codex = What("codex", "openai", "0.110.0")
    strange = What("aider", "aider", "")
    model = What("claude-code", "anthropic", "2.1.91", model="claude-opus")
    return FleetReport(
        policy_source="wiretell-policy.toml",
        policy_sha256="c0" * 32,
        timezone="Asia/Shanghai",
        on=dt.datetime(2026, 7, 12, 15, 59, 59, tzinfo=dt.UTC),
        ahead_days=30,
        silent_days=14,
        machines=1_204,
        inventories=30_441,
        teams=(
            Team("search", 700, 41, 0, 12, 3, 9),
            Team("payments", 500, 1, 0, 0, 0, 0),
            Team("(no team)", 4, 0, 0, 0, 4, 4),
        ),
        spread=(
            Spread(strange, Decision("pass"), None, 7, 0, {"(no team)": 4, "search": 3}),
            Spread(newer, Decision("pass"), None, 300, 12, {"payments": 120, "search": 180}),
            Spread(claude, Decision("ban", BAN), None, 42, 5, {"payments": 1, "search": 41}),
            Spread(model, Decision("ban", MODELS), None, 3, 0, {"search": 3}),
            Spread(
                codex,
                Decision("allow", APPROVED),
                Upcoming(dt.date(2026, 8, 1), Decision("ban", LATER)),
                12,
                2,
                {"search": 12},
            ),
        ),
        banned=(
            _item("desk-101", "payments", CLAUDE.path, "npm-global", "high-risk-software"),
            _item("desk-017", "search", CLAUDE.path, "npm-global", "high-risk-software"),
            _item("desk-017", "search", CLAUDE.hashed, "running", "high-risk-software"),
            replace(_item("desk-017", "search", MODEL.path, "config", "high-risk-models"), model="claude-opus"),
        ),
        days=tuple(
            Day(
                dt.date(2026, 7, day),
                1_190 + day,
                0 if day < 10 else 42 + 100 * (12 - day),
                {"claude-code": 1_000 - 40 * day, "codex": 10 + day},
            )
            for day in range(5, 13)
        ),
        partly=(("packages are looked at by their names; --deep walks them", 1_204),),
        unread=(NotExamined("inventories/desk-300.json", "it is empty"),),
        wall_s=4.2,
    )


def _item(machine: str, team: str, where: str, how: str, rule: str) -> Item:
    return Item(machine, team, "dev", "claude-code", "2.1.91", "", how, where, rule, "2026-07-12T09:00:00Z")


def unjudged_report() -> FleetReport:
    whole = report()
    return replace(
        whole,
        policy_source="",
        policy_sha256="",
        timezone="UTC",
        machines=700,
        teams=(Team("search", 700, 0, 0, 0, 3, 0),),
        spread=(replace(whole.spread[1], teams={"search": 180}),),
        banned=(),
        days=whole.days[:1],
        partly=(),
        unread=(),
    )
