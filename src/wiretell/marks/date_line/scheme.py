"""The date line as a scheme: what it looks for, which state that is, and how it is read, stripped and written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from wiretell.marks.body import Body
from wiretell.marks.date_line import editing, reading
from wiretell.marks.date_line.hosts import OFFICIAL_HOST, Host, gate_is_open, matches, parse_host
from wiretell.marks.date_line.states import CN_ZONE, KNOWN, LAB_KEYWORD, STATES, state_of_signals
from wiretell.marks.date_line.versions import RANGE, SOURCES
from wiretell.marks.date_line.zones import COUNTED
from wiretell.marks.interface import Stripped
from wiretell.model.marks import Classification, Edit, Reading, Settings, Signal, State, VersionRange

_BASE_URL: Final = "ANTHROPIC_BASE_URL"
_ZONE: Final = "time zone"


@dataclass(frozen=True, slots=True)
class DateLine:
    """The scheme of Claude Code 2.1.91 to 2.1.197: three bits in the punctuation of "Today's date is 2026-11-21"."""

    name: str = reading.NAME
    title: str = 'the apostrophe and the separators of the line "Today\'s date is ..."'
    place: str = (
        "The item `currentDate` of a system-reminder in the first message of the role `user`; never `system`, "
        'and never the sentence "Today\'s date is now ...".'
    )
    states: Sequence[State] = STATES
    versions: Sequence[VersionRange] = (RANGE,)
    sources: Sequence[str] = SOURCES

    def signals(self, settings: Settings) -> Sequence[Signal]:
        """Say which signals are there, gate not considered.

        :raises UsageError: for a base URL that is none.
        """
        return _signals(parse_host(settings.base_url), settings.timezone)

    def classify(self, settings: Settings) -> Classification:
        """Say which state some settings lead to, and why.

        :raises UsageError: for a base URL that is none.
        """
        host = parse_host(settings.base_url)
        signals, is_open = _signals(host, settings.timezone), gate_is_open(host)
        if not is_open:
            signals = tuple(map(_behind_closed_gate, signals))
        state = state_of_signals(signal.name for signal in signals if signal.fires)
        return Classification(self.name, settings, is_open, _gate_why(host), signals, state)

    def read(self, body: Body, *, version: str = "") -> Reading:
        """Return the marks in a text."""
        return reading.read(body, version)

    def strip(self, body: Body, *, anywhere: bool) -> Stripped:
        """Return the edits that give the text its plain form, the marks that are left, and what could not be told."""
        return editing.strip(body, anywhere=anywhere)

    def write(self, body: Body, state: State, *, anywhere: bool, escaped: bool) -> Iterable[Edit]:
        """Return the edits that make every place of the scheme in the text show `state`."""
        return editing.write(body, state, anywhere=anywhere, escaped=escaped)


# ---------------------------------------------------------------- signals


def _signals(host: Host | None, timezone: str | None) -> tuple[Signal, ...]:
    return (_host_signal(KNOWN, host), _host_signal(LAB_KEYWORD, host), _zone_signal(timezone))


def _host_signal(name: str, host: Host | None) -> Signal:
    if host is None:
        return Signal(name, False, _BASE_URL, "", why="No base URL is set, so there is no host to compare.")
    found = matches(host.hostname, name)
    if not found:
        why = f"The host name {host.hostname} matches no entry." if host.hostname else "The base URL has no host name."
        return Signal(name, False, _BASE_URL, host.hostname, why=why)
    first, others = found[0], tuple(match.entry for match in found[1:])
    why = _MATCHED[first.rule].format(host=host.hostname, entry=first.entry, name=name)
    return Signal(name, True, _BASE_URL, host.hostname, first.rule, first.entry, others, why)


_MATCHED: Final = {
    "exact": "The host name is {entry}, an entry in the vendor's list `{name}`.",
    "suffix": "The host name {host} ends with .{entry}; {entry} is an entry in the vendor's list `{name}`.",
    "substring": "The host name {host} holds {entry}, an entry in the vendor's list `{name}`, which match anywhere.",
}


def _zone_signal(timezone: str | None) -> Signal:
    either = " or ".join(COUNTED)
    if timezone is None:
        return Signal(CN_ZONE, False, _ZONE, "", why=f"The time zone is not known; only {either} count.")
    if timezone not in COUNTED:
        return Signal(CN_ZONE, False, _ZONE, timezone, why=f"The time zone is told as {timezone}; only {either} count.")
    why = f"The time zone is told as {timezone}, one of the two that count."
    return Signal(CN_ZONE, True, _ZONE, timezone, "exact", timezone, (), why)


# ---------------------------------------------------------------- gate


def _gate_why(host: Host | None) -> str:
    if host is None:
        return "The gate is closed: no base URL is set, so requests go to the vendor's own host."
    if host.is_official:
        return f"The gate is closed: the host of the base URL is exactly {OFFICIAL_HOST}."
    told = host.host or "empty"
    return f"The gate is open: the host of the base URL is {told}, not exactly {OFFICIAL_HOST}."


def _behind_closed_gate(signal: Signal) -> Signal:
    if not signal.fires:
        return signal
    return replace(signal, fires=False, why=f"{signal.why} It would fire, but the gate is closed.")


SCHEME: Final = DateLine()
"""The one instance; it holds nothing of a text."""
