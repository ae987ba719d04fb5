"""One `wiretell run`: a gateway, the agent, and the end of both."""

from __future__ import annotations

import datetime as dt
import os
import ssl
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wiretell.gateway.config.default import default_log
from wiretell.gateway.config.values import GatewaySettings
from wiretell.gateway.running import child, trust
from wiretell.gateway.running.known import Known
from wiretell.gateway.running.official import OfficialProxy
from wiretell.gateway.running.start import Start, by_base_url, by_name

if TYPE_CHECKING:
    from wiretell.gateway.serve import Gateway

Say = Callable[[str], object]
Begin = Callable[[GatewaySettings], AbstractAsyncContextManager["Gateway"]]
"""`serve.start`."""
_HTTP1: Final = ["http/1.1"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the user asks for."""

    agent: Known
    words: tuple[str, ...]
    """The program and its arguments."""
    wrapped: bool = False
    """Whether the program starts the agent, and is not it."""
    chosen: bool = False
    """Whether the user named the upstreams, by a configuration or a gateway."""


@dataclass(frozen=True, slots=True)
class Led:
    """A way to the gateway that is ready for the agent."""

    start: Start
    told: str
    """One line: what the way does to the agent."""
    ending: Callable[[], str]
    """What there is to say afterwards; empty: nothing."""


def settings_for(settings: GatewaySettings, log: Path | None, *, official: Sequence[str] = ()) -> GatewaySettings:
    """Return the settings of a gateway for one agent on this machine: loopback, a free port, no TLS.

    `log`: in place of the file's own folder. `official`: hosts whose name the agent will use for it.
    """
    hosts = (*settings.hosts, *official)
    log = log or settings.log
    return replace(settings, host="127.0.0.1", port=0, tls_certificate=None, tls_key=None, log=log, hosts=hosts)


def run_folder(agent: Known, environ: Mapping[str, str], now: dt.datetime) -> Path:
    """Return a log folder of this run's own, so that several runs can go on at a time.

    :raises UsageError: where there is no home folder.
    """
    return default_log(environ).parent / "runs" / f"{now:%Y-%m-%dT%H-%M-%SZ}-{agent.name}-{os.getpid()}"


async def through_own(
    wanted: Wanted, settings: GatewaySettings, environ: Mapping[str, str], begin: Begin, say: Say
) -> int:
    """Run the agent with a gateway of its own as custom host; return its exit code. :raises UsageError: LogError."""
    custom(wanted, environ, "", "", str)  # before anything is started: what the user's environment rules out
    child.program(wanted.words[0], environ)
    async with begin(settings) as gateway:

        def ending() -> str:
            count = gateway.parts.recorder.state().recorded
            return "" if count else f"nothing of {wanted.agent.name} came through the gateway."

        return await _follow(custom(wanted, environ, gateway.url, _record(settings), ending), say)


async def through_running(wanted: Wanted, url: str, environ: Mapping[str, str], say: Say) -> int:
    """Run the agent through a gateway that runs already; return its exit code."""
    return await _follow(custom(wanted, environ, url, f"kept by {url}", lambda: ""), say)


async def by_official_name(
    wanted: Wanted, settings: GatewaySettings, environ: Mapping[str, str], begin: Begin, say: Say
) -> int:
    """Run the agent with its official host's name kept; return its exit code. :raises UsageError: LogError."""
    async with _official(wanted, settings, environ, begin) as led:
        return await _follow(led, say)


def custom(wanted: Wanted, environ: Mapping[str, str], url: str, record: str, ending: Callable[[], str]) -> Led:
    """Return the way by base URL."""
    agent = wanted.agent
    start = by_base_url(agent, wanted.words, environ, url, wrapped=wanted.wrapped, replaces=wanted.chosen)
    keeps = "; --official keeps the official host" if agent.official else ""
    told = (
        f"{agent.name} goes through a gateway at {url}, itself a custom host, which can change what an agent does "
        f"({agent.known}){keeps}. Record: {record}."
    )
    return Led(start, told, ending)


@asynccontextmanager
async def _official(
    wanted: Wanted, settings: GatewaySettings, environ: Mapping[str, str], begin: Begin
) -> AsyncIterator[Led]:
    from wiretell.lab.sink.authority import Authority  # slow to import, and needed here alone

    authority = Authority.create()

    def leaf(host: str) -> ssl.SSLContext:
        context = authority.leaf_context(host)
        context.set_alpn_protocols(_HTTP1)  # what the gateway speaks
        return context

    async with AsyncExitStack() as stack:
        files = stack.enter_context(trust.files(authority.pem, environ))
        # before anything is started: what the user's environment rules out
        by_name(wanted.agent, wanted.words, environ, "", files)
        child.program(wanted.words[0], environ)
        gateway = await stack.enter_async_context(begin(settings))
        proxy = await stack.enter_async_context(OfficialProxy(gateway.port, wanted.agent.official, leaf))
        start = by_name(wanted.agent, wanted.words, environ, proxy.url, files)
        yield Led(start, _told_official(wanted.agent, start, _record(settings)), lambda: summary(wanted.agent, proxy))


async def _follow(led: Led, say: Say) -> int:
    say(led.told)
    code = await child.run(led.start)
    if said := led.ending():
        say(said)
    return code


def _told_official(agent: Known, start: Start, record: str) -> str:
    seen = ", ".join(name for name in start.added if name.isupper())
    return (
        f"{agent.name} reaches {' and '.join(agent.official)} by name, through a local proxy and a certificate of this "
        f"run; it can see that in its environment ({seen}) and in who signed the certificate. Record: {record}."
    )


def summary(agent: Known, proxy: OfficialProxy) -> str:
    """Return what went where, at the end of a run with the official host."""
    led = _counted(proxy.led) or f"none to {' or '.join(agent.official)}"
    found = [f"connections recorded: {led}"]
    if proxy.refused:
        found.append(f"of these the agent did not take the certificate: {_counted(proxy.refused)}")
    if proxy.passed:
        found.append(f"passed on unread: {_counted(proxy.passed)}")
    return "; ".join(found) + "."


def _counted(some: Mapping[str, int], shown: int = 12) -> str:
    listed = sorted(some.items(), key=lambda item: (-item[1], item[0]))
    more = f", and {len(listed) - shown} more" if len(listed) > shown else ""
    return ", ".join(f"{host} {count}" for host, count in listed[:shown]) + more


def _record(settings: GatewaySettings) -> str:
    return str(settings.log) if settings.log else "none (log = false)"
