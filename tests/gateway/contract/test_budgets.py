"""Budgets: what is reserved, what is settled, who is refused and how."""

from __future__ import annotations

import contextlib
import datetime as dt
import http.client
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.gateway.contract.hosts import Host, serving
from tests.gateway.contract.outside import PROTOCOLS, Gateway, gateway, request, said, until, upstreams, user
from wiretell.lab import machine

BUDGETS = """schema = 1
timezone = "Asia/Shanghai"
[[budget]]
who = "user:req"
requests = 3
per = "day"
[[budget]]
who = "user:tok"
tokens = 5_000
per = "day"
[[budget]]
who = "user:usd"
usd = 0.5
per = "week"
models = ["claude-*", "gpt-*"]
[[budget]]
who = "user:held"
usd = 1
per = "month"
[[budget]]
who = "user:form"
requests = 1
per = "month"
[[budget]]
who = "user:keep"
requests = 2
per = "week"
[[budget]]
who = "user:bad"
requests = 1
per = "week"
[[budget]]
who = "user:again"
requests = 2
per = "month"
[[budget]]
who = "group:team"
requests = 2
per = "week"
[[budget]]
who = "org"
requests = 1_000_000
per = "month"
"""
TABLES = "".join(map(user, ("req", "tok", "usd", "held", "form", "keep", "cut", "bad", "price", "again")))
TABLES += user("one", "team") + user("two", "team", "other") + user("three", "other")
MODELS = ["claude-sonnet-4-5", "claude-haiku-4-5", "claude-opus-4-1", "claude-opus-4-6", "claude-unheard-of-9"]
Traffic = tuple[list[int], list[dict[str, Any]]]
TOP = 'policy = "policy.toml"'


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    """One host for all protocols."""
    with serving() as host:
        yield host


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory, host: Host) -> Iterator[Gateway]:
    """One gateway; every test has a user of its own."""
    folder = tmp_path_factory.mktemp("budgets")
    (folder / "policy.toml").write_text(BUDGETS)
    with gateway(folder, TOP, upstreams(host, host, host, "sk-up") + TABLES) as door:
        yield door


def _ask(
    door: Gateway, name: str, *headers: tuple[str, str], model: str = "claude-sonnet-4-5", **fields: object
) -> int:
    return door.messages(model, *headers, key=f"key-{name}", **fields).status


def test_requests_run_out(door: Gateway, host: Host) -> None:
    """The fourth of three; the sentence has the numbers and when it begins anew."""
    assert [_ask(door, "req") for _ in range(3)] == [200] * 3
    before = len(host.asked)
    answer = door.messages(key="key-req")
    assert answer.status == 429
    assert len(host.asked) == before
    text = said("anthropic-messages", answer)
    tomorrow = dt.datetime.now(ZoneInfo("Asia/Shanghai")).date() + dt.timedelta(1)
    assert text.count("3") >= 2
    assert f"{tomorrow}" in text


def test_tokens_run_out(door: Gateway) -> None:
    """3,800 a request, caches included, are reserved by far less and settled by what they were."""
    assert [_ask(door, "tok") for _ in range(3)] == [200, 200, 429]


@pytest.mark.parametrize("form", [form for form in PROTOCOLS if form != "count_tokens"])
def test_a_spent_budget_is_429_in_the_clients_own_form(door: Gateway, form: str) -> None:
    """With `x-should-retry: false`."""
    assert until(lambda: _ask(door, "form") == 429, 5)
    answer = door.ask(*request(form, "claude-sonnet-4-5"), [("authorization", "Bearer key-form")])
    assert answer.status == 429
    assert answer.headers["x-should-retry"] == "false"
    assert said(form, answer)


def test_a_group_shares_and_others_do_not(door: Gateway) -> None:
    """Two of the team spend what is the team's."""
    assert (_ask(door, "one"), _ask(door, "two"), _ask(door, "one"), _ask(door, "two")) == (200, 200, 429, 429)
    assert _ask(door, "three") == 200


def test_a_refusal_of_the_host_costs_no_money_and_a_budget_counts_its_models_alone(door: Gateway) -> None:
    """`models` of the budget are what it is for."""
    price = [("x-usage", "10,0,0,33000")]
    assert _ask(door, "usd", ("x-play", "error")) == 529
    assert _ask(door, "usd", *price, model="inside-7b", max_tokens=30_000) == 200


@pytest.fixture(scope="module")
def traffic(door: Gateway) -> Traffic:
    """Return what 100 streams in parallel were answered, and all rows: they and others, so that there is one wait."""

    def one(number: int) -> int:
        headers = (("x-usage", "10,0,0,900"), ("x-play", "slow"), ("x-claude-code-session-id", f"parallel-{number}"))
        return _ask(door, "usd", *headers, stream=True, max_tokens=1000)

    for model in MODELS:
        assert _ask(door, "price", model=model) == 200
    with contextlib.suppress(http.client.IncompleteRead, ConnectionError):
        _ask(door, "cut", ("x-play", "cut"), stream=True)
    with ThreadPoolExecutor(100) as pool:
        statuses = list(pool.map(one, range(100)))
    return statuses, door.rows(lambda rows: sum(str(row["session"]).startswith("parallel-") for row in rows) == 100)


