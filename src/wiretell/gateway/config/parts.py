"""The tables of the configuration, one function each: upstreams, routes, context rules, users, redactions, edits."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import Final, Literal, get_args

import re2

from wiretell.errors import UsageError
from wiretell.gateway.config.addresses import base_url
from wiretell.gateway.config.table import Table, nearest
from wiretell.gateway.config.values import OFFICIAL, ContextRule, RedactRule, Route, Upstream, User
from wiretell.marks import registry
from wiretell.model.exchange import WireFormat

UPSTREAM: Final = ("protocol", "base_url", "key", "insecure")
ROUTE: Final = ("to", "model", "larger_than_tokens", "smaller_than_tokens", "header")
CONTEXT: Final = ("shorten", "drop", "pin", "replace", "older_than_turns", "keep_chars", "text")
USER: Final = ("name", "key_sha256", "groups", "admin")
REDACT: Final = ("name", "pattern")
EDIT: Final = ("strip_marks",)

Verb = Literal["shorten", "drop", "pin", "replace"]
_VERBS: Final[tuple[Verb, ...]] = get_args(Verb)
_OBJECTS: Final = {"shorten": "tool_result", "drop": "image"}
_ALLOWED: Final[dict[Verb, frozenset[str]]] = {
    "shorten": frozenset({"older_than_turns", "keep_chars"}),
    "drop": frozenset({"older_than_turns", "text"}),
    "pin": frozenset(),
    "replace": frozenset({"older_than_turns", "text"}),
}
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")
_PERSON = re.compile(r"[^\s|*:](?:[^|*\x00-\x1f\x7f]{0,126}[^\s|*])?")
"""A name of a user or group: no separators of counters' keys, no glob."""


def upstreams(top: Table) -> tuple[Upstream, ...]:
    """Return every `[upstream.NAME]`."""
    tables = top.table("upstream", None)
    return tuple(_upstream(name, tables.table(name, UPSTREAM)) for name in tables.names)


def _upstream(name: str, table: Table) -> Upstream:
    if not _NAME.fullmatch(name):
        raise table.fault("the name of an upstream is made of letters, digits, '-' and '_'.")
    known: tuple[WireFormat, ...] = get_args(WireFormat)
    given = table.texts("protocol", or_one=True)
    for each in given:
        if each not in known:
            named = f" {each!r}; {nearest(each, known)}" if table.literal("protocol", each) else " of the name given."
            raise table.fault(f"there is no protocol{named}")
    protocols = tuple(each for each in known if each in given)
    if not protocols:
        raise table.fault(f"'protocol' is missing; there are {', '.join(known)}.")
    url = base_url(table, protocols)
    return Upstream(name, protocols, url, _key(table), official=url in OFFICIAL)


def _key(table: Table) -> str | None:
    key = table.text("key")
    if key is not None and not (key.isascii() and key.isprintable() and " " not in key):
        raise table.fault("'key' must be visible ASCII without spaces, as it goes into a header.")
    return key


def routes(top: Table, names: tuple[str, ...]) -> tuple[Route, ...]:
    """Return every `[[route]]`; `names` are the upstreams'."""
    return tuple(_route(table, names) for table in top.tables("route", ROUTE))


def _route(table: Table, names: tuple[str, ...]) -> Route:
    to = table.required("to")
    upstream, slash, model = to.partition("/")
    if not slash or not model or model != model.strip():
        raise table.wrong("to", "upstream/model, or upstream/* to keep the model")
    if upstream not in names:
        hint = nearest(upstream, names) if table.literal("to", to) else f"there are {', '.join(names)}."
        raise table.fault(f"'to' names no upstream; {hint}")
    headers = table.table("header", None)
    return Route(
        to=to,
        model=table.text("model"),
        larger_than_tokens=table.whole("larger_than_tokens"),
        smaller_than_tokens=table.whole("smaller_than_tokens"),
        headers=MappingProxyType({name.lower(): headers.required(name) for name in headers.names}),
    )


