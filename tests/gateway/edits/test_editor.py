"""What holds for every edit: bytes can be had back, prefixes stay, signed places are not touched."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.gateway.edits.conversations import AGELESS, ATTRIBUTION, PROTOCOLS, SIGNED, TURNS, bodies
from tests.marks.date_line import PLAIN, reminder, request
from tests.marks.date_line import spelled as plainly
from wiretell.errors import UsageError
from wiretell.gateway.config.values import ContextRule
from wiretell.gateway.edits import Editor, apply, unapply
from wiretell.model.exchange import WireFormat

FEW = settings(max_examples=60)


@FEW
@given(st.sampled_from(PROTOCOLS), TURNS, AGELESS, st.booleans(), st.integers(0, 3))
def test_the_ledger_makes_the_edited_body_and_gives_the_original_back(
    protocol: WireFormat, turns: list[tuple[str, str, bool]], rules: list[ContextRule], escaped: bool, age: int
) -> None:
    old = ContextRule("shorten", "tool_result", older_than_turns=age, keep_chars=20)
    body = bodies(protocol, turns, escaped=escaped)[-1]
    editor = Editor(("date-line",), (*rules, old))
    edited = editor.edit(body, protocol)
    assert apply(body, edited.entries) == edited.body
    assert unapply(edited.body, edited.entries) == body
    assert _shape(json.loads(edited.body)) == _shape(json.loads(body))
    assert (edited.effect is None) == (not edited.entries)
    assert edited.entries or edited.body is body
    if escaped:
        assert edited.body.isascii()


@FEW
@given(st.sampled_from(PROTOCOLS), TURNS, AGELESS, st.booleans())
def test_a_turn_sent_again_is_edited_alike(
    protocol: WireFormat, turns: list[tuple[str, str, bool]], rules: list[ContextRule], escaped: bool
) -> None:
    """So that the vendor's cache of the turns before is read, whatever is added behind them."""
    editor = Editor(("date-line",), rules)
    sent = [(body, editor.edit(body, protocol)) for body in bodies(protocol, turns, escaped=escaped)]
    for (before, edited_before), (now, edited_now) in pairwise(sent):
        common = _common(before, now)
        removed = sum(
            len(e.before.encode("utf-8", "surrogateescape")) for e in edited_before.entries if e.offset < common
        )
        added = sum(len(e.after.encode("utf-8", "surrogateescape")) for e in edited_before.entries if e.offset < common)
        size = common - removed + added
        assert edited_now.body[:size] == edited_before.body[:size]


@FEW
@given(st.sampled_from(PROTOCOLS), TURNS, AGELESS)
def test_what_the_model_said_and_what_is_signed_stays_byte_for_byte(
    protocol: WireFormat, turns: list[tuple[str, str, bool]], rules: list[ContextRule]
) -> None:
    body = bodies(protocol, turns)[-1]
    edited = Editor(("date-line", "lookalike", "spaces"), rules).edit(body, protocol)
    assert edited.body.count(json.dumps(SIGNED, ensure_ascii=False).encode()) == len(turns)
    assert _said(json.loads(edited.body)) == _said(json.loads(body))
    if protocol == "anthropic-messages":
        assert (ATTRIBUTION + "needle").encode() in edited.body


@FEW
@given(TURNS, AGELESS, st.sampled_from(PROTOCOLS))
def test_editing_what_was_edited_changes_nothing(
    turns: list[tuple[str, str, bool]], rules: list[ContextRule], protocol: WireFormat
) -> None:
    growing = [rule for rule in rules if rule.does != "replace"]
    editor = Editor(("date-line",), growing)
    once = editor.edit(bodies(protocol, turns)[-1], protocol).body
    assert editor.edit(once, protocol).body is once


@given(
    st.binary(max_size=80) | st.builds(bytes.__add__, st.just(b'{"messages":[{"role":"user","content":'), st.binary())
)
def test_bytes_from_outside_are_never_an_error(body: bytes) -> None:
    rules = (ContextRule("replace", "a", text="b"), ContextRule("drop", "image"), ContextRule("pin", "/x/"))
    for protocol in PROTOCOLS:
        edited = Editor(("date-line", "invisible"), rules).edit(body, protocol)
        assert apply(body, edited.entries) == edited.body


