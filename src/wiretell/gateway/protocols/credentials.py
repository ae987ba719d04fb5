"""Credentials in a request: where clients put them, and putting another in their place. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote_plus

from wiretell.gateway.protocols.interface import Headers

_HEADERS: Final = frozenset({b"authorization", b"x-api-key", b"x-goog-api-key"})
_QUERY: Final = frozenset({"key", "access_token"})
"""Names in a query that Google's servers take credentials from. They are credentials in front of any upstream."""
_MASK: Final = "***"
_SHOWN: Final = frozenset({"alt", "api-version", "beta", "limit", "client_version", "pagesize"})
"""Names in a query whose values are no secret; a value that nobody knows the meaning of is masked."""


def keys(headers: Headers, target: str) -> tuple[str, ...]:
    """Return the distinct credentials of a request, headers first. A bearer token without its scheme; another whole."""
    found = [_of_header(name.lower(), value) for name, value in headers if name.lower() in _HEADERS]
    found += [unquote_plus(value) for name, value in _parameters(target) if name in _QUERY]
    return tuple(dict.fromkeys(key for key in found if key))


def replaced(headers: Headers, target: str, header: tuple[bytes, bytes]) -> tuple[list[tuple[bytes, bytes]], str]:
    """Return headers and target with every credential gone and `header` in the place of the first in the headers."""
    kept: list[tuple[bytes, bytes]] = []
    place: int | None = None
    for name, value in headers:
        if name.lower() not in _HEADERS:
            kept.append((name, value))
        elif place is None:
            place = len(kept)
    kept.insert(len(kept) if place is None else place, header)
    return kept, _without_credentials(target)


def masked(target: str) -> str:
    """Return a target for the log: names of its query kept, values masked but for those known to be harmless."""
    path, mark, query = target.partition("?")
    return path + mark + "&".join(_masked(part) for part in query.split("&")) if mark else path


def bearer(key: str) -> tuple[bytes, bytes]:
    """Return an `Authorization` header."""
    return b"authorization", b"Bearer " + key.encode("latin-1")


def _of_header(name: bytes, value: bytes) -> str:
    text = value.strip().decode("latin-1")
    scheme, _, token = text.partition(" ")
    return token.strip() if name == b"authorization" and scheme.lower() == "bearer" else text


def _parameters(target: str) -> Iterator[tuple[str, str]]:
    """Yield (name decoded and in lower case, value as it stands)."""
    if not _may_hold_any(target):
        return
    _, _, query = target.partition("?")
    for part in query.split("&"):
        name, _, value = part.partition("=")
        yield unquote_plus(name).lower(), value


def _may_hold_any(target: str) -> bool:
    """Whether a query could name a credential: False is sure, and told without taking it apart."""
    lower = target.lower()
    return "%" in lower or any(name in lower for name in _QUERY)


def _without_credentials(target: str) -> str:
    if not _may_hold_any(target):
        return target
    path, mark, query = target.partition("?")
    kept = [part for part in query.split("&") if unquote_plus(part.partition("=")[0]).lower() not in _QUERY]
    return path + mark + "&".join(kept) if kept else path


def _masked(part: str) -> str:
    name, equals, _ = part.partition("=")
    if not part or unquote_plus(name).lower() in _SHOWN:
        return part
    return f"{name}={_MASK}" if equals else _MASK
