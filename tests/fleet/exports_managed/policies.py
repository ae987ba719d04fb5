"""Policies for the tests of managed settings."""

from __future__ import annotations

import datetime as dt
from typing import Any

from hypothesis import strategies as st

from wiretell import policy
from wiretell.model.policy import Policy, Rule

AT = dt.datetime(2026, 7, 20, tzinfo=dt.UTC)


def parsed(text: str) -> Policy:
    """A policy from its rules."""
    return policy.parse(f'schema = 1\ntimezone = "Asia/Shanghai"\n{text}', "wiretell-policy.toml")


CASE = """
[[rule]]
id = "high-risk-software"
effect = "ban"
product = "claude-code"
versions = ">=2.1.91,<2.1.198"
from = 2026-07-10
[[rule]]
id = "high-risk-models"
effect = "ban"
model = "claude-*"
from = 2026-07-10
"""

_VERSION = st.builds("{}.{}.{}".format, st.integers(0, 2), st.integers(0, 2), st.integers(0, 3))
_RANGE = st.one_of(
    st.none(),
    st.builds("{}{}".format, st.sampled_from([">=", "<", "<=", ">", "==", "^", "~"]), _VERSION),
    st.builds(">={},<={}".format, _VERSION, _VERSION),
)
_RULE: st.SearchStrategy[dict[str, Any]] = st.builds(
    dict,
    effect=st.sampled_from(["ban", "ban", "warn", "allow"]),
    product=st.sampled_from(["claude-code", "claude-*", "*", "codex"]),
    versions=_RANGE,
    model=st.sampled_from([None, None, None, "claude-*", "claude-opus-*", "gpt-*", "*"]),
    since=st.sampled_from([None, None, dt.date(2026, 7, 10), dt.date(2026, 8, 1)]),
)


def _usable(versions: str | None) -> bool:
    if versions is None:
        return True
    try:
        policy.parse_range(versions)
    except Exception:
        return False
    return True


policies = st.lists(_RULE.filter(lambda rule: _usable(rule["versions"])), max_size=6).map(
    lambda rules: Policy(rules=tuple(Rule(id=f"r{number}", **rule) for number, rule in enumerate(rules)))
)
versions = _VERSION
