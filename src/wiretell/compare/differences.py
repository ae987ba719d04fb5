"""From observed runs to differences with causes."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from wiretell.compare import confirm, derived, noise, rates, reading
from wiretell.compare.attribution import Cause, attribute
from wiretell.compare.bits import regular_bits
from wiretell.compare.body import compare_bodies
from wiretell.compare.echo import find_echoes
from wiretell.compare.features import Collector, Feature
from wiretell.compare.head import compare_heads
from wiretell.compare.noise import Steadiness
from wiretell.compare.roles import Observations
from wiretell.compare.surroundings import (
    compare_chunks,
    compare_destinations,
    compare_handshakes,
    compare_outcomes,
    compare_payloads,
    compare_requests,
)
from wiretell.compare.worlds import Catalogue, Table, follows_latent
from wiretell.model.difference import HIDDEN_LAYERS, Analysis, Difference, Echo, Layer, Proof
from wiretell.model.findings import Evidence, Explained, NotExamined, Where

_FEW: Final = 4
_SLIGHT: Final = 0.01
"""Largest change of a number, relative to it, that tells nothing: 32000 and 32001."""

_CALENDAR: Final = frozenset({"clock", "timezone", "tz_env", "tz_file"})
_NATURAL: Final[Mapping[Layer, tuple[frozenset[str], ...]]] = {
    Layer.DATE: (_CALENDAR, _CALENDAR | {"locale"}),
}
"""Facts that a layer follows by its nature, the likelier first: believed without further proof where they explain it.

