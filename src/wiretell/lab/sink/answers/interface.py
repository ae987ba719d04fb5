"""What an answer is, and what the files that make answers share."""

from __future__ import annotations

import hashlib
import json
import string
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from wiretell.capture.wire.content import decode_body
from wiretell.model.capture import Request

Json = Any
"""A decoded JSON value that an agent sent: of any shape, so every use checks what it takes out."""

CREATED_UNIX_S: Final = 1_767_225_600
"""Time stamp of every answer (2026-01-01 UTC): the same in all worlds, whatever their clock."""

PROMPT_TOKENS: Final = 1024
REPLY_TOKENS: Final = 2
MAX_DECODED_BYTES: Final = 32 << 20
"""Of a compressed body; a larger one is a bomb, and no JSON."""

_BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase


@dataclass(frozen=True, slots=True)
class Site:
    """Where a request arrived, as far as an answer may depend on it."""

    host: str
    """Lower case, no port."""
    serves_model: bool
    """Whether this host is the base URL's, or a vendor's own model host."""
    ordinal: int
    """How many requests of this run with the same method and path came before."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole response. The body stands in the pieces in which a real host would stream it."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    """Without framing (`content-length`, `transfer-encoding`), which is the connection's business."""
    chunks: tuple[bytes, ...]
    kind: str
    """As in `Exchange.kind`."""
    streamed: bool = False
    """HTTP/1.1: send with chunked transfer coding, a chunk a piece."""

    @property
    def body(self) -> bytes:
        """The pieces put together."""
        return b"".join(self.chunks)


class Ids:
    """Made-up identifiers that depend on the request's place in the run alone, so that equal runs get equal ones."""

    def __init__(self, request: Request, site: Site) -> None:
        self._seed = f"{request.method} {path_of(request)} {site.ordinal}"

    def base62(self, label: str, length: int) -> str:
        """Return `length` letters and digits."""
        return "".join(_BASE62[byte % 62] for byte in self._bytes(label, length))

    def hexadecimal(self, label: str, length: int) -> str:
        """Return `length` lower-case hexadecimal digits."""
        return self._bytes(label, (length + 1) // 2).hex()[:length]

    def _bytes(self, label: str, length: int) -> bytes:
        return hashlib.shake_256(f"{self._seed} {label}".encode("utf-8", "surrogatepass")).digest(length)


def path_of(request: Request) -> str:
    """Return the path of a request target in origin or absolute form, percent-decoded, without its query."""
    target = request.target
    if not target.startswith("/"):
        try:
            target = urlsplit(target).path or "/"
        except ValueError:  # such as `http://[`
            return "/"
    return unquote(target.partition("?")[0])


def query_of(request: Request) -> str:
    """Return the query of a request target, without the question mark."""
    return request.target.partition("?")[2]


def json_of(request: Request) -> Json:
    """Return the body as decoded JSON, or None where it is none, or is in a coding that cannot be undone."""
    return parse_json(decode_body(request, max_bytes=MAX_DECODED_BYTES).text_bytes)


def parse_json(data: bytes) -> Json:
    """Return decoded JSON, or None. Lone surrogates and broken UTF-8 are let through: the answer needs neither."""
    try:
        return json.loads(data.decode("utf-8", "surrogateescape"))
    except (ValueError, RecursionError):
        return None


def dumps(value: Json) -> bytes:
    """Return compact JSON in UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogateescape")


def headers(pairs: Mapping[str, str]) -> tuple[tuple[bytes, bytes], ...]:
    """Return headers as bytes (latin-1), in order."""
    return tuple((name.encode("latin-1"), value.encode("latin-1")) for name, value in pairs.items())


def as_dict(value: Json) -> dict[str, Json]:
    """Return `value` if it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def as_list(value: Json) -> list[Json]:
    """Return `value` if it is a JSON array, else an empty one."""
    return value if isinstance(value, list) else []


def as_str(value: Json, default: str = "") -> str:
    """Return `value` if it is a string, else the default. A lone surrogate is replaced: it could not be sent back."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else default
