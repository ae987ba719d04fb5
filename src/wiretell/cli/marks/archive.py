"""Bodies that a HAR holds in base64. What edits a text sees letters there, not what they say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec

from wiretell.logs.sources import har
from wiretell.model.findings import NotExamined
from wiretell.report.words import plural

_BASE64: Final = "base64"
_HEAD_BYTES: Final = 1000
"""By which an archive is told."""


class _Body(msgspec.Struct):
    encoding: Any = None
    own_encoding: Any = msgspec.field(default=None, name="_encoding")

    @property
    def is_packed(self) -> bool:
        return _BASE64 in (self.encoding, self.own_encoding)


class _Message(msgspec.Struct):
    post_data: _Body | None = msgspec.field(default=None, name="postData")
    content: _Body | None = None


class _Entry(msgspec.Struct):
    request: _Message | None = None
    response: _Message | None = None

    @property
    def packed_bodies(self) -> Iterator[str]:
        """Of what the bodies in base64 are."""
        if self.request and self.request.post_data and self.request.post_data.is_packed:
            yield "request"
        if self.response and self.response.content and self.response.content.is_packed:
            yield "answer"


_ENTRY: Final = msgspec.json.Decoder(_Entry)


def bodies_in_base64(text: bytes) -> Iterable[NotExamined]:
    """Say how many bodies of a HAR no edit reaches (`postData.encoding`, `content.encoding`); of others nothing."""
    if not har.may_be(text[:_HEAD_BYTES]):
        return
    packed = [body for entry in har.entries(text) or () for body in _packed(bytes(entry))]
    for name in ("request", "answer"):
        if count := packed.count(name):
            why = "in base64, which is not edited" + ("; `marks read` reads it" if name == "request" else "")
            yield NotExamined(f"what the bodies of {plural(count, name)} hold", why)


def _packed(entry: bytes) -> Iterable[str]:
    try:
        return list(_ENTRY.decode(entry).packed_bodies)
    except (msgspec.DecodeError, RecursionError):
        return ()
