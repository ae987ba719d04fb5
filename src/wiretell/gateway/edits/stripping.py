"""Marks to their plain form, as `wiretell.marks` does it, and never inside what is signed or the vendor's attribution.

Schemes are edited where they are known to write. A detector knows no such place: one that the configuration names is
edited wherever it finds something, the protected places and the model's own words left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from wiretell import marks
from wiretell.errors import FormatError
from wiretell.gateway.edits.parts import ATTRIBUTION
from wiretell.gateway.edits.spans import Located, Span
from wiretell.marks.date_line.reading import is_marked
from wiretell.marks.date_line.sentence import Sentence, sentences
from wiretell.marks.date_line.spelled import spells_letters
from wiretell.marks.edits import Change, apart
from wiretell.marks.registry import SCHEMES
from wiretell.marks.survey.interest import DATE_LINE
from wiretell.model.marks import Edit, Edited, Mark

_BLANKS_TOO: Final = frozenset({"trailing"})
"""Detectors that find something in plain ASCII."""
_SIGNED_TYPES: Final = frozenset({"thinking", "redacted_thinking", "reasoning", "compaction"})
_SIGNED_MEMBERS: Final = ("signature", "encrypted_content", "thoughtSignature", "thought_signature")
_MODEL_ROLES: Final = frozenset({"assistant", "model"})


class Stripper:
    """Strips the marks of some schemes and detectors."""

    def __init__(self, names: Sequence[str]) -> None:
        """Take the names. :raises UsageError: for one that is none."""
        known = {scheme.name for scheme in SCHEMES}
        wanted = [each.name for each in marks.named(names)] if names else []
        self._schemes = tuple(name for name in wanted if name in known)
        self._detectors = tuple(name for name in wanted if name not in known)

    def may_strip(self, data: bytes) -> bool:
        """Whether there could be something to strip: False is sure."""
        return (bool(self._schemes) and _may_be_marked(data)) or (bool(self._detectors) and self._may_detect(data))

    def _may_detect(self, data: bytes) -> bool:
        return not data.isascii() or b"\\u" in data or not _BLANKS_TOO.isdisjoint(self._detectors)

    def strip(self, data: bytes) -> tuple[list[Change], tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
        """Return the changes, `scheme:state` of marks taken out and of marks left, and what was not examined."""
        done: list[Edited[bytes]] = []
        if self._schemes:
            done.append(marks.strip(data, schemes=self._schemes))
        if self._detectors:
            done.append(marks.strip(data, schemes=self._detectors, anywhere=True))
        edits = [edit for edited in done for edit in edited.edits]
        changes = apart(_allowed(data, edits))
        seen = self._seen(data) if edits else ()
        taken = [mark for mark in seen if any(_meet(mark, change) for change in changes)]
        left = [mark for edited in done for mark in edited.left]
        left += [mark for mark in seen if mark not in taken and mark not in left]
        remarks = [f"{each.what} was not examined: {each.why}." for edited in done for each in edited.not_examined]
        return (
            [_named(change) for change in changes],
            _states(taken),
            _states(left),
            tuple(dict.fromkeys(remarks)),
        )

    def _seen(self, data: bytes) -> tuple[Mark, ...]:
        return marks.read(data, schemes=(*self._schemes, *self._detectors)).marks


def _may_be_marked(data: bytes) -> bool:
    return any(is_marked(each) or each.state is None for each in _date_lines(data)) or spells_letters(data)


def _date_lines(data: bytes) -> Iterator[Sentence]:
    """Go through the date lines, last to first: searching backward takes half the time."""
    hits: list[int] = []
    at = data.rfind(DATE_LINE)
    while at >= 0:
        hits.append(at)
        at = data.rfind(DATE_LINE, 0, at)
    return sentences(data, hits)


def _meet(mark: Mark, change: Change) -> bool:
    return change.start < mark.offset + mark.length and mark.offset < change.end


def _states(found: Sequence[Mark]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(f"{mark.scheme}:{mark.state}" for mark in found))


def _named(change: Change) -> Change:
    edit = change.edit
    named = Edit(f"strip_marks:{edit.scheme}", edit.rule, edit.offset, edit.before, edit.after, edit.path, edit.within)
    return Change(change.start, change.end, change.after, named)


def _allowed(data: bytes, edits: Sequence[Edit]) -> list[Edit]:
    """Return the edits that touch nothing protected; where that cannot be told, none."""
    if not edits:
        return []
    try:
        body = Located(data)
    except FormatError:
        return []
    paths = {edit: edit.within[0] if edit.within else edit.path for edit in edits}
    protected = {path: _is_protected(body, path) for path in set(paths.values())}
    return [edit for edit in edits if not protected[paths[edit]]]


def _is_protected(body: Located, path: str | None) -> bool:
    """Whether a string stands in a signed block, in an attribution block or in what the model said; unknown: so too."""
    try:
        return path is None or _stands_protected(body, path)
    except FormatError:
        return True


def _stands_protected(body: Located, path: str) -> bool:
    span: Span = body.root
    for part in path.split("/")[1:]:
        members = body.members(span) if span != body.root else body.top
        if _is_signed(body, members):
            return True
        name = part.replace("~1", "/").replace("~0", "~")
        items = body.items(span) if not members and name.isdecimal() else []
        inner = (
            members.get(name) if members else items[int(name)] if name.isdecimal() and int(name) < len(items) else None
        )
        if inner is None:
            return True
        span = inner
    return (body.string(span) or "").startswith(ATTRIBUTION)


def _is_signed(body: Located, members: dict[str, Span]) -> bool:
    if any(name in members for name in _SIGNED_MEMBERS):
        return True
    if body.string(members.get("role")) in _MODEL_ROLES:
        return True
    return body.string(members.get("type")) in _SIGNED_TYPES
