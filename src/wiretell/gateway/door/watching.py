"""The policy file, read again when it changes: whole, or not at all."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from wiretell.errors import UsageError
from wiretell.model.policy import Policy
from wiretell.policy import load, refuse

_LOOK_S: Final = 1.0
"""How often the file is looked at."""


class PolicyWatch:
    """Gives the policy that holds now."""

    def __init__(self, path: Path | None, say: Callable[[str], object] = lambda _: None) -> None:
        """Read it. `say` gets one sentence at each change. :raises UsageError: where it cannot be read."""
        self._path = path
        self._say = say
        self._looked = time.monotonic()
        self._stamp = _stamp(path) if path else None
        self._policy = _read(path) if path else Policy()
        self.fault = ""
        """Why the file as it is now does not hold; empty while it does."""

    def current(self) -> Policy:
        """Return it. A file that is broken or gone leaves the last one in force."""
        now = time.monotonic()
        if self._path is None or now - self._looked < _LOOK_S:
            return self._policy
        self._looked = now
        stamp = _stamp(self._path)
        if stamp != self._stamp:
            self._stamp = stamp
            self._read_again(self._path)
        return self._policy

    def _read_again(self, path: Path) -> None:
        try:
            self._policy = _read(path)
        except UsageError as error:
            self.fault = f"{error} The policy read before stays in force."
            self._say(self.fault)
        else:
            self.fault = ""
            self._say(f"policy {path} read again: {told(self._policy)}.")


def told(policy: Policy) -> str:
    """Return `1 rule, 2 budgets`."""
    counts = (("rule", len(policy.rules)), ("budget", len(policy.budgets)))
    return ", ".join(f"{count} {name}{'' if count == 1 else 's'}" for name, count in counts)


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _read(path: Path) -> Policy:
    """Read it with the audit documents it names. What never can decide is refused; products the catalogue has not yet
    are not: user agents become known with releases.
    """
    policy = load(path)
    refuse(policy, unknown=False)
    return policy
