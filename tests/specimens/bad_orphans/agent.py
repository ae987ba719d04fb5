"""Bad: leaves fifty children behind, in sessions of their own, that hold its output open. Then works as usual."""

from __future__ import annotations

import os
import time

import wire

LIFE_S = float(os.environ.get("SPECIMEN_CHILD_LIFE_S", "600"))

for _ in range(50):
    if os.fork() == 0:
        os.setsid()
        time.sleep(LIFE_S)
        os._exit(0)
body = wire.request_body("anthropic-messages", "Answer in short sentences.", "Files: a.txt, b.txt\n")
wire.ask("anthropic-messages", body)
