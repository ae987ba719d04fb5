"""Innocent explanations: each is tested with numbers, and accounts are explained one by one.

An account is explained if what an explanation leaves of its own evidence is less than review asks of accounts that work
as one; an explanation holds if it explains most accounts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from wiretell.hunt.evidence import shared
from wiretell.hunt.evidence.interface import Floats, Weighed
from wiretell.hunt.graph.interface import Cluster
from wiretell.hunt.judging.kinds import single_turns
from wiretell.hunt.rule import Rule
from wiretell.hunt.tables import Accounts, Tables, take
from wiretell.model.hunt import SHARED_KINDS, Alternative, EvidenceKind

_ALL: Final = frozenset(EvidenceKind)
_TOOL: Final = (EvidenceKind.HEADERS, EvidenceKind.PREFIX, EvidenceKind.TEMPLATE)
_OFFICE: Final = frozenset({*_TOOL, EvidenceKind.PAYMENT, EvidenceKind.NETWORK, EvidenceKind.LIFECYCLE})
_JOBS: Final = frozenset(
    {
        *_TOOL,
        EvidenceKind.PAYMENT,
        EvidenceKind.NETWORK,
        EvidenceKind.SHARDING,
        EvidenceKind.TIMING,
        EvidenceKind.CONTENT,
    }
)
_MOST_OF_OFFICE: Final = 500
"""Accounts; a larger organisation declares itself."""
PERSON: Final = 3
"""Accounts that one person may have."""
_BOUND: Final = frozenset({EvidenceKind.FAILOVER, EvidenceKind.LIFECYCLE})
"""Kinds that people who only use the same prompts do not show."""
_FEW_BOUND: Final = 0.25
"""Share of accounts up to which these are chance."""
_NEARLY: Final = 0.8
_POPULAR: Final = 10
"""Holders outside the campaign from which a program counts as public."""


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A campaign to be explained."""

    tables: Tables
    members: Accounts
    weighed: Weighed
    has: shared.Held
    most: float
    """Bits that may be left of an account that is explained."""

    def left(self, explained: frozenset[EvidenceKind]) -> Floats:
        """Return the bits of each account that these kinds do not bring."""
        columns = [at for at, kind in enumerate(self.weighed.kinds) if kind not in explained]
        left: Floats = np.maximum(self.weighed.bits[:, columns], 0.0).sum(axis=1)
        return left

    def nobody(self) -> NDArray[np.bool_]:
        """Return that no account is explained."""
        return np.zeros(len(self.members), dtype=np.bool_)

    def showing(self, kind: EvidenceKind) -> int:
        """Return how many accounts show a kind."""
        at = self.weighed.kinds.index(kind) if kind in self.weighed.kinds else None
        return int(self.weighed.shows[:, at].sum()) if at is not None else 0

    def tokens(self, kind: EvidenceKind) -> NDArray[np.intp]:
        """Return the kind's shared tokens, most holders inside first."""
        of_kind = np.flatnonzero((self.has.kind == SHARED_KINDS.index(kind)) & (self.has.inside >= 2))
        return of_kind[np.argsort(-self.has.inside[of_kind], kind="stable")]

    def told(self, kind: EvidenceKind) -> bool:
        """Return whether the log could show a kind."""
        return kind in self.weighed.kinds


Tested: TypeAlias = tuple[Alternative, NDArray[np.bool_]]
"""With the accounts that it explains."""
Test: TypeAlias = Callable[[Case], Tested]


def alternatives(tables: Tables, cluster: Cluster, weighed: Weighed, rule: Rule) -> tuple[Alternative, ...]:
    """Test every innocent explanation of a campaign."""
    return examined(tables, cluster, weighed, rule)[0]


def examined(
    tables: Tables, cluster: Cluster, weighed: Weighed, rule: Rule
) -> tuple[tuple[Alternative, ...], NDArray[np.bool_]]:
    """Test every innocent explanation; return them, and which accounts any of them explains."""
    members = take(tables.accounts, cluster.accounts)
    case = Case(tables, members, weighed, shared.held(tables, cluster), rule.tiers.review_concerted_bits)
    tested = [test(case) for test in _TESTS]
    return tuple(alternative for alternative, _ in tested), np.any([who for _, who in tested], axis=0)


def _organisation(case: Case) -> Tested:
    name, size = "declared organisation", len(case.members)
    declared = case.members.entity[case.members.declared]
    if not len(declared) and not (case.tables.others.declared.any()):
        return Alternative(name, None, "The log names no organisations, and none were agreed."), case.nobody()
    largest = int(np.unique(declared, return_counts=True)[1].max()) if len(declared) else 0
    holds = largest >= _NEARLY * size
    return Alternative(name, holds, _declared(size, declared, largest)), np.full(size, holds)


def _declared(size: int, owners: NDArray[np.int32], largest: int) -> str:
    several = len(np.unique(owners))
    if not several:
        return f"None of the {size:,} accounts belongs to a declared organisation or an agreed group."
    those = f"{len(owners):,} of {size:,} accounts belong to"
    if several == 1:
        return f"{those} one declared organisation or agreed group."
    return f"{those} {several:,} declared organisations or agreed groups; the largest has {largest:,} of them."


