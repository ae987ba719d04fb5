"""Destinations of audits as lists for packet filters and proxies. Pure.

A packet filter knows addresses, so it gets those that agents reached without a name; a proxy knows names. No name is
resolved to fill a list: what it leads to today is somebody else's tomorrow. Forms: nft(8) sets; squid.conf `acl
dstdomain` and `dst`; CSV (RFC 4180); JSON.
"""

from __future__ import annotations

import csv
import io
import ipaddress
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, fields
from enum import StrEnum

from wiretell.errors import UsageError
from wiretell.fleet.exports.destinations import Destinations, Reached, above, comments
from wiretell.fleet.exports.names import Side, exact
from wiretell.report.words import plural


class EgressForm(StrEnum):
    """Who reads the list."""

    NFTABLES = "nftables"
    SQUID = "squid"
    CSV = "csv"
    JSON = "json"


def render(destinations: Destinations, form: EgressForm, side: Side) -> str:
    """Return the list. Equal audits give equal text.

    :raises UsageError: where the audits have nothing that `form` can hold, or `side` cannot be said in it.
    """
    match form:
        case EgressForm.NFTABLES:
            return _nftables(destinations, side)
        case EgressForm.SQUID:
            return _squid(destinations, side)
        case EgressForm.CSV:
            return _csv(destinations)
        case EgressForm.JSON:
            return _json(destinations)


def remarks(destinations: Destinations, form: EgressForm) -> Iterator[str]:
    """Yield what whoever makes a list should know: one sentence each."""
    if form is EgressForm.NFTABLES and destinations.hosts:
        names = plural(len(destinations.hosts), "name")
        yield f"{names} of the audits cannot be in a packet filter's set: use --form squid, or `export dns`."


def _addresses(destinations: Destinations, version: int) -> list[str]:
    found = {ipaddress.ip_address(each.host) for each in destinations.addresses}
    return [str(each) for each in sorted((a for a in found if a.version == version), key=int)]


def _nftables(destinations: Destinations, side: Side) -> str:
    """Sets of addresses, and a chain that rejects what goes there; for `nft -f`. Loading it anew replaces it."""
    if side is Side.ALLOW:
        raise UsageError("a set of bare addresses cannot allow what is reached by name; use --form squid for --allow.")
    if not destinations.addresses:
        raise UsageError("there is no bare address to list: the audits' agents reached all by name; use --form squid.")
    told = [f"{plural(len(destinations.hosts), 'name')} of these audits cannot be here, and none was resolved."]
    lines = [f"# {line}" for line in comments(destinations, told)]
    lines += ["add table inet wiretell", "delete table inet wiretell", "table inet wiretell {"]
    rules = []
    for version, kind in ((4, "ip"), (6, "ip6")):
        if found := _addresses(destinations, version):
            lines += [f"    set reached{version} {{", f"        type ipv{version}_addr"]
            lines += [f"        elements = {{ {', '.join(found)} }}", "    }"]
            rules += [f"        {kind} daddr @reached{version} counter reject"]
    for hook in ("output", "forward"):
        lines += [f"    chain {hook} {{", f"        type filter hook {hook} priority filter; policy accept;", *rules]
        lines += ["    }"]
    return "\n".join([*lines, "}"]) + "\n"


def _squid(destinations: Destinations, side: Side) -> str:
    """Access lists and the rules that use them; to be included before other `http_access` lines.

    `-n`: of an address that is asked for as such, Squid would look up what its owner says that its name is, which may
    be any. An IPv6 address stands with the names too, as a request writes it: of `http://[2606:4700::1111]/`, Squid 5.7
    finds no `dst`.
    """
    if not destinations.names and not destinations.addresses:
        raise UsageError("there is nothing to list: the audits saw nothing but the lab's own hosts.")
    block = side is Side.BLOCK
    told = [f"Names below a listed one are {'meant too' if block else 'not meant'}. Include it before http_access."]
    lines = [f"# {line}" for line in comments(destinations, told)]
    names, addresses = f"wiretell_{side}_names", f"wiretell_{side}_addresses"
    listed = [f".{name}" for name in _topmost(destinations.hosts)] if block else list(destinations.hosts)
    listed += [f"[{each}]" for each in _addresses(destinations, 6)]
    lines += [f"acl {names} dstdomain -n {name}" for name in listed]
    lines += [f"acl {addresses} dst {each}" for version in (4, 6) for each in _addresses(destinations, version)]
    exempt = list(exact(destinations.exempt)) if block else []
    lines += [f"acl wiretell_keep dstdomain -n {name}" for name in exempt]
    effect = "deny" if block else "allow"
    used = ([names] if listed else []) + ([addresses] if destinations.addresses else [])
    lines += [f"http_access {effect} {each}{' !wiretell_keep' if exempt else ''}" for each in used]
    return "\n".join(lines if block else [*lines, "http_access deny all"]) + "\n"


def _topmost(names: Iterable[str]) -> list[str]:
    """Return the names that lie below no other of them: squid refuses a list that holds a name twice in effect."""
    every = set(names)
    return sorted(name for name in every if every.isdisjoint(above(name)))


def _rows(destinations: Destinations) -> Iterator[tuple[str, Reached]]:
    yield from (("name", each) for each in destinations.names)
    yield from (("address", each) for each in destinations.addresses)


def _csv(destinations: Destinations) -> str:
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(["kind", *(field.name for field in fields(Reached))])
    writer.writerows([kind, *map(_cell, asdict(each).values())] for kind, each in _rows(destinations))
    return file.getvalue()


def _cell(value: str | int) -> str | int:
    """A spreadsheet takes what begins so for a formula; no host, version or protocol does by rights."""
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@")) else value


def _json(destinations: Destinations) -> str:
    document = {
        "schema": "wiretell/fleet-egress/1",
        "audited": destinations.audited,
        "inconclusive": destinations.inconclusive,
        "destinations": [{"kind": kind, **asdict(each)} for kind, each in _rows(destinations)],
        "left_out": [asdict(each) for each in destinations.left_out],
    }
    return json.dumps(document, indent=2) + "\n"
