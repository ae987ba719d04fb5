"""From differences to channels: class and carrier by the checks, places that vary in step joined to one channel."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from math import log2
from typing import Final, TypeAlias

from wiretell.checks.interface import Judgement, confirmed, follows_locale, if_confirmed, refuted
from wiretell.checks.registry import BY_LAYER
from wiretell.model.agent import Declaration
from wiretell.model.difference import HIDDEN_LAYERS, Analysis, Difference, Layer, Proof
from wiretell.model.findings import Channel, Class, Explained, NotExamined, Verdict

_RANK: Final = {Class.COVERT: 0, Class.UNDECLARED: 1, Class.DECLARED: 2}
_SURE: Final = 0.05
"""Chance, after correction, up to which a cause may be claimed without flips."""
_TRANSLATED: Final = frozenset({Layer.GLYPH, Layer.SPACE, Layer.PUNCTUATION, Layer.CASE})
"""Layers that change along when a sentence is put into another language."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What the differences of an audit amount to."""

    channels: tuple[Channel, ...]
    """Covert ones first; `c1`, `c2`, ..."""
    explained: tuple[Explained, ...]
    not_examined: tuple[NotExamined, ...]
    unsettled: tuple[Difference, ...] = ()
    """Differences in model requests that are real and whose cause is not proven."""

    @property
    def verdict(self) -> Verdict:
        """The strongest class among the channels."""
        return Verdict(self.channels[0].cls) if self.channels else Verdict.CLEAN


def judge(analysis: Analysis, declares: Sequence[Declaration] = ()) -> Findings:
    """Make channels of differences.

    1. A difference whose cause is open, may be chance, or was refuted by a flip, is named but not claimed.
    2. Punctuation that changes along with the words of a translated sentence is part of it.
    3. The check of its layer says class and carrier; what the vendor documents turns undeclared into declared.
       Outside model requests, what is covert needs flips.
    4. Differences of one class, carrier and cause that vary in step are one channel.
    """
    claimed = [d for d in analysis.differences if _is_sure(d)]
    left = [d for d in analysis.differences if d not in claimed]
    explained = list(analysis.explained)
    judged: list[_Judged] = []
    for difference in claimed:
        if _is_translation(difference, claimed):
            explained.append(Explained(difference.where, "changes along with the language of the words around it"))
            continue
        judged.append((difference, *_declared(difference, _judgement(difference), declares)))
    channels = sorted(_joined(judged), key=_order)
    numbered = tuple(replace(channel, id=f"c{at}") for at, channel in enumerate(channels, 1))
    unsettled = tuple(d for d in left if d.asks_model and d.proof is not Proof.UNSTEADY)
    return Findings(numbered, tuple(explained), (*analysis.not_examined, *_unclaimed(left)), unsettled)


def _judgement(difference: Difference) -> Judgement:
    """Ask the check; in telemetry and its like, where places shift by themselves, nothing is covert without flips."""
    judgement = BY_LAYER[difference.layer].judge(difference)
    if judgement.cls is Class.COVERT and not difference.asks_model:
        return if_confirmed(difference, judgement.carrier)
    return judgement


def _is_sure(difference: Difference) -> bool:
    if difference.proof is Proof.OPEN or refuted(difference):
        return False
    return confirmed(difference) or difference.evidence.p_value <= _SURE


def _is_translation(difference: Difference, others: Iterable[Difference]) -> bool:
    if difference.layer not in _TRANSLATED or not follows_locale(difference):
        return False
    return any(
        other.layer is Layer.WORDING and other.line == difference.line and follows_locale(other) for other in others
    )


def _declared(
    difference: Difference, judgement: Judgement, declares: Sequence[Declaration]
) -> tuple[Judgement, tuple[str, ...]]:
    """Turn undeclared into declared where the vendor documents every fact; what is covert no document makes open."""
    if judgement.cls is not Class.UNDECLARED or not difference.facts:
        return judgement, ()
    place = f"{difference.where.part}:{difference.where.path}"
    sources = {
        declaration.fact: declaration.source
        for declaration in declares
        if not declaration.where or fnmatchcase(place, declaration.where)
    }
    if not set(difference.facts) <= sources.keys():
        return judgement, ()
    return replace(judgement, cls=Class.DECLARED), tuple(dict.fromkeys(sources[fact] for fact in difference.facts))


