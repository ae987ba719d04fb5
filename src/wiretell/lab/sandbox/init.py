"""The first process of a run: builds the sandbox, starts the agent, waits, ends what is left, says what happened.

It shares the agent's user id, so it is not dumpable (no ptrace, no /proc files), and the signals of its own namespace
do not reach it. The agent can stop nothing but itself. What it leaves is read when all of it has ended, within bounds
of size and time; what cannot be read or is beyond them is counted, and never the end of an audit.
"""

from __future__ import annotations

import contextlib
import gc
import hashlib
import heapq
import io
import os
import re
import resource
import signal
import stat
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, NoReturn

import msgspec

from wiretell.lab.protocol import Layout, ProcessReport, pack
from wiretell.lab.sandbox import kernel, rootfs, seccomp
from wiretell.lab.spec import AGENT_UID, COMPILE_CACHE_DIR, RunSpec
from wiretell.model.capture import LeftFile

_KEEP_CONTENT_BYTES: Final = 64 << 10
_KEEP_CONTENTS_BYTES: Final = 4 << 20
"""Of the contents of all files of a run together."""
_KEEP_FILES: Final = 2000
_KEEP_CACHE_BYTES: Final = 256 << 20
_HASH_BYTES: Final = 256 << 20
_HASH_S: Final = 5.0
_HASH_CHUNK: Final = 1 << 20
_MAX_DEPTH: Final = 200
_MAX_FOLDERS_AHEAD: Final = 50_000
"""Folders known and not yet entered; their paths may be 4 KiB long each."""
_CACHE_NAME: Final = re.compile(r"v[^/]+/[0-9a-f]{4,16}")
"""As Node 22 and 24 lay their compile cache out: `v24.19.0-x64-cf738c9d-1000/a3f71931`."""
_REPORT_FD: Final = 3
_GRACE_S: Final = 0.05

Probe = Callable[[RunSpec], None]
_Fingerprint = tuple[int, int, int, int]


def become_init(
    spec: RunSpec, layout: Layout, ids: tuple[int, int], pipes: tuple[int, int, int], probe: Probe | None
) -> NoReturn:
    """Be the first process of the run; called in the child of `kernel.clone`, never returns.

    `ids` are the user and group of the parent namespace; `pipes` the write ends for the agent's standard output, its
    standard error, and this process's report. `probe` is called in place of the agent's program by the self-test.
    """
    try:
        report = _run(spec, layout, ids, pipes, probe)
    except BaseException as error:  # whatever it was, the warden must hear of it
        report = ProcessReport(failure=_readable(f"{type(error).__name__}: {error}"))
    try:
        _send(report)
    finally:
        os._exit(0)


def _run(
    spec: RunSpec, layout: Layout, ids: tuple[int, int], pipes: tuple[int, int, int], probe: Probe | None
) -> ProcessReport:
    gc.disable()
    _keep_only(pipes)
    _forget_handlers()
    kernel.write_id_maps(AGENT_UID, *ids)
    kernel.die_with_parent()
    kernel.rename_process("init")
    if not spec.plain:
        kernel.set_hostname(spec.hostname)
    rootfs.build(layout, spec)
    kernel.set_dumpable(False)
    watch = () if spec.plain else spec.watch
    before = _fingerprints(watch)
    report = _supervise(spec, probe)
    try:
        return _with_files(report, spec, watch, before)
    except Exception:  # the run was sealed and is over: what an agent leaves must not undo that
        return msgspec.structs.replace(report, files_not_kept=1)


def _keep_only(pipes: tuple[int, int, int]) -> None:
    """Put standard output, error and the report at 1, 2 and 3, /dev/null at 0, and close all else."""
    high = [os.dup2(fd, 200 + i) for i, fd in enumerate(pipes)]
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for i, fd in enumerate(high):
        os.dup2(fd, i + 1)
    os.closerange(4, 4096)
    os.set_inheritable(_REPORT_FD, False)


def _forget_handlers() -> None:
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGPIPE, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})


def _supervise(spec: RunSpec, probe: Probe | None) -> ProcessReport:
    began = time.monotonic()
    agent = os.fork()
    if agent == 0:
        _become_agent(spec, probe)
    status, timed_out = _wait_for(agent, began + spec.limits.timeout_s)
    wall_s = time.monotonic() - began
    killed = _end_all(agent if timed_out else None)
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return ProcessReport(
        exit_code=os.waitstatus_to_exitcode(status) if status is not None and os.WIFEXITED(status) else None,
        signal=os.WTERMSIG(status) if status is not None and os.WIFSIGNALED(status) else None,
        timed_out=timed_out,
        wall_s=wall_s,
        cpu_s=usage.ru_utime + usage.ru_stime,
        killed=killed,
    )


