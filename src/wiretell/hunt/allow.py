"""Agreed groups: what a provider has agreed to, so that it counts as explained (docs/formats/hunt-allow.md).

A group's members (`accounts`, `orgs`, whoever pays with `payment`) are one entity, as a declared organisation is: what
only they share is no evidence. Its `payment` and `networks` are explained for everybody: a guest in an agreed office is
no member of it, and his address says nothing of him either. A group ends with its `until`: from then on it is told of
and not applied.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Final, TypeAlias

import msgspec

from wiretell.errors import FormatError
from wiretell.hunt import handwritten
from wiretell.hunt.engine.interface import Engine
from wiretell.model.hunt import EvidenceKind

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
Text = Annotated[str, msgspec.Meta(min_length=1)]
Texts = Annotated[tuple[Text, ...], msgspec.Meta(min_length=1)]

_NAMING: Final = ("accounts", "orgs", "payment", "networks")
_MEMBERS: Final = {"account": "accounts", "org": "orgs", "payment": "payment"}
"""Column of the log -> key of a group whose holders are its members; an earlier one wins."""
_EPOCH: Final = dt.date(1970, 1, 1)
_TABLE: Final = "allow_member"


class _Group(msgspec.Struct, frozen=True):
    name: Text
    reason: Text
    accounts: Texts | None = None
    payment: Texts | None = None
    networks: Texts | None = None
    orgs: Texts | None = None
    until: dt.date | None = None


class _File(msgspec.Struct, frozen=True):
    schema: int
    group: tuple[_Group, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One agreed group."""

    name: str
    reason: str
    accounts: tuple[str, ...] = ()
    orgs: tuple[str, ...] = ()
    payment: tuple[str, ...] = ()
    networks: tuple[Network, ...] = ()
    until: dt.date | None = None
    """Last day on which it holds (UTC); None: no end."""

    def holds(self, day: dt.date) -> bool:
        """Whether it is agreed on a day."""
        return self.until is None or day <= self.until


@dataclass(frozen=True, slots=True)
class Allow:
    """All agreed groups of one file."""

    groups: tuple[Group, ...] = ()
    """In the order of the file."""
    source: str = ""

    def on(self, day: dt.date) -> Allow:
        """Return the groups that hold on a day: all that follows is asked of these."""
        return Allow(tuple(group for group in self.groups if group.holds(day)), self.source)


def load(path: Path) -> Allow:
    """Read an allow file. :raises FormatError: one sentence that names the file, the table and its number."""
    return parse(handwritten.read_text(path), str(path))


def parse(text: str, source: str) -> Allow:
    """Read an allow file's text. `source`: the file's name, for messages. :raises FormatError: as `load`."""
    file = handwritten.parse(text, source, _File)
    groups = tuple(_group(given, f"{source}: [[group]] {number}") for number, given in enumerate(file.group, 1))
    _refuse_twice(groups, source)
    return Allow(groups, source)


def day_of(last: int | None, now: dt.date) -> dt.date:
    """Return the day that groups are held against: the log's last, so that a hunt made again later says the same. Pure.

    `last`: time of the newest exchange, in microseconds since 1970-01-01 UTC; None: there is none. A clock that runs
    ahead must not end an agreement: no day after `now` counts.
    """
    return now if last is None else min(now, _EPOCH + dt.timedelta(microseconds=last))


def agreed(allow: Allow, today: dt.date) -> Mapping[str, str]:
    """Return account -> group of the accounts that are named themselves, by groups that hold on that day. Pure."""
    return {account: group.name for group in allow.on(today).groups for account in group.accounts}


def allow_tokens(allow: Allow, today: dt.date) -> tuple[tuple[str, str, str], ...]:
    """Return (column, value, group) for all that makes an account a member: `account`, `org`, `payment`. Pure.

    In order of strength: what an account is named by itself counts before its organisation, and that before its card.
    """
    return tuple(
        (column, value, group.name)
        for column, key in _MEMBERS.items()
        for group in allow.on(today).groups
        for value in getattr(group, key)
    )


def members(engine: Engine, allow: Allow, today: dt.date, relation: str = "exchange") -> Mapping[str, str]:
    """Return account -> group of every member in the log.

    `relation`: a view or table of the engine with `account`, `org` and `payment`. It is read (once) only where a group
    names organisations or cards.
    """
    import pyarrow as pa

    named = allow_tokens(allow, today)
    beyond = [each for each in named if each[0] != "account"]
    found: dict[str, str] = {}
    if beyond:
        columns = zip(*beyond, strict=True)
        engine.put(_TABLE, pa.table(dict(zip(("via", "value", "grp"), map(list, columns), strict=True))))
        held = engine.fetch(_holders(relation)).to_pydict()
        ways = zip(held["account"], held["via"], held["value"], strict=True)
        order = {(via, value): (at, group) for at, (via, value, group) in reversed([*enumerate(beyond)])}
        strongest: dict[str, tuple[int, str]] = {}
        for account, via, value in ways:
            strongest[account] = min(order[via, value], strongest.get(account, order[via, value]))
        found = {account: group for account, (_, group) in sorted(strongest.items())}
    return found | dict(agreed(allow, today))


def _holders(relation: str) -> str:
    """Return the query of who pays with a named card or belongs to a named organisation."""
    return " UNION ALL ".join(
        f"SELECT DISTINCT e.account AS account, '{column}' AS via, e.{column} AS value FROM {relation} AS e "  # noqa: S608 - names of ours
        f"JOIN {_TABLE} AS a ON a.via = '{column}' AND a.value = e.{column}"
        for column in ("org", "payment")
    )


