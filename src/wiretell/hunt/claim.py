"""Claims against a finding, as a reviewer writes them down (docs/formats/hunt-claim.md)."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final, get_args

import msgspec

from wiretell.errors import FormatError
from wiretell.hunt import handwritten
from wiretell.hunt.allow import Text, Texts, network
from wiretell.model.hunt import EvidenceKind
from wiretell.report.hunt.document_v1 import Decision, Nature

EXPLAINS: Final = MappingProxyType(
    {
        "organisation": tuple(
            kind for kind in EvidenceKind if kind not in (EvidenceKind.CONTENT, EvidenceKind.CONTRADICTION)
        ),
        "licence": (EvidenceKind.TEMPLATE, EvidenceKind.SHARDING, EvidenceKind.CONTENT),
        "network": (EvidenceKind.NETWORK, EvidenceKind.TIMING),
        "card": (EvidenceKind.PAYMENT,),
        "other": (),
    }
)
"""Which kinds of evidence a claim explains, if it is true.

One owner's accounts share cards, addresses, tools and prompts, are made by one administrator, keep his hours and take
over from each other; what they ask for, and whether their headers are honest, is not explained by whose they are. A
licence explains what is asked, and that it is asked in parts. Who shares an office shares its address and its hours.
"""

_CLAIMS: Final[tuple[Nature, ...]] = get_args(Nature)
_DECISIONS: Final[tuple[Decision, ...]] = get_args(Decision)
_HASH: Final = re.compile("[0-9a-f]{16,128}")
"""An address in a log whose addresses are keyed hashes."""
_UNDECIDED: Final = "open"
_FINAL: Final = ("upheld", "overturned")


class _Named(msgspec.Struct, frozen=True):
    name: Text
    accounts: Texts | None = None


class _Network(msgspec.Struct, frozen=True):
    addresses: Texts


class _Card(msgspec.Struct, frozen=True):
    payment: Texts


class _Other(msgspec.Struct, frozen=True):
    text: Text


class _File(msgspec.Struct, frozen=True):
    schema: int
    account: Text | Texts
    organisation: _Named | None = None
    licence: _Named | None = None
    network: _Network | None = None
    card: _Card | None = None
    other: _Other | None = None
    decision: Text = _UNDECIDED
    reviewer: str = ""
    date: dt.date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One claim, and what a reviewer decided about it."""

    accounts: tuple[str, ...]
    """Who claims."""
    nature: Nature
    told: str
    """The claim in words."""
    named: tuple[str, ...] = ()
    """Accounts that it speaks of: an organisation's, or those that a licence is for; empty: those that claim."""
    values: tuple[str, ...] = ()
    """Cards, or networks and hashes of addresses, that it names."""
    decision: Decision = "open"
    """About the finding: `overturned` says that the claim is right."""
    reviewer: str = ""
    date: str = ""
    """ISO 8601, empty while nothing is decided."""
    note: str = ""


def load(path: Path) -> Claim:
    """Read a claim. :raises FormatError: one sentence that names the file and the key."""
    return parse(handwritten.read_text(path), str(path))


def parse(text: str, source: str) -> Claim:
    """Read a claim's text. `source`: the file's name, for messages. :raises FormatError: as `load`."""
    file = handwritten.parse(text, source, _File)
    accounts = (file.account,) if isinstance(file.account, str) else tuple(dict.fromkeys(file.account))
    decision = _decision(file, source)
    nature = _nature(file, source)
    told, named = _told(file, nature, source)
    values = _values(file, source)
    return Claim(
        accounts=accounts,
        nature=nature,
        told=told,
        named=named,
        values=values,
        decision=decision,
        reviewer=file.reviewer.strip(),
        date=file.date.isoformat() if file.date else "",
        note=file.note.strip(),
    )


def _nature(file: _File, source: str) -> Nature:
    given: list[Nature] = [name for name in _CLAIMS if getattr(file, name) is not None]
    if len(given) != 1:
        tables = ", ".join(f"[{name}]" for name in _CLAIMS)
        raise FormatError(f"{source}: the file needs exactly one of {tables}; a second claim is a file of its own.")
    return given[0]


def _told(file: _File, nature: Nature, source: str) -> tuple[str, tuple[str, ...]]:
    """Return the claim in words and the accounts it names."""
    if file.organisation:
        if not file.organisation.accounts:
            raise FormatError(f"{source}: [organisation] needs its accounts: all that it has in the campaign.")
        return f"one owner: {file.organisation.name}", file.organisation.accounts
    if file.licence:
        return f"a licence: {file.licence.name}", file.licence.accounts or ()
    if file.network:
        return f"a shared network: {', '.join(_values(file, source))}", ()
    if file.card:
        return f"a shared card: {', '.join(file.card.payment)}", ()
    assert file.other and nature == "other"
    return file.other.text, ()


def _values(file: _File, source: str) -> tuple[str, ...]:
    """Return what it names, as a document writes it."""
    if file.card:
        return file.card.payment
    given = file.network.addresses if file.network else ()
    return tuple(each if _HASH.fullmatch(each) else str(network(each, f"{source}: [network]")) for each in given)


def _decision(file: _File, source: str) -> Decision:
    """Return the decision; refuse one that nobody answers for: who decided, when, and of a final one why."""
    decision = next((known for known in _DECISIONS if known == file.decision), None)
    if decision is None:
        raise FormatError(
            f"{source}: there is no decision {file.decision!r}; {handwritten.nearest(file.decision, _DECISIONS)}."
        )
    needed: dict[str, object] = {}
    if decision != _UNDECIDED:
        needed |= {"a 'reviewer'": file.reviewer.strip(), "a 'date'": file.date}
    if decision in _FINAL:
        needed |= {"a 'note' that says why": file.note.strip()}
    if missing := [name for name, value in needed.items() if not value]:
        raise FormatError(f"{source}: the decision {decision!r} needs {' and '.join(missing)}.")
    return decision
