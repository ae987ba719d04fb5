"""From what the user typed to bytes to read: like `resolve`, without a recipe, and nothing need be a program.

| typed | kind | root |
|---|---|---|
| `npm:NAME[@VERSION]`, `@scope/name`, `name@1.2.3`, a recipe's name | npm | the unpacked package |
| `package.tgz` of this machine | npm | the unpacked package |
| `pypi:NAME[==VERSION]`, `package.whl` of this machine | pypi | the unpacked wheel |
| a folder | folder | it |
| any other file | file | the file itself, not its folder |
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from wiretell.errors import TargetError
from wiretell.model.agent import Target
from wiretell.target.archive import NoPackageError
from wiretell.target.interface import Progress, mode_of, quiet
from wiretell.target.npm import Use, npm_target
from wiretell.target.npm_client import NpmClient, user_npm
from wiretell.target.pypi import PipClient, pypi_target, user_pip, wheel_target
from wiretell.target.recipe import NpmHint, for_package, nearest, shipped
from wiretell.target.resolve import npm_source


def locate(
    spec: str,
    *,
    cache: Path | None = None,
    progress: Progress = quiet,
    npm: NpmClient | None = None,
    pip: PipClient | None = None,
    dependencies: bool = False,
) -> Target:
    """Return what `spec` names, fetched and unpacked on this machine, for reading; nothing of it is executed.

    `start` is empty and `runtime` an empty text where there is no program. Of an npm package whose program is in a
    package for this platform, that one is read. Dependencies are laid out (without install scripts) only on demand;
    `notes` say what was left out. Of a file, `root` is the file itself. Raises TargetError with one sentence.
    """
    text = spec.strip()
    if not text:
        raise TargetError("No target is named.")
    if text.startswith("pypi:"):
        return pypi_target(text.removeprefix("pypi:"), pip or user_pip(), cache, progress)
    path = Path(text)
    source = npm_source(text)
    if source is not None:
        use = Use(program=False, dependencies=dependencies)
        try:
            return npm_target(source, _hints, npm or user_npm(), cache, progress, use)
        except NoPackageError as error:  # that alone: a full disk says nothing of what the file is
            if source.tarball is None:
                raise
            return _file(source.tarball, f"read as it is, since it is no npm package: {error}")
    return _on_disk(path, text, cache, progress)


def _hints(name: str) -> NpmHint:
    found = for_package(name)
    return (found.npm if found else None) or NpmHint(name)


def _on_disk(path: Path, text: str, cache: Path | None, progress: Progress) -> Target:
    mode = mode_of(path)
    if not mode:
        hint = nearest(text, shipped()) or "."
        raise TargetError(
            f"There is no file, folder or recipe {text!r}{hint} An npm package is written npm:NAME@VERSION, "
            f"one of PyPI pypi:NAME==VERSION."
        )
    if stat.S_ISDIR(mode):
        return _folder(path, progress)
    if not stat.S_ISREG(mode):
        raise TargetError(f"{path} is a pipe, socket or device; name a file or a folder.")
    return wheel_target(path.absolute(), cache, progress) if path.suffix == ".whl" else _file(path)


def _file(path: Path, *notes: str) -> Target:
    real = path.resolve()
    return Target("file", real.name, None, _content(real), real, (), "", notes)


def _folder(folder: Path, progress: Progress) -> Target:
    root = folder.resolve()
    progress(f"reading {folder}")
    lines = sorted(_lines(root))
    if not lines:
        raise TargetError(f"{folder} is empty: there is nothing to read; name another folder.")
    whole = hashlib.sha256()
    for line in lines:
        whole.update(line)
    return Target("folder", root.name, None, whole.hexdigest(), root, (), "")


def _lines(root: Path) -> Iterator[bytes]:
    """Give the lines of which `folder.digest` is made, for folders that were not made to be agents.

    Where that one refuses, here stands a kind of its own with an empty hash: `s` for a special file, `u` for a file or
    folder that cannot be read. Raises TargetError where that is the whole folder.
    """
    for path in _files(root):
        kind, content = _described(path)
        yield b"\0".join((os.fsencode(path.relative_to(root)), kind, content.encode())) + b"\n"


def _files(root: Path) -> Iterator[Path]:
    """Give all that is no folder, links included, and folders that cannot be listed.

    Without recursion: a tree may be deeper than Python's stack.
    """
    ahead = [str(root)]
    while ahead:
        folder = ahead.pop()
        try:
            with os.scandir(folder) as entries:
                listed = [(entry.is_dir(follow_symlinks=False), entry.path) for entry in entries]
        except OSError as error:
            if folder == str(root):
                raise TargetError(f"{root} cannot be read: {error.strerror}.") from error
            yield Path(folder)
            continue
        for is_folder, path in listed:
            if is_folder:
                ahead.append(path)
            else:
                yield Path(path)


def _described(path: Path) -> tuple[bytes, str]:
    try:
        status = path.lstat()
        if stat.S_ISLNK(status.st_mode):
            return b"l", hashlib.sha256(os.fsencode(path.readlink())).hexdigest()
        if stat.S_ISDIR(status.st_mode):
            return b"u", ""
        if not stat.S_ISREG(status.st_mode):
            return b"s", ""
        with path.open("rb") as file:
            return b"x" if status.st_mode & 0o111 else b"-", hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return b"u", ""


def _content(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise TargetError(f"{path} cannot be read: {error.strerror}; make it readable.") from error
