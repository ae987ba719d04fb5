"""Letters, shortest lengths and codes that both engines share."""

from __future__ import annotations

import string
from array import array
from typing import Final

STANDARD = (string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/").encode()
"""Base64 in the order of RFC 4648, section 4; section 5 has - and _ in place of the last two."""
_DIGITS = string.digits.encode()
_SPACE = b" \t\n\r"

BASE64: Final = 1
"""Letters of either alphabet of base64."""
BASE64_STANDARD: Final = 2
BASE64_URL: Final = 4
BASE32_UPPER: Final = 8
BASE32_LOWER: Final = 16
HEX: Final = 32
LISTED: Final = 64
"""What a list in lower case is made of."""
NUMBERS: Final = 128
"""What lists of numbers are made of."""
QUOTE: Final = 256
SPACE: Final = 512
TEXT: Final = 1024
"""What all of these but escaped strings are made of; the pass looks for stretches of it first."""

PRINTABLE: Final = 2048
"""What programs are written in, and their strings, apart from letters beyond ASCII: the pass looks at nothing else."""

LETTERS: Final[dict[int, bytes]] = {
    BASE64: STANDARD + b"-_",
    BASE64_STANDARD: STANDARD,
    BASE64_URL: STANDARD[:62] + b"-_",
    BASE32_UPPER: string.ascii_uppercase.encode() + b"234567",
    BASE32_LOWER: string.ascii_lowercase.encode() + b"234567",
    HEX: string.hexdigits.encode(),
    LISTED: string.ascii_lowercase.encode() + _DIGITS + b".,;:|_- /",
    NUMBERS: string.hexdigits.encode() + b"xX," + _SPACE,
    QUOTE: b"\"'`",
    SPACE: _SPACE,
    TEXT: STANDARD + b"-_=,\"'`.;:|" + _SPACE,
    PRINTABLE: bytes(range(32, 127)) + _SPACE[1:],
}

LEAST_BASE64: Final = 12
LEAST_DIGITS: Final = 16
"""Digits of base32 (10 bytes) or hexadecimal (8 bytes)."""
LEAST_TURNED: Final = 24
"""Bytes of a text that may have been turned round or rotated."""
LEAST_NUMBERS: Final = 8
LEAST_NUMBERS_LENGTH: Final = 15
"""Characters of eight numbers of one digit with a comma between."""
LEAST_CLEAN: Final = 24
"""Letters below which a run counts only if an encoder could have ended it so, no bits left over: most are words."""
LEAST_ITEMS: Final = 3

EXAMINED: Final = 4096
"""Bytes at the beginning of a decoded string that are tested; all of it is decoded if they pass."""
JOINED: Final = 1 << 16
"""Letters of a string split in pieces that are joined; what goes beyond is a string of its own."""
LOOK_BACK: Final = 512
"""Bytes before the first escape of a literal in which its opening quote is looked for."""
LITERAL: Final = 1 << 16
"""Bytes of the longest literal with escapes that is read."""
LEAST_ESCAPES: Final = 4
"""Escapes that a literal must have; prose has one now and then."""
BYTE_SHARE: Final = 16
"""One character in so many must be an escaped byte that is no text: codes that colour a terminal are fewer."""
MARGIN: Final = 20 * 16
"""By how much a turned text must cost less than the text as it stands, in 1/16 bit."""

# Codes of readings: letters, plus how they were stored.
AS_BASE64: Final = 0
AS_BASE64_URL: Final = 1
AS_BASE32: Final = 2
AS_HEX: Final = 3
REVERSED: Final = 8
SPLIT: Final = 16
ITEMS: Final = 32
CODES: Final = 64
ESCAPES: Final = 65
TURNED: Final = 66
ROTATED: Final = 67
LINES: Final = 128

# Offsets of the value tables behind the table of classes.
AT_BASE64: Final = 256
AT_BASE32: Final = 512
AT_HEX: Final = 768
TABLE_LENGTH: Final = 1024

RECORD: Final = 3
"""Numbers a survivor takes in the output: start, end, code."""

# What `room` holds.
FITS: Final = 0
"""Survivors that fit."""
DROPPED: Final = 1
"""Survivors that did not."""
TRIED: Final = 2
"""Number lists, literals in a row, literals with escapes and texts that were looked at, repeats counted."""
DISTINCT: Final = 3
"""Distinct runs of letters of base64 that were read."""

WORK: Final = 512
"""Length of the array of numbers that the tests write into."""


def table() -> array[int]:
    """Return 256 sets of classes, then the values of base64, base32 and hexadecimal digits, 256 each."""
    out = array("i", bytes(4 * TABLE_LENGTH))
    for bit, letters in LETTERS.items():
        for letter in letters:
            out[letter] |= bit
    for value, letter in enumerate(STANDARD):
        out[AT_BASE64 + letter] = value
    out[AT_BASE64 + ord("-")], out[AT_BASE64 + ord("_")] = 62, 63
    for value, letter in enumerate(LETTERS[BASE32_UPPER]):
        out[AT_BASE32 + letter] = out[AT_BASE32 + ord(chr(letter).lower())] = value
    for letter in LETTERS[HEX]:
        out[AT_HEX + letter] = int(chr(letter), 16)
    return out
