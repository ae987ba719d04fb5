"""Accounts as one compact block of data for the page's script: 25,000 with their reasons in a few megabytes.

Facts of one kind differ in their numbers and names alone: each is kept as a pattern, said once, and what fills it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
from markupsafe import Markup

from wiretell.model.hunt import CampaignKind, EvidenceKind, Tier
from wiretell.report.glyphs import shorten, visible
from wiretell.report.hunt import wording
from wiretell.report.hunt.document_v1 import Account, Evidence, HuntDocument

MOST_BYTES: Final = 7_500_000
"""Of accounts; the reasons of what is beyond stand in the JSON document."""
NAME_SHOWN: Final = 120
FACT_SHOWN: Final = 400
SLOT: Final = "\x01"
"""Stands in a pattern for what fills it; no drawn text holds it."""
_FILLS: Final = re.compile(r"\S*\d\S*")
_KINDS: Final = tuple(EvidenceKind)
_NEAR: Final = 0.06
"""Bits by which the script's own `score - bits` may differ from the document's score without a kind."""


@dataclass(slots=True)
class _Table:
    """Values by their place: each is kept once."""

    places: dict[str, int] = field(default_factory=dict)

    def place(self, value: str) -> int:
        return self.places.setdefault(value, len(self.places))


@dataclass(frozen=True, slots=True)
class Block:
    """The block, and how many accounts it leaves without their reasons."""

    data: Markup
    bare: int


def block(document: HuntDocument, most_bytes: int = MOST_BYTES) -> Block:
    """Return the accounts as JSON that may stand in a `script` element: no `<`, no `&`, nothing that steers."""
    campaigns = {campaign.id: place for place, campaign in enumerate(document.campaigns)}
    chances, patterns = _Table(), _Table()
    rows, spent, bare = [], 0, 0
    for account in document.accounts:
        row = _row(account, campaigns, chances, patterns, whole=spent < most_bytes)
        bare += not row[4]
        rows.append(row)
        spent += _length(row)
    data = {
        "kinds": [kind.value for kind in _KINDS],
        "titles": [[wording.title(kind), wording.title(kind, CampaignKind.SHARED_KEY)] for kind in _KINDS],
        "clears": [[wording.clears(kind), wording.clears(kind, CampaignKind.SHARED_KEY)] for kind in _KINDS],
        "tiers": [tier.value for tier in Tier],
        "campaigns": [[visible(c.id), int(c.kind is CampaignKind.SHARED_KEY)] for c in document.campaigns],
        "chances": list(chances.places),
        "patterns": list(patterns.places),
        "rows": rows,
    }
    return Block(_safe(msgspec.json.encode(data).decode()), bare)


def _row(
    account: Account, campaigns: dict[str, int], chances: _Table, patterns: _Table, *, whole: bool
) -> Sequence[Any]:
    """Name, tier, campaign, score, evidence, other campaigns, scores without a kind that are no plain difference."""
    evidence = [_evidence(item, chances, patterns) for item in account.evidence] if whole else []
    row = [
        shorten(account.account, NAME_SHOWN),
        account.tier.rank,
        campaigns[account.campaign],
        round(account.score_bits, 1),
        evidence,
        [campaigns[name] for name in account.also],
        {_KINDS.index(kind): round(score, 1) for kind, score in _unlike(account)},
    ]
    while len(row) > 5 and not row[-1]:
        row.pop()
    return row


def _unlike(account: Account) -> Iterable[tuple[EvidenceKind, float]]:
    for item in account.evidence:
        score = account.without.get(item.kind)
        if score is not None and abs(account.score_bits - item.bits - score) > _NEAR:
            yield item.kind, score


def _evidence(item: Evidence, chances: _Table, patterns: _Table) -> Sequence[Any]:
    fact = shorten(item.example, FACT_SHOWN)
    chance = chances.place(wording.by_chance(item.by_chance))
    return [
        _KINDS.index(item.kind),
        round(item.bits, 1),
        chance,
        patterns.place(_FILLS.sub(SLOT, fact)),
        *_FILLS.findall(fact),
    ]


def _length(row: Sequence[Any]) -> int:
    """Return about how many bytes a row takes."""
    return 30 + len(row[0]) + sum(14 + sum(len(fill) + 3 for fill in item[4:]) for item in row[4])


def _safe(json: str) -> Markup:
    """Return JSON in which nothing can end the element that holds it (HTML, 13.1.3 "restrictions for contents")."""
    for char in "<>&":
        json = json.replace(char, f"\\u{ord(char):04x}")
    return Markup(json)  # noqa: S704 - holds no sign of markup any more
