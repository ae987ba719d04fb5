"""What the rules of a policy say of one request or install: the first that matches decides.

A rule matches when all that it names does:

- `product` and `vendor` are held against the client, never against the model; a client that is not recognised has
  neither, and only `*` matches it;
- `model` is held against the model that was asked for, as it was written and by its bare name (`claude-*` matches
  `anthropic/claude-opus-4-6` and `us.anthropic.claude-...`); where no model is known it never matches;
- `versions`: a client that does not tell its version, or tells one that cannot be read, counts as one of them in a
  `ban` or a `warn`, and as none of them in an `allow`. Silence shall gain nothing. The sentence says so;
- `from`: nothing happens before midnight of that day in the policy's time zone.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from wiretell.model.policy import Asked, Client, Decision, Policy, Rule
from wiretell.policy.globs import fits, model_fits
from wiretell.policy.periods import start_of_day
from wiretell.policy.versions import order, parse_range

_PASS: Final = Decision("pass")
_DOES: Final = {"ban": "is banned", "warn": "is under a warning"}
_SHOWN: Final = 80
"""Characters of a name of the request's own that a sentence repeats."""


def decide(policy: Policy, asked: Asked, at: dt.datetime) -> Decision:
    """Decide on one request or install at a moment (with a time zone). Pure.

    Budgets are not looked at here: see `claims`.
    """
    for rule in policy.rules:
        if _in_force(rule, policy.timezone, at) and matches(rule, asked):
            return Decision(rule.effect, rule, _sentence(rule, asked))
    return _PASS


def names_models(policy: Policy) -> bool:
    """Whether any rule or budget looks at the model, so that a request which names none escapes it."""
    return any(rule.model is not None for rule in policy.rules) or any(budget.models for budget in policy.budgets)


def matches(rule: Rule, asked: Asked) -> bool:
    """Whether a rule matches, whatever the day."""
    if rule.product is not None and not fits(rule.product, asked.client.product):
        return False
    if rule.vendor is not None and not fits(rule.vendor, asked.client.vendor):
        return False
    if rule.model is not None and not model_fits((rule.model,), asked.model):
        return False
    return rule.versions is None or _version_matches(rule, rule.versions, asked.client)


def _version_matches(rule: Rule, versions: str, client: Client) -> bool:
    version = order(client.version)
    return rule.effect != "allow" if version is None else parse_range(versions).holds(version)


def _in_force(rule: Rule, zone: str, at: dt.datetime) -> bool:
    return rule.since is None or at >= start_of_day(zone, rule.since)


def _sentence(rule: Rule, asked: Asked) -> str:
    """What the user is told: what, since when, why, what instead. One line, whatever the file or the request holds."""
    if rule.effect == "allow":
        return ""
    since = f" since {rule.since}" if rule.since else ""
    reason = f": {rule.reason.strip().rstrip('.')}" if rule.reason else ""
    instead = f" Use instead: {rule.instead.strip().rstrip('.')}." if rule.instead else ""
    text = f"{_subject(rule, asked)} {_DOES[rule.effect]}{since} by the policy's rule {rule.id}{reason}.{instead}"
    return " ".join(text.split())


def _subject(rule: Rule, asked: Asked) -> str:
    if rule.product is None and rule.vendor is None:
        return f"Model {_shown(asked.model)}"
    client = asked.client
    name = " ".join(filter(None, (client.product, client.version))) or "This client, which is not recognised,"
    subject = _shown(name) + (f" with model {_shown(asked.model)}" if rule.model else "")
    if rule.versions and order(client.version) is None:
        told = "cannot be read" if client.version else "is not told"
        subject += f" (its version {told}, so it counts as one of {rule.versions})"
    return subject


def _shown(name: str) -> str:
    """Keep what can be printed, and not too much of it: the name comes from the request."""
    return "".join(char for char in name if char.isprintable())[:_SHOWN]
