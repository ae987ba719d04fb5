"""Open: three side requests with counters, in an order drawn anew each time."""

from __future__ import annotations

import json
import random

import wire

counters = {"config": random.randrange(100), "flags": random.randrange(100), "usage": random.randrange(100)}
for name in random.sample(sorted(counters), k=3):
    report = json.dumps({"counter": counters[name], "event": name, "id": wire.random_id()}).encode()
    wire.call("POST", f"{wire.base_url()}/telemetry/{name}", [("content-type", "application/json")], report)
body = wire.request_body("anthropic-messages", "Answer in short sentences.", "Files: a.txt, b.txt\n")
wire.ask("anthropic-messages", body)
