"""A process that does jobs: `python -m wiretell.logs.worker HANDLE`, a socket inherited from the one that started it.

It is given the schemes' names and how many marks of a batch to keep, then job after job; it answers each with its
batches and an end. It ends when the other side of the socket is closed: it cannot outlive the process it works for
by more than the piece that it is at.
"""

from __future__ import annotations

import gc
import signal
import sys
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Final

from wiretell import marks
from wiretell.logs.examine import Examiner
from wiretell.logs.jobs import run

_RARELY: Final = 50_000
"""Objects between two looks for cycles: readings have none, and a look every 700 objects costs a twentieth."""
END: Final = None
"""What follows the last batch of a job."""


def main() -> None:
    """Serve until there is nobody to serve."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one who started this
    with suppress(EOFError, OSError):  # an OSError of a job is a remark: this is the socket's
        _serve(Connection(int(sys.argv[1])))


def _serve(link: Connection) -> None:
    names, keep = link.recv()
    examiner = Examiner(marks.named(names), keep)
    gc.freeze()  # what was imported stays: no need to look through it again and again
    gc.set_threshold(_RARELY)
    while True:
        for batch in run(link.recv(), examiner):
            link.send(batch)
        link.send(END)


if __name__ == "__main__":
    main()
