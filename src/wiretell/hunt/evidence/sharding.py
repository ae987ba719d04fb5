"""Sharding: one queue of work, dealt out over accounts in single-turn exchanges.

Accounts that draw from one queue hold the cluster's templates in the same mix: each is a plain sample (a multinomial)
of what the others hold. People who share templates have favourites: their mixes are far apart (Dirichlet-multinomials
of concentration `Weights.taste` and a tenth of it, whichever suits the account better). The weight is the logarithm of
the ratio of both, by account, against all other accounts' counts. Bands of one template come together, so that counts
are divided by their number.

It counts only where the cluster's conversations are of one turn more often than others' are, and the account's too:
members of a team talk on.

Honest look-alikes: a team's shared templates (favourites, talking on), a public prompt that many use once (one use has
no mix), batch jobs of one organisation (declared: one entity).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from wiretell.hunt.evidence.interface import Floats
from wiretell.hunt.evidence.pool import Pooled, nothing
from wiretell.hunt.evidence.population import Against
from wiretell.hunt.evidence.shared import Held
from wiretell.hunt.evidence.turns import turns
from wiretell.hunt.graph.interface import Cluster
from wiretell.hunt.rule import Rule
from wiretell.hunt.tables import Tables
from wiretell.model.hunt import SHARED_KINDS, EvidenceKind

_TEMPLATE: Final = SHARED_KINDS.index(EvidenceKind.TEMPLATE)
_CLIP: Final = 24.0


@dataclass(frozen=True, slots=True, eq=False)
class _Uses:
    """How often accounts used templates that the cluster shares."""

    account: NDArray[np.int32]
    n: Floats
    rest: Floats
    """Uses of the same template by the cluster's other accounts."""
    total: Floats
    """By account."""
    elsewhere: Floats
    """By account: uses of any of the templates by the others."""


def sharding(tables: Tables, cluster: Cluster, has: Held, held: Against, rule: Rule) -> Pooled:
    """Weigh how templates are spread over accounts."""
    size = len(cluster.accounts)
    uses = _uses(tables, cluster, has, rule.share.template_bands)
    known = (uses.total > 1) & (uses.elsewhere > 0)
    if known.sum() < 2 or not held.enough:
        return nothing(EvidenceKind.SHARDING, size)
    own = _plain_or_lumpy(uses, rule.weights.taste)
    spoken = turns(held)
    dealt = float(np.clip(own[known], -_CLIP, _CLIP).mean())
    conforms = known & (own > 0) & spoken.more
    # Markov: a ratio of likelihoods reaches 2^b by chance at most once in 2^b.
    p = max(min(1.0, 2.0**-dealt), 1 / (1 + rule.weights.permutations)) if spoken.harvest else 1.0
    return Pooled(
        EvidenceKind.SHARDING,
        p,
        conforms=conforms,
        known=known,
        usual=float((spoken.others > spoken.others.mean()).mean()),
        example=f"{int(conforms.sum()):,} of its {size:,} accounts hold its templates in one mix; "
        f"{float(spoken.members.mean()):.0%} of an account's conversations are of one turn, "
        f"of others' {float(spoken.others.mean()):.0%}",
        facts=tuple(
            f"used the group's shared templates {round(total):,} times, in the mix of the others, and {share:.0%} of "
            "its conversations are of one turn"
            for total, share in zip(uses.total.tolist(), spoken.members.tolist(), strict=True)
        ),
        strength=np.maximum(own, 0.0),
    )


def _uses(tables: Tables, cluster: Cluster, has: Held, bands: int) -> _Uses:
    counts = (has.kind[has.token] == _TEMPLATE) & (has.inside[has.token] >= 2)
    account, token = has.account[counts], has.token[counts]
    n = tables.edges.n[cluster.edges][counts] / bands
    by_token = np.bincount(token, n, len(has.kind))
    total = np.bincount(account, n, len(cluster.accounts)).astype(np.float64)
    return _Uses(account, n, by_token[token] - n, total, total.sum() - total)


def _plain_or_lumpy(uses: _Uses, taste: float) -> Floats:
    """Return bits by which a plain sample of the others' templates explains an account better than favourites do."""
    size, elsewhere = len(uses.total), np.maximum(uses.elsewhere, 1e-9)
    share = (uses.rest + 0.25) / (elsewhere[uses.account] + 0.25)
    share = np.minimum(share, 1.0)
    plain = np.bincount(uses.account, uses.n * np.log(share), size)
    lumpy = np.full(size, -np.inf)
    for alpha in (taste, taste / 10):
        terms = gammaln(uses.n + alpha * share) - gammaln(alpha * share)
        fit = np.bincount(uses.account, terms, size) + gammaln(alpha) - gammaln(uses.total + alpha)
        lumpy = np.maximum(lumpy, fit)
    bits: Floats = (plain - lumpy) / np.log(2)
    return bits
