"""The gateway put together: settings -> log, counters, policy, edits, upstreams, pages -> a listening socket."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import uvloop

from wiretell.errors import UsageError, WiretellError
from wiretell.gateway.config import GatewaySettings, default
from wiretell.gateway.counters import CountersError, PatientCounters, Standing, counters
from wiretell.gateway.door import hardening
from wiretell.gateway.door.app import Door, Pages
from wiretell.gateway.door.auth import Gatekeeper
from wiretell.gateway.door.budgets import Budgets
from wiretell.gateway.door.identity import Hasher
from wiretell.gateway.door.listening import Listener, bound, tls_context
from wiretell.gateway.door.parts import Parts
from wiretell.gateway.door.recovering import settle_leftovers
from wiretell.gateway.door.unrecorded import Unrecorded
from wiretell.gateway.door.upstream import HttpUpstreams, UpstreamClient
from wiretell.gateway.door.watching import PolicyWatch
from wiretell.gateway.edits import Editor
from wiretell.gateway.edits.pins import Pins
from wiretell.gateway.log import ProcessRecorder, Store, Stored
from wiretell.gateway.log.interface import Recorder
from wiretell.gateway.log.redaction import Redactor
from wiretell.gateway.telemetry import CONTENT_TYPE, Metrics, Spans
from wiretell.gateway.telling import counted, summary
from wiretell.gateway.ui import Site, Sources, last_entries
from wiretell.model.exchange import LedgerEntry, Row
from wiretell.policy import PriceTable, prices

STOP_S: Final = 30.0
"""How long streams may run on once the gateway was told to end."""
_LOOK_S: Final = 1.0
_LEDGER_SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class Gateway:
    """A gateway that runs."""

    settings: GatewaySettings
    parts: Parts
    listener: Listener
    counters: PatientCounters
    recovered: int
    """Exchanges that an earlier run left unfinished."""

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self.listener.port

    @property
    def url(self) -> str:
        """Its address, for clients."""
        host = f"[{self.settings.host}]" if ":" in self.settings.host else self.settings.host
        return f"{'https' if self.settings.tls_certificate else 'http'}://{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Checked:
    """Everything of the settings that can be wrong, read. Nothing is started."""

    settings: GatewaySettings
    policy: PolicyWatch
    prices: PriceTable
    editor: Editor
    pins: Pins | None


def check(settings: GatewaySettings, say: Callable[[str], object] = lambda _: None) -> Checked:
    """Read what the settings name. `say` gets a sentence when the policy changes later. :raises UsageError:"""
    if settings.tls_certificate is not None:
        tls_context(settings.tls_certificate, settings.tls_key)
    return Checked(
        settings=settings,
        policy=PolicyWatch(settings.policy, say),
        prices=prices.load(settings.prices) if settings.prices is not None else prices.shipped(),
        editor=Editor(settings.strip_marks, settings.context),
        pins=Pins.load(settings.pins) if settings.pins else None,
    )


@asynccontextmanager
async def start(
    settings: GatewaySettings, *, upstreams: UpstreamClient | None = None, say: Callable[[str], object] = lambda _: None
) -> AsyncIterator[Gateway]:
    """Run a gateway in this event loop while the context lasts. Port 0 takes a free one.

    :raises UsageError: where the settings are of no use, the port is taken or the log is in use. LogError.
    """
    checked = check(settings, say)
    sock = bound(settings.host, settings.port)
    async with AsyncExitStack() as stack:
        stack.callback(sock.close)
        recorder = ProcessRecorder(settings) if settings.log is not None else Unrecorded()
        await recorder.start()
        stack.push_async_callback(recorder.stop)
        tallies = counters(settings.counters, _folder(settings))
        leftovers = await tallies.open(settings.name or _own_name(settings, sock))
        stack.push_async_callback(tallies.close)
        budgets = Budgets(tallies, checked.prices, refuse_on_failure=settings.on_counters_failure == "refuse")
        recovered = await _recover(leftovers, recorder, budgets, settings)
        if upstreams is None:
            upstreams = HttpUpstreams(
                connect_timeout_s=settings.connect_timeout_s, idle_timeout_s=settings.idle_timeout_s
            )
            stack.push_async_callback(upstreams.close)
        spans = Spans(settings.otlp, settings.name, say) if settings.otlp else None
        if spans is not None:
            stack.push_async_callback(asyncio.to_thread, spans.close)
        metrics = Metrics()
        parts = Parts(
            settings=settings,
            recorder=recorder,
            upstreams=upstreams,
            policy=checked.policy,
            budgets=budgets,
            editor=checked.editor,
            pins=checked.pins,
            hasher=Hasher.of_folder(settings.log),
            gate=Gatekeeper(settings),
            metrics=metrics,
            watchers=(spans,) if spans is not None else (),
            redactor=Redactor(settings.redact, builtin=settings.redact_builtin),
        )
        tls = tls_context(settings.tls_certificate, settings.tls_key) if settings.tls_certificate else None
        door = Door(parts, _pages(settings, parts, tallies, metrics, spans))
        listener = Listener(door, sock, tls=tls, max_message=settings.max_body_bytes)
        await listener.start()
        stack.push_async_callback(listener.stop, STOP_S)
        stack.callback(parts.live.close)
        watch = asyncio.create_task(_watch(parts, say))
        stack.callback(watch.cancel)
        yield Gateway(settings, parts, listener, tallies, recovered)


def run(settings: GatewaySettings) -> None:
    """Run a gateway until it is told to end (SIGTERM, SIGINT, SIGHUP). :raises UsageError: LogError."""
    hardening.no_core_dumps()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_run(settings))


async def _run(settings: GatewaySettings) -> None:
    told = asyncio.Event()
    listeners: list[Listener] = []

    def tell() -> None:
        if told.is_set():  # told again: nobody wants to wait
            for listener in listeners:
                listener.hurry()
        told.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, tell)
    async with start(settings, say=_say) as gateway:
        listeners.append(gateway.listener)
        _say(started(gateway))
        for remark in gateway.parts.pins.remarks if gateway.parts.pins is not None else ():
            _say(remark)
        hardening.seldom_collect()
        await told.wait()
        _say("ending; streams that run may end first, unless told so again.")


async def _watch(parts: Parts, say: Callable[[str], object]) -> None:
    """Look after what changes without traffic: the policy's file, and whether the log can be written."""
    refuses = parts.settings.on_log_failure == "refuse"
    failing = ""
    while True:
        now = parts.recorder.state().failing
        if now and not failing:
            done = "requests are refused (507)" if refuses else "requests pass unrecorded"
            say(f"nothing can be recorded, {done}: {now}")
        elif failing and not now:
            say("the log can be written again.")
        failing = now
        await asyncio.sleep(_LOOK_S)
        parts.policy.current()


