"""Appeals: what is left of a finding once a claim is believed, from the hunt document alone.

What the hunt found stays in the document as it was found. An appeal is written beside it, and `status` says what became
of a finding once a reviewer overturned it. Nothing is read from a log, so a claim can only take evidence away: no score
and no tier rises, and the same claim twice changes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, TypeVar

from msgspec.structs import replace

from wiretell.errors import UsageError
from wiretell.hunt.claim import EXPLAINS, Claim
from wiretell.hunt.comparing import OF, Place, places
from wiretell.hunt.rescoring import TIERS, Granted, Scores, rescore
from wiretell.hunt.rule import Rule
from wiretell.model.hunt import EvidenceKind, RuleId
from wiretell.report.glyphs import clip
from wiretell.report.hunt.document_v1 import (
    NO_TIER,
    Account,
    Appeal,
    Campaign,
    HuntDocument,
    Nature,
    Standing,
)

_FELLOWS: Final = 50
"""Accounts that a claim speaks for, and that have no finding to appeal against: so many are written down by name."""
_DIGITS: Final = 6
"""Of bits, as in the rest of the document."""
_NAMED: Final = 2
_NAME: Final = 80
"""Characters of a name that a sentence shows."""
_COMPARED: Final[Mapping[Place, str]] = MappingProxyType(
    {
        "inside": "",
        "outside": " (none of the evidence lies in what is claimed)",
        "unknown": " (could not be compared with the evidence)",
    }
)
"""Behind the claim's words in an account's entry."""
_STANDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "open": "Nobody has decided yet: the finding stands until a reviewer overturns it.",
        "pending-evidence": "The reviewer asked for more: the finding stands until then.",
        "upheld": "The reviewer upheld the finding: it stands.",
    }
)


@dataclass(frozen=True, slots=True)
class Heard:
    """One claim heard."""

    document: HuntDocument
    """With the appeal in it."""
    appeals: tuple[Appeal, ...]
    """One for each account that claims and is in a campaign."""
    before: Scores
    after: Scores
    notes: tuple[str, ...]
    """What the claim does not do, and why; one sentence each."""


def hear(document: HuntDocument, claim: Claim, rule: Rule, identity: RuleId) -> Heard:
    """Hear one claim. `rule` and its `identity`: of this release.

    1. Compare cards and networks that it names with those of the evidence.
    2. Take out what earlier claims, granted by a reviewer, explain: that is `before`. This claim, if it was heard
       earlier, is not among them.
    3. Take out what this claim explains as well: that is `after`.
    4. Write an appeal for each account that claims; give findings the `status` that all granted claims leave them.
    :raises UsageError: if none of its accounts is in the document, or another rule judged it.
    """
    if document.rule.sha256 != identity.sha256:
        raise UsageError(
            f"The document was judged by rule {document.rule.version} ({document.rule.sha256[:12]}), and this wiretell "
            f"has {identity.version} ({identity.sha256[:12]}); hear the appeal with the release that made it."
        )
    found = {account.account for account in document.accounts}
    claimants = tuple(account for account in claim.accounts if account in found)
    if not claimants:
        raise UsageError(
            f"The document has no finding on {_named(claim.accounts)}, so there is nothing to appeal against."
        )
    compared = places(document, claim)
    asked = _asked(claim, compared)
    earlier = granted(document.appeals, besides=claim)
    before, after = rescore(document, rule, earlier), rescore(document, rule, (*earlier, asked))
    made = _entry(claim, {*claim.accounts, *claim.named} - found)
    entries = {place: replace(made, told=f"{claim.told}{words}") for place, words in _COMPARED.items()}
    appeals = tuple(
        _appeal(entries[compared.get(account, "inside")], account, asked, before, after) for account in claimants
    )
    held = _with_statuses(_with_appeals(document, appeals), rule)
    return Heard(held, appeals, before, after, tuple(_notes(claim, asked, found, compared)))


def granted(appeals: Iterable[Appeal], besides: Claim | None = None) -> tuple[Granted, ...]:
    """Return the claims that reviewers granted (the finding was overturned): the last word on each claim counts."""
    last = {_key(each): each for each in appeals}
    claimants = frozenset(besides.accounts) if besides else frozenset()
    together: dict[tuple[str, str, tuple[EvidenceKind, ...]], set[str]] = defaultdict(set)
    for (account, nature, told), each in last.items():
        is_this = besides and account in claimants and (nature, told) == (besides.nature, besides.told)
        if each.decision == "overturned" and not is_this:
            together[nature, told, each.explains].add(account)
    return tuple(
        Granted(frozenset(accounts), frozenset(explains), nature == "organisation" and bool(explains))
        for (nature, _, explains), accounts in together.items()
    )


def _key(of: Appeal) -> tuple[str, Nature, str]:
    """Return what tells one claim of an account from another: not how it compared."""
    told = of.told
    for words in filter(None, _COMPARED.values() if of.claim in OF else ()):
        told = told.removesuffix(words)
    return of.account, of.claim, told


def _asked(claim: Claim, compared: Mapping[str, Place]) -> Granted:
    """Return what a claim would explain: nothing of an account whose evidence lies elsewhere."""
    who = frozenset(account for account in claim.accounts if compared.get(account) != "outside")
    explains = frozenset(EXPLAINS[claim.nature])
    if claim.nature == "organisation" and not who.issuperset(claim.named):
        return Granted(who, frozenset(), False)
    if claim.nature == "licence" and claim.named:
        who &= frozenset(claim.named)
    return Granted(who, explains, claim.nature == "organisation")


def _entry(claim: Claim, fellows: Iterable[str]) -> Appeal:
    """Return what is the same in every appeal of one claim."""
    return Appeal(
        account="",
        claim=claim.nature,
        explains=(),
        before_bits=0.0,
        after_bits=0.0,
        before_tier=NO_TIER,
        after_tier=NO_TIER,
        decision=claim.decision,
        reviewer=claim.reviewer,
        date=claim.date,
        note=claim.note,
        told=claim.told,
        fellows=tuple(sorted(fellows))[:_FELLOWS],
    )


def _appeal(made: Appeal, account: str, asked: Granted, before: Scores, after: Scores) -> Appeal:
    old, new = before.accounts[account], after.accounts[account]
    return replace(
        made,
        account=account,
        explains=tuple(kind for kind in EvidenceKind if account in asked.accounts and kind in asked.explains),
        before_bits=round(old.bits, _DIGITS),
        after_bits=round(new.bits, _DIGITS),
        before_tier=old.tier,
        after_tier=new.tier,
        status=_status(old.rank, new.rank) if made.decision == "overturned" else "stands",
    )


def _with_appeals(document: HuntDocument, appeals: Iterable[Appeal]) -> HuntDocument:
    """Add appeals, but none that repeats the last word on its claim."""
    last = {_key(each): each for each in document.appeals}
    new = tuple(each for each in appeals if last.get(_key(each)) != each)
    return replace(document, appeals=(*document.appeals, *new)) if new else document


def _with_statuses(document: HuntDocument, rule: Rule) -> HuntDocument:
    """Say of every finding what granted claims have left of it; all else about it stays as the hunt found it."""
    scores = rescore(document, rule, granted(document.appeals))
    campaigns = tuple(_with_status(each, scores.campaigns[each.id].rank) for each in document.campaigns)
    accounts = tuple(_with_status(each, scores.accounts[each.account].rank) for each in document.accounts)
    return replace(document, campaigns=campaigns, accounts=accounts)


_Finding = TypeVar("_Finding", Account, Campaign)


def _with_status(found: _Finding, rank: int) -> _Finding:
    status = _status(TIERS.index(found.tier.value), rank)
    return found if found.status == status else replace(found, status=status)


def _status(before: int, after: int) -> Standing:
    if after >= before:
        return "stands"
    return "lowered" if after else "fallen"


def _notes(claim: Claim, asked: Granted, found: Set[str], compared: Mapping[str, Place]) -> Iterator[str]:
    yield from _of_places(compared)
    if claim.nature == "organisation" and not asked.is_owner:
        missing = [account for account in claim.named if account not in asked.accounts]
        yield (
            f"{_named(missing)} did not claim to be of this organisation: it explains nothing until all that it names "
            "do, in one file."
        )
    if claim.nature == "licence" and len(asked.accounts) < len(claim.accounts):
        yield f"The licence is not for {_named([each for each in claim.accounts if each not in asked.accounts])}."
    if strangers := [account for account in claim.accounts if account not in found]:
        yield f"The document has no finding on {_named(strangers)}."
    if claim.nature == "other":
        yield "A claim in words alone changes no score; it is recorded for the reviewer."
    if claim.decision != "overturned":
        yield _STANDS[claim.decision]


def _of_places(compared: Mapping[str, Place]) -> Iterator[str]:
    if outside := [account for account, place in compared.items() if place == "outside"]:
        yield (
            f"None of the evidence against {_named(outside)} lies in what is claimed: the claim explains nothing there."
        )
    if unknown := [account for account, place in compared.items() if place == "unknown"]:
        yield (
            f"The claim could not be compared with the evidence against {_named(unknown)}, whose cards or networks the "
            "document does not hold as they are claimed: whether it is right is the reviewer's to find out."
        )


def _named(accounts: Sequence[str]) -> str:
    """Name one account or two, count more."""
    return (
        " and ".join(clip(name, _NAME) for name in accounts)
        if len(accounts) <= _NAMED
        else f"{len(accounts):,} accounts"
    )
