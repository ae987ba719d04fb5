"""One agent in one world of a sealed lab, with this checkout beside it."""

from __future__ import annotations

import contextlib
import json
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import msgspec

import wiretell
from tests.through import inside
from wiretell.lab import machine, surroundings
from wiretell.lab.plan import SWEEP, WARM_UP
from wiretell.lab.pools import POOLS
from wiretell.lab.runner import Lab
from wiretell.lab.sink import Authority
from wiretell.model.agent import Agent
from wiretell.model.capture import Capture, LeftFile, Request
from wiretell.model.world import World

THROUGH: Final = "/opt/through"
INSIDE: Final = (f"{THROUGH}/python/bin/python3", f"{THROUGH}/inside.py")
"""Words that start `inside.py` in the sandbox."""
_BY_NAME: Final = (80, 443)
Run = Callable[[Agent, str, str], "Went"]
"""Agent, base URL (or `official`), time zone -> how it went."""


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
    left: tuple[LeftFile, ...] = ()
    """Files that were not there before, in HOME, the working directory and /tmp."""
    kinds: tuple[str, ...] = ()
    """Of all that the lab answered, in order: `model`, `websocket`, `side` ..."""

    @property
    def bodies(self) -> list[bytes]:
        """What was asked, byte for byte."""
        return [request.body for request in self.requests]


@contextlib.contextmanager
def files(**contents: str) -> Iterator[tuple[tuple[str, str], ...]]:
    """Give binds of files below /opt/through, a name (`_` for a dot) and content each; all may be started."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        binds = []
        for name, content in contents.items():
            path = Path(folder, name)
            path.write_text(content)
            path.chmod(0o755)
            binds.append((str(path), f"{THROUGH}/{name.replace('_', '.')}"))
        yield tuple(binds)


def checkout() -> tuple[tuple[str, str], ...]:
    """Return binds of this Python, its packages, wiretell and `inside.py`."""
    return (
        (sys.base_prefix, f"{THROUGH}/python"),
        (str(Path(wiretell.__file__).parents[1]), f"{THROUGH}/src"),
        (sysconfig.get_path("purelib"), f"{THROUGH}/site-packages"),
        (str(Path(inside.__file__)), f"{THROUGH}/inside.py"),
    )


def with_command(agent: Agent, command: Sequence[str], more_s: float = 60.0) -> Agent:
    """Return the agent with another command, `more_s` seconds longer to run."""
    return replace(
        agent, recipe=replace(agent.recipe, command=tuple(command), timeout_s=agent.recipe.timeout_s + more_s)
    )


@contextlib.contextmanager
def sealed(
    agent: Agent, ports: Sequence[int], binds: Sequence[tuple[str, str]] = (), *, warm: bool = True
) -> Iterator[Run]:
    """Seal a lab; give a function that runs an agent, the first time twice where `warm`.

    `ports`: of loopback, that lead to the lab.
    """
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
        loopback_ports=(*_BY_NAME, *ports),
        official=[agent.recipe.official.host] if agent.recipe.official else [],
    )
    cold = warm

    def run(who: Agent, base_url: str, timezone: str) -> Went:
        world = World.of({pool.fact: pool.paired[0] for pool in POOLS} | {"base_url": base_url, "timezone": timezone})
        nonlocal cold
        if cold:
            spec = surroundings.build(who, world, run=0, purpose=WARM_UP, shell=shell)
            lab.warm_up(replace(spec, loopback_ports=(*_BY_NAME, *ports)))
            cold = False
        again = surroundings.build(who, world, run=1, purpose=SWEEP, shell=shell)
        [capture] = lab.run([replace(again, run=1, loopback_ports=(*_BY_NAME, *ports))])
        return _went(capture)

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
        errors=capture.process.stderr.decode("utf-8", "replace")[-4000:],
        left=tuple(capture.files),
        kinds=tuple(exchange.kind for exchange in capture.exchanges),
    )
