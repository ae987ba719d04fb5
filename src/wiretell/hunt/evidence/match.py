"""Match weights (Fellegi & Sunter, "A Theory for Record Linkage", JASA 1969)."""

from __future__ import annotations

import numpy as np

from wiretell.hunt.evidence.interface import Floats


def for_it(m: float, u: Floats | float, cap: float, least: float) -> Floats:
    """Return the bits of what an account shows: log2(m / u), at most `cap`; 0 where it would be under `least`.

    :param m: how often a member of a campaign shows it.
    :param u: how often an unrelated account does; above 0.
    """
    bits = np.log2(m / np.asarray(u, dtype=np.float64))
    return np.where(bits >= least, np.minimum(bits, cap), 0.0)


def against_it(m: float, u: float, shown: float) -> float:
    """Return the bits, 0 or below, of an account that could show it and does not: log2((1 - m) / (1 - u)).

    :param shown: share of the cluster's accounts that show it. Where fewer do than m says, m is that: a campaign that
        does not share cards loses nothing by an account without the card.
    """
    return min(float(np.log2((1 - min(m, shown) + 1e-6) / max(1 - u, 1e-6))), 0.0)
