"""Live requests compared with an audit's template."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.gateway.edits.conversations import ATTRIBUTION
from tests.marks.date_line import block, reminder
from wiretell.errors import FormatError, UsageError
from wiretell.gateway.edits import Pins
from wiretell.gateway.edits.pins.template import Fit, Pinned
from wiretell.model.policy import Client
from wiretell.report.audit.document_v1 import FixedText, TemplateText

CLIENT = Client("claude-code", "anthropic", "2.1.91")
RULES = "You are an agent that edits files and asks before it deletes any."
PLACE = "Working directory: /lab/w\nPlatform: linux\nAnswer in one line, always."
TOOL = "Reads a file from the disk of the user's machine."


def entry(path: str, text: str, *varying: str) -> dict[str, Any]:
    spans = [[text.index(each), text.index(each) + len(each)] for each in varying]
    fixed = text
    for start, end in reversed(spans):
        fixed = fixed[:start] + fixed[end:]
    return {"path": path, "sha256": hashlib.sha256(fixed.encode()).hexdigest(), "varies": spans}


def audited(*texts: dict[str, Any], **target: str) -> dict[str, Any]:
    snapshot = Path(__file__).parents[2] / "report/snapshots/short.json"
    document: dict[str, Any] = json.loads(snapshot.read_text())
    document["target"] |= target
    return document | {"template": list(texts)}


@pytest.fixture
def pins(tmp_path: Path) -> Pins:
    line = reminder("Today's date is 2026-11-21.")
    template = [
        entry("/model", "claude-model-with-a-long-name"),
        entry("/system/0/text", ATTRIBUTION + "0000", "0000"),
        entry("/system/1/text", RULES),
        entry("/system/2/text", PLACE, "/lab/w", "linux"),
        entry("/messages/0/content/0/text", line, "2026-11-21"),
        entry("/messages/0/content/1/text", "What the lab asked of the agent, in full."),
        entry("/tools/0/description", TOOL),
        entry("/metadata/user_id", "user_0123456789abcdef0123456789abcdef", "user_0123456789abcdef0123456789abcdef"),
    ]
    return Pins.load([_written(tmp_path, audited(*template))])


def _written(folder: Path, document: dict[str, Any], name: str = "a.audit.json") -> Path:
    path = folder / name
    path.write_text(json.dumps(document))
    return path


def live(**changed: Any) -> dict[str, Any]:
    request = {
        "model": "another-model-with-a-long-name",
        "system": [block(ATTRIBUTION + "ffff"), block(RULES), block(PLACE)],
        "messages": [{"role": "user", "content": [block(reminder()), block("My own words, as long as I like them.")]}],
        "tools": [{"name": "Read", "description": TOOL}],
        "metadata": {"user_id": "user_ffffffffffffffffffffffffffffffff"},
    }
    return request | changed


def check(pins: Pins, request: dict[str, Any], client: Client = CLIENT) -> list[str]:
    return [each.path for each in pins.check(json.dumps(request).encode(), client, "anthropic-messages")]


def test_the_audited_request_with_the_users_own_words_is_in_the_template(pins: Pins) -> None:
    body = json.dumps(live()).encode()
    assert pins.covers(CLIENT) and pins.remarks == ()
    assert pins.check(body, CLIENT, "anthropic-messages") == ()
    assert pins.examine(body, CLIENT, "anthropic-messages").is_compared


def test_what_varied_may_vary_and_have_another_length(pins: Pins) -> None:
    place = PLACE.replace("/lab/w", "/home/somebody/a/folder with blanks").replace("linux", "darwin")
    assert check(pins, live(system=[block(RULES), block(place)])) == []
    assert (
        check(pins, live(messages=[{"role": "user", "content": [block(reminder("Today's date is 2027-01-02."))]}]))
        == []
    )


def test_a_mark_outside_the_varying_spans_is_flagged_with_the_difference(pins: Pins) -> None:
    assert check(pins, live()) == []
    marked = live(
        messages=[{"role": "user", "content": [block(reminder("Today\u02bcs date is 2026-11-21.")), block("hi")]}]
    )
    (found,) = pins.check(json.dumps(marked).encode(), CLIENT, "anthropic-messages")
    assert found.path == "/messages/0/content/0/text"
    assert "Today\u02bcs date" in found.excerpt and "Today's date" in found.instead_of
    assert found.was != found.now and len(found.was) == len(found.now) == 64


def test_a_changed_text_is_flagged_before_anybody_has_shown_the_template(pins: Pins) -> None:
    assert check(pins, live(system=[block(RULES + " Obey."), block(PLACE)])) == ["/system/0/text"]
    assert check(pins, live(tools=[{"name": "Read", "description": TOOL + "\u200b"}])) == ["/tools/0/description"]
    assert check(pins, live(system=[block(RULES), block(PLACE), block("A text that no audit has seen so far.")])) == [
        "/system/2/text"
    ]


def test_where_lengths_are_not_known_it_is_said_and_not_flagged(pins: Pins) -> None:
    changed = PLACE.replace("/lab/w", "/home/me").replace("always", "maybe")
    body = json.dumps(live(system=[block(RULES), block(changed)])).encode()
    unsure = pins.examine(body, CLIENT, "anthropic-messages")
    assert unsure.differences == () and "/system/1/text" in unsure.remarks[0]
    assert check(pins, live()) == []  # shows the fixed text
    assert [each.path for each in pins.check(body, CLIENT, "anthropic-messages")] == ["/system/1/text"]
    moved = live(system=[block(RULES), block("."), block(changed)])
    assert check(pins, moved) == ["/system/2/text"]


def test_tools_of_the_users_own_and_tools_that_moved_are_no_difference(pins: Pins) -> None:
    own = {"name": "mcp__mine__do", "description": "Does what only this user's own server can do."}
    assert check(pins, live(tools=[own, {"name": "Read", "description": TOOL}])) == []
    assert check(pins, live(tools=[{"name": "Read", "description": TOOL}, own])) == []
    assert check(pins, live(tools=[own])) == []  # where the template's tool is switched off


def test_notes_of_the_user_in_the_clients_reminder_are_the_users(pins: Pins) -> None:
    noted = reminder("Today's date is 2026-11-21.", notes="Contents of CLAUDE.md:\n\nUse tabs.")
    assert check(pins, live(messages=[{"role": "user", "content": [block(noted), block("hi")]}])) == []
    status = PLACE + "\n\ngitStatus: This is the state of the repository.\nM a.py"
    assert check(pins, live(system=[block(RULES), block(status)])) == []


def test_requests_of_another_kind_version_or_product_are_not_compared(pins: Pins) -> None:
    title = {"system": [block("Write a title of five words for the text.")], "messages": live()["messages"]}
    body = json.dumps(title).encode()
    checked = pins.examine(body, CLIENT, "anthropic-messages")
    assert not checked.is_compared and checked.differences == () and "another kind" in checked.remarks[0]
    assert check(pins, live(system=[]), Client("claude-code", "anthropic", "2.1.92")) == []
    assert not pins.covers(Client("codex", "openai", "2.1.91"))


def test_later_turns_do_not_matter_and_cost_no_new_comparison(pins: Pins) -> None:
    first = live()
    later = live(
        messages=[*first["messages"], {"role": "assistant", "content": "x"}, {"role": "user", "content": "y" * 40}]
    )
    body, more = json.dumps(first).encode(), json.dumps(later).encode()
    assert pins.examine(body, CLIENT, "anthropic-messages") is pins.examine(more, CLIENT, "anthropic-messages")


@given(st.binary(max_size=60) | st.builds(bytes.__add__, st.just(b'{"system":[{"text":"'), st.binary(max_size=60)))
def test_bytes_from_outside_are_never_an_error(body: bytes) -> None:
    document = audited(entry("/system/0/text", RULES))
    pins = Pins([("a", _decoded(document))])
    pins.check(body, CLIENT, "anthropic-messages")


def _decoded(document: dict[str, Any]) -> Any:
    from wiretell import report

    return report.decode(json.dumps(document).encode())


def test_documents_without_use_are_said(tmp_path: Path) -> None:
    good = _written(tmp_path, audited(entry("/system/0/text", RULES)), "good.json")
    again = _written(tmp_path, audited(entry("/system/0/text", RULES)), "again.json")
    empty = _written(tmp_path, audited(version="2.1.92"), "empty.json")
    assert [remark.split(" ")[0] for remark in Pins.load([good, again, empty]).remarks] == ["again.json", "empty.json"]


def test_what_is_no_audit_document_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        Pins.load([tmp_path / "none.json"])
    with pytest.raises(FormatError, match="pins"):
        Pins.load([_written(tmp_path, {"schema": "other"})])


PIECES = st.text(st.sampled_from("abc \n"), min_size=1, max_size=12)


@settings(max_examples=150)
@given(st.lists(st.tuples(PIECES, PIECES, PIECES), min_size=1, max_size=3), PIECES, st.data())
def test_a_text_that_is_the_pinned_one_is_never_said_to_have_left(
    triples: list[tuple[str, str, str]], tail: str, data: st.DataObject
) -> None:
    """Fixed text, what varied in the audit, what stands there now."""
    baseline, now, spans, fixed = "", "", [], ""
    for piece, was, value in triples:
        baseline, now, fixed = baseline + piece, now + piece + value, fixed + piece
        spans.append((len(baseline), len(baseline) + len(was)))
        baseline += was
    digest = hashlib.sha256((fixed + tail).encode()).hexdigest()
    pinned = Pinned(TemplateText(path="/system", sha256=digest, varies=tuple(spans)))
    if data.draw(st.booleans()):
        assert pinned.fit(baseline + tail) is Fit.SAME
    assert pinned.fit(now + tail) in ((Fit.SAME,) if len(spans) == 1 or pinned.fixed else (Fit.SAME, Fit.UNSURE))
    altered = now + tail + "\u02bc"
    assert pinned.fit(altered) is not Fit.SAME


def _described(pieces: list[str], spans: list[tuple[int, int]]) -> TemplateText:
    fixed = tuple(
        FixedText(begins=p[:16], length=len(p), sha256=hashlib.sha256(p.encode()).hexdigest()) for p in pieces
    )
    whole = hashlib.sha256("".join(pieces).encode()).hexdigest()
    return TemplateText(path="/system", sha256=whole, varies=tuple(spans), fixed=fixed)


@settings(max_examples=200)
@given(
    st.lists(PIECES, min_size=2, max_size=5),
    st.lists(st.text("abc \n", max_size=12), min_size=4, max_size=4),
    st.integers(0, 11),
)
@example(["a", "a"], ["aaaaa", "", "", ""], 0)  # without the span, "aa" is left, which does not begin with the first
@example(["a", "b"], ["cccca", "", "", ""], 0)  # the span takes the changed character with it, and "ab" is left
def test_with_its_pieces_described_every_answer_is_sure(pieces: list[str], values: list[str], place: int) -> None:
    """However the spans of the audited text lay, its pieces decide: all of them together do not say where each ends."""
    spans = [(nth * 100, nth * 100 + 5) for nth in range(len(pieces) - 1)]
    live = pieces[0] + "".join(value + piece for value, piece in zip(values, pieces[1:], strict=False))
    pinned = Pinned(_described(pieces, spans))
    assert pinned.fit(live) is Fit.SAME
    assert pinned.fixed == tuple(pieces)
    fresh = Pinned(_described(pieces, spans))
    at = place % len(pieces[0])
    assert fresh.fit(live[:at] + "\u02bc" + live[at + 1 :]) is Fit.LEFT
    assert fresh.fit(live + "\u02bc") is Fit.LEFT


def test_a_difference_is_shown_where_it_stands_before_any_request_showed_the_text() -> None:
    pieces = ["You are an agent. Folder: ", "\nToday's date is ", ". Work with care, and answer in a few words."]
    pinned = Pinned(_described(pieces, [(26, 30), (47, 57)]))
    live = pieces[0] + "/home/dev/a/long/one" + pieces[1] + "2026-11-21" + pieces[2].replace("care", "c\u0430re")
    assert pinned.fit(live) is Fit.LEFT
    excerpt, _ = pinned.difference(live)
    assert "Today's date is" in excerpt
