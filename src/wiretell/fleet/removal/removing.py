"""A removal from beginning to end: what was broken off, an inventory, the plan, the acts, the proof."""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from wiretell.errors import UsageError
from wiretell.fleet.removal import acting, journal
from wiretell.fleet.removal.acting import Done, Hands
from wiretell.fleet.removal.journal import Journal, Record
from wiretell.fleet.removal.known import Known
from wiretell.fleet.removal.looking import look
from wiretell.fleet.removal.planning import parts, plan
from wiretell.fleet.removal.undoing import HalfRemovedError, rolled_back
from wiretell.fleet.state import why_not_ours
from wiretell.fleet.walk.interface import Surroundings
from wiretell.model.fleet import Action, Checked, Inventory, Removal, Step, StepResult, StepState
from wiretell.model.policy import Policy

_LOCK: Final = "removal.lock"


class StoppedError(KeyboardInterrupt):
    """Somebody stopped a removal that was done in some homes by then, and not begun or put back in the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveOptions:
    """How a removal is done."""

    around: Surroundings
    state: Path
    """Folder of journals and archives: `state_folder()`."""
    apply: bool = False
    """Whether to act; without it nothing is written."""
    archive: Path | None = None
    """Where the user's own files are kept; None: beside the journal."""
    keep_config: bool = False
    """Whether configuration stays where it is."""
    hands: Hands = field(default_factory=Hands)


def remove(taken: Callable[[], Inventory], policy: Policy, on: dt.datetime, options: RemoveOptions) -> Removal:
    """Remove what a policy bans at a moment, or plan it.

    1. A removal that was broken off is taken up: before COMMIT it is rolled back and begun anew by today's policy,
       after it carried to its end. A plan only says that there is one.
    2. An inventory is taken and held against the policy; the steps follow from it.
    3. They are carried out home by home, and the system last: each whole or not at all, with a journal of its own.
       What one user's files make fail is put back and told; the others' goes all the same.
    4. A new inventory is held against the same policy at the same moment: the proof.

    `taken`: takes an inventory; it is called once for a plan, twice with `apply`.
    :raises UsageError: where another removal is running, or journal or archive cannot be written.
    :raises HalfRemovedError: where something could be neither removed nor put back, and there is but one home.
    :raises StoppedError: for Ctrl-C, where some homes are done by then.
    """
    from wiretell.fleet.checking import check

    if not options.apply:
        checked = check(taken(), policy, on)
        steps = _plan(checked, options)[0]
        return Removal(checked=checked, steps=_told(steps), applied=False, notes=unfinished(options.state))
    with locked(options.state):
        earlier = _taken_up(options)
        checked = check(taken(), policy, on)
        parts_done = _applied(checked, options)
        after = check(taken(), policy, on) if parts_done or earlier else None
    done = (*earlier, *parts_done)
    results = [result for each in done for result in each.results]
    archives = [each for each in done if each.archive]
    others = [each for each in archives[:-1] if each in parts_done]
    kept = tuple(f"{', '.join(each.archived)}: kept in an archive of its own, {each.archive}." for each in others)
    return Removal(
        checked=checked,
        steps=tuple(results),
        applied=True,
        archive=archives[-1].archive if archives else "",
        archived=archives[-1].archived if archives else (),
        after=after,
        resumed=bool(earlier),
        notes=(*(note for each in done for note in each.notes), *kept),
    )


def undo(state: Path) -> tuple[str, ...]:
    """Roll back every removal that was broken off before COMMIT; return a sentence for each.

    :raises UsageError: where there is none, or one is past COMMIT: that one goes forward only.
    :raises HalfRemovedError: where something cannot be put back.
    """
    with locked(state):
        found = journal.unfinished(state)
        late = next((record for _, record in found if record.committed), None)
        if late:
            raise UsageError(
                f"{_named(late)} cannot be undone: all it takes was out of use, and deleting had begun. --apply brings "
                f"it to its end{_archive_hint(late)}."
            )
        if not found:
            raise UsageError("there is nothing to undo: no removal was broken off.")
        problems = []
        for folder, record in found:
            try:
                rolled_back(Journal(folder, record.begin))
            except HalfRemovedError as error:  # in one home; the others' goes back all the same
                problems.append(error)
        if problems:
            raise problems[0]
        return tuple(f"{_named(record)} was undone: everything is where it was." for _, record in found)


