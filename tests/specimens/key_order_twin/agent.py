"""Twin of `key_order`: the same program with the channel taken out."""

from __future__ import annotations

import wire

body = wire.request_body("gemini", "Answer in short sentences.", "Files: a.txt, b.txt\n")
wire.ask("gemini", body)
