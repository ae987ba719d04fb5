"""Timing: the hours of the day are dealt out by one clock-work, not lived.

One queue spreads its work over accounts: each account's hours are then a plain sample of the pool's (a multinomial).
People come in sittings and have habits, so that an honest account is far more lumpy (a Dirichlet-multinomial, whose
concentration is estimated from other accounts). The weight is the logarithm of the ratio of both; each account is held
against the pool of all the others, moved to the zone that suits it best, and so is every account it is compared with.

Honest look-alikes: an office has the same hours, but each of its people comes in sittings, so that keeping office hours
tells nothing; launch days and holidays touch days, which are not read; scheduled jobs are as even as a queue (the
alternative *CI fleet* asks for the other kinds).
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from wiretell.hunt.evidence.interface import Floats
from wiretell.hunt.evidence.pool import Pooled, nothing
from wiretell.hunt.evidence.population import Against
from wiretell.hunt.tables import HOURS, Ints
from wiretell.model.hunt import EvidenceKind

_FEW: Final = 20
"""An account with fewer exchanges has no hours."""
_MOST: Final = 200.0
"""Exchanges of an account that count: more are thinned, so that a heavy one does not carry the pool."""
_CLIP: Final = 12.0
"""Bits that one account can bring to a mean."""
_SMOOTH: Final = 0.05
"""Share of every pool that is spread evenly over the day."""
_CONCENTRATION: Final = (0.5, 200.0)
_EVEN: Final = 20.0
"""Concentration of the most even honest hours."""


def timing(held: Against) -> Pooled:
    """Weigh the hours of a cluster."""
    members = held.members.hours
    known = members.sum(axis=1) >= _FEW
    usable = held.others.hours.sum(axis=1) >= _FEW
    if known.sum() < 2 or not held.enough or not usable.any():
        return nothing(EvidenceKind.TIMING, len(known))
    shares = _shares(members[known])
    total, count = shares.sum(axis=0), int(known.sum())
    theirs = _thinned(held.others.hours[usable])
    turned = _turned(theirs, (total / count)[None, :])
    alpha = _concentration(theirs, turned)
    inside = np.full(len(known), 0.0)
    own = _thinned(members[known])
    inside[known] = _weights(own, _turned(own, (total - shares) / (count - 1)), alpha)
    outside = np.full(len(usable), -_CLIP)
    outside[usable] = _weights(theirs, turned, alpha)
    fits = inside[known].mean() > 0
    return Pooled(
        EvidenceKind.TIMING,
        held.chance(inside[known], outside) if fits else 1.0,
        conforms=inside > 0,
        known=known,
        usual=float((outside > 0).mean()),
        example=f"the hours of {int((inside > 0).sum()):,} of its {len(known):,} accounts are dealt out as by one "
        f"clock, without the sittings of people; of {len(outside):,} other accounts {int((outside > 0).sum()):,} look "
        f"like it",
        facts=tuple(_fact(hours) for hours in members),
        strength=np.maximum(inside, 0.0),
    )


def _shares(hours: Ints) -> Floats:
    shares: Floats = hours / np.maximum(hours.sum(axis=1, keepdims=True), 1)
    return shares


def _thinned(hours: Ints) -> Floats:
    totals = hours.sum(axis=1, keepdims=True)
    thinned: Floats = hours * np.minimum(1.0, _MOST / np.maximum(totals, 1))
    return thinned


def _turned(hours: Floats, pools: Floats) -> Floats:
    """Return the pools (one, or one an account) turned to the zone that suits an account's hours best, and smoothed."""
    smooth = (1 - _SMOOTH) * pools + _SMOOTH / HOURS
    # Cross-correlation on a circle: the log-likelihood of all 24 turns at once.
    fits = np.fft.irfft(np.fft.rfft(hours) * np.conj(np.fft.rfft(np.log(smooth))), n=HOURS)
    turns = fits.argmax(axis=1)
    places = (np.arange(HOURS)[None, :] - turns[:, None]) % HOURS
    turned: Floats = np.take_along_axis(np.broadcast_to(smooth, hours.shape), places, axis=1)
    return turned


def _weights(x: Floats, p: Floats, alpha: float) -> Floats:
    """Return bits by which a plain sample of the pools `p` explains the hours `x` better than a lumpy one.

    As lumpy as others are by this pool (which need not be theirs), or as even as honest people get: what fits better.
    """
    at, hour = np.nonzero(x)
    n, own, pool = x.sum(axis=1), x[at, hour], p[at, hour]
    plain = np.bincount(at, own * np.log(pool), len(x))
    lumpy = np.maximum(*(_lumpy(at, own, pool, n, each) for each in (alpha, _EVEN)))
    bits: Floats = np.clip((plain - lumpy) / np.log(2), -_CLIP, _CLIP)
    return bits


def _lumpy(at: NDArray[np.intp], own: Floats, pool: Floats, n: Floats, alpha: float) -> Floats:
    terms = gammaln(own + alpha * pool) - gammaln(alpha * pool)
    fit: Floats = np.bincount(at, terms, len(n)) + gammaln(alpha) - gammaln(n + alpha)
    return fit


def _concentration(x: Floats, p: Floats) -> float:
    """Estimate how lumpy other accounts are: the median of the moment estimate, as if the pool were theirs."""
    n = x.sum(axis=1, keepdims=True)
    index = ((x - n * p) ** 2 / np.maximum(n * p, 1e-9)).sum(axis=1) / (HOURS - 1)
    within = (index - 1) / np.maximum(n[:, 0] - 1, 1)
    typical = float(np.median(within))
    return float(np.clip(1 / max(typical, 1e-9) - 1, *_CONCENTRATION))


def _fact(hours: Ints) -> str:
    total = int(hours.sum())
    used = int(np.count_nonzero(hours))
    return f"spread {total:,} exchanges over {used} hours of the day as evenly as the group's other accounts do"
