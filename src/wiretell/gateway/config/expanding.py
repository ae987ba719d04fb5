"""`${VAR}` and `${file:PATH}` in a string of the configuration; `$${` is a plain `${`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from wiretell.errors import UsageError

_PLACEHOLDER = re.compile(r"\$\$\{|\$\{([^{}]*)\}")
_FILE: Final = "file:"
MAX_SECRET_BYTES: Final = 64 << 10


def expand(text: str, environ: Mapping[str, str], folder: Path, place: str) -> str:
    """Return the text with its placeholders filled in. Files lose their final line break.

    :raises UsageError: for a variable that is not set or empty, and a file that cannot be read; it names `place` and
        what is missing, never a value.
    """
    return _PLACEHOLDER.sub(lambda found: _value(found, environ, folder, place), text) if "${" in text else text


def _value(found: re.Match[str], environ: Mapping[str, str], folder: Path, place: str) -> str:
    name = found[1]
    if name is None:
        return "${"
    if name.startswith(_FILE):
        return _content(folder / name.removeprefix(_FILE), place)
    if not environ.get(name):
        raise UsageError(f"{place}: the variable {name!r} is not set; set it, or name another.")
    return environ[name]


def _content(path: Path, place: str) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_SECRET_BYTES + 1)
        text = data.decode("utf-8").removesuffix("\n").removesuffix("\r")
    except OSError as error:
        raise UsageError(f"{place}: the file {str(path)!r} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise UsageError(f"{place}: the file {str(path)!r} is not UTF-8; write the secret as text.") from None
    if not text or len(data) > MAX_SECRET_BYTES:
        raise UsageError(f"{place}: the file {str(path)!r} is empty or over {MAX_SECRET_BYTES >> 10} KB.")
    return text
