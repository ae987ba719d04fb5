"""What is said of a policy as a whole is certain: what is called unreachable decides nothing, witnesses match both."""

from __future__ import annotations

import datetime as dt
import random
import time
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.policy.examples import POLICY, of
from tests.policy.test_audits import COMMAND, SHA, document
from wiretell import policy
from wiretell.errors import FormatError
from wiretell.model.policy import Remark
from wiretell.policy import Asked, Client
from wiretell.policy.periods import start_of_day

DAY = dt.date(2026, 7, 10)


def rule(id_: str, effect: str, keys: str) -> str:
    return f'[[rule]]\nid = "{id_}"\neffect = "{effect}"\n{keys}\n'


def told(*rules: str) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(each.kind, each.severity, each.rules) for each in policy.remarks(of("".join(rules)))]


def test_the_policy_of_the_contract_needs_no_remark() -> None:
    assert policy.remarks(POLICY) == ()
    policy.refuse(POLICY)


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ('product = "claude-code"', 'product = "Claude-Code"'),
        ('product = "codex"\nversions = ">=1,<2"', 'product = "codex"\nversions = "1.x"\nfrom = 2026-07-10'),
        ('model = "claude-*"\nuntil = 2026-07-10', 'model = "claude-*"\nuntil = 2026-07-09'),
    ],
)
def test_rules_that_say_two_things_of_one_are_a_contradiction(earlier: str, later: str) -> None:
    if "1.x" in later:  # as sets: without the pre-releases of 1.0
        later = later.replace("1.x", ">=1.0.0 <2.0")
    assert told(rule("a", "ban", earlier), rule("b", "allow", later)) == [("contradiction", "error", ("a", "b"))]
    assert told(rule("a", "allow", earlier), rule("b", "ban", later)) == [("contradiction", "error", ("a", "b"))]


def test_the_same_on_other_days_is_no_contradiction() -> None:
    banned = rule("a", "ban", 'product = "codex"\nfrom = 2026-07-10')
    warned = 'product = "codex"\nfrom = 2026-07-01'
    ((kind, severity, _),) = told(banned, rule("b", "warn", warned))
    assert (kind, severity) == ("overlap", "note")
    assert told(banned, rule("b", "warn", warned + "\nuntil = 2026-07-09")) == []


@pytest.mark.parametrize(
    ("rules", "hiding"),
    [
        ([("a", "ban", 'product = "*"'), ("z", "ban", 'product = "codex"')], ("a",)),
        ([("a", "ban", 'vendor = "anthropic"'), ("z", "warn", 'product = "claude-code"\nversions = "<2"')], ("a",)),
        ([("a", "ban", 'model = "claude-*"'), ("z", "ban", 'product = "codex"\nmodel = "claude-opus-*"')], ("a",)),
        (
            [
                ("a", "ban", 'product = "codex"\nversions = "<2"'),
                ("m", "ban", 'product = "aider"'),
                ("b", "warn", 'product = "codex"\nversions = ">=2"'),
                ("z", "allow", 'product = "codex"\nmodel = "*"'),
            ],
            ("a", "b"),
        ),
        (
            [
                ("a", "ban", 'product = "codex"\nuntil = 2026-07-10'),
                ("b", "allow", 'product = "codex"\nfrom = 2026-07-11'),
                ("z", "warn", 'product = "codex"\nfrom = 2026-01-01'),
            ],
            ("a", "b"),
        ),
    ],
)
def test_a_rule_that_earlier_ones_hide_never_decides(
    rules: list[tuple[str, str, str]], hiding: tuple[str, ...]
) -> None:
    found = [each for each in told(*(rule(*each) for each in rules)) if each[1] == "error"]
    assert found == [("unreachable", "error", (*hiding, "z"))]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ('product = "codex"', 'product = "*"'),
        ('product = "codex"\nversions = "<2"', 'product = "codex"'),
        ('product = "codex"\nuntil = 2026-07-10', 'product = "codex"\nuntil = 2026-07-11'),
        ('product = "codex"\nfrom = 2026-07-10', 'product = "codex"'),
        ('model = "*"', 'product = "codex"'),
        ('product = "?*"', 'product = "*"'),
    ],
)
def test_what_has_something_of_its_own_is_not_called_unreachable(first: str, second: str) -> None:
    assert told(rule("a", "ban", first), rule("b", "ban", second)) == []


