"""Could these bytes be compressed? Magic numbers, also under a key, and the header of raw deflate.

As in `_survey`, every function runs both as it stands and compiled.
"""

from __future__ import annotations

from collections.abc import Sequence

LEAST_PACKED = 16
LEAST_PACKED_KEYED = 24
LONGEST_PACKED_KEY = 8
"""Of a key over gzip: a longer one leaves too little of the ten bytes of the header to be compared."""
LONGEST_TIMED_KEY = 4
"""The same where the header holds a time: four bytes come before it."""
NAMED = 8
"""Flag of gzip: the name of the file follows the header."""
LEAST_AGREED = 2
SYMBOLS = 64
"""Symbols of a block with fixed codes that are read."""
# Areas in `work`.
_CODES = 32
_SORTED = 64
_LENGTHS = 128


def packed(blob: Sequence[int], m: int, work: list[int]) -> int:
    """Return whether it could be gzip, zlib, zstd (also under a key), or raw deflate."""
    if m < LEAST_PACKED:
        return 0
    if plain_magic(blob):
        return 1
    if m >= LEAST_PACKED_KEYED and (keyed_magic(blob) or keyed_gzip(blob, m) or keyed_zlib(blob, m, work)):
        return 1
    return deflated(blob, m, 0, 0, work)


def deflated(blob: Sequence[int], m: int, at: int, key: int, work: list[int]) -> int:
    """Return whether a stream of one compressed block could begin at bit `at`, under XOR with two bytes in turn.

    Here and below, `key` is the two bytes, the lower one over bytes of even index: `at & 8` shifts to the one needed.
    """
    kind = (blob[at >> 3] ^ key >> (at & 8)) & 7
    if kind == 5:
        return dynamic(blob, m, at, key, work)
    return fixed(blob, m, at, key) if kind == 3 else 0


def plain_magic(blob: Sequence[int]) -> int:
    """Return whether the bytes begin as gzip (RFC 1952), zlib (RFC 1950) or zstd (RFC 8878) do."""
    if blob[0] == 0x1F:
        return 1 if blob[1] == 0x8B and blob[2] == 8 and blob[3] < 32 else 0
    if blob[0] == 0x78:
        return 1 if (0x7800 + blob[1]) % 31 == 0 and not blob[1] & 32 and block(blob[2]) else 0
    return 1 if blob[0] == 0x28 and blob[1] == 0xB5 and blob[2] == 0x2F and blob[3] == 0xFD else 0


def keyed_magic(blob: Sequence[int]) -> int:
    """Return whether they do so under XOR with one byte; differences of neighbours do not know the key."""
    one = blob[0] ^ blob[1]
    if one == 0x1F ^ 0x8B:
        return 1 if blob[0] ^ blob[2] == 0x1F ^ 8 and (blob[0] ^ blob[3] ^ 0x1F) < 32 else 0
    if one == 0x28 ^ 0xB5:
        return 1 if blob[0] ^ blob[2] == 0x28 ^ 0x2F and blob[0] ^ blob[3] == 0x28 ^ 0xFD else 0
    return 0


def keyed_zlib(blob: Sequence[int], m: int, work: list[int]) -> int:
    """Return whether they are zlib under XOR with one byte or two; the header fits any, so a block must follow."""
    key = blob[0] ^ 0x78
    for second in (0x01, 0x5E, 0x9C, 0xDA):
        if deflated(blob, m, 16, (blob[1] ^ second) << 8 | key, work):
            return 1
    return 0


def block(byte: int) -> int:
    """Return whether a deflate stream of one compressed block begins so (RFC 1951, 3.2.3)."""
    return 1 if byte & 7 in (3, 5) else 0


