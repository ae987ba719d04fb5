"""What a comparison shows, and in which order; what stands near something says whether it changed too. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from wiretell.model.history import Change, LiteralKind
from wiretell.report.diff.document_v1 import DiffDocument, LiteralChange

SHORT = 200
"""Characters up to which a text may be a sentence of a program; longer ones are documents, prompts and assets."""

Labels: TypeAlias = frozenset[tuple[Change, str]]
"""Which labels of finds, such as `timezone Asia/Tokyo`, are new, and which are gone."""


def of_kind(document: DiffDocument, kind: LiteralKind) -> tuple[LiteralChange, ...]:
    """Return the changes of one kind; other text with what stands near something first, then short before long."""
    found = tuple(change for change in document.literals if change.kind is kind)
    return tuple(sorted(found, key=_text_key)) if kind is LiteralKind.TEXT else found


def labels(changes: Iterable[LiteralChange]) -> Labels:
    """Return the labels under which changed literals stand near others."""
    return frozenset((change.change, label) for change in changes for label in _labels(change))


def near(change: LiteralChange, changed: Labels) -> tuple[str, ...]:
    """Return what stands near a literal, each said once; what is new (or gone) as well says so and comes first."""
    listed = change.decoded.near if change.decoded else ()
    lines = tuple(dict.fromkeys((*change.near, *listed)))
    marks = [(change.change, line.rsplit(" (", 1)[0]) in changed for line in lines]
    ranked = sorted(zip(marks, lines, strict=True), key=lambda pair: not pair[0])
    return tuple(_marked(line, change.change) if mark else line for mark, line in ranked)


def _marked(line: str, change: Change) -> str:
    return f"{line[:-1]}, {change.value})" if line.endswith(")") else f"{line} ({change.value})"


def _labels(change: LiteralChange) -> Iterator[str]:
    match change.kind:
        case LiteralKind.LIST if change.decoded:
            yield f"list of {change.decoded.count} entries"
            if change.decoded.count == 1:
                yield "hidden text"
        case LiteralKind.TIMEZONE:
            yield f"timezone {change.value}"
        case LiteralKind.ENVIRONMENT:
            yield f"reads {change.value}"
        case LiteralKind.LOOKALIKE:
            yield from (f"lookalike {point}" for point in change.codepoints)


def _text_key(change: LiteralChange) -> tuple[bool, bool, int, str]:
    return not change.near, len(change.value) > SHORT, len(change.value), change.value
