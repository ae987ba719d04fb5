"""Server-sent events, cut out of a stream that comes in pieces of any size. Pure.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html, "Parsing an event stream": lines end with CR, LF
or CRLF, an empty line ends an event, a byte order mark may come first. Only `data` is of interest here; `event`, `id`,
`retry` and comments are left out, because every protocol repeats the kind of an event in its data.
"""

from __future__ import annotations

from typing import Final

MAX_EVENT_BYTES: Final = 8 << 20
"""Of one event that is kept for reading. OpenAI's `response.completed`, which repeats the request, is the largest."""

_BOM = b"\xef\xbb\xbf"
_END = b"\n\n"


class EventSplitter:
    """Takes a stream's bytes in order and gives the data of each event as soon as the event is whole.

    Keeps at most the bytes of one unfinished event; one that grows over `limit` bytes is skipped, and counted.
    """

    def __init__(self, limit: int = MAX_EVENT_BYTES) -> None:
        self._limit = limit
        self._tail = bytearray()
        self._last_was_cr = False
        self._begun = False
        self._skipping = False
        self.skipped = 0
        """Events that were over the limit."""

    def feed(self, data: bytes) -> list[bytes]:
        """Return the data, its lines joined by LF, of the events that these bytes complete and that have data."""
        data = self._as_lf(data)
        if not data:
            return []
        if not self._tail:
            *whole, tail = data.split(_END)
        else:
            searched = len(self._tail) - 1
            self._tail += data
            if self._tail.find(_END, searched) < 0:
                self._bound()
                return []
            *whole, tail = bytes(self._tail).split(_END)
        self._tail = bytearray(tail)
        if whole and self._skipping:
            self._skipping = False
            del whole[0]
        self._bound()
        return self._data(whole)

    @property
    def unfinished(self) -> bytes:
        """The data of the event whose empty line has not come, as far as its lines are whole."""
        lines, _, _ = bytes(self._tail).removeprefix(_BOM).rpartition(b"\n")
        return _data_lines(lines) or b""

    def _as_lf(self, data: bytes) -> bytes:
        """Return the bytes with every end of line as one LF. A CR counts at once; an LF that follows it does not."""
        if self._last_was_cr and data:
            self._last_was_cr = False
            data = data.removeprefix(b"\n")
        if b"\r" in data:
            self._last_was_cr = data.endswith(b"\r")
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        return data

    def _bound(self) -> None:
        """Forget an unfinished event that is too long, all but the LF that may turn out to be half its end."""
        if len(self._tail) > self._limit:
            self.skipped += not self._skipping
            self._skipping = True
            del self._tail[:-1]

    def _data(self, events: list[bytes]) -> list[bytes]:
        found = []
        for event in events:
            if not self._begun:
                event = event.removeprefix(_BOM)
                self._begun = True
            if len(event) > self._limit:
                self.skipped += 1
            elif event.startswith(b"data:") and b"\n" not in event:
                found.append(event[6:] if event.startswith(b" ", 5) else event[5:])
            elif (data := _data_lines(event)) is not None:
                found.append(data)
        return found


def _data_lines(event: bytes) -> bytes | None:
    """Return the data of an event of several lines; None where it has none."""
    lines = [line[5:].removeprefix(b" ") for line in event.split(b"\n") if line.startswith(b"data:")]
    return b"\n".join(lines) if lines else None
