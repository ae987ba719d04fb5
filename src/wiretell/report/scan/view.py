"""What the renderings of a scan for people share: groups, orders, and the words for them. Pure, and escapes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from wiretell.model.scan import MentionKind
from wiretell.report import words
from wiretell.report.glyphs import clip
from wiretell.report.scan.document_v1 import Cluster, Embedded, Mention, ScanDocument
from wiretell.report.shared_v1 import DecodedList, Place

SPELLINGS = 3
NO_READ = frozenset({"property", "key", "literal", "raw", "written"})
"""Spellings of a variable's name that read nothing: constants of libraries are written in the same way."""


@dataclass(frozen=True, slots=True)
class FactRow:
    """Everything that is mentioned of one fact."""

    fact: str
    count: int
    mentions: tuple[Mention, ...]
    """The most frequent first."""
    spellings: str
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Format:
    """Embedded files of one format that were read in one way."""

    format: str
    read_as: str
    items: tuple[Embedded, ...]

    @property
    def notes(self) -> tuple[str, ...]:
        """What there is to know, each said once."""
        return tuple(dict.fromkeys(item.note for item in self.items if item.note))


def target_name(document: ScanDocument) -> str:
    """Return the target as it is named on the command line."""
    return words.package(document.target.kind, document.target.name, document.target.version)


def headline(document: ScanDocument) -> str:
    """Return what was found, as a sentence."""
    hidden = lists(document, hidden=True)
    if not hidden:
        return "No hidden list was found in what was read."
    entries = words.plural(sum(found.count for found in hidden), "entry")
    return f"{words.plural(len(hidden), 'hidden list')}, {'together ' if len(hidden) > 1 else ''}{entries}."


def lists(document: ScanDocument, *, hidden: bool) -> tuple[DecodedList, ...]:
    """Return the hidden lists, or the others, in the order of the document."""
    return tuple(found for found in document.lists if found.hidden == hidden)


def of_kind(document: ScanDocument, kind: MentionKind) -> tuple[Mention, ...]:
    """Return the mentions of one kind, the most frequent first."""
    return tuple(sorted((m for m in document.mentions if m.kind is kind), key=lambda m: (-m.count, m.name)))


def by_fact(mentions: Sequence[Mention]) -> tuple[FactRow, ...]:
    """Return one row for each fact, the most frequent first; a mention without a fact is a row of its own name."""
    groups: dict[str, list[Mention]] = {}
    for mention in mentions:
        groups.setdefault(mention.fact or mention.name, []).append(mention)
    rows = [_row(fact, found) for fact, found in groups.items()]
    return tuple(sorted(rows, key=lambda row: (-row.count, row.fact)))


def spellings(mentions: Iterable[Mention], limit: int = SPELLINGS) -> str:
    """Return how something is written, the most frequent first: `process.env.NAME 12, literal 3`."""
    total: Counter[str] = Counter()
    for mention in mentions:
        total.update(mention.spellings)
    ranked = sorted(total.items(), key=lambda item: (-item[1], item[0]))
    shown = [f"{clip(name, 40)} {count:,}" for name, count in ranked[:limit]]
    return ", ".join(shown + ([f"+{len(ranked) - limit} more"] if len(ranked) > limit else []))


def environment(document: ScanDocument) -> tuple[Mention, ...]:
    """Return variables: those that are read first, the most frequent first."""
    return tuple(sorted(of_kind(document, MentionKind.ENVIRONMENT), key=lambda m: not is_read(m)))


def is_read(mention: Mention) -> bool:
    """Whether some spelling of a variable is one that reads it."""
    return not NO_READ.issuperset(mention.spellings)


def read_and_named(found: Sequence[Mention]) -> str:
    """Return how many variables are read, and how many are no more than names: `3 variables read, 1 more ...`."""
    read = sum(map(is_read, found))
    return f"{words.plural(read, 'variable')} read, {len(found) - read:,} more named only"


def formats(embedded: Sequence[Embedded]) -> tuple[Format, ...]:
    """Return embedded files by format and way of reading, in the order of first sight."""
    groups: dict[tuple[str, str], list[Embedded]] = {}
    for item in embedded:
        groups.setdefault((item.format, item.read_as), []).append(item)
    return tuple(Format(form, read_as, tuple(items)) for (form, read_as), items in groups.items())


def cluster(found: Cluster) -> str:
    """Return what stands together, and within how many bytes; what stands there several times is counted."""
    items = [f"{item} ×{count}" if count > 1 else item for item, count in Counter(found.items).items()]
    return f"{', '.join(items)}: within {words.plural(found.place.length, 'byte')}"


def effort(document: ScanDocument) -> tuple[str, ...]:
    """Return how much was read."""
    counted = document.counted
    unpacked = f"{words.size(counted.unpacked_bytes)} unpacked" if counted.unpacked_bytes else ""
    parts = (
        f"{words.plural(counted.files, 'file')}, {words.size(counted.bytes)}",
        unpacked,
        words.plural(counted.literals, "literal"),
        f"{words.plural(counted.candidates, 'encoded string')} tried",
    )
    return tuple(part for part in parts if part)


def _row(fact: str, found: Sequence[Mention]) -> FactRow:
    return FactRow(
        fact,
        sum(mention.count for mention in found),
        tuple(sorted(found, key=lambda mention: (-mention.count, mention.name))),
        spellings(found),
        tuple(place for mention in found for place in mention.places),
    )
