"""Carries out a plan so that it can be broken off at any moment.

    begin -> END -> rename aside -> archive, read again -> COMMIT -> packages -> delete, tidy -> end
    \\------------- rolled back --------------------------/ \\------- goes forward ----------/

All that is to be renamed stands in the journal before the first renaming, so a crash leaves nothing unknown: what is
found under its second name is given back its first, or, after COMMIT, deleted. Before COMMIT nothing is lost but
processes that have ended; after it nothing is left undone in silence.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import errno
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from wiretell.errors import FormatError, UsageError
from wiretell.fleet.removal import archive, disk, ending, packages
from wiretell.fleet.removal.bounds import holds
from wiretell.fleet.removal.journal import Act, Begin, Journal, Record, aside_name, discard, new_folder
from wiretell.fleet.removal.known import Known
from wiretell.fleet.removal.running import ran
from wiretell.fleet.removal.undoing import HalfRemovedError, reason_of, rolled_back
from wiretell.model.fleet import Action, Process, Step, StepResult, StepState

_ARCHIVE_NAME: Final = "archive.tar.gz"


@dataclass(frozen=True, slots=True)
class Hands:
    """What acts on the machine; tests put others in their place."""

    end: Callable[[int, str, frozenset[int]], str] = ending.end
    package: Callable[[str, Sequence[str]], None] = packages.remove


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What came of a plan."""

    results: tuple[StepResult, ...]
    archive: str = ""
    archived: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class _Progress:
    """What became of each step so far; kept in memory and in the journal."""

    journal: Journal
    states: dict[int, tuple[StepState, str]] = field(default_factory=dict)

    def mark(self, index: int, state: StepState, why: str = "") -> None:
        self.states[index] = state, why
        self.journal.step(index, state, why)

    def results(self) -> tuple[StepResult, ...]:
        given = (self.states.get(index, (StepState.PLANNED, "")) for index, _ in enumerate(self.journal.begin.steps))
        return tuple(StepResult(step, *state) for step, state in zip(self.journal.begin.steps, given, strict=True))


def apply(
    steps: Sequence[Step],
    known: Known,
    processes: Sequence[Process],
    *,
    state: Path,
    target: Path | None,
    hands: Hands,
) -> Done:
    """Carry out a plan, whole or not at all. `state`: folder of journals; `target`: the archive, if named.

    What cannot be done makes all that was renamed go back; then the results say which step failed and why.
    :raises UsageError: where journal or archive cannot be written, or would lie in what goes.
    :raises HalfRemovedError: where something could not be renamed back.
    :raises KeyboardInterrupt: after rolling back, where it came before COMMIT.
    """
    now = dt.datetime.now(dt.UTC)
    folder = new_folder(state, now)
    try:
        begin = _begun(steps, known, folder, now, target)
        journal = Journal.create(folder, begin)
    except BaseException:
        discard(folder)
        raise
    progress = _Progress(journal)
    try:
        left_out = _prepare(progress, known, processes, hands)
    except BaseException as error:
        rolled_back(journal)
        if isinstance(error, OSError):
            raise UsageError(f"{folder} cannot be written: {reason_of(error)}; everything was put back.") from None
        if not isinstance(error, _StepError):
            raise
        return Done(results=_after_rollback(progress, error))
    _finish(progress, hands)
    return _done(progress, left_out)


class _StepError(Exception):
    """A step cannot be done."""

    def __init__(self, index: int, why: str) -> None:
        super().__init__(why)
        self.index, self.why = index, why


def _begun(steps: Sequence[Step], known: Known, folder: Path, now: dt.datetime, target: Path | None) -> Begin:
    id_ = folder.name.rpartition("-")[2]
    path = os.path.abspath(target or folder / _ARCHIVE_NAME)
    acts = tuple(_acts(steps, known, id_))
    reject_inside(steps, known, [path, os.fspath(folder)])
    if os.path.lexists(path):
        raise UsageError(f"--archive {path} is there already; name a file that is not.")
    return Begin(id_, now.isoformat(timespec="seconds").replace("+00:00", "Z"), tuple(steps), acts, path)


