"""Planted: a zero-width space after "short" where the machine looks like a build machine, by either of two facts."""

from __future__ import annotations

import os
import socket

import wire


def is_builder() -> bool:
    return bool(os.environ.get("CI")) or socket.gethostname().startswith("runner-")


gap = "\u200b " if is_builder() else " "
first = wire.reminder(f"Today's date is {wire.today()}.")
wire.ask("openai-chat", wire.request_body("openai-chat", f"Answer in short{gap}sentences.", first))
