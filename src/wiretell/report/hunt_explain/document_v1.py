"""The explanation `wiretell/hunt-explain/1`: what a hunt says of one account, fit to be sent to its holder.

`form.py` says what all documents have in common. Unless it is internal, no other account is named in it.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from msgspec import Struct

from wiretell.errors import FormatError
from wiretell.model.hunt import CampaignKind, EvidenceKind, Tier
from wiretell.report.form import Amount, Count, Form, Share, says
from wiretell.report.hunt.document_v1 import Alternative, Appeal, NotExamined, Rule, Standing


class Fact(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One fact relied on."""

    kind: Annotated[EvidenceKind, says("What it is evidence of.")]
    title: Annotated[str, says("The same in words.")]
    fact: Annotated[str, says("What stands in the log, as a sentence without full stop; empty where there is none.")]
    bits: Annotated[float, says("What it adds to the score.")]
    by_chance: Annotated[Share, says("How often an unrelated account of the same log shows it: a probability.")]
    chance: Annotated[str, says("The same in words.")]
    score_without: Annotated[float, says("The score if this kind of evidence were not there.")]
    would_clear: Annotated[str, says("What would clear it.")]


class Against(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A kind of evidence that the account could show and does not."""

    kind: Annotated[EvidenceKind, says("Which.")]
    title: Annotated[str, says("The same in words.")]
    bits: Annotated[float, says("What it takes from the score: below zero.")]


class Finding(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What the hunt found of the account."""

    campaign: Annotated[str, says("Id of the campaign within the hunt document.")]
    kind: Annotated[CampaignKind, says("What the campaign looks like.")]
    tier: Annotated[Tier, says("How far the evidence against this account goes.")]
    status: Annotated[Standing, says("What appeals have made of this finding. Optional.")] = "stands"
    score_bits: Annotated[float, says("Sum over the facts, and over what speaks against them.")]
    others: Annotated[Count, says("Other accounts of the campaign.")]
    q_value: Annotated[
        Amount | None,
        says("Expected share of false discoveries among campaigns at least as strong; null where not computed."),
    ]
    facts: Annotated[tuple[Fact, ...], says("Strongest first.")]
    against: Annotated[tuple[Against, ...], says("What speaks against it. Optional.")] = ()
    alternatives: Annotated[tuple[Alternative, ...], says("Innocent explanations that were tested.")]
    accounts: Annotated[tuple[str, ...], says("The other accounts by name; only in an internal one. Optional.")] = ()


class HuntExplainDocument(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The statement of reasons for one account."""

    schema: Annotated[Literal["wiretell/hunt-explain/1"], says("Name and version of this form.")]
    account: Annotated[str, says("Whom it is about.")]
    internal: Annotated[bool, says("Whether other accounts are named: then it is not fit to be sent.")]
    concluded: Annotated[tuple[str, ...], says("What was concluded, in sentences.")]
    not_concluded: Annotated[tuple[str, ...], says("What was not.")]
    finding: Annotated[Finding | None, says("Null where the account is in no campaign.")]
    appeal: Annotated[tuple[str, ...], says("How to dispute it, in sentences.")]
    appeals: Annotated[tuple[Appeal, ...], says("Claims made so far, and what was decided. Optional.")] = ()
    rows: Annotated[Count, says("Exchanges that were looked at.")]
    log_accounts: Annotated[Count, says("Accounts of the log.")]
    first: Annotated[str | None, says("First exchange of the log; ISO 8601, UTC. Null where no row has a time.")]
    last: Annotated[str | None, says("Last exchange of the log; ISO 8601, UTC. Null where no row has a time.")]
    examined: Annotated[tuple[EvidenceKind, ...], says("Kinds of evidence that the log could show.")]
    not_examined: Annotated[tuple[NotExamined, ...], says("What was not looked at, and what is lost by it.")]
    rule: Annotated[Rule, says("Which rule judged.")]


def _check(document: HuntExplainDocument) -> None:
    if document.finding and document.finding.accounts and not document.internal:
        raise FormatError("This hunt-explain document names other accounts and does not say that it is internal.")


FORM: Final = Form("hunt-explain", HuntExplainDocument, _check)
"""How the form is named, read, checked and described."""
