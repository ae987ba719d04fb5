"""Steps 6 to 10 of an exchange: what the policy says, where it goes, what is changed, what is reserved."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from wiretell.errors import FormatError
from wiretell.gateway.config.values import Upstream
from wiretell.gateway.door import heads
from wiretell.gateway.door.deciding import Deciding
from wiretell.gateway.door.draft import Draft, Request, entries_of
from wiretell.gateway.door.parts import Parts
from wiretell.gateway.door.refusing import RefusedError
from wiretell.gateway.door.upstream import Question, authority
from wiretell.gateway.edits import EditedBody, apply, model_change
from wiretell.gateway.edits.pins import PinDifference
from wiretell.gateway.log.redaction import Redactor, masked
from wiretell.gateway.protocols import by_name
from wiretell.gateway.protocols.interface import Headers, Peek, Protocol
from wiretell.gateway.protocols.targets import with_model
from wiretell.gateway.routing import Routed, choose
from wiretell.gateway.translate import translator
from wiretell.gateway.translate.interface import Translator
from wiretell.model.exchange import LedgerEntry
from wiretell.model.policy import Asked, Policy
from wiretell.policy import names_models

_MAX_PINS: Final = 8
_MAX_PINS_TOLD: Final = 4
_MAX_PIN_CHARS: Final = 300
_TRANSLATED_HEADERS: Final = ((b"content-type", b"application/json"), (b"accept-encoding", b"identity"))
_VERSIONS: Final = {"anthropic-messages": ((b"anthropic-version", b"2023-06-01"),)}


@dataclass(frozen=True, slots=True)
class Plan:
    """What is sent, and to whom."""

    upstream: Upstream
    wire: Protocol
    """That the upstream speaks."""
    model: str
    """As it is sent."""
    question: Question
    translator: Translator | None
    entries: tuple[LedgerEntry, ...]
    plain: bytes
    """The client's body after the edits, its content coding undone."""


def judge_request(deciding: Deciding, policy: Policy, request: Request, draft: Draft) -> str:
    """Decide on the model that is asked for and on each that may answer instead; return what to warn of.

    :raises RefusedError: 451; 400 where nobody could tell which model answers, and the policy asks for it.
    """
    if request.asks_model:
        _refuse_unknown_model(policy, request.peek)
    models = (request.peek.model, *request.peek.fallbacks)
    return together(judge(deciding, policy, replace(request.asked, model=model), draft) for model in models)


def _refuse_unknown_model(policy: Policy, peek: Peek) -> None:
    sentence = ""
    if not peek.model and names_models(policy):
        sentence = "The request names no model, and this gateway's policy decides by models; name one in 'model'."
    if peek.fallbacks and any(budget.models or budget.unit == "usd" for budget in policy.budgets):
        sentence = "The request lists several 'models', and budgets must know which one answers; name one in 'model'."
    if sentence:
        raise RefusedError(400, "bad-request", sentence)


def together(sentences: Iterable[str]) -> str:
    """Return different sentences as one text."""
    return " ".join(dict.fromkeys(filter(None, sentences)))


def judge(deciding: Deciding, policy: Policy, asked: Asked, draft: Draft) -> str:
    """Decide by the policy's rules; return what to warn of. :raises RefusedError: 451.

    Asked again for the model that a route leads to: another name must not lead to what is banned.
    """
    decision = deciding.decision(policy, asked)
    if decision.effect == "ban":
        raise RefusedError(451, "ban", decision.sentence, decision.told)
    if decision.effect != "pass" or "decision" not in draft.columns:
        draft.set(decision=decision.told)
    if decision.effect == "warn":
        draft.warn(decision.sentence)
        return decision.sentence
    return ""


def route(parts: Parts, request: Request) -> Routed:
    """Choose the upstream. :raises RefusedError: 404 where none speaks what the client does."""
    try:
        return choose(
            parts.settings.routes,
            parts.settings.upstreams,
            protocol=request.protocol.name,
            model=request.peek.model,
            body_bytes=len(request.plain),
            headers=request.headers,
        )
    except FormatError as error:
        raise RefusedError(404, "not-found", str(error)) from None


def edit(parts: Parts, request: Request, routed: Routed, draft: Draft) -> EditedBody:
    """Change what the file asks to be changed in a conversation, as splices of bytes."""
    if not request.asks_model:
        return EditedBody(request.plain)
    edited = parts.editor.edit(request.plain, request.protocol.name)
    if routed.model != request.peek.model and not request.served.model:
        edited = _with_model(request, routed, edited)
    if edited.marks:
        draft.set(marks=edited.marks)
    for remark in edited.remarks:
        draft.warn(remark)
    return edited


def _with_model(request: Request, routed: Routed, edited: EditedBody) -> EditedBody:
    try:
        change = model_change(request.plain, request.protocol.name, routed.model, f"route:{routed.route}:model")
    except FormatError as error:
        raise RefusedError(400, "bad-request", str(error)) from None
    if change is None:
        return edited
    entries = (*edited.entries, change)
    return replace(edited, body=apply(request.plain, entries), entries=entries)


