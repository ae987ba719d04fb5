"""Who sent a record, by what and when, as far as the record says. Pure; any bytes are taken, and none is an error.

Logs wrap a request in an object of their own, under names that differ from tool to tool. Fields are looked for in the
wrapper first, then in its headers, then in the request that it holds, which may be an object or a string of JSON:

    {"account": "a17", "ts": 1763683200, "headers": {"user-agent": "claude-cli/2.1.91 (external, cli)"}, "body": {...}}

Only the named fields are decoded; a request of 200 KB is skipped over at some GB/s. A field that is missing, or holds
something else than is usual there, leaves its part of the origin empty.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Final

import msgspec
from msgspec import UNSET, Raw, UnsetType

from wiretell.logs.fields import (
    AGENT,
    billed_version,
    day_of,
    first,
    header_pairs,
    method_of,
    name_of,
    user_of,
    value_of,
)
from wiretell.logs.targets import target_of
from wiretell.marks.escapes import Unescaped
from wiretell.model.marks import Origin

ACCOUNTS: Final = (
    "account",
    "account_id",
    "account_uuid",
    "user",
    "user_id",
    "key_id",
    "api_key_id",
    "organization",
    "organization_id",
    "org",
    "org_id",
)
TIMES: Final = ("ts", "timestamp", "created_at", "startedDateTime", "date", "created", "time")
"""The surest first: `time` is a duration in some logs."""
ARCHIVE_TIMES: Final = ("startedDateTime",)
"""Of a HAR, where `time` is how long a request took, in milliseconds."""
HEADERS: Final = ("headers", "request_headers")
BODIES: Final = ("request", "body", "payload", "request_body", "postData", "text")
"""Where a wrapper holds the request, or another wrapper."""
_OTHERS: Final = (
    "client",
    "client_name",
    "client_version",
    "user_agent",
    "userAgent",
    "method",
    "url",
    "path",
    "target",
    "metadata",
    "system",
)
_MOST_DEPTH: Final = 5
_METHOD: Final = b"method"
_NEAR: Final = 1000
"""Bytes from the beginning of a wrapper in which the method is looked for; a request's own text begins there too."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a record says about itself."""

    origin: Origin = field(default_factory=Origin)
    request: str = ""
    """Method and target: `POST /v1/messages`."""
    problem: str = ""
    """Why it could not be taken for a record; empty where it could."""


TOO_DEEP: Final = "it is nested too deep"
"""A `problem` of records that may be whole."""
_FIELDS: Final = (*ACCOUNTS, *TIMES, *HEADERS, *BODIES, *_OTHERS)
_Record: Any = msgspec.defstruct(
    "_Record", [(name, Raw | UnsetType, msgspec.field(default=UNSET)) for name in _FIELDS], gc=False
)
_DECODER: Final = msgspec.json.Decoder(_Record)


def of_record(data: bytes) -> Context:
    """Say what one record of a log, or a request by itself, tells of its origin."""
    try:
        return _joined(_layers(data, 0))
    except msgspec.DecodeError as error:
        return _mended(data, str(error))
    except RecursionError:
        return Context(problem=TOO_DEEP)


def of_entry(entry: bytes, body: bytes) -> Context:
    """Say what an entry of a HAR tells of its origin, given it as it stands and its request's body, decoded."""
    try:
        return _joined(chain(_layers(entry, 0, ARCHIVE_TIMES), _body_layers(body, ARCHIVE_TIMES)))
    except (msgspec.DecodeError, RecursionError):
        return _joined(_body_layers(body, ARCHIVE_TIMES))


def of_headers(headers: Iterable[tuple[str, str]], *, started: str = "", body: bytes = b"") -> Context:
    """Say what a request tells of its origin, given its headers and, if it is JSON, its body."""
    own = _Layer(day=day_of(started))
    _take_headers(own, headers)
    return _joined([own, *_body_layers(body)])


def of_columns(
    account: object = None, client: object = None, version: object = None, time: object = None, agent: object = None
) -> Origin:
    """Make an origin of the columns of a table; what is no text, number or time is passed over."""
    layer = _Layer(account=name_of(account), client=name_of(client), version=name_of(version), day=day_of(time))
    _take_agent(layer, agent)
    return layer.origin()


def with_body(origin: Origin, body: bytes) -> Origin:
    """Fill in what is missing from what the request itself says."""
    own = _Layer(origin.account, origin.client, origin.version, origin.day)
    return _joined([own, *_body_layers(body)]).origin


