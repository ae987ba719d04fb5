"""The audit as one page that stands alone (`page.py`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from wiretell.model.findings import Class
from wiretell.report import page
from wiretell.report.audit import sweep, view
from wiretell.report.audit.document_v1 import Channel, Document, Run, Sweep, SweptLevel, Symbol
from wiretell.report.audit.marking import Piece, Specimen, brief, specimens
from wiretell.report.glyphs import OPEN_BOX, clip, codepoint, codepoint_name, is_hidden

COLOURS = 8
"""Symbols have this many colours before they repeat; their numbers never do."""
VALUE_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character cell: what is drawn, the hexadecimal code point under it."""

    drawn: str
    hex: str
    marked: bool
    boxed: bool


@dataclass(frozen=True, slots=True)
class SymbolView:
    """One row of a channel."""

    number: int
    colour: int
    glyphs: tuple[Glyph, ...]
    specimen: Specimen
    names: tuple[tuple[str, str], ...]
    value: str
    when: tuple[tuple[view.Levels, ...], ...]


@dataclass(frozen=True, slots=True)
class ChannelView:
    """A channel with everything the page says about it."""

    channel: Channel
    cause: view.Cause
    gates: tuple[tuple[str, tuple[str, ...]], ...]
    symbols: tuple[SymbolView, ...]
    by_character: bool
    """Whether its symbols are shown as cells, one a character, or as values."""
    brief: Markup
    """Drawn and escaped."""


@dataclass(frozen=True, slots=True)
class RowView:
    """One run of the table."""

    run: Run
    purpose: int
    facts: tuple[tuple[str, bool], ...]
    """Level and whether it is the usual one."""
    symbols: tuple[tuple[int, int] | None, ...]
    """Number and colour of the symbol, one for each channel; None where the run showed none."""
    rest: tuple[tuple[str, str], ...]
    """What else is unusual about this world."""


@dataclass(frozen=True, slots=True)
class TableView:
    """Worlds x symbols."""

    facts: tuple[str, ...]
    channels: tuple[Channel, ...]
    purposes: tuple[tuple[str, int], ...]
    rows: tuple[RowView, ...]


@dataclass(frozen=True, slots=True)
class SweepView:
    """A sweep with everything the page says about it."""

    found: Sweep
    sentences: tuple[str, ...]
    channels: tuple[Channel, ...]
    shown: tuple[sweep.Shown, ...]
    reached: tuple[sweep.Reached, ...]
    levels: tuple[tuple[SweptLevel, tuple[str, ...]], ...]
    """Each with what it made the channels write."""


def render(document: Document) -> str:
    """Return the page, complete, with a final newline. Pure."""
    channels = {cls: tuple(_channel(document, c) for c in view.of_class(document, cls)) for cls in Class}
    return page.render(
        "audit.html.j2",
        document=document,
        view=view,
        covert=channels[Class.COVERT],
        others=tuple((cls, channels[cls]) for cls in (Class.UNDECLARED, Class.DECLARED) if channels[cls]),
        table=_table(document),
        coverage=_coverage(document) if view.examined(document) else (),
        not_examined=view.not_examined(document),
        usual=view.usual_request(document),
        Class=Class,
        sweeps=tuple(_sweep(document, item) for item in document.sweeps),
        reaches=sweep.REACHES,
        hit_words=sweep.hit_words,
        leads=tuple((lead, sweep.lead_words(lead)) for lead in document.leads),
    )


def _channel(document: Document, channel: Channel) -> ChannelView:
    found = specimens(channel)
    cause = view.cause(channel)
    return ChannelView(
        channel,
        cause,
        tuple(view.gate_words(gate) for gate in cause.gates),
        tuple(_symbol(document, channel, n, s, p) for n, (s, p) in enumerate(zip(channel.symbols, found, strict=True))),
        channel.cls is Class.COVERT or any(symbol.codepoints for symbol in channel.symbols),
        Markup.escape(brief(channel)),
    )


def _symbol(document: Document, channel: Channel, index: int, symbol: Symbol, specimen: Specimen) -> SymbolView:
    named = specimen.marks if specimen.by_character else ()
    return SymbolView(
        number=index + 1,
        colour=index % COLOURS,
        glyphs=tuple(_glyph(piece, specimen.by_character) for piece in specimen.pieces),
        specimen=specimen,
        names=tuple((codepoint(char), codepoint_name(char)) for char in dict.fromkeys(named)),
        value=clip(symbol.value, VALUE_SHOWN),
        when=tuple(_when(document, channel, combination) for combination in symbol.when),
    )


def _when(document: Document, channel: Channel, combination: view.Combination) -> tuple[view.Levels, ...]:
    return tuple(
        view.condense(document, fact, levels, page.CHIPS) for fact, levels in view.in_order(channel, combination)
    )


def _glyph(piece: Piece, by_character: bool) -> Glyph:
    char = piece.char
    if not char:
        return Glyph("", "", marked=True, boxed=False)
    if is_hidden(char):
        return Glyph("", f"{ord(char):04X}", piece.marked, boxed=True)
    drawn = Markup(OPEN_BOX) if char == " " and piece.marked and by_character else char  # noqa: S704 - a constant
    return Glyph(drawn, f"{ord(char):04X}", piece.marked, boxed=False)


def _coverage(document: Document) -> tuple[tuple[str, int, int, tuple[str, ...]], ...]:
    return tuple((fact, tried.paired, tried.alone, tried.levels) for fact, tried in document.coverage.facts.items())


def _table(document: Document) -> TableView:
    """Columns: the facts of the covert channels, or of all where there is none; then the channels, covert first."""
    covert = view.of_class(document, Class.COVERT)
    channels = covert + tuple(channel for channel in document.channels if channel.cls is not Class.COVERT)
    facts = view.facts_of(covert or channels)
    purposes = tuple(dict.fromkeys(row.purpose for row in document.table))
    usual = view.usual_world(document.table)
    rows = tuple(_row(row, purposes.index(row.purpose), facts, channels, usual) for row in document.table)
    counts = tuple((purpose, sum(row.purpose == purpose for row in document.table)) for purpose in purposes)
    return TableView(facts, channels, counts, rows)


def _row(
    row: Run, purpose: int, facts: Sequence[str], channels: Sequence[Channel], usual: Mapping[str, str]
) -> RowView:
    shown = (row.symbols.get(channel.id) for channel in channels)
    return RowView(
        run=row,
        purpose=purpose,
        facts=tuple((row.world.get(fact, ""), row.world.get(fact) == usual.get(fact)) for fact in facts),
        symbols=tuple(None if index is None else (index + 1, index % COLOURS) for index in shown),
        rest=tuple((f, level) for f, level in row.world.items() if f not in facts and level != usual[f]),
    )


def _sweep(document: Document, item: Sweep) -> SweepView:
    found = sweep.channels(document, item)
    sentences = (*sweep.confirmed(document, item), sweep.near_misses(item).rstrip("."))
    return SweepView(
        item,
        tuple(filter(None, sentences)),
        found,
        sweep.shown(item, found),
        sweep.reached(item),
        tuple((level, sweep.symbols(level, found)) for level in item.levels),
    )
