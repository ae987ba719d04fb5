"""TOML files that people write for a hunt: read whole or not at all; a complaint is one sentence with the place."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
from rapidfuzz import process

from wiretell.errors import FormatError

T = TypeVar("T", bound=msgspec.Struct)

_MAX_BYTES: Final = 16 << 20
"""An allow file that names 100,000 accounts has 2 MB."""
_PLACE: Final = re.compile(r"^(?P<what>.*?)(?: - at `\$(?P<path>[^`]*)`)?$", re.DOTALL)
_STEP: Final = re.compile(r"\.?(\w+)(?:\[(\d+)\])?|\[(\.\.\.|\d+)\]")


def read_text(path: Path) -> str:
    """Return a file's text. :raises FormatError: where it cannot be read, is no UTF-8 or larger than such files are."""
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
        if len(data) > _MAX_BYTES:
            raise FormatError(f"{path} is larger than any such file ({_MAX_BYTES >> 20} MB); name the right one.")
        return data.decode("utf-8-sig")
    except OSError as error:
        raise FormatError(f"{path} cannot be read: {error.strerror or error}.") from None
    except UnicodeDecodeError:
        raise FormatError(f"{path} is no text in UTF-8; save it as such.") from None


def parse(text: str, source: str, form: type[T]) -> T:
    """Read a file of `schema = 1` into a Struct. `source`: the file's name, for messages.

    :raises FormatError: for what is no TOML, another schema, an unknown key (with the nearest known one), a wrong type.
    """
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise FormatError(f"{source} is no TOML file: {error}.") from None
    if type(document.get("schema")) is not int or document["schema"] != 1:
        raise FormatError(f"{source}: the file needs `schema = 1`; this wiretell knows no other.")
    _known_keys(document, form, source, "the file")
    try:
        return msgspec.convert(document, form, strict=True, builtin_types=(dt.date,))
    except msgspec.ValidationError as error:
        raise FormatError(f"{source}: {_sentence(str(error))}.") from None


def nearest(word: str, known: tuple[str, ...]) -> str:
    """Return `did you mean 'X'? Known are ...`, or the known words alone where none is near."""
    found = process.extractOne(word, known, score_cutoff=60)
    listed = ", ".join(known)
    return f"did you mean {found[0]!r}? Known: {listed}" if found else f"known: {listed}"


def _known_keys(values: Mapping[str, Any], form: type[msgspec.Struct], source: str, where: str) -> None:
    """Refuse a key that no field has, in this table and those below."""
    info = msgspec.inspect.type_info(form)
    assert isinstance(info, msgspec.inspect.StructType)
    fields = {field.encode_name: field.type for field in info.fields}
    for key, value in values.items():
        if key not in fields:
            raise FormatError(f"{source}: {where} has no key {key!r}; {nearest(key, tuple(fields))}.")
        below = _struct(fields[key])
        if below is None:
            continue
        if isinstance(value, dict):
            _known_keys(value, below, source, f"[{key}]")
        for number, each in enumerate(value if isinstance(value, list) else (), 1):
            if isinstance(each, dict):
                _known_keys(each, below, source, f"[[{key}]] {number}")


def _struct(info: msgspec.inspect.Type) -> type[msgspec.Struct] | None:
    """Return the Struct that a field is, or a list of it is of; None for other fields."""
    if isinstance(info, msgspec.inspect.StructType):
        return info.cls
    if isinstance(info, msgspec.inspect.VarTupleType | msgspec.inspect.ListType):
        return _struct(info.item_type)
    if isinstance(info, msgspec.inspect.UnionType):
        return next(filter(None, map(_struct, info.types)), None)
    return None


def _sentence(error: str) -> str:
    """Turn `Expected `str`, got `int` - at `$.group[0].name`` into `[[group]] 1 name: expected a text, ...`."""
    found = _PLACE.match(error)
    assert found
    what = found["what"][:1].lower() + found["what"][1:]
    for word, plain in _WORDS.items():
        what = what.replace(word, plain)
    return f"{_where(found['path'] or '')}{what}"


_WORDS: Final = {
    "expected `array` of length >= 1": "the list must not be empty",
    "expected `str` of length >= 1": "the text must not be empty",
    "object missing required field ": "there is no ",
    " | null`": "`",
    "`str | array`": "a text in quotes or a list of them",
    "`str`": "a text in quotes",
    "`array`": "a list [...]",
    "`object`": "a table",
    "`int`": "a whole number",
    "`date`": "a date without quotes, such as 2026-07-10",
    "`datetime`": "a date with a time",
}


def _where(path: str) -> str:
    """Turn `.group[0].accounts[3]` into `[[group]] 1: accounts 4: `."""
    parts: list[str] = []
    for name, number, item in _STEP.findall(path):
        if name and number:
            parts.append(f"[[{name}]] {int(number) + 1}" if not parts else f"{name} {int(number) + 1}")
        elif name:
            parts.append(name)
        elif item.isdecimal():
            parts.append(str(int(item) + 1))
    return "".join(f"{part}: " for part in parts)
