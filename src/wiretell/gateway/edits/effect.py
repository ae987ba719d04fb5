"""What edits will do to a prompt cache and to cost, predicted from two requests of one conversation.

A prompt cache holds beginnings: tools, then the system prompt, then messages, whatever order the body has them in. Of
the request before, it can be used as far as both say the same. So the question is where two edited requests part, and
where they would have parted unedited. Cache breakpoints, which move on with every turn, are no part of what is said.

An estimate: four bytes to a token, every beginning cached, nothing expired. Output is not counted.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from wiretell.gateway.edits.spans import Located
from wiretell.gateway.edits.values import BYTES_A_TOKEN, EditedBody, Effect
from wiretell.model.exchange import Usage, WireFormat

Price = Callable[[Usage], int]
"""What tokens cost, in micro-dollars."""

_BREAKPOINT: Final = re.compile(rb',"cache_control"\s*:\s*\{[^{}]*\}|"cache_control"\s*:\s*\{[^{}]*\},?')
_ORDER: Final[dict[WireFormat, tuple[str, ...]]] = {
    "anthropic-messages": ("tools", "system", "messages"),
    "openai-chat": ("tools", "messages"),
    "openai-responses": ("tools", "instructions", "input"),
    "gemini": ("tools", "systemInstruction", "system_instruction", "contents"),
}


@dataclass(frozen=True, slots=True)
class Before:
    """The request before, of the same conversation."""

    body: bytes
    """As the client sent it."""
    edited: bytes
    """As it was sent on."""


def predict(
    body: bytes, edited: EditedBody, protocol: WireFormat, before: Before | None = None, price: Price | None = None
) -> Effect | None:
    """Return what edits do, as far as it can be told; None where nothing was edited, and nothing was the turn before.

    :raises FormatError: where a body is no JSON object.
    """
    effect = edited.effect
    if effect is None:
        if before is None or before.edited == before.body:
            return None
        effect = Effect(0, 0, len(body))
    without = _cached(before.body if before else b"{}", body, protocol)
    with_ = _cached(before.edited if before else b"{}", edited.body, protocol)
    if before is not None:
        effect = replace(effect, cached_prefix_lost_tokens=max(0, with_.lost - without.lost) // BYTES_A_TOKEN)
    if price is not None:
        was, now = price(_usage(without, protocol)), price(_usage(with_, protocol))
        effect = replace(effect, cost_before_micro_usd=was, cost_after_micro_usd=now)
    return effect


@dataclass(frozen=True, slots=True)
class _Cached:
    """In bytes of what a request says."""

    read: int
    rest: int
    lost: int
    """Of the request before, what follows the common beginning."""


def _cached(before: bytes, now: bytes, protocol: WireFormat) -> _Cached:
    was, said = _said(before, protocol), _said(now, protocol)
    common = _common(was, said)
    return _Cached(common, len(said) - common, len(was) - common)


def _said(body: bytes, protocol: WireFormat) -> bytes:
    located = Located(body)
    pieces = [located.raw(located.top[name]) for name in _ORDER[protocol] if name in located.top]
    return _BREAKPOINT.sub(b"", b"\n".join(pieces).removesuffix(b"]"))  # the list of messages goes on after it


def _common(one: bytes, other: bytes) -> int:
    """Return how many bytes two texts begin with in common."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        half = (low + high + 1) // 2
        if one[low:half] == other[low:half]:
            low = half
        else:
            high = half - 1
    return low


def _usage(cached: _Cached, protocol: WireFormat) -> Usage:
    read, rest = cached.read // BYTES_A_TOKEN, -(-cached.rest // BYTES_A_TOKEN)
    if protocol == "anthropic-messages":  # the one where writing to the cache has a price of its own
        return Usage(cache_read_tokens=read, cache_write_tokens=rest)
    return Usage(input_tokens=rest, cache_read_tokens=read)
