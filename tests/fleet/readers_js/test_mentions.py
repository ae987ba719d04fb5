"""Whether a lock file names a package: read once for all members of a workspace, and anew when it changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from wiretell.fleet import files
from wiretell.fleet.readers._javascript.installing import mentions


def test_a_lock_is_read_once_for_all_members(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock, read = tmp_path / "pnpm-lock.yaml", list[str]()
    lock.write_bytes(b"  cline@1.0.0:\n" + b"x" * 100_000)
    real = files.read

    def count(path: str, limit: int) -> object:
        read.append(path)
        return real(path, limit)

    monkeypatch.setattr(files, "read", count)
    assert all(mentions(str(lock), ("cline", "my-cline")) for _ in range(200))
    assert not any(mentions(str(lock), ("clin",)) for _ in range(200))
    assert read == [str(lock)] * 2


def test_a_lock_that_changed_is_read_again(tmp_path: Path) -> None:
    lock = tmp_path / "yarn.lock"
    assert not mentions(str(lock), ("cline",))
    lock.write_text("cline@1")
    assert mentions(str(lock), ("cline",))
    lock.write_text("decline")
    assert not mentions(str(lock), ("cline",))
    lock.unlink()
    assert not mentions(str(lock), ("cline",))
    assert not mentions("a\0b", ("cline",)) and not mentions(str(tmp_path), ("cline",))
