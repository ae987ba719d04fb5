"""The hunt document: there and back, at the size of the reported case, and every way a file can fail to be one."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.report.hunt import sample
from wiretell.errors import FormatError, InternalError, UsageError
from wiretell.model.hunt import (
    AccountFinding,
    Alternative,
    Campaign,
    CampaignKind,
    Evidence,
    EvidenceKind,
    Hunted,
    NotExamined,
    RuleId,
    Tier,
)
from wiretell.report import decode_any, encode, to_document
from wiretell.report.hunt import convert, reading, wording

KINDS = st.sampled_from(EvidenceKind)
BITS = st.floats(-40, 80)
TIMES = st.integers(0, 4_102_444_800_000_000)
TEXTS = st.text(max_size=20)
NAMES = st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=8), min_size=1, max_size=5, unique=True)
EVIDENCE = st.lists(
    st.builds(Evidence, KINDS, BITS, st.integers(0, 99), TEXTS, st.floats(0, 1)), max_size=4, unique_by=lambda e: e.kind
).map(tuple)
DAYS = st.none() | st.integers(0, 40_000).map(lambda day: (day + 1) * sample.DAY_US - 1)


@st.composite
def hunts(draw: st.DrawFn) -> Hunted:
    """Any hunt, its numbers as a document keeps them."""
    ids = [f"k{n}" for n in range(1, draw(st.integers(0, 3)) + 1)]
    campaigns = tuple(
        Campaign(
            id=name,
            kind=draw(st.sampled_from(CampaignKind)),
            tier=draw(st.sampled_from(Tier)),
            accounts=tuple(draw(NAMES)),
            exchanges=draw(st.integers(0, 10**9)),
            first=draw(TIMES),
            last=draw(TIMES),
            score_bits=draw(BITS),
            evidence=draw(EVIDENCE),
            without=draw(st.dictionaries(KINDS, BITS)),
            alternatives=(Alternative("office", draw(st.none() | st.booleans()), draw(TEXTS)),),
            q_value=draw(st.none() | st.floats(0, 2)),
            earliest=draw(DAYS),
            earliest_share=draw(st.none() | st.floats(0, 1)),
        )
        for name in ids
    )
    findings = tuple(
        AccountFinding(
            account=f"{draw(TEXTS)}{n}",
            tier=draw(st.sampled_from(Tier)),
            campaign=name,
            score_bits=draw(BITS),
            evidence=draw(EVIDENCE),
            without=draw(st.dictionaries(KINDS, BITS)),
            also=tuple(ids[:1]),
        )
        for n, name in enumerate(ids)
    )
    return Hunted(
        rows=draw(st.integers(0, 10**12)),
        accounts=draw(st.integers(0, 10**9)),
        first=draw(st.none() | TIMES),
        last=draw(st.none() | TIMES),
        engine=draw(st.sampled_from(["duckdb", "spark"])),
        seed=draw(st.integers(0, 2**63 - 1)),
        rule=RuleId("2026-11-21", "ab" * 32),
        campaigns=campaigns,
        findings=findings,
        not_examined=(NotExamined(draw(TEXTS), draw(TEXTS), tuple(draw(st.lists(KINDS, max_size=2)))),),
        notes=tuple(draw(st.lists(TEXTS, max_size=2))),
        populations=draw(st.dictionaries(TEXTS, st.integers(0, 10**9), max_size=3)),
    )


@settings(deadline=None, max_examples=60)
@given(hunts())
def test_a_hunt_goes_into_its_document_and_back(hunt: Hunted) -> None:
    document = to_document(hunt)
    back = convert.hunted(document)
    assert to_document(back) == document == decode_any(encode(document))
    assert [c.id for c in back.campaigns] == [c.id for c in hunt.campaigns]
    for ours, theirs in zip(back.campaigns, hunt.campaigns, strict=True):
        assert (ours.first, ours.last, ours.earliest, ours.tier) == (
            theirs.first,
            theirs.last,
            theirs.earliest,
            theirs.tier,
        )
        assert abs(ours.score_bits - theirs.score_bits) < 1e-6


def test_the_sample_comes_back_whole() -> None:
    for hunt in (sample.found(), sample.quiet(), sample.empty()):
        back = convert.hunted(to_document(hunt))
        assert (back.pictures, back.notes, back.not_examined) == (hunt.pictures, hunt.notes, hunt.not_examined)
        assert [f.account for f in back.findings] == [f.account for f in hunt.findings]


def test_reasons_are_the_facts_that_speak_for_it_and_their_chance() -> None:
    account = next(a for a in to_document(sample.found()).accounts if a.account == "key:77aa0123")
    assert account.reasons == (
        "Up to 38 unrelated conversations in one hour, under 21 different instructions "
        "(by chance: 1 in 5,400 unrelated accounts).",
        "14 networks in one hour (by chance: 1 in 700 unrelated accounts).",
        "Busy at all 24 hours alike (by chance: 1 in 9 unrelated accounts).",
    )
    harvested = to_document(sample.found()).accounts[0]
    assert harvested.reasons[1] == (
        "The account used card pay_81f0, as did 11 other accounts of the group "
        "(by chance: 1 in 4,200 unrelated accounts)."
    )
    assert len(harvested.reasons) == 5 < len(harvested.evidence), "what speaks against it is no reason"


def test_what_no_document_can_hold_is_our_own_fault_and_strange_names_are_not() -> None:
    hunt = sample.found()
    with pytest.raises(InternalError):
        to_document(replace(hunt, campaigns=(replace(hunt.campaigns[0], score_bits=math.nan),), findings=()))
    with pytest.raises(InternalError):
        to_document(replace(hunt, rows=-1))
    document = to_document(replace(hunt, notes=("a lone \ud800 surrogate",)))
    assert document.notes == ("a lone \\ud800 surrogate",)


@pytest.mark.parametrize("clock", [-(2**63), 2**63 - 1])
def test_a_clock_beyond_the_calendar_is_told_and_not_fatal(clock: int) -> None:
    document = to_document(replace(sample.quiet(), first=clock))
    assert document.first in ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z")
    assert decode_any(encode(document)) == document


@pytest.mark.parametrize("accounts", [2_500, pytest.param(25_000, marks=pytest.mark.long)])
def test_the_reported_case_takes_seconds(accounts: int) -> None:
    """25,000 accounts with their reasons: made, written, read, turned back."""
    hunt = sample.found(accounts)
    began = time.process_time()
    document = to_document(hunt)
    data = encode(document)
    assert reading.decode(data, "hunt.json") == document
    convert.hunted(document)
    assert time.process_time() - began < 1 + accounts / 2_500
    assert len(document.accounts) == accounts + 7 and len(data) < 3_200 * accounts


def test_a_file_that_is_no_hunt_document_is_refused_in_one_sentence(tmp_path: Path) -> None:
    whole = encode(to_document(sample.found()))
    bad = {
        "empty": (b"  \n", "is empty"),
        "cut": (whole[: len(whole) // 2], "is cut off"),
        "other": (b'{"schema": "wiretell/audit/1"}', "is of the form 'wiretell/audit/1'"),
        "later": (whole.replace(b"wiretell/hunt/1", b"wiretell/hunt/2"), "'wiretell/hunt/1'"),
        "list": (b"[]", "no document of wiretell"),
        "binary": (b"PAR1\x00\xff", "no document of wiretell"),
        "text": (whole.replace(b'"exchanges": 5310', b'"exchanges": "5310"'), "not a hunt document"),
        "stranger": (whole.replace(b'"campaign": "k2"', b'"campaign": "k9"'), "'k9' that it does not have"),
        "twice": (whole.replace(b'"id": "k2"', b'"id": "k1"'), "two campaigns of one id"),
        "time": (whole.replace(b'"first": "2026-05-01T00:00:00Z"', b'"first": "May"'), "cannot be read"),
        "zone": (whole.replace(b"2026-05-01T00:00:00Z", b"2026-05-01T00:00:00"), "does not say its zone"),
    }
    for name, (data, told) in bad.items():
        path = tmp_path / f"{name}.json"
        path.write_bytes(data)
        with pytest.raises(FormatError, match=told) as error:
            reading.load(path)
        assert str(error.value).startswith(str(path)) and "\n" not in str(error.value), name
    with pytest.raises(UsageError, match="cannot be read"):
        reading.load(tmp_path / "missing.json")
    with pytest.raises(UsageError, match="cannot be read"):
        reading.load(tmp_path)
    (tmp_path / "good.json").write_bytes(whole)
    assert reading.load(tmp_path / "good.json") == to_document(sample.found())


def test_a_picture_of_what_is_not_there_is_refused() -> None:
    document = to_document(sample.found())
    picture = msgspec.structs.replace(document.pictures["k2"], links=((6, 0),))
    with pytest.raises(FormatError, match="draws an account"):
        decode_any(encode(msgspec.structs.replace(document, pictures={"k2": picture})))


@given(st.floats(0, 1), st.floats(0, 1))
def test_rarer_is_never_told_as_more_frequent(one: float, other: float) -> None:
    rare, frequent = sorted((one, other))
    assert _frequency(wording.by_chance(rare)) <= _frequency(wording.by_chance(frequent)) * 1.12


def _frequency(words: str) -> float:
    if words.startswith("every"):
        return 1
    if "%" in words:
        return float(words.split("%", maxsplit=1)[0]) / 100
    return 1 / int(words.removeprefix("fewer than ").split()[2].replace(",", ""))


def test_chances_read_as_people_say_them() -> None:
    told = {0: "fewer than 1 in 1,000,000,000", 1 / 4_233: "1 in 4,200", 1 / 68: "1 in 68", 0.33: "33 %", 1: "every"}
    assert {chance: wording.short_chance(chance) for chance in told} == told
    assert wording.by_chance(1 / 4_233) == "1 in 4,200 unrelated accounts"


def test_every_kind_has_a_title_and_what_would_clear_it() -> None:
    for kind in EvidenceKind:
        assert wording.TITLES[kind] and wording.clears(kind) and wording.clears(kind, CampaignKind.SHARED_KEY)