def context(top: Table) -> tuple[ContextRule, ...]:
    """Return every `[[context]]`."""
    return tuple(_context(table) for table in top.tables("context", CONTEXT))


def _context(table: Table) -> ContextRule:
    verbs = [verb for verb in _VERBS if verb in table]
    if len(verbs) != 1:
        raise table.fault(f"a context rule has exactly one of {', '.join(_VERBS)}.")
    verb = verbs[0]
    what = table.required(verb)
    if verb in _OBJECTS and what != _OBJECTS[verb]:
        raise table.wrong(verb, repr(_OBJECTS[verb]))
    for name in table.names:
        if name != verb and name not in _ALLOWED[verb]:
            raise table.fault(f"{name!r} means nothing to {verb!r}; leave it out.")
    if verb == "replace" and "text" not in table:
        raise table.fault("'replace' needs 'text', which stands in place of what is found.")
    if verb in ("pin", "replace") and len(what) > 1 and what.startswith("/") and what.endswith("/"):
        check_pattern(table, verb, what[1:-1])
    return ContextRule(
        does=verb,
        what=what,
        older_than_turns=table.whole("older_than_turns") or 0,
        keep_chars=table.whole("keep_chars") or 0,
        text=table.text("text") or "",
    )


def users(top: Table) -> tuple[User, ...]:
    """Return every `[[user]]`; names and keys are each there once."""
    found: list[User] = []
    for table in top.tables("user", USER):
        user = _user(table)
        if any(each.name == user.name for each in found):
            raise table.fault("another user has the same 'name'; give each a name of its own.")
        if any(each.key_sha256 == user.key_sha256 for each in found):
            raise table.fault("another user has the same 'key_sha256'; give each a key of its own.")
        found.append(user)
    return tuple(found)


def _user(table: Table) -> User:
    name, digest, groups = table.required("name"), table.required("key_sha256"), table.texts("groups")
    for each in (name, *groups):
        if not _PERSON.fullmatch(each):
            raise table.fault("a user's or group's name has no '|', '*' or control characters, and begins with no ':'.")
    if not _SHA256.fullmatch(digest):
        raise table.fault("'key_sha256' must be 64 hexadecimal digits: the SHA-256 of the key, not the key itself.")
    return User(name, bytes.fromhex(digest), groups, admin=table.flag("admin", default=False))


def redactions(top: Table) -> tuple[RedactRule, ...]:
    """Return every `[[redact]]`."""
    return tuple(_redaction(table) for table in top.tables("redact", REDACT))


def _redaction(table: Table) -> RedactRule:
    name, pattern = table.required("name"), table.required("pattern")
    check_pattern(table, "pattern", pattern)
    return RedactRule(name, pattern)


def check_pattern(table: Table, name: str, pattern: str) -> None:
    """Refuse a regular expression that RE2 does not take, and one that matches nothing at all, that is everywhere."""
    options = re2.Options()
    options.log_errors = False
    try:
        compiled = re2.compile(pattern, options)
    except re2.error as error:
        literal = table.literal(name, pattern) or table.literal(name, f"/{pattern}/")
        why = f": {_words(error)}" if literal else ""
        raise table.fault(f"{name!r} is no regular expression in RE2's syntax{why}.") from None
    if compiled.match(""):
        raise table.fault(f"{name!r} matches the empty text, so everywhere; write one that needs a character.")


def _words(error: Exception) -> str:
    """Return what RE2 says, which repeats a part of the pattern."""
    why = error.args[0] if error.args else ""
    return why.decode("utf-8", "replace") if isinstance(why, bytes) else str(why)


def strip_marks(top: Table) -> tuple[str, ...]:
    """Return `[edit] strip_marks`: names of schemes and detectors."""
    table = top.table("edit", EDIT)
    names = table.texts("strip_marks")
    try:
        return tuple(each.name for each in registry.named(names))
    except UsageError as error:
        why = str(error) if all(table.literal("strip_marks", each) for each in names) else "There is no such scheme."
        raise table.fault(f"'strip_marks': {why}") from None
