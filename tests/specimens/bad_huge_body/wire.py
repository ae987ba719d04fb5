"""What every Python specimen shares: the body of a model request, one way to send it, plain readings of facts.

The source is tests/specimens/lib/wire.py; `python -m tests.specimens.build` copies it beside each agent.py.
It runs in the sandbox with the machine's own python3: standard library only, Python 3.9 or newer.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

OFFICIAL = "https://api.specimen.example"
PATHS = {
    "anthropic-messages": "/v1/messages",
    "openai-chat": "/v1/chat/completions",
    "openai-responses": "/v1/responses",
    "gemini": "/v1beta/models/specimen-1:generateContent",
}
GEMINI_STREAM = "/v1beta/models/specimen-1:streamGenerateContent?alt=sse"
SCHEMA = {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]}
READ_FILE = {"name": "read_file", "description": "Reads a file of the project."}

Headers = Sequence[tuple[str, str]]


def base_url() -> str:
    return os.environ.get("LAB_BASE_URL", OFFICIAL).rstrip("/")


def prompt() -> str:
    return sys.argv[1] if len(sys.argv) > 1 else "hi"


def timezone() -> str:
    """Return the zone's name: TZ, else what /etc/localtime points to."""
    return os.environ.get("TZ") or str(Path("/etc/localtime").resolve()).rpartition("zoneinfo/")[2]


def today(form: str = "%Y-%m-%d") -> str:
    """Return the UTC date."""
    return time.strftime(form, time.gmtime())


def reminder(line: str) -> str:
    intro = "As you answer, you can use the following context:\n# currentDate\n"
    return f"<system-reminder>\n{intro}{line}\n</system-reminder>\n"


def random_id() -> str:
    return os.urandom(16).hex()


def request_body(protocol: str, system: str, first: str, stream: bool = False) -> dict[str, Any]:
    """Return a request's body.

    Texts land at: system = /system/1/text, /messages/0/content, /instructions, /systemInstruction/parts/0/text;
    first = /messages/0/content/0/text, /messages/1/content/0/text, /input/0/content/0/text, /contents/0/parts/0/text.
    """
    texts = [first, prompt()]
    if protocol == "anthropic-messages":
        return {
            "model": "specimen-1",
            "max_tokens": 1024,
            "stream": stream,
            "system": [
                {"type": "text", "text": "You are a planted agent."},
                {"type": "text", "text": system, "cache_control": {"type": "ephemeral"}},
            ],
            "messages": [{"role": "user", "content": [{"type": "text", "text": text} for text in texts]}],
            "tools": [{**READ_FILE, "input_schema": SCHEMA}],
            "metadata": {"user_id": f"user_{random_id()}_session_{random_id()}"},
        }
    if protocol == "openai-chat":
        return {
            "model": "specimen-1",
            "stream": stream,
            "messages": [
                {"role": "system", "content": system},
                {"role": "user", "content": [{"type": "text", "text": text} for text in texts]},
            ],
            "tools": [{"type": "function", "function": {**READ_FILE, "parameters": SCHEMA}}],
        }
    if protocol == "openai-responses":
        content = [{"type": "input_text", "text": text} for text in texts]
        return {
            "model": "specimen-1",
            "instructions": system,
            "stream": stream,
            "store": False,
            "input": [{"type": "message", "role": "user", "content": content}],
            "tools": [{"type": "function", **READ_FILE, "parameters": SCHEMA}],
            "prompt_cache_key": random_id(),
        }
    return {
        "systemInstruction": {"parts": [{"text": system}]},
        "contents": [{"role": "user", "parts": [{"text": text} for text in texts]}],
        "tools": [{"functionDeclarations": [{**READ_FILE, "parameters": SCHEMA}]}],
        "generationConfig": {"temperature": 1, "maxOutputTokens": 1024},
    }


def call(method: str, url: str, headers: Headers = (), body: bytes = b"") -> tuple[int, str]:
    """Send one request, its headers in the given order and spelling, and return status and text of the answer."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=30)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
    length = [("content-length", str(len(body)))] if body else []
    for name, value in [("host", parts.netloc), *headers, *length, ("connection", "close")]:
        connection.putheader(name, value)
    connection.endheaders(body or None)
    response = connection.getresponse()
    text = response.read().decode()
    connection.close()
    return response.status, text


def auth(protocol: str) -> tuple[str, str]:
    key = os.environ.get("LAB_API_KEY", "no-key")
    names = {"anthropic-messages": "x-api-key", "gemini": "x-goog-api-key"}
    return (names[protocol], key) if protocol in names else ("authorization", f"Bearer {key}")


def ask(protocol: str, body: dict[str, Any] | bytes, extra: Headers = (), stream: bool = False) -> None:
    """Send one model request and print what came back. `body` is an object, or JSON bytes as they are."""
    sent = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    path = GEMINI_STREAM if stream and protocol == "gemini" else PATHS[protocol]
    headers = [
        ("content-type", "application/json"),
        ("accept", "text/event-stream" if stream else "application/json"),
        ("user-agent", "specimen/1.0 (python)"),
        auth(protocol),
        *extra,
    ]
    status, text = call("POST", base_url() + path, headers, sent)
    if status != 200:
        sys.exit(f"the model answered {status}")
    said = re.search(r'"(?:text|content|delta)"\s*:\s*("(?:[^"\\]|\\.)+")', text)
    print(json.loads(said.group(1)) if said else "(no text)")
