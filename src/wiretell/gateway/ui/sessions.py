"""Signing in to the page with the key that the gateway already knows a user by.

A session is a random id in a cookie; what it stands for is kept here, in memory, and ends with the gateway. Only the
id's hash is kept: a copy of the memory signs nobody in.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from typing import Final

from wiretell.gateway.config.values import User
from wiretell.gateway.ui.interface import Viewer

LASTS_S: Final = 12 * 3600
"""A working day; then the key is asked for again."""
MAX_SESSIONS: Final = 10_000
"""The oldest ends where there would be more."""
TRIES: Final = 8
"""Wrong keys that one address may try in `WINDOW_S`. No limit for all together: it would let one lock out everybody."""
WINDOW_S: Final = 60.0
_MAX_ADDRESSES: Final = 4_096


class Sessions:
    """Who is signed in. `clock` is monotonic, in seconds."""

    def __init__(self, users: Sequence[User], clock: Callable[[], float]) -> None:
        self._users = tuple(users)
        self._clock = clock
        self._open: OrderedDict[bytes, tuple[Viewer, float]] = OrderedDict()
        self._failed: OrderedDict[str, deque[float]] = OrderedDict()

    def may_try(self, address: str) -> bool:
        """Whether an address may try a key now."""
        since = self._clock() - WINDOW_S
        tries = self._failed.get(address, deque())
        return len(tries) < TRIES or tries[0] < since

    def sign_in(self, key: str, address: str) -> str | None:
        """Return the id of a new session, or None for a key that is no user's. Looks at all users in constant time."""
        digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
        found = None
        for user in self._users:
            if hmac.compare_digest(digest, user.key_sha256):
                found = user
        if found is None:
            self._count_failure(address)
            return None
        session = secrets.token_urlsafe(32)
        viewer = Viewer(found.name, found.groups, found.admin)
        self._open[_hashed(session)] = (viewer, self._clock() + LASTS_S)
        if len(self._open) > MAX_SESSIONS:
            self._open.popitem(last=False)
        return session

    def viewer(self, session: str) -> Viewer | None:
        """Return whose session it is; None if there is none of this id, or it has expired."""
        hashed = _hashed(session)
        viewer, until = self._open.get(hashed, (None, 0.0))
        if viewer is not None and until <= self._clock():
            del self._open[hashed]
            return None
        return viewer

    def sign_out(self, session: str) -> None:
        """End a session."""
        self._open.pop(_hashed(session), None)

    def _count_failure(self, address: str) -> None:
        self._failed.setdefault(address, deque(maxlen=TRIES)).append(self._clock())
        self._failed.move_to_end(address)
        if len(self._failed) > _MAX_ADDRESSES:
            self._failed.popitem(last=False)


def _hashed(session: str) -> bytes:
    return hashlib.sha256(session.encode("utf-8", "surrogatepass")).digest()
