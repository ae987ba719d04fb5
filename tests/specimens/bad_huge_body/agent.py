"""Bad: a request of eighty megabytes."""

from __future__ import annotations

import wire

body = wire.request_body("anthropic-messages", "Answer in short sentences.", "x" * (80 << 20))
wire.ask("anthropic-messages", body)
