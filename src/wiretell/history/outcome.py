"""From all answers to what is said: ranges, gaps, and what was not examined. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from wiretell.campaign.describe import ALWAYS_OUT_OF_SIGHT
from wiretell.history.board import Answer, Board, Kind
from wiretell.history.search import untried_runs
from wiretell.history.versions import Span
from wiretell.model.findings import NotExamined
from wiretell.model.history import Gap, HistoryResult, State, TriedVersion, VersionRange

_NAMED = 12
"""Versions that one sentence names; more are counted."""


def conclude(package: str, span: Span, board: Board, *, complete: bool) -> HistoryResult:
    """Return what was found. `complete`: the search ended because nothing was left to ask, not for its budget."""
    answers = [answer for row in board.answers.values() for answer in row]
    return HistoryResult(
        package=package,
        start=span.releases[0].version,
        end=span.releases[-1].version,
        channels=tuple(kind.public for kind in board.kinds),
        ranges=tuple(found for kind in board.kinds for found in ranges(span, board, kind.id)),
        tried=tuple(_tried(span, board, index) for index in sorted(board.answers)),
        gaps=gaps(span, board),
        published=len(span.releases),
        unpublished=span.unpublished,
        not_examined=(*_not_examined(span, board, complete=complete), *ALWAYS_OUT_OF_SIGHT),
        audits=sum(not answer.cached and answer.observation.runs > 0 for answer in answers),
    )


def _tried(span: Span, board: Board, index: int) -> TriedVersion:
    answers = board.answers[index]
    states = board.states(index)
    return TriedVersion(
        version=span.releases[index].version,
        published=span.releases[index].at_iso_utc,
        states={kind.id: states.get(kind.id, State.INCONCLUSIVE) for kind in board.kinds},
        runs=sum(answer.observation.runs for answer in answers),
        wall_s=sum(answer.observation.wall_s for answer in answers),
        cached=all(answer.cached for answer in answers),
        reason=_reason(board, answers, states),
    )


def _reason(board: Board, answers: tuple[Answer, ...], states: dict[str, State]) -> str:
    """Say why a version is inconclusive about some channel."""
    said = next((answer.observation.reason for answer in answers if answer.observation.reason), "")
    if said:
        return said
    silent = [kind.id for kind in board.kinds if states.get(kind.id) is State.INCONCLUSIVE]
    never = [kind.id for kind in board.kinds if kind.id not in states]
    texts = [f"in the worlds that show {', '.join(silent)} it asked no model"] if silent else []
    texts += [f"it was not asked for {', '.join(never)}"] if never else []
    return "; ".join(texts)


def ranges(span: Span, board: Board, kind: str) -> Iterator[VersionRange]:
    """Yield the stretches of versions that have a channel, as far as tried versions tell."""
    states = {index: board.states(index).get(kind) for index in sorted(board.answers)}
    decided = [(index, state) for index, state in states.items() if state in (State.PRESENT, State.ABSENT)]
    stretch: list[int] = []
    for index, state in (*decided, (-1, State.ABSENT)):
        if state is State.PRESENT:
            stretch.append(index)
        elif stretch:
            yield _range(span, states, kind, stretch)
            stretch = []


def _range(span: Span, states: dict[int, State | None], kind: str, stretch: list[int]) -> VersionRange:
    first, last = stretch[0], stretch[-1]
    final = len(span.releases) - 1
    return VersionRange(
        channel=kind,
        first=span.releases[first].version,
        first_published=span.releases[first].at_iso_utc,
        last=span.releases[last].version,
        last_published=span.releases[last].at_iso_utc,
        first_exact=span.is_oldest if first == 0 else states.get(first - 1) is State.ABSENT,
        last_exact=span.is_newest if last == final else states.get(last + 1) is State.ABSENT,
        confirmed=len(stretch),
        untried=last - first + 1 - len(stretch),
    )


def gaps(span: Span, board: Board) -> tuple[Gap, ...]:
    """Return the versions in a row that were not tried; at the ends of the range, `after` or `before` is empty."""
    releases = span.releases

    def name(index: int) -> str:
        return releases[index].version if 0 <= index < len(releases) else ""

    stretches = untried_runs(len(releases), board.answers)
    return tuple(Gap(name(s.start - 1), name(s.stop), tuple(releases[index].version for index in s)) for s in stretches)


def _not_examined(span: Span, board: Board, *, complete: bool) -> Iterator[NotExamined]:
    untried = len(span.releases) - len(board.answers)
    if untried:
        yield NotExamined(
            f"{untried} of {len(span.releases)} published versions, listed as gaps",
            "a channel that came and went between two tried versions is missed; --every N or --all tries more",
        )
    if not complete:
        yield NotExamined("the exact version at which some channel came or went", "the search reached its most audits")
    if span.previews:
        yield NotExamined(f"{span.previews} pre-releases in the range", "releases alone are tried")
    silent = [index for index in sorted(board.answers) if board.is_silent(index)]
    if silent:
        yield NotExamined(_named(span, silent), "nothing could be concluded about them")
    focused = [index for index in sorted(board.answers) if _only_asked(board, index)]
    if focused:
        yield NotExamined(
            f"other channels in {_named(span, focused)}",
            "these were run only in the worlds that show the channels found elsewhere",
        )
    if board.kinds:
        yield NotExamined(
            "these channels under other conditions",
            f"a version lacks one if it is silent where it was first seen: {_conditions(board.kinds)}",
        )


def _only_asked(board: Board, index: int) -> bool:
    return not board.is_silent(index) and not any(answer.full for answer in board.answers[index])


def _named(span: Span, indices: list[int]) -> str:
    names = [span.releases[index].version for index in indices]
    if len(names) > _NAMED:
        return f"{len(names)} versions from {names[0]} to {names[-1]}"
    return ", ".join(names)


def _conditions(kinds: tuple[Kind, ...]) -> str:
    """Name, for each channel, how many combinations of levels were tried again."""
    return "; ".join(f"{kind.id} at {len(kind.needed)} settings of {', '.join(kind.facts)}" for kind in kinds)