@contextlib.contextmanager
def locked(state: Path) -> Iterator[None]:
    """Be the only removal of this user. :raises UsageError: where another is running, or `state` cannot be written."""
    try:
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(state / _LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise UsageError(f"{state} cannot be written: {error.strerror}; set XDG_STATE_HOME to a folder.") from None
    try:
        if why := why_not_ours(state):
            raise UsageError(f"{why}; set XDG_STATE_HOME to a folder of your own.")
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise UsageError("another `wiretell fleet remove` is at work; wait for it to end.") from None
    finally:
        os.close(handle)


def _taken_up(options: RemoveOptions) -> list[Done]:
    """Deal with what was broken off; return what came of each."""
    results = []
    for folder, record in journal.unfinished(options.state):
        try:
            results.append(_ended(folder, record, options.hands))
        except HalfRemovedError as error:
            if len(options.around.homes) == 1:
                raise
            results.append(Done(results=_failed(record.begin.steps, error)))  # one home's, and no reason for the others
    return results


def _ended(folder: Path, record: Record, hands: Hands) -> Done:
    if record.committed:
        done = acting.finished(folder, record, hands)
        told = f"{_named(record)} had been broken off; it was brought to its end{_archive_hint(record)}."
        return replace(done, notes=(told, *done.notes))
    rolled_back(Journal(folder, record.begin))
    told = f"{_named(record)} had been broken off; what it had moved was put back, and it was begun anew."
    return Done(results=(), notes=(told,))


def _named(record: Record) -> str:
    return f"The removal begun at {record.begin.begun}"


def _archive_hint(record: Record) -> str:
    return f"; the user's files are in {record.begin.archive}" if record.archived else ""


def unfinished(state: Path) -> tuple[str, ...]:
    """Say what was broken off, for those who only look."""
    if state.exists() and (why := why_not_ours(state)):
        return (f"{why}; which removals were broken off is not told by it.",)
    told = []
    for _, record in journal.unfinished(state):
        if is_locked(state):
            told.append(f"{_named(record)} is at work.")
        elif record.committed:
            told.append(
                f"{_named(record)} was broken off near its end; wiretell fleet remove --apply brings it there"
                f"{_archive_hint(record)}."
            )
        else:
            told.append(
                f"{_named(record)} was broken off; wiretell fleet remove --apply takes it up, "
                "--undo puts everything back."
            )
    return tuple(told)


def is_locked(state: Path) -> bool:
    """Whether a removal is at work."""
    try:
        with (state / _LOCK).open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _plan(checked: Checked, options: RemoveOptions) -> tuple[tuple[Step, ...], Known]:
    known = look(checked, options.around)
    return plan(checked, known, keep_config=options.keep_config), known


def _told(steps: Sequence[Step]) -> tuple[StepResult, ...]:
    return tuple(
        StepResult(step, StepState.LEFT if step.action is Action.LEFT else StepState.PLANNED) for step in steps
    )


def _applied(checked: Checked, options: RemoveOptions) -> tuple[Done, ...]:
    """Carry out a plan; return what came of each home's part, and last what is left to the user."""
    steps, known = _plan(checked, options)
    groups = parts(steps, checked, known)
    acting.reject_inside(steps, known, [os.fspath(options.archive or options.state), os.fspath(options.state)])
    done: list[Done] = []
    archives = 0
    for group in groups:
        archives += any(step.action is Action.ARCHIVE for step in group)
        try:
            done.append(_part(group, known, checked, options, archives, is_only=len(groups) == 1))
        except KeyboardInterrupt:
            if not done:
                raise
            raise StoppedError(f"{len(done)} of {len(groups)} parts were done") from None
    told = _told([step for step in steps if step.action is Action.LEFT])
    return (*done, Done(results=told)) if told else tuple(done)


def _part(
    steps: Sequence[Step], known: Known, checked: Checked, options: RemoveOptions, number: int, *, is_only: bool
) -> Done:
    """Carry out what is to be done in one home, or in the system.

    `number`: of the archive. The first is called as was asked for, the others have it behind the name.
    """
    target = options.archive if any(step.action is Action.ARCHIVE for step in steps) else None
    if target and number > 1:
        target = target.with_name(f"{target.name}.{number}")
    processes = checked.inventory.processes
    try:
        return acting.apply(steps, known, processes, state=options.state, target=target, hands=options.hands)
    except (UsageError, HalfRemovedError) as error:
        if is_only:
            raise
        return Done(results=_failed(steps, error))


def _failed(steps: Sequence[Step], error: Exception) -> tuple[StepResult, ...]:
    """Return what came of steps of which none was carried out, for one reason."""
    rest = (StepState.FAILED, "see there") if isinstance(error, HalfRemovedError) else (StepState.UNDONE, "")
    return tuple(StepResult(step, *(rest if n else (StepState.FAILED, str(error)))) for n, step in enumerate(steps))
