"""Columns of a day -> a table of pyarrow with the exchange log's names and types, through bytes, not Python strings."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wiretell.simulation import clients, places, texts
from wiretell.simulation.columns import MODELS, Columns
from wiretell.simulation.draw import Array, mix
from wiretell.simulation.world import World

_LIST: Final = pa.list_(pa.string())
_TIME: Final = pa.timestamp("us", tz="UTC")
SCHEMA: Final = pa.schema(
    [
        ("exchange_id", pa.string()),
        ("ts", _TIME),
        ("account", pa.string()),
        ("org", pa.string()),
        ("key_id", pa.string()),
        ("payment", pa.string()),
        ("account_created", _TIME),
        ("ip", pa.string()),
        ("asn", pa.int32()),
        ("ip_kind", pa.string()),
        ("user_agent", pa.string()),
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
        ("cache_write_tokens", pa.int32()),
        ("output_tokens", pa.int32()),
        ("max_tokens", pa.int32()),
        ("tool_calls", pa.int16()),
        ("tool_results", pa.int16()),
        ("status", pa.int16()),
        ("operation", pa.string()),
    ]
)
"""In the order of the exchange log. What a gateway alone can tell (costs, edits, marks, prompts) is left out."""
NAMES: Final = tuple(SCHEMA.names)

_PAIRS: Final = np.frombuffer("".join(f"{byte:02x}" for byte in range(256)).encode(), dtype=np.uint16)
"""Two hex digits of each byte, as they stand in memory."""
_HYPHENS: Final = (8, 13, 18, 23)


def table(world: World, columns: Columns, wanted: tuple[str, ...] = NAMES) -> Any:
    """Return the rows as a table of the wanted columns."""
    made = {name: _MAKERS[name](world, columns) for name in wanted}
    return pa.table([made[name] for name in wanted], schema=pa.schema([SCHEMA.field(name) for name in wanted]))


def hexes(tokens: Array) -> Any:
    """Return tokens as strings of 16 hex digits."""
    data = _PAIRS[tokens.astype(">u8").view(np.uint8)]
    return _fixed(data.view(np.uint8), len(tokens), 16)


def _fixed(data: Array, n: int, width: int) -> Any:
    offsets = np.arange(n + 1, dtype=np.int32) * np.int32(width)
    return pa.StringArray.from_buffers(n, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(data)))


def uuids(ts: Array, tail: Array) -> Any:
    """Return UUIDs of version 7 (RFC 9562): milliseconds of `ts`, then random bits of `tail` [row, 2]."""
    ms = (ts // 1000).astype(np.uint64)
    high = (ms << np.uint64(16)) | np.uint64(0x7000) | (tail[:, 0] & np.uint64(0x0FFF))
    low = (tail[:, 1] & np.uint64(0x3FFFFFFFFFFFFFFF)) | np.uint64(0x8000000000000000)
    digits = _PAIRS[np.stack([high, low], axis=1).astype(">u8").view(np.uint8)].view(np.uint8).reshape(-1, 32)
    out = np.full((len(ts), 36), ord("-"), dtype=np.uint8)
    for start, end, at in ((0, 8, 0), (8, 12, 9), (12, 16, 14), (16, 20, 19), (20, 32, 24)):
        out[:, at : at + end - start] = digits[:, start:end]
    return _fixed(out, len(ts), 36)


def _nullable(tokens: Array) -> Any:
    return _masked(hexes(tokens), tokens == 0)


def _masked(strings: Any, null: Array) -> Any:
    valid = pa.py_buffer(np.packbits(~null, bitorder="little"))
    return pa.StringArray.from_buffers(len(null), *strings.buffers()[1:], valid)


def _few(values: Array, spell: Callable[[Array], Any]) -> Any:
    """Return strings of values of which many are alike: each is spelled once."""
    found = pa.array(values).dictionary_encode()
    return spell(found.dictionary.to_numpy(zero_copy_only=False)).take(found.indices)


def _named(names: tuple[str, ...], numbers: Array, null: Array | None = None) -> Any:
    return pa.array(names).take(pa.array(np.maximum(numbers, 0), mask=null))


def addresses(ip: Array) -> Any:
    """Return addresses (`Places.address`) as they are written; null for 0."""
    low = mix("interface", ip)
    return pa.array([_address(high, rest) for high, rest in zip(ip.tolist(), low.tolist(), strict=True)], pa.string())


def _address(high: int, rest: int) -> str | None:
    if high == 0:
        return None
    return str(IPv4Address(high) if high < 1 << 32 else IPv6Address(high << 64 | rest))


def account_names(name: Array) -> Any:
    """Return names of accounts."""
    return pc.binary_join_element_wise("acct", hexes(name), "_")


def _lists(values: Array, lengths: Array) -> Any:
    offsets = np.append(0, np.cumsum(lengths)).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), hexes(values))


def _blocks(_: World, columns: Columns) -> Any:
    here = np.arange(columns.blocks.shape[1]) < columns.depth[:, None]
    return _lists(columns.blocks[here], columns.depth)


def _templates(_: World, columns: Columns) -> Any:
    rows = columns.has_text
    found = texts.bands(columns.family[rows], columns.text[rows], columns.ratio[rows])
    return _lists(found.ravel(), np.where(rows, texts.BANDS, 0))


def _versions(_: World, columns: Columns) -> Any:
    return _few(columns.client * 100_000 + columns.version, _version_names)


def _version_names(known: Array) -> Any:
    return pa.array([clients.version_name(both // 100_000, both % 100_000) for both in known.tolist()], pa.string())


def _agents(_: World, columns: Columns) -> Any:
    return _few(columns.client * 100_000 + columns.version, _agent_names)


def _agent_names(known: Array) -> Any:
    return pa.array(
        [
            f"{clients.CLIENTS[both // 100_000].name}/{clients.version_name(both // 100_000, both % 100_000)}"
            for both in known.tolist()
        ],
        pa.string(),
    )


@lru_cache(maxsize=1)
def _client_names() -> tuple[str, ...]:
    return tuple(client.name for client in clients.CLIENTS)


def _number(values: Array, kind: Any, null: Array | None = None) -> Any:
    return pa.array(values.astype(kind.to_pandas_dtype()), kind, mask=null)


def _time(values: Array) -> Any:
    return pa.array(values, pa.int64()).cast(_TIME)


_MAKERS: Final[dict[str, Callable[[World, Columns], Any]]] = {
    "exchange_id": lambda _, c: uuids(c.ts, c.tail),
    "ts": lambda _, c: _time(c.ts),
    "account": lambda w, c: _few(w.accounts.name[c.account], account_names),
    "org": lambda w, c: _nullable(w.accounts.org[c.account]),
    "key_id": lambda w, c: hexes(mix("key", w.accounts.name[c.account])),
    "payment": lambda w, c: _nullable(w.accounts.payment[c.account]),
    "account_created": lambda w, c: _time(w.accounts.created[c.account]),
    "ip": lambda _, c: _few(c.ip, addresses),
    "asn": lambda w, c: _number(w.places.asn[c.place], pa.int32(), c.ip == 0),
    "ip_kind": lambda w, c: _named(places.KINDS, np.where(c.ip == 0, places.UNKNOWN, w.places.kind[c.place])),
    "user_agent": _agents,
    "client": lambda _, c: _named(_client_names(), c.client),
    "client_version": _versions,
    "header_tuple": lambda _, c: _nullable(c.header),
    "tz": lambda _, c: _named(places.ZONE_NAMES, c.zone, c.zone < 0),
    "session": lambda _, c: _nullable(c.session),
    "model": lambda _, c: _named(MODELS, c.model),
    "system_hash": lambda _, c: _nullable(mix("system", c.system) * (c.system != 0)),
    "prefix_blocks": _blocks,
    "template": _templates,
    "input_tokens": lambda _, c: _number(c.input_tokens, pa.int32()),
    "cache_read_tokens": lambda _, c: _number(c.cache_read, pa.int32(), c.cache_read < 0),
    "cache_write_tokens": lambda _, c: _number(c.cache_write, pa.int32(), c.cache_write < 0),
    "output_tokens": lambda _, c: _number(c.output_tokens, pa.int32()),
    "max_tokens": lambda _, c: _number(c.max_tokens, pa.int32(), c.max_tokens == 0),
    "tool_calls": lambda _, c: _number(c.tool_calls, pa.int16()),
    "tool_results": lambda _, c: _number(c.tool_results, pa.int16()),
    "status": lambda _, c: _number(c.status, pa.int16()),
    "operation": lambda _, c: pa.array(["generate"]).take(pa.array(np.zeros(len(c), dtype=np.int64))),
}
