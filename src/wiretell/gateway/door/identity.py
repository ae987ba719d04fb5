"""Who asks: hashes by which people are told apart in the log without being named, sessions, agents."""

from __future__ import annotations

import os
import secrets
import time
from hashlib import blake2b
from pathlib import Path
from typing import Final

from wiretell.errors import UsageError
from wiretell.gateway.door.heads import Fields, text_of
from wiretell.gateway.protocols.interface import Headers

_SECRET_BYTES: Final = 32
_DIGEST_BYTES: Final = 8
_SESSION_HEADERS: Final = (
    b"x-claude-code-session-id",
    b"session_id",
    b"session-id",
    b"conversation_id",
    b"x-session-id",
)
_VARYING: Final = frozenset(
    (b"content-length", b"host", b"cookie", b"authorization", b"x-api-key", b"x-wiretell-key", b"traceparent")
)
"""Headers that come and go, or stand where a proxy puts them: no part of what a client is known by."""
_MAX_SHAPES: Final = 4096
_MAX_NAME: Final = 200


class ExchangeIds:
    """Makes UUIDv7 (RFC 9562), each greater than the one before, even where the clock jumps back."""

    def __init__(self) -> None:
        self._last = 0

    def new(self) -> str:
        """Return the next one, in lower case."""
        self._last = max(self._last + 1, time.time_ns() // 1_000_000 << 12)
        millis, counter = self._last >> 12, self._last & 0xFFF
        random = int.from_bytes(os.urandom(8), "big") >> 2
        value = f"{millis & 0xFFFFFFFFFFFF:012x}7{counter:03x}{random | 1 << 63:016x}"
        return f"{value[:8]}-{value[8:12]}-{value[12:16]}-{value[16:20]}-{value[20:]}"


class Hasher:
    """Keyed hashes: the same for the same value in one log, and of no use to anyone who has another log."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._shapes: dict[tuple[bytes, ...], str] = {}

    @classmethod
    def of_folder(cls, folder: Path | None) -> Hasher:
        """Return the one of a log's folder, whose secret is made at its first use. None: one for this run alone.

        :raises UsageError: where the secret can be neither read nor written.
        """
        if folder is None:
            return cls(secrets.token_bytes(_SECRET_BYTES))
        path = folder / "store" / "identity.key"
        try:
            return cls(_kept_secret(path))
        except OSError as error:
            raise UsageError(f"{path} cannot be used ({error.strerror}); name another folder with --log.") from None

    def of(self, value: str) -> str:
        """Return the hash of a key or a name, 16 hex digits."""
        return blake2b(
            value.encode("utf-8", "surrogateescape"), key=self._secret, digest_size=_DIGEST_BYTES
        ).hexdigest()

    def shape(self, headers: Headers) -> str:
        """Return the hash of the names and the order of a client's stable headers, 16 hex digits. It is not keyed.

        Logs of several gateways can be laid side by side: it tells programs apart, not people.
        """
        names = tuple(name for name, _ in headers if name.lower() not in _VARYING)
        known = self._shapes.get(names)
        if known is None:
            known = blake2b(b"\n".join(names), digest_size=_DIGEST_BYTES).hexdigest()
            if len(self._shapes) < _MAX_SHAPES:
                self._shapes[names] = known
        return known


def _kept_secret(path: Path) -> bytes:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:  # noqa: PTH123 - a descriptor
            secret = secrets.token_bytes(_SECRET_BYTES)
            file.write(secret)
            file.flush()
            os.fsync(file.fileno())
            return secret
    except FileExistsError:
        secret = path.read_bytes()
        if len(secret) != _SECRET_BYTES:
            raise UsageError(
                f"{path} is not the {_SECRET_BYTES} bytes it was made with; restore it, or remove it."
            ) from None
        return secret


def session(headers: Headers | Fields, body_session: str | None) -> str | None:
    """Return the session that a request belongs to, by its headers or its body; None where neither says."""
    for name in _SESSION_HEADERS:
        if found := text_of(headers, name):
            return found[:_MAX_NAME]
    return body_session[:_MAX_NAME] if body_session else None


def agents(headers: Headers | Fields) -> tuple[str | None, str | None]:
    """Return the ids of the sub-agent that asks and of the one that started it."""
    own, parent = text_of(headers, b"x-claude-code-agent-id"), text_of(headers, b"x-claude-code-parent-agent-id")
    return own[:_MAX_NAME] or None, parent[:_MAX_NAME] or None
