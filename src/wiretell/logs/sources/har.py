"""HTTP Archive (HAR 1.2): the bodies of its requests, `log.entries[].request.postData.text`.

Bodies stand in the archive as strings, so offsets and lines count from the beginning of the body, not of the file.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from functools import partial
from typing import Final

import msgspec
from msgspec import UNSET, Raw, UnsetType

from wiretell.logs.examine import Examiner
from wiretell.logs.interface import Batch, Form
from wiretell.logs.origin import of_entry
from wiretell.marks.escapes import Unescaped
from wiretell.model.marks import Where

_OPENING: Final = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"log"\s*:\s*\{')
ANSWERS: Final = "only what was sent is read, and of that the bodies: answers, URLs and headers are not"
_BATCH_ENTRIES: Final = 64


class _Log(msgspec.Struct):
    entries: list[Raw]


class _Archive(msgspec.Struct):
    log: _Log


class _PostData(msgspec.Struct):
    text: Raw | UnsetType = UNSET
    encoding: Raw | UnsetType = UNSET
    own_encoding: Raw | UnsetType = msgspec.field(default=UNSET, name="_encoding")
    params: Raw | UnsetType = UNSET


class _Request(msgspec.Struct):
    post_data: _PostData | None = msgspec.field(default=None, name="postData")


class _Entry(msgspec.Struct):
    request: _Request


_ENTRY: Final = msgspec.json.Decoder(_Entry)


def may_be(head: bytes) -> bool:
    """Whether a file begins like an archive."""
    return _OPENING.match(head) is not None


def entries(data: bytes) -> list[Raw] | None:
    """Return the entries of an archive; None where the file is no archive, or a broken one."""
    try:
        return msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"), type=_Archive).log.entries
    except (msgspec.DecodeError, RecursionError):
        return None


def read(found: list[Raw], source: str, examiner: Examiner) -> Iterator[Form | Batch]:
    """Read the entries of an archive, each of which is a record."""
    examiner.remark(ANSWERS)
    refused = 0
    for first in range(0, len(found), _BATCH_ENTRIES):
        some = found[first : first + _BATCH_ENTRIES]
        for record, entry in enumerate(some, first + 1):
            refused += not _read_entry(bytes(entry), Where(source, record), examiner)
        yield examiner.batch(records=len(some), size=sum(len(bytes(entry)) for entry in some))
    yield examiner.batch()
    if refused and refused == len(found):
        yield Form.UNREAD


def _read_entry(entry: bytes, where: Where, examiner: Examiner) -> bool:
    """Read an entry; return whether it could be."""
    try:
        post = _ENTRY.decode(entry).request.post_data
    except (msgspec.DecodeError, RecursionError) as error:
        examiner.remark(f"its request has not the form of HAR 1.2 ({error})", where.record)
        return False
    text = b"" if post is None else _text(post, where, examiner)
    if text:
        examiner.read(text, where, partial(of_entry, entry, text))
    return True


def _text(post: _PostData, where: Where, examiner: Examiner) -> bytes:
    raw = _bytes(post.text)
    if raw[:1] != b'"':
        if _bytes(post.params) not in (b"", b"null", b"[]"):
            examiner.remark("its form fields were not read: the archive has no text of the body", where.record)
        return b""
    text = Unescaped(raw[1:-1]).data
    if b'"base64"' not in (_bytes(post.encoding), _bytes(post.own_encoding)):
        return text
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        examiner.remark(f"its body was read as it stands: it is said to be base64, and is none ({error})", where.record)
        return text


def _bytes(raw: Raw | UnsetType) -> bytes:
    return b"" if isinstance(raw, UnsetType) else bytes(raw)
