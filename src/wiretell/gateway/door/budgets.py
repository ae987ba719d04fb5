"""Budgets of one request: what it may cost is reserved before, what it did cost is settled after."""

from __future__ import annotations

from dataclasses import dataclass

from wiretell.gateway.counters import Counters, CountersError, Standing
from wiretell.gateway.door.refusing import RefusedError
from wiretell.model.exchange import Spent, Usage
from wiretell.model.policy import Claim, Policy
from wiretell.policy import PriceTable, reservation, spent, spent_sentence


@dataclass(frozen=True, slots=True)
class Size:
    """By which it is estimated what a request may take."""

    body_bytes: int
    """As it is sent, content coding undone."""
    max_tokens: int | None
    """That the request allows the answer."""
    choices: int = 1
    """Answers that are asked for."""


class Budgets:
    """Reserves and settles."""

    def __init__(self, counters: Counters, prices: PriceTable, *, refuse_on_failure: bool) -> None:
        self._counters = counters
        self._refuse_on_failure = refuse_on_failure
        self.prices = prices

    async def reserve(
        self, exchange_id: str, policy: Policy, counted: tuple[Claim, ...], model: str, wanted_of: Size
    ) -> tuple[Claim, ...]:
        """Reserve for a request under `counted`; return what it counts against, to be settled in any case.

        :raises RefusedError: 429 where a budget has no room, 503 where nobody knows and the file says `refuse`.
        """
        if not counted:
            return ()
        wanted = reservation(self.prices, model, wanted_of.body_bytes, wanted_of.max_tokens, wanted_of.choices)
        try:
            refused = await self._counters.reserve(exchange_id, counted, wanted)
        except CountersError as error:
            self._failed(error)
            return counted
        if refused is not None:
            raise _spent(policy, refused.claim, refused.standing, wanted.of(refused.claim.budget.unit))
        return counted

    async def look(self, policy: Policy, counted: tuple[Claim, ...]) -> None:
        """Look whether any budget is spent, for a request that takes nothing of it.

        :raises RefusedError: 429 where one has no room for a single token or request, 503 as `reserve`.
        """
        if not counted:
            return
        try:
            standings = await self._counters.standings(counted)
        except CountersError as error:
            self._failed(error)
            return
        for claim, standing in zip(counted, standings, strict=True):
            if standing.spent >= claim.budget.limit:
                raise _spent(policy, claim, standing, 1)

    def _failed(self, error: CountersError) -> None:
        if self._refuse_on_failure:
            raise RefusedError(503, "budget", str(error), "refused:counters") from None

    def cost(self, model: str, usage: Usage) -> Spent:
        """Return what an exchange used."""
        return spent(self.prices, model, usage)

    async def settle(self, exchange_id: str, used: Spent) -> None:
        """Replace the reservation by what was used."""
        await self._counters.settle(exchange_id, used)


def _spent(policy: Policy, claim: Claim, standing: Standing, wanted: int) -> RefusedError:
    """Return the refusal by a budget without room; `wanted` is in its unit."""
    sentence = spent_sentence(policy, claim, standing.spent, standing.reserved, wanted)
    return RefusedError(429, "budget", sentence, f"budget:{claim.budget.id}")
