"""Can this machine run sealed agents? Builds a lab, tries every known way out of it, and proves that each try was real.

A try counts as blocked only if it did not reach its goal from inside. Its positive control makes the same try where
nothing stops it (outside, or in the lab's outer level) and must succeed, or the probe proves nothing and says so.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import secrets
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from wiretell.errors import NotSealedError, WiretellError
from wiretell.lab import machine, probes
from wiretell.lab.runner import Lab
from wiretell.lab.sink import Authority
from wiretell.lab.spec import Limits, RunSpec
from wiretell.model.world import World

_UNSHARE_HELP: Final = (
    "This machine does not let ordinary users make namespaces. On Ubuntu 23.10 and later: `sudo sysctl -w "
    "kernel.apparmor_restrict_unprivileged_userns=0`. On Debian before 11: `sudo sysctl -w "
    "kernel.unprivileged_userns_clone=1`. In a container: start it with `--security-opt seccomp=unconfined "
    "--security-opt apparmor=unconfined --security-opt systempaths=unconfined`."
)


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the doctor's report."""

    name: str
    ok: bool
    detail: str
    control: str = ""
    """`fired`, `not applicable: why`, or `failed: why`; empty where a check has none."""


@dataclass(frozen=True, slots=True)
class _Probe:
    name: str
    attempt: str
    where: str
    control: Callable[[], str]
    """Makes the try outside: `fired`, `not applicable: ...` or `failed: ...`."""
    fired: Callable[[], bool] | None = None
    """For tries that a canary outside must notice: whether it did since the control."""


def examine() -> tuple[Check, ...]:
    """Build a lab with one worker, run every probe in it, and return what came of each.

    :raises NotSealedError: never; a sandbox that cannot be built is a check that fails.
    """
    with tempfile.TemporaryDirectory(prefix="wiretell-doctor-") as scratch:
        folder = Path(scratch)
        with contextlib.ExitStack() as stack:
            authority = Authority.create()
            lab = Lab(machine.layout(folder, ()), workers=1, authority=authority, loopback_ports=(80, 443), official=())
            try:
                stack.enter_context(lab)
            except NotSealedError as error:
                return (Check("sandbox", False, f"{error} {_UNSHARE_HELP}"),)
            except WiretellError as error:
                return (Check("sandbox", False, str(error)),)
            checks = [Check("sandbox", True, f"built on {machine.describe()}, network has `lo` alone")]
            recorder = lab.check_recorder()
            checks.append(Check("recorder", recorder == "pass", recorder))
            tries = _probes(folder, stack)
            controls = {probe.name: probe.control() for probe in tries}
            results = _try_inside(lab, tries)
            checks += [
                _judge(probe, result, controls[probe.name]) for probe, result in zip(tries, results, strict=True)
            ]
    return tuple(checks)


def _judge(probe: _Probe, result: probes.Attempt, control: str) -> Check:
    reached = probe.fired() if probe.fired is not None else result.reached
    ok = not reached and not control.startswith("failed")
    detail = "REACHED from inside" if reached else f"blocked ({result.detail})"
    if probe.fired is not None and not reached:
        detail = "blocked (nothing arrived outside)"
    return Check(probe.name, ok, detail, control)


def _try_inside(lab: Lab, tries: list[_Probe]) -> list[probes.Attempt]:
    spec = RunSpec(
        run=0,
        world=World.of({}),
        purpose="control",
        argv=("@probe:escape", *(f"{probe.attempt}={probe.where}" for probe in tries)),
        env=(("PATH", "/usr/bin:/bin"),),
        cwd="/home/dev",
        home="/home/dev",
        username="dev",
        hostname="lab",
        files=(),
        watch=(),
        base_host="127.0.0.1",
        limits=Limits(timeout_s=60.0),
    )
    (capture,) = lab.run([spec])
    try:
        return msgspec.json.decode(capture.process.stdout, type=list[probes.Attempt])
    except msgspec.DecodeError:
        said = capture.process.stderr.decode(errors="replace")[-300:]
        raise NotSealedError(f"the probes did not run to their end inside the sandbox: {said}") from None


