"""One JSON document: a request, or anything else that is JSON."""

from __future__ import annotations

from collections.abc import Iterator

from wiretell.logs.examine import Examiner
from wiretell.logs.interface import Batch
from wiretell.logs.sources.lines import Asked
from wiretell.model.marks import Where


def read(data: bytes, source: str, examiner: Examiner) -> Iterator[Batch]:
    """Read a file that holds one document. Its marks count from the beginning of the file."""
    asked = Asked(data, 0, examiner)
    examiner.read(data, Where(source, 1), asked, form="json")
    asked.check()
    yield examiner.batch(records=1, lines=data.count(b"\n"), size=len(data))
