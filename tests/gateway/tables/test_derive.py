"""Columns that bodies tell, in all four protocols; broken bodies tell nothing and break nothing."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.gateway.tables import samples
from wiretell.gateway.log.blocks import common, cut
from wiretell.gateway.tables import template
from wiretell.gateway.tables.derive import MOST_HASHES, MOST_PROMPT, BodyDeriver, positions
from wiretell.gateway.tables.interface import Known
from wiretell.model.exchange import Row

MARKED = "Today\u02bcs date is 2026-07-10."
"""State `labKw`."""
REMINDER = (
    "<system-reminder>\nAs you answer the user's questions, you can use the following context:\n"
    f"# currentDate\n{MARKED}\n</system-reminder>\n"
)
OWN = "Please find out why the parser fails on empty input, and fix it."
PROTOCOLS = ("anthropic-messages", "openai-chat", "openai-responses", "gemini")
WORDS = ("parser", "lexer", "printer", "tests", "docs")


def user(protocol: str, *texts: str) -> dict[str, Any]:
    if protocol == "gemini":
        return {"role": "user", "parts": [{"text": text} for text in texts]}
    kind = "input_text" if protocol == "openai-responses" else "text"
    return {"role": "user", "content": [{"type": kind, "text": text} for text in texts]}


def answer(protocol: str, text: str) -> dict[str, Any]:
    if protocol == "gemini":
        return {"role": "model", "parts": [{"text": text}]}
    return {"role": "assistant", "content": text}


def results(protocol: str, *contents: str) -> list[dict[str, Any]]:
    match protocol:
        case "anthropic-messages":
            return [{"role": "user", "content": [{"type": "tool_result", "content": each} for each in contents]}]
        case "openai-chat":
            return [{"role": "tool", "tool_call_id": "c", "content": each} for each in contents]
        case "openai-responses":
            return [{"type": "function_call_output", "call_id": "c", "output": each} for each in contents]
    return [{"role": "user", "parts": [{"functionResponse": {"response": {"r": each}}} for each in contents]}]


def body(protocol: str, messages: list[Any], system: str = "You are an agent.") -> bytes:
    match protocol:
        case "anthropic-messages":
            parts: dict[str, Any] = {"messages": messages, "system": [{"type": "text", "text": system}]}
        case "openai-chat":
            parts = {"messages": [{"role": "system", "content": system}, *messages]}
        case "openai-responses":
            parts = {"instructions": system, "input": messages}
        case _:
            parts = {"systemInstruction": {"parts": [{"text": system}]}, "contents": messages}
    return json.dumps({"model": "m", **parts, "tools": [{"name": "Bash"}]}, ensure_ascii=False).encode()


def derived(protocol: str, data: bytes, deriver: BodyDeriver | None = None, new_from: int = 0) -> Row:
    row = samples.row(protocol=protocol, marks=("tags:seen",))
    found = (deriver or BodyDeriver()).derive(protocol, row.client_version, data, Known(new_from=new_from))
    return samples.with_derived(row, found[0] if found else None)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_first_turn_tells_all(protocol: str) -> None:
    found = derived(protocol, body(protocol, [user(protocol, REMINDER, OWN)]))
    assert found.prompt == f"{REMINDER}\n{OWN}"
    assert found.marks == ("tags:seen", "date-line:labKw")
    assert found.system_hash is not None
    assert (len(found.prefix_blocks), len(found.template), found.tool_results) == (2, template.BANDS, 0)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_results_of_tools_are_counted_and_are_no_prompt(protocol: str) -> None:
    messages = [user(protocol, REMINDER, OWN), answer(protocol, "I look."), *results(protocol, "a", "b", "c")]
    found = derived(protocol, body(protocol, messages))
    assert (found.tool_results, found.prompt, found.template) == (3, None, ())
    assert "date-line:labKw" in found.marks


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_later_turns_share_the_prefixes_and_the_system_hash_of_earlier_ones(protocol: str) -> None:
    deriver = BodyDeriver()
    messages = [user(protocol, REMINDER, OWN)]
    earlier = derived(protocol, body(protocol, messages), deriver)
    for turn in range(5):
        messages += [answer(protocol, f"Answer {turn}"), user(protocol, f"Look at the {WORDS[turn]} now")]
        later = derived(protocol, body(protocol, messages), deriver)
        assert later.prefix_blocks[: len(earlier.prefix_blocks)] == earlier.prefix_blocks
        assert (later.system_hash, later.marks) == (earlier.system_hash, earlier.marks)
        assert later.template != earlier.template
        earlier = later
    other = derived(protocol, body(protocol, [user(protocol, "Hello"), *messages[1:]]), deriver)
    assert other.prefix_blocks[0] == earlier.prefix_blocks[0]
    assert not set(other.prefix_blocks[1:]) & set(earlier.prefix_blocks)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_what_is_remembered_changes_nothing(protocol: str) -> None:
    """A deriver that has seen the conversation, one that has not, and one that remembers next to nothing agree."""
    messages = [
        user(protocol, REMINDER, OWN),
        answer(protocol, "Yes."),
        user(protocol, "And\U000e0041\U000e0042 then?"),
    ]
    deriver, forgetful = BodyDeriver(), BodyDeriver(remembered=1)
    for end in (1, 3):
        data = body(protocol, messages[:end])
        assert derived(protocol, data, deriver) == derived(protocol, data, forgetful) == derived(protocol, data)
    assert any(mark.startswith("tags:U+") for mark in derived(protocol, data, deriver).marks)


def test_of_a_known_part_that_was_forgotten_documented_schemes_are_read_still() -> None:
    messages = [user("anthropic-messages", REMINDER, "So\U000e0041\U000e0042 far"), answer("anthropic-messages", "x")]
    data = body("anthropic-messages", [*messages, user("anthropic-messages", "new")])
    found = derived("anthropic-messages", data, new_from=data.index(b"new"))
    assert found.marks == ("tags:seen", "date-line:labKw")


def test_the_date_line_counts_in_the_second_message_behind_deferred_tools() -> None:
    tools = "<available-deferred-tools>\nWebFetch\n</available-deferred-tools>"
    messages = [user("anthropic-messages", tools), user("anthropic-messages", REMINDER, OWN)]
    assert "date-line:labKw" in derived("anthropic-messages", body("anthropic-messages", messages)).marks


def test_cache_markers_and_the_attribution_block_change_no_hash() -> None:
    first = {"role": "user", "content": "hello"}
    marked = {"role": "user", "content": [{"type": "text", "text": "hello", "cache_control": {"type": "ephemeral"}}]}
    system = {"type": "text", "text": "You are an agent."}
    billing = {"type": "text", "text": "x-anthropic-billing-header: cc_version=2.1.91; cch=0f126;"}

    def hashes(message: Any, *blocks: Any) -> tuple[Any, Any]:
        data = json.dumps({"system": blocks, "messages": [message]}, separators=(",", ":")).encode()
        found = derived("anthropic-messages", data)
        return found.system_hash, found.prefix_blocks

    plain = hashes(first, system)
    assert hashes(marked, billing, {**system, "cache_control": {"type": "ephemeral", "ttl": "1h"}}) == plain
    assert hashes(first, {"type": "text", "text": "You are another agent."}) != plain
    assert hashes({"role": "user", "content": 'hello","cache_control":{}'}, system)[1] != plain[1]


def test_hashes_are_made_with_the_key() -> None:
    data = body("gemini", [user("gemini", OWN)])
    one, other = (derived("gemini", data, BodyDeriver(key)) for key in (b"1", b"2"))
    assert not set(one.prefix_blocks) & set(other.prefix_blocks)
    assert not set(one.template) & set(other.template)
    assert one.system_hash != other.system_hash
    assert replace(one, prefix_blocks=(), template=(), system_hash=None) == replace(
        other, prefix_blocks=(), template=(), system_hash=None
    )


def test_variants_of_one_template_share_bands_and_other_texts_do_not() -> None:
    base = "Rate the following answer of the assistant from 1 to 10 for helpfulness, and explain each step: "
    one, other = (
        derived("openai-chat", body("openai-chat", [user("openai-chat", base * 3 + end)])) for end in ("a", "b")
    )
    far = derived("openai-chat", body("openai-chat", [user("openai-chat", OWN)]))
    assert set(one.template) & set(other.template)
    assert not set(one.template) & set(far.template)


def test_a_long_prompt_keeps_beginning_and_end() -> None:
    found = derived("openai-responses", json.dumps({"input": "a" + "b" * 50_000 + "c"}).encode())
    assert found.prompt is not None
    assert found.prompt.startswith("ab")
    assert found.prompt.endswith("bc")
    assert len(found.prompt) < MOST_PROMPT + 100


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 5000), st.booleans())
def test_positions_are_few_and_do_not_move(messages: int, has_head: bool) -> None:
    found = positions(messages, has_head=has_head)
    assert len(found) <= MOST_HASHES
    assert list(found) == sorted(set(found))
    assert all(each <= messages for each in found)
    if messages:
        assert max(found) > messages // 2
        assert set(positions(messages + 2, has_head=has_head)) & set(found)


@pytest.mark.parametrize("protocol", [*PROTOCOLS, "", "unknown"])
@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_broken_bodies_tell_nothing_and_raise_nothing(protocol: str, data: st.DataObject) -> None:
    whole = body(protocol, [user(protocol, REMINDER, OWN), *results(protocol, "a")]) if protocol in PROTOCOLS else b"{}"
    at = data.draw(st.integers(0, len(whole)))
    broken = data.draw(
        st.one_of(st.binary(max_size=40), st.just(whole[:at]), st.just(whole[:at] + b"\xff" + whole[at:]))
    )
    row = derived(protocol, broken)
    assert len(row.prefix_blocks) <= MOST_HASHES


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["role", "content", "type", "text", "parts", "user", "tool"]), inner, max_size=3
        )
    ),
    max_leaves=12,
)


@settings(max_examples=50, deadline=None)
@given(
    st.sampled_from(PROTOCOLS), st.dictionaries(st.sampled_from(["system", "tools", "messages", "input"]), _JSON), _JSON
)
def test_odd_bodies_raise_nothing(protocol: str, members: dict[str, Any], messages: Any) -> None:
    odd = {"messages": messages, "input": messages, "contents": messages, **members}
    derived(protocol, json.dumps(odd).encode())
    derived(protocol, json.dumps(messages).encode())


_PIECES = st.sampled_from(
    [
        b"[",
        b"]",
        b"{",
        b"}",
        b",",
        b":",
        b'"',
        b"\\",
        b"null",
        b'"messages":',
        b'"system":',
        b'"input":',
        b'"tools":',
        b"x",
    ]
) | st.binary(max_size=3)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_reading_only_what_is_new_tells_the_same(protocol: str, data: st.DataObject) -> None:
    """Of bodies that share beginning and end with the one before, however they were made."""
    deriver = BodyDeriver()
    messages: list[Any] = [user(protocol, REMINDER, OWN)]
    before, notes = b"", None
    for _ in range(4):
        new = [answer(protocol, "Yes."), user(protocol, "And\U000e0041\U000e0042 then?"), *results(protocol, "a" * 70)]
        at = data.draw(st.integers(0, len(messages)))
        messages[at:at] = data.draw(st.lists(st.sampled_from(new), max_size=3))
        now = body(protocol, messages, "You are an agent. " * 5)
        if data.draw(st.booleans()):
            start = data.draw(st.integers(0, len(now)))
            now = now[:start] + data.draw(_PIECES) + now[data.draw(st.integers(start, min(start + 300, len(now)))) :]
        front = data.draw(st.integers(0, common(before, now)))
        most = min(len(before), len(now)) - front
        ends = [each[-most:][::-1] if most else b"" for each in (before, now)]
        back = common(*ends)
        found = deriver.derive(protocol, "2.1.91", now, Known(notes, front, back))
        fresh = BodyDeriver().derive(protocol, "2.1.91", now, Known())
        assert (found and found[0]) == (fresh and fresh[0])
        before, notes = now, found[1] if found else None


def test_unclosed_elements_are_read_in_a_time_that_grows_with_the_text() -> None:
    assert template.own_text(("<system-reminder>" * 20_000,)).startswith("<system-reminder>")
    assert (
        template.own_text(("a<system-reminder>x</system-reminder>b", "<environment_context>y</environment_context>"))
        == "ab"
    )


@pytest.mark.parametrize(
    "data",
    [
        b'{"messages":[{"role":"user","content":"%b"}]}' % (b"a \\n" * 2_000_000),
        b'{"messages":[%b{}]}' % (b'{"role":"user","content":"a"},' * 200_000),
        b'{"messages":[%b{}]}' % (b"{}," * 500_000),
        b'{"messages":[{"role":"user","content":"%b"}]}' % ("\u02bc\u200b \u00e9 ".encode() * 300_000),
        b'{"messages":[{"role":"user","content":"%b"}]}' % (b"\\u200b" * 500_000),
        b'{"messages":[{"a":1,%b"cache_control":1}]}' % (b" " * 200_000),
    ],
    ids=["lines", "messages", "objects", "characters", "escapes", "spaces"],
)
def test_what_a_body_costs_is_bounded_and_said(data: bytes) -> None:
    """A second is generous: unbounded, each takes many."""
    deriver = BodyDeriver()
    began = time.process_time()
    found = deriver.derive("anthropic-messages", "", data, Known())
    assert len(cut(data)) < 20_000
    assert time.process_time() - began < 1.0
    assert found is not None
    assert found[0].warnings or b"cache_control" in data


def test_of_a_text_that_is_too_long_beginning_and_end_are_read() -> None:
    """The date line stands at the beginning, what is new at the end."""
    filler = "plain \u00e9 words, \u2019 \n" * 100_000
    text = f"{REMINDER}{filler}hidden\U000e0041\U000e0042\U000e0043"
    row = derived("anthropic-messages", body("anthropic-messages", [user("anthropic-messages", text)]))
    assert "date-line:labKw" in row.marks
    assert any(mark.startswith("tags") for mark in row.marks)
    assert "first and last" in row.warnings[-1]
