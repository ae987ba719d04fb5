"""What comparing versions finds: two by their literals, many by their channels, one against an earlier audit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from wiretell.model.findings import AuditResult, Carrier, Channel, NotExamined
from wiretell.model.scan import DecodedList, Place


class LiteralKind(StrEnum):
    """What a new or gone literal is, in the order in which a reader wants to see them."""

    LIST = "list"
    """A hidden list."""
    TIMEZONE = "timezone"
    LOOKALIKE = "lookalike"
    """A literal that is one character which looks like an ASCII one, or is not shown at all."""
    ENVIRONMENT = "environment"
    HOST = "host"
    COMPARED = "compared"
    """Something read is compared with it."""
    ENCODED = "encoded"
    """Looks like base64 or hexadecimal digits of something."""
    TEXT = "text"
    """Any other."""


class Change(StrEnum):
    """In which direction a literal changed."""

    NEW = "new"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class LiteralChange:
    """A literal that one version has and the other has not."""

    change: Change
    kind: LiteralKind
    value: str
    """The literal, decoded; of a list, its entries joined by the separator."""
    count: int
    """How often it stands in the version that has it."""
    places: tuple[Place, ...]
    """The first few."""
    codepoints: tuple[str, ...] = ()
    """Of a lookalike, `U+02BC`."""
    decoded: DecodedList | None = None
    """Of a list."""
    near: tuple[str, ...] = ()
    """Other new (or gone) literals of note close by: `list of 147 entries (420 after)`."""


@dataclass(frozen=True, slots=True)
class DiffResult:
    """Two packages by what their literals say; names that a minifier makes do not count."""

    a: Mapping[str, str]
    """`kind`, `name`, `version`, `sha256`."""
    b: Mapping[str, str]
    literals: tuple[LiteralChange, ...]
    """By kind in the order of `LiteralKind`, new before gone."""
    distinct_a: int
    """Distinct literals."""
    distinct_b: int
    not_examined: tuple[NotExamined, ...]
    wall_s: float = 0.0
    version: str = ""
    started: str = ""
    command: str = ""


class State(StrEnum):
    """Whether a version has a channel."""

    PRESENT = "present"
    ABSENT = "absent"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True)
class ChannelKind:
    """What makes a channel the same one in two versions; places move, carriers and facts do not."""

    id: str
    """`k1`, `k2`, ..."""
    carrier: Carrier
    facts: tuple[str, ...]
    request: str
    symbols: tuple[str, ...]
    """Values shown in any version, in order of first sight."""


@dataclass(frozen=True, slots=True)
class TriedVersion:
    """One version that was audited."""

    version: str
    published: str
    """UTC, ISO 8601."""
    states: Mapping[str, State]
    """Channel kind -> whether the version has it."""
    runs: int
    wall_s: float
    cached: bool = False
    """Taken from an earlier call."""
    reason: str = ""
    """Why it is inconclusive."""


@dataclass(frozen=True, slots=True)
class VersionRange:
    """Versions between which a channel was shown, without a tried version in between that lacks it."""

    channel: str
    """Id of the kind."""
    first: str
    first_published: str
    last: str
    last_published: str
    first_exact: bool
    """The published version just before was tried and lacks it (or there is none)."""
    last_exact: bool
    """The published version just after was tried and lacks it (or there is none)."""
    confirmed: int
    """Versions in the range that were tried and have it."""
    untried: int
    """Published versions in the range that were not tried, or gave nothing."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Published versions in a row that were not tried."""

    after: str
    before: str
    versions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HistoryResult:
    """When each channel came and went."""

    package: str
    start: str
    end: str
    channels: tuple[ChannelKind, ...]
    ranges: tuple[VersionRange, ...]
    tried: tuple[TriedVersion, ...]
    """In the order of versions."""
    gaps: tuple[Gap, ...]
    published: int
    """Published versions from start to end, both included."""
    unpublished: tuple[str, ...]
    """Version numbers inside the range that the registry does not have: `2.1.93`, or `2.1.93 to 2.1.95`."""
    not_examined: tuple[NotExamined, ...]
    audits: int
    """Made in this call; cached ones not counted."""
    wall_s: float = 0.0
    version: str = ""
    started: str = ""
    command: str = ""


class Fate(StrEnum):
    """What became of a channel of an earlier audit."""

    REMOVED = "removed"
    """The worlds that showed it were run again, and it showed nothing."""
    PRESENT = "present"
    UNKNOWN = "unknown"
    """Its worlds could not be run again, or the agent asked no model in them."""


@dataclass(frozen=True, slots=True)
class CheckedChannel:
    """A covert channel of an earlier audit, looked for again."""

    earlier: Channel
    fate: Fate
    now: Channel | None = None
    """The channel that was found in its stead."""
    runs: tuple[int, ...] = ()
    """Runs of the new audit in the worlds that had shown it."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class VerifyResult:
    """Whether what an earlier audit found is gone."""

    against: Mapping[str, str]
    """Target of the earlier audit."""
    channels: tuple[CheckedChannel, ...]
    new: tuple[Channel, ...]
    """Covert channels that the earlier audit did not have."""
    audit: AuditResult
    """The new one."""
    verdict: str
    """`removed`, `present` or `inconclusive`."""
    reasons: tuple[str, ...] = ()
    command: str = field(default="")
