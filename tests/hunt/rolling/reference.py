"""The same as the SQL, in plain Python: rows in, edges, core and profiles out. Slow and short."""

from __future__ import annotations

import ipaddress
import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import pyarrow as pa

from wiretell.hunt.engine.interface import Engine
from wiretell.hunt.log.interface import COLUMNS
from wiretell.hunt.rule import Rule

DAY: Final = 86_400_000_000
HOUR: Final = 3_600_000_000
START: Final = 20_000 * DAY
Row = dict[str, Any]
Edge = tuple[str, str, str]
"""Kind, token, account."""

_ARROW = {
    "VARCHAR": pa.string(),
    "BIGINT": pa.int64(),
    "INTEGER": pa.int32(),
    "VARCHAR[]": pa.list_(pa.string()),
}


def row(account: str, at: int = 0, **columns: Any) -> Row:
    """Return one exchange, `at` microseconds after the log's beginning; what is not named is null."""
    ts = START + at
    known = {
        "ts": ts,
        "day": ts // DAY,
        "hour": ts // HOUR,
        "account": account,
        "template": [],
        "depth": 0,
        "status": 200,
    }
    return {**dict.fromkeys(COLUMNS), **known, **columns}


def table(rows: Iterable[Row]) -> Any:
    """Return rows as the view `exchange` has them."""
    schema = pa.schema([(name, _ARROW[kind]) for name, kind in COLUMNS.items()])
    return pa.Table.from_pylist(list(rows), schema=schema)


def put(engine: Engine, rows: Iterable[Row]) -> None:
    """Make them the log."""
    engine.put("exchange", table(rows))


def is_refused(one: Row) -> bool:
    status = one["status"]
    return status is not None and (status in (401, 403, 429, 451) or 500 <= status < 600)


def network(ip: str) -> str | None:
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if isinstance(address, ipaddress.IPv4Address):
        return str(ipaddress.ip_network(f"{address}/24", strict=False))
    groups = ipaddress.ip_network(f"{address}/64", strict=False).exploded.split(":")[:4]
    return ":".join(format(int(group, 16), "x") for group in groups) + "::/64"


def held(rows: Sequence[Row], rule: Rule) -> dict[Edge, list[int]]:
    """Return n, first, last of everything that any account holds."""
    found: dict[Edge, list[int]] = {}

    def note(kind: str, token: str | None, one: Row) -> None:
        if token is not None:
            edge = found.setdefault((kind, token, one["account"]), [0, one["ts"], one["ts"]])
            edge[:] = [edge[0] + 1, min(edge[1], one["ts"]), max(edge[2], one["ts"])]

    for one in rows:
        note("payment", one["payment"], one)
        note("headers", one["header_tuple"], one)
        note("prefix", one["system_block"], one)
        if one["ip"] is not None:
            note("network", one["ip"], one)
            note("network", network(one["ip"]), one)
        for band, text in enumerate(one["template"][: rule.share.template_bands], 1):
            note("template", f"{band}:{text}", one)
    return found | handovers(rows, rule)


def handovers(rows: Sequence[Row], rule: Rule) -> dict[Edge, list[int]]:
    found: dict[Edge, list[int]] = {}
    for chain in {one["chain"] for one in rows} - {None}:
        spells = _spells([one for one in rows if one["chain"] == chain])
        accounts = {spell["account"] for spell in spells}
        least = min((spell["depth"] for spell in spells if spell["depth"] is not None), default=None)
        deepest = max((spell["depth"] for spell in spells if spell["depth"] is not None), default=0)
        if len(accounts) < 2 or not deepest:
            continue
        entered = {a: min(spell["first"] for spell in spells if spell["account"] == a) for a in accounts}
        depths = {
            a: min((s["depth"] for s in spells if s["account"] == a and s["depth"] is not None), default=None)
            for a in accounts
        }
        if sum(depth == least for depth in depths.values()) > 1:
            continue
        for old, new in itertools.pairwise(spells):
            a = new["account"]
            in_time = new["first"] - old["last"] <= rule.share.failover_s * 1_000_000
            deeper = depths[a] is not None and least is not None and depths[a] > least
            after_refusal = old["refused"] is not None and old["refused"] >= old["last"]
            if old["account"] != a and new["first"] == entered[a] and in_time and (deeper or after_refusal):
                for each in (a, old["account"]):
                    mine = [one["ts"] for one in rows if one["chain"] == chain and one["account"] == each]
                    found["failover", chain, each] = [len(mine), min(mine), max(mine)]
    return found


