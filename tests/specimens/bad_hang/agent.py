"""Bad: does nothing, for ever, and ignores polite requests to stop."""

from __future__ import annotations

import signal
import time

for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)
print("thinking", flush=True)
while True:
    time.sleep(3600)
