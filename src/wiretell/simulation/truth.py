"""The truth beside a log: who the accounts are, what the operators did and paid. `docs/formats/hunt-truth.md`."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from wiretell.simulation import arrow
from wiretell.simulation.day import Counted
from wiretell.simulation.draw import DAY_US, Array, generator
from wiretell.simulation.operators import Operator
from wiretell.simulation.prices import DATE, cost
from wiretell.simulation.world import BAD, GREY, LABELS, SUBGROUPS, World

_NEVER: Final = np.iinfo(np.int64).max


def totals(world: World, days: list[Counted]) -> tuple[Array, Array, Array]:
    """Return exchanges, first and last time of each account over all days."""
    n = len(world.accounts)
    exchanges, first, last = np.zeros(n, dtype=np.int64), np.full(n, _NEVER), np.zeros(n, dtype=np.int64)
    for day in days:
        exchanges[day.account] += day.exchanges
        first[day.account] = np.minimum(first[day.account], day.first)
        last[day.account] = np.maximum(last[day.account], day.last)
    return exchanges, first, last


def write(world: World, days: list[Counted], folder: Path) -> list[dict[str, Any]]:
    """Write the truth; return the operators as they stand in it.

    :raises OSError: if it cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    counts = totals(world, days)
    pq.write_table(_accounts(world, *counts), folder / "accounts.parquet", compression="zstd")
    operators = [_operator(world, one, *counts) for one in world.operators]
    _write_json(folder / "operators.json", {"schema": "wiretell/hunt-operators/1", "operators": operators})
    settings = asdict(world.settings)
    settings.pop("workers")  # the log does not depend on it
    _write_json(
        folder / "settings.json",
        {"schema": "wiretell/hunt-settings/1", "settings": settings, "source_sha256": source_sha256()},
    )
    return operators


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def source_sha256() -> str:
    """Return the hash of the generator's own source, by which a log's maker is known."""
    digest = sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        data = path.read_bytes()
        digest.update(f"{path.name} {len(data)}\n".encode() + data)
    return digest.hexdigest()


def _accounts(world: World, exchanges: Array, first: Array, last: Array) -> Any:
    accounts = world.accounts
    order = np.argsort(accounts.name)  # by random names: how the world was made stays unsaid
    operator, label = accounts.operator[order], accounts.label[order]
    known = np.array([(one.kind, one.stealth, str(len(one.members))) for one in world.operators] or [("", "", "0")])
    of = known[np.maximum(operator, 0)]
    rng = generator(world.settings.seed, "label noise")
    wrong = rng.random(len(order)) < world.settings.label_noise
    honest, grey, none = label != BAD, label == GREY, operator < 0
    quiet = exchanges[order] == 0
    return pa.table(
        {
            "account": arrow.account_names(accounts.name[order]),
            "label": pa.array(LABELS).take(pa.array(label)),
            "honest": pa.array(honest, mask=grey),
            "honest_seen": pa.array(honest != wrong, mask=grey),
            "subgroup": pa.array(SUBGROUPS).take(pa.array(accounts.subgroup[order])),
            "operator": pa.array(operator.astype(np.int32), mask=none),
            "kind": pa.array(of[:, 0].tolist(), pa.string(), mask=none),
            "stealth": pa.array(of[:, 1].tolist(), pa.string(), mask=none | (of[:, 1] == "")),
            "size": pa.array(of[:, 2].astype(np.int32), mask=none),
            "framed": pa.array(accounts.framed[order]),
            "declared": pa.array(accounts.org[order] != 0),
            "exchanges": pa.array(exchanges[order]),
            "first": pa.array(first[order], pa.int64(), mask=quiet).cast(pa.timestamp("us", tz="UTC")),
            "last": pa.array(last[order], pa.int64(), mask=quiet).cast(pa.timestamp("us", tz="UTC")),
        }
    )


def _operator(world: World, one: Operator, exchanges: Array, first: Array, last: Array) -> dict[str, Any]:
    members = one.members
    active = members[exchanges[members] > 0]
    number = int(exchanges[members].sum())
    days = (world.end - one.begins) / DAY_US
    paid = cost(one.stealth, len(members), number, one.harvest or 1.0, days) if one.stealth else None
    return {
        "operator": one.number,
        "kind": one.kind,
        "stealth": one.stealth or None,
        "accounts": len(members),
        "accounts_active": len(active),
        "exchanges": number,
        "harvest": round(one.harvest, 3),
        "users": len(one.users) if one.harvest < 1 else 0,
        "first": _time(int(first[active].min())) if len(active) else None,
        "last": _time(int(last[active].max())) if len(active) else None,
        "cost_usd": paid.total if paid else None,
        "cost_usd_per_million": paid.per_million if paid else None,
        "cost_usd_per_million_useful": paid.per_million_useful if paid else None,
        "prices": DATE if paid else None,
    }


def _time(us: int) -> str:
    return datetime.fromtimestamp(us / 1e6, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
