"""Planted: a lookalike apostrophe in Asian zones, but only in every second run on average."""

from __future__ import annotations

import os

import wire

marked = wire.timezone().startswith("Asia/") and os.urandom(1)[0] < 128
apostrophe = "\u2019" if marked else "'"
first = wire.reminder(f"Today{apostrophe}s date is {wire.today()}.")
wire.ask("gemini", wire.request_body("gemini", "Answer in short sentences.", first, stream=True), stream=True)
