"""Campaigns planted among honest accounts, as arrays: what the operator has is shared, everything else is chance."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tests.hunt.building import END_US, START_US, accounts, assemble, names
from wiretell.hunt.tables import Edges, Tables
from wiretell.model.hunt import SHARED_KINDS

PAYMENT, NETWORK, HEADERS, TEMPLATE, PREFIX, FAILOVER = range(len(SHARED_KINDS))
BANDS: Final = 4

Ids = NDArray[np.int64]


class World:
    """Accounts and tokens are numbers until `tables` names them."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.people = 0
        self.kinds: list[int] = []
        self._account: list[Ids] = []
        self._token: list[Ids] = []

    def accounts(self, n: int) -> Ids:
        self.people += n
        return np.arange(self.people - n, self.people)

    def tokens(self, kind: int, n: int) -> Ids:
        self.kinds.extend([kind] * n)
        return np.arange(len(self.kinds) - n, len(self.kinds))

    def hold(self, account: Any, token: Any) -> None:
        one, other = np.broadcast_arrays(account, token)
        self._account.append(one.ravel().astype(np.int64))
        self._token.append(other.ravel().astype(np.int64))

    def some(self, who: Ids, of: Ids, each: float, skew: float = 0.0) -> None:
        """Every account holds `each` of these tokens on average; the first are held most, by a power law."""
        weight = 1 / np.arange(1, len(of) + 1) ** skew
        counts = self.rng.poisson(each, len(who))
        self.hold(np.repeat(who, counts), of[self.rng.choice(len(of), counts.sum(), p=weight / weight.sum())])

    def texts(self, who: Ids, bands: Ids, each: float, skew: float = 0.0) -> None:
        """The same for templates, each of which has four bands."""
        templates = len(bands) // BANDS
        weight = 1 / np.arange(1, templates + 1) ** skew
        counts = self.rng.poisson(each, len(who))
        chosen = self.rng.choice(templates, counts.sum(), p=weight / weight.sum())
        for band in range(BANDS):
            self.hold(np.repeat(who, counts), bands[chosen * BANDS + band])

    def honest(self, n: int) -> Ids:
        """People with popular clients, public system parts, carriers' networks, and prompts that many copy."""
        who = self.accounts(n)
        self.some(who, self.tokens(HEADERS, 100), 1.2, 1.2)
        self.some(who, self.tokens(PREFIX, 30), 1.2, 1.5)
        self.some(who, self.tokens(NETWORK, max(n // 150, 5)), 1.5, 0.6)
        self.some(who, self.tokens(NETWORK, max(n // 3, 5)), 1.0, 0.3)
        self.texts(who, self.tokens(TEMPLATE, BANDS * max(n // 20, 10)), 2.0, 1.0)
        return who

    def campaign(self, n: int, stealth: int, pool: Ids | None = None) -> Ids:
        """One harness, one work queue; cards and header tuple are shared only at the lower levels."""
        who = self.accounts(n)
        if stealth == 0:
            self.some(who, self.tokens(PAYMENT, max(n // 40, 1)), 1.5)
        if stealth <= 1:
            self.hold(who, self.tokens(HEADERS, 1))
        self.hold(who, self.tokens(PREFIX, 1))
        proxies = self.tokens(NETWORK, max(n // 10, 2)) if pool is None else pool
        self.some(who, proxies, 4)
        each, templates = (12.0, 20) if stealth < 3 else (3.0, max(n // 8, 3))
        self.texts(who, self.tokens(TEMPLATE, BANDS * templates), each)
        moved = self.tokens(FAILOVER, n // 2)
        for _ in range(2):
            self.hold(self.rng.choice(who, n // 2), moved)
        return who

    def tables(self) -> tuple[Tables, Ids]:
        """Return the core of the graph, and for each of its accounts the number it has here."""
        kind = np.array(self.kinds, dtype=np.int8)
        pairs = np.unique(np.concatenate(self._account) * len(kind) + np.concatenate(self._token))
        account, token = pairs // len(kind), pairs % len(kind)
        holders = np.bincount(token, minlength=len(kind))
        while True:
            kinds = np.zeros((self.people, len(SHARED_KINDS)), dtype=np.bool_)
            kinds[account, kind[token]] = True
            rich = (kinds.sum(axis=1) >= 2)[account] & (np.bincount(token, minlength=len(kind)) >= 2)[token]
            if rich.all():
                break
            account, token = account[rich], token[rich]
        people, account = np.unique(account, return_inverse=True)
        held = np.unique(token)
        held = held[np.lexsort((held, kind[held]))]
        place = np.empty(len(kind), dtype=np.int64)
        place[held] = np.arange(len(held))
        order = np.lexsort((place[token], account))
        edges = Edges(
            account=account[order].astype(np.int32),
            token=place[token][order].astype(np.int32),
            n=np.full(len(order), 10),
            first=np.full(len(order), START_US),
            last=np.full(len(order), END_US),
        )
        tables = assemble(
            accounts(f"a{number:08d}" for number in people),
            edges,
            kind=kind[held],
            token_names=names(f"t{number:08d}" for number in held),
            holders=holders[held],
            total_accounts=self.people,
        )
        return tables, people


def jaccard(one: NDArray[Any], other: NDArray[Any]) -> float:
    """Return |both| / |either|."""
    return len(np.intersect1d(one, other)) / max(len(np.union1d(one, other)), 1)