def _spells(rows: Sequence[Row]) -> list[Row]:
    grouped = defaultdict(list)
    for one in rows:
        grouped[one["account"], one["hour"]].append(one)
    spells = [
        {
            "account": account,
            "first": min(one["ts"] for one in group),
            "last": max(one["ts"] for one in group),
            "n": len(group),
            "depth": min((one["depth"] for one in group if not is_refused(one)), default=None),
            "refused": max((one["ts"] for one in group if is_refused(one)), default=None),
        }
        for (account, _), group in grouped.items()
    ]
    return sorted(spells, key=lambda s: (s["first"], s["last"], s["n"], s["account"]))


def entities(rows: Sequence[Row], allow: Mapping[str, str]) -> dict[str, str]:
    orgs: dict[str, str] = {}
    for one in rows:
        if one["org"] is not None:
            orgs[one["account"]] = max(orgs.get(one["account"], ""), one["org"])
    accounts = {one["account"] for one in rows}
    return {
        a: f"group {allow[a]}" if a in allow else f"organisation {orgs[a]}" if a in orgs else f"account {a}"
        for a in accounts
    }


def core(edges: Iterable[Edge], owner: Mapping[str, str], rule: Rule) -> set[Edge]:
    left = set(edges)
    while True:
        by_token, by_account = defaultdict(set), defaultdict(set)
        for kind, token, account in left:
            by_token[kind, token].add(owner[account])
        kept = {edge for edge in left if len(by_token[edge[:2]]) > 1}
        for kind, token, account in kept:
            by_account[account].add((kind, token))
        kept = {
            edge
            for edge in kept
            if len(by_account[edge[2]]) >= rule.share.tokens
            and len({kind for kind, _ in by_account[edge[2]]}) >= rule.share.kinds
        }
        if kept == left:
            return left
        left = kept


def profile(rows: Sequence[Row], account: str) -> dict[str, Any]:
    """Return an account's figures, as `Accounts` names them (without contradictions, networks at one time apart)."""
    mine = [one for one in rows if one["account"] == account]
    days = sorted({one["day"] for one in mine})
    by_day = Counter((one["day"], one["chain"]) for one in mine if one["chain"] is not None)
    talks = [sum(1 for day, _ in by_day if day == each) for each in sorted({day for day, _ in by_day})]
    half = len(talks) // 2
    clients = Counter(one["client"] for one in mine if one["client"] is not None)
    per_hour = Counter(hour for hour, chain in {(one["hour"], one["chain"]) for one in mine} if chain is not None)
    seen = {(one["hour"], network(one["ip"]) or one["ip"]) for one in mine if one["ip"] is not None}
    created = [one["account_created"] for one in mine if one["account_created"] is not None]

    def several(column: str) -> int:
        return len({one[column] for one in mine} - {None})

    return {
        "rows": len(mine),
        "first": min(one["ts"] for one in mine),
        "last": max(one["ts"] for one in mine),
        "created": min(created, default=-1),
        "active_days": len(days),
        "day_mask": sum(1 << bit for bit in {day % 64 for day in days}),
        "hours": [sum(one["hour"] % 24 == hour for one in mine) for hour in range(24)],
        "shapes": [sum(shape(one) == each for one in mine) for each in range(16)],
        "client": min(clients, key=lambda name: (-clients[name], name), default=""),
        "chains": len(by_day),
        "single_turns": sum(n == 1 for n in by_day.values()),
        "refused": sum(map(is_refused, mine)),
        "peak_chains": max(per_hour.values(), default=0),
        "busy_hours": len({one["hour"] for one in mine}),
        "peak_networks": max(Counter(hour for hour, _ in seen).values(), default=0),
        "networks": len({net for _, net in seen}),
        "systems": several("system_block"),
        "header_tuples": several("header_tuple"),
        "clients": several("client"),
        "zones": several("tz"),
        "early_chains": max(talks[:half], default=0),
        "late_chains": max(talks[half:], default=0),
    }


def shape(one: Row) -> int:
    output: int = one["output_tokens"] or 0
    later: bool = one["depth"] > 2 or (one["tool_calls"] or 0) > 0 or (one["tool_results"] or 0) > 0
    capped = (
        one["output_tokens"] is not None and one["max_tokens"] is not None and one["output_tokens"] >= one["max_tokens"]
    )
    return sum(output >= step for step in (128, 1024, 4096)) + 4 * later + 8 * capped
