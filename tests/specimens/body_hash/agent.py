"""Open: the locale in plain words, and a header with the hash of the body, which follows all that the body holds."""

from __future__ import annotations

import hashlib
import json
import os

import wire

first = wire.reminder(f"Locale: {os.environ.get('LANG', 'C')}")
body = json.dumps(wire.request_body("openai-responses", "Answer in short sentences.", first)).encode()
wire.ask("openai-responses", body, extra=[("x-content-sha256", hashlib.sha256(body).hexdigest())])