def _office(case: Case) -> Tested:
    name, size = "office or household", len(case.members)
    networks = case.tokens(EvidenceKind.NETWORK)
    if not case.told(EvidenceKind.NETWORK):
        return Alternative(name, None, "The log has no addresses."), case.nobody()
    most = int(case.has.inside[networks[0]]) if len(networks) else 0
    fits = most >= _NEARLY * case.has.entities and size <= _MOST_OF_OFFICE
    told = f"{most:,} of {case.has.entities:,} holders come from one network"
    return _explained(case, name, _OFFICE, fits, told, "a shared office needs most of them in one, and at most 500")


def _carrier(case: Case) -> Tested:
    name = "carrier network or VPN"
    networks = case.tokens(EvidenceKind.NETWORK)
    if not case.told(EvidenceKind.NETWORK):
        return Alternative(name, None, "The log has no addresses."), case.nobody()
    inside, outside = (int(v[networks[0]]) if len(networks) else 0 for v in (case.has.inside, case.has.outside))
    told = f"their commonest network has {inside:,} holders among them and {outside:,} elsewhere in the log"
    kinds = frozenset({EvidenceKind.NETWORK})
    return _explained(case, name, kinds, outside > inside, told, "a carrier's network has more users elsewhere")


def _tool(case: Case) -> Tested:
    firsts = [tokens[0] for kind in _TOOL if len(tokens := case.tokens(kind))]
    outside = max((int(case.has.outside[token]) for token in firsts), default=0)
    told = f"their commonest header tuple, system part or template has {outside:,} holders outside of them"
    kinds = frozenset({*_TOOL, EvidenceKind.CONTRADICTION})
    return _explained(case, "public tool", kinds, outside >= _POPULAR, told, "a public program is used by others too")


def _course(case: Case) -> Tested:
    """A program with prompts and exercises that anybody can have: strangers use it, some of them colleagues."""
    size = len(case.members)
    at = [place for place, kind in enumerate(case.weighed.kinds) if kind in _BOUND]
    bound = int(case.weighed.shows[:, at].any(axis=1).sum())
    tokens = [*case.tokens(EvidenceKind.PAYMENT)[:1], *case.tokens(EvidenceKind.NETWORK)[:1]]
    most = max((int(case.has.inside[token]) for token in tokens), default=0)
    fits = bound <= _FEW_BOUND * size and 2 * most < case.has.entities
    told = (
        f"{bound:,} of {size:,} accounts went on with another's work or were opened together, and no card or network "
        f"is that of more than {most:,} holders"
    )
    kinds = frozenset(_ALL - _BOUND)
    return _explained(case, "published prompts or a course", kinds, fits, told, "strangers share little of that")


def _agency(case: Case) -> Tested:
    name, size, paid = "agency, or staff with one card", len(case.members), case.showing(EvidenceKind.PAYMENT)
    if not case.told(EvidenceKind.PAYMENT):
        return Alternative(name, None, "The log has no means of payment."), case.nobody()
    told = f"{paid:,} of {size:,} accounts share a card with another"
    kinds = frozenset({*_TOOL, EvidenceKind.PAYMENT, EvidenceKind.LIFECYCLE})
    return _explained(case, name, kinds, paid >= size / 2, told, "an agency pays for most of them")


def _jobs(case: Case) -> Tested:
    size, single = len(case.members), single_turns(case.members)
    systems = float(np.median(case.members.systems))
    fits = size <= PERSON and single >= _NEARLY and systems <= 2
    told = f"{size:,} accounts, {single:.0%} of their conversations with one turn, {systems:.0f} system parts each"
    return _explained(
        case, "CI fleet or batch jobs", _JOBS, fits, told, f"jobs of one owner need few accounts ({PERSON})"
    )


def _person(case: Case) -> Tested:
    size = len(case.members)
    told = (
        f"the group has {size:,} accounts, of which {case.showing(EvidenceKind.FAILOVER):,} went on with another's work"
    )
    return _explained(case, "accounts of one person", _ALL, size <= PERSON, told, f"one person has {PERSON} at most")


def _launch(case: Case) -> Tested:
    showing, size = case.showing(EvidenceKind.LIFECYCLE), len(case.members)
    told = f"{showing:,} of {size:,} accounts were opened closer together than the log's accounts usually are"
    kinds = frozenset({EvidenceKind.LIFECYCLE})
    return _explained(
        case, "launch-day enthusiasm", kinds, showing > 0, told, "an occasion would have them opened together"
    )


def _explained(case: Case, name: str, kinds: frozenset[EvidenceKind], fits: bool, told: str, needs: str) -> Tested:
    begun = told[0].upper() + told[1:]
    if not fits:
        return Alternative(name, False, f"{begun}; {needs}."), case.nobody()
    left = case.left(kinds)
    who = left < case.most
    rest = f"that leaves {float(np.median(left)):.1f} bits of other kinds"
    share = f"{int(who.sum()):,} of {len(who):,} accounts have less than {case.most:.0f} left"
    return Alternative(name, bool(who.mean() >= 0.5), f"{begun}; {rest}; {share}."), who


_TESTS: Final[tuple[Test, ...]] = (
    _organisation,
    _office,
    _carrier,
    _tool,
    _course,
    _agency,
    _jobs,
    _person,
    _launch,
)
