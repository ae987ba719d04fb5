"""The statement of reasons: complete, plain, and silent about everybody else."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.report.hunt import sample
from wiretell.errors import FormatError
from wiretell.model.hunt import EvidenceKind
from wiretell.report import decode_any, encode
from wiretell.report.hunt.explain import LETTER_WIDTH, explain_document, explain_text
from wiretell.report.hunt_explain.convert import OTHER

DOCUMENT = sample.document()
EVERYBODY = {name for campaign in DOCUMENT.campaigns for name in campaign.accounts} | {"acct-z9"}


@pytest.mark.parametrize("account", ["acct-w2", "acct-q1", "key:77aa0123", DOCUMENT.accounts[3].account])
def test_nobody_else_is_named_unless_it_is_internal(account: str) -> None:
    sent = explain_text(DOCUMENT, account) + encode(explain_document(DOCUMENT, account)).decode()
    assert account in sent
    assert not [name for name in EVERYBODY - {account} if name in sent]
    assert "R. Veer" not in sent
    internal = encode(explain_document(DOCUMENT, account, internal=True)).decode()
    campaign = next(c for c in DOCUMENT.campaigns if account in c.accounts)
    assert all(f'"{name}"' in internal for name in campaign.accounts)
    assert "Do not send it" in explain_text(DOCUMENT, account, internal=True)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.text(min_size=1, max_size=6), min_size=2, max_size=6, unique=True))
def test_names_of_any_form_are_taken_out_where_they_stand_alone(names: list[str]) -> None:
    own, *others = [f"key:{name}!" for name in names]
    campaign = replace(DOCUMENT.campaigns[1], accounts=(own, *others))
    evidence = tuple(
        replace(item, example=f"it went on under {', '.join(others)} within 40 s")
        for item in DOCUMENT.accounts[-2].evidence
    )
    account = replace(DOCUMENT.accounts[-2], account=own, evidence=evidence, also=())
    document = replace(DOCUMENT, campaigns=(campaign,), accounts=(account,), pictures={}, appeals=())
    facts = explain_document(document, own).finding.facts  # type: ignore[union-attr]
    for fact in facts:
        assert fact.fact.count(OTHER) == len(others)


def test_a_name_inside_a_longer_one_is_left_alone() -> None:
    account = DOCUMENT.accounts[-2]
    assert account.account == "acct-y6"
    evidence = (replace(account.evidence[0], example="used acct-q1 and acct-q17, card acct-q1x, acct-y6 itself"),)
    document = replace(
        DOCUMENT, accounts=tuple(replace(a, evidence=evidence) if a is account else a for a in DOCUMENT.accounts)
    )
    (fact,) = explain_document(document, "acct-y6").finding.facts  # type: ignore[union-attr]
    assert fact.fact == f"The account used {OTHER} and acct-q17, card acct-q1x, acct-y6 itself"


def test_it_tells_every_fact_its_chance_the_score_without_and_what_clears_it() -> None:
    text = " ".join(explain_text(DOCUMENT, "acct-w2").split())
    found = explain_document(DOCUMENT, "acct-w2").finding
    assert found is not None and [fact.kind for fact in found.facts] == [
        EvidenceKind.FAILOVER,
        EvidenceKind.HEADERS,
        EvidenceKind.NETWORK,
    ]
    for fact in found.facts:
        assert fact.chance in text and fact.would_clear in text
        assert f"Without it the score is {fact.score_without:.1f} bits" in text
        assert abs(found.score_bits - fact.bits - fact.score_without) < 1e-5
    assert found.others == 5 and "one of 6 accounts" in text
    for told in (
        "Nothing was banned",
        "a person decides",
        "office, holds",
        DOCUMENT.rule.version,
        DOCUMENT.rule.sha256,
        "wiretell hunt appeal",
        "column account_created",
        "By appeal, this finding is now lowered",
        "network: overturned on 2026-06-20",
    ):
        assert told.lower() in text.lower(), told


def test_a_cleared_account_is_told_what_was_looked_at() -> None:
    document = explain_document(DOCUMENT, "key:nobody")
    text = " ".join(explain_text(DOCUMENT, "key:nobody").split())
    assert document.finding is None and document.appeal == ()
    assert "is in none of the campaigns" in text and "435,712 exchanges of 8,031 accounts" in text
    assert "not examined" in text.lower() and "clean" not in text
    assert EvidenceKind.LIFECYCLE not in document.examined and len(document.examined) == len(EvidenceKind) - 1
    assert not [name for name in EVERYBODY if name in text]


def test_a_letter_is_80_columns_wide_and_a_document_reads_back() -> None:
    for account in ("acct-w2", "nobody"):
        assert max(map(len, explain_text(DOCUMENT, account).splitlines())) <= LETTER_WIDTH
        document = explain_document(DOCUMENT, account)
        assert decode_any(encode(document)) == document


def test_a_document_that_names_others_and_does_not_say_so_is_refused() -> None:
    internal = explain_document(DOCUMENT, "acct-w2", internal=True)
    with pytest.raises(FormatError, match="does not say that it is internal"):
        decode_any(encode(replace(internal, internal=False)))
