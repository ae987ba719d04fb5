"""Whether a channel is gone, for people at a terminal: the verdict, each channel's fate, then the new audit in short.

Every string is drawn before it is laid out: no string can steer a terminal.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import attrgetter

import msgspec
from rich.console import RenderableType
from rich.text import Text

from wiretell.model.history import Fate
from wiretell.report import listing, words
from wiretell.report.audit import text as audit_text
from wiretell.report.audit import view
from wiretell.report.audit.document_v1 import Channel, Coverage
from wiretell.report.console import (
    GREEN,
    GREY,
    LEAST_WIDTH,
    RED,
    banner,
    columns,
    indented,
    limited,
    printed,
    title,
)
from wiretell.report.drawn import drawn
from wiretell.report.verify.document_v1 import CheckedChannel, VerifyDocument

RUNS_SHOWN = 6

_COLOURS = {"removed": GREEN, "present": RED, "inconclusive": GREY}
_FATES = {Fate.REMOVED: "removed", Fate.PRESENT: "still there", Fate.UNKNOWN: "unknown"}


def render(document: VerifyDocument, *, color: bool, width: int, verbose: bool = False) -> str:
    """Return the report as lines of at most `width` cells; ANSI colours only where `color`. Pure."""
    report = _Report(document, max(width, LEAST_WIDTH), verbose)
    short = printed(report.blocks(), color=color, width=width)
    if not verbose:
        return short
    return f"{short}\n{audit_text.render(document.audit, color=color, width=width, verbose=True)}"


class _Report:
    """Makes the blocks of one report, top to bottom."""

    def __init__(self, document: VerifyDocument, width: int, verbose: bool) -> None:
        self._raw = document
        self._document = drawn(document)
        self._width = width
        self._verbose = verbose

    def blocks(self) -> Iterable[RenderableType]:
        yield from self._headline()
        yield from self._fates()
        yield from self._still_there()
        yield from self._new()
        yield from listing.not_examined(self._document.audit.coverage.not_examined, self._width)
        yield from self._footer()

    def _headline(self) -> Iterable[RenderableType]:
        document = self._document
        yield banner(document.verdict.upper(), _COLOURS[document.verdict], view.target_name(document.audit))
        yield indented(Text(f"{self._counts()} Against the audit of {self._against()}."), 1)
        for reason in document.reasons:
            yield indented(Text(reason), 3, "-")

    def _against(self) -> str:
        against = self._document.against
        return words.package(against.kind, against.name, against.version)

    def _counts(self) -> str:
        found = self._document.channels
        fates = [f"{sum(c.fate is fate for c in found)} {name}" for fate, name in _FATES.items()]
        named = [text for text in fates if not text.startswith("0 ")]
        total = words.plural(len(found), "covert channel")
        new = words.plural(len(self._document.new), "new one")
        return f"Of {total} of the earlier audit: {', '.join(named) or 'nothing to check'}. {new}."

    def _fates(self) -> Iterable[RenderableType]:
        if not self._document.channels:
            return
        yield Text()
        yield title("Channels", "of the earlier audit", self._width)
        table = columns(("", 0), ("follows", 2), ("where", 5), ("now", 0), ("runs", 2))
        for item in self._document.channels:
            table.add_row(*map(Text, self._row(item)))
        yield table
        for item in self._document.channels:
            if item.note:
                yield indented(Text(f"{item.earlier.id}: {item.note}"), 2)

    def _row(self, item: CheckedChannel) -> Sequence[str]:
        earlier = item.earlier
        runs = limited([str(run) for run in item.runs], 1_000_000 if self._verbose else RUNS_SHOWN)
        name = f"{earlier.id} {earlier.carrier.value}"
        where = "\n".join(filter(None, view.short_place(earlier.where, "")))
        now = _FATES[item.fate] + (f" as {item.now.id}" if item.now else "")
        return name, " and ".join(earlier.facts), where, now, " ".join(runs) or "none"

    def _still_there(self) -> Iterable[RenderableType]:
        """Show what was found in place of earlier channels, and what could not be looked for again, in full."""
        present = self._of(Fate.PRESENT)
        yield from self._shown("Still there", [item.now for item in present if item.now], earlier=False)
        unseen = [item.earlier for item in present if not item.now]
        yield from self._shown("Still there, as the earlier audit has it", unseen, earlier=True)
        unknown = [item.earlier for item in self._of(Fate.UNKNOWN)]
        yield from self._shown("Unknown, as the earlier audit has it", unknown, earlier=True)

    def _of(self, fate: Fate) -> Sequence[CheckedChannel]:
        return [item for item in self._raw.channels if item.fate is fate]

    def _new(self) -> Iterable[RenderableType]:
        yield from self._shown("New", self._raw.new, earlier=False)

    def _shown(self, name: str, channels: Sequence[Channel], *, earlier: bool) -> Iterable[RenderableType]:
        """Show channels in full; which levels an earlier audit tried is not known."""
        if not channels:
            return
        yield Text()
        yield Text(name, style="bold")
        bare = msgspec.structs.replace(self._raw.audit, coverage=Coverage(facts={}, not_examined=()))
        audit = bare if earlier else self._raw.audit
        for channel in channels:  # one by one: two audits may give two channels one id
            yield from audit_text.in_full(audit, [channel], width=self._width, verbose=self._verbose)

    def _footer(self) -> Iterable[RenderableType]:
        audit = self._document.audit
        effort = (
            f"new audit: {audit.verdict.value}",
            words.plural(audit.runs, "run"),
            words.seconds(audit.wall_s) if audit.wall_s else "",
        )
        command = self._document.command or audit.command
        yield from listing.footer("This check", effort, command, audit.started, audit.wiretell, self._width)
        states = attrgetter("recorder", "canary", "sealed")(audit.controls)
        named = zip(("recorder", "canary", "sealed"), states, strict=True)
        yield indented(Text("controls: " + ", ".join(f"{name} {state}" for name, state in named)), 2)
