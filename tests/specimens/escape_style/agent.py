"""Planted: a letter goes out as itself or as a JSON escape, by the user's name."""

from __future__ import annotations

import json
import os

import wire

first = wire.reminder(f"Today's date is {wire.today()}.")
body = wire.request_body("anthropic-messages", "Don't be na\u00efve; check each step.", first)
escaped = os.environ.get("USER", "").startswith("svc")
wire.ask("anthropic-messages", json.dumps(body, ensure_ascii=escaped).encode())
