"""A hunt document read from its file, with one clear sentence for everything that is not one."""

from __future__ import annotations

from pathlib import Path

from wiretell.errors import FormatError, UsageError
from wiretell.report.form import header_schema
from wiretell.report.glyphs import shorten
from wiretell.report.hunt.document_v1 import FORM, HuntDocument


def load(path: Path) -> HuntDocument:
    """Read a document that `wiretell hunt --format json` wrote.

    :raises UsageError: if the file cannot be read. FormatError: if it is cut off, of another form or version, or does
        not hold together.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}; name a hunt document.") from None
    return decode(data, str(path))


def decode(data: bytes, name: str) -> HuntDocument:
    """Read a document from its bytes; `name` begins every error's sentence."""
    if not data.strip():
        raise FormatError(f"{name} is empty; write it again with `wiretell hunt LOG --format json --output FILE`.")
    if data.lstrip()[:1] == b"{" and data.rstrip()[-1:] != b"}":
        raise FormatError(f"{name} is cut off; write it again with `wiretell hunt LOG --format json --output FILE`.")
    try:
        schema = header_schema(data)
    except FormatError as error:
        raise FormatError(f"{name}: {error}") from error
    if schema != FORM.schema:
        raise FormatError(
            f"{name} is of the form {shorten(schema, 60)!r}; {FORM.schema!r}, which "
            "`wiretell hunt LOG --format json` writes, is what can be read."
        )
    try:
        return FORM.decode(data)
    except FormatError as error:
        raise FormatError(f"{name}: {error}") from error
