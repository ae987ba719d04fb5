"""Two packages compared, for people at a terminal: hidden lists first and in full, then each kind of literal.

What is laid out is a drawn document (`drawn.py`): no string of it can steer a terminal.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from wiretell.model.history import Change, LiteralKind
from wiretell.report import listing, words
from wiretell.report.console import GREY, LEAST_WIDTH, RED, banner, columns, indented, limited, more, printed, title
from wiretell.report.diff import view
from wiretell.report.diff.document_v1 import DiffDocument, LiteralChange
from wiretell.report.drawn import drawn
from wiretell.report.glyphs import clip, with_returns
from wiretell.report.shared_v1 import Package

ROWS_SHOWN = 6
VALUE_SHOWN = 60

HEADINGS = {
    LiteralKind.LIST: "Hidden lists",
    LiteralKind.TIMEZONE: "Time zones",
    LiteralKind.LOOKALIKE: "Lookalikes",
    LiteralKind.ENVIRONMENT: "Environment",
    LiteralKind.HOST: "Hosts",
    LiteralKind.COMPARED: "Compared",
    LiteralKind.ENCODED: "Encoded",
    LiteralKind.TEXT: "Other text",
}


def render(document: DiffDocument, *, color: bool, width: int, verbose: bool = False) -> str:
    """Return the report as lines of at most `width` cells; ANSI colours only where `color`. Pure."""
    return printed(_blocks(drawn(document), max(width, LEAST_WIDTH), verbose), color=color, width=width)


def _blocks(document: DiffDocument, width: int, verbose: bool) -> Iterable[RenderableType]:
    yield from _headline(document)
    changed = view.labels(document.literals)
    for kind in LiteralKind:
        found = view.of_kind(document, kind)
        if not found:
            continue
        if kind is LiteralKind.LIST:
            yield from _lists(found, changed, width, verbose)
        else:
            yield Text()
            yield title(HEADINGS[kind], _counts(found), width)
            yield from _rows(found, changed, verbose)
    yield from listing.not_examined(document.not_examined, width)
    effort = (words.seconds(document.wall_s),) if document.wall_s else ()
    yield from listing.footer("This comparison", effort, document.command, document.started, document.wiretell, width)


def _headline(document: DiffDocument) -> Iterable[RenderableType]:
    label = words.plural(document.hidden, "new hidden list") if document.hidden else "no new hidden list"
    yield banner(label.upper(), RED if document.hidden else GREY, f"{_name(document.b)} since {_name(document.a)}")
    sentence = (
        f"{words.plural(document.new, 'literal')} new, {document.gone:,} gone "
        f"({document.distinct_a:,} distinct before, {document.distinct_b:,} now). "
    )
    yield indented(Text(sentence + listing.MENTIONS), 1)


def _name(package: Package) -> str:
    return words.package(package.kind, package.name, package.version)


def _counts(found: Sequence[LiteralChange]) -> str:
    new = sum(change.change is Change.NEW for change in found)
    return f"{new:,} new, {len(found) - new:,} gone"


def _lists(found: Sequence[LiteralChange], changed: view.Labels, width: int, verbose: bool) -> Iterable[RenderableType]:
    shown = found if verbose else found[:ROWS_SHOWN]
    for change in shown:
        yield Text()
        sign, state, near = f"{_sign(change)} ", change.change.value, view.near(change, changed)
        if change.decoded:
            marked = msgspec.structs.replace(change.decoded, near=near)
            yield from listing.list_in_full(marked, width=width, verbose=verbose, sign=sign, state=state)
        else:
            yield title(f"{sign}hidden list", state, width)
            yield indented(Text(clip(change.value, 10_000 if verbose else 400)), 2)
            yield from listing.near_line(near, verbose=verbose)
    yield from more(len(found) - len(shown), "hidden list")


def _rows(found: Sequence[LiteralChange], changed: view.Labels, verbose: bool) -> Iterable[RenderableType]:
    """List the first new and the first gone literals, each with where it stands."""
    left_out = 0
    table = columns(("", 0), ("literal", 4), ("times", 0), ("where", 4))
    for kind in Change:
        changes = [change for change in found if change.change is kind]
        shown = changes if verbose else changes[:ROWS_SHOWN]
        left_out += len(changes) - len(shown)
        for change in shown:
            _add(table, change, view.near(change, changed), verbose)
    yield table
    yield from more(left_out, "literal")


def _add(table: Table, change: LiteralChange, near: Sequence[str], verbose: bool) -> None:
    points = f" {' '.join(limited(change.codepoints, 4))}" if change.codepoints else ""
    shown = clip(with_returns(change.value), 10_000 if verbose else VALUE_SHOWN)
    value = Text.assemble(f'"{shown}"', (points, "bold"))
    where = Text(listing.where(change.places))
    if near:
        where.append(f"\nnear {', '.join(limited(near, 1_000_000 if verbose else 1))}", style="dim")
    table.add_row(Text(_sign(change)), value, Text(f"{change.count:,}"), where)


def _sign(change: LiteralChange) -> str:
    return "+" if change.change is Change.NEW else "-"