_Judged: TypeAlias = tuple[Difference, Judgement, tuple[str, ...]]


def _joined(judged: Iterable[_Judged]) -> Iterator[Channel]:
    groups: dict[Hashable, list[list[_Judged]]] = {}
    for one in sorted(judged, key=lambda one: -one[0].evidence.runs):
        difference, judgement, _ = one
        alike = groups.setdefault((judgement.cls, judgement.carrier, difference.facts), [])
        group = next((group for group in alike if _belongs(difference, group[0][0])), None)
        if group is None:
            alike.append([one])
        else:
            group.append(one)
    for alike in groups.values():
        yield from map(_channel, alike)


def _channel(group: Sequence[_Judged]) -> Channel:
    first, judgement, sources = min(group, key=lambda one: _prominence(one[0]))
    others = [difference.where for difference, _, _ in group if difference is not first]
    return Channel(
        id="",
        cls=judgement.cls,
        carrier=judgement.carrier,
        where=first.where,
        facts=first.facts,
        symbols=first.symbols,
        bits=round(log2(max(1, len(first.symbols))), 3),
        evidence=first.evidence,
        also=tuple(dict.fromkeys(others)),
        declared_by=sources,
        note=judgement.note,
    )


def _belongs(difference: Difference, other: Difference) -> bool:
    """Whether two places tell the same: in runs that show both, each symbol of one goes with one of the other.

    Places that repeat the same facts do, though one may repeat no more than a part of a level.
    """
    if difference.echoes and set(difference.echoes) == set(difference.facts) == set(other.echoes):
        return True
    ours, theirs = _by_run(difference), _by_run(other)
    pairs = {(symbol, theirs.get(run)) for run, symbol in ours.items()}
    return ours.keys() <= theirs.keys() and len(pairs) == len(difference.symbols) == len({two for _, two in pairs})


def _by_run(difference: Difference) -> dict[int, int]:
    return {run: at for at, symbol in enumerate(difference.symbols) for run in symbol.runs}


def _in_step(difference: Difference) -> Hashable:
    return frozenset(symbol.runs for symbol in difference.symbols)


def _prominence(difference: Difference) -> tuple[int, bool, bool, int, str, int]:
    """Show the place that tells most, and that a reader recognises: in a body, in running text, early."""
    where = difference.where
    return (
        -len(difference.symbols),
        where.part != "body",
        not difference.running_text,
        len(where.path),
        where.path,
        where.offset or 0,
    )


def _order(channel: Channel) -> tuple[int, float, int, str, str, str, int]:
    """Put covert channels first, those that tell most before others; open ones by place."""
    where = channel.where
    parts = {"body": 0, "head": 1}
    bits = -channel.bits if channel.cls is Class.COVERT else 0.0
    place = parts.get(where.part, 2), where.request, channel.carrier, where.path, where.offset or 0
    return _RANK[channel.cls], bits, *place


def _unclaimed(left: Iterable[Difference]) -> Iterator[NotExamined]:
    """Say what varied without a proven cause; places that vary in step once."""
    groups: dict[Hashable, list[Difference]] = {}
    for difference in left:
        groups.setdefault((_in_step(difference), difference.layer in HIDDEN_LAYERS), []).append(difference)
    for group in groups.values():
        first = group[0]
        place = " ".join(filter(None, (first.where.request, first.where.part, first.where.path)))
        more = f" and {len(group) - 1} places in step" if len(group) > 1 else ""
        yield NotExamined(f"cause of a difference ({first.layer.value}) at {place}{more}", _why(first))


def _why(difference: Difference) -> str:
    if difference.facts and not refuted(difference):
        chance = f"{difference.evidence.p_value:.2g}"
        return f"it goes with {' + '.join(difference.facts)}, but that may be chance (p = {chance})"
    if refuted(difference):
        return f"flips confirmed it only {difference.evidence.flips} times"
    if difference.suspects:
        return f"these would explain it equally: {'; '.join(' + '.join(names) for names in difference.suspects[:4])}"
    return "no set of up to four facts explains it; it may vary by itself, rarely"
