"""Requests of one protocol to an upstream that speaks another, and its answers back: Messages, Chat and Responses.

    >>> from wiretell.gateway import translate
    >>> pair = translate.translator("anthropic-messages", "openai-chat")
    >>> pair.request(b'{"messages": [{"role": "user", "content": "hi"}], "top_k": 5}', "m").losses[0].path
    '/top_k'

    request:  wishes, shape + fields -> prepare -> llm-rosetta -> finish
    answer:   answer/ (see there)

What a translation loses is listed before it is used: `losses` for one request, `known_losses` for a pair. Gemini is
passed through only. Traffic of one protocol never comes here. Pure, but for the clock in an answer's `created`.
"""

from __future__ import annotations

from wiretell.errors import FormatError
from wiretell.gateway.translate.interface import Loss, StreamTranslator, TranslatedRequest, Translator
from wiretell.gateway.translate.jsons import decoded
from wiretell.gateway.translate.pair import PATHS, Pair
from wiretell.gateway.translate.request import known, translated
from wiretell.model.exchange import WireFormat

__all__ = [
    "Loss",
    "StreamTranslator",
    "TranslatedRequest",
    "Translator",
    "known_losses",
    "losses",
    "translator",
]


def translator(client: WireFormat, upstream: WireFormat) -> Translator:
    """Return the translator of a pair of protocols that differ. :raises FormatError: for a pair with Gemini."""
    _check(client, upstream)
    return Pair(client, upstream)


def losses(client: WireFormat, upstream: WireFormat, body: bytes) -> tuple[Loss, ...]:
    """Return what a request would lose, by path, without sending it; its own model is taken for the upstream's.

    :raises FormatError: where it cannot be translated at all.
    """
    _check(client, upstream)
    request = decoded(body, "The request")
    return translated(client, upstream, request, str(request.get("model", "")))[1]


def known_losses(client: WireFormat, upstream: WireFormat) -> tuple[Loss, ...]:
    """Return all that a pair is known to lose, counts 0; a field that no table names is lost and listed as well."""
    _check(client, upstream)
    return known(client, upstream)


def _check(client: WireFormat, upstream: WireFormat) -> None:
    assert client != upstream, "same-format traffic is passed as it is"
    for name in (client, upstream):
        if name not in PATHS:
            raise FormatError(
                f"`{name}` is not translated, only passed through: route it to an upstream that speaks `{name}`."
            )
