"""What reading a package finds, without running it. Every number is a mention, never a proof.

All offsets and lengths are in bytes of the file (or of the unpacked piece) that a `Place` names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from wiretell.model.findings import NotExamined


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something stands."""

    file: str
    """Path inside the target; what was unpacked from a file follows after `!`: `bin/claude!/$bunfs/root/cli.js`."""
    offset: int
    length: int = 0


class ListKind(StrEnum):
    """How a decoded text was hidden."""

    KEYED = "keyed"
    """Decoded by a key that had to be searched for."""
    LAYERED = "layered"
    """No key, but more than one encoding, or a text turned round or rotated: no usual way to store a list."""
    PLAIN = "plain"
    """One usual encoding (base64, hexadecimal digits ...) without a key. Listed, and no hidden list by itself."""


@dataclass(frozen=True, slots=True)
class DecodedList:
    """A text that was stored in another form, taken apart into its entries."""

    entries: tuple[str, ...]
    """In the order of the original."""
    separator: str
    """What stood between entries; empty where there is one entry, or where each was stored by itself."""
    encoding: tuple[str, ...]
    """Steps of decoding in the order in which they are undone: (`base64`, `xor`), (`split`, `base64`, `gzip`)."""
    key: bytes
    """Empty where there is none. Of `xor`, `add`, `sub`: the repeating key; of `xor-index`, `add-index`: one byte."""
    kind: ListKind
    evidence_bits: float
    """Bits by which text under this decoding beats bytes without meaning, the cost of the search already taken off."""
    search_bits: float
    """That cost: log2 of the keys and decodings that were tried."""
    sha256: str
    """Of the decoded text (entries joined by the separator, UTF-8), hex."""
    places: tuple[Place, ...]
    """Everywhere the same encoded bytes stand, first occurrence first."""
    near: tuple[str, ...] = ()
    """What stands within `NEAR` bytes: `timezone Asia/Shanghai (420 before)`."""

    @property
    def hidden(self) -> bool:
        """Whether it counts as a hidden list."""
        return self.kind is not ListKind.PLAIN


NEAR = 2000
"""Bytes within which two finds count as standing together."""


class MentionKind(StrEnum):
    """What a mention is of."""

    ENVIRONMENT = "environment"
    """Name of an environment variable."""
    SURROUNDINGS = "surroundings"
    """An interface that reads a fact: time zone, host name, user, network interfaces, machine id."""
    HOST = "host"
    TIMEZONE = "timezone"
    """An IANA time zone name as a literal."""
    LOOKALIKE = "lookalike"
    """A literal with a character that looks like an ASCII one, or is not shown at all."""
    COMPARED = "compared"
    """A literal that something read from the surroundings is compared with."""


@dataclass(frozen=True, slots=True)
class Mention:
    """Something that a package names. Not a proof that it is used."""

    kind: MentionKind
    name: str
    """The variable, interface, host, zone or literal."""
    fact: str
    """The fact of the lab that it belongs to (`env:NAME`, `timezone`, `machine_id`); empty where there is none."""
    spellings: Mapping[str, int]
    """How it is written -> how often: `process.env.NAME`, `destructured`, `property`, `literal`, `os.environ` ..."""
    places: tuple[Place, ...]
    """The first few."""
    values: tuple[str, ...] = ()
    """Literals it is compared with, in order of appearance."""
    codepoints: tuple[str, ...] = ()
    """Of a lookalike: the characters concerned, `U+02BC`."""

    @property
    def count(self) -> int:
        """How often it is mentioned."""
        return sum(self.spellings.values())


@dataclass(frozen=True, slots=True)
class Cluster:
    """Finds of different kinds that stand close together."""

    place: Place
    """From the first to the last of them."""
    items: tuple[str, ...]
    """What they are, in order: `timezone Asia/Shanghai`, `lookalike U+02BC`, `list of 147 entries`."""


@dataclass(frozen=True, slots=True)
class Embedded:
    """A file inside a file, or a file of a format of its own."""

    place: Place
    format: str
    """`elf`, `bun`, `bun-module`, `zstd`, `gzip`, `zip`, `tar`, `wheel`, `mach-o`, `pe`, `wasm`."""
    read_as: str
    """How it was read: `modules`, `unpacked`, `sections`, `raw bytes`, `not read`."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Counted:
    """How much was read."""

    files: int
    bytes: int
    """Of files on disk."""
    unpacked_bytes: int
    """Of pieces that do not stand in the files as they are (decompressed)."""
    literals: int
    """String literals that a tokenizer read."""
    candidates: int
    """Distinct encoded strings that were tried."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A string literal of a program, decoded."""

    value: str
    place: Place


@dataclass(frozen=True, slots=True)
class ScanResult:
    """Everything that reading a target finds."""

    target: Mapping[str, str]
    """`kind`, `name`, `version`, `sha256`."""
    lists: tuple[DecodedList, ...]
    """Hidden ones first, most evidence first."""
    mentions: tuple[Mention, ...]
    clusters: tuple[Cluster, ...]
    embedded: tuple[Embedded, ...]
    counted: Counted
    not_examined: tuple[NotExamined, ...]
    levels: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """What the lab would try: fact -> levels."""
    wall_s: float = 0.0
    native_s: float = 0.0
    """Of it, from raw bytes to scored lists."""
    engine: str = ""
    """What did the native pass: `numba` or `python`."""
    version: str = ""
    started: str = ""
    command: str = ""

    @property
    def hidden(self) -> tuple[DecodedList, ...]:
        """The lists that count as hidden."""
        return tuple(found for found in self.lists if found.hidden)
