"""Host names of audits as lists for resolvers. Pure.

Forms: hosts(5); response policy zones, draft-vixie-dnsop-dns-rpz-00 (BIND, Knot Resolver, PowerDNS and unbound read
it); unbound.conf(5) `local-zone`; dnsmasq(8) `--local`, `--address`, `--server`; one name a line, and nothing else.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from wiretell.errors import UsageError
from wiretell.fleet.exports import policy_zone
from wiretell.fleet.exports.destinations import Destinations, comments, plain

_GREATEST_SERIAL: Final = (1 << 32) - 1
_BELOW: Final = "Names below a listed one are meant too."
_LAST: Final = f"{string.ascii_lowercase}{string.digits}-_"
"""What a name can end with. dnsmasq 2.86 gave up that `/#/` without an address is about every name, and gave wildcards:
`/*a/` is about all names that end so. Older ones read the first line, and look for the second in vain."""
_EXACT: Final = "Only the listed names themselves are meant, none below them."


class NameForm(StrEnum):
    """Who reads the list."""

    HOSTS = "hosts"
    RPZ = "rpz"
    UNBOUND = "unbound"
    DNSMASQ = "dnsmasq"
    PLAIN = "plain"


class Side(StrEnum):
    """What a list is for."""

    BLOCK = "block"
    """The listed names get no answer."""
    ALLOW = "allow"
    """Nothing but the listed names gets an answer."""


def render(destinations: Destinations, form: NameForm, side: Side) -> str:
    """Return the list, with comments on where it is from and what is not in it; `plain` has none, what `remarks` gives
    tells it there. Equal audits give equal text.

    :raises UsageError: where there is no name to list, or `side` cannot be said in `form`.
    """
    hosts = destinations.hosts
    if not hosts:
        raise UsageError("there is no host name to list: the audits saw none but the lab's own.")
    if form is NameForm.HOSTS and side is Side.ALLOW:
        raise UsageError("a hosts file cannot say that all other names get no answer; use --form rpz for --allow.")
    lines = [*_comments(destinations, form, side), *_FORMS[form](hosts, side, destinations)]
    return "\n".join(lines) + "\n"


def _comments(destinations: Destinations, form: NameForm, side: Side) -> Iterator[str]:
    if form is not NameForm.PLAIN:
        sign = ";" if form is NameForm.RPZ else "#"
        told = (*_purpose(destinations, form, side), *_missing(destinations))
        yield from (f"{sign} {line}" for line in comments(destinations, told))


def remarks(destinations: Destinations, form: NameForm, side: Side) -> Iterator[str]:
    """Yield what whoever makes a list of names should know, one sentence each; of `plain`, which holds no comments,
    what other lists say in theirs too."""
    if form is NameForm.PLAIN:
        yield from comments(destinations, _purpose(destinations, form, side))
    yield from _warnings(destinations)


def _warnings(destinations: Destinations) -> Iterator[str]:
    bare = sorted({each.host for each in destinations.addresses})
    if bare:
        listed = ", ".join(map(plain, bare))
        yield f"reached without a name, so in no list of names (use `wiretell fleet export egress`): {listed}."
    several = sorted({each.host for each in destinations.names if each.when == "some runs"})
    if several:
        yield f"{', '.join(map(plain, several))}: seen in some runs only; others may look it up too."


def _purpose(destinations: Destinations, form: NameForm, side: Side) -> Iterator[str]:
    below = form in (NameForm.UNBOUND, NameForm.DNSMASQ) or (form is NameForm.RPZ and side is Side.BLOCK)
    purpose = "that get no answer" if side is Side.BLOCK else "that alone get an answer"
    yield f"Names {purpose}: {len(destinations.hosts)}. {_BELOW if below else _EXACT}"
    yield "Other programs may need these names too; --keep NAME leaves one out."


def _missing(destinations: Destinations) -> Iterator[str]:
    for address in sorted({each.host for each in destinations.addresses}):
        yield f"Not here: {plain(address)} was reached without a name; `wiretell fleet export egress` lists it."


def exact(exempt: Iterable[str]) -> Iterator[str]:
    """Yield names that must work below a listed one, for forms that know names alone and all below them.

    :raises UsageError: for one that such a form cannot hold.
    """
    for name in exempt:
        if name.startswith("*."):
            raise UsageError(
                f"--keep {name} cannot be said in this form while {name[2:]} or a name above it is listed; "
                f"use --form rpz, or leave {name[2:]} out too."
            )
        yield name


def _hosts(names: Iterable[str], _side: Side, _all: Destinations) -> Iterator[str]:
    """Both families: a resolver asks for each by itself, and one that is not in the file goes to DNS."""
    for name in names:
        yield f"0.0.0.0 {name}"
        yield f":: {name}"


def _rpz(names: Collection[str], side: Side, destinations: Destinations) -> Iterator[str]:
    yield "$TTL 300"
    yield f"@ SOA localhost. root.localhost. {_serial(destinations.newest)} 3600 600 604800 300"
    yield "@ NS localhost."
    yield from policy_zone.allow(names) if side is Side.ALLOW else policy_zone.block(names, destinations.exempt)


def _serial(newest: str) -> int:
    """Return a zone's serial number, of 32 bits: the day of the latest audit, as RFC 1912 §2.2 writes it."""
    day = re.match(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", newest)
    return min(int("".join(day.groups()) + "00"), _GREATEST_SERIAL) if day else 1


def _unbound(names: Iterable[str], side: Side, destinations: Destinations) -> Iterator[str]:
    yield "server:"
    if side is Side.ALLOW:
        yield '    local-zone: "." always_nxdomain'
    for name in names:
        yield f'    local-zone: "{name}." {"always_nxdomain" if side is Side.BLOCK else "always_transparent"}'
    for name in exact(destinations.exempt) if side is Side.BLOCK else ():
        yield f'    local-zone: "{name}." always_transparent'


def _dnsmasq(names: Iterable[str], side: Side, destinations: Destinations) -> Iterator[str]:
    if side is Side.ALLOW:
        yield "address=/#/"
        yield f"local=/{'/'.join(f'*{each}' for each in _LAST)}/"
    for name in names:
        yield f"local=/{name}/" if side is Side.BLOCK else f"server=/{name}/#"
    for name in exact(destinations.exempt) if side is Side.BLOCK else ():
        yield f"server=/{name}/#"


def _plain(names: Iterable[str], _side: Side, _all: Destinations) -> Iterator[str]:
    yield from names


_FORMS: Final[Mapping[NameForm, Callable[[Collection[str], Side, Destinations], Iterator[str]]]] = MappingProxyType(
    {
        NameForm.HOSTS: _hosts,
        NameForm.RPZ: _rpz,
        NameForm.UNBOUND: _unbound,
        NameForm.DNSMASQ: _dnsmasq,
        NameForm.PLAIN: _plain,
    }
)
