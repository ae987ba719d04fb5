"""The one place where policies are read from disk, with the audit documents that they name."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path
from typing import Final

from wiretell.errors import FormatError, UsageError
from wiretell.model.policy import Policy
from wiretell.policy.reading import audit_names, parse

_STANDARD_INPUT: Final = Path("-")
_MOST_BYTES: Final = 4 << 20
"""Of a policy; larger than any that people wrote."""
_MOST_AUDIT_BYTES: Final = 256 << 20
"""Of an audit document; larger than any."""


def load(path: Path) -> Policy:
    """Read a policy and the audit documents that its rules name, relative to it: whole, or not at all.

    `-` is standard input; documents are then relative to the current folder.
    :raises UsageError: where a file cannot be read. FormatError: where one is not what it should be.
    """
    if path == _STANDARD_INPUT and sys.stdin is None:
        raise UsageError("Standard input is closed; name a policy file.")
    try:
        if path == _STANDARD_INPUT:
            data = sys.stdin.buffer.read(_MOST_BYTES + 1)
        else:
            with path.open("rb") as file:
                data = file.read(_MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        raise UsageError(f"The policy file {path} cannot be read: {_why(error)}.") from None
    if len(data) > _MOST_BYTES:
        raise FormatError(f"The policy file {path} is over {_MOST_BYTES >> 20} MB; this is no policy.")
    try:
        text = data.decode("utf-8")  # line ends as they are: the policy's hash is of the file
    except UnicodeDecodeError:
        raise UsageError(f"The policy file {path} is not UTF-8.") from None
    source = "standard input" if path == _STANDARD_INPUT else str(path)
    names = audit_names(text, source)
    return parse(text, source, {name: _audit(path, name) for name in names})


def _audit(policy: Path, name: str) -> bytes:
    try:
        handle = os.open(policy.parent / name, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise UsageError(f"{policy}: the audit document {name!r} is no file.")
            data = file.read(_MOST_AUDIT_BYTES + 1)
    except (OSError, ValueError) as error:
        raise UsageError(f"{policy}: the audit document {name!r} cannot be read: {_why(error)}.") from None
    if len(data) > _MOST_AUDIT_BYTES:
        raise FormatError(f"{policy}: the audit document {name!r} is over {_MOST_AUDIT_BYTES >> 20} MB; none is.")
    return data


def _why(error: OSError | ValueError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
