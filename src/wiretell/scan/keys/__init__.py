"""Decoded blobs -> lists: the key search, and how sure it is.

Method: minimum description length (J. Rissanen, 1978; P. Grünwald, The Minimum Description Length Principle, 2007).

    evidence = shortest code without meaning - code of the text - cost of the search      (all in bits)

*Code of the text*: `wiretell.scan.language`, about 4 bits a character for host names.

*Codes without meaning*, the shortest counts. For a text without a key: eight bits a byte, and what the blob was
decoded from (`getElementById` is base64, too, and explains itself as a name). Under a key besides (three bits say
which): the adaptive code of Krichevsky and Trofimov (1981) of the differences, and of the columns of records of 1, 2,
4, 8 bytes and of the key's length, each over all bytes or over the narrowest window that holds them; a bigram model
that learns (MacKay and Peto, 1995) with the column as context; the text that the bytes are already; under a key that
changes from byte to byte also that key, and characters that are all alike likely. These cost the
same before and after a key is undone. So constant runs, ramps, tables of small numbers, records with a constant column
and texts of few characters explain themselves, and no key gains on them. The text may be learned in the same way: what
remains is what the language knew beforehand, so that evidence grows ever more slowly with the list.

*Cost of the search*: what it takes to name the decoding among all that could have been tried. 8 bits a byte of key,
`STEP_BITS` for each step, `TURN_BITS` for reading it backwards or rotated, log2 of the number of candidates in the
scan. Bytes that a code without meaning describes reach an evidence of t bits with probability 2**-t at most, in the
whole scan (Kraft's inequality; Grünwald, 3.3): `THRESHOLD` says how often we accept that.

*Conditions on shape*, as fixed beforehand: the text is printable ASCII with the usual separators, a third letters, at
least eight different characters (half of them in a short one), and not squeezed by zlib to a sixth.

What counts: a text under a key, whatever it says. Without a key, a list of three or more hosts or names: hidden
(`LAYERED`) behind two encodings, a compression, or a text turned round; otherwise `PLAIN`.

What cannot be found: lists of hashes; other ciphers and alphabets; keys longer than 16 bytes; keyed text that is not
ASCII; a key over a raw DEFLATE stream, or a long one over zlib (`packed`); under a key, lists of numbers and addresses
without letters; short texts (of single hosts under one byte, 12 characters are usually enough for one candidate, 16
among a thousand, 24 among 100,000); a key over more than one layer of encoding or of items that are compressed;
anything that decompresses to more than `layers.LARGEST` bytes or `layers.RATIO` times its size.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Final

from wiretell.model.findings import NotExamined
from wiretell.model.scan import DecodedList, ListKind, Place
from wiretell.scan.interface import Candidate, Hit
from wiretell.scan.keys.entries import listed, split
from wiretell.scan.keys.evidence import THRESHOLD
from wiretell.scan.keys.explain import Reading, State, explain
from wiretell.scan.keys.repeating import Effort

__all__ = ["THRESHOLD", "search"]

_NO_ENCODING: Final = frozenset({"text", "items", "split", "utf-16"})
"""Steps that hide nothing by themselves."""
_UNUSUAL: Final = frozenset({"reversed", "rot13", "gzip", "zlib", "deflate", "zstd"})


def search(
    candidates: Iterable[Candidate], path: str, *, tried: int | None = None, left: list[NotExamined] | None = None
) -> list[Hit]:
    """Return the candidates that hold a list, or a text under a key, with the best explanation of each.

    `path` names the piece the candidates come from. `tried` is the number of distinct candidates in the whole scan,
    those included that a filter has already dropped; without it, the number of `candidates`. What was not searched in
    full is added to `left`.
    """
    given = list(candidates)
    effort = Effort()
    hits = list(_hits(given, path, tried or len(given), effort))
    if effort.unsearched and left is not None:
        what = f"{effort.unsearched} encoded strings in {path}"
        left.append(NotExamined(what, "so many look like text under a repeating key that not all such keys were tried"))
    return hits


def _hits(candidates: list[Candidate], path: str, tried: int, effort: Effort) -> Iterator[Hit]:
    known: dict[tuple[tuple[str, ...], tuple[bytes, ...]], Reading | None] = {}
    for candidate in candidates:
        steps = candidate.steps
        same = (steps, candidate.parts)
        if same not in known:
            form = "" if steps[-1:] == ("text",) else steps[-1]
            known[same] = explain(State(candidate.parts, steps, tried, form=form, effort=effort))
        reading = known[same]
        if reading and (found := _found(reading, candidate, path)):
            yield Hit(candidate, found)


def _found(reading: Reading, candidate: Candidate, path: str) -> DecodedList | None:
    kind = _kind(reading)
    if kind is None:
        return None
    entries, separator, text = _entries(reading.parts)
    if kind is not ListKind.KEYED and not listed(entries, separator):
        return None
    return DecodedList(
        entries=entries,
        separator=separator,
        encoding=tuple(step for step in reading.steps if step != "text"),
        key=reading.key,
        kind=kind,
        evidence_bits=round(reading.evidence_bits, 1),
        search_bits=round(reading.search_bits, 1),
        sha256=hashlib.sha256(text).hexdigest(),
        places=(Place(path, candidate.start, candidate.end - candidate.start),),
    )


def _kind(reading: Reading) -> ListKind | None:
    """Say how a text was hidden; None for one that stands there for all to read."""
    if reading.key:
        return ListKind.KEYED
    encodings = [step for step in reading.steps if step not in _NO_ENCODING]
    if not encodings:
        return None
    split_too = "split" in reading.steps
    unusual = not _UNUSUAL.isdisjoint(encodings)
    return ListKind.LAYERED if unusual or split_too or len(encodings) > 1 else ListKind.PLAIN


def _entries(parts: tuple[bytes, ...]) -> tuple[tuple[str, ...], str, bytes]:
    """Return entries, separator and the bytes that are hashed: the text as it was, parts joined by commas."""
    texts = tuple(part.decode("utf-8", "replace") for part in parts)
    if len(texts) > 1:
        return texts, "", b",".join(parts)
    return *split(texts[0]), parts[0]
