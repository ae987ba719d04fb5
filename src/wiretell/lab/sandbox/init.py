"""The first process of a run: builds the sandbox, starts the agent, waits, ends what is left, says what happened.

It shares the agent's user id, so it is not dumpable (no ptrace, no /proc files), and the signals of its own namespace
do not reach it. The agent can stop nothing but itself.
"""

from __future__ import annotations

import contextlib
import gc
import hashlib
import os
import resource
import signal
import stat
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Final, NoReturn

from wiretell.lab.protocol import Layout, ProcessReport, pack
from wiretell.lab.sandbox import kernel, rootfs, seccomp
from wiretell.lab.spec import AGENT_UID, COMPILE_CACHE_DIR, RunSpec
from wiretell.model.capture import LeftFile

_KEEP_CONTENT_BYTES: Final = 64 << 10
_KEEP_FILES: Final = 2000
_KEEP_CACHE_BYTES: Final = 256 << 20
_REPORT_FD: Final = 3
_GRACE_S: Final = 0.05

Probe = Callable[[RunSpec], None]


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
        report = ProcessReport(failure=f"{type(error).__name__}: {error}")
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
    return _with_files(report, spec, watch, before)


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
        if pid == 0:
            left = deadline - time.monotonic()
            if left <= 0:
                return None, True
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
        os.write(2, f"wiretell: cannot start {spec.argv[0]}: {error}\n".encode())
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
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NPROC, (spec.limits.processes, spec.limits.processes))
    resource.setrlimit(resource.RLIMIT_FSIZE, (spec.limits.disk_bytes, spec.limits.disk_bytes))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    files = min(hard, 65536) if hard != resource.RLIM_INFINITY else 65536
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, files) if soft > files else files, files))
    with open("/proc/self/oom_score_adj", "w") as score:
        score.write("1000")  # if memory runs out, the agent goes first


def _files_below(folders: Iterable[str]) -> Iterator[tuple[str, os.stat_result]]:
    seen: set[tuple[int, int]] = set()
    stack = list(folders)
    while stack:
        try:
            entries = list(os.scandir(stack.pop()))
        except OSError:
            continue
        for entry in entries:
            info = entry.stat(follow_symlinks=False)
            if (info.st_dev, info.st_ino) in seen:
                continue  # cwd often lies below HOME
            seen.add((info.st_dev, info.st_ino))
            if stat.S_ISDIR(info.st_mode):
                stack.append(entry.path)
            else:
                yield entry.path, info


def _fingerprints(folders: Iterable[str]) -> dict[str, tuple[int, int, int]]:
    return {path: (info.st_ino, info.st_size, info.st_mtime_ns) for path, info in _files_below(folders)}


def _with_files(
    report: ProcessReport, spec: RunSpec, watch: Iterable[str], before: dict[str, tuple[int, int, int]]
) -> ProcessReport:
    kept: list[LeftFile] = []
    left_out = 0
    for path, info in _files_below(watch):
        if before.get(path) == (info.st_ino, info.st_size, info.st_mtime_ns):
            continue
        if len(kept) >= _KEEP_FILES:
            left_out += 1
            continue
        kept.append(_left_file(path, info))
    own = resource.getrusage(resource.RUSAGE_SELF)
    return ProcessReport(
        exit_code=report.exit_code,
        signal=report.signal,
        timed_out=report.timed_out,
        wall_s=report.wall_s,
        cpu_s=report.cpu_s,
        own_cpu_s=own.ru_utime + own.ru_stime,
        killed=report.killed,
        files=tuple(sorted(kept, key=lambda file: file.path)),
        files_not_kept=left_out,
        compile_cache=tuple(_cache_files()) if spec.writable_compile_cache else (),
    )


def _left_file(path: str, info: os.stat_result) -> LeftFile:
    content = b""
    if stat.S_ISLNK(info.st_mode):
        content = os.readlink(path).encode(errors="surrogateescape")
        digest = hashlib.sha256(content).hexdigest()
    elif stat.S_ISREG(info.st_mode):
        digest, content = _digest(path, info.st_size)
    else:
        digest = ""  # sockets and pipes hold nothing
    return LeftFile(path, info.st_size, stat.S_IMODE(info.st_mode), digest, content)


def _digest(path: str, size: int) -> tuple[str, bytes]:
    try:
        with open(path, "rb") as file:
            if size <= _KEEP_CONTENT_BYTES:
                content = file.read(_KEEP_CONTENT_BYTES)
                return hashlib.sha256(content).hexdigest(), content
            return hashlib.file_digest(file, "sha256").hexdigest(), b""
    except OSError:
        return "", b""  # the agent made it unreadable


def _cache_files() -> Iterator[tuple[str, bytes]]:
    total = 0
    for path, info in _files_below([COMPILE_CACHE_DIR]):
        total += info.st_size
        if total > _KEEP_CACHE_BYTES:
            return
        with open(path, "rb") as file:
            yield os.path.relpath(path, COMPILE_CACHE_DIR), file.read()


def _send(report: ProcessReport) -> None:
    view = memoryview(pack(report))
    while view:
        view = view[os.write(_REPORT_FD, view) :]
