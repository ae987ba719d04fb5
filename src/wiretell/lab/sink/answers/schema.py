"""The smallest value that satisfies a JSON schema, of the drafts and dialects that agents use."""

from __future__ import annotations

from typing import Final
from urllib.parse import unquote

from wiretell.lab.sink.answers.interface import Json, as_dict, as_list, as_str

MAX_DEPTH: Final = 16
"""Deeper than any schema an agent needs, and an end to those that refer to themselves."""
MAX_VALUES: Final = 2000
"""In one instance; a schema that refers to itself twice would otherwise double with every level."""
_MAX_ITEMS: Final = 64
_MAX_TEXT: Final = 4096

_FORMATS: Final = {
    "date": "2026-01-01",
    "date-time": "2026-01-01T00:00:00Z",
    "time": "00:00:00Z",
    "duration": "PT0S",
    "email": "a@example.com",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "http://example.com/",
    "uri-reference": "/",
    "uuid": "00000000-0000-4000-8000-000000000000",
}


def minimal_instance(schema: Json, text: str = "ok") -> Json:
    """Return a small value that satisfies `schema`: first enum value, required properties only, shortest arrays.

    Pure and total: whatever `schema` is, something comes back. Not looked at: `pattern`, `not`, `if`, `dependent*`.
    `text` is what strings without a format say.
    """
    return _Maker(schema, text).value(schema, 0)


class _Maker:
    def __init__(self, root: Json, text: str) -> None:
        self._root = root
        self._text = text
        self._left = MAX_VALUES

    def value(self, schema: Json, depth: int) -> Json:
        if not isinstance(schema, dict) or self._spent(depth):
            return None if depth else {}
        schema = self._merged(schema, depth)
        if "const" in schema:
            return schema["const"]
        if options := as_list(schema.get("enum")):
            return options[0]
        if branch := self._branch(schema):
            rest = {key: value for key, value in schema.items() if key not in ("anyOf", "oneOf")}
            return self.value({"allOf": [rest, branch]}, depth + 1)
        return self._typed(_type_of(schema), schema, depth)

    def _merged(self, schema: dict[str, Json], depth: int) -> dict[str, Json]:
        """Put `$ref` and `allOf` into one object."""
        parts = as_list(schema.get("allOf"))
        if isinstance(schema.get("$ref"), str):
            parts = [*parts, self._resolve(schema["$ref"])]
        if not parts or self._spent(depth):
            return schema
        merged = {key: value for key, value in schema.items() if key not in ("$ref", "allOf")}
        for part in parts:
            for key, value in self._merged(as_dict(part), depth + 1).items():
                merged[key] = _join(key, merged[key], value) if key in merged else value
        return merged

    def _spent(self, depth: int) -> bool:
        self._left -= 1
        return depth > MAX_DEPTH or self._left < 0

    def _resolve(self, reference: str) -> Json:
        """Follow a JSON pointer in this document (`#/$defs/Name`); anything else is an empty schema."""
        node = self._root
        for step in unquote(reference.lstrip("#")).split("/")[1:]:
            node = as_dict(node).get(step.replace("~1", "/").replace("~0", "~"))
        return node if isinstance(node, dict) else {}

    def _branch(self, schema: dict[str, Json]) -> dict[str, Json] | None:
        """Return the first alternative that is not `null`, else the first."""
        branches = [b for key in ("anyOf", "oneOf") for b in as_list(schema.get(key)) if isinstance(b, dict)]
        return next((b for b in branches if _type_of(b) != "null"), branches[0] if branches else None)

    def _typed(self, kind: str, schema: dict[str, Json], depth: int) -> Json:
        match kind:
            case "object":
                known = as_dict(schema.get("properties"))
                wanted = dict.fromkeys(name for name in as_list(schema.get("required")) if isinstance(name, str))
                return {name: self.value(known.get(name, {"type": "string"}), depth + 1) for name in wanted}
            case "array":
                return self._array(schema, depth)
            case "integer" | "number":
                return _number(schema, kind)
            case "boolean":
                return False
            case "null":
                return None
            case _:
                return self._string(schema)

    def _array(self, schema: dict[str, Json], depth: int) -> list[Json]:
        first = as_list(schema.get("prefixItems"))
        count = min(_count(schema, "minItems"), _MAX_ITEMS)
        rest = schema.get("items", {"type": "string"})
        return [self.value(first[i] if i < len(first) else rest, depth + 1) for i in range(count)]

    def _string(self, schema: dict[str, Json]) -> str:
        text = _FORMATS.get(as_str(schema.get("format")), self._text)
        text = text.ljust(min(_count(schema, "minLength"), _MAX_TEXT), ".")
        longest = _finite(schema.get("maxLength"))
        return text if longest is None else text[: max(int(longest), 0)]


def _join(key: str, old: Json, new: Json) -> Json:
    if key == "properties":
        return {**as_dict(old), **as_dict(new)}
    if key == "required":
        return [*as_list(old), *as_list(new)]
    return new


def _type_of(schema: dict[str, Json]) -> str:
    """Return the (first, not null) type in lower case: Gemini writes `OBJECT`. Without one, what the keywords imply."""
    declared = schema.get("type")
    names = [as_str(name).lower() for name in (declared if isinstance(declared, list) else [declared])]
    known = [name for name in names if name]
    if known:
        return next((name for name in known if name != "null"), "null")
    if "properties" in schema or "required" in schema:
        return "object"
    return "array" if "items" in schema or "prefixItems" in schema else "string"


def _finite(value: Json) -> int | float | None:
    """Return a number of ordinary size; Gemini writes lengths as strings."""
    try:
        number = float(value) if isinstance(value, str) else value
    except ValueError:
        return None
    ordinary = isinstance(number, int | float) and not isinstance(number, bool) and abs(number) < 1e15
    return number if ordinary else None


def _count(schema: dict[str, Json], key: str) -> int:
    return max(int(_finite(schema.get(key)) or 0), 0)


def _number(schema: dict[str, Json], kind: str) -> int | float:
    low, high = _finite(schema.get("minimum")), _finite(schema.get("maximum"))
    above, step = _finite(schema.get("exclusiveMinimum")), _finite(schema.get("multipleOf"))
    # One rather than nothing: an agent's own check is often stricter than the schema it sends (scores from 1 to 100).
    value: int | float = 1
    if high is not None and high < 1:
        value = min(high, 0)
    if low is not None:
        value = max(value, low + 1 if schema.get("exclusiveMinimum") is True else low)  # a flag in draft 4
    if above is not None and value <= above:
        value = above + 1
    if step is not None and step > 0 and value % step:
        value += step - value % step
    return int(value) if kind == "integer" or value == int(value) else value
