"""One agent in one world, direct and through the gateway."""

from __future__ import annotations

import contextlib
import json
import sys
import sysconfig
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import msgspec

import wiretell
from tests.through import inside
from wiretell import target
from wiretell.lab import machine, surroundings
from wiretell.lab.plan import SWEEP, WARM_UP
from wiretell.lab.pools import POOLS
from wiretell.lab.runner import Lab
from wiretell.lab.sink import Authority
from wiretell.model.agent import Agent
from wiretell.model.capture import Capture, Request
from wiretell.model.world import World

PORT: Final = 8484
_THROUGH: Final = "/opt/through"
_INSIDE: Final = f"{_THROUGH}/inside.py"
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


@dataclass(frozen=True, slots=True)
class Went:
    """How the agent fared, and what its model's host got."""

    exit_code: int | None
    said: str
    requests: tuple[Request, ...]
    """That asked a model for an answer."""
    wall_s: float
    recorded: Mapping[str, Any] = field(default_factory=dict)
    """Report of `inside.py`; empty for a direct run."""
    errors: str = ""

    @property
    def bodies(self) -> list[bytes]:
        """What was asked, byte for byte."""
        return [request.body for request in self.requests]


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
    with _lab(agent, (PORT,), ()) as run:
        return _went(run(agent, case))


def _through(agent: Agent, case: Case) -> Went:
    command = (f"{_THROUGH}/python/bin/python3", _INSIDE, *agent.recipe.command)
    wrapped = replace(agent, recipe=replace(agent.recipe, command=command, timeout_s=agent.recipe.timeout_s + 60))
    with _config(agent.recipe.protocol, case.further) as config:
        binds = (
            (sys.base_prefix, f"{_THROUGH}/python"),
            (str(Path(wiretell.__file__).parents[1]), f"{_THROUGH}/src"),
            (sysconfig.get_path("purelib"), f"{_THROUGH}/site-packages"),
            (str(Path(inside.__file__)), _INSIDE),
            (str(config), inside.CONFIG),
        )
        with _lab(agent, (), binds) as run:
            return _went(run(wrapped, case))


@contextlib.contextmanager
def _config(protocol: str, further: str) -> Iterator[Path]:
    import tempfile

    name, base_url = _OFFICIAL[protocol]
    text = f"""schema = 1
listen = "127.0.0.1:{PORT}"
log = "{inside.LOG}"
[upstream.{name}]
protocol = "{protocol}"
base_url = "{base_url}"
{further}
"""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "gateway.toml")
        path.write_text(text)
        path.chmod(0o644)
        Path(folder).chmod(0o755)
        yield path


@contextlib.contextmanager
def _lab(agent: Agent, ports: Sequence[int], binds: Sequence[tuple[str, str]]) -> Iterator[Any]:
    """Seal a lab; give a function that runs an agent in a case's world, warm."""
    authority = Authority.create()
    layout = machine.layout(agent.target.root, ())
    faketime = machine.faketime_folder()
    shell = surroundings.Machine(
        ca_pem=authority.pem,
        system_ca=machine.system_certificates(),
        os_release=machine.os_release(),
        faketime_library=f"{machine.FAKETIME_DIR}/libfaketime.so.1" if faketime else None,
    )
    lab = Lab(
        msgspec.structs.replace(layout, binds=(*layout.binds, *binds)),
        workers=1,
        authority=authority,
        loopback_ports=(80, 443, *ports),
        official=[agent.recipe.official.host] if agent.recipe.official else [],
    )

    def run(who: Agent, case: Case) -> Capture:
        world = World.of(
            {pool.fact: pool.paired[0] for pool in POOLS}
            | {"base_url": f"http://{case.host}:{PORT}", "timezone": case.timezone}
        )
        spec = surroundings.build(who, world, run=0, purpose=WARM_UP, shell=shell)
        lab.warm_up(replace(spec, loopback_ports=(80, 443, *ports)))
        again = surroundings.build(who, world, run=1, purpose=SWEEP, shell=shell)
        [capture] = lab.run([replace(again, run=1, loopback_ports=(80, 443, *ports))])
        return capture

    with lab:
        yield run


def _went(capture: Capture) -> Went:
    said, _, report = capture.process.stdout.decode("utf-8", "replace").partition(inside.MARK)
    return Went(
        exit_code=capture.process.exit_code,
        said=said,
        requests=tuple(exchange.request for exchange in capture.exchanges if exchange.kind == "model"),
        wall_s=capture.process.wall_s,
        recorded=json.loads(report) if report else {},
        errors=capture.process.stderr.decode("utf-8", "replace")[-2000:],
    )


def _names(request: Request) -> list[str]:
    return [name.decode("latin-1") for name, _ in request.headers if name.decode("latin-1").lower() not in _DIFFERS]


def _unequal(one: list[str], other: list[str]) -> list[tuple[str, str]]:
    if len(one) != len(other):
        return [(", ".join(one), ", ".join(other))]
    return [(a, b) for a, b in zip(one, other, strict=True) if a != b]
