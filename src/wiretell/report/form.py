"""What every document of wiretell has in common: a name with a version, strict reading, deterministic writing.

A document is a type of its own, not a dump of the model: the model may change freely, a form may only grow optional
fields. Each form's schema and the tables of its page in `docs/formats` are made from the descriptions in its Structs,
and a test keeps all three alike. Lists keep their order; members that are empty and marked optional are left out.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Final, Generic, TypeVar

import msgspec
from msgspec import Meta, Struct

from wiretell.errors import FormatError, InternalError
from wiretell.report.glyphs import shorten

Count = Annotated[int, Meta(ge=0)]
Share = Annotated[float, Meta(ge=0, le=1)]
Port = Annotated[int, Meta(ge=0, le=65535)]
Amount = Annotated[float, Meta(ge=0)]

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_STEERING: Final = re.compile(rb"\x7f|\xc2[\x80-\x9f]|\xd8\x9c|\xe2\x80[\x8e\x8f\xa8-\xae]|\xe2\x81[\xa6-\xa9]")
"""What JSON may hold as itself and a terminal obeys: DEL, C1 (ECMA-48), bidi controls (UAX #9), line ends."""
_VOLATILE: Final[dict[str, Any]] = {
    "started": "",
    "wiretell": "",
    "wall_s": 0.0,
    "native_s": 0.0,
    "agent_cpu_s": 0.0,
    "lab_cpu_s": 0.0,
}
"""Fields that differ between two equal results, and what a reproducible document holds in their stead."""

D = TypeVar("D", bound=Struct)
S = TypeVar("S", bound=Struct)


def says(description: str) -> Meta:
    """Return what a field's schema and page say about it."""
    return Meta(description=description)


class _Header(Struct):
    schema: str


@dataclass(frozen=True, slots=True)
class Form(Generic[D]):
    """One form of document: how it is named, read, checked and described."""

    name: str
    """`audit`, `scan` ...: the middle of the schema's name."""
    type: type[D]
    check: Callable[[D], None]
    """Raises FormatError for what no schema can see: references that lead nowhere, counts that do not count."""

    @property
    def schema(self) -> str:
        """Name and version, as the document's first field gives it."""
        return f"wiretell/{self.name}/1"

    def decode(self, data: bytes) -> D:
        """Read a document; FormatError in one sentence for anything that is not a whole and consistent one."""
        article = "an" if self.name[0] in "aeiou" else "a"
        try:
            header = msgspec.json.decode(data, type=_Header)
            if header.schema != self.schema:
                raise FormatError(
                    f"This {self.name} document is of the form {shorten(header.schema, 60)!r}; "
                    f"{self.schema!r} is what can be read."
                )
            document = msgspec.json.decode(data, type=self.type)
        except (msgspec.MsgspecError, RecursionError) as error:
            raise FormatError(
                f"This is not {article} {self.name} document ({self.schema}): {shorten(str(error), 200)}."
            ) from error
        self.check(document)
        return document

    def checked(self, document: D) -> D:
        """Hold a document to its schema (constructors do not), give strings a UTF-8 form, mappings their saved order.

        InternalError for what no document can hold: a number that is not finite, a negative count.
        """
        try:
            return msgspec.convert(self._well_formed(msgspec.to_builtins(document)), self.type)
        except msgspec.ValidationError as error:
            raise InternalError(f"The {self.name}'s result does not fit its document: {error}.") from error

    def json_schema(self) -> dict[str, Any]:
        """Return the JSON Schema (draft 2020-12) of the document."""
        schema: dict[str, Any] = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": self.schema}
        return schema | msgspec.json.schema(self.type)

    def _well_formed(self, value: Any) -> Any:
        if isinstance(value, str):
            return _LONE_SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", value)
        if isinstance(value, float) and not math.isfinite(value):
            raise InternalError(f"The {self.name}'s result holds a number that is not finite, which JSON cannot write.")
        if isinstance(value, dict):
            return {self._well_formed(key): self._well_formed(item) for key, item in sorted(value.items())}
        if isinstance(value, list | tuple):
            return [self._well_formed(item) for item in value]
        return value


def header_schema(data: bytes) -> str:
    """Return what a document says of its form; FormatError where it says nothing."""
    try:
        return msgspec.json.decode(data, type=_Header).schema
    except (msgspec.MsgspecError, RecursionError) as error:
        raise FormatError(f"This is no document of wiretell: {shorten(str(error), 200)}.") from error


def encode(document: Struct) -> bytes:
    """Return a document as indented UTF-8 JSON with a final newline; equal documents give equal bytes.

    Fields come in the order of the Struct, keys of mappings in alphabetical order. Characters that steer a terminal are
    written as escapes: a document may be printed on one.
    """
    written = msgspec.json.format(msgspec.json.encode(document, order="deterministic"), indent=2) + b"\n"
    return _STEERING.sub(_escape, written)


def _escape(found: re.Match[bytes]) -> bytes:
    """All of JSON's own signs are ASCII, so what is found stands in a string; and behind no backslash, which the
    encoder writes before ASCII alone.
    """
    return b"\\u%04x" % ord(found[0].decode())


def reproducible(document: S) -> S:
    """Return the document without what differs between two equal results: clock, version, durations."""
    changes = {}
    for field in document.__struct_fields__:
        value = getattr(document, field)
        changes[field] = _VOLATILE[field] if field in _VOLATILE else _without_clock(value)
    return msgspec.structs.replace(document, **changes)


def _without_clock(value: Any) -> Any:
    if isinstance(value, Struct):
        return reproducible(value)
    if isinstance(value, tuple):
        return tuple(_without_clock(item) for item in value)
    return value
