"""Lists of names as the records of a response policy zone. Pure.

A name at which or below which a zone has any record is matched by no wildcard above it (RFC 4592 §2.2.2, §3.3.1): with
`* CNAME .` and `api.a.dev CNAME rpz-passthru.` alone, a resolver would answer for `dev`, `b.dev`, `a.dev`,
`evil.a.dev` and `x.api.a.dev`. So every name that is in such a zone, and every name above one, says what holds for
itself and below itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from enum import StrEnum

from wiretell.fleet.exports.destinations import above


class Action(StrEnum):
    """What a resolver does with a name, as the target of its CNAME (draft-vixie-dnsop-dns-rpz-00 §3)."""

    NXDOMAIN = "."
    PASSTHRU = "rpz-passthru."


def blocking(name: str, listed: Collection[str], exempt: Collection[str]) -> Action | None:
    """Return what a list of what to block has for a name; None: nothing, which is an answer as ever.

    The nearest counts: what is listed holds for all below it, `*.a.dev` in `exempt` for what is below `a.dev`, any
    other exemption for its name alone. Where both stand at one name, the exemption wins.
    """
    if name in exempt:
        return Action.PASSTHRU
    if name in listed:
        return Action.NXDOMAIN
    for each in above(name):
        if f"*.{each}" in exempt:
            return Action.PASSTHRU
        if each in listed:
            return Action.NXDOMAIN
    return None


def allowing(name: str, listed: Collection[str]) -> Action:
    """Return what a list of what alone gets an answer has for a name."""
    return Action.PASSTHRU if name in listed else Action.NXDOMAIN


def block(listed: Collection[str], exempt: Collection[str]) -> Iterator[str]:
    """Yield the records, relative to the zone, by which none of `listed` and nothing below them gets an answer."""
    known, free = frozenset(listed), frozenset(exempt)
    for name in _nodes([*known, *(each.removeprefix("*.") for each in free)]):
        yield from _record(name, blocking(name, known, free))
        yield from _record(f"*.{name}", blocking(_below(name), known, free))


def allow(listed: Collection[str]) -> Iterator[str]:
    """Yield the records, relative to the zone, by which nothing but `listed` gets an answer."""
    known = frozenset(listed)
    for name in _nodes(known):
        yield from _record(name, allowing(name, known))
        yield from _record(f"*.{name}", allowing(_below(name), known))
    yield from _record("*", Action.NXDOMAIN)


def _nodes(names: Collection[str]) -> list[str]:
    """Return the names and all above them, those of one domain side by side."""
    every = {each for name in names for each in (name, *above(name))}
    return sorted(every, key=lambda name: name.split(".")[::-1])


def _below(name: str) -> str:
    """Return a name below `name` that no list holds: no host name has an asterisk in it."""
    return f"*.*.{name}"


def _record(owner: str, action: Action | None) -> Iterator[str]:
    if action is not None:
        yield f"{owner} CNAME {action}"
