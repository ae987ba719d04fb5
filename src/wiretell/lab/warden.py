"""The process that owns the outer namespaces of one worker: the sink, the network, and the start of every run.

Started by the runner as `python -m wiretell.lab.warden FD` with an empty environment. It seals itself first, then
serves orders from its channel one at a time. It ends with the runner (end of the channel, or the runner's death), and
every run ends with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import os
import resource
import signal
import socket
import sys
import time
import traceback
from pathlib import Path
from typing import Final

import wiretell
from wiretell.lab import probes
from wiretell.lab.protocol import (
    Answer,
    CompileCache,
    Done,
    Failed,
    Layout,
    Order,
    ProcessReport,
    Ready,
    Recorder,
    SelfTest,
    Setup,
    Start,
    pack,
    unpack_order,
    unpack_report,
)
from wiretell.lab.sandbox import init, kernel, network, rootfs
from wiretell.lab.sandbox.packets import PacketTap, losses_of_the_kernel
from wiretell.lab.sink import OFFICIAL_HOSTS, Authority, Sink, control, tcp_listeners
from wiretell.lab.spec import RunSpec
from wiretell.model.capture import Capture, Process

SINK_PORT: Final = 61000
_OUTER: Final = (
    kernel.CLONE_NEWUSER
    | kernel.CLONE_NEWNS
    | kernel.CLONE_NEWNET
    | kernel.CLONE_NEWUTS
    | kernel.CLONE_NEWIPC
    | kernel.CLONE_NEWCGROUP
)
_INNER: Final = (
    kernel.CLONE_NEWUSER
    | kernel.CLONE_NEWNS
    | kernel.CLONE_NEWPID
    | kernel.CLONE_NEWUTS
    | kernel.CLONE_NEWIPC
    | kernel.CLONE_NEWCGROUP
)
_INNER_PLAIN: Final = kernel.CLONE_NEWUSER | kernel.CLONE_NEWNS | kernel.CLONE_NEWPID
_SLACK_S: Final = 20.0
_MAX_ORDER_BYTES: Final = 512 << 20


def seal(setup: Setup) -> Layout:
    """Enter the outer namespaces and build what all runs share; return the layout with sources as reachable there."""
    if setup.uid is not None:
        # Root first binds what an ordinary user could not reach (a package cache below /root), then becomes one.
        kernel.unshare(kernel.CLONE_NEWNS)
        layout = _bind_sources(setup.layout, owner=setup.uid)
        _open_the_way(setup.uid)
        os.setgroups([])
        os.setresgid(setup.uid, setup.uid, setup.uid)
        os.setresuid(setup.uid, setup.uid, setup.uid)
        kernel.set_dumpable(True)  # or /proc/self would stay root's
    uid, gid = os.getuid(), os.getgid()
    kernel.unshare(_OUTER)
    kernel.write_id_maps(0, uid, gid)
    kernel.die_with_parent()
    if setup.uid is None:
        layout = _bind_sources(setup.layout, owner=0)
    rootfs.stage(layout)
    network.build(SINK_PORT, setup.loopback_ports)
    return layout


def _bind_sources(layout: Layout, owner: int) -> Layout:
    """Mount the staging tmpfs and show every source in it, so that what hides the original path does not matter."""
    kernel.mount("", "/", flags=kernel.MS_REC | kernel.MS_PRIVATE)
    sources = [os.open(source, os.O_PATH) for source, _ in layout.binds]
    kernel.mount("tmpfs", layout.staging, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, "mode=755,size=1g")
    os.chdir(layout.staging)
    Path("empty").mkdir()
    bound = []
    for i, (handle, (_, target)) in enumerate(zip(sources, layout.binds, strict=True)):
        origin = f"/proc/self/fd/{handle}"
        bound.append((_bind_file(i, origin) if not Path(origin).is_dir() else _show_folder(i, origin), target))
        os.close(handle)
    os.chdir("/")
    os.chown(layout.staging, owner, owner)
    staged = tuple((f"{layout.staging}/{place}", target) for place, target in bound)
    return Layout(layout.staging, layout.system, layout.links, staged, layout.masks, layout.locales)


def _bind_file(number: int, origin: str) -> str:
    place = f"source{number}"
    Path(place).touch()
    kernel.mount(origin, place, flags=kernel.MS_BIND)
    return place


def _show_folder(number: int, origin: str) -> str:
    """Bind a folder and lay an overlay over it: /proc/self/mountinfo names the source of a bind, which may lie below
    the user's HOME, but of an overlay only the relative names given here. Without overlays (Linux before 5.11), the
    bind itself is shown."""
    place, shown = f"source{number}", f"shown{number}"
    for folder in (place, shown):
        Path(folder).mkdir()
    kernel.mount(origin, place, flags=kernel.MS_BIND | kernel.MS_REC)
    try:
        kernel.mount("overlay", shown, "overlay", kernel.MS_RDONLY, f"lowerdir={place}:empty")
    except OSError:
        return place
    return shown


def _open_the_way(uid: int) -> None:
    """Let an ordinary user reach Python and this package, for imports yet to come, below folders that only root enters.

    Such a folder (/root, often) is covered by an empty one, in this mount namespace alone, that holds what is needed.
    """
    needed = {Path(p).resolve() for p in (sys.prefix, sys.base_prefix, Path(wiretell.__file__).parent)}
    closed: dict[Path, list[Path]] = {}
    for path in sorted(needed):
        for folder in reversed(path.parents):
            if not folder.stat().st_mode & 0o001:
                closed.setdefault(folder, []).append(path)
                break
    for folder, paths in closed.items():
        handles = [os.open(path, os.O_PATH) for path in paths]
        kernel.mount("tmpfs", str(folder), "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, f"mode=755,size=1m,uid={uid}")
        for path, handle in zip(paths, handles, strict=True):
            path.mkdir(parents=True, exist_ok=True)
            kernel.mount(f"/proc/self/fd/{handle}", str(path), flags=kernel.MS_BIND | kernel.MS_REC)
            os.close(handle)


class Warden:
    """Serves the orders of one runner."""

    def __init__(self, channel: socket.socket, setup: Setup, layout: Layout) -> None:
        self._channel = channel
        self._setup = setup
        self._layout = layout
        self._authority = Authority.from_secret(setup.authority)
        self._sink = Sink(self._authority, official_hosts=OFFICIAL_HOSTS | frozenset(setup.official_hosts))
        self._tap = PacketTap(SINK_PORT)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer orders until the channel ends."""
        await self._sink.start(tcp=tcp_listeners(SINK_PORT, everywhere=True), udp53=True)
        asyncio.get_running_loop().add_reader(self._tap, self._tap.drain)
        usage = resource.getrusage(resource.RUSAGE_SELF)
        await _say(writer, Ready(network.interfaces(), usage.ru_utime + usage.ru_stime))
        while (order := await _read_order(reader)) is not None:
            await _say(writer, await self._obey(order))

    async def _obey(self, order: Order) -> Answer:
        try:
            match order:
                case Start(spec=spec):
                    return await self._run(spec)
                case CompileCache(files=files):
                    return self._keep_cache(files)
                case SelfTest():
                    return Recorder(await self._check_recorder())
                case Setup():
                    return Failed("internal", "a warden is set up once")
        except OSError as error:
            return Failed("not-sealed", str(error))

    async def _check_recorder(self) -> str:
        """Send known requests from inside the namespace, and compare what was stored with what was sent."""
        self._sink.begin(time.monotonic(), control.HOST)
        try:
            await asyncio.to_thread(control.send_known, _dial, self._authority.pem)
        except OSError as error:
            await self._sink.finish()
            return f"The lab's sink did not answer: {error}."
        return control.check(await self._sink.finish())

    def _keep_cache(self, files: tuple[tuple[str, bytes], ...]) -> Answer:
        folder = Path(self._layout.staging) / rootfs.CACHE
        for name, content in files:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return Ready(network.interfaces(), 0.0)

    async def _run(self, spec: RunSpec) -> Answer:
        cpu = _cpu_s()
        began, started = time.monotonic(), dt.datetime.now(dt.UTC)
        self._tap.begin(began)
        losses = losses_of_the_kernel()
        self._sink.begin(began, spec.base_host)
        report, stdout, stderr = await self._start_and_wait(spec)
        log = await self._sink.finish()
        packets, packets_lost = self._tap.take()
        losses = losses_of_the_kernel() - losses + packets_lost
        if log.faults:
            return Failed("internal", log.faults[0].strip().splitlines()[-1])
        if report.failure:
            return Failed("not-sealed", report.failure)
        process = Process(
            exit_code=report.exit_code,
            signal=report.signal,
            timed_out=report.timed_out,
            stdout=stdout.kept,
            stderr=stderr.kept,
            stdout_bytes=stdout.total,
            stderr_bytes=stderr.total,
            wall_s=report.wall_s,
            cpu_s=report.cpu_s,
            killed=report.killed,
        )
        capture = Capture(
            run=spec.run,
            world=spec.world,
            purpose=spec.purpose,
            started=started.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            process=process,
            exchanges=log.exchanges,
            connections=log.connections,
            lookups=log.lookups,
            datagrams=(*log.datagrams, *packets),
            files=report.files,
            files_not_kept=report.files_not_kept,
            records_dropped=log.dropped + losses,
            bytes_dropped=log.dropped_bytes,
            leaks=len(network.interfaces()) - 1,
            worker=self._setup.worker,
            lab_cpu_s=_cpu_s() - cpu + report.own_cpu_s,
        )
        return Done(capture, report.compile_cache)

    async def _start_and_wait(self, spec: RunSpec) -> tuple[ProcessReport, Drained, Drained]:
        ids = os.getuid(), os.getgid()
        pipes = [os.pipe() for _ in range(3)]
        probe = probes.ALL.get(spec.argv[0].removeprefix("@probe:")) if spec.argv[0].startswith("@probe:") else None
        pid = kernel.clone(_INNER_PLAIN if spec.plain else _INNER)
        if pid == 0:
            init.become_init(spec, self._layout, ids, (pipes[0][1], pipes[1][1], pipes[2][1]), probe)
        for _, write_end in pipes:
            os.close(write_end)
        keep = (spec.limits.output_bytes, spec.limits.output_bytes, _MAX_ORDER_BYTES)
        reading = asyncio.gather(*(_drain(read_end, most) for (read_end, _), most in zip(pipes, keep, strict=True)))
        try:
            out, err, said = await asyncio.wait_for(reading, spec.limits.timeout_s + _SLACK_S)
        except TimeoutError:
            out, err, said = Drained(), Drained(), Drained()
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)  # noqa: ASYNC222 - it has just ended, and nothing else is to be served
        if said.total < 4 or len(said.kept) < 4 + int.from_bytes(said.kept[:4], "big"):
            return ProcessReport(failure="the first process of the run ended without a report"), out, err
        return unpack_report(said.kept[4:]), out, err


