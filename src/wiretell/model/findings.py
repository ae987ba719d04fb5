"""What an audit finds, with its evidence, and what it did not look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from wiretell.model.world import World


class Class(StrEnum):
    """How open a channel is about what it tells."""

    COVERT = "covert"
    UNDECLARED = "undeclared"
    DECLARED = "declared"


class Verdict(StrEnum):
    """The strongest class among the channels, or why there is none."""

    COVERT = "covert"
    UNDECLARED = "undeclared"
    DECLARED = "declared"
    CLEAN = "clean"
    INCONCLUSIVE = "inconclusive"


class Carrier(StrEnum):
    """How a channel writes."""

    HOMOGLYPH = "homoglyph"
    INVISIBLE = "invisible"
    WHITESPACE = "whitespace"
    FORMAT = "format"
    CASE = "case"
    ORDER = "order"
    NUMBER = "number"
    ESCAPE = "escape"
    PRESENCE = "presence"
    WORDING = "wording"
    IDENTIFIER = "identifier"
    SIZE = "size"
    TIMING = "timing"
    DESTINATION = "destination"
    OPAQUE = "opaque"


CHARACTER_CARRIERS = frozenset({Carrier.HOMOGLYPH, Carrier.INVISIBLE, Carrier.WHITESPACE, Carrier.FORMAT})
"""Carriers whose symbols are told apart by their code points."""


@dataclass(frozen=True, slots=True)
class Where:
    """A place in what an agent sends."""

    request: str
    """`POST /v1/messages`; empty for `part` run."""
    part: str
    """`head`, `body`, `connection` or `run`."""
    path: str
    """JSON pointer in a body, header name in a head, name of the feature elsewhere."""
    offset: int | None = None
    """Offset in characters inside the decoded text at `path`, in the baseline world."""


@dataclass(frozen=True, slots=True)
class Symbol:
    """One value that a channel was shown to write, and when."""

    value: str
    codepoints: tuple[str, ...]
    """`U+02BC`, one per character; only for character carriers."""
    when: tuple[Mapping[str, tuple[str, ...]], ...]
    """Each combination of levels that was shown to write it: fact -> levels."""
    context: str = ""
    """The text around it as sent, for reading (`Today\u02bcs date is`)."""
    runs: tuple[int, ...] = ()
    """Numbers of the runs that showed it."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why a channel is believed."""

    runs: int
    """Runs in which the place was seen."""
    flips: str | None
    """`4/4`: confirmed of tried; None where no flip was made."""
    p_value: float
    """Chance of so good a fit if no fact mattered, after Holm's correction."""
    rate: float | None = None
    """Share of repeats that show the symbol, where it is not 1."""
    flip_runs: tuple[tuple[int, int], ...] = ()
    """Pairs (run without, run with) of the flips."""


@dataclass(frozen=True, slots=True)
class Channel:
    """A difference with its cause proven: facts -> symbols."""

    id: str
    cls: Class
    carrier: Carrier
    where: Where
    facts: tuple[str, ...]
    symbols: tuple[Symbol, ...]
    bits: float
    evidence: Evidence
    also: tuple[Where, ...] = ()
    """Other places that vary in step with this one."""
    declared_by: tuple[str, ...] = ()
    """URLs, for class `declared`."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Explained:
    """A difference that is no act of the agent, or follows from another: said once, claimed never."""

    where: Where
    cause: str


@dataclass(frozen=True, slots=True)
class FactCoverage:
    """What was tried of one fact."""

    levels: tuple[str, ...]
    paired: int
    """Levels that took part in the pairwise array."""
    alone: int
    """Levels that were tried by themselves."""


@dataclass(frozen=True, slots=True)
class NotExamined:
    """What was not looked at, and why."""

    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Coverage:
    """What was examined and, as plainly, what was not."""

    facts: Mapping[str, FactCoverage]
    not_examined: tuple[NotExamined, ...]


@dataclass(frozen=True, slots=True)
class Destination:
    """A host that the agent reached for."""

    name: str
    address: str
    port: int
    protocol: str
    """`https`, `http`, `dns`, `udp`, `tcp`."""
    looked_up: bool
    requests: int
    bytes: int
    when: str
    """`official`, `custom`, `always`, or `some runs`."""


@dataclass(frozen=True, slots=True)
class FixedText:
    """A piece of a template's text between spans that vary, described so that it can be found and checked again."""

    begins: str
    """Its first characters, at most 16: an anchor to look for."""
    length: int
    """In characters."""
    sha256: str
    """Of the whole piece, UTF-8; hex."""


