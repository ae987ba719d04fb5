"""Writes the fixture of the current version of the store: `.venv/bin/python -m tests.capture.make_fixture`.

A fixture that is committed is never made anew: it shows that what was stored then can be read now. A new version of
the format gets a folder of its own, and this file the values that are new in it.
"""

from __future__ import annotations

from pathlib import Path

from wiretell.capture import store
from wiretell.model.capture import (
    Capture,
    Connection,
    Datagram,
    Exchange,
    LeftFile,
    Lookup,
    Outcome,
    Process,
    Request,
)
from wiretell.model.world import World

FIXTURES = Path(__file__).parent / "fixtures"

META: dict[str, object] = {
    "target": {"kind": "folder", "name": "specimen", "version": None, "sha256": "00" * 32},
    "recipe": '[agent]\nname = "specimen"\n',
    "seed": 1,
}

HEAD = b"POST /v1/messages HTTP/1.1\r\nhOsT: api.example\r\nTransfer-Encoding: chunked\r\n\r\n"
REQUEST = Request(
    "HTTP/1.1",
    "POST",
    "/v1/messages",
    ((b"hOsT", b"api.example"), (b"Transfer-Encoding", b"chunked")),
    b'{"a": "Today\xca\xbcs"}',
    HEAD,
    b'12\r\n{"a": "Today\xca\xbcs"}\r\n0\r\n\r\n',
    (18,),
)
CONNECTION = Connection(
    0.25, "198.18.0.7", 443, "api.example", Outcome.EXCHANGES, "TLSv1.3", "api.example", ("h2",), b"\x16\x03\x01"
)
CAPTURES = (
    Capture(
        0,
        World.of({"timezone": "Etc/UTC", "base_url": "official"}),
        "calibration",
        "2026-11-21T00:00:00.000Z",
        Process(0, None, False, b"hi\n", b"", 3, 0, 1.5, 0.75),
    ),
    Capture(
        7,
        World.of({"timezone": "Asia/Shanghai", "base_url": "https://relay.example"}),
        "flip",
        "2026-11-21T00:00:02.500Z",
        Process(None, 9, True, b"", b"\xff", 0, 1, 60.0, 2.0, 3),
        (Exchange(0, REQUEST, 0.5, 0.625, 200, ((b"content-type", b"text/event-stream"),), b"data: {}\n\n", "model"),),
        (CONNECTION,),
        (Lookup(0.125, "api.example", "A", "198.18.0.7", "udp"),),
        (Datagram(0.375, "udp", "198.18.0.9", 123, 48, bytes(48)),),
        (LeftFile("/home/user/\udcff", 1, 0o644, "11" * 32, b"x"),),
        leaks=0,
        worker=1,
        lab_cpu_s=0.03125,
    ),
)

if __name__ == "__main__":
    store.save(FIXTURES / f"v{store.VERSION}", CAPTURES, META)
