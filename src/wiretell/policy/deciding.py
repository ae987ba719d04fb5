"""What the rules of a policy say of one request or install: the first that matches decides.

A rule matches when all that it names does:

- `product` and `vendor` are held against the client, never against the model; a client that is not recognised has
  neither, and only `*` matches it;
- `model` is held against the model that was asked for, as it was written and by its bare name (`claude-*` matches
  `anthropic/claude-opus-4-6` and `us.anthropic.claude-...`); where no model is known it never matches;
- `versions`: a client that does not tell its version, or tells one that cannot be read, counts as one of them in a
  `ban` or a `warn`, and as none of them in an `allow`. Silence shall gain nothing. The sentence says so;
- `audits`: a client of an audited product in an audited version (as with `versions`, silence gains nothing), or a
  program of an audited hash, whatever it calls itself;
- `from` and `until`: nothing happens before midnight of the one day, nor after the end of the other, in the policy's
  time zone.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from wiretell.model.policy import Asked, Audited, Client, Decision, Policy, Rule
from wiretell.policy.globs import fits, model_fits
from wiretell.policy.periods import start_of_day
from wiretell.policy.versions import order, parse_range

_PASS: Final = Decision("pass")
_DAY: Final = dt.timedelta(days=1)
_DOES: Final = {"ban": "is banned", "warn": "is under a warning"}
_SHOWN: Final = 80
"""Characters of a name of the request's own that a sentence repeats."""


def decide(policy: Policy, asked: Asked, at: dt.datetime) -> Decision:
    """Decide on one request or install at a moment (with a time zone). Pure.

    Budgets are not looked at here: see `claims`.
    """
    for rule in policy.rules:
        if in_force(rule, policy.timezone, at) and matches(rule, asked):
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
    if rule.versions is not None and not _version_matches(rule, rule.versions, asked.client):
        return False
    return not rule.audits or any(is_audited(rule, each, asked) for each in rule.audited)


def _version_matches(rule: Rule, versions: str, client: Client) -> bool:
    version = order(client.version)
    return matches_unknown(rule) if version is None else parse_range(versions).holds(version)


def is_audited(rule: Rule, audited: Audited, asked: Asked) -> bool:
    """Whether something is what one audit document of a rule is about."""
    if not audited.product:
        return audited.sha256 == asked.sha256
    if audited.product != asked.client.product.lower():  # as the catalogue writes it
        return False
    version = order(asked.client.version)
    return matches_unknown(rule) if version is None else version == order(audited.version)


def matches_unknown(rule: Rule) -> bool:
    """Whether a version that is not known counts as one of a rule's."""
    return rule.effect != "allow"


def in_force(rule: Rule, zone: str, at: dt.datetime) -> bool:
    """Whether a rule is in force at a moment (with a time zone)."""
    if rule.since is not None and at < start_of_day(zone, rule.since):
        return False
    return rule.until is None or at < start_of_day(zone, rule.until + _DAY)


def _sentence(rule: Rule, asked: Asked) -> str:
    """What the user is told: what, since when, why, what instead. One line, whatever the file or the request holds."""
    if rule.effect == "allow":
        return ""
    since = (f" since {rule.since}" if rule.since else "") + (f" until {rule.until}" if rule.until else "")
    reason = f": {rule.reason.strip().rstrip('.')}" if rule.reason else ""
    instead = f" Use instead: {rule.instead.strip().rstrip('.')}." if rule.instead else ""
    text = f"{_subject(rule, asked)} {_DOES[rule.effect]}{since} by the policy's rule {rule.id}{reason}.{instead}"
    return " ".join(text.split())


def _subject(rule: Rule, asked: Asked) -> str:
    if rule.product is None and rule.vendor is None and not rule.audits:
        return f"Model {_shown(asked.model)}"
    client = asked.client
    name = " ".join(filter(None, (client.product, client.version))) or "This client, which is not recognised,"
    subject = _shown(name) + (f" with model {_shown(asked.model)}" if rule.model else "")
    if not (rule.versions or rule.audits) or order(client.version) is not None or _is_by_hash(rule, asked):
        return subject
    told = "cannot be read" if client.version else "is not told"
    return f"{subject} (its version {told}, so it counts as one of {rule.versions or 'those that were audited'})"


def _is_by_hash(rule: Rule, asked: Asked) -> bool:
    return any(not audited.product and audited.sha256 == asked.sha256 for audited in rule.audited)


def _shown(name: str) -> str:
    """Keep what can be printed, and not too much of it: the name comes from the request."""
    return "".join(char for char in name if char.isprintable())[:_SHOWN]
