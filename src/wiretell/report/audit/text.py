"""The report for people at a terminal: covert channels in full, the rest condensed to fit a screen.

What is laid out is a drawn document (`drawn.py`): no string of it can steer a terminal. Only the characters of symbols
are read from the document itself, one by one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from wiretell.model.findings import Class, Verdict
from wiretell.report import words
from wiretell.report.audit import sweep_text, view
from wiretell.report.audit.document_v1 import Channel, Document, Symbol, Where
from wiretell.report.audit.marking import Piece, Specimen, brief, specimens
from wiretell.report.console import (
    BLUE,
    GREEN,
    GREY,
    LEAST_WIDTH,
    RED,
    YELLOW,
    banner,
    columns,
    indented,
    limited,
    more,
    printed,
    title,
)
from wiretell.report.drawn import drawn
from wiretell.report.glyphs import clip, codepoint, codepoint_name, draw, draw_marked, visible

NARROW = 76
"""Below this width the code points stand under their specimen instead of beside it."""
LEVELS_SHOWN = 4
ROWS_SHOWN = 8

_COLOURS = {
    Verdict.COVERT: RED,
    Verdict.UNDECLARED: YELLOW,
    Verdict.DECLARED: BLUE,
    Verdict.CLEAN: GREEN,
    Verdict.INCONCLUSIVE: GREY,
}


def render(document: Document, *, color: bool, width: int, verbose: bool = False) -> str:
    """Return the report as lines of at most `width` cells; ANSI colours only where `color`. Pure."""
    return printed(_Report(document, max(width, LEAST_WIDTH), verbose).blocks(), color=color, width=width)


def in_full(document: Document, channels: Iterable[Channel], *, width: int, verbose: bool) -> Iterable[RenderableType]:
    """Return the blocks of some channels, each whole; `document` says which levels were tried.

    The channels are drawn here; the document must be one whose own channels do not matter.
    """
    found = tuple(channels)
    report = _Report(msgspec.structs.replace(document, channels=found, table=(), sweeps=()), width, verbose)
    for channel in report.channels:
        yield from report.channel_in_full(channel)


class _Report:
    """Makes the blocks of one report, top to bottom."""

    def __init__(self, document: Document, width: int, verbose: bool) -> None:
        self._document = drawn(document)
        self._raw = {visible(channel.id): channel for channel in document.channels}
        self._width = width
        self._verbose = verbose
        self._levels = 10_000 if verbose else LEVELS_SHOWN
        self._rows = 10_000 if verbose else ROWS_SHOWN

    @property
    def channels(self) -> tuple[Channel, ...]:
        """The channels, drawn."""
        return self._document.channels

    def blocks(self) -> Iterable[RenderableType]:
        yield from self._verdict()
        for channel in view.of_class(self._document, Class.COVERT):
            yield from self.channel_in_full(channel)
        for cls in (Class.UNDECLARED, Class.DECLARED):
            yield from self._condensed(cls)
        yield from self._explained()
        yield from sweep_text.blocks(self._document, width=self._width, verbose=self._verbose)
        yield from self._destinations()
        yield from self._coverage()
        yield from self._not_examined()
        yield from self._footer()

    def _verdict(self) -> Iterable[RenderableType]:
        document = self._document
        yield banner(document.verdict.value.upper(), _COLOURS[document.verdict], view.target_name(document))
        headline, aside = view.headline(document), view.aside(document)
        reasons = [indented(Text(reason), 3, "-") for reason in view.reasons(document)]
        if document.verdict is Verdict.INCONCLUSIVE:
            yield indented(Text(headline), 1)
            yield from reasons
            if aside:
                yield indented(Text(aside), 1)
        else:
            yield indented(Text(f"{headline} {aside}".rstrip()), 1)
            yield from reasons

    def channel_in_full(self, channel: Channel) -> Iterable[RenderableType]:
        yield Text()
        yield title(
            channel.id, f"{channel.cls.value} · {channel.carrier.value} · {words.bits(channel.bits)}", self._width
        )
        yield indented(Text(view.place(channel.where)), 2)
        yield indented(_cause(channel, self._levels), 2)
        yield Text()
        yield Padding(self._symbols(channel), (0, 0, 0, 2))
        yield Text()
        yield indented(Text(_evidence(channel), style="dim"), 2)
        for other in limited([_place_line(w) for w in channel.also], self._rows):
            yield indented(Text(f"also {other}", style="dim"), 2)
        if channel.note:
            yield indented(Text(channel.note), 2)

    def _symbols(self, channel: Channel) -> RenderableType:
        narrow = self._width < NARROW
        width = self._width - 4 if narrow else self._width // 2 - 4
        rows = [
            (_specimen(specimen, width), self._beside(channel, symbol, specimen))
            for symbol, specimen in zip(channel.symbols, specimens(self._raw[channel.id]), strict=True)
        ]
        if narrow:
            return Group(*(Group(left, Padding(right, (0, 0, 0, 2))) for left, right in rows))
        grid = Table.grid(padding=(0, 3, 0, 0))
        grid.add_column(no_wrap=True)
        grid.add_column()
        for left, right in rows:
            grid.add_row(left, right)
        return grid

    def _beside(self, channel: Channel, symbol: Symbol, specimen: Specimen) -> Text:
        lines = []
        name = _codepoints(specimen) or ("nothing there" if specimen.text and not symbol.value else "")
        if name:
            lines.append(Text(name, style="bold"))
        if symbol == channel.symbols[0] and len(symbol.when) > self._rows:
            # The usual symbol's list is what the others' leave over: long, and no news.
            lines.append(Text(f"in the {len(symbol.when)} other combinations tried", style="dim"))
            return Text("\n").join(lines)
        for index, combination in enumerate(symbol.when[: self._rows]):
            lines.append(
                Text("or " if index else "", style="dim").append_text(
                    self._combination(view.in_order(channel, combination))
                )
            )
        if len(symbol.when) > self._rows:
            lines.append(Text(f"+{len(symbol.when) - self._rows} more combinations", style="dim"))
        return Text("\n").join(lines)

    def _combination(self, combination: Sequence[tuple[str, tuple[str, ...]]]) -> Text:
        text = Text("when " if combination else "always", style="dim")
        for index, (fact, levels) in enumerate(combination):
            text.append(" and " if index else "")
            text.append(f"{fact} is ")
            text.append(_levels(view.condense(self._document, fact, levels, self._levels)), style="not dim")
        return text

    def _condensed(self, cls: Class) -> Iterable[RenderableType]:
        channels = view.of_class(self._document, cls)
        if not channels:
            return
        yield Text()
        yield title(
            cls.value.capitalize(), f"{words.plural(len(channels), 'channel')}: {view.CLASS_MEANING[cls]}", self._width
        )
        if self._verbose:
            for channel in channels:
                yield from self.channel_in_full(channel)
                yield from (indented(Text(f"declared by {url}"), 2) for url in channel.declared_by)
            return
        usual = view.usual_request(self._document)
        if usual:
            yield indented(Text(f"in {clip(usual, 90)}, where no other request is named", style="dim"), 2)
        table = columns(("", 0), ("follows", 2), ("where", 3), ("says", 3), ("proof", 0))
        for channel in channels[: self._rows]:
            table.add_row(*self._condensed_row(channel, usual))
        yield table
        yield from more(len(channels) - self._rows, "channel")

    def _condensed_row(self, channel: Channel, usual: str) -> tuple[Text, ...]:
        cause = view.cause(channel)
        follows = " and ".join(cause.tells) + (" (gated)" if cause.gates else "")
        proof = f"{channel.evidence.flips} flips" if channel.evidence.flips else words.p_value(channel.evidence.p_value)
        request, place = view.short_place(channel.where, usual)
        where = Text.assemble((f"{request}\n", "dim"), place) if request else Text(place)
        name = f"{channel.id} {channel.carrier.value}"
        return Text(name), Text(follows), where, Text(brief(self._raw[channel.id])), Text(proof)

    def _explained(self) -> Iterable[RenderableType]:
        items = self._document.explained
        if not items:
            return
        yield Text()
        yield title(
            "Explained", f"{words.plural(len(items), 'difference')} that {_are(len(items))} no channel", self._width
        )
        for item in items[: self._rows]:
            yield indented(Text(f"{clip(_place_line(item.where), 90)}: {item.cause}"), 2)
        yield from more(len(items) - self._rows, "difference")

    def _destinations(self) -> Iterable[RenderableType]:
        items = self._document.destinations
        if not items:
            return
        yield Text()
        yield title("Destinations", "hosts it reached for; the lab answered in their place", self._width)
        table = columns(("host", 4), ("protocol", 0), ("requests", 0), ("bytes", 0), ("when", 1))
        for item in items[: self._rows]:
            looked_up = "" if item.looked_up else " (not looked up)"
            cells = (view.host(item), item.protocol, f"{item.requests:,}", words.size(item.bytes))
            table.add_row(*map(Text, cells), Text(item.when + looked_up))
        yield table
        yield from more(len(items) - self._rows, "host")

    def _coverage(self) -> Iterable[RenderableType]:
        facts = self._document.coverage.facts
        yield Text()
        levels = sum(len(tried.levels) for tried in facts.values())
        count = f"{words.plural(len(facts), 'fact')}, {words.plural(levels, 'level')}"
        yield title("Examined", count if levels else "no fact was varied", self._width)
        if not levels:
            return
        table = columns(("fact", 0), ("paired", 0), ("alone", 0), ("levels", 5))
        for fact, tried in facts.items():
            names = ", ".join(limited([clip(level, 40) for level in tried.levels], self._levels))
            table.add_row(Text(fact), Text(str(tried.paired)), Text(str(tried.alone)), Text(names))
        yield table

    def _not_examined(self) -> Iterable[RenderableType]:
        if not self._document.coverage.not_examined:
            return
        items, unproven = view.not_examined(self._document)
        yield Text()
        yield title("Not examined", "nothing above speaks of these", self._width)
        for item in items:
            yield indented(Text(f"{item.what}: {item.why}"), 2, "-")
        for group in unproven:
            if self._verbose:
                yield from (indented(Text(f"{item.what}: {item.why}"), 2, "-") for item in group.items)
            else:
                lists = "it" if len(group.items) == 1 else "them"
                yield indented(Text(f"{group.words}; --verbose lists {lists}"), 2, "-")

    def _footer(self) -> Iterable[RenderableType]:
        document = self._document
        yield Text()
        yield title("This audit", _effort(document), self._width)
        controls = document.controls
        checks = (("recorder", controls.recorder), ("canary", controls.canary), ("sealed", controls.sealed))
        yield indented(Text("controls: " + ", ".join(f"{name} {state}" for name, state in checks)), 2)
        if document.command:
            yield indented(Text(f"repeat:   {document.command}"), 2)
        else:
            yield indented(Text(f"repeat:   with seed {document.seed}"), 2)
        if document.started:
            yield indented(Text(f"begun {document.started}, wiretell {document.wiretell}"), 2)


def _cause(channel: Channel, limit: int) -> Text:
    cause = view.cause(channel)
    text = Text("follows ")
    for index, fact in enumerate(cause.tells):
        text.append(" and " if index else "")
        text.append(fact, style="bold")
    for gate in cause.gates:
        said, levels = view.gate_words(gate)
        shown = words.either([clip(level, 40) for level in levels[:limit]], max(0, len(levels) - limit))
        text.append(f", only while {said}{' ' if shown else ''}{shown}")
    return text


def _evidence(channel: Channel) -> str:
    evidence = channel.evidence
    flips = f"flips {evidence.flips}" if evidence.flips else "no flips made"
    parts = [f"seen in {words.plural(evidence.runs, 'run')}", flips, words.p_value(evidence.p_value)]
    if evidence.rate is not None:
        parts.append(f"in {evidence.rate:.0%} of repeats")
    if evidence.flip_runs:
        pairs = [f"{without}/{with_}" for without, with_ in evidence.flip_runs]
        parts.append("flip runs " + " ".join(limited(pairs, 6)))
    return "evidence: " + " · ".join(parts)


def _specimen(specimen: Specimen, width: int) -> Text:
    """Pairs of lines: the text as it reads, and carets under what differs; a pair is at most `width` cells wide."""
    chars = [("…", False)] if specimen.cut_before else []
    chars += [(_drawn(piece, specimen.by_character), piece.marked) for piece in specimen.pieces]
    chars += [("…", False)] if specimen.cut_after else []
    pairs, line, carets = [], Text(), ""
    for char, marked in chars if specimen.text else [("(nothing)", False)]:
        if line and cell_len(line.plain) + cell_len(char) > width:
            pairs += [line, Text(carets.rstrip(), style="red")]
            line, carets = Text(), ""
        line.append(char, style="bold red" if marked else "")
        carets += ("^" if marked else " ") * cell_len(char)
    pairs += [line, Text(carets.rstrip(), style="red")]
    return Text("\n").join(part for part in pairs if part)


def _drawn(piece: Piece, by_character: bool) -> str:
    if not piece.char:
        return "·"
    return draw_marked(piece.char) if piece.marked and by_character else draw(piece.char)


def _codepoints(specimen: Specimen) -> str:
    """Name the marked characters, each once."""
    if not specimen.by_character or not specimen.marks:
        return ""
    names = [f"{codepoint(char)} {codepoint_name(char)}" for char in dict.fromkeys(specimen.marks)]
    return ", ".join(names) if len(names) <= 3 else ""


def _levels(levels: view.Levels) -> str:
    shown = words.either([clip(level, 40) for level in levels.shown], levels.more)
    return " ".join(part for part in (levels.lead, shown) if part)


def _place_line(where: Where) -> str:
    return view.place(where)


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _effort(document: Document) -> str:
    parts = [words.plural(document.runs, "run")]
    if document.wall_s:
        parts.append(words.seconds(document.wall_s))
    if document.agent_cpu_s:
        parts.append(f"agent CPU {words.seconds(document.agent_cpu_s)}")
    return " · ".join(parts)