def reject_inside(steps: Sequence[Step], known: Known, paths: Sequence[str]) -> None:
    """Look whether journal and archive would go with what goes. :raises UsageError: where they would."""
    taken = [known.place(step.target) for step in steps if step.action in (Action.ARCHIVE, Action.TAKE)]
    for path in paths:
        inside = next((place for place in taken if holds(place, os.path.realpath(path))), None)
        if inside:
            raise UsageError(f"{path} lies in {inside}, which is to go; name another place with --archive.")


def _acts(steps: Sequence[Step], known: Known, id_: str) -> Iterator[Act]:
    """Yield what is to be renamed. What is not there any more has no act; what lies in another's folder no name."""
    archives = [known.place(step.target) for step in steps if step.action is Action.ARCHIVE]
    for index, step in enumerate(steps):
        if step.action not in (Action.ARCHIVE, Action.TAKE, Action.TIDY):
            continue
        place = known.place(step.target)
        if (found := disk.identity(place)) is not None:
            stays = step.action is Action.TIDY or (
                step.action is Action.TAKE and any(holds(above, place) for above in archives)
            )
            yield Act(index, place, "" if stays else aside_name(id_, index), found)
        elif os.path.lexists(place):
            raise UsageError(f"{step.target} changes at this moment; nothing was removed, run this again.")


def _prepare(
    progress: _Progress, known: Known, processes: Sequence[Process], hands: Hands
) -> tuple[archive.Member, ...]:
    """Do all that comes before COMMIT, and COMMIT. :raises _StepError: with the step that could not be done."""
    begin = progress.journal.begin
    _end_processes(progress, known, processes, hands)
    for act in begin.acts:
        if act.aside:
            _aside(act, begin.steps[act.index])
    disk.sync_folders(os.path.dirname(act.place) for act in begin.acts)
    _reject_mounts(begin)
    members = _archived(progress)
    _reject_mounts(begin)  # archiving takes its time
    progress.journal.commit([begin.steps[act.index].target for act in _archives(begin)])
    return members


def _reject_mounts(begin: Begin) -> None:
    """What is mounted in a folder is not the folder's, and would be emptied. :raises _StepError: where that is so."""
    mounts = disk.mounts()
    for act in begin.acts:
        at = next((at for at in mounts if act.aside and holds(act.aside_place, at)), "")
        if at:
            target = begin.steps[act.index].target
            raise _StepError(act.index, f"{target} cannot be taken away: something is mounted in it, at {at}")


def _aside(act: Act, step: Step) -> None:
    try:
        disk.rename(act.place, act.aside, act.identity)
    except OSError as error:
        raise _StepError(act.index, f"{step.target} cannot be taken away: {reason_of(error)}") from error


def _end_processes(progress: _Progress, known: Known, processes: Sequence[Process], hands: Hands) -> None:
    """End processes. One that does not end stops nothing: the proof will show it."""
    started = {f"pid {process.pid}": process for process in processes}
    for index, step in enumerate(progress.journal.begin.steps):
        if step.action is not Action.END:
            continue
        process = started[step.target]
        now = ran(process)
        if now is not None and now != known.ran.get(process.pid):
            progress.mark(index, StepState.LEFT, "it runs something else by now, and was left alone")
            continue
        try:
            progress.mark(index, StepState.DONE, hands.end(process.pid, process.started, known.own_pids))
        except OSError as error:
            progress.mark(index, StepState.FAILED, f"it cannot be ended: {reason_of(error)}")


def _archives(begin: Begin) -> list[Act]:
    return [act for act in begin.acts if begin.steps[act.index].action is Action.ARCHIVE]


def _tidies(begin: Begin) -> list[Act]:
    return [act for act in begin.acts if begin.steps[act.index].action is Action.TIDY]


def _archived(progress: _Progress) -> tuple[archive.Member, ...]:
    begin = progress.journal.begin
    acts = _archives(begin)
    if not acts:
        return ()
    inside = {act.place: act.identity for act in begin.acts if not act.aside and act not in _tidies(begin)}
    try:
        return archive.write(begin.partial, [archive.Source(act.aside_place, act.place) for act in acts], inside)
    except (OSError, FormatError) as error:
        raise _StepError(acts[0].index, f"the archive {begin.archive} cannot be written: {reason_of(error)}") from error


