r"""Parts of a JSON document by their pointers, decoding no more than is asked for, each container once.

Of members of one name the last counts, as with most parsers (RFC 8259, section 4).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, TypeVar

import msgspec

_BOM: Final = b"\xef\xbb\xbf"
_HALF: Final = re.compile(rb"\\u[dD][89a-fA-F]")
r"""Of escaped surrogates. JavaScript sends `\ud83d` alone where it cuts an emoji in two, and msgspec refuses that."""
_NO_CONTROLS: Final = bytes(max(byte, 0x20) for byte in range(256))
"""Control characters in a string are no JSON (RFC 8259, section 7), and lenient readers take them."""
_NUMBER: Final = re.compile(rb'("(?:[^"\\]++|\\.)*+"?+)|-?(?:Infinity|[0-9][0-9.eE+-]*)|NaN', re.DOTALL)
"""A string, which stays, closed or not; or a number: Python writes NaN and Infinity, others more than 64 bits hold."""

T = TypeVar("T")
Parts = tuple[str, ...]
Container = dict[str, msgspec.Raw] | list[msgspec.Raw]


class Document:
    """A JSON document, whole or not."""

    def __init__(self, data: bytes) -> None:
        self._data = data.removeprefix(_BOM).lstrip()
        self._containers: dict[Parts, Container] = {}
        self._is_mended = False
        self._is_first = True

    def decoded(self, parts: Parts, form: Any) -> Any:
        """Return what stands at the end of a way through members and items, decoded.

        :raises msgspec.DecodeError: where the document is not whole, or something else stands there.
        :raises LookupError: where nothing stands there.
        """
        return self._tried(lambda: self._decoded(parts, form))

    def members(self, parts: Parts) -> Container:
        """Return what an object or array holds; raises as `decoded` does."""
        return self._tried(lambda: self._container(parts))

    def _tried(self, decode: Callable[[], T]) -> T:
        """Decode, and if the document is not taken as it is, once more as mended."""
        try:
            return decode()
        except (msgspec.DecodeError, UnicodeDecodeError):
            if self._is_mended:
                raise
        self._mend()
        return decode()

    def mended(self, spelled: bytes) -> bytes:
        """Return some bytes of a string of the document as they stand in what is decoded."""
        return _mended(spelled) if self._is_mended else spelled

    def _mend(self) -> None:
        self._is_mended = True
        self._containers.clear()
        self._data = _NUMBER.sub(lambda found: found[1] or b"0", _mended(self._data))

    def _decoded(self, parts: Parts, form: Any) -> Any:
        if self._is_first and not any(part.isdecimal() for part in parts):
            self._is_first = False  # a document that is asked for more than one way is better taken apart
            return _through(parts, _decoder(parts, form).decode(self._data))
        return msgspec.json.decode(self._at(parts), type=form)

    def _at(self, parts: Parts) -> bytes | msgspec.Raw:
        """Return what stands at the end of a way; no container on it is taken apart twice."""
        value: bytes | msgspec.Raw = self._data
        for nth, part in enumerate(parts):
            container = self._containers.get(parts[:nth])
            if container is None:
                container = self._containers[parts[:nth]] = _members(value)
            value = container[int(part)] if isinstance(container, list) else container[part]
        return value

    def _container(self, parts: Parts) -> Container:
        if parts not in self._containers:
            self._containers[parts] = _members(self._at(parts))
        return self._containers[parts]


def parts_of(pointer: str) -> Parts:
    """Return the parts of a JSON pointer (RFC 6901)."""
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:])


def _mended(data: bytes) -> bytes:
    return _HALF.sub(rb"\\u00", data.translate(_NO_CONTROLS))


def _members(value: bytes | msgspec.Raw) -> Container:
    if bytes(memoryview(value)[:64]).lstrip()[:1] == b"[":
        return msgspec.json.decode(value, type=list[msgspec.Raw])
    return msgspec.json.decode(value, type=dict[str, msgspec.Raw])


def _through(parts: Parts, value: Any) -> Any:
    for _ in parts:
        value = None if value is None else value.inner
    if value is None:
        raise LookupError("/".join(parts))
    return value


@lru_cache(maxsize=64)
def _decoder(members: Parts, form: Any) -> msgspec.json.Decoder[Any]:
    """Return what decodes the end of a way through members, in one pass: a log has one such way."""
    for name in reversed(members):
        form = msgspec.defstruct("_Wrapper", [("inner", form | None, None)], rename={"inner": name})
    return msgspec.json.Decoder(form)
