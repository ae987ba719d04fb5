"""Scan results made by hand: what the lab's side of a scan is tested with. All names are invented."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence

from wiretell.model.findings import Lead, NotExamined
from wiretell.model.scan import Counted, DecodedList, ListKind, Mention, MentionKind, Place, ScanResult

HOSTS = ("qz", "kestrel-gateway.example", "api.lynx-hub.example", "orchard.test", "relay.plum-lab.test", "fen.invalid")
WORDS = ("marmalade", "quokka", "tamarind")


def decoded(
    entries: Sequence[str], *, offset: int = 100, bits: float = 200.0, kind: ListKind = ListKind.KEYED
) -> DecodedList:
    text = ",".join(entries).encode()
    return DecodedList(
        entries=tuple(entries),
        separator=",",
        encoding=("base64", "xor"),
        key=b"-",
        kind=kind,
        evidence_bits=bits,
        search_bits=26.0,
        sha256=hashlib.sha256(text).hexdigest(),
        places=(Place("cli.js", offset, len(base64.b64encode(text))),),
    )


def mention(kind: MentionKind, name: str, *offsets: int, values: Sequence[str] = ()) -> Mention:
    places = tuple(Place("cli.js", at, len(name)) for at in offsets)
    return Mention(kind, name, "", {"literal": len(offsets)}, places, tuple(values))


def result(
    lists: Sequence[DecodedList] = (), mentions: Sequence[Mention] = (), left: Sequence[NotExamined] = ()
) -> ScanResult:
    return ScanResult(
        target={"kind": "folder", "name": "x", "version": "", "sha256": "0" * 64},
        lists=tuple(lists),
        mentions=tuple(mentions),
        clusters=(),
        embedded=(),
        counted=Counted(1, 1000, 0, 10, 10),
        not_examined=tuple(left),
    )


def lead(*entries: str) -> Lead:
    return Lead(entries, ("base64", "xor"), "2d", "0" * 64, "cli.js", 100, 200.0)
