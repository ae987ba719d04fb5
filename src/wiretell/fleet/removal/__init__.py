"""Removal with proof: what a policy bans goes, the user's own files are kept, and nothing else is touched.

Checked -> look -> Known                        looking.py, reaching.py, running.py: read, change nothing
Checked + Known -> plan -> steps                planning.py, pure; guarding.py, bounds.py: what may never go
steps -> journal -> renamed aside -> archive -> COMMIT -> deleted        acting.py; undoing.py goes back
a new inventory, the same policy, the same moment -> Removal             removing.py
"""

from __future__ import annotations

from wiretell.fleet.removal.acting import Done, Hands
from wiretell.fleet.removal.known import Known
from wiretell.fleet.removal.looking import look
from wiretell.fleet.removal.planning import plan
from wiretell.fleet.removal.removing import RemoveOptions, StoppedError, remove, undo, unfinished
from wiretell.fleet.removal.restoring import restore
from wiretell.fleet.removal.undoing import HalfRemovedError
from wiretell.fleet.state import state_folder

__all__ = [
    "Done",
    "HalfRemovedError",
    "Hands",
    "Known",
    "RemoveOptions",
    "StoppedError",
    "look",
    "plan",
    "remove",
    "restore",
    "state_folder",
    "undo",
    "unfinished",
]
