"""The few system calls that Python 3.11 does not wrap, by ctypes. Linux on x86-64 and AArch64.

Every function raises `OSError` with the kernel's errno. `PyDLL` keeps the interpreter lock during a call, which makes
`clone` safe: the child continues with the lock held, as after `os.fork`.
"""

from __future__ import annotations

import ctypes
import os
import platform
import signal
import struct
from pathlib import Path
from typing import Final

CLONE_NEWNS: Final = 0x00020000
CLONE_NEWCGROUP: Final = 0x02000000
CLONE_NEWUTS: Final = 0x04000000
CLONE_NEWIPC: Final = 0x08000000
CLONE_NEWUSER: Final = 0x10000000
CLONE_NEWPID: Final = 0x20000000
CLONE_NEWNET: Final = 0x40000000

MS_RDONLY: Final = 1
MS_NOSUID: Final = 2
MS_NODEV: Final = 4
MS_NOEXEC: Final = 8
MS_REMOUNT: Final = 32
MS_BIND: Final = 4096
MS_REC: Final = 16384
MS_PRIVATE: Final = 1 << 18
MNT_DETACH: Final = 2

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_DUMPABLE: Final = 4
_PR_SET_NAME: Final = 15
_PR_SET_SECCOMP: Final = 22
_PR_CAPBSET_DROP: Final = 24
_PR_SET_NO_NEW_PRIVS: Final = 38
_SECCOMP_MODE_FILTER: Final = 2

MACHINE: Final = platform.machine()
_SYSCALLS: Final = {
    "x86_64": {"clone": 56, "pivot_root": 155, "mount_setattr": 442, "capset": 126},
    "aarch64": {"clone": 220, "pivot_root": 41, "mount_setattr": 442, "capset": 91},
}

_libc = ctypes.PyDLL(None, use_errno=True)


def supported() -> bool:
    """Whether this machine's processor is one whose system call numbers are known here."""
    return MACHINE in _SYSCALLS


def _check(result: int, what: str) -> int:
    if result < 0:
        errno = ctypes.get_errno()
        raise OSError(errno, f"{what}: {os.strerror(errno)}")
    return result


def _syscall(name: str, *arguments: int | bytes | ctypes.Array[ctypes.c_char]) -> int:
    number = _SYSCALLS[MACHINE][name]
    wide = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    return _check(_libc.syscall(ctypes.c_long(number), *wide), name)


def unshare(flags: int) -> None:
    """Leave the namespaces named in `flags` for new ones."""
    _check(_libc.unshare(flags), "unshare")


def clone(flags: int) -> int:
    """Fork into new namespaces: 0 in the child, its process id in the parent.

    Python's fork hooks do not run: the caller must be single-threaded and the child must soon exec or `os._exit`.
    """
    return _syscall("clone", flags | signal.SIGCHLD, 0, 0, 0, 0)


def mount(source: str, target: str, fstype: str = "", flags: int = 0, data: str = "") -> None:
    """Mount; see mount(2)."""
    encoded = [os.fsencode(text) if text else None for text in (source, target, fstype)]
    result = _libc.mount(*encoded, ctypes.c_ulong(flags), data.encode() if data else None)
    _check(result, f"mount {source} on {target}")


def unmount(target: str, flags: int = MNT_DETACH) -> None:
    """Unmount; see umount2(2)."""
    _check(_libc.umount2(os.fsencode(target), flags), f"umount {target}")


def pivot_root(new: str, old: str) -> None:
    """Make `new` the root of this mount namespace and move the old root to `old`."""
    _syscall("pivot_root", os.fsencode(new), os.fsencode(old))


def make_read_only(target: str) -> None:
    """Make a mount and all below it read-only, without set-uid programs and devices.

    Uses mount_setattr(2) (Linux 5.12), which reaches the mounts below; before that, remounts the top one alone.
    """
    attributes = struct.pack("=QQQQ", MS_RDONLY | MS_NOSUID | MS_NODEV, 0, 0, 0)
    at_fdcwd, at_recursive = -100, 0x8000
    try:
        _syscall("mount_setattr", at_fdcwd, os.fsencode(target), at_recursive, attributes, len(attributes))
    except OSError:
        kept = os.statvfs(target).f_flag & (MS_NOSUID | MS_NODEV | MS_NOEXEC)
        mount("", target, "", MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV | kept)


def set_hostname(name: str) -> None:
    """Set the host name of this UTS namespace."""
    encoded = name.encode()
    _check(_libc.sethostname(encoded, len(encoded)), "sethostname")


def _prctl(option: int, *arguments: int | bytes) -> None:
    wide = [ctypes.c_ulong(a) if isinstance(a, int) else a for a in arguments]
    wide += [ctypes.c_ulong(0)] * (4 - len(wide))
    _check(_libc.prctl(option, *wide), f"prctl {option}")


def die_with_parent() -> None:
    """Ask for SIGKILL when the parent ends. To be called after every change of credentials, which clears it."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def set_dumpable(value: bool) -> None:
    """Allow or forbid others of the same user to look into this process (/proc files, ptrace)."""
    _prctl(_PR_SET_DUMPABLE, int(value))


def no_new_privileges() -> None:
    """Make set-uid programs and file capabilities powerless for this process and its children."""
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)


def drop_capabilities() -> None:
    """Give up every capability, for good: bounding set, permitted, effective, inheritable."""
    for capability in range(64):
        try:
            _prctl(_PR_CAPBSET_DROP, capability)
        except OSError:
            break  # past the last capability of this kernel
    header = struct.pack("=Ii", 0x20080522, 0)  # _LINUX_CAPABILITY_VERSION_3, this process
    _syscall("capset", header, bytes(24))


def load_seccomp(program: bytes) -> None:
    """Install a classic BPF program as seccomp filter; needs `no_new_privileges` before."""
    buffer = ctypes.create_string_buffer(program, len(program))
    fprog = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(buffer))
    pointer = ctypes.create_string_buffer(fprog, len(fprog))
    _check(
        _libc.prctl(_PR_SET_SECCOMP, ctypes.c_ulong(_SECCOMP_MODE_FILTER), pointer, ctypes.c_ulong(0)), "seccomp filter"
    )


def write_id_maps(inside: int, outside_uid: int, outside_gid: int) -> None:
    """Map one user and one group of the parent namespace to `inside`, for this process's new user namespace.

    setgroups must be denied first (user_namespaces(7)): an unprivileged process may not drop groups that deny access.
    """
    proc = Path("/proc/self")
    (proc / "setgroups").write_text("deny")
    (proc / "uid_map").write_text(f"{inside} {outside_uid} 1")
    (proc / "gid_map").write_text(f"{inside} {outside_gid} 1")


def rename_process(name: str) -> None:
    """Replace this process's command line and name, so that /proc shows `name` and nothing of this machine."""
    fields = Path("/proc/self/stat").read_bytes().rpartition(b")")[2].split()
    start, end = int(fields[45]), int(fields[46])  # arg_start, arg_end: fields 48 and 49 of proc(5)
    if 0 < start < end:
        ctypes.memset(start, 0, end - start)
        ctypes.memmove(start, name.encode(), min(len(name), end - start - 1))
    _prctl(_PR_SET_NAME, name.encode()[:15] + b"\0")
