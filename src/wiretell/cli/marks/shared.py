"""What the verbs of `wiretell marks` share: picking schemes, reading a file or standard input, writing bytes."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import BinaryIO, Final

from wiretell import marks
from wiretell.cli.output import ELSEWHERE, real_path, refuse_closed_output, replaced
from wiretell.errors import UsageError
from wiretell.logs.interface import Form
from wiretell.logs.opening import is_packed
from wiretell.logs.recognise import form_of

STANDARD: Final = "-"
_NOT_TEXT: Final = {
    Form.PARQUET: "is Parquet, which `wiretell marks read` reads and nothing edits",
    Form.BINARY: "is a binary file; only text, JSON, JSON Lines and HAR can be edited",
    Form.UTF16: "is UTF-16; write it as UTF-8 first (iconv -f UTF-16 -t UTF-8)",
}


def add_schemes(parser: argparse.ArgumentParser, default: str) -> None:
    """Add `--scheme`, which may be given more than once."""
    parser.add_argument(
        "--scheme",
        action="append",
        metavar="NAME",
        default=[],
        help=f"a scheme or detector of `wiretell marks schemes`; may be repeated (default: {default})",
    )


def picked(names: Sequence[str], default: Sequence[str]) -> tuple[str, ...]:
    """Return the names of schemes that were asked for, each once, or the default.

    :raises UsageError: for a name that is none, with the nearest one.
    """
    return tuple(scheme.name for scheme in marks.named(names or default))


def a_date(text: str) -> date:
    """Read a day of the command line: ISO 8601."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day; write it as 2026-06-01") from None


def called(path: str) -> str:
    """Return a path as a sentence names it."""
    return "standard input" if path == STANDARD else path


def mention_terminal(path: str) -> None:
    """Tell a person at a terminal that the command waits for what is typed."""
    if path == STANDARD and sys.stdin is not None and sys.stdin.isatty():
        print("wiretell: reading what is typed here; Ctrl-D ends it.", file=sys.stderr)


@contextlib.contextmanager
def opened(path: str) -> Iterator[BinaryIO]:
    """Open a file, or standard input, for reading as bytes.

    :raises UsageError: in one sentence, where it cannot be opened or read.
    """
    try:
        if path == STANDARD:
            if sys.stdin is None:
                raise UsageError("standard input is closed; name a file.")
            mention_terminal(path)
            yield sys.stdin.buffer
            return
        if Path(path).is_dir():
            raise UsageError(f"{path} is a folder; captures are read by `wiretell marks read`, and nothing edits them.")
        with Path(path).open("rb") as file:
            yield file
    except BrokenPipeError:
        raise  # of what is written meanwhile
    except OSError as error:
        raise UsageError(
            f"{called(path)} cannot be read: {error.strerror or error}; name a file that can be."
        ) from None


def is_lines(head: bytes, path: str) -> bool:
    """Tell by its beginning whether a text is JSON Lines.

    :raises UsageError: for what is no text, saying what it is.
    """
    if packed := is_packed(head):
        raise UsageError(f"{called(path)} is compressed with {packed}; unpack it first.")
    form = form_of(head)
    if form in _NOT_TEXT:
        raise UsageError(f"{called(path)} {_NOT_TEXT[form]}.")
    return form is Form.JSONL


@contextlib.contextmanager
def written(path: str) -> Iterator[BinaryIO]:
    """Give a file to write to: standard output as it goes, any other whole or not at all.

    A file that is there keeps owner and permissions. A reader of standard output that goes away early is no failure.
    :raises UsageError: if it cannot be written.
    """
    target = real_path(path)
    try:
        if path == STANDARD:
            refuse_closed_output()
            yield sys.stdout.buffer
            sys.stdout.buffer.flush()
        elif target.exists() and not target.is_file():
            with target.open("wb") as device:
                yield device
        else:
            with replaced(target) as file:
                yield file
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # or the interpreter complains at exit
    except OSError as error:
        name = "standard output" if path == STANDARD else path
        raise UsageError(f"{name} cannot be written: {error.strerror or error}; {ELSEWHERE}.") from None
