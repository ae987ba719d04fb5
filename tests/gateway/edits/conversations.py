"""Requests of the four protocols, turn by turn, for the tests of edits. Bodies are spelled as clients spell them."""

from __future__ import annotations

import json
import re
from typing import Any

from hypothesis import strategies as st

from tests.marks.date_line import PLAIN, reminder
from wiretell.gateway.config.values import ContextRule
from wiretell.model.exchange import WireFormat

PROTOCOLS: tuple[WireFormat, ...] = ("anthropic-messages", "openai-chat", "openai-responses", "gemini")
ATTRIBUTION = "x-anthropic-billing-header: cc_version=2.1.91.abc; cc_entrypoint=cli;"
SIGNED = "I think about Today\u02bcs date is 2026/11/21. and needle"

TEXTS = st.one_of(
    st.text(max_size=40),
    st.text(st.sampled_from('ab "\\\n\u00e9\u4e2d\U0001f600\ud83d needle'), max_size=900),
    st.sampled_from(
        ["needle", "a needle in hay", "x" * 700, "\u4e2d" * 300 + "needle" + "\U0001f600" * 300, "keep me"]
    ),
)
TURNS = st.lists(st.tuples(TEXTS, TEXTS, st.booleans()), min_size=1, max_size=5)
"""What the user says, what the tool answers, whether there is an image."""


def spelled(value: Any, *, escaped: bool) -> bytes:
    """As JavaScript spells it: half surrogates as escapes."""
    text = json.dumps(value, ensure_ascii=escaped, separators=(",", ":"))
    return re.sub("[\ud800-\udfff]", lambda half: f"\\u{ord(half[0]):04x}", text).encode()


def bodies(protocol: WireFormat, turns: list[tuple[str, str, bool]], *, escaped: bool = False) -> list[bytes]:
    """The request of each turn; each begins with what the one before it said."""
    return [spelled(_BODIES[protocol](turns[:nth]), escaped=escaped) for nth in range(1, len(turns) + 1)]


def _anthropic(turns: list[tuple[str, str, bool]]) -> dict[str, Any]:
    messages: list[dict[str, Any]] = []
    for nth, (said, result, image) in enumerate(turns):
        content: list[dict[str, Any]] = [{"type": "text", "text": said or "."}]
        if nth == 0:
            content.insert(0, {"type": "text", "text": reminder(PLAIN)})
        picture = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aWlp" * 20}}
        messages.append({"role": "user", "content": content + ([picture] if image else [])})
        thinking = {"type": "thinking", "thinking": SIGNED, "signature": "c2ln"}
        call = {"type": "tool_use", "id": f"t{nth}", "name": "Read", "input": {"path": "needle"}}
        messages.append({"role": "assistant", "content": [thinking, {"type": "text", "text": "needle"}, call]})
        inner: Any = [{"type": "text", "text": result}, picture] if image else result
        answer = {"type": "tool_result", "tool_use_id": f"t{nth}", "is_error": image, "content": inner}
        messages.append({"role": "user", "content": [answer]})
    system = [{"type": "text", "text": ATTRIBUTION + "needle"}, {"type": "text", "text": "You help. needle"}]
    return {"model": "m", "system": system, "max_tokens": 9, "messages": messages}


def _chat(turns: list[tuple[str, str, bool]]) -> dict[str, Any]:
    messages: list[dict[str, Any]] = [{"role": "system", "content": "You help. needle"}]
    for nth, (said, result, image) in enumerate(turns):
        picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,aWlp"}}
        content: Any = [{"type": "text", "text": said or "."}, picture] if image else said or "."
        messages.append({"role": "user", "content": content})
        call = {"id": f"t{nth}", "type": "function", "function": {"name": "read", "arguments": '{"path":"needle"}'}}
        messages.append({"role": "assistant", "content": None, "reasoning_content": SIGNED, "tool_calls": [call]})
        messages.append({"role": "tool", "tool_call_id": f"t{nth}", "content": result})
    return {"model": "m", "messages": messages}


def _responses(turns: list[tuple[str, str, bool]]) -> dict[str, Any]:
    items: list[dict[str, Any]] = []
    for nth, (said, result, image) in enumerate(turns):
        picture = {"type": "input_image", "image_url": "data:image/png;base64,aWlp"}
        content: list[dict[str, Any]] = [{"type": "input_text", "text": said or "."}]
        items.append({"type": "message", "role": "user", "content": content + ([picture] if image else [])})
        items.append(
            {"type": "reasoning", "summary": [{"type": "summary_text", "text": SIGNED}], "encrypted_content": "x"}
        )
        items.append({"type": "function_call", "call_id": f"t{nth}", "name": "read", "arguments": '{"path":"needle"}'})
        inner: Any = [{"type": "input_text", "text": result}, picture] if image else result
        items.append({"type": "function_call_output", "call_id": f"t{nth}", "output": inner})
    return {"model": "m", "instructions": "You help. needle", "input": items}


def _gemini(turns: list[tuple[str, str, bool]]) -> dict[str, Any]:
    contents: list[dict[str, Any]] = []
    for said, result, image in turns:
        picture = {"inlineData": {"mimeType": "image/png", "data": "aWlp"}}
        parts: list[dict[str, Any]] = [{"text": said or "."}]
        contents.append({"role": "user", "parts": parts + ([picture] if image else [])})
        call = {"functionCall": {"name": "read", "args": {"path": "needle"}}, "thoughtSignature": "c2ln"}
        contents.append({"role": "model", "parts": [{"text": SIGNED, "thought": True}, call]})
        answer = {"name": "read", "response": {"output": result, "more": ["needle", 1]}}
        contents.append({"role": "user", "parts": [{"functionResponse": answer}]})
    return {"systemInstruction": {"parts": [{"text": "You help. needle"}]}, "contents": contents}


_BODIES = {"anthropic-messages": _anthropic, "openai-chat": _chat, "openai-responses": _responses, "gemini": _gemini}

AGELESS = st.lists(
    st.sampled_from(
        [
            ContextRule("shorten", "tool_result", keep_chars=50),
            ContextRule("shorten", "tool_result", keep_chars=0),
            ContextRule("drop", "image"),
            ContextRule("drop", "image", text='an "image" \u4e2d'),
            ContextRule("pin", "keep me"),
            ContextRule("replace", "needle", text="pin\u00e9 \U0001f600"),
            ContextRule("replace", "/ne+dle|[0-9]{3}/", text=""),
            ContextRule("replace", "\u4e2d", text='"\\'),
        ]
    ),
    max_size=4,
)
"""Context rules that do not depend on age."""
