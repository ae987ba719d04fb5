"""Appeals: a claim takes evidence away and never adds any; what was found stays; the reviewer's word decides."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from tests.hunt.building import Triple, accounts, tables
from tests.hunt.evidence.planting import all_hold, cluster
from wiretell import report
from wiretell.errors import UsageError
from wiretell.hunt import appeal, rescoring, rule
from wiretell.hunt.appeal import Heard
from wiretell.hunt.claim import EXPLAINS, Claim
from wiretell.hunt.evidence.interface import Weighed
from wiretell.hunt.judging import judge, numbered
from wiretell.model.hunt import AccountFinding, Campaign, CampaignKind, Evidence, EvidenceKind, Hunted, RuleId, Tier
from wiretell.report.hunt.document_v1 import FORM, HuntDocument

RULE, RULE_ID = rule.shipped(), rule.rule_id()
K = EvidenceKind
DECIDED = {"decision": "overturned", "reviewer": "R. Example", "date": "2026-07-10", "note": "it is so"}


def evidence(**bits: float) -> tuple[Evidence, ...]:
    return tuple(Evidence(K(kind), amount, 1, "a fact", 0.01) for kind, amount in bits.items())


def hunted(members: dict[str, tuple[Evidence, ...]], tier: Tier, kind: CampaignKind = CampaignKind.UNCLEAR) -> Hunted:
    """A hunt with one campaign in which every account has this tier."""
    total = {name: sum(each.bits for each in items) for name, items in members.items()}
    score = sum(total.values()) / len(total)
    campaign = Campaign(
        id="k1",
        kind=kind,
        tier=tier,
        accounts=tuple(members),
        exchanges=9,
        first=0,
        last=1,
        score_bits=score,
        evidence=(),
        without={},
        q_value=0.001,
    )
    findings = tuple(
        AccountFinding(account=name, tier=tier, campaign="k1", score_bits=total[name], evidence=items, without={})
        for name, items in members.items()
    )
    numbers: dict[str, Any] = {"rows": 90, "accounts": 99, "first": 0, "last": 1, "engine": "duckdb", "seed": 0}
    return Hunted(rule=RULE_ID, campaigns=(campaign,), findings=findings, **numbers)


def document(found: Hunted) -> HuntDocument:
    made = report.to_document(found)
    assert isinstance(made, HuntDocument)
    return made


def crew(n: int, tier: Tier = Tier.REVIEW, **bits: float) -> HuntDocument:
    given = bits or {"payment": 15.0, "failover": 14.0, "template": 8.0, "network": -1.0}
    return document(hunted({f"a{i}": evidence(**given) for i in range(n)}, tier))


def claimed(accounts: Iterable[str], nature: Any, told: str = "so it is", **more: Any) -> Claim:
    return Claim(accounts=tuple(accounts), nature=nature, told=told, **more)


def hear(doc: HuntDocument, claim: Claim) -> Heard:
    return appeal.hear(doc, claim, RULE, RULE_ID)


def found(doc: HuntDocument) -> Any:
    """Everything that the hunt found: all but appeals and what became of findings."""
    plain = {"status": "stands"}
    return structs.replace(
        doc,
        appeals=(),
        campaigns=tuple(structs.replace(each, **plain) for each in doc.campaigns),
        accounts=tuple(structs.replace(each, **plain) for each in doc.accounts),
    )


def test_a_card_explains_payment_and_the_tier_is_made_anew() -> None:
    heard = hear(crew(8), claimed(["a3"], "card"))
    (entry,) = heard.appeals
    assert (entry.before_bits, entry.after_bits, entry.before_tier, entry.after_tier) == (
        36.0,
        21.0,
        "review",
        "verify",
    )
    assert entry.explains == (K.PAYMENT,) and entry.decision == "open" and entry.status == "stands"
    assert [each.status for each in heard.document.accounts] == ["stands"] * 8
    assert heard.after.campaigns["k1"].bits == pytest.approx(36.0 - 15 / 8)
    assert heard.after.accounts["a4"] == heard.before.accounts["a4"]


def test_only_a_decision_changes_what_became_of_a_finding() -> None:
    doc = crew(8)
    for decision in ("open", "pending-evidence", "upheld"):
        heard = hear(doc, claimed(["a3"], "card", **(DECIDED | {"decision": decision})))
        assert {each.status for each in heard.document.accounts} == {"stands"} and heard.notes
    heard = hear(doc, claimed(["a3"], "card", **DECIDED))
    assert {each.account: each.status for each in heard.document.accounts}["a3"] == "lowered"
    assert found(heard.document) == found(doc)


def test_review_needs_a_kind_that_shows_accounts_working_as_one() -> None:
    doc = crew(8, payment=20.0, prefix=16.0, template=16.0, content=10.0)
    (entry,) = hear(doc, claimed(["a0"], "licence")).appeals
    assert entry.after_bits == 36.0 and entry.after_tier == "watch"


def test_one_owner_counts_once_and_a_campaign_with_too_few_others_leaves_review() -> None:
    doc = crew(8, payment=15.0, failover=14.0, content=30.0, template=1.0, contradiction=1.0)
    names = [f"a{i}" for i in range(5)]
    heard = hear(doc, claimed(names, "organisation", named=tuple(names), **DECIDED))
    assert heard.before.campaigns["k1"].entities == 8 and heard.after.campaigns["k1"].entities == 4
    assert {each.after_tier for each in heard.appeals} == {"verify"}
    assert heard.after.accounts["a7"].tier == "verify"  # who claims nothing: by the campaign alone
    statuses = [each.status for each in heard.document.accounts]
    assert statuses == ["lowered"] * 8 and heard.document.campaigns[0].status == "lowered"


def test_a_campaign_of_one_owner_falls_with_all_findings_in_it() -> None:
    names = [f"a{i}" for i in range(6)]
    heard = hear(crew(6), claimed(names, "organisation", named=tuple(names), **DECIDED))
    assert heard.document.campaigns[0].status == "fallen"
    assert {each.status for each in heard.document.accounts} == {"fallen"}
    assert {(each.after_tier, each.status) for each in heard.appeals} == {("none", "fallen")}


def test_nobody_is_made_somebodys_by_another() -> None:
    heard = hear(crew(8), claimed(["a0", "a1"], "organisation", named=("a0", "a1", "a2"), **DECIDED))
    assert {each.explains for each in heard.appeals} == {()}
    assert heard.after == heard.before and "a2 did not claim" in heard.notes[0]
    assert {each.status for each in heard.document.accounts} == {"stands"}


def test_a_licence_is_for_whom_it_names() -> None:
    heard = hear(crew(8), claimed(["a0", "a1"], "licence", named=("a0",)))
    assert [each.after_bits for each in heard.appeals] == [28.0, 36.0]
    assert [bool(each.explains) for each in heard.appeals] == [True, False] and "not for a1" in heard.notes[0]


def test_what_speaks_against_a_finding_stays() -> None:
    (entry,) = hear(crew(8), claimed(["a0"], "network")).appeals
    assert entry.after_bits == entry.before_bits == 36.0


def test_claims_add_up_and_a_later_word_takes_the_place_of_an_earlier_one() -> None:
    card = claimed(["a0"], "card", **DECIDED)
    first = hear(crew(8), card).document
    second = hear(first, claimed(["a0"], "licence", **DECIDED))
    assert [(each.before_bits, each.after_bits) for each in second.appeals] == [(21.0, 13.0)]
    assert second.appeals[0].after_tier == "none"  # failover is left, and no account is named on one kind alone
    back = hear(second.document, replace(card, decision="upheld", note="forged"))
    assert [each.decision for each in back.document.appeals] == ["overturned", "overturned", "upheld"]
    assert rescoring.rescore(back.document, RULE, appeal.granted(back.document.appeals)).accounts["a0"].bits == 28.0


def test_a_shared_key_is_scored_by_its_own_numbers() -> None:
    one = {"a0": evidence(prefix=9.0, network=8.0, headers=8.0, timing=4.0)}
    doc = document(hunted(one, Tier.REVIEW, CampaignKind.SHARED_KEY))
    (entry,) = hear(doc, claimed(["a0"], "network", **DECIDED)).appeals
    assert (entry.after_bits, entry.after_tier) == (17.0, "verify")
    (entry,) = hear(doc, claimed(["a0"], "organisation", named=("a0",), **DECIDED)).appeals
    assert (entry.after_bits, entry.after_tier, entry.status) == (0.0, "none", "fallen")


def test_what_cannot_be_heard_is_refused() -> None:
    with pytest.raises(UsageError, match="no finding on b7, so"):
        hear(crew(8), claimed(["b7"], "card"))
    with pytest.raises(UsageError, match="hear the appeal with the release"):
        appeal.hear(crew(8), claimed(["a0"], "card"), RULE, RuleId("2030-01-01", "ab" * 32))


def test_accounts_without_a_finding_are_told_and_named_as_fellows() -> None:
    heard = hear(crew(8), claimed(["a0", "b7"], "organisation", named=("a0", "b7"), **DECIDED))
    assert [each.account for each in heard.appeals] == ["a0"] and heard.appeals[0].fellows == ("b7",)
    assert any("no finding on b7" in note for note in heard.notes)


CARD_FACT = "is paid for by card pay_1, as did 7 other accounts of the group and nobody else in the log"
BY_CARD = {"payment": 15.0, "headers": 9.0, "prefix": 12.0, "network": 5.0}
BY_PROGRAM = {"headers": 10.0, "prefix": 12.0, "template": 8.0, "lifecycle": 5.0, "network": 5.0}
QUIET = (BY_CARD, BY_PROGRAM)
"""What accounts without a concerted kind of their own may show."""


def carried(bits: dict[str, float], tier: Tier = Tier.REVIEW) -> HuntDocument:
    """Six accounts that work as one, and two that a card or a program carries."""
    works = evidence(payment=15.0, failover=14.0, prefix=12.0)
    quiet = tuple(replace(one, example=CARD_FACT) if one.kind is K.PAYMENT else one for one in evidence(**bits))
    return document(hunted({f"w{i}": works for i in range(6)} | {"q0": quiet, "q1": quiet}, tier))


@pytest.mark.parametrize("tier", [Tier.VERIFY, Tier.REVIEW])
@pytest.mark.parametrize("bits", QUIET)
def test_a_claim_that_explains_nothing_changes_nothing_for_whom_a_card_or_program_carries(
    bits: dict[str, float], tier: Tier
) -> None:
    doc = carried(bits, tier)
    stranger = claimed(["q0"], "card", values=("pay_2",), **DECIDED) if "payment" in bits else None
    for claim in filter(None, (claimed(["q0", "w0"], "other", **DECIDED), stranger)):
        heard = hear(doc, claim)
        assert heard.after == heard.before
        assert {each.tier for each in heard.after.accounts.values()} == {tier.value}
        assert {each.status for each in heard.document.accounts} == {"stands"}


@pytest.mark.parametrize("tier", [Tier.VERIFY, Tier.REVIEW])
@pytest.mark.parametrize("bits", QUIET)
def test_whom_a_card_or_program_carries_stays_carried_when_something_else_is_explained(
    bits: dict[str, float], tier: Tier
) -> None:
    for nature in ("network", "licence"):  # of the program, a licence leaves the system part
        (entry,) = hear(carried(bits, tier), claimed(["q0"], nature)).appeals
        lost = sum(amount for kind, amount in bits.items() if K(kind) in EXPLAINS[nature])
        assert (entry.before_bits - entry.after_bits, entry.after_tier) == (lost, tier.value)


@pytest.mark.parametrize("tier", [Tier.VERIFY, Tier.REVIEW])
def test_a_card_that_carried_an_account_takes_it_out_once_it_is_explained(tier: Tier) -> None:
    heard = hear(carried(BY_CARD, tier), claimed(["q0"], "card", values=("pay_1",), **DECIDED))
    assert heard.after.accounts["q0"].tier == "watch" and heard.after.accounts["q1"].tier == tier.value
    assert {each.status for each in heard.document.accounts if each.account == "q0"} == {"lowered"}


def test_where_a_card_may_have_carried_no_program_takes_its_place() -> None:
    (entry,) = hear(carried(BY_PROGRAM | {"payment": 15.0}), claimed(["q0"], "card", values=("pay_1",))).appeals
    assert (entry.after_bits, entry.after_tier) == (40.0, "watch")


def test_a_program_falls_with_all_of_its_prompts() -> None:
    bits = {"payment": 8.0, "headers": 10.0, "template": 14.0, "lifecycle": 6.0, "network": 8.0}
    (entry,) = hear(carried(bits), claimed(["q0"], "licence")).appeals
    assert (entry.before_tier, entry.after_bits, entry.after_tier) == ("review", 32.0, "watch")


def test_one_owners_program_carries_none_of_his_accounts() -> None:
    heard = hear(carried(BY_PROGRAM), claimed(["q0", "q1"], "organisation", named=("q0", "q1"), **DECIDED))
    assert {heard.after.accounts[name].tier for name in ("q0", "q1")} == {"none"}


def test_concerted_kinds_that_are_explained_are_not_replaced_by_a_card() -> None:
    (entry,) = hear(crew(8, payment=20.0, timing=10.0, prefix=12.0, headers=9.0), claimed(["a0"], "network")).appeals
    assert (entry.after_bits, entry.after_tier) == (41.0, "watch")


PROGRAM_KINDS = (K.PAYMENT, K.HEADERS, K.PREFIX, K.TEMPLATE, K.LIFECYCLE, K.NETWORK)


def harnessed() -> HuntDocument:
    """Twenty unmanned accounts of one program, judged by the hunt's own code: all but three hold one card."""
    names = [f"a{at:02}" for at in range(20)]
    held: list[Triple] = all_hold(names, ("headers", "h"), ("prefix", "p"), ("template", "t"))
    held += all_hold(names[:17], ("payment", "card"))
    held += [(name, "network", f"n{at % 6}") for at, name in enumerate(names)]
    made = tables(held, profiles=accounts(names, header_tuples=1, hours=np.full(24, 12)))
    bits = np.array([[10.6 if at < 17 else 0.0, 10.0, 11.0, 11.0, 5.0, 5.0] for at in range(20)])
    told = tuple(tuple("fact" if bit > 0 else "" for bit in row) for row in bits.tolist())
    size = len(PROGRAM_KINDS)
    weighed = Weighed(PROGRAM_KINDS, bits, np.full(size, 0.001), ("example",) * size, told)
    judged = judge(made, cluster(made, names), weighed, 0.0, RULE)
    assert judged is not None
    campaigns, findings = numbered([judged])
    return document(replace(hunted({"a00": evidence(payment=1.0)}, Tier.WATCH), campaigns=campaigns, findings=findings))


