"""The model of template bands against MinHash of real texts, and against its own formula."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from rensa import RMinHash

from wiretell.simulation import texts
from wiretell.simulation.draw import mix

PAIRS = 4000


def _shared(found: np.ndarray) -> np.ndarray:
    """Bands that texts 0 and 1, 2 and 3 ... share."""
    shared: np.ndarray = (found[0::2] == found[1::2]).sum(axis=1)
    return shared


def _made(ratio: float, seed: str = "t") -> np.ndarray:
    number = np.arange(2 * PAIRS)
    family = mix(seed, number // 2)
    return texts.bands(family, mix(seed, "own", number), np.full(2 * PAIRS, ratio))


@pytest.mark.parametrize("jaccard", [0.9, 0.7, 0.5])
def test_a_band_is_shared_with_s_to_the_sixth(jaccard: float) -> None:
    share = _shared(_made(texts.ratio_of(jaccard))).mean() / texts.BANDS
    assert share == pytest.approx(jaccard**6, rel=0.1, abs=0.002)


def _real(triples_of_template: int, own: int, pairs: int) -> np.ndarray:
    """Shared bands of pairs of real texts: a template's word triples and some of their own, MinHash as at ingest."""
    shared = []
    for pair in range(pairs):
        template = [f"template {pair} {number}" for number in range(triples_of_template)]
        digests = []
        for text in range(2):
            sketch = RMinHash(num_perm=texts.BANDS * texts.ROWS, seed=1)
            sketch.update(template + [f"own {pair} {text} {number}" for number in range(own)])
            digests.append(sketch.digest())
        bounds = list(pairwise(range(0, texts.BANDS * texts.ROWS + 1, texts.ROWS)))
        shared.append(sum(digests[0][start:end] == digests[1][start:end] for start, end in bounds))
    return np.array(shared)


def test_the_number_of_shared_bands_is_distributed_as_with_real_texts() -> None:
    real = _real(160, 40, 1500)  # Jaccard 2/3
    model = _shared(_made(40 / 160))
    assert model.mean() == pytest.approx(real.mean(), rel=0.1)
    most = texts.BANDS + 1
    distance = np.abs(
        np.cumsum(np.bincount(real, minlength=most)) / len(real)
        - np.cumsum(np.bincount(model, minlength=most)) / len(model)
    ).max()
    assert distance < 0.06  # Kolmogorov-Smirnov at 1e-3 for these sizes


def test_texts_of_one_template_keep_the_same_bands_more_often_than_by_chance() -> None:
    number = np.arange(3 * PAIRS)
    found = texts.bands(mix("three", number // 3), mix("three", "own", number), np.full(3 * PAIRS, 0.25))
    first = found[0::3] == found[1::3]
    second = found[0::3] == found[2::3]
    both = (first & second).mean()
    assert both > 1.5 * first.mean() * second.mean()  # rows of the template hang together, as (a / (a + 3 b)) says
    assert both == pytest.approx((1 / (1 + 3 * 0.25)) ** 6, rel=0.15)


def test_the_same_words_give_the_same_bands_and_others_none() -> None:
    family, text = mix("f", np.zeros(2, dtype=np.int64)), mix("t", np.arange(2))
    same = texts.bands(family, text, np.full(2, texts.SAME))
    alone = texts.bands(family, text, np.full(2, texts.ALONE))
    assert (same[0] == same[1]).all()
    assert not np.intersect1d(alone[0], alone[1]).size
    assert len(np.unique(same[0])) == texts.BANDS
