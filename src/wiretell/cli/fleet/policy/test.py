"""`wiretell fleet policy test`: does a policy say what its author expects of it?"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import Final, Literal

from msgspec import Struct

from wiretell import policy as policies
from wiretell.cli.output import Commands, add_output_options, check_output, write_output
from wiretell.model.policy import Asked, Policy, Remark
from wiretell.policy import Held
from wiretell.report.form import encode
from wiretell.report.glyphs import visible
from wiretell.report.words import plural

_EXAMPLES: Final = """examples:
  wiretell fleet policy test wiretell-policy.toml
  wiretell fleet policy test wiretell-policy.toml --format json | jq '.examples[] | select(.holds | not)'

An example is a table of the policy itself:
  [[example]]
  product = "claude-code"
  version = "2.1.91"
  on = 2026-07-10
  expect = "ban"                 # ban | warn | allow | pass
  rule = "high-risk-software"    # optional: that this rule decides

A policy that contradicts itself, names an unknown product or holds a rule that never decides is refused.
exit codes: 0 all examples hold, 1 some do not, 2 wrong use or bad input, 4 own fault
"""


class ExampleTried(Struct, frozen=True, kw_only=True):
    """One example and what came of it."""

    number: int
    on: str
    at: str
    product: str
    vendor: str
    version: str
    model: str
    user: str | None
    sha256: str
    expect: str
    rule: str
    holds: bool
    effect: str
    decided_by: str
    sentence: str


class RemarkTold(Struct, frozen=True, kw_only=True):
    """One remark."""

    kind: str
    severity: str
    rules: tuple[str, ...]
    sentence: str


class TestDocument(Struct, frozen=True, kw_only=True):
    """`wiretell/policy-test/1`."""

    schema: Literal["wiretell/policy-test/1"] = "wiretell/policy-test/1"
    policy: str
    policy_sha256: str
    timezone: str
    examples: tuple[ExampleTried, ...]
    remarks: tuple[RemarkTold, ...]


def add_to(verbs: Commands) -> None:  # type: ignore[type-arg]  # generic in argparse's stubs alone
    """Add the verb to the parser."""
    parser = verbs.add_parser(
        "test",
        help="run a policy's own examples",
        description="Decides on every [[example]] of a policy, and says which do not come out as its author expects.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("policy", metavar="FILE", help="the policy (docs/policy.md); -: standard input")
    add_output_options(parser, ("text", "json"))
    parser.set_defaults(call=call)


def call(options: argparse.Namespace) -> int:
    """Try the examples, print, and return 1 where one does not hold."""
    check_output(options.output)
    policy = policies.load(Path(options.policy))
    policies.refuse(policy)
    tried, remarks = policies.held(policy), policies.remarks(policy)
    if options.format == "json":
        write_output(encode(_document(policy, tried, remarks)).decode(), options.output)
    else:
        write_output("\n".join(_lines(policy, tried, remarks)), options.output)
    return int(not all(each.holds for each in tried))


def _document(policy: Policy, tried: Iterable[Held], remarks: Iterable[Remark]) -> TestDocument:
    return TestDocument(
        policy=_utf8(policy.source),
        policy_sha256=policy.sha256,
        timezone=policy.timezone,
        examples=tuple(map(_tried, tried)),
        remarks=tuple(
            RemarkTold(kind=each.kind, severity=each.severity, rules=each.rules, sentence=each.sentence)
            for each in remarks
        ),
    )


def _utf8(path: str) -> str:
    """A path's bytes that are no UTF-8 become replacement characters: JSON cannot hold them."""
    return path.encode("utf-8", "replace").decode()


def _tried(held: Held) -> ExampleTried:
    example, decision = held.example, held.decision
    client = example.asked.client
    return ExampleTried(
        number=example.number,
        on=example.on.isoformat(),
        at=example.at.isoformat(),
        product=client.product,
        vendor=client.vendor,
        version=client.version,
        model=example.asked.model,
        user=example.asked.user,
        sha256=example.asked.sha256,
        expect=example.expect,
        rule=example.rule,
        holds=held.holds,
        effect=decision.effect,
        decided_by=decision.rule.id if decision.rule else "",
        sentence=decision.sentence,
    )


def _lines(policy: Policy, tried: tuple[Held, ...], remarks: tuple[Remark, ...]) -> Iterable[str]:
    yield f"{visible(policy.source)}: {plural(len(policy.rules), 'rule')}, days begin in {policy.timezone}"
    for held in tried:
        yield _line(held)
    failed = sum(not each.holds for each in tried)
    if not tried:
        yield "It has no [[example]], so nothing was tried."
    else:
        yield f"{plural(failed, 'example')} of {len(tried)} failed." if failed else _all_hold(len(tried))
    for remark in remarks:
        yield f"note: {visible(remark.sentence)}"


def _all_hold(count: int) -> str:
    return "The one example holds." if count == 1 else f"All {count} examples hold."


def _line(held: Held) -> str:
    example = held.example
    expected = f"{example.expect}:{example.rule}" if example.rule else example.expect
    said = f"{held.decision.told}" if held.holds else f"expected {expected}, the policy says {held.decision.told}"
    verdict = "ok    " if held.holds else "FAILED"
    return visible(f"{verdict}  {example.number:>3}  {example.on}  {asked_in_words(example.asked)}: {said}")


def asked_in_words(asked: Asked) -> str:
    """Return what is asked as `claude-code 2.1.91, model claude-opus-4-6`."""
    client = asked.client
    name = " ".join(
        filter(None, (client.product or (client.vendor and f"a program of {client.vendor}"), client.version))
    )
    parts = (name, asked.model and f"model {asked.model}", asked.sha256 and f"SHA-256 {asked.sha256}")
    return ", ".join(filter(None, parts)) or "an unknown program"
