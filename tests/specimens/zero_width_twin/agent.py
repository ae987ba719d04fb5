"""Twin of `zero_width`: the same program with the channel taken out."""

from __future__ import annotations

import wire

gap = " "
first = wire.reminder(f"Today's date is {wire.today()}.")
wire.ask("openai-chat", wire.request_body("openai-chat", f"Answer in short{gap}sentences.", first))
