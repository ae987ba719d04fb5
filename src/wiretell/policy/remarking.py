"""What is wrong or worth knowing about a policy as a whole: contradictions, rules that never decide, unknown names, and
rules of which only the order decides.

Errors are certain. A rule that is not called unreachable may still be: globs are held against each other as written
(`anthropic/claude-*` behind `claude-*` is not seen), and a program may have any vendor unless a rule names one of the
catalogue in full.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import combinations, product

from wiretell.errors import FormatError
from wiretell.model.policy import Asked, Client, Policy, Remark, Rule
from wiretell.policy import prices
from wiretell.policy.conditions import FOR_EVER, Condition, Extent, is_hidden
from wiretell.policy.deciding import matches
from wiretell.policy.globs import fits, model_fits
from wiretell.policy.inclusion import common
from wiretell.policy.products import model_families, model_vendors, products
from wiretell.policy.tables import likest
from wiretell.policy.versions import EVERY


def remarks(policy: Policy) -> tuple[Remark, ...]:
    """Return all that its author should know: errors first, then notes, each in the order of the file. Pure."""
    errors = tuple(_errors(policy))
    idle = {remark.rules[-1] for remark in errors if remark.rules}
    extents = [Extent.of(rule) for rule in policy.rules if rule.id not in idle]
    return (*errors, *_unknown_models(policy), *_unknown_in_examples(policy), *_overlaps(extents))


def refuse(policy: Policy, *, unknown: bool = True) -> None:
    """Refuse a policy that cannot be what its author meant. `unknown`: names that the catalogue has not count too.

    :raises FormatError: with its first error.
    """
    found = next((each for each in _errors(policy) if unknown or each.kind != "unknown"), None)
    if found is not None:
        raise FormatError(f"{policy.source}: {found.sentence}")


def _errors(policy: Policy) -> Iterator[Remark]:
    extents = tuple(map(Extent.of, policy.rules))
    for at, extent in enumerate(extents):
        yield from _unknown(extent.rule)
        idle = _idle(extent, extents[:at])
        if idle is not None:
            yield idle


def _unknown(rule: Rule) -> Iterator[Remark]:
    known = products().values()
    if rule.product is not None and not any(fits(rule.product, each.name) for each in known):
        said = f"the product {rule.product!r}, which the catalogue does not know{_near(rule.product, products())}"
        yield Remark("unknown", "error", (rule.id,), f"Rule {rule.id!r} names {said}")
    if rule.vendor is not None and not any(fits(rule.vendor, each.vendor) for each in known):
        if any(fits(rule.vendor, vendor) for vendor in model_vendors()):
            hint = ": it makes models, and 'vendor' is that of the program; name models with 'model'."
        else:
            hint = _near(rule.vendor, {each.vendor for each in known})
        said = f"the vendor {rule.vendor!r}, of which the catalogue knows no program{hint}"
        yield Remark("unknown", "error", (rule.id,), f"Rule {rule.id!r} names {said}")


def _near(word: str, known: Iterable[str]) -> str:
    found = likest(word, sorted(known))
    return f"; did you mean {found!r}?" if found else "."


def _idle(extent: Extent, earlier: Sequence[Extent]) -> Remark | None:
    """Say why a rule never decides; None where it may."""
    rule = extent.rule
    if not extent.known:
        named = "nothing that was audited is" if rule.audits else f"its product {rule.product!r} is not"
        beside = f"of the vendor {rule.vendor!r}" if rule.vendor else f"the product {rule.product!r}"
        said = f"never matches: {named} {beside}"
        return Remark("unreachable", "error", (rule.id,), f"Rule {rule.id!r} {said}.")
    other = next((each for each in earlier if _contradicts(each, extent)), None)
    if other is not None:
        ever = "never decides" if is_hidden(extent, [other]) else "decides only where no version is told"
        said = f"names what rule {other.rule.id!r} ({other.rule.effect}) before it names, on no other day, so it {ever}"
        sentence = f"Rule {rule.id!r} ({rule.effect}) {said}; remove one of them, or put it first."
        return Remark("contradiction", "error", (other.rule.id, rule.id), sentence)
    if not is_hidden(extent, earlier):
        return None
    hiding = _hiding(extent, earlier)
    said = f"never decides: all that it could is decided by {' and '.join(map(repr, hiding))} before it"
    sentence = f"Rule {rule.id!r} {said}; remove it, or put it first."
    return Remark("unreachable", "error", (*hiding, rule.id), sentence)


def _hiding(extent: Extent, earlier: Sequence[Extent]) -> tuple[str, ...]:
    """Return the ids of as few earlier rules as hide a rule: one if one does."""
    alone = next((each for each in earlier if is_hidden(extent, (each,))), None)
    if alone is not None:
        return (alone.rule.id,)
    needed = list(earlier)
    for each in earlier:
        without = [other for other in needed if other is not each]
        needed = without if is_hidden(extent, without) else needed
    return tuple(each.rule.id for each in needed)


def _contradicts(earlier: Extent, extent: Extent) -> bool:
    """Whether two rules name the same and say otherwise, and the later has no day of its own.

    An `allow` does not match a version that is not told where a `ban` does: that alone is no reason to write both.
    """
    if earlier.rule.effect == extent.rule.effect or not earlier.known:
        return False
    return earlier.first <= extent.first and extent.end <= earlier.end and _named(earlier) == _named(extent)


def _named(extent: Extent) -> frozenset[tuple[object, ...]]:
    return frozenset(
        (_lower(each.product), _lower(each.vendor), _lower(each.model), each.versions, each.sha256)
        for each in extent.known
    )


def _lower(glob: str | None) -> str | None:
    return glob and glob.lower()


def _unknown_models(policy: Policy) -> Iterator[Remark]:
    for rule in policy.rules:
        if rule.model is not None and not any(common(rule.model, family) for family in model_families()):
            if any(model_fits((rule.model,), name) for name in prices.shipped().entries):
                continue
            said = (
                f"the model {rule.model!r}, which is of no family that is known; {_near(rule.model, model_families())}"
            )
            yield Remark("unknown", "note", (rule.id,), f"Rule {rule.id!r} names {said}.")


def _unknown_in_examples(policy: Policy) -> Iterator[Remark]:
    for example in policy.examples:
        name = example.asked.client.product
        if name and name not in products():
            said = f"the product {name!r}, which the catalogue does not know{_near(name, products())}"
            yield Remark("unknown", "note", (), f"[[example]] {example.number} names {said}")


def _overlaps(extents: Sequence[Extent]) -> Iterator[Remark]:
    clients = (*(Client(each.name, each.vendor) for each in products().values()), Client())
    fitting = {extent.rule.id: _fitting(extent, clients) for extent in extents}
    for a, b in combinations(extents, 2):
        one, other = a.rule, b.rule
        first, end = max(a.first, b.first), min(a.end, b.end)
        if one.effect == other.effect or first >= end or not fitting[one.id] & fitting[other.id]:
            continue
        witness = _witness(a, b, clients)
        if witness is None:
            continue
        day = dt.date.fromordinal(first) if first else None if end == FOR_EVER else dt.date.fromordinal(end - 1)
        said = f"{one.id!r} ({one.effect}) and {other.id!r} ({other.effect}) both speak of {_told(witness)}"
        sentence = f"Rules {said}{f' on {day}' if day else ''}: the first decides."
        yield Remark("overlap", "note", (one.id, other.id), sentence, witness, day)


def _fitting(extent: Extent, clients: Sequence[Client]) -> int:
    """Return the clients that a rule may be about, as bits."""
    return sum(any(_is_named(each, client) for each in extent.known) << at for at, client in enumerate(clients))


def _is_named(condition: Condition, client: Client) -> bool:
    is_product = condition.product is None or fits(condition.product, client.product)
    return is_product and (condition.vendor is None or fits(condition.vendor, client.vendor))


def _witness(one: Extent, other: Extent, clients: Sequence[Client]) -> Asked | None:
    """Return something that both rules match; None where none is found."""
    for a, b in product(one.known, other.known):
        found = _meeting(a, b, clients)
        if found is not None and matches(one.rule, found) and matches(other.rule, found):
            return found
    return None


def _meeting(a: Condition, b: Condition, clients: Sequence[Client]) -> Asked | None:
    """Return something of which two conditions hold, as far as one example of each kind tells."""
    model = _model(a.model, b.model)
    client = next((each for each in clients if _is_named(a, each) and _is_named(b, each)), None)
    if model is None or client is None or (a.sha256 and b.sha256 and a.sha256 != b.sha256):
        return None
    both = a.versions.meet(b.versions)
    version = "" if both == EVERY else next(iter(both.examples()), "")
    return Asked(replace(client, version=version), model, sha256=a.sha256 or b.sha256)


@lru_cache(maxsize=1024)
def _model(one: str | None, other: str | None) -> str | None:
    """Return a model that both globs fit, one that is known if there is one; empty where neither names models."""
    globs = [glob for glob in (one, other) if glob is not None]
    if not globs:
        return ""
    known = (name for name in prices.shipped().entries if all(model_fits((glob,), name) for glob in globs))
    return next(known, None) or common(globs[0], globs[-1]) or None


def _told(asked: Asked) -> str:
    name = " ".join(filter(None, (asked.client.product, asked.client.version))) or "a program that is not recognised"
    told = f"the program with SHA-256 {asked.sha256}" if asked.sha256 else name
    return f"{told} with the model {asked.model}" if asked.model else told
