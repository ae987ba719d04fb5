"""The words of a hunt: kinds, tiers, chances, and what would clear a finding. Pure, and escapes nothing.

Sentences about accounts are facts of the hunt; what stands here is the same for everybody.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from wiretell.model.hunt import CampaignKind, EvidenceKind, Tier

RARE: Final = 1e-9
"""Below this a log does not bear a number any more."""

TITLES: Final[Mapping[EvidenceKind, str]] = MappingProxyType(
    {
        EvidenceKind.PAYMENT: "shared means of payment",
        EvidenceKind.NETWORK: "shared networks",
        EvidenceKind.HEADERS: "same client headers",
        EvidenceKind.TEMPLATE: "same wording",
        EvidenceKind.PREFIX: "same private instructions",
        EvidenceKind.FAILOVER: "conversations that change accounts",
        EvidenceKind.TIMING: "same hours",
        EvidenceKind.SHARDING: "one list of work, dealt out",
        EvidenceKind.LIFECYCLE: "opened together",
        EvidenceKind.CONTENT: "same shape of use",
        EvidenceKind.CONTRADICTION: "headers against content",
    }
)
"""What each kind is called before people."""

_TITLES_KEY: Final[Mapping[EvidenceKind, str]] = MappingProxyType(
    {
        EvidenceKind.PREFIX: "unrelated work at the same time",
        EvidenceKind.NETWORK: "many networks at once",
        EvidenceKind.HEADERS: "many clients under one key",
        EvidenceKind.TIMING: "busy around the clock",
        EvidenceKind.LIFECYCLE: "a change from its own past",
    }
)
"""Of one account with many users, the same kinds show the opposite of sharing."""

_CLEARS: Final[Mapping[EvidenceKind, str]] = MappingProxyType(
    {
        EvidenceKind.PAYMENT: "a bill or contract that shows who pays for whom, such as an employer or an agency",
        EvidenceKind.NETWORK: "the office, school, carrier or VPN whose addresses these are",
        EvidenceKind.HEADERS: "the name of the program or proxy that sends these headers, if others can get it too",
        EvidenceKind.TEMPLATE: "where the wording comes from: a published tool, a course, a shared template",
        EvidenceKind.PREFIX: "where the instructions come from: a published agent, or a team that says it shares them",
        EvidenceKind.FAILOVER: "the person or organisation that holds both accounts and why work moves between them",
        EvidenceKind.TIMING: "a shift plan, a schedule or an event that explains the same hours",
        EvidenceKind.SHARDING: "the organisation whose work it is, or the licence under which it is done",
        EvidenceKind.LIFECYCLE: "the occasion on which the accounts were opened: a course, a launch, new staff",
        EvidenceKind.CONTENT: "what the answers are for: an evaluation, licensed labelling, a product of one's own",
        EvidenceKind.CONTRADICTION: "the gateway or proxy that rewrites these headers",
    }
)

_CLEARS_KEY: Final[Mapping[EvidenceKind, str]] = MappingProxyType(
    {
        EvidenceKind.PREFIX: "what runs at the same time under the key: a service, a fleet of agents, a team",
        EvidenceKind.NETWORK: "the places that the key is used from, and by whom",
        EvidenceKind.TIMING: "the service or the shifts that keep it busy at all hours",
        EvidenceKind.HEADERS: "the programs that the key is used with",
        EvidenceKind.LIFECYCLE: "what changed in how the key is used, and when",
    }
)

TIERS: Final[Mapping[Tier, str]] = MappingProxyType(
    {
        Tier.WATCH: "keep an eye on it; too little to ask anybody anything",
        Tier.VERIFY: "ask the holder to confirm something, such as the organisation or the card",
        Tier.REVIEW: "a person should look at it and hear the holder",
    }
)
"""What each tier calls for. None of them is a ban."""

KINDS: Final[Mapping[CampaignKind, str]] = MappingProxyType(
    {
        CampaignKind.DISTILLATION: "many accounts, one harvest",
        CampaignKind.RESELLER_POOL: "many accounts behind one storefront",
        CampaignKind.SHARED_KEY: "many users behind one account",
        CampaignKind.UNCLEAR: "accounts that work as one; for what, the log does not say",
    }
)

NEVER_BANS: Final = "Nothing here is a ban: a hunt ranks and explains, and a person decides."
"""Every report of a hunt says so."""

NOT_CLEAN: Final = "That nothing stands out in a log is no proof that there is nothing."
"""Said where nothing was found."""

NOTHING_SAID: Final = "Nothing can be said about it."
"""Said where nothing was looked at."""


def by_chance(probability: float) -> str:
    """Return how often an unrelated account shows something: `1 in 4,200 unrelated accounts`."""
    if not math.isfinite(probability) or probability <= RARE:
        return f"fewer than 1 in {round(1 / RARE):,} unrelated accounts"
    if probability >= 1:
        return "every unrelated account"
    if probability > 0.2:
        return f"{100 * probability:.0f} % of unrelated accounts"
    return f"1 in {_rounded(1 / probability):,} unrelated accounts"


def short_chance(probability: float) -> str:
    """Return the same for a narrow column: `1 in 4,200`."""
    return (
        by_chance(probability)
        .removesuffix(" unrelated accounts")
        .removesuffix(" of")
        .removesuffix(" unrelated account")
    )


def _rounded(number: float) -> int:
    """Keep two digits: no log bears more."""
    scale = 10 ** max(0, math.floor(math.log10(number)) - 1)
    return int(round(number / scale) * scale)


def title(kind: EvidenceKind, campaign: CampaignKind | None = None) -> str:
    """Return what a kind of evidence is called before people, in a campaign of this kind."""
    if campaign is CampaignKind.SHARED_KEY and kind in _TITLES_KEY:
        return _TITLES_KEY[kind]
    return TITLES[kind]


def clears(kind: EvidenceKind, campaign: CampaignKind | None = None) -> str:
    """Return what would clear a finding of this kind, as the object of `What would clear it:`."""
    if campaign is CampaignKind.SHARED_KEY and kind in _CLEARS_KEY:
        return _CLEARS_KEY[kind]
    return _CLEARS[kind]


def sentence(fact: str, campaign: CampaignKind | None = None) -> str:
    """Return one account's fact as a sentence without its full stop; empty where there is no fact.

    Facts of accounts in a group lack their subject (`used card pay_81f0 ...`); those of a shared key are figures.
    """
    told = fact.strip().rstrip(".")
    if not told or campaign is CampaignKind.SHARED_KEY:
        return told[:1].upper() + told[1:]
    return f"The account {told}"


def reason(fact: str, probability: float, campaign: CampaignKind | None = None) -> str:
    """Return one account's fact with how often it happens by chance, as a sentence."""
    told = sentence(fact, campaign)
    return f"{told} (by chance: {by_chance(probability)})." if told else ""


def holds(outcome: bool | None) -> str:
    """Return the outcome of an innocent explanation in words."""
    if outcome is None:
        return "could not be examined"
    return "holds" if outcome else "does not explain it"


def q_value(value: float | None) -> str:
    """Return how many of the campaigns at least as strong are expected to be chance, in words."""
    if value is None:
        return "not computed"
    if value <= 0:
        return "none of the shuffled logs had one as strong"
    return f"{100 * value:.2g} % of campaigns as strong are expected by chance"


def joined(items: list[str]) -> str:
    """Return `a, b and c`."""
    return " and ".join(filter(None, (", ".join(items[:-1]), items[-1]))) if items else ""
