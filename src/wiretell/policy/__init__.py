"""A library: reads policies and decides by them. `fleet` and the gateway share it.

    >>> import datetime as dt
    >>> from wiretell import policy
    >>> text = '''
    ... schema = 1
    ... timezone = "Asia/Shanghai"
    ... [[rule]]
    ... id = "high-risk-software"
    ... effect = "ban"
    ... product = "claude-code"
    ... from = 2026-07-10
    ... [[budget]]
    ... who = "user:*"
    ... usd = 300
    ... per = "week"
    ... '''
    >>> parsed = policy.parse(text, "wiretell-policy.toml")
    >>> client = policy.recognise("claude-cli/2.1.91 (external, cli)")
    >>> asked = policy.Asked(client, "claude-opus-4-6", user="dev-017")
    >>> policy.decide(parsed, asked, dt.datetime(2026, 7, 9, 16, tzinfo=dt.UTC)).told
    'ban:high-risk-software'
    >>> policy.claims(parsed, asked, dt.datetime(2026, 7, 9, 12, tzinfo=dt.UTC))[0].key
    'user:* usd per week|user:dev-017|2026-07-06'
    >>> table = policy.prices.shipped()
    >>> policy.prices.spent(table, "claude-opus-4-6", policy.Usage(input_tokens=1000, output_tokens=100)).micro_usd
    7500

`load` reads a file with the audit documents it names. `parse` and all decisions are pure: the moment is given, nothing
is counted here (that is the gateway's `counters`). Moments have a time zone, money is in micro-dollars. Errors:
`wiretell.errors.FormatError`, one sentence, for a file that is none.
"""

from __future__ import annotations

from wiretell.model.exchange import Spent, Usage
from wiretell.model.policy import Asked, Audited, Budget, Claim, Client, Decision, Example, Policy, Remark, Rule
from wiretell.policy import prices
from wiretell.policy.amounts import amount, usd
from wiretell.policy.budgets import NOBODY, claims, spent_sentence
from wiretell.policy.deciding import decide, in_force, matches, matches_unknown, names_models
from wiretell.policy.examples import Held, held
from wiretell.policy.foreseeing import upcoming
from wiretell.policy.loading import load
from wiretell.policy.periods import Interval, interval
from wiretell.policy.prices import Cost, PriceTable, reservation, spent
from wiretell.policy.products import Product, products, recognise, vendor_of
from wiretell.policy.reading import parse
from wiretell.policy.remarking import refuse, remarks
from wiretell.policy.replaying import BudgetReplayed, Hit, Replayed, RuleReplayed, replay
from wiretell.policy.versions import Range, order, parse_range

__all__ = [
    "NOBODY",
    "Asked",
    "Audited",
    "Budget",
    "BudgetReplayed",
    "Claim",
    "Client",
    "Cost",
    "Decision",
    "Example",
    "Held",
    "Hit",
    "Interval",
    "Policy",
    "PriceTable",
    "Product",
    "Range",
    "Remark",
    "Replayed",
    "Rule",
    "RuleReplayed",
    "Spent",
    "Usage",
    "amount",
    "claims",
    "decide",
    "held",
    "in_force",
    "interval",
    "load",
    "matches",
    "matches_unknown",
    "names_models",
    "order",
    "parse",
    "parse_range",
    "prices",
    "products",
    "recognise",
    "refuse",
    "remarks",
    "replay",
    "reservation",
    "spent",
    "spent_sentence",
    "upcoming",
    "usd",
    "vendor_of",
]
