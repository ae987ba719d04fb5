"""The sink itself: listens, accepts, and hands each connection to its layers."""

from __future__ import annotations

import asyncio
import errno
import socket
import time
import traceback
from collections.abc import Sequence
from typing import Final

from wiretell.errors import InternalError
from wiretell.lab.sink.authority import Authority
from wiretell.lab.sink.dns import reply_to
from wiretell.lab.sink.layers.interface import Layer, Peer, Pipe
from wiretell.lab.sink.layers.sniff import Sniffer
from wiretell.lab.sink.link import Link
from wiretell.lab.sink.record import MAX_DATAGRAM_BYTES, Run, SinkLog
from wiretell.lab.sink.sockets import (
    DNS_PORT,
    MAX_PACKET,
    answer_from,
    ask_for_addresses,
    asked_address,
    dns_sockets,
    original_destination,
    tcp_listeners,
)
from wiretell.model.capture import Datagram, Lookup

OFFICIAL_HOSTS: Final = frozenset(
    {"api.anthropic.com", "api.openai.com", "chatgpt.com", "generativelanguage.googleapis.com"}
)
DRAIN_S: Final = 0.25
"""At most so long does the end of a run take in what the kernel still holds. It waits for nothing: with an ordinary
agent this is over in a millisecond, and what is left of a flood is counted as dropped."""
_ACCEPTED_AT_ONCE: Final = 64
_MAX_WAITING: Final = 4096
"""More than the kernel lets wait at a listening socket."""
_MAX_FAULTS: Final = 20
_OUT_OF_DESCRIPTORS = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})


