"""What the renderings of a hunt for people share: headline, counts, spans, order. Pure, and escapes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from wiretell.model.hunt import CampaignKind, EvidenceKind, Tier
from wiretell.report.hunt import wording
from wiretell.report.hunt.document_v1 import Campaign, HuntDocument
from wiretell.report.words import plural


def strongest(document: HuntDocument) -> Tier | None:
    """Return the highest tier of any campaign that no appeal has changed; None where there is none."""
    return max((campaign.tier for campaign in _standing(document)), key=lambda tier: tier.rank, default=None)


def _standing(document: HuntDocument) -> list[Campaign]:
    return [campaign for campaign in document.campaigns if campaign.status == "stands"]


def verdict(document: HuntDocument) -> str:
    """Return the first words: `2 campaigns for review`, `nothing stands out`, `nothing looked at`."""
    highest = strongest(document)
    if not document.rows:
        return "nothing looked at"
    if highest is None:
        return "no campaign stands after appeal" if document.campaigns else "nothing stands out"
    count = sum(campaign.tier is highest for campaign in _standing(document))
    return f"{plural(count, 'campaign')} {_CALLED[highest]}"


_CALLED = {Tier.WATCH: "to watch", Tier.VERIFY: "to verify", Tier.REVIEW: "for review"}


def headline(document: HuntDocument) -> str:
    """Return what was found, as a sentence."""
    if not document.rows:
        return "There was nothing to look at: the log has no exchange that could be used."
    if not document.campaigns:
        return f"Nothing that holds accounts together stood out in {looked_at(document)}."
    accounts = len(document.accounts)
    return (
        f"{plural(len(document.campaigns), 'campaign')} of {plural(accounts, 'account')} in {looked_at(document)}: "
        f"{tiers(document)}."
    )


def aside(document: HuntDocument) -> str:
    """Return what has to be kept in mind with the headline."""
    if not document.rows:
        return wording.NOTHING_SAID
    return wording.NEVER_BANS if document.campaigns else wording.NOT_CLEAN


def looked_at(document: HuntDocument) -> str:
    """Return how much was looked at: `28,800,000 exchanges of 40,000 accounts`."""
    return f"{plural(document.rows, 'exchange')} of {plural(document.log_accounts, 'account')}"


def tiers(document: HuntDocument) -> str:
    """Return campaigns by tier, the highest first: `2 review, 1 watch`."""
    counts = Counter(campaign.tier for campaign in document.campaigns)
    return ", ".join(f"{counts[tier]:,} {tier.value}" for tier in reversed(Tier) if counts[tier])


def examined(document: HuntDocument) -> tuple[EvidenceKind, ...]:
    """Return the kinds of evidence that the log could show."""
    lost = {kind for item in document.not_examined for kind in item.lost}
    return tuple(kind for kind in EvidenceKind if kind not in lost)


def span(first: str | None, last: str | None) -> str:
    """Return a span of days: `2026-04-22 to 2026-06-05`."""
    if first is None or last is None:
        return "no time told"
    return first[:10] if first[:10] == last[:10] else f"{first[:10]} to {last[:10]}"


def called(campaign: Campaign) -> str:
    """Return when it could have been called: `2026-04-24, after 4.1 % of its exchanges`; empty where not told."""
    if campaign.earliest is None:
        return ""
    share = campaign.earliest_share
    return campaign.earliest + (f", after {100 * share:.1f} % of its exchanges" if share is not None else "")


def why_no_day(campaign: Campaign) -> str:
    """Return what stands where no earliest day does."""
    return "not told for a single account" if campaign.kind is CampaignKind.SHARED_KEY else "could not be told"


def weakest_link(campaign: Campaign) -> str:
    """Return the kind without which the score is lowest, and that score: `17.3 bits without payment`."""
    if not campaign.without:
        return ""
    kind, score = min(campaign.without.items(), key=lambda item: (item[1], item[0]))
    return f"{score:.1f} bits without {kind.value}"


def chance(campaign: Campaign) -> str:
    """Return the chance of the campaign as a whole, in words; empty where it was not computed."""
    return "" if campaign.q_value is None else wording.q_value(campaign.q_value)


def populations(document: HuntDocument) -> Sequence[tuple[str, int]]:
    """Return how many shared things there were, by name, in the order of the document."""
    return tuple(document.populations.items())
