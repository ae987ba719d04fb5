"""The hunt as one page that stands alone (`page.py`), with a script of its own for sorting and filtering.

The script is the one file of this package: the page's Content-Security-Policy names its hash, so nothing else can run.
Without it everything but the long list of accounts is there.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

from markupsafe import Markup

from wiretell.model.hunt import CampaignKind, EvidenceKind, Tier
from wiretell.report import page
from wiretell.report.hunt import pictures, rows, view, wording
from wiretell.report.hunt.document_v1 import Account, Campaign, HuntDocument

CARDS: Final = 40
"""Campaigns with a card; the others stand in the table."""
MOST_ROWS: Final = 3_000
"""Rows of the table of campaigns."""
ACCOUNTS_SHOWN: Final = 200
"""Accounts of one card without the script, and in print."""
MOST_ACCOUNTS: Final = 1_000
"""The same of all cards together."""


@dataclass(frozen=True, slots=True)
class Card:
    """A campaign as it is drawn."""

    campaign: Campaign
    matrix: pictures.Matrix | None
    days: pictures.Days | None
    accounts: tuple[Account, ...]
    """Those that are there without the script."""
    strongest: float
    """Bits of the longest bar."""


def render(document: HuntDocument) -> str:
    """Return the page, complete, with a final newline. Pure."""
    block = rows.block(document)
    return page.render(
        "hunt.html.j2",
        document=document,
        view=view,
        wording=wording,
        pictures=pictures,
        highest=view.strongest(document),
        cards=_cards(document),
        kinds=_kinds(document),
        campaign_kinds=[kind.value for kind in CampaignKind],
        tiers=[tier.value for tier in reversed(Tier)],
        most=MOST_ROWS,
        data=block.data,
        bare=block.bare,
        script=script(),
        script_hash=script_hash(),
    )


def _cards(document: HuntDocument) -> tuple[Card, ...]:
    members: dict[str, list[Account]] = {campaign.id: [] for campaign in document.campaigns[:CARDS]}
    for account in document.accounts:
        if (shown := members.get(account.campaign)) is not None and len(shown) < ACCOUNTS_SHOWN:
            shown.append(account)
    left, cards = MOST_ACCOUNTS, []
    for campaign in document.campaigns[:CARDS]:
        shown = members[campaign.id][:left]
        left -= len(shown)
        cards.append(_card(campaign, document, tuple(shown)))
    return tuple(cards)


def _card(campaign: Campaign, document: HuntDocument, accounts: tuple[Account, ...]) -> Card:
    picture = document.pictures.get(campaign.id)
    return Card(
        campaign,
        pictures.matrix(campaign, picture) if picture else None,
        pictures.days(campaign, picture) if picture else None,
        accounts,
        max((item.bits for item in campaign.evidence), default=0.0),
    )


def _kinds(document: HuntDocument) -> tuple[str, ...]:
    """Return the kinds of evidence that any campaign shows, in the order of the format."""
    found = {item.kind for campaign in document.campaigns for item in campaign.evidence if item.bits > 0}
    return tuple(kind.value for kind in EvidenceKind if kind in found)


@cache
def script() -> Markup:
    """Return the page's script."""
    text = resources.files("wiretell.report").joinpath("templates", "hunt.js").read_text(encoding="utf-8")
    return Markup(text)  # noqa: S704 - a file of this package


@cache
def script_hash() -> str:
    """Return the script as a Content-Security-Policy names it: `sha256-...`."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script().encode()).digest()).decode()
