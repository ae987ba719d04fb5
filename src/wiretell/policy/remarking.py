"""What is wrong or worth knowing about a policy as a whole: contradictions, rules that never decide, unknown names, and
rules of which only the order decides.

Errors are certain. A rule that is not called unreachable may still be: globs are held against each other as written
(`anthropic/claude-*` behind `claude-*` is not seen), and a program may have any vendor unless a rule names one of the
catalogue in full.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

from wiretell.errors import FormatError
from wiretell.model.policy import Policy, Remark, RemarkKind, Rule
from wiretell.policy.conditions import Extent, has_part, is_hidden
from wiretell.policy.globs import fits
from wiretell.policy.inclusion import common
from wiretell.policy.overlapping import known_models, overlaps
from wiretell.policy.products import model_families, model_vendors, products
from wiretell.policy.tables import likest

_MOST_NOTES: Final = 50
"""Of one kind; more are read by nobody."""
_SHOWN: Final = 5
"""Rules that one sentence names."""
_MOST_SPARED: Final = 40
"""Rules that are tried one by one, whether others hide the same without them."""


def remarks(policy: Policy) -> tuple[Remark, ...]:
    """Return all that its author should know: errors first, then notes, each in the order of the file. Pure.

    Of each kind of note the first few are told, and then that there may be more.
    """
    errors = tuple(_errors(policy))
    idle = {remark.rules[-1] for remark in errors if remark.rules}
    every = tuple(map(Extent.of, policy.rules))
    extents = [extent for extent in every if extent.rule.id not in idle]
    return (
        *errors,
        *_first(_unknown_models(policy), "unknown", "More rules name models of no known family"),
        *_first(_unknown_in_examples(policy), "unknown", "More examples name products that the catalogue lacks"),
        *_first(overlaps(extents, every), "overlap", "More rules may overlap"),
    )


def refuse(policy: Policy, *, unknown: bool = True) -> None:
    """Refuse a policy that cannot be what its author meant. `unknown`: names that the catalogue has not count too.

    :raises FormatError: with its first error.
    """
    found = next((each for each in _errors(policy) if unknown or each.kind != "unknown"), None)
    if found is not None:
        raise FormatError(f"{policy.source}: {found.sentence}")


def _first(notes: Iterator[Remark], kind: RemarkKind, more: str) -> Iterator[Remark]:
    yield from islice(notes, _MOST_NOTES)
    if next(notes, None) is not None:
        yield Remark(kind, "note", (), f"{more}; the first {_MOST_NOTES} are told.")


def _errors(policy: Policy) -> Iterator[Remark]:
    earlier: list[Extent] = []
    alike: defaultdict[frozenset[tuple[object, ...]], list[Extent]] = defaultdict(list)
    for extent in map(Extent.of, policy.rules):
        yield from _unknown(extent.rule)
        twins = alike[_named(extent)]
        idle = _idle(extent, earlier, twins)
        if idle is not None:
            yield idle
        earlier.append(extent)
        twins.append(extent)


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


def _idle(extent: Extent, earlier: Sequence[Extent], twins: Sequence[Extent]) -> Remark | None:
    """Say why a rule never decides; None where it may. `twins`: those of the earlier ones that name the same."""
    rule = extent.rule
    if not extent.known:
        named = "nothing that was audited is" if rule.audits else f"its product {rule.product!r} is not"
        beside = f"of the vendor {rule.vendor!r}" if rule.vendor else f"the product {rule.product!r}"
        said = f"never matches: {named} {beside}"
        return Remark("unreachable", "error", (rule.id,), f"Rule {rule.id!r} {said}.")
    other = next((each for each in twins if _contradicts(each, extent)), None)
    if other is not None:
        ever = "never decides" if is_hidden(extent, [other]) else "decides only where no version is told"
        said = f"names what rule {other.rule.id!r} ({other.rule.effect}) before it names, on no other day, so it {ever}"
        sentence = f"Rule {rule.id!r} ({rule.effect}) {said}; remove one of them, or put it first."
        return Remark("contradiction", "error", (other.rule.id, rule.id), sentence)
    if not is_hidden(extent, earlier):
        return None
    hiding = _hiding(extent, earlier)
    more = f" and {len(hiding) - _SHOWN} more" if len(hiding) > _SHOWN else ""
    by = " and ".join(map(repr, hiding[:_SHOWN]))
    said = f"never decides: all that it could is decided by {by}{more} before it"
    sentence = f"Rule {rule.id!r} {said}; remove it, or put it first."
    return Remark("unreachable", "error", (*hiding, rule.id), sentence)


def _hiding(extent: Extent, earlier: Sequence[Extent]) -> tuple[str, ...]:
    """Return the ids of as few earlier rules as hide a rule: one if one does. Of very many, all that have a part."""
    alone = next((each for each in earlier if is_hidden(extent, (each,))), None)
    if alone is not None:
        return (alone.rule.id,)
    needed = [each for each in earlier if has_part(each, extent)]
    for each in tuple(needed) if len(needed) <= _MOST_SPARED else ():
        without = [other for other in needed if other is not each]
        needed = without if is_hidden(extent, without) else needed
    return tuple(each.rule.id for each in needed)


def _contradicts(earlier: Extent, extent: Extent) -> bool:
    """Whether two rules that name the same say otherwise, and the later has no day of its own.

    An `allow` does not match a version that is not told where a `ban` does: that alone is no reason to write both.
    """
    is_other = earlier.rule.effect != extent.rule.effect
    return is_other and earlier.first <= extent.first and extent.end <= earlier.end


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
            if known_models(rule.model):
                continue
            said = (
                f"the model {rule.model!r}, which is of no family that is known; {_near(rule.model, model_families())}"
            )
            yield Remark("unknown", "note", (rule.id,), f"Rule {rule.id!r} names {said}.")


def _unknown_in_examples(policy: Policy) -> Iterator[Remark]:
    for example in policy.examples:
        name = example.asked.client.product
        if name and name.lower() not in products():
            said = f"the product {name!r}, which the catalogue does not know{_near(name, products())}"
            yield Remark("unknown", "note", (), f"[[example]] {example.number} names {said}")
