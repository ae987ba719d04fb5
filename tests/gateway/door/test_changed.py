"""Requests that are sent on changed: routes, edits, translation."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from tests.gateway.door.harness import MESSAGE, Client, ScriptedUpstream, door, post, run, streamed, upstream_at, whole
from wiretell.gateway.config.values import ContextRule, Route


def test_what_is_counted_is_what_is_sent(tmp_path: Path) -> None:
    async def work() -> None:
        async with ScriptedUpstream(whole(b'{"input_tokens":1}')) as up:
            rules = (ContextRule("replace", "say  hi", text="say hello"),)
            async with door(tmp_path, upstream_at(up.port), context=rules) as gateway, Client(gateway.port) as client:
                body = MESSAGE.replace(b'"hi"', b'"say  hi"')
                for path in ("/v1/messages", "/v1/messages/count_tokens"):
                    await client.ask(post(body, path))
                assert up.seen[0].body == up.seen[1].body == body.replace(b"say  hi", b"say hello")

    run(work())


def test_an_answer_that_cannot_be_translated_is_502_and_says_why(tmp_path: Path) -> None:
    async def work() -> None:
        async with ScriptedUpstream(whole(b'{"choices": 7}')) as up:
            upstream = upstream_at(up.port, "openai-chat", key="their-key")
            routes = (Route("openai/gpt-5-mini", model="claude-haiku-*"),)
            async with door(tmp_path, upstream, routes=routes) as gateway, Client(gateway.port) as client:
                answer = await client.ask(post(MESSAGE.replace(b'"stream":true,', b"")))
                assert answer.status == 502
                assert "cannot be translated" in json.loads(answer.body)["error"]["message"]
                assert answer.head.lower().count(b"content-length") == 1
                closing = gateway.recorder.closings[0]
                assert closing.row.status == 502
                assert closing.upstream_body == b'{"choices": 7}'

    run(work())


def test_routes_and_edits_are_spliced_and_entered(tmp_path: Path) -> None:
    body = MESSAGE.replace(b'"hi"', b'"say  hi"')

    async def work() -> None:
        async with ScriptedUpstream(streamed) as up:
            routes = (Route("anthropic/claude-sonnet-5", model="claude-haiku-*"),)
            context = (ContextRule("replace", "say  hi", text="say hello"),)
            async with (
                door(tmp_path, upstream_at(up.port), routes=routes, context=context) as gateway,
                Client(gateway.port) as client,
            ):
                await client.ask(post(body))
                changed = body.replace(b"claude-haiku-4-5", b"claude-sonnet-5").replace(b"say  hi", b"say hello")
                assert up.seen[0].body == changed
                assert b"Content-Length: %d\r\n" % len(changed) in up.seen[0].head
                closing = gateway.recorder.closings[0]
                assert min(closing.edits, key=lambda entry: entry.offset).path == "/model"
                assert closing.row.edits == 2
                assert closing.row.sent_sha256 == hashlib.sha256(changed).hexdigest()
                assert closing.row.request_sha256 == ""  # the log's writer fills it
                assert closing.row.model == "claude-haiku-4-5"

    run(work())


def test_a_route_to_another_protocol_is_translated(tmp_path: Path) -> None:
    answer = {
        "id": "c", "object": "chat.completion", "created": 1, "model": "gpt-5-mini",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "hello"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11},
    }  # fmt: skip

    async def work() -> None:
        async with ScriptedUpstream(whole(json.dumps(answer).encode())) as up:
            upstream = upstream_at(up.port, "openai-chat", key="their-key")
            routes = (Route("openai/gpt-5-mini", model="claude-haiku-*"),)
            async with door(tmp_path, upstream, routes=routes) as gateway, Client(gateway.port) as client:
                body = MESSAGE.replace(b'"stream":true,', b"")
                got = await client.ask(post(body, "/v1/messages", "x-api-key: client-key"))
                assert got.status == 200
                assert json.loads(got.body)["content"][0]["text"] == "hello"
                assert up.seen[0].head.startswith(b"POST /v1/chat/completions HTTP/1.1\r\n")
                assert b"client-key" not in up.seen[0].head
                assert b"Bearer their-key" in up.seen[0].head
                assert json.loads(up.seen[0].body)["model"] == "gpt-5-mini"
                closing = gateway.recorder.closings[0]
                assert closing.row.translated == "openai-chat"
                assert (closing.row.input_tokens, closing.row.output_tokens) == (9, 2)
                assert closing.sent_body == up.seen[0].body
                assert closing.upstream_body == json.dumps(answer).encode()

    run(work())