def _finish(progress: _Progress, hands: Hands) -> None:
    """Do all that comes after COMMIT; may be done again after a crash."""
    begin = progress.journal.begin
    try:
        _remove_packages(progress, hands)
        _settle(begin)
        remains = [act for act in begin.acts if act.aside and not _deleted(act, progress)]
        for act in _tidies(begin):
            _tidy(act, progress)
        disk.sync_folders(os.path.dirname(act.place) for act in begin.acts)
        if not remains:
            progress.journal.end("finished")
    except OSError as error:
        raise HalfRemovedError(
            f"{progress.journal.folder} cannot be written: {reason_of(error)}; what was to go is out of use, and "
            "`wiretell fleet remove --apply` deletes the rest."
        ) from None
    _mark_deleted(progress)


def _remove_packages(progress: _Progress, hands: Hands) -> None:
    steps = progress.journal.begin.steps
    planned = [step.target for step in steps if step.action is Action.PACKAGE]
    for index, step in enumerate(steps):
        if step.action is not Action.PACKAGE or index in progress.states:
            continue
        try:
            hands.package(step.target, planned)
        except OSError as error:
            progress.mark(index, StepState.FAILED, reason_of(error))
        else:
            progress.mark(index, StepState.DONE)


def _settle(begin: Begin) -> None:
    """Give the archive its name; where that has been taken meanwhile, it keeps the one that it has."""
    if not os.path.lexists(begin.archive):
        with contextlib.suppress(FileNotFoundError):
            os.rename(begin.partial, begin.archive)


def _deleted(act: Act, progress: _Progress) -> bool:
    try:
        disk.delete(act.aside_place, act.identity.kind)
    except OSError as error:
        why = f"it is out of use as {act.aside_place}, but cannot be deleted: {reason_of(error)}; --apply tries again"
        progress.mark(act.index, StepState.FAILED, why)
        return False
    return True


def _tidy(act: Act, progress: _Progress) -> None:
    """Take an empty folder away. One that is not empty, or cannot go, does no harm."""
    try:
        disk.remove_empty(act.place, act.identity)
    except OSError as error:
        taken = error.errno in (errno.ENOTEMPTY, errno.EEXIST)
        progress.mark(act.index, StepState.LEFT, "something is in it by now" if taken else reason_of(error))


def _mark_deleted(progress: _Progress) -> None:
    acts = {act.index for act in progress.journal.begin.acts}
    for index, step in enumerate(progress.journal.begin.steps):
        if step.action is Action.LEFT:
            progress.states[index] = StepState.LEFT, ""
        elif index not in progress.states and step.action in (Action.TAKE, Action.ARCHIVE, Action.TIDY):
            progress.states[index] = StepState.DONE, "" if index in acts else "it was gone already"


def _done(progress: _Progress, members: Sequence[archive.Member] = ()) -> Done:
    begin = progress.journal.begin
    archived = tuple(begin.steps[act.index].target for act in _archives(begin))
    path = begin.archive if archived else ""
    notes = []
    if path and os.path.lexists(begin.partial):
        path = begin.partial
        notes.append(f"{begin.archive} was taken by something else meanwhile, so the archive is {path}.")
    left_out = [member.name for member in members if member.kind == "left out"]
    notes += [f"/{name} is a socket, a pipe or a device; an archive cannot keep it." for name in left_out]
    return Done(results=progress.results(), archive=path, archived=archived, notes=tuple(notes))


def _after_rollback(progress: _Progress, failed: _StepError) -> tuple[StepResult, ...]:
    for index, step in enumerate(progress.journal.begin.steps):
        if index == failed.index:
            progress.states[index] = StepState.FAILED, failed.why
        elif step.action is Action.LEFT:
            progress.states[index] = StepState.LEFT, ""
        elif step.action is not Action.END:
            progress.states[index] = StepState.UNDONE, "put back, because another step failed"
    return progress.results()


def finished(folder: Path, record: Record, hands: Hands) -> Done:
    """Carry a committed removal that was broken off to its end."""
    progress = _Progress(Journal(folder, record.begin), dict(record.states))
    for act in record.begin.acts:
        progress.states.pop(act.index, None)  # what could not be deleted then is tried again
    _finish(progress, hands)
    return _done(progress)
