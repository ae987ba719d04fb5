"""Hits put together: single entries in a row are one list, and all places of a list are encoded alike."""

from __future__ import annotations

import base64
import hashlib
import random
from pathlib import Path

import pytest

from tests.scan.keys.planted import encipher, hosts
from wiretell import scan
from wiretell.model.scan import DecodedList, ListKind, Place
from wiretell.scan.interface import Candidate, Hit
from wiretell.scan.lists import BETWEEN, Homes, merged

NAMES = tuple(hosts(random.Random(41), 20))
KEY = b"\x5d"
PARTS = [encipher("xor", KEY, name.encode()) for name in NAMES]
WHOLE = encipher("xor", KEY, ",".join(NAMES).encode())


def escaped(part: bytes) -> str:
    return '"' + "".join(f"\\x{byte:02x}" for byte in part) + '"'


def quoted(part: bytes) -> str:
    return f'"{base64.b64encode(part).decode()}"'


def scanned(folder: Path, program: str) -> tuple[DecodedList, ...]:
    (folder / "cli.js").write_text(program)
    return scan.search(folder, engine="python").lists


ROWS = {
    "escapes": ("[" + ",".join(map(escaped, PARTS)) + "]", NAMES),
    "escapes, on lines": ("[\n    " + ",\n    ".join(map(escaped, PARTS)) + "\n]", NAMES),
    "codes": ("[" + ",".join(str(list(part)) for part in PARTS) + "]", NAMES),
    "base64": ("[" + ",".join(map(quoted, PARTS[:2])) + "]", NAMES[:2]),
}


@pytest.mark.parametrize("row", ROWS)
def test_single_entries_in_a_row_are_one_list(row: str, tmp_path: Path) -> None:
    array, names = ROWS[row]
    program = f"var greeting=1;var list={array};console.log(greeting);"
    (found,) = scanned(tmp_path, program)
    encoding = ("items", row.partition(",")[0], "xor")
    assert (found.entries, found.separator, found.key, found.encoding) == (names, "", KEY, encoding)
    assert found.kind is ListKind.KEYED
    assert found.sha256 == hashlib.sha256(",".join(names).encode()).hexdigest()
    (place,) = found.places
    # From the first entry to the last; brackets and quotes of some encodings stand outside.
    assert program[place.offset : place.offset + place.length] in array
    assert place.length >= len(array) - 16


def test_two_encodings_of_one_list_are_told_apart(tmp_path: Path) -> None:
    program = f'var a="{WHOLE.hex()}";function between(x){{return x}};var b={quoted(WHOLE)};var c={quoted(WHOLE)};'
    lists = scanned(tmp_path, program)
    assert {(found.encoding, len(found.places)) for found in lists} == {(("hex", "xor"), 1), (("base64", "xor"), 2)}
    assert {(found.sha256, found.entries) for found in lists} == {
        (hashlib.sha256(",".join(NAMES).encode()).hexdigest(), NAMES)
    }
    for found in lists:
        for place in found.places:
            text = program[place.offset : place.offset + place.length]
            decoded = bytes.fromhex(text) if "hex" in found.encoding else base64.b64decode(text)
            assert decoded == WHOLE


def hit(start: int, end: int, entry: str, **other: object) -> Hit:
    fields: dict[str, object] = {
        "entries": (entry,),
        "separator": "",
        "encoding": ("base64", "xor"),
        "key": KEY,
        "kind": ListKind.KEYED,
        "evidence_bits": 30.0,
        "search_bits": 12.0,
        "sha256": hashlib.sha256(entry.encode()).hexdigest(),
        "places": (Place("a.js", start, end - start),),
    }
    found = DecodedList(**(fields | other))  # type: ignore[arg-type]
    return Hit(Candidate(start, end, ("base64",), ()), found)


def test_what_every_entry_proves_is_added_up() -> None:
    (found,) = merged([hit(100, 120, "one.example"), hit(123, 143, "two.example")], Homes())
    assert (found.entries, found.evidence_bits, found.search_bits) == (("one.example", "two.example"), 60.0, 24.0)
    assert found.places == (Place("a.js", 100, 43),)


@pytest.mark.parametrize(
    "second",
    [
        hit(121 + BETWEEN, 160, "two.example"),
        hit(123, 143, "two.example", key=b"\x5e"),
        hit(123, 143, "two.example", encoding=("hex", "xor")),
        hit(123, 143, "two.example", kind=ListKind.LAYERED),
        hit(123, 143, "", entries=("two.example", "three.example"), separator=","),
        hit(123, 143, "two.example", places=(Place("b.js", 123, 20),)),
    ],
)
def test_what_does_not_belong_together_stays_apart(second: Hit) -> None:
    assert len(merged([hit(100, 120, "one.example"), second], Homes())) == 2


def test_two_readings_of_one_string_are_one_list() -> None:
    hits = [hit(100, 120, "one.example"), hit(102, 122, "one.example", encoding=("base64url", "xor"))]
    (found,) = merged(hits, Homes())
    assert found.places == (Place("a.js", 100, 20),)
