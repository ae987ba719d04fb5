"""What a configuration would change in one stored request: each rule alone, then all together. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from wiretell.gateway.config.values import ContextRule, GatewaySettings
from wiretell.gateway.edits.editor import Editor
from wiretell.gateway.edits.effect import Before, Price, predict
from wiretell.gateway.edits.values import EditedBody, Effect
from wiretell.model.exchange import WireFormat


@dataclass(frozen=True, slots=True)
class RuleEffect:
    """What one rule would do by itself."""

    rule: str
    """`strip_marks`, `context:0`."""
    says: str
    """As the configuration has it, in a few words."""
    places: int
    effect: Effect | None


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be done to a request."""

    rules: tuple[RuleEffect, ...]
    edited: EditedBody
    """All rules together."""
    effect: Effect | None


@dataclass(frozen=True, slots=True)
class Stored:
    """A stored request, and the one before it in the same conversation, where it is known."""

    body: bytes
    protocol: WireFormat
    previous: bytes | None = None


def preview(settings: GatewaySettings, stored: Stored, price: Price | None = None) -> Preview:
    """Return what the edits of a configuration would do. :raises FormatError: where a body is no JSON object."""
    rules = tuple(
        RuleEffect(name, says, len(edited.entries), effect)
        for name, says, editor in _editors(settings)
        for edited, effect in (_tried(editor, stored, price),)
    )
    edited, effect = _tried(Editor(settings.strip_marks, settings.context), stored, price)
    return Preview(rules, edited, effect)


def _editors(settings: GatewaySettings) -> Iterator[tuple[str, str, Editor]]:
    """Go through editors of one rule each; pins, which only keep others from editing, are part of every one."""
    if settings.strip_marks:
        yield "strip_marks", ", ".join(settings.strip_marks), Editor(settings.strip_marks)
    pins = tuple(rule for rule in settings.context if rule.does == "pin")
    for number, rule in enumerate(settings.context):
        if rule.does != "pin":
            yield f"context:{number}", _says(rule), Editor((), (rule, *pins))


def _says(rule: ContextRule) -> str:
    after = f", older than {rule.older_than_turns} turns" if rule.older_than_turns else ""
    return f"{rule.does} {rule.what}{after}"


def _tried(editor: Editor, stored: Stored, price: Price | None) -> tuple[EditedBody, Effect | None]:
    edited = editor.edit(stored.body, stored.protocol)
    before = None
    if stored.previous is not None:
        before = Before(stored.previous, editor.edit(stored.previous, stored.protocol).body)
    return edited, predict(stored.body, edited, stored.protocol, before, price)
