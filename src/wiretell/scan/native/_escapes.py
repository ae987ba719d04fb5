"""Literals with numeric escapes: `\\xNN`, `\\uNNNN`, `\\u{N}`, octal.

As in `_survey`, every function runs both as it stands and compiled.
"""

from __future__ import annotations

from collections.abc import Sequence

from wiretell.scan.native._readings import emit
from wiretell.scan.native._shapes import BYTE_SHARE, ESCAPES, EXAMINED, LEAST_ESCAPES, LITERAL, LOOK_BACK, QUOTE, TRIED
from wiretell.scan.native._survey import survey

BACKSLASH = 92
# What `unescape` counts, in `tally`.
LENGTH = 0
END = 1
TEXT_ESCAPES = 2
BYTE_ESCAPES = 3
WIDE = 4
ESCAPED = 5
AT = 448
"""Where `tally` begins in `work`."""


def numeric(text: Sequence[int], at: int, end: int) -> int:
    """Return whether a numeric escape begins at the backslash here (which is not escaped itself)."""
    if at + 1 >= end or text[at] != BACKSLASH:
        return 0
    letter = text[at + 1]
    if letter not in (117, 120) and not 48 <= letter <= 55:
        return 0
    return 0 if escaped(text, at) else 1


def escaped(text: Sequence[int], at: int) -> int:
    """Return whether an odd number of backslashes stands before."""
    i = at
    while i > 0 and at - i < LOOK_BACK and text[i - 1] == BACKSLASH:
        i -= 1
    return (at - i) & 1


def read_escape(
    text: Sequence[int],
    at: int,
    end: int,
    tab: Sequence[int],
    buf: list[int],
    work: list[int],
    out: list[int],
    count: int,
    room: list[int],
) -> int:
    """Read the literals whose first numeric escape is the one here: one for each kind of quote found before it."""
    if not numeric(text, at, end):
        return count
    kinds = 0
    i = at - 1
    while i >= 0 and i >= at - LOOK_BACK:
        byte = text[i]
        if byte == BACKSLASH and numeric(text, i, end):
            break
        if tab[byte] & QUOTE and not escaped(text, i):
            kind = 1 << (byte & 7)
            if not kinds & kind:
                kinds |= kind
                count = read_literal(text, i, end, buf, work, out, count, room)
        i -= 1
    return count


def read_literal(
    text: Sequence[int], at: int, end: int, buf: list[int], work: list[int], out: list[int], count: int, room: list[int]
) -> int:
    """Read the literal that the quote here opens; one that nothing is hidden in does not survive.

    Prose has escapes too: letters that are escaped must be half of all, bytes that are no text four at least.
    """
    room[TRIED] += 1
    unescape(text, at, end, 0, EXAMINED, buf, work)
    if work[AT + END] < 0:
        return count
    if work[AT + WIDE]:
        if work[AT + TEXT_ESCAPES] + work[AT + BYTE_ESCAPES] < 2 * LEAST_ESCAPES:
            return count
        unescape(text, at, end, 1, EXAMINED, buf, work)
    escaped_bytes = work[AT + BYTE_ESCAPES]
    hidden = escaped_bytes >= LEAST_ESCAPES and BYTE_SHARE * escaped_bytes >= work[AT + LENGTH]
    spelled = work[AT + TEXT_ESCAPES] >= LEAST_ESCAPES and 2 * work[AT + TEXT_ESCAPES] >= work[AT + LENGTH]
    if not hidden and not spelled:
        return count
    made = work[AT + LENGTH]
    stop = work[AT + END]
    if survey(buf, made if made < EXAMINED else EXAMINED, work):
        count = emit(at, stop, ESCAPES, out, count, room)
    return count


