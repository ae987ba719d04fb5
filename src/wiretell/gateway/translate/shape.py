"""What of a request goes over to another protocol, as a tree of nodes; what the tree does not name is lost, and listed.

The tables in `fields` are made of these nodes. `reduce` walks a request along a tree and gives what the tree carries,
and a count of every loss: nothing can be dropped without being named, since only what is named is carried.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from wiretell.errors import FormatError

UNKNOWN: Final = "The upstream's protocol has no such field, or none that is known to mean the same."
Losses: TypeAlias = Counter[tuple[str, str]]
"""(path, effect) -> how often."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Goes over, with all below it."""


@dataclass(frozen=True, slots=True)
class Ours:
    """Goes over by `wishes`, not by the library: taken out, no loss."""


@dataclass(frozen=True, slots=True)
class Lost:
    """Does not go over."""

    effect: str
    harmless: tuple[object, ...] = ()
    """Values that say no more than the field's absence does: no loss."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing can stand in for it: the request cannot be translated."""

    sentence: str
    harmless: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True)
class Fields:
    """An object."""

    of: Mapping[str, Node]
    needs: tuple[str, ...] = ()
    """Without these, carried over, the object is nothing: it goes too."""
    other: str = UNKNOWN


@dataclass(frozen=True, slots=True)
class Each:
    """A list; what is lost leaves no hole."""

    of: Node


@dataclass(frozen=True, slots=True)
class Kinds:
    """An object of one of several kinds, told by one field."""

    of: Mapping[str, Node]
    other: str
    """Effect for a kind that is not named."""
    key: str = "type"
    default: str = ""
    """Kind where the field is missing."""


@dataclass(frozen=True, slots=True)
class TextOr:
    """A string, which goes over, or something else."""

    other: Node


@dataclass(frozen=True, slots=True)
class When:
    """One of two nodes, by the value."""

    test: Callable[[Any], bool] = field(repr=False)
    then: Node
    otherwise: Node


Node: TypeAlias = Kept | Ours | Lost | Refused | Fields | Each | Kinds | TextOr | When

KEPT: Final = Kept()
OURS: Final = Ours()
_GONE: Final = object()


def keep(*names: str, **further: Node) -> Mapping[str, Node]:
    """Return fields that are kept, and others."""
    return MappingProxyType({**dict.fromkeys(names, KEPT), **further})


def one_of(*values: str) -> Callable[[Any], bool]:
    """Return a test of whether a value, of any type, is one of these."""
    return lambda value: isinstance(value, str) and value in values


def reduce(node: Node, body: Mapping[str, Any]) -> tuple[dict[str, Any], Losses]:
    """Return what of a request a tree carries, and what is lost. Containers on the way are new, kept values are shared.

    :raises FormatError: for what cannot be done without.
    """
    losses: Losses = Counter()
    left = _reduced(node, body, "", losses)
    return left if isinstance(left, dict) else {}, losses


def _reduced(node: Node, value: Any, path: str, losses: Losses) -> Any:
    match node:
        case Kept():
            return value
        case Ours():
            return _GONE
        case Lost(effect, harmless):
            return _gone(path, effect, losses) if value not in harmless else _GONE
        case Refused(sentence, harmless):
            return _refused(path, sentence) if value not in harmless else _GONE
        case TextOr(other):
            return value if isinstance(value, str) else _reduced(other, value, path, losses)
        case When(test, then, otherwise):
            return _reduced(then if test(value) else otherwise, value, path, losses)
        case Each(of):
            return _each(of, value, path, losses)
        case Kinds():
            return _kind(node, value, path, losses)
        case Fields():
            return _fields(node, value, path, losses)


def _each(of: Node, value: Any, path: str, losses: Losses) -> Any:
    if not isinstance(value, list):
        return _wrong(path, "a list")
    kept = (_reduced(of, item, f"{path}/*", losses) for item in value)
    return [item for item in kept if item is not _GONE]


def _kind(node: Kinds, value: Any, path: str, losses: Losses) -> Any:
    if not isinstance(value, dict):
        return _wrong(path, "an object")
    kind = value.get(node.key)
    chosen = node.of.get(kind or node.default) if isinstance(kind, str | None) else None
    return _gone(path, node.other, losses) if chosen is None else _reduced(chosen, value, path, losses)


def _fields(node: Fields, value: Any, path: str, losses: Losses) -> Any:
    if not isinstance(value, dict):
        return _wrong(path, "an object")
    kept: dict[str, Any] = {}
    for name, inner in value.items():
        if inner is None:  # says no more than its absence
            continue
        left = _reduced(node.of.get(name, Lost(node.other)), inner, f"{path}/{_escaped(name)}", losses)
        if left is not _GONE:
            kept[name] = left
    return kept if all(name in kept for name in node.needs) else _GONE


def _gone(path: str, effect: str, losses: Losses) -> object:
    losses[path, effect] += 1
    return _GONE


def _refused(path: str, sentence: str) -> object:
    raise FormatError(f"{path} of this request cannot be translated: {sentence}")


def _wrong(path: str, wanted: str) -> object:
    raise FormatError(f"{path or 'The body'} of this request is not {wanted}: it cannot be translated.")


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def named(node: Node, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield (path, effect) of every loss that a tree names; without the unknown fields."""
    match node:
        case Lost(effect):
            yield path, effect
        case Refused(sentence):
            yield path, f"Refused: {sentence}"
        case Fields(of):
            for name, inner in of.items():
                yield from named(inner, f"{path}/{_escaped(name)}")
        case Each(of):
            yield from named(of, f"{path}/*")
        case Kinds(of, other):
            for inner in of.values():
                yield from named(inner, path)
            yield path, other
        case TextOr(other):
            yield from named(other, path)
        case When(_, then, otherwise):
            yield from named(then, path)
            yield from named(otherwise, path)
        case Kept() | Ours():
            return
