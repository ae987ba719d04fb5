"""Runs of letters, read as base64, base64url, base32 and hexadecimal digits, from both ends; lists turned round.

As in `_survey`, every function runs both as it stands and compiled. `out` takes survivors, `RECORD` numbers each;
functions return how many it holds. It never overflows: what does not fit is counted in `room`.
"""

from __future__ import annotations

from collections.abc import Sequence

from wiretell.scan.native._shapes import (
    AS_BASE32,
    AS_BASE64,
    AS_BASE64_URL,
    AS_HEX,
    AT_BASE32,
    AT_BASE64,
    AT_HEX,
    BASE64_STANDARD,
    BASE64_URL,
    DROPPED,
    EXAMINED,
    FITS,
    HEX,
    LEAST_BASE64,
    LEAST_CLEAN,
    LEAST_DIGITS,
    MARGIN,
    RECORD,
    REVERSED,
    ROTATED,
    TRIED,
    TURNED,
)
from wiretell.scan.native._survey import survey

KINDS = 5
"""Of letters: `BASE64_STANDARD` to `HEX`."""
PADDING = 6
"""Most = signs that any of these encodings ends with."""


def emit(start: int, end: int, code: int, out: list[int], count: int, room: list[int]) -> int:
    """Write down a survivor."""
    if count >= room[FITS]:
        room[DROPPED] += 1
        return count
    out[RECORD * count] = start
    out[RECORD * count + 1] = end
    out[RECORD * count + 2] = code
    return count + 1


def decode(
    text: Sequence[int], start: int, n: int, step: int, values: int, width: int, tab: Sequence[int], buf: list[int]
) -> int:
    """Decode n letters from `start` on (or backwards: step -1), `width` bits each; at most `EXAMINED` bytes.

    Returns how many bytes `buf` has got, negative where no encoder ends so: bits left over that are not zero, or a
    letter more than the bytes need.
    """
    held = bits = made = 0
    for i in range(n):
        held = (held << width) | tab[values + text[start + step * i]]
        bits += width
        if bits >= 8:
            bits -= 8
            buf[made] = held >> bits
            held &= (1 << bits) - 1
            made += 1
            if made == EXAMINED:
                return made
    return -made if held or bits >= width else made


def read(
    text: Sequence[int], start: int, end: int, code: int, tab: Sequence[int], buf: list[int], work: list[int]
) -> int:
    """Return whether letters [start, end) in the reading `code` decode to something that passes the survey."""
    n = end - start
    step = -1 if code & REVERSED else 1
    made = decode(text, end - 1 if step < 0 else start, n, step, values_of(code), width_of(code), tab, buf)
    if made < 0:
        if n < LEAST_CLEAN:
            return 0
        made = -made
    return survey(buf, made, work)


def values_of(code: int) -> int:
    """Return where the values of letters stand in the table."""
    if code & 3 == AS_HEX:
        return AT_HEX
    return AT_BASE32 if code & 3 == AS_BASE32 else AT_BASE64


def width_of(code: int) -> int:
    """Return how many bits a letter has."""
    if code & 3 == AS_HEX:
        return 4
    return 5 if code & 3 == AS_BASE32 else 6


def both_ways(
    text: Sequence[int],
    start: int,
    end: int,
    limit: int,
    code: int,
    tab: Sequence[int],
    buf: list[int],
    work: list[int],
    out: list[int],
    count: int,
    room: list[int],
) -> int:
    """Read letters [start, end) forwards and backwards; = signs that pad them belong to the survivor."""
    for way in range(0, REVERSED + 1, REVERSED):
        if not read(text, start, end, code | way, tab, buf, work):
            continue
        before, after = start, end
        if way:
            while before > 0 and before > start - PADDING and text[before - 1] == 61:
                before -= 1
        else:
            while after < limit and after < end + PADDING and text[after] == 61:
                after += 1
        count = emit(before, after, code | way, out, count, room)
    return count


def read_run(
    text: Sequence[int],
    start: int,
    end: int,
    limit: int,
    tab: Sequence[int],
    buf: list[int],
    work: list[int],
    out: list[int],
    count: int,
    room: list[int],
) -> int:
    """Try every reading of a maximal run of letters of both alphabets of base64: the longest stretches of each kind."""
    every = -1
    for i in range(start, end):
        every &= tab[text[i]]
    for kind in range(KINDS):
        letters = 2 << kind
        if letters == BASE64_URL and every & BASE64_STANDARD:
            continue
        if letters > BASE64_URL and end - start < LEAST_DIGITS:
            break
        count = stretches(text, start, end, limit, letters, tab, buf, work, out, count, room)
    return count


def stretches(
    text: Sequence[int],
    start: int,
    end: int,
    limit: int,
    kind: int,
    tab: Sequence[int],
    buf: list[int],
    work: list[int],
    out: list[int],
    count: int,
    room: list[int],
) -> int:
    """Read every maximal stretch of one kind of letters in [start, end), if it is long enough.

    One of base64url without - and _ is left to base64.
    """
    least = LEAST_BASE64 if kind & (BASE64_STANDARD | BASE64_URL) else LEAST_DIGITS
    at = start
    while at + least <= end:
        # The last place of the shortest stretch from here decides how far to go on.
        back = at + least - 1
        while back >= at and tab[text[back]] & kind:
            back -= 1
        if back >= at:
            at = back + 1
            continue
        after = at + least
        while after < end and tab[text[after]] & kind:
            after += 1
        if kind != BASE64_URL or marked(text, at, after):
            count = both_ways(text, at, after, limit, reading(kind), tab, buf, work, out, count, room)
        at = after + 1
    return count


def reading(kind: int) -> int:
    """Return the code of letters of a kind."""
    if kind == BASE64_STANDARD:
        return AS_BASE64
    if kind == BASE64_URL:
        return AS_BASE64_URL
    return AS_HEX if kind == HEX else AS_BASE32


def marked(text: Sequence[int], start: int, end: int) -> int:
    """Return whether there is a letter that base64 does not have."""
    for i in range(start, end):
        if text[i] in (45, 95):
            return 1
    return 0


def read_turned(
    text: Sequence[int], start: int, end: int, cost: Sequence[int], out: list[int], count: int, room: list[int]
) -> int:
    """Read a list in lower case backwards, and rotated by 13: clearly better text than as it stands?"""
    stop = end if end < start + EXAMINED else start + EXAMINED
    room[TRIED] += 1
    plain = back = rotated = 0
    for i in range(start + 1, stop):
        a = text[i - 1] + 0
        b = text[i] + 0
        plain += cost[256 * a + b]
        back += cost[256 * b + a]
        rotated += cost[256 * rotate(a) + rotate(b)]
    if back + MARGIN + stop - start <= plain:
        count = emit(start, end, TURNED, out, count, room)
    if rotated + MARGIN + stop - start <= plain:
        count = emit(start, end, ROTATED, out, count, room)
    return count


def rotate(letter: int) -> int:
    """Return the letter 13 places on."""
    if letter < 97 or letter > 122:
        return letter
    return letter + 13 if letter < 110 else letter - 13
