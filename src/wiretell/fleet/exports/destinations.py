"""Which hosts of audit documents may stand in lists for a company's network, and which were the lab's own. Pure.

An audit runs an agent in a sealed lab: the addresses there are the lab's, and so are custom API hosts, proxies and
names that are set aside for tests. None of them may reach a list that is used outside, and no name is ever resolved.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from wiretell.errors import FormatError
from wiretell.model.findings import Verdict
from wiretell.policy.globs import fits
from wiretell.report.audit.document_v1 import Destination, Document
from wiretell.report.glyphs import shorten

_LABEL: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
_LONGEST: Final = 253
"""Characters of a host name (RFC 1035 §2.3.4, as text)."""
_RESERVED: Final = ("test", "example", "invalid", "localhost", "local", "internal", "home.arpa", "arpa", "onion")
_RESERVED_DOMAINS: Final = ("example.com", "example.net", "example.org")
"""https://www.iana.org/assignments/special-use-domain-names: RFC 2606, 6761, 6762, 8375, 9476."""
_ZONE_TRIGGERS: Final = "rpz-"
"""`rpz-ip`, `rpz-client-ip` and their like: last labels that give an entry of a response policy zone another meaning
(draft-vixie-dnsop-dns-rpz-00 §4). No domain of DNS begins so."""
_URL_FACTS: Final = ("base_url", "http_proxy")
"""Facts whose levels are hosts that the lab chose, and that the agent was told to call."""


@dataclass(frozen=True, slots=True, order=True)
class Reached:
    """One host that an agent reached for."""

    host: str
    """Host name in lower case, or an address."""
    port: int
    protocol: str
    product: str
    """Name of the agent's recipe, `claude-code`, or the label the user gave."""
    version: str
    when: str
    """In which worlds, as the audit says it."""
    requests: int
    bytes: int


@dataclass(frozen=True, slots=True, order=True)
class LeftOut:
    """What the audits hold and no list does."""

    host: str
    why: str


@dataclass(frozen=True, slots=True)
class Destinations:
    """Hosts of one or more audits, sorted, each port once."""

    names: tuple[Reached, ...]
    addresses: tuple[Reached, ...]
    """Bare addresses: no name was looked up for them."""
    left_out: tuple[LeftOut, ...] = ()
    exempt: tuple[str, ...] = ()
    """Host names, or `*.` and a host name, that lie below a listed name and must work all the same; sorted."""
    audited: tuple[str, ...] = ()
    """`claude-code 2.1.91`, sorted."""
    inconclusive: tuple[str, ...] = ()
    """Of these, what was audited inconclusively: it may reach for more."""
    newest: str = ""
    """When the latest of the audits began, ISO 8601; empty in reproducible documents."""

    @property
    def hosts(self) -> tuple[str, ...]:
        """Host names, each once, sorted."""
        return tuple(sorted({each.host for each in self.names}))


def gather(documents: Sequence[tuple[str, Document]], keep: Iterable[str] = (), label: str = "") -> Destinations:
    """Return what the documents' agents reached for. `documents`: a name for messages, and the document. `keep`: globs
    of host names that are to be left out; `label`: what to call the product.

    :raises FormatError: for a destination that is neither a host name nor an address, one sentence.
    """
    reached: set[Reached] = set()
    left_out: set[LeftOut] = set()
    globs = tuple(keep)
    kept = {glob.lower() for glob in globs}
    for source, document in documents:
        lab = _lab_hosts(document)
        for row in document.destinations:
            host = _host(source, row.name)
            why = _lab_own(row, host, lab)
            glob = next((glob for glob in globs if fits(glob, host)), None)
            if why or glob:
                left_out.add(LeftOut(host, why or f"as --keep {glob} asks"))
                kept |= {host} - ({host} if why else set())
            else:
                reached.add(_reached(host, row, document, label))
    every = sorted(reached)
    names = tuple(each for each in every if not is_address(each.host))
    return Destinations(
        names=names,
        addresses=tuple(each for each in every if is_address(each.host)),
        left_out=tuple(sorted(left_out)),
        exempt=tuple(sorted(_exempt(kept, {each.host for each in names}))),
        audited=_told(document for _, document in documents),
        inconclusive=_told(each for _, each in documents if each.verdict is Verdict.INCONCLUSIVE),
        newest=max((document.started for _, document in documents), default=""),
    )


def _exempt(kept: Iterable[str], listed: set[str]) -> Iterator[str]:
    """Yield the names among `kept` that a list would cover which means what is below its names too."""
    for glob in kept:
        name = glob.removeprefix("*.")
        covered = (name in listed and name != glob) or not listed.isdisjoint(above(name))
        if is_host_name(name) and not is_address(name) and covered:
            yield glob


