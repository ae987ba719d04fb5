"""All ways in turn, some rounds; then memory over many requests, and the size of the log of a long conversation."""

from __future__ import annotations

import contextlib
import statistics
import tempfile
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from wiretell.bench.gateway import servers
from wiretell.bench.gateway.bodies import Body, bodies, conversation, events
from wiretell.bench.gateway.load import KEY, Load, load
from wiretell.bench.ways import Progress

_WARM_S: Final = 2
_ALONE: Final = 1
_TOGETHER: Final = 16
_MEMORY_STEP_S: Final = 10


@dataclass(frozen=True, slots=True)
class Timed:
    """One way with one body."""

    way: str
    version: str
    body: str
    p50_us: float
    """Median of the rounds, one connection."""
    added_p50_us: float
    """Over the straight way, in the same round; median of the rounds."""
    p99_us: float
    """One connection; on a shared machine mostly the machine's."""
    per_second: float
    """Median of the rounds, 16 connections."""
    cpu_us: float
    """CPU of the proxy's processes a request, 16 connections; median of the rounds. 0 for the straight way."""
    rss_bytes: int
    """Of all its processes, in the end."""
    bad: int


@dataclass(frozen=True, slots=True)
class Remembered:
    """Memory after so many requests."""

    requests: int
    rss_bytes: dict[str, int]


@dataclass(frozen=True, slots=True)
class LogSize:
    """What a conversation left on the disk."""

    turns: int
    raw_bytes: int
    """Bodies of requests and responses."""
    store_bytes: int
    """The store: segments, index, keys."""
    whole_bytes: int
    """The whole folder, Parquet and ledger included; preallocated space not, as it holds nothing yet."""


@dataclass(frozen=True, slots=True)
class GatewaySpeed:
    """All that was measured."""

    timed: tuple[Timed, ...]
    memory: tuple[Remembered, ...]
    log: LogSize
    missing: tuple[str, ...]
    rounds: int
    seconds: int
    seed: int


@dataclass(slots=True)
class _Round:
    alone: Load
    together: Load
    cpu_us: float


def measure(rounds: int, seconds: int, requests: int, seed: int, cache: Path, progress: Progress) -> GatewaySpeed:
    """Start every server on loopback, and measure.

    `seconds`: of each run of wrk. `requests`: over which memory is watched.
    :raises UsageError: without nginx or wrk. InternalError: where a server fails.
    """
    python = servers.litellm_python(cache)
    missing = () if python else (f"LiteLLM {servers.LITELLM} (needs uv and the package index)",)
    with tempfile.TemporaryDirectory(prefix="wiretell-bench-") as name:
        folder = Path(name)
        with servers.model_host(folder) as host, contextlib.ExitStack() as stack:
            ways = _ways(stack, folder, host.port, python)
            timed = _time(ways, rounds, seconds, seed, folder, progress)
        with servers.model_host(folder) as host:
            memory = _remember(folder, host.port, requests, seed, progress)
        with servers.model_host(folder, streamed=True) as host:
            log = _log_size(folder, host.port, seed, progress)
    return GatewaySpeed(timed, memory, log, missing, rounds, seconds, seed)


def _ways(stack: contextlib.ExitStack, folder: Path, host: int, python: Path | None) -> list[servers.Way]:
    ways = [
        servers.Way("straight", "", None, host),
        stack.enter_context(servers.plain_nginx(folder, host)),
        stack.enter_context(servers.gateway(folder, host, "wiretell, recording", rules=False)),
        stack.enter_context(servers.gateway(folder, host, "wiretell, full policy", rules=True)),
    ]
    if python is not None:
        ways.append(stack.enter_context(servers.litellm(folder, host, python)))
    return ways


def _time(
    ways: Sequence[servers.Way], rounds: int, seconds: int, seed: int, folder: Path, progress: Progress
) -> tuple[Timed, ...]:
    asked = bodies(seed)
    progress.phase("gateway", len(asked) * len(ways) * (rounds + 1))
    counter = _Counter()
    timed: list[Timed] = []
    for body in asked:
        taken: dict[str, list[_Round]] = {way.name: [] for way in ways}
        for number in range(rounds + 1):
            for way in ways:
                one = _round(way, body, seconds if number else _WARM_S, counter, folder)
                progress.advance(1, f"{way.name}, {body.name}")
                if number:
                    taken[way.name].append(one)
        timed += [_timed(way, body, taken[way.name], taken["straight"]) for way in ways]
    return tuple(timed)


