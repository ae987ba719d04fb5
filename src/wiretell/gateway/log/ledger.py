"""`ledger.jsonl`: one edited place a line, for people and their tools; the store has the same, sealed."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from wiretell.gateway.log.layout import replace
from wiretell.gateway.log.records import Edit, edit_to

_TAIL_BYTES: Final = 8 << 20


class Ledger:
    """Appends to the ledger. What cannot be written now is kept and written with the next."""

    def __init__(self, path: Path, *, sync: bool) -> None:
        """Open lazily: most gateways edit nothing."""
        self._path = path
        self._sync = sync
        self._waiting: list[str] = []

    def add(self, exchange_id: str, edits: Sequence[Edit]) -> None:
        """Take the edits of an exchange."""
        for edit in edits:
            entry = edit_to(edit, exchange_id)
            names = ("exchange_id", "path", "offset", "before", "after", "rule")
            self._waiting.append(json.dumps({name: getattr(entry, name) for name in names}))

    def write(self) -> None:
        """Append what waits. Nothing is lost if it fails."""
        if not self._waiting:
            return
        data = "".join(f"{line}\n" for line in self._waiting).encode()
        with suppress(OSError):
            _append(self._path, data, sync=self._sync)
            self._waiting.clear()

    def missing(self, ids: Sequence[str]) -> list[str]:
        """Return those of some recent exchanges that the ledger's end does not name."""
        if not ids or not self._path.exists():
            return list(ids)
        with self._path.open("rb") as file:
            file.seek(max(0, self._path.stat().st_size - _TAIL_BYTES))
            tail = file.read()
        return [exchange_id for exchange_id in ids if exchange_id.encode() not in tail]

    def rewrite(self, keep: Callable[[str], str]) -> None:
        """Replace entries: `keep` says for an exchange `all`, `place` (without the texts), `none`. :raises OSError:"""
        self.write()
        if not self._path.exists():
            return
        lines = []
        for line in self._path.read_text(encoding="utf-8").splitlines():
            lines += _kept(line, keep)
        replace(self._path, "".join(f"{line}\n" for line in lines).encode())

    def close(self) -> None:
        """Write what waits."""
        self.write()


def _append(path: Path, data: bytes, *, sync: bool) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        size = os.fstat(handle).st_size
        done = os.write(handle, data)
        if done < len(data):
            os.ftruncate(handle, size)
            raise OSError("no space left")
        if sync:
            os.fdatasync(handle)
    finally:
        os.close(handle)


def _kept(line: str, keep: Callable[[str], str]) -> list[str]:
    try:
        entry = json.loads(line)
        how = keep(entry["exchange_id"])
    except (ValueError, KeyError, TypeError):  # torn by a power cut, or written by hand: not ours to judge
        return [line]
    if how == "place":
        return [json.dumps(entry | {"before": "", "after": "", "rule": entry.get("rule", ""), "erased": True})]
    return [line] if how == "all" else []
