"""Lists of numbers, literals in a row, literals with escapes.

As in `_survey`, every function runs both as it stands and compiled.
"""

from __future__ import annotations

from collections.abc import Sequence

from wiretell.scan.native._readings import KINDS, both_ways, emit, reading, values_of, width_of
from wiretell.scan.native._shapes import (
    AT_HEX,
    BASE32_LOWER,
    BASE32_UPPER,
    BASE64,
    BASE64_STANDARD,
    BASE64_URL,
    CODES,
    EXAMINED,
    HEX,
    ITEMS,
    JOINED,
    LEAST_BASE64,
    LEAST_DIGITS,
    LEAST_ITEMS,
    LEAST_NUMBERS,
    QUOTE,
    RECORD,
    SPACE,
    SPLIT,
    TRIED,
)
from wiretell.scan.native._survey import FIRST, LONGEST_KEY, survey

LEAST_COMPARED = 16
"""Top bits of items that must agree with another one in their column."""


def read_numbers(
    text: Sequence[int],
    start: int,
    end: int,
    tab: Sequence[int],
    buf: list[int],
    work: list[int],
    out: list[int],
    count: int,
    room: list[int],
) -> int:
    """Find lists of eight and more numbers 0 to 255 in a maximal run of what such lists are made of."""
    at = start
    first = last = made = numbers = 0
    while True:
        comma = 0
        while at < end and (tab[text[at]] & SPACE or (text[at] == 44 and not comma)):
            comma |= text[at] == 44
            at += 1
        found = number(text, at, end, tab)
        if found < 0 or at == end or numbers == 0:
            if numbers >= LEAST_NUMBERS:
                room[TRIED] += 1
            if numbers >= LEAST_NUMBERS and survey(buf, made, work):
                count = emit(first, last, CODES, out, count, room)
            numbers = made = 0
            first = at
        if at >= end:
            return count
        if found < 0:
            at = past(text, at, end, tab)
            continue
        if made < EXAMINED:
            buf[made] = found >> 8
            made += 1
        numbers += 1
        at += found & 255
        last = at


def number(text: Sequence[int], at: int, end: int, tab: Sequence[int]) -> int:
    """Return value * 256 + length of the number 0 to 255 (decimal, or 0x and one or two digits) here; else -1."""
    i = at
    value = 0
    if i + 2 < end and text[i] == 48 and text[i + 1] in (88, 120):
        i += 2
        while i < end and tab[text[i]] & HEX and i - at < 5:
            value = value * 16 + tab[AT_HEX + text[i]]
            i += 1
        if i == at + 2:
            return -1
    else:
        while i < end and 48 <= text[i] <= 57 and i - at < 4:
            value = value * 10 + text[i] - 48
            i += 1
        if i == at:
            return -1
    if value > 255 or (i < end and tab[text[i]] & BASE64):
        return -1
    return value << 8 | (i - at)


def past(text: Sequence[int], at: int, end: int, tab: Sequence[int]) -> int:
    """Return where what is no number ends."""
    while at < end and tab[text[at]] & BASE64:
        at += 1
    return at + 1 if at < end and text[at] == 44 else at


def read_chains(
    text: Sequence[int],
    start: int,
    end: int,
    tab: Sequence[int],
    joined: list[int],
    seen: Sequence[int],
    pieces: list[int],
    buf: list[int],
    work: list[int],
    out: list[int],
    count: int,
    room: list[int],
) -> int:
    """Find literals in a row: quoted letters with nothing but a comma, a plus sign or white space between.

    `joined` takes their letters one after another, and `seen` is the same array for reading; `pieces` where each ends.
    """
    at = start
    while at < end:
        if not tab[text[at]] & QUOTE:
            at += 1
            continue
        n = total = others = 0
        after = at
        here = at
        while n < JOINED:
            stop = closing(text, here, end, tab)
            if stop < 0 or total + stop - here - 1 > JOINED:
                break
            for i in range(here + 1, stop):
                joined[total] = text[i]
                total += 1
            pieces[n] = total
            n += 1
            after = stop + 1
            here = gap(text, after, end, tab)
            if here < 0:
                break
            others |= here & 1
            here >>= 1
        if n < 2:
            at += 1
            continue
        room[TRIED] += 1
        if total >= LEAST_BASE64:
            count = read_split(seen, total, at, after, tab, buf, work, out, count, room)
        if n >= LEAST_ITEMS and not others:
            count = read_items(seen, n, pieces, at, after, tab, buf, work, out, count, room)
        at = after
    return count


def closing(text: Sequence[int], at: int, end: int, tab: Sequence[int]) -> int:
    """Return where the quote at `at` closes, if there are only letters and = in between, at least one; else -1."""
    i = at + 1
    while i < end and (tab[text[i]] & BASE64 or text[i] == 61):
        i += 1
    return i if i < end and i > at + 1 and text[i] == text[at] else -1


