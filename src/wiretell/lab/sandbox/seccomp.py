"""The system call filter of a sealed agent, as classic BPF (seccomp(2)).

Namespaces do not bind everything. The filter closes what they leave open:

- socket families: AF_VSOCK reaches the hypervisor from any network namespace, so only local, IPv4, IPv6 and netlink
  sockets may be made;
- io_uring makes sockets without calling socket(2), so it is absent (ENOSYS, as on an old kernel; agents fall back);
- the kernel's key rings are per user, not per namespace, and its log is everybody's;
- namespaces of an agent's own would make it root there, with mounts (cgroups of this machine among them) and a kernel
  surface that no sealed agent needs; clone3 hides its flags behind a pointer, so it is absent (C libraries fall back);
- prlimit64 sets the limits of any process of the same user, the first process of the run among them, so an agent may
  name none but itself (as 0; C libraries do so for getrlimit and setrlimit);
- other calling conventions (32-bit, x32) would get past the numbers checked here.
"""

from __future__ import annotations

import errno
import socket
import struct
from typing import Final

_LOAD_WORD: Final = 0x20
_JUMP_EQUAL: Final = 0x15
_JUMP_GREATER_OR_EQUAL: Final = 0x35
_JUMP_ANY_BIT: Final = 0x45
_RETURN: Final = 0x06

_ALLOW: Final = 0x7FFF0000
_ERRNO: Final = 0x00050000
_KILL_PROCESS: Final = 0x80000000

# offsets in struct seccomp_data
_NUMBER: Final = 0
_ARCHITECTURE: Final = 4
_FIRST_ARGUMENT: Final = 16
"""Its low word: both machines are little-endian."""

_AUDIT_ARCH: Final = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_X32_BIT: Final = 0x40000000

_SOCKET: Final = {"x86_64": 41, "aarch64": 198}
_SOCKETPAIR: Final = {"x86_64": 53, "aarch64": 199}
FAMILIES: Final = (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK)
"""Address families an agent may use."""

_PRLIMIT64: Final = {"x86_64": 302, "aarch64": 261}
_CLONE: Final = {"x86_64": 56, "aarch64": 220}
_NEW_NAMESPACE: Final = 0x7E020000
"""CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET; NEWTIME (0x80) is a signal number to clone(2)."""

# Numbers from 424 on are the same on every machine.
_ABSENT: Final = (
    *(425, 426, 427),  # io_uring_setup, io_uring_enter, io_uring_register
    435,  # clone3
)
_FORBIDDEN_EVERYWHERE: Final = (
    *range(428, 434),  # open_tree, move_mount, fsopen, fsconfig, fsmount, fspick
    *(442, 467),  # mount_setattr, open_tree_attr
)
_FORBIDDEN: Final = {
    # add_key, request_key, keyctl, bpf, perf_event_open, userfaultfd, kexec_load, open_by_handle_at
    # unshare, setns, mount, umount2, pivot_root, syslog
    "x86_64": (248, 249, 250, 321, 298, 323, 246, 304, 272, 308, 165, 166, 155, 103),
    "aarch64": (217, 218, 219, 280, 241, 282, 104, 265, 97, 268, 40, 39, 41, 116),
}


def _step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)


def _answer_to(numbers: tuple[int, ...], verdict: int) -> list[bytes]:
    steps = []
    for number in numbers:
        steps += [_step(_JUMP_EQUAL, number, 0, 1), _step(_RETURN, verdict)]
    return steps


def _only_families(number: int) -> list[bytes]:
    """Steps for a call whose first argument is an address family; the call's number is in the accumulator."""
    checks = [_step(_JUMP_EQUAL, int(family), len(FAMILIES) - i, 0) for i, family in enumerate(FAMILIES)]
    inside = [_step(_LOAD_WORD, _FIRST_ARGUMENT), *checks, _step(_RETURN, _ERRNO | errno.EAFNOSUPPORT)]
    inside.append(_step(_RETURN, _ALLOW))
    return [_step(_JUMP_EQUAL, number, 0, len(inside)), *inside]


def _with_first_argument(number: int, test: int, value: int, if_true: int, if_false: int) -> list[bytes]:
    """Steps for a call that is decided by one test of its first argument; the number is in the accumulator."""
    inside = [
        _step(_LOAD_WORD, _FIRST_ARGUMENT),
        _step(test, value, 0, 1),
        _step(_RETURN, if_true),
        _step(_RETURN, if_false),
    ]
    return [_step(_JUMP_EQUAL, number, 0, len(inside)), *inside]


def filter_program(machine: str) -> bytes:
    """Return the filter for `machine` (`x86_64` or `aarch64`), 8 bytes a step."""
    steps = [
        _step(_LOAD_WORD, _ARCHITECTURE),
        _step(_JUMP_EQUAL, _AUDIT_ARCH[machine], 1, 0),
        _step(_RETURN, _KILL_PROCESS),
        _step(_LOAD_WORD, _NUMBER),
    ]
    if machine == "x86_64":
        steps += [_step(_JUMP_GREATER_OR_EQUAL, _X32_BIT, 0, 1), _step(_RETURN, _ERRNO | errno.ENOSYS)]
    refused = _ERRNO | errno.EPERM
    steps += _answer_to(_ABSENT, _ERRNO | errno.ENOSYS)
    steps += _answer_to(_FORBIDDEN[machine] + _FORBIDDEN_EVERYWHERE, refused)
    steps += _with_first_argument(_PRLIMIT64[machine], _JUMP_EQUAL, 0, _ALLOW, refused)
    steps += _with_first_argument(_CLONE[machine], _JUMP_ANY_BIT, _NEW_NAMESPACE, refused, _ALLOW)
    steps += _only_families(_SOCKET[machine])
    steps += _only_families(_SOCKETPAIR[machine])
    steps.append(_step(_RETURN, _ALLOW))
    return b"".join(steps)
