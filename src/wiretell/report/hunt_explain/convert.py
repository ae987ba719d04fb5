"""From a hunt document and an account to the statement of reasons for that account."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from msgspec.structs import replace

from wiretell.model.hunt import CampaignKind, EvidenceKind, Tier
from wiretell.report.hunt import document_v1 as hunt_v1
from wiretell.report.hunt import wording
from wiretell.report.hunt_explain import document_v1 as v1
from wiretell.report.words import plural

OTHER: Final = "(another account)"
"""Stands for an account that is nobody's business but its holder's."""
_SHORT: Final = 4
"""Digits below which a name that is a number is no name in every sentence."""

NOT_CONCLUDED: Final = (
    "Nothing was banned, limited or changed by this; a hunt cannot do that. A person decides.",
    "It was not concluded who the holder is, what they intended, or that a rule was broken.",
    "A missing mark or header was not counted against anybody.",
)
APPEAL: Final = (
    "Answer whoever sent you this, and say which fact is wrong, or what explains it: an organisation that holds the "
    "accounts, a licence or an agreement, an office or VPN whose network it is, who pays the card, or anything else.",
    "The operator records it with `wiretell hunt appeal --from HUNT.json CLAIM.toml`: the score is made again without "
    "what the claim explains, a person decides, and claim and decision stay in the document.",
    "The same log, rule and seed give the same result: ask for it to be made again.",
)


@dataclass(frozen=True, slots=True)
class Asked:
    """One account that is asked about."""

    document: hunt_v1.HuntDocument
    account: str
    internal: bool = False
    """Name the other accounts: for the operator's own people."""


def to_document(asked: Asked) -> v1.HuntExplainDocument:
    """Return the statement of reasons for an account, or that it is in no campaign. Pure."""
    document, own = asked.document, asked.account
    found = next((item for item in document.accounts if item.account == own), None)
    campaign = next((c for c in document.campaigns if found and c.id == found.campaign), None)
    lost = {kind for item in document.not_examined for kind in item.lost}
    explained = v1.HuntExplainDocument(
        schema="wiretell/hunt-explain/1",
        account=own,
        internal=asked.internal,
        concluded=tuple(_named(found, campaign) if found and campaign else _unnamed(document)),
        not_concluded=NOT_CONCLUDED if found else NOT_CONCLUDED[:1],
        finding=_finding(found, campaign, asked) if found and campaign else None,
        appeal=APPEAL if found else (),
        appeals=tuple(_appeals(asked)),
        rows=document.rows,
        log_accounts=document.log_accounts,
        first=document.first,
        last=document.last,
        examined=tuple(kind for kind in EvidenceKind if kind not in lost),
        not_examined=document.not_examined,
        rule=document.rule,
    )
    return v1.FORM.checked(explained)


def _named(found: hunt_v1.Account, campaign: hunt_v1.Campaign) -> Iterator[str]:
    kinds = sum(item.bits > 0 for item in found.evidence)
    yield f"{_looks_like(campaign)} {_tier(found.tier)}"
    yield (
        f"That rests on {plural(kinds, 'independent kind')} of evidence that the account itself shows, together "
        f"{found.score_bits:.1f} bits; each is told below, with how often it happens by chance."
    )
    if found.tier is not campaign.tier:
        yield f"The campaign as a whole stands at {campaign.tier.value!r}; the account is judged by its own case."
    if found.status != "stands":
        yield f"By appeal, this finding is now {found.status}."


def _looks_like(campaign: hunt_v1.Campaign) -> str:
    if campaign.kind is CampaignKind.SHARED_KEY:
        return "By this log, the account is used as if many users stood behind it."
    accounts = plural(len(campaign.accounts), "account")
    return f"By this log, the account looks like one of {accounts} that work as one: {wording.KINDS[campaign.kind]}."


def _tier(tier: Tier) -> str:
    return f"Its tier is {tier.value!r}: {wording.TIERS[tier]}."


def _unnamed(document: hunt_v1.HuntDocument) -> Iterator[str]:
    looked = f"{plural(document.rows, 'exchange')} of {plural(document.log_accounts, 'account')}"
    yield f"The account is in none of the campaigns that were found in {looked}."
    yield (
        "Either nothing ties it to others beyond what chance, an organisation or a popular tool explains, or the log "
        "does not hold it: the document lists accounts of campaigns alone."
    )


def _finding(found: hunt_v1.Account, campaign: hunt_v1.Campaign, asked: Asked) -> v1.Finding:
    told = (lambda text: text) if asked.internal else _without_others(asked)
    others = tuple(name for name in campaign.accounts if name != found.account)
    return v1.Finding(
        campaign=campaign.id,
        kind=campaign.kind,
        tier=found.tier,
        status=found.status,
        score_bits=found.score_bits,
        others=len(others),
        q_value=campaign.q_value,
        facts=tuple(_facts(found, campaign, told)),
        against=tuple(
            v1.Against(kind=item.kind, title=wording.title(item.kind, campaign.kind), bits=item.bits)
            for item in found.evidence
            if item.bits < 0
        ),
        alternatives=tuple(replace(item, told=told(item.told)) for item in campaign.alternatives),
        accounts=others if asked.internal else (),
    )


def _facts(found: hunt_v1.Account, campaign: hunt_v1.Campaign, told: Callable[[str], str]) -> Iterator[v1.Fact]:
    for item in sorted(found.evidence, key=lambda item: -item.bits):
        if item.bits > 0:
            yield v1.Fact(
                kind=item.kind,
                title=wording.title(item.kind, campaign.kind),
                fact=wording.sentence(told(item.example), campaign.kind),
                bits=item.bits,
                by_chance=item.by_chance,
                chance=wording.by_chance(item.by_chance),
                score_without=found.without.get(item.kind, found.score_bits - item.bits),
                would_clear=wording.clears(item.kind, campaign.kind),
            )


def _appeals(asked: Asked) -> Iterable[hunt_v1.Appeal]:
    """Return the claims that concern the account; the holder learns what was decided, not by whom."""
    mine = [a for a in asked.document.appeals if asked.account in (a.account, *a.fellows)]
    if asked.internal:
        return mine
    told = _without_others(asked)
    return [
        replace(
            appeal,
            account=appeal.account if appeal.account == asked.account else OTHER,
            fellows=(),
            reviewer="",
            told=told(appeal.told),
            note=told(appeal.note),
        )
        for appeal in mine
    ]


def _without_others(asked: Asked) -> Callable[[str], str]:
    """Return what takes the names of all other accounts of the document out of a sentence."""
    names = {item.account for item in asked.document.accounts}
    names.update(*(campaign.accounts for campaign in asked.document.campaigns))
    names.update(*((appeal.account, *appeal.fellows) for appeal in asked.document.appeals))
    names -= {asked.account, ""}

    def told(text: str) -> str:
        inside = sorted((name for name in names if name in text), key=len, reverse=True)
        return re.sub("|".join(map(_alone, inside)), OTHER, text) if inside else text

    return told


def _alone(name: str) -> str:
    """Return the pattern of a name that is no part of a longer one; a short number only where it is called a name."""
    called = r"(?<=account )" if name.isdigit() and len(name) < _SHORT else r"(?<![\w:])"
    return rf"{called}{re.escape(name)}(?!\w)"