@dataclass(frozen=True, slots=True)
class TemplateText:
    """A fixed text of the model request with the spans that vary."""

    path: str
    sha256: str
    """Of the text with the varying spans cut out, UTF-8."""
    varies: tuple[tuple[int, int], ...]
    """Spans [start, end) in characters of the baseline text."""
    fixed: tuple[FixedText, ...] = ()
    """The pieces before, between and behind the spans, one more than spans; empty where nothing varies."""


@dataclass(frozen=True, slots=True)
class Controls:
    """Each `pass`, or a sentence that says what failed; anything but `pass` makes the audit inconclusive."""

    recorder: str = "not run"
    """The recorder alters nothing: what a known client sent is what was stored."""
    canary: str = "not run"
    """A planted agent with a known covert channel was caught."""
    sealed: str = "not run"
    """No packet left, and nothing outside could be reached."""

    @property
    def passed(self) -> bool:
        """Whether all three controls passed."""
        return self.recorder == self.canary == self.sealed == "pass"


@dataclass(frozen=True, slots=True)
class RunSummary:
    """One row of the table of worlds."""

    run: int
    purpose: str
    world: World
    symbols: Mapping[str, int] = field(default_factory=dict)
    """Channel id -> index of the symbol this run showed."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Lead:
    """A list that a scan decoded and the lab took levels from."""

    entries: tuple[str, ...]
    encoding: tuple[str, ...]
    key: str
    """Hex; empty where there is none."""
    sha256: str
    """Of the decoded text, hex."""
    file: str
    offset: int
    evidence_bits: float


class Reach(StrEnum):
    """How a level of a sweep was made of an entry."""

    EXACT = "exact"
    """The entry itself (a keyword that is no host name: as the first label of a reserved name)."""
    SUBDOMAIN = "subdomain"
    """A label and a dot before the entry."""
    GLUED = "glued"
    """Letters before the entry, without a dot: hit by substring rules, missed by suffix rules that mind the dot."""
    INSIDE = "inside"
    """Letters before it, and a reserved name after it: hit by substring rules alone."""
    ALTERED = "altered"
    """The entry with one letter changed: a near miss of any rule that minds each letter."""


@dataclass(frozen=True, slots=True)
class SweptLevel:
    """One level of a sweep, and what the agent wrote."""

    entry: str
    lead: int
    """Index into `Sweep.leads`."""
    reach: Reach
    level: str
    run: int | None
    """None where it was not run, or the agent asked no model in that run."""
    symbols: Mapping[str, int] = field(default_factory=dict)
    """Channel id -> index of the symbol shown."""
    hit: bool = False
    """Some covert channel showed another symbol than in the baseline world."""
    foretold: bool | None = None
    """Whether the inferred rule says the same; None where no rule was inferred."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """Every entry of decoded lists, tried one by one as levels of a fact."""

    fact: str
    leads: tuple[Lead, ...]
    levels: tuple[SweptLevel, ...]
    confirmed: int
    """Entries whose exact level is a hit."""
    entries: int
    rules: tuple[str, ...] = ()
    """A sentence for each list: by which rule its entries are matched, as far as the bytes tell; several may remain."""
    exceptions: tuple[str, ...] = ()
    """Near misses that are hits, each with the entry and rule that explains it, or that nothing explains it."""


@dataclass(frozen=True, slots=True)
class AuditResult:
    """Everything that a report is made of."""

    target: Mapping[str, str]
    """`kind`, `name`, `version`, `sha256`, `agent`."""
    verdict: Verdict
    channels: tuple[Channel, ...]
    coverage: Coverage
    destinations: tuple[Destination, ...]
    template: tuple[TemplateText, ...]
    controls: Controls
    runs: int
    wall_s: float
    agent_cpu_s: float
    control_cpu_s: float = 0.0
    """CPU seconds of the control agent, whose runs are not counted."""
    lab_cpu_s: float = 0.0
    seed: int = 0
    explained: tuple[Explained, ...] = ()
    table: tuple[RunSummary, ...] = ()
    reasons: tuple[str, ...] = ()
    """Why the verdict is inconclusive, in sentences; empty otherwise."""
    version: str = ""
    """wiretell's own."""
    started: str = ""
    """UTC, ISO 8601."""
    command: str = ""
    """A command that repeats this audit."""
    leads: tuple[Lead, ...] = ()
    """What a scan decoded before the runs, hidden lists alone."""
    sweeps: tuple[Sweep, ...] = ()