class Sink:
    """The far side of every connection of a sealed agent. Long-lived: it serves one run after another.

    All calls belong to the thread of the event loop in which `start` was awaited; it must be a selector loop.
    """

    def __init__(self, authority: Authority, *, official_hosts: frozenset[str] = OFFICIAL_HOSTS) -> None:
        self._authority = authority
        self._official = official_hosts
        self._listeners: list[socket.socket] = []
        self._datagrams: list[socket.socket] = []
        self._links: dict[Link, None] = {}
        """In the order in which they were accepted."""
        self._run: Run | None = None

    async def start(
        self, *, tcp: int | Sequence[socket.socket] = 0, udp53: bool | Sequence[socket.socket] = False
    ) -> int:
        """Begin to listen, and return the TCP port (of the first socket).

        `tcp` is a port of the loopback addresses (0: any), or listening sockets that the sink then owns; `udp53` says
        whether to serve DNS on UDP port 53 of all addresses, or gives bound sockets to serve it on. DNS over TCP is
        served wherever a connection was going to port 53.
        """
        loop = asyncio.get_running_loop()
        self._listeners = tcp_listeners(tcp) if isinstance(tcp, int) else list(tcp)
        for listener in self._listeners:
            listener.setblocking(False)
            loop.add_reader(listener, self._accept, listener)
        if not isinstance(udp53, bool):
            self._datagrams = list(udp53)
        elif udp53:
            self._datagrams = dns_sockets()
        for datagrams in self._datagrams:
            datagrams.setblocking(False)
            ask_for_addresses(datagrams)
            loop.add_reader(datagrams, self._receive, datagrams)
        return int(self._listeners[0].getsockname()[1])

    def begin(self, started_monotonic: float, base_host: str) -> None:
        """Begin a run: everything of the last one is forgotten.

        `started_monotonic` is the `time.monotonic()` that its times count from, `base_host` the host (without port)
        that its base URL names.
        """
        self._cut_all()
        self._drop_waiting()
        self._run = Run(started_monotonic, base_host)

    async def finish(self) -> SinkLog:
        """End the run: take what the kernel still holds, close whatever is open, and return what was recorded.

        Takes `DRAIN_S` at most, whatever the agent does.
        """
        run = self._run
        if run is None:
            raise InternalError("the sink was asked for the log of a run that never began")
        self._drain(time.monotonic() + DRAIN_S)
        self._count_the_rest(run)
        self._cut_all()
        self._run = None
        return run.log()

    async def close(self) -> None:
        """Close everything. A run that is going on is forgotten."""
        loop = asyncio.get_running_loop()
        self._cut_all()
        self._run = None
        for listening in (*self._listeners, *self._datagrams):
            loop.remove_reader(listening)
            listening.close()
        self._listeners, self._datagrams = [], []

    # --- TCP

    def _accept(self, listener: socket.socket) -> bool:
        """Accept what is waiting; return whether there was anything."""
        for count in range(_ACCEPTED_AT_ONCE):
            try:
                connection, _ = listener.accept()
            except (BlockingIOError, InterruptedError):
                return count > 0
            except OSError as error:
                if error.errno not in _OUT_OF_DESCRIPTORS or not self._links:
                    return count > 0
                next(iter(self._links)).finish(reset=True)  # the oldest makes room
                continue
            self._open(connection)
        return True

    def _open(self, connection: socket.socket) -> None:
        run = self._run
        if run is None:
            connection.close()
            return
        try:
            address, port = original_destination(connection)
            record = run.connect(address, port, run.zone.name_of(address, run.base_host))
            if record is None:
                connection.close()
                return
            link = Link(connection, run.take, lambda error: _note(run, error), self._forget)
        except OSError:  # reset before we looked
            connection.close()
            return
        self._links[link] = None
        loop = asyncio.get_running_loop()
        peer = Peer(run, record, self._authority, self._official, loop.call_later, _open_layer)
        link.start(_open_layer(link, peer))

    def _forget(self, link: Link) -> None:
        self._links.pop(link, None)

    # --- UDP

    def _receive(self, datagrams: socket.socket) -> bool:
        """Answer one datagram; return whether there was one."""
        try:
            packet, control, _, sender = datagrams.recvmsg(MAX_PACKET, 256)
        except OSError:  # nothing there, or an ICMP error about an answer of ours
            return False
        run = self._run
        if run is None:
            return True
        try:
            reply = reply_to(packet, run.zone)
            for found in reply.answered:
                run.add_lookup(Lookup(run.now(), found.name, found.rtype, found.answer, "udp"))
            if not reply.answered:
                payload = packet[:MAX_DATAGRAM_BYTES]
                address = asked_address(datagrams.family, control)
                run.add_datagram(Datagram(run.now(), "udp", address, DNS_PORT, len(packet), payload))
            if reply.packet:
                datagrams.sendmsg([reply.packet], answer_from(datagrams.family, control), 0, sender)
        except OSError:  # the asker is gone
            pass
        except Exception as error:
            _note(run, error)
        return True

    # --- end of a run

    def _drain(self, until_monotonic: float) -> None:
        """Take all that arrived, until nothing more is there or the time is up."""
        while time.monotonic() < until_monotonic:
            moved = [self._accept(listener) for listener in self._listeners]
            moved += [self._receive(datagrams) for datagrams in self._datagrams]
            for link in list(self._links):
                moved.append(link.read())
                if time.monotonic() >= until_monotonic:
                    return
            if not any(moved):
                return

    def _count_the_rest(self, run: Run) -> None:
        """Count as dropped what the time did not suffice for, so that no such log passes for a whole one."""
        for link in self._links:
            run.dropped_bytes += link.unread()
        for listener in self._listeners:
            for _ in range(_MAX_WAITING):
                try:
                    listener.accept()[0].close()
                except OSError:  # none left
                    break
                run.dropped += 1

    def _cut_all(self) -> None:
        for link in list(self._links):
            link.finish(reset=True)

    def _drop_waiting(self) -> None:
        """Throw away what reached the sockets between two runs: nobody's."""
        self._run = None
        deadline = time.monotonic() + DRAIN_S
        for listener in self._listeners:
            while self._accept(listener) and time.monotonic() < deadline:
                pass
        for datagrams in self._datagrams:
            while self._receive(datagrams) and time.monotonic() < deadline:
                pass


def _open_layer(pipe: Pipe, peer: Peer) -> Layer:
    return Sniffer(pipe, peer)


def _note(run: Run, error: Exception) -> None:
    """Keep a failure of our own: a run with one has no trustworthy record."""
    if len(run.faults) < _MAX_FAULTS:
        run.faults.append("".join(traceback.format_exception(error)))
