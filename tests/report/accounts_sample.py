"""Statements, exports and replays as the gateway's accounts would hand them over. Every user and log is made up."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Final

from wiretell.model.accounts import (
    Evidence,
    Hit,
    PolicyReplay,
    ReplayedBudget,
    ReplayedRule,
    Span,
    Statement,
    StatementLine,
)
from wiretell.model.policy import Budget, Rule

JULY: Final = Span(
    "2026-07",
    "Asia/Shanghai",
    dt.datetime(2026, 6, 30, 16, tzinfo=dt.UTC),
    dt.datetime(2026, 7, 31, 16, tzinfo=dt.UTC),
)
_TABLE: Final = "wiretell 2026-06-01"
_FIRST: Final = dt.datetime(2026, 7, 9, 16, 0, 12, 250_000, tzinfo=dt.UTC)
_LAST: Final = dt.datetime(2026, 7, 30, 9, 30, tzinfo=dt.UTC)
_HITS: Final = tuple(
    Hit(f"user:dev-{number:03}", _FIRST + dt.timedelta(minutes=number), _LAST, 3 * number, 40_120_000 * number)
    for number in range(1, 14)
)


def statement() -> Statement:
    return Statement(
        "dev-017",
        JULY,
        (
            StatementLine(
                dt.date(2026, 7, 1), "claude-opus-5", _TABLE, 210, 52_110, 18_200_400, 901_000, 88_410, 21_170_000, 0, 0
            ),
            StatementLine(dt.date(2026, 7, 1), "gpt-5-mini", _TABLE, 12, 8_100, 0, 0, 2_210, 6_445, 2, 0),
            StatementLine(dt.date(2026, 7, 2), "inside-model", "", 3, 900, 0, 0, 120, 0, 1, 3),
        ),
        not_sent=4,
        free=31,
        digest="5d" * 32,
        head="c0" * 32,
    )


def empty_statement() -> Statement:
    return Statement("dev-099", JULY, (), 0, 0, "e3" * 32, broken=2, head="c0" * 32)


def exported() -> Evidence:
    return Evidence(
        file="appeal.zip",
        problems=(),
        key="ab" * 32,
        user="dev-017",
        span=JULY,
        created="2026-08-01T08:00:00+00:00",
        exchanges=225,
        bodies=224,
        edits=1,
        head="c0" * 32,
        remarks=("01980000-0000-7000-8000-000000000001: it is erased.",),
    )


def changed() -> Evidence:
    problems = ("rows.jsonl is not as it was signed.", "extra.txt is in it, and not in its manifest.")
    return replace(exported(), problems=problems, key_is_known=True, head="", edits=2)


def replayed() -> PolicyReplay:
    ban = Rule("high-risk-software", "ban", product="claude-code", since=dt.date(2026, 7, 10), reason="Report 17")
    warn = Rule("high-risk-models", "warn", model="claude-*")
    week = Budget("user:* usd per week", "user:*", "usd", 300_000_000, "week")
    free = Budget("free", "group:search-team", "requests", 2_000, "day", ("inside-*",))
    return PolicyReplay(
        source="new.toml",
        sha256="aa" * 32,
        timezone="Asia/Shanghai",
        span=JULY,
        requests=4_211,
        first=_FIRST,
        last=_LAST,
        rules=(ReplayedRule(ban, _HITS), ReplayedRule(warn, ())),
        budgets=(ReplayedBudget(week, 2, _HITS[:1]), ReplayedBudget(free, 0, ())),
        banned=sum(hit.requests for hit in _HITS),
        over_budget=3,
        not_sent=7,
        unknown_models=1,
        price_table=_TABLE,
    )


def nothing_replayed() -> PolicyReplay:
    return PolicyReplay("new.toml", "aa" * 32, "UTC", None, 0, None, None, (), (), 0, 0, 0, 0, _TABLE)
