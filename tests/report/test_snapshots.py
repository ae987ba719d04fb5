"""The whole of each rendering, as a reader gets it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.report import sample, snapshot
from wiretell.report import FORMATS, Format, render, to_document

SUFFIX = {"text": "txt", "json": "json", "sarif": "sarif", "html": "html"}


@pytest.mark.parametrize("name", ["covert", "clean", "inconclusive", "unproven", "empty"])
def test_text(name: str) -> None:
    document = to_document(getattr(sample, name)())
    snapshot.check(snapshot.FOLDER / f"{name}.txt", render(document, "text", color=False, width=100))


def test_text_verbose_and_narrow() -> None:
    document = to_document(sample.short())
    snapshot.check(snapshot.FOLDER / "short-verbose.txt", render(document, "text", width=100, verbose=True))
    snapshot.check(snapshot.FOLDER / "short-narrow.txt", render(document, "text", width=60))


def test_text_in_colour() -> None:
    document = to_document(sample.short())
    drawn = render(document, "text", color=True, width=100).replace("\x1b", "ESC")
    snapshot.check(snapshot.FOLDER / "short-colour.txt", drawn)


@pytest.mark.parametrize("form", ["json", "sarif", "html"])
@pytest.mark.parametrize("name", ["short", "inconclusive", "unproven"])
def test_for_programs_and_browsers(name: str, form: Format) -> None:
    document = to_document(getattr(sample, name)())
    snapshot.check(snapshot.FOLDER / f"{name}.{SUFFIX[form]}", render(document, form))


@pytest.mark.parametrize("form", FORMATS)
def test_every_rendering_ends_with_one_newline_and_repeats_itself(form: Format) -> None:
    document = to_document(sample.covert())
    drawn = render(document, form)
    assert drawn.endswith("\n")
    assert not drawn.endswith("\n\n")
    assert drawn == render(document, form)


def test_a_failing_snapshot_shows_the_difference_and_how_to_accept_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("UPDATE_SNAPSHOTS", raising=False)
    kept = tmp_path / "kept.txt"
    kept.write_text("one\ntwo\n", encoding="utf-8")
    with pytest.raises(pytest.fail.Exception) as caught:
        snapshot.check(kept, "one\nthree\n")
    assert "-two\n+three" in str(caught.value)
    assert "UPDATE_SNAPSHOTS=1 make test" in str(caught.value)
    monkeypatch.setenv("UPDATE_SNAPSHOTS", "1")
    snapshot.check(kept, "one\nthree\n")
    assert kept.read_text(encoding="utf-8") == "one\nthree\n"
