"""Bad: goes to its vendor whatever its base URL says."""

from __future__ import annotations

import os

import wire

os.environ.pop("LAB_BASE_URL", None)
body = wire.request_body("anthropic-messages", "Answer in short sentences.", "Files: a.txt, b.txt\n")
wire.ask("anthropic-messages", body)
