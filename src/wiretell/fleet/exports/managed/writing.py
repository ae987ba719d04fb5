"""Writing an export of managed settings: the whole folder or nothing."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

from wiretell.errors import UsageError
from wiretell.fleet.exports.managed import telling
from wiretell.fleet.exports.managed.interface import Managed

README: Final = "README.txt"
_OURS: Final = frozenset({README, "claude-code/managed-settings.json", "opencode/opencode.json", "vscode/policy.json"})
"""Files that an export may have written; with others beside them a folder is not replaced."""


def write(made: Managed, target: Path, *, force: bool) -> tuple[Path, ...]:
    """Write the files and their README.txt, and return their paths. `force`: an earlier export may be replaced.

    :raises UsageError: if the folder cannot be written, or holds something: without `force` anything at all, with it
        what no export wrote. It is then as it was.
    """
    folder = Path(os.path.realpath(target))
    _check(folder, target, force=force)
    contents = {file.name: file.content for file in made.files} | {README: telling.text(made)}
    try:
        fresh = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    except OSError as error:
        raise UsageError(f"--output-dir {target} cannot be written: {error.strerror}.") from None
    try:
        for name, content in contents.items():
            path = fresh / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(content, encoding="utf-8")
        fresh.chmod(0o755)
        _replace(folder, fresh)
    except OSError as error:
        raise UsageError(f"--output-dir {target} cannot be written: {error.strerror}.") from None
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return tuple(target / name for name in contents)


def _check(folder: Path, target: Path, *, force: bool) -> None:
    if not folder.parent.is_dir():
        raise UsageError(f"--output-dir {target}: the folder {folder.parent} does not exist; make it first.")
    if not folder.exists():
        return
    if not folder.is_dir():
        raise UsageError(f"--output-dir {target} is no folder.")
    held = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if not _plain_folder(path))
    others = [name for name in held if name not in _OURS]
    if held and not force:
        raise UsageError(f"--output-dir {target} is not empty; --force replaces an earlier export there.")
    if others:
        raise UsageError(f"--output-dir {target} holds {others[0]!r}, which no export wrote; name another folder.")


def _plain_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _replace(folder: Path, fresh: Path) -> None:
    """Put a folder in the place of another; whichever step fails, the old one is there."""
    if not folder.exists():
        fresh.rename(folder)
        return
    old = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}.old."))
    try:
        folder.rename(old)  # onto an empty folder
    except OSError:
        old.rmdir()
        raise
    try:
        fresh.rename(folder)
    except OSError:
        old.rename(folder)
        raise
    shutil.rmtree(old)
