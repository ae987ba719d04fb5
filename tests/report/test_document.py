"""The document: what goes in comes out, and nothing else gets in."""

from __future__ import annotations

import json
from dataclasses import replace

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.report import sample
from tests.report.hostile import payloads, poisoned
from wiretell.errors import FormatError, InternalError, UsageError
from wiretell.model.findings import AuditResult, Symbol
from wiretell.model.world import World
from wiretell.report import FORMATS, SCHEMA, Format, decode, encode, render, reproducible, to_document

SAMPLES = ["covert", "short", "clean", "inconclusive", "empty", "swept"]


@pytest.mark.parametrize("name", SAMPLES)
def test_a_document_reads_back_as_itself(name: str) -> None:
    document = to_document(getattr(sample, name)())
    assert decode(encode(document)) == document


@given(payloads)
@settings(max_examples=30, deadline=None)
def test_any_text_survives(payload: str) -> None:
    document = poisoned(to_document(sample.short()), payload)
    assert decode(encode(document)) == document


def test_the_fields_are_those_of_the_design() -> None:
    written = json.loads(encode(to_document(sample.covert())))
    assert list(written)[:3] == ["schema", "target", "verdict"]
    assert written["schema"] == SCHEMA == "wiretell/audit/1"
    assert written["target"]["version"] == "2.1.91"
    assert set(written) >= {"channels", "coverage", "destinations", "template", "controls", "runs", "wall_s"}
    assert written["coverage"]["facts"]["timezone"] == {"levels": list(sample.ZONES), "paired": 4, "alone": 9}
    channel = next(c for c in written["channels"] if c["id"] == "c2")
    assert channel["class"] == "covert"
    assert channel["where"] == {
        "request": "POST /v1/messages",
        "part": "body",
        "path": "/messages/0/content/1/text",
        "offset": 203,
    }
    assert channel["symbols"][2]["codepoints"] == ["U+02BC"]
    assert channel["symbols"][2]["when"] == [{"base_url": list(sample.LABS)}]
    assert channel["evidence"]["flips"] == "4/4"
    assert "rate" not in channel["evidence"]


def test_equal_results_give_equal_bytes_whatever_the_order_of_their_mappings() -> None:
    result = sample.covert()
    turned = replace(
        result,
        coverage=replace(result.coverage, facts=dict(reversed(list(result.coverage.facts.items())))),
        table=tuple(replace(row, symbols=dict(reversed(list(row.symbols.items())))) for row in result.table),
    )
    assert encode(to_document(turned)) == encode(to_document(result))


def test_a_reproducible_document_holds_no_clock_no_version_no_duration() -> None:
    later = replace(
        sample.covert(), started="2027-01-01T00:00:00Z", version="9", wall_s=1.0, agent_cpu_s=2.0, lab_cpu_s=3.0
    )
    one, other = (encode(reproducible(to_document(result))) for result in (sample.covert(), later))
    assert one == other


def test_a_lone_surrogate_is_written_as_its_escape() -> None:
    symbol = Symbol("a\ud800b", ("U+0061", "U+D800", "U+0062"), ({"base_url": ("official",)},))
    channel = replace(sample.covert().channels[0], symbols=(symbol,))
    result = replace(sample.covert(), channels=(channel,), table=())
    document = decode(encode(to_document(result)))
    assert document.channels[0].symbols[0].value == r"a\ud800b"
    assert document.channels[0].symbols[0].codepoints[1] == "U+D800"


@pytest.mark.parametrize(
    "change", [{"wall_s": float("nan")}, {"wall_s": float("inf")}, {"runs": -1}, {"verdict": "fine"}]
)
def test_a_result_that_cannot_be_written_is_our_own_fault(change: dict[str, object]) -> None:
    broken: AuditResult = replace(sample.covert(), **change)  # type: ignore[arg-type]
    with pytest.raises(InternalError):
        to_document(broken)


def _changed(*path: str | int, value: object) -> bytes:
    written = json.loads(encode(to_document(sample.short())))
    place = written
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return json.dumps(written).encode()


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "not an audit document"),
        (b"[]", "not an audit document"),
        (b"\xff\xfe", "not an audit document"),
        (b'{"schema": "wiretell/audit/1"}', "missing required field"),
        (b'{"schema": "wiretell/audit/2"}', "wiretell/audit/2"),
        (b'{"schema": "a\\u001b[2J"}', "a[U+001B][2J"),
        (_changed("verdict", value="fine"), "fine"),
        (_changed("runs", value="66"), "runs"),
        (_changed("runs", value=-1), "runs"),
        (_changed("extra", value=1), "extra"),
        (_changed("channels", 0, "carrier", value="smoke"), "smoke"),
        (_changed("channels", 1, "id", value="c1"), "two channels of one id"),
        (_changed("table", 0, "symbols", "c1", value=2), "Run 0"),
        (_changed("table", 0, "symbols", "c1", value=-1), "Run 0"),
        (_changed("table", 0, "symbols", "c9", value=0), "c9"),
        (_changed("seed", value=json.loads("[" * 500 + "]" * 500)), "seed"),
    ],
)
def test_what_is_no_document_is_refused_in_one_sentence(data: bytes, says: str) -> None:
    with pytest.raises(FormatError) as caught:
        decode(data)
    sentence = str(caught.value)
    assert says in sentence
    assert sentence.isprintable()
    assert len(sentence) < 400


@given(st.binary(max_size=200))
def test_no_bytes_make_decode_fail_otherwise(data: bytes) -> None:
    with pytest.raises(FormatError):
        decode(data)


@pytest.mark.parametrize("form", FORMATS)
def test_a_saved_document_renders_like_a_fresh_one(form: Format) -> None:
    document = to_document(sample.short())
    assert render(decode(encode(document)), form) == render(document, form)


def test_an_unknown_format_is_wrong_use() -> None:
    with pytest.raises(UsageError, match="text, json, sarif, html"):
        render(to_document(sample.empty()), "xml")  # type: ignore[arg-type]


def test_worlds_are_written_whole() -> None:
    document = to_document(sample.covert())
    assert [World.of(row.world) for row in document.table] == [world for _, world in sample.worlds()]
    assert msgspec.to_builtins(document.table[0])["symbols"] == {
        id_: f(sample.worlds()[0][1]) for id_, f in sample.ORACLE.items()
    }
