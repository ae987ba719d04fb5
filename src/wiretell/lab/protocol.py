"""What the runner and a warden say to each other, and a warden and the first process of a run.

Messages are length-prefixed (4 bytes, big-endian) MessagePack. Both ends are this program; agents never see them.
"""

from __future__ import annotations

import msgspec

from wiretell.lab.spec import RunSpec
from wiretell.model.capture import Capture, LeftFile


class Layout(msgspec.Struct, frozen=True):
    """What every run of a lab sees of this machine."""

    staging: str
    """A folder that exists; a tmpfs is mounted over it inside the lab's own mount namespace."""
    system: tuple[str, ...]
    """Top folders bound read-only from this machine (`/usr`, `/lib`, ...)."""
    links: tuple[tuple[str, str], ...]
    """Top folders that are symbolic links here (`/bin` -> `usr/bin`): (path, target)."""
    binds: tuple[tuple[str, str], ...]
    """(source on this machine, path in the sandbox), read-only."""
    masks: tuple[str, ...]
    """Folders of this machine that an agent sees empty."""
    locales: tuple[str, ...]
    """Locales that must exist in the sandbox (`zh_CN.utf8`)."""


class Setup(msgspec.Struct, frozen=True, tag=True):
    """First message to a warden."""

    layout: Layout
    worker: int
    uid: int | None
    """Ordinary user to become, where the runner is root."""
    authority: bytes
    """The lab's certificate authority, key and certificate, PEM."""
    loopback_ports: tuple[int, ...]
    official_hosts: tuple[str, ...]


class CompileCache(msgspec.Struct, frozen=True, tag=True):
    """Files of the compile cache that the warm-up run made, for all later runs."""

    files: tuple[tuple[str, bytes], ...]


class Start(msgspec.Struct, frozen=True, tag=True):
    """Carry out one run."""

    spec: RunSpec


class SelfTest(msgspec.Struct, frozen=True, tag=True):
    """Run the recorder control: known requests from inside the namespace, compared with what was stored."""


class Ready(msgspec.Struct, frozen=True, tag=True):
    """The warden is sealed and serves."""

    interfaces: tuple[str, ...]
    setup_cpu_s: float


class Done(msgspec.Struct, frozen=True, tag=True):
    """A run ended."""

    capture: Capture
    compile_cache: tuple[tuple[str, bytes], ...] = ()


class Recorder(msgspec.Struct, frozen=True, tag=True):
    """Outcome of the recorder control: `pass` or a sentence."""

    outcome: str


class Failed(msgspec.Struct, frozen=True, tag=True):
    """The warden could not do what it was asked."""

    kind: str
    """`not-sealed` (the sandbox could not be built), `agent` (nothing to start) or `internal`."""
    reason: str


Order = Setup | CompileCache | Start | SelfTest
Answer = Ready | Done | Recorder | Failed


class ProcessReport(msgspec.Struct, frozen=True):
    """What the first process of a run says at its end."""

    exit_code: int | None = None
    signal: int | None = None
    timed_out: bool = False
    wall_s: float = 0.0
    cpu_s: float = 0.0
    own_cpu_s: float = 0.0
    killed: int = 0
    files: tuple[LeftFile, ...] = ()
    files_not_kept: int = 0
    """Files that are not in `files` or were not hashed: too many, too large, too deep, or not to be read."""
    compile_cache: tuple[tuple[str, bytes], ...] = ()
    failure: str = ""
    """Why the agent could not be started, empty where it was."""


_orders: msgspec.msgpack.Decoder[Order] = msgspec.msgpack.Decoder(Order)
_answers: msgspec.msgpack.Decoder[Answer] = msgspec.msgpack.Decoder(Answer)
_encoder = msgspec.msgpack.Encoder()


def pack(message: Order | Answer | ProcessReport) -> bytes:
    """Return the message with its length in front."""
    body = _encoder.encode(message)
    return len(body).to_bytes(4, "big") + body


def unpack_order(body: bytes) -> Order:
    """Read what a runner says."""
    return _orders.decode(body)


def unpack_answer(body: bytes) -> Answer:
    """Read what a warden says."""
    return _answers.decode(body)


def unpack_report(body: bytes) -> ProcessReport:
    """Read what the first process of a run says; `body` without its length."""
    return msgspec.msgpack.decode(body, type=ProcessReport)