def gap(text: Sequence[int], at: int, end: int, tab: Sequence[int]) -> int:
    """Return twice the place of the next opening quote, plus one unless a comma stands before it; -1: there is none."""
    comma = 0
    while at < end and tab[text[at]] & SPACE:
        at += 1
    if at < end and text[at] in (43, 44):
        comma = text[at] == 44
        at += 1
    while at < end and tab[text[at]] & SPACE:
        at += 1
    if at >= end or not tab[text[at]] & QUOTE:
        return -1
    return 2 * at + (0 if comma else 1)


def read_split(
    seen: Sequence[int],
    total: int,
    start: int,
    end: int,
    tab: Sequence[int],
    buf: list[int],
    work: list[int],
    out: list[int],
    count: int,
    room: list[int],
) -> int:
    """Read the joined letters as one string."""
    first, last = 0, total
    while first < total and seen[first] == 61:
        first += 1
    while last > first and seen[last - 1] == 61:
        last -= 1
    every = -1
    for i in range(first, last):
        every &= tab[seen[i]]
    before = count
    for kind in range(KINDS):
        letters = 2 << kind
        if every & letters and fresh(every, letters) and last - first >= (LEAST_DIGITS if kind > 1 else LEAST_BASE64):
            count = both_ways(seen, first, last, total, reading(letters), tab, buf, work, out, count, room)
    for i in range(before, count):
        out[RECORD * i] = start
        out[RECORD * i + 1] = end
        out[RECORD * i + 2] |= SPLIT
    return count


def read_items(
    seen: Sequence[int],
    n: int,
    pieces: Sequence[int],
    start: int,
    end: int,
    tab: Sequence[int],
    buf: list[int],
    work: list[int],
    out: list[int],
    count: int,
    room: list[int],
) -> int:
    """Read each piece as a string of its own; what they decode to is surveyed together."""
    every = -1
    for i in range(pieces[n - 1]):
        if seen[i] != 61:
            every &= tab[seen[i]]
    for kind in range(KINDS):
        letters = 2 << kind
        if every & letters and fresh(every, letters):
            code = reading(letters)
            if whole_items(seen, n, pieces, code, tab, buf, work):
                count = emit(start, end, ITEMS | code, out, count, room)
    return count


def fresh(every: int, kind: int) -> int:
    """Return whether letters that are of all these kinds are not read alike under an earlier kind."""
    if kind == BASE64_URL:
        return not every & BASE64_STANDARD
    return not (kind == BASE32_LOWER and every & BASE32_UPPER)


def whole_items(
    seen: Sequence[int],
    n: int,
    pieces: Sequence[int],
    code: int,
    tab: Sequence[int],
    buf: list[int],
    work: list[int],
) -> int:
    """Return whether every piece ends as an encoder ends it, and all together pass the survey.

    A key that repeats may begin anew in each of them: `high` and `low` are the places in an item (the first `FIRST`,
    a bit each) at which some item's byte has its top bit set, or not.
    """
    values = values_of(code)
    width = width_of(code)
    made = first = high = low = compared = 0
    for i in range(n):
        last = pieces[i]
        while last > first and seen[last - 1] == 61:
            last -= 1
        padded = pieces[i] - last
        if padded and (pieces[i] - first) * width % 24 and (pieces[i] - first) * width % 40:
            return 0
        if last - first < 2 or made >= EXAMINED:
            break
        for j in range(first, last):
            if seen[j] == 61:
                return 0
        size = decode_into(seen, first, last - first, values, width, tab, buf, made)
        if size <= 0:
            return 0
        for j in range(min(size, FIRST, EXAMINED - made)):
            top = buf[made + j] >> 7
            high |= top << j
            low |= (1 - top) << j
            compared += 1
        made += size
        first = pieces[i]
    if made < EXAMINED and first < pieces[n - 1]:
        return 0
    return 1 if in_columns(high, low, compared) else survey(buf, made if made < EXAMINED else EXAMINED, work)


def in_columns(high: int, low: int, compared: int) -> int:
    """Return whether the top bits of items are those of ASCII under a XOR key of 2 to 16 bytes that each begins with.

    The last way to divide them, no place with another, is that of a key that grows with the index.
    """
    if compared < LEAST_COMPARED:
        return 0
    for period in range(2, LONGEST_KEY + 2):
        step = period if period <= LONGEST_KEY else FIRST
        ones = zeros = columns = 0
        for at in range(0, FIRST, step):
            ones |= (high >> at) & ((1 << step) - 1)
            zeros |= (low >> at) & ((1 << step) - 1)
        if ones & zeros:
            continue
        for column in range(step):
            columns += ((ones | zeros) >> column) & 1
        if compared - columns >= LEAST_COMPARED:
            return 1
    return 0


def decode_into(
    seen: Sequence[int], start: int, n: int, values: int, width: int, tab: Sequence[int], buf: list[int], at: int
) -> int:
    """Decode n letters behind the first `at` bytes of `buf` (there is room for twice `EXAMINED`); bytes made, or -1."""
    held = bits = made = 0
    for i in range(n):
        held = (held << width) | tab[values + seen[start + i]]
        bits += width
        if bits >= 8:
            bits -= 8
            if at + made < EXAMINED:
                buf[at + made] = held >> bits
            held &= (1 << bits) - 1
            made += 1
    return -1 if held or bits >= width else made
