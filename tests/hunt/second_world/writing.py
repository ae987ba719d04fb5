"""Rows to Parquet, and the truth beside them in the form that `wiretell.bench.hunt.truth` reads."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter, defaultdict
from pathlib import Path
from random import Random
from typing import Any, Final
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq

from tests.hunt.second_world.campaigns import Told, invade
from tests.hunt.second_world.clock import World
from tests.hunt.second_world.people import People
from tests.hunt.second_world.places import Places

_US: Final = pa.timestamp("us", tz="UTC")
_LIST: Final = pa.list_(pa.string())
SCHEMA: Final = pa.schema(
    [
        ("exchange_id", pa.string()),
        ("ts", _US),
        ("account", pa.string()),
        ("org", pa.string()),
        ("payment", pa.string()),
        ("account_created", _US),
        ("ip", pa.string()),
        ("asn", pa.int32()),
        ("ip_kind", pa.string()),
        ("client", pa.string()),
        ("client_version", pa.string()),
        ("header_tuple", pa.string()),
        ("tz", pa.string()),
        ("session", pa.string()),
        ("model", pa.string()),
        ("system_hash", pa.string()),
        ("prefix_blocks", _LIST),
        ("template", _LIST),
        ("input_tokens", pa.int32()),
        ("cache_read_tokens", pa.int32()),
        ("output_tokens", pa.int32()),
        ("max_tokens", pa.int32()),
        ("tool_calls", pa.int16()),
        ("tool_results", pa.int16()),
        ("status", pa.int16()),
        ("user_agent", pa.string()),
        ("operation", pa.string()),
        ("protocol", pa.string()),
    ]
)
"""The part of docs/formats/exchange-log.md that a provider could fill."""


def make(folder: Path, seed: int, days: int = 28, volume: float = 1.0) -> None:
    """Write `folder/log` and `folder/truth`."""
    world = World(seed, days)
    places = Places(world.rng, days)
    People(world, places).settle()
    told = invade(world, places, volume=volume)
    world.run()
    _write_log(folder / "log", world)
    _write_truth(folder / "truth", world, told, seed)


def _write_log(folder: Path, world: World) -> None:
    by_day: dict[str, list[dict[str, Any]]] = defaultdict(list)
    rng = Random(0)
    for row in sorted(world.rows, key=lambda row: row[0]):
        values = _values(row, rng)
        day = dt.datetime.fromtimestamp(row[0] // 1_000_000, dt.UTC).strftime("%Y-%m-%d")
        by_day[day].append(values)
    for day, rows in by_day.items():
        (folder / day).mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pylist(rows, schema=SCHEMA), folder / day / "part-0.parquet")


def _values(row: tuple[Any, ...], rng: Random) -> dict[str, Any]:
    (
        ts,
        account,
        ip,
        asn,
        kind,
        client,
        version,
        header,
        tz,
        session,
        model,
        system,
        blocks,
        bands,
        fresh,
        cached,
        out,
        most,
        calls,
        results,
        status,
    ) = row
    number = (ts // 1000) << 80 | 7 << 76 | rng.getrandbits(12) << 64 | 2 << 62 | rng.getrandbits(62)
    known = rng.random()
    return {
        "exchange_id": str(UUID(int=number)),
        "ts": ts,
        "account": account.name,
        "org": account.org,
        "payment": account.payment if known > 0.02 else None,
        "account_created": int(account.created * 1e6),
        "ip": ip,
        "asn": asn,
        "ip_kind": kind,
        "client": client,
        "client_version": version if client else "",
        "header_tuple": header,
        "tz": tz,
        "session": session,
        "model": model,
        "system_hash": system,
        "prefix_blocks": blocks,
        "template": bands,
        "input_tokens": fresh,
        "cache_read_tokens": cached,
        "output_tokens": out,
        "max_tokens": most,
        "tool_calls": calls,
        "tool_results": results,
        "status": status,
        "user_agent": f"{client}/{version}" if client else "",
        "operation": "generate",
        "protocol": "anthropic-messages",
    }


def _write_truth(folder: Path, world: World, told: list[Told], seed: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    seen = Counter(row[1].name for row in world.rows)
    operators = {one.number: one for one in told}
    rows = []
    for account in world.accounts:
        if account.name not in seen:
            continue
        one = operators.get(account.operator or 0)
        rows.append(
            {
                "account": account.name,
                "label": "bad" if one else "honest",
                "honest": one is None,
                "subgroup": account.group,
                "operator": one.number if one else None,
                "kind": one.kind if one else None,
                "stealth": f"S{one.level}" if one and one.level is not None else None,
                "exchanges": seen[account.name],
            }
        )
    pq.write_table(pa.Table.from_pylist(rows), folder / "accounts.parquet")
    settings = {"seed": seed, "days": world.days, "world": "second"}
    (folder / "settings.json").write_text(json.dumps(settings))
