"""The system call filter, as a program: every path ends, and the verdicts are those that were meant."""

from __future__ import annotations

import errno
import socket
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wiretell.lab.sandbox import seccomp

ALLOW, ENOSYS = 0x7FFF0000, 0x00050000 | errno.ENOSYS
EPERM, NO_FAMILY, KILL = 0x00050000 | errno.EPERM, 0x00050000 | errno.EAFNOSUPPORT, 0x80000000
ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}


def run(machine: str, number: int, first: int = 0, arch: int | None = None) -> int:
    """Interpret the filter for one system call, as the kernel would."""
    program = seccomp.filter_program(machine)
    steps = [struct.unpack_from("=HBBI", program, at) for at in range(0, len(program), 8)]
    data = {0: number, 4: ARCH[machine] if arch is None else arch, 16: first & 0xFFFFFFFF}
    accumulator, at = 0, 0
    while True:
        code, yes, no, value = steps[at]
        at += 1
        match code:
            case 0x20:
                accumulator = data[value]
            case 0x15:
                at += yes if accumulator == value else no
            case 0x45:
                at += yes if accumulator & value else no
            case 0x35:
                at += yes if accumulator >= value else no
            case 0x06:
                return int(value)
            case _:
                raise AssertionError(f"unknown step {code:#x}")


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
@given(number=st.integers(0, 0xFFFFFFFF), first=st.integers(0, 0xFFFFFFFF), arch=st.integers(0, 0xFFFFFFFF))
def test_every_call_gets_a_verdict(machine: str, number: int, first: int, arch: int) -> None:
    assert run(machine, number, first) in {ALLOW, ENOSYS, EPERM, NO_FAMILY}
    if arch != ARCH[machine]:
        assert run(machine, number, first, arch) == KILL


@pytest.mark.parametrize(("machine", "number"), [("x86_64", 41), ("x86_64", 53), ("aarch64", 198), ("aarch64", 199)])
def test_only_four_families_of_sockets(machine: str, number: int) -> None:
    allowed = {family for family in range(64) if run(machine, number, family) == ALLOW}
    assert allowed == {socket.AF_UNIX, socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK}
    assert run(machine, number, 40) == NO_FAMILY


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_io_uring_is_absent_on_every_machine(machine: str) -> None:
    assert [run(machine, number) for number in (425, 426, 427)] == [ENOSYS] * 3


def test_other_calling_conventions_are_closed() -> None:
    assert run("x86_64", 0x40000000 | 41, socket.AF_INET) == ENOSYS
    assert run("x86_64", 41, socket.AF_INET, arch=0x40000003) == KILL


def test_ordinary_calls_pass() -> None:
    assert {run("x86_64", number) for number in (0, 1, 2, 9, 56, 57, 59, 202, 257)} == {ALLOW}


LIMITS, CLONE, NAMESPACE_CALLS = (
    {"x86_64": 302, "aarch64": 261},
    {"x86_64": 56, "aarch64": 220},
    # unshare, setns, mount, umount2, pivot_root, syslog
    {"x86_64": (272, 308, 165, 166, 155, 103), "aarch64": (97, 268, 40, 39, 41, 116)},
)


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_limits_of_no_other_process_can_be_set(machine: str) -> None:
    assert run(machine, LIMITS[machine], 0) == ALLOW
    assert {run(machine, LIMITS[machine], pid) for pid in (1, 2, 1000, 0x80000000, 0xFFFFFFFF)} == {EPERM}


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_threads_and_children_are_made_but_no_namespaces(machine: str) -> None:
    thread, child, vfork = 0x003D0F00, 0x01200011, 0x4111
    assert {run(machine, CLONE[machine], flags) for flags in (thread, child, vfork)} == {ALLOW}
    for namespace in (0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000):
        assert run(machine, CLONE[machine], child | namespace) == EPERM
    assert run(machine, 435) == ENOSYS


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_mounts_namespaces_and_the_kernel_log_are_closed(machine: str) -> None:
    numbers = (*NAMESPACE_CALLS[machine], *range(428, 434), 442, 467)
    assert {run(machine, number) for number in numbers} == {EPERM}
