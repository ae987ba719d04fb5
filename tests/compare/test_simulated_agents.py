"""The whole of comparing and checking, driven against pretended agents with an oracle."""

from __future__ import annotations

import functools
import time

import pytest

from tests.compare.plants import ALWAYS, COVERT, OPEN, TRIGGERS, cedar, custom, planted, zone
from tests.compare.simulated import Draft, Plant, audit, nothing
from wiretell.checks import Findings, judge
from wiretell.model.findings import Carrier, Channel, Class, Verdict
from wiretell.model.world import OFFICIAL


@functools.cache
def findings(plant: Plant, **options: int) -> Findings:
    return judge(audit(plant, **options).comparison.analysis)


def covert(found: Findings) -> list[Channel]:
    return [channel for channel in found.channels if channel.cls is Class.COVERT]


def claude_like(draft: Draft) -> None:
    """As 2.1.91: the host's class in the apostrophe, the zone in the date's separator, both at custom hosts only."""
    url = draft.world["base_url"]
    if url == OFFICIAL:
        return
    known, keyword = ".cn" in url, "deepsea" in url
    draft.apostrophe = {(0, 0): "'", (1, 0): "\u2019", (0, 1): "\u02bc", (1, 1): "\u02b9"}[known, keyword]
    if zone(draft.world):
        draft.separator = "/"


@pytest.mark.parametrize("seed", range(3))
def test_the_known_case_comes_out_as_two_channels(seed: int) -> None:
    found = findings(claude_like, seed=seed)
    apostrophe, separator = covert(found)
    assert (separator.carrier, separator.facts) == (Carrier.FORMAT, ("base_url", "timezone"))
    assert {symbol.value: symbol.codepoints for symbol in separator.symbols} == {"-": ("U+002D",), "/": ("U+002F",)}
    assert (apostrophe.carrier, apostrophe.facts) == (Carrier.HOMOGLYPH, ("base_url",))
    assert {symbol.value for symbol in apostrophe.symbols} == {"'", "\u2019", "\u02bc"}
    assert any("Today\u02bcs date is" in symbol.context for symbol in apostrophe.symbols)
    for channel in (separator, apostrophe):
        assert channel.where.request == "POST /v1/messages"
        assert channel.where.path == "/messages/0/content/0/text"
        assert channel.evidence.flips == "4/4"
        assert channel.evidence.p_value < 0.01
    slash = next(symbol for symbol in separator.symbols if symbol.value == "/")
    assert not any(OFFICIAL in product["base_url"] for product in slash.when)
    assert {zone for product in slash.when for zone in product["timezone"]} <= {"Asia/Shanghai", "Asia/Urumqi"}
    assert found.verdict is Verdict.COVERT


def test_the_day_stays_open_while_its_separator_is_covert() -> None:
    day = [c for c in findings(claude_like).channels if c.facts == ("clock", "timezone")]
    assert [(channel.cls, channel.carrier) for channel in day] == [(Class.UNDECLARED, Carrier.WORDING)]


@pytest.mark.parametrize("name", COVERT)
def test_every_carrier_is_found_and_named(name: str) -> None:
    write, carrier = COVERT[name]
    channels = covert(findings(planted(write, cedar)))
    assert [(channel.carrier, channel.facts) for channel in channels] == [(carrier, ("hostname",))]
    good, tried = (channels[0].evidence.flips or "0/0").split("/")
    assert good == tried
    assert int(good) >= 4


@pytest.mark.parametrize("name", ALWAYS)
def test_channels_that_always_write_are_found(name: str) -> None:
    plant, carrier = ALWAYS[name]
    assert [(c.carrier, c.facts) for c in covert(findings(plant))] == [(carrier, ("hostname",))]


@pytest.mark.parametrize("name", TRIGGERS)
@pytest.mark.parametrize("carrier", ["apostrophe", "order of tools"])
def test_every_trigger_is_attributed_with_its_gates(name: str, carrier: str) -> None:
    trigger, facts = TRIGGERS[name]
    channels = covert(findings(planted(COVERT[carrier][0], trigger)))
    assert [channel.facts for channel in channels] == [facts]


@pytest.mark.parametrize("name", OPEN)
def test_open_decoys_hold_nothing_covert(name: str) -> None:
    for seed in range(2):
        assert covert(findings(OPEN[name], seed=seed, agent_seed=seed)) == []


def test_the_clean_agent_has_only_open_channels() -> None:
    found = findings(nothing)
    assert found.verdict is Verdict.UNDECLARED
    assert {channel.facts for channel in found.channels} == {
        ("base_url",), ("clock", "timezone"), ("cwd",), ("git_remote",), ("git_user",),
    }  # fmt: skip


def test_several_channels_are_told_apart() -> None:
    def plant(draft: Draft) -> None:
        claude_like(draft)
        planted(COVERT["zero width"][0], cedar)(draft)
        planted(COVERT["order of keys"][0], lambda world: custom(world) and world["ci"] == "github")(draft)

    found = {(channel.carrier, channel.facts) for channel in covert(findings(plant))}
    assert found == {
        (Carrier.FORMAT, ("base_url", "timezone")),
        (Carrier.HOMOGLYPH, ("base_url",)),
        (Carrier.INVISIBLE, ("hostname",)),
        (Carrier.ORDER, ("base_url", "ci")),
    }


def test_a_mark_shown_half_of_the_time_has_a_rate() -> None:
    def plant(draft: Draft) -> None:
        if cedar(draft.world) and draft.rng.random() < 0.5:
            draft.apostrophe = "\u02bc"

    (channel,) = covert(findings(plant))
    assert channel.facts == ("hostname",)
    assert channel.evidence.rate is not None
    assert 0.2 < channel.evidence.rate < 0.9


def test_a_checksum_is_explained_by_its_cause() -> None:
    found = findings(OPEN["checksum of the body"])
    assert [e.where.path for e in found.explained if "checksum" in e.cause] == ["x-checksum"]


def test_chunks_that_follow_the_length_of_the_body_are_explained() -> None:
    def plant(draft: Draft) -> None:
        draft.frames = lambda body: (8192, len(body) - 8192) if len(body) > 9800 else (len(body),)

    found = findings(plant)
    assert covert(found) == []
    assert [e.cause for e in found.explained if e.where.path == "chunk sizes"] == [
        "follows from the length of the body"
    ]


def test_chunks_that_follow_a_fact_are_covert() -> None:
    def plant(draft: Draft) -> None:
        draft.frames = lambda body: (8192 if cedar(draft.world) else 4096, 100, len(body) - 9000)

    (channel,) = covert(findings(plant))
    assert (channel.carrier, channel.facts) == (Carrier.SIZE, ("hostname",))


def test_what_follows_the_scheme_is_explained() -> None:
    found = findings(nothing)
    assert [(e.where.part, e.where.path) for e in found.explained] == [("head", "connection")]


def test_random_bytes_are_named_as_not_examined() -> None:
    (noise,) = [one for one in findings(nothing).not_examined if "bytes in POST /v1/messages" in one.what]
    assert "x-session-id" in noise.what
    assert "/metadata/user_id#/device" in noise.what


def test_the_whole_loop_is_cheap() -> None:
    begun = time.process_time()
    audited = audit(claude_like)
    assert time.process_time() - begun < 5
    assert len(audited.captures) <= 80