def keyed_gzip(blob: Sequence[int], m: int) -> int:
    """Return whether they are gzip under a repeating XOR key of 2 to 8 bytes, of 2 to 4 if there is a time.

    Taken as known: magic number and method, no flags, no time, a level mark of 0, 2 or 4 (RFC 1952), and, as nobody
    hides 64 KiB in a literal, the last two bytes of the length at the end.
    """
    for period in range(2, LONGEST_PACKED_KEY + 1):
        if agreed(blob, m, period) >= LEAST_AGREED:
            return 1
    for period in range(2, LONGEST_TIMED_KEY + 1):
        if timed(blob, m, period, 0) or timed(blob, m, period, NAMED):
            return 1
    return 0


def timed(blob: Sequence[int], m: int, period: int, flags: int) -> int:
    """Return whether they are gzip with any time, under a key that the first four bytes decide.

    Four bytes must agree: level mark, system (six are in use) and the two highest of the length. Chance is 2^-27.
    """
    for i in range(period, 4):
        if blob[i] ^ blob[i - period] != opening(i, flags) ^ opening(i - period, flags):
            return 0
    for i in range(m - 2, m):
        column = i % period
        if blob[i] ^ blob[column] != opening(column, flags):
            return 0
    column = 8 % period
    if blob[8] ^ blob[column] ^ opening(column, flags) not in (0, 2, 4):
        return 0
    column = 9 % period
    return 1 if blob[9] ^ blob[column] ^ opening(column, flags) in (0, 3, 7, 10, 19, 255) else 0


def opening(i: int, flags: int) -> int:
    """Return byte i of the first four of gzip."""
    return flags if i == 3 else header(i)


def agreed(blob: Sequence[int], m: int, period: int) -> int:
    """Return how many known bytes agree with an earlier one in their column; -1 where one does not."""
    count = 0
    for i in range(period, 8):
        if blob[i] ^ blob[i - period] != header(i) ^ header(i - period):
            return -1
        count += 1
    if period == 8:
        mark = blob[8] ^ blob[0] ^ 0x1F
        if mark not in (0, 2, 4):
            return -1
        count += 1
    for i in range(m - 2, m):
        column = i % period
        if blob[i] ^ blob[column] != header(column):
            return -1
        count += 1
    return count


def header(i: int) -> int:
    """Return byte i of the usual header of gzip."""
    if i == 0:
        return 0x1F
    if i == 1:
        return 0x8B
    return 8 if i == 2 else 0


def bits(blob: Sequence[int], m: int, at: int, count: int, key: int) -> int:
    """Return `count` bits from bit `at` on, lowest first, of bytes under `key`; -1 beyond the end."""
    if at + count > 8 * m:
        return -1
    value = 0
    for i in range(count):
        bit = at + i
        value |= (((blob[bit >> 3] ^ key >> (bit & 8)) >> (bit & 7)) & 1) << i
    return value


def dynamic(blob: Sequence[int], m: int, at: int, key: int, work: list[int]) -> int:
    """Return whether a last block with its own codes begins here, whose three codes are complete (RFC 1951, 3.2.7)."""
    literals = bits(blob, m, at + 3, 5, key) + 257
    distances = bits(blob, m, at + 8, 5, key) + 1
    count = bits(blob, m, at + 13, 4, key) + 4
    if literals > 286 or distances > 30 or at + 17 + 3 * count > 8 * m:
        return 0
    for i in range(19):
        work[i] = 0
    total = 0
    for i in range(count):
        length = bits(blob, m, at + 17 + 3 * i, 3, key)
        work[place(i)] = length
        if length:
            total += 1 << (7 - length)
    if total != 128:
        return 0
    sort_codes(work)
    return read_lengths(blob, m, at + 17 + 3 * count, key, literals, distances, work)


def place(i: int) -> int:
    """Return whose code length stands i-th (RFC 1951, 3.2.7: 16, 17, 18, 0, 8, 7, 9, 6, 10, ...)."""
    if i < 3:
        return 16 + i
    if i == 3:
        return 0
    half = (i - 4) // 2
    return 8 + half if i % 2 == 0 else 7 - half


def sort_codes(work: list[int]) -> None:
    """Lay down how many codes of each length there are, and their symbols in order."""
    for length in range(8):
        work[_CODES + length] = 0
    at = _SORTED
    for length in range(1, 8):
        for symbol in range(19):
            if work[symbol] == length:
                work[_CODES + length] += 1
                work[at] = symbol
                at += 1


