"""What a request's body asks for, the same way for every protocol. Pure."""

from __future__ import annotations

from typing import Final

from msgspec import Raw

from wiretell.errors import FormatError
from wiretell.gateway.protocols.decoding import count_of, text_of
from wiretell.gateway.protocols.interface import Peek

MAX_MODEL_CHARS: Final = 256
BODILESS: Final = frozenset({"models", "probe"})
"""Operations whose requests have no body."""


def peek(members: dict[str, Raw], *, limits: tuple[str, ...], session: str | None) -> Peek:
    """Return what a body's members ask for; `limits` are the names under which one may limit the output, first wins."""
    given = (count_of(members[name]) for name in limits if name in members)
    return Peek(
        model=model_of(members),
        stream=bytes(members.get("stream", b"")) == b"true",
        max_tokens=next((count for count in given if count is not None), None),
        session=session,
    )


def model_of(members: dict[str, Raw]) -> str:
    """Return the model; empty where none is named.

    :raises FormatError: where it is no plain name: an upstream that trims or normalises it would answer as another
        model than the one that was decided on.
    """
    if "model" not in members:
        return ""
    model = text_of(members["model"])
    if model is None or len(model) > MAX_MODEL_CHARS or not model.isprintable() or any(map(str.isspace, model)):
        raise FormatError("The request's 'model' must be a name of visible characters without spaces.")
    return model


def text_in(members: dict[str, Raw], name: str) -> str | None:
    """Return a member that is a string with something in it, else None."""
    return (text_of(members[name]) or None) if name in members else None
