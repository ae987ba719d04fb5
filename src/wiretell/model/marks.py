"""Marks: covert symbols in a text, the schemes that write them, and what reading, stripping and explaining give.

Offsets and lengths are in bytes where the text was given as `bytes`, in characters where it was given as `str`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import AnyStr, Generic

from wiretell.model.findings import NotExamined


class Certainty(StrEnum):
    """How sure a reader can be that the symbol was written as a mark."""

    CERTAIN = "certain"
    """In the one place where the scheme writes, with a symbol that nothing else is known to write there."""
    LIKELY = "likely"
    """The symbol of a scheme out of its place, or a hidden character for which no ordinary use fits."""
    POSSIBLE = "possible"
    """Ordinary writing does the same; worth a look where it repeats."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a scheme may read of the user's surroundings. Nothing here is ever sent."""

    base_url: str | None = None
    """`ANTHROPIC_BASE_URL`; None or empty where it is not set."""
    timezone: str | None = None
    """Name of the time zone as the runtime tells it (ECMA-402 `resolvedOptions().timeZone`); None: not known."""


@dataclass(frozen=True, slots=True)
class Signal:
    """One thing that a scheme looks for, and whether it is there."""

    name: str
    """As the package names it: `known`, `labKw`, `cnTZ`."""
    fires: bool
    source: str
    """What is read: `ANTHROPIC_BASE_URL`, `time zone`."""
    value: str
    """What was compared: the host name, the zone's name; empty where there is none."""
    rule: str = ""
    """`exact`, `suffix` or `substring`; empty where nothing matched."""
    entry: str = ""
    """The entry in the vendor's list that matched; empty where nothing did."""
    others: tuple[str, ...] = ()
    """Further entries that match, in the list's order."""
    why: str = ""
    """One sentence."""


@dataclass(frozen=True, slots=True)
class State:
    """One of the states that a scheme can write."""

    name: str
    """`none`, or the names of the signals that fire, joined by `+`: `known+cnTZ`."""
    number: int
    """The bits, first signal lowest: `known` 1, `labKw` 2, `cnTZ` 4."""
    meaning: str
    """One sentence."""


@dataclass(frozen=True, slots=True)
class Classification:
    """What a scheme makes of some settings."""

    scheme: str
    settings: Settings
    gate_open: bool
    """Whether the scheme looks at all; where not, the state is `none` whatever the signals are."""
    gate_why: str
    """One sentence."""
    signals: tuple[Signal, ...]
    """Every signal of the scheme in its order; behind a closed gate none fires, and `why` says what would."""
    state: State


@dataclass(frozen=True, slots=True)
class Mark:
    """A covert symbol found in a text."""

    scheme: str
    """`date-line`, or the name of a detector: `invisible`, `tags`, `bidi` ..."""
    state: str
    """Name of the scheme's state; of a detector, what kind it is: `U+200B x3`."""
    meaning: str
    """One sentence: what the state says, or what a reader does not see."""
    certainty: Certainty
    innocent: tuple[str, ...]
    """Ways in which it could be there without being a mark, one sentence each. Never empty."""
    codepoints: tuple[str, ...]
    """The characters that write it: `U+02BC`, each once, in order of appearance."""
    excerpt: str
    """What stands there and around it, decoded, at most 80 characters."""
    offset: int
    """Of its first symbol, in the text as given."""
    length: int
    """From there to the end of its last symbol, in the text as given."""
    path: str | None = None
    """JSON pointer (RFC 6901) of the string it stands in; None in plain text or where it could not be told."""
    within: tuple[str, ...] = ()
    """Where JSON stands in strings of JSON: pointers of those strings, outermost first; `path` is in the innermost."""
    line: int = 1
    """1-based line of the text as given, lines ended by LF."""
    hidden: str = ""
    """What tag characters or a run of invisible ones spell, where they spell something."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read in one text."""

    marks: tuple[Mark, ...] = ()
    """In the order of the text."""
    ordinary: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """What could carry a mark and is in ordinary use here (`joiner in an emoji`): kind -> how often. Not marks."""
    unmarked: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """Scheme -> places where it could have written a mark and wrote none (state `none`)."""
    not_examined: tuple[NotExamined, ...] = ()


@dataclass(frozen=True, slots=True)
class Edit:
    """One replacement in a text."""

    scheme: str
    rule: str
    """`apostrophe`, `separator`, or the detector's kind."""
    offset: int
    """In the text before any edit."""
    before: str
    """As it stood, in the text's own spelling: an escape stays an escape. Bytes that are no UTF-8 as U+DC80..U+DCFF."""
    after: str
    path: str | None = None
    within: tuple[str, ...] = ()
    line: int = 1


