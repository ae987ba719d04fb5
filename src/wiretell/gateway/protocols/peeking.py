"""What a request's body asks for, the same way for every protocol. Pure."""

from __future__ import annotations

from typing import Final

from msgspec import Raw

from wiretell.errors import FormatError
from wiretell.gateway.protocols.decoding import count_of, listed, text_of, top_level
from wiretell.gateway.protocols.interface import Peek

MAX_MODEL_CHARS: Final = 256
_MAX_FALLBACKS: Final = 32
_MAX_FALLBACK_BYTES: Final = 16 << 10
_READ: Final = frozenset({"model", "models", "stream"})
BODILESS: Final = frozenset({"models", "probe"})
"""Operations whose requests have no body."""


def read(body: bytes, *names: str) -> dict[str, Raw]:
    """Return the members that `peek` reads, and those of these names. :raises FormatError: as `decoding.top_level`."""
    return top_level(body, _READ.union(names))


def peek(
    members: dict[str, Raw], *, limits: tuple[str, ...], session: str | None, choices: tuple[str, ...] = ()
) -> Peek:
    """Return what a body's members ask for.

    `limits` are the names under which one may limit the output, first wins; `choices` those under which one may ask for
    several answers, largest wins.
    """
    given = (count_of(members[name]) for name in limits if name in members)
    return Peek(
        model=model_of(members),
        stream=bytes(members.get("stream", b"")) == b"true",
        max_tokens=next((count for count in given if count is not None), None),
        session=session,
        choices=most(*(members[name] for name in choices if name in members)),
        fallbacks=_fallbacks(members),
    )


def most(*counts: Raw) -> int:
    """Return the largest of some counts of answers, at least 1."""
    return max((count_of(each) or 1 for each in counts), default=1)


def _fallbacks(members: dict[str, Raw]) -> tuple[str, ...]:
    """Return the models listed beside the model. :raises FormatError: where they could be anything else."""
    value = members.get("models")
    if value is None or bytes(value) == b"null":
        return ()
    items = listed(value) if len(memoryview(value)) <= _MAX_FALLBACK_BYTES else None
    if items is None or len(items) > _MAX_FALLBACKS:
        raise FormatError(f"The request's 'models' must be a list of at most {_MAX_FALLBACKS} names of models.")
    return tuple(dict.fromkeys(_name(item, "models") for item in items))


def model_of(members: dict[str, Raw]) -> str:
    """Return the model; empty where none is named.

    :raises FormatError: where it is no plain name: an upstream that trims or normalises it would answer as another
        model than the one that was decided on.
    """
    return _name(members["model"], "model") if "model" in members else ""


def _name(value: Raw, member: str) -> str:
    model = text_of(value)
    if model is None or len(model) > MAX_MODEL_CHARS or not model.isprintable() or any(map(str.isspace, model)):
        raise FormatError(f"The request's '{member}' must be a name of visible characters without spaces.")
    return model


def text_in(members: dict[str, Raw], name: str) -> str | None:
    """Return a member that is a string with something in it, else None."""
    return (text_of(members[name]) or None) if name in members else None
