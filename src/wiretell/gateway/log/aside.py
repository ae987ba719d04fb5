"""Work in a process of its own that ends with it: what it loads and what memory it takes are gone afterwards."""

from __future__ import annotations

import errno
import gc
import os
import select
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from wiretell.errors import UsageError, WiretellError

_PIECE: Final = 1 << 16
_FIRST_HANDLE: Final = 3
_MOST_HANDLES: Final = 1 << 20
_OWN_FAULT: Final = 4


class _Answer(msgspec.Struct, array_like=True):
    value: Any = None
    error: str = ""
    is_usage: bool = False


@dataclass(frozen=True, slots=True)
class Aside:
    """A process at work."""

    pid: int
    handle: int
    """Of the pipe on which it says what came of it."""

    @classmethod
    def started(cls, work: Callable[[], Any]) -> Aside:
        """Begin. `work` sees memory as it is now, and no open file; what it returns must fit MessagePack.

        For processes with one thread: a lock that another one holds would be held for ever. :raises OSError:
        """
        read, write = os.pipe()
        pid = os.fork()
        if not pid:
            _work(work, write)
        os.close(write)
        return cls(pid, read)

    def is_over(self) -> bool:
        """Whether `result` need not wait."""
        return bool(select.select([self.handle], [], [], 0)[0])

    def result(self) -> Any:
        """Wait, and return what the work returned. :raises OSError: WiretellError: where it did, or was killed."""
        pieces = []
        while piece := os.read(self.handle, _PIECE):
            pieces.append(piece)
        os.close(self.handle)
        os.waitpid(self.pid, 0)
        try:
            answer = msgspec.msgpack.decode(b"".join(pieces), type=_Answer)
        except msgspec.DecodeError:
            raise OSError(errno.ECHILD, "the process that was to do it ended before it was done") from None
        if answer.is_usage:
            raise UsageError(answer.error)
        if answer.error:
            raise OSError(errno.EIO, answer.error)
        return answer.value


def _work(work: Callable[[], Any], handle: int) -> None:
    """Do it, as the child; never returns. Sockets are closed first: who waits for their end must not wait for this."""
    try:
        gc.disable()
        os.closerange(_FIRST_HANDLE, handle)
        os.closerange(handle + 1, _MOST_HANDLES)
        data = msgspec.msgpack.encode(_answer(work))
        while data:
            data = data[os.write(handle, data) :]
        os._exit(0)
    except BaseException:  # whatever it is, the parent's own work must not go on here
        traceback.print_exc(file=sys.stderr)
    finally:
        os._exit(_OWN_FAULT)


def _answer(work: Callable[[], Any]) -> _Answer:
    try:
        return _Answer(work())
    except WiretellError as error:
        return _Answer(error=str(error), is_usage=isinstance(error, UsageError))
    except OSError as error:
        return _Answer(error=error.strerror or str(error))
