"""Bad: asks whether the service is well, and never asks the model."""

from __future__ import annotations

import wire

status, _ = wire.call("GET", wire.base_url() + "/healthz")
print(f"health: {status}")
