"""The writer's process: `python -m wiretell.gateway.log.writer FD`, started by the door's recorder.

It outlives a door that is killed: at the end of the stream it writes what it has, marks what is open as unfinished, and
ends. Signals of a terminal or a service manager do not end it, as the door says when all is written.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import selectors
import signal
import socket
import sqlite3
import sys
from contextlib import suppress
from typing import Final

import msgspec

from wiretell.errors import UsageError, WiretellError
from wiretell.gateway.log import pipe
from wiretell.gateway.log.erasing import address
from wiretell.gateway.log.interface import LogError
from wiretell.gateway.log.layout import Layout
from wiretell.gateway.log.passing import Outcome
from wiretell.gateway.log.pipe import Done, Hello, Ready, Refused, Say, Splitter, Stop
from wiretell.gateway.log.session import Session

_BATCH_BYTES: Final = 2 << 20
"""No commit waits for more than this."""
_TICK_SECONDS: Final = 0.5
_GARBAGE: Final = 20_000
"""New objects after which cycles among them are looked for."""


class Writer:
    """Serves one door."""

    def __init__(self, door: socket.socket) -> None:
        """Take the socket to the door."""
        self._door = door
        self._splitter = Splitter()
        self._selector = selectors.DefaultSelector()
        self._selector.register(door, selectors.EVENT_READ)
        self._control: socket.socket | None = None

    def serve(self) -> None:
        """Work until the door stops or goes away."""
        messages = self._first()
        if not messages:
            return
        hello = msgspec.msgpack.decode(messages[0].meta, type=Hello)
        try:
            session = Session(hello)
        except (WiretellError, OSError, sqlite3.Error) as error:
            refused = Refused(_sentence(error, hello.folder), isinstance(error, UsageError))
            self._send(pipe.encoded(Say.REFUSED, 0, refused))
            return
        self._listen(Layout(session.store.journal.root))
        ready = Ready(session.store.journal.chain.hex(), session.unfinished(), list(session.notes))
        self._send(pipe.encoded(Say.READY, 0, ready))
        self._loop(session)

    def _loop(self, session: Session) -> None:
        stop: Stop | None = None
        try:
            stop = self._until_stop(session)
        finally:
            self._unlisten()
            try:
                session.close(clean=stop is not None, still=stop.open if stop is not None else ())
            except (OSError, sqlite3.Error, LogError) as error:  # what is not written is found at the next start
                sys.stderr.write(f"wiretell: {_sentence(error, str(session.store.journal.root))}\n")

    def _until_stop(self, session: Session) -> Stop | None:
        """Return what the door said when it stopped; None: it went away."""
        while True:
            events = self._selector.select(_TICK_SECONDS)
            if any(key.fileobj is self._control for key, _ in events):
                self._answer(session)
            stop: Stop | None = None
            if any(key.fileobj is self._door for key, _ in events):
                if not self._receive():
                    session.commit()
                    return None
                for message in self._splitter.messages():
                    if message.say == Say.STOP:
                        stop = msgspec.msgpack.decode(message.meta, type=Stop)
                    session.take(message)
            outcome = session.commit()
            if outcome.written or outcome.failed or events:
                self._send(pipe.encoded(Say.DONE, 0, _done(session, outcome)))
            if stop is not None:
                return stop
            if self._selector.select(0):  # while messages wait, the index does: it is brought up for many at once
                session.due()
            else:
                session.idle()

    def _first(self) -> list[pipe.Message]:
        """Wait for the door's first message."""
        while self._receive(blocking=True):
            if messages := list(self._splitter.messages()):
                return messages
        return []

    def _receive(self, *, blocking: bool = False) -> bool:
        """Take what has come. False: the door is gone."""
        total = 0
        while total < _BATCH_BYTES:
            try:
                with self._splitter.space() as space:
                    size = self._door.recv_into(space, 0, 0 if blocking else socket.MSG_DONTWAIT)
            except BlockingIOError:
                return True
            except ConnectionError:
                return False
            if not size:
                return False
            self._splitter.filled(size)
            total += size
            if blocking:
                return True
        return True

    def _send(self, pieces: list[bytes]) -> None:
        with suppress(OSError):  # a door that is gone is seen when it is read from
            self._door.sendall(b"".join(pieces))

    def _listen(self, layout: Layout) -> None:
        """Take erasures of `wiretell gateway erase`. The folder is this user's alone, and so is the socket."""
        listener = socket.socket(socket.AF_UNIX)
        with suppress(OSError):
            layout.control.unlink(missing_ok=True)
            folder = os.open(layout.store, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            listener.bind(address(folder))
            os.close(folder)
            listener.listen(4)
            self._control = listener
            self._layout = layout
            self._selector.register(listener, selectors.EVENT_READ)

    def _unlisten(self) -> None:
        if self._control is not None:
            self._selector.unregister(self._control)
            self._control.close()
            with suppress(OSError):
                self._layout.control.unlink()

    def _answer(self, session: Session) -> None:
        assert self._control is not None
        with suppress(OSError, ValueError, KeyError):
            connection, _ = self._control.accept()
            with connection:
                connection.settimeout(1.0)  # whoever connects and says nothing must not hold the log up
                asked = json.loads(connection.recv(1 << 16))
                answer: dict[str, object]
                try:
                    done = session.erase(asked["erase"])
                    answer = {"keys": done.keys, "exchanges": done.exchanges, "rows": done.rows}
                except UsageError as error:
                    answer = {"error": str(error), "usage": True}
                except (WiretellError, OSError, sqlite3.Error) as error:
                    answer = {"error": f"the user cannot be erased: {error}; try again."}
                connection.sendall(json.dumps(answer).encode())


def _done(session: Session, outcome: Outcome) -> Done:
    store = session.store
    return Done(outcome.written, outcome.failed, store.failing, store.journal.chain.hex(), store.recorded)


def _sentence(error: Exception, folder: str) -> str:
    if isinstance(error, WiretellError):
        return str(error)
    why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return f"the log {folder} cannot be written: {why}; free space, or give another folder."


def main(handle: int) -> None:
    """Run as a process of its own."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # bodies and keys are in memory
    os.umask(0o077)
    gc.freeze()  # what was imported stays; nothing here makes cycles of objects by the request
    gc.set_threshold(_GARBAGE, 50, 50)
    with socket.socket(fileno=handle) as door:
        Writer(door).serve()


if __name__ == "__main__":
    main(int(sys.argv[1]))
