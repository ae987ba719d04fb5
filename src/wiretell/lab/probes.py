"""Attempts to get out, made from inside the sandbox in the agent's place.

Each attempt is one that succeeded against a weaker sandbox (docs/lab.md) or that the two levels are there to stop. An
attempt reports what it reached; `doctor` on the outside knows what it should not have reached, and proves by a
positive control that the attempt would have worked without the sandbox.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import os
import resource
import signal
import socket
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from wiretell.lab.sandbox import kernel
from wiretell.lab.spec import RunSpec

_libc = ctypes.CDLL(None, use_errno=True)
_IO_URING_SETUP: Final = 425
_KEYCTL: Final = {"x86_64": 250, "aarch64": 219}
_PTRACE_ATTACH: Final = 16
_SYSLOG_ACTION_READ_ALL: Final = 3
_SIOCSIFFLAGS: Final = 0x8914
_AF_VSOCK: Final = 40
_AF_ALG: Final = 38
_HOST_CID: Final = 2
_WAIT_S: Final = 0.5
_RESULT_FD: Final = 3


class Attempt(msgspec.Struct, frozen=True):
    """What came of one attempt."""

    name: str
    reached: bool
    detail: str


def _raise_errno(result: int) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result


def connect_path(where: str) -> None:
    """Connect to a Unix socket of the machine by its path."""
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(where)


def connect_abstract(where: str) -> None:
    """Connect to a Unix socket of the machine by its abstract name."""
    with socket.socket(socket.AF_UNIX) as client:
        client.connect("\0" + where)


def knock_tcp(where: str) -> None:
    """Connect to a port of the machine; the listener outside tells whether it got there."""
    host, _, port = where.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=_WAIT_S) as client:
        client.sendall(b"wiretell-probe")


def knock_udp(where: str) -> None:
    """Send a datagram to a port of the machine."""
    host, _, port = where.rpartition(":")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.sendto(b"wiretell-probe", (host, int(port)))


def open_vsock(_: str) -> None:
    """Make a socket to the hypervisor, which no network namespace binds."""
    with socket.socket(_AF_VSOCK, socket.SOCK_STREAM) as client:
        client.settimeout(_WAIT_S)
        with contextlib.suppress(OSError):
            client.connect((_HOST_CID, 1))


def open_packet(_: str) -> None:
    """Make a socket that reads every packet of the namespace."""
    socket.socket(socket.AF_PACKET, socket.SOCK_RAW).close()


def open_raw(_: str) -> None:
    """Make a raw IP socket."""
    socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP).close()


def open_alg(_: str) -> None:
    """Make a socket to the kernel's crypto, a family with a history."""
    socket.socket(_AF_ALG, socket.SOCK_SEQPACKET).close()


def set_up_io_uring(_: str) -> None:
    """Set up io_uring, which makes sockets past a filter of socket(2)."""
    parameters = ctypes.create_string_buffer(120)
    os.close(_raise_errno(_libc.syscall(_IO_URING_SETUP, 1, parameters)))


def read_keyring(_: str) -> None:
    """Ask for the user's key ring, which is per user and not per namespace."""
    _raise_errno(_libc.syscall(_KEYCTL[kernel.MACHINE], 0, -4, 0, 0, 0))


def call_x32(_: str) -> None:
    """Make a call by the x32 convention, whose numbers a filter may not know."""
    if kernel.MACHINE != "x86_64":
        raise OSError(errno.ENOSYS, "no such convention on this processor")
    _raise_errno(_libc.syscall(0x40000000 | 39))


def signal_process(where: str) -> None:
    """Signal a process of the machine by its number outside."""
    os.kill(int(where), 0)


def end_init(_: str) -> None:
    """Kill the first process of the run; reached if that ends this process too."""
    os.kill(1, signal.SIGKILL)
    raise OSError(errno.EPERM, "the signal did nothing")


def trace_init(_: str) -> None:
    """Attach to the first process of the run as a debugger."""
    _raise_errno(_libc.ptrace(_PTRACE_ATTACH, 1, 0, 0))


def limit_process(where: str) -> None:
    """Set a limit of another process of the same user, to what it is."""
    before = resource.prlimit(int(where), resource.RLIMIT_NOFILE)
    resource.prlimit(int(where), resource.RLIMIT_NOFILE, before)


def read_file(where: str) -> None:
    """Read a file."""
    Path(where).read_bytes()


def enter_network(where: str) -> None:
    """Enter the network namespace of a process of the machine."""
    handle = os.open(f"/proc/{where}/ns/net", os.O_RDONLY)
    try:
        _raise_errno(_libc.setns(handle, kernel.CLONE_NEWNET))
    finally:
        os.close(handle)


def unmount(where: str) -> None:
    """Take a mount away, to see what lies below."""
    kernel.unmount(where)


def mount_over(where: str) -> None:
    """Mount something."""
    kernel.mount("tmpfs", where, "tmpfs")


