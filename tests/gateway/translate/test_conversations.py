"""Conversations of any shape, also ones that no client should send: every word of them arrives.

The tables say which fields go over; the library may still drop what it finds odd, as it does with results that have no
call.
"""

from __future__ import annotations

import json
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.gateway.translate.samples import CHAT, MESSAGES, PAIRS, RESPONSES
from wiretell.gateway import translate
from wiretell.model.exchange import WireFormat

ROLES = {
    MESSAGES: ["user", "assistant"],
    CHAT: ["system", "user", "assistant"],
    RESPONSES: ["system", "user", "assistant"],
}
STEP = st.tuples(
    st.sampled_from(["text", "texts", "image", "call", "result", "results"]), st.integers(0, 2), st.booleans()
)
STEPS = st.lists(STEP, min_size=1, max_size=10)


def conversation(client: WireFormat, steps: list[tuple[str, int, bool]]) -> tuple[dict[str, Any], list[str]]:
    """Return a request and the words in it, each once; calls and results of a few ids, in any order."""
    numbers = count()
    words: list[str] = []

    def word() -> str:
        words.append(f"word{next(numbers)}word")
        return words[-1]

    make = {MESSAGES: _messages, CHAT: _chat, RESPONSES: _responses}[client]
    made = [make(kind, f"id{number}", flag, word) for kind, number, flag in steps]
    return {"input" if client == RESPONSES else "messages": made}, words


def _messages(kind: str, given_id: str, flag: bool, word: Any) -> dict[str, Any]:
    match kind:
        case "text":
            return {"role": ROLES[MESSAGES][flag], "content": word()}
        case "texts":
            return {"role": ROLES[MESSAGES][flag], "content": [{"type": "text", "text": word()} for _ in range(2)]}
        case "image":
            source = {"type": "base64", "media_type": "image/png", "data": word()}
            return {"role": "user", "content": [{"type": "image", "source": source}]}
        case "call":
            use = {"type": "tool_use", "id": given_id, "name": "f", "input": {"x": word()}}
            return {"role": "assistant", "content": [use, {"type": "text", "text": word()}] if flag else [use]}
        case "result":
            result = {"type": "tool_result", "tool_use_id": given_id, "content": word(), "is_error": flag}
            return {"role": "user", "content": [{"type": "text", "text": word()}, result]}
        case _:
            source = {"type": "base64", "media_type": "image/png", "data": word()}
            parts = [{"type": "text", "text": word()}, {"type": "image", "source": source}]
            return {"role": "user", "content": [{"type": "tool_result", "tool_use_id": given_id, "content": parts}]}


def _chat(kind: str, given_id: str, flag: bool, word: Any) -> dict[str, Any]:
    match kind:
        case "text":
            return {"role": ROLES[CHAT][flag + (given_id == "id0")], "content": word()}
        case "texts":
            return {"role": ROLES[CHAT][flag], "content": [{"type": "text", "text": word()} for _ in range(2)]}
        case "image":
            return {
                "role": "user",
                "content": [{"type": "image_url", "image_url": {"url": f"https://i.example/{word()}"}}],
            }
        case "call":
            call = {"id": given_id, "type": "function", "function": {"name": "f", "arguments": f'{{"x":"{word()}"}}'}}
            return {"role": "assistant", "content": word() if flag else None, "tool_calls": [call]}
        case "result":
            return {"role": "tool", "tool_call_id": given_id, "content": word()}
        case _:
            parts = [{"type": "text", "text": word()} for _ in range(2)]
            return {"role": "tool", "tool_call_id": given_id, "content": parts}


def _responses(kind: str, given_id: str, flag: bool, word: Any) -> dict[str, Any]:
    match kind:
        case "text":
            return {"role": ROLES[RESPONSES][flag + (given_id == "id0")], "content": word()}
        case "texts":
            kind_of_part = "output_text" if flag else "input_text"
            parts = [{"type": kind_of_part, "text": word()} for _ in range(2)]
            return {"type": "message", "role": "assistant" if flag else "user", "content": parts}
        case "image":
            return {"role": "user", "content": [{"type": "input_image", "image_url": f"https://i.example/{word()}"}]}
        case "call" if flag:
            return {"type": "custom_tool_call", "call_id": given_id, "name": "p", "input": word()}
        case "call":
            return {"type": "function_call", "call_id": given_id, "name": "f", "arguments": f'{{"x":"{word()}"}}'}
        case "result":
            kind_of_result = "custom_tool_call_output" if flag else "function_call_output"
            return {"type": kind_of_result, "call_id": given_id, "output": word()}
        case _:
            image = {"type": "input_image", "image_url": f"https://i.example/{word()}"}
            parts = [{"type": "input_text", "text": word()}, image]
            return {"type": "function_call_output", "call_id": given_id, "output": parts}


@pytest.mark.parametrize(("client", "upstream"), PAIRS)
@settings(deadline=None, max_examples=60)
@given(steps=STEPS)
def test_every_word_arrives(client: WireFormat, upstream: WireFormat, steps: list[tuple[str, int, bool]]) -> None:
    body, words = conversation(client, [*steps, ("text", 1, False)])
    request = translate.translator(client, upstream).request(json.dumps(body).encode(), "m")
    listed = [loss for loss in request.losses if "image" not in loss.path]
    assert [word for word in words if word.encode() not in request.body] == []
    assert listed == []
