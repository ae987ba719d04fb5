"""`wiretell run` with a fake gateway, in a process of its own: its signals and its terminal are what is tested."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import uvloop

from wiretell.errors import WiretellError
from wiretell.gateway.config.values import GatewaySettings
from wiretell.gateway.running import known, session


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    host = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"host:"))
    body = head.split(b" ")[1] + b" " + host
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(body), body))
    await writer.drain()
    writer.close()


@asynccontextmanager
async def begin(settings: GatewaySettings) -> AsyncIterator[Any]:
    server = await asyncio.start_server(_answer, settings.host, settings.port)
    port = server.sockets[0].getsockname()[1]
    state = SimpleNamespace(recorded=0)
    recorder = SimpleNamespace(state=lambda: state)
    yield SimpleNamespace(port=port, url=f"http://127.0.0.1:{port}", parts=SimpleNamespace(recorder=recorder))
    server.close()


def main() -> int:
    way, *words = sys.argv[1:]
    wanted = session.Wanted(agent=known.find("claude"), words=tuple(words))
    settings = session.settings_for(GatewaySettings(upstreams=()), Path("record"), official=wanted.agent.official)
    through = session.by_official_name if way == "official" else session.through_own
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(through(wanted, settings, os.environ, begin, lambda text: print(text, file=sys.stderr)))


try:
    sys.exit(main())
except WiretellError as error:
    print(error, file=sys.stderr)
    sys.exit(error.exit_code)
