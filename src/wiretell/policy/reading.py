"""Reading `wiretell-policy.toml`: all of it is checked before any of it counts.

Every error is one sentence with the file, the table and its number. What would silently never match is refused too: a
rule that names nothing, a range in which no version lies, a budget for `group:*`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final, cast, get_args

from rapidfuzz import process

from wiretell.errors import FormatError
from wiretell.model.policy import Budget, Effect, Period, Policy, Rule, Unit
from wiretell.policy.amounts import MAX_AMOUNT, micro_usd
from wiretell.policy.periods import zones
from wiretell.policy.versions import parse_range

_TOP: Final = ("schema", "timezone", "rule", "budget")
_RULE: Final = ("id", "effect", "product", "vendor", "model", "versions", "from", "reason", "instead")
_BUDGET: Final = ("id", "who", "usd", "tokens", "requests", "per", "models")
_UNITS: Final = get_args(Unit)


def parse(text: str, source: str) -> Policy:
    """Read a policy. `source`: the file's name, for messages. `text`: its bytes as UTF-8, line ends as they are.

    :raises FormatError: one sentence that names the file, the table and its number.
    """
    try:
        document = tomllib.loads(text, parse_float=Decimal)
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise FormatError(f"{source} is no TOML file: {error}.") from error
    reader = _Table(source, "the file", document)
    reader.known_keys(_TOP)
    if document.get("schema") != 1 or isinstance(document["schema"], bool):
        raise reader.error("needs `schema = 1`; this wiretell knows no other.")
    policy = Policy(
        rules=tuple(_rule(table) for table in reader.tables("rule")),
        budgets=tuple(_budget(table) for table in reader.tables("budget")),
        timezone=_timezone(reader),
        source=source,
        sha256=hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(),
    )
    _refuse_twins(source, "rule", [rule.id for rule in policy.rules])
    _refuse_twins(source, "budget", [budget.id for budget in policy.budgets])
    return policy


class _Table:
    """One table of the file, and how to speak of it."""

    def __init__(self, source: str, where: str, values: Mapping[str, Any]) -> None:
        self.source = source
        self.where = where
        self.values = values

    def error(self, text: str) -> FormatError:
        return FormatError(f"{self.source}: {self.where} {text}")

    def known_keys(self, known: tuple[str, ...]) -> None:
        for key in self.values:
            if key not in known:
                raise self.error(f"has no key {key!r}; {_nearest(key, known)}.")

    def tables(self, key: str) -> Iterable[_Table]:
        found = self.values.get(key, [])
        if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
            raise self.error(f"writes {key!r} other than as tables [[{key}]].")
        return [_Table(self.source, f"[[{key}]] {number}", each) for number, each in enumerate(found, 1)]

    def text(self, key: str) -> str | None:
        """Return a string of one line, at least one character; None where the key is absent."""
        if key not in self.values:
            return None
        value = self.values[key]
        if not isinstance(value, str) or not value.strip():
            raise self.error(f"needs a text that is not empty as {key!r}.")
        return value

    def required(self, key: str) -> str:
        value = self.text(key)
        if value is None:
            raise self.error(f"needs {key!r}.")
        return value

    def choice(self, key: str, known: tuple[str, ...]) -> str:
        value = self.required(key)
        if value not in known:
            raise self.error(f"has no {key} {value!r}; {_nearest(value, known)}.")
        return value

    def name(self, key: str, value: str) -> str:
        """Refuse what would blur the key of a counter or a line of a log."""
        if "|" in value or not value.isprintable():
            raise self.error(f"has a {key!r} with '|' or a control character in it; use letters, digits and '-'.")
        return value


def _timezone(table: _Table) -> str:
    name = table.text("timezone") or "UTC"
    if name not in zones():
        raise table.error(f"names the time zone {name!r}, which is none; {_nearest(name, zones(), shown=0)}.")
    return name


def _rule(table: _Table) -> Rule:
    table.known_keys(_RULE)
    product, vendor, model = table.text("product"), table.text("vendor"), table.text("model")
    if not (product or vendor or model):
        raise table.error("needs at least one of 'product', 'vendor' and 'model', or it would match nothing.")
    return Rule(
        id=table.name("id", table.required("id")),
        effect=cast(Effect, table.choice("effect", get_args(Effect))),
        product=product,
        vendor=vendor,
        model=model,
        versions=_versions(table, product),
        since=_since(table),
        reason=table.text("reason") or "",
        instead=table.text("instead") or "",
    )


def _versions(table: _Table, product: str | None) -> str | None:
    text = table.text("versions")
    if text is None:
        return None
    if product is None:
        raise table.error("needs 'product' beside 'versions': each product counts its own.")
    try:
        parse_range(text)
    except FormatError as error:
        raise table.error(f"has bad 'versions': {error}") from error
    return text


def _since(table: _Table) -> dt.date | None:
    value = table.values.get("from")
    if value is None:
        return None
    if not isinstance(value, dt.date) or isinstance(value, dt.datetime):
        raise table.error("needs a date without quotes or time as 'from', such as 2026-07-10.")
    if not dt.MINYEAR < value.year < dt.MAXYEAR:
        raise table.error(f"has a 'from' in the year {value.year}, whose midnight is not known in every time zone.")
    return value


def _budget(table: _Table) -> Budget:
    table.known_keys(_BUDGET)
    unit, limit = _limit(table)
    who, per = _who(table), cast(Period, table.choice("per", get_args(Period)))
    models = _models(table)
    made = " ".join(filter(None, (who, unit, "per", per, ",".join(models))))
    return Budget(table.name("id", table.text("id") or made), who, unit, limit, per, models)


def _limit(table: _Table) -> tuple[Unit, int]:
    given = [unit for unit in _UNITS if unit in table.values]
    if len(given) != 1:
        raise table.error("needs exactly one of 'usd', 'tokens' and 'requests'.")
    (unit,) = given
    value = table.values[unit]
    if unit == "usd":
        micro = micro_usd(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else None
        if micro is None:
            raise table.error("needs 'usd' as a number from 0 to 1000 million with at most six decimals.")
        return "usd", micro
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_AMOUNT:
        raise table.error(f"needs {unit!r} as a whole number from 0 to 10^15.")
    return cast(Unit, unit), value


def _who(table: _Table) -> str:
    who = table.name("who", table.required("who"))
    kind, _, name = who.partition(":")
    if who in {"org", "user:*"} or (kind in {"user", "group"} and name and "*" not in name):
        return who
    raise table.error(f"has no 'who' {who!r}; there are user:*, user:NAME, group:NAME and org.")


def _models(table: _Table) -> tuple[str, ...]:
    models = table.values.get("models", [])
    if not isinstance(models, list) or not all(isinstance(glob, str) and glob.strip() for glob in models):
        raise table.error("needs 'models' as a list of names such as [\"claude-*\"].")
    return tuple(models)


def _refuse_twins(source: str, table: str, ids: list[str]) -> None:
    for number, each in enumerate(ids, 1):
        earlier = ids.index(each) + 1
        if earlier < number:
            raise FormatError(
                f"{source}: [[{table}]] {number} has the same id as {earlier}, {each!r}; give it its own."
            )


def _nearest(word: str, known: Iterable[str], shown: int = 12) -> str:
    names = sorted(known) if shown == 0 else tuple(known)
    found = process.extractOne(word, names, score_cutoff=60)
    listed = f"there are {', '.join(names[:shown])}" if shown else "names are those of the IANA time zone database"
    return f"did you mean {found[0]!r}? {listed[0].upper()}{listed[1:]}" if found else listed
