"""Bad: fills HOME until the disk is full and leaves it so. Then works as usual."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import wire

# A belt for those who start it by hand; the lab's own limit is far below.
LIMIT = int(os.environ.get("SPECIMEN_DISK_BYTES", str(2 << 30)))
BLOCK = b"\xa5" * (4 << 20)

try:
    with (Path.home() / "cache.bin").open("wb", buffering=0) as cache:
        for _ in range(LIMIT // len(BLOCK)):
            cache.write(BLOCK)
except OSError as error:
    if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        raise
body = wire.request_body("anthropic-messages", "Answer in short sentences.", "Files: a.txt, b.txt\n")
wire.ask("anthropic-messages", body)
