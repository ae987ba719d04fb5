"""What the renderings for people share: order, causes, gates, condensed lists, and the words for them. Pure.

Nothing here escapes anything: the renderers draw every string of a document through `glyphs.visible`.
The words say what bytes do and when. They say nothing about why.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from wiretell.model.findings import Class, Verdict
from wiretell.model.world import OFFICIAL
from wiretell.report import words
from wiretell.report.audit.document_v1 import Channel, Destination, Document, Run, Where
from wiretell.report.glyphs import clip
from wiretell.report.shared_v1 import NotExamined

NOTHING = "Nothing can be concluded from this audit."

CLASS_MEANING = {
    Class.COVERT: "a reader sees no difference, or none that says what it tells",
    Class.UNDECLARED: "visible, but documented nowhere that the recipe cites",
    Class.DECLARED: "documented by the vendor",
}
"""One line for each class, as design.md defines it."""

LIMITS = (
    "interactive use",
    "signed-in accounts",
    "other operating systems",
    "features that the vendor's servers switch on",
    "values outside the levels tried",
    "three facts together, and more",
    "the agent's later turns",
)
"""What no audit examines, in the words of the document; a reader should meet these first."""

_UNPROVEN = re.compile(r"cause of a difference \([^)]*\) at (?:(\S.*?) )??(head|body|connection|run)(?= |$)")
"""How the document names a difference without a proven cause: request, unless it has none, and part."""

_REQUEST_SHOWN = 32

Combination = Mapping[str, tuple[str, ...]]
"""Fact -> levels, all facts at once."""


@dataclass(frozen=True, slots=True)
class Gate:
    """A fact that a channel needs in order to speak at all."""

    fact: str
    open: tuple[str, ...]
    closed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cause:
    """The facts a channel tells, and the facts that let it speak."""

    tells: tuple[str, ...]
    gates: tuple[Gate, ...]


@dataclass(frozen=True, slots=True)
class Levels:
    """Levels of one fact, condensed: `lead` before those `shown`, `more` of them not shown."""

    fact: str
    lead: str
    shown: tuple[str, ...]
    more: int
    tried: int


@dataclass(frozen=True, slots=True)
class Unproven:
    """Differences in one request whose cause was not proven."""

    request: str
    """Or the part, for differences that belong to no request."""
    items: tuple[NotExamined, ...]

    @property
    def words(self) -> str:
        """One line for all of them."""
        return f"{words.plural(len(self.items), 'difference')} in {self.request}: cause not proven"


def target_name(document: Document) -> str:
    """Return the target as it is named on the command line."""
    return words.package(document.target.kind, document.target.name, document.target.version)


def of_class(document: Document, cls: Class) -> tuple[Channel, ...]:
    """Return the channels of one class, in the order of the document."""
    return tuple(channel for channel in document.channels if channel.cls is cls)


def headline(document: Document) -> str:
    """Return the verdict as a sentence, its subject (the target) left out."""
    match document.verdict:
        case Verdict.INCONCLUSIVE:
            return _sentence(document.reasons[0]) if _saw_something(document) else NOTHING
        case Verdict.COVERT:
            covert = of_class(document, Class.COVERT)
            together = "together " if len(covert) > 1 else ""
            carried = words.bits(sum(channel.bits for channel in covert))
            return f"{words.plural(len(covert), 'covert channel')}, {together}up to {carried}."
        case Verdict.UNDECLARED | Verdict.DECLARED:
            return "No covert channel in what was examined."
        case Verdict.CLEAN:
            return "Nothing that was varied changed what it sends, as far as it was examined."


def reasons(document: Document) -> tuple[str, ...]:
    """Return the reasons that the headline does not give."""
    first = document.verdict is Verdict.INCONCLUSIVE and _saw_something(document)
    return document.reasons[1:] if first else document.reasons


def aside(document: Document) -> str:
    """Return what was found beside what the headline says, as a sentence; empty where there is nothing."""
    unsaid = document.verdict is Verdict.INCONCLUSIVE
    classes = (Class.COVERT, Class.UNDECLARED, Class.DECLARED) if unsaid else (Class.UNDECLARED, Class.DECLARED)
    counts = [(cls, len(of_class(document, cls))) for cls in classes]
    found = [f"{count} {cls.value}" for cls, count in counts if count]
    last = next((count for _, count in reversed(counts) if count), 0)
    also = "Seen without a verdict: " if unsaid else "Also " if of_class(document, Class.COVERT) else ""
    listed = " and ".join(filter(None, (", ".join(found[:-1]), *found[-1:])))
    return f"{also}{listed} {'channel' if last == 1 else 'channels'}." if found else ""


def _saw_something(document: Document) -> bool:
    """Say whether an audit without a verdict still has something to show, and a reason to name first."""
    return bool(document.reasons) and bool(document.channels or not_examined(document)[1])


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


def not_examined(document: Document) -> tuple[tuple[NotExamined, ...], tuple[Unproven, ...]]:
    """Return what was not examined, `LIMITS` first; and apart from it the unproven differences, by request."""
    groups: dict[str, list[NotExamined]] = {}
    rest = []
    for item in document.coverage.not_examined:
        match = _UNPROVEN.match(item.what)
        if match:
            groups.setdefault(match[1] or match[2], []).append(item)
        else:
            rest.append(item)
    rest.sort(key=lambda item: LIMITS.index(item.what) if item.what in LIMITS else len(LIMITS))
    return tuple(rest), tuple(Unproven(request, tuple(items)) for request, items in groups.items())


def examined(document: Document) -> bool:
    """Say whether any level of any fact was tried."""
    return any(tried.levels for tried in document.coverage.facts.values())


def host(destination: Destination) -> str:
    """Return name and port; a row of several hosts has no port."""
    port = f":{destination.port}" if destination.port else ""
    return f"{clip(destination.name or destination.address, 60)}{port}"


def usual_request(document: Document) -> str:
    """Return the request that places are in unless they name another: a covert channel's, or the model's.

    The document tells the model's request by the places of its fixed texts.
    """
    texts = {item.path for item in document.template}
    model = (channel for channel in document.channels if channel.where.part == "body" and channel.where.path in texts)
    first = next(iter((*of_class(document, Class.COVERT), *model, *document.channels)), None)
    return first.where.request if first else ""


def short_place(where: Where, usual: str) -> tuple[str, str]:
    """Return the request, shortened, or nothing where it is the usual one; and the place in it."""
    if where.part == "run" and where.path == "request" and where.request:
        return "", clip(where.request, 60)
    request = where.request if where.request != usual else ""
    return short_request(request), f"{where.part} {clip(where.path, 60)}".strip()


def short_request(request: str) -> str:
    """Return a long request with the middle of its path left out: `POST /…/batch`, `GET a.example/…/refs #2`."""
    if len(request) <= _REQUEST_SHOWN:
        return request
    method, _, rest = request.partition(" ")
    target, space, turn = rest.partition(" ")
    parts = target.split("/")
    short = "/".join((parts[0], "…", parts[-1])) if len(parts) > 3 else target
    return clip(f"{method} {short}{space}{turn}", 60)


def place(where: Where) -> str:
    """Return a place as words: `POST /v1/messages, body /system/0/text, character 123`."""
    parts = [where.request, f"{where.part} {where.path}".strip()]
    if where.offset is not None:
        parts.append(f"character {where.offset:,}")
    return ", ".join(part for part in parts if part)


def cause(channel: Channel) -> Cause:
    """Tell the facts that a channel tells from the facts that open it.

    A fact is a gate if some of its levels leave the channel a single symbol while others let it show more. Where that
    holds for every fact (`a and b` is symmetric), the one that is open at the smallest share of its levels is what the
    channel tells, and the rest are gates; `base_url`, closed at `official` alone, stays a gate.
    """
    gates = {fact: gate for fact in channel.facts if (gate := _gate(channel, fact)) and len(channel.facts) > 1}
    if gates and len(gates) == len(channel.facts):
        del gates[min(gates, key=lambda fact: _openness(gates[fact]))]
    return Cause(tuple(fact for fact in channel.facts if fact not in gates), tuple(gates.values()))


def gate_words(gate: Gate) -> tuple[str, tuple[str, ...]]:
    """Return the words for a gate and the levels that end them: (`base_url is custom`, ())."""
    if gate.fact == "base_url" and gate.closed == (OFFICIAL,):
        return "base_url is custom", ()
    if len(gate.closed) < len(gate.open):
        return f"{gate.fact} is not", gate.closed
    return f"{gate.fact} is", gate.open


def condense(document: Document, fact: str, levels: Sequence[str], limit: int) -> Levels:
    """Shorten a list of levels: all, all but a few, or the first `limit`."""
    covered = document.coverage.facts.get(fact)
    tried = covered.levels if covered else ()
    missing = [level for level in tried if level not in levels]
    if tried and len(tried) > 2 and set(levels) == set(tried):
        return Levels(fact, f"any of {len(tried)}", (), 0, len(tried))
    if len(levels) > limit and 0 < len(missing) <= limit:
        return Levels(fact, f"any of {len(tried)} but", tuple(missing), 0, len(tried))
    keep = limit if len(levels) > limit else len(levels)
    return Levels(fact, "", tuple(levels[:keep]), len(levels) - keep, len(tried))


def in_order(channel: Channel, combination: Combination) -> list[tuple[str, tuple[str, ...]]]:
    """Return a combination in the order of the channel's facts."""
    order = {fact: index for index, fact in enumerate(channel.facts)}
    return sorted(combination.items(), key=lambda item: order.get(item[0], len(order)))


