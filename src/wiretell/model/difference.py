"""What comparing hands to checking: differences between worlds, each with its cause and how well that is proven.

A *layer* says in what respect the bytes differ. One place can differ in several: a date's day follows the clock while
its separator follows the time zone. Each layer is a difference of its own, so that each finds its own cause.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from wiretell.model.findings import Evidence, Explained, NotExamined, Symbol, Where


class Layer(StrEnum):
    """In what respect bytes differ, from the hidden to the plain."""

    GLYPH = "glyph"
    """Characters that look alike (UTS #39 skeleton), invisible ones and white space left aside."""
    INVISIBLE = "invisible"
    """Default-ignorable code points in otherwise equal text."""
    SPACE = "space"
    """White space in otherwise equal text."""
    DATE_FORMAT = "date-format"
    """The same date written otherwise."""
    PUNCTUATION = "punctuation"
    """One mark in place of another (a list's bullet, a closing stop), no letter or digit among them."""
    CASE = "case"
    NUMBER_SPELLING = "number-spelling"
    """The same number written otherwise: 1 and 1.0."""
    ESCAPE = "escape"
    """The same JSON string written otherwise: `\\u2019` and the character itself."""
    JSON_SPACE = "json-space"
    """White space between the tokens of a JSON document."""
    DUPLICATE = "duplicate"
    """How often a JSON object names a key."""
    ORDER = "order"
    """Order of headers, keys, array items, query parameters."""
    DATE = "date"
    """Another date."""
    NUMBER = "number"
    """Another number."""
    WORDING = "wording"
    """Other text."""
    KIND = "kind"
    """Another JSON type."""
    PRESENCE = "presence"
    """There or not: a request, header, field, array item."""
    SIZE = "size"
    """Length of bytes that are random otherwise."""
    BITS = "bits"
    """A regularity inside bytes that are random otherwise."""
    CHUNKS = "chunks"
    """How a body was cut into pieces."""
    DESTINATION = "destination"
    """A host looked up or dialled."""
    HANDSHAKE = "handshake"
    """What the client offers before the first request: TLS, ALPN."""
    OPAQUE = "opaque"
    """Bytes that are neither JSON nor text."""
    OUTCOME = "outcome"
    """Exit code, files left behind: seen in the lab, not sent."""


HIDDEN_LAYERS = frozenset(
    {
        Layer.GLYPH,
        Layer.INVISIBLE,
        Layer.SPACE,
        Layer.DATE_FORMAT,
        Layer.PUNCTUATION,
        Layer.CASE,
        Layer.NUMBER_SPELLING,
        Layer.ESCAPE,
        Layer.JSON_SPACE,
        Layer.DUPLICATE,
        Layer.ORDER,
        Layer.BITS,
        Layer.SIZE,
        Layer.CHUNKS,
    }
)
"""Layers a reader does not see, or sees without being told anything: their causes are proven first, and by flips."""


class Proof(StrEnum):
    """How well the facts behind a difference are known."""

    PROVEN = "proven"
    """Each fact changes the symbol with everything else equal, and together they predict every run."""
    LIKELY = "likely"
    """One set of facts predicts every run by far better than chance and than any other set."""
    OPEN = "open"
    """Several sets of facts would do."""
    RATE = "rate"
    """A fact changes how often the symbol is shown, not whether."""
    UNSTEADY = "unsteady"
    """It varies between runs of one world, though calibration did not show it."""


class Echo(StrEnum):
    """How a value repeats the level of a fact."""

    PLAIN = "plain"
    ENCODED = "encoded"
    """URL encoding, base64 or hexadecimal digits of the level."""
    HASHED = "hashed"
    """The beginning of its MD5, SHA-1 or SHA-256."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A place, and a respect in which it varies between worlds more than between repeats of one world."""

    id: str
    """Stays the same while runs are added: made of place and layer."""
    where: Where
    layer: Layer
    facts: tuple[str, ...]
    """Sorted; empty where no cause is known."""
    symbols: tuple[Symbol, ...]
    """The calibrated world's first, then by first run."""
    proof: Proof
    evidence: Evidence
    echoes: Mapping[str, Echo] = field(default_factory=dict)
    """Facts whose levels the place openly repeats, and how."""
    suspects: tuple[tuple[str, ...], ...] = ()
    """The sets of facts that would do, best first, where `proof` is not `proven`."""
    running_text: bool = False
    """Inside a sentence: words on the same line, before and after."""
    locale_form: bool = False
    """Each date format shown is a numeric form of CLDR for the locale of every world that showed it."""
    line: str = ""
    """The line of text around the place, in the calibrated world (at most 200 characters)."""
    follows_length: bool = False
    """Numbers and lengths that grow with the length of a fact's level, or with the size of the body."""
    asks_model: bool = True
    """Whether the request asks a model for an answer."""
    slight: bool = False
    """Numbers that differ by so little that it tells a reader nothing."""

    @property
    def hidden(self) -> bool:
        """Whether a reader would not see it."""
        return self.layer in HIDDEN_LAYERS


@dataclass(frozen=True, slots=True)
class Analysis:
    """Everything that comparing the runs of an audit says."""

    differences: tuple[Difference, ...]
    explained: tuple[Explained, ...]
    not_examined: tuple[NotExamined, ...]
    """Noise that could carry something, and differences whose cause stayed open."""
