"""A detector that finds a word, and what it takes to read bytes with it."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wiretell.logs import read_with
from wiretell.logs.examine import Examiner
from wiretell.logs.interface import Batch
from wiretell.marks.body import Body
from wiretell.marks.interface import Stripped
from wiretell.model.findings import NotExamined
from wiretell.model.marks import Certainty, FoundMark, Mark, MarksResult, Reading

WORD = b"MARK"


@dataclass(frozen=True)
class Words:
    """Finds `MARK`, `MARKK` ... as marks, `none` as places without one, `usual` as ordinary."""

    name: str = "words"
    title: str = "words"
    place: str = "Anywhere."

    def read(self, body: Body, *, version: str = "") -> Reading:
        if b"CRASH" in body.data:
            raise RuntimeError("planted")
        hits = {hit.start(): len(hit[0]) for hit in re.finditer(b"MARK+", body.data)}
        marks = []
        for text, offsets in body.texts(list(hits)):
            for offset in offsets:
                length = hits[offset]
                marks.append(
                    Mark(
                        self.name,
                        f"K{length}",
                        "A word stands there.",
                        Certainty.LIKELY if version else Certainty.POSSIBLE,
                        ("Somebody wrote it.",),
                        ("U+004D",),
                        "MARK",
                        offset,
                        length,
                        text.path,
                        text.within,
                        body.line(offset),
                    )
                )
        missing = (NotExamined("a half", "it is odd"),) if b"ODD" in body.data else ()
        return Reading(
            tuple(marks),
            _counted("usual", body.data.count(b"usual")),
            _counted(self.name, body.data.count(b"none")),
            missing,
        )

    def strip(self, body: Body, *, anywhere: bool) -> Stripped:
        raise NotImplementedError


def _counted(name: str, count: int) -> dict[str, int]:
    return {name: count} if count else {}


class Kept:
    """Rows in a list."""

    def __init__(self) -> None:
        self.found: list[FoundMark] = []

    def begin(self, source: int) -> None:
        """Any source."""

    def add(self, found: Any) -> None:
        self.found += found


def examiner(keep: int | None = None) -> Examiner:
    return Examiner((Words(),), keep)


def stream(data: bytes) -> io.BytesIO:
    return io.BytesIO(data)


def read_files(*paths: Path | str, limit: int = 1000, **more: Any) -> MarksResult:
    return read_with((Words(),), [str(path) for path in paths], limit=limit, **more)


def read_bytes(folder: Path, data: bytes, **more: Any) -> MarksResult:
    path = folder / "input"
    path.write_bytes(data)
    return read_files(path, **more)


def whys(result: MarksResult) -> list[str]:
    return [one.why for one in result.not_examined]


def places(found: Sequence[FoundMark] | Batch) -> list[tuple[int, int, int]]:
    """Return record, line and offset of each."""
    marks = found.found if isinstance(found, Batch) else found
    return [(each.where.record, each.mark.line, each.mark.offset) for each in marks]
