"""A decoded list, and where things stand, as blocks for a terminal. Callers pass drawn values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import RenderableType
from rich.text import Text

from wiretell.report import words
from wiretell.report.console import indented, limited, title
from wiretell.report.glyphs import clip
from wiretell.report.shared_v1 import DecodedList, NotExamined, Place

ENTRIES_SHOWN = 8
NEAR_SHOWN = 6
FILE_SHOWN = 90
ENTRY_SHOWN = 60

MENTIONS = "These are mentions, read without running anything; none is a proof of what the program does."


def list_in_full(
    found: DecodedList, *, width: int, verbose: bool, sign: str = "", state: str = ""
) -> Iterable[RenderableType]:
    """Say what a list holds, how it was decoded, where it stands and what stands near it.

    `sign` and `state` are of a comparison: `+ `, `new`.
    """
    count = words.plural(found.count, "entry")
    yield title(sign + found.id, " · ".join(filter(None, (count, found.kind.value, state))), width)
    yield indented(Text(entries(found.entries, verbose=verbose)), 2)
    yield indented(Text(decoded_how(found)), 2)
    yield from _labelled("in", [place(p) for p in found.places], 1_000_000 if verbose else 2)
    yield from near_line(found.near, verbose=verbose)


def near_line(near: Sequence[str], *, verbose: bool) -> Iterable[RenderableType]:
    """Say what stands near something, where anything does."""
    if near:
        shown = "; ".join(limited(near, 1_000_000 if verbose else NEAR_SHOWN))
        yield indented(Text.assemble(("near ", "dim"), shown), 2)


def decoded_how(found: DecodedList) -> str:
    """Return decoding and evidence as one line."""
    return (
        f"{words.decoding(found.encoding, found.key)}; "
        f"evidence {found.evidence_bits:,.0f} bits beyond {found.search_bits:,.0f} bits of search"
    )


def entries(found: Sequence[str], *, verbose: bool, limit: int = ENTRIES_SHOWN) -> str:
    """Return the first entries, or all."""
    shown = found if verbose else limited([clip(entry, ENTRY_SHOWN) for entry in found], limit)
    return ", ".join(entry or "(empty)" for entry in shown)


def place(found: Place) -> str:
    """Return a place as words: `cli.js at byte 12,345`."""
    return f"{clip(found.file, FILE_SHOWN)} at byte {found.offset:,}"


def where(places: Sequence[Place]) -> str:
    """Return the first place and how many there are beyond."""
    rest = f" (+{len(places) - 1:,})" if len(places) > 1 else ""
    return place(places[0]) + rest if places else ""


def not_examined(items: Sequence[NotExamined], width: int) -> Iterable[RenderableType]:
    """List what was not looked at."""
    if items:
        yield Text()
        yield title("Not examined", "nothing above speaks of these", width)
        for item in items:
            yield indented(Text(f"{item.what}: {item.why}"), 2, "-")


def footer(
    name: str, effort: Sequence[str], command: str, started: str, version: str, width: int, *, read: str = ""
) -> Iterable[RenderableType]:
    """Say what was done, and how to do it again."""
    yield Text()
    yield title(name, " · ".join(part for part in effort if part), width)
    if read:
        yield indented(Text(f"read:     {read}"), 2)
    if command:
        yield indented(Text(f"repeat:   {command}"), 2)
    if started:
        yield indented(Text(f"begun {started}, wiretell {version}"), 2)


def _labelled(label: str, items: Sequence[str], limit: int) -> Iterable[RenderableType]:
    for line in limited(items, limit):
        yield indented(Text.assemble((f"{label} ", "dim"), line), 2)
