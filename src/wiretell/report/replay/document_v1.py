"""The replay document `wiretell/replay/1`: what a policy would have done to the requests of a log.

`form.py` says what all documents have in common.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from msgspec import Struct

from wiretell.errors import FormatError
from wiretell.report.form import Count, Form, says


class Hit(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a rule or a budget would have done to one user, group or organisation."""

    who: Annotated[str, says("`user:dev-017`, `user:(nobody)`, `group:search-team`, `org`.")]
    requests: Annotated[Count, says("Requests it would have met.")]
    first: Annotated[str, says("When the first of them came; ISO 8601, UTC.")]
    last: Annotated[str, says("When the last of them came; ISO 8601, UTC.")]
    micro_usd: Annotated[Count, says("What they cost, in millionths of a US dollar, by `price_table`.")]


class ReplayedRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rule, and the requests that it was the first to match."""

    id: Annotated[str, says("Of the rule.")]
    effect: Annotated[Literal["ban", "warn", "allow"], says("`ban`, `warn` or `allow`.")]
    since: Annotated[str, says("The day from which it holds, ISO 8601; empty: always.")]
    requests: Annotated[Count, says("Requests of all of `hits`.")]
    micro_usd: Annotated[Count, says("What they cost, in millionths of a US dollar.")]
    hits: Annotated[tuple[Hit, ...], says("By `who`.")]


class ReplayedBudget(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A budget, and the requests that it would have refused."""

    id: Annotated[str, says("Of the budget.")]
    who: Annotated[str, says("Whom it is for: `user:*`, `user:NAME`, `group:NAME`, `org`.")]
    unit: Annotated[Literal["usd", "tokens", "requests"], says("What it counts: `usd`, `tokens` or `requests`.")]
    limit: Annotated[Count, says("A period; of `usd` in millionths of a dollar.")]
    per: Annotated[Literal["day", "week", "month"], says("`day`, `week` or `month`.")]
    periods: Annotated[Count, says("Periods, of everybody's, in which it would have run out.")]
    requests: Annotated[Count, says("Requests of all of `hits`.")]
    micro_usd: Annotated[Count, says("What they cost, in millionths of a US dollar.")]
    hits: Annotated[tuple[Hit, ...], says("By `who`.")]


class ReplayDocument(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What a policy would have done."""

    schema: Annotated[Literal["wiretell/replay/1"], says("Name and version of this form.")]
    policy: Annotated[str, says("The policy's file, as it was named.")]
    policy_sha256: Annotated[str, says("Of that file; hex.")]
    timezone: Annotated[str, says("In which the policy's dates and periods begin.")]
    period: Annotated[str, says("The part of the log that was asked for; empty: all. Optional.")] = ""
    requests: Annotated[Count, says("Exchanges that were read.")]
    first: Annotated[str, says("When the first of them came; ISO 8601, UTC; empty where there is none.")]
    last: Annotated[str, says("When the last of them came; ISO 8601, UTC; empty where there is none.")]
    rules: Annotated[tuple[ReplayedRule, ...], says("All of the policy's, in its order.")]
    budgets: Annotated[tuple[ReplayedBudget, ...], says("All of the policy's, in its order.")]
    banned: Annotated[Count, says("Requests that would have been refused by a rule.")]
    over_budget: Annotated[Count, says("Requests that would have been refused by a budget.")]
    not_sent: Annotated[Count, says("Exchanges that were not sent upstream in the log: what they cost is not known.")]
    unknown_models: Annotated[Count, says("Requests priced as their vendor's dearest model: the table has not theirs.")]
    price_table: Annotated[str, says("Name and date of the prices.")]


def _check(document: ReplayDocument) -> None:
    parts: tuple[ReplayedRule | ReplayedBudget, ...] = (*document.rules, *document.budgets)
    for each in parts:
        for name in ("requests", "micro_usd"):
            if getattr(each, name) != sum(getattr(hit, name) for hit in each.hits):
                raise FormatError(f"The hits of {each.id!r} in this replay document do not sum up to its {name}.")
    if document.banned != sum(rule.requests for rule in document.rules if rule.effect == "ban"):
        raise FormatError("This replay document does not count as many banned requests as its rules.")


FORM: Final = Form("replay", ReplayDocument, _check)
