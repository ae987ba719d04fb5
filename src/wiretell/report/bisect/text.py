"""A package's history for people at a terminal: when each channel came and went, a picture of it, and the gaps.

What is laid out is a drawn document (`drawn.py`): no string of it can steer a terminal.
"""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import RenderableType
from rich.text import Text

from wiretell.model.history import State
from wiretell.report import listing, words
from wiretell.report.bisect import timeline
from wiretell.report.bisect.document_v1 import BisectDocument, ChannelKind, Gap, TriedVersion, VersionRange
from wiretell.report.console import GREY, LEAST_WIDTH, RED, banner, columns, indented, limited, more, printed, title
from wiretell.report.drawn import drawn
from wiretell.report.glyphs import clip

ROWS_SHOWN = 8
LABEL_SHOWN = 24
_LEAST_PICTURE = 12


def render(document: BisectDocument, *, color: bool, width: int, verbose: bool = False) -> str:
    """Return the report as lines of at most `width` cells; ANSI colours only where `color`. Pure."""
    report = _Report(drawn(document), max(width, LEAST_WIDTH), verbose)
    return printed(report.blocks(), color=color, width=width)


class _Report:
    """Makes the blocks of one report, top to bottom."""

    def __init__(self, document: BisectDocument, width: int, verbose: bool) -> None:
        self._document = document
        self._width = width
        self._verbose = verbose
        self._rows = 1_000_000 if verbose else ROWS_SHOWN

    def blocks(self) -> Iterable[RenderableType]:
        yield from self._headline()
        for kind in self._document.channels:
            yield from self._channel(kind)
        yield from self._timeline()
        yield from self._inconclusive()
        yield from self._gaps()
        yield from self._tried()
        yield from listing.not_examined(self._document.not_examined, self._width)
        yield from self._footer()

    def _headline(self) -> Iterable[RenderableType]:
        document = self._document
        count = len({found.channel for found in document.ranges})
        label = words.plural(count, "channel") if count else "no channel shown"
        span = f"{document.package} {document.start} to {document.end}"
        yield banner(label.upper(), RED if count else GREY, span)
        untried = sum(len(gap.versions) for gap in document.gaps)
        yield indented(
            Text(
                f"{len(document.tried):,} of {words.plural(document.published, 'published version')} tried; "
                f"of the {untried:,} others nothing is known."
            ),
            1,
        )

    def _channel(self, kind: ChannelKind) -> Iterable[RenderableType]:
        yield Text()
        yield title(kind.id, f"{kind.carrier.value} · follows {' and '.join(kind.facts)}", self._width)
        symbols = " ".join(limited([clip(symbol, 24) or "(nothing)" for symbol in kind.symbols], 8))
        yield indented(Text(f"in {clip(kind.request, 90)}, writes {symbols}"), 2)
        found = [row for row in self._document.ranges if row.channel == kind.id]
        for row in found:
            yield from _range(row)
        if not found:
            yield indented(Text("in no tried version"), 2)

    def _timeline(self) -> Iterable[RenderableType]:
        document = self._document
        if not document.tried or not document.channels:
            return
        yield Text()
        yield title("Versions", f"{words.plural(len(document.tried), 'tried version')}, oldest first", self._width)
        labels = [clip(f"{kind.id} {kind.carrier.value}", LABEL_SHOWN) for kind in document.channels]
        margin = max(map(len, labels))
        if margin + 4 + _LEAST_PICTURE > self._width:
            margin = self._width - 4 - _LEAST_PICTURE
        for band in timeline.bands(document, self._width - margin - 4):
            lines = [f"{label[:margin]:<{margin}}  {row}" for label, row in zip(labels, band.rows, strict=True)]
            lines += [f"{'':<{margin}}  {line}" for line in (band.ticks, *band.names)]
            for line in lines:
                yield Text(f"  {line}", no_wrap=True, overflow="crop")
        yield indented(Text(timeline.LEGEND, style="dim"), 2)

    def _inconclusive(self) -> Iterable[RenderableType]:
        found = [version for version in self._document.tried if version.reason or not _conclusive(version)]
        if not found:
            return
        yield Text()
        yield title("Inconclusive", "neither present nor absent", self._width)
        for version in found[: self._rows]:
            yield indented(Text(f"{version.version}: {version.reason or 'no reason given'}"), 2, "-")
        yield from more(len(found) - self._rows, "version")

    def _gaps(self) -> Iterable[RenderableType]:
        gaps, unpublished = self._document.gaps, self._document.unpublished
        if not gaps and not unpublished:
            return
        yield Text()
        yield title("Gaps", "a channel may have come and gone there; --every N or --all closes them", self._width)
        for gap in gaps[: self._rows]:
            yield indented(Text(self._gap(gap)), 2, "-")
        yield from more(len(gaps) - self._rows, "gap")
        if unpublished:
            names = ", ".join(limited(unpublished, self._rows))
            yield indented(Text(f"never published: {names}"), 2, "-")

    def _gap(self, gap: Gap) -> str:
        names = list(gap.versions)
        if not self._verbose and len(names) > 3:
            names = [f"{names[0]} to {names[-1]}"]
        count = words.plural(len(gap.versions), "version")
        between = f"between {gap.after} and {gap.before}" if gap.after and gap.before else "at the end of the search"
        return f"{', '.join(names)} ({count}, {between})"

    def _tried(self) -> Iterable[RenderableType]:
        if not self._verbose or not self._document.tried:
            return
        ids = [kind.id for kind in self._document.channels]
        yield Text()
        yield title("Tried", words.plural(len(self._document.tried), "version"), self._width)
        table = columns(("version", 2), ("published", 2), ("channels", 4), ("runs", 0), ("time", 0), ("", 0))
        for version in self._document.tried:
            states = ", ".join(f"{name} {version.states[name].value}" for name in ids if name in version.states)
            time = words.seconds(version.wall_s)
            cells = (version.version, day(version.published), states, str(version.runs), time)
            table.add_row(*map(Text, cells), Text("cached" if version.cached else ""))
        yield table

    def _footer(self) -> Iterable[RenderableType]:
        document = self._document
        cached = sum(version.cached for version in document.tried)
        effort = (
            words.plural(document.audits, "audit"),
            f"{cached:,} from earlier calls" if cached else "",
            words.seconds(document.wall_s) if document.wall_s else "",
        )
        yield from listing.footer(
            "This search", effort, document.command, document.started, document.wiretell, self._width
        )


def day(moment: str) -> str:
    """Return the date of an ISO 8601 moment."""
    return clip(moment.partition("T")[0], 24) or "at an unknown date"


def _range(found: VersionRange) -> Iterable[RenderableType]:
    """Say first and last version, and how sure either is."""
    first = "" if found.first_exact else ", or earlier: the version before it was not tried with a result"
    last = "" if found.last_exact else ", or later: the version after it was not tried with a result"
    for label, version, published, doubt in (
        ("first", found.first, found.first_published, first),
        ("last ", found.last, found.last_published, last),
    ):
        yield indented(
            Text.assemble((f"{label}  ", "dim"), (version, "bold"), f" published {day(published)}{doubt}"), 2
        )
    untried = f", {found.untried:,} not tried or without a result" if found.untried else ", none left out"
    yield indented(
        Text(f"{words.plural(found.confirmed, 'version')} from first to last confirmed{untried}", style="dim"), 2
    )


def _conclusive(version: TriedVersion) -> bool:
    return State.INCONCLUSIVE not in version.states.values()
