"""What of each protocol's requests goes over to which other, one file a client's protocol."""

from __future__ import annotations

from functools import cache

from wiretell.gateway.translate.fields import chat, messages, responses
from wiretell.gateway.translate.shape import Node
from wiretell.model.exchange import WireFormat


@cache
def table(client: WireFormat, upstream: WireFormat) -> Node:
    """Return the tree of a pair; neither is `gemini`, and they differ."""
    tables = {
        "anthropic-messages": messages.table,
        "openai-chat": chat.table,
        "openai-responses": responses.table,
    }
    return tables[client](upstream)
