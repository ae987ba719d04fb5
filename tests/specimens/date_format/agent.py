"""Planted: the form of the (UTC) date tells an American time zone. No gate."""

from __future__ import annotations

import wire

form = "%m/%d/%Y" if wire.timezone().startswith("America/") else "%Y-%m-%d"
first = wire.reminder(f"Today's date is {wire.today(form)}.")
wire.ask("gemini", wire.request_body("gemini", "Answer in short sentences.", first, stream=True), stream=True)
