"""The host's side of the lab: starts wardens, hands out runs, collects captures, leaves nothing behind.

Wardens get an empty environment, no standard input, and no file of this process but their channel. All state of a lab
lives in the wardens' mount namespaces and ends with them: there is no temporary folder to remove.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Final, Self

from wiretell.errors import AgentError, InternalError, NotSealedError, WiretellError
from wiretell.lab.protocol import (
    Answer,
    CompileCache,
    Done,
    Failed,
    Layout,
    Order,
    Ready,
    Recorder,
    SelfTest,
    Setup,
    Start,
    pack,
    unpack_answer,
)
from wiretell.lab.sandbox import kernel
from wiretell.lab.sink import Authority
from wiretell.lab.spec import RunSpec
from wiretell.model.capture import Capture

LAB_UID: Final = 57005
"""The ordinary user that a lab started by root becomes: no account, below the ranges of services and of user maps."""

_AHEAD: Final = 2
"""Runs a warden holds at a time, so that it never waits for this process between two."""
_START_S: Final = 30.0
_CHUNK: Final = 1 << 20


class _Worker:
    """One warden and its channel."""

    def __init__(self, number: int, setup: Setup) -> None:
        ours, theirs = socket.socketpair()
        self.number = number
        self.channel = ours
        self.orders = 0
        self._incoming = bytearray()
        command = [sys.executable, "-I", "-m", "wiretell.lab.warden", str(theirs.fileno())]
        self.process = subprocess.Popen(
            command,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            pass_fds=[theirs.fileno()],
            start_new_session=True,  # Ctrl-C reaches this process alone, which then ends its wardens
        )
        theirs.close()
        self.send(setup)

    def send(self, order: Order) -> None:
        self.orders += 1
        try:
            self.channel.sendall(pack(order))
        except OSError as error:
            raise InternalError(f"a lab worker ended unexpectedly: {self._last_words() or error}") from error

    def receive(self) -> Answer | None:
        """Read what is there; return an answer when one is whole."""
        data = self.channel.recv(_CHUNK)
        if not data:
            raise InternalError(f"a lab worker ended unexpectedly: {self._last_words() or 'no message'}")
        self._incoming += data
        return self.buffered()

    def buffered(self) -> Answer | None:
        if len(self._incoming) < 4:
            return None
        size = int.from_bytes(self._incoming[:4], "big")
        if len(self._incoming) < 4 + size:
            return None
        body = bytes(self._incoming[4 : 4 + size])
        del self._incoming[: 4 + size]
        self.orders -= 1
        return unpack_answer(body)

    def wait(self, seconds: float) -> Answer:
        """Wait for one answer."""
        deadline = time.monotonic() + seconds
        with selectors.DefaultSelector() as selector:
            selector.register(self.channel, selectors.EVENT_READ)
            while (answer := self.buffered()) is None:
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    raise InternalError(f"a lab worker did not answer within {seconds:.0f} s.")
                if (answer := self.receive()) is not None:
                    return answer
        return answer

    def end(self) -> None:
        self.channel.close()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        if self.process.stderr:
            self.process.stderr.close()

    def _last_words(self) -> str:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(2)
        if self.process.poll() is None or self.process.stderr is None:
            return ""
        lines = self.process.stderr.read().decode(errors="replace").strip().splitlines()
        return "\n".join(lines[-12:]) if lines else f"exit code {self.process.returncode}"


class Lab:
    """A sealed lab with some workers. Use as a context manager; on leaving, every process of it has ended."""

    def __init__(
        self,
        layout: Layout,
        *,
        workers: int,
        authority: Authority,
        loopback_ports: Sequence[int],
        official: Sequence[str],
    ) -> None:
        """Describe a lab; nothing starts before the context is entered.

        :param workers: runs at a time, at least 1.
        :param loopback_ports: ports of 127.0.0.1 and ::1 that lead to the lab's sink.
        :param official: host names of vendors, served by the lab.
        """
        self._layout = layout
        self._authority = authority.secret
        self._ports = tuple(loopback_ports)
        self._official = tuple(official)
        self._count = workers
        self._workers: list[_Worker] = []

    def __enter__(self) -> Self:
        if not sys.platform.startswith("linux") or not kernel.supported():
            raise NotSealedError(
                "agents are sealed with Linux namespaces (x86-64, AArch64); here, run wiretell in a Linux VM."
            )
        try:
            self._workers = [_Worker(i, self._setup(i)) for i in range(self._count)]
            for worker in self._workers:
                self._expect_ready(worker.wait(_START_S))
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End every process of the lab."""
        for worker in self._workers:
            worker.end()
        self._workers = []

    def check_recorder(self) -> str:
        """Run the recorder control in the first worker: `pass`, or a sentence."""
        worker = self._workers[0]
        worker.send(SelfTest())
        answer = worker.wait(_START_S)
        return answer.outcome if isinstance(answer, Recorder) else f"the recorder control did not run: {answer}"

    def warm_up(self, spec: RunSpec) -> Capture:
        """Run `spec` with a writable compile cache and give what it left to every worker's later runs."""
        worker = self._workers[0]
        worker.send(Start(spec))
        done = self._expect_done(worker.wait(spec.limits.timeout_s + _START_S))
        if done.compile_cache:
            for other in self._workers:
                other.send(CompileCache(done.compile_cache))
            for other in self._workers:
                self._expect_ready(other.wait(_START_S))
        return done.capture

    def run(self, specs: Sequence[RunSpec], on_done: Callable[[Capture], None] = lambda _: None) -> list[Capture]:
        """Carry out runs, as many at a time as there are workers; return the captures in the order of `specs`.

        :raises NotSealedError: if a sandbox could not be built.
        """
        waiting = deque(specs)
        captures: dict[int, Capture] = {}
        with selectors.DefaultSelector() as selector:
            for worker in self._workers:
                selector.register(worker.channel, selectors.EVENT_READ, worker)
            self._hand_out(waiting)
            while len(captures) < len(specs):
                for key, _ in selector.select():
                    worker = key.data
                    answer = worker.receive()
                    while answer is not None:
                        capture = self._expect_done(answer).capture
                        captures[capture.run] = capture
                        self._hand_out(waiting)
                        on_done(capture)
                        answer = worker.buffered()
        return [captures[spec.run] for spec in specs]

    def _hand_out(self, waiting: deque[RunSpec]) -> None:
        for ahead in range(1, _AHEAD + 1):
            for worker in self._workers:
                if waiting and worker.orders < ahead:
                    worker.send(Start(waiting.popleft()))

    def _setup(self, number: int) -> Setup:
        return Setup(
            layout=self._layout,
            worker=number,
            uid=LAB_UID if os.geteuid() == 0 else None,
            authority=self._authority,
            loopback_ports=self._ports,
            official_hosts=self._official,
        )

    def _expect_ready(self, answer: Answer) -> None:
        match answer:
            case Ready(interfaces=("lo",)):
                return
            case Ready(interfaces=interfaces):
                raise NotSealedError(f"the lab's network has interfaces beside its loopback: {', '.join(interfaces)}.")
            case _:
                raise _error(answer)

    def _expect_done(self, answer: Answer) -> Done:
        if isinstance(answer, Done):
            return answer
        raise _error(answer)


def _error(answer: Answer) -> WiretellError:
    match answer:
        case Failed(kind="not-sealed", reason=reason):
            return NotSealedError(
                f"the sandbox could not be built ({reason}); `wiretell doctor` says what is missing and how to get it."
            )
        case Failed(kind="internal", reason=reason):
            return InternalError(f"a lab worker failed: {reason}")
        case Failed(kind="agent", reason=reason):
            return AgentError(reason)
        case _:
            return InternalError(f"a lab worker gave an unexpected answer: {answer}")
