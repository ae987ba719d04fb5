"""What is asked, and what is answered. Made from a seed; the texts are ours."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from wiretell.bench.requests import request

SMALL_BYTES: Final = 1_400
LARGE_BYTES: Final = 200_000
_COUNTER: Final = "@@@@@@@@@@@@"
MODEL: Final = "claude-sonnet-4-5"


@dataclass(frozen=True, slots=True)
class Body:
    """A request whose last message counts up: as in a conversation, all but the end was seen before."""

    name: str
    head: bytes
    tail: bytes

    @property
    def size(self) -> int:
        """Bytes of one request."""
        return len(self.head) + len(_COUNTER) + len(self.tail)


def bodies(seed: int) -> tuple[Body, ...]:
    """Return a small request and a large one."""
    return _split("1.4 KB", _small()), _split("200 KB", _large(seed))


def answer() -> bytes:
    """Return a whole response, as the model host gives it."""
    text = "The test fails as the fixture is older than the schema; I changed the fixture and it passes now. " * 4
    usage = {"input_tokens": 900, "cache_read_input_tokens": 47_000, "cache_creation_input_tokens": 300}
    message = {
        "id": "msg_01AAAAAAAAAAAAAAAAAAAAAA",
        "type": "message",
        "role": "assistant",
        "model": MODEL,
        "content": [{"type": "text", "text": text}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": usage | {"output_tokens": 96},
    }
    return _spelled(message)


def events() -> bytes:
    """Return a streamed response of some 5 KB."""
    usage = {"input_tokens": 40, "cache_read_input_tokens": 47_000, "cache_creation_input_tokens": 900}
    start = {"id": "msg_01A", "type": "message", "role": "assistant", "model": MODEL, "content": []}
    words = ("The", "fixture", "is", "older", "than", "the", "schema", "so", "I", "changed", "it", "and", "now")
    rows: list[dict[str, Any]] = [
        {"type": "message_start", "message": start | {"usage": usage | {"output_tokens": 1}}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        *(
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": f"{word} "}}
            for word in words * 3
        ),
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 60}},
        {"type": "message_stop"},
    ]
    return b"".join(b"event: " + row["type"].encode() + b"\ndata: " + _spelled(row) + b"\n\n" for row in rows)


def conversation(turns: int, seed: int, state: str = "none") -> Iterator[bytes]:
    """Go through the requests of one conversation: each sends again all before it, and a little more.

    The marker of the prompt cache moves to the last message each turn, as agents do it. `state`: of the date line.
    """
    first: dict[str, Any] = json.loads(request(20_000, seed, state))
    later = json.loads(request(LARGE_BYTES, seed + 1, "none"))["messages"][1:]
    messages = list(first["messages"])
    for turn in range(turns):
        block = {"type": "text", "text": f"Turn {turn}: go on."}
        last = {"role": "user", "content": [block | {"cache_control": {"type": "ephemeral"}}]}
        yield _spelled(first | {"messages": [*messages, last], "stream": True})
        said = later[turn % len(later)]
        messages += [
            {"role": "user", "content": [block]},
            {
                "role": "assistant",
                "content": [{"type": "tool_use", "id": f"toolu_{turn}", "name": "Tool1", "input": {}}],
            },
            {"role": "user", "content": [_result(turn, said)]},
        ]


def _call(turn: int) -> dict[str, Any]:
    return {"type": "tool_use", "id": f"toolu_{turn}", "name": "Tool1", "input": {"path": f"src/file{turn}.py"}}


def _result(turn: int, said: dict[str, Any]) -> dict[str, Any]:
    part = said["content"][0]
    text = part.get("text") or part.get("content")
    return {"type": "tool_result", "tool_use_id": f"toolu_{turn}", "content": f"{turn}\n{text}"}


def _small() -> dict[str, Any]:
    system = [{"type": "text", "text": "You are a careful assistant for programmers. " * 27}]
    return {"model": MODEL, "max_tokens": 1024, "system": system, "messages": [_last()]}


def _large(seed: int) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(request(LARGE_BYTES, seed, "none"))
    messages = body.pop("messages")
    body.pop("stream", None)
    return body | {"max_tokens": 4096, "messages": [*messages, _last()]}


def _last() -> dict[str, Any]:
    return {"role": "user", "content": [{"type": "text", "text": f"Question {_COUNTER}: why does the test fail?"}]}


def _split(name: str, body: dict[str, Any]) -> Body:
    head, _, tail = _spelled(body).partition(_COUNTER.encode())
    return Body(name, head, tail)


def _spelled(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
