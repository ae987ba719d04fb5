"""One candidate's best explanation: which steps and which key turn it into a text, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from wiretell.scan.keys import layers, packed, repeating, single
from wiretell.scan.keys.ciphers import TEXT, shortest, undo
from wiretell.scan.keys.evidence import (
    THRESHOLD,
    TURN_BITS,
    adaptive_text_bits,
    can_gain,
    form_bits,
    judged,
    looks_like_text,
    null_bits,
    rot13,
    search_bits,
    text_bits,
    turned_null_bits,
    varied,
)
from wiretell.scan.keys.repeating import Effort

DEPTH: Final = 3
"""Steps that are undone below the one a candidate comes with."""
READABLE: Final = 4.7
"""Bits a character at which a text needs no key: hosts cost 4, names 5, markup 6. Above it a key of one byte is tried:
one that changes the lowest bits alone leaves letters for letters."""
GIBBERISH: Final = 7.0
"""Bits a character from which on printable bytes may be the work of a repeating key."""
CLEAR: Final = 4.7
"""Bits a character at which a key is whole; half of one leaves half a text, at 5 and more."""
_SHORTEST = 8
_FIRST = 64
_TURNS: dict[str, Callable[[bytes], bytes]] = {"reversed": lambda part: part[::-1], "rot13": rot13}


@dataclass(frozen=True, slots=True)
class State:
    """A candidate after some steps."""

    parts: tuple[bytes, ...]
    steps: tuple[str, ...]
    tried: int
    """Candidates in the whole scan."""
    key: bytes = b""
    own: int = 0
    """Steps that were added here."""
    cipher: tuple[bytes, ...] = ()
    """The parts before a key was applied in the last step; empty where the last step has none."""
    form: str = ""
    """The step that `source` comes from, where that was an encoding of bytes."""
    effort: Effort = field(default_factory=Effort, compare=False)
    """What may still be spent on repeating keys, by all candidates together."""

    @property
    def source(self) -> tuple[bytes, ...]:
        """The parts before a key, if there is one."""
        return self.cipher or self.parts


@dataclass(frozen=True, slots=True)
class Reading:
    """A text that a candidate was found to hold."""

    parts: tuple[bytes, ...]
    steps: tuple[str, ...]
    key: bytes
    evidence_bits: float
    search_bits: float


def explain(state: State) -> Reading | None:
    """Return the best explanation of a candidate, or None where there is none above the threshold.

    1. A further encoding or compression, and this all over again.
    2. As it stands, perhaps turned round or rotated: what reads well needs no key.
    3. A key: of one byte or the index, over digits of an encoding, over a compression, repeating. It must beat what
       the bytes are as text.
    """
    if sum(map(len, state.parts)) < _SHORTEST:
        return None
    if (found := _deeper(state)) or state.key:
        return found or read(state)
    heads = judged(state.parts)
    # A readable text with a few odd bytes in it (a literal with escapes) is one, too, and needs no key.
    rate = text_bits(heads) / sum(map(len, heads))
    plain = read(state) if _printable(heads) else None
    if rate <= READABLE or (rate < GIBBERISH and not _printable(heads) and _is_mostly_text(heads)):
        return plain
    return _keyed(state, repeating_too=rate >= GIBBERISH) or plain


def read(state: State) -> Reading | None:
    """Judge the parts as text: as they are, reversed, rotated by 13."""
    heads = judged(state.parts)
    if not _printable(heads) or not looks_like_text(b",".join(heads)):
        return None
    plain = text_bits(heads)
    turned = {turn: text_bits([way(part) for part in heads]) for turn, way in _TURNS.items()}
    turn = min(turned, key=lambda name: turned[name])
    if turned[turn] + THRESHOLD + TURN_BITS > plain:
        return _weighed(state, heads, plain, math.inf)
    parts = tuple(_TURNS[turn](part) for part in state.parts)
    after = replace(state, parts=parts, steps=(*state.steps, turn))
    return _weighed(after, judged(parts), turned[turn] + TURN_BITS, plain)


def _weighed(state: State, heads: tuple[bytes, ...], bits: float, otherwise: float) -> Reading | None:
    """Weigh a text against its bytes without meaning. `otherwise` is what it costs before it was turned.

    Under a key every code without meaning is tried, and those that a turn does not change when it was turned. Else
    there is nothing to fit: eight bits a byte, and what the blob was decoded from, are enough.
    """
    search = search_bits(state.own, state.key, state.tried)
    null = min(
        8.0 * sum(map(len, heads)), otherwise, form_bits(judged(state.source), state.form, keyed=bool(state.key))
    )
    if state.cipher:
        changes = len(state.key) > 1 or any(step.endswith("-index") for step in state.steps[-2:])
        null = min(null, null_bits(judged(state.cipher), len(state.key), changes=changes))
        bits = min(bits, adaptive_text_bits(heads))
    elif otherwise < math.inf or state.form in _TURNS:
        before = [_TURNS[state.steps[-1]](head) for head in heads]
        null = min(null, turned_null_bits(heads), adaptive_text_bits(before))
        bits = min(bits, adaptive_text_bits(heads) + TURN_BITS)
    evidence = null - bits - search
    return Reading(state.parts, state.steps, state.key, evidence, search) if evidence >= THRESHOLD else None


def _printable(heads: tuple[bytes, ...]) -> bool:
    return not any(part[:_FIRST].translate(None, TEXT) or part.translate(None, TEXT) for part in heads)


def _is_mostly_text(heads: tuple[bytes, ...]) -> bool:
    """Whether no more than one byte in 16 is no text: no key leaves a text so."""
    joined = b"".join(heads)
    return 16 * len(joined.translate(None, TEXT)) <= len(joined)


def _deeper(state: State) -> Reading | None:
    """Undo one more encoding or compression and explain what it leaves."""
    if state.own >= DEPTH + bool(state.key):
        return None
    for name, parts in layers.undone(state.parts):
        after = replace(state, parts=parts, steps=(*state.steps, name), own=state.own + 1, cipher=(), form=name)
        if found := explain(after):
            return found
    return None


def _keyed(state: State, *, repeating_too: bool) -> Reading | None:
    heads = judged(state.parts)
    if not varied(b"".join(heads)):
        return None
    if not can_gain(heads, 1, search_bits(state.own + 1, b"k", state.tried)):
        return _first(explain(after) for after in _over_compression(state)) if len(state.parts) == 1 else None
    if found := _single(state, heads) or _first(_deeper(after) for after in _over_digits(state)):
        return found
    if len(state.parts) == 1 and (found := _first(explain(after) for after in _over_compression(state))):
        return found
    return _repeating(state) if repeating_too else None


def _single(state: State, heads: tuple[bytes, ...]) -> Reading | None:
    """Judge the key of one byte whose text is cheapest; only that one is applied to the whole."""

    def cost(found: tuple[str, int]) -> float:
        cipher, key = found
        return text_bits([undo(cipher, bytes((key,)), head) for head in heads])

    if not (best := min(single.keys(state.parts), key=cost, default=None)):
        return None
    cipher, key = best
    return read(_applied(state, cipher, bytes((key,))))


def _repeating(state: State) -> Reading | None:
    """Judge the keys of all lengths, shortest first, until one leaves a text that needs no better one."""
    spare = THRESHOLD + search_bits(state.own + 1, b"", state.tried)
    best: Reading | None = None
    if state.effort.is_spent:
        state.effort.unsearched += 1
        return None
    for cipher, key in repeating.keys(state.parts, spare, state.effort):
        found = read(_applied(state, cipher, shortest(key)))
        if found and (best is None or found.evidence_bits > best.evidence_bits):
            best = found
            heads = judged(found.parts)
            if text_bits(heads) <= CLEAR * sum(map(len, heads)):
                break
    state.effort.unsearched += state.effort.is_spent
    return best


def _over_digits(state: State) -> Iterator[State]:
    for cipher, key in single.keys_to_encodings(state.parts):
        yield _applied(state, cipher, bytes((key,)))


def _over_compression(state: State) -> Iterator[State]:
    for cipher, key, packing, text in packed.unpacked(state.parts[0]):
        steps = (*state.steps, cipher, packing)
        yield replace(state, parts=(text,), steps=steps, key=key, own=state.own + 2, cipher=(), form="")


def _applied(state: State, cipher: str, key: bytes) -> State:
    parts = tuple(undo(cipher, key, part) for part in state.parts)
    return replace(state, parts=parts, steps=(*state.steps, cipher), key=key, own=state.own + 1, cipher=state.parts)


def _first(readings: Iterator[Reading | None]) -> Reading | None:
    return next(filter(None, readings), None)
