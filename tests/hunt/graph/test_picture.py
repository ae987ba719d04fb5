"""What a report draws."""

from __future__ import annotations

import numpy as np

from tests.hunt.building import DAY_US, START_US, accounts, tables
from wiretell.hunt.graph.clustering import clusters
from wiretell.hunt.graph.picture import MOST_ACCOUNTS, MOST_TOKENS, picture
from wiretell.hunt.rule import shipped
from wiretell.hunt.tables import Accounts, Tables
from wiretell.model.hunt import EvidenceKind


def log_of(n: int, tokens: int, profiles: Accounts | None = None) -> Tables:
    triples = [(f"a{at:03d}", "payment", "card") for at in range(n)]
    triples += [(f"a{at:03d}", "prefix", f"p{number:03d}") for at in range(n) for number in range(tokens)]
    return tables(triples, profiles=profiles, total_accounts=100_000)


def test_tokens_links_and_days() -> None:
    days = 3
    profiles = accounts(
        [f"a{at:03d}" for at in range(4)], rows=30, last=START_US + days * DAY_US - 1, first=START_US, day_mask=0
    )
    log = log_of(4, 2, profiles)
    (cluster,) = clusters(log, shipped())
    drawn = picture(log, cluster, [3, 1, 0])
    assert drawn.tokens == (
        (EvidenceKind.PAYMENT, "card", 3),
        (EvidenceKind.PREFIX, "p000", 3),
        (EvidenceKind.PREFIX, "p001", 3),
    )
    assert drawn.links == tuple((account, token) for account in range(3) for token in range(3))
    # The mask marks no day between: all of it lies on the first and the last.
    first = START_US // DAY_US
    assert drawn.days == ((first, 45), (first + 2, 45))


def test_a_large_one_is_cut_to_what_can_be_seen() -> None:
    log = log_of(100, 60)
    (cluster,) = clusters(log, shipped())
    drawn = picture(log, cluster, cluster.accounts[::-1])
    assert len(drawn.tokens) == MOST_TOKENS
    assert {account for account, _ in drawn.links} == set(range(MOST_ACCOUNTS))
    assert sum(count for _, count in drawn.days) == log.rows


def test_tokens_that_only_one_of_the_campaign_holds_are_not_drawn() -> None:
    log = log_of(3, 2)
    (cluster,) = clusters(log, shipped())
    assert picture(log, cluster, np.array([0])).tokens == ()
