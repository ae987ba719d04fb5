"""Step 13 of an exchange: what it used, what that costs, settled and made durable."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from wiretell.gateway.door.draft import Draft
from wiretell.gateway.door.parts import Parts
from wiretell.gateway.log.interface import Closing, LogError, Opening
from wiretell.gateway.protocols.interface import UsageReader
from wiretell.model.exchange import MICRO_USD, Ended, Row, Spent, Usage
from wiretell.model.policy import Claim

_BYTES_A_TOKEN: Final = 4
_MAY_HAVE_READ: Final = frozenset({Ended.CLIENT_LEFT, Ended.UNFINISHED, Ended.UPSTREAM_CUT, Ended.UPSTREAM_SILENT})
"""Ends before a response by which the upstream may have read the request, and will count it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked of an upstream that counts tokens."""

    model: str
    """As it was sent."""
    body_bytes: int
    """Its content coding undone."""


class Account:
    """One exchange's account: opened with its request, closed once, whatever happens to it."""

    def __init__(self, parts: Parts, draft: Draft) -> None:
        self._parts = parts
        self._draft = draft
        self._hash = hashlib.sha256()
        self._bytes = 0
        self.is_open = False
        """Whether the log has the request, and works out its hash."""
        self._row: Row | None = None
        """Once it is closed."""
        self.claims: tuple[Claim, ...] = ()
        self.reader: UsageReader | None = None
        """Follows the response, where it is one that tokens are counted for."""
        self.asked: Asked | None = None
        """None until something was sent upstream that tokens are counted for."""

    def open(self, opening: Opening) -> None:
        """Enter the request. :raises LogError: where it cannot be recorded."""
        self._parts.live.began(opening.row)
        self._parts.recorder.begin(opening)
        self.is_open = True

    def note(self, data: bytes) -> None:
        """Enter a piece of the response's body, before the client gets it."""
        self._hash.update(data)
        self._bytes += len(data)
        self._parts.recorder.part(self._draft.exchange_id, data)

    async def close(self, ended: Ended, closing: Callable[[Row], Closing] | None) -> None:
        """Reckon, settle, and make durable. None: it is not recorded, as nobody was let in.

        `closing` gets the whole row. :raises LogError: where it is not durable.
        """
        used = self._reckon(ended)
        self._draft.set(ended=ended.value, response_bytes=self._bytes, response_sha256=self._hash.hexdigest())
        self._row = row = self._draft.last_row()
        if self.claims:
            await self._parts.budgets.settle(self._draft.exchange_id, used)
        if closing is not None:
            await self._parts.recorder.end(closing(row))

    def tell(self) -> None:
        """Tell who counts and shows exchanges of this one: once its client has its last byte."""
        row = self._row
        if row is None:
            return  # it could not even be reckoned
        self._parts.live.finished(row)
        self._parts.metrics.finished(row)
        for watcher in self._parts.watchers:
            watcher.finished(row)

    def _reckon(self, ended: Ended) -> Spent:
        """Return what the exchange used, and fill its columns."""
        usage = self._usage(ended)
        if self.asked is None or usage is None:
            return Spent()
        used = self._parts.budgets.cost(self.asked.model, usage)
        self._draft.set(
            input_tokens=usage.input_tokens,
            cache_read_tokens=usage.cache_read_tokens,
            cache_write_tokens=usage.cache_write_tokens,
            cache_write_1h_tokens=usage.cache_write_1h_tokens,
            output_tokens=usage.output_tokens,
            usage_reported=usage.reported,
            cost_usd=used.micro_usd / MICRO_USD,
            price_table=self._parts.budgets.prices.name,
        )
        if self.reader is not None:
            self._draft.set(tool_calls=self.reader.tool_calls, model_served=self.reader.model_served)
        return used

    def _usage(self, ended: Ended) -> Usage | None:
        """Return what was used as far as it was seen; None where the upstream will not count it.

        Where a client leaves before anything came, the upstream has its request all the same, and reads it.
        """
        if self.asked is None:
            return None
        if self.reader is not None:
            usage = self.reader.usage
            known = usage.reported or usage.input_tokens or usage.cache_read_tokens or usage.cache_write_tokens
            return usage if known else replace(usage, input_tokens=self.asked.body_bytes // _BYTES_A_TOKEN)
        if ended in _MAY_HAVE_READ and "first_byte_us" not in self._draft.columns:
            return Usage(input_tokens=self.asked.body_bytes // _BYTES_A_TOKEN)
        return None


def unrecorded(error: LogError) -> str:
    """Return what a client is told with 507."""
    return f"The exchange cannot be recorded, and this gateway passes nothing unrecorded: {error}"
