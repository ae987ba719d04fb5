"""Blanks at the ends of lines whose pattern could carry bits: one for a blank or none, or for a space or a tab.

The rule is sober: editors, Markdown and generated text leave blanks at line ends by habit, and habit follows something
that can be seen (the sign before, the next line, the length of the line). A pattern counts if it spells text; or if
tabs and spaces are mixed in many ways; or if it looks like tossed coins and nothing that can be seen foretells it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from wiretell.marks.candidates import LEAST_TRAILING
from wiretell.marks.detectors.spelling import of_bits
from wiretell.marks.detectors.text import Find, Found, TextDetector
from wiretell.model.marks import Certainty

_BLANKS: Final = " \t"
_LEAST_TEXT: Final = 6
"""Characters that a pattern must spell: of so many, chance makes readable ones in less than one text of 1,000."""
_LEAST_EACH: Final = 16
"""Lines with and without blanks, for a statement about chance."""
_KINDS: Final = 5
"""Different mixtures of tabs and spaces that no habit leaves."""
_SHARE: Final = (0.2, 0.8)
_FAR: Final = 2.5
"""Standard deviations of the number of runs (Wald and Wolfowitz); beyond it the lines are ordered, not tossed."""
_FORETOLD: Final = 0.85
"""Share of lines told by one visible feature from which on it is a habit."""
_LENGTH_STEP: Final = 8
_WIDTHS: Final = 3
"""Columns to which a program pads; of more, padding is nothing that a reader would see."""
_SHOWN_BITS: Final = 64
_BREAK: Final = "  "
"""Markdown's line break."""
_INNOCENT: Final = (
    "Editors, wrapped text and Markdown leave blanks at line ends.",
    "Terminal output and tables are padded with blanks, and copying may cut some of them off.",
)


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    """Index of its first trailing blank, or of its end."""
    visible: str
    tail: str
    next_is_blank: bool


class Trailing(TextDetector):
    """Finds texts in which blanks at line ends form a pattern; one mark a text."""

    name: ClassVar[str] = "trailing"
    title: ClassVar[str] = "patterns of spaces and tabs at the ends of lines"

    def look(self, string: str, chars: frozenset[str]) -> Found:  # noqa: ARG002 - spaces and tabs are all it looks at
        """Judge the line ends of a text."""
        lines = _lines(string)
        tailed = [line for line in lines if line.tail]
        if len(tailed) < LEAST_TRAILING:
            return Found()
        bits = "".join("1" if line.tail else "0" for line in lines)
        hidden = _spelled(bits, [line.tail for line in tailed])
        if not hidden and not _is_mixture(tailed) and not _is_unforetold(lines, bits):
            return Found()
        return Found([_find(lines, tailed, bits, hidden)])


def _lines(string: str) -> list[_Line]:
    """Return the lines that show something."""
    rows = string.split("\n")
    lines: list[_Line] = []
    at = 0
    for nth, row in enumerate(rows):
        whole = row.removesuffix("\r")
        visible = whole.rstrip(_BLANKS)
        if visible:
            last = nth + 1 == len(rows)
            tail = "" if last else whole[len(visible) :]
            lines.append(_Line(at + len(visible), visible, tail, last or not rows[nth + 1].strip()))
        at += len(row) + 1
    return lines


def _spelled(bits: str, tails: Sequence[str]) -> str:
    """Return the text that a pattern spells in one of the usual ways, empty where none does."""
    ways = [bits]
    joined = "".join(tails)
    if "\t" in joined and " " in joined:
        ways.append(joined.translate(str.maketrans(_BLANKS, "01")))
        groups = joined.split("\t")
        if all(len(group) < 8 for group in groups):  # as `snow` does: three bits are a number of spaces, a tab parts
            ways.append("".join(f"{len(group):03b}" for group in groups))
    return next((text for way in ways if len(text := of_bits(way)) >= _LEAST_TEXT), "")


