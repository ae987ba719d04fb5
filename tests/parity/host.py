"""A model host with a prompt cache, after the rules Anthropic documents: prefixes that end at a `cache_control` marker
are kept; a request reads the longest kept prefix that it begins with. Here bytes decide (the spelling of tools, then
system, then messages block by block, markers left out), which is stricter than tokens."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

import msgspec

_MARKER: Final = re.compile(rb',"cache_control":\{[^{}]*\}')
_BYTES_A_TOKEN: Final = 4


class _Message(msgspec.Struct):
    role: str
    content: list[msgspec.Raw]


class _Request(msgspec.Struct):
    messages: list[_Message]
    system: list[msgspec.Raw] = []
    tools: list[msgspec.Raw] = []


@dataclass(slots=True)
class Host:
    """What came, and what of it was read from the cache."""

    port: int = 0
    bodies: list[bytes] = field(default_factory=list)
    tokens: list[tuple[int, int, int]] = field(default_factory=list)
    """(input, cache write, cache read) of each request."""
    kept: set[bytes] = field(default_factory=set)

    @property
    def read_share(self) -> float:
        """Share of all input tokens that were read from the cache."""
        return sum(read for _, _, read in self.tokens) / sum(map(sum, self.tokens))

    def take(self, body: bytes) -> dict[str, int]:
        """Read a request; return its usage."""
        prefixes = list(_prefixes(body))
        total = prefixes[-1][1]
        read = max((size for digest, size, _ in prefixes if digest in self.kept), default=0)
        last_marked = max((size for _, size, marked in prefixes if marked), default=0)
        self.kept |= {digest for digest, _, marked in prefixes if marked}
        written = max(0, last_marked - read)
        tokens = tuple(size // _BYTES_A_TOKEN for size in (total - read - written, written, read))
        self.bodies.append(body)
        self.tokens.append((tokens[0], tokens[1], tokens[2]))
        return {
            "input_tokens": tokens[0],
            "cache_creation_input_tokens": tokens[1],
            "cache_read_input_tokens": tokens[2],
            "output_tokens": 1,
        }


def _prefixes(body: bytes) -> Iterator[tuple[bytes, int, bool]]:
    """Go through the blocks: digest and size of all up to here, and whether a marker stands here."""
    asked = msgspec.json.decode(body, type=_Request)
    blocks = [*asked.tools, *asked.system]
    for message in asked.messages:
        blocks += [msgspec.Raw(message.role.encode() + bytes(block)) for block in message.content]
    digest, size = hashlib.sha256(), 0
    for block in blocks:
        plain, marked = _MARKER.subn(b"", bytes(block))
        digest.update(len(plain).to_bytes(8, "big") + plain)
        size += len(plain)
        yield digest.digest(), size, bool(marked)


@contextmanager
def running() -> Iterator[Host]:
    """Serve on loopback."""
    host = Host()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            answer = _events(host.take(body))
            self.send_response(200)
            self.send_header("content-type", "text/event-stream")
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name in the standard library
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    host.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield host
    finally:
        server.shutdown()
        server.server_close()


def _events(usage: dict[str, int]) -> bytes:
    message = {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-4-5", "content": []}
    rows: list[dict[str, Any]] = [
        {"type": "message_start", "message": message | {"usage": usage}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Yes."}},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}},
        {"type": "message_stop"},
    ]
    return b"".join(
        b"event: " + row["type"].encode() + b"\ndata: " + json.dumps(row).encode() + b"\n\n" for row in rows
    )
