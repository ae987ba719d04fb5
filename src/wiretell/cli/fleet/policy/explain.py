"""`wiretell fleet policy explain`: each rule in plain words, and why something is decided as it is."""

from __future__ import annotations

import argparse
import datetime as dt
from collections.abc import Iterable
from pathlib import Path
from typing import Final, Literal

from msgspec import Struct

from wiretell import policy as policies
from wiretell.cli.fleet.policy.test import asked_in_words
from wiretell.cli.fleet.shared import day_of
from wiretell.cli.output import Commands, add_output_options, check_output, write_output
from wiretell.errors import UsageError
from wiretell.model.policy import Asked, Client, Policy, Rule
from wiretell.policy import explaining
from wiretell.policy.periods import interval, start_of_day
from wiretell.policy.products import vendor_of_product
from wiretell.policy.tables import likest
from wiretell.report.form import encode
from wiretell.report.glyphs import visible
from wiretell.report.words import plural

_EXAMPLES: Final = """examples:
  wiretell fleet policy explain wiretell-policy.toml
  wiretell fleet policy explain wiretell-policy.toml --on 2026-07-10 --product claude-code --version 2.1.91
  wiretell fleet policy explain wiretell-policy.toml --product codex --model claude-opus-4-6

With --product, --model, --vendor or --sha256 it also says which rule decides, why none before it does, and when that
changes. A vendor that is not named is that of the product.
exit codes: 0 done (whatever is decided), 2 wrong use or bad input, 4 own fault
"""


class RuleTold(Struct, frozen=True, kw_only=True):
    """One rule."""

    id: str
    effect: str
    words: str
    products: tuple[str, ...]
    models: tuple[str, ...]
    in_force: bool
    why_not: str | None
    """Why it does not decide on what was asked; empty where it matches; null where nothing was asked."""


class Decided(Struct, frozen=True, kw_only=True):
    """What is decided on what was asked."""

    asked: str
    effect: str
    rule: str
    sentence: str
    changes_on: str
    changes_to: str


class ExplainDocument(Struct, frozen=True, kw_only=True):
    """`wiretell/policy-explain/1`."""

    schema: Literal["wiretell/policy-explain/1"] = "wiretell/policy-explain/1"
    policy: str
    policy_sha256: str
    timezone: str
    on: str
    rules: tuple[RuleTold, ...]
    decision: Decided | None
    remarks: tuple[str, ...]


