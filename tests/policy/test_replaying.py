"""What a policy would have done to a log."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policy.examples import MIDNIGHT, POLICY, of
from wiretell import policy
from wiretell.errors import UsageError
from wiretell.model.exchange import Row

TABLE = policy.prices.shipped()
BORDER = int(MIDNIGHT.timestamp()) * 1_000_000
SECOND = 1_000_000


def row(ts: int, **changed: Any) -> Row:
    """One request of claude-opus-4-6 that cost $0.05: 5,000 tokens in, 1,000 out."""
    values: dict[str, Any] = {
        "exchange_id": str(ts),
        "account": "key:1",
        "user": "ann",
        "user_agent": "codex_cli_rs/0.169.0",
        "client": "codex",
        "client_version": "0.169.0",
        "model": "claude-opus-4-6",
        "input_tokens": 5000,
        "output_tokens": 1000,
        "request_bytes": 20_000,
        "max_tokens": 1000,
        "operation": "generate",
        "upstream": "anthropic",
        "status": 200,
    }
    return Row(ts=ts, **{**values, **changed})


def test_rules_count_from_their_day_and_name_who() -> None:
    rows = [
        row(BORDER - 1),
        row(BORDER),
        row(BORDER + 1, client="claude-code"),
        row(BORDER + 2, user=None),
        row(BORDER + 3),
        row(BORDER + 4, model="gpt-5"),
    ]
    done = policy.replay(POLICY, TABLE, rows)
    software, models = done.rules
    assert software.hits == (policy.Hit("user:ann", 1, BORDER + 1, BORDER + 1, 50_000),)
    assert models.hits == (
        policy.Hit("user:(nobody)", 1, BORDER + 2, BORDER + 2, 50_000),
        policy.Hit("user:ann", 2, BORDER, BORDER + 3, 100_000),
    )
    assert (done.rows, done.banned, done.first, done.last) == (6, 4, BORDER - 1, BORDER + 4)
    assert (done.over_budget, done.budgets[0].hits) == (0, ())
    assert done.price_table == TABLE.name


def test_a_client_that_the_log_does_not_name_is_recognised_by_its_user_agent() -> None:
    (rule, _) = policy.replay(POLICY, TABLE, [row(BORDER, client="", user_agent="claude-cli/2.1.91")]).rules
    assert rule.hits[0].requests == 1


BUDGET = '[[budget]]\nid = "b"\nwho = "user:*"\nusd = 0.12\nper = "day"\n'


def test_a_budget_refuses_where_no_room_is_left_and_begins_anew() -> None:
    day = 86_400 * SECOND
    start = BORDER - BORDER % day
    rows = [row(start + number) for number in range(4)] + [row(start + 5, user="bob"), row(start + day)]
    done = policy.replay(of(BUDGET), TABLE, rows)
    assert done.budgets[0].hits == (policy.Hit("user:ann", 2, start + 2, start + 3, 100_000),)
    assert (done.budgets[0].periods, done.over_budget, done.banned) == (1, 2, 0)


def test_what_is_banned_counts_tokens_and_probes_spend_nothing() -> None:
    banned = '[[rule]]\nid = "r"\neffect = "ban"\nproduct = "codex"\n'
    rows = [row(number) for number in range(9)]
    assert policy.replay(of(banned + BUDGET), TABLE, rows).over_budget == 0
    rows = [row(number, operation="count_tokens") for number in range(9)]
    assert policy.replay(of(BUDGET), TABLE, rows).over_budget == 0


def test_what_was_never_sent_is_told_apart() -> None:
    done = policy.replay(of(BUDGET), TABLE, [row(number, upstream=None, status=429) for number in range(9)])
    assert (done.not_sent, done.over_budget) == (9, 0)


def test_unknown_models_are_counted() -> None:
    rows = [row(1, model="claude-opus-99"), row(2), row(3, model="alias", model_served="claude-opus-4-6")]
    assert policy.replay(of(BUDGET), TABLE, rows).unknown_models == 1


def test_budgets_count_the_model_that_a_route_led_to() -> None:
    none_of_claude = of('[[budget]]\nid = "b"\nwho = "org"\nrequests = 0\nper = "day"\nmodels = ["claude-opus-4-6"]\n')
    rows = [
        row(1, model="gpt-5", model_served="claude-opus-4-6"),  # routed
        row(2, model_served="gpt-5-2025-08-07"),  # routed away
        row(3, model_served="claude-opus-4-6-20260205"),  # the same, dated
        row(4, model_served="inside-name-of-the-upstream"),
    ]
    (hit,) = policy.replay(none_of_claude, TABLE, rows).budgets[0].hits
    assert (hit.who, hit.requests, hit.first, hit.last) == ("org", 3, 1, 4)


def test_rows_out_of_order_are_refused() -> None:
    with pytest.raises(UsageError, match="order of time"):
        policy.replay(POLICY, TABLE, [row(2), row(1)])


def test_an_empty_log() -> None:
    done = policy.replay(POLICY, TABLE, [])
    assert (done.rows, done.first, done.last, [rule.hits for rule in done.rules]) == (0, None, None, [(), ()])


@given(st.lists(st.tuples(st.sampled_from([None, "ann", "bob"]), st.integers(0, 100_000), st.integers(0, 20_000))))
def test_no_more_than_a_budget_is_ever_spent_where_reservations_hold(asked: list[tuple[str | None, int, int]]) -> None:
    rows = [
        row(number, user=user, input_tokens=tokens, request_bytes=4 * tokens, output_tokens=out, max_tokens=out)
        for number, (user, tokens, out) in enumerate(asked)
    ]
    done = policy.replay(of(BUDGET.replace("0.12", "1.5")), TABLE, rows)
    for user in (None, "ann", "bob"):
        total = sum(
            policy.spent(TABLE, each.model, policy.Usage(each.input_tokens, output_tokens=each.output_tokens)).micro_usd
            for each in rows
            if each.user == user
        )
        refused = sum(hit.micro_usd for hit in done.budgets[0].hits if hit.who == f"user:{user or policy.NOBODY}")
        assert total - refused <= 1_500_000
