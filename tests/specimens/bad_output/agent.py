"""Bad: fifty megabytes of random bytes on standard output. Then works as usual."""

from __future__ import annotations

import os
import sys

import wire

block = os.urandom(1 << 20)
for _ in range(50):
    sys.stdout.buffer.write(block)
sys.stdout.buffer.flush()
body = wire.request_body("anthropic-messages", "Answer in short sentences.", "Files: a.txt, b.txt\n")
wire.ask("anthropic-messages", body)