def write_file(where: str) -> None:
    """Write where only the lab may."""
    with open(where, "ab"):  # noqa: PTH123
        pass


def unseal_as_own_root(where: str) -> None:
    """Become root of a user namespace of its own, then take a mount away or make it writable."""
    kernel.unshare(kernel.CLONE_NEWUSER | kernel.CLONE_NEWNS)
    with contextlib.suppress(OSError):
        kernel.mount("", where, "", kernel.MS_REMOUNT | kernel.MS_BIND)
        write_file(where + "/wiretell-probe")
        return
    kernel.unmount(where)


def clone_namespaces(_: str) -> None:
    """Start a child that is root of a user namespace of its own."""
    child = kernel.clone(kernel.CLONE_NEWUSER)
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)


def read_kernel_log(_: str) -> None:
    """Ask for the kernel's log, which is not per namespace."""
    _raise_errno(_libc.klogctl(_SYSLOG_ACTION_READ_ALL, ctypes.create_string_buffer(4096), 4096))


def silence_loopback(_: str) -> None:
    """Change the lab's network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:
        fcntl.ioctl(handle, _SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", 0))


def make_device(_: str) -> None:
    """Make a device file of the machine's first disk."""
    os.mknod("/tmp/disk", 0o60600, os.makedev(8, 0))  # noqa: S108


def change_root(_: str) -> None:
    """Change the root folder."""
    os.chroot("/tmp")  # noqa: S108


def keep_files(_: str) -> None:
    """Use a file that the lab left open."""
    extra = [name for name in os.listdir("/proc/self/fd") if int(name) > _RESULT_FD]  # noqa: PTH208
    links = []
    for name in extra:
        with contextlib.suppress(OSError):
            links.append(os.readlink(f"/proc/self/fd/{name}"))  # noqa: PTH115
    links = [link for link in links if not link.startswith("/proc/")]
    if not links:
        raise OSError(errno.EBADF, "no file is open beside standard input and output")


def have_privileges(_: str) -> None:
    """Have a capability, or a way to get one, or no filter."""
    status = dict(line.split(":\t", 1) for line in Path("/proc/self/status").read_text().splitlines() if ":\t" in line)
    wanted = {"CapEff": "0" * 16, "CapBnd": "0" * 16, "NoNewPrivs": "1", "Seccomp": "2"}
    wrong = {
        name: status.get(name, "?").strip() for name, value in wanted.items() if status.get(name, "").strip() != value
    }
    if not wrong:
        raise OSError(errno.EPERM, "no capabilities, no new privileges, filtered")


ATTEMPTS: Final[dict[str, Callable[[str], None]]] = {
    "unix-path": connect_path,
    "unix-abstract": connect_abstract,
    "tcp": knock_tcp,
    "udp": knock_udp,
    "vsock": open_vsock,
    "packet": open_packet,
    "raw": open_raw,
    "alg": open_alg,
    "io-uring": set_up_io_uring,
    "keyring": read_keyring,
    "x32": call_x32,
    "signal": signal_process,
    "end-init": end_init,
    "trace-init": trace_init,
    "limit": limit_process,
    "read": read_file,
    "enter-network": enter_network,
    "unmount": unmount,
    "mount": mount_over,
    "write": write_file,
    "own-root": unseal_as_own_root,
    "clone": clone_namespaces,
    "kernel-log": read_kernel_log,
    "network": silence_loopback,
    "device": make_device,
    "chroot": change_root,
    "open-files": keep_files,
    "privileges": have_privileges,
}


def attempt(name: str, where: str) -> Attempt:
    """Make one attempt in a child of its own, so that it cannot spoil the next."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        os.dup2(write_end, _RESULT_FD)
        for handle in (read_end, write_end):
            if handle != _RESULT_FD:
                os.close(handle)
        os.write(_RESULT_FD, _outcome(name, where).encode())
        os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end, "rb") as pipe:
        said = pipe.read().decode(errors="replace")
    os.waitpid(child, 0)
    if not said:
        return Attempt(name, False, "the kernel ended the process")
    return Attempt(name, said.startswith("+"), said[1:])


def _outcome(name: str, where: str) -> str:
    try:
        ATTEMPTS[name](where)
    except OSError as error:
        return "-" + (error.strerror or str(error))
    except Exception as error:
        return f"-{type(error).__name__}: {error}"
    return "+it worked"


def run_attempts(spec: RunSpec) -> None:
    """Make the attempts listed in the spec's arguments (`NAME=WHERE`) and print what came of them, as JSON."""
    pairs = [argument.partition("=") for argument in spec.argv[1:]]
    results = [attempt(name, where) for name, _, where in pairs]
    os.write(1, msgspec.json.encode(results))
    sys.stdout.flush()


ALL: Final = {"escape": run_attempts}
"""Probes by the name a run spec calls them: `@probe:escape`."""