def above(name: str) -> Iterator[str]:
    """Yield the names that a host name lies below, nearest first, without the root."""
    return (name[dot.end() :] for dot in re.finditer(r"\.", name))


def is_address(host: str) -> bool:
    """Whether a host is an IP address. One with a scope (RFC 4007 §11, `fe80::1%eth0`) is none: a scope is a machine's
    own, and may hold any text."""
    try:
        return "%" not in host and bool(ipaddress.ip_address(host))
    except ValueError:
        return False


def is_host_name(host: str) -> bool:
    """Whether a text is a host name of DNS, in ASCII and lower case (`xn--` for anything else). What ends in a number
    is none: programs read an address in it (`0177.0.0.1`; https://url.spec.whatwg.org/#ends-in-a-number-checker)."""
    labels = host.split(".")
    return len(host) <= _LONGEST and all(map(_LABEL.fullmatch, labels)) and not _NUMBER.fullmatch(labels[-1])


def _host(source: str, name: str) -> str:
    """Return a destination's name in lower case, without the root's dot. Rows for several hosts are in brackets."""
    host = name.lower().removesuffix(".")
    if is_address(host):
        return str(ipaddress.ip_address(host))
    if is_host_name(host) or name in ("(base_url)", "(http_proxy)"):
        return host
    raise FormatError(
        f"{source}: the destination {shorten(name, 80)!r} is no host name in ASCII and no plain address, and no "
        "list can hold it; write a name in other letters as its xn-- form, or take it out of the document."
    )


def _lab_own(row: Destination, host: str, lab: frozenset[str]) -> str:
    """Return why a host is the lab's own or this machine's; empty for what an agent reaches for by itself."""
    if host.startswith("("):
        return "the lab's own: hosts that it told the agent to call"
    if is_address(host):
        address = ipaddress.ip_address(host)
        outside = address.is_global and not address.is_multicast
        return "" if outside else "an address of the lab or of a local network"
    if "." not in host:
        return "a name without a dot: the machine's own or the local network's"
    if host.rpartition(".")[2].startswith(_ZONE_TRIGGERS):
        return "no name of DNS: policy zones of resolvers read another thing in it"
    if any(host.endswith(f".{name}") for name in _RESERVED) or host.endswith(tuple(f".{n}" for n in _RESERVED_DOMAINS)):
        return "a name set aside for tests and local use"
    if host in _RESERVED_DOMAINS:
        return "a name set aside for tests and local use"
    chosen = host in lab and row.when not in ("official", "always")
    return "the lab's own: a host that it told the agent to call" if chosen else ""


def _lab_hosts(document: Document) -> frozenset[str]:
    """Return hosts that the audit's levels name as API host or proxy."""
    levels = [level for fact in _URL_FACTS if (told := document.coverage.facts.get(fact)) for level in told.levels]
    levels += [world.world.get(fact, "") for world in document.table for fact in _URL_FACTS]
    return frozenset(filter(None, map(_url_host, set(levels))))


def _url_host(level: str) -> str:
    try:
        return (urlsplit(level).hostname or "").removesuffix(".") if "://" in level else ""
    except ValueError:
        return ""


def _reached(host: str, row: Destination, document: Document, label: str) -> Reached:
    product = plain(label or document.target.agent or document.target.name)
    version = plain(document.target.version or "")
    return Reached(host, row.port, plain(row.protocol), product, version, plain(row.when), row.requests, row.bytes)


def _told(documents: Iterable[Document]) -> tuple[str, ...]:
    """Return agent and version of each, once, as a comment may hold them."""
    names = (f"{each.target.agent or each.target.name} {each.target.version or ''}" for each in documents)
    return tuple(sorted({plain(name).strip() for name in names}))


def plain(text: str) -> str:
    """Return a text of a document as a line of any form may hold it: printable ASCII, at most 100 characters."""
    return "".join(char if " " <= char <= "~" else "?" for char in text[:100])


def comments(destinations: Destinations, listed: Iterable[str]) -> Iterator[str]:
    """Yield what a reader of a list should know: where it is from, what is not in it and why. No comment signs."""
    yield f"From audits of {', '.join(destinations.audited)} in a sealed lab, by wiretell."
    yield from listed
    for told in destinations.inconclusive:
        yield f"The audit of {told} was inconclusive: it may reach for more than is listed."
    for each in destinations.left_out:
        yield f"Left out: {plain(each.host)} ({plain(each.why)})."
