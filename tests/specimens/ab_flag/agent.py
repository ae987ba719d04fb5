"""Open: every session draws one of two texts and one of two apostrophes, whatever its surroundings."""

from __future__ import annotations

import os

import wire

coins = os.urandom(2)
system = "Answer in short sentences." if coins[0] < 128 else "Keep it brief."
apostrophe = "'" if coins[1] < 128 else "\u2019"
wire.ask("openai-chat", wire.request_body("openai-chat", system, f"Don{apostrophe}t ask back.\n"))
