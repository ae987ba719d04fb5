"""The history of a package: which version to audit next, the audit, what follows; until nothing is left to ask."""

from __future__ import annotations

import contextlib
import datetime as dt
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Protocol

from wiretell import __version__
from wiretell.audit import Options
from wiretell.campaign.repeat import fitting, levels_for
from wiretell.campaign.run import Progress
from wiretell.errors import TargetError
from wiretell.history import search
from wiretell.history.board import Board, Observation, not_fetched, observe
from wiretell.history.outcome import conclude
from wiretell.history.search import Question
from wiretell.history.store import Inquiry, Store
from wiretell.history.versions import Span, span
from wiretell.model.agent import Agent, Recipe
from wiretell.model.findings import AuditResult
from wiretell.model.history import HistoryResult, State
from wiretell.model.world import World
from wiretell.target import Published

Audit = Callable[[Agent, Options, Progress], AuditResult]
Listing = Callable[[], Sequence[Published]]


@dataclass(frozen=True, slots=True)
class Request:
    """What the user asked."""

    package: str
    start: str
    end: str
    recipe: Recipe
    every: int | None = None
    """Try every Nth version; None for a coarse grid."""
    seed: int = 0
    runs: int = 80
    workers: int = 2
    levels: Mapping[str, Sequence[str]] = field(default_factory=lambda: MappingProxyType({}))
    """Further levels for audits with the ordinary plan."""
    scan: bool = False
    """Whether `Parts.audit` reads a package first where it audits it with the ordinary plan."""
    command: str = ""


class Source(Protocol):
    """Where versions come from (`packages.Packages`)."""

    def sha256(self, version: str) -> str:
        """Return the hash of a version's tarball where it is known without asking, empty else."""

    def agent(self, version: str) -> AbstractContextManager[Agent]:
        """Give the agent of a version for as long as it is audited."""

    def prefetch(self, version: str) -> None:
        """Begin to fetch a version that will be wanted soon."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What a history is made with; tests give others."""

    listing: Listing
    source: Source
    store: Store
    audit: Audit


def history(request: Request, parts: Parts, progress: Progress) -> HistoryResult:
    """Say when each covert channel came and went.

    :raises UsageError: for versions that were never published, or the wrong way round.
    :raises TargetError: if the registry cannot say what was published.
    :raises NotSealedError: if no sandbox can be built here.
    """
    began, started = time.monotonic(), dt.datetime.now(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    versions = _span(request, parts)
    grid = search.grid(len(versions.releases), request.every)
    most = search.budget(len(versions.releases), grid, default=request.every is None)
    work = _Work(request, parts, progress, versions, most)
    board, complete = work.until_done(Board(len(versions.releases), grid))
    return replace(
        conclude(request.package, versions, board, complete=complete),
        wall_s=time.monotonic() - began,
        version=__version__,
        started=started,
        command=request.command,
    )


def _span(request: Request, parts: Parts) -> Span:
    listed: Sequence[Published] | None = parts.store.releases(request.start, request.end)
    if listed is None:
        listed = parts.listing()
        parts.store.put_releases(listed)
    return span(request.package, listed, request.start, request.end)


@dataclass(frozen=True, slots=True)
class _Work:
    request: Request
    parts: Parts
    progress: Progress
    span: Span
    most: int

    def until_done(self, board: Board) -> tuple[Board, bool]:
        """Ask and answer; say also whether nothing was left to ask."""
        for number in range(1, self.most + 1):
            questions = search.pending(board.known)
            if not questions:
                return board, True
            board = self._answer(board, questions[0], number)
        return board, not search.pending(board.known)

    def _answer(self, board: Board, question: Question, number: int) -> Board:
        version = self.span.releases[question.index].version
        inquiry = self._inquiry(() if question.full else board.worlds)
        kept = self.parts.store.get(version, inquiry, self.parts.source.sha256(version))
        seen = kept or self._audited(board, question, inquiry, f"{version} ({number} of at most {self.most})")
        after = board.with_answer(question.index, seen, full=question.full, cached=kept is not None)
        if kept is None:
            self.parts.store.put(version, inquiry, seen)
            self.progress.note(f"{version}: {_said(after, question.index, seen)}")
        return after

    def _inquiry(self, worlds: tuple[World, ...]) -> Inquiry:
        wish = self.request
        return Inquiry(
            wish.recipe, wish.seed, wish.runs, {} if worlds else wish.levels, worlds, wish.scan and not worlds
        )

    def _audited(self, board: Board, question: Question, inquiry: Inquiry, label: str) -> Observation:
        began = time.monotonic()
        with contextlib.ExitStack() as held:
            try:
                agent = held.enter_context(self.parts.source.agent(self.span.releases[question.index].version))
            except TargetError as error:
                return not_fetched(str(error), time.monotonic() - began)
            self._prefetch(board, question)
            return observe(self.parts.audit(agent, self._options(agent, inquiry), _Labelled(self.progress, label)))

    def _prefetch(self, board: Board, question: Question) -> None:
        inquiries = self._inquiry(()), self._inquiry(board.worlds)
        for index in search.certain(board.known, question):
            version = self.span.releases[index].version
            if not any(self.parts.store.get(version, inquiry) for inquiry in inquiries):
                self.parts.source.prefetch(version)
                return

    def _options(self, agent: Agent, inquiry: Inquiry) -> Options:
        options = Options(seed=inquiry.seed, runs=inquiry.runs, workers=self.request.workers, levels=inquiry.levels)
        if not inquiry.worlds:
            return options
        levels = levels_for(agent, inquiry.worlds)
        return replace(options, levels=levels, worlds=fitting(agent, inquiry.worlds, levels))


def _said(board: Board, index: int, seen: Observation) -> str:
    states = board.states(index)
    kinds = [kind for kind in board.kinds if states.get(kind.id) is State.PRESENT]
    what = seen.reason or "; ".join(f"{k.id} {k.carrier} by {', '.join(k.facts)}" for k in kinds) or "nothing covert"
    return f"{what} ({seen.runs} runs, {seen.wall_s:.0f} s)" if seen.runs else what


@dataclass(frozen=True, slots=True)
class _Labelled:
    """Shows the phases of one audit under its version."""

    progress: Progress
    label: str

    def phase(self, name: str, total: int) -> None:
        """Begin a phase; those of one step are over before anyone has read them."""
        if total > 1:
            self.progress.phase(f"{self.label}: {name}", total)

    def advance(self, n: int = 1, note: str = "") -> None:
        """Count steps as done."""
        self.progress.advance(n, note)

    def note(self, text: str) -> None:
        """Say something that stays."""
        self.progress.note(text)


def is_found(result: HistoryResult) -> bool:
    """Whether some version has a covert channel."""
    return bool(result.ranges)


def is_silent(result: HistoryResult) -> bool:
    """Whether nothing can be concluded about any version: each one has a reason, and no channel is known."""
    return not result.ranges and all(tried.reason for tried in result.tried)
