"""What single fields of a log say: a name, a day, a target, headers. Pure; whatever stands there is no error."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

_MOST_CHARACTERS: Final = 200
"""Of a name that is kept."""
AGENT: Final = re.compile(r"\s*([^\s/();,]+)(?:/([^\s();,]+))?")
_BILLED: Final = re.compile(rb"cc_version=(\d+\.\d+\.\d+)")
_LEGACY_USER: Final = re.compile(r"user_(?P<user>[^_]*)_account_(?P<account>[^_]*)_session_")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_EARLIEST_S: Final = 1e9
"""Seconds since 1970, in 2001: a smaller number is a duration, a count or a size, and no time."""
_SCALES: Final = ((1e11, 1.0), (1e14, 1e3), (1e17, 1e6), (1e20, 1e9))
"""Seconds, milli-, micro- and nanoseconds since 1970 are told apart by their size: 1e11 s is the year 5138."""
_METHOD: Final = re.compile(r"[A-Za-z-]{1,20}")
_SMALL_BYTES: Final = 64 << 10
"""Of a field that is looked into; a name, a time or some headers are smaller."""


def value_of(raw: bytes) -> object:
    """Return what a small field holds; None of a large one, which is none of these."""
    if len(raw) > _SMALL_BYTES:
        return None
    text = raw.decode("utf-8", "replace")
    if text[:1] == '"' and "\\" not in text:
        return text[1:-1]
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def first(values: Iterable[str]) -> str:
    """Return the first that is not empty."""
    return next(filter(None, values), "")


def name_of(value: object) -> str:
    """Return a name as a log has it: a text, a number, or an object with one; cut where it is none any more."""
    match value:
        case bool():
            return ""
        case str():
            # Half a surrogate is no character, and could be written to no file.
            return value.strip()[:_MOST_CHARACTERS].encode("utf-8", "replace").decode()
        case int() if abs(value) < 1 << 128:
            return str(value)
        case dict():
            values = (value.get(name) for name in ("id", "uuid", "name", "email"))
            return first(name_of(item) for item in values if not isinstance(item, dict))  # no name is nested deeper
        case _:
            return ""


def method_of(value: object) -> str:
    """Return the method of a request; empty where the field holds something else."""
    return value if isinstance(value, str) and _METHOD.fullmatch(value) else ""


def header_pairs(headers: object) -> Iterator[tuple[str, str]]:
    """Go through headers as logs have them: an object, or a list of pairs or of {"name", "value"}."""
    if isinstance(headers, dict):
        headers = list(headers.items())
    for item in headers if isinstance(headers, list) else ():
        match item:
            case {"name": str(name), "value": value} | {"key": str(name), "value": value}:
                yield name, _one(value)
            case [str(name), value] | (str(name), value):
                yield name, _one(value)


def _one(value: object) -> str:
    if isinstance(value, list):
        value = value[0] if value else ""
    return value if isinstance(value, str) else ""


def user_of(metadata: object) -> str:
    """Return the account of a request's `metadata.user_id`; where it knows the device alone, `device:` and its id.

    Older clients write `user_<device>_account_<account>_session_<session>`, the account empty where nobody signed in.
    """
    user = metadata.get("user_id") if isinstance(metadata, dict) else None
    if not isinstance(user, str):
        return name_of(user)
    if user.lstrip()[:1] == "{":
        fields = value_of(user.encode("utf-8", "replace"))
        if isinstance(fields, dict):
            known = first(name_of(fields.get(name)) for name in ("account_uuid", "user_id"))
            return known or _device(name_of(fields.get("device_id")))
    legacy = _LEGACY_USER.match(user)
    return name_of(legacy["account"]) or _device(name_of(legacy["user"])) if legacy else name_of(user)


def _device(name: str) -> str:
    return f"device:{name}" if name else ""


def billed_version(system: bytes) -> str:
    """Return the version in the billing header, which is the first block of `system`: `cc_version=2.1.91.9f2`."""
    found = _BILLED.search(system, 0, 2000)
    return found[1].decode() if found else ""


def day_of(value: object) -> str:
    """Return the day, ISO 8601 in UTC, of a time; empty where it is none.

    Taken are ISO 8601, and seconds, milli-, micro- or nanoseconds since 1970, of 2001 or later.
    """
    try:
        match value:
            case bool() | None:
                return ""
            case datetime():
                return _day(value)
            case int() | float():
                return _day(_EPOCH + timedelta(seconds=_seconds(value)))
            case str() if _is_number(value):
                return day_of(float(value))
            case str():
                return _day(datetime.fromisoformat(value.strip()))
    except (ValueError, OverflowError):
        return ""
    return ""


def _day(time: datetime) -> str:
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC).date().isoformat()


def _is_number(text: str) -> bool:
    return text.strip().replace(".", "", 1).isdecimal() and len(text) > 8  # 20261121 is a day, not a second


def _seconds(value: float) -> float:
    if not value >= _EARLIEST_S:
        _refused()
    return next((value / per for size, per in _SCALES if abs(value) < size), 0.0) or _refused()


def _refused() -> float:
    raise ValueError("no time")
