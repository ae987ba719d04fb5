"""Which budgets count a request, under which key, and what is said of a spent one."""

from __future__ import annotations

import datetime as dt

from hypothesis import given

from tests.policy.examples import CLAUDE_CODE, MIDNIGHT, MOMENTS, POLICY, of
from wiretell import policy
from wiretell.policy import Asked

ALL = of(
    """
    [[budget]]
    who = "user:*"
    usd = 300
    per = "week"
    [[budget]]
    who = "user:ann"
    usd = 1000
    per = "month"
    [[budget]]
    id = "search"
    who = "group:search-team"
    tokens = 50_000_000
    per = "month"
    [[budget]]
    who = "org"
    requests = 2_000
    per = "day"
    models = ["claude-*"]
    """,
    "Asia/Shanghai",
)


def keys(user: str | None, groups: tuple[str, ...] = (), model: str = "claude-opus-4-6") -> list[str]:
    return [claim.key for claim in policy.claims(ALL, Asked(CLAUDE_CODE, model, user, groups), MIDNIGHT)]


def test_every_budget_that_names_the_request_counts_it() -> None:
    assert keys("ann", ("search-team", "other")) == [
        "user:* usd per week|user:ann|2026-07-06",
        "user:ann usd per month|user:ann|2026-07-01",
        "search|group:search-team|2026-07-01",
        "org requests per day claude-*|org|2026-07-10",
    ]
    assert keys("bob") == ["user:* usd per week|user:bob|2026-07-06", "org requests per day claude-*|org|2026-07-10"]


def test_a_request_without_a_user_is_counted_as_nobodys() -> None:
    assert keys(None, model="gpt-5") == ["user:* usd per week|user:(nobody)|2026-07-06"]


def test_a_budget_for_models_counts_these_by_any_spelling() -> None:
    org = "org requests per day claude-*|org|2026-07-10"
    assert org in keys("bob", model="anthropic/claude-opus-4-6[1m]")
    assert org not in keys("bob", model="gpt-5") + keys("bob", model="")


def test_a_claim_holds_its_period_in_utc() -> None:
    (claim,) = policy.claims(POLICY, Asked(CLAUDE_CODE, "gpt-5", "dev-017"), MIDNIGHT)
    assert claim.who == "user:dev-017"
    assert claim.starts == dt.datetime(2026, 7, 5, 16, tzinfo=dt.UTC)
    assert claim.ends == dt.datetime(2026, 7, 12, 16, tzinfo=dt.UTC)


@given(MOMENTS)
def test_keys_change_exactly_where_a_period_ends(at: dt.datetime) -> None:
    asked = Asked(CLAUDE_CODE, "claude-opus-4-6", "ann", ("search-team",))
    for number, claim in enumerate(policy.claims(ALL, asked, at)):
        within = policy.claims(ALL, asked, claim.ends - dt.timedelta(microseconds=1))[number]
        after = policy.claims(ALL, asked, claim.ends)[number]
        assert (within.key, after.starts) == (claim.key, claim.ends)
        assert after.key != claim.key


def sentence(number: int, spent: int, reserved: int = 0, wanted: int = 0, user: str | None = "ann") -> str:
    asked = Asked(CLAUDE_CODE, "claude-opus-4-6", user, ("search-team",) if user else ())
    return policy.spent_sentence(ALL, policy.claims(ALL, asked, MIDNIGHT)[number], spent, reserved, wanted)


def test_the_sentence_has_the_numbers_and_the_moment() -> None:
    assert sentence(0, 300_020_000) == (
        "You have used $300.02 of $300 this week (policy budget user:* usd per week); "
        "it begins anew on 2026-07-13 00:00 Asia/Shanghai."
    )
    assert sentence(2, 49_000_000, 900_000, 200_000) == (
        "Group search-team has used 49,000,000 tokens of 50,000,000 tokens this month, running requests hold "
        "900,000 tokens, this request may take 200,000 tokens (policy budget search); "
        "it begins anew on 2026-08-01 00:00 Asia/Shanghai."
    )
    assert sentence(3, 2000).startswith("Your organisation has used 2,000 requests of 2,000 requests today (policy")
    assert sentence(0, 300_000_000, user=None).startswith("Requests without a user have used $300 of $300 this week")


def test_what_runs_is_not_told_where_what_was_spent_explains_it() -> None:
    assert "hold" not in sentence(0, 300_000_000, 5_000_000, 1_000_000)


def test_money_is_told_by_the_cent_and_small_money_to_the_last_digit() -> None:
    told = {0: "$0", 1: "$0.000001", 175: "$0.000175", 10_000: "$0.01", 305_000: "$0.31", 1_234_500_000: "$1,234.50"}
    assert {micro: policy.usd(micro) for micro in told} == told
    assert policy.amount("requests", 1) == "1 request"
