"""Reading a TLS ClientHello (RFC 8446, section 4.1.2), so that the handshakes of two worlds can be compared."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

GREASE: Final = 0x0A0A
"""The first of the values that clients send at random to keep servers tolerant (RFC 8701); stands for all of them."""
GREASE_NAME: Final = "GREASE"

_HANDSHAKE: Final = 22
_CLIENT_HELLO: Final = 1
_SERVER_NAME, _GROUPS, _SIGNATURES, _ALPN, _VERSIONS, _KEY_SHARE = 0, 10, 13, 16, 43, 51


@dataclass(frozen=True, slots=True)
class ClientHello:
    """What a client offers, as code points of the IANA registries, in its order, GREASE values as sent."""

    sni: str | None
    alpn: tuple[str, ...]
    """Protocol names, latin-1."""
    cipher_suites: tuple[int, ...]
    extensions: tuple[int, ...]
    supported_groups: tuple[int, ...]
    versions: tuple[int, ...]
    """Of `supported_versions`, or else the one version of the hello itself: 0x0303 is TLS 1.2, 0x0304 is 1.3."""
    signature_algorithms: tuple[int, ...] = ()
    key_shares: tuple[int, ...] = ()
    """Groups for which a key was sent along."""

    @property
    def grease(self) -> bool:
        """Whether the client sends GREASE anywhere."""
        return self._with_grease_as(-1) != self

    def marked(self) -> ClientHello:
        """Return this hello with `GREASE` for every GREASE value: two hellos of one client are then equal."""
        return self._with_grease_as(GREASE)

    def _with_grease_as(self, mark: int) -> ClientHello:
        def folded(values: tuple[int, ...]) -> tuple[int, ...]:
            return tuple(mark if is_grease(value) else value for value in values)

        return replace(
            self,
            alpn=tuple(GREASE_NAME if _is_grease_name(name) else name for name in self.alpn),
            cipher_suites=folded(self.cipher_suites),
            extensions=folded(self.extensions),
            supported_groups=folded(self.supported_groups),
            versions=folded(self.versions),
            signature_algorithms=folded(self.signature_algorithms),
            key_shares=folded(self.key_shares),
        )


def is_grease(value: int) -> bool:
    """Tell whether a 16-bit value is one of those that RFC 8701 sets aside (0x0a0a, 0x1a1a, ... 0xfafa)."""
    return value & 0x0F0F == GREASE and value >> 8 == value & 0xFF


def parse_client_hello(data: bytes) -> ClientHello | None:
    """Read the first records of a connection; None where they are no complete ClientHello. Raises nothing."""
    try:
        return _client_hello(_Cursor(_handshake(data)))
    except _ShortError:
        return None


class _ShortError(Exception):
    """The bytes end, or are something else; never leaves this module."""


class _Cursor:
    """Takes big-endian fields off the front of some bytes."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def __bool__(self) -> bool:
        return self._at < len(self._data)

    def take(self, size: int) -> bytes:
        end = self._at + size
        if end > len(self._data):
            raise _ShortError
        taken = self._data[self._at : end]
        self._at = end
        return taken

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    def vector(self, length_size: int) -> _Cursor:
        """Take a vector: its length in `length_size` bytes, then that many bytes."""
        return _Cursor(self.take(self.number(length_size)))

    def rest(self) -> bytes:
        return self.take(len(self._data) - self._at)

    def numbers(self) -> tuple[int, ...]:
        """Take all that is left as 16-bit numbers."""
        values: list[int] = []
        while self:
            values.append(self.number(2))
        return tuple(values)


def _handshake(data: bytes) -> bytes:
    """Join the handshake records at the beginning: a hello may be spread over several (RFC 8446, 5.1)."""
    records = _Cursor(data)
    joined = b""
    while len(joined) < 4 or len(joined) < 4 + int.from_bytes(joined[1:4], "big"):
        if records.number(1) != _HANDSHAKE or records.number(1) != 3:
            raise _ShortError
        records.take(1)
        fragment = records.vector(2).rest()
        if not fragment:
            raise _ShortError
        joined += fragment
    return joined


def _client_hello(message: _Cursor) -> ClientHello:
    if message.number(1) != _CLIENT_HELLO:
        raise _ShortError
    hello = message.vector(3)
    legacy_version = hello.number(2)
    hello.take(32)
    hello.vector(1)
    ciphers = hello.vector(2).numbers()
    hello.vector(1)
    extensions = _extensions(hello.vector(2)) if hello else ()
    first = dict(reversed(extensions))
    return ClientHello(
        sni=_server_name(_Cursor(first.get(_SERVER_NAME, b""))),
        alpn=_names(_Cursor(first.get(_ALPN, b""))),
        cipher_suites=ciphers,
        extensions=tuple(number for number, _ in extensions),
        supported_groups=_list(first.get(_GROUPS), 2),
        versions=_list(first.get(_VERSIONS), 1) or (legacy_version,),
        signature_algorithms=_list(first.get(_SIGNATURES), 2),
        key_shares=_key_shares(_Cursor(first.get(_KEY_SHARE, b""))),
    )


def _extensions(block: _Cursor) -> tuple[tuple[int, bytes], ...]:
    found: list[tuple[int, bytes]] = []
    while block:
        found.append((block.number(2), block.vector(2).rest()))
    return tuple(found)


def _list(content: bytes | None, length_size: int) -> tuple[int, ...]:
    return _Cursor(content).vector(length_size).numbers() if content else ()


def _server_name(content: _Cursor) -> str | None:
    """RFC 6066, section 3: the one name of type 0."""
    names = content.vector(2) if content else content
    while names:
        kind, name = names.number(1), names.vector(2).rest()
        if kind == 0:
            return name.decode("latin-1")
    return None


def _names(content: _Cursor) -> tuple[str, ...]:
    """RFC 7301, section 3.1."""
    names = content.vector(2) if content else content
    found: list[str] = []
    while names:
        found.append(names.vector(1).rest().decode("latin-1"))
    return tuple(found)


def _key_shares(content: _Cursor) -> tuple[int, ...]:
    shares = content.vector(2) if content else content
    found: list[int] = []
    while shares:
        found.append(shares.number(2))
        shares.vector(2)
    return tuple(found)


def _is_grease_name(name: str) -> bool:
    return len(name) == 2 and is_grease(int.from_bytes(name.encode("latin-1"), "big"))
