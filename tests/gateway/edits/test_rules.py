"""The context rules, one by one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.gateway.edits.conversations import ATTRIBUTION, PROTOCOLS, bodies
from wiretell.errors import UsageError
from wiretell.gateway.config.values import ContextRule
from wiretell.gateway.edits import Editor
from wiretell.model.exchange import WireFormat

LONG = "begin " + "x" * 1000 + " end"


def edited(protocol: WireFormat, turns: list[tuple[str, str, bool]], *rules: ContextRule) -> Any:
    return json.loads(Editor((), rules).edit(bodies(protocol, turns)[-1], protocol).body)


def results(value: Any) -> list[str]:
    """Every text with the mark of a result: its beginning."""
    return [text for text in _texts(value) if text.startswith("begin")]


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    items = value if isinstance(value, list) else value.values() if isinstance(value, dict) else []
    return [text for item in items for text in _texts(item)]


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_old_results_are_shortened_and_say_by_how_much(protocol: WireFormat) -> None:
    turns = [("one", LONG, False), ("two", LONG, True), ("three", LONG, False)]
    rule = ContextRule("shorten", "tool_result", older_than_turns=2, keep_chars=10)
    first, *others = results(edited(protocol, turns, rule))
    assert first.startswith("begin\n[... ") and first.endswith(" ...]\nx end")
    assert "1,000 characters" in first
    assert others == [LONG, LONG]


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_with_fewer_turns_than_that_nothing_is_old(protocol: WireFormat) -> None:
    rule = ContextRule("shorten", "tool_result", older_than_turns=3, keep_chars=10)
    assert results(edited(protocol, [("one", LONG, False)] * 3, rule)) == [LONG] * 3
    assert results(edited(protocol, [("one", LONG, False)] * 4, rule))[1:] == [LONG] * 3


def test_tool_results_and_reminders_begin_no_turn() -> None:
    turns = [("one", LONG, False), ("<system-reminder>do</system-reminder>", LONG, False), ("two", LONG, False)]
    rule = ContextRule("shorten", "tool_result", older_than_turns=2, keep_chars=10)
    assert results(edited("anthropic-messages", turns, rule)) == [LONG] * 3


def test_a_result_that_is_hardly_longer_than_the_note_stays() -> None:
    rule = ContextRule("shorten", "tool_result", keep_chars=10)
    assert results(edited("openai-chat", [("a", "begin" + "x" * 50, False)], rule)) == ["begin" + "x" * 50]


def test_is_error_and_ids_of_a_shortened_result_stay() -> None:
    value = edited("anthropic-messages", [("a", LONG, True)], ContextRule("shorten", "tool_result", keep_chars=10))
    result = value["messages"][2]["content"][0]
    assert result["is_error"] is True and result["tool_use_id"] == "t0" and len(result["content"]) == 2


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_images_become_a_text_everywhere(protocol: WireFormat) -> None:
    value = edited(protocol, [("a", "b", True)], ContextRule("drop", "image", text="[gone]"))
    assert "[gone]" in _texts(value)
    assert not any(word in json.dumps(value) for word in ("aWlp", "image_url", "inlineData"))


def test_a_cache_breakpoint_at_an_image_stays() -> None:
    image = {"type": "image", "source": {"data": "x"}, "cache_control": {"type": "ephemeral", "ttl": "1h"}}
    body = json.dumps({"messages": [{"role": "user", "content": [image]}]}).encode()
    (block,) = json.loads(Editor((), (ContextRule("drop", "image"),)).edit(body, "anthropic-messages").body)[
        "messages"
    ][0]["content"]
    assert block["type"] == "text" and block["cache_control"] == image["cache_control"]


def test_a_signed_part_of_gemini_is_not_touched() -> None:
    part = {"text": "needle", "thoughtSignature": "x", "inlineData": {"mimeType": "image/png", "data": "y"}}
    body = json.dumps({"contents": [{"role": "user", "parts": [part]}]}).encode()
    rules = (ContextRule("replace", "needle", text="x"), ContextRule("drop", "image"))
    assert Editor((), rules).edit(body, "gemini").body is body


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_pinned_message_is_not_touched_by_any_rule_before_or_after(protocol: WireFormat) -> None:
    turns = [("keep me needle", LONG + " keep me", True), ("needle", LONG, True)]
    rules = (
        ContextRule("replace", "needle", text="pin"),
        ContextRule("shorten", "tool_result", keep_chars=10),
        ContextRule("pin", "/keep +me/"),
        ContextRule("drop", "image", text="[gone]"),
    )
    said = _texts(edited(protocol, turns, *rules))
    assert "keep me needle" in said and LONG + " keep me" in said
    assert "pin" in said and LONG not in said


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_texts_are_replaced_in_user_text_results_and_system(protocol: WireFormat) -> None:
    value = edited(protocol, [("a needle", "begin needle", False)], ContextRule("replace", "/n(e)+dle/", text="\u4e2d"))
    said = _texts(value)
    assert {"a \u4e2d", "begin \u4e2d", "You help. \u4e2d"} <= set(said)
    assert ATTRIBUTION + "needle" in said or protocol != "anthropic-messages"


@pytest.mark.parametrize("spelling", ["needle", "\\u006eeedle", "nee\\u0064le"])
def test_a_literal_is_found_however_it_is_spelled(spelling: str) -> None:
    body = f'{{"messages":[{{"role":"user","content":"a {spelling} b"}}]}}'.encode()
    out = Editor((), (ContextRule("replace", "needle", text="x"),)).edit(body, "openai-chat")
    assert json.loads(out.body)["messages"][0]["content"] == "a x b"
    assert out.entries[0].before == spelling


def test_rules_are_applied_one_after_the_other_and_told_against_the_original() -> None:
    rules = (ContextRule("replace", "x", text="y"), ContextRule("replace", "yyy", text="z"))
    body = b'{"messages":[{"role":"user","content":"axxxb"}]}'
    out = Editor((), rules).edit(body, "openai-chat")
    assert json.loads(out.body)["messages"][0]["content"] == "azb"
    (entry,) = out.entries
    assert (entry.before, entry.after, entry.rule, entry.path) == (
        "xxx",
        "z",
        "context:1:replace",
        "/messages/0/content",
    )


def test_what_is_there_already_is_no_edit() -> None:
    body = b'{"input":"a needle"}'
    assert (
        Editor((), (ContextRule("replace", "/n[e]+dle/", text="needle"),)).edit(body, "openai-responses").body is body
    )


def test_replaced_text_is_spelled_as_what_stands_around_it() -> None:
    for around, wanted in (("\u00e9", "\u4e2d".encode()), ("\\u00e9", b"\\u4e2d"), ("e", b"\\u4e2d")):
        body = f'{{"input":"needle {around}"}}'.encode()
        out = Editor((), (ContextRule("replace", "needle", text="\u4e2d"),)).edit(body, "openai-responses")
        assert wanted in out.body


@pytest.mark.parametrize("what", ["", "/(/", "/(?=x)y/"])
def test_a_pattern_that_is_none_is_refused_in_one_sentence(what: str) -> None:
    with pytest.raises(UsageError, match="context rule"):
        Editor((), (ContextRule("replace", what),))


def test_a_regular_expression_takes_linear_time() -> None:
    body = json.dumps({"input": "a" * 5000 + "!"}).encode()
    assert Editor((), (ContextRule("replace", "/(a|aa)+$/", text="x"),)).edit(body, "openai-responses").body is body
