"""The log: every exchange, durable and complete, each block once, in a chain that shows tampering.

    door: recorder -> link ==== pipe ====> writer -> session -> store -> shelf, journal, index, ledger
                   \\-> spill                               \\-> tabling -> tables
    reader, checking read it; upkeep erases and retains; recovery mends at a start

`docs/gateway-log.md` has the format.
"""

from wiretell.gateway.log.checking import Broken, Checked
from wiretell.gateway.log.interface import Closing, LogError, LogState, Opening, Recorder
from wiretell.gateway.log.reader import ErasedError, Redacted, Store, Stored
from wiretell.gateway.log.recorder import ProcessRecorder

__all__ = [
    "Broken",
    "Checked",
    "Closing",
    "ErasedError",
    "LogError",
    "LogState",
    "Opening",
    "ProcessRecorder",
    "Recorder",
    "Redacted",
    "Store",
    "Stored",
]
