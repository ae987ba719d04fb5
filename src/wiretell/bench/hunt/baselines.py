"""Trivial rules and a plain clustering, on the same log: if they score near a hunt, the log is too easy."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import duckdb
import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from wiretell.bench.hunt.scoring import Found
from wiretell.model.hunt import Tier

_VOLUME: Final = """
SELECT account FROM (SELECT account, count(*) AS n FROM log GROUP BY account)
QUALIFY n > quantile_cont(n, 0.99) OVER ()
"""
_ADDRESS: Final = """
WITH held AS (SELECT DISTINCT account, ip FROM log WHERE ip <> ''),
     busy AS (SELECT ip FROM held GROUP BY ip HAVING count(*) > 5)
SELECT DISTINCT account FROM held SEMI JOIN busy USING (ip)
"""
_PAYMENT: Final = """
WITH held AS (SELECT DISTINCT account, coalesce(org, account) AS entity, payment FROM log WHERE payment IS NOT NULL),
     busy AS (SELECT payment FROM held GROUP BY payment HAVING count(DISTINCT entity) > 3)
SELECT DISTINCT account FROM held SEMI JOIN busy USING (payment)
"""
_PAIRS: Final = """
WITH held AS (
    SELECT DISTINCT account, coalesce(org, account) AS entity, 'p' || payment AS token FROM log
      WHERE payment IS NOT NULL
    UNION ALL SELECT DISTINCT account, coalesce(org, account), 'i' || ip FROM log WHERE ip <> ''
    UNION ALL SELECT DISTINCT account, coalesce(org, account), 't' || unnest(template[1:4]) FROM log
      WHERE len(template) > 0),
     shared AS (SELECT token FROM held GROUP BY token
                HAVING count(DISTINCT entity) BETWEEN 2 AND 0.05 * (SELECT count(DISTINCT account) FROM log))
SELECT account, token FROM held SEMI JOIN shared USING (token)
"""
RULES: Final = {
    "volume above the 99th percentile": _VOLUME,
    "an address with more than 5 accounts": _ADDRESS,
    "a card of more than 3 entities": _PAYMENT,
}
COMPONENTS: Final = "connected components of 5 or more"


def baselines(log: Path, memory_mb: int = 6000) -> dict[str, Found]:
    """Carry out every rule over the Parquet files of a log."""
    with duckdb.connect(config={"memory_limit": f"{memory_mb}MB"}) as db:
        db.sql(f"CREATE VIEW log AS FROM read_parquet('{log}/*/*.parquet')")
        said = {name: _flagged(db, sql) for name, sql in RULES.items()}
        said[COMPONENTS] = _components(db)
    return said


def _flagged(db: Any, sql: str) -> Found:
    accounts = [row[0] for row in db.sql(sql).fetchall()]
    return Found(dict.fromkeys(accounts, Tier.REVIEW), ())


def _components(db: Any, least: int = 5) -> Found:
    """Join accounts that share any card, address or template which at most a twentieth of all accounts hold."""
    edges = db.sql(_PAIRS).fetchnumpy()
    accounts, left = np.unique(edges["account"].astype(str), return_inverse=True)
    tokens, right = np.unique(edges["token"].astype(str), return_inverse=True)
    size = len(accounts) + len(tokens)
    graph = coo_matrix((np.ones(len(left), np.int8), (left, right + len(accounts))), (size, size))
    _, label = connected_components(graph, directed=False)
    label = label[: len(accounts)]
    order = np.argsort(label, kind="stable")
    parts = np.split(accounts[order], np.flatnonzero(np.diff(label[order])) + 1)
    groups = tuple(frozenset(map(str, part)) for part in parts if len(part) >= least)
    return Found(dict.fromkeys((one for group in groups for one in group), Tier.REVIEW), groups)
