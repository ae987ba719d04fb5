"""A model host that speaks every protocol, tells what it was asked, and plays what the header `x-play` asks for."""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

ERROR: Final = (
    b'{"type":"error",  "error":{"type":"overloaded_error",'
    b'"message":"Overloaded \\u2013 \xe2\x80\x9csoon\xe2\x80\x9d"}}'
)
USAGE: Final = (1000, 2000, 500, 300)
"""Tokens of every answer, unless the header `x-usage` says otherwise: input, cache read, cache write, output."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as the host got it."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes

    def get(self, name: str) -> str | None:
        """Return a header's first value."""
        return next((value for key, value in self.headers if key.lower() == name), None)

    def json(self) -> Any:
        """Return the body, decoded."""
        return json.loads(self.body)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512
    host: Host


@dataclass(slots=True)
class Host:
    """A running host."""

    name: str
    server: _Server
    asked: list[Asked] = field(default_factory=list)
    resumed: threading.Event = field(default_factory=threading.Event)
    """What `pause` waits for, after the first event."""

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server.server_address[1])

    def last(self) -> Asked:
        """Return the newest request."""
        return self.asked[-1]


def _events(kind: str, model: str, usage: tuple[int, ...]) -> list[bytes]:
    rows: list[dict[str, Any]]
    if kind == "messages":
        tokens = {"cache_read_input_tokens": usage[1], "cache_creation_input_tokens": usage[2], "output_tokens": 1}
        message = {"id": "msg_1", "type": "message", "role": "assistant", "model": model, "content": []}
        rows = [
            {"type": "message_start", "message": message | {"usage": {"input_tokens": usage[0]} | tokens}},
            {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Because wörds."}},
            {"type": "content_block_stop", "index": 0},
            {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": usage[3]}},
            {"type": "message_stop"},
        ]
        return [b"event: %b\ndata: %b\n\n" % (row["type"].encode(), json.dumps(row).encode()) for row in rows]
    if kind == "responses":
        rows = [
            {
                "type": "response.output_text.delta",
                "item_id": "m",
                "output_index": 0,
                "content_index": 0,
                "delta": "Hi",
            },
            {"type": "response.completed", "response": _answer(kind, model, usage)},
        ]
        return [b"event: %b\ndata: %b\n\n" % (row["type"].encode(), json.dumps(row).encode()) for row in rows]
    if kind == "gemini":
        return [b"data: %b\r\n\r\n" % json.dumps(_answer(kind, model, usage)).encode()]
    choice = {"index": 0, "delta": {"role": "assistant", "content": "Hi"}, "finish_reason": None}
    rows = [
        {"id": "c", "object": "chat.completion.chunk", "model": model, "choices": [choice]},
        {"id": "c", "object": "chat.completion.chunk", "model": model, "choices": [], "usage": _chat_usage(usage)},
    ]
    return [b"data: %b\n\n" % json.dumps(row).encode() for row in rows] + [b"data: [DONE]\n\n"]


def _chat_usage(usage: tuple[int, ...]) -> dict[str, Any]:
    asked = usage[0] + usage[1]
    details = {"cached_tokens": usage[1]}
    return {
        "prompt_tokens": asked,
        "completion_tokens": usage[3],
        "total_tokens": asked + usage[3],
        "prompt_tokens_details": details,
    }


def _answer(kind: str, model: str, usage: tuple[int, ...]) -> dict[str, Any]:
    """Return a whole answer in the form of its protocol."""
    if kind == "messages":
        tokens = {
            "cache_read_input_tokens": usage[1],
            "cache_creation_input_tokens": usage[2],
            "output_tokens": usage[3],
        }
        return {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": model,
            "content": [{"type": "text", "text": "Hi"}],
            "stop_reason": "end_turn",
            "usage": {"input_tokens": usage[0]} | tokens,
        }
    if kind == "responses":
        text = {"type": "output_text", "text": "Hi", "annotations": []}
        tokens2 = {
            "input_tokens": usage[0] + usage[1],
            "input_tokens_details": {"cached_tokens": usage[1]},
            "output_tokens": usage[3],
        }
        item = {"id": "m", "type": "message", "role": "assistant", "status": "completed", "content": [text]}
        return {
            "id": "r",
            "object": "response",
            "status": "completed",
            "model": model,
            "output": [item],
            "usage": tokens2,
        }
    if kind == "gemini":
        content = {"role": "model", "parts": [{"text": "Hi"}]}
        counts = {
            "promptTokenCount": usage[0] + usage[1],
            "cachedContentTokenCount": usage[1],
            "candidatesTokenCount": usage[3],
        }
        return {
            "candidates": [{"content": content, "finishReason": "STOP"}],
            "usageMetadata": counts,
            "modelVersion": model,
        }
    choice = {"index": 0, "message": {"role": "assistant", "content": "Hi"}, "finish_reason": "stop"}
    return {"id": "c", "object": "chat.completion", "model": model, "choices": [choice], "usage": _chat_usage(usage)}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server
    disable_nagle_algorithm = True

    def log_message(self, *args: object) -> None:
        """Say nothing."""

    def do_HEAD(self) -> None:
        """Answer a probe."""
        self._take()
        self._plain(b"", {"x-host": self.server.host.name})

    def do_GET(self) -> None:
        """Answer a list of models."""
        self._take()
        self._plain(json.dumps({"data": [], "host": self.server.host.name}).encode())

    def do_POST(self) -> None:
        """Answer a model request as `x-play` says."""
        asked = self._take()
        play = asked.get("x-play") or "good"
        if "count_tokens" in asked.target:
            self._plain(b'{"input_tokens":5}')
        elif play == "error":
            self._plain(ERROR, {"retry-after": "3", "x-own": "kept"}, 529)
        else:
            self._model(asked, play)

    def _model(self, asked: Asked, play: str) -> None:
        kind = _kind(asked.target)
        body = asked.json()
        model = body.get("model") or asked.target.rpartition("/")[2].partition(":")[0]
        told = asked.get("x-usage")
        usage = tuple(map(int, told.split(","))) if told else USAGE
        if play == "slow":
            time.sleep(0.3)
        if body.get("stream") or "streamGenerateContent" in asked.target:
            self._stream(_events(kind, model, usage), play)
            return
        answer = json.dumps(_answer(kind, model, usage), indent=1).encode()
        if play == "gzip":
            self._plain(gzip.compress(answer, mtime=0), {"content-encoding": "gzip"})
        else:
            self._plain(answer)

    def _stream(self, events: list[bytes], play: str) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for number, event in enumerate(events):
            self.wfile.write(b"%x\r\n%b\r\n" % (len(event), event))
            self.wfile.flush()
            if play == "cut" and number == 2:
                self.close_connection = True
                return
            if play == "pause" and number == 0:
                self.server.host.resumed.wait(20)
            if play == "stall" and number == 1:
                time.sleep(20)
        self.wfile.write(b"0\r\n\r\n")

    def _take(self) -> Asked:
        length = int(self.headers.get("content-length") or 0)
        asked = Asked(self.command, self.path, list(self.headers.items()), self.rfile.read(length))
        self.server.host.asked.append(asked)
        return asked

    def _plain(self, body: bytes, headers: dict[str, str] | None = None, status: int = 200) -> None:
        self.send_response(status)
        for name, value in {"content-type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _kind(target: str) -> str:
    if "/messages" in target:
        return "messages"
    if "/responses" in target:
        return "responses"
    return "gemini" if "enerateContent" in target else "chat"


@contextmanager
def serving(name: str = "host") -> Iterator[Host]:
    """Serve on loopback, in threads of this process."""
    server = _Server(("127.0.0.1", 0), _Handler)
    host = Host(name, server)
    server.host = host
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield host
    finally:
        server.shutdown()
        server.server_close()
