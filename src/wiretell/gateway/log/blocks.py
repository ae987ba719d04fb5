"""Cuts a request's body where an agent's next request will still have the same bytes. Pure.

An agent sends its whole history again each turn. Bodies are therefore stored as blocks, each once. Where a body is cut
does not matter for correctness, as the blocks in order *are* the body; it matters for how many of them return.

Cuts stand before the closing brace of every element of a top-level array (a message, a tool, a system block) and of
every element of a message's `content` or `parts`, after every long top-level value, and around every `cache_control`,
which agents move each turn. Before the brace, not after it: there the same block with and without `cache_control` part.
A body with more parts than any conversation has is cut every `COARSE` bytes.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import Final

import msgspec

from wiretell.gateway.tables.few import MOST, is_few

Cut = tuple[int, int]
"""Offset of a block's beginning, in bytes; and how deep in the JSON it stands (`_RESUMED`)."""

LONG: Final = 256
"""Bytes from which on a value is worth cuts of its own."""
COARSE: Final = 1 << 18
"""Bytes of a block of a body that is cut regardless of what it says."""
_SPACE: Final = b" \t\r\n"
_BETWEEN: Final = b" \t\r\n,"
_MARKER: Final = b'"cache_control"'
_FILLED: Final = b'{"x":"%s"' % (b"." * LONG)
_RESUMED: Final = (_FILLED, b'{"m":[' + _FILLED, b'{"m":[{"content":[' + _FILLED)
"""What makes JSON again of a body's rest that begins at a cut, by the cut's depth; long, as what it stands for was."""
_CLOSED: Final = (b"}", b"}]}", b"}]}]}")
"""What makes JSON again of a body's beginning that ends at a cut, by the cut's depth."""
_END_CHUNK: Final = 1 << 11
_KEPT_BYTES: Final = 1 << 17
"""Longest array of which the cuts are kept."""
_CHUNK: Final = 1 << 14


class _TooManyError(Exception):
    """The body has more values, or cuts, than any conversation has."""


_NO_JSON: Final = (msgspec.DecodeError, IndexError, ValueError, RecursionError)

_members = msgspec.json.Decoder(dict[str, msgspec.Raw])
_elements = msgspec.json.Decoder(list[msgspec.Raw])


def cut(body: bytes) -> list[Cut]:
    """Return where the blocks of a body begin, the first at 0; of what is no JSON object, one block."""
    try:
        return [(0, 0), *_cuts(body, 0, 0)]
    except _TooManyError:
        return [(offset, 0) for offset in range(0, len(body), COARSE)]
    except _NO_JSON:
        return [(0, 0)]


def cut_after(body: bytes, at: Cut) -> list[Cut]:
    """Return the cuts behind one that is known, `at` itself first."""
    offset, depth = at
    if not offset:
        return cut(body)
    before = _RESUMED[depth]
    try:
        return [at, *_cuts(before + body[offset:], offset - len(before), offset)]
    except (*_NO_JSON, _TooManyError):  # the body goes on otherwise than the one whose cut this was
        return [at, *(known for known in cut(body) if known[0] > offset)]


def cut_between(body: bytes, at: Cut, until: Cut) -> list[Cut] | None:
    """Return the cuts from one that is known to before another; None where the body is not what they promise."""
    before = _RESUMED[at[1]] if at[0] else b""
    try:
        text = before + body[at[0] : until[0]] + _CLOSED[until[1]]
        found = _cuts(text, at[0] - len(before), at[0])
    except (*_NO_JSON, _TooManyError):
        return None
    return [at, *(cut for cut in found if cut[0] < until[0])]


def common_end(one: bytes, other: bytes, limit: int) -> int:
    """Return how many bytes, at most `limit`, two bodies have in common at their end, to a few kilobytes less."""
    found = 0
    while found < limit:
        step = min(_END_CHUNK, limit - found)
        left, right = len(one) - found, len(other) - found
        if one[left - step : left] != other[right - step : right]:
            break
        found += step
    return found


