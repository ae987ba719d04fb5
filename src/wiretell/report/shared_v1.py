"""Parts that several documents of version 1 have in common."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from msgspec import Struct

from wiretell.errors import FormatError
from wiretell.model import findings, scan
from wiretell.model.scan import ListKind
from wiretell.report.form import Count, says


class NotExamined(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was not looked at."""

    what: Annotated[str, says("What was not looked at.")]
    why: Annotated[str, says("Why not.")]


class Package(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was read."""

    kind: Annotated[str, says("`npm`, `pypi`, `folder` or `file`.")]
    name: Annotated[str, says("Name of the package, or name of the folder or file.")]
    version: Annotated[str | None, says("Version of the package; null where there is none.")]
    sha256: Annotated[str, says("Of the archive, or of the sorted list of a folder's files; hex.")]


class Place(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where something stands."""

    file: Annotated[
        str,
        says(
            "Path inside the target. What was unpacked from a file follows after `!`, and offsets then count in the "
            "unpacked piece."
        ),
    ]
    offset: Annotated[Count, says("Bytes before it.")]
    length: Annotated[Count, says("Its bytes; 0 where only the beginning is known.")]


class DecodedList(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A text that was stored in another form, taken apart into its entries."""

    id: Annotated[str, says("Name of the list within this document.")]
    hidden: Annotated[bool, says("Whether it counts as a hidden list: every kind but `plain` does.")]
    kind: Annotated[
        ListKind,
        says(
            "`keyed`: a key had to be searched for. `layered`: no key, but more than one encoding, or a text turned "
            "round or rotated. `plain`: one usual encoding without a key."
        ),
    ]
    encoding: Annotated[
        tuple[str, ...], says("Steps of decoding in the order in which they are undone, such as `base64`, `xor`.")
    ]
    key: Annotated[str, says("Key of the decoding, hex; empty where there is none. Optional.")] = ""
    key_text: Annotated[
        str,
        says("The key as a reader may know it: one byte in decimal, a longer key that is ASCII as its text. Optional."),
    ] = ""
    separator: Annotated[
        str, says("What stood between entries; empty where there is one, or where each was stored by itself.")
    ]
    count: Annotated[Count, says("Number of entries.")]
    entries: Annotated[tuple[str, ...], says("The entries, in the order of the original.")]
    evidence_bits: Annotated[
        float,
        says(
            "Bits by which text under this decoding beats bytes without meaning, the cost of the search already "
            "taken off."
        ),
    ]
    search_bits: Annotated[float, says("That cost: log2 of the keys and decodings that were tried.")]
    sha256: Annotated[str, says("Of the decoded text (entries joined by the separator, UTF-8); hex.")]
    places: Annotated[tuple[Place, ...], says("Everywhere the same encoded bytes stand, first occurrence first.")]
    near: Annotated[
        tuple[str, ...], says("What stands within 2,000 bytes, such as `timezone Asia/Tokyo (420 before)`. Optional.")
    ] = ()


def not_examined(items: Iterable[findings.NotExamined]) -> tuple[NotExamined, ...]:
    """Return the public form of what was not looked at."""
    return tuple(NotExamined(what=item.what, why=item.why) for item in items)


def package(target: Mapping[str, str]) -> Package:
    """Return the public form of a target."""
    return Package(
        kind=target.get("kind", ""),
        name=target.get("name", ""),
        version=target.get("version") or None,
        sha256=target.get("sha256", ""),
    )


def places(found: Iterable[scan.Place]) -> tuple[Place, ...]:
    """Return the public form of places."""
    return tuple(Place(file=place.file, offset=place.offset, length=place.length) for place in found)


def decoded_list(found: scan.DecodedList, identifier: str) -> DecodedList:
    """Return the public form of a decoded list."""
    return DecodedList(
        id=identifier,
        hidden=found.hidden,
        kind=found.kind,
        encoding=found.encoding,
        key=found.key.hex(),
        key_text=key_text(found.key),
        separator=found.separator,
        count=len(found.entries),
        entries=found.entries,
        evidence_bits=found.evidence_bits,
        search_bits=found.search_bits,
        sha256=found.sha256,
        places=places(found.places),
        near=found.near,
    )


def key_text(key: bytes) -> str:
    """Return a key as a reader may know it: one byte in decimal, printable ASCII as text; else nothing."""
    if len(key) == 1:
        return str(key[0])
    text = key.decode("ascii", "replace")
    return text if text.isascii() and text.isprintable() else ""


def check_lists(document: str, lists: Iterable[Any]) -> None:
    """Refuse decoded lists that contradict themselves."""
    known = set()
    for found in lists:
        if found.id in known:
            raise FormatError(f"This {document} document has two lists of one id.")
        known.add(found.id)
        if found.count != len(found.entries):
            raise FormatError(f"A list of this {document} document does not have as many entries as it says.")
        if found.hidden != (found.kind is not ListKind.PLAIN):
            raise FormatError(f"A list of this {document} document is called hidden, or not, against its kind.")
