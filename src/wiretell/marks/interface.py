"""What every scheme and every detector is, and what they are given.

A *scheme* is a documented way of writing and reading marks; a *detector* knows no writer, and only reads and strips.
Both are given a `Body`: the text as bytes, with the means to say in which JSON string an offset stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from wiretell.marks.body import Body
from wiretell.model.findings import NotExamined
from wiretell.model.marks import Classification, Edit, Mark, Reading, Settings, Signal, State, VersionRange


@dataclass(frozen=True, slots=True)
class Stripped:
    """What a detector would change in a text."""

    edits: Sequence[Edit] = ()
    """In the order of the text, apart from each other."""
    left: Sequence[Mark] = ()
    """Marks that stay, because they stand where edits are not allowed."""
    not_examined: Sequence[NotExamined] = ()
    """As `read` says it of the same text."""


class Detector(Protocol):
    """Reads and strips one kind of mark. Pure; one instance serves every text."""

    @property
    def name(self) -> str:
        """As in `--scheme` and in `Mark.scheme`."""

    @property
    def title(self) -> str:
        """What it finds, in a few words."""

    @property
    def place(self) -> str:
        """Where it applies, in one sentence."""

    def read(self, body: Body, *, version: str = "") -> Reading:
        """Return the marks in a text, those of this detector alone.

        `version` is that of the client that sent the text, empty where nobody knows; it only bears on certainty.
        """

    def strip(self, body: Body, *, anywhere: bool) -> Stripped:
        """Return the edits that give the text its plain form, what is left, and what was not examined.

        Without `anywhere`, only places where the scheme is known to write are edited. After all edits are made, reading
        the text finds none of the marks that were edited.
        """


class Scheme(Detector, Protocol):
    """A documented way of writing and reading marks."""

    @property
    def states(self) -> Sequence[State]:
        """Every state it can write, in the order of their numbers."""

    @property
    def versions(self) -> Sequence[VersionRange]:
        """Published versions that write it."""

    @property
    def sources(self) -> Sequence[str]:
        """Where it is described."""

    def signals(self, settings: Settings) -> Sequence[Signal]:
        """Say which signals are there, gate not considered.

        :raises UsageError: for a base URL that is none.
        """

    def classify(self, settings: Settings) -> Classification:
        """Say which state some settings lead to, and why.

        :raises UsageError: for a base URL that is none.
        """

    def write(self, body: Body, state: State, *, anywhere: bool, escaped: bool) -> Iterable[Edit]:
        """Return the edits that make every place of the scheme in the text show `state`.

        `escaped`: characters beyond ASCII are written as JSON escapes where they stand in JSON.
        """