def pin(parts: Parts, request: Request, draft: Draft) -> None:
    """Note where a request leaves the template that was audited."""
    if parts.pins is not None and request.asks_model:
        checked = parts.pins.examine(request.plain, request.asked.client, request.protocol.name)
        if checked.differences:
            draft.set(pins=tuple(difference.path for difference in checked.differences[:_MAX_PINS]))
        for difference in checked.differences[:_MAX_PINS_TOLD]:
            draft.warn(_told(difference, parts.redactor))
        for remark in checked.remarks:
            draft.warn(remark)


def _told(difference: PinDifference, redactor: Redactor) -> str:
    """Say in at most 300 characters what stands where a template was left, and what stood there; no secrets."""
    where = f"Left the pinned template at {difference.path[: _MAX_PIN_CHARS // 3]}: "
    each = (_MAX_PIN_CHARS - len(where) - len('"" instead of ""')) // 2
    excerpt, before = (_masked(text, redactor)[:each] for text in (difference.excerpt, difference.instead_of))
    return f'{where}"{excerpt}"' + (f' instead of "{before}"' if before else "")


def _masked(text: str, redactor: Redactor) -> str:
    data = text.encode("utf-8", "surrogatepass")
    return masked(data, redactor.spans(data)).decode("utf-8", "replace")


def plan(parts: Parts, request: Request, routed: Routed, edited: EditedBody, draft: Draft) -> Plan:
    """Return what is sent. :raises RefusedError: 400, 401, 404 where it cannot be sent there."""
    wire = by_name(routed.wire)
    entries = entries_of(draft.exchange_id, edited.entries)
    if routed.wire != request.protocol.name:
        question, through = _translated(request, routed, wire, edited.body, draft)
    else:
        question, through = _same(parts, request, routed, wire, edited.body), None
    is_same = question.body is request.body
    draft.set(
        upstream=routed.upstream.name,
        edits=len(entries),
        account=_account(parts, request, routed.upstream),
        sent_sha256="" if is_same else hashlib.sha256(question.body).hexdigest(),  # empty: the log's writer fills it
    )
    return Plan(routed.upstream, wire, routed.model, question, through, entries, edited.body)


def _account(parts: Parts, request: Request, upstream: Upstream) -> str:
    if upstream.key is not None:
        return f"upstream:{upstream.name}"
    return f"key:{parts.hasher.of(request.keys[0])}" if request.keys else ""


def _same(parts: Parts, request: Request, routed: Routed, wire: Protocol, plain: bytes) -> Question:
    """The client's own request, for another host: with its own credentials, where the upstream has no key.

    By which key a user is known here is then the user's and the upstream's affair: it passes as it came, unless the
    gateway's own came in a header of its own.
    """
    upstream = routed.upstream
    recoded = plain is not request.plain
    body = plain if recoded else request.body
    below = _below(request, routed)
    forwarded = not parts.settings.trust_proxy
    sent = heads.to_upstream(request.headers, authority(upstream.base_url), recoded=recoded, forwarded=forwarded)
    if upstream.key is not None:
        sent, below = wire.with_key(sent, below, upstream.key)
    return _question(request.method, upstream, below, sent, body)


def _below(request: Request, routed: Routed) -> str:
    """Return the target below the base URL; where it names the model (Gemini), the one that is asked."""
    served = request.served
    if not served.model or routed.model == served.model or not request.asks_model:
        return served.below
    return with_model(served.below, routed.model)


def _question(method: str, upstream: Upstream, below: str, headers: Headers, body: bytes) -> Question:
    return Question(method=method, base_url=upstream.base_url, below=below, headers=headers, body=body)


def _translated(
    request: Request, routed: Routed, wire: Protocol, plain: bytes, draft: Draft
) -> tuple[Question, Translator]:
    """Another vendor's request, with nothing of the client's own head: its credentials are of no use there."""
    upstream = routed.upstream
    if request.served.operation != "generate":
        raise RefusedError(404, "not-found", f"{routed.model} goes to another protocol, which counts no tokens.")
    if upstream.key is None:
        raise RefusedError(401, "auth", f"[upstream.{upstream.name}] needs a key: the client's is of another vendor.")
    try:
        through = translator(request.protocol.name, routed.wire)
        made = through.request(plain, routed.model)
    except FormatError as error:
        raise RefusedError(400, "bad-request", str(error)) from None
    for loss in made.losses:
        draft.warn(f"Lost in translation: {loss.path} ({loss.count}): {loss.effect}")
    draft.set(translated=routed.wire)
    fixed = [(b"host", authority(upstream.base_url)), *_TRANSLATED_HEADERS, *_VERSIONS.get(routed.wire, ())]
    sent, below = wire.with_key(fixed, made.path, upstream.key)
    sent.append((b"content-length", b"%d" % len(made.body)))
    return _question("POST", upstream, below, sent, made.body), through
