"""The way back of a removal: everything that was renamed gets its own name again."""

from __future__ import annotations

import contextlib
import os
from typing import Final

from wiretell.errors import InconclusiveError
from wiretell.fleet.removal import disk
from wiretell.fleet.removal.journal import Act, Journal

_ON: Final = "`wiretell fleet remove --undo` goes on"


class HalfRemovedError(InconclusiveError):
    """A removal could neither be carried out nor taken back; the sentence says what lies where."""


def rolled_back(journal: Journal) -> None:
    """Give everything back its name, delete what there is of the archive, and end the journal. May be done again.

    :raises HalfRemovedError: where something cannot be put back; the journal stays open.
    """
    begin = journal.begin
    try:
        journal.undoing()
    except OSError as error:  # a full disk is no reason not to go back; a COMMIT that may stand there is one
        if journal.may_be_committed:
            raise HalfRemovedError(
                f"{journal.folder} cannot be written: {reason_of(error)}; make room, then {_ON}."
            ) from None
    problems = [problem for act in reversed(begin.acts) if (problem := _back(act))]
    with contextlib.suppress(OSError):  # a part of an archive in the way of nothing
        os.unlink(begin.partial)
    if problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise HalfRemovedError(f"{problems[0]}{more}; put that right, then {_ON}.")
    disk.sync_folders(os.path.dirname(act.place) for act in begin.acts)
    with contextlib.suppress(OSError):  # done again the next time, without effect
        journal.end("undone")


def _back(act: Act) -> str:
    """Rename one thing back; return what is wrong, or nothing."""
    found = disk.identity(act.aside_place) if act.aside else None
    if found is None or found.kind != act.identity.kind:
        return ""
    try:
        disk.rename(act.aside_place, os.path.basename(act.place), found)
    except FileExistsError:
        return f"{act.place} cannot be put back from {act.aside_place}: something else is there now"
    except OSError as error:
        return f"{act.place} cannot be put back from {act.aside_place}: {reason_of(error)}"
    return ""


def reason_of(error: Exception) -> str:
    """Return what is wrong, without the path that the sentence around it names."""
    return error.strerror or str(error) if isinstance(error, OSError) else str(error).rstrip(".")