def test_a_gap_between_two_rules_is_seen() -> None:
    rules = [rule("a", "ban", 'product = "codex"\nversions = "<2"'), rule("z", "ban", 'product = "codex"')]
    assert told(rules[0], rule("b", "ban", 'product = "codex"\nversions = ">2"'), rules[1]) == []
    allowed = [rule("a", "allow", 'product = "codex"\nversions = "<2"')]
    allowed += [rule("b", "allow", 'product = "codex"\nversions = ">=2"')]
    assert [each[0] for each in told(*allowed, rules[1])] == ["overlap", "overlap"]  # a version that is not told


def test_unknown_names_are_errors_with_the_nearest() -> None:
    rules = rule("a", "ban", 'product = "claude-cod"') + rule("b", "ban", 'vendor = "deepseek"')
    found = policy.remarks(of(rules + rule("c", "ban", 'product = "codex"\nvendor = "anthropic"')))
    assert [(each.kind, each.severity) for each in found] == [("unknown", "error")] * 2 + [("unreachable", "error")]
    assert found[0].sentence.endswith("did you mean 'claude-code'?")
    assert "name models with 'model'" in found[1].sentence
    assert found[2].sentence == "Rule 'c' never matches: its product 'codex' is not of the vendor 'anthropic'."


def test_unknown_models_and_products_of_examples_are_notes() -> None:
    text = rule("a", "ban", 'model = "calude-*"') + rule("b", "ban", 'model = "*-preview"')
    text += '[[example]]\nproduct = "codx"\non = 2026-07-10\nexpect = "pass"\n'
    assert [(each.kind, each.severity, each.rules) for each in policy.remarks(of(text))] == [
        ("unknown", "note", ("a",)),
        ("unknown", "note", ()),
    ]
    policy.refuse(of(text))


def test_refusing_names_the_file_and_may_let_unknown_names_pass() -> None:
    made = of(rule("a", "ban", 'product = "codx"'))
    with pytest.raises(FormatError, match=r"^p\.toml: Rule 'a' names the product 'codx'"):
        policy.refuse(made)
    policy.refuse(made, unknown=False)
    hidden = of(rule("a", "ban", 'product = "*"') + rule("b", "ban", 'product = "codex"'))
    with pytest.raises(FormatError, match=r"^p\.toml: Rule 'b' never decides"):
        policy.refuse(hidden, unknown=False)


def test_rules_by_audits_are_held_against_others() -> None:
    audited = 'audits = ["a.json"]'

    def kinds(text: str, data: bytes) -> list[str]:
        return [each.kind for each in policy.remarks(policy.parse("schema = 1\n" + text, "p", {"a.json": data}))]

    versions = rule("v", "ban", 'product = "claude-code"\nversions = "2.1.x"')
    by_audits = rule("a", "ban", audited)
    assert kinds(versions + by_audits, document()) == ["unreachable"]
    assert kinds(by_audits + versions, document()) == []
    assert kinds(versions + by_audits, document(target=COMMAND)) == []  # by its hash
    assert kinds(by_audits + versions, document(target=COMMAND)) == []
    assert kinds(by_audits + versions.replace("2.1.x", "2.1.91"), document()) == ["unreachable"]
    assert kinds(rule("s", "ban", 'product = "*"') + by_audits, document(target=COMMAND)) == ["unreachable"]
    assert kinds(by_audits + rule("b", "warn", audited), document(target=COMMAND)) == ["contradiction"]
    assert kinds(by_audits + rule("b", "warn", audited + '\nproduct = "codex"'), document()) == ["unreachable"]


