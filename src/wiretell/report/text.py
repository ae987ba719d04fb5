"""The report for people at a terminal: covert channels in full, the rest condensed to fit a screen.

What is laid out is a drawn document (`drawn.py`): no string of it can steer a terminal. Only the characters of symbols
are read from the document itself, one by one. Markup and emoji codes are off. Colour adds nothing that is not also said
in characters.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from wiretell.model.findings import Class, Verdict
from wiretell.report import view
from wiretell.report.document_v1 import Channel, Document, Symbol, Where
from wiretell.report.drawn import drawn
from wiretell.report.glyphs import clip, codepoint, codepoint_name, draw, draw_marked, visible
from wiretell.report.marking import Piece, Specimen, brief, specimens

NARROW = 76
"""Below this width the code points stand under their specimen instead of beside it."""
LEVELS_SHOWN = 4
ROWS_SHOWN = 8

_COLOURS = {
    Verdict.COVERT: "bold white on red",
    Verdict.UNDECLARED: "bold black on yellow",
    Verdict.DECLARED: "bold white on blue",
    Verdict.CLEAN: "bold white on green",
    Verdict.INCONCLUSIVE: "bold black on white",
}


def render(document: Document, *, color: bool, width: int, verbose: bool = False) -> str:
    """Return the report as lines of at most `width` cells; ANSI colours only where `color`. Pure."""
    file = io.StringIO()
    console = Console(
        file=file,
        width=max(width, 40),
        force_terminal=color,
        no_color=not color,
        color_system="standard" if color else None,
        legacy_windows=False,
        markup=False,
        emoji=False,
        highlight=False,
        _environ={},
    )
    for block in _Report(document, console.width, verbose).blocks():
        console.print(block)
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines()) + "\n"


class _Report:
    """Makes the blocks of one report, top to bottom."""

    def __init__(self, document: Document, width: int, verbose: bool) -> None:
        self._document = drawn(document)
        self._raw = {visible(channel.id): channel for channel in document.channels}
        self._width = width
        self._verbose = verbose
        self._levels = 10_000 if verbose else LEVELS_SHOWN
        self._rows = 10_000 if verbose else ROWS_SHOWN

    def blocks(self) -> Iterable[RenderableType]:
        yield from self._verdict()
        for channel in view.of_class(self._document, Class.COVERT):
            yield from self._in_full(channel)
        for cls in (Class.UNDECLARED, Class.DECLARED):
            yield from self._condensed(cls)
        yield from self._explained()
        yield from self._destinations()
        yield from self._coverage()
        yield from self._not_examined()
        yield from self._footer()

    def _verdict(self) -> Iterable[RenderableType]:
        document = self._document
        line = Text()
        line.append(f" {document.verdict.value.upper()} ", style=_COLOURS[document.verdict])
        line.append(f" {view.target_name(document)}", style="bold")
        yield line
        headline, aside = view.headline(document), view.aside(document)
        reasons = [_indented(Text(reason), 3, "-") for reason in view.reasons(document)]
        if document.verdict is Verdict.INCONCLUSIVE:
            yield _indented(Text(headline), 1)
            yield from reasons
            if aside:
                yield _indented(Text(aside), 1)
        else:
            yield _indented(Text(f"{headline} {aside}".rstrip()), 1)
            yield from reasons

    def _in_full(self, channel: Channel) -> Iterable[RenderableType]:
        yield Text()
        yield self._title(channel.id, f"{channel.cls.value} · {channel.carrier.value} · {view.bits(channel.bits)}")
        yield _indented(Text(view.place(channel.where)), 2)
        yield _indented(_cause(channel, self._levels), 2)
        yield Text()
        yield Padding(self._symbols(channel), (0, 0, 0, 2))
        yield Text()
        yield _indented(Text(_evidence(channel), style="dim"), 2)
        for other in _limited([_place_line(w) for w in channel.also], self._rows):
            yield _indented(Text(f"also {other}", style="dim"), 2)
        if channel.note:
            yield _indented(Text(channel.note), 2)

    def _title(self, name: str, words: str) -> RenderableType:
        title = Text(name, style="bold")
        title.append(f"  {words}", style="not bold")
        if cell_len(title.plain) + 3 > self._width:
            return title
        return Rule(title, align="left", characters="─", style="dim")

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
        yield self._title(cls.value.capitalize(), f"{view.plural(len(channels), 'channel')}: {view.CLASS_MEANING[cls]}")
        if self._verbose:
            for channel in channels:
                yield from self._in_full(channel)
                yield from (_indented(Text(f"declared by {url}"), 2) for url in channel.declared_by)
            return
        usual = view.usual_request(self._document)
        if usual:
            yield _indented(Text(f"in {clip(usual, 90)}, where no other request is named", style="dim"), 2)
        table = _columns(("", 0), ("follows", 2), ("where", 3), ("says", 3), ("proof", 0))
        for channel in channels[: self._rows]:
            table.add_row(*self._condensed_row(channel, usual))
        yield table
        yield from _more(len(channels) - self._rows, "channel")

    def _condensed_row(self, channel: Channel, usual: str) -> tuple[Text, ...]:
        cause = view.cause(channel)
        follows = " and ".join(cause.tells) + (" (gated)" if cause.gates else "")
        proof = f"{channel.evidence.flips} flips" if channel.evidence.flips else view.p_value(channel.evidence.p_value)
        request, place = view.short_place(channel.where, usual)
        where = Text.assemble((f"{request}\n", "dim"), place) if request else Text(place)
        name = f"{channel.id} {channel.carrier.value}"
        return Text(name), Text(follows), where, Text(brief(self._raw[channel.id])), Text(proof)

    def _explained(self) -> Iterable[RenderableType]:
        items = self._document.explained
        if not items:
            return
        yield Text()
        yield self._title("Explained", f"{view.plural(len(items), 'difference')} that {_are(len(items))} no channel")
        for item in items[: self._rows]:
            yield _indented(Text(f"{clip(_place_line(item.where), 90)}: {item.cause}"), 2)
        yield from _more(len(items) - self._rows, "difference")

    def _destinations(self) -> Iterable[RenderableType]:
        items = self._document.destinations
        if not items:
            return
        yield Text()
        yield self._title("Destinations", "hosts it reached for; the lab answered in their place")
        table = _columns(("host", 4), ("protocol", 0), ("requests", 0), ("bytes", 0), ("when", 1))
        for item in items[: self._rows]:
            looked_up = "" if item.looked_up else " (not looked up)"
            cells = (view.host(item), item.protocol, f"{item.requests:,}", view.size(item.bytes))
            table.add_row(*map(Text, cells), Text(item.when + looked_up))
        yield table
        yield from _more(len(items) - self._rows, "host")

    def _coverage(self) -> Iterable[RenderableType]:
        facts = self._document.coverage.facts
        yield Text()
        levels = sum(len(tried.levels) for tried in facts.values())
        words = f"{view.plural(len(facts), 'fact')}, {view.plural(levels, 'level')}" if levels else "no fact was varied"
        yield self._title("Examined", words)
        if not levels:
            return
        table = _columns(("fact", 0), ("paired", 0), ("alone", 0), ("levels", 5))
        for fact, tried in facts.items():
            names = ", ".join(_limited([clip(level, 40) for level in tried.levels], self._levels))
            table.add_row(Text(fact), Text(str(tried.paired)), Text(str(tried.alone)), Text(names))
        yield table

    def _not_examined(self) -> Iterable[RenderableType]:
        if not self._document.coverage.not_examined:
            return
        items, unproven = view.not_examined(self._document)
        yield Text()
        yield self._title("Not examined", "nothing above speaks of these")
        for item in items:
            yield _indented(Text(f"{item.what}: {item.why}"), 2, "-")
        for group in unproven:
            if self._verbose:
                yield from (_indented(Text(f"{item.what}: {item.why}"), 2, "-") for item in group.items)
            else:
                lists = "it" if len(group.items) == 1 else "them"
                yield _indented(Text(f"{group.words}; --verbose lists {lists}"), 2, "-")

    def _footer(self) -> Iterable[RenderableType]:
        document = self._document
        yield Text()
        yield self._title("This audit", _effort(document))
        controls = document.controls
        checks = (("recorder", controls.recorder), ("canary", controls.canary), ("sealed", controls.sealed))
        yield _indented(Text("controls: " + ", ".join(f"{name} {state}" for name, state in checks)), 2)
        if document.command:
            yield _indented(Text(f"repeat:   {document.command}"), 2)
        else:
            yield _indented(Text(f"repeat:   with seed {document.seed}"), 2)
        if document.started:
            yield _indented(Text(f"begun {document.started}, wiretell {document.wiretell}"), 2)


def _cause(channel: Channel, limit: int) -> Text:
    cause = view.cause(channel)
    text = Text("follows ")
    for index, fact in enumerate(cause.tells):
        text.append(" and " if index else "")
        text.append(fact, style="bold")
    for gate in cause.gates:
        words, levels = view.gate_words(gate)
        shown = view.either([clip(level, 40) for level in levels[:limit]], max(0, len(levels) - limit))
        text.append(f", only while {words}{' ' if shown else ''}{shown}")
    return text


def _evidence(channel: Channel) -> str:
    evidence = channel.evidence
    flips = f"flips {evidence.flips}" if evidence.flips else "no flips made"
    parts = [f"seen in {view.plural(evidence.runs, 'run')}", flips, view.p_value(evidence.p_value)]
    if evidence.rate is not None:
        parts.append(f"in {evidence.rate:.0%} of repeats")
    if evidence.flip_runs:
        pairs = [f"{without}/{with_}" for without, with_ in evidence.flip_runs]
        parts.append("flip runs " + " ".join(_limited(pairs, 6)))
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
    shown = view.either([clip(level, 40) for level in levels.shown], levels.more)
    return " ".join(part for part in (levels.lead, shown) if part)


def _place_line(where: Where) -> str:
    return view.place(where)


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _effort(document: Document) -> str:
    parts = [view.plural(document.runs, "run")]
    if document.wall_s:
        parts.append(view.seconds(document.wall_s))
    if document.agent_cpu_s:
        parts.append(f"agent CPU {view.seconds(document.agent_cpu_s)}")
    return " · ".join(parts)


def _columns(*headers: tuple[str, int]) -> Table:
    """Make a plain table; a ratio of 0 leaves a column as wide as its content."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim", show_edge=False)
    for header, ratio in headers:
        table.add_column(header, ratio=ratio or None, no_wrap=not ratio, overflow="fold")
    return table


def _indented(text: Text, by: int, bullet: str = "") -> RenderableType:
    grid = Table.grid(padding=0)
    grid.add_column(width=by)
    grid.add_column()
    grid.add_row(Text(f"{' ' * (by - 2)}{bullet}"), text)
    return grid


def _limited(items: Sequence[str], limit: int) -> Sequence[str]:
    """Return the first `limit` items, and how many there are beyond."""
    return items if len(items) <= limit else [*items[:limit], f"+{len(items) - limit} more"]


def _more(count: int, noun: str) -> Iterable[RenderableType]:
    if count > 0:
        yield _indented(Text(f"+{view.plural(count, noun).replace(noun, 'more ' + noun)} (--verbose shows all)"), 2)
