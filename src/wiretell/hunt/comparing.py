"""Whether what a hunt found lies in what a claim names, as far as the hunt document tells. Pure.

A document names the token that each account's evidence rests on, and the commonest tokens of a campaign with who holds
them. A log with hashed addresses has hashes as tokens: these are the same or not, and nothing lies in them.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final, Literal

from wiretell.hunt.allow import Network
from wiretell.hunt.claim import Claim
from wiretell.hunt.evidence.shared import NOUNS
from wiretell.model.hunt import EvidenceKind
from wiretell.report.hunt.document_v1 import Campaign, Evidence, HuntDocument, Nature, Picture

Place = Literal["inside", "outside", "unknown"]
"""`unknown`: the document does not hold what it would take to compare."""

OF: Final[Mapping[Nature, EvidenceKind]] = MappingProxyType(
    {"network": EvidenceKind.NETWORK, "card": EvidenceKind.PAYMENT}
)
"""Claims that name what is shared, and the kind whose tokens are that."""
_TOLD: Final = (
    r"^(?:is paid for by|came from|used) {noun} (.+), as did [\d,]+ other accounts? of the group",
    r"^{noun} (.+): [\d,]+ of its [\d,]+ accounts",
)
"""Facts of an account and of a campaign (`evidence/shared.py`)."""
_PSEUDONYMS: Final = ipaddress.IPv6Network("fd00::/8")
"""Where `pseudonymise` puts addresses; no claim can know which."""


def places(document: HuntDocument, claim: Claim) -> dict[str, Place]:
    """Return for each claiming account with a finding whether evidence against it lies in what is claimed.

    Its own tokens count; those of its campaign where it has none. Of claims that name nothing shared: no account.
    """
    kind = OF.get(claim.nature)
    if kind is None:
        return {}
    campaigns = {campaign.id: campaign for campaign in document.campaigns}
    wanted = frozenset(claim.accounts)
    claimants = [found for found in document.accounts if found.account in wanted]
    held = {name: _held(campaigns[name], document.pictures.get(name), kind) for name in {f.campaign for f in claimants}}
    found: dict[str, Place] = {}
    for each in claimants:
        own, common = (
            _named(each.evidence, kind) | held[each.campaign].get(each.account, set()),
            held[each.campaign][""],
        )
        found[each.account] = _place(own or common, claim)
    return found


def _held(campaign: Campaign, picture: Picture | None, kind: EvidenceKind) -> dict[str, set[str]]:
    """Return account -> its tokens in the picture; under the empty name all that the document knows of the campaign."""
    held: dict[str, set[str]] = {"": _named(campaign.evidence, kind)}
    if picture is None:
        return held
    held[""] |= {token.token for token in picture.tokens if token.kind is kind}
    for account, at in picture.links:
        if picture.tokens[at].kind is kind:
            held.setdefault(campaign.accounts[account], set()).add(picture.tokens[at].token)
    return held


def _named(evidence: Sequence[Evidence], kind: EvidenceKind) -> set[str]:
    """Return the tokens that facts of a kind name."""
    patterns = [pattern.format(noun=NOUNS[kind]) for pattern in _TOLD]
    facts = [each.example for each in evidence if each.kind is kind]
    seen = (re.search(pattern, fact, re.DOTALL) for pattern in patterns for fact in facts)
    return {match[1] for match in seen if match}


def _place(tokens: Iterable[str], claim: Claim) -> Place:
    if claim.nature == "card":
        seen: set[Place] = {"inside" if token in claim.values else "outside" for token in tokens}
    else:
        networks = [network for value in claim.values if (network := _network(value))]
        seen = {_of_network(token, claim.values, networks) for token in tokens}
    order: tuple[Place, ...] = ("inside", "unknown", "outside")
    return next((place for place in order if place in seen), "unknown")


def _of_network(token: str, values: Sequence[str], claimed: Sequence[Network]) -> Place:
    """Compare one token: an address, a network, or a hash."""
    if token in values:
        return "inside"
    held = _network(token)
    if held is None:  # a hash: another hash is another network, and of an address nothing is known
        return "unknown" if claimed else "outside"
    alike = [network for network in claimed if network.version == held.version]
    if any(_is_in(held, network) for network in alike):
        return "inside"
    is_wider = any(_is_in(network, held) for network in alike)
    is_stand_in = _is_in(held, _PSEUDONYMS) and not any(_is_in(network, _PSEUDONYMS) for network in claimed)
    return "unknown" if is_wider or is_stand_in or not claimed else "outside"


def _is_in(inner: Network, outer: Network) -> bool:
    return inner.version == outer.version and inner.subnet_of(outer)  # type: ignore[arg-type]  # of one version


def _network(text: str) -> Network | None:
    """Return an address or a network; IPv4 that is written as IPv6 is IPv4. None of what is neither."""
    try:
        found = ipaddress.ip_network(text)
    except ValueError:
        return None
    mapped = getattr(found.network_address, "ipv4_mapped", None)
    return ipaddress.ip_network(mapped) if mapped is not None and found.num_addresses == 1 else found
