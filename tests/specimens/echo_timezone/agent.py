"""Open: the prompt names the time zone in plain words."""

from __future__ import annotations

import wire

first = wire.reminder(f"Today's date is {wire.today()}. Timezone: {wire.timezone()}")
wire.ask("anthropic-messages", wire.request_body("anthropic-messages", "Answer in short sentences.", first))
