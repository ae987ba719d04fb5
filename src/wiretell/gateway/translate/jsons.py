"""JSON as the translator reads and writes it: half surrogates, which agents do send, survive; `NaN` does not."""

from __future__ import annotations

import json
from typing import Any, Never

from wiretell.errors import FormatError


def decoded(data: bytes, what: str) -> dict[str, Any]:
    """Decode a JSON object. :raises FormatError: where it is none, or nested too deep; `what` names it there."""
    try:
        value = json.loads(data, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise FormatError(f"{what} is no JSON that can be translated: {error}.") from error
    if not isinstance(value, dict):
        raise FormatError(f"{what} is JSON, but no object: it cannot be translated.")
    return value


def encoded(value: object) -> bytes:
    """Encode without spaces, as UTF-8; with escapes where a half surrogate has no other spelling.

    :raises FormatError: for a number that is too large for any reader (`1e400`).
    """
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":")).encode()
    except ValueError as error:
        raise FormatError("A number in it is too large to be translated: send one that a double can hold.") from error


def as_object(text: object) -> dict[str, Any] | None:
    """Return the object in a JSON text; None where there is none."""
    try:
        value = json.loads(text, parse_constant=_no_constant) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def objects(value: object) -> list[dict[str, Any]]:
    """Return the objects in a list; none where it is no list. For what comes from an upstream."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def mapping(value: object) -> dict[str, Any]:
    """Return a value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def string(value: object) -> str:
    """Return a value if it is a string, else an empty one."""
    return value if isinstance(value, str) else ""


def _no_constant(name: str) -> Never:
    raise ValueError(f"{name} is no JSON")