def test_100_streams_in_parallel_never_overspend(traffic: Traffic) -> None:
    """Half a dollar; a stream may cost 1.5 cents and costs 1.35: some 33 find room, and none more than there is."""
    statuses, rows = traffic
    passed = statuses.count(200)
    assert set(statuses) == {200, 429}
    assert 25 <= passed <= 36
    mine = [row for row in rows if str(row["session"]).startswith("parallel-")]
    assert len(mine) == 100
    assert sum(row["cost_usd"] or 0 for row in mine) <= 0.5
    assert sum(row["status"] == 200 for row in mine) == passed
    assert all(row["decision"].startswith("budget:") for row in mine if row["status"] == 429)


def test_a_broken_stream_is_billed_for_what_was_seen(traffic: Traffic) -> None:
    """Its input was told before it broke."""
    (row,) = [row for row in traffic[1] if row["user"] == "cut"]
    assert row["ended"] != "complete"
    assert row["input_tokens"] == 1000
    assert 0.0054 < row["cost_usd"] < 0.0075, "1000 input, 2000 read, 500 written, some output"


def test_prices_and_an_unknown_model(traffic: Traffic) -> None:
    """List price of a known one, by kind of token; an unknown one costs as much as its vendor's dearest."""
    costs = {row["model"]: row["cost_usd"] for row in traffic[1] if row["user"] == "price"}
    assert costs["claude-sonnet-4-5"] == pytest.approx((1000 * 3 + 2000 * 0.3 + 500 * 3.75 + 300 * 15) / 1e6, abs=1e-6)
    assert costs["claude-haiku-4-5"] < costs["claude-sonnet-4-5"]
    assert costs["claude-unheard-of-9"] >= max(costs.values())


def test_what_is_held_comes_back(door: Gateway) -> None:
    """Each may cost 90 cents of a dollar and costs 1: one after another all pass, two at once do not."""
    assert [_ask(door, "held", ("x-usage", "10,0,0,600"), max_tokens=60_000) for _ in range(3)] == [200] * 3

    def slow(_: int) -> int:
        return _ask(door, "held", ("x-play", "slow"), ("x-usage", "1,0,0,1"), max_tokens=60_000)

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(slow, range(2))) == [200, 429]


def test_a_policy_that_is_read_again_keeps_what_was_spent(door: Gateway) -> None:
    """The counter stays, the limit is new."""
    assert [_ask(door, "again") for _ in range(3)] == [200, 200, 429]
    own = 'who = "user:again"\nrequests = '
    (door.folder / "policy.toml").write_text(BUDGETS.replace(f"{own}2", f"{own}4"))
    assert until(lambda: _ask(door, "again") == 200)
    assert [_ask(door, "again"), _ask(door, "again")] == [200, 429]


def test_counters_survive_a_restart(tmp_path: Path, host: Host) -> None:
    """Two of two before, none after; the log goes on."""
    (tmp_path / "policy.toml").write_text(BUDGETS)
    with gateway(tmp_path, TOP, upstreams(host, key="sk-up") + TABLES) as door:
        assert [_ask(door, "keep") for _ in range(2)] == [200, 200]
    with gateway(tmp_path, TOP, upstreams(host, key="sk-up") + TABLES) as door:
        assert _ask(door, "keep") == 429
        assert _ask(door, "bad") == 200


@pytest.mark.long
@pytest.mark.skipif(machine.faketime_folder() is None, reason="no libfaketime on this machine: nothing turns the clock")
def test_a_week_begins_on_monday_and_a_ban_at_midnight(tmp_path: Path, host: Host) -> None:
    """In the policy's zone, by a clock that the test turns: Sunday 23:59 and Monday 00:00 in Shanghai."""
    library = machine.faketime_folder()
    zone = ZoneInfo("Asia/Shanghai")
    now = dt.datetime.now(zone)
    monday = (now + dt.timedelta(days=7 - now.weekday())).replace(hour=0, minute=0, second=0, microsecond=0)
    ban = f'[[rule]]\nid = "m"\neffect = "ban"\nmodel = "ends-*"\nfrom = {monday.date()}\nreason = "Monday"\n'
    (tmp_path / "policy.toml").write_text(BUDGETS + ban)
    clock = tmp_path / "clock"

    def turn(minutes: float) -> None:
        new = tmp_path / "clock.new"
        new.write_text(f"+{(monday.timestamp() - time.time()) + minutes * 60:.0f}\n")
        new.replace(clock)

    turn(-2)
    fake = {
        "LD_PRELOAD": f"{library}/libfaketime.so.1",
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_NO_CACHE": "1",
    }
    environment = {**os.environ, **fake, "DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1"}
    with gateway(tmp_path, TOP, upstreams(host, key="sk-up") + TABLES, environment=environment) as door:
        assert [_ask(door, "keep") for _ in range(3)] == [200, 200, 429]
        text = said("anthropic-messages", door.messages(key="key-keep"))
        assert f"{monday.date()}" in text
        assert _ask(door, "price", model="ends-now") == 200
        turn(1)
        assert _ask(door, "keep") == 200
        assert _ask(door, "price", model="ends-now") == 451
