from __future__ import annotations

from dataclasses import replace

import pytest

from tests.report import sample
from wiretell.campaign.describe import ALWAYS_OUT_OF_SIGHT
from wiretell.checks.judging import _unclaimed
from wiretell.model.difference import Difference, Layer, Proof
from wiretell.model.findings import AuditResult, Channel, Evidence, Symbol, Verdict, Where
from wiretell.model.world import OFFICIAL
from wiretell.report import words
from wiretell.report.audit import document_v1 as v1
from wiretell.report.audit import view
from wiretell.report.audit.convert import to_document

DOCUMENT = to_document(sample.covert())


def _channel(facts: tuple[str, ...], *whens: tuple[dict[str, tuple[str, ...]], ...]) -> v1.Channel:
    symbols = tuple(Symbol(str(n), (), when) for n, when in enumerate(whens))
    found: Channel = replace(sample.covert().channels[0], facts=facts, symbols=symbols)
    return to_document(replace(sample.covert(), channels=(found,), table=())).channels[0]


def test_a_custom_host_is_the_gate_of_the_zone_and_not_the_other_way_round() -> None:
    cause = view.cause(DOCUMENT.channels[0])
    assert cause.tells == ("timezone",)
    assert [(gate.fact, gate.closed) for gate in cause.gates] == [("base_url", (OFFICIAL,))]
    assert view.gate_words(cause.gates[0]) == ("base_url is custom", ())


def test_one_fact_has_no_gate() -> None:
    assert view.cause(DOCUMENT.channels[1]) == view.Cause(("base_url",), ())


def test_two_facts_that_both_speak_have_no_gate() -> None:
    channel = _channel(
        ("a", "b"),
        ({"a": ("0",), "b": ("0",)},),
        ({"a": ("1",), "b": ("0",)},),
        ({"a": ("0",), "b": ("1",)},),
        ({"a": ("1",), "b": ("1",)},),
    )
    assert view.cause(channel) == view.Cause(("a", "b"), ())


def test_a_level_that_was_tried_once_is_no_closed_gate() -> None:
    """`h3` was seen with one zone alone, so nothing shows that it keeps the channel shut."""
    channel = _channel(
        ("host", "zone"),
        ({"host": ("h1", "h2"), "zone": ("utc",)}, {"host": ("h3",), "zone": ("tokyo",)}),
        ({"host": ("h1", "h2"), "zone": ("cn",)},),
    )
    assert view.cause(channel).gates == ()


def test_a_gate_of_few_open_levels_names_them() -> None:
    channel = _channel(
        ("ci", "zone"),
        ({"ci": ("none", "gitlab"), "zone": ("utc", "cn", "jp")}, {"ci": ("github",), "zone": ("utc",)}),
        ({"ci": ("github",), "zone": ("cn", "jp")},),
    )
    gates = view.cause(channel).gates
    assert [view.gate_words(gate) for gate in gates] == [("zone is not", ("utc",))]


@pytest.mark.parametrize(
    ("levels", "limit", "condensed"),
    [
        (sample.ZONES, 4, ("any of 13", (), 0)),
        (sample.ZONES[2:], 4, ("any of 13 but", ("Etc/UTC", "Asia/Shanghai"), 0)),
        (sample.ZONES[:6], 4, ("", sample.ZONES[:4], 2)),
        (sample.ZONES[:3], 4, ("", sample.ZONES[:3], 0)),
    ],
)
def test_lists_of_levels_are_condensed(levels: tuple[str, ...], limit: int, condensed: tuple[object, ...]) -> None:
    found = view.condense(DOCUMENT, "timezone", levels, limit)
    assert (found.lead, found.shown, found.more) == condensed


def test_levels_of_a_fact_that_is_not_in_the_coverage_are_still_shown() -> None:
    assert view.condense(DOCUMENT, "moon", ("full",), 4).shown == ("full",)


