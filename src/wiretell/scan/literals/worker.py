"""One Node process that turns JavaScript into tokens: bytes in, values out, and nothing else it may touch.

It gets an empty environment and runs under Node's permission model: it may read its own files and acorn, and may
not write, start processes or load native code. What it is given is data to it, never code.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import struct
import subprocess
import threading
from importlib.resources import files
from pathlib import Path
from typing import IO, Final, cast

import msgspec

from wiretell.scan.interface import Buffer
from wiretell.scan.literals.values import Literal, NameRead, Watched

HEAP_MB: Final = 1536
"""Most that V8 may keep; a source of 18 MB takes about 150."""
PATIENCE_S: Final = 30.0
"""Seconds for a source, and `PATIENCE_S_PER_MB` more for each megabyte; a usual megabyte takes 0.07 s."""
PATIENCE_S_PER_MB: Final = 2.0
LARGEST_ANSWER: Final = 1 << 30

_HEAD: Final = struct.Struct("<I")
_PIPE_BYTES: Final = 1 << 20


class Settings(msgspec.Struct, frozen=True):
    """What a worker is told first."""

    watch: tuple[str, ...]
    """Words to be noticed."""
    names: tuple[str, ...]
    """Names of variables that look like none (no low line), to be noticed as members and keys."""


class Answer(msgspec.Struct, frozen=True):
    """What a worker says about one source. Offsets in bytes."""

    literals: tuple[Literal, ...]
    names: tuple[NameRead, ...]
    watched: tuple[Watched, ...]
    errors: tuple[tuple[int, int, str], ...]
    """Spans that were not read, with acorn's reason."""
    computed: int
    whole: int
    notes: tuple[str, ...] = ()
    """What else was not looked at, each the end of a sentence."""


class WorkerError(Exception):
    """The worker ended, or was ended; the message says why. Another one must be started."""


_DECODER: Final = msgspec.json.Decoder(Answer)


class Worker:
    """A running process. Not for several threads at once."""

    def __init__(self, node: Path, acorn: Path, settings: Settings) -> None:
        script = Path(str(files("wiretell.scan.literals").joinpath("js", "tokens.mjs")))
        self._process, self._life = _started(_argv(node, script, acorn), acorn.parent)
        self._into = cast(IO[bytes], self._process.stdin)
        self._out = cast(IO[bytes], self._process.stdout)
        self._late = False
        _widen(self._into, self._out)
        try:
            self._send(msgspec.json.encode(settings))
        except OSError as error:
            self.close()
            raise WorkerError("node did not start") from error

    def ask(self, source: Buffer) -> Answer:
        """Return what one source says. Raises WorkerError; the worker is of no use after that."""
        patience = PATIENCE_S + PATIENCE_S_PER_MB * len(source) / 1e6
        timer = threading.Timer(patience, self._give_up)
        timer.daemon = True
        timer.start()
        try:
            self._send(source)
            return _DECODER.decode(self._receive())
        except (OSError, EOFError, ValueError) as error:  # ValueError: a closed pipe, an answer cut off
            self.close()
            ended = f"the tokenizer did not end within {patience:.0f} s" if self._late else "the tokenizer broke down"
            raise WorkerError(ended) from error
        finally:
            timer.cancel()

    def close(self) -> None:
        """End the process."""
        for pipe in (self._into, self._out):
            with contextlib.suppress(OSError):
                pipe.close()
        if self._life >= 0:
            os.close(self._life)
            self._life = -1
        self._process.kill()
        self._process.wait()

    def kill(self) -> None:
        """End the process while another thread waits for its answer; that one closes the worker."""
        self._process.kill()

    def _give_up(self) -> None:
        self._late = True
        self._process.kill()

    def _send(self, message: Buffer) -> None:
        self._into.write(_HEAD.pack(len(message)))
        self._into.write(message)
        self._into.flush()

    def _receive(self) -> bytes:
        (length,) = _HEAD.unpack(self._exactly(_HEAD.size))
        if length > LARGEST_ANSWER:
            raise EOFError
        return self._exactly(length)

    def _exactly(self, length: int) -> bytes:
        got = self._out.read(length)
        if len(got) != length:
            raise EOFError
        return got


def _started(argv: list[str], folder: Path) -> tuple[subprocess.Popen[bytes], int]:
    """Start a process that ends with this one, even if this one is killed and that one is busy; see `_tie`.

    Returns it and the handle that keeps it alive.
    """
    death, life = os.pipe()
    try:
        process = subprocess.Popen(
            argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            env={},
            pass_fds=(death,),
        )
    except BaseException:
        os.close(life)
        raise
    else:
        _tie(process.pid, death)
        return process, life
    finally:
        os.close(death)


def _tie(pid: int, death: int) -> None:
    """Have the system kill a process when the other end of the pipe `death`, which that process holds, is closed.

    Linux reports what happens to a pipe by a signal to its owner (fcntl(2), F_SETOWN, F_SETSIG, O_ASYNC). Nothing is
    ever written to this one, so the end of this process is all that happens to it. Elsewhere, a worker ends when it
    has done what it was given: it finds its input closed.
    """
    with contextlib.suppress(OSError, AttributeError):
        fcntl.fcntl(death, fcntl.F_SETOWN, pid)
        fcntl.fcntl(death, fcntl.F_SETSIG, signal.SIGKILL)
        fcntl.fcntl(death, fcntl.F_SETFL, fcntl.fcntl(death, fcntl.F_GETFL) | os.O_ASYNC)


def _argv(node: Path, script: Path, acorn: Path) -> list[str]:
    script, acorn = script.resolve(), acorn.resolve()  # node asks for permission by real paths
    readable = [f"--allow-fs-read={path}" for path in (*script.parent.glob("*.mjs"), acorn)]
    limits = (f"--max-old-space-size={HEAP_MB}", "--max-semi-space-size=4")
    return [str(node), "--permission", *readable, "--no-warnings", *limits, str(script), acorn.as_uri()]


def _widen(*pipes: IO[bytes]) -> None:
    """Let pipes hold a megabyte: fewer changes between processes. Where the system says no, they work all the same."""
    for pipe in pipes:
        with contextlib.suppress(OSError, AttributeError):  # Linux alone has it
            fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, _PIPE_BYTES)


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