def _probes(folder: Path, stack: contextlib.ExitStack) -> list[_Probe]:
    canary = _Canary.start(folder, stack)
    secret = folder / "canary-file"
    secret.write_text("wiretell-canary")
    shm = _shm_canary(stack)
    own = str(os.getpid())
    return [
        _Probe("socket by path", "unix-path", canary.path, lambda: _outside("unix-path", canary.path)),
        _Probe("socket by abstract name", "unix-abstract", canary.name, lambda: _outside("unix-abstract", canary.name)),
        _Probe("TCP to this machine", "tcp", canary.tcp, canary.control_tcp, canary.fired_tcp),
        _Probe("TCP to this machine's address", "tcp", canary.tcp_by_address, canary.control_address, canary.fired_tcp),
        _Probe("UDP to this machine", "udp", canary.udp, canary.control_udp, canary.fired_udp),
        _Probe("vsock to the hypervisor", "vsock", "", lambda: _outside("vsock", "")),
        _Probe("packet socket", "packet", "", _lab_level("the lab's own tap on its loopback works")),
        _Probe("raw socket", "raw", "", _lab_level("the lab's own tap on its loopback works")),
        _Probe("crypto socket", "alg", "", lambda: _outside("alg", "")),
        _Probe("io_uring", "io-uring", "", lambda: _outside("io-uring", "")),
        _Probe("key rings", "keyring", "", lambda: _outside("keyring", "")),
        _Probe("x32 calls", "x32", "", lambda: _outside("x32", "")),
        _Probe("signal to this process", "signal", own, lambda: _outside("signal", own)),
        _Probe("network of this process", "enter-network", own, lambda: _outside("read", f"/proc/{own}/stat")),
        _Probe("end the first process", "end-init", "", _lab_level("signals from outside end it after each run")),
        _Probe("debug the first process", "trace-init", "", _control_trace),
        _Probe("limits of the first process", "limit", "1", lambda: _outside("limit", own)),
        _Probe(
            "environment of the first process",
            "read",
            "/proc/1/environ",
            lambda: _outside("read", "/proc/self/environ"),
        ),
        _Probe("a file of this user", "read", str(secret), lambda: _outside("read", str(secret))),
        _Probe("shared memory of this machine", "read", str(shm), lambda: _outside("read", str(shm))),
        _Probe("unmount /usr", "unmount", "/usr", _lab_level("the lab unmounted this machine's root")),
        _Probe("unmount /etc", "unmount", "/etc", _lab_level("the lab unmounted this machine's root")),
        _Probe("mount", "mount", "/tmp", _lab_level("the lab mounted the root it runs on")),  # noqa: S108
        _Probe("write to /usr", "write", "/usr/wiretell-probe", _lab_level("/home/dev is written by the lab")),
        _Probe("write to /etc", "write", "/etc/wiretell-probe", _lab_level("/etc was written by the lab")),
        _Probe(
            "write to the agent", "write", "/opt/agent/wiretell-probe", lambda: _outside("write", str(folder / "w"))
        ),
        _Probe("unseal /etc as own root", "own-root", "/etc", _lab_level("the lab's own namespaces were made so")),
        _Probe("unseal /usr as own root", "own-root", "/usr", _lab_level("the lab's own namespaces were made so")),
        _Probe("child in its own namespaces", "clone", "", _lab_level("every run is started so")),
        _Probe("kernel log", "kernel-log", "", lambda: _outside("kernel-log", "")),
        _Probe("change the network", "network", "", _lab_level("the lab set its loopback up")),
        _Probe("device files", "device", "", _lab_level("/dev/null is bound by the lab")),
        _Probe("change root", "chroot", "", _lab_level("the lab changed the root")),
        _Probe("files left open", "open-files", "", _control_open_file),
        _Probe("privileges", "privileges", "", lambda: _outside("privileges", "")),
    ]