def facts_of(channels: Iterable[Channel]) -> tuple[str, ...]:
    """Return the facts that the given channels need, in the order of first mention."""
    return tuple(dict.fromkeys(fact for channel in channels for fact in channel.facts))


def usual_world(table: Sequence[Run]) -> Mapping[str, str]:
    """Return the most frequent level of each fact; of equally frequent ones the first met."""
    counts: dict[str, Counter[str]] = {}
    for row in table:
        for fact, level in row.world.items():
            counts.setdefault(fact, Counter())[level] += 1
    return {fact: counter.most_common(1)[0][0] for fact, counter in counts.items()}


def _gate(channel: Channel, fact: str) -> Gate | None:
    levels = dict.fromkeys(level for symbol in channel.symbols for c in symbol.when for level in c.get(fact, ()))
    opened = tuple(level for level in levels if len(_symbols_at(channel, fact, level)) > 1)
    closed = tuple(level for level in levels if level not in opened and _shown_closed(channel, fact, level))
    return Gate(fact, opened, closed) if opened and closed else None


def _symbols_at(channel: Channel, fact: str, level: str) -> set[int]:
    """Indexes of the symbols that can appear while a fact is at a level."""
    return {
        index
        for index, symbol in enumerate(channel.symbols)
        if any(level in combination.get(fact, (level,)) for combination in symbol.when)
    }


def _shown_closed(channel: Channel, fact: str, level: str) -> bool:
    """Say whether another level writes another symbol, all other facts alike; one symbol may be lack of trying."""
    pairs = [(index, combination) for index, symbol in enumerate(channel.symbols) for combination in symbol.when]
    return any(
        mine != theirs and level not in there.get(fact, (level,)) and _alike(here, there, but=fact)
        for mine, here in pairs
        if level in here.get(fact, ())
        for theirs, there in pairs
    )


def _alike(a: Combination, b: Combination, but: str) -> bool:
    return all(set(a[fact]) & set(b[fact]) for fact in a.keys() & b.keys() - {but})


def _openness(gate: Gate) -> tuple[bool, float]:
    official = gate.fact == "base_url" and gate.closed == (OFFICIAL,)
    return official, len(gate.open) / (len(gate.open) + len(gate.closed))
