"""What people write, as LSH bands over MinHash: distributed as those of real texts, without the texts.

A text made from a template holds the template's word triples and some of its own. MinHash keeps of each of 96 orders
the least triple; a band of 6 rows is the template's wherever in all 6 the least triple is one of the template. With
`ratio` own triples for each of the template, the template's least value of a row is Exp(1) and the text's own is
Exp(ratio): given the template's rows x_1 .. x_6 the band is kept with the chance exp(-ratio (x_1 + ... + x_6)).

Two texts of one template so share a row with the chance 1 / (1 + 2 ratio), their Jaccard s, and a band with s^6
(Broder: On the resemblance and containment of documents, 1997); which bands they share hangs together as it does with
real texts.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from wiretell.simulation.draw import Array, mix, unit

BANDS: Final = 16
ROWS: Final = 6
ALONE: Final = np.inf
"""Ratio of a text that follows no template."""
SAME: Final = 0.0
"""Ratio of a text that is its template, word for word."""


def bands(family: Array, text: Array, ratio: Array) -> Array:
    """Return [text, band] hashes of texts: `family` their template's token, `text` their own."""
    number = np.arange(BANDS)
    kept = np.zeros((len(text), BANDS), dtype=bool)
    kept[ratio == SAME] = True
    between = np.flatnonzero((ratio > SAME) & (ratio < ALONE))
    if len(between):
        kept[between] = _kept(family[between], text[between], ratio[between])
    own = mix("own band", text[:, None], number)
    return np.where(kept, mix("band", family[:, None], number), own)


def _kept(family: Array, text: Array, ratio: Array) -> Array:
    known, at = np.unique(family, return_inverse=True)
    rows = mix("row", known[:, None], np.arange(BANDS * ROWS))
    least = -np.log(unit(rows)).reshape(len(known), BANDS, ROWS).sum(axis=2)
    chance = np.exp(-ratio[:, None] * least[at])
    kept: Array = unit(mix("keeps", text[:, None], np.arange(BANDS))) < chance
    return kept


def ratio_of(jaccard: float) -> float:
    """Return the ratio at which two texts of one template have this Jaccard."""
    return ALONE if jaccard <= 0 else (1 / jaccard - 1) / 2