def add_to(verbs: Commands) -> None:  # type: ignore[type-arg]  # generic in argparse's stubs alone
    """Add the verb to the parser."""
    parser = verbs.add_parser(
        "explain",
        help="each rule in plain words, and why something is decided as it is",
        description="Tells each rule of a policy in plain words, with what of the catalogue it is about; and of a "
        "program or a model which rule decides, and why none before it does.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("policy", metavar="FILE", help="the policy (docs/policy.md); -: standard input")
    parser.add_argument("--on", metavar="DATE", help="as on that day, by the policy's clock (default: now)")
    parser.add_argument("--product", default="", metavar="NAME", help="a program, as the catalogue names it")
    parser.add_argument("--version", default="", metavar="V", help="of the program")
    parser.add_argument("--vendor", default="", metavar="NAME", help="of the program (default: the catalogue's)")
    parser.add_argument("--model", default="", metavar="NAME", help="the model that is asked for")
    parser.add_argument("--sha256", default="", metavar="HEX", help="of the program's file")
    add_output_options(parser, ("text", "json"))
    parser.set_defaults(call=call)


def call(options: argparse.Namespace) -> int:
    """Print what the policy says."""
    check_output(options.output)
    policy = policies.load(Path(options.policy))
    policies.refuse(policy)
    document = _document(policy, _asked(options), _moment(options.on, policy.timezone))
    as_text = "\n".join(visible(line) for line in _lines(document))
    write_output(encode(document).decode() if options.format == "json" else as_text, options.output)
    return 0


def _asked(options: argparse.Namespace) -> Asked | None:
    vendor = options.vendor or vendor_of_product(options.product)
    if not (options.product or vendor or options.model or options.sha256):
        if options.version:
            raise UsageError("--version needs --product: each product counts its own.")
        return None
    client = Client(_utf8(options.product), _utf8(vendor), _utf8(options.version))
    return Asked(client, _utf8(options.model), sha256=_utf8(options.sha256).lower())


def _utf8(text: str) -> str:
    """Bytes of the command line that are no UTF-8 become replacement characters: JSON cannot hold them."""
    return text.encode("utf-8", "replace").decode()


def _moment(text: str | None, timezone: str) -> dt.datetime:
    if text is None:
        return dt.datetime.now(dt.UTC)
    return start_of_day(timezone, day_of(text, "--on"))


def _document(policy: Policy, asked: Asked | None, at: dt.datetime) -> ExplainDocument:
    return ExplainDocument(
        policy=_utf8(policy.source),
        policy_sha256=policy.sha256,
        timezone=policy.timezone,
        on=interval(policy.timezone, "day", at).first.isoformat(),
        rules=tuple(_rule(policy, rule, asked, at) for rule in policy.rules),
        decision=_decided(policy, asked, at) if asked else None,
        remarks=(*(each.sentence for each in policies.remarks(policy)), *_unknown(asked)),
    )


def _unknown(asked: Asked | None) -> Iterable[str]:
    """Say that a product that was asked about is none of the catalogue's: no rule may know it by that name."""
    name = asked.client.product if asked else ""
    if name and name.lower() not in policies.products():
        near = likest(name, policies.products())
        hint = f"; did you mean {near!r}?" if near else "."
        yield f"The catalogue does not know the product {name!r}{hint}"


def _rule(policy: Policy, rule: Rule, asked: Asked | None, at: dt.datetime) -> RuleTold:
    return RuleTold(
        id=rule.id,
        effect=rule.effect,
        words=explaining.in_words(rule),
        products=explaining.products_of(rule),
        models=explaining.families_of(rule),
        in_force=policies.in_force(rule, policy.timezone, at),
        why_not=explaining.why_not(policy, rule, asked, at) if asked else None,
    )


def _decided(policy: Policy, asked: Asked, at: dt.datetime) -> Decided:
    decision, change = policies.decide(policy, asked, at), policies.upcoming(policy, asked, at)
    return Decided(
        asked=asked_in_words(asked),
        effect=decision.effect,
        rule=decision.rule.id if decision.rule else "",
        sentence=decision.sentence,
        changes_on=change[0].isoformat() if change else "",
        changes_to=change[1].told if change else "",
    )


def _lines(document: ExplainDocument) -> Iterable[str]:
    count = plural(len(document.rules), "rule")
    yield f"{document.policy}: {count}, the first that matches decides; days begin in {document.timezone}"
    for number, rule in enumerate(document.rules, 1):
        state = "" if rule.in_force else f" (not in force on {document.on})"
        yield f"{number:>3}. {rule.id}: {rule.words}{state}"
        if about := [*rule.products, *(f"models {family}" for family in rule.models)]:
            yield f"     of the catalogue: {', '.join(about)}"
    if document.decision is not None:
        yield from _decision_lines(document, document.decision)
    for remark in document.remarks:
        yield f"note: {remark}"


def _decision_lines(document: ExplainDocument, decision: Decided) -> Iterable[str]:
    by = f" by rule {decision.rule}" if decision.rule else ": no rule matches"
    yield f"On {document.on}, {decision.asked}: {decision.effect}{by}"
    if decision.sentence:
        yield f"  told: {decision.sentence}"
    for rule in document.rules:
        if rule.id == decision.rule:
            break
        yield f"  not {rule.id}: {rule.why_not}"
    if decision.changes_on:
        yield f"  from {decision.changes_on} on: {decision.changes_to}"
