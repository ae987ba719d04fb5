"""Scan, diff, bisect and verify: what goes in comes out, nothing else gets in, and nothing steers a screen."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.report import history_sample, marks_sample, sample, scan_sample
from tests.report.hostile import NASTY, payloads, poisoned, unprintable
from wiretell.errors import FormatError, InternalError, UsageError
from wiretell.model.findings import AuditResult
from wiretell.model.history import DiffResult, HistoryResult, VerifyResult
from wiretell.model.scan import ListKind, ScanResult
from wiretell.report import (
    FORMATS_OF,
    FORMS,
    AnyDocument,
    decode,
    decode_any,
    encode,
    render,
    reproducible,
    to_document,
)

RESULTS: dict[str, Any] = {
    "scan": scan_sample.full(),
    "scan-nothing": scan_sample.nothing(),
    "diff": history_sample.diff(),
    "diff-same": history_sample.same(),
    "bisect": history_sample.bisect(),
    "bisect-untried": history_sample.untried(),
    "verify-removed": history_sample.removed(),
    "verify-present": history_sample.still_there(),
    "marks": marks_sample.read(),
    "marks-unmarked": marks_sample.unmarked(),
    "marks-parquet": marks_sample.parquet(),
    "marks-explain": marks_sample.explained(),
    "marks-explain-closed": marks_sample.closed(),
    "marks-strip": marks_sample.stripped(),
    "marks-write": marks_sample.written(),
    "marks-untouched": marks_sample.untouched(),
    "marks-schemes": marks_sample.schemes(),
    "swept": sample.swept(),
}
DOCUMENTS: dict[str, AnyDocument] = {name: to_document(result) for name, result in RESULTS.items()}
NOT_AUDITS = [name for name in RESULTS if name != "swept"]
every_document = pytest.mark.parametrize("name", RESULTS)


@every_document
def test_a_document_reads_back_as_itself(name: str) -> None:
    assert decode_any(encode(DOCUMENTS[name])) == DOCUMENTS[name]


@given(st.sampled_from(list(RESULTS)), payloads)
@settings(max_examples=40, deadline=None)
def test_whatever_a_package_holds_is_kept_as_it_is(name: str, payload: str) -> None:
    document = poisoned(DOCUMENTS[name], payload)
    assert decode_any(encode(document)) == document


@every_document
def test_a_saved_document_renders_like_a_fresh_one(name: str) -> None:
    document = DOCUMENTS[name]
    for form in FORMS:
        if isinstance(document, form.type):
            for format_ in FORMATS_OF[form.name]:
                assert render(decode_any(encode(document)), format_) == render(document, format_)


def test_a_scan_is_written_as_the_page_says() -> None:
    written = json.loads(encode(DOCUMENTS["scan"]))
    assert list(written)[:4] == ["schema", "target", "hidden", "lists"]
    assert written["hidden"] == 3
    first, second = written["lists"][:2]
    assert first["entries"] == list(scan_sample.HOSTS)
    assert (first["id"], first["count"], first["key"], first["key_text"]) == ("l1", 12, "2a", "42")
    assert (second["key"], second["key_text"]) == (b"orchid".hex(), "orchid")
    assert [found["hidden"] for found in written["lists"]] == [True, True, True, False, False]
    mode = next(mention for mention in written["mentions"] if mention["name"] == "EXAMPLE_MODE")
    assert (mode["count"], mode["values"]) == (42, ["1", "strict", "off"])
    assert "key" not in written["lists"][3]


def test_a_bisect_says_from_and_to_and_a_diff_calls_its_list_a_list() -> None:
    written = json.loads(encode(DOCUMENTS["bisect"]))
    assert (written["from"], written["to"]) == ("4.2.0", "4.2.60")
    changes = json.loads(encode(DOCUMENTS["diff"]))["literals"]
    assert changes[0]["list"]["entries"] == list(scan_sample.HOSTS)
    assert "list" not in changes[2]


def test_a_verify_embeds_a_whole_audit() -> None:
    written = json.loads(encode(DOCUMENTS["verify-removed"]))
    audit = decode(json.dumps(written["audit"]).encode())
    assert audit == to_document(history_sample.removed().audit)


def test_a_reproducible_document_holds_no_clock_no_version_no_duration() -> None:
    later = replace(scan_sample.full(), started="2027", version="9", wall_s=1.0, native_s=2.0)
    one, other = (encode(reproducible(to_document(found))) for found in (scan_sample.full(), later))
    assert one == other
    slower = tuple(replace(version, wall_s=99.0) for version in history_sample.bisect().tried)
    again = replace(history_sample.bisect(), tried=slower, started="2027", version="9", wall_s=1.0)
    one, other = (encode(reproducible(to_document(found))) for found in (history_sample.bisect(), again))
    assert one == other
    verified = history_sample.removed()
    audited = replace(verified, audit=replace(verified.audit, started="2027", wall_s=1.0, agent_cpu_s=9.0))
    one, other = (encode(reproducible(to_document(found))) for found in (verified, audited))
    assert one == other


@pytest.mark.parametrize(
    "result",
    [
        replace(scan_sample.full(), wall_s=float("nan")),
        replace(history_sample.bisect(), audits=-1),
        replace(history_sample.diff(), distinct_a=-1),
        replace(history_sample.removed(), verdict="fine"),
    ],
)
def test_a_result_that_cannot_be_written_is_our_own_fault(
    result: ScanResult | HistoryResult | DiffResult | VerifyResult,
) -> None:
    with pytest.raises(InternalError):
        to_document(result)


def test_a_lone_surrogate_in_an_entry_is_written_as_its_escape() -> None:
    found = scan_sample.decoded(("a", "b"), ListKind.KEYED, ("base64",))
    result = replace(scan_sample.full(), lists=(replace(found, entries=("a\ud800b", "c")),))
    assert to_document(result).lists[0].entries[0] == r"a\ud800b"


def _changed(name: str, *path: str | int, value: object) -> bytes:
    written = json.loads(encode(DOCUMENTS[name]))
    place = written
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return json.dumps(written).encode()


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "no document of wiretell"),
        (b"[]", "no document of wiretell"),
        (b"\xff\xfe", "no document of wiretell"),
        (b'{"schema": "wiretell/scan/2"}', "wiretell/scan/2"),
        (b'{"schema": "a\\u001b[2J"}', "a[U+001B][2J"),
        (b'{"schema": "wiretell/scan/1"}', "missing required field"),
        (_changed("scan", "hidden", value=2), "as many hidden lists"),
        (_changed("scan", "lists", 0, "count", value=11), "as many entries"),
        (_changed("scan", "lists", 0, "hidden", value=False), "against its kind"),
        (_changed("scan", "lists", 1, "id", value="l1"), "two lists of one id"),
        (_changed("scan", "mentions", 0, "count", value=7), "as many spellings"),
        (_changed("scan", "lists", 0, "places", 0, "offset", value=-1), "offset"),
        (_changed("scan", "extra", value=1), "extra"),
        (_changed("diff", "new", value=1), "as many literals"),
        (_changed("bisect", "ranges", 0, "channel", value="k9"), "k9"),
        (_changed("bisect", "tried", 0, "states", "k\x1b", value="absent"), "k[U+001B]"),
        (_changed("bisect", "channels", 0, "id", value="k2"), "two channels of one id"),
        (_changed("verify-present", "verdict", value="fine"), "fine"),
        (_changed("verify-present", "audit", "table", 0, "symbols", "c9", value=0), "c9"),
        (_changed("swept", "sweeps", 0, "leads", 0, value="l9"), "names a list"),
        (_changed("swept", "sweeps", 0, "levels", 0, "symbols", "c2", value=9), "apple.example"),
        (_changed("swept", "leads", 1, "id", value="l1"), "two lists of one id"),
        (_changed("swept", "leads", 0, "count", value=1), "as many entries"),
    ],
)
def test_what_is_no_document_is_refused_in_one_sentence(data: bytes, says: str) -> None:
    with pytest.raises(FormatError) as caught:
        decode_any(data)
    sentence = str(caught.value)
    assert says in sentence
    assert sentence.isprintable()
    assert len(sentence) < 400


@given(st.binary(max_size=200))
def test_no_bytes_make_reading_fail_otherwise(data: bytes) -> None:
    with pytest.raises(FormatError):
        decode_any(data)


@pytest.mark.parametrize("name", [name for name in NOT_AUDITS if not name.startswith("scan")])
@pytest.mark.parametrize("format_", ["sarif", "xml"])
def test_a_format_that_is_not_there_is_wrong_use(name: str, format_: Any) -> None:
    with pytest.raises(UsageError, match="there are text, json"):
        render(DOCUMENTS[name], format_)


@given(st.sampled_from(NOT_AUDITS), payloads, st.booleans(), st.booleans())
@settings(max_examples=40, deadline=None)
def test_nothing_in_a_package_steers_the_terminal(name: str, payload: str, color: bool, verbose: bool) -> None:
    drawn = render(poisoned(DOCUMENTS[name], payload), "text", color=color, verbose=verbose)
    assert unprintable(drawn, colours=color) == set()
    assert drawn.count("\x1b") == drawn.count("\x1b[")
    if not color:
        assert "\x1b" not in drawn


@pytest.mark.parametrize(
    ("width", "payload"), [*((width, "") for width in (40, 60, 140)), *product((40, 140), NASTY[-2:])]
)
@every_document
def test_no_line_is_wider_than_the_screen(name: str, width: int, payload: str) -> None:
    for verbose in (False, True):
        drawn = render(poisoned(DOCUMENTS[name], payload), "text", width=width, verbose=verbose)
        assert max(map(cell_len, drawn.splitlines())) <= width


@every_document
@pytest.mark.parametrize("verbose", [False, True])
def test_nothing_is_drawn_twice(name: str, verbose: bool) -> None:
    text = render(poisoned(DOCUMENTS[name], "\u200b"), "text", width=4000, verbose=verbose)
    assert "[U+200B]" in text
    assert "[U+005B]" not in text


@every_document
def test_colour_adds_nothing_that_is_not_said(name: str) -> None:
    plain, coloured = (render(DOCUMENTS[name], "text", color=color) for color in (False, True))
    assert coloured != plain
    assert [line.rstrip() for line in re.sub(r"\x1b\[[0-9;]*m", "", coloured).splitlines()] == plain.splitlines()


def _many(result: ScanResult, count: int) -> ScanResult:
    """Return a scan of a large package: `count` times as many of everything."""
    return replace(
        result,
        lists=result.lists * count,
        mentions=tuple(
            replace(mention, name=f"{mention.name}{n}", fact=mention.fact and f"{mention.fact}{n}")
            for n in range(count)
            for mention in result.mentions
        ),
        clusters=result.clusters * count,
        embedded=result.embedded * count,
        levels={f"{fact}{n}": levels * count for n in range(count) for fact, levels in result.levels.items()},
    )


def test_a_scan_of_a_large_package_stays_short_and_says_what_it_leaves_out() -> None:
    drawn = render(to_document(_many(scan_sample.full(), 40)), "text", width=100)
    assert len(drawn.splitlines()) <= 160
    assert "+116 more hidden lists (--verbose shows all)" in drawn
    assert "+75 more texts (--verbose shows all)" in drawn


def test_verbose_leaves_nothing_out() -> None:
    for name in ("scan", "diff", "bisect"):
        drawn = render(DOCUMENTS[name], "text", width=4000, verbose=True)
        assert not re.search(r"\+\d+ more|--verbose|…", drawn), name
    scan = render(DOCUMENTS["scan"], "text", width=4000, verbose=True)
    for name in (*scan_sample.HOSTS, *(mention.name for mention in scan_sample.MENTIONS if mention.name.isascii())):
        assert name in scan
    bisect = render(DOCUMENTS["bisect"], "text", width=4000, verbose=True)
    for gap in history_sample.bisect().gaps:
        assert ", ".join(gap.versions) in bisect


def test_a_scan_without_a_find_does_not_look_like_a_clean_bill() -> None:
    drawn = render(DOCUMENTS["scan-nothing"], "text", width=100)
    assert drawn.startswith(" NO HIDDEN LIST FOUND\n")
    assert "everything: the folder is empty" in drawn
    assert not re.search(r"\bclean\b|\bsafe\b", drawn)


def test_that_it_is_a_mention_is_said_once() -> None:
    for name in ("scan", "diff"):
        drawn = " ".join(render(DOCUMENTS[name], "text").split())
        assert drawn.count("none is a proof of what the program does") == 1


def test_a_check_shows_what_is_there_and_hides_no_doubt() -> None:
    drawn = render(DOCUMENTS["verify-present"], "text", width=100)
    assert drawn.startswith(" PRESENT ")
    assert drawn.index("Still there") < drawn.index("Unknown, as the earlier audit has it") < drawn.index("\nNew\n")
    assert "U+02BC MODIFIER LETTER APOSTROPHE" in drawn
    whole = render(DOCUMENTS["verify-removed"], "text", width=100, verbose=True)
    assert render(to_document(history_sample.removed().audit), "text", width=100, verbose=True) in whole


def test_a_sweep_says_what_is_confirmed_and_what_no_rule_foretells() -> None:
    drawn = render(DOCUMENTS["swept"], "text", width=100)
    assert "2 of 3 entries of list l1 are confirmed by bytes" in drawn
    assert "Near misses: 1 of 5 hit." in drawn
    assert "exception: http://x.apple.example is a hit: nothing explains it." in drawn
    verbose = render(DOCUMENTS["swept"], "text", width=140, verbose=True)
    assert len(re.findall(r"^(\d+|-) +l\d ", verbose, flags=re.M)) == 25
    assert "not as inferred" in verbose


def test_a_sweep_of_lists_that_the_scan_did_not_report_still_names_them() -> None:
    result: AuditResult = replace(sample.swept(), leads=())
    assert [lead.id for lead in to_document(result).leads] == ["l1", "l2"]
