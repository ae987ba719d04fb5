"""Options and habits that every command shares: `--format`, `--output`, `-` for standard output."""

from __future__ import annotations

import argparse
import contextlib
import errno
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Final, TextIO

from wiretell import report
from wiretell.errors import UsageError

ELSEWHERE: Final = "use --output PATH to write elsewhere"

Commands = argparse._SubParsersAction  # the type that argparse returns and does not export


def add_output_options(parser: argparse.ArgumentParser, formats: Sequence[str]) -> None:
    """Add `--format` and `--output`."""
    parser.add_argument("--format", choices=formats, default="text", help="form of the report (default: text)")
    parser.add_argument(
        "--output", metavar="PATH", default="-", help="write the report there (default: -, standard output)"
    )


def check_output(path: str, option: str = "--output") -> None:
    """Refuse, before any work is done, a path that cannot be written in the end.

    :raises UsageError: if standard output is closed, the folder of `path` is missing or closed, or `path` is a folder
        or has several names.
    """
    if path == "-":
        refuse_closed_output()
        return
    target = Path(path)
    if target.exists() and not target.is_file() and not target.is_dir():
        return  # a pipe or a device
    if target.is_dir():
        raise UsageError(f"{option} {path} is a folder; name a file in it.")
    if not target.absolute().parent.is_dir():
        raise UsageError(f"{option} {path}: the folder {target.absolute().parent} does not exist; make it first.")
    if not os.access(target.absolute().parent, os.W_OK):
        raise UsageError(f"{option} {path}: the folder {target.absolute().parent} may not be written to.")
    _refuse_hard_links(target)


def refuse_closed_output(hint: str = ELSEWHERE) -> None:
    """Refuse to write to a standard output that the caller closed (`>&-`).

    :raises UsageError: if it is.
    """
    if sys.stdout is None:
        raise UsageError(f"standard output is closed; {hint}.")


def _refuse_hard_links(target: Path) -> None:
    names = target.stat().st_nlink if target.exists() else 1
    if names > 1:
        raise UsageError(
            f"{target} is one of {names} names of one file (hard links), which would become two files; "
            "name another one with --output."
        )


def show(document: report.AnyDocument, options: argparse.Namespace) -> None:
    """Render a document as `--format`, `--output` and `--verbose` ask, and write it.

    :raises UsageError: if it cannot be written.
    """
    color, width = wants_color(options.output), terminal_width()
    text = report.render(document, options.format, color=color, width=width, verbose=options.verbose)
    write_output(text, options.output)


def write_output(text: str, path: str, hint: str = ELSEWHERE) -> None:
    """Print `text`, or write it to `path` whole or not at all.

    A reader that goes away early (`| head`) is no failure. `hint` ends the sentence where it cannot be written.
    :raises UsageError: if it cannot be written.
    """
    whole = text if text.endswith("\n") else text + "\n"
    try:
        if path == "-":
            _print(whole)
        elif (target := real_path(path)).exists() and not target.is_file():
            target.write_text(whole, encoding="utf-8")  # a pipe, a terminal, a device: written to, not replaced
        else:
            with replaced(target) as file:
                file.write(whole.encode())
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # or the interpreter complains at exit
    except OSError as error:
        name = "standard output" if path == "-" else path
        raise UsageError(f"{name} cannot be written: {error.strerror or error}; {hint}.") from None


def real_path(path: str) -> Path:
    """Return where a path leads; of a link to itself, that link."""
    return Path(os.path.realpath(path))  # `Path.resolve` fails on such a link, with no OSError


def _print(text: str) -> None:
    if sys.stdout is None:
        raise OSError(errno.EBADF, "it is closed")
    sys.stdout.write(text)
    sys.stdout.flush()


@contextlib.contextmanager
def replaced(target: Path) -> Iterator[BinaryIO]:
    """Give a file that takes the place of `target` in the end; if anything fails, `target` stays as it is.

    A file that is there keeps its owner, its group and its permissions, as far as this user may give them.
    :raises UsageError: for a file with several names. OSError: if it cannot be written.
    """
    _refuse_hard_links(target)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()  # writing takes setuid away again
            os.fchmod(file.fileno(), _owned_as(target, file.fileno()))
        Path(name).replace(target)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            Path(name).unlink()
        raise


def _owned_as(target: Path, handle: int) -> int:
    """Give a new file owner and group of an old one, and return the permissions it may then have.

    An owner or a group that cannot be kept must not get by it what the old ones were allowed.
    """
    if not target.exists():
        umask = os.umask(0)
        os.umask(umask)
        return 0o666 & ~umask
    old = target.stat()
    mode = stat.S_IMODE(old.st_mode)
    if _gave(handle, old.st_uid, old.st_gid):
        return mode
    mode &= ~(stat.S_ISUID | stat.S_ISGID)
    others = mode & stat.S_IRWXO
    return mode if _gave(handle, -1, old.st_gid) else mode & ~stat.S_IRWXG | others << 3


def _gave(handle: int, owner: int, group: int) -> bool:
    try:
        os.fchown(handle, owner, group)
    except OSError:
        return False
    return True


def is_same_file(path: str, other: str | int) -> bool:
    """Whether a path leads where another does, or to an open file. A terminal or `/dev/null` takes several writers."""
    try:
        found = Path(path).stat()
        also = os.fstat(other) if isinstance(other, int) else Path(other).stat()
    except OSError:  # not there yet
        return isinstance(other, str) and real_path(path) == real_path(other)
    return os.path.samestat(found, also) and not stat.S_ISCHR(found.st_mode)


def leads_to(path: str, other: str, standard: TextIO | None) -> bool:
    """Whether a path leads where another does, or where that is `-`, to what a standard stream was led to."""
    if other != "-":
        return is_same_file(path, other)
    try:
        return standard is not None and is_same_file(path, standard.fileno())
    except (OSError, ValueError):  # a stream of a caller in Python, without a file
        return False


def terminal_width() -> int:
    """Columns to write in: the terminal's, within what reads well."""
    return max(60, min(shutil.get_terminal_size((100, 24)).columns, 140))


def wants_color(path: str) -> bool:
    """Whether the report goes to a terminal that shows colours (https://no-color.org)."""
    return (
        path == "-"
        and sys.stdout is not None
        and sys.stdout.isatty()
        and not os.environ.get("NO_COLOR")
        and os.environ.get("TERM") != "dumb"
    )
