"""What the lab answers to a request. Pure: a request in, an answer out, the same in every world.

The protocol is told by the end of the path, whatever the host, because `base_url` may hang it under any prefix.
"""

from __future__ import annotations

import re
from typing import Final

from wiretell.lab.sink.answers import anthropic, gemini, openai_chat, openai_responses, side
from wiretell.lab.sink.answers.interface import Answer, Ids, Site, as_str, dumps, json_of, path_of, query_of
from wiretell.model.capture import Request

__all__ = ["Answer", "Ids", "Site", "answer", "is_responses_socket"]

MODELS: Final = {
    "anthropic": ("claude-opus-4-6", "claude-sonnet-4-6", "claude-haiku-4-5-20251001"),
    "openai": ("gpt-5.2", "gpt-5-mini", "mock-model"),
    "gemini": ("gemini-2.5-pro", "gemini-2.5-flash", "gemini-2.5-flash-lite"),
}
"""Served by `/models`."""

_GEMINI = re.compile(r"/models/([^/:]+):(generateContent|streamGenerateContent|countTokens)$")
_MODELS = re.compile(r"/(v\d+\w*)/models(?:/([^/:]+))?$")


def answer(request: Request, site: Site) -> Answer:
    """Answer one request."""
    path, ids = path_of(request), Ids(request, site)
    if request.method == "POST":
        return _post(request, path, ids)
    if request.method == "GET" and (found := _MODELS.search(path)):
        return _models(request, found[1], found[2], ids)
    if request.method == "GET" and site.serves_model and path.endswith("/models"):
        return openai_chat.models(MODELS["openai"], ids)
    if request.method == "HEAD" and path == "/" and site.serves_model:
        return side.reachable()
    return side.answer(request)


def is_responses_socket(request: Request) -> bool:
    """Whether a WebSocket upgrade asks for the Responses API, which speaks it."""
    return path_of(request).endswith("/responses")


def _post(request: Request, path: str, ids: Ids) -> Answer:
    if path.endswith("/v1/messages"):
        return anthropic.answer(json_of(request), ids)
    if path.endswith("/v1/messages/count_tokens"):
        return anthropic.count_tokens(ids)
    if path.endswith("/chat/completions"):
        return openai_chat.answer(json_of(request), ids)
    if path.endswith("/responses"):
        return openai_responses.answer(json_of(request), ids)
    if found := _GEMINI.search(path):
        model, method = as_str(found[1]), found[2]
        if method == "countTokens":
            return gemini.count_tokens()
        return gemini.answer(model, method, query_of(request), json_of(request), ids)
    return side.answer(request)


def _models(request: Request, version: str, name: str | None, ids: Ids) -> Answer:
    """Answer a list of models, or one of them, in the form of the vendor whose headers or path the request has."""
    if request.header("anthropic-version") is not None:
        listing, one = anthropic.models(MODELS["anthropic"], ids), anthropic.model
    elif version.startswith("v1beta") or request.header("x-goog-api-key") is not None:
        listing, one = gemini.models(MODELS["gemini"]), gemini.model
    else:
        listing, one = openai_chat.models(MODELS["openai"], ids), openai_chat.model
    if name is None:
        return listing
    return Answer(200, listing.headers, (dumps(one(as_str(name))),), "model-aux")