class _Counter:
    """Starts of the counter in the body, so that no two requests are the same."""

    def __init__(self) -> None:
        self._next = 0

    def start(self) -> int:
        self._next += 10_000_000
        return self._next


def _round(way: servers.Way, body: Body, seconds: int, counter: _Counter, folder: Path) -> _Round:
    alone = load(body, way.port, connections=_ALONE, seconds=seconds, start=counter.start(), folder=folder)
    before = way.server.cpu_s() if way.server else 0.0
    together = load(body, way.port, connections=_TOGETHER, seconds=seconds, start=counter.start(), folder=folder)
    cpu_s = way.server.cpu_s() - before if way.server else 0.0
    return _Round(alone, together, cpu_s / together.requests * 1e6)


def _timed(way: servers.Way, body: Body, rounds: Sequence[_Round], straight: Sequence[_Round]) -> Timed:
    added = [one.alone.p50_us - bare.alone.p50_us for one, bare in zip(rounds, straight, strict=True)]
    return Timed(
        way=way.name,
        version=way.version,
        body=body.name,
        p50_us=_median(rounds, lambda one: one.alone.p50_us),
        added_p50_us=statistics.median(added),
        p99_us=_median(rounds, lambda one: one.alone.p99_us),
        per_second=_median(rounds, lambda one: one.together.per_second),
        cpu_us=_median(rounds, lambda one: one.cpu_us),
        rss_bytes=sum(way.server.rss_bytes().values()) if way.server else 0,
        bad=sum(one.alone.bad + one.together.bad for one in rounds),
    )


def _median(rounds: Sequence[_Round], of: Callable[[_Round], float]) -> float:
    return statistics.median(map(of, rounds))


def _remember(folder: Path, host: int, requests: int, seed: int, progress: Progress) -> tuple[Remembered, ...]:
    """Ask for large bodies, full policy, until there were enough."""
    body = bodies(seed)[-1]
    progress.phase("memory", requests)
    found: list[Remembered] = []
    asked = 0
    with servers.gateway(folder, host, "memory", rules=True) as way:
        assert way.server is not None
        while asked < requests:
            one = load(
                body, way.port, connections=_TOGETHER, seconds=_MEMORY_STEP_S, start=(asked + 1) * 1000, folder=folder
            )
            asked += one.requests
            progress.advance(one.requests)
            found.append(Remembered(asked, way.server.rss_bytes()))
    return tuple(found)


def _log_size(folder: Path, host: int, seed: int, progress: Progress, turns: int = 100) -> LogSize:
    progress.phase("log of a conversation", turns)
    raw = 0
    with servers.gateway(folder, host, "conversation", rules=True) as way:
        for body in conversation(turns, seed):
            raw += len(body) + len(_asked(body, way.port))
            progress.advance()
    log = folder / "conversation" / "exchanges"
    sizes = {path: _held_bytes(path) for path in log.rglob("*") if path.is_file()}
    store = sum(size for path, size in sizes.items() if "store" in path.relative_to(log).parts)
    return LogSize(turns, raw, store, sum(sizes.values()))


def _asked(body: bytes, port: int) -> bytes:
    headers = {"content-type": "application/json", "x-api-key": KEY, "anthropic-version": "2023-06-01"}
    request = urllib.request.Request(f"http://127.0.0.1:{port}/v1/messages", body, headers)
    with urllib.request.urlopen(request) as response:  # noqa: S310 - loopback
        said: bytes = response.read()
    assert said == events()
    return said


def _held_bytes(path: Path) -> int:
    """Return the size of a file without zeros at its end, which a segment is filled up with ahead."""
    return len(path.read_bytes().rstrip(b"\0"))


def plain(speed: GatewaySpeed) -> Iterator[tuple[str, Any]]:
    """Go through the figures as JSON values."""
    yield "ways", [{name: getattr(one, name) for name in one.__slots__} for one in speed.timed]
    yield "memory", [{"requests": one.requests, "rss_bytes": one.rss_bytes} for one in speed.memory]
    yield "log", {name: getattr(speed.log, name) for name in speed.log.__slots__}
    yield "missing", speed.missing
    yield "rounds", speed.rounds
    yield "seconds", speed.seconds
    yield "seed", speed.seed
