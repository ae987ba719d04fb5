"""Planted: one word for another where a proxy is set."""

from __future__ import annotations

import os

import wire

proxied = any(os.environ.get(name) for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY"))
first = wire.reminder(f"Today's date is {wire.today()}.")
system = f"{'Reply' if proxied else 'Answer'} in short sentences."
wire.ask("openai-responses", wire.request_body("openai-responses", system, first))
