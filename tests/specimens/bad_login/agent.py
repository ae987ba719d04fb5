"""Bad: wants a sign-in first, and has none."""

from __future__ import annotations

import sys
from pathlib import Path

import wire

if not (Path.home() / ".specimen" / "token.json").exists():
    sys.exit("please log in: run `specimen login`")
body = wire.request_body("anthropic-messages", "Answer in short sentences.", "Files: a.txt, b.txt\n")
wire.ask("anthropic-messages", body)
