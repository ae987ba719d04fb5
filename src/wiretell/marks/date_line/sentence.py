r"""Finding the date line in bytes: raw UTF-8 or with JSON escapes, at any depth of JSON in strings of JSON.

    Today's date is 2026-11-21        Today\u2019s date is 2026-11-21        Today\\u02BCs date is 2026\\/11\\/21

Only the sentence with "is": the client's other one, "Today's date is now ...", is never marked. Letters and digits are
taken as they stand; only the apostrophe and the separators are looked for in their escaped spellings. A character
beyond ASCII that is none of the scheme's is seen too (U+2018, a prime, an accent), so that a reader can say what it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from wiretell.marks.date_line.states import state_of_symbols
from wiretell.marks.survey.interest import DATE_LINE
from wiretell.model.marks import State

_BEFORE: Final = b"Today"
_APOSTROPHE: Final = rb"(\\{0,255}['`]|[\xc2-\xf4][\x80-\xbf]{1,3}|\\{1,255}u[0-9a-fA-F]{4})"
_SEPARATOR: Final = rb"(\\{0,255}[/-]|[\xc2-\xf4][\x80-\xbf]{1,3}|\\{1,255}u[0-9a-fA-F]{4})"
_SENTENCE: Final = re.compile(
    _BEFORE + _APOSTROPHE + DATE_LINE + rb"(\d{4})" + _SEPARATOR + rb"(\d\d)" + _SEPARATOR + rb"(\d\d)(?!\d)"
)
_REACH: Final = len(_BEFORE) + 255 + len(b"u2019")
"""How far before the anchor the sentence can begin: eight layers of JSON double a backslash seven times."""


@dataclass(frozen=True, slots=True)
class Sign:
    """A character of the sentence that can carry something."""

    start: int
    """Offset in the bytes searched."""
    spelled: bytes
    """As it stands, backslashes included."""
    character: str
    """What it says."""

    @property
    def end(self) -> int:
        """Offset of what follows."""
        return self.start + len(self.spelled)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A date line."""

    start: int
    """Offset of its "T"."""
    end: int
    """Offset after the day."""
    apostrophe: Sign
    separators: tuple[Sign, Sign]

    @property
    def state(self) -> State | None:
        """What it says by this scheme; None where it shows characters that the scheme never writes."""
        first, second = self.separators
        return state_of_symbols(self.apostrophe.character, (first.character, second.character))


def sentences(data: bytes, hits: Iterable[int]) -> Iterator[Sentence]:
    """Find every date line, in order. `hits`: the offsets of what each holds, `Body.date_lines`."""
    for hit in hits:
        start = data.rfind(_BEFORE, max(0, hit - _REACH), hit)
        found = _SENTENCE.match(data, start) if start >= 0 else None
        sentence = _sentence(found) if found is not None and found.end(1) == hit else None
        if sentence is not None:
            yield sentence


def _sentence(found: re.Match[bytes]) -> Sentence | None:
    apostrophe, first, second = (_sign(found, group) for group in (1, 3, 5))
    if apostrophe is None or first is None or second is None:
        return None
    return Sentence(found.start(), found.end(), apostrophe, (first, second))


def _sign(found: re.Match[bytes], group: int) -> Sign | None:
    character = _said(found[group])
    return None if character is None else Sign(found.start(group), found[group], character)


def _said(spelled: bytes) -> str | None:
    """Return the character that a spelling says; None where it says none, or a backslash before it as well."""
    backslashes = len(spelled) - len(spelled.lstrip(b"\\"))
    rest = spelled[backslashes:]
    if rest[:1] == b"u":
        # Each layer doubles what stands there: any other number is a backslash of the text beside an escape.
        return chr(int(rest[1:], 16)) if backslashes.bit_count() == 1 else None
    try:
        said = rest.decode()
    except UnicodeDecodeError:
        return None
    return said if len(said) == 1 else None