@pytest.mark.parametrize("nature", ["other", "network", "licence"])
def test_what_a_hunt_carried_by_card_and_program_is_carried_in_its_document(nature: Any) -> None:
    doc = harnessed()
    names = doc.campaigns[0].accounts
    assert len(names) == 20 and {each.tier for each in doc.accounts} == {Tier.REVIEW}
    heard = hear(doc, claimed(names, nature, **DECIDED))
    assert {(each.before_tier, each.after_tier) for each in heard.appeals} == {("review", "review")}


def test_a_card_explained_leaves_those_whom_the_program_carried() -> None:
    doc = harnessed()
    heard = hear(doc, claimed(doc.campaigns[0].accounts[:5], "card", **DECIDED))
    assert {each.after_tier for each in heard.appeals} == {"watch"}
    assert {heard.after.accounts[f"a{at}"].tier for at in range(17, 20)} == {"review"}


KINDS = tuple(EvidenceKind)
NAMES = tuple(f"a{i}" for i in range(9))
BITS = st.integers(-3, 20).map(float)
MEMBER = st.dictionaries(st.sampled_from([kind.value for kind in KINDS]), BITS, min_size=1)
SOME = st.lists(st.sampled_from(NAMES), min_size=1, max_size=9, unique=True).map(tuple)


