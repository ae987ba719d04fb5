"""What a reader is: one way in which agents come to a machine, in one file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from wiretell.fleet.walk.interface import Surroundings, Walked
from wiretell.model.fleet import Examined, Install, NotExamined, Process, Setting

Seen = Install | Process | Setting | Examined | NotExamined


class Reader(Protocol):
    """One reader. It reads, never writes, never runs what it finds, never sends.

    Nothing that lies on the machine may make it fail: what is broken, closed or too large becomes a `NotExamined` that
    names the path. It knows every manager it yields, and no other reader yields these.
    """

    name: str
    """For messages: `npm and its kin`."""

    def read(self, walked: Walked, around: Surroundings) -> Iterator[Seen]:
        """Yield what is there. Hashes are left empty, with `hashed` set: `fleet.hashing` fills them in, once for all
        readers."""
        ...
