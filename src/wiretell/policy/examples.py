"""A policy's own examples, held against what it decides."""

from __future__ import annotations

from dataclasses import dataclass

from wiretell.model.policy import Decision, Example, Policy
from wiretell.policy.deciding import decide


@dataclass(frozen=True, slots=True)
class Held:
    """An example, and what the policy really says of it."""

    example: Example
    decision: Decision

    @property
    def holds(self) -> bool:
        """Whether the policy says what its author expected."""
        decided = self.decision.rule.id if self.decision.rule else ""
        return self.decision.effect == self.example.expect and self.example.rule in {"", decided}


def held(policy: Policy) -> tuple[Held, ...]:
    """Decide on every example, in the order of the file. Pure."""
    return tuple(Held(example, decide(policy, example.asked, example.at)) for example in policy.examples)
