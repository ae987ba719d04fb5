"""Reading `wiretell-policy.toml`: all of it is checked before any of it counts.

Every error is one sentence with the file, the table and its number. What would silently never match is refused too: a
rule that names nothing, a range in which no version lies, a budget for `group:*`. What needs all rules together
(contradictions, rules that others hide) is `remarks`' to say.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final, cast, get_args

from wiretell.errors import FormatError
from wiretell.model.policy import Budget, Period, Policy, Unit
from wiretell.policy.amounts import MAX_AMOUNT, micro_usd
from wiretell.policy.periods import zones
from wiretell.policy.rules import example, rule
from wiretell.policy.tables import Table, nearest

_MOST_RULES: Final = 1000
"""Every request is held against each, and each rule against every other."""
_TOP: Final = ("schema", "timezone", "rule", "budget", "example")
_BUDGET: Final = ("id", "who", "usd", "tokens", "requests", "per", "models")
_UNITS: Final = get_args(Unit)


def parse(text: str, source: str, audits: Mapping[str, bytes] = MappingProxyType({})) -> Policy:
    """Read a policy. Pure; `load` reads files.

    `source`: the file's name, for messages. `text`: its bytes as UTF-8, line ends as they are. `audits`: bytes of the
    audit documents that rules name, by the names in the file (`audit_names`).

    :raises FormatError: one sentence that names the file, the table and its number.
    """
    reader = _document(text, source)
    timezone = _timezone(reader)
    tables = tuple(reader.tables("rule"))
    if len(tables) > _MOST_RULES:
        raise reader.error(
            f"has {len(tables):,} rules; {_MOST_RULES:,} are the most. Name versions as ranges, models with '*', and "
            "all documents of one kind in one rule."
        )
    rules = tuple(rule(table, audits) for table in tables)
    policy = Policy(
        rules=rules,
        budgets=tuple(_budget(table) for table in reader.tables("budget")),
        timezone=timezone,
        source=source,
        sha256=hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(),
        examples=tuple(
            example(table, number, timezone, rules) for number, table in enumerate(reader.tables("example"), 1)
        ),
    )
    _refuse_twins(source, "rule", [rule.id for rule in policy.rules])
    _refuse_twins(source, "budget", [budget.id for budget in policy.budgets])
    return policy


def audit_names(text: str, source: str) -> tuple[str, ...]:
    """Return the names of all audit documents that the rules of a policy's text name, each once.

    :raises FormatError: where the text is none of a policy, or such a list is none.
    """
    found = (name for table in _document(text, source).tables("rule") for name in table.texts("audits", '"a.json"'))
    return tuple(dict.fromkeys(found))


def _document(text: str, source: str) -> Table:
    try:
        document: Mapping[str, Any] = tomllib.loads(text, parse_float=Decimal)
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise FormatError(f"{source} is no TOML file: {error}.") from error
    reader = Table(source, "the file", document)
    reader.known_keys(_TOP)
    if document.get("schema") != 1 or isinstance(document["schema"], bool):
        raise reader.error("needs `schema = 1`; this wiretell knows no other.")
    return reader


def _timezone(table: Table) -> str:
    name = table.text("timezone") or "UTC"
    if name not in zones():
        raise table.error(f"names the time zone {name!r}, which is none; {nearest(name, zones(), shown=0)}.")
    return name


def _budget(table: Table) -> Budget:
    table.known_keys(_BUDGET)
    unit, limit = _limit(table)
    who, per = _who(table), cast(Period, table.choice("per", get_args(Period)))
    models = table.texts("models", '"claude-*"')
    made = " ".join(filter(None, (who, unit, "per", per, ",".join(models))))
    return Budget(table.name("id", table.text("id") or made), who, unit, limit, per, models)


def _limit(table: Table) -> tuple[Unit, int]:
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


def _who(table: Table) -> str:
    who = table.name("who", table.required("who"))
    kind, _, name = who.partition(":")
    if who in {"org", "user:*"} or (kind in {"user", "group"} and name and "*" not in name):
        return who
    raise table.error(f"has no 'who' {who!r}; there are user:*, user:NAME, group:NAME and org.")


def _refuse_twins(source: str, table: str, ids: list[str]) -> None:
    first: dict[str, int] = {}
    for number, each in enumerate(ids, 1):
        earlier = first.setdefault(each, number)
        if earlier < number:
            raise FormatError(
                f"{source}: [[{table}]] {number} has the same id as {earlier}, {each!r}; give it its own."
            )
