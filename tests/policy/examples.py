"""The policy file of the contract, and requests to try it on."""

from __future__ import annotations

import datetime as dt

from hypothesis import strategies as st

from wiretell import policy
from wiretell.policy import Asked, Client

FILE = """
schema = 1
timezone = "Asia/Shanghai"        # in which dates begin
[[rule]]
id = "high-risk-software"
effect = "ban"                    # ban | warn | allow; first match wins
product = "claude-code"           # or vendor = "...", or model = "claude-*"; versions = ">=2.1.91,<2.1.198" optional
from = 2026-07-10                 # nothing happens before this day
reason = "Hidden channel, see report 17"
instead = "the approved agent"
[[rule]]
id = "high-risk-models"
effect = "ban"
model = "claude-*"
from = 2026-07-10
reason = "Same notice"
[[budget]]
who = "user:*"                    # user:NAME | group:NAME | org
usd = 300                         # or tokens = 50_000_000, or requests = 2_000
per = "week"
models = ["claude-*", "gpt-*"]
"""

POLICY = policy.parse(FILE, "wiretell-policy.toml")
CLAUDE_CODE = Client("claude-code", "anthropic", "2.1.91")
CODEX = Client("codex", "openai", "0.169.0")
MIDNIGHT = dt.datetime(2026, 7, 9, 16, tzinfo=dt.UTC)
"""Of 2026-07-10 in Shanghai."""

MOMENTS = st.integers(470_000_000_000_000, 2_200_000_000_000_000).map(
    lambda us: dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=us)
)
"""From 1984 to 2039."""


def of(rules: str, zone: str = "UTC") -> policy.Policy:
    """Return a policy of these tables."""
    return policy.parse(f'schema = 1\ntimezone = "{zone}"\n{rules}', "p.toml")


def asked(client: Client = CLAUDE_CODE, model: str = "claude-opus-4-6", user: str | None = None) -> Asked:
    return Asked(client, model, user)
