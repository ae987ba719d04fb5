"""Whether two JSON values mean the same to a usual reader, however they are written."""

from __future__ import annotations

from typing import Final

from wiretell.capture.wire.json_nodes import Array, Document, Literal, Node, Number, Object, String

_MAX_EXPONENT_DIGITS: Final = 18
"""Beyond it a number is compared by its spelling."""


def semantic_equal(a: Document | Node, b: Document | Node) -> bool:
    """Tell whether a usual JSON reader sees the same: members in any order, the last of repeated keys, any spelling.

    Numbers are compared exactly, not as floating point; `-0` is `0`.
    """
    waiting = [(_root(a), _root(b))]
    while waiting:
        match waiting.pop():
            case Object() as left, Object() as right:
                mine, theirs = _as_dict(left), _as_dict(right)
                if mine.keys() != theirs.keys():
                    return False
                waiting.extend((mine[key], theirs[key]) for key in mine)
            case Array(items=left_items), Array(items=right_items):
                if len(left_items) != len(right_items):
                    return False
                waiting.extend(zip(left_items, right_items, strict=True))
            case left_leaf, right_leaf:
                if _meaning(left_leaf) != _meaning(right_leaf):
                    return False
    return True


def _root(of: Document | Node) -> Node:
    return of.root if isinstance(of, Document) else of


def _as_dict(node: Object) -> dict[str, Node]:
    return {member.key.value: member.value for member in node.members}


def _meaning(node: Node) -> tuple[str, ...]:
    match node:
        case String(value=value):
            return ("string", value)
        case Number(raw=raw):
            return ("number", *_number(raw))
        case Literal(raw=raw):
            return ("literal", raw)
        case Array():
            return ("array",)
        case Object():
            return ("object",)


def _number(raw: str) -> tuple[str, ...]:
    """Write a number in one form: sign, digits without zeros around them, power of ten; as text, whatever its size."""
    digits, _, exponent = raw.lower().removeprefix("-").partition("e")
    whole, _, fraction = digits.partition(".")
    significant = (whole + fraction).lstrip("0")
    if not significant:
        return ("", "0", "0")
    stripped = significant.rstrip("0")
    if len(exponent) > _MAX_EXPONENT_DIGITS:
        return (raw.lower(),)
    power = int(exponent or "0") - len(fraction) + len(significant) - len(stripped)
    return ("-" if raw.startswith("-") else "", stripped, str(power))