def common(one: bytes, other: bytes) -> int:
    """Return how many bytes two bodies have in common at their beginning."""
    limit = min(len(one), len(other))
    low = 0
    while low < limit and one[low : low + _CHUNK] == other[low : low + _CHUNK]:
        low += _CHUNK
    high = min(low + _CHUNK, limit)
    low = min(low, limit)
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def last_within(cuts: list[Cut], length: int) -> int:
    """Return the index of the last cut at or before `length`."""
    return bisect_right(cuts, (length, len(_RESUMED))) - 1


def _cuts(text: bytes, shift: int, after: int) -> list[Cut]:
    """Return the cuts in a JSON text, moved by `shift`, those beyond `after`, in order.

    :raises: `_NO_JSON`, _TooManyError.
    """
    if not is_few(text):
        raise _TooManyError
    found = set(islice(_structure(text), MOST))
    depths = sorted(found)
    found.update((offset, _depth(depths, offset)) for offset in islice(_markers(text), MOST))
    if len(found) >= MOST:
        raise _TooManyError
    last, kept = after, []
    for offset, depth in sorted((offset + shift, depth) for offset, depth in found):
        if offset > last:
            kept.append((offset, depth))
            last = offset
    return kept


def _structure(text: bytes) -> Iterator[Cut]:
    for start, length in _values(text):
        if text[start] != ord("["):
            if length >= LONG:
                yield start + length, 0
        elif length <= _KEPT_BYTES:
            yield from ((start + at, depth) for at, depth in _cuts_of(text[start : start + length]))
        else:
            yield from _array(text, start, length, 1)


@lru_cache(maxsize=64)
def _cuts_of(array: bytes) -> list[Cut]:
    """Return the cuts in an array, from its beginning: tools and system come again, in many sessions the same."""
    return list(_array(array, 0, len(array), 1))


def _array(text: bytes, start: int, length: int, depth: int) -> Iterator[Cut]:
    at = start + 1
    for raw in _elements.decode(memoryview(text)[start : start + length]):
        at = _skipped(text, at, _BETWEEN)
        size = memoryview(raw).nbytes
        if text[at] == ord("{"):
            yield from _element(text, at, size, depth)
        at += size


def _element(text: bytes, start: int, length: int, depth: int) -> Iterator[Cut]:
    """Cut an element at its end; a message at the ends of its content's blocks, which do for its own."""
    inner = False
    value = text[start : start + length]
    if depth == 1 and (length >= LONG or _MARKER in value):
        for at, size in _values(value, ("content", "parts")):
            if text[start + at] == ord("["):
                inside = list(_array(text, start + at, size, 2))
                inner = inner or bool(inside)
                yield from inside
    if not inner:
        yield start + length - 1, depth


def _values(text: bytes, names: tuple[str, ...] = ()) -> Iterator[tuple[int, int]]:
    """Yield offset and length of an object's values, of all or of some names."""
    at = 0
    for name, raw in _members.decode(text).items():
        at = text.index(b'"', at) + 1
        while text[at] != ord('"'):
            at += 2 if text[at] == ord("\\") else 1
        at = _skipped(text, text.index(b":", at) + 1, _SPACE)
        size = memoryview(raw).nbytes
        if not names or name in names:
            yield at, size
        at += size


def _markers(text: bytes) -> Iterator[int]:
    """Yield where each `,"cache_control":{...}` begins and ends. In a JSON string its quotes would be escaped."""
    at = text.find(_MARKER)
    while at >= 0:
        start = at
        while start > 0 and text[start - 1] in _SPACE:
            start -= 1
        end = text.find(b"}", at) + 1
        if end and text[start - 1] == ord(","):
            yield start - 1
            yield end
        at = text.find(_MARKER, at + len(_MARKER))


def _depth(cuts: list[Cut], offset: int) -> int:
    """Return the depth of the object that a `cache_control` stands in: that of the cut before its closing brace."""
    index = bisect_right(cuts, (offset, -1))
    return cuts[index][1] if index < len(cuts) else 0


def _skipped(text: bytes, at: int, what: bytes) -> int:
    while text[at] in what:
        at += 1
    return at