def _is_mixture(tailed: Sequence[_Line]) -> bool:
    """Whether spaces and tabs stand at line ends in so many mixtures as no habit leaves."""
    mixed = Counter(line.tail for line in tailed if " " in line.tail and "\t" in line.tail)
    if len(mixed) >= _KINDS and mixed.total() >= LEAST_TRAILING:
        return True
    kinds = Counter(line.tail for line in tailed)
    return (
        kinds[" "] >= _LEAST_EACH
        and kinds["\t"] >= _LEAST_EACH
        and _is_tossed("".join("1" if line.tail == "\t" else "0" for line in tailed if line.tail in (" ", "\t")))
    )


def _is_unforetold(lines: Sequence[_Line], bits: str) -> bool:
    """Whether blanks stand at line ends like tossed coins, and no visible feature tells where."""
    if all(line.tail in ("", _BREAK) for line in lines) or not _is_tossed(bits):
        return False
    return not _is_padded(lines) and all(_foretold(lines, feature) < _FORETOLD for feature in _FEATURES)


def _is_padded(lines: Sequence[_Line]) -> bool:
    """Whether blanks fill lines up to one of a few widths: lines of many lengths, and totals of few.

    Of lines that are equally long without their blanks, equal totals say nothing.
    """
    tailed = [line for line in lines if line.tail]
    totals = Counter(len(line.visible) + len(line.tail) for line in tailed)
    filled = sum(times for _, times in totals.most_common(_WIDTHS))
    lengths = {len(line.visible) for line in tailed}
    return len(lengths) > _WIDTHS and filled >= _FORETOLD * len(tailed)


def _is_tossed(bits: str) -> bool:
    """Whether zeros and ones are both common and change as often as chance has it."""
    ones = bits.count("1")
    zeros = len(bits) - ones
    if min(ones, zeros) < _LEAST_EACH or not _SHARE[0] <= ones / len(bits) <= _SHARE[1]:
        return False
    changes = 1 + bits.count("01") + bits.count("10")
    expected = 1 + 2 * ones * zeros / len(bits)
    spread = math.sqrt((expected - 1) * (expected - 2) / (len(bits) - 1))
    return abs(changes - expected) <= _FAR * spread


def _sign(line: _Line) -> str:
    last = line.visible[-1]
    return "letter" if last.isalnum() else last


_FEATURES: Final[tuple[Callable[[_Line], Hashable], ...]] = (
    _sign,
    lambda line: line.next_is_blank,
    lambda line: len(line.visible) // _LENGTH_STEP,
    lambda line: line.visible[0] if not line.visible[0].isalnum() else "letter",
)


def _foretold(lines: Sequence[_Line], feature: Callable[[_Line], Hashable]) -> float:
    """Return the share of lines of which a feature tells whether they end in blanks, by the majority with that feature.

    A value seen once or twice tells nothing: of a few lines, the majority is always right about most.
    """
    seen: Counter[tuple[Hashable, bool]] = Counter((feature(line), bool(line.tail)) for line in lines)
    sizes: Counter[Hashable] = Counter()
    best: Counter[Hashable] = Counter()
    for (value, _), times in seen.items():
        sizes[value] += times
        best[value] = max(best[value], times)
    common = [value for value, size in sizes.items() if size >= 4]
    judged = sum(sizes[value] for value in common)
    return sum(best[value] for value in common) / judged if judged >= len(lines) / 2 else 0.0


def _find(lines: Sequence[_Line], tailed: Sequence[_Line], bits: str, hidden: str) -> Find:
    more = "..." if len(bits) > _SHOWN_BITS else ""
    spelled = f"spells {hidden!r}" if hidden else f"as bits is {bits[:_SHOWN_BITS]}{more}"
    return Find(
        tailed[0].start,
        tailed[-1].start + len(tailed[-1].tail),
        f"{len(tailed)} of {len(lines)} lines",
        f"A reader does not see blanks at the ends of {len(tailed)} lines; their pattern {spelled}.",
        Certainty.LIKELY if hidden else Certainty.POSSIBLE,
        _INNOCENT,
        "".join(dict.fromkeys("".join(line.tail for line in tailed))),
        tuple((line.start, line.start + len(line.tail), "") for line in tailed),
        hidden,
    )
