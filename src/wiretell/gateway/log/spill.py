"""What the door keeps on the disk while the writer cannot write: a file an exchange, of the messages it would have had.

Secrets are taken out of it as far as one message shows them; what was redacted here is not the body any more, and its
hash says so when it is rebuilt. The writer gets the files as soon as it can write, and then they are deleted.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import msgspec

from wiretell.errors import FormatError
from wiretell.gateway.log import coding, pipe
from wiretell.gateway.log.journal import sync_folder
from wiretell.gateway.log.pipe import Message, Say
from wiretell.gateway.log.redaction import Redactor, masked

_WHOLE: Final = ".spill"


class Spill:
    """Keeps exchanges. Files are written by one thread, so that the door's loop does not wait for a disk."""

    def __init__(self, folder: Path, redactor: Redactor, *, sync: bool) -> None:
        """Take the folder, which the writer made."""
        self._folder = folder
        self._redactor = redactor
        self._sync = sync
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="spill")

    async def keep(self, exchange_id: str, messages: Sequence[Message]) -> None:
        """Write an exchange's messages; durable when it returns. :raises OSError:"""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._write, exchange_id, list(messages))

    def kept(self) -> list[Path]:
        """Return the files that wait, oldest first."""
        return sorted(self._folder.glob(f"*{_WHOLE}"))

    def read(self, path: Path) -> list[Message]:
        """Return a file's messages. :raises OSError:"""
        splitter = pipe.Splitter()
        splitter.feed(path.read_bytes())
        return list(splitter.messages())

    def drop(self, path: Path) -> None:
        """Delete a file whose messages are written. :raises OSError:"""
        path.unlink()

    def close(self) -> None:
        """End the thread."""
        self._thread.shutdown()

    def _write(self, exchange_id: str, messages: list[Message]) -> None:
        path = self._folder / f"{exchange_id}{_WHOLE}"
        aside = path.with_suffix(".new")
        try:
            handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            with os.fdopen(handle, "wb") as file:
                for message in messages:
                    safe = self._redacted(message)
                    file.writelines(pipe.pieces(safe))
                file.flush()
                if self._sync:
                    os.fsync(file.fileno())
            aside.replace(path)
            if self._sync:
                sync_folder(self._folder)
        except OSError:
            aside.unlink(missing_ok=True)
            raise

    def _redacted(self, message: Message) -> Message:
        if message.say == Say.OPENING:
            return self._opening(message)
        blobs = [masked(blob, self._redactor.spans_of_stream(blob)) for blob in message.blobs]
        if message.say == Say.END:
            blobs[:2] = [self._redactor.head(blob)[0] for blob in message.blobs[:2]]
        return Message(message.say, message.seq, message.meta, tuple(blobs))

    def _opening(self, message: Message) -> Message:
        meta = msgspec.msgpack.decode(message.meta, type=pipe.OpeningMeta)
        head, body = self._redactor.head(message.blobs[0])[0], message.blobs[1]
        try:
            plain = coding.decoded(body, meta.coding) if meta.coding else body
        except FormatError:
            plain = body
        if spans := self._redactor.spans(plain):
            body, meta.coding = masked(plain, spans), ""
        return Message(message.say, message.seq, msgspec.msgpack.encode(meta), (head, body))
