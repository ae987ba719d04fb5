"""What a claim names is compared with the evidence: a stranger's card or a made-up office explains nothing."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tests.hunt.test_appeal import DECIDED, claimed, document, hear, hunted
from wiretell.hunt import claim as claims
from wiretell.hunt.claim import Claim
from wiretell.hunt.evidence import shared
from wiretell.model.hunt import SHARED_KINDS, Evidence, EvidenceKind, Picture, Tier
from wiretell.report.hunt.document_v1 import HuntDocument

K = EvidenceKind
HASH = "0123456789abcdef" * 2


def fact(kind: EvidenceKind, token: str, of_campaign: bool = False) -> str:
    """The sentence that a hunt writes, by its own code."""
    code = SHARED_KINDS.index(kind)
    tables: Any = SimpleNamespace(tokens=SimpleNamespace(names=np.array([token], dtype=np.object_)))
    cluster: Any = SimpleNamespace(tokens=np.array([0]), accounts=np.arange(8))
    has: Any = SimpleNamespace(kind=np.array([code]), token=np.zeros(8, dtype=int), outside=np.array([2]))
    if of_campaign:
        return shared.example(tables, cluster, has, code, 0)
    return shared._fact(tables, cluster, has, 0, 7)


def crew(kind: EvidenceKind, own: str, common: str = "", shown: tuple[str, ...] = ()) -> HuntDocument:
    """Eight accounts; a0's own fact names one token, the campaign's another, the picture links more to a0."""
    plain = (Evidence(K.FAILOVER, 14.0, 1, "f", 0.01), Evidence(K.TIMING, 3.0, 1, "t", 0.1))
    mine = Evidence(kind, 12.0, 1, fact(kind, own) if own else "", 0.01)
    made = hunted({f"a{i}": (mine, *plain) for i in range(8)}, Tier.REVIEW)
    evidence = (Evidence(kind, 12.0, 8, fact(kind, common, True), 0.01),) if common else ()
    picture = Picture(tuple((kind, token, 2) for token in shown), tuple((0, at) for at in range(len(shown))), ())
    (campaign,) = made.campaigns
    return document(
        replace(made, campaigns=(replace(campaign, evidence=evidence),), pictures={"k1": picture} if shown else {})
    )


def card(*values: str, **more: Any) -> Claim:
    return claimed(["a0"], "card", values=values, **more)


def network(*values: str, **more: Any) -> Claim:
    return claimed(["a0"], "network", values=values, **more)


def kinds(doc: HuntDocument, claim: Claim) -> tuple[tuple[EvidenceKind, ...], str]:
    (entry,) = hear(doc, claim).appeals
    return entry.explains, entry.told.removeprefix("so it is")


OUTSIDE = ((), " (none of the evidence lies in what is claimed)")
NOT_COMPARED = " (could not be compared with the evidence)"
BOTH = (K.NETWORK, K.TIMING)


@pytest.mark.parametrize("name", ["pay_81f0", "", "odd, as did 3 other accounts of the group", "two\nlines", HASH])
def test_a_card_explains_payment_where_it_is_the_card_of_the_evidence(name: str) -> None:
    doc = crew(K.PAYMENT, name or "x")
    assert kinds(doc, card(name or "x")) == ((K.PAYMENT,), "")
    assert kinds(doc, card("another", f"{name}x1")) == OUTSIDE


def test_a_stranger_s_card_changes_no_score_even_where_it_was_granted() -> None:
    heard = hear(crew(K.PAYMENT, "pay_1"), card("pay_2", **DECIDED))
    assert heard.after == heard.before and {each.status for each in heard.document.accounts} == {"stands"}
    assert "None of the evidence against a0 lies in what is claimed" in heard.notes[0]


@pytest.mark.parametrize(
    ("token", "claim", "place"),
    [
        ("192.0.2.0/24", "192.0.2.0/24", "in"),
        ("192.0.2.7", "192.0.0.0/16", "in"),
        ("192.0.2.7", "192.0.2.7/32", "in"),
        ("::ffff:192.0.2.7", "192.0.2.0/24", "in"),
        ("2001:db8::/64", "2001:db8::/48", "in"),
        (HASH, HASH, "in"),
        ("192.0.2.0/24", "198.51.100.0/24", "out"),
        ("192.0.2.7", "2001:db8::/32", "out"),
        (HASH, HASH[::-1], "out"),
        ("fd12:3456::/64", "fd99::/64", "out"),
        ("192.0.2.0/24", "192.0.2.7/32", "unknown"),
        (HASH, "192.0.2.0/24", "unknown"),
        ("192.0.2.0/24", HASH, "unknown"),
        ("fd12:3456::/64", "192.0.2.0/24", "unknown"),
    ],
)
def test_a_network_explains_where_the_evidence_lies_in_it(token: str, claim: str, place: str) -> None:
    expected = {"in": (BOTH, ""), "out": OUTSIDE, "unknown": (BOTH, NOT_COMPARED)}
    assert kinds(crew(K.NETWORK, token), network(claim)) == expected[place]


def test_tokens_of_the_picture_count_and_the_campaign_s_where_an_account_has_none() -> None:
    assert kinds(crew(K.PAYMENT, "p1", "p2", ("p3", "p4")), card("p4")) == ((K.PAYMENT,), "")
    assert kinds(crew(K.PAYMENT, "p1", "p2"), card("p2")) == OUTSIDE
    assert kinds(crew(K.PAYMENT, "", "p2"), card("p2")) == ((K.PAYMENT,), "")
    assert kinds(crew(K.PAYMENT, "", "p2"), card("p1")) == OUTSIDE


def test_what_cannot_be_compared_is_left_to_the_reviewer_and_recorded() -> None:
    heard = hear(crew(K.PAYMENT, ""), card("p1", **DECIDED))
    assert heard.appeals[0].told.endswith(NOT_COMPARED) and heard.appeals[0].explains == (K.PAYMENT,)
    assert "could not be compared" in heard.notes[0]


def test_the_last_word_counts_however_it_compared() -> None:
    for doc in (crew(K.PAYMENT, "p1"), crew(K.PAYMENT, ""), crew(K.PAYMENT, "p2")):
        granted = hear(doc, card("p1", **DECIDED)).document
        assert hear(granted, card("p1", **DECIDED)).document == granted
        back = hear(granted, card("p1", **(DECIDED | {"decision": "upheld"})))
        assert len(back.document.appeals) == 2
        assert {each.status for each in back.document.accounts} == {"stands"}


def test_a_claim_file_names_cards_networks_and_hashes() -> None:
    head = 'schema = 1\naccount = "a"\n'
    assert claims.parse(f'{head}[card]\npayment = ["p", "q"]', "c").values == ("p", "q")
    found = claims.parse(f'{head}[network]\naddresses = ["192.0.2.7", "{HASH}"]', "c")
    assert found.values == ("192.0.2.7/32", HASH) and found.told == f"a shared network: 192.0.2.7/32, {HASH}"
