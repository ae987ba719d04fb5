"""The next day on which the policy says otherwise, and the days of `until`."""

from __future__ import annotations

import datetime as dt
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.policy.examples import CLAUDE_CODE, CODEX, MIDNIGHT, POLICY, of
from wiretell import policy
from wiretell.policy import Asked
from wiretell.policy.periods import interval, start_of_day

ASKED = Asked(CLAUDE_CODE, "claude-opus-4-6")
DAY = dt.timedelta(days=1)
FIRST = dt.date(2011, 12, 20)
"""Ten days before Apia left one out."""
ZONES = st.sampled_from(
    ["UTC", "Pacific/Apia", "America/St_Johns", "America/Sao_Paulo", "Africa/Cairo", "Asia/Beirut", "Asia/Shanghai"]
)
OFFSETS = st.none() | st.integers(0, 20)


def rule(number: int, effect: str, since: int | None, until: int | None, product: str) -> str:
    first = f"from = {FIRST + since * DAY}\n" if since is not None else ""
    last = f"until = {FIRST + (until + (since or 0)) * DAY}\n" if until is not None else ""
    return f'[[rule]]\nid = "r{number}"\neffect = "{effect}"\nproduct = "{product}"\n{first}{last}'


RULES = st.lists(
    st.tuples(
        st.sampled_from(["ban", "warn", "allow"]), OFFSETS, OFFSETS, st.sampled_from(["claude-code", "codex", "*"])
    ),
    max_size=5,
).map(lambda found: "".join(rule(number, *each) for number, each in enumerate(found)))


def by_day(made: policy.Policy, at: dt.datetime) -> tuple[dt.date, policy.Decision] | None:
    """Look at every day that the zone has, one after the other."""
    now = policy.decide(made, ASKED, at).told
    for number in range(-3, 60):
        day = FIRST + number * DAY
        begins = start_of_day(made.timezone, day)
        is_one = interval(made.timezone, "day", begins).first == day
        if is_one and begins > at and policy.decide(made, ASKED, begins).told != now:
            return day, policy.decide(made, ASKED, begins)
    return None


@given(RULES, ZONES, st.integers(-48, 40 * 24))
@example(rule(0, "ban", 10, 0, "*"), "Pacific/Apia", 0)
@example(rule(0, "ban", 10, None, "*"), "Pacific/Apia", 0)
@example(rule(0, "ban", None, 10, "*"), "Pacific/Apia", 0)
def test_it_is_the_day_that_one_finds_by_looking_at_each(rules: str, zone: str, hours: int) -> None:
    made = of(rules, zone)
    at = dt.datetime(2011, 12, 20, 12, 30, tzinfo=dt.UTC) + dt.timedelta(hours=hours)
    assert policy.upcoming(made, ASKED, at) == by_day(made, at)


def test_the_policy_of_the_contract() -> None:
    found = policy.upcoming(POLICY, ASKED, MIDNIGHT - DAY)
    assert found is not None
    assert (found[0], found[1].told) == (dt.date(2026, 7, 10), "ban:high-risk-software")
    assert policy.upcoming(POLICY, ASKED, MIDNIGHT) is None
    assert policy.upcoming(POLICY, Asked(CODEX, "gpt-5"), MIDNIGHT - DAY) is None


def test_many_dated_rules_are_looked_through_in_time() -> None:
    made = of("".join(rule(number, "ban", number, 0, "*") for number in range(600)))
    at = dt.datetime(2011, 12, 20, 12, tzinfo=dt.UTC)
    begun = time.process_time()
    for _ in range(100):
        assert policy.upcoming(made, ASKED, at) == (FIRST + DAY, policy.decide(made, ASKED, at + DAY))
    assert time.process_time() - begun < 2


@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai", "America/St_Johns", "Pacific/Apia"])
def test_until_is_the_last_day_through_its_end(zone: str) -> None:
    made = of('[[rule]]\nid = "r"\neffect = "ban"\nproduct = "*"\nfrom = 2026-07-10\nuntil = 2026-07-10\n', zone)
    starts = start_of_day(zone, dt.date(2026, 7, 10))
    moment = dt.timedelta(microseconds=1)
    ends = start_of_day(zone, dt.date(2026, 7, 11))
    told = [policy.decide(made, ASKED, at).effect for at in (starts - moment, starts, ends - moment, ends)]
    assert told == ["pass", "ban", "ban", "pass"]
    said = policy.decide(made, ASKED, starts).sentence
    assert "is banned since 2026-07-10 until 2026-07-10 by" in said