def test_both_levels_of_a_pair_are_named() -> None:
    assert view.condense(DOCUMENT, "cwd", sample.POOLS["cwd"], 4).shown == sample.POOLS["cwd"]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (words.bits(1.0), "1 bit"),
        (words.bits(1.5849625), "1.58 bits"),
        (words.bits(0.0), "0 bits"),
        (words.p_value(0.03), "p 0.03"),
        (words.p_value(4.4e-12), "p 4e-12"),
        (words.p_value(0.0), "p < 1e-300"),
        (words.seconds(47.2), "47 s"),
        (words.seconds(200), "3 min 20 s"),
        (words.size(812), "812 B"),
        (words.size(271_000), "271 kB"),
        (words.size(9_140_220), "9.1 MB"),
        (words.size(999_999), "1.0 MB"),
        (words.plural(1, "run"), "1 run"),
        (words.plural(1200, "run"), "1,200 runs"),
        (words.either(["a"]), "a"),
        (words.either(["a", "b", "c"]), "a, b or c"),
        (words.either(["a", "b"], 3), "a, b, +3 more"),
        (words.either([]), ""),
    ],
)
def test_words_for_numbers(said: str, expected: str) -> None:
    assert said == expected


@pytest.mark.parametrize(
    ("kind", "name", "version", "expected"),
    [
        ("npm", "@a/b", "1.0.0", "npm:@a/b@1.0.0"),
        ("pypi", "b", "1.0", "pypi:b==1.0"),
        ("folder", "./my-agent", None, "./my-agent"),
        ("command", "/usr/bin/agent", None, "/usr/bin/agent"),
    ],
)
def test_a_target_is_named_as_on_the_command_line(kind: str, name: str, version: str | None, expected: str) -> None:
    result = replace(sample.covert(), target={"kind": kind, "name": name, "version": version or ""})
    assert view.target_name(to_document(result)) == expected


def test_a_verdict_never_calls_clean_what_was_not_examined() -> None:
    assert "as far as it was examined" in view.headline(to_document(sample.clean()))
    assert "what was examined" in view.headline(to_document(_without_covert()))
    assert view.aside(to_document(_without_covert())) == "3 undeclared and 1 declared channel."


def _without_covert() -> AuditResult:
    result = sample.covert()
    return replace(result, verdict=Verdict.UNDECLARED, channels=result.channels[2:], table=())


def test_the_limits_of_every_audit_are_known_by_the_words_of_the_campaign() -> None:
    assert tuple(item.what for item in ALWAYS_OUT_OF_SIGHT) == view.LIMITS


def test_unproven_differences_are_told_by_request_as_the_judging_names_them() -> None:
    """`sample.UNPROVEN` is made up; this pins the words to what `judging` writes."""
    where = Where("POST /v1/messages #2", "body", "/head/run")
    difference = Difference("d1", where, Layer.WORDING, (), (), Proof.OPEN, Evidence(4, None, 1.0))
    (item,) = _unclaimed([difference])
    document = to_document(replace(sample.covert(), coverage=replace(sample.covert().coverage, not_examined=(item,))))
    rest, (group,) = view.not_examined(document)
    assert rest == ()
    assert group.words == "1 difference in POST /v1/messages #2: cause not proven"


def test_unproven_differences_are_grouped() -> None:
    _, groups = view.not_examined(to_document(sample.unproven()))
    assert [(group.request, len(group.items)) for group in groups] == [
        ("POST /v1/events", 12),
        ("TLS base", 1),
        ("connection", 1),
        ("HEAD /", 1),
    ]


@pytest.mark.parametrize(
    ("request_", "short"),
    [
        ("POST /api/event_logging/batch", "POST /api/event_logging/batch"),
        ("POST /api/eval/sdk-zAZezfDKGoZuXXKe", "POST /…/sdk-zAZezfDKGoZuXXKe"),
        ("POST models.example.com/compatible/v1/chat/completions #2", "POST models.example.com/…/completions #2"),
        ("", ""),
    ],
)
def test_long_requests_are_shortened_in_the_middle(request_: str, short: str) -> None:
    assert view.short_request(request_) == short


def test_the_usual_request_is_that_of_a_covert_channel_or_of_the_model() -> None:
    assert view.usual_request(DOCUMENT) == sample.MESSAGES
    assert view.usual_request(to_document(sample.unproven())) == sample.MESSAGES
    assert view.usual_request(to_document(sample.clean())) == ""


def test_no_verdict_with_nothing_seen_says_so() -> None:
    document = to_document(sample.inconclusive())
    assert view.headline(document) == view.NOTHING
    assert view.reasons(document) == document.reasons