def read_lengths(blob: Sequence[int], m: int, at: int, key: int, literals: int, distances: int, work: list[int]) -> int:
    """Read the lengths of both codes; return whether both are complete and the end of a block has a code."""
    done = 0
    last = 0
    while done < literals + distances:
        code = start = index = 0
        symbol = -1
        for length in range(1, 8):
            if at >= 8 * m:
                return 0
            code |= ((blob[at >> 3] ^ key >> (at & 8)) >> (at & 7)) & 1
            at += 1
            count = work[_CODES + length]
            if code - count < start:
                symbol = work[_SORTED + index + code - start]
                break
            index += count
            start = (start + count) << 1
            code <<= 1
        if symbol < 0:
            return 0
        repeat = 1
        if symbol < 16:
            last = symbol
        else:
            width = 2 if symbol == 16 else (3 if symbol == 17 else 7)
            more = bits(blob, m, at, width, key)
            if more < 0 or (symbol == 16 and done == 0):
                return 0
            at += width
            repeat = more + (11 if symbol == 18 else 3)
            if symbol != 16:
                last = 0
        if done + repeat > literals + distances:
            return 0
        for i in range(repeat):
            work[_LENGTHS + done + i] = last
        done += repeat
    if not work[_LENGTHS + 256] or not complete(work, _LENGTHS, literals, 0):
        return 0
    return complete(work, _LENGTHS + literals, distances, 1)


def complete(work: list[int], at: int, count: int, lone: int) -> int:
    """Return whether these lengths make a complete code; `lone`: a single code, or none, will do as well."""
    total = used = 0
    for i in range(at, at + count):
        if work[i]:
            used += 1
            total += 1 << (15 - work[i])
    return 1 if total == 1 << 15 or (lone and used <= 1) else 0


def fixed(blob: Sequence[int], m: int, at: int, key: int) -> int:
    """Return whether a last block with the fixed codes (RFC 1951, 3.2.6) gives printable text, as far as it is read."""
    at += 3
    made = 0
    for _ in range(SYMBOLS):
        if at + 9 > 8 * m:
            return 0
        code = 0
        for _bit in range(7):
            code = code << 1 | ((blob[at >> 3] ^ key >> (at & 8)) >> (at & 7)) & 1
            at += 1
        if code == 0:
            return 1 if made >= LEAST_PACKED else 0
        if code < 24:
            size = copied(blob, m, at, key, code + 256, made)
            if size <= 0:
                return 0
            at += size >> 9
            made += size & 511
            continue
        code = code << 1 | ((blob[at >> 3] ^ key >> (at & 8)) >> (at & 7)) & 1
        at += 1
        literal = code - 48
        if literal > 126 or (literal < 32 and literal not in (9, 10, 13)):
            return 0
        made += 1
    return 1


def copied(blob: Sequence[int], m: int, at: int, key: int, symbol: int, made: int) -> int:
    """Return the bits read (times 512) and the length of a copy; 0 where it reaches behind the beginning."""
    extra = 0 if symbol < 265 else (symbol - 261) >> 2
    length = symbol - 254 if extra == 0 else 3 + ((4 + ((symbol - 265) & 3)) << extra)
    more = bits(blob, m, at, extra, key)
    if more < 0 or at + extra + 5 > 8 * m:
        return 0
    length += more
    code = 0
    for i in range(5):
        where = at + extra + i
        code = code << 1 | ((blob[where >> 3] ^ key >> (where & 8)) >> (where & 7)) & 1
    if code > 29:
        return 0
    wide = 0 if code < 4 else (code >> 1) - 1
    far = bits(blob, m, at + extra + 5, wide, key)
    if far < 0:
        return 0
    distance = code + 1 if wide == 0 else ((2 + (code & 1)) << wide) + 1 + far
    return 0 if distance > made else (extra + 5 + wide) << 9 | length
