"""All edits of a request's body but a route's model: marks, then the context rules, first to last.

Pure, deterministic, stateless: what a conversation's beginning becomes does not depend on what follows it (but for
`older_than_turns`, whose break of the cache `effect` predicts), so that prompt caches stay whole. Bytes are spliced;
nothing is written anew. No rule reaches into signed thinking, encrypted content or the vendor's attribution block.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from wiretell.errors import FormatError
from wiretell.gateway.config.values import ContextRule
from wiretell.gateway.edits.parts import PARTS, Parts
from wiretell.gateway.edits.rules import Numbered, Pass, may_apply
from wiretell.gateway.edits.spans import Located
from wiretell.gateway.edits.splices import changes_of
from wiretell.gateway.edits.stripping import Stripper
from wiretell.gateway.edits.values import BYTES_A_TOKEN, EditedBody, Effect
from wiretell.marks.edits import Change, apply, joined
from wiretell.model.exchange import WireFormat

_NO_JSON: Final = "The context rules were not applied: the body is no JSON object."


class Editor:
    """What a gateway's configuration changes in every request. Holds nothing of a request; one serves all."""

    def __init__(self, strip_marks: Sequence[str] = (), context: Sequence[ContextRule] = ()) -> None:
        """Take names of schemes and detectors, and context rules in their order.

        :raises UsageError: for an unknown scheme, or a pattern that is none.
        """
        self._stripper = Stripper(strip_marks)
        rules = [Numbered.of(number, rule) for number, rule in enumerate(context)]
        self._rules = [each for each in rules if each.rule.does != "pin"]
        self._pins = [each.pattern for each in rules if each.rule.does == "pin" and each.pattern is not None]

    def edit(self, body: bytes, protocol: WireFormat) -> EditedBody:
        """Return a body edited: content coding undone, as the client spelled it. Never fails; what is no JSON stays."""
        layout = PARTS[protocol]
        strips = self._stripper.may_strip(body)
        if not strips and not any(may_apply(each, body, layout) for each in self._rules):
            return EditedBody(body)
        changes, taken, left, remarks = self._stripper.strip(body) if strips else ([], (), (), ())
        try:
            changes = self._in_context(body, changes, layout)
        except FormatError:
            remarks = (*remarks, _NO_JSON)
        if not changes:
            return EditedBody(body, (), taken, left, None, remarks)
        edited = apply(body, changes)
        entries = changes_of(body, changes)
        return EditedBody(edited, entries, taken, left, effect_of(body, edited, changes[0].start), remarks)

    def _in_context(self, body: bytes, changes: list[Change], layout: Parts) -> list[Change]:
        """Apply rule after rule, each to what the one before it left; changes are told against `body`."""
        current = apply(body, changes) if changes else body
        located: Located | None = None
        for numbered in self._rules:
            if not may_apply(numbered, current, layout):
                continue
            located = located or Located(current)
            more = Pass(numbered, self._pins, located, layout).changes()
            if more:
                changes = joined(changes, current, more) if changes else more
                current, located = apply(current, more), None
        return changes


def effect_of(body: bytes, edited: bytes, first: int) -> Effect:
    """Return what can be said of an edit at once, without the request before it."""
    removed = len(body) - len(edited)
    return Effect(bytes_removed=removed, tokens_saved=removed // BYTES_A_TOKEN, first_changed_offset=first)
