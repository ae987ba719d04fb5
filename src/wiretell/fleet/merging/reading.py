"""Inventories out of files: documents of `wiretell fleet inventory`, one a file or one a line, or osquery's results.

A document that is broken or of another form is told of and left out whole, and the rest is read.
"""

from __future__ import annotations

import contextlib
import errno
import glob
import gzip
import os
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final, NamedTuple, cast

import msgspec

from wiretell.errors import UsageError
from wiretell.fleet.merging import documents, osquery
from wiretell.fleet.merging.snapshot import Snapshot
from wiretell.model.fleet import NotExamined

DOCUMENT_MAX: Final = 1 << 28
"""Bytes of one inventory, and of a file that has not one a line; what is larger is told of."""
LINES_MAX: Final = 1 << 35
"""Bytes of a file of lines, unpacked. What comes after is told of and not read."""
LARGE: Final = 1 << 23
"""Bytes from which on a file is read in parts."""
_PART: Final = 1 << 22
_SMALL: Final = 1 << 20
_ENDS: Final = (".json", ".jsonl", ".ndjson", ".json.gz", ".jsonl.gz", ".ndjson.gz", ".log")
_SAID_MAX: Final = 50
_SAID: Final = 200
"""Characters of a decoder's complaint that are repeated."""
_NO_INVENTORY: Final = f"it is neither an inventory ({documents.SCHEMA}) nor a result of osquery: {{}}"
_GZIP: Final = b"\x1f\x8b"
_MARK: Final = b"\xef\xbb\xbf"
"""Byte order mark, which what gathers inventories on Windows writes before UTF-8. No JSON text begins with it."""
_BROKEN: Final = (msgspec.MsgspecError, ValueError, RecursionError)


class Part(NamedTuple):
    """A part of a file that is too large to be read at once."""

    path: str
    first: int
    """Number of its first line; 0: the file is one text, and this is all of it."""
    data: bytes


@dataclass(slots=True)
class Read:
    """What could not be read so far."""

    unread: list[NotExamined] = field(default_factory=list)
    more_unread: int = 0

    def fail(self, path: str, why: str) -> None:
        """Keep in mind that something was not read."""
        if len(self.unread) < _SAID_MAX:
            self.unread.append(NotExamined(path, why))
        else:
            self.more_unread += 1

    def extend(self, other: Read) -> None:
        """Take what another could not read, after what is here."""
        for item in other.unread:
            self.fail(item.what, item.why)
        self.more_unread += other.more_unread


def files(paths: Sequence[str]) -> tuple[list[str], list[NotExamined]]:
    """Return the files that are meant, and what of folders is left out: a file, a folder (read whole), a glob, `-`.

    They are in the order of names. :raises UsageError: for a path that leads to none.
    """
    found: dict[str, None] = {}
    left_out: list[NotExamined] = []
    for path in paths:
        if path == "-":
            named = ["/dev/stdin"]
        elif Path(path).is_dir():
            named = sorted(_below(path, left_out))
        elif Path(path).exists():
            named = [path]
        else:
            named = sorted(name for name in glob.glob(path, recursive=True) if Path(name).is_file())
        if not named:
            raise UsageError(f"{path} holds no inventory: name a JSON file, a folder of them or a glob.")
        found |= dict.fromkeys(named)
    return list(found), left_out


def _below(folder: str, left_out: list[NotExamined]) -> Iterator[str]:
    """Yield the files of a folder that may hold inventories. Links to folders are not followed; only files are meant:
    who opens a pipe waits for ever."""
    others = 0
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    yield from _below(entry.path, left_out)
                elif entry.name.endswith(_ENDS) and (entry.is_file() or not os.path.exists(entry.path)):
                    yield entry.path
                else:
                    others += 1
    except OSError as error:
        left_out.append(NotExamined(folder, error.strerror or str(error)))
    if others:
        why = f"inventories in folders are files that end with {', '.join(_ENDS)}"
        left_out.append(NotExamined(f"{others:,} other {'entry' if others == 1 else 'entries'} of {folder}", why))


def snapshots(paths: Sequence[str], read: Read, events: osquery.Events) -> Iterator[Snapshot]:
    """Yield what files hold, each read whole. What cannot be read is added to `read`, osquery's results to `events`."""
    for path in paths:
        try:
            data = _whole(path)
        except OSError as error:
            read.fail(path, error.strerror or str(error))
        else:
            yield from _of_file(path, data, read, events)


