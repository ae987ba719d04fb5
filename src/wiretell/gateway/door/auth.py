"""Who may come in: users by their keys, anyone on keyless loopback whose request was meant for this gateway."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

from wiretell.gateway.config.values import GatewaySettings, User
from wiretell.gateway.door.heads import OWN_KEY, Fields, text_of
from wiretell.gateway.protocols.interface import Headers


class DeniedError(Exception):
    """A request that may not come in. Never leaves the door."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Guest:
    """Who was let in."""

    user: User | None
    """None on keyless loopback."""
    key: str
    """By which the gateway knew them; on keyless loopback, the credentials for the upstream. Empty: none."""
    own_header: bool
    """Whether the gateway's key came in a header of its own, so that the others are the upstream's."""


class Gatekeeper:
    """Lets requests in, or denies them."""

    def __init__(self, settings: GatewaySettings) -> None:
        self._users = settings.users
        self._hosts = frozenset(bare_host(host) for host in (*settings.hosts, settings.host))

    def admit(self, headers: Headers | Fields, keys: tuple[str, ...]) -> Guest:
        """Return who asks. `keys` are the distinct credentials in the request, but for `x-wiretell-key`.

        :raises DeniedError: 401 without a known key or with two, 403 where the request was meant for another.
        """
        if not self._users:
            if not self.host_allowed(headers):
                raise DeniedError(403, "This gateway serves this machine alone, and the request named another host.")
            if len(keys) > 1:
                raise DeniedError(401, "The request holds two different keys; send one.")
            return Guest(None, keys[0] if keys else "", own_header=False)
        own = text_of(headers, OWN_KEY)
        if not own and len(keys) > 1:
            raise DeniedError(401, "The request holds two different keys; send one.")
        key = own or (keys[0] if keys else "")
        user = self.user_of(key)
        if user is None:
            raise DeniedError(401, "The gateway does not know this key." if key else "The gateway wants a key.")
        return Guest(user, key, own_header=bool(own))

    def user_of(self, key: str) -> User | None:
        """Return whose key it is. All users are compared, in the same time whoever it is."""
        digest = hashlib.sha256(key.encode("utf-8", "surrogateescape")).digest()
        found = None
        for user in self._users:
            if hmac.compare_digest(digest, user.key_sha256):
                found = user
        return found if key else None

    def host_allowed(self, headers: Headers | Fields) -> bool:
        """Whether a request was meant for this gateway by its Host, and comes of no foreign page by its Origin.

        A page in a browser can send requests to loopback; its own name in Host (by a name that leads to loopback) or
        in Origin gives it away.
        """
        if not self._is_own(text_of(headers, b"host")):
            return False
        origin = text_of(headers, b"origin")
        return not origin or self._is_own(urlsplit(origin).netloc)

    def _is_own(self, authority: str) -> bool:
        name = bare_host(authority)
        return name in self._hosts or _is_loopback(name)


def bare_host(authority: str) -> str:
    """Return the host of `host:port`, in lower case, without brackets."""
    authority = authority.strip().lower()
    if authority.startswith("["):
        return authority[1:].partition("]")[0]
    return authority if authority.count(":") > 1 else authority.partition(":")[0]


def _is_loopback(name: str) -> bool:
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def address_of(headers: Headers | Fields, peer: str, *, trust_proxy: bool) -> str:
    """Return the client's address; behind a proxy that is trusted, the one it added last to `X-Forwarded-For`."""
    if trust_proxy and (forwarded := text_of(headers, b"x-forwarded-for")):
        return forwarded.rpartition(",")[2].strip()[:64]
    return peer
