"""What a campaign looks like: a harvest, or a storefront.

Bits for either side are means over accounts. A pool that mixes both (a tenth of harvest inside resold traffic) may come
out as either: what weighs more decides, and *unclear* where neither does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from wiretell.hunt.evidence.interface import Weighed
from wiretell.hunt.tables import Accounts
from wiretell.model.hunt import CampaignKind, EvidenceKind

_LEAST: Final = 2.0
"""Bits by which one side must lead."""


def kind_of(members: Accounts, weighed: Weighed) -> CampaignKind:
    """Return the kind of a campaign of these accounts."""
    single = single_turns(members)
    mean = dict(zip(weighed.kinds, weighed.bits.mean(axis=0).tolist(), strict=True))
    lead = _harvest(mean, single) - _storefront(mean, single)
    if abs(lead) < _LEAST:
        return CampaignKind.UNCLEAR
    return CampaignKind.DISTILLATION if lead > 0 else CampaignKind.RESELLER_POOL


def single_turns(members: Accounts) -> float:
    """Return the mean over accounts of the share of conversations with one turn."""
    return float((members.single_turns / np.maximum(members.chains, 1)).mean())


def _harvest(mean: Mapping[EvidenceKind, float], single: float) -> float:
    """One queue dealt out and answers of one shape; wording as far as nobody talks on.

    End users of a storefront take their wording from account to account: that is no harvest.
    """
    queue = max(mean.get(EvidenceKind.SHARDING, 0.0), 0.0)
    copied = max(mean.get(EvidenceKind.CONTENT, 0.0), 0.0) + max(mean.get(EvidenceKind.TEMPLATE, 0.0), 0.0)
    return queue + single * copied


def _storefront(mean: Mapping[EvidenceKind, float], single: float) -> float:
    """Conversations of many turns that change accounts, and content that its headers do not fit."""
    failover = max(mean.get(EvidenceKind.FAILOVER, 0.0), 0.0)
    return (1 - single) * failover + max(mean.get(EvidenceKind.CONTRADICTION, 0.0), 0.0)
