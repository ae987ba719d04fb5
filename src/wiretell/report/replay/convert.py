"""From a replay to the document."""

from __future__ import annotations

from collections.abc import Iterable

from wiretell.model import accounts as model
from wiretell.report.replay import document_v1 as v1
from wiretell.report.statement.convert import iso


def to_document(result: model.PolicyReplay) -> v1.ReplayDocument:
    """Return the public form of a replay. Pure; InternalError for what no document can hold."""
    return v1.FORM.checked(
        v1.ReplayDocument(
            schema="wiretell/replay/1",
            policy=result.source,
            policy_sha256=result.sha256,
            timezone=result.timezone,
            period=result.span.name if result.span else "",
            requests=result.requests,
            first=iso(result.first) if result.first else "",
            last=iso(result.last) if result.last else "",
            rules=tuple(map(_rule, result.rules)),
            budgets=tuple(map(_budget, result.budgets)),
            banned=result.banned,
            over_budget=result.over_budget,
            not_sent=result.not_sent,
            unknown_models=result.unknown_models,
            price_table=result.price_table,
        )
    )


def _rule(item: model.ReplayedRule) -> v1.ReplayedRule:
    return v1.ReplayedRule(
        id=item.rule.id,
        effect=item.rule.effect,
        since=item.rule.since.isoformat() if item.rule.since else "",
        requests=_requests(item.hits),
        micro_usd=_cost(item.hits),
        hits=tuple(map(_hit, item.hits)),
    )


def _budget(item: model.ReplayedBudget) -> v1.ReplayedBudget:
    budget = item.budget
    return v1.ReplayedBudget(
        id=budget.id,
        who=budget.who,
        unit=budget.unit,
        limit=budget.limit,
        per=budget.per,
        periods=item.periods,
        requests=_requests(item.hits),
        micro_usd=_cost(item.hits),
        hits=tuple(map(_hit, item.hits)),
    )


def _requests(hits: Iterable[model.Hit]) -> int:
    return sum(hit.requests for hit in hits)


def _cost(hits: Iterable[model.Hit]) -> int:
    return sum(hit.micro_usd for hit in hits)


def _hit(hit: model.Hit) -> v1.Hit:
    return v1.Hit(who=hit.who, requests=hit.requests, first=iso(hit.first), last=iso(hit.last), micro_usd=hit.micro_usd)