# --- one layer: a wrapper, or the request


@dataclass(slots=True)
class _Layer:
    account: str = ""
    client: str = ""
    version: str = ""
    day: str = ""
    method: str = ""
    target: str = ""
    holds_target: bool = False
    """Whether what it holds looks as if it named method and target."""

    def origin(self) -> Origin:
        return Origin(self.account, self.client, self.version, self.day)


def _joined(layers: Iterable[_Layer]) -> Context:
    """Take each part from the outermost layer that has it. Where nothing is missing, no further layer is asked."""
    whole = _Layer()
    for layer in layers:
        for name in ("account", "client", "version", "day", "method", "target"):
            if not getattr(whole, name):
                setattr(whole, name, getattr(layer, name))
        whole.holds_target = layer.holds_target and not whole.target
        if whole.account and whole.client and whole.version and whole.day and not whole.holds_target:
            break
    return Context(whole.origin(), f"{whole.method} {whole.target}".strip())


def _layers(data: bytes, depth: int, times: Sequence[str] = TIMES) -> Iterator[_Layer]:
    """Go from a wrapper to what it holds. DecodeError where the outermost is no JSON."""
    data = data.removeprefix(b"\xef\xbb\xbf")
    if data.lstrip(b" \t\r\n")[:1] != b"{":
        msgspec.json.decode(data, type=Raw)
        return
    record = _DECODER.decode(data)
    yield _layer(record, times)
    for name in BODIES:
        raw = getattr(record, name)
        if raw is not UNSET and depth < _MOST_DEPTH:
            yield from _inner(bytes(raw), depth + 1, times)


def _inner(raw: bytes, depth: int, times: Sequence[str]) -> Iterator[_Layer]:
    if raw[:1] == b'"':
        raw = Unescaped(raw[1:-1]).data
    if raw.lstrip(b" \t\r\n")[:1] == b"{":
        try:
            yield from _layers(raw, depth, times)
        except (msgspec.DecodeError, RecursionError):
            return


def _body_layers(body: bytes, times: Sequence[str] = TIMES) -> list[_Layer]:
    try:
        return list(_inner(body, 1, times)) if body[:1] != b'"' else []
    except RecursionError:
        return []


def _layer(record: Any, times: Sequence[str]) -> _Layer:
    fields = {name: raw for name in _FIELDS if (raw := getattr(record, name)) is not UNSET}
    layer = _Layer(
        holds_target=any(_METHOD in bytes(memoryview(fields[name])[:_NEAR]) for name in BODIES if name in fields),
        account=first(map(name_of, _values(fields, ACCOUNTS))),
        client=first(map(name_of, _values(fields, ("client", "client_name")))),
        version=first(map(name_of, _values(fields, ("client_version",)))),
        day=first(map(day_of, _values(fields, times))),
        method=first(map(method_of, _values(fields, ("method",)))),
        target=first(map(target_of, _values(fields, ("url", "path", "target")))),
    )
    for agent in _values(fields, ("user_agent", "userAgent")):
        _take_agent(layer, agent)
    for headers in _values(fields, HEADERS):
        _take_headers(layer, header_pairs(headers))
    layer.account = layer.account or first(user_of(value) for value in _values(fields, ("metadata",)))
    if "system" in fields and not layer.version:
        layer.version = billed_version(bytes(fields["system"]))
    return layer


def _values(fields: dict[str, Any], names: Iterable[str]) -> Iterator[object]:
    for name in names:
        if name in fields:
            yield value_of(bytes(fields[name]))


def _take_agent(layer: _Layer, value: object) -> None:
    found = AGENT.match(value) if isinstance(value, str) else None
    if found is None:
        return
    layer.client = layer.client or name_of(found[1])
    layer.version = layer.version or name_of(found[2])


def _take_headers(layer: _Layer, headers: Iterable[tuple[str, str]]) -> None:
    for name, value in headers:
        if name.lower() == "user-agent":
            _take_agent(layer, value)


# --- what msgspec does not take


def _mended(data: bytes, problem: str) -> Context:
    """Read a record once more, slowly: half a surrogate or NaN is no reason to know nothing of it."""
    try:
        value = json.loads(data.decode("utf-8-sig", "replace"), strict=False, parse_constant=lambda _constant: None)
        plain = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
        return _joined(_layers(plain, 0))
    except RecursionError:
        return Context(problem=TOO_DEEP)
    except (ValueError, msgspec.DecodeError):
        return Context(problem=problem)
