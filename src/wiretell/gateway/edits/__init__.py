"""What the gateway changes in a request before it sends it on, and what it only compares.

    editor = Editor(strip_marks=("date-line",), context=rules)      # once
    edited = editor.edit(body, "anthropic-messages")                # .body, .entries for the ledger, .marks
    change = model_change(edited.body, protocol, "other-model", "route:0:model")
    apply(body, edited.entries) == edited.body; unapply(edited.body, edited.entries) == body
    pins = Pins.load(paths); pins.check(body, client, protocol)     # the body as the client sent it

Pure but for `Pins`, which reads documents and remembers what it has compared.
"""

from __future__ import annotations

from wiretell.gateway.edits.editor import Editor
from wiretell.gateway.edits.effect import Before, predict
from wiretell.gateway.edits.model import model_change
from wiretell.gateway.edits.pins import Checked, PinDifference, Pins
from wiretell.gateway.edits.splices import apply, unapply
from wiretell.gateway.edits.values import Change, EditedBody, Effect

__all__ = [
    "Before",
    "Change",
    "Checked",
    "EditedBody",
    "Editor",
    "Effect",
    "PinDifference",
    "Pins",
    "apply",
    "model_change",
    "predict",
    "unapply",
]