@dataclass(frozen=True)
class Explained:
    """Which tokens are explained for everybody."""

    allow: Allow
    """Groups that hold on the day."""

    def by(self, kind: EvidenceKind, token: str) -> str | None:
        """Return the group that explains a token of the account x token graph; None where none does.

        A network token (an address, or a /24 or /64) is explained where all of it lies in an agreed network.
        """
        match kind:
            case EvidenceKind.PAYMENT:
                return self._cards.get(token)
            case EvidenceKind.NETWORK:
                return self._network(token)
        return None

    def among(self, kind: EvidenceKind, tokens: Iterable[str]) -> dict[str, str]:
        """Return token -> group of those that are explained."""
        if not (self._cards if kind is EvidenceKind.PAYMENT else self._prefixes):
            return {}
        return {token: group for token in tokens if (group := self.by(kind, token))}

    @cached_property
    def _cards(self) -> dict[str, str]:
        pairs = [(card, group.name) for group in self.allow.groups for card in group.payment]
        return dict(reversed(pairs))

    @cached_property
    def _prefixes(self) -> dict[tuple[int, int, int], str]:
        """IP version, prefix length and the prefix's bits -> group: a look-up a length, however many networks."""
        pairs = [(_key(network, network.prefixlen), group.name) for group, network in _networks(self.allow)]
        return dict(reversed(pairs))

    @cached_property
    def _lengths(self) -> list[tuple[int, int]]:
        return sorted({(version, length) for version, length, _ in self._prefixes}, reverse=True)

    def _network(self, token: str) -> str | None:
        try:
            held = ipaddress.ip_network(token)
        except ValueError:  # a keyed hash
            return None
        keys = (_key(held, n) for version, n in self._lengths if version == held.version and n <= held.prefixlen)
        return next((self._prefixes[key] for key in keys if key in self._prefixes), None)


def explained(allow: Allow, today: dt.date) -> Explained:
    """Return which tokens the groups that hold on that day explain for everybody. Pure."""
    return Explained(allow.on(today))


def told(allow: Allow, today: dt.date, members_of: Mapping[str, str], tokens_of: Iterable[str] = ()) -> tuple[str, ...]:
    """Say what each group explained, one sentence each.

    `members_of`: account -> group, as `members` gives it; `tokens_of`: the group of each token that was explained.
    """
    accounts, tokens = Counter(members_of.values()), Counter(tokens_of)
    return tuple(_told(group, today, accounts[group.name], tokens[group.name]) for group in allow.groups)


def _told(group: Group, today: dt.date, accounts: int, tokens: int) -> str:
    name = f"Agreed group {group.name!r} ({group.reason})"
    if not group.holds(today):
        return f"{name} ended on {group.until} and was not applied."
    ends = f", until {group.until}" if group.until else ""
    parts = []
    if accounts:
        parts.append("1 account is of it" if accounts == 1 else f"{accounts:,} accounts count as one")
    if tokens:
        parts.append("1 shared token is explained" if tokens == 1 else f"{tokens:,} shared tokens are explained")
    return f"{name}{ends}: {', '.join(parts) or 'nothing in the log is of it'}."


def _networks(allow: Allow) -> Iterator[tuple[Group, Network]]:
    return ((group, network) for group in allow.groups for network in group.networks)


def _key(network: Network, length: int) -> tuple[int, int, int]:
    """Return version, length and first bits: equal for all networks in one of that length."""
    return network.version, length, int(network.network_address) >> (network.max_prefixlen - length)


def _group(given: _Group, place: str) -> Group:
    if not any(getattr(given, key) for key in _NAMING):
        raise FormatError(f"{place} names nobody; it needs at least one of {', '.join(_NAMING)}.")
    for key in ("name", "reason"):
        if not getattr(given, key).strip() or not getattr(given, key).isprintable():
            raise FormatError(f"{place}: {key} needs a text of one line.")
    return Group(
        name=given.name,
        reason=given.reason,
        accounts=given.accounts or (),
        orgs=given.orgs or (),
        payment=given.payment or (),
        networks=tuple(network(each, place) for each in given.networks or ()),
        until=given.until,
    )


def network(text: str, place: str) -> Network:
    """Return a network or address as a person wrote it. `place`: the file and the table, for messages.

    :raises FormatError: for what is none, has bits beyond its prefix, or is every address there is.
    """
    try:
        found = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise FormatError(f"{place}: {text!r} is no network, such as 10.0.0.0/8 or 2001:db8::/48.") from None
    if found.prefixlen == 0:
        raise FormatError(f"{place}: {text!r} would explain every address there is; name a smaller network.")
    if "/" in text and found.network_address != ipaddress.ip_address(text.partition("/")[0]):
        raise FormatError(f"{place}: {text!r} has bits beyond its prefix; did you mean {str(found)!r}?")
    return found


def _refuse_twice(groups: tuple[Group, ...], source: str) -> None:
    """Refuse a name, a member or a network that stands in two groups: which of them counts must not be a guess."""
    ways: tuple[tuple[str, Callable[[Group], Iterable[object]]], ...] = (
        ("the name", lambda group: (group.name,)),
        ("the account", lambda group: group.accounts),
        ("the organisation", lambda group: group.orgs),
        ("the payment", lambda group: group.payment),
        ("the network", lambda group: group.networks),
    )
    for what, of in ways:
        seen: dict[object, int] = {}
        for number, group in enumerate(groups, 1):
            for value in of(group):
                if value in seen:
                    where = f"[[group]] {seen[value]} and {number}" if seen[value] != number else f"[[group]] {number}"
                    raise FormatError(f"{source}: {what} {str(value)!r} stands twice, in {where}; leave one.")
                seen[value] = number