def _say(sentence: str) -> None:
    """Print one line on standard error: what the gateway does, never what passes through it."""
    with contextlib.suppress(OSError, ValueError):  # whoever started it may have closed the pipe
        print(f"wiretell gateway: {sentence}", file=sys.stderr, flush=True)  # noqa: T201 - the start line


def started(gateway: Gateway) -> str:
    """Return the start line: address, log, policy, upstreams, what is on."""
    found = [f"listening on {gateway.url}", *summary(gateway.settings, gateway.parts.policy.current())]
    if gateway.recovered:
        were = "was" if gateway.recovered == 1 else "were"
        found.append(f"{counted(gateway.recovered, 'exchange')} of an earlier run {were} unfinished")
    return "; ".join(found)


async def _recover(leftovers: Sequence[str], recorder: Recorder, budgets: Budgets, settings: GatewaySettings) -> int:
    """Settle what an earlier run left open; return how many exchanges it left unfinished."""
    if not isinstance(recorder, ProcessRecorder) or settings.log is None:
        return 0
    unfinished = {row.exchange_id: row for row in recorder.recovered}
    if leftovers:
        with Store(settings.log) as store:

            def finished(exchange_id: str) -> Row | None:
                try:
                    return store.exchange(exchange_id).row
                except WiretellError:  # not there, or erased
                    return None

            await settle_leftovers(leftovers, unfinished, recorder.recovered_body, finished, budgets)
    return len(unfinished)


def _folder(settings: GatewaySettings) -> Path:
    """Return where counters in SQLite are: beside the log, or where it would be."""
    folder = settings.log
    if folder is None:
        folder = default().log
        assert folder is not None
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"{folder}, where budgets are counted, cannot be made ({error.strerror}).") from None
    return folder


def _own_name(settings: GatewaySettings, sock: socket.socket) -> str:
    """Return by what a gateway without a name is told from others that share its counters."""
    return "" if settings.counters == "sqlite" else f"{socket.gethostname()}:{sock.getsockname()[1]}"


def _pages(
    settings: GatewaySettings, parts: Parts, counted: PatientCounters, metrics: Metrics, spans: Spans | None
) -> Pages:
    async def numbers() -> tuple[str, bytes]:
        policy = parts.policy.current()
        try:
            standings: Sequence[Standing] = await counted.all()
        except CountersError:  # the other numbers are worth having, now more than ever
            standings = ()
        return CONTENT_TYPE, metrics.render(parts.recorder.state(), standings, policy.budgets, policy.timezone)

    return Pages(
        ui=_site(settings, parts, counted, spans) if settings.ui else None,
        metrics=numbers if settings.metrics else None,
    )


def _site(settings: GatewaySettings, parts: Parts, counted: PatientCounters, spans: Spans | None) -> Site:
    folder = settings.log

    def exchange(exchange_id: str) -> Stored | None:
        if folder is None:
            return None
        with Store(folder) as store:
            return store.exchange(exchange_id)

    def ledger() -> Sequence[LedgerEntry]:
        return last_entries(folder / "ledger.jsonl", _LEDGER_SHOWN) if folder is not None else ()

    sources = Sources(
        live=parts.live,
        state=parts.recorder.state,
        standings=counted.all,
        policy=parts.policy.current,
        exchange=exchange,
        ledger=ledger,
        spans=spans.state if spans is not None else lambda: None,
        about=(("started", f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M} UTC"), *_about(settings, parts)),
    )
    secure = settings.tls_certificate is not None or settings.trust_proxy
    return Site(
        sources,
        users=settings.users,
        host_allowed=_allowed(settings, parts),
        secure=secure,
        trust_proxy=settings.trust_proxy,
    )


def _about(settings: GatewaySettings, parts: Parts) -> list[tuple[str, str]]:
    pairs = (phrase.partition(" ") for phrase in summary(settings, parts.policy.current()))
    return [(name, rest) for name, _, rest in pairs]


def _allowed(settings: GatewaySettings, parts: Parts) -> Callable[[Sequence[tuple[bytes, bytes]]], bool]:
    """Without users, or with TLS of our own, a page is for the names we know; a proxy before us may have another."""
    if settings.users and settings.trust_proxy and not settings.hosts:
        return lambda _: True
    return parts.gate.host_allowed
