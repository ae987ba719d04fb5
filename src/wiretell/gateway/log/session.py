"""One writer's work on one log: what `writer.py` does with messages, and the command line with an erasure."""

from __future__ import annotations

import os
import sqlite3
import time
import uuid
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import msgspec

from wiretell.errors import WiretellError
from wiretell.gateway.config.values import RedactRule
from wiretell.gateway.log import pipe, upkeep
from wiretell.gateway.log.interface import LogError
from wiretell.gateway.log.layout import Layout, replace
from wiretell.gateway.log.passing import Outcome
from wiretell.gateway.log.pipe import Hello, Message, Say
from wiretell.gateway.log.reader import Store
from wiretell.gateway.log.records import edit_from, row_values
from wiretell.gateway.log.redaction import Redactor
from wiretell.gateway.log.store import LogStore
from wiretell.gateway.log.tabling import Tabling
from wiretell.gateway.tables import columns
from wiretell.gateway.tables.derive import BodyDeriver
from wiretell.gateway.tables.interface import Tables
from wiretell.gateway.tables.writer import TableWriter

_RETENTION_SECONDS: Final = 3600.0

_opening = msgspec.msgpack.Decoder(pipe.OpeningMeta)
_part = msgspec.msgpack.Decoder(pipe.PartMeta)
_end = msgspec.msgpack.Decoder(pipe.EndMeta)


class Session:
    """An opened log."""

    def __init__(self, hello: Hello) -> None:
        """Open, mend, and bring tables up. :raises OSError: UsageError: FormatError: where that cannot be."""
        rules = [RedactRule(name, pattern) for name, pattern in hello.redact]
        columns.check()
        redactor = Redactor(rules, builtin=hello.redact_builtin)
        self._layout = Layout(Path(hello.folder))
        self._layout.make()
        self._lock = self._layout.lock()
        self._retention = hello.retention_days
        self._retention_due = 0.0
        self.tabling = Tabling(self._layout, lambda: TableWriter(self._layout.root))
        self.store = LogStore(
            self._layout,
            sync=hello.sync,
            redactor=redactor,
            deriver=BodyDeriver(self._layout.secret()),
            on_row=self.tabling.add,
        )
        self._bring_tables_up()
        recovered = self.store.recovered
        self.notes = (*recovered.notes, *((recovered.cut.says,) if recovered.cut is not None else ()))
        for note in recovered.notes:
            self.store.note({"note": "recovery", "says": note})
        self.store.note({"note": "start"})
        self._finish(found for found in self.store.open_exchanges if found not in set(hello.open))
        self.retain()

    def unfinished(self) -> list[list[Any]]:
        """Return the rows of exchanges whose gateway ended first, of this start and of those before a clean stop."""
        rows = []
        with Store(self._layout.root) as store:
            for exchange_id in self._unfinished_ids():
                with suppress(WiretellError):
                    rows.append(row_values(store.row(exchange_id)))
        return rows

    def take(self, message: Message) -> None:
        """Take a message of the door."""
        if message.say == Say.OPENING:
            self.store.opening(message.seq, _opening.decode(message.meta), *message.blobs)
        elif message.say == Say.PART:
            meta = _part.decode(message.meta)
            self.store.part(message.seq, meta.exchange, meta.offset, message.blobs[0])
        elif message.say == Say.END:
            self.store.end(message.seq, _end.decode(message.meta), message.blobs)
        elif message.say == Say.PROBE:
            self.store.probe()

    def commit(self) -> Outcome:
        """Write what was taken."""
        self.store.flush_parts()
        return self.store.commit()

    def idle(self) -> None:
        """Do what need not be done before the door gets its answer."""
        self.store.bring_index_up()
        self.due()

    def due(self) -> None:
        """Do what is due now and then, also where messages never cease."""
        self.tabling.tick()
        if time.monotonic() >= self._retention_due:
            self.retain()

    def retain(self) -> None:
        """Delete days that are too old, where the settings ask for it. What cannot be deleted now is, later."""
        self._retention_due = time.monotonic() + _RETENTION_SECONDS
        if self._retention is not None:
            with suppress(OSError):
                upkeep.retain(self._layout, self.store, self._in_tables, self._retention)

    def erase(self, user: str) -> upkeep.Erased:
        """Erase a user. :raises UsageError: OSError:"""
        self.store.commit()
        self.store.bring_index_up()
        return upkeep.erase(self._layout, self.store, self._in_tables, user)

    def close(self, *, clean: bool, still: Collection[bytes] = ()) -> None:
        """End what is open, write everything, and give the log free.

        `clean`: the door knows what was unfinished. `still`: exchanges whose ends the door has kept for the next start.
        :raises OSError: sqlite3.Error: LogError:
        """
        try:
            if clean:
                replace(self._layout.unfinished, b"")
            self._finish(found for found in self.store.open_exchanges if found not in still)
            self.store.note({"note": "stop", "clean": clean})
        finally:
            self.tabling.stop()
            self.store.close()
            os.close(self._lock)

    def _finish(self, exchanges: Iterable[bytes]) -> None:
        """End exchanges whose gateway ended first."""
        ids = []
        for exchange in exchanges:
            self.store.unfinished(exchange)
            ids.append(str(uuid.UUID(bytes=exchange)))
        outcome = self.store.commit()
        if outcome.reason:
            raise LogError(outcome.reason)
        self.store.bring_index_up()
        if ids:
            replace(self._layout.unfinished, "".join(f"{i}\n" for i in [*self._unfinished_ids(), *ids]).encode())

    def _unfinished_ids(self) -> list[str]:
        try:
            return self._layout.unfinished.read_text().split()
        except FileNotFoundError:
            return []

    def _bring_tables_up(self) -> None:
        """Give tables and ledger the rows that a crash kept from them."""
        if missing := self.store.ledger.missing(self.tabling.bring_up()):
            with Store(self._layout.root) as store:
                for exchange_id in missing:
                    self._into_ledger(store, exchange_id)
            self.store.ledger.write()

    def _into_ledger(self, store: Store, exchange_id: str) -> None:
        with suppress(WiretellError):
            self.store.ledger.add(exchange_id, [edit_from(entry) for entry in store.exchange(exchange_id).edits])

    def _in_tables(self, task: Callable[[Tables], int]) -> int:
        return self.tabling.call(task)


@contextmanager
def opened(folder: Path) -> Iterator[Session]:
    """Open a log that no gateway writes, for an erasure. :raises UsageError: if one does, or there is no log."""
    Layout(folder).check()
    try:
        session = Session(Hello(str(folder.absolute()), True, None, [], True, []))
    except (OSError, sqlite3.Error, LogError) as error:
        raise WiretellError(f"{folder} cannot be written: {error}.") from None
    try:
        yield session
    finally:
        session.close(clean=False)
