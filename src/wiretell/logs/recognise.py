"""What kind of file something is, told by its first bytes, never by its name. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from wiretell.logs.interface import Form
from wiretell.logs.sources import har
from wiretell.marks.body import begins_as_json

HEAD_BYTES: Final = 8 << 20
"""As much as is looked at."""
_PARQUET: Final = b"PAR1"
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
_SAMPLE_BYTES: Final = 64 << 10
_MOST_LINES: Final = 16
_NUL_SHARE: Final = 4
"""One NUL in so many bytes is UTF-16 without its mark, or a table of numbers."""
_ODD_SHARE: Final = 20
"""Beside a NUL, one broken or control character in so many bytes is too much for a text."""
_FEW: Final = 2
"""Odd characters that any text may hold, however short it is."""
_CONTROLS: Final = bytes({*range(1, 32), 127} - set(b"\t\n\v\f\r\b\x1b"))

__all__ = ["HEAD_BYTES", "Form", "form_of"]


def form_of(head: bytes) -> Form:
    """Tell the kind of a file by its first `HEAD_BYTES`, or all of it where it is shorter."""
    if not head:
        return Form.EMPTY
    if head.startswith(_PARQUET):
        return Form.PARQUET
    if head.startswith(_UTF16):
        return Form.UTF16
    if _is_binary(head[:_SAMPLE_BYTES]):
        return Form.BINARY
    if not begins_as_json(head):
        return Form.JSONL if _is_lines(head) else Form.TEXT
    if har.may_be(head) and not _is_lines(head):
        return Form.HAR
    return Form.JSONL if _is_lines(head) or _is_one_long_line(head) else Form.JSON


def _is_binary(sample: bytes) -> bool:
    """Whether this is no text: a text may hold a stray NUL, or one after each name; what is odd besides is none."""
    nul = sample.count(0)
    if not nul:
        return False
    controls = len(sample) - len(sample.translate(None, _CONTROLS))
    odd = sample.decode("utf-8", "replace").count("\ufffd") + controls
    return (nul > _FEW and nul * _NUL_SHARE > len(sample)) or (odd > _FEW and odd * _ODD_SHARE > len(sample))


def _is_lines(head: bytes) -> bool:
    """Whether there are several lines, and half of the first ones or more are whole documents by themselves."""
    lines = list(_lines(head))
    return len(lines) > 1 and 2 * sum(map(_is_whole, lines)) >= len(lines)


def _lines(head: bytes) -> Iterator[bytes]:
    """Go through the first lines that are not blank; the last is left out where the head ends in it."""
    at = 0
    for _ in range(_MOST_LINES):
        end = head.find(b"\n", at)
        if end < 0:
            break
        if line := head[at:end].strip():
            yield line
        at = end + 1
    else:
        return
    if len(head) < HEAD_BYTES and (line := head[at:].strip()):
        yield line


def _is_whole(line: bytes) -> bool:
    if line[:1] not in (b"{", b"[", b"\xef"):
        return False
    try:
        msgspec.json.decode(line.removeprefix(b"\xef\xbb\xbf"), type=msgspec.Raw)
    except msgspec.DecodeError as error:
        return "hex escape" in str(error)  # half a surrogate: no reason to take a line for something else
    except RecursionError:
        return True
    return True


def _is_one_long_line(head: bytes) -> bool:
    """Whether the first line is longer than what is looked at: a record of many, or of one, is read alike."""
    return len(head) >= HEAD_BYTES and b"\n" not in head.strip()
