"""The hunt document `wiretell/hunt/1`: what a hunt found, why, and how far it goes.

`form.py` says what all documents have in common. Bits are base-2 logarithms of match weights (`model/hunt.py`).
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Final, Literal

from msgspec import Struct

from wiretell.errors import FormatError
from wiretell.model.hunt import CampaignKind, EvidenceKind, Tier
from wiretell.report.form import Amount, Count, Form, Share, says
from wiretell.report.glyphs import shorten

Decision = Literal["open", "upheld", "overturned", "pending-evidence"]
Standing = Literal["stands", "lowered", "fallen"]
Nature = Literal["organisation", "licence", "network", "card", "other"]
NO_TIER: Final = "none"
"""Below every tier."""
AppealTier = Literal["none", "watch", "verify", "review"]


class Rule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which rule judged. Its numbers were fixed before anything was scored."""

    version: Annotated[str, says("Its date.")]
    sha256: Annotated[str, says("Of the file that holds its numbers; hex.")]


class Evidence(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one kind of evidence says, of a campaign or of one account in it."""

    kind: Annotated[EvidenceKind, says("Independent evidence is of different kinds.")]
    bits: Annotated[
        float,
        says(
            "How many doublings likelier this is in one campaign than between unrelated accounts; below zero where it "
            "speaks against. Of a campaign: the mean over its accounts."
        ),
    ]
    accounts: Annotated[Count, says("Accounts of the campaign that show it.")]
    example: Annotated[
        str,
        says(
            "One fact that can be looked up in the log; of an account in a group, without its subject. Empty where "
            "there is none to name."
        ),
    ]
    by_chance: Annotated[Share, says("How often an unrelated account of the same log shows it: a probability.")]


class Alternative(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One innocent explanation, and whether it holds."""

    name: Annotated[str, says("Such as `office`, `carrier network`, `public tool`, `agency`.")]
    holds: Annotated[bool | None, says("Whether it explains what was found; null where it could not be examined.")]
    told: Annotated[str, says("What was tested, and what came out.")]


class Campaign(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Accounts that work as one; or one account with many users behind it."""

    id: Annotated[str, says("Name within this document: `k1` is the strongest.")]
    kind: Annotated[CampaignKind, says("What it looks like.")]
    tier: Annotated[Tier, says("How far the evidence goes. None is a ban: `review` asks a person to look.")]
    accounts: Annotated[tuple[str, ...], says("Its accounts, strongest first.")]
    exchanges: Annotated[Count, says("Of these accounts, in this log.")]
    first: Annotated[str, says("Its first exchange; ISO 8601, UTC.")]
    last: Annotated[str, says("Its last exchange; ISO 8601, UTC.")]
    score_bits: Annotated[float, says("Sum of the bits of `evidence`.")]
    evidence: Annotated[tuple[Evidence, ...], says("Strongest kind first.")]
    without: Annotated[dict[EvidenceKind, float], says("The score without each kind.")]
    alternatives: Annotated[tuple[Alternative, ...], says("Innocent explanations, tested. Optional.")] = ()
    q_value: Annotated[
        Amount | None,
        says(
            "Expected share of false discoveries among campaigns at least as strong, by shuffles of the same log. "
            "Absent where it was not computed. Optional."
        ),
    ] = None
    earliest: Annotated[
        str | None,
        says(
            "First day (UTC) at whose end the exchanges so far would have carried this tier; absent where it could "
            "not be told. Optional."
        ),
    ] = None
    earliest_share: Annotated[Share | None, says("Share of its exchanges up to then. Optional.")] = None
    status: Annotated[Standing, says("What appeals have made of this campaign. Optional.")] = "stands"


class Account(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One account's own case: it is judged by what it shows itself, not by its company alone."""

    account: Annotated[str, says("As the log names it.")]
    tier: Annotated[Tier, says("Its own, which may be below its campaign's.")]
    campaign: Annotated[str, says("Id of its strongest campaign.")]
    score_bits: Annotated[float, says("Sum of the bits of `evidence`.")]
    reasons: Annotated[
        tuple[str, ...], says("The facts that speak for it as sentences, each with how often that happens by chance.")
    ]
    evidence: Annotated[tuple[Evidence, ...], says("The same as numbers, and what speaks against it.")]
    without: Annotated[dict[EvidenceKind, float], says("The score without each kind.")]
    also: Annotated[tuple[str, ...], says("Ids of other campaigns that it belongs to. Optional.")] = ()
    status: Annotated[Standing, says("What appeals have made of this finding. Optional.")] = "stands"


class NotExamined(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What was not looked at."""

    what: Annotated[str, says("What was not looked at.")]
    why: Annotated[str, says("Why not.")]
    lost: Annotated[tuple[EvidenceKind, ...], says("Kinds of evidence that are lost by it. Optional.")] = ()


class Token(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that accounts of a campaign share."""

    kind: Annotated[EvidenceKind, says("What it is evidence of.")]
    token: Annotated[str, says("As the log has it: a card, an address, a hash.")]
    accounts: Annotated[Count, says("Accounts of the campaign that hold it.")]


class Picture(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a report draws of a campaign."""

    tokens: Annotated[tuple[Token, ...], says("At most 40, those that most accounts hold first.")]
    links: Annotated[
        tuple[tuple[Count, Count], ...],
        says("Who holds what: place in the campaign's `accounts` (of the first 60), place in `tokens`."),
    ]
    days: Annotated[
        tuple[tuple[str, Count], ...], says("Days (UTC) with exchanges, and how many; ascending, without empty ones.")
    ]


class Appeal(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A claim against a finding, what it changes, and what a reviewer decided."""

    account: Annotated[str, says("Whose finding it is.")]
    claim: Annotated[Nature, says("What is claimed.")]
    explains: Annotated[tuple[EvidenceKind, ...], says("Kinds of evidence that the claim explains, if it is true.")]
    before_bits: Annotated[float, says("The account's score before.")]
    after_bits: Annotated[float, says("The account's score without what the claim explains.")]
    before_tier: Annotated[AppealTier, says("The account's tier before.")]
    after_tier: Annotated[AppealTier, says("The account's tier without what the claim explains.")]
    decision: Annotated[Decision, says("What the reviewer decided; a claim by itself overturns nothing.")]
    reviewer: Annotated[str, says("Who decided. Optional.")] = ""
    date: Annotated[str, says("When; ISO 8601. Optional.")] = ""
    note: Annotated[str, says("Why. Optional.")] = ""
    told: Annotated[str, says("The claim in words. Optional.")] = ""
    status: Annotated[Standing, says("What became of the finding. Optional.")] = "stands"
    fellows: Annotated[tuple[str, ...], says("Other accounts that the claim speaks for. Optional.")] = ()


class HuntDocument(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What a hunt found in exchange logs."""

    schema: Annotated[Literal["wiretell/hunt/1"], says("Name and version of this form.")]
    rows: Annotated[Count, says("Exchanges that were looked at.")]
    log_accounts: Annotated[Count, says("Accounts of the log.")]
    first: Annotated[str | None, says("First exchange; ISO 8601, UTC. Null where no row has a time.")]
    last: Annotated[str | None, says("Last exchange; ISO 8601, UTC. Null where no row has a time.")]
    engine: Annotated[str, says("What ran the queries: `duckdb` or `spark`.")]
    seed: Annotated[int, says("Of what is drawn by chance: shuffles and permutations.")]
    rule: Annotated[Rule, says("Which rule judged.")]
    campaigns: Annotated[tuple[Campaign, ...], says("Strongest first.")]
    accounts: Annotated[tuple[Account, ...], says("Accounts of campaigns; by campaign, strongest first.")]
    not_examined: Annotated[tuple[NotExamined, ...], says("What was not looked at, and what is lost by it.")]
    notes: Annotated[tuple[str, ...], says("What was seen in the log itself. Optional.")] = ()
    populations: Annotated[
        dict[str, Count],
        says("How many shared things there were, how many were explained, how many were left; by name. Optional."),
    ] = {}
    pictures: Annotated[dict[str, Picture], says("What a report draws, by campaign. Optional.")] = {}
    appeals: Annotated[
        tuple[Appeal, ...], says("Claims against findings and what was decided, in the order they came in. Optional.")
    ] = ()
    wall_s: Annotated[Amount, says("How long it took, in seconds. Optional.")] = 0.0
    started: Annotated[str, says("When it began; ISO 8601, UTC. Optional.")] = ""
    command: Annotated[str, says("How to do it again. Optional.")] = ""
    wiretell: Annotated[str, says("Version of wiretell. Optional.")] = ""


def _check(document: HuntDocument) -> None:
    ids = {campaign.id for campaign in document.campaigns}
    if len(ids) != len(document.campaigns):
        raise FormatError("This hunt document has two campaigns of one id.")
    named = {account.campaign for account in document.accounts}.union(*(found.also for found in document.accounts))
    if lost := sorted((named | set(document.pictures)) - ids):
        raise FormatError(f"This hunt document speaks of a campaign {lost[0]!r} that it does not have.")
    if len({account.account for account in document.accounts}) != len(document.accounts):
        raise FormatError("This hunt document judges one account twice.")
    _check_times(document)
    for campaign in document.campaigns:
        _check_picture(document.pictures.get(campaign.id), len(campaign.accounts))


def _check_times(document: HuntDocument) -> None:
    ends = [document.first, document.last, *(t for c in document.campaigns for t in (c.first, c.last))]
    days = [campaign.earliest for campaign in document.campaigns]
    days += [name for picture in document.pictures.values() for name, _ in picture.days]
    try:
        whole = all(dt.datetime.fromisoformat(end).tzinfo for end in ends if end is not None)
        for day in days:
            dt.date.fromisoformat(day or "1970-01-01")
    except ValueError as error:
        raise FormatError(f"A time of this hunt document cannot be read: {shorten(str(error), 80)}.") from None
    if not whole:
        raise FormatError("A time of this hunt document does not say its zone.")


def _check_picture(picture: Picture | None, accounts: int) -> None:
    if picture and any(a >= accounts or t >= len(picture.tokens) for a, t in picture.links):
        raise FormatError("A picture of this hunt document draws an account or a token that is not there.")


FORM: Final = Form("hunt", HuntDocument, _check)
"""How the form is named, read, checked and described."""
