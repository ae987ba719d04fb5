"""One agent in one world, direct and through the gateway."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tests.through import inside
from tests.through.lab import INSIDE, Went, checkout, files, sealed, with_command
from wiretell import target
from wiretell.model.agent import Agent
from wiretell.model.capture import Request

PORT: Final = 8484
_OFFICIAL: Final = {
    "anthropic-messages": ("anthropic", "https://api.anthropic.com"),
    "openai-responses": ("openai", "https://api.openai.com/v1"),
    "gemini": ("google", "https://generativelanguage.googleapis.com"),
}
_DIFFERS: Final = frozenset({"host", "connection", "content-length", "transfer-encoding"})
"""Headers that belong to a connection, not to the agent's words."""


@dataclass(frozen=True, slots=True)
class Case:
    """What is run."""

    spec: str
    """`npm:@anthropic-ai/claude-code@2.1.91`."""
    host: str = "127.0.0.1"
    timezone: str = "Etc/UTC"
    further: str = ""
    """Added to the gateway's file: `[edit]` ..."""
    pins: str = ""
    """An audit document, as text."""

    @property
    def base_url(self) -> str:
        """What the agent is told."""
        return f"http://{self.host}:{PORT}"


@dataclass(frozen=True, slots=True)
class Compared:
    """Both runs of a case."""

    case: Case
    agent: str
    direct: Went
    through: Went

    @property
    def same_outcome(self) -> bool:
        """Whether the agent ended alike, said the same and asked as often."""
        one, other = self.direct, self.through
        return (one.exit_code, one.said, len(one.requests)) == (other.exit_code, other.said, len(other.requests))

    @property
    def same_bodies(self) -> bool:
        """Whether the model's host got the same bytes."""
        return self.direct.bodies == self.through.bodies

    @property
    def other_headers(self) -> list[str]:
        """Names of headers that differ in presence, spelling or order, or in a value the agent does not draw anew."""
        return [
            f"{a!r} != {b!r}"
            for one, other in zip(self.direct.requests, self.through.requests, strict=False)
            for a, b in _unequal(_names(one), _names(other))
        ]


def compare(case: Case) -> Compared:
    """Run a case both ways. :raises TargetError: if the package cannot be fetched."""
    agent = target.resolve(case.spec)
    return Compared(case, f"{agent.target.name} {agent.target.version}", _direct(agent, case), _through(agent, case))


def _direct(agent: Agent, case: Case) -> Went:
    with sealed(agent, (PORT,)) as run:
        return run(agent, case.base_url, case.timezone)


def _through(agent: Agent, case: Case) -> Went:
    wrapped = with_command(agent, (*INSIDE, "serve", *agent.recipe.command))
    top = 'pins = "pins.json"' if case.pins else ""
    file = config(agent.recipe.protocol, top=top, further=case.further)
    with (
        files(gateway_toml=file, **({"pins_json": case.pins} if case.pins else {})) as own,
        sealed(agent, (), (*checkout(), *own)) as run,
    ):
        return run(wrapped, case.base_url, case.timezone)


def config(protocol: str, *, top: str = "", further: str = "") -> str:
    """Return a gateway's file: a listener at the place of the lab's, the protocol's official host, a log."""
    name, base_url = _OFFICIAL[protocol]
    return f"""schema = 1
listen = "127.0.0.1:{PORT}"
log = "{inside.LOG}"
{top}
[upstream.{name}]
protocol = "{protocol}"
base_url = "{base_url}"
{further}
"""


def _names(request: Request) -> list[str]:
    return [name.decode("latin-1") for name, _ in request.headers if name.decode("latin-1").lower() not in _DIFFERS]


def _unequal(one: list[str], other: list[str]) -> list[tuple[str, str]]:
    if len(one) != len(other):
        return [(", ".join(one), ", ".join(other))]
    return [(a, b) for a, b in zip(one, other, strict=True) if a != b]
