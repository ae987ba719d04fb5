"""Contradiction: headers name another client than nearly everyone with the same system part.

A relay sends what its users' programs wrote under the headers of one program. Counted by account: the share of
`contradictions` among exchanges whose system part is known well enough.

Honest look-alikes: gateways that say what they are (not counted at all), people who borrow a public system part for a
program of their own (some accounts in every log: sets of others show how many).
"""

from __future__ import annotations

from typing import Final

import numpy as np

from wiretell.hunt.evidence.pool import Pooled, nothing
from wiretell.hunt.evidence.population import Against
from wiretell.model.hunt import EvidenceKind

_SHARE: Final = 0.2
"""Share of a cluster's accounts that must contradict themselves: one that does is no pool."""
_FEW: Final = 5
"""Exchanges with a known system part under which an account has no share."""


def contradiction(held: Against) -> Pooled:
    """Weigh what headers say against what programs write."""
    members, others = held.members, held.others
    known = members.known_systems >= _FEW
    if not known.any() or not held.enough:
        return nothing(EvidenceKind.CONTRADICTION, len(known))
    inside = members.contradictions / np.maximum(members.known_systems, 1)
    outside = others.contradictions / np.maximum(others.known_systems, 1)
    usual = float(outside.mean())
    conforms = known & (members.contradictions > 1) & (inside > usual)
    counts = zip(members.contradictions.tolist(), members.known_systems.tolist(), strict=True)
    return Pooled(
        EvidenceKind.CONTRADICTION,
        held.chance(inside[known], outside) if conforms.sum() >= _SHARE * len(known) else 1.0,
        conforms=conforms,
        known=known,
        usual=float((outside > usual).mean()),
        example=f"on average {float(inside[known].mean()):.0%} of an account's exchanges are of another client than "
        f"their headers say, others' {usual:.1%}; so it is for {int(conforms.sum()):,} of its {len(known):,} accounts",
        facts=tuple(
            f"sent {wrong:,} of {of:,} exchanges under the headers of another client than such content comes from"
            for wrong, of in counts
        ),
    )
