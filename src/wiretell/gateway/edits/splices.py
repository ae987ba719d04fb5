"""Applying changes to a body, and taking them back. The one place where ledger entries become bytes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import attrgetter

from wiretell.errors import FormatError
from wiretell.gateway.edits.values import Change, Spliced
from wiretell.marks.edits import Change as Replaced
from wiretell.marks.edits import spelled
from wiretell.model.marks import Edit


def apply(body: bytes, changes: Iterable[Spliced]) -> bytes:
    """Return a body with every change made.

    :raises FormatError: where a change does not fit: it is of another body, or meets another change.
    """
    ordered = sorted(changes, key=attrgetter("offset"))
    return _spliced(body, [(each.offset, each.before, each.after) for each in ordered])


def unapply(body: bytes, changes: Iterable[Spliced]) -> bytes:
    """Return the body from which `apply` made this one. Raises as `apply` does."""
    shift = 0
    back: list[tuple[int, str, str]] = []
    for each in sorted(changes, key=attrgetter("offset")):
        back.append((each.offset + shift, each.after, each.before))
        shift += len(spelled(each.after)) - len(spelled(each.before))
    return _spliced(body, back)


def _spliced(body: bytes, splices: Sequence[tuple[int, str, str]]) -> bytes:
    pieces: list[bytes] = []
    at = 0
    for offset, before, after in splices:
        was = spelled(before)
        if offset < at or not body.startswith(was, offset):
            raise FormatError(f"an edit at byte {offset} does not fit the body; it belongs to another one.")
        pieces += (body[at:offset], spelled(after))
        at = offset + len(was)
    return b"".join((*pieces, body[at:]))


def changes_of(body: bytes, replaced: Sequence[Replaced]) -> tuple[Change, ...]:
    """Return changes as the ledger has them; their rule is `SCHEME:RULE` of the edit."""
    return tuple(map(_change, (each.reported(body) for each in replaced)))


def _change(edit: Edit) -> Change:
    path = edit.within[0] if edit.within else edit.path
    return Change(path, edit.offset, edit.before, edit.after, f"{edit.scheme}:{edit.rule}")
