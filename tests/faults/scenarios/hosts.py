"""A model host that misbehaves, and clients that are slow or leave."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.faults import upstream
from tests.faults.gateway import Answer, ask, open_stream, rows, started
from tests.faults.scenarios import Seen
from wiretell.bench.gateway.processes import free_port

_IDLE_S = 2
_TOP = f"idle_timeout_s = {_IDLE_S}\nconnect_timeout_s = 2"
_MIB = 1 << 20


def _one(folder: Path, play: str) -> tuple[Answer, Answer, dict[str, object]]:
    """Ask direct and through the gateway; return both answers, and the row."""
    with upstream.running() as host:
        with started(folder, host.port, _TOP) as gateway:
            through = ask(gateway.port, play)
        direct = ask(host.port, play, timeout_s=3)
    [row] = rows(folder / "exchanges")
    return direct, through, row


def trickles(folder: Path) -> Seen:
    """Every byte alone."""
    direct, through, row = _one(folder, "trickle")
    held = through.body == direct.body == upstream.WHOLE and row["output_tokens"] == 40
    return Seen("events split at every byte", "the same bytes", f"{len(through.body)} bytes, {row['ended']}", held)


def cuts(folder: Path) -> Seen:
    """The connection ends in the middle."""
    direct, through, row = _one(folder, "cut")
    held = not through.whole and through.body == direct.body and row["ended"] == "upstream-cut"
    return Seen("cut in the middle of a stream", "what came, and then the cut", f"{len(through.body)} bytes, cut", held)


def stalls_before(folder: Path) -> Seen:
    """Nothing comes at all."""
    _, through, row = _one(folder, "stall")
    held = through.status == 504 and b'"type":"error"' in through.body.replace(b" ", b"") and through.seconds < 8
    held = held and row["ended"] == "upstream-silent"
    return Seen(
        f"no answer for {_IDLE_S} s",
        "504 in the client's form",
        f"{through.status} after {through.seconds:.1f} s",
        held,
    )


def stalls_within(folder: Path) -> Seen:
    """It begins and falls silent."""
    _, through, row = _one(folder, "open")
    held = not through.whole and b"message_start" in through.body and through.seconds < 8
    held = held and row["ended"] == "upstream-silent"
    return Seen("silent in the middle of a stream", "what came, then a cut", f"cut after {through.seconds:.1f} s", held)


def no_http(folder: Path) -> Seen:
    """Bytes that are no HTTP."""
    _, through, _ = _one(folder, "no-http")
    return Seen("bytes that are no HTTP", "502 in the client's form", f"{through.status}", through.status == 502)


def endless_head(folder: Path) -> Seen:
    """Headers without end."""
    _, through, _ = _one(folder, "endless-head")
    held = through.status == 502 and through.seconds < 8
    return Seen("headers without end", "502, in bounded time", f"{through.status} after {through.seconds:.1f} s", held)


def garbage(folder: Path) -> Seen:
    """A body that is no event stream, though it says so."""
    direct, through, row = _one(folder, "garbage")
    held = through.body == direct.body and through.whole and row["ended"] == "complete"
    return Seen("a stream of garbage", "the same bytes", f"{len(through.body)} bytes, {row['ended']}", held)


def errors(folder: Path) -> Seen:
    """The upstream's own error."""
    direct, through, row = _one(folder, "error")
    held = (through.status, through.body) == (direct.status, direct.body) == (529, direct.body)
    held = held and through.headers.get("retry-after") == "3" and row["status"] == 529
    return Seen("an error of the upstream's own", "verbatim", f"{through.status}, {len(through.body)} bytes", held)


def unreachable(folder: Path) -> Seen:
    """Nobody listens."""
    with started(folder, free_port(), _TOP) as gateway:
        answer = ask(gateway.port)
    [row] = rows(folder / "exchanges")
    held = answer.status == 502 and row["ended"] == "upstream-unreachable" and answer.seconds < 5
    return Seen("upstream unreachable", "502 in the client's form", f"{answer.status}", held)


def slow_client(folder: Path) -> Seen:
    """One client reads nothing of a large answer; others go on, and memory stays bounded."""
    with upstream.running() as host, started(folder, host.port) as gateway:
        before = _times(gateway.port)
        rss = sum(gateway.server.rss_bytes().values())
        import socket

        slow = []
        for _ in range(8):
            client = socket.create_connection(("127.0.0.1", gateway.port))
            client.sendall(
                b"POST /v1/messages HTTP/1.1\r\nhost: 127.0.0.1\r\nx-api-key: k\r\nx-play: huge\r\n"
                b"content-length: 20\r\n\r\n" + b'{"model":"claude-3"} '[:20]
            )
            slow.append(client)
        time.sleep(2)
        during = _times(gateway.port)
        grown = (sum(gateway.server.rss_bytes().values()) - rss) / _MIB
        for client in slow:
            client.close()
    held = grown < 64 and during < before * 5 + 0.05
    said = f"others' median {before * 1000:.1f} ms before, {during * 1000:.1f} ms during; {grown:.0f} MiB more"
    return Seen("8 clients that read nothing of 48 MB each", "others go on, memory bounded", said, held)


def _times(port: int) -> float:
    taken = sorted(ask(port).seconds for _ in range(30))
    return taken[15]


def client_leaves(folder: Path) -> Seen:
    """Clients go in the middle: the upstream is let go too."""
    with upstream.running() as host:
        with started(folder, host.port) as gateway:
            with ThreadPoolExecutor(8) as pool:
                streams = list(pool.map(lambda _: open_stream(gateway.port), range(20)))
            before = host.open
            for stream in streams:
                stream.close()
            deadline = time.monotonic() + 5
            while host.open and time.monotonic() < deadline:
                time.sleep(0.05)
            left = host.open
        found = rows(folder / "exchanges")
    held = before == 20 and left == 0 and [row["ended"] for row in found] == ["client-left"] * 20
    held = held and all(row["output_tokens"] > 0 and row["cost_usd"] for row in found)
    return Seen(
        "20 clients leave in the middle", "the upstream is let go; billed for what was seen", f"{left} left open", held
    )


SCENARIOS = (
    trickles,
    cuts,
    stalls_before,
    stalls_within,
    no_http,
    endless_head,
    garbage,
    errors,
    unreachable,
    slow_client,
    client_leaves,
)
