"""Writing policies: a small one, from what audits found.

What is written is read back as it was meant, whatever the names hold; and its own examples hold.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from wiretell.policy.versions import LONGEST, order

_SHORT: Final = {"\\": "\\\\", '"': '\\"', "\t": "\\t", "\n": "\\n", "\r": "\\r"}
_REPLACEMENT: Final = "\ufffd"
"""Stands for a lone surrogate, which TOML cannot write."""
_DAY: Final = dt.timedelta(days=1)
_EITHER: Final = " || "


@dataclass(frozen=True, slots=True)
class Ban:
    """A ban to be written: of versions of a product, or of what audit documents are about."""

    id: str
    reason: str
    product: str = ""
    """Empty where hashes alone are known."""
    versions: tuple[str, ...] = ()
    """Exact; all that are banned, also where `audits` names them."""
    audits: tuple[str, ...] = ()
    """Documents that the rule names in place of versions; relative to the policy's file."""
    hashes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """A policy to be written."""

    bans: tuple[Ban, ...]
    on: dt.date
    """The day that examples are about, where no ban begins later."""
    since: dt.date | None = None
    timezone: str = "UTC"
    instead: str = ""
    comments: tuple[str, ...] = ()


def written(draft: Draft) -> str:
    """Return a policy as TOML: the rules, then examples that hold. Pure."""
    head = [*(f"# {_escaped(each)}" for each in draft.comments), "schema = 1", f"timezone = {text(draft.timezone)}"]
    tables = [_table("rule", _rule(draft, part)) for ban in draft.bans for part in _parts(ban)]
    tables += [_table("example", each) for ban in draft.bans for each in _examples(draft, ban)]
    return "\n".join([*head, *tables]) + "\n"


def text(value: str) -> str:
    """Return a string as a basic string of TOML (https://toml.io/en/v1.0.0#string), on one line, visible as a whole.

    >>> print(text('a "b" ' + chr(0x202E)))
    "a \\"b\\" \\u202e"
    """
    return f'"{_escaped(value)}"'


def _escaped(value: str) -> str:
    return "".join(map(_sign, value))


def _sign(char: str) -> str:
    if char in _SHORT:
        return _SHORT[char]
    if "\ud800" <= char <= "\udfff":
        return _REPLACEMENT
    if char.isprintable():
        return char
    return f"\\u{ord(char):04x}" if ord(char) <= 0xFFFF else f"\\U{ord(char):08x}"


Value = str | dt.date | Sequence[str]


def _table(name: str, values: Mapping[str, Value]) -> str:
    return "\n".join((f"\n[[{name}]]", *(f"{key} = {_value(value)}" for key, value in values.items() if value)))


def _value(value: Value) -> str:
    if isinstance(value, str):
        return text(value)
    return value.isoformat() if isinstance(value, dt.date) else f"[{', '.join(map(text, value))}]"


def _rule(draft: Draft, ban: Ban) -> dict[str, Value]:
    rule: dict[str, Value] = {"id": ban.id, "effect": "ban"}
    if ban.audits:
        rule["audits"] = ban.audits
    else:
        rule |= {"product": ban.product, "versions": _EITHER.join(ban.versions)}
    if draft.since:
        rule["from"] = draft.since
    return rule | {"reason": ban.reason.strip(), "instead": draft.instead.strip()}


def _parts(ban: Ban) -> Iterable[Ban]:
    """Give a ban as rules: more than one where its versions are too long for one range."""
    if ban.audits:
        yield ban
        return
    groups: list[list[str]] = [[]]
    for version in ban.versions:
        if len(_EITHER.join((*groups[-1], version))) > LONGEST:
            groups.append([])
        groups[-1].append(version)
    for number, group in enumerate(groups, 1):
        yield replace(ban, id=f"{ban.id}-part-{number}" if number > 1 else ban.id, versions=tuple(group))


def _examples(draft: Draft, ban: Ban) -> Iterable[dict[str, Value]]:
    """Give what is banned on the day, what is not before it, and a version that no audit speaks of."""
    on = draft.since or draft.on
    asked: list[dict[str, Value]] = []
    for part in _parts(ban):
        programs: list[dict[str, Value]] = [{"product": ban.product, "version": version} for version in part.versions]
        programs += [{"sha256": sha256} for sha256 in part.hashes]
        asked += programs
        for each in programs:
            yield {**each, "on": on, "expect": "ban", "rule": part.id}
    if draft.since and draft.since.year > dt.MINYEAR + 1:  # the midnight before may not be known in every time zone
        for each in asked[:1]:
            yield {**each, "on": on - _DAY, "expect": "pass"}
    higher = above(ban.versions) if ban.versions else None
    if higher is not None:
        yield {"product": ban.product, "version": higher, "on": on, "expect": "pass"}


def above(versions: Sequence[str]) -> str | None:
    """Return a version above all of some: the highest with its last number one up, or one before it where that cannot
    be written; None where none can."""
    highest = max(filter(None, map(order, versions)))
    epoch, numbers = highest[0], (*highest[1], *(0,) * (3 - len(highest[1])))
    begin = f"{epoch}!" if epoch else ""
    for at in range(len(numbers), 0, -1):
        found = begin + ".".join(map(str, (*numbers[: at - 1], numbers[at - 1] + 1, *(0,) * (len(numbers) - at))))
        if order(found) is not None:
            return found
    return None