Which day it is, a zone decides before a locale does; in a row where both ride, either explains another day.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A feature that varies between worlds, and what is known of its cause."""

    feature: Feature
    steadiness: Steadiness
    cause: Cause
    echoes: Mapping[str, Echo]
    flips: confirm.Flips
    asks_model: bool
    """Whether the request asks a model for an answer; all else is measurements and housekeeping."""

    @property
    def slight(self) -> bool:
        """Whether a number of a model request changes by so little that it tells a reader nothing."""
        return self.asks_model and is_slight(self.feature)

    @property
    def hidden(self) -> bool:
        """Whether it must be proven by flips before it counts; words and numbers that follow the clock are a time."""
        if self.feature.layer in HIDDEN_LAYERS:
            return True
        return self.cause.facts != ("clock",) and (self.reworded or self.slight)

    @property
    def reworded(self) -> bool:
        """Whether a word or two stand for others in a sentence, so that it could be a mark made of wording."""
        if self.feature.layer is not Layer.WORDING or self.echoes or not self.feature.spans:
            return False
        values = {span.value for span in self.feature.spans.values()}
        span = next(iter(self.feature.spans.values()))
        return len(values) <= 8 and all(map(_is_phrase, values)) and reading.in_running_text(span)


def is_slight(feature: Feature) -> bool:
    """Whether a number changes by so little that it tells a reader nothing."""
    if feature.layer is not Layer.NUMBER:
        return False
    values = [float(shown) for shown in set(feature.display.values())]
    if len(values) > _FEW:
        return False  # as many as a length or a count has
    return max(values) - min(values) <= _SLIGHT * max(map(abs, values))


def _is_phrase(value: str) -> bool:
    return 0 < len(value) <= 40 and all(word.isalpha() for word in value.split())


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """All that comparing knows: the analysis for the checks, and what is needed to plan further worlds."""

    observations: Observations
    catalogue: Catalogue
    table: Table
    found: tuple[Found, ...]
    varying: Mapping[Where, Sequence[tuple[int, int]]]
    """Text that the calibrated world sends -> spans of it that vary in any run, noise included."""
    analysis: Analysis


def collect(observations: Observations) -> Collector:
    """Gather everything that varies between any two runs."""
    repeats = (run for run, capture in observations.captures.items() if capture.purpose == "calibration")
    out = Collector(observations.base, frozenset(repeats))
    compare_requests(out, observations)
    for role, requests in observations.roles.items():
        compare_heads(out, role, requests)
        compare_bodies(out, Where(role.label, "body", ""), {run: seen.body for run, seen in requests.items()})
        compare_chunks(out, role, requests)
    compare_destinations(out, observations)
    compare_payloads(out, observations)
    compare_handshakes(out, observations)
    compare_outcomes(out, observations)
    return out


def differences(observations: Observations, catalogue: Catalogue) -> Comparison:
    """Compare runs.

    1. What varies between repeats of one world is noise; its length, or a bit of it, may still follow a fact.
    2. What is a function of the scheme or a proxy, in heads and handshakes, is the runtime's; what is one of the rest
       of its request is a checksum.
    3. Everything else is a difference: its facts are sought, and open echoes of them.
    """
    table = Table.of(observations.worlds)
    collected = collect(observations)
    judged = [(feature, noise.steadiness(feature, observations.captures)) for feature in collected.features]
    noisy = [feature for feature, steady in judged if steady is Steadiness.NOISE]
    inside = [*noise.sizes(noisy), *regular_bits(noisy, table, observations.captures)]
    judged += [(feature, noise.steadiness(feature, observations.captures)) for feature in inside]
    work = _Work(observations, catalogue, table, [feature for feature, how in judged if how is not Steadiness.NOISE])
    found: list[Found] = []
    explained: list[Explained] = []
    for feature, steady in judged:
        if steady is Steadiness.NOISE:
            continue
        outcome = work.examine(feature, steady)
        if isinstance(outcome, Explained):
            explained.append(outcome)
        else:
            found.append(outcome)
    found.sort(key=lambda one: (_urgency(one), one.feature.where.request, one.feature.id))
    flipped = {one.feature.id: confirm.flip_chance(one.feature.symbols, one.flips) for one in found if one.flips.tried}
    told = _corrected([difference for one in found if (difference := work.tell(one))], flipped)
    named = {difference.id for difference in told}
    unsteady = [one.feature for one in found if one.cause.proof is Proof.UNSTEADY and one.feature.id not in named]
    left_out = (
        *noise.capacity([*noisy, *unsteady]),
        *noise.unsteady_places([*noisy, *unsteady]),
        NotExamined("timing of requests", "times on a shared machine vary more than a hidden signal would"),
        NotExamined(
            "content of files that the agent leaves behind", "they stay on the machine; what is sent was compared"
        ),
    )
    analysis = Analysis(told, tuple(explained), left_out)
    return Comparison(observations, catalogue, table, tuple(found), collected.varying, analysis)


def _urgency(one: Found) -> int:
    """Return what to prove first: what no eye sees, where a model is asked before elsewhere; then all the rest."""
    elsewhere = not one.asks_model
    return elsewhere * 2 + (one.feature.layer not in HIDDEN_LAYERS) if one.hidden else 4 + elsewhere


def _corrected(told: Sequence[Difference], flipped: Mapping[str, float]) -> tuple[Difference, ...]:
    """Correct chances for how many causes were tried (Holm); places that vary in step are one.

    `flipped` holds, by difference, the chance of what its flips showed. Flips are made after a cause is named and on
    fresh runs, so that they are corrected for the causes that were flipped alone (Sunlight, CCS 2015).
    """
    groups = {_in_step(difference): difference.evidence.p_value for difference in told}
    chances = dict(zip(groups, confirm.holm(list(groups.values())), strict=True))
    tried = len({_in_step(difference) for difference in told if difference.id in flipped})
    return tuple(
        replace(
            difference,
            evidence=replace(
                difference.evidence,
                p_value=min(chances[_in_step(difference)], tried * flipped.get(difference.id, 1.0) or 1.0),
            ),
        )
        for difference in told
    )


def _in_step(difference: Difference) -> Hashable:
    return frozenset(symbol.runs for symbol in difference.symbols)


class _Work:
    """One comparison in progress; remembers what many features share."""

    def __init__(
        self, observations: Observations, catalogue: Catalogue, table: Table, all_features: Sequence[Feature]
    ) -> None:
        self._observations = observations
        self._catalogue = catalogue
        self._table = table
        self._causes: dict[Hashable, Cause] = {}
        self._requests: dict[str, list[Feature]] = {}
        for feature in all_features:
            self._requests.setdefault(feature.where.request, []).append(feature)
        self._lengths = {
            role.label: {run: len(seen.body) for run, seen in requests.items()}
            for role, requests in observations.roles.items()
        }

    def examine(self, feature: Feature, steady: Steadiness) -> Found | Explained:
        """Explain a feature, or find what its cause may be."""
        if feature.layer is Layer.OUTCOME:
            return Explained(feature.where, "differs between runs; it is seen in the lab and not sent")
        if feature.where.part in ("head", "connection") and (
            names := follows_latent(feature.symbols, self._table.worlds)
        ):
            return Explained(feature.where, f"follows from {' and '.join(names)}, as HTTP libraries do by themselves")
        lengths = self._lengths.get(feature.where.request, {})
        if feature.layer is Layer.CHUNKS and derived.follows_threshold(feature, lengths):
            return Explained(feature.where, "follows from the length of the body")
        cause = self._cause(feature)
        may_be_derived = steady is Steadiness.STEADY and (cause.proof is not Proof.PROVEN or len(cause.facts) > 1)
        if may_be_derived and derived.follows_rest(feature, self._requests[feature.where.request]):
            return Explained(feature.where, "follows from the rest of the request: a checksum or signature of it")
        echoes = find_echoes(feature.spans, feature.symbols, self._table, self._catalogue.canaries)
        cause = self._believed(feature, cause, echoes)
        found = confirm.flips(feature.symbols, cause.facts, self._table, self._observations.captures)
        return Found(feature, steady, cause, echoes, found, feature.where.request in self._observations.models)

    def _cause(self, feature: Feature) -> Cause:
        key = derived.partition(feature.symbols)
        if key not in self._causes:
            self._causes[key] = attribute(feature.symbols, self._table)
        return self._causes[key]

    def _believed(self, feature: Feature, cause: Cause, echoes: Mapping[str, Echo]) -> Cause:
        """Prefer, where no cause is proven, facts that the place openly repeats, or follows by its nature."""
        if cause.proof in (Proof.PROVEN, Proof.UNSTEADY):
            return cause
        for natural in (frozenset(echoes), *_NATURAL.get(feature.layer, ())):
            fitting = [names for names in cause.suspects if set(names) <= natural]
            if fitting:
                return replace(cause, proof=Proof.LIKELY, facts=min(fitting, key=len), conflict=None)
        return cause

    def tell(self, one: Found) -> Difference | None:
        """Write a finding down as a difference; None for what varies by itself after all."""
        facts, proof = one.cause.facts, one.cause.proof
        evidence = Evidence(len(one.feature.symbols), one.flips.score, one.cause.chance, None, one.flips.confirmed)
        if proof is Proof.UNSTEADY:
            known = self._rate(one.feature)
            if known is None:
                return None
            facts, proof = (known.fact,), Proof.RATE
            evidence = Evidence(len(one.feature.symbols), None, known.chance, known.share)
        feature, base = one.feature, self._observations.base
        sample = feature.spans.get(base) or next(iter(feature.spans.values()), None)
        return Difference(
            id=feature.id,
            where=feature.where,
            layer=feature.layer,
            facts=facts,
            symbols=reading.symbols(feature, facts, self._table, base),
            proof=proof,
            evidence=evidence,
            echoes={fact: how for fact, how in one.echoes.items() if fact in facts},
            suspects=one.cause.suspects,
            running_text=sample is not None and reading.in_running_text(sample),
            locale_form=reading.is_locale_form(feature, self._table),
            line=reading.line(sample) if sample else "",
            asks_model=one.asks_model,
            slight=one.slight,
            follows_length=derived.follows_length(feature, self._lengths.get(feature.where.request, {}), self._table),
        )

    def _rate(self, feature: Feature) -> rates.Rate | None:
        known = usual_rate(feature, self._observations, self._table)
        return known if known and known.chance <= rates.BELIEVED else None


def usual_rate(feature: Feature, observations: Observations, table: Table) -> rates.Rate | None:
    """Return the level that makes another symbol than the calibrated world's most frequent."""
    if observations.base not in feature.symbols:
        return None
    return rates.rate(feature.symbols, feature.symbols[observations.base], table)
