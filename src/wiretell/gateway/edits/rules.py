"""The context rules: shorten old tool results, drop old images, replace texts, pin messages.

Every rule looks at one part at a time and decides by that part, its message, and (with `older_than_turns`) by how many
of the user's turns follow. Nothing else counts, no clock and no memory, so that a turn sent again is edited alike. A
call and its result stay a pair: contents are replaced, blocks and ids stay.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, assert_never

from wiretell.gateway.config.values import ContextRule
from wiretell.gateway.edits.matching import Pattern
from wiretell.gateway.edits.parts import Kind, Message, Part, Parts
from wiretell.gateway.edits.spans import Located
from wiretell.gateway.edits.spelling import characters, middle, offsets, spelled
from wiretell.marks.edits import Change
from wiretell.model.marks import Edit

NO_IMAGE: Final = "[An image stood here; the gateway left it out.]"
"""Where the rule says nothing else."""
_LEFT_OUT: Final = "\n[... {count:,} characters left out by the gateway ...]\n"
_LONGEST_NOTE: Final = len(_LEFT_OUT.format(count=10**12))
_REPLACED: Final = frozenset({"own", "result", "system"})


@dataclass(frozen=True, slots=True)
class Numbered:
    """A rule, compiled, with its place in the configuration."""

    number: int
    rule: ContextRule
    pattern: Pattern | None
    """Of `pin` and `replace`."""

    @classmethod
    def of(cls, number: int, rule: ContextRule) -> Numbered:
        """Compile a rule. :raises UsageError: for a pattern that is none."""
        return cls(number, rule, Pattern(rule.what) if rule.does in ("pin", "replace") else None)


def may_apply(numbered: Numbered, data: bytes, layout: Parts) -> bool:
    """Whether a rule could change a body: False is sure. Costs a search over the body.

    Searching backward takes half the time of searching forward, in CPython 3.11 and on bodies of agents.
    """
    match numbered.rule.does:
        case "shorten":
            return any(data.rfind(word) >= 0 for word in layout.words["result"])
        case "drop":
            return any(data.rfind(word) >= 0 for word in layout.words["image"])
        case "replace":
            return _pattern(numbered).may_be_in(data)
        case "pin":
            return False
        case never:
            assert_never(never)


class Pass:
    """One rule on one body; `pins` are the patterns of all pinning rules."""

    def __init__(self, numbered: Numbered, pins: Sequence[Pattern], body: Located, layout: Parts) -> None:
        """Take a rule and what it is to be applied to."""
        self._numbered, self._pins, self._body, self._layout = numbered, pins, body, layout

    def changes(self) -> list[Change]:
        """Return what the rule changes, in the order of the text."""
        messages = self._layout.messages(self._body)
        old = messages[: _end_of_old(self._body, self._layout, messages, self._numbered.rule.older_than_turns)]
        found = [change for message in old for change in self._of_message(message)]
        if self._numbered.rule.does == "replace" and not self._numbered.rule.older_than_turns:
            found += [change for part in self._layout.system(self._body) for change in self._of_part(part)]
        return sorted(found, key=lambda change: change.start)

    def _of_message(self, message: Message) -> Iterator[Change]:
        if not self._may_hold(message):
            return
        parts = list(self._layout.parts(self._body, message))
        changes = [change for part in parts for change in self._of_part(part)]
        if changes and not self._is_pinned(message, parts):
            yield from changes

    def _may_hold(self, message: Message) -> bool:
        """Whether a message could have what the rule looks for: a search, so that others are not taken apart."""
        rule, (start, end) = self._numbered.rule, message.span
        if rule.does == "replace":
            return _pattern(self._numbered).may_be_in(self._body.data, start, end)
        if rule.does == "shorten" and end - start <= rule.keep_chars:
            return False
        kind: Kind = "result" if rule.does == "shorten" else "image"
        return any(self._body.data.find(word, start, end) >= 0 for word in self._layout.words[kind])

    def _is_pinned(self, message: Message, parts: Sequence[Part]) -> bool:
        pins = [pin for pin in self._pins if pin.may_be_in(self._body.data, *message.span)]
        said = [self._body.string(part.span) or "" for part in parts if part.kind != "image"] if pins else []
        return any(pin.is_in(text) for pin in pins for text in said)

    def _of_part(self, part: Part) -> Iterator[Change]:
        match self._numbered.rule.does:
            case "shorten" if part.kind == "result":
                yield from self._shortened(part)
            case "drop" if part.kind == "image":
                text = self._numbered.rule.text or NO_IMAGE
                yield self._change(part, *part.span, self._layout.placeholder(self._body, part, text))
            case "replace" if part.kind in _REPLACED:
                yield from self._replaced(part)

    def _shortened(self, part: Part) -> Iterator[Change]:
        keep = self._numbered.rule.keep_chars
        start, content = part.span[0] + 1, self._body.data[part.span[0] + 1 : part.span[1] - 1]
        if len(content) <= keep + _LONGEST_NOTE:
            return  # not worth a note, and what was shortened stays as it is
        if len(content) <= 12 * (keep + _LONGEST_NOTE) and len(characters(content)) <= keep + _LONGEST_NOTE:
            return
        first, last = middle(content, keep - keep // 2, keep // 2)
        note = _LEFT_OUT.format(count=len(characters(content[first:last])))
        yield self._change(part, start + first, start + last, spelled(note, content))

    def _replaced(self, part: Part) -> Iterator[Change]:
        text = self._body.string(part.span)
        spans = list(_pattern(self._numbered).spans(text)) if text else []
        if not spans:
            return
        start, content = part.span[0] + 1, self._body.data[part.span[0] + 1 : part.span[1] - 1]
        after = spelled(self._numbered.rule.text, content)
        ends = offsets(content, [index for span in spans for index in span])
        for first, last in zip(ends[::2], ends[1::2], strict=True):
            if content[first:last] != after:
                yield self._change(part, start + first, start + last, after)

    def _change(self, part: Part, start: int, end: int, after: bytes) -> Change:
        rule = self._numbered.rule.does
        return Change(start, end, after, Edit(f"context:{self._numbered.number}", rule, start, "", "", part.path))


def _pattern(numbered: Numbered) -> Pattern:
    assert numbered.pattern is not None
    return numbered.pattern


def _end_of_old(body: Located, layout: Parts, messages: Sequence[Message], turns: int) -> int:
    """Return how many messages stand before the last so many turns; 0 turns: all."""
    if turns == 0:
        return len(messages)
    for nth in range(len(messages) - 1, -1, -1):
        turns -= layout.begins_turn(body, messages[nth])
        if turns == 0:
            return nth
    return 0
