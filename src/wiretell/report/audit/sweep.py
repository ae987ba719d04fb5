"""What sweeps of decoded lists come to: counts, tables, words. Pure, and escapes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from wiretell.model.findings import Reach
from wiretell.report import words
from wiretell.report.audit.document_v1 import Channel, Document, Lead, Sweep, SweptLevel

REACHES: Mapping[Reach, str] = {
    Reach.EXACT: "the entry itself",
    Reach.SUBDOMAIN: "a label and a dot before it",
    Reach.GLUED: "letters before it, without a dot",
    Reach.INSIDE: "letters before it, another name after it",
    Reach.ALTERED: "near miss: one letter changed",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """Entries at whose exact level the agent wrote the same symbols."""

    lead: str
    symbols: tuple[str, ...]
    """One for each channel of the sweep; empty where it showed none."""
    entries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reached:
    """All levels of a sweep that were made in one way."""

    reach: Reach
    tried: int
    run: int
    """Those in which the agent asked its model."""
    hits: int
    foretold: int
    """Those of `judged` that the inferred rule foretells rightly."""
    judged: int
    """Those run for which a rule was inferred."""

    @property
    def as_inferred(self) -> str:
        """How often the rule is right, in words."""
        return f"{self.foretold:,} of {self.judged:,}" if self.judged else "no rule"


def channels(document: Document, sweep: Sweep) -> tuple[Channel, ...]:
    """Return the channels that showed more than one symbol in the sweep; all that showed any where none did."""
    seen: dict[str, set[int]] = {}
    for level in sweep.levels:
        for name, index in level.symbols.items():
            seen.setdefault(name, set()).add(index)
    told = {name for name, indexes in seen.items() if len(indexes) > 1} or set(seen)
    return tuple(channel for channel in document.channels if channel.id in told)


def confirmed(document: Document, sweep: Sweep) -> tuple[str, ...]:
    """Return a sentence for each list: `147 of 147 entries of list l1 are confirmed by bytes`."""
    hit = {(level.lead, level.entry) for level in sweep.levels if level.reach is Reach.EXACT and level.hit}
    leads = [lead for lead in document.leads if lead.id in sweep.leads]
    return tuple(
        f"{sum((lead.id, entry) in hit for entry in dict.fromkeys(lead.entries)):,} of "
        f"{len(dict.fromkeys(lead.entries)):,} entries of list {lead.id} are confirmed by bytes"
        for lead in leads
    )


def near_misses(sweep: Sweep) -> str:
    """Return how many near misses are hits, as a sentence; empty where none was tried."""
    tried = [level for level in sweep.levels if level.reach is Reach.ALTERED and level.run is not None]
    hits = sum(level.hit for level in tried)
    return f"Near misses: {hits:,} of {len(tried):,} hit." if tried else ""


def shown(sweep: Sweep, found: Sequence[Channel]) -> tuple[Shown, ...]:
    """Return which symbols how many entries show, by list, the most frequent first."""
    groups: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for level in sweep.levels:
        if level.reach is Reach.EXACT:
            groups.setdefault((level.lead, symbols(level, found)), []).append(level.entry)
    rows = [Shown(lead, symbols_, tuple(entries)) for (lead, symbols_), entries in groups.items()]
    order = {lead: index for index, lead in enumerate(sweep.leads)}
    return tuple(sorted(rows, key=lambda row: (order[row.lead], -len(row.entries), row.symbols)))


def symbols(level: SweptLevel, found: Sequence[Channel]) -> tuple[str, ...]:
    """Return what a level made each channel write."""
    return tuple(_symbol(channel, level.symbols.get(channel.id)) for channel in found)


def reached(sweep: Sweep) -> tuple[Reached, ...]:
    """Return one row for each way in which levels were made."""
    rows = []
    for reach in Reach:
        tried = [level for level in sweep.levels if level.reach is reach]
        run = [level for level in tried if level.run is not None]
        judged = [level.foretold for level in run if level.foretold is not None]
        if tried:
            hits = sum(level.hit for level in run)
            rows.append(Reached(reach, len(tried), len(run), hits, sum(judged), len(judged)))
    return tuple(rows)


def lead_words(lead: Lead) -> str:
    """Return how a list was decoded, and where it stands."""
    how = words.decoding(lead.encoding, lead.key)
    return f"{how}; {lead.file} at byte {lead.offset:,}; evidence {lead.evidence_bits:,.0f} bits"


def hit_words(level: SweptLevel) -> str:
    """Return whether a level is a hit, and whether that is as inferred."""
    if level.run is None:
        return "not run"
    doubt = "" if level.foretold in (None, True) else ", not as inferred"
    return f"{'hit' if level.hit else 'no hit' if doubt else ''}{doubt}"


def _symbol(channel: Channel, index: int | None) -> str:
    if index is None:
        return "none shown"
    symbol = channel.symbols[index]
    points = f" {' '.join(symbol.codepoints)}" if 0 < len(symbol.codepoints) <= 2 else ""
    return f"{symbol.value or 'nothing'}{points}"