@st.composite
def documents(draw: st.DrawFn) -> HuntDocument:
    """One campaign of nine; evidence and tiers in no order."""
    members = {name: evidence(**draw(MEMBER)) for name in NAMES}
    made = hunted(members, Tier.REVIEW, draw(st.sampled_from(list(CampaignKind))))
    tiers = draw(st.lists(st.sampled_from(list(Tier)), min_size=9, max_size=9))
    pairs = zip(made.findings, tiers, strict=True)
    return document(replace(made, findings=tuple(replace(each, tier=tier) for each, tier in pairs)))


@st.composite
def claims(draw: st.DrawFn) -> Claim:
    decision = draw(st.sampled_from(["open", "upheld", "overturned", "pending-evidence"]))
    nature = draw(st.sampled_from(list(EXPLAINS)))
    named = draw(SOME) if nature in ("organisation", "licence") else ()
    told = draw(st.sampled_from(["one", "two"]))
    return claimed(draw(SOME), nature, told, named=named, **(DECIDED | {"decision": decision}))


@settings(max_examples=60, deadline=None)
@given(documents(), st.lists(claims(), min_size=1, max_size=4))
def test_no_claim_raises_anything_and_what_was_found_stays(doc: HuntDocument, heard_in_turn: list[Claim]) -> None:
    now = doc
    for claim in heard_in_turn:
        heard = hear(now, claim)
        for name, before in heard.before.accounts.items():
            after = heard.after.accounts[name]
            assert after.bits <= before.bits + 1e-9 and after.rank <= before.rank
        for name, before in heard.before.campaigns.items():
            after = heard.after.campaigns[name]
            assert after.bits <= before.bits + 1e-9 and after.rank <= before.rank and after.entities <= before.entities
        assert heard.document.appeals[: len(now.appeals)] == now.appeals
        assert FORM.decode(report.render(heard.document, "json").encode()) == heard.document
        now = heard.document
    assert found(now) == found(doc)


