"""From a hunt to the document that is published, and back: explanations and appeals start from the file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from wiretell.model import hunt as model
from wiretell.report.hunt import document_v1 as v1
from wiretell.report.hunt import wording

_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_EPOCH_DAY: Final = dt.date(1970, 1, 1)
_US_OF_DAY: Final = 86_400_000_000
_FIRST: Final = "0001-01-01T00:00:00Z"
_LAST: Final = "9999-12-31T23:59:59.999999Z"
_DIGITS: Final = 6
"""Of bits, after the point: more would only tell engines apart."""


def to_document(result: model.Hunted) -> v1.HuntDocument:
    """Return the public form of a hunt. Pure; InternalError for what no document can hold (NaN, a negative count)."""
    kinds = {campaign.id: campaign.kind for campaign in result.campaigns}
    document = v1.HuntDocument(
        schema="wiretell/hunt/1",
        rows=result.rows,
        log_accounts=result.accounts,
        first=None if result.first is None else moment(result.first),
        last=None if result.last is None else moment(result.last),
        engine=result.engine,
        seed=result.seed,
        rule=v1.Rule(version=result.rule.version, sha256=result.rule.sha256),
        campaigns=tuple(map(_campaign, result.campaigns)),
        accounts=tuple(_account(found, kinds.get(found.campaign)) for found in result.findings),
        not_examined=tuple(v1.NotExamined(what=n.what, why=n.why, lost=n.lost) for n in result.not_examined),
        notes=result.notes,
        populations=dict(result.populations),
        pictures={name: _picture(picture) for name, picture in result.pictures.items()},
        wall_s=result.wall_s,
    )
    return checked(document)


def checked(document: v1.HuntDocument) -> v1.HuntDocument:
    """Do what `Form.checked` does, in the time that 25,000 accounts with their reasons allow.

    A document that can be written and read strictly holds to its schema; any other takes the slow way, which mends
    strings without a UTF-8 form and says what is wrong.
    """
    try:
        return msgspec.json.decode(msgspec.json.encode(document, order="deterministic"), type=v1.HuntDocument)
    except (msgspec.MsgspecError, UnicodeEncodeError):
        return v1.FORM.checked(document)


def hunted(document: v1.HuntDocument) -> model.Hunted:
    """Return the hunt that a document holds. Appeals stay in the document: they are no part of what a hunt says."""
    return model.Hunted(
        rows=document.rows,
        accounts=document.log_accounts,
        first=None if document.first is None else microseconds(document.first),
        last=None if document.last is None else microseconds(document.last),
        engine=document.engine,
        seed=document.seed,
        rule=model.RuleId(document.rule.version, document.rule.sha256),
        campaigns=tuple(map(_campaign_back, document.campaigns)),
        findings=tuple(map(_account_back, document.accounts)),
        not_examined=tuple(model.NotExamined(n.what, n.why, n.lost) for n in document.not_examined),
        notes=document.notes,
        populations=document.populations,
        pictures={name: _picture_back(picture) for name, picture in document.pictures.items()},
        wall_s=document.wall_s,
    )


def moment(microseconds: int) -> str:
    """Return a time as documents have it: `2026-04-22T00:00:00Z`; one beyond the calendar as its end."""
    try:
        when = _EPOCH + dt.timedelta(microseconds=microseconds)
    except OverflowError:  # a broken clock: still told, not fatal
        return _LAST if microseconds > 0 else _FIRST
    return when.isoformat().replace("+00:00", "Z")


def microseconds(when: str) -> int:
    """Return a document's time as microseconds since 1970-01-01 UTC."""
    return (dt.datetime.fromisoformat(when) - _EPOCH) // dt.timedelta(microseconds=1)


def day(number: int) -> str:
    """Return a day since 1970-01-01 as `2026-04-22`."""
    try:
        return (_EPOCH_DAY + dt.timedelta(days=number)).isoformat()
    except OverflowError:
        return (dt.date.max if number > 0 else dt.date.min).isoformat()


def day_number(name: str) -> int:
    """Return a day's number since 1970-01-01."""
    return (dt.date.fromisoformat(name) - _EPOCH_DAY).days


def _campaign(found: model.Campaign) -> v1.Campaign:
    return v1.Campaign(
        id=found.id,
        kind=found.kind,
        tier=found.tier,
        accounts=found.accounts,
        exchanges=found.exchanges,
        first=moment(found.first),
        last=moment(found.last),
        score_bits=_bits(found.score_bits),
        evidence=tuple(map(_evidence, found.evidence)),
        without=_without(found.without),
        alternatives=tuple(v1.Alternative(name=a.name, holds=a.holds, told=a.told) for a in found.alternatives),
        q_value=found.q_value,
        earliest=None if found.earliest is None else day(found.earliest // _US_OF_DAY),
        earliest_share=found.earliest_share,
    )


def _campaign_back(found: v1.Campaign) -> model.Campaign:
    return model.Campaign(
        id=found.id,
        kind=found.kind,
        tier=found.tier,
        accounts=found.accounts,
        exchanges=found.exchanges,
        first=microseconds(found.first),
        last=microseconds(found.last),
        score_bits=found.score_bits,
        evidence=_evidence_back(found.evidence),
        without=found.without,
        alternatives=tuple(model.Alternative(a.name, a.holds, a.told) for a in found.alternatives),
        q_value=found.q_value,
        earliest=None if found.earliest is None else (day_number(found.earliest) + 1) * _US_OF_DAY - 1,
        earliest_share=found.earliest_share,
    )


def _account(found: model.AccountFinding, kind: model.CampaignKind | None) -> v1.Account:
    evidence = tuple(map(_evidence, found.evidence))
    return v1.Account(
        account=found.account,
        tier=found.tier,
        campaign=found.campaign,
        score_bits=_bits(found.score_bits),
        reasons=tuple(wording.reason(e.example, e.by_chance, kind) for e in evidence if e.bits > 0 and e.example),
        evidence=evidence,
        without=_without(found.without),
        also=found.also,
    )


def _account_back(found: v1.Account) -> model.AccountFinding:
    return model.AccountFinding(
        account=found.account,
        tier=found.tier,
        campaign=found.campaign,
        score_bits=found.score_bits,
        evidence=_evidence_back(found.evidence),
        without=found.without,
        also=found.also,
    )


def _evidence(found: model.Evidence) -> v1.Evidence:
    return v1.Evidence(
        kind=found.kind,
        bits=_bits(found.bits),
        accounts=found.accounts,
        example=found.example,
        by_chance=float(f"{found.by_chance:.4g}"),
    )


def _evidence_back(found: Iterable[v1.Evidence]) -> tuple[model.Evidence, ...]:
    return tuple(model.Evidence(e.kind, e.bits, e.accounts, e.example, e.by_chance) for e in found)


def _without(scores: Mapping[model.EvidenceKind, float]) -> dict[model.EvidenceKind, float]:
    return {kind: _bits(score) for kind, score in scores.items()}


def _bits(amount: float) -> float:
    return round(float(amount), _DIGITS) + 0.0  # no -0.0


def _picture(picture: model.Picture) -> v1.Picture:
    return v1.Picture(
        tokens=tuple(v1.Token(kind=kind, token=token, accounts=count) for kind, token, count in picture.tokens),
        links=picture.links,
        days=tuple((day(number), count) for number, count in picture.days),
    )


def _picture_back(picture: v1.Picture) -> model.Picture:
    return model.Picture(
        tokens=tuple((t.kind, t.token, t.accounts) for t in picture.tokens),
        links=picture.links,
        days=tuple((day_number(name), count) for name, count in picture.days),
    )
