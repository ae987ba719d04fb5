"""Scans as the scan stage would hand them over, for the tests of the report. Every name, host and number is made up."""

from __future__ import annotations

import hashlib

from wiretell.model.findings import NotExamined
from wiretell.model.scan import (
    Cluster,
    Counted,
    DecodedList,
    Embedded,
    ListKind,
    Mention,
    MentionKind,
    Place,
    ScanResult,
)

TARGET = {"kind": "npm", "name": "@example/agent", "version": "4.2.0", "sha256": "7a0c" * 16}
HOSTS = tuple(f"{word}.{top}.example" for word in ("apple", "birch", "cedar", "elm") for top in ("one", "two", "three"))
WORDS = ("orchard", "meadow", "river")
FILE = "package/cli.js"
BINARY = "package/bin/agent"
MODULE = f"{BINARY}!/$bunfs/root/cli.js"


def decoded(entries: tuple[str, ...], kind: ListKind, encoding: tuple[str, ...], key: bytes = b"") -> DecodedList:
    """Make a decoded list of comma-separated entries."""
    text = ",".join(entries)
    return DecodedList(
        entries=entries,
        separator="," if len(entries) > 1 else "",
        encoding=encoding,
        key=key,
        kind=kind,
        evidence_bits=25.5 * len(entries),
        search_bits=26.0,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        places=(Place(FILE, 812_344, len(text) * 4 // 3), Place(MODULE, 139_093, len(text) * 4 // 3)),
        near=("timezone Europe/Lisbon (420 before)", "lookalike U+2019 (64 before)")
        if kind is not ListKind.PLAIN
        else (),
    )


def _mention(kind: MentionKind, name: str, fact: str = "", *values: str, **spellings: int) -> Mention:
    places = tuple(Place(FILE, 1000 * number, len(name)) for number in range(1, 4))
    points = tuple(f"U+{ord(char):04X}" for char in name if ord(char) > 127) if kind is MentionKind.LOOKALIKE else ()
    return Mention(kind, name, fact, spellings or {"literal": 1}, places, values, points)


MENTIONS = (
    *(
        _mention(MentionKind.ENVIRONMENT, f"EXAMPLE_{n:02}", f"env:EXAMPLE_{n:02}", property=n, literal=1)
        for n in range(1, 31)
    ),
    Mention(
        MentionKind.ENVIRONMENT,
        "EXAMPLE_MODE",
        "env:EXAMPLE_MODE",
        {"process.env.EXAMPLE_MODE": 40, "destructured": 2},
        (Place(FILE, 90, 12),),
        ("1", "strict", "off"),
    ),
    _mention(MentionKind.SURROUNDINGS, "resolvedOptions().timeZone", "timezone", property=2),
    _mention(MentionKind.SURROUNDINGS, "getTimezoneOffset", "timezone", property=3),
    _mention(MentionKind.SURROUNDINGS, "hostname()", "hostname", property=1),
    _mention(MentionKind.SURROUNDINGS, "/etc/machine-id", "machine_id", literal=2),
    _mention(MentionKind.SURROUNDINGS, "userInfo()", "username", property=1),
    *(_mention(MentionKind.HOST, f"api{n}.example.com", "", literal=20 - n) for n in range(18)),
    _mention(MentionKind.TIMEZONE, "Europe/Lisbon", "timezone"),
    _mention(MentionKind.TIMEZONE, "Atlantic/Azores", "timezone"),
    _mention(MentionKind.LOOKALIKE, "\u2019"),
    _mention(MentionKind.LOOKALIKE, "it\u2019s a text\u200b that goes on for quite a while after that"),
    _mention(MentionKind.COMPARED, "darwin", "", literal=31),
    _mention(MentionKind.COMPARED, "xterm-256color", "terminal", literal=4),
)


def full() -> ScanResult:
    """Two hidden lists, one layered text, plain ones, and some of everything else."""
    return ScanResult(
        target=TARGET,
        lists=(
            decoded(HOSTS, ListKind.KEYED, ("base64", "xor"), b"\x2a"),
            decoded(WORDS, ListKind.KEYED, ("hex", "add"), b"orchid"),
            decoded(("one text only",), ListKind.LAYERED, ("reversed", "base64", "gzip")),
            decoded(("plain text of an asset",), ListKind.PLAIN, ("base64",)),
            decoded(("another", "asset"), ListKind.PLAIN, ("hex",)),
        ),
        mentions=MENTIONS,
        clusters=(
            Cluster(
                Place(FILE, 811_900, 520),
                ("timezone Europe/Lisbon", "timezone Atlantic/Azores", "lookalike U+2019", "list of 12 entries"),
            ),
        ),
        embedded=(
            Embedded(Place(BINARY, 0, 98_000_000), "elf", "sections"),
            Embedded(Place(BINARY, 52_000_000, 40_000_000), "bun", "modules", "2 modules"),
            Embedded(Place(MODULE, 0, 9_000_000), "bun-module", "unpacked"),
            Embedded(Place(f"{BINARY}!/$bunfs/root/a.node", 0, 120_000), "bun-module", "raw bytes", "native code"),
            Embedded(Place("package/mac/agent", 0, 88_000_000), "mach-o", "raw bytes", "sections are not read"),
        ),
        counted=Counted(12, 187_400_000, 12_300_000, 64_210, 28_110),
        levels={
            "base_url": tuple(f"http://{host}" for host in HOSTS),
            "timezone": ("Europe/Lisbon", "Atlantic/Azores"),
            "env:EXAMPLE_MODE": ("1", "strict", "off"),
        },
        not_examined=(
            NotExamined("package/mac/agent", "Mach-O files are read as raw bytes, not by sections"),
            NotExamined("lists of hashes", "a hash cannot be decoded"),
        ),
        wall_s=2.31,
        native_s=0.24,
        engine="numba",
        version="0.0.0",
        started="2026-11-21T10:00:00.000Z",
        command="wiretell scan npm:@example/agent@4.2.0",
    )


def nothing() -> ScanResult:
    """The least a scan can hold."""
    return ScanResult({}, (), (), (), (), Counted(0, 0, 0, 0, 0), (NotExamined("everything", "the folder is empty"),))
