"""The scan document `wiretell/scan/1`: what reading a package finds, without running it.

Every number in it is a mention, never a proof. `form.py` says what all documents have in common.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from msgspec import Struct

from wiretell.errors import FormatError
from wiretell.model.scan import MentionKind
from wiretell.report.form import Amount, Count, Form, says
from wiretell.report.shared_v1 import DecodedList, NotExamined, Package, Place, check_lists


class Mention(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Something that the package names. Not a proof that it is used."""

    kind: Annotated[MentionKind, says("What it is a mention of.")]
    name: Annotated[str, says("The variable, interface, host, zone or literal.")]
    fact: Annotated[
        str, says("The fact of the lab that it belongs to, such as `env:NAME`, `timezone`, `machine_id`. Optional.")
    ] = ""
    count: Annotated[Count, says("How often it is mentioned.")]
    spellings: Annotated[
        dict[str, int], says("How it is written -> how often: `process.env.NAME`, `destructured`, `literal` ...")
    ]
    places: Annotated[tuple[Place, ...], says("The first few places.")]
    values: Annotated[
        tuple[str, ...], says("Literals that it is compared with, in order of appearance. Optional.")
    ] = ()
    codepoints: Annotated[
        tuple[str, ...], says("Of a lookalike: the characters concerned, such as `U+2019`. Optional.")
    ] = ()


class Cluster(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Finds of different kinds that stand close together."""

    place: Annotated[Place, says("From the first to the last of them.")]
    items: Annotated[tuple[str, ...], says("What they are, in order, such as `timezone Asia/Tokyo`.")]


class Embedded(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A file inside a file, or a file of a format of its own."""

    place: Annotated[Place, says("Where it stands.")]
    format: Annotated[
        str, says("`elf`, `bun`, `bun-module`, `zstd`, `gzip`, `zip`, `tar`, `wheel`, `mach-o`, `pe` or `wasm`.")
    ]
    read_as: Annotated[str, says("How it was read: `modules`, `unpacked`, `sections`, `raw bytes` or `not read`.")]
    note: Annotated[str, says("Anything a reader should know about it. Optional.")] = ""


class Counted(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much was read."""

    files: Annotated[Count, says("Files on disk.")]
    bytes: Annotated[Count, says("Their bytes.")]
    unpacked_bytes: Annotated[Count, says("Bytes of pieces that do not stand in the files as they are (decompressed).")]
    literals: Annotated[Count, says("String literals that a tokenizer read.")]
    candidates: Annotated[Count, says("Distinct encoded strings that were tried.")]


class ScanDocument(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One scan."""

    schema: Annotated[Literal["wiretell/scan/1"], says("Name and version of this form.")]
    target: Annotated[Package, says("What was read.")]
    hidden: Annotated[Count, says("Number of hidden lists.")]
    lists: Annotated[tuple[DecodedList, ...], says("Decoded lists: hidden ones first, most evidence first.")]
    mentions: Annotated[tuple[Mention, ...], says("What the package names.")]
    clusters: Annotated[tuple[Cluster, ...], says("What stands close together.")]
    embedded: Annotated[tuple[Embedded, ...], says("Files inside files, and how they were read.")]
    counted: Annotated[Counted, says("How much was read.")]
    levels: Annotated[dict[str, tuple[str, ...]], says("What the lab would try: fact -> levels.")]
    not_examined: Annotated[tuple[NotExamined, ...], says("What was not looked at, and why.")]
    wall_s: Annotated[Amount, says("Duration of the scan in seconds.")]
    native_s: Annotated[Amount, says("Of it, from raw bytes to scored lists.")]
    engine: Annotated[str, says("What did that pass: `numba` or `python`.")]
    started: Annotated[str, says("When the scan began: UTC, ISO 8601; empty in a reproducible document.")]
    wiretell: Annotated[str, says("Version of wiretell that wrote this; empty in a reproducible document.")]
    command: Annotated[str, says("A command that repeats this scan. Optional.")] = ""


def _check(document: ScanDocument) -> None:
    check_lists("scan", document.lists)
    if document.hidden != sum(found.hidden for found in document.lists):
        raise FormatError("This scan document does not have as many hidden lists as it says.")
    if any(mention.count != sum(mention.spellings.values()) for mention in document.mentions):
        raise FormatError("A mention in this scan document does not have as many spellings as it says.")


FORM: Final = Form("scan", ScanDocument, _check)