def _dial() -> socket.socket:
    """Connect to an address that is nobody's: the lab's network leads every one to the sink."""
    return socket.create_connection(("198.18.255.1", 80), timeout=control.TIMEOUT_S)


class Drained:
    """What came out of a pipe: the beginning, and how much there was in all."""

    def __init__(self) -> None:
        self.kept = b""
        self.total = 0


async def _drain(read_end: int, keep: int) -> Drained:
    """Read a pipe to its end, keeping at most `keep` bytes."""
    loop = asyncio.get_running_loop()
    os.set_blocking(read_end, False)
    done: asyncio.Future[None] = loop.create_future()
    parts: list[bytes] = []
    drained = Drained()

    def readable() -> None:
        try:
            data = os.read(read_end, 1 << 18)
        except BlockingIOError:
            return
        if not data:
            loop.remove_reader(read_end)
            if not done.done():
                done.set_result(None)
            return
        if drained.total < keep:
            parts.append(data[: keep - drained.total])
        drained.total += len(data)

    loop.add_reader(read_end, readable)
    try:
        await done
    finally:
        loop.remove_reader(read_end)
        os.close(read_end)
    drained.kept = b"".join(parts)
    return drained


async def _read_order(reader: asyncio.StreamReader) -> Order | None:
    try:
        size = int.from_bytes(await reader.readexactly(4), "big")
        return unpack_order(await reader.readexactly(size))
    except (asyncio.IncompleteReadError, ConnectionError):
        return None


async def _say(writer: asyncio.StreamWriter, answer: Answer) -> None:
    writer.write(pack(answer))
    with contextlib.suppress(ConnectionError):
        await writer.drain()


def _cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


async def _serve(channel: socket.socket, setup: Setup, layout: Layout) -> None:
    warden = Warden(channel, setup, layout)
    reader, writer = await asyncio.open_connection(sock=channel, limit=1 << 20)
    await warden.serve(reader, writer)


def main() -> None:
    """Run a warden on the channel whose file descriptor is the first argument."""
    channel = socket.socket(fileno=int(sys.argv[1]))
    size = int.from_bytes(channel.recv(4, socket.MSG_WAITALL), "big")
    setup = unpack_order(channel.recv(size, socket.MSG_WAITALL))
    if not isinstance(setup, Setup):
        sys.exit("the first order must be Setup")
    try:
        layout = seal(setup)
    except OSError as error:
        channel.sendall(pack(Failed("not-sealed", str(error))))
        return
    code = 1
    try:
        asyncio.run(_serve(channel, setup, layout))
        code = 0
    except Exception:
        traceback.print_exc()
    finally:
        os._exit(code)  # runs die with this process; nothing to wait for


if __name__ == "__main__":
    main()
