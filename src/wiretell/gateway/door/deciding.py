"""What the policy says, remembered: most requests ask what the one before them asked.

What rules and budgets say changes with the policy and at midnight in its time zone, which is at a whole minute of UTC
in every zone. So nothing is remembered longer than a minute, and nothing of another policy.
"""

from __future__ import annotations

import datetime as dt
import time
from typing import Final

from wiretell.model.policy import Asked, Claim, Decision, Policy
from wiretell.policy import claims, decide

_MOST: Final = 4096
"""Answers that are remembered: who asks, with what, for which model."""
_MINUTE_S: Final = 60


class Deciding:
    """Decides, and says what a request counts against."""

    def __init__(self) -> None:
        self._policy: Policy | None = None
        self._minute = 0
        self._decisions: dict[Asked, Decision] = {}
        self._claims: dict[Asked, tuple[Claim, ...]] = {}

    def decision(self, policy: Policy, asked: Asked) -> Decision:
        """Return what the rules say now."""
        self._forget(policy)
        found = self._decisions.get(asked)
        if found is None:
            found = self._decisions[asked] = decide(policy, asked, dt.datetime.now(dt.UTC))
        return found

    def claims(self, policy: Policy, asked: Asked) -> tuple[Claim, ...]:
        """Return what a request counts against now."""
        self._forget(policy)
        found = self._claims.get(asked)
        if found is None:
            found = self._claims[asked] = claims(policy, asked, dt.datetime.now(dt.UTC))
        return found

    def _forget(self, policy: Policy) -> None:
        minute = int(time.time()) // _MINUTE_S
        if policy is not self._policy or minute != self._minute or len(self._decisions) + len(self._claims) > _MOST:
            self._policy, self._minute = policy, minute
            self._decisions.clear()
            self._claims.clear()
