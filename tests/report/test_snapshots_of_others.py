"""The whole of each rendering of a scan, a diff, a bisect and a verify, as a reader gets it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.report import history_sample, sample, scan_sample, snapshot
from wiretell.report import FORMATS_OF, FORMS, render, reproducible, to_document

RESULTS: dict[str, Any] = {
    "scan": scan_sample.full(),
    "scan-nothing": scan_sample.nothing(),
    "diff": history_sample.diff(),
    "diff-same": history_sample.same(),
    "bisect": history_sample.bisect(),
    "bisect-untried": history_sample.untried(),
    "verify-removed": history_sample.removed(),
    "verify-present": history_sample.still_there(),
    "swept": sample.swept(),
}


@pytest.mark.parametrize("name", RESULTS)
def test_text(name: str) -> None:
    document = to_document(RESULTS[name])
    snapshot.check(snapshot.FOLDER / f"{name}.txt", render(document, "text", width=100))


@pytest.mark.parametrize("name", ["scan", "diff", "bisect", "verify-present", "swept"])
def test_text_verbose_and_narrow(name: str) -> None:
    document = to_document(RESULTS[name])
    snapshot.check(snapshot.FOLDER / f"{name}-narrow.txt", render(document, "text", width=60))
    if name != "verify-present":  # the whole audit follows there, which has snapshots of its own
        text = render(document, "text", width=140, verbose=True)
        snapshot.check(snapshot.FOLDER / f"{name}-verbose.txt", text)


@pytest.mark.parametrize("name", ["scan", "diff", "bisect"])
def test_json(name: str) -> None:
    document = reproducible(to_document(RESULTS[name]))
    snapshot.check(snapshot.FOLDER / f"{name}.json", render(document, "json"))


def test_for_code_hosts_and_browsers() -> None:
    document = to_document(scan_sample.full())
    snapshot.check(snapshot.FOLDER / "scan.sarif", render(document, "sarif"))
    snapshot.check(snapshot.FOLDER / "scan.html", render(document, "html"))


@pytest.mark.parametrize("name", RESULTS)
def test_every_rendering_ends_with_one_newline_and_repeats_itself(name: str) -> None:
    document = to_document(RESULTS[name])
    form = next(form for form in FORMS if isinstance(document, form.type))
    for format_ in FORMATS_OF[form.name]:
        drawn = render(document, format_)
        assert drawn.endswith("\n")
        assert not drawn.endswith("\n\n")
        assert drawn == render(document, format_)
