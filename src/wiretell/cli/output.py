"""Options and habits that every command shares: `--format`, `--output`, `-` for standard output."""

from __future__ import annotations

import argparse
import contextlib
import errno
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from wiretell import report
from wiretell.errors import UsageError

Commands = argparse._SubParsersAction  # the type that argparse returns and does not export


def add_output_options(parser: argparse.ArgumentParser, formats: Sequence[str]) -> None:
    """Add `--format` and `--output`."""
    parser.add_argument("--format", choices=formats, default="text", help="form of the report (default: text)")
    parser.add_argument(
        "--output", metavar="PATH", default="-", help="write the report there (default: -, standard output)"
    )


def check_output(path: str) -> None:
    """Refuse, before any work is done, a path that cannot be written in the end.

    :raises UsageError: if the folder of `path` is missing or closed, or `path` is a folder.
    """
    if path == "-":
        return
    target = Path(path)
    if target.exists() and not target.is_file() and not target.is_dir():
        return  # a pipe or a device
    if target.is_dir():
        raise UsageError(f"--output {path} is a folder; name a file in it.")
    if not target.absolute().parent.is_dir():
        raise UsageError(f"--output {path}: the folder {target.absolute().parent} does not exist; make it first.")
    if not os.access(target.absolute().parent, os.W_OK):
        raise UsageError(f"--output {path}: the folder {target.absolute().parent} may not be written to.")


def show(document: report.AnyDocument, options: argparse.Namespace) -> None:
    """Render a document as `--format`, `--output` and `--verbose` ask, and write it.

    :raises UsageError: if it cannot be written.
    """
    color, width = wants_color(options.output), terminal_width()
    text = report.render(document, options.format, color=color, width=width, verbose=options.verbose)
    write_output(text, options.output)


def write_output(text: str, path: str) -> None:
    """Print `text`, or write it to `path` whole or not at all.

    A reader that goes away early (`| head`) is no failure. :raises UsageError: if it cannot be written.
    """
    whole = text if text.endswith("\n") else text + "\n"
    try:
        if path == "-":
            _print(whole)
        elif (target := Path(path).resolve()).exists() and not target.is_file():
            target.write_text(whole, encoding="utf-8")  # a pipe, a terminal, a device: written to, not replaced
        else:
            _replace(target, whole)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # or the interpreter complains at exit
    except OSError as error:
        name = "standard output" if path == "-" else path
        raise UsageError(f"{name} cannot be written: {error.strerror}; use --output PATH to write elsewhere.") from None


def _print(text: str) -> None:
    if sys.stdout is None:
        raise OSError(errno.EBADF, "it is closed")
    sys.stdout.write(text)
    sys.stdout.flush()


def _replace(target: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        umask = os.umask(0)
        os.umask(umask)
        Path(name).chmod(0o666 & ~umask)
        Path(name).replace(target)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            Path(name).unlink()
        raise


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
