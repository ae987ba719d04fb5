"""One pinned text: does a live text leave it outside the spans that vary?

An audit document holds no text, only hashes of what is fixed in it and where, in the audited text, spans varied. A
live span may have another length (a longer folder name). So:

1. the pieces around the spans, of which the document has beginning, length and hash, are looked for one after the
   other; as anything may stand between them, the first place of each is as good as any, and the answer is sure;
2. of a document without them (written before they were), the audited lengths are tried, then spans that end where a
   line, a word or a quote does, then, of one span, every other length, as far as time allows;
3. a text that fitted is kept: it holds the fixed text itself, and from then on every answer says where.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from wiretell.report.audit.document_v1 import FixedText, TemplateText

Cut = tuple[tuple[int, int], ...]
"""Spans [start, end) in characters, rising and apart."""

NOTHING_FIXED: Final = hashlib.sha256(b"").hexdigest()
_MOST_HASHED: Final = 4 << 20
"""Bytes hashed in looking for the lengths of spans, for one text: a few milliseconds."""
_ENDS: Final = (re.compile(r"(?=\n)|\Z"), re.compile(r"(?=[\s\"'`)\]>,;])|\Z"))
_AROUND: Final = 60
"""Characters shown before and after the place of a difference."""


class Fit(Enum):
    """How a live text stands to a pinned one."""

    SAME = "same"
    LEFT = "left"
    """It differs outside the varying spans."""
    UNSURE = "unsure"
    """Spans of other lengths than were tried could explain it."""


@dataclass(slots=True)
class Pinned:
    """A text of the template."""

    entry: TemplateText
    fixed: tuple[str, ...] | None = None
    """The texts between the spans, once a live text has fitted."""

    @property
    def path(self) -> str:
        """Where it stood in the audited request."""
        return self.entry.path

    def fits(self, live: str) -> bool:
        """Whether a live text is the pinned one, with spans of the audited lengths, or as they are known by now."""
        if self.fixed is not None:
            return _parted(live, self.fixed) is None
        return any(self._is(live, cut) for cut in _with_audited_lengths(live, self.entry.varies))

    def fit(self, live: str) -> Fit:
        """Compare a live text; looks for the lengths of its spans where they are not known."""
        if self.fits(live):
            return Fit.SAME
        varies = self.entry.varies
        if self.fixed is None and self.entry.fixed:
            return self._by_pieces(live)
        if self.fixed is not None or not varies or len(live) < varies[0][0]:
            return Fit.LEFT
        hashed = 0
        for cut in _natural(live, varies, 0, 0):
            hashed += len(live)
            if hashed > _MOST_HASHED:
                return Fit.UNSURE
            if self._is(live, cut):
                return Fit.SAME
        return self._of_any_length(live, hashed) if len(varies) == 1 else Fit.UNSURE

    def _by_pieces(self, live: str) -> Fit:
        found = located(live, self.entry.fixed)
        if isinstance(found, int):
            return Fit.LEFT
        if found is None:
            return Fit.UNSURE
        self.fixed = found
        return Fit.SAME

    def _of_any_length(self, live: str, hashed: int) -> Fit:
        start = self.entry.varies[0][0]
        for end in range(start, len(live) + 1):
            hashed += len(live)
            if hashed > _MOST_HASHED:
                return Fit.UNSURE
            if self._is(live, ((start, end),)):
                return Fit.SAME
        return Fit.LEFT

    def _is(self, live: str, cut: Cut) -> bool:
        pieces = tuple(_between(live, cut))
        if digest(pieces) != self.entry.sha256 or not _described(pieces, self.entry.fixed):
            return False
        self.fixed = pieces
        return True

    def difference(self, live: str) -> tuple[str, str]:
        """Return what a live text says where it leaves the template, and what the template says there, if known."""
        if self.fixed is None:
            found = located(live, self.entry.fixed) if self.entry.fixed else 0
            at = found if isinstance(found, int) else 0
            return live[max(0, at - _AROUND) : at + _AROUND], ""
        parted = _parted(live, self.fixed)
        at, piece, into = parted if parted is not None else (0, "", 0)
        return live[max(0, at - _AROUND) : at + _AROUND], piece[max(0, into - _AROUND) : into + _AROUND]

    def digest(self, live: str) -> str:
        """Return the hash of a live text without the spans that varied in the audit."""
        return digest(_between(live, [span for span in self.entry.varies if span[1] <= len(live)]))


def located(live: str, pieces: Sequence[FixedText]) -> tuple[str, ...] | int | None:
    """Find pieces one after the other, the first at the beginning, the last at the end.

    Returns them; or how far the text is the template's; or None where looking took too long.
    """
    found: list[str] = []
    at = hashed = 0
    for nth, piece in enumerate(pieces):
        is_last = nth == len(pieces) - 1
        start = live.find(piece.begins, max(at, len(live) - piece.length) if is_last else at)
        while start >= 0:
            if (nth == 0 and start) or (is_last and start + piece.length != len(live)):
                return at
            text = live[start : start + piece.length]
            hashed += len(text)
            if hashed > _MOST_HASHED:
                return None
            if digest((text,)) == piece.sha256:
                break
            if nth == 0 or is_last:
                return at
            start = live.find(piece.begins, start + 1)
        if start < 0:
            return at
        found.append(text)
        at = start + piece.length
    return tuple(found)


def _described(pieces: Sequence[str], fixed: Sequence[FixedText]) -> bool:
    """Whether each piece is as described, if any is: the hash of all together does not say where each ends."""
    return not fixed or [digest((piece,)) for piece in pieces] == [each.sha256 for each in fixed]


def digest(pieces: Iterable[str]) -> str:
    """Return the hash of fixed text as an audit document has it."""
    return hashlib.sha256("".join(pieces).encode("utf-8", "surrogatepass")).hexdigest()


def _with_audited_lengths(live: str, spans: Cut) -> Iterator[Cut]:
    if not spans or spans[-1][1] <= len(live):
        yield spans


def _natural(live: str, spans: Sequence[tuple[int, int]], nth: int, shift: int) -> Iterator[Cut]:
    """Go through the cuts whose spans have the audited length, or end where a line, a word or a quote does."""
    if nth == len(spans):
        yield ()
        return
    start, size = spans[nth][0] + shift, spans[nth][1] - spans[nth][0]
    if start > len(live):
        return
    ends = [start + size, *(found.start() for each in _ENDS if (found := each.search(live, start)) is not None)]
    for end in dict.fromkeys(end for end in ends if end <= len(live)):
        for rest in _natural(live, spans, nth + 1, end - spans[nth][1]):
            yield ((start, end), *rest)


def _between(text: str, spans: Iterable[tuple[int, int]]) -> Iterator[str]:
    at = 0
    for start, end in spans:
        yield text[at:start]
        at = end
    yield text[at:]


def _parted(live: str, fixed: Sequence[str]) -> tuple[int, str, int] | None:
    """Return where a text parts from fixed texts with anything between: there, which one, and how far that one went."""
    first, *others = fixed
    if not live.startswith(first):
        return (gone := _common(live, first)), first, gone
    at = len(first)
    if not others:
        return None if len(live) == at else (at, first, len(first))
    for piece in others[:-1]:
        found = live.find(piece, at)
        if found < 0:
            return at, piece, 0
        at = found + len(piece)
    last = others[-1]
    if len(live) - at >= len(last) and live.endswith(last):
        return None
    gone = _common(live[at:][::-1], last[::-1])
    return len(live) - gone, last, len(last) - gone


def _common(one: str, other: str) -> int:
    low = next((nth for nth, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    return low if low is not None else min(len(one), len(other))