def _wait_for(agent: int, deadline: float) -> tuple[int | None, bool]:
    """Reap children until the agent's main process ends or the time is up; return its status and whether it was."""
    while True:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == agent:
            return status, False
        left = deadline - time.monotonic()
        if left <= 0:  # looked at after every child: an agent can make orphans as fast as they are reaped
            return None, True
        if pid == 0:
            signal.sigtimedwait({signal.SIGCHLD}, left)


def _end_all(main: int | None) -> int:
    """End every process that is left; return how many there were, the agent's main process not counted."""
    killed = 0
    while True:
        with contextlib.suppress(ProcessLookupError):
            os.kill(-1, signal.SIGKILL)  # all but this process
        try:
            pid, _ = os.waitpid(-1, 0)
        except ChildProcessError:
            return killed
        killed += pid != main


def _become_agent(spec: RunSpec, probe: Probe | None) -> NoReturn:
    try:
        os.setsid()
        kernel.set_dumpable(True)  # as exec will make it; its own /proc files are needed below
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
        if not spec.plain:
            _limit(spec)
        os.chdir(spec.cwd)
        os.umask(0o022)
        kernel.drop_capabilities()
        kernel.no_new_privileges()
        if not spec.plain:
            kernel.load_seccomp(seccomp.filter_program(kernel.MACHINE))
        if probe is not None:
            os.close(_REPORT_FD)
            probe(spec)
            os._exit(0)
        os.execve(_program(spec), spec.argv, dict(spec.env))  # noqa: S606 - the point of it all
    except BaseException as error:  # becomes the agent's own failure
        os.write(2, f"wiretell: cannot start {spec.argv[0]}: {error}\n".encode(errors="backslashreplace"))
    finally:
        os._exit(127)


def _program(spec: RunSpec) -> str:
    """Look the program up on the sandbox's PATH, as a shell would."""
    name = spec.argv[0]
    if "/" in name:
        return name
    for folder in dict(spec.env).get("PATH", "/usr/bin:/bin").split(":"):
        path = f"{folder}/{name}"
        if os.access(path, os.X_OK):
            return path
    raise FileNotFoundError(f"{name} is not on PATH in the sandbox")


def _limit(spec: RunSpec) -> None:
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_NPROC, spec.limits.processes)
    _lower(resource.RLIMIT_FSIZE, spec.limits.disk_bytes)
    _lower(resource.RLIMIT_DATA, spec.limits.memory_bytes)
    _lower(resource.RLIMIT_NOFILE, 65536)
    with open("/proc/self/oom_score_adj", "w") as score:
        score.write("1000")  # if memory runs out, the agent goes first


def _lower(kind: int, most: int) -> None:
    """Set a soft and hard limit to `most`, or to this machine's own hard limit where that is lower."""
    _, hard = resource.getrlimit(kind)
    most = most if hard == resource.RLIM_INFINITY else min(hard, most)
    resource.setrlimit(kind, (most, most))


@dataclass(slots=True)
class _Budget:
    """What reading the files of one run may still cost, and how many files were not read or not kept."""

    contents: int = _KEEP_CONTENTS_BYTES
    hashing: int = _HASH_BYTES
    deadline: float = field(default_factory=lambda: time.monotonic() + _HASH_S)
    left_out: int = 0


def _files_below(folders: Iterable[str], budget: _Budget) -> Iterator[tuple[str, os.stat_result]]:
    """Yield what is no folder, each file once; what cannot be looked at, or lies too deep, is counted.

    Only the run's own tmpfs is entered: an agent may put a link to /proc where HOME was.
    """
    own = os.stat("/").st_dev
    seen: set[tuple[int, int]] = set()
    stack = [(folder, 0) for folder in folders if os.path.lexists(folder)]
    while stack:
        folder, depth = stack.pop()
        try:
            with os.scandir(folder) as entries:
                if os.stat(folder).st_dev != own:
                    budget.left_out += 1
                    continue
                for entry in entries:
                    info = _look_at(entry)
                    if info is None:
                        budget.left_out += 1
                        continue
                    if (info.st_dev, info.st_ino) in seen:
                        continue  # cwd often lies below HOME
                    seen.add((info.st_dev, info.st_ino))
                    if not stat.S_ISDIR(info.st_mode):
                        yield entry.path, info
                    elif depth < _MAX_DEPTH and len(stack) < _MAX_FOLDERS_AHEAD:
                        stack.append((entry.path, depth + 1))
                    else:
                        budget.left_out += 1
        except OSError:
            budget.left_out += 1


