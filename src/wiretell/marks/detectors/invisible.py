"""Zero width and other default-ignorable characters (Unicode, section 5.21): not tags, selectors, bidi controls."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar, Final

from wiretell.marks import ordinary
from wiretell.marks.body import Body, Text
from wiretell.marks.candidates import HALF
from wiretell.marks.detectors.spelling import of_symbols
from wiretell.marks.detectors.text import Find, Found, TextDetector, around, counted, positions, runs, texts
from wiretell.marks.interface import Stripped
from wiretell.model.findings import NotExamined
from wiretell.model.marks import Certainty, Reading
from wiretell.unicode import kinds

_MANY: Final = 8
"""A run of so many could spell a byte."""
_ORDER_MARK: Final = "\ufeff"
_HALF: Final = re.compile("\udced[\udca0-\udcbf][\udc80-\udcbf]?")
"""Half a surrogate in UTF-8, as `surrogateescape` shows it."""
_COPIED: Final = "Web pages and word processors put it where a line may be broken, and copying takes it along."
_SHAPES: Final = "Arabic, Persian and Indic writing and emoji need it; it can be left over where such text was edited."
_INNOCENT: Final = {
    "\u200b": _COPIED,
    "\u00ad": "A soft hyphen: word processors put it where a word may be parted.",
    "\u200c": _SHAPES,
    "\u200d": _SHAPES,
    "\ufeff": "A byte order mark of a file whose content was joined to other text.",
    "\u2060": "Word processors put it where a line must not be broken.",
    "\u3164": "The Hangul filler: some users write it as a blank name.",
}
_OTHERWISE: Final = "A program or a font may use it for itself, and test data holds such characters on purpose."
_SOFT: Final = frozenset("\u200b\u00ad\ufeff")
"""Of these, single ones inside words come with copied text."""


class Invisible(TextDetector):
    """Finds runs of invisible characters, and what they spell."""

    name: ClassVar[str] = "invisible"
    title: ClassVar[str] = "zero width and other characters that show nothing"

    def read(self, body: Body, *, version: str = "") -> Reading:
        """Return the marks in a text, and a remark on each text that holds half a surrogate."""
        reading = super().read(body, version=version)
        return replace(reading, not_examined=(*reading.not_examined, *_remarks(body)))

    def strip(self, body: Body, *, anywhere: bool) -> Stripped:
        """Return edits, what is left, and the same remarks as `read`."""
        stripped = super().strip(body, anywhere=anywhere)
        return replace(stripped, not_examined=(*stripped.not_examined, *_remarks(body)))

    def _found(self, body: Body) -> Iterator[tuple[Text, Found]]:
        for text, found in super()._found(body):
            yield text, found if text.start else _without_order_mark(found)

    def look(self, string: str, chars: frozenset[str]) -> Found:
        """Find runs that have no ordinary use."""
        found = Found()
        for start, end in runs(positions(string, chars)):
            use = _use(string, start, end)
            if use:
                found.ordinary[use] += 1
            else:
                found.finds.append(_find(string, start, end))
        if found.finds and not any(find.hidden for find in found.finds):
            found.finds[0] = _with_spread(found.finds)
        return found


def _without_order_mark(found: Found) -> Found:
    """Take out a byte order mark that stands at the very beginning of a body: anywhere else it is none."""
    if not found.finds or (found.finds[0].start, found.finds[0].symbols) != (0, _ORDER_MARK):
        return found
    return Found(found.finds[1:], found.ordinary + Counter({"byte order mark at the beginning": 1}))


def _use(string: str, start: int, end: int) -> str:
    """The ordinary use of a run; only single characters have one."""
    if end - start > 1:
        return ""
    before, after = around(string, start, end)
    char = string[start]
    if char == "\u00ad":
        return "soft hyphen inside a word" if before.isalpha() and after.isalpha() else ""
    if char == "\u034f":
        return "joiner of combining marks" if before and unicodedata.combining(before) else ""
    own = kinds.script(char)
    if own not in ("Common", "Inherited", "Unknown") and before and kinds.script(before) == own:
        return "control among letters of its script"
    return ordinary.joiner(before, char, after)


def _find(string: str, start: int, end: int) -> Find:
    symbols = string[start:end]
    hidden = of_symbols(symbols)
    what = "a character that shows nothing" if end - start == 1 else f"{end - start} characters that show nothing"
    meaning = f"A reader does not see {what}" + (f"; read as bits, they spell {hidden!r}." if hidden else ".")
    return Find(
        start,
        end,
        counted(symbols),
        meaning,
        _certainty(string, start, end, hidden),
        tuple(dict.fromkeys(_INNOCENT.get(char, _OTHERWISE) for char in symbols)),
        symbols,
        ((start, end, ""),),
        hidden,
    )


def _certainty(string: str, start: int, end: int, hidden: str) -> Certainty:
    symbols = string[start:end]
    if hidden or len(symbols) >= _MANY or len(set(symbols)) > 1:
        return Certainty.LIKELY
    before, after = around(string, start, end)
    in_word = before.isascii() and before.isalnum() and after.isascii() and after.isalnum()
    return Certainty.LIKELY if in_word and not _SOFT.issuperset(symbols) else Certainty.POSSIBLE


def _with_spread(finds: list[Find]) -> Find:
    """Tell with the first find what all of a text's spell together, where they do."""
    hidden = of_symbols("".join(find.symbols for find in finds))
    if not hidden:
        return finds[0]
    meaning = f"A reader does not see it; with the {len(finds) - 1} after it, read as bits, it spells {hidden!r}."
    return replace(finds[0], hidden=hidden, meaning=meaning, certainty=Certainty.LIKELY)


def _remarks(body: Body) -> tuple[NotExamined, ...]:
    return tuple(remark for text in texts(body, body.candidates.offsets.get(HALF, ())) for remark in _halves(text))


def _halves(text: Text) -> list[NotExamined]:
    hits = [hit.start() for hit in _HALF.finditer(text.string)]
    if not hits:
        return []
    more = f" and {len(hits) - 1} more in the same text" if len(hits) > 1 else ""
    why = "alone it is no character, so what it could say was not examined; the rest of the text was"
    return [NotExamined(f"half a surrogate at byte {text.offsets(hits[:1])[0]}{more}", why)]