PRODUCTS = sorted(policy.products())
GLOBS = st.sampled_from(["*", "c*", "*-code", "claude-code", "codex", "CODEX", "?*", "gemini-cli"])
VENDORS = st.sampled_from(["anthropic", "openai", "*", "?*", "go*", "a*"])
MODELS = st.sampled_from(["claude-*", "claude-opus-*", "*", "gpt-*", "*-mini", "gpt-5"])
VERSIONS = st.sampled_from(["<2", ">=2", "1.x", "^2.1", "!=2.1", "2.1.0", ">=1,<3", "<1 || >=3", "~=2.0"])
KEYS = st.fixed_dictionaries(
    {},
    optional={
        "product": GLOBS,
        "vendor": VENDORS,
        "model": MODELS,
        "versions": VERSIONS,
        "from": st.integers(0, 6),
        "until": st.integers(0, 6),
        "audits": st.sampled_from(["a.json", "b.json"]),
    },
)
DOCUMENTS = {"a.json": document(target={"version": "2.1.0"}), "b.json": document(target=COMMAND)}


def made_of(tables: list[tuple[str, dict[str, object]]]) -> policy.Policy:
    text = 'schema = 1\ntimezone = "America/St_Johns"\n'
    for number, (effect, keys) in enumerate(tables):
        values = dict(keys)
        if "audits" in values or "product" not in values:
            values.pop("versions", None)
        if not values.keys() & {"product", "vendor", "model", "audits"}:
            values["product"] = "*"
        lines = [f'id = "r{number}"', f'effect = "{effect}"']
        since = values.pop("from", None)
        if isinstance(since, int):
            lines.append(f"from = {DAY + dt.timedelta(days=since)}")
        until = values.pop("until", None)
        if isinstance(until, int):
            lines.append(f"until = {DAY + dt.timedelta(days=until + (since if isinstance(since, int) else 0))}")
        lines += [f'{key} = ["{value}"]' if key == "audits" else f'{key} = "{value}"' for key, value in values.items()]
        text += "[[rule]]\n" + "\n".join(lines) + "\n"
    return policy.parse(text, "p.toml", DOCUMENTS)


def random_asks(seed: int, count: int) -> list[tuple[Asked, dt.datetime]]:
    """Return what may be asked: programs of the catalogue, and one that is not recognised."""
    chance = random.Random(seed)
    made = []
    for _ in range(count):
        known = policy.products()[chance.choice(["claude-code", "codex", "gemini-cli", *PRODUCTS])]
        client = Client(known.name, known.vendor, chance.choice(["", "nightly", "1.9", "2.0.0", "2.1.0", "2.1", "3.1"]))
        model = chance.choice(["", "claude-opus-4-6", "gpt-5", "gpt-5-mini", "anthropic/claude-haiku-4-5"])
        asked = Asked(chance.choice([client, client, client, Client()]), model, sha256=chance.choice(["", "", SHA]))
        moment = start_of_day("America/St_Johns", DAY + dt.timedelta(days=chance.randrange(-2, 16)))
        made.append((asked, moment + dt.timedelta(minutes=chance.randrange(24 * 60))))
    return made


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["ban", "warn", "allow"]), KEYS), min_size=2, max_size=6), st.integers(0, 99))
def test_what_is_said_of_generated_policies_is_true(tables: list[tuple[str, dict[str, object]]], seed: int) -> None:
    made = made_of(tables)
    found = policy.remarks(made)
    idle = {each.rules[-1] for each in found if each.kind == "unreachable"}
    deciding = {
        decision.rule.id for asked, at in random_asks(seed, 400) if (decision := policy.decide(made, asked, at)).rule
    }
    assert not idle & deciding
    for each in found:
        if each.kind == "overlap":
            witnessed(made, each)


