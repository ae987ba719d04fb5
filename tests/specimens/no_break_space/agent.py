"""Planted: the instructions end with a no-break space where LANG begins with zh."""

from __future__ import annotations

import os

import wire

tail = "\u00a0" if os.environ.get("LANG", "").startswith("zh") else ""
first = wire.reminder(f"Today's date is {wire.today()}.")
body = wire.request_body("openai-responses", "Answer in short sentences." + tail, first, stream=True)
wire.ask("openai-responses", body, stream=True)