def _outside(attempt: str, where: str) -> str:
    """Make a try where nothing stops it."""
    result = probes.attempt(attempt, where)
    if result.reached:
        return "fired"
    missing = ("not supported", "No such device", "not implemented", "Permission denied", "not permitted", "no such")
    if attempt in {"vsock", "alg", "io-uring", "keyring", "x32", "kernel-log"} and any(
        text in result.detail for text in missing
    ):
        return f"not applicable: outside too, {result.detail}"
    return f"failed: outside, {result.detail}"


def _lab_level(why: str) -> Callable[[], str]:
    """A control that building the lab has already made: the same call succeeds one level further out."""
    return lambda: f"fired ({why})"


def _control_trace() -> str:
    """Attach to a child of this process, as the probe does to the first process of its run."""
    child = os.fork()
    if child == 0:
        threading.Event().wait(5)
        os._exit(0)
    try:
        attached = ctypes.CDLL(None, use_errno=True).ptrace(16, child, 0, 0)
        return "fired" if attached == 0 else f"not applicable: outside too, {os.strerror(ctypes.get_errno())}"
    finally:
        os.kill(child, 9)
        os.waitpid(child, 0)


def _control_open_file() -> str:
    with tempfile.TemporaryFile() as file:
        os.set_inheritable(file.fileno(), True)
        return _outside("open-files", "")


def _shm_canary(stack: contextlib.ExitStack) -> Path:
    path = Path("/dev/shm") / f"wiretell-canary-{secrets.token_hex(4)}"  # noqa: S108
    with contextlib.suppress(OSError):
        path.write_text("wiretell-canary")
        stack.callback(path.unlink, missing_ok=True)
    return path


class _Canary:
    """Listeners on this machine that notice whoever gets out."""

    def __init__(self, folder: Path) -> None:
        self.path = str(folder / "canary-socket")
        self.name = f"wiretell-canary-{secrets.token_hex(6)}"
        self._unix = [socket.socket(socket.AF_UNIX) for _ in range(2)]
        self._unix[0].bind(self.path)
        self._unix[1].bind("\0" + self.name)
        self._tcp = socket.create_server(("0.0.0.0", 0))  # noqa: S104 - the canary must be found by any address
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.bind(("127.0.0.1", 0))
        for listener in self._unix:
            listener.listen()
        self._tcp.setblocking(False)
        self._udp.setblocking(False)
        port = self._tcp.getsockname()[1]
        self.tcp = f"127.0.0.1:{port}"
        self.tcp_by_address = f"{_own_address()}:{port}"
        self.udp = f"127.0.0.1:{self._udp.getsockname()[1]}"

    @classmethod
    def start(cls, folder: Path, stack: contextlib.ExitStack) -> _Canary:
        """Open the listeners; they are closed with `stack`."""
        canary = cls(folder)
        for handle in (*canary._unix, canary._tcp, canary._udp):
            stack.callback(handle.close)
        return canary

    def control_tcp(self) -> str:
        """Knock from outside and see that it is noticed."""
        probes.attempt("tcp", self.tcp)
        return "fired" if self.fired_tcp() else "failed: the canary did not notice a connection from outside"

    def control_address(self) -> str:
        """The same by the machine's own address."""
        probes.attempt("tcp", self.tcp_by_address)
        return "fired" if self.fired_tcp() else "failed: the canary did not notice a connection from outside"

    def control_udp(self) -> str:
        """Send from outside and see that it is noticed."""
        probes.attempt("udp", self.udp)
        return "fired" if self.fired_udp() else "failed: the canary did not notice a datagram from outside"

    def fired_tcp(self) -> bool:
        """Whether anyone connected since the last call."""
        return any(True for _ in self._accepted())

    def fired_udp(self) -> bool:
        """Whether a datagram came since the last call."""
        with contextlib.suppress(BlockingIOError):
            return bool(self._udp.recv(100))
        return False

    def _accepted(self) -> Iterator[None]:
        with contextlib.suppress(BlockingIOError):
            while True:
                self._tcp.accept()[0].close()
                yield


def _own_address() -> str:
    """Return an address of this machine other than loopback, or loopback where it has none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle, contextlib.suppress(OSError):
        handle.connect(("192.0.2.1", 9))  # chooses a source address; nothing is sent
        return str(handle.getsockname()[0])
    return "127.0.0.1"