def _look_at(entry: os.DirEntry[str]) -> os.stat_result | None:
    try:
        return entry.stat(follow_symlinks=False)
    except OSError:
        return None  # its path is too long, for one


def _fingerprint(info: os.stat_result) -> _Fingerprint:
    """What changes with a file. The time of last status change is the one that an agent cannot set."""
    return info.st_ino, info.st_size, info.st_mtime_ns, info.st_ctime_ns


def _fingerprints(folders: Iterable[str]) -> dict[str, _Fingerprint]:
    return {path: _fingerprint(info) for path, info in _files_below(folders, _Budget())}


def _with_files(
    report: ProcessReport, spec: RunSpec, watch: Iterable[str], before: dict[str, _Fingerprint]
) -> ProcessReport:
    budget = _Budget()
    changed = 0

    def left() -> Iterator[tuple[str, os.stat_result]]:
        nonlocal changed
        for path, info in _files_below(watch, budget):
            if before.get(path) != _fingerprint(info):
                changed += 1
                yield path, info

    first = heapq.nsmallest(_KEEP_FILES, left())  # by path, so that equal runs keep equal files
    files = tuple(_left_file(path, info, budget) for path, info in first)
    cache = tuple(_cache_files()) if spec.writable_compile_cache else ()
    own = resource.getrusage(resource.RUSAGE_SELF)
    return msgspec.structs.replace(
        report,
        own_cpu_s=own.ru_utime + own.ru_stime,
        files=files,
        files_not_kept=budget.left_out + changed - len(files),
        compile_cache=cache,
    )


def _left_file(path: str, info: os.stat_result, budget: _Budget) -> LeftFile:
    """Describe a file; where its content cannot be had or would cost too much, with an empty hash, and counted."""
    digest, content = "", b""
    try:
        if stat.S_ISLNK(info.st_mode):
            content = os.fsencode(os.readlink(path))
            digest = hashlib.sha256(content).hexdigest()
        elif stat.S_ISREG(info.st_mode):
            digest, content = _digest(path, info.st_size, budget)
    except OSError:
        budget.left_out += 1
    if len(content) > budget.contents:
        content = b""
    budget.contents -= len(content)
    return LeftFile(_readable(path), info.st_size, stat.S_IMODE(info.st_mode), digest, content)


def _digest(path: str, size: int, budget: _Budget) -> tuple[str, bytes]:
    if size > budget.hashing or time.monotonic() > budget.deadline:
        budget.left_out += 1
        return "", b""
    budget.hashing -= size
    digest, content = hashlib.sha256(), b""
    with _open(path) as file:
        while chunk := file.read(_HASH_CHUNK):
            digest.update(chunk)
            content += chunk if size <= _KEEP_CONTENT_BYTES else b""
            if time.monotonic() > budget.deadline:
                budget.left_out += 1
                return "", b""
    return digest.hexdigest(), content


def _open(path: str) -> io.FileIO:
    """Open a file that an agent left: no link is followed, no pipe waited for."""
    return io.FileIO(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC))


def _cache_files() -> Iterator[tuple[str, bytes]]:
    """Yield the compile cache, as far as it is one: later runs see it, so the warm-up may leave nothing else there."""
    total = 0
    for path, info in _files_below([COMPILE_CACHE_DIR], _Budget()):
        name = os.path.relpath(path, COMPILE_CACHE_DIR)
        if not stat.S_ISREG(info.st_mode) or not _CACHE_NAME.fullmatch(name):
            continue
        total += info.st_size
        if total > _KEEP_CACHE_BYTES:
            return
        with contextlib.suppress(OSError), _open(path) as file:
            yield _readable(name), file.read(info.st_size)


def _readable(text: str) -> str:
    """Return text that UTF-8 can hold: bytes of a path that are not UTF-8 become `\\xff`."""
    return os.fsencode(text).decode(errors="backslashreplace")


def _send(report: ProcessReport) -> None:
    try:
        message = pack(report)
    except Exception:  # the files and texts are the agent's, the numbers are ours
        dropped = report.files_not_kept + len(report.files)
        message = pack(
            msgspec.structs.replace(
                report, files=(), files_not_kept=dropped, compile_cache=(), failure=ascii(report.failure)[1:-1]
            )
        )
    view = memoryview(message)
    while view:
        view = view[os.write(_REPORT_FD, view) :]
