"""One request into another protocol.

1. Read what is wished of the answer. 2. Reduce the body to what the pair carries, listing what is lost. 3. Mend what
the library would lose. 4. Translate: client's protocol -> llm-rosetta's own form -> upstream's. 5. Put right what it
made.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Mapping
from typing import Any, Final

from wiretell.errors import FormatError
from wiretell.gateway.translate.fields import table
from wiretell.gateway.translate.finish import finish
from wiretell.gateway.translate.interface import Loss
from wiretell.gateway.translate.prepare import prepared
from wiretell.gateway.translate.shape import Losses, named, reduce
from wiretell.gateway.translate.wishes import NO_SAMPLING, NO_THINKING, wishes
from wiretell.model.exchange import WireFormat

PROVIDERS: Final[Mapping[WireFormat, str]] = {
    "anthropic-messages": "anthropic",
    "openai-chat": "openai_chat",
    "openai-responses": "openai_responses",
}
"""What llm-rosetta calls them."""

logging.getLogger("llm_rosetta").setLevel(logging.ERROR)  # what it warns of is in the list of losses


def translated(
    client: WireFormat, upstream: WireFormat, body: dict[str, Any], model: str
) -> tuple[dict[str, Any], tuple[Loss, ...]]:
    """Return the request for the upstream's protocol, and what of it is lost.

    :raises FormatError: where it holds what cannot be sent there, or is not of the client's protocol.
    """
    kept, losses = reduce(table(client, upstream), body)
    _whole(client, kept)
    wished = wishes(client, body)
    try:
        sent = _by_library(client, upstream, prepared(client, upstream, {**kept, "model": model}))
        losses += finish(upstream, sent, wished)
    except Exception as error:  # a field of a wrong type, or the library's own: a client's mistake ends in a sentence
        raise FormatError(f"This request cannot be translated to `{upstream}`: {error!r}.") from error
    return sent, listed(losses)


def known(client: WireFormat, upstream: WireFormat) -> tuple[Loss, ...]:
    """Return every loss of a pair that has a name, each with a count of 0."""
    found = set(named(table(client, upstream)))
    if upstream == "anthropic-messages":
        at = "/reasoning_effort" if client == "openai-chat" else "/reasoning/effort"
        found |= {("/temperature", NO_SAMPLING), ("/top_p", NO_SAMPLING), (at, NO_THINKING)}
    return tuple(Loss(path, 0, effect) for path, effect in sorted(found))


def listed(losses: Losses) -> tuple[Loss, ...]:
    """Return losses in the order of their paths."""
    return tuple(Loss(path, count, effect) for (path, effect), count in sorted(losses.items()))


def _whole(client: WireFormat, kept: Mapping[str, Any]) -> None:
    wanted = "input" if client == "openai-responses" else "messages"
    if not kept.get(wanted):
        raise FormatError(f"A request without `{wanted}` cannot be translated.")


def _by_library(client: WireFormat, upstream: WireFormat, body: dict[str, Any]) -> dict[str, Any]:
    # 0.2 s and 10 MB or more: only a gateway that translates pays for it, with its first translation
    from llm_rosetta import ConversionContext, get_converter_for_provider

    source, target = (get_converter_for_provider(PROVIDERS[name]) for name in (client, upstream))
    context = ConversionContext()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        asked = source.request_from_provider(body, context=context)
        sent, _ = target.request_to_provider(asked, context=context)
    return dict(sent)