def unescape(text: Sequence[int], at: int, end: int, utf8: int, size: int, buf: list[int], work: list[int]) -> None:
    """Decode the literal that opens at `at` into the first `size` bytes of `buf`, and count in `work`.

    Code units become bytes; with `utf8`, those above 127 become UTF-8 (surrogates by themselves: enough to compare).
    The end lies behind the closing quote, or is -1: none within `LITERAL` bytes, or a line end first.
    """
    quote = text[at]
    for i in range(6):
        work[AT + i] = 0
    work[AT + END] = -1
    i = at + 1
    stop = end if end < at + LITERAL else at + LITERAL
    while i < stop:
        value = text[i] + 0
        if value == quote:
            work[AT + END] = i + 1
            return
        if value in (10, 13) and quote != 96:
            return
        if value == BACKSLASH:
            found = escape(text, i, end)
            i += found & 15
            value = found >> 4
            if value < 0:
                continue
            tell(value, found & 15, work)
        else:
            i += 1
        put(value, utf8, size, buf, work)


def tell(value: int, length: int, work: list[int]) -> None:
    """Count an escape by what it stands for; simple ones of white space and quotes say nothing."""
    if value > 255:
        work[AT + WIDE] += 1
    elif value > 126 or (value < 32 and value not in (9, 10, 13)):
        work[AT + BYTE_ESCAPES] += 1
    elif length > 2 or value < 9:
        work[AT + TEXT_ESCAPES] += 1


def put(value: int, utf8: int, size: int, buf: list[int], work: list[int]) -> None:
    """Write a code unit as a byte, or in UTF-8."""
    made = work[AT + LENGTH]
    if value < 128 or (not utf8 and value < 256):
        if made < size:
            buf[made] = value
        work[AT + LENGTH] = made + 1
        return
    more = 1 if value < 0x800 else (2 if value < 0x10000 else 3)
    lead = 0xC0 if more == 1 else (0xE0 if more == 2 else 0xF0)
    for i in range(more + 1):
        byte = lead | value >> 6 * more if i == 0 else 0x80 | (value >> 6 * (more - i)) & 0x3F
        if made + i < size:
            buf[made + i] = byte
    work[AT + LENGTH] = made + more + 1


def escape(text: Sequence[int], at: int, end: int) -> int:
    """Return value * 16 + length of the escape here; the value is -1 for a line continued."""
    letter = text[at + 1] + 0 if at + 1 < end else BACKSLASH
    if letter == 120:
        return digits(text, at, 2, 2, end)
    if letter == 117:
        if at + 2 < end and text[at + 2] == 123:
            return braced(text, at, end)
        return digits(text, at, 2, 4, end)
    if 48 <= letter <= 55:
        return octal(text, at, end)
    if letter == 10:
        return -16 | 2
    value = letter
    if letter == 110:
        value = 10
    elif letter == 114:
        value = 13
    elif letter == 116:
        value = 9
    elif letter == 98:
        value = 8
    elif letter == 118:
        value = 11
    elif letter == 102:
        value = 12
    return value << 4 | 2


def digits(text: Sequence[int], at: int, skip: int, count: int, end: int) -> int:
    """Return the escape with so many hexadecimal digits; without them, the letter itself."""
    value = 0
    for i in range(at + skip, at + skip + count):
        digit = hex_value(text[i] + 0) if i < end else -1
        if digit < 0:
            return (text[at + 1] + 0) << 4 | 2
        value = value * 16 + digit
    return value << 4 | (skip + count)


def braced(text: Sequence[int], at: int, end: int) -> int:
    r"""Return the escape `\u{N}` with one to six digits; else the letter itself."""
    value = 0
    i = at + 3
    while i < end and i < at + 9 and hex_value(text[i] + 0) >= 0:
        value = value * 16 + hex_value(text[i] + 0)
        i += 1
    if i == at + 3 or i >= end or text[i] != 125 or value > 0x10FFFF:
        return 117 << 4 | 2
    return value << 4 | (i + 1 - at)


def octal(text: Sequence[int], at: int, end: int) -> int:
    """Return the escape with one to three octal digits, at most 255."""
    value = 0
    i = at + 1
    while i < end and i < at + 4 and 48 <= text[i] <= 55 and value < 32:
        value = value * 8 + text[i] - 48
        i += 1
    return value << 4 | (i - at)


def hex_value(letter: int) -> int:
    """Return the value of a hexadecimal digit, or -1."""
    if 48 <= letter <= 57:
        return letter - 48
    letter |= 32
    return letter - 87 if 97 <= letter <= 102 else -1
