"""Reading `[[rule]]` and `[[example]]`. What would silently never match is refused."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Final, cast, get_args
from zoneinfo import ZoneInfo

from wiretell.errors import FormatError
from wiretell.model.policy import Asked, Audited, Client, Effect, Example, Rule
from wiretell.policy import audits as documents
from wiretell.policy.globs import MAX_NAME
from wiretell.policy.periods import start_of_day
from wiretell.policy.products import vendor_of_product
from wiretell.policy.tables import Table, nearest
from wiretell.policy.versions import parse_range

_RULE: Final = (
    *("id", "effect", "product", "vendor", "model", "versions", "audits", "verdict", "from", "until"),
    *("reason", "instead"),
)
_EXAMPLE: Final = ("product", "vendor", "version", "model", "user", "sha256", "on", "at", "expect", "rule")
_SHA256: Final = re.compile(r"[0-9A-Fa-f]{64}")
_EXPECTED: Final = (*get_args(Effect), "pass")


def rule(table: Table, audits: Mapping[str, bytes]) -> Rule:
    """Read a rule. `audits`: bytes of audit documents by the names in the file."""
    table.known_keys(_RULE)
    product, vendor, model = (_glob(table, key) for key in ("product", "vendor", "model"))
    names = table.texts("audits", '"claude-code.audit.json"')
    if not (product or vendor or model or names):
        raise table.error("needs at least one of 'product', 'vendor', 'model' and 'audits', or it would match nothing.")
    since, until = _days(table)
    verdict = _verdict(table, names)
    return Rule(
        id=table.name("id", table.required("id")),
        effect=cast(Effect, table.choice("effect", get_args(Effect))),
        product=product,
        vendor=vendor,
        model=model,
        versions=_versions(table, product, names),
        since=since,
        reason=table.text("reason") or "",
        instead=table.text("instead") or "",
        until=until,
        audits=names,
        verdict=verdict,
        audited=_audited(table, names, verdict, audits),
    )


def _glob(table: Table, key: str) -> str | None:
    glob = table.text(key)
    if glob is not None and len(glob) > MAX_NAME:
        raise table.error(f"has a {key!r} of {len(glob):,} characters; no name has more than {MAX_NAME}.")
    return glob


def _days(table: Table) -> tuple[dt.date | None, dt.date | None]:
    since, until = table.day("from"), table.day("until")
    if since and until and until < since:
        raise table.error(f"ends before it begins: 'until' {until} is before 'from' {since}.")
    return since, until


def _versions(table: Table, product: str | None, audits: tuple[str, ...]) -> str | None:
    text = table.text("versions")
    if text is None:
        return None
    if audits:
        raise table.error("has both 'versions' and 'audits', which name versions too; make two rules of it.")
    if product is None:
        raise table.error("needs 'product' beside 'versions': each product counts its own.")
    try:
        parse_range(text)
    except FormatError as error:
        raise table.error(f"has bad 'versions': {error}") from error
    return text


def _verdict(table: Table, audits: tuple[str, ...]) -> str:
    if "verdict" in table.values and not audits:
        raise table.error("needs 'audits' beside 'verdict': the documents that say it.")
    if "audits" in table.values and not audits:
        raise table.error("needs at least one document in 'audits'.")
    if not audits:
        return ""
    return table.choice("verdict", documents.VERDICTS) if "verdict" in table.values else "covert"


def _audited(table: Table, names: tuple[str, ...], verdict: str, audits: Mapping[str, bytes]) -> tuple[Audited, ...]:
    found = []
    for name in names:
        if name not in audits:
            raise table.error(f"names the audit document {name!r}, which was not given.")
        try:
            document = documents.read(audits[name], name)
        except FormatError as error:
            raise table.error(str(error)) from error
        if document.verdict == verdict:
            found.append(document)
    if names and not found:
        raise table.error(f"would never match: none of its audit documents has the verdict {verdict!r}.")
    return tuple(found)


def example(table: Table, number: int, timezone: str, rules: tuple[Rule, ...]) -> Example:
    """Read an example. A vendor that is not named is the one of the product."""
    table.known_keys(_EXAMPLE)
    product, model, sha256 = table.text("product") or "", table.text("model") or "", table.text("sha256") or ""
    vendor = table.text("vendor") or vendor_of_product(product)
    if not (product or vendor or model or sha256):
        raise table.error("needs at least one of 'product', 'vendor', 'model' and 'sha256'.")
    if sha256 and not _SHA256.fullmatch(sha256):
        raise table.error("needs 64 hex digits as 'sha256'.")
    on, at = _moment(table, timezone)
    expect, decides = table.choice("expect", _EXPECTED), table.text("rule") or ""
    _refuse_unknown_rule(table, expect, decides, rules)
    client = Client(product, vendor, table.text("version") or "")
    asked = Asked(client, model, table.text("user"), sha256=sha256.lower())
    return Example(number, asked, on, at, cast(Effect, expect), decides)


def _moment(table: Table, timezone: str) -> tuple[dt.date, dt.datetime]:
    on, clock = table.day("on"), table.values.get("at")
    if on is None:
        raise table.error("needs 'on', the day it is about, such as 2026-07-10.")
    if clock is None:
        return on, start_of_day(timezone, on)
    if not isinstance(clock, dt.time):
        raise table.error("needs a time without quotes as 'at', such as 23:59:00.")
    return on, dt.datetime.combine(on, clock, ZoneInfo(timezone))


def _refuse_unknown_rule(table: Table, expect: str, decides: str, rules: tuple[Rule, ...]) -> None:
    effects = {rule.id: rule.effect for rule in rules}
    if not decides:
        return
    if decides not in effects:
        raise table.error(f"names the rule {decides!r}, which is none of this file's; {nearest(decides, effects)}.")
    if effects[decides] != expect:
        raise table.error(f"expects {expect!r} of the rule {decides!r}, whose effect is {effects[decides]!r}.")
