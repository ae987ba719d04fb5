"""Removal with proof: what a policy bans goes, the user's own files are kept, and nothing else is touched.

Checked -> look -> Known                        looking.py: reads the disk, changes nothing
Checked + Known -> plan -> steps                planning.py, pure; guarding.py says what may never go
steps -> journal -> renamed aside -> archive -> COMMIT -> deleted        acting.py; undoing.py goes back
a new inventory, the same policy, the same moment -> Removal             removing.py
"""

from __future__ import annotations

from wiretell.fleet.removal.acting import Done, Hands
from wiretell.fleet.removal.known import Known, Line
from wiretell.fleet.removal.looking import look
from wiretell.fleet.removal.planning import plan
from wiretell.fleet.removal.removing import RemoveOptions, remove, state_folder, undo, unfinished
from wiretell.fleet.removal.restoring import restore
from wiretell.fleet.removal.undoing import HalfRemovedError

__all__ = [
    "Done",
    "HalfRemovedError",
    "Hands",
    "Known",
    "Line",
    "RemoveOptions",
    "look",
    "plan",
    "remove",
    "restore",
    "state_folder",
    "undo",
    "unfinished",
]
