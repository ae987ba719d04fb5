"""Steps 2 to 5 of an exchange: let in, read, understood, and who it is of."""

from __future__ import annotations

from wiretell.errors import FormatError
from wiretell.gateway.door import identity
from wiretell.gateway.door.auth import DeniedError, Guest, address_of
from wiretell.gateway.door.coding import plain_body
from wiretell.gateway.door.draft import Draft
from wiretell.gateway.door.heads import Fields, text_of
from wiretell.gateway.door.parts import Parts
from wiretell.gateway.door.refusing import RefusedError
from wiretell.gateway.door.server import BODY_IDLE_S, Cycle, StalledError, TooLargeError
from wiretell.gateway.protocols.credentials import masked
from wiretell.gateway.protocols.interface import Headers, Peek, Protocol, Served
from wiretell.model.policy import Asked, Client
from wiretell.policy import recognise

_MAX_TEXT = 1000


def admit(parts: Parts, fields: Fields, keys: tuple[str, ...]) -> Guest:
    """Let a request in. :raises RefusedError: 401, 403."""
    try:
        return parts.gate.admit(fields, keys)
    except DeniedError as denied:
        raise RefusedError(denied.status, "auth", denied.sentence) from None


async def read(parts: Parts, cycle: Cycle) -> bytes:
    """Return a request's body as it came. :raises RefusedError: 408, 413. ClientLeftError."""
    limit, idle_s = parts.settings.max_body_bytes, min(parts.settings.idle_timeout_s, BODY_IDLE_S)
    try:
        return await cycle.read(limit, idle_s)
    except StalledError:
        sentence = f"Nothing of the request's body came for {idle_s:g} s; send it again."
        raise RefusedError(408, "bad-request", sentence) from None
    except TooLargeError:
        sentence = f"The request's body is larger than the {limit >> 20} MiB that this gateway takes."
        raise RefusedError(413, "too-large", sentence) from None


def understand(parts: Parts, protocol: Protocol, served: Served, body: bytes, coding: str) -> tuple[bytes, Peek]:
    """Return a body with its content coding undone, and what it asks for. :raises RefusedError: 400."""
    try:
        plain = plain_body(body, coding, parts.settings.max_body_bytes)
        return plain, protocol.peek(plain, served)
    except FormatError as error:
        if served.operation != "other":
            raise RefusedError(400, "bad-request", str(error)) from None
        return body, Peek(model=served.model)


def columns_of_head(
    parts: Parts, draft: Draft, method: str, target: str, headers: Headers, fields: Fields, peer: str
) -> Client:
    """Fill the columns that a request's head tells; return which program it is of."""
    user_agent = text_of(fields, b"user-agent")
    client = recognise(user_agent)
    own, parent = identity.agents(fields)
    draft.set(
        target=f"{method} {masked(target)}",
        ip=address_of(fields, peer, trust_proxy=parts.settings.trust_proxy),
        user_agent=user_agent[:_MAX_TEXT],
        client=client.product,
        client_version=client.version,
        header_tuple=parts.hasher.shape(headers),
        agent_id=own,
        parent_agent_id=parent,
        gateway=parts.settings.name,
        org=parts.settings.org,
    )
    return client


def columns_of_guest(parts: Parts, draft: Draft, guest: Guest) -> None:
    """Fill the columns that the key tells."""
    if guest.user is not None:
        draft.set(user=guest.user.name, groups=guest.user.groups)
    draft.set(key_id=parts.hasher.of(guest.key) if guest.key else "")


def columns_of_peek(draft: Draft, fields: Fields, body: bytes, peek: Peek) -> None:
    """Fill the columns that a request's body tells."""
    draft.set(
        model=peek.model,
        streamed=peek.stream,
        max_tokens=peek.max_tokens,
        session=identity.session(fields, peek.session),
        request_bytes=len(body),
    )


def asked_by(client: Client, guest: Guest, model: str) -> Asked:
    """Return what a policy decides on."""
    user = guest.user
    name, groups = (user.name, user.groups) if user is not None else (None, ())
    return Asked(client, model, name, groups)