def parts(path: str) -> Iterator[Part]:
    """Yield a file in parts of some megabytes: of a file of lines whole lines, of any other all of it.

    :raises OSError: what cannot be read, is broken or too large.
    """
    with _unpacked(path) as file:
        start = _start(file)
        if not _is_json(start):
            rest = file.read(DOCUMENT_MAX - len(start) + 1)
            yield Part(path, 0, _limited(start + rest))
            return
        yield from _parts_of_lines(path, start, file)


def _parts_of_lines(path: str, rest: bytes, file: IO[bytes]) -> Iterator[Part]:
    number, total = 1, 0
    while data := file.read(_PART):
        total += len(data)
        if total > LINES_MAX:
            raise OSError(errno.EFBIG, f"it is larger than {LINES_MAX >> 30} GiB: what comes after was not read")
        end = data.rfind(b"\n") + 1
        if end:
            yield Part(path, number, rest + data[:end])
            number += rest.count(b"\n") + data.count(b"\n", 0, end)
            rest = b""
        rest = _limited(rest + data[end:])
    if rest:
        yield Part(path, number, rest)


def _start(file: IO[bytes]) -> bytes:
    """Return a file up to the end of its first line that is not blank. :raises OSError: if it is too long."""
    start = b""
    while line := file.readline(DOCUMENT_MAX):
        start = _limited(start + line).removeprefix(_MARK)
        if not line.isspace():
            break
    return start


def of_part(part: Part, read: Read, events: osquery.Events) -> Iterator[Snapshot]:
    """Yield what a part of a file holds."""
    if not part.first:
        yield from _of_file(part.path, part.data, read, events)
        return
    for number, line in enumerate(part.data.split(b"\n"), part.first):
        if line and not line.isspace():
            yield from _of_text(f"{part.path}:{number}", line, read, events)


def _of_file(path: str, data: bytes, read: Read, events: osquery.Events) -> Iterator[Snapshot]:
    data = data.removeprefix(_MARK)
    try:
        yield documents.snapshot(data)
        return
    except _BROKEN as error:
        whole = str(error)
    lines = [(number, line) for number, line in enumerate(data.split(b"\n"), 1) if line and not line.isspace()]
    if not lines:
        read.fail(path, "it is empty")
    elif len(lines) > 1 and _is_json(lines[0][1]):
        for number, line in lines:
            yield from _of_text(f"{path}:{number}", line, read, events)
    elif osquery.speaks(data):
        yield from _of_text(path, data, read, events)
    else:
        read.fail(path, _NO_INVENTORY.format(whole[:_SAID]))


def _of_text(where: str, text: bytes, read: Read, events: osquery.Events) -> Iterator[Snapshot]:
    try:
        yield documents.snapshot(text)
        return
    except _BROKEN as error:
        said = str(error)
    if osquery.speaks(text):
        try:
            events.add(text)
            return
        except _BROKEN as error:
            said = str(error)
    read.fail(where, _NO_INVENTORY.format(said[:_SAID]))


def _is_json(line: bytes) -> bool:
    """Whether a line is a whole JSON text, so that the file has one a line."""
    try:
        msgspec.json.decode(line, type=msgspec.Raw)
    except _BROKEN:
        return False
    return True


def _whole(path: str) -> bytes:
    """Read a file, unpacked. :raises OSError: what cannot be read, is broken or too large."""
    data = _at_once(path)
    if data is not None and not data.startswith(_GZIP):
        return data
    with _unpacked(path) as file:
        return _limited(file.read(DOCUMENT_MAX + 1))


def _at_once(path: str) -> bytes | None:
    """Read a small file with as few calls as there can be: there are tens of thousands. None: it is not small.

    :raises OSError: what cannot be read.
    """
    number = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        data = os.read(number, _SMALL)
        return None if data and os.read(number, 1) else data
    finally:
        os.close(number)


def _limited(data: bytes) -> bytes:
    if len(data) > DOCUMENT_MAX:
        raise OSError(errno.EFBIG, f"an inventory in it is larger than {DOCUMENT_MAX >> 20} MiB")
    return data


@contextlib.contextmanager
def _unpacked(path: str) -> Iterator[IO[bytes]]:
    """Open a file, through gzip where it is packed. :raises OSError: what cannot be opened, or is broken."""
    with open(path, "rb") as file:
        if file.peek(len(_GZIP))[: len(_GZIP)] != _GZIP:
            yield file
            return
        try:
            with gzip.GzipFile(fileobj=file) as unpacked:
                yield cast(IO[bytes], unpacked)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise OSError(errno.EIO, f"its gzip stream is broken ({error})") from None
