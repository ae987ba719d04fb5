"""Planted: a Cyrillic letter in "code" where the locale is Russian, unless the machine is a build machine."""

from __future__ import annotations

import os

import wire

marked = os.environ.get("LANG", "").startswith("ru") and not os.environ.get("CI")
first = wire.reminder(f"Today's date is {wire.today()}.")
system = f"Write c{chr(0x43E) if marked else 'o'}de that others can read."
body = wire.request_body("anthropic-messages", system, first, stream=True)
wire.ask("anthropic-messages", body, stream=True)