@dataclass(frozen=True, slots=True)
class Edited(Generic[AnyStr]):
    """A text after `strip` or `write`."""

    data: AnyStr
    edits: tuple[Edit, ...]
    """In the order of the text; empty: `data` is what was given."""
    left: tuple[Mark, ...] = ()
    """Marks that were seen and left alone, because they stand where edits are not allowed."""
    not_examined: tuple[NotExamined, ...] = ()


@dataclass(frozen=True, slots=True)
class VersionRange:
    """Published versions that write a scheme's marks, both ends included."""

    product: str
    first: str
    first_date: str
    """ISO 8601 day of publication, UTC."""
    last: str
    last_date: str
    source: str
    """Where that is known from."""


@dataclass(frozen=True, slots=True)
class Explained:
    """What some settings would be marked as: the answer of `wiretell marks explain`."""

    classification: Classification
    origin: Mapping[str, str]
    """`base_url`, `timezone` -> where the value comes from: `--timezone`, `this machine (TZ)`."""
    sentence: str
    """The date line as it would be written."""
    spellings: Mapping[str, str]
    """`utf-8` (hex bytes of the sentence), `json` (as a JSON string with escapes)."""
    versions: tuple[VersionRange, ...]
    notes: tuple[str, ...] = ()

    @property
    def state(self) -> State:
        """The state that would be written."""
        return self.classification.state


@dataclass(frozen=True, slots=True)
class Origin:
    """Who sent a record, by what, when: as far as the log says."""

    account: str = ""
    client: str = ""
    """Product by its user agent: `claude-cli`."""
    version: str = ""
    day: str = ""
    """ISO 8601, UTC."""


@dataclass(frozen=True, slots=True)
class Where:
    """Where a record stands."""

    source: str
    """The file as named by the user; `-` is standard input."""
    record: int
    """1-based: the line of JSON Lines, the entry of a HAR, the row of Parquet, the exchange of captures."""
    request: str = ""
    """Method and target, where the log has them: `POST /v1/messages?beta=true`."""
    column: str = ""
    """Of Parquet."""
    offset: int = 0
    """Bytes from the beginning of the file to the text's, for files read as they are; else 0."""
    line: int = 1
    """1-based line of the file on which the text begins; 1 where the source has no lines."""


@dataclass(frozen=True, slots=True)
class FoundMark:
    """A mark with its place in a log.

    `mark.offset` and `mark.line` count from the beginning of the file where it was read as it is (text, JSON, JSON
    Lines), from the beginning of the text elsewhere.
    """

    mark: Mark
    where: Where
    origin: Origin


@dataclass(frozen=True, slots=True)
class SourceRead:
    """One file that was read."""

    source: str
    form: str
    """`text`, `json`, `jsonl`, `har`, `captures`, `parquet`; `unread` where nothing of it could be examined."""
    records: int
    bytes: int
    """Unpacked; of a HAR its entries', of Parquet those of the columns as read."""
    marks: int


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """What was seen of one account, client, version and day."""

    origin: Origin
    records: int
    """With a mark, or with a place where one could have been written."""
    unmarked: Mapping[str, int]
    """Scheme -> places without a mark."""
    marks: Mapping[str, int]
    """`scheme:state` -> how often."""


@dataclass(frozen=True, slots=True)
class MarksResult:
    """What `wiretell marks read` found."""

    sources: tuple[SourceRead, ...]
    schemes: tuple[str, ...]
    """That were read for."""
    found: tuple[FoundMark, ...]
    """At most as many as were asked for; `total` says how many there were."""
    total: int
    counts: Mapping[str, int]
    """`scheme:state` -> how often, of all."""
    certainties: Mapping[str, int]
    """Certainty -> how often, of all."""
    ordinary: Mapping[str, int]
    summary: tuple[SummaryRow, ...]
    not_examined: tuple[NotExamined, ...]
    started: str = ""
    """UTC, ISO 8601."""
    wall_s: float = 0.0
    command: str = ""
    marked_records: int = 0
    """Records with a mark, of all."""


@dataclass(frozen=True, slots=True)
class EditResult:
    """What `wiretell marks strip` or `write` did to one text."""

    command: str
    """`strip` or `write`."""
    source: str
    schemes: tuple[str, ...]
    edits: tuple[Edit, ...]
    left: tuple[Mark, ...]
    not_examined: tuple[NotExamined, ...]
    bytes_before: int = 0
    bytes_after: int = 0
    state: str = ""
    """Of `write`: the state that was written."""
