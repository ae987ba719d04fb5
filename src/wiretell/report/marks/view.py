"""What a report of marks shows, and in which order: the surest first, each kind of mark told once. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from wiretell.model.marks import Certainty
from wiretell.report import words
from wiretell.report.glyphs import OPEN_BOX, codepoint, visible, with_returns
from wiretell.report.marks.document_v1 import Mark, MarksDocument, Row, Source

NOT_SHOWN: Final = "That a server reads such marks was shown by nobody."
"""Every report of marks says so."""

_ORDER: Final = tuple(Certainty)
_RECORDS: Final = {"har": "entry", "captures": "exchange", "parquet": "row"}
"""What records are called in sources without lines of their own."""
_SPACES_AT_END: Final = re.compile(r" +(?=[\t\r ]*(?:\n|$))")


@dataclass(frozen=True, slots=True)
class Kind:
    """Marks of which the same can be said."""

    first: int
    """Index of its first mark in the document."""
    marks: tuple[int, ...]
    """Indexes of all of them, in the order of the document."""


def kinds(document: MarksDocument) -> list[Kind]:
    """Group marks by what is said of them: the surest first, then the most frequent."""
    groups: dict[tuple[object, ...], list[int]] = {}
    for index, mark in enumerate(document.marks):
        key = (mark.certainty, mark.scheme, mark.state, mark.meaning, mark.innocent)
        groups.setdefault(key, []).append(index)
    found = [Kind(indexes[0], tuple(indexes)) for indexes in groups.values()]
    return sorted(found, key=lambda kind: (_ORDER.index(document.marks[kind.first].certainty), -len(kind.marks)))


def shares(sizes: Sequence[int], most: int) -> list[int]:
    """Say how many of each kind to show, `most` in all: one each as far as that goes, then each one more in turn."""
    given = [0] * len(sizes)
    left = min(most, sum(sizes))
    while left:
        for nth, size in enumerate(sizes):
            if left and given[nth] < size:
                given[nth] += 1
                left -= 1
    return given


def boxed(text: str, codepoints: Iterable[str]) -> str:
    """Return a text drawn, with the characters that write a mark in boxes: `Today[U+02BC]s date is 2026/11/21`.

    ASCII stays as it is, but for spaces at the end of a line where the space is the mark.
    """
    points = set(codepoints)
    marks = {char for char in text if not char.isascii() and codepoint(char) in points}
    if "U+0020" in points:
        text = _SPACES_AT_END.sub(lambda run: "\0" * len(run[0]), text.replace("\0", "\ufffd"))
    pieces = re.split(f"([{''.join(map(re.escape, marks))}\0])", text)
    return "".join(with_returns(_drawn(piece, marks)) for piece in pieces)


def _drawn(piece: str, marks: set[str]) -> str:
    if piece == "\0":
        return OPEN_BOX
    return f"[{codepoint(piece)}]" if piece in marks else visible(piece)


def place(mark: Mark, form: str) -> str:
    """Return where a mark stands in a source of this form: `log.jsonl:12, /messages/0/content, byte 4,211`."""
    where = mark.where
    source, record = source_name(where.source), f"{_RECORDS.get(form, '')} {where.record:,}"
    begins = f"{source} {record}" if form in _RECORDS else f"{source}:{where.line}"
    steps = " > ".join((*where.within, where.path)) if where.path is not None else ""
    parts = (begins, where.column, steps, f"byte {where.offset:,}", where.request)
    return ", ".join(part for part in parts if part)


def sender(mark: Mark | Row, account_shown: int) -> str:
    """Return who sent a record, by what, when; empty where the log does not say."""
    account = f"account {short(mark.account, account_shown)}" if mark.account else ""
    return ", ".join(part for part in (account, client(mark), mark.day) if part)


def client(mark: Mark | Row) -> str:
    """Return by what a record was sent: `claude-cli 2.1.91`, `version 2.1.91`; empty where the log does not say."""
    return f"{mark.client or 'version'} {mark.version}" if mark.version else mark.client


def short(name: str, most: int) -> str:
    """Return the beginning of a name that nobody reads to its end."""
    return name if len(name) <= most else f"{name[: most - 1]}…"


def counted(counts: dict[str, int], most: int, *, joint: str = " ") -> str:
    """Return `date-line known 3, cnTZ 1; invisible U+200B 1`, the most frequent first, `most` states of them.

    `joint` stands between a state and its count, where a line should not end.
    """
    ranked = sorted(((name, count) for name, count in counts.items() if count), key=lambda item: (-item[1], item[0]))
    groups: dict[str, list[str]] = {}
    for name, count in ranked[:most]:
        scheme, _, state = name.partition(":")
        groups.setdefault(scheme if state else "", []).append(f"{state or scheme}{joint}{count:,}")
    told = "; ".join(" ".join(filter(None, (scheme, ", ".join(states)))) for scheme, states in groups.items())
    return told if len(ranked) <= most else f"{told}; +{len(ranked) - most:,} more"


def source_name(source: str) -> str:
    """Return a source as people call it."""
    return "standard input" if source == "-" else source


def records(document: MarksDocument) -> str:
    """Return in how many records of how many there are marks; of how many, where nobody counted the first."""
    read = sum(source.records for source in document.sources)
    if document.marked_records:
        return f"in {document.marked_records:,} of {words.plural(read, 'record')}"
    if document.not_listed:
        return f"in {words.plural(read, 'record')}"
    marked = len({(mark.where.source, mark.where.record) for mark in document.marks})
    return f"in {marked:,} of {words.plural(read, 'record')}"


def unmarked(document: MarksDocument) -> dict[str, int]:
    """Return for each scheme the places in which it could have written a mark and wrote none."""
    total: dict[str, int] = {}
    for row in document.summary:
        for scheme, count in row.unmarked.items():
            total[scheme] = total.get(scheme, 0) + count
    return {scheme: count for scheme, count in total.items() if count}


def rows(document: MarksDocument) -> list[Row]:
    """Return the rows of the summary that say who sent what: accounts by their marks, each day by day."""
    if not any(sender(row, 1) for row in document.summary):
        return []
    of_account: dict[str, int] = {}
    for row in document.summary:
        of_account[row.account] = of_account.get(row.account, 0) + sum(row.marks.values())
    return sorted(
        document.summary, key=lambda row: (-of_account[row.account], row.account, row.day, row.client, row.version)
    )


def verdict(document: MarksDocument) -> str:
    """Return the headline: `3 marks`, `no mark found`, `nothing read`, and how many sources were not examined."""
    unread, every = sum(map(_is_unread, document.sources)), len(document.sources)
    if every and unread == every:
        return "nothing read"
    found = words.plural(document.total, "mark") if document.total else "no mark found"
    if not unread:
        return found
    return f"{found}; {unread:,} of {words.plural(every, 'source')} {'was' if unread == 1 else 'were'} not examined"


def is_inconclusive(document: MarksDocument) -> bool:
    """Whether no mark was found, and something was not examined as a whole."""
    return not document.total and any(map(_is_unread, document.sources))


def _is_unread(source: Source) -> bool:
    return source.form == "unread"


def sources(every: Sequence[Source]) -> str:
    """Return what was read: `3 sources, 12 records, 2.0 GB (jsonl 2, har 1)`."""
    read = [source for source in every if not _is_unread(source)]
    forms: dict[str, int] = {}
    for source in read:
        forms[source.form] = forms.get(source.form, 0) + 1
    named = ", ".join(f"{form} {count:,}" if len(read) > 1 else form for form, count in forms.items())
    sizes = (words.plural(len(read), "source"), words.plural(sum(source.records for source in read), "record"))
    return f"{', '.join(sizes)}, {words.size(sum(source.bytes for source in read))}" + (f" ({named})" if named else "")
