"""Budgets after a run that ended by itself: what was reserved and never settled is settled for what was seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from wiretell.gateway.door.budgets import Budgets
from wiretell.gateway.protocols import ALL
from wiretell.model.exchange import MICRO_USD, Row, Spent, Usage

_BYTES_A_TOKEN: Final = 4


async def settle_leftovers(
    leftovers: Sequence[str],
    unfinished: Mapping[str, Row],
    body_of: Callable[[str], bytes],
    finished: Callable[[str], Row | None],
    budgets: Budgets,
) -> None:
    """Settle each exchange that an earlier run reserved for.

    `unfinished` are the rows that the log found without an end, `body_of` gives the response as far as it is stored,
    `finished` looks up any other row. What the log does not know was never sent: it is recorded before that.
    """
    for exchange_id in leftovers:
        row = unfinished.get(exchange_id)
        if row is not None:
            used = budgets.cost(row.model, seen(row, body_of(exchange_id)))
        else:
            used = _of_row(finished(exchange_id))
        await budgets.settle(exchange_id, used)


def seen(row: Row, body: bytes) -> Usage:
    """Return what an unfinished exchange used, by the part of its response that is stored."""
    usage = Usage()
    for protocol in ALL:
        if protocol.name == row.protocol:
            reader = protocol.reader(streamed=row.streamed)
            reader.feed(body)
            usage = reader.usage
    known = usage.reported or usage.input_tokens or usage.cache_read_tokens or usage.cache_write_tokens
    return usage if known else replace(usage, input_tokens=row.request_bytes // _BYTES_A_TOKEN)


def _of_row(row: Row | None) -> Spent:
    if row is None:
        return Spent()
    usage = Usage(row.input_tokens, row.cache_read_tokens, row.cache_write_tokens, 0, row.output_tokens)
    return Spent(round((row.cost_usd or 0.0) * MICRO_USD), usage.total, requests=1)
