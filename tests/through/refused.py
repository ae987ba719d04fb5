"""What an agent makes of a refusal: what it shows, how often it asks, how long it takes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from tests.through.lab import INSIDE, THROUGH, Run, Went, checkout, files, sealed, with_command
from tests.through.running import PORT, config
from wiretell import target
from wiretell.model.agent import Agent

REASON: Final = "Hidden channel, see report 17"
_BAN: Final = f"""schema = 1
[[rule]]
id = "high-risk-software"
effect = "ban"
model = "*"
from = 2026-07-10
reason = "{REASON}"
instead = "the approved agent"
"""
_BUDGET: Final = """schema = 1
[[budget]]
who = "org"
tokens = {tokens}
per = "week"
"""
_NOTHING: Final = "schema = 1\n"
_COUNTED: Final = re.compile(r'^wiretell_requests_total\{.*status="(\d+)".*\} ([\d.]+)$', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Refusal:
    """One way to be refused."""

    name: str
    status: int
    says: str
    """Words that the user has to see."""
    policy: str
    broken: str = ""
    """What is out of order: `log`, `counters`."""


REFUSALS: Final = (
    Refusal("ban", 451, REASON, _BAN),
    Refusal("budget spent", 429, "budget", _BUDGET.format(tokens=1)),
    Refusal("log cannot be written", 507, "log", _NOTHING, "log"),
    Refusal("counters gone", 503, "budget", _BUDGET.format(tokens=10**9), "counters"),
)


@dataclass(frozen=True, slots=True)
class Shown:
    """What came of it."""

    agent: str
    refusal: Refusal
    went: Went

    @property
    def asked(self) -> int:
        """Requests that the gateway refused so."""
        counted = _COUNTED.findall(self.went.recorded.get("metrics", ""))
        return sum(int(float(times)) for status, times in counted if int(status) == self.refusal.status)

    @property
    def text(self) -> str:
        """All that the user sees."""
        return f"{self.went.said}\n{self.went.errors}".strip()

    @property
    def is_told(self) -> bool:
        """Whether the user can read why."""
        return self.refusal.says in self.text

    @property
    def sentence(self) -> str:
        """The last line with the reason in it; else the last line."""
        lines = self.text.splitlines() or [""]
        return next((line for line in reversed(lines) if self.refusal.says in line), lines[-1])[:600]

    @property
    def took_s(self) -> float:
        """From the agent's start to its end."""
        return float(self.went.recorded.get("took_s", self.went.wall_s))


def refused(spec: str, refusal: Refusal) -> Shown:
    """Run an agent against a gateway that refuses. :raises TargetError: if it cannot be fetched."""
    agent = target.resolve(spec)
    text = config(agent.recipe.protocol, top=f'policy = "{THROUGH}/policy.toml"\non_counters_failure = "refuse"')
    with (
        files(gateway_toml=text, policy_toml=refusal.policy) as own,
        sealed(agent, (), (*checkout(), *own), warm=False) as run,
    ):
        return Shown(f"{agent.target.name} {agent.target.version}", refusal, _went(agent, refusal, run))


def _went(agent: Agent, refusal: Refusal, run: Run) -> Went:
    flags = ("--break", refusal.broken) if refusal.broken else ()
    wrapped = with_command(agent, (*INSIDE, *flags, "serve", *agent.recipe.command), more_s=120)
    return run(wrapped, f"http://127.0.0.1:{PORT}", "Etc/UTC")