@settings(max_examples=40, deadline=None)
@given(documents(), claims(), SOME)
def test_words_alone_change_nothing_whatever_was_granted(doc: HuntDocument, earlier: Claim, who: tuple[str]) -> None:
    heard = hear(hear(doc, earlier).document, claimed(who, "other", "other words", **DECIDED))
    assert heard.after == heard.before


@settings(max_examples=40, deadline=None)
@given(documents(), claims(), claims())
def test_the_same_claim_twice_changes_nothing(doc: HuntDocument, earlier: Claim, claim: Claim) -> None:
    once = hear(hear(doc, earlier).document, claim).document
    assert hear(once, claim).document == once


@settings(max_examples=40, deadline=None)
@given(documents(), claims())
def test_a_status_says_what_the_appeal_says(doc: HuntDocument, claim: Claim) -> None:
    heard = hear(doc, claim)
    statuses = {each.account: each.status for each in heard.document.accounts}
    assert all(statuses[each.account] == each.status for each in heard.appeals)
    if claim.decision != "overturned":
        assert set(statuses.values()) == {"stands"}


def test_a_claim_of_10_000_accounts_is_heard_in_seconds() -> None:
    doc = crew(10_000)
    names = doc.campaigns[0].accounts
    heard = hear(doc, claimed(names, "organisation", named=names, **DECIDED))
    assert len(heard.appeals) == 10_000 and heard.document.campaigns[0].status == "fallen"