@pytest.mark.parametrize(
    "inner",
    [
        b'{"\xff":1,"role":"user","content":"needle \xff"}',
        b'{"role":"user","content":"needle \xff"}',
        b'{"role":"user","content":[{"type":"text","text":"needle \xed\xa0\x80"},{"\xff":"tool_result"}]}',
        b'{"role":7,"content":{"text":"needle"}}',
        b'{"role":"user","content":[["needle"],7,null,{"type":["text"],"text":"needle"}]}',
        b"[" * 3000 + b'"needle"' + b"]" * 3000,
    ],
)
def test_strange_messages_are_edited_or_left_and_never_an_error(inner: bytes) -> None:
    body = b'{"messages":[' + inner + b',{"role":"user","content":"tool_result"}]}'
    rules = (ContextRule("replace", "needle", text="x"), ContextRule("shorten", "tool_result", older_than_turns=2))
    for protocol in PROTOCOLS:
        edited = Editor(("invisible", "date-line"), rules).edit(body, protocol)
        assert apply(body, edited.entries) == edited.body


def _common(one: bytes, other: bytes) -> int:
    return next((nth for nth, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


_PAIRING = ("tool_use_id", "id", "call_id", "tool_call_id", "is_error", "role", "name")


def _shape(value: Any) -> list[Any]:
    """Ids, names and roles in their order, and how many blocks each list has: all that makes pairs."""
    if isinstance(value, list):
        return [len(value), *(each for item in value for each in _shape(item))]
    if not isinstance(value, dict):
        return []
    here = [(name, value[name]) for name in _PAIRING if name in value]
    return here + [each for item in value.values() for each in _shape(item)]


def _said(value: Any) -> list[Any]:
    if isinstance(value, list):
        return [each for item in value for each in _said(item)]
    if not isinstance(value, dict):
        return []
    if value.get("role") in ("assistant", "model") or value.get("type") in ("reasoning", "function_call"):
        return [value]
    return [each for item in value.values() for each in _said(item)]


# --- marks


@pytest.mark.parametrize("escaped", [False, True])
def test_a_marked_request_of_2_1_91_leaves_plain_with_every_byte_in_the_ledger(escaped: bool) -> None:
    marked = plainly(request(reminder("Today\u02bcs date is 2026/11/21.")), escaped=escaped)
    edited = Editor(("date-line",)).edit(marked, "anthropic-messages")
    assert edited.body == plainly(request(reminder(PLAIN)), escaped=escaped)
    assert edited.marks == ("date-line:labKw+cnTZ",)
    assert [entry.rule for entry in edited.entries] == [
        "strip_marks:date-line:apostrophe",
        "strip_marks:date-line:separator",
        "strip_marks:date-line:separator",
    ]
    assert {entry.path for entry in edited.entries} == {"/messages/0/content/1/text"}
    assert unapply(edited.body, edited.entries) == marked


def test_a_plain_request_is_passed_on_as_the_very_same_object() -> None:
    body = plainly(request(reminder(PLAIN)))
    edited = Editor(("date-line",), (ContextRule("drop", "image"),)).edit(body, "anthropic-messages")
    assert edited.body is body and not edited.entries and edited.effect is None


def test_a_quoted_mark_is_left_and_said() -> None:
    body = plainly(request(reminder(PLAIN), "they wrote Today\u02b9s date is 2026-11-21. there"))
    edited = Editor(("date-line",)).edit(body, "anthropic-messages")
    assert edited.body is body
    assert edited.left == ("date-line:known+labKw",)


def test_a_detector_edits_where_it_finds_but_nothing_signed() -> None:
    hidden = "a\u200b\u200bb"
    thinking = {"role": "assistant", "content": [{"type": "thinking", "thinking": hidden, "signature": "s"}]}
    value = request(hidden, later=(thinking,))
    value["system"] = [{"type": "text", "text": ATTRIBUTION + hidden}]
    edited = Editor(("invisible",)).edit(plainly(value), "anthropic-messages")
    said = json.loads(edited.body)
    assert said["messages"][0]["content"][1]["text"] == "ab"
    assert said["messages"][1] == thinking and said["system"] == value["system"]
    assert len(edited.left) == 1 and edited.left == edited.marks


@pytest.mark.parametrize(
    ("protocol", "body"),
    [
        ("openai-responses", {"input": [{"type": "x", "text": "a\u200b\u200bb", "encrypted_content": "c"}]}),
        ("openai-responses", {"input": [{"type": "reasoning", "summary": [{"text": "a\u200b\u200bb"}]}]}),
        ("gemini", {"contents": [{"parts": [{"text": "a\u200b\u200bb", "thoughtSignature": "c"}]}]}),
        ("openai-chat", {"messages": [{"role": "assistant", "content": "a\u200b\u200bb"}]}),
    ],
)
def test_no_detector_edits_what_is_signed_or_the_models(protocol: WireFormat, body: Any) -> None:
    spelled = json.dumps(body).encode()
    edited = Editor(("invisible",)).edit(spelled, protocol)
    assert edited.body is spelled and edited.left and not edited.marks


def test_an_unknown_scheme_is_refused() -> None:
    with pytest.raises(UsageError, match="no scheme"):
        Editor(("date-lime",))