def witnessed(made: policy.Policy, remark: Remark) -> None:
    assert remark.witness is not None
    one, other = (next(each for each in made.rules if each.id == id_) for id_ in remark.rules)
    assert one.effect != other.effect
    assert policy.matches(one, remark.witness) and policy.matches(other, remark.witness)
    at = start_of_day(made.timezone, remark.on or DAY)
    assert policy.in_force(one, made.timezone, at) and policy.in_force(other, made.timezone, at)
    assert "of these two, the first decides" in remark.sentence
    decided = policy.decide(made, remark.witness, at).rule
    if remark.on is not None and decided is not one:
        assert decided is not None and remark.sentence.endswith(f"(on this, {decided.id!r} does before both).")


def test_many_rules_are_looked_at_in_time() -> None:
    rules = [rule(f"r{number}", "ban", f'product = "c*"\nversions = "2.{number}.x"') for number in range(300)]
    rules += [rule(f"m{number}", "warn", f'model = "claude-{number}-*"') for number in range(300)]
    made = of("".join(rules))
    begun = time.process_time()
    policy.refuse(made)
    assert time.process_time() - begun < 3


def test_where_a_third_rule_decides_it_is_named() -> None:
    rules = rule("r0", "warn", 'model = "claude-*"\nproduct = "codex"') + rule("r1", "ban", 'product = "codex"')
    found = policy.remarks(of(rules + rule("r2", "allow", 'model = "claude-*"')))
    assert [each.rules for each in found] == [("r0", "r1"), ("r0", "r2"), ("r1", "r2")]
    assert [each.sentence.endswith(": of these two, the first decides.") for each in found] == [True, True, False]
    assert found[2].sentence.endswith("the first decides (on this, 'r0' does before both).")


def alternating(globs: Iterable[str]) -> list[str]:
    return [rule(f"g{nth}", ("ban", "warn")[nth % 2], f'model = "{glob}"') for nth, glob in enumerate(globs)]


DATED = 'product = "claude-code"\nversions = "=={}.1"\nfrom = {}'
LARGE = {
    "models": [rule(f"m{number}", ("ban", "warn")[number % 2], f'model = "m{number}-*"') for number in range(1000)],
    "days": [
        rule(f"d{number}", ("ban", "warn", "allow")[number % 3], DATED.format(number, DAY + dt.timedelta(number)))
        for number in range(300)
    ],
    "globs": alternating(f"*{number}*a*b?c*" for number in range(1000)),
    "stars": alternating("*" + "*".join(f"{number:010b}") + "*" for number in range(1000)),
    "open": alternating("*" + f"{number:010b}".replace("0", "?") + "*" for number in range(1000)),
    "far": alternating(f"*a{'?' * (10 + number % 50)}*{number // 50}" for number in range(1000)),
    "fixed": alternating(f"{number:010b}".replace("0", "?") + "*a" * (number % 2) for number in range(1000)),
}


@pytest.mark.parametrize("kind", LARGE)
def test_large_policies_are_looked_at_in_time_and_tell_few_notes(kind: str) -> None:
    made = of("".join(LARGE[kind]))
    begun = time.process_time()
    found = policy.remarks(made)
    assert time.process_time() - begun < 6
    for note in ("unknown", "overlap"):
        assert len([each for each in found if each.kind == note]) <= 51
    if kind == "days":
        assert (found[-1].rules, found[-1].sentence) == ((), "More rules may overlap; the first 50 are told.")


def test_a_policy_of_more_rules_than_anybody_wrote_is_refused() -> None:
    with pytest.raises(FormatError, match=r"has 1,001 rules; 1,000 are the most"):
        of("".join([*LARGE["models"], rule("z", "ban", 'product = "codex"')]))


def test_a_rule_that_many_hide_names_a_few_of_them() -> None:
    days = [DAY + dt.timedelta(number) for number in range(60)]
    parts = [rule(f"d{day}", "ban", f'product = "codex"\nfrom = {day}\nuntil = {day}') for day in days]
    whole = rule("z", "ban", f'product = "codex"\nfrom = {days[0]}\nuntil = {days[-1]}')
    (found,) = policy.remarks(of("".join([*parts, rule("x", "ban", 'product = "aider"'), whole])))
    assert found.rules == (*(f"d{day}" for day in days), "z")
    assert "and 55 more before it" in found.sentence
