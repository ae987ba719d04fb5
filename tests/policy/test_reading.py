"""A policy file is read whole or refused in one sentence."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.policy.examples import FILE, POLICY
from wiretell import policy
from wiretell.errors import FormatError
from wiretell.policy import Budget, Rule

RULE = 'schema = 1\n[[rule]]\nid = "r"\neffect = "ban"\nproduct = "x"\n'
EXAMPLE = RULE + '[[example]]\nproduct = "codex"\non = 2026-07-10\nexpect = "ban"\n'
BUDGET = 'schema = 1\n[[budget]]\nwho = "org"\nper = "day"\n'


def test_the_file_of_the_contract_is_read_as_it_stands() -> None:
    day = dt.date(2026, 7, 10)
    assert (
        policy.Policy(
            rules=(
                Rule(
                    "high-risk-software",
                    "ban",
                    product="claude-code",
                    since=day,
                    reason="Hidden channel, see report 17",
                    instead="the approved agent",
                ),
                Rule("high-risk-models", "ban", model="claude-*", since=day, reason="Same notice"),
            ),
            budgets=(
                Budget(
                    "user:* usd per week claude-*,gpt-*", "user:*", "usd", 300_000_000, "week", ("claude-*", "gpt-*")
                ),
            ),
            timezone="Asia/Shanghai",
            source="wiretell-policy.toml",
            sha256=hashlib.sha256(FILE.encode()).hexdigest(),
        )
        == POLICY
    )


def test_an_empty_policy_has_no_rules_and_begins_its_days_in_utc() -> None:
    empty = policy.parse("schema = 1", "p.toml")
    assert (empty.rules, empty.budgets, empty.timezone) == ((), (), "UTC")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("schema = ", "p.toml is no TOML file: "),
        ("", "the file needs `schema = 1`"),
        ("schema = 2", "the file needs `schema = 1`"),
        ("schema = true", "the file needs `schema = 1`"),
        ("schema = 1\nrules = []", "the file has no key 'rules'; did you mean 'rule'?"),
        ("schema = 1\nrule = 3", "the file writes 'rule' other than as tables [[rule]]"),
        ('schema = 1\ntimezone = "Asia/Shanghei"', "did you mean 'Asia/Shanghai'?"),
        ('schema = 1\ntimezone = "../etc/passwd"', "the time zone '../etc/passwd', which is none"),
        (RULE + 'versoins = ">=1"', "[[rule]] 1 has no key 'versoins'; did you mean 'versions'?"),
        (RULE.replace("ban", "bann"), "[[rule]] 1 has no effect 'bann'; did you mean 'ban'?"),
        (RULE.replace('id = "r"', ""), "[[rule]] 1 needs 'id'."),
        (RULE.replace('"r"', '"a|b"'), "[[rule]] 1 has a 'id' with '|'"),
        (
            RULE.replace('product = "x"', ""),
            "[[rule]] 1 needs at least one of 'product', 'vendor', 'model' and 'audits'",
        ),
        (RULE + 'vendor = ""', "[[rule]] 1 needs a text that is not empty as 'vendor'."),
        (RULE + 'from = "2026-07-10"', "[[rule]] 1 needs a date without quotes or time as 'from'"),
        (RULE + "from = 2026-07-10T00:00:00Z", "[[rule]] 1 needs a date without quotes or time as 'from'"),
        (RULE + "from = 0001-01-01", "in the year 1"),
        (RULE + 'versions = "latest"', "[[rule]] 1 has bad 'versions': 'latest' is no part of a version range"),
        (RULE + "from = 2026-02-30", "p.toml is no TOML file: "),
        (RULE + "from = soon", "p.toml is no TOML file: "),
        (RULE + 'until = "2026-07-10"', "[[rule]] 1 needs a date without quotes or time as 'until'"),
        (RULE + "until = 9999-12-31", "in the year 9999"),
        (RULE + "from = 2026-07-10\nuntil = 2026-07-09", "'until' 2026-07-09 is before 'from' 2026-07-10"),
        (RULE + 'verdict = "covert"', "[[rule]] 1 needs 'audits' beside 'verdict'"),
        (RULE + "audits = []", "[[rule]] 1 needs at least one document in 'audits'"),
        (
            RULE + 'audits = "a.json"',
            "[[rule]] 1 needs 'audits' as a list of names such as [\"claude-code.audit.json\"]",
        ),
        (RULE + 'versions = "1"\naudits = ["a"]', "[[rule]] 1 has both 'versions' and 'audits'"),
        (RULE + 'audits = ["a"]\nverdict = "convert"', "[[rule]] 1 has no verdict 'convert'; did you mean 'covert'?"),
        (RULE + 'versions = ">=2,<1"', "no version lies in the range '>=2,<1'."),
        (RULE.replace("product", "model") + 'versions = "1"', "needs 'product' beside 'versions'"),
        (RULE + RULE.partition("\n")[2], "[[rule]] 2 has the same id as 1, 'r'"),
        (BUDGET, "[[budget]] 1 needs exactly one of 'usd', 'tokens' and 'requests'."),
        (EXAMPLE.replace("on = ", "day = "), "[[example]] 1 has no key 'day'"),
        (EXAMPLE.replace("on = 2026-07-10", ""), "[[example]] 1 needs 'on', the day it is about"),
        (EXAMPLE.replace("2026-07-10", '"2026-07-10"'), "[[example]] 1 needs a date without quotes or time as 'on'"),
        (EXAMPLE + 'at = "12:00"', "[[example]] 1 needs a time without quotes as 'at'"),
        (
            EXAMPLE.replace('"ban"\n', '"bann"\n').replace('effect = "bann"', 'effect = "ban"'),
            "no expect 'bann'; did you",
        ),
        (EXAMPLE.replace('product = "codex"', ""), "[[example]] 1 needs at least one of 'product', 'vendor', 'model'"),
        (EXAMPLE + 'sha256 = "5b"', "[[example]] 1 needs 64 hex digits as 'sha256'."),
        (EXAMPLE + 'rule = "s"', "[[example]] 1 names the rule 's', which is none of this file's; "),
        (
            EXAMPLE.replace('expect = "ban"', 'expect = "warn"') + 'rule = "r"',
            "expects 'warn' of the rule 'r', whose eff",
        ),
        (BUDGET + "usd = 1\ntokens = 1", "[[budget]] 1 needs exactly one of"),
        (BUDGET + "usd = -1", "[[budget]] 1 needs 'usd' as a number from 0"),
        (BUDGET + "usd = inf", "[[budget]] 1 needs 'usd' as a number from 0"),
        (BUDGET + "usd = nan", "[[budget]] 1 needs 'usd' as a number from 0"),
        (BUDGET + "usd = 0.0000001", "at most six decimals"),
        (BUDGET + "usd = true", "[[budget]] 1 needs 'usd' as a number from 0"),
        (BUDGET + "tokens = 1.5", "[[budget]] 1 needs 'tokens' as a whole number"),
        (BUDGET + "requests = 1_000_000_000_000_001", "[[budget]] 1 needs 'requests' as a whole number"),
        (BUDGET.replace("day", "fortnight") + "usd = 1", "[[budget]] 1 has no per 'fortnight'; there are day, week, "),
        (BUDGET.replace('"org"', '"group:*"') + "usd = 1", "[[budget]] 1 has no 'who' 'group:*'"),
        (BUDGET.replace('"org"', '"user:dev-*"') + "usd = 1", "[[budget]] 1 has no 'who' 'user:dev-*'"),
        (BUDGET + 'usd = 1\nmodels = "claude-*"', "[[budget]] 1 needs 'models' as a list"),
        (BUDGET + "usd = 1\n" + BUDGET.partition("\n")[2] + "usd = 2", "[[budget]] 2 has the same id as 1"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence_with_its_place(text: str, said: str) -> None:
    with pytest.raises(FormatError) as error:
        policy.parse(text, "p.toml")
    assert said in str(error.value)
    assert str(error.value).startswith("p.toml")
    assert "\n" not in str(error.value) and str(error.value).endswith((".", "?"))


def test_money_is_exact_to_the_micro_dollar() -> None:
    for given_usd, micro in (("0.1", 100_000), ("300.02", 300_020_000), ("0.000001", 1), ("7", 7_000_000)):
        assert policy.parse(f"{BUDGET}usd = {given_usd}", "p").budgets[0].limit == micro


KEYS = ["schema", "timezone", "rule", "budget", "id", "effect", "product", "versions", "from", "who", "usd", "per"]
KEYS += ["until", "audits", "verdict", "on", "at", "expect"]
SCALAR = st.one_of(
    st.integers(-5, 5).map(str),
    st.sampled_from(["true", "nan", "-inf", "1e400", "1.5", "2026-07-10", "07:32:00", '"ban"', '"user:*"', '"week"']),
    st.text("ab*>=<.,1:|", max_size=6).map(lambda text: f'"{text}"'),
)
VALUE = SCALAR | st.lists(SCALAR, max_size=2).map(lambda items: f"[{', '.join(items)}]")
PAIRS = st.dictionaries(st.sampled_from(KEYS[4:]), VALUE, max_size=7).map(
    lambda table: "\n".join(f"{key} = {value}" for key, value in table.items())
)
TABLES = st.lists(
    st.tuples(st.sampled_from(["[[rule]]", "[[budget]]", "[[example]]", "[rule]"]), PAIRS), max_size=3
).map(lambda tables: "\n".join(f"{head}\n{body}" for head, body in tables))


@given(TABLES | st.text(max_size=60))
@example('[[rule]]\nid = "r"\neffect = "ban"\nproduct = "x"\nversions = ",,"')
@example("a = " + "[" * 3000)
@example("a = 1" + "0" * 5000)
@example("a = 1e99999999999999999999")
def test_nothing_but_a_format_error_comes_of_any_text(body: str) -> None:
    result: Any = None
    try:
        result = policy.parse("schema = 1\n" + body, "p")
    except FormatError:
        return
    assert isinstance(result, policy.Policy)
