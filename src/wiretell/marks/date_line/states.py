"""The alphabet: three signals, eight states, and the characters that write them.

    known  labKw   apostrophe                             cnTZ   separators of the date
      -      -     U+0027 APOSTROPHE                        -    two hyphens: 2026-11-21
     yes     -     U+2019 RIGHT SINGLE QUOTATION MARK      yes   two slashes: 2026/11/21
      -     yes    U+02BC MODIFIER LETTER APOSTROPHE
     yes    yes    U+02B9 MODIFIER LETTER PRIME

U+2018 is not in it, and one hyphen beside one slash is not either.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import MappingProxyType
from typing import Final

from wiretell.model.marks import State

KNOWN: Final = "known"
LAB_KEYWORD: Final = "labKw"
CN_ZONE: Final = "cnTZ"
SIGNALS: Final = (KNOWN, LAB_KEYWORD, CN_ZONE)
"""In the order of their bits, lowest first."""

APOSTROPHES: Final = ("'", "\u2019", "\u02bc", "\u02b9")
"""By the two low bits of the state's number."""
SEPARATORS: Final = ("-", "/")
"""By the high bit."""

_CN_BIT: Final = 1 << SIGNALS.index(CN_ZONE)

_HOSTS: Final = (
    "to a host that matches neither of the vendor's two lists",
    "to a host that is, or is under, an entry in the vendor's list `known`, and holds none of `labKw`",
    "to a host whose name holds an entry in the vendor's list `labKw`, and matches none of `known`",
    "to a host that matches an entry in each of the vendor's two lists, `known` and `labKw`",
)


def _meaning(number: int) -> str:
    if not number:
        return (
            "Nothing is told: the base URL is the vendor's own or not set, or its host matches neither of the vendor's "
            "two lists and the time zone is another than Asia/Shanghai and Asia/Urumqi."
        )
    host, zone = _HOSTS[number & 3], number & _CN_BIT
    told = "is Asia/Shanghai or Asia/Urumqi" if zone else "is neither Asia/Shanghai nor Asia/Urumqi"
    return f"The base URL was set {host}, and the time zone {told}."


def _name(number: int) -> str:
    return "+".join(signal for bit, signal in enumerate(SIGNALS) if number >> bit & 1) or "none"


STATES: Final = tuple(State(_name(number), number, _meaning(number)) for number in range(1 << len(SIGNALS)))
"""All that the scheme can write, in the order of their numbers."""

_NUMBERS: Final = MappingProxyType(
    {
        (apostrophe, separator): low + high * _CN_BIT
        for low, apostrophe in enumerate(APOSTROPHES)
        for high, separator in enumerate(SEPARATORS)
    }
)


def state_of_signals(fired: Iterable[str]) -> State:
    """Return the state that signals lead to, by the names of those that fire."""
    names = frozenset(fired)
    return STATES[sum(1 << bit for bit, signal in enumerate(SIGNALS) if signal in names)]


def state_of_symbols(apostrophe: str, separators: tuple[str, str]) -> State | None:
    """Return the state that characters write; None where they are no symbols of this scheme, or do not agree."""
    first, second = separators
    number = _NUMBERS.get((apostrophe, first)) if first == second else None
    return None if number is None else STATES[number]


def symbols(state: State) -> tuple[str, str]:
    """Return the apostrophe and the separator that write a state."""
    return APOSTROPHES[state.number & 3], SEPARATORS[state.number >> 2]


def date_line(state: State, year: int, month: int, day: int) -> str:
    """Return the sentence as the client writes it in a state, its full stop included."""
    apostrophe, separator = symbols(state)
    return f"Today{apostrophe}s date is {year:04}{separator}{month:02}{separator}{day:02}."
