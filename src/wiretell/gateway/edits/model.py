"""A route's model: the one value that a same-format route changes."""

from __future__ import annotations

from wiretell.errors import FormatError
from wiretell.gateway.edits.spans import Located
from wiretell.gateway.edits.spelling import spelled
from wiretell.gateway.edits.values import Change
from wiretell.model.exchange import WireFormat


def model_change(body: bytes, protocol: WireFormat, model: str, rule: str) -> Change | None:
    """Return the change that makes a request ask for another model; None where it asks for that one already.

    Gemini names the model in the request's target, not here: None, unless the body has a member `model` as well.
    `rule`: as in the ledger, `route:0:model`.

    :raises FormatError: where the body is no JSON object, or names no model by a string.
    """
    located = Located(body)
    span = located.top.get("model")
    if span is None and protocol == "gemini":
        return None
    if span is None or not located.is_string(span):
        raise FormatError("the request names no model, so that no route can change it.")
    content = body[span[0] + 1 : span[1] - 1]
    if located.string(span) == model:
        return None
    before = content.decode("utf-8", "surrogateescape")
    return Change("/model", span[0] + 1, before, spelled(model, content).decode("utf-8", "surrogateescape"), rule)
